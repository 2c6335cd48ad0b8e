// A seed must mean the same world for ever, and a draw of 0 the plainest one:
// recorded seeds are replayed by the first, and failures shrink by the second.

package tape

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"testing"
	"time"
)

// Changing any number below breaks every seed that anybody has noted down.
var pinned = []struct {
	tape  Seeded
	what  Label
	about Key
	want  uint64
}{
	{0, Loss, 0, 0x07ec6bcbb3af05d9},
	{0, Loss, 1, 0x963b155ac2c8f5f2},
	{1, Loss, 0, 0xd6d18ae8ef45a3b3},
	{1, LinkOffset, 1 << 63, 0x768062d6b5ddb34b},
	{math.MaxUint64, Answer, 999, 0x1986db0e733978a5},
	{World(0, 0), Loss, 0, 0xead7024af501a4bd},
	{World(1, 0), Loss, 0, 0x55c519719bf27106},
	{World(1, 0), Caller, 7, 0x6626603fd939fb4b},
	{World(1, 1), Loss, 0, 0x52cfe46ca0cbbdff},
	{World(2, 0), Arrival, 3, 0xba64cde0bce0a285},
	{World(42, 99), OfflineFor, 5<<32 | 1, 0x65ad5751e20bc116},
	{World(1, 0), Latency, 7<<28 | 3<<24 | 2<<8 | 1, 0x5d043a9e67ae6447},
}

func TestDrawsArePinned(t *testing.T) {
	for _, p := range pinned {
		if got := p.tape.Draw(p.what, p.about); got != p.want {
			t.Errorf("Seeded(%#x).Draw(%d, %#x) is %#016x, want %#016x", uint64(p.tape), p.what, uint64(p.about), got, p.want)
		}
	}
}

// TestOutcomesArePinned holds what a seed means, behind its draws. Changing it
// breaks the seeds too.
func TestOutcomesArePinned(t *testing.T) {
	world := World(1, 2)
	var lost []Key
	for key := range Key(200) {
		if Chance(world, 0.03, Loss, key) {
			lost = append(lost, key)
		}
	}
	var indices, answers []int
	for key := range Key(12) {
		indices = append(indices, Index(world, 16, Caller, key))
		answers = append(answers, Weighted(world, []float64{70, 15, 15}, Answer, key))
	}
	for _, o := range []struct{ got, want any }{
		{lost, "[6 33 74 98 124 132]"},
		{indices, "[3 15 5 11 8 14 9 3 10 6 7 5]"},
		{answers, "[0 0 0 0 0 0 0 1 1 0 0 0]"},
		{Between(world, 50*time.Millisecond, 250*time.Millisecond, Latency, 1), "140.954005ms"},
		{Exponential(world, 20*time.Second, OfflineFor, 1), "1.843379088s"},
		{Exponential(world, 20*time.Millisecond, Arrival, 2), "40.775975ms"},
	} {
		if got := fmt.Sprint(o.got); got != o.want {
			t.Errorf("%s, want %s", got, o.want)
		}
	}
}

// TestLabelsArePinned: a label's number is part of every draw, its name of every
// recording.
func TestLabelsArePinned(t *testing.T) {
	pinned := []struct {
		label Label
		name  string
	}{
		{Loss, "loss"}, {BurstLoss, "burst loss"}, {Duplicate, "duplicate"}, {Corrupt, "corrupt"}, {CorruptBit, "corrupt bit"},
		{Latency, "latency"}, {Reorder, "reorder"}, {ReorderBy, "reorder by"}, {Push, "push"}, {PushAfter, "push after"},
		{Arrival, "arrival"}, {Caller, "caller"}, {Callee, "callee"}, {Answer, "answer"}, {AnswerAfter, "answer after"},
		{Cancel, "cancel"}, {CancelAfter, "cancel after"}, {PressTwice, "press twice"}, {ChangeMind, "change mind"},
		{ChangeAfter, "change after"}, {Glare, "glare"}, {GlareAfter, "glare after"}, {Redial, "redial"},
		{RedialAfter, "redial after"}, {Hold, "hold"}, {Stranger, "stranger"}, {StrangerAfter, "stranger after"},
		{StrangerWho, "stranger who"}, {StrangerSays, "stranger says"}, {LinkOffset, "link offset"}, {Drift, "drift"},
		{OfflineEpisodes, "offline episodes"}, {OfflineAt, "offline at"}, {OfflineFor, "offline for"}, {LogoutAfter, "logout after"},
		{PresenceAfter, "presence after"}, {PresenceWrong, "presence wrong"}, {CrashEpisodes, "crash episodes"},
		{CrashAt, "crash at"}, {DownFor, "down for"}, {SaveEpisodes, "save episodes"}, {SaveAt, "save at"},
		{FreezeEpisodes, "freeze episodes"}, {FreezeAt, "freeze at"}, {FrozenFor, "frozen for"}, {JumpEpisodes, "jump episodes"},
		{JumpAt, "jump at"}, {JumpBy, "jump by"}, {BurstEpisodes, "burst episodes"}, {BurstAt, "burst at"}, {BurstFor, "burst for"},
		{ClogEpisodes, "clog episodes"}, {ClogAt, "clog at"}, {ClogFor, "clog for"}, {PartitionEpisodes, "partition episodes"},
		{PartitionAt, "partition at"}, {PartitionFor, "partition for"}, {PartitionOneWay, "partition one way"},
		{PartitionSide, "partition side"}, {Option, "option"}, {LagEpisodes, "lag episodes"}, {LagAt, "lag at"}, {LagFor, "lag for"},
		{CrashMidway, "crash midway"}, {HoldAfter, "hold after"}, {LoginAfter, "login after"}, {CallerDevice, "caller device"},
	}
	if len(pinned)+1 != int(numLabels) {
		t.Errorf("%d labels, %d names", numLabels-1, len(pinned))
	}
	for i, want := range pinned {
		if int(want.label) != i+1 || want.label.String() != want.name {
			t.Errorf("label %d is %q, want %d, %q", want.label, want.label, i+1, want.name)
		}
	}
	if got := numLabels.String(); got != "?" {
		t.Errorf("a label that does not exist is %q", got)
	}
}

// one is a tape that always answers the same.
type one uint64

func (o one) Draw(Label, Key) uint64 { return uint64(o) }

const (
	least    = one(0)
	greatest = one(math.MaxUint64)
)

func TestZeroIsThePlainestOutcome(t *testing.T) {
	for _, p := range []float64{0, 1e-300, 0.01, 0.5, 1 - 1e-15} {
		if Chance(least, p, Loss, 0) {
			t.Errorf("a chance of %v comes true", p)
		}
	}
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"a certain chance", Chance(least, 1, Loss, 0), true},
		{"between", Between(least, 3, 9, Latency, 0), time.Duration(3)},
		{"between, below zero", Between(least, -9, 9, Latency, 0), time.Duration(-9)},
		{"exponential", Exponential(least, 1000*time.Hour, Arrival, 0), time.Duration(0)},
		{"index", Index(least, 7, Caller, 0), 0},
		{"weighted", Weighted(least, []float64{1, 2, 3}, Answer, 0), 0},
		{"weighted, the first impossible", Weighted(least, []float64{0, 2, 3}, Answer, 0), 1},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestTheGreatestDrawStaysInBounds(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"an impossible chance", Chance(greatest, 0, Loss, 0), false},
		{"a rare chance", Chance(greatest, 1e-15, Loss, 0), true},
		{"between", Between(greatest, 3, 9, Latency, 0), time.Duration(9)},
		{"between, the ends swapped", Between(greatest, 9, 3, Latency, 0), time.Duration(9)},
		{"between, nothing to choose", Between(greatest, 3, 3, Latency, 0), time.Duration(3)},
		{"between, everything", Between(greatest, 0, math.MaxInt64, Latency, 0), time.Duration(math.MaxInt64)},
		{"exponential", Exponential(greatest, time.Second, Arrival, 0).Truncate(time.Second), 36 * time.Second}, // 53·ln 2 = 36.7
		{"index", Index(greatest, 7, Caller, 0), 6},
		{"index of one", Index(greatest, 1, Caller, 0), 0},
		{"weighted", Weighted(greatest, []float64{1, 2, 3}, Answer, 0), 2},
		{"weighted, the last impossible", Weighted(greatest, []float64{1, 2, 0}, Answer, 0), 1},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

// TestSmallerDrawsMeanLess draws pairs and compares what comes of them.
func TestSmallerDrawsMeanLess(t *testing.T) {
	for key := range Key(10_000) {
		low, high := Seeded(7).Draw(Loss, key), Seeded(8).Draw(Loss, key)
		if low > high {
			low, high = high, low
		}
		for name, outcome := range map[string]func(Tape) int64{
			"chance":      func(t Tape) int64 { return b2i(Chance(t, 0.4, 0, 0)) },
			"between":     func(t Tape) int64 { return int64(Between(t, -time.Hour, time.Hour, 0, 0)) },
			"exponential": func(t Tape) int64 { return int64(Exponential(t, time.Hour, 0, 0)) },
			"index":       func(t Tape) int64 { return int64(Index(t, 5, 0, 0)) },
			"weighted":    func(t Tape) int64 { return int64(Weighted(t, []float64{3, 0, 1, 1}, 0, 0)) },
		} {
			if less, more := outcome(one(low)), outcome(one(high)); less > more {
				t.Fatalf("%s: draw %#x means %d, draw %#x means %d", name, low, less, high, more)
			}
		}
	}
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

const draws = 100_000

// TestMeans draws many times. Tolerances are five standard deviations or more; the
// seed is fixed, so a failure is never bad luck.
func TestMeans(t *testing.T) {
	world := World(1, 0)
	for _, d := range []struct {
		name            string
		draw            func(Key) float64
		mean, tolerance float64
		lowest, highest float64
	}{
		{"chance of 0", func(k Key) float64 { return float64(b2i(Chance(world, 0, Loss, k))) }, 0, 0, 0, 0},
		{"chance of 1 in 1000", func(k Key) float64 { return float64(b2i(Chance(world, 0.001, Loss, k))) }, 0.001, 0.0005, 0, 1},
		{"chance of 1 in 4", func(k Key) float64 { return float64(b2i(Chance(world, 0.25, Loss, k))) }, 0.25, 0.01, 0, 1},
		{"chance of 1", func(k Key) float64 { return float64(b2i(Chance(world, 1, Loss, k))) }, 1, 0, 1, 1},
		{"between 50 and 250 ns", func(k Key) float64 { return float64(Between(world, 50, 250, Latency, k)) }, 150, 1, 50, 250},
		{"between 0 and 1 ns", func(k Key) float64 { return float64(Between(world, 0, 1, Latency, k)) }, 0.5, 0.01, 0, 1},
		{"exponential", func(k Key) float64 { return Exponential(world, 20*time.Second, OfflineAt, k).Seconds() }, 20, 0.4, 0, 20 * 36.8},
		{"index of 7", func(k Key) float64 { return float64(Index(world, 7, Caller, k)) }, 3, 0.04, 0, 6},
		{"weighted 1 to 2 to 1", func(k Key) float64 { return float64(Weighted(world, []float64{1, 2, 1}, Answer, k)) }, 1, 0.02, 0, 2},
	} {
		sum, lowest, highest := 0.0, math.Inf(1), math.Inf(-1)
		for key := range Key(draws) {
			x := d.draw(key)
			sum, lowest, highest = sum+x, min(lowest, x), max(highest, x)
		}
		if mean := sum / draws; math.Abs(mean-d.mean) > d.tolerance {
			t.Errorf("%s: mean %v, want %v ± %v", d.name, mean, d.mean, d.tolerance)
		}
		if lowest < d.lowest || highest > d.highest {
			t.Errorf("%s: from %v to %v, want %v to %v", d.name, lowest, highest, d.lowest, d.highest)
		}
	}
}

// TestShares counts how often each alternative comes up.
func TestShares(t *testing.T) {
	world := World(1, 0)
	for _, d := range []struct {
		name   string
		draw   func(Key) int
		shares []float64
	}{
		{"index", func(k Key) int { return Index(world, 5, Caller, k) }, []float64{0.2, 0.2, 0.2, 0.2, 0.2}},
		{"between", func(k Key) int { return int(Between(world, 0, 3, Latency, k)) }, []float64{0.25, 0.25, 0.25, 0.25}},
		{"weighted", func(k Key) int { return Weighted(world, []float64{70, 15, 15}, Answer, k) }, []float64{0.7, 0.15, 0.15}},
		{"weighted, one impossible", func(k Key) int { return Weighted(world, []float64{1, 0, 3}, Answer, k) }, []float64{0.25, 0, 0.75}},
		{"exponential, in half-lives", func(k Key) int {
			return min(3, int(Exponential(world, time.Hour, OfflineAt, k).Hours()/math.Ln2))
		}, []float64{0.5, 0.25, 0.125, 0.125}},
	} {
		counts := make([]int, len(d.shares))
		for key := range Key(draws) {
			counts[d.draw(key)]++
		}
		for i, share := range d.shares {
			if got := float64(counts[i]) / draws; math.Abs(got-share) > 0.01 || share == 0 && got != 0 {
				t.Errorf("%s: alternative %d comes up with %v, want %v", d.name, i, got, share)
			}
		}
	}
}

// TestNeighboursHaveNothingInCommon correlates the draws of choices that are as
// alike as a world makes them: what one shows must say nothing about another.
func TestNeighboursHaveNothingInCommon(t *testing.T) {
	packet := func(call, kind, copy, twin Key) Key { return call<<28 | kind<<24 | copy<<8 | twin }
	world := World(1, 0)
	for _, n := range []struct {
		name string
		a, b func(Key) uint64
	}{
		{"next key", func(k Key) uint64 { return world.Draw(Arrival, k) }, func(k Key) uint64 { return world.Draw(Arrival, k+1) }},
		{"next label", func(k Key) uint64 { return world.Draw(Loss, k) }, func(k Key) uint64 { return world.Draw(Duplicate, k) }},
		{"next but one label", func(k Key) uint64 { return world.Draw(Loss, k) }, func(k Key) uint64 { return world.Draw(Latency, k) }},
		{"next world", func(k Key) uint64 { return world.Draw(Loss, k) }, func(k Key) uint64 { return World(1, 1).Draw(Loss, k) }},
		{"next seed", func(k Key) uint64 { return world.Draw(Loss, k) }, func(k Key) uint64 { return World(2, 0).Draw(Loss, k) }},
		{"plain seeds", func(k Key) uint64 { return Seeded(0).Draw(Loss, k) }, func(k Key) uint64 { return Seeded(1).Draw(Loss, k) }},
		{"next copy", func(k Key) uint64 { return world.Draw(Loss, packet(k, 1, 0, 0)) }, func(k Key) uint64 { return world.Draw(Loss, packet(k, 1, 1, 0)) }},
		{"next kind", func(k Key) uint64 { return world.Draw(Loss, packet(k, 3, 0, 0)) }, func(k Key) uint64 { return world.Draw(Loss, packet(k, 4, 0, 0)) }},
		{"next call", func(k Key) uint64 { return world.Draw(Loss, packet(k, 3, 0, 0)) }, func(k Key) uint64 { return world.Draw(Loss, packet(k+1, 3, 0, 0)) }},
		{"twin", func(k Key) uint64 { return world.Draw(Latency, packet(k, 3, 0, 0)) }, func(k Key) uint64 { return world.Draw(Latency, packet(k, 3, 0, 1)) }},
		{"next toggle", func(k Key) uint64 { return world.Draw(OfflineAt, k<<32) }, func(k Key) uint64 { return world.Draw(OfflineAt, k<<32|1) }},
	} {
		products, flipped := 0.0, 0
		for key := range Key(draws) {
			a, b := n.a(key), n.b(key)
			products += (unit(a) - 0.5) * (unit(b) - 0.5)
			flipped += bits.OnesCount64(a ^ b)
		}
		// A product of two independent uniforms around 0 has deviation 1/12: over
		// all draws, the correlation's is 0.0032, that of flipped bits 0.013.
		if correlation := products / draws * 12; math.Abs(correlation) > 0.016 {
			t.Errorf("%s: correlation %v", n.name, correlation)
		}
		if bits := float64(flipped) / draws; math.Abs(bits-32) > 0.065 {
			t.Errorf("%s: %v bits differ, want 32", n.name, bits)
		}
	}
}

// TestEveryChoiceHasItsOwnDraw: among so few, two equal draws are no accident.
func TestEveryChoiceHasItsOwnDraw(t *testing.T) {
	var all []uint64
	for number := range 3 {
		for what := Loss; what < numLabels; what++ {
			for key := range Key(1000) {
				all = append(all, World(1, number).Draw(what, key))
			}
		}
	}
	n := len(all)
	slices.Sort(all)
	if got := len(slices.Compact(all)); got != n {
		t.Errorf("%d of %d draws are different", got, n)
	}
}

// asked is a tape that notes what it is asked.
type asked []string

func (a *asked) Draw(what Label, about Key) uint64 {
	*a = append(*a, fmt.Sprintf("%v %d", what, about))
	return 0
}

// TestOneQuestionEach: every outcome asks once, about what it was told to.
func TestOneQuestionEach(t *testing.T) {
	for name, decide := range map[string]func(Tape){
		"chance":      func(t Tape) { Chance(t, 0.5, Cancel, 42) },
		"between":     func(t Tape) { Between(t, 0, 1, Cancel, 42) },
		"exponential": func(t Tape) { Exponential(t, 1, Cancel, 42) },
		"index":       func(t Tape) { Index(t, 2, Cancel, 42) },
		"weighted":    func(t Tape) { Weighted(t, []float64{1, 1}, Cancel, 42) },
	} {
		var a asked
		if decide(&a); !slices.Equal(a, asked{"cancel 42"}) {
			t.Errorf("%s asked %v", name, a)
		}
	}
}

// TestMinusLog compares with the standard library, from the smallest argument that
// unit leaves to 1.
func TestMinusLog(t *testing.T) {
	inputs := []float64{math.Nextafter(1, 0), 1 - 1e-9, 0.75, math.Nextafter(0.5, 1), 0.5, math.Nextafter(0.5, 0), 1.0 / 3, 1e-9, 1.0 / (1 << 53)}
	for key := range Key(draws) {
		u := 1 - unit(Seeded(3).Draw(Loss, key))
		inputs = append(inputs, u, math.Pow(u, 30)+1.0/(1<<53), 1-u*1e-6)
	}
	for _, u := range inputs {
		if got, want := minusLog(u), -math.Log(u); math.Abs(got-want) > 1e-12*want {
			t.Fatalf("minusLog(%v) is %v, want %v", u, got, want)
		}
	}
	if got := minusLog(1); math.Abs(got) > 1e-15 {
		t.Errorf("minusLog(1) is %v", got)
	}
}

func BenchmarkDraw(b *testing.B) {
	world := World(1, 0)
	key, sum := Key(0), uint64(0)
	for b.Loop() {
		sum += world.Draw(Loss, key)
		key++
	}
	sink = sum
}

func BenchmarkChance(b *testing.B) {
	var world Tape = World(1, 0)
	key := Key(0)
	for b.Loop() {
		sink += uint64(b2i(Chance(world, 0.01, Loss, key)))
		key++
	}
}

func BenchmarkExponential(b *testing.B) {
	var world Tape = World(1, 0)
	key := Key(0)
	for b.Loop() {
		sink += uint64(Exponential(world, time.Second, Arrival, key))
		key++
	}
}

var sink uint64
