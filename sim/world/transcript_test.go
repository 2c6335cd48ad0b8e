// Transcripts: one fault or one habit of the users at a time, turned on in the
// plainest world, and every line of what that world then does. The cases stand in
// the other transcripts_ files, by what they are about.

package world

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// transcript is a world by hand. Its options are Plain, changed by set; its tape is 0
// but for the choices of sure, and its first call comes after a second.
type transcript struct {
	name string
	set  string // NAME=TEXT of options, separated by semicolons
	sure []sure
}

// sure is a choice that is decided by hand: a time, an index among n, or true for
// whatever the greatest draw means.
type sure struct {
	what  tape.Label
	about setup.Subject
	is    any
}

type nth struct{ index, of int }

// The subjects of choices.
func aCopy(call int, kind engine.Kind, copy int) setup.Subject {
	return setup.Subject{Call: call, Kind: int(kind), Copy: copy}
}

func aCall(index int) setup.Subject { return setup.Subject{Call: index} }

func aButton(call int, b event.Button) setup.Subject {
	return setup.Subject{Call: call, Button: int(b)}
}

func aPhone(index int) setup.Subject { return setup.Subject{Phone: index} }

func aToggle(phone, toggle int) setup.Subject { return setup.Subject{Phone: phone, Toggle: toggle} }

func anEpisode(phone, slot, episode int) setup.Subject {
	return setup.Subject{Phone: phone, Slot: slot, Episode: episode}
}

// world are the options and the tape of a transcript.
func (c *transcript) world(t testing.TB) (setup.Options, *tape.Recorded) {
	t.Helper()
	o := setup.PlainOptions()
	for _, word := range strings.Split(c.set, ";") {
		if name, text, ok := strings.Cut(strings.TrimSpace(word), "="); ok {
			if err := o.Set(name, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	var r tape.Recorded
	for _, s := range append([]sure{{tape.Arrival, aCall(0), second}}, c.sure...) {
		choice, draw := setup.ChoiceOf(s.what, s.about), uint64(math.MaxUint64)
		switch is := s.is.(type) {
		case time.Duration:
			draw = o.DrawOf(choice, is)
		case nth:
			draw = tape.DrawFor(0, time.Duration(is.of-1), time.Duration(is.index))
		case uint64:
			draw = is
		}
		r.Set(choice, draw)
	}
	return o, &r
}

func (c *transcript) play(t testing.TB) *Outcome {
	t.Helper()
	o, r := c.world(t)
	outcome, err := Play(t.Context(), o, 0, r, true)
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

// check compares what the worlds do with a golden file, case by case.
func check(t *testing.T, file string, cases []transcript) {
	path := filepath.Join("..", "..", "testdata", "transcripts", file)
	kept, err := os.ReadFile(path)
	if err != nil && !golden.Rewriting() {
		t.Fatal(err)
	}
	all := ""
	for _, c := range cases {
		told := "== " + c.name + "\n" + tell(c.play(t)) + "\n\n"
		all += told
		if !strings.Contains(string(kept), told) && !golden.Rewriting() {
			t.Errorf("%s: it is now\n%s", path, told)
		}
	}
	switch {
	case golden.Rewriting():
		golden.Write(t, path, all)
	case len(all) != len(kept):
		t.Errorf("%s holds other transcripts than those of the test", path)
	}
}

// tell is everything that happened in a world, a line each, and what was counted.
func tell(o *Outcome) string {
	var b strings.Builder
	for _, e := range o.Entries {
		if e.Kind != event.Stepped {
			call := ""
			if e.Call != event.NoCall && len(o.calls) > 1 {
				call = fmt.Sprintf("%d: ", e.Call)
			}
			fmt.Fprintf(&b, "%7.3f  %s%s\n", e.At.Seconds(), call, e.Line())
		}
	}
	return b.String() + counted(o.Result)
}

// counted is every count of a result that is not 0.
func counted(r *result.Result) string {
	var words []string
	add := func(n uint64, format string, args ...any) {
		if n > 0 {
			words = append(words, fmt.Sprintf(format, args...)+fmt.Sprintf(" %d", n))
		}
	}
	for i := range r.Pairs {
		for j, n := range r.Pairs[i] {
			add(n, "%v/%v", property.CallerEnd(i), property.CalleeEnd(j))
		}
	}
	add(r.NotSent, "not sent")
	for fate, n := range r.Fates {
		add(n, "%s", fateNames[fate])
	}
	for verdict, n := range r.Verdicts {
		add(n, "%v", engine.Verdict(verdict))
	}
	add(r.Crashes, "crashes")
	add(r.CaughtByCodec, "caught by codec")
	add(r.CaughtBySum, "caught by sum")
	for g, n := range r.Goals {
		add(n, "%v", property.Goal(g))
	}
	for id, n := range r.NotPromised {
		add(n, "not promised %v", property.ID(id))
	}
	for _, v := range r.Violations {
		words = append(words, "VIOLATED "+v.Violation.String())
	}
	return strings.Join(words, ", ")
}

var fateNames = [event.NumFates]string{"sent", "lost", "offline", "down", "too old", "corrupted", "cut", "overflow", "stored", "expired", "pushed"}
