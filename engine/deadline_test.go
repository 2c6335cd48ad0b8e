package engine_test

import (
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
