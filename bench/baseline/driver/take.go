// What the two versions do not have alike. The earlier one is compiled with takeBefore of
// bench/versions.go in place of this file.

package main

import (
	"time"

	"github.com/invsim/invsim/engine"
)

// take is the next output of an engine. The earlier version has Poll alone.
func take(e *engine.Engine) *engine.Output { return e.Next() }

// longTimes are for calls that ring for almost as long as ended ones are remembered.
func longTimes() engine.Times {
	t := engine.DefaultTimes()
	t.Expiry, t.Refresh = 400*time.Hour, 0
	return t.Fit()
}
