// The page: one HTML file that shows a run to people. It stands by itself: no
// request leaves it, no script is needed to read it, and it stays small however
// many calls there were. What it says is in page_parts.go, its markup in page.html,
// its looks in page.css, its pictures in plot.go, sequence.go and diagram.go.

package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/invsim/invsim/sim/event"
)

// Page is what HTML writes. Only Run must be set.
type Page struct {
	Run     Run
	Title   string      // of the page; the default says how the run ended
	Calls   []Sample    // calls to show, and the first maxSamples of them are shown
	Visits  *Visits     // how often each move of both machines was made
	Goals   []GoalCount // what a run should have seen
	Failure *Failure    // the failure to explain
}

// Sample is one call worth a look, and why.
type Sample struct {
	Title, Why string
	Timeline   *event.Timeline
}

// GoalCount is something that should happen somewhere in a run, in words, and how
// often it did.
type GoalCount struct {
	Name  string `json:"name"`
	Words string `json:"words"`
	Count uint64 `json:"count"`
}

// Failure is a failure cut down to what it needs.
type Failure struct {
	Words    string   // the property that does not hold
	Faults   []string // what the network and the phones did to it
	Token    string   // the decisions, to be pasted
	Replay   string   // the command that plays it again
	Sequence *event.Timeline
	Why      []string // what led to it, step by step
}

// maxSamples is how many calls a page shows: with that many, and each cut to its
// beginning and end, it stays under two megabytes.
const maxSamples = 16

//go:embed page.html
var pageMarkup string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"group": group, "times": times, "seconds": seconds,
}).Parse(pageMarkup))

// HTML writes the page. The same Page gives the same bytes. It returns an error
// when Visits names a move that a machine does not have, and the writer's own.
func HTML(w io.Writer, p Page) error {
	view, err := viewOf(p)
	if err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, view); err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	_, err = w.Write(bytes.Map(printable, page.Bytes()))
	return err
}
