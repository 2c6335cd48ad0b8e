package scenario

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/internal/garbage"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
	"pgregory.net/rapid"
)

func init() { garbage.Seldom() }

func printed(t rapid.TB, s *Scenario) string {
	t.Helper()
	var b bytes.Buffer
	if err := Print(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// texts are all options as text.
func texts(o setup.Options) map[string]string {
	all := map[string]string{}
	for _, f := range o.Fields() {
		all[f.Name] = f.Value.String()
	}
	return all
}

func requireSame(t rapid.TB, got, want *Scenario) {
	t.Helper()
	for name, text := range texts(want.Options) {
		if other := texts(got.Options)[name]; other != text {
			t.Fatalf("%s is %s, was %s", name, other, text)
		}
	}
	if got.Name != want.Name || got.About != want.About || got.Preset != want.Preset ||
		!reflect.DeepEqual(got.Goals, want.Goals) || !reflect.DeepEqual(got.Thresholds, want.Thresholds) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}

// TestPresets: each is the canonical file of itself, and no two are alike.
func TestPresets(t *testing.T) {
	files, err := presetFiles.ReadDir("presets")
	if err != nil || len(files) != len(presetNames) {
		t.Fatalf("%d files for %d names: %v", len(files), len(presetNames), err)
	}
	seen := map[string]string{}
	for _, s := range Presets() {
		path := filepath.FromSlash(s.Path)
		if s.Name+".yaml" != filepath.Base(path) || s.About == "" || strings.Contains(s.About, "\n") {
			t.Errorf("%s has the name %q and the description %q", path, s.Name, s.About)
		}
		if s.Sets("world") || s.Sets("arrivals") { // --calls divides a preset's world
			t.Errorf("%s divides its run", s.Name)
		}
		golden.File(t, path, printed(t, s))
		world := fmt.Sprint(texts(s.Options))
		if world == fmt.Sprint(texts(setup.Default())) || seen[world] != "" {
			t.Errorf("%s is the world of %q or the default one", s.Name, seen[world])
		}
		seen[world] = s.Name
	}
}

// TestPresetsHold: in each of them everything that is promised holds.
func TestPresetsHold(t *testing.T) {
	for _, p := range Presets() {
		t.Run(p.Name, func(t *testing.T) {
			o := p.Options
			o.Calls = 2000
			result, err := sim.Run(t.Context(), o, 2, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range result.Violations {
				if i == 5 {
					break
				}
				t.Errorf("world %d, call %d: %v", v.World, v.Call, v.Violation)
			}
			if result.Calls < 2000 || result.Messages() == 0 {
				t.Errorf("%d calls, %d messages", result.Calls, result.Messages())
			}
		})
	}
}

// TestApply: over another world, a file sets what it says and nothing else.
func TestApply(t *testing.T) {
	s, err := Parse("x.yaml", []byte("name: x\nnetwork: {loss: 1%}\nfaults:\n- {kind: crash, at: 1s, for: 2s}\n"))
	if err != nil {
		t.Fatal(err)
	}
	o, _ := PresetNamed("subway")
	want := texts(o.Options)
	want["loss"], want["faults"] = "1%", "crash@1s+2s" // 1% is the default's, too: the file insists
	if err := s.Apply(&o.Options); err != nil {
		t.Fatal(err)
	}
	if got := texts(o.Options); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// TestFaultsReplace: the faults of a file are there instead of its preset's.
func TestFaultsReplace(t *testing.T) {
	for list, want := range map[string]string{"[{kind: crash, at: 1s, for: 2s}]": "crash@1s+2s", "[]": ""} {
		s, err := Parse("x.yaml", []byte("name: x\npreset: tunnel\nfaults: "+list+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := texts(s.Options)["faults"]; got != want {
			t.Errorf("%s: %q", list, got)
		}
		if again, err := Parse("x.yaml", []byte(printed(t, s))); err != nil || texts(again.Options)["faults"] != want {
			t.Errorf("%s: %v in\n%s", list, err, printed(t, s))
		}
	}
}

// drawText draws what a field accepts.
func drawText(t *rapid.T, f setup.Field) string {
	time := func(max int) time.Duration {
		return time.Duration(rapid.IntRange(0, max).Draw(t, f.Name)) * time.Microsecond
	}
	span := func() string {
		low := time(1e6)
		return fmt.Sprintf("%v..%v", low, low+time(1e9))
	}
	switch f.Value.Type() {
	case "int", "uint":
		most := 5000
		if _, high, _, ok := f.Limits(); ok {
			most = min(most, high.(int))
		}
		return fmt.Sprint(rapid.IntRange(3, most).Draw(t, f.Name))
	case "number":
		return fmt.Sprint(rapid.Float64Range(1, 1e6).Draw(t, f.Name))
	case "probability":
		return fmt.Sprint(rapid.Float64Range(1e-5, 0.4).Draw(t, f.Name))
	case "rate":
		return fmt.Sprint(rapid.Float64Range(0.001, 1e6).Draw(t, f.Name))
	case "duration":
		return (time(1e9) + 1_000_000_000).String()
	case "time[..time]":
		return span()
	case "delay":
		return rapid.SampledFrom([]string{span(), time(1e9).String(), "normal:10ms,2ms", "lognormal:80ms,0.25", "pareto:5ms,1.5", "samples:a b/delays"}).Draw(t, f.Name)
	case "bool":
		return fmt.Sprint(rapid.Bool().Draw(t, f.Name))
	case "FILE":
		return rapid.SampledFrom([]string{"", "link", "a b/#link: x"}).Draw(t, f.Name)
	case "groups":
		return rapid.SampledFrom([]string{"", "0: loss=5%", "50%: latency=1s..2s; 1: offline=5%"}).Draw(t, f.Name)
	case "faults":
		var words []string
		for _, kind := range rapid.SliceOfN(rapid.SampledFrom(fault.Names()), 0, 3).Draw(t, "kinds") {
			words = append(words, fmt.Sprintf("%s@%v+%v%s", kind, time(1e9), time(1e9), rapid.SampledFrom([]string{"", ":0", ":0,2"}).Draw(t, "phones")))
		}
		return strings.Join(words, " ")
	}
	if words := strings.Split(f.Value.Type(), "|"); len(words) > 1 {
		return rapid.SampledFrom(words).Draw(t, f.Name)
	}
	t.Fatalf("%s is of type %s, which no test knows", f.Name, f.Value.Type())
	return ""
}

// TestPrintParse: what is printed is read back as the same, whatever it is.
func TestPrintParse(t *testing.T) {
	t.Chdir(t.TempDir())
	dir := "in there"
	if err := os.MkdirAll(filepath.Join(dir, "a b"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "a b/#link: x", "a b/delays"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("5\n9\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		about := rapid.OneOf(rapid.SampledFrom([]string{"", "true", "null", "5", "1e3", "1e+09", "- x", "a: b", "a #b", "'x'", "\"x\"", "\\n", "x\ny", "…", "*x", "~", "{", "? x", "%x", "017", ".inf", "<<", "a:"}),
			rapid.StringMatching(`[ -~é☎\n]{0,40}`)).Draw(t, "about")
		preset := rapid.SampledFrom(append(PresetNames(), "")).Draw(t, "preset")
		base, err := baseOf(preset)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range base.Fields() {
			if rapid.IntRange(0, 9).Draw(t, "set") > 0 {
				continue
			}
			text := drawText(t, f)
			if before, path, found := strings.Cut(text, samples); found {
				text = before + samples + filepath.Join(dir, path)
			} else if f.Value.Type() == "FILE" && text != "" {
				text = filepath.Join(dir, text)
			}
			old := f.Value.String()
			if err := f.Value.Set(text); err != nil {
				t.Fatalf("%s %s: %v", f.Name, text, err)
			}
			if base.Validate() != nil { // two options that do not go together
				if err := f.Value.Set(old); err != nil {
					t.Fatal(err)
				}
			}
		}
		s, err := New(rapid.StringMatching(nameShape.String()).Draw(t, "name"), strings.TrimSpace(about), preset, base)
		if err != nil {
			t.Fatal(err)
		}
		s.Path = filepath.Join(dir, "x.yaml")
		s.Goals = rapid.SampledFrom([][]string{nil, {"glare"}, {"true-1", "x.y"}}).Draw(t, "goals")
		s.Thresholds = rapid.SampledFrom([][]string{nil, {"p99(accepted_ms) < 2500", "share(ACCEPTED) > 60%"}}).Draw(t, "thresholds")
		text := printed(t, s)
		again, err := Parse(s.Path, []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		requireSame(t, again, s)
		if second := printed(t, again); second != text {
			t.Fatalf("printed\n%s\nand again\n%s", text, second)
		}
	})
}

// TestEveryOptionHasAShape: a new type of value needs its place in YAML.
func TestEveryOptionHasAShape(t *testing.T) {
	o := setup.Default()
	for _, f := range o.Fields() {
		if _, ok := shapeOf(f.Value.Type()); !ok && f.Name != "faults" {
			t.Errorf("%s: values of type %s have no shape", f.Name, f.Value.Type())
		}
	}
}
