// The answer of a run as text.

package report

import (
	"fmt"
	"io"
	"slices"
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
	const promised = "every property that is promised"
	kept := fmt.Sprintf("on all %s, in %s", output.Count(res.Calls, "call"), output.Count(res.Worlds, "world"))
	switch r.Verdict() {
	case result.Held:
		return promised + ", " + kept
	case result.Missed:
		return strings.Join(r.Asked.Missed(), ", ") + "; " + promised + " held " + kept
	case result.Interrupted:
		return fmt.Sprintf("after %s of %s calls; no promised property was broken", output.Group(res.Calls), output.Group(r.Options.Calls))
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
		why := ", at a bound of their caller's engine"
		if res.Goals[property.SendInDecidedGroup] > 0 {
			why += " or in a decided group"
		}
		entry(out, "not sent", output.Count(res.NotSent, "call")+why)
	}
	asked(out, r.Asked)
	for _, e := range exemptions(r) {
		out.Printf("\n")
		out.Wrap("broken where it is "+e.title(), 2, "")
		for _, line := range e.broken {
			out.Wrap(line, 15, "")
		}
		if rest := e.rest(); rest != "" {
			out.Wrap("        –  "+rest, 15, "")
		}
	}
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

// exempt are properties that are not promised, or not for some calls.
type exempt struct {
	calls  string // for which, if not for all
	broken []string
	others int // that were not broken
}

// exemptions groups the properties that are not promised by the calls for which they are
// not.
func exemptions(r Run) (all []exempt) {
	for id := property.S1; id < property.NumIDs; id++ {
		calls := r.Options.Exception(id)
		if r.Options.Promised(id) && calls == "" {
			continue
		}
		i := slices.IndexFunc(all, func(e exempt) bool { return e.calls == calls })
		if i < 0 {
			i, all = len(all), append(all, exempt{calls: calls})
		}
		if n := r.Result.NotPromised[id]; n > 0 {
			all[i].broken = append(all[i].broken, brokenBy(n, id))
		} else {
			all[i].others++
		}
	}
	return all
}

// brokenBy is how often a property was broken, and its words.
func brokenBy(n uint64, id property.ID) string {
	return fmt.Sprintf("%9s  %v: %s", output.Group(n), id, id.Words())
}

func (e exempt) title() string { return join("not promised", " ", e.calls) }

// rest counts those that were not broken, after the others.
func (e exempt) rest() string {
	const named = "; invsim properties tells which they are"
	switch {
	case e.others == 0:
		return ""
	case e.broken == nil:
		return fmt.Sprintf("none of these %d", e.others) + named
	}
	return output.Count(e.others, "other") + ", not broken" + named
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
