// The policies: each looks at one ring and the calls beside it, and has an opinion or none.

package policy

import (
	"cmp"

	"github.com/invsim/invsim/engine"
)

// Policy decides about a ring.
type Policy func(Ringing) Decision

// Ringing is a ring, and the calls that the app was shown before and that are not over.
type Ringing struct {
	Call
	Device uint64 // the own one; 0 is the only one
	Open   []OpenCall
}

// OpenCall is a call that is open, or On: accepted and not hung up.
type OpenCall struct {
	Call
	On bool
}

// Decision is a policy's opinion.
type Decision struct {
	Do   Do
	Text string // Refuse: the response
	Old  Call   // Replace, Wait, Take: the other call
}

// Do is what becomes of a ring.
type Do uint8

const (
	NoOpinion Do = iota
	Allow        // it is shown
	Hide         // the app is shown neither it nor its end; it is not answered
	Refuse       // it is refused, and the app is not shown it
	Replace      // it is shown in the place of another ring, which is not answered
	Wait         // it is shown when an own call ends without being accepted
	Take         // an own call is canceled, and it is accepted
)

// Busy refuses a ring with a response while another call is open or on. A device that
// is not the only one hides it instead, because a refusal would end it for all.
func Busy(response string) Policy {
	return func(r Ringing) Decision {
		if len(r.Open) == 0 {
			return Decision{}
		}
		return r.turnAway(response)
	}
}

// DoNotDisturb turns rings of some callers away: with a response, or silently if that is
// empty or the device is not the only one. disturbs may look at the time.
func DoNotDisturb(disturbs func(caller string) bool, response string) Policy {
	return func(r Ringing) Decision {
		if !disturbs(r.Peer) {
			return Decision{}
		}
		return r.turnAway(response)
	}
}

func (r Ringing) turnAway(response string) Decision {
	if r.Device != 0 || response == "" {
		return Decision{Do: Hide}
	}
	return Decision{Do: Refuse, Text: response}
}

// Glare settles two calls that cross. Both ends prefer the one with the lower id, without
// asking: its callee accepts it, and cancels his own. Its caller lets the other wait,
// and it rings only if the preferred call comes to nothing.
func Glare() Policy {
	return func(r Ringing) Decision {
		var own *OpenCall
		for i := range r.Open {
			if c := &r.Open[i]; c.Own && !c.On && c.Peer == r.Peer && (own == nil || less(c.ID, own.ID)) {
				own = c
			}
		}
		switch {
		case own == nil:
			return Decision{}
		case less(r.ID, own.ID):
			return Decision{Do: Take, Old: own.Call}
		}
		return Decision{Do: Wait, Old: own.Call}
	}
}

// Redial is for a caller who calls again before the end of the last call has arrived. The
// new ring is shown in the place of the old one. That is not refused, because a refusal
// says no to somebody who does not ask any more; it ends by its own CANCEL. If the old
// one comes second, it is hidden.
func Redial() Policy {
	return func(r Ringing) Decision {
		for _, c := range r.Open {
			switch {
			case c.Own || c.On || c.Peer != r.Peer:
			case c.ID.Epoch == r.ID.Epoch && less(r.ID, c.ID):
				return Decision{Do: Hide}
			default:
				return Decision{Do: Replace, Old: c.Call}
			}
		}
		return Decision{}
	}
}

// less is the order of ids: epoch, then counter.
func less(a, b engine.ID) bool {
	return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Counter, b.Counter)) < 0
}
