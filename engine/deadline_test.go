package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

// TestNextDeadlineIsExact: after every input, the next deadline is the one that a copy of
// the engine finds, which has to look for it anew.
func TestNextDeadlineIsExact(t *testing.T) {
	stories := []string{
		"send INVITE RECEIVED accept ACCEPT 4700ms CONFIRM",   // an accept timer stops when no copy waits any more
		"send drain cancel CANCEL 31600ms ACK",                // a linger ends when no copy waits any more
		"send INVITE refuse 31600ms REFUSE ACK",               // likewise
		"send INVITE RECEIVED drain cancel send INVITE drain", // the first of two calls ends
		"send loseall 247s 35s",                               // nothing is armed in the end
	}
	for _, s := range situations {
		stories = append(stories, s.words)
	}
	for _, story := range stories {
		p := newPair(t, time.Unix(0, 0))
		check := func(when string) {
			t.Helper()
			for _, e := range []*engine.Engine{p.alice, p.bob} {
				at, armed := e.NextDeadline()
				want, wantArmed := load(t, e.Self(), p.clock, p.epochs[e.Self()], e.Snapshot()).NextDeadline()
				if armed != wantArmed || !at.Equal(want) {
					t.Errorf("%s: after %s the next deadline of %s is %v (%v), not %v (%v)", story, when, e.Self(), at, armed, want, wantArmed)
				}
			}
		}
		for word := range strings.FieldsSeq(story) {
			p.do(word)
			check(word)
		}
		p.clock.now = p.clock.now.Add(-10_000 * time.Hour) // somebody sets the clock
		p.alice.Advance()
		p.bob.Advance()
		check("the clock is set")
	}
}

// TestOverdueAtTheEndOfALinger: a phone sleeps while a CANCEL or REFUSE lingers, and wakes
// near the end. The copy that is overdue leaves before the end, and not at it.
func TestOverdueAtTheEndOfALinger(t *testing.T) {
	times := engine.DefaultTimes()
	for _, c := range []struct {
		name  string
		end   func(r *rig)
		lasts time.Duration
		sends string
	}{
		{"CANCEL", func(r *rig) { r.must(r.send().Cancel()) }, times.Linger, "CANCEL(user)"},
		{"REFUSE", func(r *rig) { r.must(r.ring(1, time.Minute).Refuse()) }, times.Expiry + times.Grace, "REFUSE"},
	} {
		for _, wakes := range []struct {
			at   time.Duration // from the end of the linger
			want bool
		}{{-time.Millisecond, true}, {0, false}, {time.Millisecond, false}} {
			for name, input := range map[string]func(*rig){
				"an input":   func(r *rig) { r.PeerOffline("nobody") },
				"an Advance": func(r *rig) { r.Advance() },
			} {
				r := newRig(t, "carol", nil)
				c.end(r)
				r.outputs()
				r.clock.now = rigStart.Add(c.lasts + wakes.at)
				input(r)
				want := ""
				if wakes.want {
					want = c.sends
				}
				r.want(fmt.Sprint(c.name, " ", wakes.at, " from the end, ", name), r.outputs(), want)
			}
		}
	}
}
