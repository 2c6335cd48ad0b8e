package mutation

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/sim"
)

var (
	draw    = flag.Uint64("draw", 0, "draw testdata/drawn.txt anew from this seed (minutes)")
	measure = flag.String("measure", "", "which breaks of testdata/drawn.txt to try: even, odd, a list of numbers with commas, or day for ten of today's")
	depth   = flag.Int("depth", 2, "with -measure: how many of the suites to run")
	swarm   = flag.Int("swarm", 0, "how many worlds TestSwarm plays; -measure calls it")
	results = flag.String("results", "", "with -measure: the file that has what was measured, to go on from there")
)

const (
	drawnFile = "testdata/drawn.txt"
	drawnEach = 50 // of a kind
)

const drawnHead = `# Breaks of the engine and of its tables, drawn by go test ./internal/mutation -run TestDraw -draw %d
# number | kind | file | func | ordinal | before | after
# Even numbers are for learning; odd numbers are for the measurement alone.
`

// TestDraw draws the list. The compiler must take each break.
func TestDraw(t *testing.T) {
	if *draw == 0 {
		t.Skip("no -draw")
	}
	all, err := Breaks(root)
	if err != nil {
		t.Fatal(err)
	}
	drawn := Draw(all, *draw, drawnEach, func(b *Break) bool {
		output, err := b.run(t.Context(), t, "build", "./engine", "./states")
		if err != nil && !bytes.Contains(output, []byte("# ")) {
			t.Fatalf("%v: %s", err, output)
		}
		return err == nil
	})
	var text strings.Builder
	fmt.Fprintf(&text, drawnHead, *draw)
	for i := range drawn {
		fmt.Fprintf(&text, "%03d | %v\n", i, &drawn[i])
	}
	if err := os.WriteFile(drawnFile, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d drawn of %d by seed %d", len(drawn), len(all), *draw)
}

// drawn is an entry of the list.
type drawn struct {
	Number     string
	Line       string
	Equivalent string // why it changes nothing that can be seen, if so
	*Break            // nil: the source has the place no more
}

// list reads the list, and finds its places in the source.
func list(t *testing.T) (entries []drawn) {
	t.Helper()
	text, err := os.ReadFile(drawnFile)
	if err != nil {
		t.Fatal(err)
	}
	all, err := Breaks(root)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		number, rest, _ := strings.Cut(line, " | ")
		switch why, ok := strings.CutPrefix(line, "equivalent: "); {
		case ok:
			entries[len(entries)-1].Equivalent = why
		case line != "" && line[0] != '#':
			d := drawn{Number: number, Line: rest}
			if i := slices.IndexFunc(all, func(b Break) bool { return b.String() == rest }); i >= 0 {
				d.Break = &all[i]
			}
			entries = append(entries, d)
		}
	}
	return entries
}

// TestDrawn: the source still has the places of the list.
func TestDrawn(t *testing.T) {
	entries, gone := list(t), 0
	for _, d := range entries {
		if d.Break == nil {
			t.Logf("gone: %s", d.Line)
			gone++
		}
	}
	if len(entries) != len(breakKinds)*drawnEach || gone > len(entries)/4 {
		t.Errorf("%d of %d places are gone: draw anew", gone, len(entries))
	}
}

// TestMeasure builds breaks and looks for each with a swarm and with the tests. A break
// of which the results tell is not tried again. One that is under way a minute before the
// deadline of the tests is left out, and so are those behind it.
func TestMeasure(t *testing.T) {
	if *measure == "" {
		t.Skip("no -measure")
	}
	known := map[string]string{}
	text, _ := os.ReadFile(*results) // none yet
	for line := range strings.Lines(string(text)) {
		number, _, _ := strings.Cut(line, " ")
		known[number] = strings.TrimSpace(line)
	}
	ctx := t.Context()
	if deadline, ok := t.Deadline(); ok {
		var stop context.CancelFunc
		ctx, stop = context.WithDeadline(ctx, deadline.Add(-time.Minute))
		defer stop()
	}
	all, bySwarm, byAny := 0, 0, 0
	for _, d := range chosen(t, list(t)) {
		line := known[d.Number]
		if line == "" {
			line = fmt.Sprintf("%s %s", d.Number, d.tried(ctx, t))
			if ctx.Err() != nil {
				t.Logf("%s is not tried: there is no more time", d.Number)
				continue
			}
			if *results != "" {
				appendLine(t, *results, line)
			}
			t.Log(line + ": " + d.Line)
		}
		if d.Equivalent != "" {
			continue
		}
		all++
		bySwarm += b2i(strings.Contains(line, "swarm=found"))
		byAny += b2i(strings.Contains(line, "tests=found") || *measure == "day" && strings.Contains(line, "swarm=found"))
		if strings.Contains(line, "tests=missed") {
			t.Logf("survives: %s %s", d.Number, d.Line)
		}
	}
	t.Logf("of %d breaks, the swarm finds %d, the tests find %d", all, bySwarm, byAny) // of a day: one of the two
	if *measure == "day" && (all == 0 || all-byAny > 3) {
		t.Errorf("too many are missed, or none was tried")
	}
}

// chosen are the breaks of the flag that are still in the source.
func chosen(t *testing.T, entries []drawn) []drawn {
	if *measure == "day" {
		day := time.Now().UTC().Format(time.DateOnly)
		seed, _ := strconv.ParseUint(strings.ReplaceAll(day, "-", ""), 10, 64)
		random := rand.New(rand.NewPCG(seed, 0))
		random.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		entries = slices.DeleteFunc(entries, func(d drawn) bool { return d.Break == nil || d.Equivalent != "" })[:10]
		t.Logf("%s, seed %d:", day, seed)
	}
	return slices.DeleteFunc(entries, func(d drawn) bool {
		odd := (d.Number[len(d.Number)-1]-'0')%2 == 1
		switch *measure {
		case "day":
			return false
		case "even", "odd":
			return d.Break == nil || odd != (*measure == "odd")
		}
		return d.Break == nil || !slices.Contains(strings.Split(*measure, ","), d.Number)
	})
}

// tried tells who notices a break: the tests, and a swarm by itself.
func (b *Break) tried(ctx context.Context, t *testing.T) string {
	swarm := b.swarm(ctx, t)
	if *measure == "day" && swarm != "missed" {
		return "swarm=" + swarm
	}
	if strings.HasPrefix(swarm, "found (seed 1") {
		return fmt.Sprintf("swarm=%s tests=found ./sim, whose TestSwarmHolds begins with the same worlds", swarm)
	}
	for _, tests := range suitesOfDrawn[:*depth] {
		if caught, ok := b.caught(ctx, t, strings.Fields(tests)...); ok {
			return fmt.Sprintf("swarm=%s tests=found %s", swarm, caught)
		}
	}
	return fmt.Sprintf("swarm=%s tests=missed", swarm)
}

// suitesOfDrawn are the tests that look for a break, the quickest first.
var suitesOfDrawn = []string{"-short ./states ./engine", "-short ./sim/..."}

// swarm tells what a swarm finds. This binary, broken, plays it.
func (b *Break) swarm(ctx context.Context, t *testing.T) string {
	binary := filepath.Join(t.TempDir(), "swarm.test")
	if output, err := b.run(ctx, t, "test", "-c", "-vet=off", "-o", binary, "./internal/mutation"); err != nil && ctx.Err() == nil {
		t.Fatalf("%v does not build:\n%s", b, output)
	}
	output, err := bounded(ctx, binary, "-test.run=^TestSwarm$", "-swarm=3000").CombinedOutput()
	if err == nil {
		return "missed"
	}
	return fmt.Sprintf("found (%s)", cmp.Or(signs.FindString(string(output)), err.Error()))
}

// TestSwarm plays a swarm until something is found.
func TestSwarm(t *testing.T) {
	for seed := uint64(1); *swarm > 0 && !t.Failed(); seed++ {
		r, err := sim.RunSwarm(t.Context(), seed, 100, 2, false, nil, nil)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, v := range r.Violations {
			t.Fatalf("seed %d, world %d: %v", seed, v.World, v.Violation)
		}
		*swarm -= 100
	}
}

// signs are what a swarm says that has found something.
var signs = regexp.MustCompile(`seed \d+(, world \d+: \w+|: .{0,80})`)

// caught runs tests, and tells the first package in which one fails.
func (b *Break) caught(ctx context.Context, t *testing.T, args ...string) (string, bool) {
	output, err := b.run(ctx, t, "test", append([]string{"-failfast", "-vet=off", "-timeout=5m"}, args...)...)
	if err == nil {
		return "", false
	}
	if ctx.Err() == nil && (bytes.Contains(output, []byte("[build failed]")) || bytes.Contains(output, []byte("[setup failed]"))) {
		t.Fatalf("%v does not build:\n%s", b, output)
	}
	return flat(failed.Find(output)), true
}

var failed = regexp.MustCompile(`FAIL\s+\S+/\S+`)

func appendLine(t *testing.T, file, line string) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintln(f, line); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// bounded is a command each of whose processes may map 4 GiB and compute for 90 seconds,
// twice as long as the longest suite: a break can make a loop that never ends and takes
// memory all the time, and the machine would go before a timeout does. The seconds are
// those of the processor, so that what is found does not depend on what else is running.
func bounded(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", `ulimit -v 4194304 && ulimit -t 90 && exec "$0" "$@"`, name}, args...)...)
	cmd.WaitDelay = time.Second // the tests of a go command that is killed go on
	return cmd
}

// run runs the go command on the broken source.
func (b *Break) run(ctx context.Context, t *testing.T, command string, args ...string) ([]byte, error) {
	t.Helper()
	original, err := filepath.Abs(filepath.Join(root, b.File))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	broken, overlay := filepath.Join(dir, "broken.go"), filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{original: broken}})
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string][]byte{broken: slices.Concat(source[:b.from], []byte(b.text), source[b.to:]), overlay: text} {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := bounded(ctx, "go", append([]string{command, "-overlay", overlay}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "RAPID_NOFAILFILE=true", "RAPID_SHRINKTIME=1s")
	return cmd.CombinedOutput()
}
