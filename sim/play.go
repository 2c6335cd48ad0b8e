// Play: one world by itself, and everything that happens in it.

package sim

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/invsim/invsim/sim/tape"
)

// Outcome is what became of one world.
type Outcome struct {
	Options Options
	World   int
	Result  *Result
	Entries []Entry // everything that happened, in order, if it was observed
	calls   []call
}

// Play plays one numbered world with a tape, by itself. Only an observed one has
// Entries. It fails if the options make no sense or if the world breaks down.
func Play(options Options, number int, source tape.Tape, observed bool) (*Outcome, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	if number < 0 || number >= options.worlds() {
		return nil, fmt.Errorf("world %d: the run has worlds 0 to %d", number, options.worlds()-1)
	}
	o := &Outcome{Options: options, World: number}
	w := newWorld(&o.Options)
	if observed {
		w.observe = func(e Entry) { o.Entries = append(o.Entries, e) }
	}
	if err := w.play(number, source); err != nil {
		return nil, err
	}
	slices.SortStableFunc(o.Entries, func(a, b Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	o.Result, o.calls = w.result, w.calls
	return o, nil
}

// Trace plays the world of one call again and tells that call's story.
func Trace(options Options, number int) (*Timeline, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	if number < 0 || number >= options.Calls {
		return nil, fmt.Errorf("call %d: the run has calls 0 to %d", number, options.Calls-1)
	}
	index := number / options.World
	o, err := Play(options, index, tape.World(options.Seed, index), true)
	if err != nil {
		return nil, err
	}
	return o.Timeline(number % options.World), nil
}

// Timeline is the story of one call of an observed world, by its index there.
func (o *Outcome) Timeline(index int) *Timeline {
	c := &o.calls[index]
	t := &Timeline{Call: c.Number, World: o.World, Caller: c.Caller, Callee: c.Callee, ID: c.ID, CallerEnd: c.CallerEnd, CalleeEnd: c.CalleeEnd}
	var phones, entries []Entry
	for _, e := range o.Entries {
		switch {
		case e.Kind == Stepped:
		case e.Call == noCall:
			phones = append(phones, e)
		case e.Call == index:
			entries = append(entries, e)
		}
	}
	t.Entries = merge(entries, concerning(phones, c))
	for _, v := range o.Result.Violations {
		if v.Call == c.Number {
			t.Violations = append(t.Violations, v.Violation)
		}
	}
	return t
}

// Differs plays a world twice with a tape and tells the first choice or output in
// which the two differ, where the second stops; nothing if there is none.
func Differs(options Options, number int, source tape.Tape) (string, error) {
	play := func(source tape.Tape, output func(line string), stop func() bool) error {
		w := newWorld(&options)
		w.stop = stop
		w.observe = func(e Entry) { output(fmt.Sprint(e.At, " call ", e.Call, " ", e.Line())) }
		return w.play(number, source)
	}
	first := tape.NewLedger()
	if err := play(first.Tape(source), first.Output, nil); err != nil {
		return "", err
	}
	again := first.Replay()
	if err := play(again.Tape(source), again.Output, func() bool { return again.Divergence() != nil }); err != nil {
		return "", err
	}
	divergence := again.End()
	if divergence == nil {
		return "", nil
	}
	third := tape.NewLedger()
	third.KeepAt(divergence.Index)
	if err := play(third.Tape(source), third.Output, func() bool { return third.Len() > divergence.Index }); err != nil {
		return "", err
	}
	divergence.Explain(third)
	return divergence.String(), nil
}

// concerning picks what happened to the two phones while the call lasted, and
// where they stood before it.
func concerning(phones []Entry, c *call) []Entry {
	from, to := time.Duration(c.SentAt), time.Duration(max(c.CallerEndAt, c.CalleeEndAt))
	var before [2]*Entry
	var during []Entry
	for i := range phones {
		e := &phones[i]
		side := 0
		switch e.Node {
		case "": // the network
		case c.Caller:
		case c.Callee:
			side = 1
		default:
			continue
		}
		switch {
		case e.At < from && e.Kind == PhoneToggles:
			before[side] = e
		case e.At >= from && e.At <= to:
			during = append(during, *e)
		}
	}
	var all []Entry
	for _, e := range before {
		if e != nil && !e.Online {
			all = append(all, *e)
		}
	}
	return append(all, during...)
}

// merge puts two stories into one, in the order in which things happened.
func merge(calls, phones []Entry) []Entry {
	all := slices.Concat(calls, phones)
	slices.SortStableFunc(all, func(a, b Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	return all
}
