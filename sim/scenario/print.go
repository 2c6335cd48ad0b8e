// Printing: the canonical file of a scenario.

package scenario

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
)

// Print writes the canonical file of a scenario: what differs from the world that
// it starts from, each option with what it means. Parse reads the same scenario
// from it, if the file stands where the scenario's Path says.
func Print(w io.Writer, s *Scenario) error {
	base, err := baseOf(s.Preset)
	if err != nil {
		return fmt.Errorf("print scenario %s: %w", s.Name, err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "name: %s\n", scalar(s.Name))
	if s.About != "" {
		fmt.Fprintf(&b, "about: %s\n", scalar(s.About))
	}
	if s.Preset != "" {
		fmt.Fprintf(&b, "preset: %s\n", scalar(s.Preset))
	}
	changed := differing(&base, &s.Options)
	for _, section := range sections {
		printSection(&b, s, section, changed)
	}
	for _, f := range changed {
		if f.Name == "faults" {
			printFaults(&b, s.Options.Faults)
		}
	}
	printTexts(&b, "goals", s.Goals)
	printTexts(&b, "thresholds", s.Thresholds)
	_, err = io.WriteString(w, b.String())
	return err
}

// printSection aligns the comments of a section.
func printSection(b *strings.Builder, s *Scenario, section setup.Section, changed []setup.Field) {
	var lines, comments []string
	width := 0
	for _, f := range changed {
		if f.Section != section || f.Name == "faults" {
			continue
		}
		line := fmt.Sprintf("  %s: %s", f.Name, valueText(s, f))
		width = max(width, len([]rune(line)))
		lines, comments = append(lines, line), append(comments, f.About)
	}
	if lines == nil {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", section)
	for i, line := range lines {
		for _, comment := range fold(comments[i], max(output.Columns-width-len(" # "), narrowest)) {
			fmt.Fprintf(b, "%-*s # %s\n", width, line, comment)
			line = ""
		}
	}
}

// narrowest is how many columns comments have, however long the values before them are.
const narrowest = 24

// fold breaks a text at its spaces into lines of so many columns.
func fold(text string, columns int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line+" "+word)) > columns {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// valueText is a field's value, paths in it relative to the scenario.
func valueText(s *Scenario, f setup.Field) string {
	value := f.Value.String()
	relative := func(path string) string {
		if short, err := filepath.Rel(filepath.Dir(s.Path), path); err == nil && path != "" && !filepath.IsAbs(path) {
			return short
		}
		return path
	}
	switch shape := f.Value.Type(); {
	case shape == "FILE":
		return scalar(relative(value))
	case shape == "delay" && strings.HasPrefix(value, samples):
		return scalar(samples + relative(strings.TrimPrefix(value, samples)))
	case shape == "groups", shape == "delay", shape == "duration", shape == "time[..time]", strings.Contains(shape, "|"):
		return scalar(value)
	}
	return value // a number, or as plain as one
}

func printFaults(b *strings.Builder, faults []fault.Scheduled) {
	if len(faults) == 0 {
		b.WriteString("\nfaults: []\n")
		return
	}
	b.WriteString("\nfaults:\n")
	for _, f := range faults {
		fmt.Fprintf(b, "  - {kind: %v, at: %v, for: %v", f.Kind, f.At, f.For)
		if f.Phones != nil {
			fmt.Fprintf(b, ", phones: [%s]", strings.Trim(strings.ReplaceAll(fmt.Sprint(f.Phones), " ", ", "), "[]"))
		}
		if f.OneWay {
			b.WriteString(", one-way: true")
		}
		if f.Midway {
			b.WriteString(", midway: true")
		}
		b.WriteString("}\n")
	}
}

func printTexts(b *strings.Builder, key string, texts []string) {
	if texts == nil {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", key)
	for _, text := range texts {
		fmt.Fprintf(b, "  - %s\n", scalar(text))
	}
}

// scalar writes a text, in quotes unless YAML reads it back as that text.
func scalar(text string) string {
	line := "key: " + text + "\n"
	if tokens := lexer.Tokenize(line); len(tokens) == 3 && tokens[2].Type == token.StringType && tokens[2].Value == text && !decimal.MatchString(text) {
		return text
	}
	return strconv.Quote(text) // its escapes are YAML's, for text that is valid UTF-8
}
