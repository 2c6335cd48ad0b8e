// Tallies: what schedules have shown, in numbers, so that schedules that were played in
// parts, here or elsewhere, add up.

package kit

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/conformance/invd"
)

// Tally is what some schedules of [Options] have shown. Tallies of different schedules add
// up to the same sum in any order. The seed of schedule n is Options.Seed + n.
type Tally struct {
	Schedules int // that were played
	NotTried  int // because the endpoint hung too often before
	Requests  int
	Causes    []Cause // in the order of their first schedules
}

// Cause are the schedules that differ for one reason, as far as one can see.
type Cause struct {
	Times int
	First []int // the smallest numbers of the schedules
	Shown *Difference
}

// mostFirst is how many schedules of a cause are known by their numbers.
const mostFirst = 5

// Schedules plays the schedules first, first+step, first+2·step and so on to an endpoint.
// stop is asked before each; then the tally has fewer. One in which the endpoint dies or
// hangs differs, and the next one begins with another process. That it cannot be started
// again is an error.
func Schedules(d invd.Driver, o Options, first, step int, stop func() bool) (*Tally, error) {
	t := &Tally{}
	hung := 0
	for n := first; n < o.Runs; n += step {
		if hung == mostHangs {
			t.NotTried++
			continue
		}
		if stop() {
			break
		}
		found, requests := Side(d, o.Seed+uint64(n), o.Level)
		switch {
		case found != nil && stop():
			return t, nil // which may be why
		case found != nil && found.err != nil && strings.Contains(found.err.Error(), invd.Restart):
			return t, found.err
		case found.hangs():
			hung++
		}
		t.Add(tallyOf(n, requests, found))
	}
	return t, nil
}

// tallyOf is the tally of one schedule.
func tallyOf(number, requests int, found *Difference) *Tally {
	t := &Tally{Schedules: 1, Requests: requests}
	if found != nil {
		t.Causes = []Cause{{1, []int{number}, found}}
	}
	return t
}

// Add takes the tally of other schedules in.
func (t *Tally) Add(o *Tally) {
	t.Schedules += o.Schedules
	t.NotTried += o.NotTried
	t.Requests += o.Requests
	for _, theirs := range o.Causes {
		at := slices.IndexFunc(t.Causes, func(c Cause) bool { return c.Shown.Cause() == theirs.Shown.Cause() })
		if at < 0 {
			t.Causes = append(t.Causes, theirs)
			continue
		}
		ours := &t.Causes[at]
		if theirs.First[0] < ours.First[0] {
			ours.Shown = theirs.Shown
		}
		ours.Times += theirs.Times
		ours.First = slices.Concat(ours.First, theirs.First)
		slices.Sort(ours.First)
		ours.First = ours.First[:min(len(ours.First), mostFirst)]
	}
	slices.SortFunc(t.Causes, func(a, b Cause) int { return cmp.Compare(a.First[0], b.First[0]) })
}

// Brief leaves the steps of what is shown out, and the ends of long texts.
func (t *Tally) Brief() {
	const lines = 20
	short := func(texts []string) (all []string) {
		for _, text := range texts[:min(len(texts), lines)] {
			all = append(all, cut(text))
		}
		return all
	}
	for i := range t.Causes {
		d := *t.Causes[i].Shown
		d.Case, d.err, d.Expected, d.Got = nil, nil, short(d.Expected), short(d.Got)
		t.Causes[i].Shown = &d
	}
}

// Encode writes a brief tally: equal tallies are equal bytes.
func (t *Tally) Encode() ([]byte, error) { return json.Marshal(t) }

// DecodeTally reads what Encode has written of the schedules that Schedules plays with the
// same arguments, and nothing else. The bytes are not trusted.
func DecodeTally(data []byte, o Options, first, step int) (*Tally, error) {
	t := &Tally{}
	if err := json.Unmarshal(data, t); err != nil {
		return nil, fmt.Errorf("not a tally: %w", err)
	}
	if again, err := t.Encode(); err != nil || string(again) != string(data) {
		return nil, errors.New("not a tally of this version")
	}
	if want := (o.Runs - first + step - 1) / step; min(t.Schedules, t.NotTried, t.Requests) < 0 || t.Schedules > want || t.NotTried != want-t.Schedules {
		return nil, fmt.Errorf("a tally of %d and %d schedules, not of %d", t.Schedules, t.NotTried, want)
	}
	differ := 0
	names := map[string]bool{}
	for i, c := range t.Causes {
		switch {
		case c.Shown == nil || !slices.Contains(Levels, c.Shown.Level) || names[c.Shown.Cause()]:
			return nil, fmt.Errorf("a tally whose cause %d is none", i)
		case c.Times < 1 || c.Times > t.Schedules-differ || len(c.First) != min(c.Times, mostFirst):
			return nil, fmt.Errorf("a tally in which %d schedules differ for the cause %q", c.Times, c.Shown.Cause())
		case i > 0 && c.First[0] <= t.Causes[i-1].First[0]:
			return nil, errors.New("a tally whose causes are not in their order")
		}
		for i, n := range c.First {
			if n < first || n >= o.Runs || (n-first)%step != 0 || i > 0 && n <= c.First[i-1] {
				return nil, fmt.Errorf("a tally in which schedule %d differs, which is not in it", n)
			}
		}
		differ += c.Times
		names[c.Shown.Cause()] = true
	}
	return t, nil
}

// Answer is the result of an endpoint that was tried by these schedules alone. It is that of
// [Run], but that nothing is made small.
func (t *Tally) Answer(who invd.Implementation, o Options) *Result {
	o.Skip, o.Worlds = "*", 0
	r := &Result{Endpoint: who, Options: o, LeftOut: len(Cases()), Began: time.Unix(0, 0)}
	r.take(t, func(d *Difference) *Difference {
		shown := *d
		shown.Case = &Case{}
		return &shown
	})
	return r
}

// take makes an outcome of each cause.
func (r *Result) take(t *Tally, small func(*Difference) *Difference) {
	r.Requests += t.Requests
	for _, c := range t.Causes {
		name := c.Shown.Cause()
		o := Outcome{Name: "schedules: " + name, Failure: small(c.Shown), Times: c.Times, tried: t.Schedules}
		o.Clause = o.Failure.Clause
		for _, n := range c.First {
			o.Seeds = append(o.Seeds, r.Options.Seed+uint64(n))
		}
		r.Outcomes = append(r.Outcomes, o)
	}
	if len(t.Causes) == 0 && t.Schedules > 0 {
		r.Outcomes = append(r.Outcomes, Outcome{Name: "schedules", Clause: "properties"})
	}
	if t.NotTried > 0 {
		r.Stopped = stopped
	}
}
