// One user's line: which calls are open, and what an app is shown of an event.

package policy

import (
	"slices"

	"github.com/invsim/invsim/engine"
)

// Call names an invitation of one engine.
type Call struct {
	Own  bool // this user calls
	Peer string
	ID   engine.ID
}

// CallOf is the call that an output is an event of, and false for a message.
func CallOf(out engine.Output) (Call, bool) {
	switch {
	case out.Local != nil:
		return Call{true, out.Local.CalleeID(), out.Local.ID()}, true
	case out.Remote != nil:
		return Call{false, out.Remote.CallerID(), out.Remote.ID()}, true
	case out.Missed != nil:
		return Call{false, out.Missed.CallerID, out.Missed.ID}, true
	}
	return Call{}, false
}

// Driver carries decisions out, on an engine or a host. An error says that the call has
// ended already. Events that come of it are told to the Line later.
type Driver interface {
	Accept(Call) error
	Refuse(call Call, response string) error
	Cancel(Call) error
}

// Show is one thing to show to the app.
type Show struct {
	What What
	Call Call
	Old  Call // Redialed, Crossed: the call whose place it takes
}

// What is the kind of a Show.
type What uint8

const (
	// Event: the event that was told, of this call.
	Event What = iota + 1
	// Ring: it rings. That may be shown long after the engine told of it.
	Ring
	// Redialed: it rings in the place of an older ring of the same caller, whose end is
	// not shown any more.
	Redialed
	// Crossed: it has taken the place of an own call to the same peer, whose end is not
	// shown any more, and is accepted already. Its event Accepted or its end follows.
	Crossed
)

// Line is one user's, at one device. It is not safe for concurrent use.
type Line struct {
	device   uint64
	driver   Driver
	policies []Policy
	calls    []call // that have not ended, and those that are on, oldest first
}

type call struct {
	Call
	on     bool  // accepted, and not hung up
	hidden bool  // the app is shown nothing of it
	behind *Call // hidden until that own call has ended otherwise than accepted
}

// NewLine makes the line of a device, 0 for the only one. The driver carries out what
// the policies decide.
func NewLine(device uint64, driver Driver, policies ...Policy) *Line {
	return &Line{device: device, driver: driver, policies: policies}
}

// Add notes a call that this user has placed, or one of either direction that was open
// before a restart.
func (l *Line) Add(c Call) {
	if l.find(c) == nil {
		l.calls = append(l.calls, call{Call: c})
	}
}

// Open are the calls that the app was shown, and that have not ended or were not hung up.
func (l *Line) Open() []Call {
	var open []Call
	for i := range l.calls {
		if !l.calls[i].hidden {
			open = append(open, l.calls[i].Call)
		}
	}
	return open
}

// HungUp notes that a call which was on is over. The protocol does not know: the
// media do.
func (l *Line) HungUp(c Call) { l.remove(c) }

// Told takes an event of the engine and returns what the app is to be shown, in order:
// nothing if a policy keeps the call from it.
func (l *Line) Told(kind engine.OutputKind, c Call) []Show {
	known := l.find(c)
	switch {
	case kind == engine.RemoteInvitationReceived && known == nil:
		return l.ring(c)
	case known != nil && known.hidden:
		if kind.Terminal() {
			l.remove(c)
		}
		return nil
	case kind == engine.RemoteInvitationReceived:
		return []Show{{What: Ring, Call: c}} // told again, after a crash
	}
	shows := []Show{{What: Event, Call: c}}
	switch {
	case known == nil || !kind.Terminal():
	case kind == engine.LocalInvitationAccepted || kind == engine.RemoteInvitationAccepted:
		known.on = true
	default:
		l.remove(c)
		return append(shows, l.ringAfter(c)...)
	}
	return shows
}

// ring decides about a new ring.
func (l *Line) ring(c Call) []Show {
	r := Ringing{Call: c, Device: l.device}
	for _, other := range l.calls {
		if !other.hidden {
			r.Open = append(r.Open, OpenCall{other.Call, other.on})
		}
	}
	var d Decision
	for _, ask := range l.policies {
		if d = ask(r); d.Do != NoOpinion {
			break
		}
	}
	l.calls = append(l.calls, call{Call: c})
	self, old := l.find(c), l.find(d.Old)
	switch {
	case d.Do == Hide:
		self.hidden = true
	case d.Do == Refuse:
		self.hidden = true
		l.driver.Refuse(c, d.Text)
	case d.Do == Replace && old != nil:
		old.hidden = true
		return []Show{{Redialed, c, d.Old}}
	case d.Do == Wait && old != nil:
		self.hidden, self.behind = true, &d.Old
	case d.Do == Take && old != nil:
		return l.take(c, d.Old)
	default:
		return []Show{{What: Ring, Call: c}}
	}
	return nil
}

// take accepts a call and cancels an own one. If that has ended already, its event is
// under way, and the call waits for it.
func (l *Line) take(c, old Call) []Show {
	l.find(old).hidden = true
	if err := l.driver.Cancel(old); err != nil {
		if other := l.find(old); other != nil {
			other.hidden = false
		}
		self := l.find(c)
		self.hidden, self.behind = true, &old
		return nil
	}
	l.driver.Accept(c)
	return []Show{{Crossed, c, old}}
}

// ringAfter shows the rings that have waited for the end of an own call.
func (l *Line) ringAfter(own Call) (shows []Show) {
	for i := range l.calls {
		if c := &l.calls[i]; c.behind != nil && *c.behind == own {
			c.hidden, c.behind = false, nil
			shows = append(shows, Show{What: Ring, Call: c.Call})
		}
	}
	return shows
}

func (l *Line) find(c Call) *call {
	for i := range l.calls {
		if l.calls[i].Call == c {
			return &l.calls[i]
		}
	}
	return nil
}

func (l *Line) remove(c Call) {
	l.calls = slices.DeleteFunc(l.calls, func(other call) bool { return other.Call == c })
}
