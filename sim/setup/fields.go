// Fields: every option by its name, as text. The command line, scenario files and
// tokens all read and write options through this table.

package setup

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/input"
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

// Heading is what the option stands under where all are listed. An option that begins
// with the name of a kind of fault is about outages.
func (f Field) Heading() string {
	for kind := range fault.NumKinds {
		if strings.HasPrefix(f.Name, kind.String()) && f.Section != OfWorld {
			return "outages"
		}
	}
	switch {
	case f.Section == OfRun:
		return string(OfWorld)
	case f.Section == OfEngine && f.Value.Type() == "duration":
		return "protocol times"
	}
	return string(f.Section)
}

// Headings are all of them, in the order in which to show them.
func Headings() []string {
	return []string{string(OfWorld), string(OfNetwork), "outages", string(OfPhones), string(OfUsers), "protocol times", string(OfEngine)}
}

// Bounds tell which numbers the field takes; nothing if it takes none.
func (f Field) Bounds() string {
	if bounded, ok := f.Value.(interface{ Words() string }); ok {
		return bounded.Words()
	}
	return ""
}

// Limits are the numbers that the field takes: low to high, and 0 as well if zero is set.
// They are false of a field that is no plain number; a time is none.
func (f Field) Limits() (low, high any, zero, ok bool) {
	switch v := f.Value.(type) {
	case *intValue:
		return v.Low, v.High, v.Zero, true
	case *numberValue:
		return v.Low, v.High, v.Zero, true
	case *chanceValue:
		return v.Low, v.High, v.Zero, true
	case *rateValue:
		return v.Low, v.High, v.Zero, true
	}
	return nil, nil, false, false
}

// Value reads and writes a field's text.
type Value interface {
	String() string
	Set(text string) error
	Type() string // the form of the text
}

// The bounds that several options have. A chance is 0, or can happen in a run.
var (
	chances = input.OrZero(1e-12, 1).In("%")
	weights = input.OrZero(1e-6, 1e6)
)

const (
	maxCalls   = 1_000_000_000
	maxWorld   = 100_000 // a world keeps about two kilobytes of each of its calls
	maxDevices = 3
	day        = 24 * time.Hour
	longest    = 1000 * time.Hour
)

// Fields are all options of o, in the order in which to show them.
func (o *Options) Fields() []Field {
	unsorted := o.unsorted()
	all := make([]Field, len(unsorted))
	for i, at := range sorted() {
		all[i] = unsorted[at]
	}
	return all
}

// sorted are the places of the fields in the table, in the order of their numbers. It is
// the same for all options, and every play of a small world asks for fields.
var sorted = sync.OnceValue(func() []int {
	unsorted := new(Options).unsorted()
	places := make([]int, len(unsorted))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(a, b int) int { return unsorted[a].Number - unsorted[b].Number })
	return places
})

func (o *Options) unsorted() []Field {
	t := &o.Engine.Times
	all := slices.Grow([]Field{
		{1, "seed", OfRun, "seed of every random draw: the same seed gives the same run", &seedValue{&o.Seed}},
		{2, "calls", OfRun, "number of calls in the run (in a hundred worlds or more, unless --world is given)", &intValue{&o.Calls, input.From(1, maxCalls)}},
		{3, "world", OfRun, "calls in one world (default: a hundredth of all calls, at most 1000)", &intValue{&o.World, input.From(1, maxWorld)}},
		{4, "users", OfWorld, "phones in each world", &intValue{&o.Users, input.From(2, 10_000)}},
		{5, "arrivals", OfWorld, "calls per second in each world (default: so many that all calls of a world are placed within 20 s)", &rateValue{&o.Arrivals, input.From(0.001, 1e6).In("/s")}},
		{6, "heal", OfWorld, "virtual time at which all faults stop for good (0: never)", &timeValue{&o.Heal, input.From(0, longest)}},
		{7, "faults", OfWorld, "faults at set times, separated by spaces: KIND@AT+FOR[:PHONES][:one-way][:midway]; none for no faults", (*faultsValue)(&o.Faults)},
		{8, "groups", OfWorld, "options of some phones: WHO: NAME=VALUE..., where WHO is phone numbers or a share, as in \"0,1: loss=20%; 25%: accept-time=32s\"; none for no groups", (*groupsValue)(&o.Groups)},

		{9, "devices", OfWorld, "devices of each user: a phone each, and a call reaches all of its callee's", &intValue{&o.Devices, input.From(1, maxDevices)}},

		{10, "loss", OfNetwork, "probability that a copy of a message is lost", &chanceValue{&o.Loss, chances}},
		{11, "dup", OfNetwork, "probability that a copy of a message arrives twice", &chanceValue{&o.Dup, chances}},
		{12, "reorder", OfNetwork, "probability that a copy of a message is held back", &chanceValue{&o.Reorder, chances}},
		{13, "reorder-by", OfNetwork, "longest extra delay of a held-back copy (uniform)", &timeValue{&o.ReorderBy, input.From(0, time.Hour)}},
		{14, "corrupt", OfNetwork, "probability that bits of a copy of a message are flipped", &chanceValue{&o.Corrupt, chances}},
		{15, "latency", OfNetwork, "delay of a copy: TIME, TIME..TIME (uniform), normal:, lognormal:, pareto: or samples:FILE", (*delayValue)(&o.Latency)},
		{16, "uplink", OfNetwork, "link trace FILE (mahimahi format) for everything that a phone sends", &linkValue{&o.Uplink}},
		{17, "downlink", OfNetwork, "link trace FILE (mahimahi format) for everything that a phone receives", &linkValue{&o.Downlink}},
		{18, "rate", OfNetwork, "bytes per second that the uplink and the downlink of each phone carry (0: no limit)", &numberValue{&o.Rate, input.OrZero(1, 1e12)}},
		{19, "queue", OfNetwork, "queue size of each link in bytes; copies that do not fit are dropped (0: no limit)", &intValue{&o.Queue, input.From(0, 1<<30)}},
		{20, "store", OfNetwork, "time for which the network keeps copies for an unreachable phone (0: nothing is kept)", &timeValue{&o.Store, input.From(0, day)}},
		{21, "push", OfNetwork, "probability that an INVITE that the network keeps wakes its phone", &chanceValue{&o.Push, chances}},
		{22, "push-after", OfNetwork, "delay before a push wakes the phone (uniform)", &rangeValue{&o.PushAfter, input.From(0, day)}},
		{35, "push-invite", OfNetwork, "delay from a push that brings the INVITE to the login of the phone (0: a push only wakes)", &timeValue{&o.PushInvite, input.From(0, time.Hour)}},
		{23, "keep-old", OfNetwork, "deliver copies older than the maximum delay, against the assumption of the protocol", (*boolValue)(&o.KeepOld)},
		{24, "burst-loss", OfNetwork, "probability of loss to and from a phone that has bad radio (Gilbert-Elliott)", &chanceValue{&o.BurstLoss, chances}},
		{29, "partition-one-way", OfNetwork, "probability that a partition cuts one direction only", &chanceValue{&o.PartitionOneWay, chances}},

		{34, "lag-by", OfNetwork, "extra delay of a copy from a phone that has a slow uplink", &timeValue{&o.LagBy, input.From(0, time.Hour)}},

		{40, "offline", OfPhones, "share of the time for which a phone is offline", &chanceValue{&o.Offline, input.OrZero(1e-6, 0.999).In("%")}},
		{42, "presence-wrong", OfPhones, "probability that a presence report says the opposite of the truth", &chanceValue{&o.PresenceWrong, chances}},
		{53, "login-after", OfPhones, "longest time from the return of a phone's network to its login (uniform)", &timeValue{&o.LoginAfter, input.From(0, time.Hour)}},
		{45, "snapshots", OfPhones, "snapshot that a crashed phone restarts from: fresh, stale or none", (*snapshotsValue)(&o.Snapshots)},
		{48, "drift", OfPhones, "largest clock drift of a phone, faster or slower, as a share of the rate", &chanceValue{&o.Drift, input.OrZero(1e-6, 0.5).In("%")}},

		{60, "accept", OfUsers, "weight of callees who accept", &numberValue{&o.Accept, weights}},
		{61, "refuse", OfUsers, "weight of callees who refuse", &numberValue{&o.Refuse, weights}},
		{62, "ignore", OfUsers, "weight of callees who do nothing", &numberValue{&o.Ignore, weights}},
		{63, "answer-after", OfUsers, "ringing time before the callee accepts or refuses (uniform)", &rangeValue{&o.AnswerAfter, input.From(0, day)}},
		{64, "cancel", OfUsers, "probability that the caller cancels", &chanceValue{&o.Cancel, chances}},
		{65, "cancel-after", OfUsers, "time from the send to the cancel of the caller (uniform)", &rangeValue{&o.CancelAfter, input.From(0, day)}},
		{66, "press-twice", OfUsers, "probability that a user presses a button a second time", &chanceValue{&o.PressTwice, chances}},
		{67, "change-mind", OfUsers, "probability that a user tries the opposite within two seconds", &chanceValue{&o.ChangeMind, chances}},
		{68, "glare", OfUsers, "probability that a callee calls its caller at the same time", &chanceValue{&o.Glare, chances}},
		{69, "redial", OfUsers, "probability that a caller calls again as soon as its call has ended", &chanceValue{&o.Redial, chances}},
		{70, "hold", OfUsers, "probability that a caller places many calls at once", &chanceValue{&o.Hold, chances}},
		{71, "hold-calls", OfUsers, "calls placed at once by --hold", &intValue{&o.HoldCalls, input.From(1, 10_000)}},
		{73, "hold-pause", OfUsers, "longest pause between two calls placed by --hold (uniform)", &timeValue{&o.HoldPause, input.From(0, time.Hour)}},
		{74, "hold-group", OfUsers, "let calls placed by --hold ring as a group, of which one can be accepted", (*boolValue)(&o.HoldGroup)},
		{75, "policy", OfUsers, "policies of every phone for rings beside other calls", (*policyValue)(&o.Policy)},
		{72, "strangers", OfUsers, "probability that a third party sends a message under the id of a call", &chanceValue{&o.Strangers, chances}},

		{80, "no-response-time", OfEngine, "time for which a caller waits for a sign of life from the callee", &timeValue{&t.NoResponse, input.From(0, longest)}},
		{81, "expiry-time", OfEngine, "ringing time that a caller asks for", &timeValue{&t.Expiry, input.From(0, longest)}},
		{82, "grace-time", OfEngine, "time that a caller waits longer than the expiry time of the callee", &timeValue{&t.Grace, input.From(0, longest)}},
		{83, "accept-time", OfEngine, "time for which a callee that has accepted waits for the CONFIRM", &timeValue{&t.Accept, input.From(0, longest)}},
		{84, "retransmit-first", OfEngine, "pause after the first copy of an INVITE, CANCEL or REFUSE; each further pause is twice as long", &timeValue{&t.RetransmitFirst, input.From(0, longest)}},
		{85, "retransmit-cap", OfEngine, "longest pause between two copies of an INVITE, CANCEL or REFUSE", &timeValue{&t.RetransmitCap, input.From(0, longest)}},
		{86, "accept-first", OfEngine, "pause after the first copy of an ACCEPT; each further pause is twice as long", &timeValue{&t.AcceptFirst, input.From(0, longest)}},
		{87, "accept-cap", OfEngine, "longest pause between two copies of an ACCEPT", &timeValue{&t.AcceptCap, input.From(0, longest)}},
		{88, "linger-time", OfEngine, "time for which an ended invitation repeats its CANCEL or REFUSE", &timeValue{&t.Linger, input.From(0, longest)}},
		{89, "tombstone-time", OfEngine, "time for which an ended invitation is remembered", &timeValue{&t.Tombstone, input.From(0, longest)}},
		{90, "max-delay", OfEngine, "age at which the transport discards a copy", &timeValue{&t.MaxDelay, input.From(0, longest)}},
		{91, "count-from-send", OfEngine, "count the expiry time from the send, not from the receipt", (*boolValue)(&o.Engine.CountFromSend)},
		{92, "fail-at-once", OfEngine, "fail an unanswered invitation as soon as its callee is reported offline", (*boolValue)(&o.Engine.FailAtOnce)},
		{93, "no-retransmit", OfEngine, "send INVITE, CANCEL and REFUSE once only", (*boolValue)(&o.Engine.NoRetransmit)},
		{94, "max-per-peer", OfEngine, "invitations with one peer that an engine remembers", &intValue{&o.Engine.MaxPerPeer, input.From(1, 1_000_000_000)}},
		{95, "max-total", OfEngine, "invitations remembered in total", &intValue{&o.Engine.MaxTotal, input.From(1, 1_000_000_000)}},
		{97, "expiry-cap", OfEngine, "longest ringing time that a callee grants to an INVITE", &timeValue{&t.ExpiryCap, input.From(0, longest)}},
		{98, "refresh", OfEngine, "pause after which a ringing callee repeats its RECEIVED (0: never)", &timeValue{&t.Refresh, input.From(0, longest)}},
		{96, "mutant", OfEngine, "disable one rule of the protocol, so that there is a bug to find", (*mutantValue)(&o.Mutant)},
	}, 2*int(fault.NumKinds))
	for kind := range fault.NumKinds {
		r := kind.Row()
		lasts := input.From(0, time.Hour)
		if r.Moment || kind == fault.Offline {
			lasts.High = day
		}
		all = appendFault(all, r.Every, &o.Every[kind], input.OrZero(time.Second, longest))
		all = appendFault(all, r.For, &o.For[kind], lasts)
	}
	return all
}

// firstOfPhones is the first number of an option of phones; those of the network are
// before it.
const firstOfPhones = 40

// appendFault adds an option of a kind of fault, if the kind has it.
func appendFault(all []Field, option fault.Option, value *time.Duration, b input.Bounds[time.Duration]) []Field {
	section := OfNetwork
	switch {
	case option.Number == 0:
		return all
	case option.Number >= firstOfPhones:
		section = OfPhones
	}
	return append(all, Field{option.Number, option.Name, section, option.Help, &timeValue{value, b}})
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
	seedValue struct{ p *uint64 }
	intValue  struct {
		p *int
		input.Bounds[int]
	}
	numberValue struct {
		p *float64
		input.Bounds[float64]
	}
	chanceValue struct { // 5% or 0.05
		p *float64
		input.Bounds[float64]
	}
	rateValue struct { // 50/s
		p *float64
		input.Bounds[float64]
	}
	timeValue struct { // 20s
		p *time.Duration
		input.Bounds[time.Duration]
	}
	rangeValue struct { // 1s..20s, or 1s for a constant
		p *Range
		input.Bounds[time.Duration]
	}
	boolValue      bool
	delayValue     netem.Delay
	snapshotsValue Snapshots
	faultsValue    []fault.Scheduled
	groupsValue    []Group
	policyValue    Policy
	mutantValue    mutant.ID
	linkValue      struct{ link **netem.Link }
)

// checked is a value that may be out of bounds, though it can be written.
type checked interface{ check() error }

func (v *intValue) check() error    { return v.Check(*v.p) }
func (v *numberValue) check() error { return v.Check(*v.p) }
func (v *chanceValue) check() error { return v.Check(*v.p) }
func (v *rateValue) check() error   { return v.Check(*v.p) }
func (v *timeValue) check() error   { return v.Check(*v.p) }

func (v *rangeValue) check() error {
	if v.p.Min > v.p.Max {
		return errors.New("the lower end comes first, as in 50ms..250ms")
	}
	return cmp.Or(v.Check(v.p.Min), v.Check(v.p.Max))
}

// set keeps a value that was read without an error.
func set[N any](p *N, value N, err error) error {
	if err == nil {
		*p = value
	}
	return err
}

func (v *seedValue) String() string { return strconv.FormatUint(*v.p, 10) }

func (v *seedValue) Type() string { return "uint" }

func (v *seedValue) Set(text string) error {
	n, err := input.Seed(text)
	return set(v.p, n, err)
}

func (v *intValue) String() string { return strconv.Itoa(*v.p) }

func (v *intValue) Type() string { return "int" }

func (v *intValue) Set(text string) error {
	n, err := input.Whole(text, v.Bounds)
	return set(v.p, n, err)
}

func (v *numberValue) String() string { return strconv.FormatFloat(*v.p, 'g', -1, 64) }

func (v *numberValue) Type() string { return "number" }

func (v *numberValue) Set(text string) error {
	n, err := input.Number(text, v.Bounds)
	return set(v.p, n, err)
}

func (v *chanceValue) String() string {
	if text := input.Percent(*v.p); v.reads(text) {
		return text
	}
	return strconv.FormatFloat(*v.p, 'g', -1, 64)
}

// reads reports whether a text is read as the value.
func (v *chanceValue) reads(text string) bool {
	read, err := input.Share(text, v.Bounds)
	return err == nil && read == *v.p
}

func (v *chanceValue) Type() string { return "probability" }

func (v *chanceValue) Set(text string) error {
	p, err := input.Share(text, v.Bounds)
	return set(v.p, p, err)
}

func (v *rateValue) String() string { return strconv.FormatFloat(*v.p, 'g', -1, 64) + "/s" }

func (v *rateValue) Type() string { return "rate" }

func (v *rateValue) Set(text string) error {
	n, err := input.Rate(text, v.Bounds)
	return set(v.p, n, err)
}

func (v *timeValue) String() string { return v.p.String() }

func (v *timeValue) Type() string { return "duration" }

func (v *timeValue) Set(text string) error {
	d, err := input.Time(text, v.Bounds)
	return set(v.p, d, err)
}

func (v *rangeValue) String() string { return v.p.String() }

func (v *rangeValue) Type() string { return "time[..time]" }

func (v *rangeValue) Set(text string) error {
	low, high, isRange := strings.Cut(strings.TrimSpace(text), "..")
	if !isRange {
		high = low
	}
	least, err := input.Time(low, v.Bounds)
	most, err2 := input.Time(high, v.Bounds)
	if err = cmp.Or(err, err2); err == nil && least > most {
		err = errors.New("the lower end comes first, as in 50ms..250ms")
	}
	return set(v.p, Range{least, most}, err)
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

func (v *policyValue) String() string { return Policy(*v).String() }

func (v *policyValue) Type() string { return strings.Join(policyNames[:], "|") }

func (v *policyValue) Set(text string) error {
	named, err := policyNamed(strings.TrimSpace(text))
	if err == nil {
		*v = policyValue(named)
	}
	return err
}

func (v *mutantValue) String() string { return mutant.ID(*v).String() }

func (v *mutantValue) Type() string { return mutantType() }

// mutantType names all of them. Every command asks for it several times.
var mutantType = sync.OnceValue(func() string { return strings.Join(append([]string{mutant.None.String()}, mutant.Names()...), "|") })

func (v *mutantValue) Set(text string) error {
	if text == "none" {
		*v = 0
		return nil
	}
	m, err := mutant.Named(text)
	if err != nil {
		return fmt.Errorf("unknown mutant %q%s", text, input.DidYouMean(text, mutant.Names(), "see invsim mutants"))
	}
	*v = mutantValue(m.ID)
	return nil
}

// emptyList is written where there is neither a fault nor a group.
const emptyList = "none"

func (v *faultsValue) String() string {
	words := make([]string, len(*v))
	for i, f := range *v {
		words[i] = f.String()
	}
	return strings.Join(words, " ")
}

func (v *faultsValue) Type() string { return "faults" }

func (v *faultsValue) Set(text string) error {
	if text == emptyList {
		text = ""
	}
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
	if text == emptyList {
		text = ""
	}
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
