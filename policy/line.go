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

// Line is one user's, at one device. It is not safe for concurrent use. What an event
// costs does not depend on how many calls are hidden, as those of a flood are.
type Line struct {
	device   uint64
	driver   Driver
	policies []Policy
	calls    map[Call]*call // that have not ended, and those that are on
	shown    []*call        // of these, those that are not hidden, in the order in which they were shown
}

type call struct {
	Call
	on      bool   // accepted, and not hung up
	hidden  bool   // the app is shown nothing of it
	waiting []Call // hidden rings, to be shown if this ends without being accepted
}

// NewLine makes the line of a device, 0 for the only one. The driver carries out what
// the policies decide.
func NewLine(device uint64, driver Driver, policies ...Policy) *Line {
	return &Line{device: device, driver: driver, policies: policies, calls: map[Call]*call{}}
}

// Add notes a call that this user has placed, or one of either direction that was open
// before a restart.
func (l *Line) Add(c Call) {
	if l.calls[c] == nil {
		l.show(l.add(c))
	}
}

// Open are the calls that the app was shown, and that have not ended or were not hung up.
func (l *Line) Open() []Call {
	var open []Call
	for _, c := range l.shown {
		open = append(open, c.Call)
	}
	return open
}

// HungUp notes that a call which was on is over. The protocol does not know: the
// media do.
func (l *Line) HungUp(c Call) { l.remove(c) }

// Told takes an event of the engine and returns what the app is to be shown, in order:
// nothing if a policy keeps the call from it.
func (l *Line) Told(kind engine.OutputKind, c Call) []Show {
	known := l.calls[c]
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
		return append(shows, l.ringThose(known.waiting)...)
	}
	return shows
}

// ring decides about a new ring.
func (l *Line) ring(c Call) []Show {
	d := l.decide(c)
	self, old := l.add(c), l.calls[d.Old]
	switch {
	case d.Do == Hide:
	case d.Do == Refuse:
		l.driver.Refuse(c, d.Text)
	case d.Do == Replace && old != nil:
		l.hide(old)
		l.show(self)
		return []Show{{Redialed, c, d.Old}}
	case d.Do == Wait && old != nil:
		old.waiting = append(old.waiting, c)
	case d.Do == Take && old != nil:
		return l.take(self, old)
	default:
		l.show(self)
		return []Show{{What: Ring, Call: c}}
	}
	return nil
}

// decide asks the policies in their order.
func (l *Line) decide(c Call) (d Decision) {
	r := Ringing{Call: c, Device: l.device}
	for _, other := range l.shown {
		r.Open = append(r.Open, OpenCall{other.Call, other.on})
	}
	for _, ask := range l.policies {
		if d = ask(r); d.Do != NoOpinion {
			break
		}
	}
	return d
}

// take accepts a call and cancels an own one. If that has ended already, its event is
// under way, and the call waits for it.
func (l *Line) take(c, own *call) []Show {
	if err := l.driver.Cancel(own.Call); err != nil {
		own.waiting = append(own.waiting, c.Call)
		return nil
	}
	l.hide(own)
	l.show(c)
	l.driver.Accept(c.Call)
	return []Show{{Crossed, c.Call, own.Call}}
}

// ringThose shows rings that have waited and have not ended meanwhile.
func (l *Line) ringThose(waiting []Call) (shows []Show) {
	for _, c := range waiting {
		if ring := l.calls[c]; ring != nil {
			l.show(ring)
			shows = append(shows, Show{What: Ring, Call: c})
		}
	}
	return shows
}

// add makes a hidden call.
func (l *Line) add(c Call) *call {
	made := &call{Call: c, hidden: true}
	l.calls[c] = made
	return made
}

func (l *Line) show(c *call) {
	c.hidden = false
	l.shown = append(l.shown, c)
}

func (l *Line) hide(c *call) {
	c.hidden = true
	l.shown = slices.DeleteFunc(l.shown, func(other *call) bool { return other == c })
}

func (l *Line) remove(c Call) {
	if known := l.calls[c]; known != nil {
		l.hide(known)
		delete(l.calls, c)
	}
}
