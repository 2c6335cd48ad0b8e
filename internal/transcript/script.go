// Scripts: read, played, written and compared.

package transcript

import (
	"errors"
	"fmt"
	"strings"

	"github.com/invsim/invsim/engine"
)

// Script is a story in commands, with the engines' outputs below each of them.
type Script struct {
	Steps []Step
}

// Step is a line of a script, a command, a comment or an empty line, with the output
// below it.
type Step struct {
	Line   int
	Text   string
	Output []string

	do      func(*world) // nil for a comment
	command *command     // that do carries out
}

// Problem is a mistake in a script, or a rule that was broken when it was played.
type Problem struct {
	Line int // of the script
	Text string
}

func (p Problem) Error() string { return fmt.Sprintf("line %d: %s", p.Line, p.Text) }

// Parse takes a script apart: a line that begins with a space is output. The error
// joins a Problem for every line that cannot be read.
func Parse(text string) (*Script, error) {
	s := &Script{}
	var problems []error
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if output := strings.HasPrefix(line, " "); output && len(s.Steps) > 0 {
			last := &s.Steps[len(s.Steps)-1]
			last.Output = append(last.Output, line)
			continue
		} else if output {
			problems = append(problems, Problem{number, "output has to stand below a command"})
			continue
		}
		step := Step{Line: number, Text: line}
		if line != "" && line[0] != '#' {
			var err error
			if step.do, step.command, err = read(line); err != nil {
				problems = append(problems, Problem{step.Line, line + ": " + err.Error()})
			}
		}
		s.Steps = append(s.Steps, step)
	}
	return s, errors.Join(problems...)
}

// unknownSender finds a line about the messages of a user whom no other line names. Such a
// line starts no engine: if its name was mistyped, it would change nothing, unseen.
func (s *Script) unknownSender() error {
	known := map[string]bool{}
	for _, step := range s.Steps {
		if c := step.command; c != nil && !c.isRule {
			self, _, _ := strings.Cut(c.name, "/")
			known[c.name], known[self], known[c.peer] = true, true, true
		}
	}
	for _, step := range s.Steps {
		if c := step.command; c != nil && c.isRule && !known[c.name] {
			return Problem{step.Line, step.Text + ": no other line names " + c.name}
		}
	}
	return nil
}

// Player plays scripts. The zero value is ready to use.
type Player struct {
	// Options, if set, changes the options of every engine before it is made.
	Options func(*engine.Options)
	// After, if set, is called after every command, once for each engine, with the
	// options with which the engine was made.
	After func(*engine.Engine, engine.Options)
	// Receive, if set, hands a message to an engine in the place of its own Receive.
	// peer is the other user of the script's invitation with that id, whoever has sent
	// the message; from, if there is none.
	Receive func(e *engine.Engine, from, peer string, m engine.Message) engine.Verdict
	// Free lets a script ask a question: it need expect nothing, the engines have the
	// vendor's times, all that happens after the last command is told, and then what
	// each app was told.
	Free bool
	// RoundTimes gives the engines of a free play the times of other plays, for which the
	// transcripts in testdata/scripts are reckoned.
	RoundTimes bool
}

// Play carries the commands out. It returns the script with the outputs of this play,
// and the rules and expectations that were broken: each of those also stands below
// its command, as a line with !. An error is a mistake in the script, a Problem; the
// play ends there, and its last step is the mistaken one, or it has none.
func (p Player) Play(s *Script) (played *Script, broken []Problem, err error) {
	played = &Script{}
	if err := s.unknownSender(); err != nil {
		return played, nil, err
	}
	w := &world{player: &p}
	for i := 0; i < len(s.Steps) && err == nil; i++ {
		step := s.Steps[i]
		step.Output, w.step = nil, &step
		known := len(w.problems)
		if step.do != nil {
			err = try(func() { step.do(w) })
		}
		switch {
		case err != nil:
			err = Problem{step.Line, step.Text + ": " + err.Error()}
		case i == len(s.Steps)-1:
			w.finish()
		case step.do != nil && p.After != nil:
			for _, u := range w.users {
				p.After(u.engine, u.options)
			}
		}
		for _, problem := range w.problems[known:] {
			step.Output = append(step.Output, "         ! "+problem.Text)
		}
		played.Steps = append(played.Steps, step)
	}
	return played, w.problems, err
}

// String is the script as a text.
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

// Diff tells where the outputs of two plays of one script differ.
func Diff(want, got *Script) (differences []Problem) {
	for i := range min(len(want.Steps), len(got.Steps)) {
		w, g := strings.Join(want.Steps[i].Output, "\n"), strings.Join(got.Steps[i].Output, "\n")
		if w != g {
			differences = append(differences, Problem{want.Steps[i].Line, fmt.Sprintf("%s\nwant:\n%s\ngot:\n%s", want.Steps[i].Text, w, g)})
		}
	}
	return differences
}
