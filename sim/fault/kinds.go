// The kinds of fault that come and go, in one table. Options, choices, worlds, words,
// pictures, swarms and the shrinker read it.

package fault

import (
	"strings"
	"time"

	"github.com/invsim/invsim/sim/tape"
)

// Kind is a kind of fault.
type Kind uint8

// The kinds, each with its effect on its phones.
const (
	Offline   Kind = iota // they are out of reach
	Crash                 // their processes die, and start again at its end
	Freeze                // their processes stand still
	Burst                 // their radios are bad
	Clog                  // copies to them are held until its end
	Jump                  // their clocks are set forward by its length, at its beginning
	Partition             // they are cut off from all others
	Lag                   // copies from them take longer; copies to them do not
	Save                  // no fault but a moment at which a phone saves a snapshot; it cannot be set
	NumKinds
)

// Option is an option that a kind has: its number, which names it in tokens for ever,
// its name and its help.
type Option struct {
	Number     int
	Name, Help string
}

// Row holds all that is particular to a kind. An episode is one occurrence of it.
type Row struct {
	Name       string        // as in KIND@AT+FOR
	Every, For Option        // the mean time between its episodes' beginnings, and their mean length
	Usual      time.Duration // For by default

	// The choices of random episodes: how many begin in a slot of time, when in it,
	// and for how long. Extra are choices of its own.
	Count, At, Length tape.Label
	Extra             []tape.Label

	Whole  bool // an episode concerns the whole network, not one phone
	Moment bool // an episode is over at once, and its length is a size

	Singular, Plural string // nouns for an episode
	Band             string // how a picture marks the time of an episode; "" for none
	Begins, Ends     string // texts of its entries; {who} is the phone. "" if it has entries of its own
	Story            string // an episode in a sentence, with {who}, {from}, {to}, {for}
	Otherwise        string // Story for one direction only, or for a length below zero
}

// Kinds is the table.
var Kinds = [NumKinds]Row{
	Offline: {
		Name: "offline",
		For:  Option{41, "offline-for", "mean length of an outage of a phone"}, Usual: 20 * time.Second,
		// How often follows from the share of time that a phone is offline.
		Count: tape.OfflineEpisodes, At: tape.OfflineAt, Length: tape.OfflineFor,
		Singular: "outage", Plural: "outages", Band: "offline",
		Story: "{who} is offline from {from} to {to}",
	},
	Crash: {
		Name:  "crash",
		Every: Option{43, "crash-every", "mean time between crashes of a phone's process (0: never)"},
		For:   Option{44, "crash-for", "mean time that a crashed process stays down"}, Usual: 5 * time.Second,
		Count: tape.CrashEpisodes, At: tape.CrashAt, Length: tape.DownFor,
		Extra:    []tape.Label{tape.CrashMidway},
		Singular: "crash", Plural: "crashes", Band: "crashed",
		Story: "{who} crashes at {from} and starts again at {to} {snapshot}",
	},
	Freeze: {
		Name:  "freeze",
		Every: Option{46, "freeze-every", "mean time between freezes of a phone's process (0: never)"},
		For:   Option{47, "freeze-for", "mean length of a freeze; timers fire after it, late"}, Usual: 5 * time.Second,
		Count: tape.FreezeEpisodes, At: tape.FreezeAt, Length: tape.FrozenFor,
		Singular: "freeze", Plural: "freezes", Band: "frozen",
		Story: "{who} stands still from {from} to {to}",
	},
	Burst: {
		Name:  "burst",
		Every: Option{25, "burst-every", "mean time between episodes of bad radio at a phone (0: never)"},
		For:   Option{26, "burst-for", "mean length of an episode of bad radio"}, Usual: 3 * time.Second,
		Count: tape.BurstEpisodes, At: tape.BurstAt, Length: tape.BurstFor,
		Singular: "bad radio", Plural: "episodes of bad radio", Band: "bad radio",
		Begins: "{who}  has bad radio", Ends: "{who}  has good radio again",
		Story: "{who} has bad radio from {from} to {to}",
	},
	Clog: {
		Name:  "clog",
		Every: Option{30, "clog-every", "mean time between clogs of the link to a phone (0: never)"},
		For:   Option{31, "clog-for", "mean length of a clog; the copies of that time arrive together at its end"}, Usual: 5 * time.Second,
		Count: tape.ClogEpisodes, At: tape.ClogAt, Length: tape.ClogFor,
		Singular: "clog", Plural: "clogs", Band: "clogged",
		Begins: "the link to {who} is clogged", Ends: "the link to {who} is free again",
		Story: "what would reach {who} from {from} on reaches it at {to}",
	},
	Jump: {
		Name:  "jump",
		Every: Option{49, "jump-every", "mean time between jumps of a phone's clock (0: never)"},
		For:   Option{50, "jump-by", "largest jump of a clock, forward or back"}, Usual: time.Minute,
		Count: tape.JumpEpisodes, At: tape.JumpAt, Length: tape.JumpBy,
		Moment: true, Singular: "clock jump", Plural: "clock jumps",
		Story:     "the clock of {who} is set forward by {for} at {from}",
		Otherwise: "the clock of {who} is set back by {for} at {from}",
	},
	Partition: {
		Name:  "partition",
		Every: Option{27, "partition-every", "mean time between partitions of the network (0: never)"},
		For:   Option{28, "partition-for", "mean length of a partition"}, Usual: 10 * time.Second,
		Count: tape.PartitionEpisodes, At: tape.PartitionAt, Length: tape.PartitionFor,
		Extra: []tape.Label{tape.PartitionOneWay, tape.PartitionSide},
		Whole: true, Singular: "partition", Plural: "partitions", Band: "partition",
		Begins: "the network is parted", Ends: "the network is whole again",
		Story:     "{who} is cut off from {from} to {to}",
		Otherwise: "{who} is heard by nobody from {from} to {to}",
	},
	Lag: {
		Name:  "lag",
		Every: Option{32, "lag-every", "mean time between episodes of a slow uplink at a phone (0: never)"},
		For:   Option{33, "lag-for", "mean length of an episode of a slow uplink"}, Usual: 10 * time.Second,
		Count: tape.LagEpisodes, At: tape.LagAt, Length: tape.LagFor,
		Singular: "slow uplink", Plural: "episodes of a slow uplink", Band: "slow uplink",
		Begins: "{who}  has a slow uplink", Ends: "{who}  has a quick uplink again",
		Story: "what {who} sends is late from {from} to {to}",
	},
	Save: {
		Name:  "save",
		Count: tape.SaveEpisodes, At: tape.SaveAt,
		Moment: true, Singular: "snapshot", Plural: "snapshots",
	},
}

// Row is the kind's row of the table.
func (k Kind) Row() *Row { return &Kinds[k] }

func (k Kind) String() string {
	if k >= NumKinds {
		return "?"
	}
	return Kinds[k].Name
}

// Names are the names of all kinds that can be set.
func Names() []string {
	var names []string
	for k := range Save {
		names = append(names, k.String())
	}
	return names
}

// KindOf is the kind whose random episodes a label is about.
func KindOf(what tape.Label) (Kind, bool) {
	for k := range NumKinds {
		if r := k.Row(); what != 0 && (what == r.Count || what == r.At || what == r.Length) {
			return k, true
		}
		for _, extra := range k.Row().Extra {
			if what == extra {
				return k, true
			}
		}
	}
	return NumKinds, false
}

// Sentence tells an episode of some phones; who, from, to and length are in words.
// otherwise is for one direction only, or a clock that is set back.
func (r *Row) Sentence(who, from, to, length string, otherwise bool) string {
	story := r.Story
	if otherwise {
		story = r.Otherwise
	}
	return strings.NewReplacer("{who}", who, "{from}", from, "{to}", to, "{for}", length).Replace(story)
}
