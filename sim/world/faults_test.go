package world

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// TestOfflineShare: over a long time, phones are offline for the share and the mean
// time that the options ask for, from the first moment on.
func TestOfflineShare(t *testing.T) {
	if testing.Short() {
		t.Skip("a long time has many events")
	}
	for _, share := range []float64{0.02, 0.35, 0.8} {
		o := setup.Default()
		o.Calls, o.World, o.Users, o.Arrivals = 1, 1, 20, share/50_000
		o.Offline, o.For[fault.Offline] = share, 20*time.Second
		w := New(&o)
		offlineSince := map[string]time.Duration{}
		total, ended, startedOffline := time.Duration(0), 0, 0
		w.Observe = func(e event.Entry) {
			if e.Kind != event.PhoneToggles {
				return
			}
			if !e.Online {
				offlineSince[e.Node] = e.At
				if e.At == 0 {
					startedOffline++
				}
				return
			}
			total += e.At - offlineSince[e.Node]
			ended++
		}
		if err := w.Play(t.Context(), 0, tape.World(1, 0)); err != nil {
			t.Fatal(err)
		}
		all := time.Duration(w.clock.now) * time.Duration(o.Users)
		if got := float64(total) / float64(all); math.Abs(got/share-1) > 0.05 {
			t.Errorf("offline %v: %v of the time", share, got)
		}
		if mean := total / time.Duration(ended); math.Abs(mean.Seconds()/20-1) > 0.05 {
			t.Errorf("offline %v: for %v on average, want 20s", share, mean)
		}
		if got := float64(startedOffline) / float64(o.Users); math.Abs(got-share) > 0.25 {
			t.Errorf("offline %v: %v of the phones at the start", share, got)
		}
	}
}

// TestCrashWhileLoggedOut: a phone that crashes while it is logged out, and is online as it
// starts again, can call and be called.
func TestCrashWhileLoggedOut(t *testing.T) {
	for snapshots := setup.Fresh; snapshots <= setup.Nothing; snapshots++ {
		for phone := range 2 {
			o := setup.PlainOptions()
			o.Arrivals, o.Snapshots = 0.05, snapshots
			if err := o.Set("faults", fmt.Sprintf("offline@1s+5s:%d crash@5500ms+3s:%d", phone, phone)); err != nil {
				t.Fatal(err)
			}
			placed := tape.Choice{What: tape.Arrival}
			draws := &tape.Recorded{}
			draws.Set(placed, o.DrawOf(placed, 10*time.Second))
			out, err := Play(t.Context(), o, 0, draws, true)
			if err != nil {
				t.Fatal(err)
			}
			noticed := slices.ContainsFunc(out.Entries, func(e event.Entry) bool { return e.Kind == event.PhoneNotices })
			story := out.Timeline(0)
			if !noticed || story.CallerEnd != property.CallerAccepted || story.CalleeEnd != property.CalleeAccepted || out.Result.Crashes != 1 {
				t.Errorf("%v snapshots, phone %d: %d crashes, noticed: %v, ends %v/%v", snapshots, phone, out.Result.Crashes, noticed, story.CallerEnd, story.CalleeEnd)
			}
		}
	}
}

// TestSetFaults: each kind of fault, set for a time, concerns whom it names and
// ends when it should.
func TestSetFaults(t *testing.T) {
	for kind := range fault.Save {
		o := setup.Default()
		o.Calls, o.World, o.Users, o.Arrivals, o.Loss, o.Offline = 200, 200, 4, 10, 0, 0
		o.Faults = []fault.Scheduled{{Kind: kind, At: 5 * time.Second, For: 3 * time.Second, Phones: []int{1}}}
		outcome, err := Play(t.Context(), o, 0, tape.World(1, 0), true)
		if err != nil {
			t.Fatal(err)
		}
		if !outcome.Result.Held() {
			t.Errorf("%v: %v", kind, outcome.Result.Violations)
		}
		begins, ends := time.Duration(-1), time.Duration(-1)
		for _, e := range outcome.Entries {
			of, begun, ok := e.Turns()
			switch {
			case !ok || of != kind:
			case e.Node != "user1" && kind != fault.Partition:
				t.Errorf("%v: %s is concerned: %s", kind, e.Node, e.Line())
			case begun:
				begins = e.At
			default:
				ends = e.At
			}
		}
		if begins != 5*time.Second || ends != 8*time.Second && !kind.Row().Moment {
			t.Errorf("%v: begins at %v, ends at %v", kind, begins, ends)
		}
	}
}

// TestFaultText: what is printed is read again.
func TestFaultText(t *testing.T) {
	for _, text := range []string{"offline@10s+5s", "crash@0s+1ms:3", "partition@1m0s+10s:0,1:one-way", "jump@5s+1h0m0s:2"} {
		f, err := fault.Parse(text)
		if err != nil || f.String() != text {
			t.Errorf("%q: %v, %v", text, f, err)
		}
	}
}

// TestHealed: after it is healed a world has no faults left, and whatever was going
// on comes to its end.
func TestHealed(t *testing.T) {
	o := setup.Default()
	o.Calls, o.World, o.Users, o.Arrivals = 400, 400, 4, 4
	o.Loss, o.Offline, o.Every[fault.Freeze], o.Every[fault.Crash], o.Every[fault.Clog], o.Every[fault.Partition], o.Every[fault.Burst], o.Store, o.Strangers = 0.5, 0.5, 20*second, 20*second, 20*second, 20*second, 20*second, 60*second, 0.5
	o.Heal = 50 * time.Second
	outcome, err := Play(t.Context(), o, 0, tape.World(1, 0), true)
	if err != nil {
		t.Fatal(err)
	}
	if !outcome.Result.Held() {
		t.Error(outcome.Result.Violations)
	}
	before, after := 0, 0
	for _, e := range outcome.Entries {
		if e.Kind != event.CopySent || e.Fate == event.Sent || e.Fate == event.TooOld {
			continue
		}
		if e.At <= o.Heal {
			before++
		} else {
			after++
		}
	}
	if before < 100 || after > 0 {
		t.Errorf("%d copies lost before it was healed, %d after", before, after)
	}
}

// TestFixedFaults: in a world that has the faults of another at set times, and draws
// none, the same happens to the last line. That a partition cuts nobody off is not told.
func TestFixedFaults(t *testing.T) {
	began, parted := 0, regexp.MustCompile(`.*the network is (parted|whole again)\n`)
	for number := range 60 {
		o, _ := setup.DrawSwarm(7, number)
		recorder := tape.NewRecorder(tape.World(o.Seed, 0))
		drawn, err := Play(t.Context(), o, 0, recorder, true)
		if err != nil {
			t.Fatal(err)
		}
		settled := o.Fixed(drawn.Faults)
		if settled.Validate() != nil {
			continue // more than can be set
		}
		fixed, err := Play(t.Context(), settled, 0, recorder.Recorded(), true)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := parted.ReplaceAllString(tell(drawn), ""), parted.ReplaceAllString(tell(fixed), ""); a != b {
			t.Errorf("world %d: drawn\n%s\nset\n%s", number, a, b)
		}
		began += len(drawn.Faults)
	}
	if began < 300 {
		t.Errorf("only %d episodes", began)
	}
}
