package kit

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/sim/mutant"
)

// TestSmall: what is shown of each cause is a case that fails in the same way, as it is
// written, and that the reference passes. It has nothing behind the difference, and no
// request that can be left out. A scene becomes such a case, too.
func TestSmall(t *testing.T) {
	most := map[mutant.ID]int{mutant.SecondRing: 3, mutant.AcceptAfterCancel: 5, mutant.NoCallerTombstone: 7, mutant.EarlyCancelForgotten: 4, mutant.IDsUsedAgain: 6, mutant.NoCalleeTombstone: 9}
	shrunk := 0
	for id, most := range most {
		for _, only := range []string{"instant.*,restore.*,codec.*,caller.*,callee.*", "pair.*"} {
			r := Run(here(id), Options{Level: App, Only: only}, never)
			for _, g := range r.groups() {
				d := g.shown.Failure
				if steps := len(d.Case.Steps); steps != d.Step+1 || steps < 2 || steps > most || d.Case.ID != g.Name()+".small" {
					t.Errorf("%s has %d steps and differs in step %d:\n%s", d.Case.ID, steps, d.Step, g.words())
					continue
				}
				all := &Result{Options: r.Options}
				if first := all.one(here(id), Cases()[slices.IndexFunc(Cases(), func(c *Case) bool { return c.ID == g.Name() })]).Failure; first.exactly() != d.exactly() {
					t.Errorf("%s differs otherwise than at first: %s", d.Case.ID, first.exactly())
				}
				checkSmall(t, d, r.Records()[d.Case.ID+".json"], id)
				if d.shows != "" {
					shrunk++
				}
			}
		}
	}
	if shrunk < 8 {
		t.Errorf("%d were shrunk", shrunk)
	}
}

func checkSmall(t *testing.T, d *Difference, file []byte, id mutant.ID) {
	t.Helper()
	kept, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if again := Replay(here(id), kept).Outcomes[0].Failure; again == nil || again.exactly() != d.exactly() {
		t.Errorf("%s: the file differs as %+v, not as %+v", kept.ID, again, d)
	}
	if !Replay(here(mutant.None), kept).Conforms() {
		t.Errorf("the reference fails %s", kept.ID)
	}
	for i := 1; i <= d.Step; i++ {
		p := newPair(here(id), App)
		if got := p.replay(slices.Delete(d.requests(), i, i+1), false); got != nil && got.exactly() == d.exactly() {
			t.Errorf("%s: request %d is not needed", kept.ID, i)
		}
	}
}

// counting is our engine, but it misbehaves in one of the requests after a reset, and from
// a certain reset on.
type counting struct {
	reference.Endpoint
	resets, requests int
	misbehave        func(c *counting, r *invd.Reply) error
}

func (c *counting) Do(r invd.Request) (invd.Reply, error) {
	c.requests++
	if _, ok := r.(*invd.Reset); ok {
		c.resets, c.requests = c.resets+1, 0
	}
	reply := c.Endpoint.Do(r)
	return reply, c.misbehave(c, &reply)
}

func (c *counting) Hello() invd.Implementation { return invd.Here(&c.Endpoint).Hello() }
func (c *counting) Close() error               { return nil }

// TestSmallEnds: what cannot be made small is said to be so, and an endpoint is not asked for
// ever.
func TestSmallEnds(t *testing.T) {
	long := &Case{ID: "long", Clause: "calls", Level: App}
	ours := newTestee(invd.Here(&reference.Endpoint{}))
	for i := range 302 {
		var r invd.Request = &invd.Advance{At: invd.At{Now: invd.Time(i) * ms}}
		if i == 0 {
			r = &invd.Reset{Setup: invd.Setup{Self: self, Epoch: "a1"}, Case: "long"}
		}
		reply, err := ours.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		long.Steps = append(long.Steps, Step{r, reply})
	}
	for _, each := range []struct {
		name, shows string
		resets      int
		misbehave   func(c *counting, r *invd.Reply) error
	}{
		{"all are needed", "301 of its 301 requests; perhaps not all are needed, but they were played 400 times", 2 + replays + 1, func(c *counting, r *invd.Reply) error {
			if c.requests == 300 {
				r.Code = "INVALID"
			}
			return nil
		}},
		{"it hangs", "101 of its 301 requests; perhaps not all are needed, but the endpoint hung", 5, func(c *counting, r *invd.Reply) error {
			if c.resets == 4 {
				return errors.New(invd.NoReply)
			}
			if c.requests == 300 || c.resets >= 3 && c.requests == 100 {
				r.Code = "INVALID"
			}
			return nil
		}},
		{"it keeps something", "all requests, although it passes when they are played again. Is anything kept over a reset, or drawn?", 2, func(c *counting, r *invd.Reply) error {
			if c.resets == 1 && c.requests == 300 {
				r.Code = "INVALID"
			}
			return nil
		}},
	} {
		d := &counting{misbehave: each.misbehave}
		r := Replay(d, long)
		r.small(d, never)
		got := r.Outcomes[0].Failure
		if got == nil || got.shows != each.shows || each.resets > 0 && d.resets != each.resets {
			t.Errorf("%s: %d resets, %+v", each.name, d.resets, got)
		}
		if words := r.groups()[0].words(); !strings.Contains(words, "  shows     "+each.shows+"\n") {
			t.Errorf("%s: %s", each.name, words)
		}
	}
}
