// Looking up: what is remembered of an invitation under its id, also after its end.

package host

import (
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/states"
)

// KnownLocal is what is remembered of a call to somebody.
type KnownLocal struct {
	Invitation *LocalInvitation // nil if it has ended
	State      states.LocalState
	Failure    errors.LocalInvitationError // of a FAILURE
	Reason     engine.Reason               // of a CANCELED one
	Device     uint64                      // the callee's that has accepted or refused
}

// KnownRemote is what is remembered of a call from somebody.
type KnownRemote struct {
	Invitation *RemoteInvitation // nil if it has ended, or never rang
	State      states.RemoteState
	Failure    errors.RemoteInvitationError // of a FAILURE
	Reason     engine.Reason                // of a CANCELED one; engine.ReasonStale if it came too late to ring
}

// FindLocal looks for a call to a callee by its id, and finds it until it is forgotten,
// Times.Tombstone after its end. Like a call it waits for its turn, and so for a slow
// store. It finds nothing on a closed host.
func (h *Host) FindLocal(callee string, id engine.ID) (found KnownLocal, ok bool) {
	h.look(func() {
		var k engine.Known
		if k, ok = h.engine.FindLocal(callee, id); ok {
			found = KnownLocal{h.locals[k.Local], k.LocalState, k.LocalError, k.Reason, k.Device}
		}
	})
	return found, ok
}

// FindRemote looks for a call from a caller; see FindLocal.
func (h *Host) FindRemote(caller string, id engine.ID) (found KnownRemote, ok bool) {
	h.look(func() {
		var k engine.Known
		if k, ok = h.engine.FindRemote(caller, id); ok {
			found = KnownRemote{h.remotes[k.Remote], k.RemoteState, k.RemoteError, k.Reason}
		}
	})
	return found, ok
}

// look is a turn that changes nothing.
func (h *Host) look(at func()) {
	h.input(func() error {
		h.view.Lock()
		defer h.view.Unlock()
		at()
		return errVoid
	}, nil)
}
