// A run: cases, schedules side by side, and worlds.

package kit

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
)

// Options say what is run.
type Options struct {
	Level  string // one of Levels
	Only   string // patterns of case ids, as [Matches] has them; "": all. Then there are no schedules and worlds
	Skip   string // patterns of the cases that are left out
	Runs   int    // schedules
	Worlds int    // of each kind
	Seed   uint64
	Known  map[string]bool // names that fail, and may
}

// Outcome is how one case, the schedules of one cause, or one world went.
type Outcome struct {
	Name    string // as a known failure is listed
	Clause  string
	Failure *Difference // nil: it passed, or was skipped
	Broken  string      // of a world: the property and the story
	Skipped string      // the feature that is missing
	Times   int         // of schedules and worlds: how many fail so
	Seeds   []uint64    // of schedules: those of the first of them
	World   string      // the world in which it is broken
	Known   bool
	Took    time.Duration
	Log     []byte // of a world that failed: every line

	tried  int    // schedules or worlds
	breaks string // of a world: the property, or that there was no reply
}

// Failed tells whether an outcome is neither passed nor skipped.
func (o *Outcome) Failed() bool { return o.Failure != nil || o.Broken != "" }

// Result is a run.
type Result struct {
	Endpoint invd.Implementation
	Options  Options
	Outcomes []Outcome
	Requests int      // of schedules
	Pairs    []string // of ends that worlds have reached,
	Triples  []string // and of a caller's and those of two devices
	Stale    []string // known failures that have passed
	LeftOut  int      // cases that were not asked for
	Stopped  string   // why not all was tried
	Began    time.Time
	Took     time.Duration // all

	hung int
}

// Conforms tells whether something passed, nothing failed but what is known to fail, and
// no known failure passed.
func (r *Result) Conforms() bool {
	passed, _, _ := r.Count()
	return passed > 0 && r.Stopped == "" && len(r.Stale) == 0 && !slices.ContainsFunc(r.Outcomes, func(o Outcome) bool { return o.Failed() && !o.Known })
}

// Count counts what passed, failed, and was skipped.
func (r *Result) Count() (passed, failed, skipped int) {
	for i := range r.Outcomes {
		switch o := &r.Outcomes[i]; {
		case o.Failed():
			failed++
		case o.Skipped != "":
			skipped++
		default:
			passed++
		}
	}
	return passed, failed, skipped
}

// Run runs all. stop is asked between cases, schedules and worlds.
func Run(d invd.Driver, o Options, stop func() bool) *Result {
	began := time.Now()
	r := &Result{Endpoint: d.Hello(), Options: o, Began: began}
	asked := stop
	stop = func() bool { return r.Stopped != "" || asked() }
	r.cases(d, stop)
	if o.Only == "" {
		r.schedules(d, stop)
		r.worlds(d, stop)
	}
	for name := range o.Known {
		if i := slices.IndexFunc(r.Outcomes, func(o Outcome) bool { return o.Name == name && o.Failed() }); i < 0 {
			r.Stale = append(r.Stale, name)
		} else {
			r.Outcomes[i].Known = true
		}
	}
	slices.Sort(r.Stale)
	r.small(d, stop)
	r.Took = time.Since(began)
	return r
}

// Matches tells whether a case is one of those that patterns name: as path.Match has them,
// with commas between.
func Matches(patterns, id string) bool {
	return slices.ContainsFunc(strings.Split(patterns, ","), func(pattern string) bool {
		ok, _ := path.Match(pattern, id)
		return ok
	})
}

func (r *Result) cases(d invd.Driver, stop func() bool) {
	for _, c := range Cases() {
		if r.Options.Only != "" && !Matches(r.Options.Only, c.ID) || Matches(r.Options.Skip, c.ID) {
			r.LeftOut++
			continue
		}
		if stop() {
			return
		}
		if r.one(d, c); stop() && r.Stopped == "" { // it may be why the case failed
			r.Outcomes = r.Outcomes[:len(r.Outcomes)-1]
		}
	}
}

// one plays a case.
func (r *Result) one(d invd.Driver, c *Case) *Outcome {
	began := time.Now()
	short := *c
	if r.Options.Level != App {
		short.Level = r.Options.Level
	}
	found, skipped := short.Run(d)
	switch {
	case found == nil || found.hangs():
	case c.Scene != nil:
		found = found.alone(d, short.Level)
	default:
		found.explain()
	}
	o := Outcome{Name: c.ID, Clause: c.Clause, Failure: found, Skipped: skipped, Took: time.Since(began)}
	if found != nil {
		o.Clause = found.Clause
	}
	r.Outcomes = append(r.Outcomes, o)
	r.patience(found.hangs())
	return &r.Outcomes[len(r.Outcomes)-1]
}

// small leaves out what the failed cases that are shown do not need.
func (r *Result) small(d invd.Driver, stop func() bool) {
	for _, g := range r.groups() {
		o := g.shown
		if o.Failure == nil || o.Failure.Case.Scene != nil || o.Times > 0 || o.Failure.hangs() || stop() {
			continue // of a world, of a scene, or small already
		}
		o.Failure = o.Failure.small(d, o.Name+".small", r.Options.Level, stop)
	}
}

// patience ends the run of an endpoint that hangs again and again, or cannot be started
// again.
func (r *Result) patience(hangs bool) {
	if !hangs {
		return
	}
	if r.hung++; r.hung == mostHangs {
		r.Stopped = stopped
	}
}

// mostHangs is how often an endpoint may hang before the rest is not tried.
const mostHangs = 3

var stopped = fmt.Sprintf("%d times it gave no reply, did not come to an end or could not be started again; the rest was not tried", mostHangs)

func (d *Difference) hangs() bool {
	return d != nil && d.What == "the reply" && gone(d.Got[0])
}

// gone tells whether an error of an endpoint took a long time, or will be that of all that
// follows.
func gone(words string) bool {
	return strings.Contains(words, invd.NoReply) || strings.Contains(words, invd.Restart) || strings.Contains(words, invd.NoProgress)
}

// explain plays a case to the reference, to name the cell.
func (d *Difference) explain() {
	ours := newTestee(invd.Here(&reference.Endpoint{}))
	for _, s := range d.Case.Steps[:d.Step+1] {
		reply, err := ours.Do(traced(s.Request, true))
		if err != nil {
			return
		}
		d.Cell, d.Clause = cellOf(d, s.Request, &reply)
	}
	if of := d.Case.Clause; of != "the-caller" && of != "the-callee" && !strings.HasSuffix(d.Cell, nothingHappens) {
		d.Clause = of // it knows better what it is about
	}
}

// schedules are grouped by their cause; the first of each is made small.
func (r *Result) schedules(d invd.Driver, stop func() bool) {
	began := time.Now()
	t, err := Schedules(d, r.Options, 0, 1, stop)
	r.take(t, func(found *Difference) *Difference {
		if found.hangs() || err != nil || stop() { // each try would take as long
			return found
		}
		return Shrink(d, found, (*Difference).Cause, r.Options.Level, stop)
	})
	if err != nil {
		r.Stopped = err.Error() + "; the rest was not tried"
	}
	if last := len(r.Outcomes) - 1; last >= 0 && r.Outcomes[last].Name == "schedules" {
		r.Outcomes[last].Took = time.Since(began)
	}
}

// Replay plays one case.
func Replay(d invd.Driver, c *Case) *Result {
	r := &Result{Endpoint: d.Hello(), Options: Options{Level: c.Level, Only: c.ID}}
	r.one(d, c)
	return r
}
