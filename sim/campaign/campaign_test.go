package campaign

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/garbage"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/setup"
	"pgregory.net/rapid"
)

func init() { garbage.Seldom() }

// broken is a run that violates something, and has one world more than fit evenly.
func broken() setup.Options {
	o := setup.Default()
	o.Calls, o.World, o.Loss, o.Mutant = 363, 3, 0.4, mutant.SecondRing
	return o
}

// fewer is so little of it that each unit is one world.
func fewer() setup.Options {
	o := broken()
	o.Calls = 72
	return o
}

func newCampaign[R any](t testing.TB, program string, cells ...Cell[R]) *Campaign[R] {
	t.Helper()
	c, err := New(About{Program: program, Kind: "test"}, cells...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func breakRing(o *setup.Options) { o.Mutant = mutant.SecondRing }

// sample is a campaign of a run and a swarm, with the lines of all of its units.
func sample(t testing.TB) (c *Campaign[*sim.SwarmResult], head []byte, units [][]byte) {
	t.Helper()
	c = newCampaign(t, "p", Run(fewer()), Swarm(7, 9, "second-ring", breakRing))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes"), []byte("of somebody else"), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Open(c, dir)
	if err != nil {
		t.Fatal(err)
	}
	var played atomic.Int64
	if err := s.Play(t.Context(), Whole, 2, func(n int) { played.Add(int64(n)) }); err != nil || played.Load() != 72+9 {
		t.Fatalf("%d calls and worlds are played: %v", played.Load(), err)
	}
	files, err := Files(s.dir)
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Collect(bytesLines(data))
	if len(all) != 1+c.Units() || c.Units() != 33 {
		t.Fatalf("%d lines for %d units", len(all), c.Units())
	}
	return c, all[0], all[1:]
}

func bytesLines(data []byte) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for line := range bytes.Lines(data) {
			if !yield(bytes.Clone(line)) {
				return
			}
		}
	}
}

// sums are all sums as bytes.
func sums(t interface{ Fatal(...any) }, s *State[*sim.SwarmResult]) string {
	text := ""
	for cell := range s.cells {
		sum := s.Sum(cell)
		data, err := sum.Encode()
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintln(sum.Runs, sum.On, sum.Interrupted, string(data))
	}
	return text
}

// TestAnySplit: whoever plays which units, how often, and in whichever order they are
// added up, the sums are those of one process that plays all, to the byte.
func TestAnySplit(t *testing.T) {
	c, head, units := sample(t)
	run, err := sim.RunCovered(t.Context(), fewer(), 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	swarm, err := sim.RunSwarm(t.Context(), 7, 9, 2, true, breakRing, nil)
	if err != nil {
		t.Fatal(err)
	}
	if run.Held() || swarm.Held() || len(run.Violations) < 10 {
		t.Fatal("nothing is violated")
	}
	whole := NewState(c)
	whole.sums[0].Result = *run
	whole.sums[1] = swarm
	want := sums(t, whole)
	rapid.Check(t, func(t *rapid.T) {
		s := NewState(c)
		order := rapid.Permutation(units).Draw(t, "order")
		more := rapid.SliceOfN(rapid.SampledFrom(units), 0, 20).Draw(t, "more")
		left := append(slices.Clone(order), more...)
		for len(left) > 0 {
			n := rapid.IntRange(1, len(left)).Draw(t, "in a file")
			file := append(slices.Clone(head), bytes.Join(left[:n], nil)...)
			left = left[n:]
			if _, err := s.read(bytes.NewReader(file), func(unit int, sum string, r *sim.SwarmResult) error { return s.take(unit, sum, "", r) }); err != nil {
				t.Fatal(err)
			}
		}
		if got := sums(t, s); got != want || s.Missing() != nil {
			t.Fatalf("missing %v\n%s\nnot\n%s", s.Missing(), got, want)
		}
	})
}

// TestDamage: a file with any byte changed, or cut anywhere, is refused, or has lost the
// units behind its end alone.
func TestDamage(t *testing.T) {
	c, head, units := sample(t)
	file := append(slices.Clone(head), bytes.Join(units[:9], nil)...)
	known := NewState(c)
	if _, err := known.read(bytes.NewReader(file), func(unit int, sum string, r *sim.SwarmResult) error { return known.take(unit, sum, "", r) }); err != nil {
		t.Fatal(err)
	}
	for at := range head { // whatever it says, the digest alone does not tell
		for _, by := range []byte{1, 0x20, 0x80} {
			data := slices.Clone(file)
			data[at] ^= by
			if _, err := NewState(c).read(bytes.NewReader(data), func(int, string, *sim.SwarmResult) error { return nil }); err == nil {
				t.Errorf("byte %d of the first line: it is read", at)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		data := slices.Clone(file)
		at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
		isCut := rapid.Bool().Draw(t, "cut")
		if isCut {
			data = data[:at]
		} else if by := byte(rapid.IntRange(1, 255).Draw(t, "by")); by != 0 {
			data[at] ^= by
		}
		s := NewState(c)
		cut, err := s.read(bytes.NewReader(data), func(unit int, sum string, r *sim.SwarmResult) error { return s.take(unit, sum, "", r) })
		whole := max(0, bytes.Count(data, []byte("\n"))-1)
		switch {
		case isCut:
			if err != nil || s.Known() != whole || cut != (at > 0 && data[at-1] != '\n') {
				t.Fatalf("cut at %d: %d units, %v", at, s.Known(), err)
			}
		case !isCut && at == len(data)-1:
			if err != nil || s.Known() != 8 || !cut { // its last line has no end
				t.Fatalf("without its end: %d units, %v", s.Known(), err)
			}
		case err == nil:
			t.Fatalf("byte %d: it is read", at)
		}
		for unit, sum := range s.known {
			if known.known[unit] != sum {
				t.Fatalf("unit %d is another", unit)
			}
		}
	})
}

// TestHostile: lines that were written by nobody of us, with checksums that fit.
func TestHostile(t *testing.T) {
	c := newCampaign(t, "p", Run(broken()), Swarm(7, 105, "", nil))
	s := NewState(c)
	r, err := s.cells[0].play(t.Context(), sim.Unit{Number: 3, Of: 100}, nil)
	if err != nil {
		t.Fatal(err)
	}
	good, err := c.record(3, r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.decode(good); err != nil {
		t.Fatal(err)
	}
	drawn, err := s.cells[1].play(t.Context(), sim.Unit{Number: 3, Of: 100}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ofSwarm, err := c.record(103, drawn)
	if err != nil {
		t.Fatal(err)
	}
	moved := good
	moved.Unit = 5
	if _, err := c.decode(moved); err == nil || !strings.Contains(err.Error(), "its checksum is wrong") {
		t.Errorf("moved to another unit: %v", err)
	}
	replaced := func(old, by string) func(*record) {
		return func(r *record) {
			if !strings.Contains(string(r.Result), old) {
				t.Fatalf("there is no %s in %s", old, r.Result)
			}
			r.Result = []byte(strings.Replace(string(r.Result), old, by, 1))
		}
	}
	for name, c2 := range map[string]struct {
		change func(*record)
		says   string
	}{
		"another unit":       {func(r *record) { r.Unit = 4 }, "a violation in world 103, which is not in it"},
		"a unit of fewer":    {func(r *record) { r.Unit = 50 }, "2 worlds, not 1"},
		"no unit":            {func(r *record) { r.Unit = 200 }, "there are 0 to 199"},
		"before all":         {func(r *record) { r.Unit = -1 }, "there are 0 to 199"},
		"of the swarm":       {func(r *record) { r.Unit = 103 }, "not a result of a swarm"},
		"of the run":         {func(r *record) { r.Result = ofSwarm.Result }, "not a result of this version"},
		"fewer drawn":        {func(r *record) { r.Unit, r.Result = 103, []byte(`{"On":[1],"Counts":{}}`) }, "1 options that were drawn"},
		"more of a swarm":    {func(r *record) { r.Unit, r.Result = 103, []byte(`{"On":[1],"Counts":{},"More":1}`) }, "not a result of a swarm"},
		"no result":          {func(r *record) { r.Result = []byte("[]") }, "not a result"},
		"a group too far":    {replaced(`"Number":3`, `"Number":100`), "group 100"},
		"a group before all": {replaced(`"Number":3`, `"Number":-1`), "group -1"},
		"a long bar":         {replaced(`"Accepted":[]`, `"Accepted":[4294967295,1]`), "no bar"},
		"half a bar":         {replaced(`"Accepted":[]`, `"Accepted":[7]`), "without its number"},
		"an unknown field":   {replaced(`{"All"`, `{"More":1,"All"`), "not a result of this version"},
		"a negative count":   {replaced(`"NotSent":0`, `"NotSent":-1`), "cannot unmarshal"},
		"a property":         {replaced(`"Property":6`, `"Property":99`), "a violation of property 99"},
		"cells":              {replaced(`"Cover":[`, `"Cover":[999999999,1,`), "of no cell"},
		"interrupted":        {replaced(`"Interrupted":false`, `"Interrupted":true`), "not a result"},
	} {
		bad := good
		c2.change(&bad)
		bad.Sum = c.sum(bad)
		if _, err := c.decode(bad); err == nil || !strings.Contains(err.Error(), c2.says) {
			t.Errorf("%s: %v, not %s", name, err, c2.says)
		}
	}
}

// TestAnotherCampaign: files that are of something else are refused, and say in what.
func TestAnotherCampaign(t *testing.T) {
	o := broken()
	about := About{Program: "p", Kind: "run", Flags: [][2]string{{"loss", "40%"}}, Scenario: &Scenario{"a.yaml", "name: a"}}
	mine, err := New(about, Run(o))
	if err != nil {
		t.Fatal(err)
	}
	o.Seed++
	for _, c := range []struct {
		change func(*About)
		cell   Cell[*sim.SwarmResult]
		says   string
	}{
		{func(a *About) { a.Program = "q" }, Run(broken()), `its Program is "q", not "p"`},
		{func(a *About) { a.Kind = "swarm" }, Run(broken()), `its Kind is "swarm", not "run"`},
		{func(a *About) { a.Flags = nil }, Run(broken()), `its Flags is null, not [["loss","40%"]]`},
		{func(a *About) { a.Scenario = &Scenario{"a.yaml", "name: b"} }, Run(broken()), `its Scenario is {"Name":"a.yaml","Text":"name: b"}`},
		{func(*About) {}, Run(o), "whose options are read otherwise"},
		{func(*About) {}, Swarm(1, 121, "", nil), "whose options are read otherwise"},
	} {
		changed := about
		c.change(&changed)
		other, err := New(changed, c.cell)
		if err != nil {
			t.Fatal(err)
		}
		head, err := other.header()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mine.read(bytes.NewReader(head), nil); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, not %s", err, c.says)
		}
	}
	head, err := mine.header()
	if err != nil {
		t.Fatal(err)
	}
	for text, says := range map[string]string{
		"PNG":                       "it has no first line",
		"\n":                        "no file of a campaign",
		"PNG\n":                     "no file of a campaign",
		strings.Repeat("x", 65<<20): "longer than",
		strings.Replace(string(head), Format, "invsim campaign 9", 1):                 `it has the format`,
		strings.Replace(string(head), `{"Format"`, `{"More":1,"Format"`, 1):           "first line is damaged",
		strings.Replace(string(head), `"Kind":"run"`, `"Kind":"run","Kind":"run"`, 1): "first line is damaged",
	} {
		if _, err := mine.read(strings.NewReader(text), nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v, not %s", text, err, says)
		}
	}
}

// TestTwoResults of one unit: neither is taken for the right one.
func TestTwoResults(t *testing.T) {
	c := newCampaign(t, "p", Run(broken()))
	r, err := c.cells[0].play(t.Context(), sim.Unit{Number: 3, Of: 100}, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	head, err := c.header()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		r.Crashes += uint64(i)
		if i == 1 {
			r.Cover = nil
		}
		rec, err := c.record(3, r)
		if err != nil {
			t.Fatal(err)
		}
		data, err := line(rec)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.units", i)), append(slices.Clone(head), data...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(c, dir); err == nil || !strings.Contains(err.Error(), "1.units: line 2 is damaged: unit 3 has another result in "+filepath.Join(dir, "0.units")) {
		t.Error(err)
	}
}

// TestUnits: how worlds are cut, and that units have all worlds once.
func TestUnits(t *testing.T) {
	for _, c := range []struct{ worlds, calls, units int }{
		{1, 1, 1}, {99, 99_000, 99}, {100, 100_000, 100}, {101, 101_000, 100}, {1000, 1_000_000, 100},
		{100_000, 100_000_000, 1000}, {1_000_000, 1_000_000_000, 1000}, {500, 1_000_000_000, 500}, {999, 99_900_000, 999},
		{1000, 0, 100}, {1_000_000, 0, 1000}, {1, 0, 1},
	} {
		if got := unitsOf(c.worlds, c.calls); got != c.units {
			t.Errorf("%d worlds of %d calls are %d units, not %d", c.worlds, c.calls, got, c.units)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		worlds, of := rapid.IntRange(1, 5000).Draw(t, "worlds"), rapid.IntRange(1, 300).Draw(t, "of")
		sum := 0
		for number := range of {
			sum += sim.Unit{Number: number, Of: of}.Worlds(worlds)
		}
		if sum != worlds {
			t.Fatalf("%d of %d worlds", sum, worlds)
		}
	})
}

// TestShards have all units, each once.
func TestShards(t *testing.T) {
	s := NewState(newCampaign(t, "p", Run(broken()), Swarm(1, 300, "", nil)))
	s.known[7], s.known[199] = "x", "y"
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.IntRange(1, 500).Draw(t, "of")
		var all []int
		for number := range of {
			all = append(all, s.Todo(Shard{number + 1, of})...)
		}
		if len(all) != 198 || !slices.IsSorted(all) || len(slices.Compact(all)) != 198 || slices.Contains(all, 7) {
			t.Fatalf("of %d: %v", of, all)
		}
	})
}

func TestParseShard(t *testing.T) {
	for _, c := range []struct {
		text, environment, want string
	}{
		{"3/16", "", "3/16"}, {"1/1", "", "1/1"},
		{"0/16", "", "must be from 1 to 16"}, {"17/16", "", "must be from 1 to 16"}, {"1/0", "", "must be from 1 to"}, {"3", "", "not a shard"}, {"", "", "not a shard"}, {"a/b", "", "the number of shards: not a whole number"},
		{"auto/16", "JOB_COMPLETION_INDEX=0", "1/16"}, {"auto/16", "JOB_COMPLETION_INDEX=15", "16/16"},
		{"auto/16", "JOB_COMPLETION_INDEX=16", "there are shards 0 to 15"}, {"auto/16", "JOB_COMPLETION_INDEX=x", "not a whole number"},
		{"auto", "JOB_COMPLETION_INDEX=0", "write auto/16"}, {"auto/16", "", "is set"}, {"auto", "", "is set"},
		{"auto", "SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=2 SLURM_ARRAY_TASK_MAX=9 SLURM_ARRAY_TASK_COUNT=8", "4/8"},
		{"auto", "SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=2 SLURM_ARRAY_TASK_MAX=9 SLURM_ARRAY_TASK_COUNT=2", "with gaps"},
		{"auto", "SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MIN=2 SLURM_ARRAY_TASK_MAX=9 SLURM_ARRAY_TASK_COUNT=8", "SLURM_ARRAY_TASK_ID is 1: there are shards 2 to 9"},
		{"auto", "SLURM_ARRAY_TASK_ID=10 SLURM_ARRAY_TASK_MIN=2 SLURM_ARRAY_TASK_MAX=9 SLURM_ARRAY_TASK_COUNT=8", "SLURM_ARRAY_TASK_ID is 10: there are shards 2 to 9"},
		{"auto", "SLURM_ARRAY_TASK_ID=5", "not a whole number"}, {"auto/9", "SLURM_ARRAY_TASK_ID=5", "6/9"}, {"auto/5", "SLURM_ARRAY_TASK_ID=5", "there are shards 0 to 4"},
	} {
		environment := func(name string) string {
			for word := range strings.FieldsSeq(c.environment) {
				if value, ok := strings.CutPrefix(word, name+"="); ok {
					return value
				}
			}
			return ""
		}
		s, err := ParseShard(c.text, environment)
		got := s.String()
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s with %s: %s, not %s", c.text, c.environment, got, c.want)
		}
	}
}

// TestInterruptedAndGoneOn: a unit that was stopped is played again, in a file of its
// own, and files that are there are not touched.
func TestInterruptedAndGoneOn(t *testing.T) {
	c := newCampaign(t, "p", Run(broken()))
	dir := filepath.Join(t.TempDir(), "a[b]*")
	known := 0
	for try := 0; ; try++ {
		s, err := Open(c, dir)
		if err != nil {
			t.Fatal(err)
		}
		if s.Known() < known {
			t.Fatalf("%d units were known, and %d are", known, s.Known())
		}
		if known = s.Known(); known == c.Units() {
			if try < 3 {
				t.Errorf("it took %d tries", try)
			}
			whole := NewState(c)
			run, err := sim.RunCovered(t.Context(), broken(), 2, nil)
			if err != nil {
				t.Fatal(err)
			}
			if whole.sums[0].Result = *run; sums(t, s) != sums(t, whole) {
				t.Error("the sums differ")
			}
			break
		}
		ctx, stop := context.WithCancel(t.Context())
		played := 0
		err = s.Play(ctx, Whole, 1, func(calls int) {
			if played += calls; played > 100 {
				stop()
			}
		})
		stop()
		if err != nil {
			t.Fatal(err)
		}
		files, _ := Files(dir)
		if len(files) != 2*try+1 {
			t.Fatalf("try %d: %q", try, files)
		}
		// Another process dies before its first line,
		empty, err := create(dir)
		if err != nil {
			t.Fatal(err)
		}
		empty.Close()
		// and this one in the middle of a line.
		last, err := os.OpenFile(files[2*try], os.O_WRONLY|os.O_APPEND, 0)
		if err == nil {
			_, err = last.WriteString(`{"Unit":99,"Sum":"`)
		}
		if err := errors.Join(err, last.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMissing(t *testing.T) {
	s := NewState(newCampaign(t, "p", Run(broken())))
	for unit := range s.Units() {
		if unit != 0 && unit != 7 && unit != 8 && unit < 98 {
			s.known[unit] = "x"
		}
	}
	if got := fmt.Sprint(s.Missing()); got != "[0 7 to 8 98 to 99]" {
		t.Error(got)
	}
}
