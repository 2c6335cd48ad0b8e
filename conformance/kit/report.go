// Reports: for people, and for the tools of a build.

package kit

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/conformance/invd"
)

// Formats are the names of the reports that [Result.Report] writes.
var Formats = []string{"text", "json", "junit", "tap", "ctrf", "md", "html"}

// Report writes a report.
func (r *Result) Report(w io.Writer, format string) error {
	switch format {
	case "text":
		return r.text(w)
	case "json":
		return r.json(w)
	case "junit":
		return r.junit(w)
	case "tap":
		return r.tap(w)
	case "ctrf":
		return r.ctrf(w)
	case "md":
		return r.markdown(w)
	case "html":
		return r.html(w)
	}
	return fmt.Errorf("report: there is no format %q", format)
}

// title says who was tried and how it went.
func (r *Result) title() string {
	passed, failed, skipped := r.Count()
	who := r.Endpoint
	return fmt.Sprintf("%s %s (%s) against %s at level %s: %d passed, %d failed, %d skipped", who.Name, who.Version, who.Language, Profile, r.Options.Level, passed, failed, skipped)
}

func (r *Result) verdict() string {
	passed, failed, _ := r.Count()
	switch {
	case r.Conforms() && r.Options.Only+r.Options.Skip == "":
		return "It conforms."
	case r.Conforms():
		return "What was tried conforms."
	case passed+failed == 0:
		return "Nothing was tried: it lacks what the cases need."
	}
	return "It does not conform."
}

// most is how many failures the text shows in full.
const most = 10

func (r *Result) text(w io.Writer) error {
	b := &strings.Builder{}
	fmt.Fprintln(b, r.title())
	if r.Requests > 0 {
		fmt.Fprintf(b, "%d schedules side by side, %d requests; worlds: %d, which ended in %d pairs\n", r.Options.Runs, r.Requests, r.Options.Worlds, len(r.Ends))
	}
	shown := map[string]int{}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		if !o.Failed() || o.Known {
			continue
		}
		cause := o.cause()
		if shown[cause]++; shown[cause] > 1 || len(shown) > most {
			continue
		}
		fmt.Fprintf(b, "\n%s", o.words())
	}
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Failed() && !o.Known && shown[o.cause()] > 1 {
			fmt.Fprintf(b, "\n%d failures have the cause of %s\n", shown[o.cause()], o.Name)
			shown[o.cause()] = 0
		}
	}
	for _, name := range r.Stale {
		fmt.Fprintf(b, "\nknown to fail, but did not: %s\n", name)
	}
	skipped := map[string]int{}
	for _, o := range r.Outcomes {
		if o.Skipped != "" {
			skipped[o.Skipped]++
		}
	}
	if len(skipped) > 0 {
		fmt.Fprintf(b, "\nskipped for what it lacks: %s\n", counts(skipped))
	}
	if r.LeftOut > 0 {
		fmt.Fprintf(b, "\nnot tried, because it was not asked for: %d cases\n", r.LeftOut)
	}
	if r.Stopped != "" {
		fmt.Fprintf(b, "\n%s\n", r.Stopped)
	}
	fmt.Fprintf(b, "\n%s\n", r.verdict())
	_, err := io.WriteString(w, b.String())
	return err
}

func (o *Outcome) cause() string {
	if o.Failure != nil {
		return o.Failure.Cause()
	}
	property, _, _ := strings.Cut(o.Broken, " ")
	return property
}

// words are a failure in full: what was done, what was expected, and what came.
func (o *Outcome) words() string {
	b := &strings.Builder{}
	fmt.Fprintf(b, "FAIL %s\n", o.Name)
	if o.Times > 1 {
		fmt.Fprintf(b, "  %d schedules differ so; this is the first one, made small\n", o.Times)
	}
	fmt.Fprintf(b, "  clause    docs/protocol.md#%s\n", o.Clause)
	if o.Broken != "" {
		fmt.Fprintf(b, "  broken    %s\n", o.Broken)
		return b.String()
	}
	d := o.Failure
	fmt.Fprintf(b, "  reference %s\n  differs   %s\n", d.Cell, d.What)
	for i := range d.Case.Steps[:d.Step+1] {
		fmt.Fprintf(b, "  %-9s %s\n", []string{"", "then"}[min(i, 1)], line(d.Case.Steps[i].Request))
	}
	sides(b, "expected", d.Expected)
	sides(b, "got", d.Got)
	return b.String()
}

func sides(b *strings.Builder, name string, lines []string) {
	if len(lines) == 0 {
		lines = []string{"nothing"}
	}
	for i, line := range lines {
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(b, "  %-9s %s\n", name, cut(line))
	}
}

func line(r invd.Request) string {
	text, err := invd.EncodeRequest(r)
	if err != nil {
		return err.Error()
	}
	return cut(string(text))
}

func cut(text string) string {
	const longest = 300
	if len(text) > longest {
		return strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}

func counts(of map[string]int) string {
	var parts []string
	for _, name := range sorted(of) {
		parts = append(parts, fmt.Sprintf("%s %d", name, of[name]))
	}
	return strings.Join(parts, ", ")
}

// json is the report for programs: one object.
func (r *Result) json(w io.Writer) error {
	type failure struct {
		Level     string   `json:"level,omitempty"`
		Reference string   `json:"reference,omitempty"`
		Differs   string   `json:"differs,omitempty"`
		Expected  []string `json:"expected,omitempty"`
		Got       []string `json:"got,omitempty"`
		Broken    string   `json:"broken,omitempty"`
		Case      *Case    `json:"case,omitempty"`
	}
	type outcome struct {
		Name    string   `json:"name"`
		Clause  string   `json:"clause"`
		Status  string   `json:"status"`
		Skipped string   `json:"lacks,omitempty"`
		Times   int      `json:"times,omitempty"`
		Known   bool     `json:"known,omitempty"`
		Failure *failure `json:"failure,omitempty"`
	}
	passed, failed, skipped := r.Count()
	var list []outcome
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		out := outcome{Name: o.Name, Clause: o.Clause, Status: o.status(), Skipped: o.Skipped, Times: o.Times, Known: o.Known}
		if d := o.Failure; d != nil {
			out.Failure = &failure{d.Level, d.Cell, d.What, d.Expected, d.Got, "", d.Case}
		} else if o.Broken != "" {
			out.Failure = &failure{Broken: o.Broken}
		}
		list = append(list, out)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(map[string]any{
		"profile": Profile, "level": r.Options.Level, "seed": r.Options.Seed, "endpoint": r.Endpoint, "conforms": r.Conforms(),
		"passed": passed, "failed": failed, "skipped": skipped, "stale": r.Stale, "schedules": r.Options.Runs, "requests": r.Requests,
		"worlds": r.Options.Worlds, "ends": r.Ends, "outcomes": list,
	})
}

func (o *Outcome) status() string {
	switch {
	case o.Failed():
		return "failed"
	case o.Skipped != "":
		return "skipped"
	}
	return "passed"
}

// junit is the XML that build servers read.
func (r *Result) junit(w io.Writer) error {
	type message struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	type testcase struct {
		Name    string   `xml:"name,attr"`
		Class   string   `xml:"classname,attr"`
		Time    string   `xml:"time,attr"`
		Failure *message `xml:"failure,omitempty"`
		Skipped *message `xml:"skipped,omitempty"`
	}
	type suite struct {
		XMLName  xml.Name   `xml:"testsuite"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Skipped  int        `xml:"skipped,attr"`
		Errors   int        `xml:"errors,attr"`
		Time     string     `xml:"time,attr"`
		Cases    []testcase `xml:"testcase"`
	}
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
	_, failed, skipped := r.Count()
	s := suite{Name: Profile + " " + r.Endpoint.Name, Tests: len(r.Outcomes), Failures: failed, Skipped: skipped, Time: seconds(r.Took)}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		c := testcase{Name: o.Name, Class: "protocol." + o.Clause, Time: seconds(o.Took)}
		switch {
		case o.Failed() && o.Known:
			c.Skipped = &message{Message: "known to fail"}
			s.Failures--
			s.Skipped++
		case o.Failed():
			c.Failure = &message{Message: plain(o.cause()), Text: plain(o.words())}
		case o.Skipped != "":
			c.Skipped = &message{Message: "it lacks " + o.Skipped}
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// plain has no signs that XML cannot have.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return '?'
		}
		return r
	}, text)
}

// tap is the Test Anything Protocol, version 14.
func (r *Result) tap(w io.Writer) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "TAP version 14\n1..%d\n", len(r.Outcomes))
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		name := strings.NewReplacer("#", `\#`, `\`, `\\`).Replace(o.Name)
		switch {
		case o.Failed():
			known := map[bool]string{true: " # TODO known to fail"}[o.Known]
			fmt.Fprintf(b, "not ok %d - %s%s\n  ---\n", i+1, name, known)
			fmt.Fprintf(b, "  clause: %q\n  failure: |\n", "docs/protocol.md#"+o.Clause)
			for line := range strings.Lines(plain(o.words())) {
				b.WriteString("    " + line)
			}
			b.WriteString("  ...\n")
		case o.Skipped != "":
			fmt.Fprintf(b, "ok %d - %s # SKIP it lacks %s\n", i+1, name, o.Skipped)
		default:
			fmt.Fprintf(b, "ok %d - %s\n", i+1, name)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// ctrf is the Common Test Report Format.
func (r *Result) ctrf(w io.Writer) error {
	type test struct {
		Name     string `json:"name"`
		Status   string `json:"status"`
		Duration int64  `json:"duration"`
		Suite    string `json:"suite"`
		Message  string `json:"message,omitempty"`
		Trace    string `json:"trace,omitempty"`
	}
	passed, failed, skipped := r.Count()
	tests := []test{}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		t := test{Name: o.Name, Status: o.status(), Duration: o.Took.Milliseconds(), Suite: o.Clause}
		if o.Failed() {
			t.Message, t.Trace = o.cause(), o.words()
		} else if o.Skipped != "" {
			t.Message = "it lacks " + o.Skipped
		}
		tests = append(tests, t)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(map[string]any{"results": map[string]any{
		"tool":    map[string]any{"name": "invsim"},
		"summary": map[string]any{"tests": len(tests), "passed": passed, "failed": failed, "skipped": skipped, "pending": 0, "other": 0, "start": r.Began.UnixMilli(), "stop": r.Began.Add(r.Took).UnixMilli()},
		"tests":   tests,
	}})
}

// html is one page without scripts.
func (r *Result) html(w io.Writer) error {
	return page.Execute(w, map[string]any{"Title": r.title(), "Verdict": r.verdict(), "Stopped": r.Stopped, "Failed": slices.DeleteFunc(slices.Clone(r.Outcomes), func(o Outcome) bool { return !o.Failed() }), "All": r.Outcomes})
}

var page = template.Must(template.New("page").Funcs(template.FuncMap{"words": func(o Outcome) string { return o.words() }, "status": func(o Outcome) string { return o.status() }}).Parse(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Conformance</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
pre { overflow-x: auto; padding: .5rem; border: 1px solid #8888 }
table { border-collapse: collapse } td { padding: .1rem 1rem .1rem 0 }
</style>
<h1>Conformance</h1><p>{{.Title}}. <strong>{{.Verdict}}</strong> {{.Stopped}}</p>
{{range .Failed}}<h2>{{.Name}}</h2><pre>{{words .}}</pre>
{{end}}<h2>All</h2><table>{{range .All}}
<tr><td>{{status .}}<td>{{.Name}}<td>{{.Clause}}<td>{{.Skipped}}{{end}}
</table></html>
`))

// markdown is a summary for a page: per clause, and the failures below.
func (r *Result) markdown(w io.Writer) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "# Conformance\n\n%s. **%s**\n\n| clause | passed | failed | skipped |\n|---|--:|--:|--:|\n", r.title(), r.verdict())
	rows := map[string]*[3]int{}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		if rows[o.Clause] == nil {
			rows[o.Clause] = &[3]int{}
		}
		rows[o.Clause][map[string]int{"passed": 0, "failed": 1, "skipped": 2}[o.status()]]++
	}
	for _, clause := range sorted(rows) {
		n := rows[clause]
		fmt.Fprintf(b, "| %s | %d | %d | %d |\n", clause, n[0], n[1], n[2])
	}
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Failed() {
			fmt.Fprintf(b, "\n## %s\n\n```text\n%s```\n", o.Name, o.words())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
