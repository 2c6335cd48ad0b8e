package kit

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/sim/mutant"
	"pgregory.net/rapid"
)

// brief is what units of so many schedules have shown, from a fresh endpoint each.
func brief(t testing.TB, o Options, of int, mutant mutant.ID) (all []*Tally) {
	t.Helper()
	for number := range of {
		tally, err := Schedules(here(mutant), o, number, of, never)
		if err != nil {
			t.Fatal(err)
		}
		tally.Brief()
		all = append(all, tally)
	}
	return all
}

// TestTalliesAddUp: in whatever order parts are added, and however they were cut, the sum
// is that of the whole, to the byte: with the same smallest seeds.
func TestTalliesAddUp(t *testing.T) {
	o := Options{Level: App, Runs: 60, Seed: 40}
	text := func(t *Tally) string {
		data, err := t.Encode()
		return fmt.Sprint(string(data), err)
	}
	for _, m := range []mutant.ID{mutant.IDsUsedAgain, mutant.None} {
		whole := brief(t, o, 1, m)[0]
		want := text(whole)
		cuts := [][]*Tally{brief(t, o, 60, m), brief(t, o, 7, m)}
		if differ := len(whole.Causes) > 1; differ != (m != mutant.None) || whole.Schedules != 60 {
			t.Fatal(want)
		}
		rapid.Check(t, func(t *rapid.T) {
			sums := []*Tally{{}}
			for _, part := range rapid.Permutation(rapid.SampledFrom(cuts).Draw(t, "cut")).Draw(t, "order") {
				if rapid.IntRange(0, 4).Draw(t, "elsewhere") == 0 {
					sums = append(sums, &Tally{})
				}
				sums[len(sums)-1].Add(part)
			}
			all := &Tally{}
			for _, sum := range sums {
				all.Add(sum)
			}
			if got := text(all); got != want {
				t.Fatalf("the sum is\n%s\nnot\n%s", got, want)
			}
		})
		plain := Run(here(m), Options{Level: App, Runs: 60, Seed: 40, Skip: "*"}, never)
		answer := whole.Answer(plain.Endpoint, o)
		if plain.Conforms() != answer.Conforms() || plain.Requests != answer.Requests || plain.LeftOut != answer.LeftOut || len(plain.Outcomes) != len(answer.Outcomes) {
			t.Errorf("the answer is %+v, not %+v", answer, plain)
		}
		for i, one := range answer.Outcomes {
			if other := plain.Outcomes[i]; one.Name != other.Name || one.Times != other.Times || !reflect.DeepEqual(one.Seeds, other.Seeds) ||
				one.Failed() && (other.Failure.Case.ID != fmt.Sprint("seed-", one.Seeds[0]) || !strings.Contains(one.words(), "the first have the seeds "+fmt.Sprint(one.Seeds[0]))) {
				t.Errorf("%+v\nnot\n%+v", one, other)
			}
		}
		for _, format := range Formats {
			if err := answer.Report(new(strings.Builder), format); err != nil {
				t.Errorf("%s: %v", format, err)
			}
		}
	}
}

// TestTallyOfOneThatHangs: it is not asked for ever, and what was not tried is counted.
func TestTallyOfOneThatHangs(t *testing.T) {
	tally, err := Schedules(hanging{here(mutant.None), invd.NoReply}, Options{Level: App, Runs: 100}, 10, 2, never)
	if err != nil || tally.Schedules < mostHangs || tally.NotTried == 0 || tally.Schedules+tally.NotTried != 45 {
		t.Fatalf("%+v, %v", tally, err)
	}
	if r := tally.Answer(invd.Implementation{}, Options{Level: App, Runs: 100}); r.Stopped != stopped || r.Conforms() {
		t.Errorf("%+v", r)
	}
}

// ending is an endpoint that ends, and cannot be started again.
type ending struct {
	invd.Driver
	after int
}

func (e *ending) Do(r invd.Request) (invd.Reply, error) {
	if e.after--; e.after < 0 {
		return invd.Reply{}, errors.New(invd.Restart + " x: hello: the endpoint has ended")
	}
	return e.Driver.Do(r)
}

// TestTallyWithoutEndpoint: there is no tally of an endpoint that is not there, and a run
// says why it was stopped.
func TestTallyWithoutEndpoint(t *testing.T) {
	o := Options{Level: App, Runs: 100, Skip: "*"}
	if _, err := Schedules(&ending{here(mutant.None), 200}, o, 0, 1, never); err == nil || !strings.HasPrefix(err.Error(), "start the endpoint x") {
		t.Error(err)
	}
	if r := Run(&ending{here(mutant.SecondRing), 2000}, o, never); r.Conforms() || !strings.Contains(r.Stopped, "start the endpoint x") || len(r.Outcomes) == 0 || r.Outcomes[0].tried > 99 {
		t.Errorf("%+v", r)
	}
	asked := 0
	tally, err := Schedules(here(mutant.None), o, 0, 1, func() bool { asked++; return asked > 7 })
	if err != nil || tally.Schedules != 7 || tally.NotTried != 0 {
		t.Errorf("%+v, %v", tally, err)
	}
}

// TestHostileTallies: bytes that are no tally of a unit are refused.
func TestHostileTallies(t *testing.T) {
	o := Options{Level: App, Runs: 100, Seed: 1}
	unit, err := Schedules(here(mutant.SecondRing), o, 1, 3, never)
	if err != nil {
		t.Fatal(err)
	}
	unit.Brief()
	good, err := unit.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := DecodeTally(good, o, 1, 3); err != nil || !reflect.DeepEqual(again, unit) || len(unit.Causes) == 0 {
		t.Fatalf("%+v, %v: %s", again, err, good)
	}
	if _, err := DecodeTally(good, o, 2, 3); err == nil {
		t.Error("it is read as another unit")
	}
	cause := unit.Causes[0]
	for _, c := range []struct{ old, by, says string }{
		{`{"Schedules"`, `{"More":1,"Schedules"`, "of this version"},
		{`{"Schedules"`, `[{"Schedules"`, "not a tally"},
		{`"Schedules":33`, `"Schedules":32`, "a tally of 32 and 0 schedules, not of 33"},
		{`"Schedules":33,"NotTried":0`, `"Schedules":34,"NotTried":-1`, "not of 33"},
		{`"Schedules":33,"NotTried":0`, `"Schedules":1,"NotTried":32`, "schedules differ"},
		{`"Requests":`, `"Requests":-`, "not of 33"},
		{fmt.Sprintf(`"Times":%d`, cause.Times), `"Times":34`, "34 schedules differ"},
		{fmt.Sprintf(`"Times":%d`, cause.Times), `"Times":0`, "0 schedules differ"},
		{fmt.Sprintf(`"First":[%d`, cause.First[0]), `"First":[-2`, "schedule -2 differs"},
		{fmt.Sprintf(`"First":[%d`, cause.First[0]), `"First":[0`, "schedule 0 differs"},
		{fmt.Sprintf(`"First":[%d`, cause.First[0]), `"First":[97`, "differs, which is not in it"},
		{fmt.Sprintf(`"First":[%d`, cause.First[0]), `"First":[100`, "schedule 100 differs"},
		{fmt.Sprintf(`"First":[%d,`, cause.First[0]), `"First":[`, "schedules differ"},
		{`"Level":"app"`, `"Level":"apps"`, "whose cause 0 is none"},
		{`"Causes":[`, `"Causes":[{"Times":1,"First":[1],"Shown":null},`, "whose cause 0 is none"},
		{`"Causes":[`, `"Causes":[{"Times":1,"First":[1],"Shown":{"Step":0,"Level":"app","What":"","Expected":null,"Got":null,"Cell":"` + cause.Shown.Cell + `","Clause":""}},`, "whose cause 1 is none"},
		{`"Causes":[`, `"Causes":[{"Times":1,"First":[97],"Shown":{"Step":0,"Level":"app","What":"","Expected":null,"Got":null,"Cell":"","Clause":""}},`, "not in their order"},
	} {
		if !strings.Contains(string(good), c.old) {
			t.Fatalf("there is no %s in %s", c.old, good)
		}
		if _, err := DecodeTally([]byte(strings.Replace(string(good), c.old, c.by, 1)), o, 1, 3); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, not %s", c.by, err, c.says)
		}
	}
}

// TestBriefTallies: an endpoint that says much costs little.
func TestBriefTallies(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	var lines []string
	for range 100 {
		lines = append(lines, long)
	}
	shown := &Difference{Level: Wire, Got: lines, Case: &Case{ID: "x"}}
	tally := tallyOf(0, 1, shown)
	tally.Brief()
	if data, err := tally.Encode(); err != nil || len(data) > 10_000 || len(shown.Got[0]) != len(long) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
