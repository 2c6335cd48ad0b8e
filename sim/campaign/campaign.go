// Campaign: what is to be played, cut into units, and its digest.

package campaign

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim"
)

// Format names the form of the files, and how a campaign is cut into units.
const Format = "invsim campaign 2"

// About says in words what a campaign is. All of it is in the digest: parts of campaigns
// that differ in any of it do not add up.
type About struct {
	Program  string               // that plays it: another one may play otherwise
	Kind     string               // run, swarm, sweep or conform
	Flags    [][2]string          // names and values of those that decide what is played
	Scenario *Scenario            `json:",omitempty"`
	Endpoint *invd.Implementation `json:",omitempty"` // that is tried, as it says itself
}

// Scenario is the file that a campaign starts from.
type Scenario struct{ Name, Text string }

// Campaign is a list of cells, each of which is cut into units. The units are numbered
// through all cells. R is the result of a unit, and of several.
type Campaign[R any] struct {
	About
	Digest string // of all that decides its results

	cells []Cell[R]
	first []int // by cell, and after the last: the number of its first unit
}

// New makes a campaign.
func New[R any](about About, cells ...Cell[R]) (*Campaign[R], error) {
	c := &Campaign[R]{About: about, cells: cells, first: []int{0}}
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

// A unit has about so many calls or, where the worlds decide that, worlds or schedules: more
// if there would be too many units to add up.
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
func (c *Campaign[R]) Units() int { return c.first[len(c.cells)] }

// Size is how many worlds and calls all cells have; 0 calls if the worlds decide that.
func (c *Campaign[R]) Size() (worlds, calls int) {
	for _, cell := range c.cells {
		w, n := cell.size()
		worlds, calls = worlds+w, calls+n
	}
	return worlds, calls
}

// find is the cell of a unit, and its unit there.
func (c *Campaign[R]) find(unit int) (cell int, part sim.Unit) {
	for unit >= c.first[cell+1] {
		cell++
	}
	return cell, sim.Unit{Number: unit - c.first[cell], Of: c.first[cell+1] - c.first[cell]}
}

// differs says in what two campaigns differ.
func (c *Campaign[R]) differs(o *header) error {
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
