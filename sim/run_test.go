package sim

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/garbage"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/sim/world"
)

func init() { garbage.Seldom() }

func mustRun(t testing.TB, o setup.Options, workers int) *result.Result {
	t.Helper()
	result, err := Run(context.Background(), o, workers, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func requireHeld(t testing.TB, r *result.Result) {
	t.Helper()
	for i, v := range r.Violations {
		if i == 5 {
			break
		}
		t.Errorf("world %d, call %d: %v", v.World, v.Call, v.Violation)
	}
	if r.Calls == 0 || r.Messages() == 0 {
		t.Errorf("nothing happened: %d calls, %d messages", r.Calls, r.Messages())
	}
}

// TestHarshWorldHolds turns every fault up until most calls fail, and asks that
// every terminal pair which the protocol allows without crashes turns up.
func TestHarshWorldHolds(t *testing.T) {
	o := setup.Default()
	o.Calls = 20_000
	o.Loss, o.Dup, o.Reorder = 0.4, 0.2, 0.3
	o.Latency = netem.Between(0, 5*time.Second)
	o.Offline, o.For[fault.Offline] = 0.2, 15*time.Second
	o.Cancel = 0.4
	o.CancelAfter = setup.Range{Min: 0, Max: 20 * time.Second}
	o.AnswerAfter = setup.Range{Min: 0, Max: 80 * time.Second}
	r := mustRun(t, o, 2)
	requireHeld(t, r)
	for caller := property.CallerAccepted; caller < property.NumCallerEnds; caller++ {
		for callee := property.CalleeAccepted; callee < property.NumCalleeEnds; callee++ {
			if property.Allowed(caller, callee) && r.Pairs[caller][callee] == 0 {
				t.Errorf("%v/%v is allowed and never happened", caller, callee)
			}
		}
	}
}

// TestOptionsHold runs the engine's other options.
func TestOptionsHold(t *testing.T) {
	grace0 := engine.DefaultTimes()
	grace0.Grace = 0
	for name, options := range map[string]engine.Options{
		"count from send": {CountFromSend: true},
		"fail at once":    {FailAtOnce: true},
		"no retransmit":   {NoRetransmit: true},
		"grace 0":         {Times: grace0},
	} {
		t.Run(name, func(t *testing.T) {
			o := setup.Default()
			o.Calls, o.Loss, o.Engine = 5000, 0.1, options
			requireHeld(t, mustRun(t, o, 2))
		})
	}
}

func TestWorkersChangeNothing(t *testing.T) {
	o := setup.Default()
	o.Calls, o.Loss = 7500, 0.1
	one := mustRun(t, o, 1)
	for _, workers := range []int{2, 5} {
		if got := mustRun(t, o, workers); !reflect.DeepEqual(got, one) {
			t.Errorf("%d workers and one make different results; the ends of calls are\n%v\n%v", workers, got.Pairs, one.Pairs)
		}
	}
	o.Seed++
	if reflect.DeepEqual(mustRun(t, o, 1), one) {
		t.Error("another seed gives the same answer")
	}
}

// TestLinks runs the made-up links always, and recorded ones from the folder that
// INVSIM_TRACES names: every NAME.up with its NAME.down.
func TestLinks(t *testing.T) {
	uplinks, err := filepath.Glob("../testdata/links/*.up")
	if err != nil || len(uplinks) == 0 {
		t.Fatalf("no links in testdata: %v", err)
	}
	if folder := os.Getenv("INVSIM_TRACES"); folder != "" {
		recorded, err := filepath.Glob(filepath.Join(folder, "*.up"))
		if err != nil || len(recorded) == 0 {
			t.Fatalf("INVSIM_TRACES=%s: no link traces there: %v", folder, err)
		}
		uplinks = append(uplinks, recorded...)
	}
	for _, up := range uplinks {
		name := strings.TrimSuffix(up, ".up")
		t.Run(filepath.Base(name), func(t *testing.T) {
			o := setup.Default()
			o.Calls, o.Loss = 3000, 0.05
			var err error
			if o.Uplink, err = netem.OpenLink(up); err != nil {
				t.Fatal(err)
			}
			if o.Downlink, err = netem.OpenLink(name + ".down"); err != nil {
				t.Fatal(err)
			}
			plain := o
			plain.Uplink, plain.Downlink = nil, nil
			over, without := mustRun(t, o, 2), mustRun(t, plain, 2)
			requireHeld(t, over)
			if over.Accepted.Percentile(90) <= without.Accepted.Percentile(90) {
				t.Errorf("the link costs no time: p90 %v with it, %v without", over.Accepted.Percentile(90), without.Accepted.Percentile(90))
			}
		})
	}
}

// TestFaultsHappen turns each fault on alone and looks for its trace.
func TestFaultsHappen(t *testing.T) {
	calm := setup.Default()
	calm.Calls = 2000
	calm.Loss, calm.Dup, calm.Reorder, calm.Offline, calm.Cancel = 0, 0, 0, 0, 0
	base := mustRun(t, calm, 1)
	if base.Fates != [event.NumFates]uint64{} {
		t.Errorf("a calm world loses copies: %v", base.Fates)
	}
	for name, c := range map[string]struct {
		set   func(*setup.Options)
		shows func(*result.Result) bool
	}{
		"loss":    {func(o *setup.Options) { o.Loss = 0.1 }, func(r *result.Result) bool { return r.Fates[event.Lost] > 0 }},
		"offline": {func(o *setup.Options) { o.Offline = 0.1 }, func(r *result.Result) bool { return r.Fates[event.Offline] > 0 }},
		"dup": {func(o *setup.Options) { o.Dup = 0.5 }, func(r *result.Result) bool {
			return r.Verdicts[engine.Copy]+r.Verdicts[engine.Late] > 2*(base.Verdicts[engine.Copy]+base.Verdicts[engine.Late])
		}},
		"reorder": {func(o *setup.Options) { o.Reorder = 0.5 }, func(r *result.Result) bool { return r.Accepted.Percentile(90) > base.Accepted.Percentile(90) }},
		"cancel":  {func(o *setup.Options) { o.Cancel = 0.5 }, func(r *result.Result) bool { return r.Pairs[property.CallerCanceled][property.CalleeCanceled] > 0 }},
		"too old": {func(o *setup.Options) { o.Latency = netem.Between(0, 150*time.Second) }, func(r *result.Result) bool { return r.Fates[event.TooOld] > 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			o := calm
			c.set(&o)
			r := mustRun(t, o, 2)
			requireHeld(t, r)
			if !c.shows(r) {
				t.Errorf("nothing shows: fates %v, verdicts %v", r.Fates, r.Verdicts)
			}
		})
	}
}

// TestTraceAgreesWithRun counts the ends of every call by its own trace.
func TestTraceAgreesWithRun(t *testing.T) {
	o := setup.Default()
	o.Calls, o.Loss = 60, 0.2
	r := mustRun(t, o, 1)
	var pairs [property.NumCallerEnds][property.NumCalleeEnds]uint64
	for k := range o.Calls {
		timeline, err := Trace(t.Context(), o, k)
		if err != nil {
			t.Fatal(err)
		}
		pairs[timeline.CallerEnd][timeline.CalleeEnd]++
		for i, e := range timeline.Entries {
			if i > 0 && e.At < timeline.Entries[i-1].At {
				t.Errorf("call %d: %v comes after %v", k, e.At, timeline.Entries[i-1].At)
			}
			if e.Line() == "" {
				t.Errorf("call %d: an empty line for %+v", k, e)
			}
		}
	}
	if pairs != r.Pairs {
		t.Errorf("traces end as %v, the run as %v", pairs, r.Pairs)
	}
}

// TestTraceFindsTheCall: by its number in the run, in whichever world.
func TestTraceFindsTheCall(t *testing.T) {
	o := setup.Default()
	o.Calls, o.World = 95, 10
	for _, number := range []int{0, 9, 10, 47, 94} {
		timeline, err := Trace(t.Context(), o, number)
		if err != nil || timeline.Call != number || timeline.World != number/10 || len(timeline.Entries) == 0 || timeline.Entries[len(timeline.Entries)-1].At > time.Hour {
			t.Errorf("call %d: %+v, %v", number, timeline, err)
		}
	}
	o.Loss = 2
	if _, err := Trace(t.Context(), o, 0); err == nil {
		t.Error("a loss of 2 is traced")
	}
}

func TestTraceWantsACallOfTheRun(t *testing.T) {
	o := setup.Default()
	o.Calls = 10
	for _, k := range []int{-1, 10} {
		if _, err := Trace(t.Context(), o, k); err == nil {
			t.Errorf("call %d of 10 was traced", k)
		}
	}
}

func TestOptionsValidate(t *testing.T) {
	for want, set := range map[string]func(*setup.Options){
		"calls":        func(o *setup.Options) { o.Calls = 0 },
		"users":        func(o *setup.Options) { o.Users = 1 },
		"arrivals":     func(o *setup.Options) { o.Arrivals = 0 },
		"loss":         func(o *setup.Options) { o.Loss = 1.1 },
		"dup":          func(o *setup.Options) { o.Dup = -0.1 },
		"reorder":      func(o *setup.Options) { o.Reorder = 2 },
		"latency":      func(o *setup.Options) { o.Latency = netem.Between(2, 1) },
		"offline":      func(o *setup.Options) { o.Offline = 1 },
		"offline-for":  func(o *setup.Options) { o.For[fault.Offline] = 0 },
		"accept":       func(o *setup.Options) { o.Accept = -1 },
		"refuse":       func(o *setup.Options) { o.Accept, o.Refuse, o.Ignore = 0, 0, 0 },
		"answer-after": func(o *setup.Options) { o.AnswerAfter = setup.Range{Min: -1, Max: 1} },
		"cancel":       func(o *setup.Options) { o.Cancel = 7 },
		"tombstone-time 1s is under 1m2s, the greater of linger-time and": func(o *setup.Options) { o.Engine.Times.Tombstone = time.Second },
	} {
		o := setup.Default()
		set(&o)
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := setup.Default().Validate(); err != nil {
		t.Error(err)
	}
}

// TestInterrupted stops a run after its first world: what is known is returned.
func TestInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	o := setup.Default()
	o.Calls = 1_000_000
	r, err := Run(ctx, o, 1, func(int) { stop() })
	if err != nil {
		t.Fatal(err)
	}
	if !r.Interrupted || r.Calls != o.World {
		t.Errorf("interrupted %v after %d calls", r.Interrupted, r.Calls)
	}
}

// BenchmarkRun is the run of the performance page, smaller: 5 % loss, watchers on.
func BenchmarkRun(b *testing.B) {
	o := setup.Default()
	o.Loss = 0.05
	for b.Loop() {
		mustRun(b, o, 2)
	}
	b.ReportMetric(float64(o.Calls)*float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// breaks is a tape that breaks in the middle of a world.
type breaks struct {
	tape.Seeded
	draws *int
}

func (b breaks) Draw(what tape.Label, about tape.Key) uint64 {
	if *b.draws++; *b.draws == 5000 {
		panic("broken on purpose")
	}
	return b.Seeded.Draw(what, about)
}

// TestPanicIsAnError: a broken engine must not take the answer with it.
func TestPanicIsAnError(t *testing.T) {
	o := setup.Default()
	err := world.New(&o).Play(t.Context(), 7, breaks{tape.World(1, 7), new(int)})
	if err == nil || !strings.Contains(err.Error(), "world 7 of seed 1") || !strings.Contains(err.Error(), "panic: broken on purpose") {
		t.Errorf("%v", err)
	}
}
