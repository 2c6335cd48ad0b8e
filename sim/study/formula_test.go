package study

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/setup"
)

func acceptTime(d time.Duration) engine.Options {
	o := engine.Options{Times: engine.DefaultTimes()}
	o.Times.Accept = d
	return o
}

// TestAcceptCopies: the first after 250 ms, doubling to 500 ms, none in the last
// 500 ms. 64 copies in 32 s, 20 in 10 s, 10 in 5 s.
func TestAcceptCopies(t *testing.T) {
	for _, c := range []struct {
		acceptTime time.Duration
		copies     int
		last       time.Duration
	}{
		{5 * time.Second, 10, 4250 * time.Millisecond},
		{10 * time.Second, 20, 9250 * time.Millisecond},
		{32 * time.Second, 64, 31250 * time.Millisecond},
		{time.Second, 2, 250 * time.Millisecond},
	} {
		copies, err := acceptCopies(acceptTime(c.acceptTime))
		if err != nil || len(copies) != c.copies || copies[0] != 0 || copies[1] != 250*time.Millisecond || copies[len(copies)-1] != c.last {
			t.Errorf("%v: %v, %v", c.acceptTime, copies, err)
		}
		for i := 2; i < len(copies); i++ {
			if copies[i]-copies[i-1] != 500*time.Millisecond {
				t.Errorf("%v: copies at %v and %v", c.acceptTime, copies[i-1], copies[i])
			}
		}
	}
	if copies, err := acceptCopies(engine.Options{}); err != nil || len(copies) != 30 {
		t.Errorf("default times: %v, %v", copies, err)
	}
	if _, err := acceptCopies(acceptTime(time.Millisecond)); err == nil {
		t.Error("no error for times that do not fit together")
	}
}

// TestInTime: a CONFIRM at the last moment counts, one a nanosecond later does not.
func TestInTime(t *testing.T) {
	copies := []time.Duration{0, 250 * time.Millisecond, 750 * time.Millisecond}
	for roundTrip, want := range map[time.Duration]int{
		0: 3, 250 * time.Millisecond: 3, 250*time.Millisecond + 1: 2, 750 * time.Millisecond: 2, time.Second: 1, time.Second + 1: 0,
	} {
		if got := inTimeOf(copies, roundTrip, time.Second); got != want {
			t.Errorf("round trip %v: %d, want %d", roundTrip, got, want)
		}
	}
}

// TestResidueByEnumeration plays every fate of a few copies: an ACCEPT that arrives
// or not, a CONFIRM that arrives or not.
func TestResidueByEnumeration(t *testing.T) {
	for _, loss := range []float64{0, 0.1, 0.5, 0.9, 1} {
		for copies := 0; copies <= 5; copies++ {
			for inTime := 0; inTime <= copies; inTime++ {
				want := 0.0
				for fates := range 1 << (2 * copies) {
					chance, caller, callee := 1.0, false, false
					for i := range copies {
						arrives, confirmed := fates>>(2*i)&1 == 1, fates>>(2*i+1)&1 == 1
						chance *= choose(arrives, 1-loss, loss) * choose(confirmed, 1-loss, loss)
						caller = caller || arrives
						callee = callee || arrives && confirmed && i < inTime
					}
					if caller && !callee {
						want += chance
					}
				}
				if got := expectedResidue(loss, copies, inTime); !near(got, want, 1e-12) {
					t.Errorf("loss %v, %d copies, %d in time: %v, want %v", loss, copies, inTime, got, want)
				}
			}
		}
	}
}

func choose(yes bool, a, b float64) float64 {
	if yes {
		return a
	}
	return b
}

// simple is a world in which the formula holds.
func simple() setup.Options {
	o := setup.Default()
	o.Calls = 10_000
	o.Dup, o.Reorder, o.Offline, o.Cancel, o.Refuse, o.Ignore = 0, 0, 0, 0, 0, 0
	setLatency(&o, 50*time.Millisecond, 50*time.Millisecond)
	o.AnswerAfter = setup.Range{Min: 45 * time.Second, Max: 45 * time.Second}
	return o
}

func setLatency(o *setup.Options, from, to time.Duration) { o.Latency = netem.Between(from, to) }

// agrees reports whether so many of so many trials are not too rare, on either side,
// where each is one with that probability: once in 20,000, so that all cases of a test
// agree whatever the seed.
func agrees(n, of uint64, probability float64) bool {
	trials := distuv.Binomial{N: float64(of), P: probability}
	return trials.CDF(float64(n)) > 1.0/20_000 && 1-trials.CDF(float64(n)-1) > 1.0/20_000
}

// TestFormulaAgrees: what is simulated agrees with the formula, over the loss, the
// accept time and the round trip, up to and over the accept time; and it would not
// agree with a schedule that has one copy more or less. Nothing but loss happens, so
// the accepts are independent.
func TestFormulaAgrees(t *testing.T) {
	toldApart := 0
	for _, c := range []struct {
		loss                float64
		acceptTime, latency time.Duration
	}{
		{0.2, 5 * time.Second, 50 * time.Millisecond},
		{0.3, 5 * time.Second, 50 * time.Millisecond},
		{0.4, 5 * time.Second, 50 * time.Millisecond},
		{0.5, 5 * time.Second, 50 * time.Millisecond},
		{0.2, 10 * time.Second, 50 * time.Millisecond},
		{0.5, 10 * time.Second, 50 * time.Millisecond},
		{0.5, 32 * time.Second, 50 * time.Millisecond},
		{0.2, 5 * time.Second, time.Second},
		{0.2, 5 * time.Second, 2 * time.Second},
		{0.2, 5 * time.Second, 2500 * time.Millisecond},
		{0.2, 5 * time.Second, 2501 * time.Millisecond},
		{0.5, 5 * time.Second, 2500 * time.Millisecond},
		{0.2, 10 * time.Second, 4 * time.Second},
	} {
		t.Run(fmt.Sprint(c.loss, c.acceptTime, c.latency), func(t *testing.T) {
			o := simple()
			o.Loss, o.Engine.Times.Accept = c.loss, c.acceptTime
			setLatency(&o, c.latency, c.latency)
			predicted, ok := predict(o)
			if !ok {
				t.Fatal("no prediction")
			}
			sample, err := Play(context.Background(), o, 2, nil)
			if err != nil {
				t.Fatal(err)
			}
			residue, accepts := sample.Total.Residue(), sample.Total.AcceptCalls
			if !agrees(residue, accepts, predicted) {
				t.Errorf("the formula says %v, the simulation %d of %d", predicted, residue, accepts)
			}
			copies, _ := acceptCopies(o.Engine)
			inTime := inTimeOf(copies, 2*c.latency, c.acceptTime)
			less, more := expectedResidue(c.loss, len(copies), max(0, inTime-1)), expectedResidue(c.loss, len(copies), inTime+1)
			if !agrees(residue, accepts, less) && !agrees(residue, accepts, more) {
				toldApart++
			}
		})
	}
	if toldApart < 4 {
		t.Errorf("only %d of the cases would notice a copy more or less", toldApart)
	}
}

// TestPredictConditions: where a condition does not hold, there is no prediction.
func TestPredictConditions(t *testing.T) {
	if _, ok := predict(simple()); !ok {
		t.Fatal("no prediction for the simple world")
	}
	for name, change := range map[string]func(*setup.Options){
		"latency":       func(o *setup.Options) { setLatency(o, 50*time.Millisecond, 51*time.Millisecond) },
		"dup":           func(o *setup.Options) { o.Dup = 0.01 },
		"reorder":       func(o *setup.Options) { o.Reorder = 0.01 },
		"offline":       func(o *setup.Options) { o.Offline = 0.01 },
		"crash":         func(o *setup.Options) { o.Every[fault.Crash] = time.Minute },
		"cancel":        func(o *setup.Options) { o.Cancel = 0.01 },
		"uplink":        func(o *setup.Options) { o.Uplink = &netem.Link{} },
		"downlink":      func(o *setup.Options) { o.Downlink = &netem.Link{} },
		"answer-after":  func(o *setup.Options) { o.AnswerAfter.Min = o.Engine.Times.NoResponse },
		"no-retransmit": func(o *setup.Options) { o.Engine.NoRetransmit = true },
		"times":         func(o *setup.Options) { o.Engine.Times.Accept = time.Millisecond },
	} {
		o := simple()
		if change(&o); !reflect.DeepEqual(o, simple()) {
			if p, ok := predict(o); ok {
				t.Errorf("%s: predicts %v", name, p)
			}
		} else {
			t.Errorf("%s changes nothing", name)
		}
	}
}

func near(got, want, within float64) bool { return math.Abs(got-want) <= within }
