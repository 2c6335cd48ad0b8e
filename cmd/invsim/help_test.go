package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/scenario"
	"github.com/invsim/invsim/sim/setup"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// everyCommand are all commands, also those below others, by their words.
func everyCommand() (all [][]string) {
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		all = append(all, strings.Fields(c.CommandPath())[1:])
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	root := rootCommand()
	root.InitDefaultCompletionCmd()
	walk(root)
	return all
}

// TestHelpFitsTheScreen: 80 columns, and the usual flags in as many lines as are seen.
func TestHelpFitsTheScreen(t *testing.T) {
	for _, words := range everyCommand() {
		for _, more := range [][]string{{"--help"}, {"--help", "--all"}} {
			stdout, stderr, code := invsim(append(slices.Clip(words), more...)...)
			if code != exitHeld || stderr != "" || !strings.Contains(stdout, "\nUsage:\n") {
				t.Errorf("%q %q: exit %d: %s", words, more, code, stderr)
			}
			for _, bad := range []string{"(default 0s)", "(default 0%)", "(default 0)", "(default none)", "(default )", "(default \"\")"} {
				if strings.Contains(stdout, bad) {
					t.Errorf("%q: %s", words, bad)
				}
			}
			for line := range strings.Lines(stdout) {
				if wide := len([]rune(strings.TrimSuffix(line, "\n"))); wide > 80 {
					t.Errorf("%q %q: %d columns: %s", words, more, wide, line)
				}
			}
		}
	}
	for _, command := range []string{"run", "trace", "compare", "swarm", "replay"} {
		stdout, _, _ := invsim(command, "--help")
		if lines := strings.Count(stdout, "\n"); lines > 41 {
			t.Errorf("%s: %d lines", command, lines)
		}
		_, list, _ := strings.Cut(stdout, "The most used flags:\n")
		if lines := strings.Count(list, "\n"); lines > 40 {
			t.Errorf("%s: %d lines of flags", command, lines)
		}
	}
}

// TestListsFitTheScreen: a name and its words on each, however long.
func TestListsFitTheScreen(t *testing.T) {
	commands := []string{"presets", "mutants", "metrics", "properties"}
	for _, p := range scenario.Presets() {
		commands = append(commands, "presets "+p.Name)
	}
	for id := property.S1; id < property.NumIDs; id++ {
		commands = append(commands, "properties "+id.String())
	}
	for _, command := range commands {
		stdout, _, _ := invsim(strings.Fields(command)...)
		for line := range strings.Lines(stdout) {
			if wide := len([]rune(strings.TrimSuffix(line, "\n"))); wide > 80 && !strings.HasPrefix(line, "about: ") {
				t.Errorf("%s: %d columns: %s", command, wide, line)
			}
		}
	}
}

// TestHelpOfNames: a flag whose value is one of many names lists them, or the command that does.
func TestHelpOfNames(t *testing.T) {
	options := setup.Default()
	for _, f := range options.Fields() {
		names := strings.Split(f.Value.Type(), "|")
		if len(names) < 2 {
			continue
		}
		help, _, _ := invsim("help", "run", f.Name)
		if list, _, _ := invsim("mutants"); strings.Contains(help, "mutants") {
			help = list
		}
		for _, name := range names {
			if name != "none" && !strings.Contains(help, name) {
				t.Errorf("--%s %s is in neither the help nor the list that it names", f.Name, name)
			}
		}
	}
}

// TestHelpOfOneFlag: its lines of the list of all flags.
func TestHelpOfOneFlag(t *testing.T) {
	for _, words := range everyCommand() {
		if len(words) != 1 || words[0] == "help" || words[0] == "completion" {
			continue
		}
		all, _, _ := invsim(words[0], "--help", "--all")
		for _, flag := range []string{"help", "quiet", "seed", "lag-by", "output", "shrink"} {
			stdout, stderr, code := invsim("help", words[0], flag)
			if known := strings.Contains(all, " --"+flag+" "); known != (code == exitHeld) || known && !strings.Contains(all, stdout) {
				t.Errorf("help %s %s: exit %d: %s%s", words[0], flag, code, stdout, stderr)
			}
		}
	}
	for args, want := range map[string]string{
		"help run lss":    "invsim: help run: unknown flag --lss; did you mean loss?\n",
		"help run --loss": "invsim: help: write a flag without its dashes: invsim help run loss\n",
		"help loss":       `invsim: help: unknown command "loss"`,
	} {
		if stdout, stderr, code := invsim(strings.Fields(args)...); code != exitUsage || stdout != "" || !strings.HasPrefix(stderr, want) {
			t.Errorf("%s: exit %d: %s%s", args, code, stdout, stderr)
		}
	}
}

// TestEveryFlagHasOneHeading: the list of all flags names each once, below a heading.
func TestEveryFlagHasOneHeading(t *testing.T) {
	for _, cmd := range rootCommand().Commands() {
		known := headings(cmd)
		if slices.Sort(known); len(slices.Compact(slices.Clone(known))) != len(known) {
			t.Errorf("%s: headings %q", cmd.Name(), known)
		}
		help, _, _ := invsim(cmd.Name(), "--help", "--all")
		words, _, _ := invsim("help", cmd.Name(), "options")
		if help != words {
			t.Errorf("%s: --help --all says\n%s\nhelp options says\n%s", cmd.Name(), help, words)
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !slices.Contains(known, headingOf(f)) {
				t.Errorf("%s --%s is under %q", cmd.Name(), f.Name, headingOf(f))
			}
			named := 0
			for line := range strings.Lines(help) {
				if words := strings.Fields(line); len(words) > 0 && (words[0] == "--"+f.Name || strings.HasPrefix(words[0], "-") && len(words) > 1 && words[1] == "--"+f.Name) {
					named++
				}
			}
			if named != 1 {
				t.Errorf("%s: --%s is listed %d times", cmd.Name(), f.Name, named)
			}
		})
	}
	for _, name := range mostUsed {
		if name != "help" && !slices.ContainsFunc(rootCommand().Commands(), func(c *cobra.Command) bool { return c.Flags().Lookup(name) != nil }) {
			t.Errorf("no command has --%s", name)
		}
	}
}

func TestHelpOfAnUnknownCommand(t *testing.T) {
	for want, args := range map[string][]string{
		`unknown command "rnu"; did you mean run?`:           {"help", "rnu"},
		"unknown flag --optons; see invsim run --help --all": {"help", "run", "optons"},
		`unknown command "run options loss"`:                 {"help", "run", "options", "loss"},
	} {
		if stdout, stderr, code := invsim(args...); code != exitUsage || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%q: exit %d: %s%s", args, code, stdout, stderr)
		}
	}
}

// TestAnswersFitTheScreen: no line of an answer for people is wider than the screen, but
// for commands and tokens, which are there to be copied.
func TestAnswersFitTheScreen(t *testing.T) {
	toCopy := regexp.MustCompile(`^(again|look|why|token|drawn|world [0-9]+): |inv2-|^ *(invsim|go run) |^(#|//) `)
	answers, err := filepath.Glob("../../testdata/*/*.txt")
	if err != nil || len(answers) == 0 {
		t.Fatal(answers, err)
	}
	looked := 0
	for _, name := range answers {
		switch filepath.Base(filepath.Dir(name)) {
		case "cli", "explain", "report", "shrink":
		default:
			continue // no answers of the command
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		looked++
		for line := range strings.SplitSeq(string(data), "\n") {
			if wide := utf8.RuneCountInString(line); wide > output.Columns && !toCopy.MatchString(line) {
				t.Errorf("%s: %d columns: %s", name, wide, line)
			}
		}
	}
	if looked < 50 {
		t.Errorf("only %d answers", looked)
	}
}

// TestCompletion: a shell that asks gets the values of a flag, and nobody else pays for it.
func TestCompletion(t *testing.T) {
	for args, want := range map[string]string{
		"run --preset ": "\nsubway\n", "sweep --snapshots ": "fresh\nstale\nnone\n", "swarm --mutant ": "\nsecond-ring\n", "run -o ": "\nmd\n", "check --output ": "\njson\n",
	} {
		stdout, stderr, code := invsim(append([]string{"__completeNoDesc"}, strings.Split(args, " ")...)...)
		if code != exitHeld || !strings.Contains(stdout, want) {
			t.Errorf("%s: exit %d, %q, %s, want %q", args, code, stdout, stderr, want)
		}
	}
}
