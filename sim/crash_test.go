package sim

import (
	"reflect"
	"testing"
	"time"

	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
)

func crashing(s setup.Snapshots) setup.Options {
	o := setup.Default()
	o.Calls, o.Loss = 20_000, 0.1
	o.Every[fault.Crash], o.Snapshots = 25*time.Second, s
	return o
}

// TestFreshSnapshotsLoseNothing: whatever is saved before it is sent survives any
// crash, and every call ends on both sides.
func TestFreshSnapshotsLoseNothing(t *testing.T) {
	r := mustRun(t, crashing(setup.Fresh), 2)
	requireHeld(t, r)
	if r.Crashes < 500 || r.Fates[event.Down] == 0 {
		t.Errorf("%d crashes, %d copies to a phone that was down", r.Crashes, r.Fates[event.Down])
	}
	for caller := range r.Pairs {
		for callee, n := range r.Pairs[caller] {
			if n > 0 && (property.CallerEnd(caller) == property.CallerOpen || property.CalleeEnd(callee) == property.CalleeOpen) {
				t.Errorf("%d calls ended %v/%v", n, property.CallerEnd(caller), property.CalleeEnd(callee))
			}
		}
	}
	for id, n := range r.NotPromised {
		if n > 0 {
			t.Errorf("%v broken %d times", property.ID(id), n)
		}
	}
}

// TestWhatCrashesBreak: with old snapshots, or none, exactly what nobody promised.
func TestWhatCrashesBreak(t *testing.T) {
	for _, c := range []struct {
		snapshots setup.Snapshots
		broken    []property.ID // these must be seen to break
	}{
		{setup.Stale, []property.ID{property.S2, property.S4, property.S6, property.S8, property.S9, property.Pair}},
		{setup.Nothing, []property.ID{property.S6}},
	} {
		t.Run(c.snapshots.String(), func(t *testing.T) {
			o := crashing(c.snapshots)
			r := mustRun(t, o, 2)
			requireHeld(t, r) // what is promised, is kept
			for _, id := range c.broken {
				if r.NotPromised[id] == 0 {
					t.Errorf("%v held", id)
				}
				if o.Promised(id) {
					t.Errorf("%v is promised", id)
				}
			}
			if r.Pairs[property.CallerOpen] == [property.NumCalleeEnds]uint64{} {
				t.Error("no caller has forgotten its call")
			}
		})
	}
}

func TestCrashesAreTheSameOnAnyNumberOfWorkers(t *testing.T) {
	for _, s := range []setup.Snapshots{setup.Fresh, setup.Stale, setup.Nothing} {
		o := crashing(s)
		o.Calls = 3000
		if one, two := mustRun(t, o, 1), mustRun(t, o, 2); !reflect.DeepEqual(one, two) {
			t.Errorf("%v: one worker and two make different results; the ends of calls are\n%v\n%v", s, one.Pairs, two.Pairs)
		}
	}
}
