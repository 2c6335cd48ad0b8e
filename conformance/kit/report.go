// Reports for people: text, Markdown, a page.

package kit

import (
	"cmp"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/invsim/invsim/conformance/invd"
)

// reports are all that can be written of a run.
var reports = []struct {
	format string
	write  func(*Result, io.Writer) error
}{
	{"text", (*Result).text}, {"json", (*Result).json}, {"junit", (*Result).junit}, {"tap", (*Result).tap}, {"ctrf", (*Result).ctrf},
	{"md", (*Result).markdown}, {"html", (*Result).html}, {"badge", (*Result).badge},
}

// Formats are the names of the reports that [Result.Report] writes.
var Formats = func() (names []string) {
	for _, each := range reports {
		names = append(names, each.format)
	}
	return names
}()

// Report writes a report.
func (r *Result) Report(w io.Writer, format string) error {
	for _, each := range reports {
		if each.format == format {
			return each.write(r, w)
		}
	}
	return fmt.Errorf("report: there is no format %q", format)
}

// title says who was tried and how it went.
func (r *Result) title() string {
	passed, failed, skipped := r.Count()
	who := r.Endpoint
	return plain(fmt.Sprintf("%s %s (%s) against %s at level %s: %d passed, %d failed, %d skipped", who.Name, who.Version, who.Language, Profile, r.Options.Level, passed, failed, skipped))
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
		fmt.Fprintf(b, "%d schedules side by side, %d requests; worlds: %d, which ended in %d pairs", r.Options.Runs, r.Requests, r.Options.Worlds, len(r.Pairs))
		if len(r.Triples) > 0 {
			fmt.Fprintf(b, "; with two phones a user: %d, in %d triples", r.Options.Worlds, len(r.Triples))
		}
		fmt.Fprintln(b)
	}
	if r.LeftOut > 0 {
		fmt.Fprintf(b, "not tried, because it was not asked for: %d cases\n", r.LeftOut)
	}
	groups := r.groups()
	if len(groups) > 1 {
		fmt.Fprintf(b, "\n%d causes. By clause, what failed of what was tried: %s\n", len(groups), r.byClause())
	}
	for i, g := range groups {
		if i == most {
			fmt.Fprintf(b, "\n%d more causes: write --report md=FILE to see all\n", len(groups)-most)
			break
		}
		fmt.Fprintf(b, "\n%s", g.words())
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
	if r.Stopped != "" {
		fmt.Fprintf(b, "\n%s\n", plain(r.Stopped))
	}
	fmt.Fprintf(b, "\n%s\n", r.verdict())
	_, err := io.WriteString(w, b.String())
	return err
}

// byClause are the clauses with failures, those with the largest share of them first.
func (r *Result) byClause() string {
	failed, tried := map[string]int{}, map[string]int{}
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Skipped == "" {
			tried[o.Clause]++
			if o.Failed() {
				failed[o.Clause]++
			}
		}
	}
	clauses := sorted(failed)
	slices.SortStableFunc(clauses, func(a, b string) int { return cmp.Compare(failed[b]*tried[a], failed[a]*tried[b]) })
	for i, clause := range clauses {
		clauses[i] = fmt.Sprintf("%s %d of %d", clause, failed[clause], tried[clause])
	}
	return strings.Join(clauses, ", ")
}

// words are one failure in full, and the names of the others.
func (g *group) words() string {
	const names = 5
	text := g.shown.words()
	if n := len(g.others); n > 0 {
		text += fmt.Sprintf("  also      %s\n", strings.Join(g.others[:min(n, names)], ", "))
		if n > names {
			text += fmt.Sprintf("            and %d more of the same cause\n", n-names)
		}
	}
	return text
}

// plain has no signs that XML cannot have, that move the cursor of a terminal, or that turn
// the direction of what follows.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) || r == 0xFFFE || r == 0xFFFF {
			return '?'
		}
		return r
	}, text)
}

// level is that of a failure: wire, app, or worlds.
func (o *Outcome) level() string {
	if o.Failure != nil {
		return o.Failure.Level
	}
	return "worlds"
}

// words are a failure in full: what was done, what was expected, and what came.
func (o *Outcome) words() string {
	b := &strings.Builder{}
	fmt.Fprintf(b, "FAIL %s\n", o.Name)
	switch {
	case o.Times > 0 && o.Broken != "":
		fmt.Fprintf(b, "  %d of %d worlds do so; this is the first one, made small\n", o.Times, o.tried)
	case o.Times > 0 && o.Failure.Case.nothing():
		fmt.Fprintf(b, "  %d of %d schedules differ so; the first have the seeds %s\n", o.Times, o.tried, strings.Trim(fmt.Sprint(o.Seeds), "[]"))
	case o.Times > 0:
		fmt.Fprintf(b, "  %d of %d schedules differ so; this is the first one, made small\n", o.Times, o.tried)
	}
	fmt.Fprintf(b, "  clause    docs/protocol.md#%s\n", o.Clause)
	if o.Broken != "" {
		fmt.Fprintf(b, "  broken    %s\n", o.Broken)
		if o.World != "" {
			fmt.Fprintf(b, "  in        %s\n", o.World)
		}
		return plain(b.String())
	}
	d := o.Failure
	if d.Case.Scene == nil {
		fmt.Fprintf(b, "  reference %s\n", d.Cell)
	}
	fmt.Fprintf(b, "  differs   %s\n", d.What)
	if d.shows != "" {
		fmt.Fprintf(b, "  shows     %s\n", d.shows)
	}
	for _, happened := range d.log {
		fmt.Fprintf(b, "            %s\n", happened)
	}
	for i := 0; i <= d.Step && i < len(d.Case.Steps); i++ {
		if skipped := d.idle(i); skipped > 0 {
			fmt.Fprintf(b, "  …         %d times more time passes, and all is as expected\n", skipped)
			i += skipped
		}
		fmt.Fprintf(b, "  %-9s %s\n", []string{"", "then"}[min(i, 1)], line(d.Case.Steps[i].Request))
	}
	sides(b, "expected", d.Expected)
	sides(b, "got", d.Got)
	return plain(b.String())
}

// idle is how many steps from one on say nothing new: time passes in them, before them and
// after them.
func (d *Difference) idle(from int) int {
	passes := func(i int) bool {
		_, ok := d.Case.Steps[i].Request.(*invd.Advance)
		return ok
	}
	to := from
	for from > 0 && passes(from-1) && to < d.Step && passes(to) && passes(to+1) {
		to++
	}
	if to-from < 3 {
		return 0
	}
	return to - from
}

func sides(b *strings.Builder, name string, lines []string) {
	if len(lines) == 0 {
		lines = []string{"nothing"}
	}
	for i, line := range lines {
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(b, "  %-9s %s\n", name, strings.ReplaceAll(cut(line), "\n", "\n            "))
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

func (o *Outcome) status() string {
	switch {
	case o.Failed():
		return "failed"
	case o.Skipped != "":
		return "skipped"
	}
	return "passed"
}

// html is one page without scripts.
func (r *Result) html(w io.Writer) error {
	return page.Execute(w, map[string]any{"Title": r.title(), "Verdict": r.verdict(), "Stopped": plain(r.Stopped), "Failed": r.groups(), "All": r.Outcomes})
}

var page = template.Must(template.New("page").Funcs(template.FuncMap{"words": (*group).words, "plain": plain, "status": func(o Outcome) string { return o.status() }}).Parse(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"/><meta name="viewport" content="width=device-width"/><title>Conformance</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
pre { overflow-x: auto; padding: .5rem; border: 1px solid #8888 }
table { border-collapse: collapse } td { padding: .1rem 1rem .1rem 0 }
</style>
<h1>Conformance</h1><p>{{.Title}}. <strong>{{.Verdict}}</strong> {{.Stopped}}</p>
{{range .Failed}}<h2>{{plain .Name}}</h2><pre>{{words .}}</pre>
{{end}}<h2>All</h2><table>{{range .All}}
<tr><td>{{status .}}</td><td>{{plain .Name}}</td><td>{{.Clause}}</td><td>{{.Skipped}}</td></tr>{{end}}
</table></html>
`))

// unmarked is plain text on one line, without signs that Markdown takes for its own.
func unmarked(text string) string {
	return strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "<", `\<`, "[", `\[`, "&", `\&`, "\n", " ").Replace(plain(text))
}

// markdown is a summary for a page: per clause, and the failures below.
func (r *Result) markdown(w io.Writer) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "# Conformance\n\n%s. **%s**%s\n\n| clause | passed | failed | skipped |\n|---|--:|--:|--:|\n", unmarked(r.title()), r.verdict(), strings.TrimSuffix(" "+unmarked(r.Stopped), " "))
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
	for _, g := range r.groups() {
		fmt.Fprintf(b, "\n## %s\n\n```text\n%s```\n", unmarked(g.Name()), g.words())
	}
	for _, name := range r.Stale {
		fmt.Fprintf(b, "\nKnown to fail, but did not: `%s`\n", name)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
