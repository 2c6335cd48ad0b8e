// Cells: what can be played in units. Runs and swarms have worlds.

package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// Cell is one set of worlds or schedules, with numbers from 0 on, of which each unit has
// some. R is what they have shown.
type Cell[R any] interface {
	// size is how many worlds or schedules there are, and how many calls; 0 calls if the
	// worlds decide that.
	size() (worlds, calls int)
	// describe writes everything that decides the result.
	describe(w io.Writer) error
	play(ctx context.Context, unit sim.Unit, progress func(int)) (R, error)

	none() R // the result of no units
	add(sum, r R)
	encode(r R) ([]byte, error)
	// decode reads what encode has written of a unit. The bytes are not trusted.
	decode(data []byte, unit sim.Unit) (R, error)
}

// worlds is how many a run or a swarm has, and how their results add up.
type worlds int

func (w worlds) none() *sim.SwarmResult {
	r := sim.NewSwarmResult()
	r.Interrupted = w > 0
	return r
}

func (w worlds) add(sum, r *sim.SwarmResult) {
	sum.Add(r)
	sum.Interrupted = sum.Worlds < int(w)
}

// decode reads the counts of a unit, and compares them with what the unit has.
func (w worlds) decode(data []byte, unit sim.Unit) (*result.Result, error) {
	r, err := result.Decode(data)
	if err != nil {
		return nil, err
	}
	if want := unit.Worlds(int(w)); r.Interrupted || r.Worlds != want {
		return nil, fmt.Errorf("it has %d worlds, not %d", r.Worlds, want)
	}
	for _, v := range r.Violations {
		if v.World < 0 || v.World >= int(w) || v.World%unit.Of != unit.Number {
			return nil, fmt.Errorf("it has a violation in world %d, which is not in it", v.World)
		}
	}
	return r, nil
}

// run is a Cell of a run.
type run struct {
	worlds
	options setup.Options
}

// Run is the cell of a run.
func Run(options setup.Options) Cell[*sim.SwarmResult] {
	return run{worlds(options.Worlds()), options}
}

func (r run) size() (worlds, calls int) { return int(r.worlds), r.options.Calls }

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

func (r run) encode(unit *sim.SwarmResult) ([]byte, error) { return unit.Encode() }

func (r run) decode(data []byte, unit sim.Unit) (*sim.SwarmResult, error) {
	counted, err := r.worlds.decode(data, unit)
	if err != nil {
		return nil, err
	}
	return &sim.SwarmResult{Result: *counted}, nil
}

// swarm is a Cell of a swarm.
type swarm struct {
	worlds
	seed   uint64
	change func(*setup.Options)
	name   string // of the change
}

// Swarm is the cell of a swarm. The name says what change does to the options of worlds.
func Swarm(seed uint64, runs int, name string, change func(*setup.Options)) Cell[*sim.SwarmResult] {
	return swarm{worlds(runs), seed, change, name}
}

func (s swarm) size() (worlds, calls int) { return int(s.worlds), 0 }

func (s swarm) describe(w io.Writer) error {
	_, err := fmt.Fprintf(w, "swarm %d %d %q\n", s.seed, s.worlds, s.name)
	return err
}

func (s swarm) play(ctx context.Context, unit sim.Unit, progress func(int)) (*sim.SwarmResult, error) {
	return sim.SwarmUnit(ctx, s.seed, int(s.worlds), unit, s.change, progress)
}

// ofSwarm is how the result of a unit of a swarm is written.
type ofSwarm struct {
	On     []int // by option: in how many worlds it was drawn
	Counts json.RawMessage
}

func (s swarm) encode(unit *sim.SwarmResult) ([]byte, error) {
	counts, err := unit.Encode()
	if err != nil {
		return nil, err
	}
	return json.Marshal(ofSwarm{unit.On, counts})
}

func (s swarm) decode(data []byte, unit sim.Unit) (*sim.SwarmResult, error) {
	var written ofSwarm
	if err := strictly(data, &written); err != nil {
		return nil, fmt.Errorf("not a result of a swarm: %w", err)
	}
	if len(written.On) != len(setup.SwarmNames()) {
		return nil, fmt.Errorf("%d options that were drawn", len(written.On))
	}
	counted, err := s.worlds.decode(written.Counts, unit)
	if err != nil {
		return nil, err
	}
	return &sim.SwarmResult{Result: *counted, Runs: counted.Worlds, On: written.On}, nil
}
