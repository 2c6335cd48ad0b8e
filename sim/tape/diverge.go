// The determinism check: a world is run twice, and the first thing that goes
// differently is named. The first run keeps 8 bytes for each choice and each line
// of output; their words, only where asked for:
//
//	first := NewLedger()               // run with first.Tape(t) and first.Output
//	again := first.Replay()            // run with again.Tape(t) and again.Output
//	if d := again.End(); d != nil {
//		third := NewLedger()
//		third.KeepAt(d.Index)      // run as the first time
//		d.Explain(third)
//	}

package tape

import "fmt"

// Ledger keeps the order of a run's choices and outputs. It is for one run, on one
// goroutine.
type Ledger struct {
	hashes []uint64
	keepAt int
	words  string
}

// NewLedger is an empty ledger.
func NewLedger() *Ledger { return &Ledger{keepAt: -1} }

// KeepAt has the ledger keep the words of the entry with this index, from 0.
func (l *Ledger) KeepAt(index int) { l.keepAt = index }

// Len is the number of entries.
func (l *Ledger) Len() int { return len(l.hashes) }

// Tape answers as from does and enters every choice.
func (l *Ledger) Tape(from Tape) Tape { return watched{from, l} }

// Choice enters a choice and its draw.
func (l *Ledger) Choice(what Label, about Key, draw uint64) { l.enter(choiceEntry(what, about, draw)) }

// Output enters a line that the world gave out.
func (l *Ledger) Output(line string) { l.enter(outputEntry(line)) }

func (l *Ledger) enter(e entry) {
	if len(l.hashes) == l.keepAt {
		l.words = e.String()
	}
	l.hashes = append(l.hashes, e.hash)
}

// Replay is the check of the second run against the ledger as it is now.
func (l *Ledger) Replay() *Check { return &Check{was: l} }

// Check compares a run with a ledger, entry by entry, up to the first that differs.
type Check struct {
	was   *Ledger
	index int
	found *Divergence
}

// Tape answers as from does and compares every choice.
func (c *Check) Tape(from Tape) Tape { return watched{from, c} }

// Choice compares a choice and its draw.
func (c *Check) Choice(what Label, about Key, draw uint64) { c.enter(choiceEntry(what, about, draw)) }

// Output compares a line that the world gave out.
func (c *Check) Output(line string) { c.enter(outputEntry(line)) }

// Divergence is the first entry that differed so far; nil is none. Nothing after it
// is looked at, so the run need not go on.
func (c *Check) Divergence() *Divergence { return c.found }

// End compares the end of the run too, and is the divergence or nil.
func (c *Check) End() *Divergence {
	if c.found == nil && c.index < c.was.Len() {
		c.enter(entry{})
	}
	return c.found
}

func (c *Check) enter(e entry) {
	switch {
	case c.found != nil:
	case c.index >= c.was.Len():
		c.found = &Divergence{Index: c.index, Was: entry{}.String(), Is: e.String()}
	case c.was.hashes[c.index] != e.hash:
		c.found = &Divergence{Index: c.index, Is: e.String(), hash: c.was.hashes[c.index]}
		c.found.Explain(c.was)
	default:
		c.index++
	}
}

// Divergence is the first difference between two runs of one world.
type Divergence struct {
	Index int    // of the entry, from 0
	Was   string // the first run's output in words; empty as long as nobody kept them
	Is    string // the second run's
	hash  uint64 // of the first run's
}

// Explain takes the words of the first run from a ledger that was told to KeepAt the
// index: of that run itself, or of one more. A run that does not do what the first
// one did explains nothing, and the answer is false.
func (d *Divergence) Explain(l *Ledger) bool {
	if l.keepAt != d.Index || l.Len() <= d.Index || l.hashes[d.Index] != d.hash {
		return d.Was != ""
	}
	d.Was = l.words
	return true
}

func (d *Divergence) String() string {
	was := d.Was
	if was == "" {
		was = "something else"
	}
	return fmt.Sprintf("entry %d is now %s, before it was %s", d.Index, d.Is, was)
}

// entry is one choice or one output. The zero value is the end of a run.
type entry struct {
	hash   uint64
	choice Drawn
	line   string
}

// Choices and outputs are hashed from different starts.
const (
	choiceStart = 0x9e3779b97f4a7c15
	outputStart = 0xd1b54a32d192ed03
)

func choiceEntry(what Label, about Key, draw uint64) entry {
	hash := mix(mix(mix(choiceStart+uint64(what))+uint64(about)) + draw)
	return entry{hash: hash, choice: Drawn{Choice{what, about}, draw}}
}

// outputEntry hashes as FNV-1a does (Fowler, Noll, Vo), and spreads the bits.
func outputEntry(line string) entry {
	hash := uint64(outputStart)
	for i := range len(line) {
		hash = (hash ^ uint64(line[i])) * 0x100000001b3
	}
	return entry{hash: mix(hash), line: line}
}

func (e entry) String() string {
	switch {
	case e.hash == 0:
		return "the end"
	case e.choice.What != 0:
		return e.choice.String()
	}
	return fmt.Sprintf("output %q", e.line)
}

// watched is a tape that reports its choices.
type watched struct {
	from Tape
	by   interface {
		Choice(what Label, about Key, draw uint64)
	}
}

func (w watched) Draw(what Label, about Key) uint64 {
	draw := w.from.Draw(what, about)
	w.by.Choice(what, about, draw)
	return draw
}
