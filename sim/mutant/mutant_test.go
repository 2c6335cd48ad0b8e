package mutant

import (
	"regexp"
	"strings"
	"testing"
)

var (
	kebab  = regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`)
	breaks = regexp.MustCompile(`^(none|(S([1-9]|1[0-6])|PAIR)(, (S([1-9]|1[0-6])|PAIR))*)$`)
)

// All is in the order of the IDs, and every name finds its mutant.
func TestAll(t *testing.T) {
	if len(All) != Count-1 {
		t.Fatalf("%d mutants for %d IDs", len(All), Count-1)
	}
	rules := map[string]bool{}
	for i, m := range All {
		if m.ID != ID(i+1) {
			t.Errorf("%s is number %d at place %d", m.Name, m.ID, i)
		}
		if !kebab.MatchString(m.Name) || !breaks.MatchString(m.Breaks) || rules[m.Rule] || strings.HasSuffix(m.Rule, ".") {
			t.Errorf("%+v", m)
		}
		rules[m.Rule] = true
		if found, err := Named(m.Name); err != nil || found != m || m.ID.String() != m.Name {
			t.Errorf("%s finds %v (%v), and %d is called %v", m.Name, found, err, m.ID, m.ID)
		}
	}
}

func TestNames(t *testing.T) {
	if None.String() != "none" || ID(Count).String() != "mutant 30" {
		t.Errorf("%v, %v", None, ID(Count))
	}
	for _, name := range []string{"", "none", "no-such-rule"} {
		if m, err := Named(name); err == nil || m != (Mutant{}) {
			t.Errorf("%q is %v", name, m)
		}
	}
}
