// Package seam is the one way to make an engine keep other rules than the
// protocol's: the simulator needs broken engines, to see that it finds them. It
// imports states alone.
//
// Rules is the type of a public field, engine.Options.Rules, and only this module
// can fill it: the package is internal, the fields are unexported, and there are
// no methods. A test compiles a program of another module that tries.
package seam

import (
	"time"

	"github.com/invsim/invsim/states"
)

// Rules are the two tables that an engine walks and how long it remembers an
// ended invitation of each side. The zero value means the protocol.
type Rules struct {
	local                 states.LocalTable
	remote                states.RemoteTable
	keepLocal, keepRemote time.Duration
}

// Broken says how rules differ from the protocol's; sim/mutant has such.
type Broken interface {
	Tables() (states.LocalTable, states.RemoteTable)
	// Memory is how long an ended invitation of each side is remembered, by an engine
	// with these times.
	Memory(linger, tombstone time.Duration) (local, remote time.Duration)
}

// Of are the rules of an engine with these times.
func Of(b Broken, linger, tombstone time.Duration) Rules {
	local, remote := b.Tables()
	keepLocal, keepRemote := b.Memory(linger, tombstone)
	return Rules{local, remote, keepLocal, keepRemote}
}

// Open takes rules apart. In the place of the zero value stands the protocol with
// its one tombstone time.
func Open(r Rules, tombstone time.Duration) (local states.LocalTable, remote states.RemoteTable, keepLocal, keepRemote time.Duration) {
	if r == (Rules{}) {
		return states.Local(), states.Remote(), tombstone, tombstone
	}
	return r.local, r.remote, r.keepLocal, r.keepRemote
}
