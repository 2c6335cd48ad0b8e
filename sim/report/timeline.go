// The timeline of one call, for people and as JSON.

package report

import (
	"fmt"
	"io"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
)

// Timeline writes one call's story, a line for each thing that happened.
func Timeline(w io.Writer, t *event.Timeline, again string) error {
	out := &errWriter{w: w}
	invitation := "never sent"
	if t.ID != (engine.ID{}) {
		invitation = "invitation " + t.ID.String()
	}
	out.printf("call %d  %s → %s  %s  (world %d)\n", t.Call, t.Caller, t.Callee, invitation, t.World)
	out.printf("ends     caller %s, callee %s\n\n", t.CallerEnd, t.CalleeEnd)
	start := time.Duration(0)
	for _, e := range t.Entries {
		if e.Kind == event.Pressed {
			start = e.At
			break
		}
	}
	side := map[string]string{t.Caller: "caller", t.Callee: "callee"}
	violations := t.Violations
	for i, e := range t.Entries {
		out.printf("%10s  %-6s  %s\n", seconds(e.At-start), side[e.Node], e.Line())
		for len(violations) > 0 && (i+1 == len(t.Entries) || violations[0].At < t.Entries[i+1].At) {
			v := violations[0]
			out.printf("%10s  VIOLATED  %s: %s (%s)\n", seconds(v.At-start), v.Property, v.Property.Words(), v.Detail)
			violations = violations[1:]
		}
	}
	out.printf("\nagain: %s\n", again)
	return out.err
}

// seconds is a time since the send, such as +1.250s.
func seconds(d time.Duration) string { return fmt.Sprintf("%+.3fs", d.Seconds()) }

type jsonTimeline struct {
	Call       int         `json:"call"`
	World      int         `json:"world"`
	Caller     string      `json:"caller"`
	Callee     string      `json:"callee"`
	Invitation string      `json:"invitation"`
	CallerEnd  string      `json:"caller_end"`
	CalleeEnd  string      `json:"callee_end"`
	Entries    []jsonEntry `json:"entries"`
	Violations []string    `json:"violations"`
	Again      string      `json:"again"`
}

type jsonEntry struct {
	AtMS float64 `json:"at_ms"` // since the start of the world
	Node string  `json:"node"`
	What string  `json:"what"`
}

// TimelineJSON writes it as one indented object.
func TimelineJSON(w io.Writer, t *event.Timeline, again string) error {
	out := jsonTimeline{
		Call: t.Call, World: t.World, Caller: t.Caller, Callee: t.Callee, Invitation: t.ID.String(),
		CallerEnd: t.CallerEnd.String(), CalleeEnd: t.CalleeEnd.String(),
		Entries: []jsonEntry{}, Violations: []string{}, Again: again,
	}
	for _, e := range t.Entries {
		out.Entries = append(out.Entries, jsonEntry{ms(e.At), e.Node, e.Line()})
	}
	for _, v := range t.Violations {
		out.Violations = append(out.Violations, v.String())
	}
	return writeJSON(w, out)
}
