package setup

import (
	"testing"

	"github.com/invsim/invsim/sim/tape"
	"pgregory.net/rapid"
)

func same(n int) (int, bool) { return n, true }

// TestRenamingToTheSameChangesNothing: for every label and every subject.
func TestRenamingToTheSameChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		what := tape.Label(rapid.IntRange(int(tape.Loss), int(tape.Option)-1).Draw(t, "label"))
		var s Subject
		for _, p := range subjects[what].parts {
			*p.of(&s) = rapid.IntRange(0, 1<<p.bits-1).Draw(t, "part")
		}
		c := ChoiceOf(what, s)
		back := SubjectOf(c)
		for _, p := range subjects[what].parts {
			if *p.of(&back) != *p.of(&s) {
				t.Fatalf("%v: %+v came back as %+v", c, s, back)
			}
		}
		if renamed, ok := RenameChoice(c, same, same); !ok || renamed != c {
			t.Fatalf("%v became %v", c, renamed)
		}
		swap := func(n int) (int, bool) { return n ^ 1, true }
		once, _ := RenameChoice(c, swap, swap)
		if twice, _ := RenameChoice(once, swap, swap); twice != c || once == c && (back.Call >= 0 || back.Phone >= 0) {
			t.Fatalf("%v became %v, and then %v", c, once, twice)
		}
	})
}

func TestWords(t *testing.T) {
	o := Options{Users: 5, Devices: 2}
	for want, c := range map[string]tape.Choice{
		"loss of ACCEPT #2 of call 3":                           {What: tape.Loss, About: 3<<28 | 3<<24 | 1<<8},
		"latency of the duplicate of INVITE #1 of call 0":       {What: tape.Latency, About: 1<<24 | 1},
		"time of the cancel of call 7":                          {What: tape.CancelAfter, About: 7},
		"second press of cancel of call 2":                      {What: tape.PressTwice, About: 2<<8 | 1},
		"loss of ACCEPT #2 of call 3 at device 2":               {What: tape.Loss, About: 3<<28 | 3<<24 | 1<<8 | 1<<1},
		"answer of call 3 at device 3":                          {What: tape.Answer, About: 3 | 2<<32},
		"second press of accept of call 2 at device 2":          {What: tape.PressTwice, About: 1<<40 | 2<<8 | 2},
		"drift of user1/2":                                      {What: tape.Drift, About: 6},
		"beginning of crash 1 of user4/2 in slot 9":             {What: tape.CrashAt, About: 9<<32 | 9<<8},
		"number of crashes of user0/2 in slot 9":                {What: tape.CrashEpisodes, About: 5<<32 | 9<<8},
		"side in partition 2 in slot 5 of user3/2":              {What: tape.PartitionSide, About: 5<<32 | 1<<24 | 8},
		"login of change 2 of user1/2":                          {What: tape.LoginAfter, About: 6<<32 | 2},
		"start of the downlink of user4/2":                      {What: tape.LinkOffset, About: 9<<1 | 1},
		"beginning of crash 1 of user4 in slot 9":               {What: tape.CrashAt, About: 4<<32 | 9<<8},
		"number of crashes of user4 in slot 9":                  {What: tape.CrashEpisodes, About: 4<<32 | 9<<8},
		"length of partition 2 in slot 5":                       {What: tape.PartitionFor, About: 5<<8 | 1},
		"side in partition 2 in slot 5 of user3":                {What: tape.PartitionSide, About: 5<<32 | 1<<24 | 3},
		"falsehood of the presence report of change 2 of user1": {What: tape.PresenceWrong, About: 1<<32 | 2},
		"start of the downlink of user4":                        {What: tape.LinkOffset, About: 4<<1 | 1},
		"drift of user1":                                        {What: tape.Drift, About: 1},
	} {
		if got := o.ChoiceWords(c); got != want {
			t.Errorf("%v: %q, want %q", c, got, want)
		}
	}
}
