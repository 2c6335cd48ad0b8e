// Fates: what becomes of a copy of a message, and every word that is said about it.

package event

// Fate is the fate of a copy.
type Fate uint8

// The fates.
const (
	Sent      Fate = iota // it is on its way
	Lost                  // the network loses it
	Offline               // its sender or its receiver is offline
	Down                  // its receiver's process has crashed
	TooOld                // it was under way longer than MaxDelay, and is discarded
	Corrupted             // bits of it were flipped, and it is discarded
	Cut                   // a partition is in its way
	Overflow              // a queue is full
	Stored                // the network keeps it for a phone that is out of reach
	Expired               // it kept it for as long as it keeps anything
	Pushed                // a push brings it, that the network kept, to its phone
	NumFates
)

// FateWords are the words of a fate.
type FateWords struct {
	Name    string // in JSON
	Short   string // in a table, or beside an arrow
	Line    string // in the line of an entry
	Counted string // after a number of copies
	Clause  string // after a copy and {was}: {at} is the moment, {limit} the maximum delay, {because} the fault, if one is known
	Rare    bool   // a count of none is left out
}

var fateWords = [NumFates]FateWords{
	Sent:      {"sent", "sent", "sent", "still under way", "{was} still under way", false},
	Lost:      {"lost", "lost", "LOST", "lost", "{was} lost{because}", false},
	Offline:   {"offline", "lost, phone offline", "LOST, a phone is offline", "to or from a phone that was offline", "{was} lost{because}", false},
	Down:      {"down", "lost, phone down", "LOST, the phone has crashed", "to a phone that was down", "{was} lost{because}", true},
	TooOld:    {"too_old", "discarded, too old", "DISCARDED, older than the maximum delay", "too old", "{was} discarded at {at}, older than {limit}", false},
	Corrupted: {"corrupted", "discarded, damaged", "DISCARDED, damaged", "damaged", "{was} damaged on the way and discarded", true},
	Cut:       {"cut", "lost, network parted", "LOST, the network is parted", "cut off by a partition", "{was} lost{because}", true},
	Overflow:  {"overflow", "lost, queue full", "LOST, a queue is full", "at a full queue", "{was} lost in a full queue", true},
	Stored:    {"stored", "kept for the phone", "kept until the phone can be reached", "kept by the network", "{was} kept by the network{because}", true},
	Expired:   {"expired", "discarded, kept too long", "DISCARDED, the phone was out of reach too long", "kept too long for a phone", "{was} discarded at {at}, kept too long for a phone out of reach", true},
	Pushed:    {"pushed", "brought by a push", "a push brings it to the phone", "brought by pushes", "{was} brought by a push at {at}", true},
}

// Words are the words of the fate.
func (f Fate) Words() *FateWords { return &fateWords[f] }

// Undelivered are the fates of copies that never arrive, the usual ones first.
func Undelivered() []Fate {
	return []Fate{Lost, Offline, TooOld, Down, Corrupted, Cut, Overflow, Expired}
}
