// The report: each call with its ends and its verdicts, as text and as JSON.

package judge

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/internal/quote"
	"github.com/invsim/invsim/sim/property"
)

// Report is what the logs say.
type Report struct {
	Logs  []*Log
	Calls []*Call
	Left  int // messages and events of calls beyond the most that are judged
}

// Call is one call with its verdicts.
type Call struct {
	Case   string // of logs with several
	ID     string
	Caller string
	Callee string
	Story  []string // what its ends have done, if it was asked for

	call *call
}

// Findings are the verdicts on the call, in the order of the properties. They are made
// anew each time, because those of many calls would take much room.
func (c *Call) Findings() []Finding { return c.call.judged() }

// Ends are the ends of the call, the caller's first.
func (c *Call) Ends() (ends []End) {
	if l := c.call.local; l != nil {
		ends = append(ends, End{"caller " + l.end.name(), l.callerEnd.String()})
	}
	for _, h := range c.call.remote {
		end := h.calleeEnd.String()
		if h.rang == 0 && h.calleeEnd == property.CalleeOpen {
			end = property.CalleeNeverRang.String()
		}
		ends = append(ends, End{"callee " + h.end.name(), end})
	}
	return ends
}

// End is how one end saw a call end; OPEN if its log does not tell.
type End struct{ Who, End string }

// Report judges all that was read.
func (j *Judge) Report() *Report {
	r := &Report{Logs: j.logs, Left: j.left}
	callers := map[endKey][]*end{}
	for key, e := range j.ends {
		key.device = 0
		callers[key] = append(callers[key], e)
	}
	for _, all := range callers {
		slices.SortFunc(all, func(a, b *end) int { return a.number - b.number })
	}
	stories := map[string]bool{}
	for key := range j.ends {
		stories[key.story] = true
	}
	for _, c := range j.order {
		if c.isNothing() {
			continue
		}
		c.callers = callers[endKey{story: c.story, user: c.caller}]
		c.fits()
		told := &Call{ID: c.id.String(), Caller: c.caller, Callee: c.callee, call: c}
		if len(stories) > 1 {
			told.Case = c.story
		}
		r.Calls = append(r.Calls, told)
	}
	return r
}

// isNothing tells that a call is only a message about an id that nobody has called by.
func (c *call) isNothing() bool {
	if c.local != nil {
		return false
	}
	return !slices.ContainsFunc(c.remote, func(h *half) bool { return h.begun || h.rang > 0 || h.missed > 0 || len(h.wrong) > 0 })
}

// Broken are the findings by which the call breaks a property.
func (c *Call) Broken() (all []Finding) {
	for _, f := range c.Findings() {
		if f.Verdict == Broken {
			all = append(all, f)
		}
	}
	return all
}

// Broken counts the calls that break a property.
func (r *Report) Broken() (n int) {
	for _, c := range r.Calls {
		if len(c.Broken()) > 0 {
			n++
		}
	}
	return n
}

// Text writes the report for people: all logs, then each property over all calls, then the
// calls that break one, then those whose story was asked for.
func (r *Report) Text(w io.Writer, again string) error {
	out := &output.Lines{To: w}
	for _, l := range r.Logs {
		who := "nobody's"
		if len(l.Ends) > 0 {
			who = strings.Join(l.Ends, ", ")
		}
		out.Wrap(fmt.Sprintf("log   %s: %s, %s", l.Name, who, output.Count(l.Lines, "line")), 6, "")
		if l.Damaged > 0 {
			out.Wrap(fmt.Sprintf("      %s cannot be read. %s", output.Count(l.Damaged, "line"), strings.Join(l.Damage, "; ")), 6, "")
		}
	}
	if r.Left > 0 {
		out.Printf("      %s of further calls: they are not judged\n", output.Count(r.Left, "line"))
	}
	sums, broken, told := make([]sum, len(rules)), 0, []*Call(nil)
	for _, c := range r.Calls {
		isBroken := false
		for i, f := range c.Findings() {
			sums[i].add(f)
			isBroken = isBroken || f.Verdict == Broken
		}
		if isBroken {
			broken++
		}
		if isBroken || c.Story != nil {
			told = append(told, c)
		}
	}
	out.Printf("calls %s, %s broken\n\n", output.Group(len(r.Calls)), output.Group(broken))
	out.Printf("      %7s %7s %12s\n", "holds", "broken", "cannot tell")
	for i, rule := range rules {
		n, about := &sums[i].of, sums[i].about()
		if n[Broken] > 0 {
			about = rule.words
		}
		line := fmt.Sprintf("%-5s %7s %7s %12s  %s", rule.id, output.Group(n[Holds]), output.Group(n[Broken]), output.Group(n[CannotTell]), about)
		out.Wrap(strings.TrimSpace(line), 36, "")
	}
	for _, c := range told {
		c.text(out)
	}
	if again != "" {
		out.Printf("\nagain: %s\n", again)
	}
	return out.Err
}

// sum counts the verdicts on one property.
type sum struct {
	of     [3]int
	reason string // the first for which one cannot tell,
	others bool   // and not the only one
}

func (s *sum) add(f Finding) {
	if s.of[f.Verdict]++; f.Verdict == CannotTell {
		s.others = s.others || s.reason != "" && s.reason != f.Reason
		s.reason = cmp.Or(s.reason, f.Reason)
	}
}

func (s *sum) about() string {
	if s.others {
		return s.reason + ", and more"
	}
	return s.reason
}

func (c *Call) text(out *output.Lines) {
	in := ""
	if c.Case != "" {
		in = " in " + quote.ID(c.Case)
	}
	out.Printf("\ncall %s from %s to %s%s\n", c.ID, quote.ID(c.Caller), quote.ID(c.Callee), in)
	for _, e := range c.Ends() {
		out.Printf("  %s: %s\n", e.Who, e.End)
	}
	for _, f := range c.Broken() {
		where := ""
		if f.Log != "" {
			where = fmt.Sprintf(" (%s's log, line %d)", f.Log, f.Line)
		}
		out.Wrap(fmt.Sprintf("  BROKEN %s: %s: %s%s", f.Property, Words(f.Property), f.Reason, where), 9, "")
	}
	var kept []string
	reasons, order := map[string][]string{}, []string{}
	for _, f := range c.Findings() {
		switch {
		case f.Verdict == Holds:
			kept = append(kept, f.Property)
		case f.Verdict == CannotTell:
			if reasons[f.Reason] == nil {
				order = append(order, f.Reason)
			}
			reasons[f.Reason] = append(reasons[f.Reason], f.Property)
		}
	}
	if len(kept) > 0 {
		out.Wrap("  holds "+strings.Join(kept, " "), 9, "")
	}
	for _, reason := range order {
		out.Wrap(fmt.Sprintf("  cannot tell %s: %s", strings.Join(reasons[reason], " "), reason), 9, "")
	}
	if c.Story != nil {
		out.Printf("\n")
	}
	for _, line := range c.Story {
		out.Wrap("  "+line, 24, "")
	}
}

// Words is a property in words.
func Words(id string) string {
	for _, r := range rules {
		if r.id == id {
			return r.words
		}
	}
	return "?"
}

type jsonReport struct {
	Verdict string     `json:"verdict"` // "holds" or "broken"
	Logs    []jsonLog  `json:"logs"`
	Calls   []jsonCall `json:"calls"`
	Left    int        `json:"not_judged"`
	Again   string     `json:"again"`
	Version string     `json:"version,omitempty"`
}

type jsonLog struct {
	Name    string   `json:"name"`
	Ends    []string `json:"ends"`
	Lines   int      `json:"lines"`
	Damaged int      `json:"damaged"`
	Damage  []string `json:"damage"`
}

type jsonCall struct {
	Case     string        `json:"case,omitempty"`
	ID       string        `json:"invitation"`
	Caller   string        `json:"caller"`
	Callee   string        `json:"callee"`
	Ends     []jsonEnd     `json:"ends"`
	Findings []jsonFinding `json:"findings"`
	Story    []string      `json:"story,omitempty"`
}

type jsonEnd struct {
	Who string `json:"who"`
	End string `json:"end"`
}

type jsonFinding struct {
	Property string `json:"property"`
	Verdict  string `json:"verdict"` // "holds", "broken" or "cannot tell"
	Reason   string `json:"reason,omitempty"`
	Log      string `json:"log,omitempty"`
	Line     int    `json:"line,omitempty"`
}

// JSON writes the report with every finding of every call.
func (r *Report) JSON(w io.Writer, again, version string) error {
	out := jsonReport{Verdict: Holds.String(), Logs: []jsonLog{}, Calls: []jsonCall{}, Left: r.Left, Again: again, Version: version}
	for _, l := range r.Logs {
		out.Logs = append(out.Logs, jsonLog{l.Name, append([]string{}, l.Ends...), l.Lines, l.Damaged, append([]string{}, l.Damage...)})
	}
	for _, c := range r.Calls {
		told := jsonCall{Case: c.Case, ID: c.ID, Caller: c.Caller, Callee: c.Callee, Ends: []jsonEnd{}, Story: c.Story}
		for _, e := range c.Ends() {
			told.Ends = append(told.Ends, jsonEnd(e))
		}
		for _, f := range c.Findings() {
			if f.Verdict == Broken {
				out.Verdict = Broken.String()
			}
			told.Findings = append(told.Findings, jsonFinding{f.Property, f.Verdict.String(), f.Reason, f.Log, f.Line})
		}
		out.Calls = append(out.Calls, told)
	}
	return output.JSON(w, out)
}
