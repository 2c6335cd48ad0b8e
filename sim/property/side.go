// What is known of one side of a call and its messages, for the rules of quality.

package property

import (
	"strings"

	"github.com/invsim/invsim/engine"
)

// side is one side's messages.
type side struct {
	own *Bounds // nil: those of the watch

	loggedOut bool
	muteOwn   int64 // since this moment
	back      bool  // it has logged in again,
	backOwn   int64 // at this moment
	disturbed bool  // its engine's time has left own time, since which its accept or end began

	owes    kinds // any of these has to be sent in the present step,
	owesOwn int64 // which was at this moment,
	owed    ID    // says this property

	waits    engine.Kind // what waits for an answer, 0 for nothing
	passive  bool        // only at a resync: the INVITE of a phone that rings
	resynced bool        // and there was one
	wokenOwn int64       // last at this moment
	until    int64       // end of the accept time, of the linger, or of the ring
	copied   bool        // a copy was sent,
	lastCopy int64       // last at this moment
	due      bool        // the next copy has to be sent
	dueOwn   int64       // not later than this,
	dueBy    ID          // says this property
	over     kinds       // what does not wait any more,
	overOwn  int64       // as of this moment

	ended    bool
	endedOwn int64

	exact exact
}

// kinds is a set of kinds of messages.
type kinds uint16

func setOf(all ...engine.Kind) (set kinds) {
	for _, k := range all {
		set |= 1 << k
	}
	return set
}

func (set kinds) has(k engine.Kind) bool { return set&(1<<k) != 0 }

func (set kinds) String() string {
	var names []string
	for k := engine.Invite; k <= engine.Closed; k++ {
		if set.has(k) {
			names = append(names, k.String())
		}
	}
	return strings.Join(names, " or ")
}

func (c *Call) sideOf(caller bool) *side {
	if caller {
		return &c.quality.caller
	}
	return &c.callee
}

// Bind gives the two sides bounds of their own, of engines whose times differ.
func (c *Call) Bind(caller, callee *Bounds) {
	c.quality.caller.own, c.callee.own = caller, callee
}

func (s *side) bounds(w *Watch) *Bounds {
	if s.own != nil {
		return s.own
	}
	return &w.Bounds
}
