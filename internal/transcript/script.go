// Package transcript plays the scripts of testdata/scripts: commands for two or more
// engines on one virtual time, with what the engines did below each of them.
package transcript

import (
	"errors"
	"fmt"
	"strings"

	"github.com/invsim/invsim/engine"
)

// Script is a story in commands, with what the engines did below each of them.
type Script struct {
	Steps []Step
}

// Step is one line that is not output, with the output below it.
type Step struct {
	Line   int
	Text   string
	Output []string
}

func (s *Step) isCommand() bool { return s.Text != "" && !strings.HasPrefix(s.Text, "#") }

// Problem is a mistake in a script, or a rule that was broken while it was played.
type Problem struct {
	Line int // of the script
	Text string
}

func (p Problem) Error() string { return fmt.Sprintf("line %d: %s", p.Line, p.Text) }

// Parse takes a script apart: what is indented is output, all else is input.
func Parse(text string) (*Script, error) {
	s := &Script{}
	var problems []error
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.HasPrefix(line, " ") && len(s.Steps) > 0 {
			last := &s.Steps[len(s.Steps)-1]
			last.Output = append(last.Output, line)
			continue
		}
		step := Step{Line: i + 1, Text: line}
		if verb, _, _ := strings.Cut(line, " "); step.isCommand() && !isVerb(verb) {
			problems = append(problems, Problem{step.Line, "no such verb: " + verb})
		}
		s.Steps = append(s.Steps, step)
	}
	return s, errors.Join(problems...)
}

// String is the script as a file.
func (s *Script) String() string {
	var b strings.Builder
	for _, step := range s.Steps {
		b.WriteString(step.Text + "\n")
		for _, line := range step.Output {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// Diff shows each command of two plays of a script whose outputs differ.
func Diff(want, got *Script) (differences []Problem) {
	for i, w := range want.Steps {
		before, now := strings.Join(w.Output, "\n"), strings.Join(got.Steps[i].Output, "\n")
		if before != now {
			differences = append(differences, Problem{w.Line, fmt.Sprintf("%s\nwant:\n%s\ngot:\n%s", w.Text, before, now)})
		}
	}
	return differences
}

// Player plays scripts. The zero value is ready to use.
type Player struct {
	// Options, if set, changes the options of every engine before it is made.
	Options func(*engine.Options)
	// After, if set, is called after every command, for each user's engine, with the
	// options with which it was made.
	After func(*engine.Engine, engine.Options)
}

// Play carries the commands out. It returns the script with the outputs of this play
// and the rules that were broken; below the command at which a rule was broken the
// outputs have a line with ! for it. The error is a mistake in the script: what was
// played until then is returned, too.
func (p Player) Play(s *Script) (played *Script, broken []Problem, err error) {
	played = &Script{}
	w := newWorld(&p)
	defer func() {
		if r := recover(); r != nil {
			problem, ok := r.(Problem)
			if !ok {
				panic(r)
			}
			err = problem
		}
	}()
	for i, step := range s.Steps {
		step.Output, w.line, w.out = nil, step.Line, nil
		said := len(w.problems)
		switch {
		case step.Text == "reset":
			w.finish()
			next := newWorld(&p)
			next.line, next.problems = w.line, w.problems
			w = next
		case step.isCommand():
			w.command(step.Text)
			for _, end := range w.ends {
				if p.After != nil {
					p.After(end.engine, end.options)
				}
			}
		}
		if i == len(s.Steps)-1 {
			w.finish()
		}
		step.Output = w.out
		for _, problem := range w.problems[said:] {
			step.Output = append(step.Output, "         ! "+problem.Text)
		}
		played.Steps, broken = append(played.Steps, step), w.problems
	}
	return played, broken, nil
}
