// The answer of a run as text.

package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// Run is a run to report.
type Run struct {
	Options setup.Options
	Result  *result.Result
	Asked   Asked                                        // the outcomes of thresholds and goals
	Again   string                                       // the command that repeats it
	Version string                                       // of the program that made it
	Look    func(violation result.WorldViolation) string // the command that shows a violation
}

// Verdict is the one word of every form: what the properties say, and then what was
// asked.
func (r Run) Verdict() result.Verdict {
	if r.Asked.Missed() != nil {
		return min(r.Result.Verdict(), result.Missed)
	}
	return r.Result.Verdict()
}

// Headline goes on after the verdict's word, in every form for people.
func (r Run) Headline() string {
	res := r.Result
	kept := fmt.Sprintf("on all %s calls, in %s", output.Group(res.Calls), output.Count(res.Worlds, "world"))
	switch r.Verdict() {
	case result.Held:
		return r.Promise() + " " + kept
	case result.Missed:
		return strings.Join(r.Asked.Missed(), ", ") + "; " + r.Promise() + " held " + kept
	case result.Interrupted:
		return fmt.Sprintf("%s held on the first %s of %s calls", r.Promise(), output.Group(res.Calls), output.Group(r.Options.Calls))
	}
	return fmt.Sprintf("%s in %s", output.Count(res.ViolationCount, "time"), output.Count(res.Calls, "call"))
}

// shout writes the verdict as the first word of an answer.
func shout(v result.Verdict) string { return strings.ToUpper(v.String()) }

// listViolations prints the first violations.
func listViolations(out *output.Lines, r *result.Result, where string, number func(result.WorldViolation) int) {
	for i, v := range r.Violations {
		if i == Listed {
			out.Printf("  … and more\n")
			break
		}
		out.Wrap(fmt.Sprintf("  %s %d: %s", where, number(v), v.Violation), 4, "")
	}
}

// Promise names the properties that are promised in such a world: S1 to S14 and Q1 to Q9.
func (r Run) Promise() string {
	var spans []string
	for id := property.S1; id < property.Live; id++ {
		if id == property.Pair || !r.Options.Promised(id) {
			continue
		}
		first := id
		for id+1 != property.Pair && id+1 != property.Live && r.Options.Promised(id+1) {
			id++
		}
		switch id - first {
		case 0:
			spans = append(spans, id.String())
		case 1:
			spans = append(spans, first.String(), id.String())
		default:
			spans = append(spans, first.String()+" to "+id.String())
		}
	}
	if last := len(spans) - 1; last > 0 {
		return strings.Join(spans[:last], ", ") + " and " + spans[last]
	}
	return strings.Join(spans, "")
}

// Listed is how many violations an answer for people shows.
const Listed = 5

// Text writes the answer for people, first things first.
func Text(w io.Writer, r Run) error {
	out := &output.Lines{To: w}
	res := r.Result
	out.Wrap(shout(r.Verdict())+"  "+r.Headline(), 6, "")
	listViolations(out, res, "call", func(v result.WorldViolation) int { return v.Call })
	if !res.Held() {
		out.Printf("\n")
	}
	for _, a := range Answers(res) {
		entry(out, a.Label, a.Text())
	}
	out.Printf("\n")
	pairs(out, res)
	out.Printf("\n")
	entry(out, "sent", messages(res))
	entry(out, "not delivered", undelivered(res))
	if r.Options.CanHappen(fault.Crash) {
		entry(out, "crashes", fmt.Sprintf("%s, with %s snapshots", output.Group(res.Crashes), kept(r.Options.Snapshots)))
	}
	if n := res.CaughtByCodec + res.CaughtBySum; n > 0 {
		entry(out, "damaged", fmt.Sprintf("%s caught by the codec, %s only by a checksum", output.Group(res.CaughtByCodec), output.Group(res.CaughtBySum)))
	}
	if res.NotSent > 0 {
		entry(out, "not sent", output.Count(res.NotSent, "call")+", at a bound of their caller's engine")
	}
	notPromised(out, r)
	asked(out, r.Asked)
	out.Printf("\nseed   %d\nagain: %s\n", r.Options.Seed, r.Again)
	if !res.Held() {
		out.Printf("look:  %s\n", r.Look(res.Violations[0]))
	}
	return out.Err
}

// undelivered names the fates of copies that did not arrive: the usual ones in any
// case, the others where they happened.
func undelivered(res *result.Result) string {
	var counts []string
	for _, fate := range event.Undelivered() {
		if words := fate.Words(); res.Fates[fate] > 0 || !words.Rare {
			counts = append(counts, output.Group(res.Fates[fate])+" "+words.Counted)
		}
	}
	return strings.Join(counts, ", ")
}

func kept(s setup.Snapshots) string {
	if s == setup.Nothing {
		return "no"
	}
	return s.String()
}

// brokenUnpromised counts, by property, what was broken and not promised.
func brokenUnpromised(res *result.Result) (broken []string) {
	for id := property.S1; id < property.NumIDs; id++ {
		if n := res.NotPromised[id]; n > 0 {
			broken = append(broken, fmt.Sprintf("%v %s", id, output.Group(n)))
		}
	}
	return broken
}

// notPromised prints what was broken that nobody promised in such a world.
func notPromised(out *output.Lines, r Run) {
	broken, promised := brokenUnpromised(r.Result), true
	for id := property.S1; id < property.NumIDs; id++ {
		promised = promised && r.Options.Promised(id)
	}
	if exceptions := r.Options.Exceptions(); exceptions != "" {
		entry(out, "nor promised", exceptions)
		promised = false
	}
	switch {
	case promised:
	case broken == nil:
		entry(out, "not promised here", "nothing of it was broken")
	default:
		entry(out, "not promised here", "broken: "+strings.Join(broken, ", "))
	}
}

// usedColumns are the callee's ends that there are.
func usedColumns(res *result.Result) (columns []property.CalleeEnd) {
	for callee := property.CalleeEnd(0); callee < property.NumCalleeEnds; callee++ {
		for caller := range res.Pairs {
			if res.Pairs[caller][callee] > 0 {
				columns = append(columns, callee)
				break
			}
		}
	}
	return columns
}

// entry writes a label and what it says, in as many lines as that takes.
func entry(out *output.Lines, label, text string) {
	const indent = 19
	out.Wrap(fmt.Sprintf("%-*s", indent, label)+text, indent, "")
}

// pairs writes the matrix of outcomes. Empty rows and columns are left out, and names of
// columns are broken at their underscore.
func pairs(out *output.Lines, res *result.Result) {
	type column struct {
		callee property.CalleeEnd
		head   [2]string
		cells  []string
		width  int
	}
	var all []*column
	width := 12
	var rows []property.CallerEnd
	for caller := property.CallerEnd(0); caller < property.NumCallerEnds; caller++ {
		if res.Pairs[caller] != [property.NumCalleeEnds]uint64{} {
			rows = append(rows, caller)
		}
	}
	for _, callee := range usedColumns(res) {
		c := &column{callee: callee}
		first, second, broken := strings.Cut(callee.String(), "_")
		if c.head[1] = first; broken {
			c.head = [2]string{first + "_", second}
		}
		c.width = max(len(c.head[0]), len(c.head[1]))
		for _, caller := range rows {
			cell := "–"
			if n := res.Pairs[caller][callee]; n > 0 {
				cell = output.Group(n)
			}
			c.cells, c.width = append(c.cells, cell), max(c.width, len([]rune(cell)))
		}
		all = append(all, c)
		width += 2 + c.width
	}
	gap := 2
	if width > output.Columns {
		gap = 1
	}
	line := func(name string, cell func(*column) string) {
		text := fmt.Sprintf("%-12s", name)
		for _, c := range all {
			text += fmt.Sprintf("%*s", c.width+gap, cell(c))
		}
		out.Printf("%s\n", strings.TrimRight(text, " "))
	}
	line("caller \\", func(c *column) string { return c.head[0] })
	line("    callee", func(c *column) string { return c.head[1] })
	for i, caller := range rows {
		line(caller.String(), func(c *column) string { return c.cells[i] })
	}
}

func messages(res *result.Result) string {
	var parts []string
	for kind := engine.Invite; kind <= engine.Closed; kind++ {
		if n := res.Sent[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", kind, output.Group(n)))
		}
	}
	return strings.Join(parts, ", ")
}
