package world

import (
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// mixed is an observed world of many calls among four phones, in which nothing goes
// wrong but what its groups say.
func mixed(t *testing.T, groups string) *Outcome {
	t.Helper()
	o := setup.PlainOptions()
	o.Calls, o.World, o.Users, o.Arrivals = 300, 300, 4, 2
	o.Latency.A, o.Latency.B = 50*time.Millisecond, 50*time.Millisecond
	if err := o.Set("groups", groups); err != nil {
		t.Fatal(err)
	}
	out, err := Play(t.Context(), o, 0, tape.World(1, 0), true)
	if err != nil {
		t.Fatal(err)
	}
	if !out.Result.Held() {
		t.Errorf("%s: %v", groups, out.Result.Violations)
	}
	return out
}

// TestGroupsConcernTheirPhones: what a group sets happens on the way from and to its
// phones, and nowhere else.
func TestGroupsConcernTheirPhones(t *testing.T) {
	for groups, is := range map[string]func(e *event.Entry) bool{
		"2: loss=40%":                   func(e *event.Entry) bool { return e.Kind == event.CopySent && e.Fate == event.Lost },
		"2: dup=40%":                    func(e *event.Entry) bool { return e.Kind == event.CopySent && e.Twin },
		"2: latency=2s":                 func(e *event.Entry) bool { return e.Kind == event.CopySent && e.Takes == 2*time.Second },
		"2: reorder=50% reorder-by=30s": func(e *event.Entry) bool { return e.Kind == event.CopySent && e.Takes > 3*time.Second },
		"2: rate=10 queue=100":          func(e *event.Entry) bool { return e.Kind == event.CopySent && e.Fate == event.Overflow },
		"2: corrupt=20%":                func(e *event.Entry) bool { return e.Kind == event.CopySent && e.Fate == event.Corrupted },
		"2: offline=30% offline-for=5s": func(e *event.Entry) bool { return e.Kind == event.PhoneToggles },
		"2: crash-every=5s":             func(e *event.Entry) bool { return e.Kind == event.PhoneCrashes },
		"2: freeze-every=5s":            func(e *event.Entry) bool { return e.Kind == event.PhoneFreezes },
		"2: burst-every=5s":             func(e *event.Entry) bool { return e.Kind == event.FaultTurns },
	} {
		happened := 0
		for _, e := range mixed(t, groups).Entries {
			if !is(&e) {
				continue
			}
			if happened++; e.Node != "user2" && e.Peer != "user2" {
				t.Errorf("%s: %s", groups, e.Line())
			}
		}
		if happened < 5 {
			t.Errorf("%s: it happened %d times", groups, happened)
		}
	}
	for _, e := range mixed(t, "").Entries {
		if e.Kind == event.CopySent && (e.Fate != event.Sent || e.Twin || e.Takes != 50*time.Millisecond) {
			t.Fatalf("without groups: %s", e.Line())
		}
	}
}

// TestTheLaterGroupDecides: on the way between the phones of two groups.
func TestTheLaterGroupDecides(t *testing.T) {
	for _, e := range mixed(t, "0: latency=1s; 1: latency=2s").Entries {
		want := 50 * time.Millisecond
		switch {
		case e.Node == "user1" || e.Peer == "user1":
			want = 2 * time.Second
		case e.Node == "user0" || e.Peer == "user0":
			want = time.Second
		}
		if e.Kind == event.CopySent && e.Takes != want {
			t.Fatalf("%s, want %v", e.Line(), want)
		}
	}
}

// TestGroupsHaveTimesOfTheirOwn: each engine waits as long as its own phone's options say,
// and is watched by them.
func TestGroupsHaveTimesOfTheirOwn(t *testing.T) {
	sent, ended := map[int]time.Duration{}, map[time.Duration]int{}
	for _, e := range mixed(t, "0: no-response-time=10s; 1: loss=100%; 3: accept-time=12s").Entries {
		switch {
		case e.Kind == event.Pressed && e.Op == "send":
			sent[e.Call] = e.At
		case e.Kind == event.EventRaised && e.Event.LocalError == errors.LocalPeerNoResponse:
			after := e.At - sent[e.Call]
			ended[after]++
			if want := map[bool]time.Duration{true: 10 * time.Second, false: 30 * time.Second}[e.Node == "user0"]; after != want {
				t.Errorf("%s gives up after %v", e.Node, after)
			}
		}
	}
	if ended[10*time.Second] < 5 || ended[30*time.Second] < 5 {
		t.Errorf("%v", ended)
	}
	// An engine that waits longer than the others is not too late, one that is bound by
	// less than it waits is.
	o := setup.PlainOptions()
	o.Calls, o.World, o.Users, o.Ignore, o.Accept = 20, 20, 2, 1, 0
	if err := o.Set("groups", "0,1: expiry-time=40s tombstone-time=300s"); err != nil {
		t.Fatal(err)
	}
	w := New(&o)
	for i := range w.bounds {
		w.bounds[i].Caller = 35 * time.Second
	}
	if err := w.Play(t.Context(), 0, tape.World(1, 0)); err != nil {
		t.Fatal(err)
	}
	if w.Result.Held() {
		t.Error("callers that wait for 40 s are within 35 s")
	}
	if engine.DefaultTimes().Expiry != 60*time.Second {
		t.Error("the default has changed, and the bounds above say nothing")
	}
}

// TestGroupsLeaveTheDrawsOfOthers: a group changes nothing between phones that are not
// in it, as far as their calls have nothing to do with it.
func TestGroupsLeaveTheDrawsOfOthers(t *testing.T) {
	ends := func(groups string) (all []Ends) {
		o := setup.Default()
		o.Calls, o.World = 300, 300
		if err := o.Set("groups", groups); err != nil {
			t.Fatal(err)
		}
		w := New(&o)
		if err := w.Play(t.Context(), 0, tape.World(1, 0)); err != nil {
			t.Fatal(err)
		}
		all = w.Ends()
		for i := range all {
			if c := &w.calls[i]; c.caller == 3 || c.callee == 3 {
				all[i] = Ends{}
			}
		}
		return all
	}
	without, with := ends(""), ends("3: loss=50% offline=60%")
	for i := range without {
		if without[i] != with[i] {
			t.Errorf("call %d: %v without the group, %v with it", i, without[i], with[i])
		}
	}
}
