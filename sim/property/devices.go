// Devices: a user who has several is called on all of them, and one answers for all.
// Everything that a Call is told of the callee's side is about one of them.

package property

import (
	"iter"
	"slices"

	"github.com/invsim/invsim/engine"
)

// Device is what one device of the callee's user shows, and what is known of its messages.
type Device struct {
	DeviceID uint64 // of its engine; 0 for the only one of its user
	Response string // as its app set it before it answered

	RangAt, CalleeEndAt int64
	RangOwn             int64 // by its own time
	CalleeEnd           CalleeEnd
	Rang                bool
	reason              engine.Reason // that it shows with CANCELED
	cancelSeen          bool          // it has processed a CANCEL, or heard that another device has answered
	elsewhere           bool          // it heard that before any INVITE
	missed              bool          // its app was told that it has missed the call,
	withdrawn           bool          // and that another device has answered it after all

	callee         side
	arrived        bool  // an INVITE was taken in,
	lasts          int64 // which rings for so long
	acceptSent     bool
	endedByMessage bool          // the message that ends it has come
	cancelFirst    bool          // the CANCEL came before any INVITE,
	canceledFor    engine.Reason // for this reason
	owesMissed     bool          // an INVITE has come that will not ring, and the app is not told yet
	confirmed      bool          // the CONFIRM has come, and ACCEPTED is not raised yet
	failedSent     bool          // CLOSED(failed) was sent
}

// others are the devices of a user who has several, that which is spoken of among them:
// its place is out of date.
type others struct {
	all    []Device
	turned int
	stands int // after the End: for its user
}

// SetDevices gives the callee's user several devices, of these DeviceIDs. The first is
// spoken of.
func (c *Call) SetDevices(all []Device) { c.others = others{all: all}; c.Device = all[0] }

// Turn makes one of several devices the one that is spoken of: all that the Call is told
// and tells of the callee's side is about that device.
func (c *Call) Turn(device int) {
	if device != c.turned {
		c.all[c.turned], c.Device, c.turned = c.Device, c.all[device], device
	}
}

// Stands is, after the End, the device that stands for its user.
func (c *Call) Stands() int { return c.stands }

// LastEndAt is when the last device of the callee's user has ended.
func (c *Call) LastEndAt() (at int64) {
	for d := range c.devices() {
		at = max(at, d.CalleeEndAt)
	}
	return at
}

// devices are all of the callee's user.
func (c *Call) devices() iter.Seq[*Device] {
	return func(yield func(*Device) bool) {
		if !yield(&c.Device) {
			return
		}
		for i := range c.all {
			if i != c.turned && !yield(&c.all[i]) {
				return
			}
		}
	}
}

// has reports whether anything is true of a device of the callee's user.
func (c *Call) has(is func(*Device) bool) bool {
	for d := range c.devices() {
		if is(d) {
			return true
		}
	}
	return false
}

// Rings reports whether a device of the callee's user rings, or has accepted and waits.
func (c *Call) Rings() bool {
	return c.has(func(d *Device) bool { return d.Rang && d.CalleeEnd == CalleeOpen })
}

// answerer is the device that has answered, by the caller's word; nil if there is no such
// device.
func (c *Call) answerer(id uint64) *Device {
	for d := range c.devices() {
		if d.DeviceID == id || c.all == nil {
			return d
		}
	}
	return nil
}

// Answered reports whether the device that is spoken of has answered, by its caller's word.
func (c *Call) Answered() bool {
	return (c.CallerEnd == CallerAccepted || c.CallerEnd == CallerRefused) && (c.winner == c.DeviceID || c.all == nil)
}

// answeredElsewhere notes that a device hears of the answer of another.
func (c *Call) answeredElsewhere(w *Watch, verdict engine.Verdict, own int64) {
	if verdict == engine.Limit {
		return
	}
	c.cancelSeen = true
	switch {
	case verdict != engine.Moved || c.callee.ended:
	case c.Rang:
		c.endedByMessage = true
	default:
		c.elsewhere = true
		c.callee.end(own)
	}
}

// did is how much a device has done for the end of a call: the one that did most stands
// for its user where none has answered.
var did = [NumCalleeEnds]int{
	CalleeOpen: 7, CalleeAccepted: 6, CalleeRefused: 5, CalleeAcceptFailure: 4, CalleeOffline: 3, CalleeExpired: 2, CalleeCanceled: 1,
}

// turnToUser makes that device the one that is spoken of which stands for its user: it has
// answered, or has done most.
func (c *Call) turnToUser() {
	best, most := c.turned, did[c.CalleeEnd]
	for i := range c.all {
		if c.Turn(i); c.Answered() {
			c.stands = i
			return
		}
		if did[c.CalleeEnd] > most {
			best, most = i, did[c.CalleeEnd]
		}
	}
	c.Turn(best)
	c.stands = best
}

// Tuple is how a call to two devices has ended. Devices have no order but for the one
// that has answered, which comes first. That a peer was known to be offline is left out.
type Tuple struct {
	Caller     CallerEnd
	One, Other CalleeEnd
}

func (t Tuple) String() string {
	return t.Caller.String() + "/" + t.One.String() + "+" + t.Other.String()
}

// TupleOf is the tuple of these ends. one has answered, if the caller shows an answer.
func TupleOf(caller CallerEnd, one, other CalleeEnd) Tuple {
	t := Tuple{caller, one, other}
	for _, end := range []*CalleeEnd{&t.One, &t.Other} {
		if *end == CalleeOffline {
			*end = CalleeAcceptFailure
		}
	}
	if t.Caller == CallerOffline {
		t.Caller = CallerNoResponse
	}
	if t.Caller != CallerAccepted && t.Caller != CallerRefused && t.One > t.Other {
		t.One, t.Other = t.Other, t.One
	}
	return t
}

// Tuples are those that the protocol can reach without crashes: 54, and that of a caller
// who is not logged in.
var Tuples = func() map[Tuple]bool {
	all := map[Tuple]bool{{CallerNotLoggedIn, CalleeNeverRang, CalleeNeverRang}: true}
	others := []CalleeEnd{CalleeRefused, CalleeCanceled, CalleeExpired, CalleeAcceptFailure, CalleeNeverRang}
	for i, other := range others {
		all[Tuple{CallerAccepted, CalleeAccepted, other}] = true
		all[Tuple{CallerAccepted, CalleeAcceptFailure, other}] = true
		all[Tuple{CallerRefused, CalleeRefused, other}] = true
		for _, one := range others[:i+1] {
			all[Tuple{CallerCanceled, one, other}] = true
			all[Tuple{CallerNoResponse, one, other}] = true
			if one != CalleeCanceled && other != CalleeCanceled && one != CalleeNeverRang {
				all[Tuple{CallerExpired, one, other}] = true
			}
		}
	}
	return all
}()

// reasons are those that a CANCELED device can show, by its caller's end.
var reasons = [NumCallerEnds][]engine.Reason{
	CallerAccepted:   {engine.ReasonAcceptedElsewhere},
	CallerRefused:    {engine.ReasonRefusedElsewhere},
	CallerCanceled:   {engine.ReasonUser, engine.ReasonAnswered},
	CallerNoResponse: {engine.ReasonNoResponse, engine.ReasonRejected},
	CallerOffline:    {engine.ReasonNoResponse},
}

// Fits reports whether the reason that a CANCELED device shows is its caller's.
func Fits(caller CallerEnd, callee CalleeEnd, reason engine.Reason) bool {
	return callee != CalleeCanceled || slices.Contains(reasons[caller], reason)
}

// judgeEnds checks the ends of a call that is over, when the device that stands for its
// user is spoken of.
func (c *Call) judgeEnds(w *Watch, at int64) {
	if c.CallerEnd == CallerOpen || c.has(func(d *Device) bool { return d.CalleeEnd == CalleeOpen }) {
		return
	}
	if c.all == nil {
		if !Allowed(c.CallerEnd, c.CalleeEnd) {
			c.violated(w, Pair, at, "caller %v, callee %v", c.CallerEnd, c.CalleeEnd)
		}
		return
	}
	for d := range c.devices() {
		if t := TupleOf(c.CallerEnd, c.CalleeEnd, d.CalleeEnd); d != &c.Device && !Tuples[t] {
			c.violated(w, Pair, at, "caller %v, one device %v, another one %v", c.CallerEnd, c.CalleeEnd, d.CalleeEnd)
		}
		if !Fits(c.CallerEnd, d.CalleeEnd, d.reason) {
			c.violated(w, Pair, at, "caller %v, and a device is CANCELED for the reason %v", c.CallerEnd, d.reason)
		}
	}
}
