// docs/simulator.md, the figures of docs/crash-safety.md and the commands of the
// README say what is true. -rewrite writes the generated parts anew.

package main

import (
	"cmp"
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const simulatorPage = "docs/simulator.md"

// pages are all pages of the project.
func pages(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(all) < 10 {
		t.Fatal(all, err)
	}
	for i, page := range all {
		all[i] = "docs/" + filepath.Base(page)
	}
	return append(all, "README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
}

func readPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// requireBlocks compares the generated blocks of a page, or writes them. A block is
// made from the page before it.
func requireBlocks(t *testing.T, name string, blocks []block) {
	t.Helper()
	page := readPage(t, name)
	for _, b := range blocks {
		before, _, _ := strings.Cut(page, "<!-- generated: "+b.name+" -->\n")
		page = golden.Region(t, page, b.name, b.text(t, before))
	}
	requireFile(t, filepath.Join("..", "..", name), page)
}

type block struct {
	name string
	text func(t *testing.T, before string) string
}

func TestSimulatorPage(t *testing.T) {
	requireBlocks(t, simulatorPage, []block{
		{"qualities", qualityTable}, {"promises", promiseTable}, {"swarm", swarmNames},
		{"failure", shownFailure}, {"why", shownWhy}, {"mutants", mutantTable},
	})
}

func qualityTable(*testing.T, string) string {
	var b strings.Builder
	b.WriteString("| | |\n|---|---|\n")
	for id := property.Pair; id <= property.Live; id++ {
		fmt.Fprintf(&b, "| %v | %s |\n", id, id.Words())
	}
	return b.String()
}

// faultClasses are the worlds in which something is not promised, and one with all
// other faults.
var faultClasses = []struct{ words, flags string }{
	{"every other fault at once", "everything-else"},
	{"`--crash-every 60s`, snapshots fresh", "crash-every=60s"},
	{"`--keep-old`", "keep-old=true"},
	{"`--jump-every 60s`", "jump-every=60s"},
	{"`--crash-every 60s --snapshots none`", "crash-every=60s snapshots=none"},
	{"`--crash-every 60s --snapshots stale`", "crash-every=60s snapshots=stale"},
}

func promiseTable(t *testing.T, _ string) string {
	var b strings.Builder
	b.WriteString("| in worlds with | are not promised |\n|---|---|\n")
	for _, class := range faultClasses {
		o := setup.Default()
		if class.flags == "everything-else" {
			everythingElse(t, &o)
		} else {
			for _, setting := range strings.Fields(class.flags) {
				name, value, _ := strings.Cut(setting, "=")
				setOption(t, &o, name, value)
			}
		}
		fmt.Fprintf(&b, "| %s | %s |\n", class.words, notPromised(&o))
	}
	return b.String()
}

func notPromised(o *setup.Options) string {
	var when, all []string
	ids := map[string][]string{}
	for id := property.S1; id < property.NumIDs; id++ {
		exception := o.Exception(id)
		if exception == "" && o.Promised(id) {
			continue
		}
		if ids[exception] == nil {
			when = append(when, exception)
		}
		ids[exception] = append(ids[exception], id.String())
	}
	for _, exception := range when {
		all = append(all, strings.TrimSpace(strings.Join(ids[exception], ", ")+" "+exception))
	}
	return cmp.Or(strings.Join(all, "; "), "–")
}

func setOption(t *testing.T, o *setup.Options, name, value string) {
	t.Helper()
	if err := o.Set(name, value); err != nil {
		t.Fatal(err)
	}
}

// switchedOn is a value that turns an option on, by the type of its text.
var switchedOn = map[string]string{
	"probability": "50%", "duration": "60s", "time[..time]": "0s..5s", "int": "500", "number": "500", "bool": "true", "delay": "0s..30s",
	"FILE": "../../testdata/links/tunnel.up", "faults": "offline@1s+2s crash@3s+1s freeze@4s+1s burst@5s+1s clog@6s+1s partition@7s+1s",
}

func turnedOn(f setup.Field) (string, bool) {
	switch f.Name {
	case "drift":
		return "5%", true // more takes all that rests on memory
	case "policy":
		return setup.AllOfThem.String(), true
	}
	value, ok := switchedOn[f.Value.Type()]
	return value, ok
}

// everythingElse turns on every fault that no class of its own is for.
func everythingElse(t *testing.T, o *setup.Options) {
	for _, f := range o.Fields() {
		value, ok := turnedOn(f)
		if own := f.Name == "keep-old" || f.Name == "jump-every"; ok && !own && isFault(f) {
			setOption(t, o, f.Name, value)
		}
	}
}

// isFault reports whether the page's table of faults has to name an option.
func isFault(f setup.Field) bool {
	switch f.Section {
	case setup.OfNetwork, setup.OfPhones, setup.OfUsers:
		return true
	}
	return f.Name == "heal" || f.Name == "faults"
}

func swarmNames(*testing.T, string) string {
	return "`" + strings.Join(setup.SwarmNames(), "`, `") + "`.\n"
}

// shownFailure is the answer of the last command before it, without its tables, and
// without what the explanation after it tells anyway.
func shownFailure(t *testing.T, before string) string {
	rest := failingCommand(t, before)
	shown := "```text\n"
	for _, part := range []struct{ from, to string }{
		{"VIOLATED", "\n\n"}, {"A violation, made small", "\n\noptions that are not"},
	} {
		_, after, ok := strings.Cut("\n"+rest, "\n"+part.from)
		text, after, ok2 := strings.Cut(after, part.to)
		if !ok || !ok2 {
			t.Fatalf("the answer has nothing from %q to %q", part.from, part.to)
		}
		shown += part.from + text + "\n…\n"
		rest = after
	}
	_, last, ok := strings.Cut(rest, "\ntoken: ")
	if !ok {
		t.Fatal("the answer has no token")
	}
	return shown + "token: " + last + "```\n"
}

func shownWhy(t *testing.T, before string) string {
	return "```text\n" + failingCommand(t, before) + "```\n"
}

// failingCommand is what the last command of a text prints. TOKEN stands for the
// last token of the text.
func failingCommand(t *testing.T, text string) string {
	t.Helper()
	commands := shownCommands(text)
	command := commands[len(commands)-1]
	if _, token, ok := cutLast(text, "\ntoken: "); ok {
		token, _, _ = strings.Cut(token, "\n")
		command = strings.ReplaceAll(command, "TOKEN", token)
	}
	stdout, stderr, code := invsim(shellWords(t, command)...)
	if code != exitViolated {
		t.Fatalf("%s: exit %d: %s", command, code, stderr)
	}
	return stdout
}

// qualityWorlds are enough of the swarm to notice that a rule of quality is gone.
const qualityWorlds = 200

func mutantTable(t *testing.T, _ string) string {
	var b strings.Builder
	b.WriteString("| mutant | the rule that it lacks | breaks |\n|---|---|---|\n")
	for _, m := range mutant.All {
		breaks := m.Breaks
		if breaks == "none" {
			breaks = "– (" + noticed(t, m.ID) + ")"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m.Name, m.Rule, breaks)
	}
	return b.String()
}

// noticed are the properties that a swarm sees violated by a mutant.
func noticed(t *testing.T, id mutant.ID) string {
	t.Helper()
	result, err := sim.RunSwarm(context.Background(), 1, qualityWorlds, 2, false, func(o *setup.Options) { o.Mutant = id }, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[property.ID]bool{}
	for _, v := range result.Violations {
		seen[v.Property] = true
	}
	var names []string
	for p := property.S1; p < property.NumIDs; p++ {
		if seen[p] {
			names = append(names, p.String())
		}
	}
	if names == nil {
		t.Fatalf("%v is not noticed in %d worlds", id, qualityWorlds)
	}
	return strings.Join(names, ", ")
}

// TestSimulatorFaults: the page's table has every fault, and says rightly which of
// them take something.
func TestSimulatorFaults(t *testing.T) {
	_, section, _ := strings.Cut(readPage(t, simulatorPage), "## What can go wrong\n")
	section, _, _ = strings.Cut(section, "\n## ")
	fields := map[string]setup.Field{}
	plain := setup.Default()
	for _, f := range plain.Fields() {
		fields[f.Name] = f
		if isFault(f) && !strings.Contains(section, "`--"+f.Name) {
			t.Errorf("--%s is missing", f.Name)
		}
	}
	rows := 0
	for _, line := range strings.Split(section, "\n") {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || !strings.Contains(cells[0], "`--") {
			continue
		}
		rows++
		takes := strings.TrimSuffix(cells[2], " |")
		if takes == "as their kind" || takes == "as their options" {
			continue
		}
		o := setup.Default()
		for _, flag := range flagOf.FindAllStringSubmatch(cells[0], -1) {
			value := flag[2]
			if value == "" {
				value, _ = turnedOn(fields[flag[1]])
			} else {
				o.Every[fault.Crash] = 60e9 // snapshots matter where phones crash
			}
			setOption(t, &o, flag[1], value)
		}
		if lost := notPromised(&o); (lost == "–") != (takes == "–") {
			t.Errorf("%s takes %q, the page says %q", cells[0], lost, takes)
		}
	}
	if rows < 20 {
		t.Errorf("%d rows", rows)
	}
}

var flagOf = regexp.MustCompile("`--([a-z-]+)(?: ([a-z]+))?`")

// TestCrashFigures: the table of the page is what its command prints.
func TestCrashFigures(t *testing.T) {
	requireBlocks(t, "docs/crash-safety.md", []block{{"figures", crashFigures}})
}

func crashFigures(t *testing.T, _ string) string {
	var b strings.Builder
	b.WriteString("| snapshots | crashes | callers who forgot their call | broken, and not promised |\n|---|--:|--:|---|\n")
	for _, snapshots := range []setup.Snapshots{setup.Fresh, setup.Stale, setup.Nothing} {
		o := setup.Default()
		o.Calls, o.Loss, o.Every[fault.Crash], o.Snapshots = 30_000, 0.1, 60e9, snapshots
		r, err := sim.Run(context.Background(), o, 2, nil)
		if err != nil || !r.Held() {
			t.Fatalf("%v snapshots: %v %v", snapshots, r, err)
		}
		forgot := uint64(0)
		for _, n := range r.Pairs[property.CallerOpen] {
			forgot += n
		}
		fmt.Fprintf(&b, "| %v | %s | %s | %s |\n", snapshots, thousands(r.Crashes), thousands(forgot), counted(r.NotPromised))
	}
	return b.String()
}

func counted(broken [property.NumIDs]uint64) string {
	var words []string
	for id, n := range broken {
		if n > 0 {
			words = append(words, fmt.Sprintf("%v %s", property.ID(id), thousands(n)))
		}
	}
	if words == nil {
		return "nothing"
	}
	return strings.Join(words, ", ")
}

func thousands(n uint64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// TestShownCommandsRun: what the pages tell people to type is understood, and does
// what it should. The worlds are smaller here.
func TestShownCommandsRun(t *testing.T) {
	mine := write(t, "name: mine\nnetwork: {loss: 5%}\n")
	stand := strings.NewReplacer("TOKEN", "inv2-AAAS_w", "my-world.yaml", mine, "report.html", filepath.Join(t.TempDir(), "report.html"),
		"testdata/play/", "../../testdata/play/", "up.trace", "../../testdata/links/tunnel.up", "down.trace", "../../testdata/links/tunnel.down")
	smaller := map[string][]string{"run": {"--calls", "1000"}, "trace": {"--calls", "300"}, "compare": {"--calls", "2000"}, "sweep": {"--calls", "300"}, "swarm": {"--runs", "30"}}
	for _, page := range []string{"README.md", simulatorPage, "docs/crash-safety.md", "docs/security.md", "docs/performance.md"} {
		commands := shownCommands(readPage(t, page))
		if len(commands) == 0 {
			t.Errorf("%s shows no command", page)
		}
		for _, command := range commands {
			words := shellWords(t, stand.Replace(command))
			words = append(words, smaller[words[0]]...)
			if _, stderr, code := invsim(words...); code != exitHeld && code != exitViolated && code != exitMissed {
				t.Errorf("%s: %s: exit %d: %s", page, command, code, stderr)
			}
		}
	}
}

// shownCommands are those of the shell blocks of a page, without the program's name.
func shownCommands(page string) []string {
	var commands []string
	for i, part := range strings.Split(page, "```") {
		lines, isShell := strings.CutPrefix(part, "sh\n")
		if i%2 == 0 || !isShell {
			continue
		}
		for _, line := range strings.Split(lines, "\n") {
			line, _, _ = strings.Cut(line, " #")
			line, _, _ = strings.Cut(line, " >")
			command, ok := strings.CutPrefix(strings.TrimPrefix(line, "go run ./cmd/"), "invsim ")
			if ok {
				commands = append(commands, strings.TrimSpace(command))
			}
		}
	}
	return commands
}

// TestContributingNames: every name in CONTRIBUTING.md, of a test or of anything else,
// is one in the source.
func TestContributingNames(t *testing.T) {
	words := map[string]bool{}
	for _, dir := range packagesOfModule(t) {
		files, err := filepath.Glob(filepath.Join("..", "..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range regexp.MustCompile(`\w+`).FindAllString(string(source), -1) {
				words[word] = true
			}
		}
	}
	for _, name := range regexp.MustCompile("`([A-Za-z]\\w+)`").FindAllStringSubmatch(readPage(t, "CONTRIBUTING.md"), -1) {
		if !words[name[1]] {
			t.Errorf("nothing is called %s", name[1])
		}
	}
}

// TestHouse: in the list of CONTRIBUTING.md every package stands below those that it
// imports, and none is missing.
func TestHouse(t *testing.T) {
	_, list, _ := strings.Cut(readPage(t, "CONTRIBUTING.md"), "## Packages, and what each may import\n")
	_, list, _ = strings.Cut(list, "```\n")
	list, _, _ = strings.Cut(list, "```")
	var house []string
	for _, line := range strings.Split(strings.TrimSpace(list), "\n") {
		house = append(house, strings.TrimSuffix(strings.Fields(line)[0], "/"))
	}
	for _, dir := range packagesOfModule(t) {
		if !slices.Contains(house, dir) {
			t.Errorf("%s is not in the list", dir)
		}
	}
	const module = "github.com/invsim/invsim/"
	for floor, dir := range house {
		files, err := filepath.Glob(filepath.Join("..", "..", dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s: no files, %v", dir, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range parsed.Imports {
				path := strings.Trim(spec.Path.Value, `"`)
				if strings.HasPrefix(path, "gonum.org/v1/plot") && dir != "sim/page" || path == module+"sim/page" && dir != "cmd/invsim" {
					t.Errorf("%s imports %s: plots are for the page alone, and the page for the command", dir, path)
				}
				ours, ok := strings.CutPrefix(path, module)
				if ok && !slices.Contains(house[:floor], ours) {
					t.Errorf("%s imports %s, which does not stand above it in the list", dir, ours)
				}
			}
		}
	}
}

// TestPackageComments: every package says what lives there and what it imports, once.
func TestPackageComments(t *testing.T) {
	for _, dir := range packagesOfModule(t) {
		files, err := filepath.Glob(filepath.Join("..", "..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		var comments []string
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if parsed.Doc != nil && !strings.HasSuffix(file, "_test.go") {
				comments = append(comments, parsed.Doc.Text())
			}
		}
		if len(comments) != 1 {
			t.Errorf("%s has %d package comments", dir, len(comments))
			continue
		}
		if c := comments[0]; !strings.HasPrefix(c, "Package ") && !strings.HasPrefix(c, "Command ") || !strings.Contains(c, "import") {
			t.Errorf("%s: the comment does not say what lives there and what it imports:\n%s", dir, c)
		}
	}
}

// packagesOfModule are the directories with code, but for the examples.
func packagesOfModule(t *testing.T) (dirs []string) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		dir, name := filepath.ToSlash(filepath.Dir(path)), d.Name()
		if d.IsDir() && (name == "examples" || name == "testdata" || strings.HasPrefix(name, ".") && path != root) {
			return filepath.SkipDir
		}
		if _, err := os.Stat(filepath.Join(path, "go.mod")); d.IsDir() && path != root && err == nil {
			return filepath.SkipDir // a module of its own
		}
		if rel, _ := filepath.Rel(root, dir); strings.HasSuffix(name, ".go") && !slices.Contains(dirs, filepath.ToSlash(rel)) {
			dirs = append(dirs, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil || len(dirs) < 20 {
		t.Fatalf("packages: %q, %v", dirs, err)
	}
	return dirs
}

// TestFlagsOfPages: every flag that a page names is one.
func TestFlagsOfPages(t *testing.T) {
	known := map[string]bool{"help": true, "version": true}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) { known[f.Name] = true })
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(rootCommand())
	for _, page := range pages(t) {
		for _, flag := range regexp.MustCompile("(?m)(?:^|[\\s`(\"])--([a-z][a-z-]*)").FindAllStringSubmatch(readPage(t, page), -1) {
			if !known[flag[1]] {
				t.Errorf("%s: there is no --%s", page, flag[1])
			}
		}
	}
}

// TestLinksOfPages: every link within the project leads somewhere.
func TestLinksOfPages(t *testing.T) {
	for _, page := range pages(t) {
		for _, link := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(readPage(t, page), -1) {
			file, anchor, _ := strings.Cut(link[1], "#")
			if strings.Contains(link[1], "://") {
				continue
			}
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
			}
			if _, err := os.Stat(filepath.Join("..", "..", target)); err != nil {
				t.Errorf("%s: %s leads nowhere", page, link[1])
			} else if anchor != "" && !slices.Contains(anchors(readPage(t, target)), anchor) {
				t.Errorf("%s: %s: there is no such heading", page, link[1])
			}
		}
	}
}

// anchors are the names of a page's headings, as links have them.
func anchors(page string) []string {
	var all []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		all = append(all, strings.ReplaceAll(name, " ", "-"))
	}
	return all
}

// TestSimulatorVerdicts: the guide explains the last word of a line of each copy that arrives.
func TestSimulatorVerdicts(t *testing.T) {
	page, err := os.ReadFile("../../docs/simulator.md")
	if err != nil {
		t.Fatal(err)
	}
	for v := range engine.Verdict(len(engine.Stats{}.Received)) {
		if !strings.Contains(string(page), "\n| "+v.String()+" | ") {
			t.Errorf("docs/simulator.md does not explain %v", v)
		}
	}
}
