// The ends of the caller and of the devices of the callee's user that go together.

package property

import (
	"slices"

	"github.com/invsim/invsim/engine"
)

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
