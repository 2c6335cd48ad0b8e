// The page of one world: a replay, a call of a run, or the reasons of a failure.

package page

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/explain"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/shrink"
)

// World is one world, and one of its calls.
type World struct {
	Kind    string // of the answer
	Title   string
	Verdict result.Verdict
	Words   string // that go on after the verdict
	Asked   []report.AskedRow
	Name    string // of the world
	Options setup.Options
	Result  *result.Result // nil if only the call is known
	Call    *event.Timeline
	Why     *explain.Explanation // nil for none
	Small   *shrink.Failure      // the failure made small, in place of Call and Why; nil for none
	Token   string               // of the world
	Again   string
	Version string
	Data    func(io.Writer) error // the same as JSON
}

// Page is its page.
func (w World) Page() (Page, error) {
	p := Page{
		kind: w.Kind, title: w.Title, verdict: w.Verdict, words: w.Words, asked: w.Asked,
		world: worldOf(w.Name, w.Options), again: w.Again, version: w.Version, seed: w.Options.Seed,
	}
	if w.Data != nil {
		p.data = map[string]any{w.Kind: json.RawMessage(written(w.Data))}
	}
	if w.Result != nil {
		p.first = violationsOf(w.Result, func(v result.WorldViolation) string { return fmt.Sprintf("call %d", v.Call) }, nil)
	}
	if w.Small != nil {
		stories, _, err := storiesOf([]*shrink.Failure{w.Small})
		p.parts = stories
		return p, err
	}
	p.add("call", "The call", worldParts("world", w.Call, w.Why, "", w.Token)...)
	if w.Result != nil && w.Result.Calls > 1 {
		p.add("ends", output.Count(w.Result.Calls, "call")+" of this world", part{Matrix: matrixOf("How calls ended", w.Result, w.Options.Promised)})
	}
	return p, nil
}
