// Whole worlds on tapes of every source: enumerated, from a fuzzer's bytes, drawn by
// rapid, recorded.

package world

import (
	"flag"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/sim/tape/rapidtape"
	"pgregory.net/rapid"
)

// tiny is a world of one call that can go wrong in three ways: a copy is lost, it is
// doubled, the caller cancels.
func tiny() setup.Options {
	o := setup.PlainOptions()
	o.Latency = netem.Between(50*millisecond, 50*millisecond)
	o.Loss, o.Dup, o.Cancel = 0.5, 0.5, 0.5
	o.AnswerAfter, o.CancelAfter = setup.Range{Min: second, Max: second}, setup.Range{Min: 0, Max: 1075 * millisecond} // with the greatest draw, CANCEL and ACCEPT cross
	return o
}

// enumerate plays every world of some options in which at most some choices are not
// plain, and those are at their most.
func enumerate(t *testing.T, o setup.Options, most int, visit func(e *tape.Enumerator, r *result.Result) bool) int {
	t.Helper()
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	e := &tape.Enumerator{MaxNonZero: most, Alternatives: func(c tape.Choice) []uint64 { return []uint64{0, math.MaxUint64} }}
	w, worlds := New(&o), 0
	for e.Next() {
		worlds++
		w.Result = result.New()
		if err := w.Play(t.Context(), 0, e); err != nil {
			t.Fatal(err)
		}
		if !visit(e, w.Result) {
			break
		}
	}
	if err := e.Err(); err != nil {
		t.Error(err)
	}
	return worlds
}

// tinyWorlds is what all of them end in.
const tinyWorlds = "574 worlds: ACCEPTED/ACCEPTED 449, CANCELED/CANCELED 117, CANCELED/NEVER_RANG 8, lost 595, moved 2146, copy 394, late 782, " +
	"cancel-crossed-accept 15, rang-after-cancel 100, receipt-implied-by-accept 34, late-receipt 91, accept-after-cancel 15, accept-repeated 212, " +
	"confirm-repeated 163, cancel-repeated 43, closed-ended-the-ringing 13"

// TestEveryTinyWorldHolds plays all worlds of a tiny configuration. A change of their
// number or their ends is a change of what a world asks its tape, or of the protocol.
func TestEveryTinyWorldHolds(t *testing.T) {
	sum := result.New()
	worlds := enumerate(t, tiny(), 3, func(e *tape.Enumerator, r *result.Result) bool {
		if !r.Held() {
			t.Errorf("%v: %v", e.Recorded(), r.Violations)
		}
		sum.Add(r)
		return t.Failed() == false
	})
	if got, want := fmt.Sprint(worlds, " worlds: ", counted(sum)), tinyWorlds; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestEnumerationFindsMutants: a broken rule is found, with as few choices as it takes.
func TestEnumerationFindsMutants(t *testing.T) {
	for _, c := range []struct {
		mutant   mutant.ID
		property property.ID
		choices  int
		set      func(o *setup.Options)
	}{
		{mutant.AcceptWithoutConfirm, property.S1, 0, nil},
		{mutant.AcceptAfterCancel, property.S2, 2, nil}, // a cancel, at its latest,
		{mutant.SecondRing, property.S6, 1, nil},
		{mutant.ReceiptNotImplied, property.S9, 2, nil}, // both RECEIVED are lost
		{mutant.CancelAfterAccepted, property.S8, 1, func(o *setup.Options) { o.CancelAfter.Min = 2 * second; o.CancelAfter.Max = 2 * second }},
		{mutant.AcceptTwice, property.S13, 1, func(o *setup.Options) { o.PressTwice = 0.5 }},
	} {
		o := tiny()
		o.Mutant = c.mutant
		if c.set != nil {
			c.set(&o)
		}
		for most := 0; most <= 3; most++ {
			var found []property.Violation
			enumerate(t, o, most, func(e *tape.Enumerator, r *result.Result) bool {
				for _, v := range r.Violations {
					found = append(found, v.Violation)
				}
				return found == nil
			})
			if found != nil || most == 3 {
				if !slices.ContainsFunc(found, func(v property.Violation) bool { return v.Property == c.property }) || most != c.choices {
					t.Errorf("%v: with %d choices, %v; want %v with %d", c.mutant, most, found, c.property, c.choices)
				}
				break
			}
		}
	}
}

// fuzzed are the options that a fuzzer's first bytes stand for: those of a swarm, in
// a world that is small.
func fuzzed(source tape.Tape) setup.Options {
	o := setup.PlainOptions()
	draw := func(number, of, n int) int {
		return tape.Index(source, n, tape.Option, tape.Key(number)<<8|tape.Key(of))
	}
	o.Users, o.Arrivals, o.Heal, o.Accept, o.CancelAfter = 3+draw(255, 1, 2), 1, setup.SwarmHeals, 1, setup.Range{Min: 0, Max: 5 * second}
	o.Vary(source)
	o.Calls = 1 + draw(255, 0, 5)
	o.World = o.Calls
	return o
}

// FuzzWorld: no bytes make a world that breaks down, or an engine that breaks its word.
func FuzzWorld(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("a world is as many choices as it asks"))
	for number := range 20 {
		data := make([]byte, 2000)
		for i := range data {
			data[i] = byte(tape.World(77, number).Draw(tape.Option, tape.Key(i)) >> 32)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		source := tape.Bytes(data)
		o := fuzzed(source)
		if err := o.Validate(); err != nil {
			t.Fatal(err)
		}
		w := New(&o)
		if err := w.Play(t.Context(), 0, source); err != nil {
			t.Fatal(err)
		}
		if !w.Result.Held() {
			k := setup.Token{Options: o, Tape: source.(*tape.Recorder).Recorded()}
			t.Errorf("%v\n%v", w.Result.Violations, k.String())
		}
	})
}

// rapidly plays small worlds that rapid draws, with a mutant, and is the tape of the
// last one that did not hold: the one that it has shrunk to.
func rapidly(t *testing.T, id mutant.ID) (shrunk *tape.Recorded) {
	for name, value := range map[string]string{"rapid.nofailfile": "true", "rapid.seed": "1", "rapid.checks": "150"} {
		was := flag.Lookup(name).Value.String()
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = flag.Set(name, was) })
	}
	o := tiny()
	o.PressTwice, o.Mutant = 0.5, id
	w := New(&o)
	rapid.Check(&mayFail{TB: t}, func(t *rapid.T) {
		r := tape.NewRecorder(rapidtape.New(t))
		w.Result = result.New()
		if err := w.Play(t.Context(), 0, r); err != nil {
			t.Fatal(err)
		}
		if !w.Result.Held() {
			shrunk = r.Recorded()
			t.Fatal("not held")
		}
	})
	return shrunk
}

// mayFail is a test that may fail without failing the one around it.
type mayFail struct {
	testing.TB
	failed bool
}

func (m *mayFail) Helper() {}

func (m *mayFail) Log(...any) {}

func (m *mayFail) Logf(string, ...any) {}

func (m *mayFail) Errorf(string, ...any) { m.failed = true }

func (m *mayFail) FailNow() {}

func (m *mayFail) Failed() bool { return m.failed }

// TestRapidWorlds: what rapid draws holds; with a broken rule it does not, and what
// rapid shrinks it to is small.
func TestRapidWorlds(t *testing.T) {
	if shrunk := rapidly(t, mutant.None); shrunk != nil {
		t.Errorf("not held with %v", slices.Collect(maps.Keys(maps.Collect(shrunk.All()))))
	}
	for id, most := range map[mutant.ID]int{mutant.AcceptWithoutConfirm: 1, mutant.AcceptAfterCancel: 3, mutant.SecondRing: 2, mutant.AcceptTwice: 2} {
		shrunk := rapidly(t, id)
		if shrunk == nil {
			t.Errorf("%v: held", id)
		} else if shrunk.Len() > most {
			t.Errorf("%v: shrunk to %d choices, %v; want %d", id, shrunk.Len(), maps.Collect(shrunk.All()), most)
		}
	}
}

// TestRecordedWorlds: a world that is recorded and played again from its recording is
// the same, entry by entry, links and old copies included.
func TestRecordedWorlds(t *testing.T) {
	for number := range 100 {
		o, _ := setup.DrawSwarm(6, number)
		o.KeepOld = number%4 == 0
		if number%3 == 0 {
			o.Uplink, o.Downlink = aLink, aLink
		}
		recorder := tape.NewRecorder(tape.World(o.Seed, 0))
		first, err := Play(t.Context(), o, 0, recorder, true)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Play(t.Context(), o, 0, recorder.Recorded(), true)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := tell(first), tell(again); a != b || len(first.Entries) != len(again.Entries) {
			t.Errorf("world %d: recorded\n%.3000s\nplayed again\n%.3000s", number, a, b)
		}
	}
}

var aLink, _ = netem.ReadLink("some.trace", strings.NewReader("10\n"))
