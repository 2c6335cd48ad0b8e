// Formats: whatever --output takes, by asking the program. A new one needs no list here.

package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/setup"
)

// answering are commands that answer in several formats.
func answering() []string {
	token := (&setup.Token{Options: setup.PlainOptions()}).String()
	return []string{
		"run --calls 40", "trace --calls 40 --call 3", "swarm --runs 3", "sweep --calls 40 --rows loss=1%", "compare --calls 40 --world 20 lan wifi",
		"replay " + token, "replay --shrink " + secondRing(), "why " + secondRing(), "check --calls 1",
	}
}

// formatsOf are the formats of a command, as it lists them for one that there is not.
func formatsOf(command string) []string {
	_, stderr, _ := invsim(append(strings.Fields(command), "-o", "?")...)
	_, list, _ := strings.Cut(strings.TrimSpace(stderr), "there are ")
	return strings.Split(list, ", ")
}

// TestEveryFormat: the help names each, and each is the same bytes on any number of
// workers.
func TestEveryFormat(t *testing.T) {
	for _, command := range answering() {
		formats := formatsOf(command)
		if len(formats) < 2 || !slices.Contains(formats, "text") {
			t.Errorf("%s has the formats %q", command, formats)
		}
		name := strings.Fields(command)[0]
		help, _, _ := invsim(name, "--help")
		_, help, _ = strings.Cut(strings.Join(strings.Fields(help), " "), "FORMAT of the answer: ")
		help, _, _ = strings.Cut(help, " (default")
		for _, format := range formats {
			if !slices.Contains(strings.FieldsFunc(help, func(r rune) bool { return r == ' ' || r == ',' }), format) {
				t.Errorf("%s --help does not name %s: %q", name, format, help)
			}
		}
	}
	for _, command := range []string{"run --calls 5000", "swarm --runs 100", "sweep --calls 2000 --rows loss=0%,20%", "compare --calls 2000 lan wifi", "check --calls 1 --mutant second-ring"} {
		for _, format := range formatsOf(command) {
			args := append(strings.Fields(command), "-o", format, "--workers")
			one, _, _ := invsim(append(args, "1")...)
			two, _, _ := invsim(append(args, "2")...)
			if one != two || one == "" {
				t.Errorf("%s as %s: one worker says\n%s\ntwo say\n%s", command, format, one, two)
			}
		}
	}
}
