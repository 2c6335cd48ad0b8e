// Package tape is the only source of chance in a simulated world. Every chance is a
// choice: its label names the decision, and its key names the subject. A world asks
// its tape alone, so the tape (a seed, a recording, the draws of a test) decides the
// whole world. It imports nothing of this module.
//
// A draw has 64 bits. 0 always stands for the plainest outcome: no fault, the
// shortest delay, the first alternative. Smaller draws make a world simpler.
package tape

import (
	"math"
	"math/bits"
	"time"
)

// Label names the decision of a choice.
type Label uint8

// The choices of a world. A label keeps its number for as long as the tape format
// stays: new ones come last.
const (
	Loss              Label = iota + 1 // is this copy lost?
	BurstLoss                          // is it lost to a bad radio?
	Duplicate                          // does the network deliver it twice?
	Corrupt                            // are bits of it flipped?
	CorruptBit                         // which?
	Latency                            // how long is it under way?
	Reorder                            // is it held back, behind later ones?
	ReorderBy                          // for how long?
	Push                               // does storing it wake its phone?
	PushAfter                          // after how long?
	Arrival                            // when is the call placed?
	Caller                             // who calls?
	Callee                             // whom?
	Answer                             // does the callee accept, refuse or ignore?
	AnswerAfter                        // after how long?
	Cancel                             // does the caller cancel?
	CancelAfter                        // after how long?
	PressTwice                         // does a user press a button twice?
	ChangeMind                         // does a user try the opposite afterwards?
	ChangeAfter                        // after how long?
	Glare                              // does the callee of the call before call back at once?
	GlareAfter                         // after how long?
	Redial                             // does the caller of the call before call again as soon as it has ended?
	RedialAfter                        // after how long?
	Hold                               // does the caller place many calls at once?
	Stranger                           // does a third party send something under its id?
	StrangerAfter                      // after how long?
	StrangerWho                        // who?
	StrangerSays                       // what, and to whom?
	LinkOffset                         // where in its recording does a link start?
	Drift                              // how fast is its clock?
	OfflineEpisodes                    // how often does it go offline in this slot of time?
	OfflineAt                          // when in it?
	OfflineFor                         // for how long?
	LogoutAfter                        // how soon does an offline phone notice?
	PresenceAfter                      // how late is a presence report?
	PresenceWrong                      // does it say the opposite?
	CrashEpisodes                      // how often does it crash in this slot of time?
	CrashAt                            // when in it?
	DownFor                            // how long is it down?
	SaveEpisodes                       // how often does it save in this slot of time?
	SaveAt                             // when in it?
	FreezeEpisodes                     // how often does it freeze in this slot of time?
	FreezeAt                           // when in it?
	FrozenFor                          // for how long?
	JumpEpisodes                       // how often is its clock set in this slot of time?
	JumpAt                             // when in it?
	JumpBy                             // by how much?
	BurstEpisodes                      // how often does its radio turn bad in this slot of time?
	BurstAt                            // when in it?
	BurstFor                           // for how long?
	ClogEpisodes                       // how often is the link to it clogged in this slot of time?
	ClogAt                             // when in it?
	ClogFor                            // for how long?
	PartitionEpisodes                  // how often is the network parted in this slot of time?
	PartitionAt                        // when in it?
	PartitionFor                       // for how long?
	PartitionOneWay                    // in one direction only?
	PartitionSide                      // is this phone on the other side?
	Option                             // is this option of a swarm on, and what is it?
	LagEpisodes                        // how often is its uplink slow in this slot of time?
	LagAt                              // when in it?
	LagFor                             // for how long?
	CrashMidway                        // does it crash after it has saved, before it sends?
	HoldAfter                          // how long after the one before is a call placed that belongs to it?
	LoginAfter                         // how long after it is connected again does a phone log in?
	CallerDevice                       // from which of its devices does the caller call?
	numLabels
)

var labels = [numLabels]string{
	"",
	"loss", "burst loss", "duplicate", "corrupt", "corrupt bit", "latency", "reorder", "reorder by", "push", "push after",
	"arrival", "caller", "callee", "answer", "answer after", "cancel", "cancel after", "press twice", "change mind",
	"change after", "glare", "glare after", "redial", "redial after", "hold", "stranger", "stranger after",
	"stranger who", "stranger says", "link offset", "drift", "offline episodes", "offline at", "offline for",
	"logout after", "presence after", "presence wrong", "crash episodes", "crash at", "down for", "save episodes", "save at",
	"freeze episodes", "freeze at", "frozen for", "jump episodes", "jump at", "jump by", "burst episodes", "burst at",
	"burst for", "clog episodes", "clog at", "clog for", "partition episodes", "partition at", "partition for",
	"partition one way", "partition side", "option", "lag episodes", "lag at", "lag for", "crash midway",
	"hold after", "login after", "caller device",
}

func (l Label) String() string {
	if int(l) < len(labels) {
		return labels[l]
	}
	return "?"
}

// Key names the subject of a choice: a call, a copy of a message, a user. It must
// name the subject and not the moment, so that a change elsewhere in the world
// leaves this choice as it was.
type Key uint64

// Tape answers choices.
type Tape interface {
	Draw(what Label, about Key) uint64
}

// Seeded is a tape that a seed expands to. The draw for a choice depends on the
// seed, the label and the key only.
type Seeded uint64

// Draw mixes seed, label and key.
func (s Seeded) Draw(what Label, about Key) uint64 {
	hi, lo := bits.Mul64(uint64(s)^uint64(what)*0x9e3779b97f4a7c15, uint64(about)+0xd1b54a32d192ed03)
	return mix(hi ^ lo ^ uint64(s))
}

// World is the seed of one numbered world of a run.
func World(seed uint64, number int) Seeded {
	return Seeded(mix(mix(seed+0x9e3779b97f4a7c15) + uint64(number)))
}

// mix spreads every bit over all others: the finalizer of SplitMix64 (Steele,
// Lea, Flood, OOPSLA 2014).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// unit is a draw as a number in [0, 1).
func unit(draw uint64) float64 { return float64(draw>>11) / (1 << 53) }

// Chance is true with probability p. A draw of 0 is false unless p is 1.
func Chance(t Tape, p float64, what Label, about Key) bool {
	return p > 0 && unit(t.Draw(what, about)) >= 1-p
}

// Between is uniform from lo to hi, both included. A draw of 0 is lo.
func Between(t Tape, lo, hi time.Duration, what Label, about Key) time.Duration {
	if hi <= lo {
		return lo
	}
	over, _ := bits.Mul64(t.Draw(what, about), uint64(hi-lo)+1)
	return lo + time.Duration(over)
}

// Exponential has the given mean. A draw of 0 is 0.
func Exponential(t Tape, mean time.Duration, what Label, about Key) time.Duration {
	return max(0, time.Duration(minusLog(1-unit(t.Draw(what, about)))*float64(mean)))
}

// MinusLog is -ln u for u in (0, 1], the same to the bit on every machine.
func MinusLog(u float64) float64 { return minusLog(u) }

// minusLog is -ln u for u in (0, 1], the same to the bit on every machine: the
// standard library's differs between architectures, and so would the worlds.
// The conversions keep compilers from fusing a product with a sum.
func minusLog(u float64) float64 {
	frac, exp := math.Frexp(u) // u = frac · 2^exp, frac in [1/2, 1)
	s := (1 - frac) / (1 + frac)
	square, sum, power := float64(s*s), 0.0, s
	for odd := 1.0; odd < 30; odd += 2 {
		sum += power / odd
		power = float64(power * square)
	}
	return float64(2*sum) - float64(float64(exp)*math.Ln2)
}

// Either is uniform from -most to most. A draw of 0 is 0, and small draws are near it.
func Either(t Tape, most time.Duration, what Label, about Key) time.Duration {
	d := Between(t, 0, 2*most, what, about)
	if d%2 == 1 {
		return -(d + 1) / 2
	}
	return d / 2
}

// Index is uniform from 0 to n-1.
func Index(t Tape, n int, what Label, about Key) int {
	index, _ := bits.Mul64(t.Draw(what, about), uint64(n))
	return int(index)
}

// Weighted picks an index with probability in proportion to its weight.
func Weighted(t Tape, weights []float64, what Label, about Key) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	at := unit(t.Draw(what, about)) * total
	for i, w := range weights {
		if at < w {
			return i
		}
		at -= w
	}
	return len(weights) - 1
}
