package shrink

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/invsim/invsim/internal/garbage"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
)

func init() { garbage.Seldom() }

// everything is a world of 20 calls in which all can go wrong that does.
func everything(seed uint64) setup.Options {
	o := setup.PlainOptions()
	o.Seed, o.Calls, o.World, o.Users, o.Arrivals = seed, 20, 20, 5, 0.5
	o.Loss, o.Dup, o.Reorder, o.ReorderBy, o.Corrupt = 0.2, 0.2, 0.3, 40*time.Second, 0.05
	o.Latency = netem.Delay{Shape: netem.LogNormal, A: 100 * time.Millisecond, Sigma: 1.5}
	o.Rate, o.Queue, o.Store, o.Push = 10_000, 3000, 60*time.Second, 0.3
	o.Every[fault.Burst], o.For[fault.Burst] = 60*time.Second, 5*time.Second
	o.Every[fault.Partition], o.For[fault.Partition], o.PartitionOneWay = 60*time.Second, 5*time.Second, 0.5
	o.Every[fault.Clog], o.For[fault.Clog], o.Offline, o.For[fault.Offline], o.PresenceWrong = 60*time.Second, 5*time.Second, 0.1, 5*time.Second, 0.1
	o.Every[fault.Crash], o.For[fault.Crash], o.Every[fault.Freeze], o.For[fault.Freeze] = 60*time.Second, 2*time.Second, 60*time.Second, 2*time.Second
	o.Drift, o.Cancel, o.Ignore, o.PressTwice, o.ChangeMind = 0.01, 0.5, 1, 0.2, 0.2
	o.Glare, o.Redial, o.Hold, o.HoldCalls, o.Strangers = 0.1, 0.1, 0.1, 3, 0.3
	o.Faults = []fault.Scheduled{{Kind: fault.Partition, At: 5 * time.Second, For: 4 * time.Second}, {Kind: fault.Offline, At: 9 * time.Second, For: time.Second, Phones: []int{4}}}
	return o
}

// planted are failures that must be there.
var planted = []struct {
	name   string
	want   property.ID
	change func(o *setup.Options)
	most   int // faults that may be left
}{
	{"none-S6", property.S6, func(o *setup.Options) { o.Snapshots = setup.Nothing }, 3},
	{"none-S7", property.S7, func(o *setup.Options) { o.Snapshots = setup.Nothing }, 2},
	{"none-S14", property.S14, func(o *setup.Options) { o.Snapshots = setup.Nothing }, 1},
	{"stale-S9", property.S9, func(o *setup.Options) { o.Snapshots = setup.Stale }, 2},
	{"jump-S6", property.S6, func(o *setup.Options) { o.Every[fault.Jump], o.For[fault.Jump] = 20*time.Second, time.Hour }, 3},
	{"keep-old-S6", property.S6, func(o *setup.Options) {
		o.KeepOld, o.Latency, o.Dup, o.Calls, o.World = true, netem.Between(0, 10*time.Minute), 0.9, 20, 20
	}, 2},
}

// plant finds a seed from one on with the failure, and makes it small.
func plant(t testing.TB, index int, from uint64, o Options) (*Failure, setup.Token, uint64) {
	t.Helper()
	p := planted[index]
	o.Fails = Broken(p.want)
	for seed := from; seed < from+200; seed++ {
		options := everything(seed)
		p.change(&options)
		k := setup.Token{Options: options}
		if out, err := sim.Replay(t.Context(), &k); err != nil {
			t.Fatal(err)
		} else if !o.Fails(out) {
			continue
		}
		f, err := Shrink(context.Background(), k, p.want, o)
		if err != nil {
			t.Fatal(err)
		}
		return f, k, seed
	}
	t.Fatalf("%s: no failure from seed %d on", p.name, from)
	return nil, setup.Token{}, 0
}

// plantedOnce are the planted failures from seed one on, with their windows, made small
// once for all tests that read them.
var plantedOnce = make([]struct {
	once sync.Once
	f    *Failure
	k    setup.Token
	seed uint64
}, len(planted))

func plantOnce(t testing.TB, index int) (*Failure, setup.Token, uint64) {
	t.Helper()
	p := &plantedOnce[index]
	p.once.Do(func() { p.f, p.k, p.seed = plant(t, index, 1, Options{}) })
	if p.f == nil {
		t.Fatalf("%s: another test did not find it", planted[index].name)
	}
	return p.f, p.k, p.seed
}

// TestPlantedFailuresShrink: to one call, two phones and few faults, which replay to
// the same from the text of the token alone.
func TestPlantedFailuresShrink(t *testing.T) {
	for i, p := range planted {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			f, _, at := plantOnce(t, i)
			for n := range *seeds {
				if n > 0 {
					f, _, at = plant(t, i, at+1, Options{NoWindows: true})
				}
				o := &f.Token.Options
				t.Logf("seed %d: %d plays, %v %v", at, f.Plays, f.Faults, f.Actions)
				if o.Calls != 1 || o.Users != 2 {
					t.Errorf("seed %d: %d calls and %d phones are left", at, o.Calls, o.Users)
				}
				if len(f.Faults) == 0 || len(f.Faults) > p.most {
					t.Errorf("seed %d: %d faults are left, want 1 to %d:\n%v", at, len(f.Faults), p.most, f.Faults)
				}
				requireReplays(t, f, p.want)
			}
		})
	}
}

// requireReplays plays a failure from its text.
func requireReplays(t testing.TB, f *Failure, want property.ID) {
	t.Helper()
	k, err := setup.ParseToken(f.Token.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := sim.Replay(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	if !Broken(want)(out) || linesOf(out) != linesOf(f.Outcome) {
		t.Errorf("%v replays to something else", f.Token.String())
	}
	if v, ok := violation(out, want); ok != f.Promised || ok && v != f.Violation {
		t.Errorf("%v, want %v", v, f.Violation)
	}
}

func linesOf(out *sim.Outcome) string {
	var b strings.Builder
	for _, e := range out.Entries {
		fmt.Fprintln(&b, e.At, e.Call, e.Line())
	}
	return b.String()
}

// TestShrinkIsDeterministic: twice the same, to the last word.
func TestShrinkIsDeterministic(t *testing.T) {
	first, k, _ := plantOnce(t, 0)
	second, err := Shrink(context.Background(), k, planted[0].want, Options{Fails: Broken(planted[0].want)})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := textual(t, first), textual(t, second); a != b || first.Plays != second.Plays {
		t.Errorf("first\n%s\nthen\n%s", a, b)
	}
}

// TestNothingCanBeLeftOut: without any one of its choices the failure is gone.
func TestNothingCanBeLeftOut(t *testing.T) {
	for i, p := range planted {
		f, _, _ := plantOnce(t, i)
		for c := range f.Token.Tape.All() {
			k := f.Token
			k.Tape = f.Token.Tape.Clone()
			k.Tape.Set(c, 0)
			if out, err := sim.Replay(t.Context(), &k); err != nil || Broken(p.want)(out) {
				t.Errorf("%s: it fails without %s too (%v)", p.name, k.Options.ChoiceWords(c), err)
			}
		}
	}
}

// TestWindowsAreExact plays each window at both ends, and a nanosecond beyond.
func TestWindowsAreExact(t *testing.T) {
	closed := 0
	for i, p := range planted {
		f, _, _ := plantOnce(t, i)
		if len(f.Windows) == 0 {
			t.Errorf("%s: no windows", p.name)
		}
		for _, w := range f.Windows {
			fails := func(d time.Duration) bool {
				k := w.token(d + w.since)
				out, err := sim.Replay(t.Context(), &k)
				return err == nil && Broken(p.want)(out)
			}
			if w.Least > w.At || w.At > w.Most || !fails(w.Least) || !fails(w.At) || !fails(w.Most) {
				t.Errorf("%s: %v: it holds within", p.name, w)
			}
			if !w.OpenBelow && fails(w.Least-1) || !w.OpenAbove && fails(w.Most+1) {
				t.Errorf("%s: %v: it fails beyond", p.name, w)
			}
			if !w.OpenBelow || !w.OpenAbove {
				closed++
			}
		}
	}
	if closed < 5 {
		t.Errorf("only %d windows have an end of their own", closed)
	}
}

// TestWindowOfACrash is a window that can be reckoned by hand: an INVITE that takes
// 1 s rings again if the phone has forgotten the first ring, at 500 ms plus the
// latency of 50 ms, before 1 s.
func TestWindowOfACrash(t *testing.T) {
	o := setup.PlainOptions()
	o.Latency, o.Snapshots, o.Ignore, o.Accept = netem.Between(50*time.Millisecond, 2*time.Second), setup.Nothing, 1, 0
	o.Faults = []fault.Scheduled{{Kind: fault.Crash, At: 700 * time.Millisecond, For: 10 * time.Millisecond, Phones: []int{1}}}
	k := setup.Token{Options: o}
	k.Tape = latencyOfFirstInvite(&o, time.Second)
	f, err := Shrink(context.Background(), k, property.S6, Options{Fails: Broken(property.S6)})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(f.Windows, func(w Window) bool { return w.What[:9] == "beginning" })
	if i < 0 || len(f.Faults) != 2 {
		t.Fatalf("windows %v, faults %v", f.Windows, f.Faults)
	}
	arrives, _ := f.Token.Options.TimeOf(firstInvite, f.Token.Tape.Get(firstInvite))
	want := Window{Least: 550 * time.Millisecond, Most: arrives - f.Token.Options.Faults[0].For}
	if w := f.Windows[i]; w.Least < want.Least || w.Least > want.Least+1 || w.Most > want.Most || w.Most < want.Most-1 || w.OpenBelow || w.OpenAbove {
		t.Errorf("%v, want from %v to %v\n%v", w, want.Least, want.Most, f.Faults)
	}
}

// TestBudgetAndContextEndTheSearch: what is found by then is a failure.
func TestBudgetAndContextEndTheSearch(t *testing.T) {
	full, k, _ := plantOnce(t, 0)
	o := Options{Fails: Broken(property.S6), Budget: 50}
	small, err := Shrink(context.Background(), k, property.S6, o)
	if err != nil {
		t.Fatal(err)
	}
	requireReplays(t, small, property.S6)
	if small.Plays > 150 || small.Plays >= full.Plays {
		t.Errorf("%d plays with a budget of 50, %d without", small.Plays, full.Plays)
	}
	ctx, cancel := context.WithCancel(context.Background())
	plays := 0
	o = Options{Fails: func(out *sim.Outcome) bool {
		if plays++; plays == 20 {
			cancel()
		}
		return Broken(property.S6)(out)
	}}
	small, err = Shrink(ctx, k, property.S6, o)
	if err != nil || plays > 40 {
		t.Fatalf("%v after %d plays", err, plays)
	}
	requireReplays(t, small, property.S6)
}

// TestShrinkRefuses what is no failure.
func TestShrinkRefuses(t *testing.T) {
	k := setup.Token{Options: setup.PlainOptions()}
	if _, err := Shrink(context.Background(), k, property.S6, Options{}); err == nil || err.Error() != "shrink S6: it is not broken in world 0" {
		t.Error(err)
	}
	k.Options.Calls = 0
	if _, err := Shrink(context.Background(), k, property.S6, Options{}); err == nil {
		t.Error("a world without calls was played")
	}
}
