// Options: what a world is made of, and the check that it makes sense.

package sim

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
)

// Range is a duration drawn uniformly, both ends included.
type Range struct{ Min, Max time.Duration }

func (r Range) String() string {
	if r.Min == r.Max {
		return r.Min.String()
	}
	return r.Min.String() + ".." + r.Max.String()
}

// Options describe a run.
type Options struct {
	Seed  uint64
	Calls int // in all

	// A run is cut into worlds of CallsPerWorld calls. These hold for each world.
	Users    int     // how many phones there are
	Arrivals float64 // calls per second, at random moments

	Loss     float64 // probability that a copy of a message is lost
	Dup      float64 // probability that a copy arrives twice
	Reorder  float64 // probability that a copy is held back by up to a second more
	Latency  Range   // how long a copy is under way
	Uplink   *Link   // a recorded link that everything a phone sends crosses first; nil for none
	Downlink *Link   // a recorded link that everything a phone gets crosses last; nil for none

	Offline    float64       // share of the time that a phone is offline
	OfflineFor time.Duration // mean length of one such time

	CrashEvery time.Duration // mean time from one crash of a phone to the next; 0 for never
	CrashFor   time.Duration // mean time that it is down
	Snapshots  Snapshots     // what it starts again with

	Accept, Refuse, Ignore float64 // weights of what a callee does
	AnswerAfter            Range   // how long it rings before the callee does it
	Cancel                 float64 // probability that the caller cancels, whatever the callee does
	CancelAfter            Range   // how long after send

	// Engine configures every engine. Clock and Epoch are the simulator's own.
	Engine engine.Options
}

// CallsPerWorld is how many calls one numbered world has, the last one excepted.
const CallsPerWorld = 1000

// reorderBy is the longest time a reordered copy is held back.
const reorderBy = time.Second

// Default is the world that a run without options simulates.
func Default() Options {
	return Options{
		Seed:        1,
		Calls:       100_000,
		Users:       16,
		Arrivals:    50,
		Loss:        0.01,
		Dup:         0.005,
		Reorder:     0.02,
		Latency:     Range{50 * time.Millisecond, 250 * time.Millisecond},
		Offline:     0.05,
		OfflineFor:  20 * time.Second,
		CrashFor:    5 * time.Second,
		Accept:      70,
		Refuse:      15,
		Ignore:      15,
		AnswerAfter: Range{time.Second, 20 * time.Second},
		Cancel:      0.10,
		CancelAfter: Range{time.Second, 20 * time.Second},
		Engine:      engine.Options{Times: engine.DefaultTimes()},
	}
}

// engineOptions are those of one engine. The lower half of an epoch is the
// simulator's name for the user, one higher than its index; the upper half counts
// its restarts.
func (o *Options) engineOptions(clock engine.Clock, user, restarts int) engine.Options {
	options := o.Engine
	options.Clock, options.Epoch = clock, uint64(restarts)<<32|uint64(user)+1
	return options
}

// Validate reports everything that makes no sense.
func (o Options) Validate() error {
	var problems []string
	want := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	want(o.Calls > 0, "calls %d: at least 1", o.Calls)
	want(o.Users >= 2 && o.Users <= 10_000, "users %d: 2 to 10000", o.Users)
	want(o.Arrivals >= 0.001 && o.Arrivals <= 1e6, "arrivals %v/s: from 0.001 to a million a second", o.Arrivals)
	for _, p := range []struct {
		name  string
		value float64
	}{{"loss", o.Loss}, {"dup", o.Dup}, {"reorder", o.Reorder}, {"cancel", o.Cancel}} {
		want(p.value >= 0 && p.value <= 1, "%s %v: a probability from 0 to 1", p.name, p.value)
	}
	want(o.Offline >= 0 && o.Offline < 1, "offline %v: a share of time from 0 to under 1", o.Offline)
	want(o.Offline == 0 || o.OfflineFor >= time.Millisecond && o.OfflineFor <= 24*time.Hour, "offline-for %v: from 1ms to 24h", o.OfflineFor)
	want(o.Offline == 0 || o.Offline >= 1e-6, "offline %v: 0, or at least a millionth", o.Offline)
	want(o.CrashEvery == 0 || o.CrashEvery >= time.Second && o.CrashEvery <= 1000*time.Hour, "crash-every %v: 0 for never, or from 1s to 1000h", o.CrashEvery)
	want(o.CrashFor >= 0 && o.CrashFor <= time.Hour, "crash-for %v: from 0 to 1h", o.CrashFor)
	for _, r := range []struct {
		name  string
		value Range
	}{{"latency", o.Latency}, {"answer-after", o.AnswerAfter}, {"cancel-after", o.CancelAfter}} {
		want(r.value.Min >= 0 && r.value.Min <= r.value.Max && r.value.Max <= 24*time.Hour, "%s %v: from 0 to 24h, the lower end first", r.name, r.value)
	}
	for _, w := range []struct {
		name  string
		value float64
	}{{"accept", o.Accept}, {"refuse", o.Refuse}, {"ignore", o.Ignore}} {
		want(w.value >= 0 && !math.IsInf(w.value, 0), "%s %v: a weight of 0 or more", w.name, w.value)
	}
	want(o.Accept+o.Refuse+o.Ignore > 0, "accept, refuse and ignore: one of them must be more than 0")
	if err := o.engineOptions(&clock{}, 0, 0).Validate(); err != nil {
		problems = append(problems, err.Error())
	}
	if problems == nil {
		return nil
	}
	return errors.New(strings.Join(problems, "; "))
}
