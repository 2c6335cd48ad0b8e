// A tape for rapid is good if what makes a world fail ends as small as a person would
// have written it.

package rapidtape

import (
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/sim/tape"
)

// The failures here are wanted, so rapid need not write them down; and they must be
// found whatever the seed.
func TestMain(m *testing.M) {
	flag.Parse()
	set("rapid.nofailfile", "true")
	set("rapid.checks", "2000")
	os.Exit(m.Run())
}

func set(name, value string) {
	if err := flag.Set(name, value); err != nil {
		panic(err)
	}
}

// wanted is a test that may fail without failing the one around it.
type wanted struct {
	testing.TB
	failed bool
	log    []string // since the last failure that rapid reported
}

func (w *wanted) Helper()                      {}
func (w *wanted) Log(...any)                   {}
func (w *wanted) Logf(format string, a ...any) { w.log = append(w.log, fmt.Sprintf(format, a...)) }
func (w *wanted) Errorf(string, ...any)        { w.failed, w.log = true, nil }
func (w *wanted) FailNow()                     {}
func (w *wanted) Failed() bool                 { return w.failed }

// fails plays a world with a bug on rapid's tapes and is the last tape that shows it.
func fails(t *testing.T, bug func(tape.Tape) bool) (shrunk *tape.Recorded, log []string) {
	w := &wanted{TB: t}
	rapid.Check(w, func(t *rapid.T) {
		r := tape.NewRecorder(New(t))
		if bug(r) {
			shrunk = r.Recorded()
			t.Fatalf("the bug")
		}
	})
	if w.failed != (shrunk != nil) {
		t.Fatalf("failed: %v, with %v", w.failed, shrunk)
	}
	return shrunk, w.log
}

const calls = 12

// play asks about twelve calls, and is whether each was lost and how long it took.
func play(t tape.Tape) (lost [calls]bool, took [calls]time.Duration) {
	for call := range calls {
		lost[call] = tape.Chance(t, 0.01, tape.Loss, tape.Key(call))
		took[call] = tape.Between(t, 0, 1000, tape.Latency, tape.Key(call))
	}
	return lost, took
}

// TestFailuresShrinkToWhatItTakes plants bugs that need a few choices among two dozen.
func TestFailuresShrinkToWhatItTakes(t *testing.T) {
	loss := func(call tape.Key) tape.Choice { return tape.Choice{What: tape.Loss, About: call} }
	latency := func(call tape.Key) tape.Choice { return tape.Choice{What: tape.Latency, About: call} }
	for _, c := range []struct {
		name string
		bug  func(tape.Tape) bool
		want []tape.Choice
	}{
		{"always there", func(t tape.Tape) bool { play(t); return true }, nil},
		{"one loss", func(t tape.Tape) bool { lost, _ := play(t); return lost[4] }, []tape.Choice{loss(4)}},
		{"two losses", func(t tape.Tape) bool { lost, _ := play(t); return lost[4] && lost[11] }, []tape.Choice{loss(4), loss(11)}},
		{"a loss and a delay", func(t tape.Tape) bool { lost, took := play(t); return lost[4] && took[3] > 700 },
			[]tape.Choice{loss(4), latency(3)}},
		{"two losses and a delay, asked about twice", func(t tape.Tape) bool {
			lost, _ := play(t)
			again, took := play(t)
			return lost[4] && again[7] && took[7] > 500
		}, []tape.Choice{loss(4), loss(7), latency(7)}},
	} {
		for seed := 1; seed <= 5; seed++ {
			set("rapid.seed", fmt.Sprint(seed))
			shrunk, _ := fails(t, c.bug)
			if shrunk == nil {
				t.Errorf("%s, seed %d: not found", c.name, seed)
				continue
			}
			var got []tape.Choice
			for choice := range shrunk.All() {
				got = append(got, choice)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s, seed %d: shrunk to %v, want %v", c.name, seed, got, c.want)
			}
		}
	}
}

// TestTheRareIsLikely: what a seed shows one time in ten thousand, these tapes show
// one time in a hundred.
func TestTheRareIsLikely(t *testing.T) {
	set("rapid.seed", "1")
	lostTwice, plain, tapes := 0, 0, 0
	if shrunk, _ := fails(t, func(t tape.Tape) bool {
		lost, took := play(t)
		tapes++
		if lost[4] && lost[11] {
			lostTwice++
		}
		if !lost[4] && took[4] == 0 {
			plain++
		}
		return false
	}); shrunk != nil {
		t.Error("a world without a bug fails")
	}
	if lostTwice < tapes/100 || lostTwice > tapes/2 || plain < tapes/20 {
		t.Errorf("of %d tapes, %d lose two messages, %d do nothing to one", tapes, lostTwice, plain)
	}
}

// TestTheLogNamesChoices: a failing run is read in rapid's log.
func TestTheLogNamesChoices(t *testing.T) {
	set("rapid.seed", "1")
	_, log := fails(t, func(t tape.Tape) bool {
		tape.Index(t, 3, tape.Caller, 5)
		first := t.Draw(tape.Loss, 7)
		return t.Draw(tape.Loss, 7) == first && first == math.MaxUint64
	})
	want := []string{"[rapid] draw caller of 0x5: 0x0", "[rapid] draw loss of 0x7: 0xffffffffffffffff"}
	if len(log) < len(want) || !slices.Equal(log[:len(want)], want) {
		t.Errorf("%q\nwant %q", log, want)
	}
}
