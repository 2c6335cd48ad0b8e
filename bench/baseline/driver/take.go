package main

import "github.com/invsim/invsim/engine"

// take is the next output of an engine. The earlier version has Poll alone.
func take(e *engine.Engine) *engine.Output { return e.Next() }
