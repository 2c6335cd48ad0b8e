// The engine's time: nanoseconds since an origin, which is where the clock was when
// the engine was made, or set to since.

package engine

import (
	"math"
	"time"
)

// setBy is how far a clock leaps only if somebody has set it: longer than any timer.
const setBy = int64(4 * longestTime)

// readClock brings the engine's time up to date. When the clock goes back, time
// stands still until it has caught up; when it is set, forward or back, time goes on
// from there. Then whatever was due on the way forward is due.
func (e *Engine) readClock() {
	if e.instants != nil && e.pass(int64(e.instants.Instant())-e.originNano) {
		return
	}
	at := e.options.Clock.Now()
	if e.plain && isPlain(at.Unix()) && e.pass(at.UnixNano()-e.originNano) { // since, without a call
		return
	}
	if elapsed := e.since(at); !e.pass(elapsed) {
		if elapsed > e.now {
			e.now += setBy
		}
		e.startClock(at)
	}
}

// pass lets time go on to what has elapsed, unless somebody has set the clock.
func (e *Engine) pass(elapsed int64) bool {
	forward := elapsed - e.now
	if forward < -setBy || forward > setBy {
		return false
	}
	e.now += max(0, forward)
	return true
}

// present is the time that readClock would find.
func (e *Engine) present() int64 {
	return min(max(e.now, e.since(e.options.Clock.Now())), e.now+setBy)
}

// since is how far a time is from the origin.
func (e *Engine) since(at time.Time) int64 {
	if e.plain && isPlain(at.Unix()) {
		return at.UnixNano() - e.originNano
	}
	return int64(at.Sub(e.origin)) // as far as there are nanoseconds
}

// isPlain tells a time in seconds whose nanoseconds can be subtracted from those of
// another: one of the years 1902 to 2106.
func isPlain(seconds int64) bool {
	return uint64(seconds-math.MinInt32) < math.MaxUint32-math.MinInt32
}

// startClock makes a time the origin, and the present zero. All that is remembered
// stays as far away as it is, which a store has to be told.
func (e *Engine) startClock(at time.Time) {
	shift := e.now
	for kind := range e.timers.lists {
		list := &e.timers.lists[kind]
		for rec := list.head; rec != nil; rec = rec.next {
			rec.deadline -= shift
			e.touch(rec)
		}
		list.begin(list.head)
	}
	for inv := range e.held() {
		inv.sentAt -= shift
		inv.lastCopy -= shift
		inv.ringEnd -= shift
		inv.at -= shift
		if inv.rec.timer == variedTimer {
			inv.rec.deadline -= shift
		}
		e.touch(inv.rec)
	}
	e.timers.exact, e.timers.soonest = false, e.timers.soonest-shift
	e.origin, e.originNano, e.now = at, at.UnixNano(), 0
	e.plain = at == at.Round(0) && isPlain(at.Unix()) // no monotonic reading
}
