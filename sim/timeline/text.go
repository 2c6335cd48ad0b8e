// The timeline of one call, for people and as JSON.

package timeline

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/event"
)

// Text writes one call's story, a line for each thing that happened.
func Text(w io.Writer, t *event.Timeline, again string) error {
	out := &output.Lines{To: w}
	invitation := "never sent"
	if t.ID != (engine.ID{}) {
		invitation = "invitation " + t.ID.String()
	}
	out.Printf("call %d  %s → %s  %s  (world %d)\n", t.Call, t.Caller, t.Callee, invitation, t.World)
	out.Printf("ends     caller %s, callee %s\n", t.CallerEnd, t.CalleeEnd)
	out.Wrap("lost     "+lost(t), 9, "")
	out.Printf("\n")
	for _, step := range stepsOf(t, t.Entries) {
		out.Wrap(fmt.Sprintf("%10s  %-6s  %s", step.Time, step.Side, step.Words), 22, "")
	}
	out.Printf("\nagain: %s\n", again)
	return out.Err
}

// lost counts, by kind of message, the copies that never arrived.
func lost(t *event.Timeline) string {
	var all, gone [engine.Closed + 1]int
	known := map[copyID]bool{}
	for _, e := range t.Entries {
		id := copyID{e.Message.Kind, e.Copy, e.Twin}
		if e.Kind != event.CopySent {
			continue
		}
		if !known[id] {
			all[id.kind]++
		}
		if known[id] = true; slices.Contains(event.Undelivered(), e.Fate) {
			gone[id.kind]++
		}
	}
	var parts []string
	for kind := engine.Invite; kind <= engine.Closed; kind++ {
		if gone[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d of %d", kind, gone[kind], all[kind]))
		}
	}
	if parts == nil {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

// Step is one line of a story: when it was since the send, whose it is, and its words.
type Step struct{ Time, Side, Words string }

// Steps are the lines of a story. A long one is cut in its middle.
func Steps(t *event.Timeline) (steps []Step, leftOut int) {
	entries, leftOut := shown(t.Entries)
	return stepsOf(t, entries), leftOut
}

// stepsOf tells entries and violations in the order of time.
func stepsOf(t *event.Timeline, entries []event.Entry) []Step {
	var steps []Step
	side, start, violations := map[string]string{t.Caller: "caller"}, startOf(t), t.Violations
	for _, e := range entries {
		if e.Node != "" && event.UserOf(e.Node) == event.UserOf(t.Callee) {
			side[e.Node] = "callee"
		}
	}
	for i, e := range entries {
		steps = append(steps, Step{seconds(e.At - start), side[e.Node], e.Line()})
		for len(violations) > 0 && (i+1 == len(entries) || violations[0].At < entries[i+1].At) {
			v := violations[0]
			steps = append(steps, Step{seconds(v.At - start), "VIOLATED", fmt.Sprintf("%s: %s (%s)", v.Property, v.Property.Words(), v.Detail)})
			violations = violations[1:]
		}
	}
	return steps
}

// seconds is a time since the send, such as +1.250s.
func seconds(d time.Duration) string { return fmt.Sprintf("%+.3fs", d.Seconds()) }

// shortSeconds is the same where there is little room.
func shortSeconds(d time.Duration) string {
	digits := 3
	for large := 100 * time.Second; digits > 0 && d.Abs() >= large; large *= 10 {
		digits--
	}
	return fmt.Sprintf("%+.*fs", digits, d.Seconds())
}

// Data is a call for programs.
type Data struct {
	Call       int         `json:"call"`
	World      int         `json:"world"`
	Caller     string      `json:"caller"`
	Callee     string      `json:"callee"`
	Invitation string      `json:"invitation"`
	CallerEnd  string      `json:"caller_end"`
	CalleeEnd  string      `json:"callee_end"`
	Entries    []jsonEntry `json:"entries"`
	Violations []string    `json:"violations"`
	event.Source
}

type jsonEntry struct {
	AtMS float64 `json:"at_ms"` // since the start of the world
	Node string  `json:"node"`
	What string  `json:"what"`
}

// JSON writes it as one indented object.
func JSON(w io.Writer, t *event.Timeline, from event.Source) error {
	return output.JSON(w, DataOf(t, from))
}

// DataOf is what JSON writes.
func DataOf(t *event.Timeline, from event.Source) Data {
	out := Data{
		Call: t.Call, World: t.World, Caller: t.Caller, Callee: t.Callee, Invitation: t.ID.String(),
		CallerEnd: t.CallerEnd.String(), CalleeEnd: t.CalleeEnd.String(),
		Entries: []jsonEntry{}, Violations: []string{}, Source: from,
	}
	for _, e := range t.Entries {
		out.Entries = append(out.Entries, jsonEntry{output.Milliseconds(e.At), e.Node, e.Line()})
	}
	for _, v := range t.Violations {
		out.Violations = append(out.Violations, v.String())
	}
	return out
}
