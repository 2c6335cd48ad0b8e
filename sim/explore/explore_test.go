package explore

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/internal/seam"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/world"
	"github.com/invsim/invsim/states"
)

// search1 makes a search, once for all tests. They do not change its result.
func search1(t testing.TB, w World) *Result {
	t.Helper()
	if r := searches[w]; r != nil {
		return r
	}
	r, err := Run(context.Background(), w, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	searches[w] = r
	return r
}

var searches = map[World]*Result{}

// summary is a result in a line.
func summary(r *Result) string {
	text := fmt.Sprintf("%d states, %d transitions, %d steps", r.States, r.Transitions, r.Depth)
	if !r.Complete {
		text += ", not complete"
	}
	for _, f := range r.Found {
		text += fmt.Sprintf("; %s in %d", Name(f.Property), len(f.Path))
		if f.Promised {
			text += "!"
		}
	}
	return text
}

// TestCounts pins what each search finds: a change of behaviour shows as a changed count.
func TestCounts(t *testing.T) {
	for _, c := range []struct {
		world World
		want  string
	}{
		{World{Calls: 1}, "1284 states, 14580 transitions, 13 steps"},
		{World{Calls: 1, Reports: true, Logouts: true}, "275512 states, 5172680 transitions, 22 steps"},
		{World{Calls: 1, MaxCrash: Any}, "6295 states, 148471 transitions, 13 steps; TOLD in 6"},
		{World{Calls: 1, Strangers: 1}, "25923 states, 395190 transitions, 15 steps"},
		{World{Calls: 1, MaxCrash: 1, Snapshots: setup.Nothing}, "23981 states, 298726 transitions, 19 steps; S6 in 4; S9 in 4; S7 in 5; CUT in 5; PAIR in 6; S4 in 7; S3 in 8; S14 in 3; RING in 4; TOLD in 4"},
		{World{Calls: 1, MaxCrash: 1, Snapshots: setup.Stale}, "366948 states, 4679735 transitions, 21 steps; S6 in 5; S9 in 5; S7 in 6; CUT in 6; S2 in 7; S4 in 7; S8 in 7; PAIR in 7; S1 in 8; S3 in 8; S5 in 8; S14 in 4; RING in 4; TOLD in 5"},
		{World{Calls: 2, BothWays: true, MaxStates: 20_000}, "21996 states, 149719 transitions, 9 steps, not complete"},
		{World{Calls: 1, Counted: true}, "11377 states, 100982 transitions, 17 steps"},
		{World{Calls: 1, Counted: true, MaxLoss: 1, MaxDup: 1}, "71804 states, 837537 transitions, 18 steps"},
		{World{Calls: 1, Timed: true}, "140553 states, 1429931 transitions, 27 steps"},
		{World{Calls: 1, CountFromSend: true}, "1284 states, 14580 transitions, 13 steps"},
		{World{Calls: 1, Reports: true, FailAtOnce: true}, "18654 states, 290997 transitions, 16 steps"},
		{World{Calls: 1, Devices: 2}, "25662 states, 497753 transitions, 17 steps"},
		{World{Calls: 2, Group: true, MaxStates: 20_000}, "20678 states, 147362 transitions, 9 steps, not complete"},
	} {
		if got := summary(search1(t, c.world)); got != c.want {
			t.Errorf("%v:\n%s, want\n%s", c.world, got, c.want)
		}
	}
}

// TestPairsAndGoals: one call reaches exactly the pairs of docs/protocol.md, and all
// goals that it can.
func TestPairsAndGoals(t *testing.T) {
	r := search1(t, World{Calls: 1, Reports: true, Logouts: true})
	for c := range property.NumCallerEnds {
		for e := range property.NumCalleeEnds {
			if r.Pairs[c][e] != property.Allowed(c, e) {
				t.Errorf("pair %v/%v: reached %v, allowed %v", c, e, r.Pairs[c][e], property.Allowed(c, e))
			}
		}
	}
	if v := Sum([]*Result{r}); v.Violated || !v.Complete || v.Missing != nil {
		t.Errorf("%+v", v)
	}
	if v := Sum([]*Result{search1(t, World{Calls: 1})}); !slices.Contains(v.Missing, "goal cancel-at-login") || !slices.Contains(v.Missing, "pair NOT_LOGGEDIN/NEVER_RANG") {
		t.Errorf("without log-outs: %+v", v)
	}
}

// TestTuples: a call to two devices ends in exactly the 54 ways of docs/protocol.md, and
// in that of a caller who is not logged in.
func TestTuples(t *testing.T) {
	copied := *search1(t, World{Calls: 1, Devices: 2})
	r := &copied
	r.Tuples = maps.Clone(r.Tuples)
	delete(r.Tuples, property.TupleOf(property.CallerNotLoggedIn, property.CalleeNeverRang, property.CalleeNeverRang))
	if len(property.Tuples) != 55 || len(r.Tuples) != 54 || !r.Complete {
		t.Errorf("%d of %d are reached", len(r.Tuples), len(property.Tuples))
	}
	for tuple := range r.Tuples {
		if !property.Tuples[tuple] {
			t.Errorf("%v is reached", tuple)
		}
	}
	if missing := missingTuples([]*Result{r}); missing != nil {
		t.Errorf("missing: %v", missing)
	}
	one := property.TupleOf(property.CallerExpired, property.CalleeExpired, property.CalleeExpired)
	delete(r.Tuples, one)
	r.World.Logouts = true
	if missing := missingTuples([]*Result{r}); !slices.Equal(missing, []string{"tuple EXPIRED/EXPIRED+EXPIRED", "tuple NOT_LOGGEDIN/NEVER_RANG+NEVER_RANG"}) {
		t.Errorf("missing: %v", missing)
	}
}

// TestAnyNumberOfWorkers: the answer does not depend on it, ways and tokens included.
func TestAnyNumberOfWorkers(t *testing.T) {
	for _, w := range []World{
		{Calls: 1, Logouts: true}, {Calls: 2, BothWays: true, MaxStates: 30_000},
		{Calls: 1, Reports: true, Mutant: mutant.AcceptAfterCancel}, {Calls: 1, Devices: 2, MaxStates: 10_000},
	} {
		var first string
		for _, workers := range []int{1, 3} {
			r, err := Run(context.Background(), w, workers, nil)
			if err != nil {
				t.Fatal(err)
			}
			text := summary(r)
			for _, f := range r.Found {
				text += fmt.Sprintln(f.Path, f.Token)
			}
			if first == "" {
				first = text
			}
			if text != first {
				t.Errorf("%v with %d workers:\n%s\nand with 1:\n%s", w, workers, text, first)
			}
		}
	}
}

// TestFull: a search that has no room for more states says so.
func TestFull(t *testing.T) {
	r := search1(t, World{Calls: 1, MaxStates: 500})
	if r.Complete || r.States < 500 || r.States > 2000 {
		t.Errorf("complete %v, %d states", r.Complete, r.States)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, World{Calls: 1}, 1, nil); err == nil {
		t.Error("it went on")
	}
	// In the middle of a step, too, which can have millions of states.
	late := &fewLooks{Context: context.Background()}
	late.left.Store(100)
	if _, err := Run(late, World{Calls: 2, MaxStates: 5000}, 2, nil); err == nil {
		t.Error("it went on to the end of a step")
	}
}

// fewLooks is a context that ends after so many looks at it.
type fewLooks struct {
	context.Context
	left atomic.Int64
}

func (c *fewLooks) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// noMutant are the mutants that no search refutes, with the reason.
var noMutant = map[mutant.ID]string{
	mutant.EarlyCancelForgotten: "the INVITE rings after its CANCEL was dropped, not processed: only time is lost (Q6)",
	mutant.NoCallerTombstone:    "a callee is told unknown where it would be told the outcome: it ends all the same (Q6)",
	mutant.NoGiveUpCancel:       "its RECEIVED tells the callee where nothing is lost; elsewhere the ring may go on (Q1)",
	mutant.OverloadedEnds:       "no bound is in reach",
	mutant.ConfirmAfterItsTimer: "no timer is late in a search; and a residue is allowed (Q4)",
}

// TestMutants: the searches refute every mutant that breaks a safety rule, by the
// shortest way.
func TestMutants(t *testing.T) {
	want := map[mutant.ID]string{
		mutant.AcceptWithoutConfirm:   "S1 in 3",
		mutant.AcceptAfterCancel:      "S2 in 5, S9 in 5",
		mutant.NoCalleeTombstone:      "S9 in 4, S6 in 5, S7 in 5, CUT in 5",
		mutant.ShortCalleeTombstone:   "S9 in 4, S7 in 5, CUT in 5, S6 in 6, PAIR in 6",
		mutant.EarlyCancelAckedOnly:   "S7 in 4",
		mutant.UnknownAcceptConfirmed: "S1 in 6",
		mutant.CancelAfterAccepted:    "S2 in 5, S8 in 5, S9 in 5",
		mutant.KeyWithoutPeer:         "S3 in 2, S10 in 2, S11 in 2, PAIR in 2",
		mutant.IDsUsedAgain:           "S11 in 5, S10 in 6, S1 in 7, S5 in 8",
		mutant.ExpiredCancelSaysUser:  "PAIR in 5",
		mutant.SecondRing:             "S6 in 3",
		mutant.ReceiptNotImplied:      "S9 in 4",
		mutant.CancelNotTold:          "S14 in 4",
		mutant.AcceptTwice:            "S13 in 4",
		mutant.RefuseAfterAccept:      "S13 in 4",
		mutant.ResponseNotShown:       "S10 in 4",
		mutant.RefreshConfirmed:       "S1 in 6",
		mutant.GroupNotDecided:        "S16 in 5",
		mutant.ConfirmOfAnother:       "S1 in 7, S15 in 8, PAIR in 8",
		mutant.ElsewhereForgotten:     "S7 in 6",
		mutant.NoPresenceResume:       "RING in 4, TOLD in 5",
		mutant.NoClosedAtOnce:         "TOLD in 5",
		mutant.EndedCallerSilent:      "RING in 4",
		mutant.AcceptTakenLoggedOut:   "CONFIRMED in 5",
	}
	for _, m := range mutant.All {
		got := ""
		for _, w := range reduced(m.ID) {
			token := false
			for _, f := range search1(t, w).Found {
				if f.Promised {
					got += fmt.Sprintf("%s in %d, ", Name(f.Property), len(f.Path))
					token = token || f.Token != nil || f.Property >= Ring || w.Devices > 1 // of which the simulator has other measures, and tokens do not tell devices
				}
			}
			if got != "" && !token && m.ID != mutant.IDsUsedAgain && m.ID != mutant.GroupNotDecided { // two calls of one id are one to the simulator, and no token tells a group
				t.Errorf("%s: the simulator can play no way to it", m.Name)
			}
			if got != "" {
				break
			}
		}
		got = strings.TrimSuffix(got, ", ")
		if got != want[m.ID] || (got == "") != (noMutant[m.ID] != "") {
			t.Errorf("%s: %q, want %q, or a reason: %q", m.Name, got, want[m.ID], noMutant[m.ID])
		}
	}
}

// reduced are searches of few states for a mutant.
func reduced(id mutant.ID) []World {
	all := []World{{Calls: 1}, {Calls: 1, Strangers: 1}, {Calls: 1, MaxCrash: 1, Snapshots: setup.Nothing}}
	switch id {
	case mutant.IDsUsedAgain:
		all = []World{{Calls: 2, MaxCrash: 1, Snapshots: setup.Nothing, MaxStates: 20_000}}
	case mutant.GroupNotDecided:
		all = []World{{Calls: 2, Group: true, MaxStates: 20_000}}
	case mutant.ConfirmOfAnother, mutant.ElsewhereForgotten:
		all = []World{{Calls: 1, Devices: 2}}
	case mutant.AcceptTakenLoggedOut, mutant.NoClosedAtOnce:
		all = append(all, World{Calls: 1, Logouts: true})
	}
	for i := range all {
		all[i].Mutant = id
	}
	return all
}

// TestTokens: every token breaks its property in the simulator.
func TestTokens(t *testing.T) {
	for _, w := range []World{{Calls: 1, MaxCrash: 1, Snapshots: setup.Nothing}, {Calls: 1, Counted: true, MaxLoss: 1}} {
		r := search1(t, w)
		for i := range r.Found {
			f := &r.Found[i]
			// A user of the simulator answers all rings of a call alike, and a phone that has
			// started empty does not ring there. What comes after Ring has no watcher there.
			differs := w.MaxCrash > 0 && setOf(property.S3, property.S4, property.Pair, Ring).has(f.Property) || f.Property > Ring
			if r.search.play(context.Background(), f); (f.Token == nil) != differs {
				t.Errorf("%v: the simulator can play a way to %s: %v", w, Name(f.Property), f.Token)
			}
			if f.Token == nil {
				continue
			}
			k, err := setup.ParseToken(f.Token.String(), nil)
			if err != nil {
				t.Fatal(err)
			}
			o, err := world.Play(context.Background(), k.Options, k.World, k.Source(), true)
			if err != nil || !shows(o, f.Property) {
				t.Errorf("%s: %v does not break it: %v", Name(f.Property), k, err)
			}
		}
	}
}

// TestSuite: docs/guarantees.md has what the default check finds. The large searches are
// made only where INVSIM_SEARCH is set: they take a minute.
func TestSuite(t *testing.T) {
	page, err := os.ReadFile("../../docs/guarantees.md")
	if err != nil {
		t.Fatal(err)
	}
	var results []*Result
	for i, w := range append(Suite(), Large()...) {
		row := fmt.Sprintf("| %v | ", w)
		if !strings.Contains(string(page), row) {
			t.Errorf("the page has no row %s", row)
		}
		if i >= 2 && os.Getenv("INVSIM_SEARCH") == "" {
			continue
		}
		r := search1(t, w)
		results = append(results, r)
		if row += fmt.Sprintf("%s | %d |", output.Group(r.States), r.Depth); !r.Complete || !strings.Contains(string(page), row) {
			t.Errorf("complete %v; the page has no row %s", r.Complete, row)
		}
	}
	if v := Sum(results); v.Violated || !v.Complete || v.Missing != nil {
		t.Errorf("%+v", v)
	}
}

// TestMatrixNames: the page names every mutant.
func TestMatrixNames(t *testing.T) {
	page, err := os.ReadFile("../../docs/guarantees.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range mutant.Names() {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("%s is not there", name)
		}
	}
}

// TestHealing: a phone that was logged out while its caller canceled, and whose CANCEL is
// not repeated any more, stops once both are connected, because it says that it rings.
// That it must is seen by one that says nothing.
func TestHealing(t *testing.T) {
	mute := caller(states.LocalCanceled, states.LocalReceived, states.LocalCanceled, 0)
	for _, c := range []struct {
		broken bool
		waits  int // how often the caller's timer fires before the healing
		want   bool
	}{{false, 0, false}, {false, 2, false}, {true, 0, false}, {true, 2, true}} {
		s := newSearch(World{Calls: 1, Logouts: true}, 1)
		if c.broken {
			s.phones[0].rules.options.Rules = seam.Of(mute, s.world.times().Linger, s.world.times().Tombstone)
		}
		alice, bob := s.phones[0].rules.newPhone(), s.phones[1].rules.newPhone()
		alice.do(input{op: opSend}, nil)
		bob.receive(peer, mirror(alice.sent[0].Message), false)
		bob.drain()
		bob.do(input{op: opLogOut}, nil)
		alice.do(input{op: opCancel}, nil)
		for range c.waits {
			alice.do(input{op: opTimer}, nil)
		}
		alice.sent, bob.sent = nil, nil
		h := &healing{phones: []*phone{alice, bob}, ended: map[*own]time.Duration{}}
		bad := h.run()
		if _, rings := bad[Ring]; rings != c.want || rings != (len(bad) > 0) {
			t.Errorf("broken %v, after %d timers: %v", c.broken, c.waits, bad)
		}
	}
}

// TestTooManyMessages: a search that cannot hold them is not complete.
func TestTooManyMessages(t *testing.T) {
	u := newUniverse(maxMessages)
	for i := range uint64(maxMessages) {
		if at, ok := u.intern(parcel{engine.Message{ID: engine.ID{Counter: i}}, 0}); at != uint32(i) || !ok || u.full {
			t.Fatalf("message %d: place %d, %v", i, at, ok)
		}
	}
	if _, ok := u.intern(parcel{engine.Message{Kind: engine.Invite}, 0}); ok || !u.full {
		t.Errorf("one too many has a place")
	}
	s := newSearch(World{Calls: 1}, 1)
	s.phones[0].sends.full = true
	if err := s.run(context.Background(), nil); err != nil || s.result.Complete {
		t.Errorf("complete %v, %v", s.result.Complete, err)
	}
}

// TestOneState: what the identity of a state leaves out, no answer depends on.
func TestOneState(t *testing.T) {
	for _, w := range []World{
		{Calls: 1, Strangers: 1, Logouts: true, Reports: true, MaxCrash: 1, MaxStates: 260_000},
		{Calls: 3, Counted: true, MaxLoss: 2, MaxDup: 2, MaxCrash: 2, MaxStates: 100_000},
	} {
		for _, f := range search1(t, w).Found {
			if f.Promised {
				t.Errorf("%v: %s by %v", w, Name(f.Property), f.Path)
			}
		}
	}
}
