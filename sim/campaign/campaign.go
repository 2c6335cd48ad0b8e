// Campaign: what is to be played, cut into units, and its digest.

package campaign

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/setup"
)

// Format names the form of the files, and how a campaign is cut into units.
const Format = "invsim campaign 1"

// About says in words what a campaign is. All of it is in the digest: parts of campaigns
// that differ in any of it do not add up.
type About struct {
	Program  string      // that plays it: another one may play otherwise
	Kind     string      // run, swarm or sweep
	Flags    [][2]string // names and values of those that decide what is played
	Scenario *Scenario   `json:",omitempty"`
}

// Scenario is the file that a campaign starts from.
type Scenario struct{ Name, Text string }

// Cell is one set of worlds: a run or a swarm.
type Cell interface {
	// size is how many worlds and calls there are; 0 calls if the worlds decide that.
	size() (worlds, calls int)
	// describe writes everything that decides the result.
	describe(w io.Writer) error
	play(ctx context.Context, unit sim.Unit, progress func(int)) (*sim.SwarmResult, error)
}

// Campaign is a list of cells, each of which is cut into units. The units are numbered
// through all cells.
type Campaign struct {
	About
	Digest string // of all that decides its results

	cells []Cell
	first []int // by cell, and after the last: the number of its first unit
}

// New makes a campaign.
func New(about About, cells ...Cell) (*Campaign, error) {
	c := &Campaign{About: about, cells: cells, first: []int{0}}
	head, err := json.Marshal(about)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n", Format, head)
	for i, cell := range cells {
		fmt.Fprintf(sum, "cell %d\n", i)
		if err := cell.describe(sum); err != nil {
			return nil, err
		}
		c.first = append(c.first, c.first[i]+unitsOf(cell.size()))
	}
	c.Digest = hex.EncodeToString(sum.Sum(nil))
	return c, nil
}

// A unit has about so many calls or, of a swarm, worlds: more if there would be too many
// units to add up.
const (
	callsOfUnit  = 100_000
	worldsOfUnit = 1000
	mostUnits    = 1000
)

// unitsOf is into how many units worlds are cut: a multiple of a hundred if there are so
// many worlds, so that the worlds of a unit are in one of the groups of a result, and
// the result is small.
func unitsOf(worlds, calls int) int {
	units := (worlds + worldsOfUnit - 1) / worldsOfUnit
	if calls > 0 {
		units = (calls + callsOfUnit - 1) / callsOfUnit
	}
	return min(worlds, (units+99)/100*100, mostUnits)
}

// Units is how many units there are in all.
func (c *Campaign) Units() int { return c.first[len(c.cells)] }

// Size is how many worlds and calls all cells have; 0 calls if the worlds decide that.
func (c *Campaign) Size() (worlds, calls int) {
	for _, cell := range c.cells {
		w, n := cell.size()
		worlds, calls = worlds+w, calls+n
	}
	return worlds, calls
}

// find is the cell of a unit, and its unit there.
func (c *Campaign) find(unit int) (cell int, part sim.Unit) {
	for unit >= c.first[cell+1] {
		cell++
	}
	return cell, sim.Unit{Number: unit - c.first[cell], Of: c.first[cell+1] - c.first[cell]}
}

// check compares a result with what its unit has.
func (c *Campaign) check(unit int, r *sim.SwarmResult) error {
	cell, part := c.find(unit)
	worlds, _ := c.cells[cell].size()
	want := part.Worlds(worlds)
	if r.Interrupted || r.Worlds != want {
		return fmt.Errorf("%d worlds, not %d", r.Worlds, want)
	}
	for _, v := range r.Violations {
		if v.World < 0 || v.World >= worlds || v.World%part.Of != part.Number {
			return fmt.Errorf("a violation in world %d, which is not in it", v.World)
		}
	}
	return nil
}

// differs says in what two campaigns differ.
func (c *Campaign) differs(o *header) error {
	a, b := reflect.ValueOf(c.About), reflect.ValueOf(o.About)
	for i := range a.NumField() {
		if one, other := a.Field(i).Interface(), b.Field(i).Interface(); !reflect.DeepEqual(one, other) {
			return fmt.Errorf("it is of another campaign: its %s is %s, not %s", a.Type().Field(i).Name, short(other), short(one))
		}
	}
	return errors.New("it is of another campaign, whose options are read otherwise")
}

// short is a value in words, cut to one line.
func short(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return "?"
	}
	if len(data) > 200 {
		return string(data[:200]) + "…"
	}
	return string(data)
}

// run is a Cell of a run.
type run struct{ options setup.Options }

// Run is the cell of a run.
func Run(options setup.Options) Cell { return run{options} }

func (r run) size() (worlds, calls int) { return r.options.Worlds(), r.options.Calls }

func (r run) describe(w io.Writer) error {
	all, _, err := r.options.Populations()
	for _, o := range all {
		for _, f := range o.Fields() {
			fmt.Fprintf(w, "%s %q\n", f.Name, f.Value)
		}
		fmt.Fprintln(w, o.Uplink, o.Downlink, o.Latency.Samples) // the recordings themselves, beside their names
	}
	return err
}

func (r run) play(ctx context.Context, unit sim.Unit, progress func(int)) (*sim.SwarmResult, error) {
	counted, err := sim.RunUnit(ctx, r.options, unit, progress)
	if err != nil {
		return nil, err
	}
	return &sim.SwarmResult{Result: *counted}, nil
}

// swarm is a Cell of a swarm.
type swarm struct {
	seed   uint64
	runs   int
	change func(*setup.Options)
	name   string // of the change
}

// Swarm is the cell of a swarm. The name says what change does to the options of worlds.
func Swarm(seed uint64, runs int, name string, change func(*setup.Options)) Cell {
	return swarm{seed, runs, change, name}
}

func (s swarm) size() (worlds, calls int) { return s.runs, 0 }

func (s swarm) describe(w io.Writer) error {
	_, err := fmt.Fprintf(w, "swarm %d %d %q\n", s.seed, s.runs, s.name)
	return err
}

func (s swarm) play(ctx context.Context, unit sim.Unit, progress func(int)) (*sim.SwarmResult, error) {
	return sim.SwarmUnit(ctx, s.seed, s.runs, unit, s.change, progress)
}
