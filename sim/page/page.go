// A page: one HTML file that shows an answer to people. It stands by itself: no request
// leaves it, no script is needed to read it, and it stays small however many calls there
// were. All pages have the same head and are made of the same parts (parts.go). Their
// markup is in page.html and their looks in page.css.

package page

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/internal/svg"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
)

// Page is the content of a page. Run, Sweep, Compare, Swarm and World make one.
type Page struct {
	kind    string // of the answer
	title   string
	verdict result.Verdict
	words   string            // that go on after the verdict
	asked   []report.AskedRow // thresholds and goals
	world   worldView
	first   []part // on the first screen, below the head
	parts   []section
	again   string // the command that repeats it
	version string // of the program
	seed    uint64
	data    map[string]any // the same numbers for programs, by the kind of answer
}

// section is what stands under one heading.
type section struct {
	ID, Title string
	Parts     []part
}

// add appends a section, unless there is nothing in it.
func (p *Page) add(id, title string, parts ...part) {
	if len(parts) > 0 {
		p.parts = append(p.parts, section{id, title, parts})
	}
}

//go:embed page.html
var pageMarkup string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Parse(pageMarkup))

// view is the data that fills page.html.
type view struct {
	Kind, Title string
	Style       template.CSS
	Verdict     verdict
	Asked       []report.AskedRow
	World       worldView
	First       []part
	Sections    []section
	Again       string
	Version     string
	Seed        uint64
	Data        template.JS
}

type verdict struct{ Class, Sign, Word, Words string }

var signs = [...]string{result.Violated: "✗", result.NotEnded: "✗", result.Interrupted: "…", result.Missed: "✗", result.Held: "✓"}

// HTML writes the page. The same Page gives the same bytes. Its error is the writer's.
func HTML(w io.Writer, p Page) error {
	var data, page bytes.Buffer
	// The encoder escapes what could end the element that the data stands in.
	if err := json.NewEncoder(&data).Encode(p.data); err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	v := view{
		Kind: p.kind, Title: p.title, Style: template.CSS(pageStyle + svg.Style), Asked: p.asked, World: p.world, First: p.first, Sections: p.parts,
		Verdict: verdict{strings.ReplaceAll(p.verdict.String(), " ", "-"), signs[p.verdict], p.verdict.String(), p.words},
		Again:   p.again, Version: p.version, Seed: p.seed, Data: template.JS(bytes.TrimSpace(data.Bytes())),
	}
	if err := pageTemplate.Execute(&page, v); err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	_, err := w.Write(bytes.Map(svg.Printable, page.Bytes()))
	return err
}

// written is what a writer of JSON writes.
func written(write func(io.Writer) error) json.RawMessage {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return nil // a buffer takes everything
	}
	return b.Bytes()
}

// times is a count in words.
func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return output.Group(n) + " times"
}
