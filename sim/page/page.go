// The page: one HTML file that shows a run to people. It stands by itself: no
// request leaves it, no script is needed to read it, and it stays small however
// many calls there were. What it says is in parts.go, its markup in page.html, its
// looks in page.css, its plots in plot.go.

package page

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/internal/svg"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/report"
)

// Page is the content of a page. Only Run must be set.
type Page struct {
	Run     report.Run
	Title   string             // of the page; the default says how the run ended
	Calls   []Sample           // calls to show, each cut to its beginning and end
	Goals   []report.GoalCount // that the run should have reached
	Failure *Failure           // the failure to explain
}

// Sample is one call worth a look, why, and the command that tells it in full.
type Sample struct {
	Title, Why, Look string
	Timeline         *event.Timeline
}

// Failure is a failure, cut down to the parts that it needs.
type Failure struct {
	Words    string   // the property that does not hold
	Faults   []string // of the network and of the phones
	Token    string   // the decisions, to be pasted
	Replay   string   // the command that plays it again
	Sequence *event.Timeline
	Why      []string // its causes, step by step
}

//go:embed page.html
var pageMarkup string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"group": output.Group[uint64], "times": times,
}).Parse(pageMarkup))

// HTML writes the page. The same Page gives the same bytes. Its error is the writer's.
func HTML(w io.Writer, p Page) error {
	view, err := viewOf(p)
	if err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, view); err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	_, err = w.Write(bytes.Map(svg.Printable, page.Bytes()))
	return err
}

// times is a count in words.
func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return output.Group(n) + " times"
}
