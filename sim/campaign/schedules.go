// Schedules side by side with an endpoint, as a cell.

package campaign

import (
	"context"
	"fmt"
	"io"
	"reflect"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/kit"
	"github.com/invsim/invsim/sim"
)

// schedules is a Cell of schedules.
type schedules struct {
	options kit.Options
	who     invd.Implementation
	start   func() (invd.Driver, error)
}

// Schedules is the cell of the schedules that options have, for an endpoint that says who
// it is. Each unit starts the endpoint anew, so that its result does not depend on what was
// played before.
func Schedules(options kit.Options, who invd.Implementation, start func() (invd.Driver, error)) Cell[*kit.Tally] {
	return schedules{options, who, start}
}

func (s schedules) size() (worlds, calls int) { return s.options.Runs, 0 }

// describe writes the options. The endpoint is in About.
func (s schedules) describe(w io.Writer) error {
	_, err := fmt.Fprintf(w, "schedules %d %d %s\n", s.options.Seed, s.options.Runs, s.options.Level)
	return err
}

func (s schedules) play(ctx context.Context, unit sim.Unit, progress func(int)) (*kit.Tally, error) {
	d, err := s.start()
	if err != nil {
		return nil, err
	}
	defer d.Close() // its end is not its schedule
	if who := d.Hello(); !reflect.DeepEqual(who, s.who) {
		return nil, fmt.Errorf("the endpoint has changed: it was %s, and is %s", short(s.who), short(who))
	}
	t, err := kit.Schedules(d, s.options, unit.Number, unit.Of, func() bool { return ctx.Err() != nil })
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	if progress != nil {
		progress(t.Schedules)
	}
	t.Brief()
	return t, nil
}

func (s schedules) none() *kit.Tally { return &kit.Tally{} }

func (s schedules) add(sum, r *kit.Tally) { sum.Add(r) }

func (s schedules) encode(t *kit.Tally) ([]byte, error) { return t.Encode() }

func (s schedules) decode(data []byte, unit sim.Unit) (*kit.Tally, error) {
	return kit.DecodeTally(data, s.options, unit.Number, unit.Of)
}
