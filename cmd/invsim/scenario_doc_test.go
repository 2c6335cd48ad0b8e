// docs/scenario.md and docs/scenario.schema.json say what is true. -rewrite writes
// their generated parts anew.

package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/scenario"
	"github.com/invsim/invsim/sim/setup"
)

const guide = "../../docs/scenario.md"

func TestSchemaFile(t *testing.T) {
	schema, _, code := invsim("schema")
	if code != exitHeld {
		t.Fatal(code)
	}
	requireFile(t, "../../docs/scenario.schema.json", schema)
}

// TestGuideTables: the tables are those of the program.
func TestGuideTables(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for marker, table := range map[string]string{"fields": fieldTables(), "metrics": metricTable(), "goals": goalList()} {
		begin, end := "<!-- "+marker+" -->\n", "<!-- /"+marker+" -->\n"
		before, rest, found := strings.Cut(page, begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("no place for %s", marker)
		}
		page = before + begin + table + end + after
	}
	requireFile(t, "../../docs/scenario.md", page)
}

func fieldTables() string {
	var b strings.Builder
	o := setup.Default()
	var section setup.Section
	for _, f := range o.Fields() {
		if f.Name == "faults" { // a section of its own in a file
			continue
		}
		if f.Section != section {
			section = f.Section
			fmt.Fprintf(&b, "\n### %s\n\n| key | type | default | bounds | |\n|---|---|---|---|---|\n", section)
		}
		value := "–"
		if text := f.Value.String(); text != "" {
			value = "`" + text + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", f.Name, strings.ReplaceAll(f.Value.Type(), "|", ", "), value, f.Bounds(), f.About)
	}
	b.WriteString("\n")
	return b.String()
}

func metricTable() string {
	var b strings.Builder
	b.WriteString("\n| metric | |\n|---|---|\n")
	for _, m := range metric.All() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", m.Usage(), m.About)
	}
	fmt.Fprintf(&b, "| `%s` | %s |\n", metric.ShareUsage, metric.ShareAbout)
	b.WriteString("\n")
	return b.String()
}

func goalList() string { return "\nThere are `" + strings.Join(knownGoals(), "`, `") + "`.\n\n" }

// TestGuideExamples: every example is read; a part of a file is given a name.
func TestGuideExamples(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 3 {
		t.Fatalf("%d examples", len(blocks))
	}
	for i, block := range blocks {
		file := block[1]
		if !strings.Contains("\n"+file, "\nname:") {
			file = "name: part\n" + file
		}
		if _, err := scenario.Parse("docs/scenario.md", []byte(file)); err != nil {
			t.Errorf("%v in\n%s", err, file)
		}
		if i > 0 {
			continue
		}
		// The whole one keeps to what it says, in a shorter run.
		path := write(t, file)
		if stdout, stderr, code := invsim("run", path, "--calls", "2000"); code != exitHeld {
			t.Errorf("the first example: exit %d\n%s%s", code, stdout, stderr)
		}
	}
}
