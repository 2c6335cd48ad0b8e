// What users feel, measured in worlds made by hand: dead rings, and refusals and
// failures that callers are told of, or not.

package world

import (
	"testing"
	"time"
)

// TestMeasures: the first call comes after a second, and everything takes no time but
// what is set.
func TestMeasures(t *testing.T) {
	for _, c := range []struct {
		name, set      string
		dead           time.Duration // negative: no dead ring
		long           uint64
		refusal        time.Duration // from the refuse to the end at its caller; negative: none
		refusalMissed  uint64
		failure        time.Duration // likewise, from a failure at the callee
		failureMissed  uint64
		deadAtMost     time.Duration // more than dead, where copies must come first
		failuresAtMost time.Duration
	}{
		{name: "accepted", set: "", dead: -1, refusal: -1, failure: -1},
		{name: "refused", set: "accept=0; refuse=1", dead: -1, refusal: 0, failure: -1},
		{name: "canceled at once heard", set: "accept=0; ignore=1; cancel=100%; cancel-after=5s", dead: 0, refusal: -1, failure: -1},
		{name: "canceled, and heard 3 s late", set: "accept=0; ignore=1; cancel=100%; cancel-after=5s; latency=3s", dead: 3 * time.Second, refusal: -1, failure: -1},
		{name: "canceled, and heard 6 s late", set: "accept=0; ignore=1; cancel=100%; cancel-after=7s; latency=6s", dead: 6 * time.Second, long: 1, refusal: -1, failure: -1},
		{name: "a callee that is away counts from its return", set: "accept=0; ignore=1; cancel=100%; cancel-after=5s; faults=offline@4s+20s:1", dead: 0, deadAtMost: 4 * time.Second, refusal: -1, failure: -1},
		{name: "a caller that is away counts from its return", set: "accept=0; ignore=1; cancel=100%; cancel-after=5s; faults=offline@5s500ms+20s:0", dead: 0, deadAtMost: 4 * time.Second, refusal: -1, failure: -1},
		{name: "a frozen callee counts from its thaw", set: "accept=0; ignore=1; cancel=100%; cancel-after=5s; faults=freeze@4s+20s:1", dead: 0, refusal: -1, failure: -1},
		{name: "a callee that is away at its own end has no dead ring", set: "accept=0; ignore=1; cancel=100%; cancel-after=5s; faults=offline@4s+200s:1", dead: -1, refusal: -1, failure: -1},
		{name: "a refusal that is never told", set: "accept=0; refuse=1; answer-after=2s; faults=partition@2s500ms+70s:0", dead: -1, refusal: 60 * time.Second, refusalMissed: 1, failure: -1},
		{name: "a refusal that its caller hears when it is back", set: "accept=0; refuse=1; answer-after=2s; faults=offline@2s500ms+40s:0", dead: -1, refusal: 39500 * time.Millisecond, failure: -1},
		{name: "a failure that is never told", set: "answer-after=2s; faults=partition@2s500ms+70s:0", dead: -1, refusal: -1, failure: 45 * time.Second, failureMissed: 1},
		{name: "a failure that its caller hears when it is back", set: "answer-after=2s; faults=offline@2s500ms+40s:0", dead: -1, refusal: -1, failure: 24500 * time.Millisecond},
		{name: "expired at both ends", set: "accept=0; ignore=1", dead: -1, refusal: -1, failure: 0, failuresAtMost: 2 * time.Second},
	} {
		w := played(t, c.set)
		r := w.Result
		check := func(what string, count int64, got, want, atMost time.Duration) {
			t.Helper()
			if (count == 1) != (want >= 0) || count == 1 && (got < want-time.Second/4 || got > max(want, atMost)+time.Second/4) {
				t.Errorf("%s: %d %ss of %v, want %v to %v", c.name, count, what, got, want, max(want, atMost))
			}
		}
		check("dead ring", r.DeadRing.Count(), r.DeadRing.Max(), c.dead, c.deadAtMost)
		check("refusal", r.RefusalTold.Count(), r.RefusalTold.Max(), c.refusal, 0)
		check("failure", r.FailureTold.Count(), r.FailureTold.Max(), c.failure, c.failuresAtMost)
		if r.LongDeadRings != c.long || r.RefusalsMissed != c.refusalMissed || r.FailuresMissed != c.failureMissed {
			t.Errorf("%s: %d dead rings were long, %d refusals and %d failures missed", c.name, r.LongDeadRings, r.RefusalsMissed, r.FailuresMissed)
		}
	}
}
