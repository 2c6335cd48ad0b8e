// The answer of one world, played again from its token: the verdict on its properties,
// and one of its calls.

package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/timeline"
)

// Replay is a world to report.
type Replay struct {
	World  int // its number
	Result *result.Result
	Asked  Asked // the outcomes of thresholds
	Call   *event.Timeline
	event.Source
}

// Verdict is as for a run.
func (r Replay) Verdict() result.Verdict { return r.run().Verdict() }

func (r Replay) run() Run { return Run{Result: r.Result, Asked: r.Asked} }

// Headline goes on after the verdict's word.
func (r Replay) Headline() string {
	switch calls := output.Count(r.Result.Calls, "call"); r.Verdict() {
	case result.Held:
		return fmt.Sprintf("on all calls of world %d (%s)", r.World, output.Group(r.Result.Calls))
	case result.Missed:
		return fmt.Sprintf("%s, with %s of world %d", strings.Join(r.Asked.Missed(), ", "), calls, r.World)
	default:
		return fmt.Sprintf("%s in %s of world %d", output.Count(r.Result.ViolationCount, "time"), calls, r.World)
	}
}

// ReplayText writes the answer for people.
func ReplayText(w io.Writer, r Replay) error {
	out := &output.Lines{To: w}
	if r.Result.Held() {
		out.Wrap(shout(r.Verdict())+"  "+r.Headline(), 6, "")
	}
	for _, v := range r.Result.Violations {
		out.Wrap(fmt.Sprintf("%s  call %d: %v", shout(result.VerdictOn(v.Property)), v.Call, v.Violation), 10, "")
	}
	for id, n := range r.Result.NotPromised {
		if n > 0 {
			out.Wrap(fmt.Sprintf("broken, and not promised in such a world: %v (%s), %s", property.ID(id), property.ID(id).Words(), output.Count(n, "time")), 2, "")
		}
	}
	asked(out, r.Asked)
	out.Printf("\n")
	if out.Err != nil {
		return out.Err
	}
	return timeline.Text(w, r.Call, r.Again)
}

// ReplayJSON writes the verdict and the call as one object.
func ReplayJSON(w io.Writer, r Replay) error {
	thresholds, _ := jsonAsked(r.Asked)
	return output.JSON(w, struct {
		Verdict    result.Verdict  `json:"verdict"`
		Thresholds []jsonThreshold `json:"thresholds,omitempty"`
		timeline.Data
	}{r.Verdict(), thresholds, timeline.DataOf(r.Call, r.Source)})
}

// ReplayMermaid draws the call.
func ReplayMermaid(w io.Writer, r Replay) error { return timeline.Mermaid(w, r.Call) }

// ReplaySVG draws it as a picture.
func ReplaySVG(w io.Writer, r Replay) error { return timeline.WriteSVG(w, r.Call) }
