// The end of a world: the checks that need it, what it adds to the result, and violations.

package world

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
)

// close makes the checks that need the end of the world, and counts the calls.
func (w *World) close() {
	w.Result.Calls += len(w.calls)
	w.Result.Worlds++
	for _, took := range w.accepted {
		w.Result.Accepted.Record(took)
	}
	if w.late {
		return // nothing has come to an end that could be checked
	}
	now := w.clock.now
	for i := range w.calls {
		c := &w.calls[i]
		if !c.sent {
			w.Result.NotSent++
			continue
		}
		c.End(&w.watch, now)
		c.Turn(int32(c.Stands()))
		if n := w.Result.Pairs[c.CallerEnd][c.CalleeEnd]; n == 0 || c.Number < w.Result.First[c.CallerEnd][c.CalleeEnd] {
			w.Result.First[c.CallerEnd][c.CalleeEnd] = c.Number
		}
		w.Result.Pairs[c.CallerEnd][c.CalleeEnd]++
		if rule := property.RuledOutBy(c.CallerEnd, c.CalleeEnd); rule != 0 && !w.isPromised(c, rule) {
			w.Result.Unpromised[c.CallerEnd][c.CalleeEnd]++
		}
		w.tellsLatencies(c)
		rangOn := int64(-1)
		for phone := range w.phonesOf(c.callee) {
			c.Turn(w.device(phone))
			w.measure(c)
			if c.Rang && c.CalleeEndAt > c.CallerEndAt {
				rangOn = max(rangOn, c.CalleeEndAt-max(c.CallerEndAt, c.RangAt))
			}
		}
		if c.CallerEnd == property.CallerCanceled && rangOn >= 0 {
			w.Result.RingAfterCancel.Record(rangOn)
		}
		c.Turn(int32(c.Stands()))
		goals := c.Goals()
		for g := goals.Next(0); g != 0; g = goals.Next(g) {
			w.Result.Reached(g)
		}
	}
	for i := range w.nodes {
		n := &w.nodes[i]
		if s := n.engine.Stats(); s.LocalRecords+s.RemoteRecords+s.Peers != 0 {
			w.worldViolated(property.S14, fmt.Sprintf("%s still remembers %d sent and %d received invitations of %d peers", n.name, s.LocalRecords, s.RemoteRecords, s.Peers))
		}
		if late := time.Duration(n.firedAt-n.endedAt) - w.own(int32(i)).Times().Tombstone - rounding; late > 0 {
			w.worldViolated(property.S14, fmt.Sprintf("%s forgot its last record %v too late", n.name, late))
		}
	}
}

// measure records the times that users feel at one device of the callee: accepts that
// fail, and dead rings.
func (w *World) measure(c *call) {
	r := w.Result
	if c.CalleeEnd == property.CalleeAccepted && !c.accepted || c.CalleeEnd == property.CalleeRefused && !c.refused {
		w.violated(c.violation(property.S13, c.CalleeEndAt, "the callee ended "+c.CalleeEnd.String()+", and its user has not said so"))
	}
	if c.dead >= 0 {
		r.DeadRing.Record(c.dead)
		if c.dead > int64(result.TooLong) {
			r.LongDeadRings++
		}
	}
	if c.accepted && !w.lostToAnother(c) && c.CalleeEnd != property.CalleeAccepted && c.CalleeEndAt >= c.acceptedAt { // in a crash, a callee may forget its end
		r.FailedAccept.Record(c.CalleeEndAt - c.acceptedAt)
	}
}

// tellsLatencies records how soon a caller is told that the callee has refused, or that the
// call has failed there. That it failed on one of several devices is not told.
func (w *World) tellsLatencies(c *call) {
	r := w.Result
	told := func(since int64, latency *result.Latency, missed *uint64) {
		if c.CallerEnd == property.CallerOpen || c.CallerEnd == property.CallerAccepted || c.CallerEndAt < since {
			return
		}
		latency.Record(c.CallerEndAt - since)
		switch c.CallerEnd {
		case property.CallerNoResponse, property.CallerOffline, property.CallerExpired:
			if c.CallerEndAt-max(since, c.together) >= int64(result.TooLong) {
				*missed++
			}
		}
	}
	switch c.CalleeEnd {
	case property.CalleeRefused:
		told(c.refusedAt, &r.RefusalTold, &r.RefusalsMissed)
	case property.CalleeExpired, property.CalleeAcceptFailure, property.CalleeOffline:
		if w.options.Devices > 1 {
			return
		}
		told(c.CalleeEndAt, &r.FailureTold, &r.FailuresMissed)
	}
}

// worldViolated reports a violation that belongs to no single call; the first of
// the world stands for it.
func (w *World) worldViolated(id property.ID, detail string) {
	w.violated(property.Violation{Property: id, Call: w.calls[0].Number, At: time.Duration(w.clock.now), Detail: detail})
}

func (c *call) violation(id property.ID, at int64, detail string) property.Violation {
	return property.Violation{Property: id, Call: c.Number, Invitation: c.ID, Caller: c.Caller, Callee: c.Callee, At: time.Duration(at), Detail: detail}
}

// leapt is by how much the clocks of a call's phones have been set since it was placed,
// forward and back.
func (w *World) leapt(c *call) int64 {
	leapt := w.nodes[c.caller].leapt - c.leapt
	for phone := range w.phonesOf(c.callee) {
		leapt += w.nodes[phone].leapt
	}
	return leapt
}

// isPromised reports whether a property is promised for a call.
func (w *World) isPromised(c *call, id property.ID) bool {
	return w.promised[id] && w.leapt(c) <= w.leap[id]
}

func (w *World) violated(v property.Violation) {
	if w.isPromised(&w.calls[v.Call-w.first], v.Property) {
		w.Result.Violated(w.number, v)
	} else {
		w.Result.NotPromised[v.Property]++
	}
}
