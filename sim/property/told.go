// What an app is told, by whatever engine: by ours, or by one that is known by its words.

package property

import (
	"fmt"

	"github.com/invsim/invsim/engine"
)

// Told is an event, with all that the app is shown with it.
type Told struct {
	Kind      engine.OutputKind
	ID        engine.ID // zero: the invitation never got one
	Peer      string    // the other user
	Content   string
	ChannelID string
	Response  string        // a caller's: of the answer
	Device    uint64        // a caller's: that answered
	Reason    engine.Reason // why it is CANCELED
	CallerEnd CallerEnd     // that it tells of, if any,
	CalleeEnd CalleeEnd     // or this one

	mixed string // the invitation is in another state than the event says: in words
}

// CallerEvent is CallerTold for an event that our engine raises.
func (c *Call) CallerEvent(w *Watch, out *engine.Output, at, own int64) {
	l := out.Local
	t := Told{
		Kind: out.Kind, ID: l.ID(), Peer: l.CalleeID(), Content: l.Content(), ChannelID: l.ChannelID(),
		Response: l.Response(), Device: l.Device(), Reason: l.Reason(),
	}
	if out.Kind.Terminal() {
		t.CallerEnd = CallerEnd(endOf(callerEndings[:], out.Kind, out.LocalError))
		if callerEndings[t.CallerEnd].state != l.State() || out.LocalError != l.Failure() {
			t.mixed = fmt.Sprintf("%v, %v raised in state %v, %v", out.Kind, out.LocalError, l.State(), l.Failure())
		}
	}
	c.CallerTold(w, &t, at, own)
}

// CalleeEvent is CalleeTold for an event that our engine raises.
func (c *Call) CalleeEvent(w *Watch, out *engine.Output, at, own int64) {
	r := out.Remote
	t := Told{
		Kind: out.Kind, ID: r.ID(), Peer: r.CallerID(), Content: r.Content(), ChannelID: r.ChannelID(),
		Reason: r.Reason(),
	}
	if out.Kind.Terminal() {
		t.CalleeEnd = CalleeEnd(endOf(calleeEndings[:], out.Kind, out.RemoteError))
		if calleeEndings[t.CalleeEnd].state != r.State() || out.RemoteError != r.Failure() {
			t.mixed = fmt.Sprintf("%v, %v raised in state %v, %v", out.Kind, out.RemoteError, r.State(), r.Failure())
		}
	}
	c.CalleeTold(w, &t, at, own)
}
