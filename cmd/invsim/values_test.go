// Values: each one that an answer prints can be pasted into a threshold and into an
// option, as it stands.

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/threshold"
)

// printed finds the values of an answer: counts of a count, and numbers with their units.
var printed = regexp.MustCompile(`[0-9][0-9,]* of [0-9][0-9,]*|(?:[0-9]+(?:\.[0-9]+)?(?:h|ms|m|s|µs))+|[0-9][0-9,]*(?:\.[0-9]+)?(?: ?%)?`)

func TestPrintedValuesAreAccepted(t *testing.T) {
	kinds := map[string]int{}
	for _, name := range []string{"run.txt", "run-subway.txt", "run-cover.txt", "run.md", "run.csv", "sweep.txt", "sweep-measures.txt", "sweep.md", "compare.txt", "compare-presets.txt"} {
		answer, err := os.ReadFile(filepath.Join("..", "..", "testdata", "cli", name))
		if err != nil {
			t.Fatal(err)
		}
		text, _, _ := strings.Cut(string(answer), "\nseed")
		if strings.HasSuffix(name, ".csv") {
			text = strings.ReplaceAll(text, ",", " ")
		}
		for _, value := range printed.FindAllString(text, -1) {
			value = strings.TrimRight(value, ",")
			limit, option := "messages < ", "calls"
			switch {
			case strings.Contains(value, "%") || strings.Contains(value, " of "):
				limit, option = "residue < ", "loss"
			case strings.HasSuffix(value, "s"):
				limit, option = "p99(setup) < ", "heal"
			case strings.Contains(value, "."):
				option = "" // a mean number is no option
			}
			kinds[option]++
			if _, err := threshold.Parse(limit + value); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			o := setup.Default()
			if err := o.Set(option, value); err != nil && option != "" && !strings.Contains(err.Error(), "must be ") {
				t.Errorf("%s: --%s %s: %v", name, option, value, err)
			}
		}
	}
	for _, option := range []string{"calls", "loss", "heal"} {
		if kinds[option] < 10 {
			t.Errorf("values for --%s: %d", option, kinds[option])
		}
	}
}
