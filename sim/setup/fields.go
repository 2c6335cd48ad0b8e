// Fields: every option by its name, as text. The command line, scenario files and
// tokens all read and write options through this table.

package setup

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/netem"
)

// Section groups fields for readers.
type Section string

// The sections.
const (
	OfRun     Section = "run"
	OfWorld   Section = "world"
	OfNetwork Section = "network"
	OfPhones  Section = "phones"
	OfUsers   Section = "users"
	OfEngine  Section = "engine"
)

// Field is one option. Its value's text is stable: Set(String()) changes nothing.
type Field struct {
	Number  int // names it in tokens, for ever
	Name    string
	Section Section
	About   string
	Value   Value
}

// Value reads and writes a field's text.
type Value interface {
	String() string
	Set(text string) error
	Type() string // the form of the text
}

// Fields are all options of o, in the order in which to show them.
func (o *Options) Fields() []Field {
	all := o.unsorted()
	slices.SortFunc(all, func(a, b Field) int { return a.Number - b.Number })
	return all
}

func (o *Options) unsorted() []Field {
	t := &o.Engine.Times
	all := []Field{
		{1, "seed", OfRun, "seed of all random draws of the run", (*uint64Value)(&o.Seed)},
		{2, "calls", OfRun, "calls of the run, in a hundred worlds or more unless --world says otherwise", (*intValue)(&o.Calls)},
		{3, "world", OfRun, "calls in one world; a hundredth of all by default, at most 1000", (*intValue)(&o.World)},
		{4, "users", OfWorld, "phones in each world", (*intValue)(&o.Users)},
		{5, "arrivals", OfWorld, "calls in each world per second; by default so many that it takes 20 s to place them", (*rateValue)(&o.Arrivals)},
		{6, "heal", OfWorld, "virtual time at which all faults stop for good (0: never)", (*timeValue)(&o.Heal)},
		{7, "faults", OfWorld, "faults at set times: KIND@AT+FOR[:PHONES][:one-way], separated by spaces", (*faultsValue)(&o.Faults)},
		{8, "groups", OfWorld, "options of some phones: WHO: NAME=VALUE..., WHO being phone numbers or a share, as in \"0,1: loss=20%; 25%: accept-time=15s\"", (*groupsValue)(&o.Groups)},

		{10, "loss", OfNetwork, "probability that a copy of a message is lost", (*chanceValue)(&o.Loss)},
		{11, "dup", OfNetwork, "probability that a copy arrives twice", (*chanceValue)(&o.Dup)},
		{12, "reorder", OfNetwork, "probability that a copy is held back", (*chanceValue)(&o.Reorder)},
		{13, "reorder-by", OfNetwork, "longest extra delay of a held-back copy (uniform)", (*timeValue)(&o.ReorderBy)},
		{14, "corrupt", OfNetwork, "probability that bits of a copy are flipped", (*chanceValue)(&o.Corrupt)},
		{15, "latency", OfNetwork, "delay of a copy on its way: uniform, normal:, lognormal:, pareto: or samples:FILE", (*delayValue)(&o.Latency)},
		{16, "uplink", OfNetwork, "link trace FILE (mahimahi format) for all that a phone sends", &linkValue{&o.Uplink}},
		{17, "downlink", OfNetwork, "link trace FILE (mahimahi format) for all that a phone receives", &linkValue{&o.Downlink}},
		{18, "rate", OfNetwork, "bytes per second of each phone's uplink and downlink (0: no limit)", (*numberValue)(&o.Rate)},
		{19, "queue", OfNetwork, "queue size of each link in bytes; copies that do not fit are dropped (0: no limit)", (*intValue)(&o.Queue)},
		{20, "store", OfNetwork, "how long the network keeps a copy for a phone that is out of reach (0: not at all)", (*timeValue)(&o.Store)},
		{21, "push", OfNetwork, "probability that an INVITE that the network keeps wakes its phone by a push", (*chanceValue)(&o.Push)},
		{22, "push-after", OfNetwork, "delay before a push wakes the phone (uniform)", (*rangeValue)(&o.PushAfter)},
		{23, "keep-old", OfNetwork, "deliver copies older than the maximum delay, against the protocol's assumption", (*boolValue)(&o.KeepOld)},
		{24, "burst-loss", OfNetwork, "probability of loss to and from a phone whose radio is bad (Gilbert-Elliott)", (*chanceValue)(&o.BurstLoss)},
		{29, "partition-one-way", OfNetwork, "probability that a partition cuts one direction only", (*chanceValue)(&o.PartitionOneWay)},

		{34, "lag-by", OfNetwork, "extra delay of a copy from a phone whose uplink is slow", (*timeValue)(&o.LagBy)},

		{40, "offline", OfPhones, "share of the time that a phone is offline", (*chanceValue)(&o.Offline)},
		{42, "presence-wrong", OfPhones, "probability that a report of a phone's presence says the opposite", (*chanceValue)(&o.PresenceWrong)},
		{45, "snapshots", OfPhones, "snapshot that a crashed phone restarts from: fresh, stale or none", (*snapshotsValue)(&o.Snapshots)},
		{48, "drift", OfPhones, "largest error of the rate of a phone's clock, as a share", (*chanceValue)(&o.Drift)},

		{60, "accept", OfUsers, "weight of callees who accept", (*numberValue)(&o.Accept)},
		{61, "refuse", OfUsers, "weight of callees who refuse", (*numberValue)(&o.Refuse)},
		{62, "ignore", OfUsers, "weight of callees who do nothing", (*numberValue)(&o.Ignore)},
		{63, "answer-after", OfUsers, "ringing time before the callee answers (uniform)", (*rangeValue)(&o.AnswerAfter)},
		{64, "cancel", OfUsers, "probability that the caller cancels, even if the callee answers", (*chanceValue)(&o.Cancel)},
		{65, "cancel-after", OfUsers, "time from send to cancel (uniform)", (*rangeValue)(&o.CancelAfter)},
		{66, "press-twice", OfUsers, "probability that a button is pressed a second time", (*chanceValue)(&o.PressTwice)},
		{67, "change-mind", OfUsers, "probability that a user tries the opposite within two seconds", (*chanceValue)(&o.ChangeMind)},
		{68, "glare", OfUsers, "probability that a callee calls its caller at the same time", (*chanceValue)(&o.Glare)},
		{69, "redial", OfUsers, "probability that a caller calls again as soon as its call has ended", (*chanceValue)(&o.Redial)},
		{70, "hold", OfUsers, "probability that a caller places many calls at once", (*chanceValue)(&o.Hold)},
		{71, "hold-calls", OfUsers, "calls placed at once by --hold", (*intValue)(&o.HoldCalls)},
		{72, "strangers", OfUsers, "probability that a third party sends something under a call's id", (*chanceValue)(&o.Strangers)},

		{80, "no-response-time", OfEngine, "how long a caller waits for a sign of life from the callee", (*timeValue)(&t.NoResponse)},
		{81, "expiry-time", OfEngine, "how long an invitation may ring", (*timeValue)(&t.Expiry)},
		{82, "grace-time", OfEngine, "how much longer than the callee the caller waits", (*timeValue)(&t.Grace)},
		{83, "accept-time", OfEngine, "how long a callee waits for the confirmation of its accept", (*timeValue)(&t.Accept)},
		{84, "retransmit-first", OfEngine, "pause after the first INVITE, CANCEL or REFUSE; later pauses double", (*timeValue)(&t.RetransmitFirst)},
		{85, "retransmit-cap", OfEngine, "longest pause between two copies of an INVITE, CANCEL or REFUSE", (*timeValue)(&t.RetransmitCap)},
		{86, "accept-first", OfEngine, "pause after the first ACCEPT; later pauses double", (*timeValue)(&t.AcceptFirst)},
		{87, "accept-cap", OfEngine, "longest pause between two copies of an ACCEPT", (*timeValue)(&t.AcceptCap)},
		{88, "linger-time", OfEngine, "how long an ended invitation repeats its CANCEL or REFUSE", (*timeValue)(&t.Linger)},
		{89, "tombstone-time", OfEngine, "how long an ended invitation is remembered", (*timeValue)(&t.Tombstone)},
		{90, "max-delay", OfEngine, "age at which the transport discards a copy", (*timeValue)(&t.MaxDelay)},
		{91, "count-from-send", OfEngine, "the expiry time counts from send, not from receipt", (*boolValue)(&o.Engine.CountFromSend)},
		{92, "fail-at-once", OfEngine, "an unanswered invitation fails as soon as its callee is reported offline", (*boolValue)(&o.Engine.FailAtOnce)},
		{93, "no-retransmit", OfEngine, "INVITE, CANCEL and REFUSE are sent once", (*boolValue)(&o.Engine.NoRetransmit)},
		{94, "max-per-peer", OfEngine, "invitations with one peer that an engine remembers", (*intValue)(&o.Engine.MaxPerPeer)},
		{95, "max-total", OfEngine, "invitations that an engine remembers in total", (*intValue)(&o.Engine.MaxTotal)},
		{96, "mutant", OfEngine, "rule that all engines break, to see the simulator find it; invsim mutants lists them", (*mutantValue)(&o.Mutant)},
	}
	for kind := range fault.NumKinds {
		r := kind.Row()
		all = appendFault(all, r.Every, &o.Every[kind])
		all = appendFault(all, r.For, &o.For[kind])
	}
	return all
}

// firstOfPhones is the first number of an option of phones; those of the network are
// before it.
const firstOfPhones = 40

// appendFault adds an option of a kind of fault, if the kind has it.
func appendFault(all []Field, option fault.Option, value *time.Duration) []Field {
	section := OfNetwork
	switch {
	case option.Number == 0:
		return all
	case option.Number >= firstOfPhones:
		section = OfPhones
	}
	return append(all, Field{option.Number, option.Name, section, option.Help, (*timeValue)(value)})
}

// Set sets the field of that name.
func (o *Options) Set(name, text string) error { return setField(o.unsorted(), name, text) }

func setField(all []Field, name, text string) error {
	for _, f := range all {
		if f.Name == name {
			if err := f.Value.Set(text); err != nil {
				return fmt.Errorf("%s %s: %w", name, text, err)
			}
			return nil
		}
	}
	return fmt.Errorf("no option is called %q", name)
}

type (
	uint64Value    uint64
	intValue       int
	numberValue    float64
	chanceValue    float64       // 5% or 0.05
	rateValue      float64       // 50/s
	timeValue      time.Duration // 20s
	rangeValue     Range         // 1s..20s, or 1s for a constant
	boolValue      bool
	delayValue     netem.Delay
	snapshotsValue Snapshots
	faultsValue    []fault.Scheduled
	groupsValue    []Group
	mutantValue    mutant.ID
	linkValue      struct{ link **netem.Link }
)

func (v *uint64Value) String() string { return strconv.FormatUint(uint64(*v), 10) }

func (v *uint64Value) Type() string { return "uint" }

func (v *uint64Value) Set(text string) error {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return fmt.Errorf("not a whole number from 0 to 18446744073709551615")
	}
	*v = uint64Value(n)
	return nil
}

func (v *intValue) String() string { return strconv.Itoa(int(*v)) }

func (v *intValue) Type() string { return "int" }

func (v *intValue) Set(text string) error {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return fmt.Errorf("not a whole number")
	}
	*v = intValue(n)
	return nil
}

func (v *numberValue) String() string { return strconv.FormatFloat(float64(*v), 'g', -1, 64) }

func (v *numberValue) Type() string { return "number" }

func (v *numberValue) Set(text string) error {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return fmt.Errorf("not a number")
	}
	*v = numberValue(n)
	return nil
}

func (v *chanceValue) String() string {
	text, read := strconv.FormatFloat(float64(*v)*100, 'g', 12, 64)+"%", chanceValue(0)
	if read.Set(text) == nil && read == *v {
		return text
	}
	return strconv.FormatFloat(float64(*v), 'g', -1, 64)
}

func (v *chanceValue) Type() string { return "probability" }

func (v *chanceValue) Set(text string) error {
	number, isPercent := strings.CutSuffix(strings.TrimSpace(text), "%")
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if isPercent {
		value /= 100
	}
	if err != nil || !(value >= 0 && value <= 1) {
		return fmt.Errorf("not a probability such as 5%% or 0.05")
	}
	*v = chanceValue(value)
	return nil
}

func (v *rateValue) String() string { return strconv.FormatFloat(float64(*v), 'g', -1, 64) + "/s" }

func (v *rateValue) Type() string { return "rate" }

func (v *rateValue) Set(text string) error {
	value, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), "/s"), 64)
	if err != nil || !(value > 0) {
		return fmt.Errorf("not a rate such as 50/s")
	}
	*v = rateValue(value)
	return nil
}

func (v *timeValue) String() string { return time.Duration(*v).String() }

func (v *timeValue) Type() string { return "duration" }

func (v *timeValue) Set(text string) error {
	d, err := time.ParseDuration(strings.TrimSpace(text))
	if err != nil {
		return fmt.Errorf("not a time such as 20s")
	}
	*v = timeValue(d)
	return nil
}

func (v *rangeValue) String() string { return Range(*v).String() }

func (v *rangeValue) Type() string { return "time[..time]" }

func (v *rangeValue) Set(text string) error {
	low, high, isRange := strings.Cut(strings.TrimSpace(text), "..")
	if !isRange {
		high = low
	}
	lowest, err := time.ParseDuration(strings.TrimSpace(low))
	if err != nil {
		return fmt.Errorf("not a time such as 50ms or 50ms..250ms")
	}
	highest, err := time.ParseDuration(strings.TrimSpace(high))
	if err != nil || lowest > highest || lowest < 0 {
		return fmt.Errorf("not a time such as 50ms or 50ms..250ms, the lower end first")
	}
	*v = rangeValue{Min: lowest, Max: highest}
	return nil
}

func (v *boolValue) String() string { return strconv.FormatBool(bool(*v)) }

func (v *boolValue) Type() string { return "bool" }

func (v *boolValue) IsBoolFlag() bool { return true }

func (v *boolValue) Set(text string) error {
	b, err := strconv.ParseBool(strings.TrimSpace(text))
	if err != nil {
		return fmt.Errorf("neither true nor false")
	}
	*v = boolValue(b)
	return nil
}

func (v *delayValue) String() string { return netem.Delay(*v).String() }

func (v *delayValue) Type() string { return "delay" }

func (v *delayValue) Set(text string) error {
	d, err := netem.ParseDelay(text)
	if err == nil {
		*v = delayValue(d)
	}
	return err
}

func (v *snapshotsValue) String() string { return Snapshots(*v).String() }

func (v *snapshotsValue) Type() string { return "fresh|stale|none" }

func (v *snapshotsValue) Set(text string) error {
	named, err := snapshotsNamed(strings.TrimSpace(text))
	if err == nil {
		*v = snapshotsValue(named)
	}
	return err
}

func (v *mutantValue) String() string { return mutant.ID(*v).String() }

func (v *mutantValue) Type() string {
	names := mutant.None.String()
	for _, m := range mutant.All {
		names += "|" + m.Name
	}
	return names
}

func (v *mutantValue) Set(text string) error {
	if text == "none" {
		*v = 0
		return nil
	}
	m, err := mutant.Named(text)
	if err != nil {
		return fmt.Errorf("no mutant is called %q; see invsim mutants", text)
	}
	*v = mutantValue(m.ID)
	return nil
}

func (v *faultsValue) String() string {
	words := make([]string, len(*v))
	for i, f := range *v {
		words[i] = f.String()
	}
	return strings.Join(words, " ")
}

func (v *faultsValue) Type() string { return "faults" }

func (v *faultsValue) Set(text string) error {
	var faults []fault.Scheduled
	for _, word := range strings.Fields(text) {
		f, err := fault.Parse(word)
		if err != nil {
			return err
		}
		faults = append(faults, f)
	}
	*v = faults
	return nil
}

func (v *groupsValue) String() string {
	all := make([]string, len(*v))
	for i, g := range *v {
		all[i] = g.String()
	}
	return strings.Join(all, "; ")
}
func (v *groupsValue) Type() string { return "groups" }
func (v *groupsValue) Set(text string) error {
	groups, err := parseGroups(text)
	if err == nil {
		*v = groups
	}
	return err
}

func (v *linkValue) String() string {
	if v.link == nil || *v.link == nil {
		return ""
	}
	return (*v.link).Name()
}

func (v *linkValue) Type() string { return "FILE" }

func (v *linkValue) Set(text string) error {
	if text == "" {
		*v.link = nil
		return nil
	}
	link, err := netem.OpenLink(text)
	if err == nil {
		*v.link = link
	}
	return err
}

// Get is the text of the field of that name, "" if there is none.
func (o *Options) Get(name string) string {
	for _, f := range o.unsorted() {
		if f.Name == name {
			return f.Value.String()
		}
	}
	return ""
}
