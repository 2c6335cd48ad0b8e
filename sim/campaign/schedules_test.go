package campaign

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/kit"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/mutant"
	"pgregory.net/rapid"
)

var tried = kit.Options{Level: kit.App, Runs: 100, Seed: 5}

// engine is the endpoint: an engine that breaks a rule.
func engine() (invd.Driver, error) {
	return invd.Here(&reference.Endpoint{Mutant: mutant.SecondRing}), nil
}

// scheduled is a campaign of schedules with it, or with what is started in its place.
func scheduled(t testing.TB, start func() (invd.Driver, error)) *Campaign[*kit.Tally] {
	t.Helper()
	d, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	return newCampaign(t, "p", Schedules(tried, d.Hello(), start))
}

// tallied is the sum as bytes.
func tallied(t interface{ Fatal(...any) }, s *State[*kit.Tally]) string {
	data, err := s.Sum(0).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestSchedules: whoever plays which units, how often, and in whichever order they are
// added up, the sum is that of one process that plays all, and damage is refused.
func TestSchedules(t *testing.T) {
	c := scheduled(t, engine)
	dir := t.TempDir()
	s, err := Open(c, dir)
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	if err := s.Play(t.Context(), Whole, 1, func(n int) { played += n }); err != nil || played != 100 || c.Units() != 100 {
		t.Fatalf("%d schedules in %d units: %v", played, c.Units(), err)
	}
	d, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := kit.Schedules(d, tried, 0, 1, func() bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	whole.Brief()
	data, err := whole.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range s.Sum(0).Causes {
		if c.Shown.Case != nil {
			t.Errorf("the sum keeps the steps of schedule %d", c.First[0])
		}
	}
	if want := string(data); tallied(t, s) != want || len(whole.Causes) == 0 {
		t.Fatalf("played here:\n%s\nnot\n%s", tallied(t, s), want)
	}
	file, err := os.ReadFile(filepath.Join(dir, "000001.units"))
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Collect(bytesLines(file))
	head, units := all[0], all[1:]
	rapid.Check(t, func(t *rapid.T) {
		s := NewState(c)
		left := append(rapid.Permutation(units).Draw(t, "order"), rapid.SliceOfN(rapid.SampledFrom(units), 0, 20).Draw(t, "more")...)
		take := func(unit int, sum string, r *kit.Tally) error { return s.take(unit, sum, "", r) }
		for len(left) > 0 {
			n := rapid.IntRange(1, len(left)).Draw(t, "in a file")
			file := append(slices.Clone(head), bytes.Join(left[:n], nil)...)
			left = left[n:]
			if _, err := s.read(bytes.NewReader(file), take); err != nil {
				t.Fatal(err)
			}
		}
		if got := tallied(t, s); got != string(data) || s.Missing() != nil {
			t.Fatalf("missing %v\n%s\nnot\n%s", s.Missing(), got, data)
		}
		damaged := slices.Clone(file)
		damaged[rapid.IntRange(0, len(file)-2).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
		if _, err := NewState(c).read(bytes.NewReader(damaged), func(int, string, *kit.Tally) error { return nil }); err == nil {
			t.Fatal("a damaged file is read")
		}
	})
}

// dying is an endpoint that dies in the middle of every schedule with a message of a
// stranger.
type dying struct{ invd.Driver }

func (d dying) Do(r invd.Request) (invd.Reply, error) {
	if m, ok := r.(*invd.Deliver); ok && m.From == "mallory" {
		return invd.Reply{}, errors.New("deliver: the endpoint has ended (exit status 2)")
	}
	return d.Driver.Do(r)
}

// TestSchedulesOfOneThatDies: it fails the schedule, and not the campaign. That it cannot
// be started, or has become another, ends the campaign, and nothing is kept of the unit.
func TestSchedulesOfOneThatDies(t *testing.T) {
	play := func(start func() (invd.Driver, error)) (*State[*kit.Tally], error) {
		s, err := Open(scheduled(t, start), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return s, s.Play(t.Context(), Whole, 2, nil)
	}
	s, err := play(func() (invd.Driver, error) {
		d, err := engine()
		return dying{d}, err
	})
	if err != nil || s.Missing() != nil || s.Sum(0).Schedules != 100 || len(s.Sum(0).Causes) < 3 {
		t.Errorf("%v: %+v", err, s.Sum(0))
	}
	for says, start := range map[string]func() (invd.Driver, error){
		"unit 0: start the endpoint x":         func() (invd.Driver, error) { return nil, errors.New("start the endpoint x: no such file") },
		"unit 0: the endpoint has changed: it": func() (invd.Driver, error) { return invd.Here(&reference.Endpoint{Name: "another"}), nil },
	} {
		if s, err := play(start); err == nil || !strings.HasPrefix(err.Error(), says) || s.Known() != 0 {
			t.Errorf("%d units are known, %v, not %s", s.Known(), err, says)
		}
	}
}

// TestSchedulesGoOn: a unit that was interrupted is played again.
func TestSchedulesGoOn(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	started := 0
	c := scheduled(t, func() (invd.Driver, error) {
		if started++; started == 40 {
			stop()
		}
		return engine()
	})
	dir := t.TempDir()
	s, err := Open(c, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Play(ctx, Whole, 1, nil); err != nil || s.Known() != 39 {
		t.Fatalf("%d units are known, %v", s.Known(), err)
	}
	if s, err = Open(c, dir); err != nil || s.Known() != 39 || s.Sum(0).Schedules != 39 {
		t.Fatalf("%d units are known, %v", s.Known(), err)
	}
	if err := s.Play(t.Context(), Whole, 1, nil); err != nil || s.Missing() != nil {
		t.Fatal(err)
	}
	unit, err := c.cells[0].play(t.Context(), sim.Unit{Number: 0, Of: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := unit.Encode()
	if got := tallied(t, s); err != nil || got != string(want) {
		t.Errorf("the sum is\n%s\nnot\n%s", got, want)
	}
}
