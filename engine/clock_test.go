// Clocks: an engine counts the time that passes, in whatever year it is, and goes
// on when the clock is set.

package engine_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

// farthest is how far a clock can be set back while time stands still until it has
// caught up.
const farthest = 4000 * time.Hour

// years are times at which a clock may start, or to which it may be set.
var years = map[string]time.Time{
	"zero":             {},
	"before Christ":    time.Date(-400, 1, 1, 0, 0, 0, 0, time.UTC),
	"1677":             time.Date(1677, 9, 21, 0, 12, 43, 0, time.UTC), // UnixNano ends about here
	"1750":             time.Date(1750, 1, 1, 0, 0, 0, 0, time.UTC),
	"1969":             time.Unix(0, -1),
	"1970":             time.Unix(0, 0),
	"2026":             time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC),
	"2262":             time.Date(2262, 4, 11, 23, 47, 16, 854775807, time.UTC), // and here
	"2400":             time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC),
	"9999":             time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	"a million":        time.Date(1e6, 1, 1, 0, 0, 0, 0, time.UTC),
	"the end of times": time.Unix(1<<62, 0),
	"the beginning":    time.Unix(-1<<62, 0),
}

// expectLife sends a call, and sees it repeated and given up at the right moments.
func expectLife(t *testing.T, what string, clock *testClock, e *engine.Engine) {
	t.Helper()
	e.Advance()
	drain(e)
	call := e.CreateLocalInvitation("bob")
	if err := call.Send(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	var told []string
	start := clock.now
	for {
		for out := range e.All() {
			told = append(told, fmt.Sprint(clock.now.Sub(start), " ", describeOutput(out)))
		}
		at, ok := e.NextDeadline()
		if !ok || at.Sub(start) > 30*time.Second {
			break
		}
		if at.Before(clock.now) || len(told) > 100 {
			t.Fatalf("%s: the next deadline is %v, and it is %v: %q", what, at, clock.now, told)
		}
		clock.now = at
		e.Advance()
	}
	want := `0s bob:INVITE age 0s; 500ms bob:INVITE age 500ms; 1.5s bob:INVITE age 1.5s; 3.5s bob:INVITE age 3.5s; 7.5s bob:INVITE age 7.5s; ` +
		`11.5s bob:INVITE age 11.5s; 15.5s bob:INVITE age 15.5s; 19.5s bob:INVITE age 19.5s; 23.5s bob:INVITE age 23.5s; 27.5s bob:INVITE age 27.5s; ` +
		`30s bob:CANCEL(no response); 30s LocalInvitationFailure callee does not respond "" FAILURE no sign of life`
	if got := strings.Join(told, "; "); got != want {
		t.Errorf("%s:\n%s\nnot\n%s", what, got, want)
	}
	clock.now = clock.now.Add(time.Hour)
	e.Advance()
	drain(e)
	if s := e.Stats(); s.LocalRecords != 0 {
		t.Errorf("%s: after an hour it remembers %d", what, s.LocalRecords)
	}
}

// In every year an engine lives as it does in any other, restored or not.
func TestAnyYear(t *testing.T) {
	for name, year := range years {
		clock := &testClock{year}
		e := newEngine(t, "alice", clock, 1)
		expectLife(t, name, clock, e)
		restored, err := engine.Restore("alice", optionsOf(clock, 2), e.Snapshot(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		expectLife(t, name+", restored", clock, restored)
	}
}

// A clock that is set to any year and back: what was due on the way is due at once,
// and from there time goes on. Nothing is early, nothing waits for ever.
func TestClockIsSet(t *testing.T) {
	for from, start := range years {
		for to, year := range years {
			if back := start.Sub(year); back > 0 && back < farthest {
				continue // time would stand still
			}
			for _, open := range []bool{false, true} {
				what := fmt.Sprintf("from %s to %s, open %v", from, to, open)
				clock := &testClock{start}
				e := newEngine(t, "alice", clock, 1)
				if open {
					if err := e.CreateLocalInvitation("bob").Send(); err != nil {
						t.Fatal(err)
					}
					drain(e)
				}
				clock.now = year
				before := e.Snapshot()
				if at, ok := e.NextDeadline(); ok != open || ok && at.Sub(start) != 500*time.Millisecond {
					t.Errorf("%s: not advanced yet, the next deadline is %v", what, at)
				}
				e.Advance()
				got := strings.Join(outputsOf(e), "; ")
				want := ""
				if open && year.After(start) && year.Sub(start) > time.Second {
					want = `bob:CANCEL(no response); LocalInvitationFailure callee does not respond "" FAILURE no sign of life`
				}
				if got != want {
					t.Errorf("%s: %s\nnot %s", what, got, want)
				}
				if again, err := engine.Load("alice", optionsOf(clock, 1), before); err != nil {
					t.Errorf("%s: %v", what, err)
				} else if again.Advance(); strings.Join(outputsOf(again), "; ") != want {
					t.Errorf("%s: a copy does something else", what)
				}
				if e.Stats().LocalRecords > 0 { // let it end
					for range 400 {
						clock.now = clock.now.Add(time.Second)
						e.Advance()
						drain(e)
					}
				}
				expectLife(t, what, clock, e)
				if far := clock.now.Sub(start).Abs(); far > time.Minute && far < farthest {
					continue // time would stand still
				}
				clock.now = start
				expectLife(t, what+" and back", clock, e)
			}
		}
	}
}

// However often a clock leaps, with calls open all the while, no time overflows.
func TestClockLeapsAndLeaps(t *testing.T) {
	clock := &testClock{time.Unix(0, 0)}
	e := newEngine(t, "alice", clock, 1)
	chance := rand.New(rand.NewPCG(1, 2))
	all := []time.Time{years["zero"], years["1969"], years["2026"], years["2400"], years["9999"], years["a million"]}
	for range 5000 {
		if err := e.CreateLocalInvitation("bob").Send(); err != nil {
			t.Fatal(err)
		}
		e.Receive("bob", engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 2, Counter: chance.Uint64()}, Wait: time.Second, Expiry: time.Second})
		clock.now = all[chance.IntN(len(all))].Add(time.Duration(chance.Int64N(int64(time.Hour))))
		e.Advance()
		drain(e)
	}
	for range 400 {
		clock.now = clock.now.Add(time.Second)
		e.Advance()
		drain(e)
	}
	expectLife(t, "after 5000 leaps", clock, e)
}

// A clock that is a little back makes time stand still until it has caught up; one
// that is set back by more than any timer is long does not.
func TestHowFarBack(t *testing.T) {
	for back, want := range map[time.Duration]bool{time.Second: true, 2 * time.Second: false, farthest: false, farthest + 1: true} {
		clock := &testClock{years["2026"]}
		e := newEngine(t, "alice", clock, 1)
		call := e.CreateLocalInvitation("bob")
		if err := call.Send(); err != nil {
			t.Fatal(err)
		}
		clock.now = clock.now.Add(-back)
		e.Advance()
		clock.now = clock.now.Add(31 * time.Second)
		e.Advance()
		if ended := call.State().Terminal(); ended != want {
			t.Errorf("set back by %v: ended after 31 s: %v", back, ended)
		}
	}
}
