// Explanations of small worlds whose engines break one rule each, as golden texts;
// and what holds of every explanation of a swarm's worlds.

package explain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/garbage"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

func init() { garbage.Seldom() }

const (
	ms     = time.Millisecond
	second = time.Second
)

// small is a world of two phones and one call, with little that goes wrong.
func small(id mutant.ID, change func(*setup.Options)) setup.Options {
	o := setup.Default()
	o.Calls, o.World, o.Users, o.Arrivals = 1, 1, 2, 1
	o.Loss, o.Dup, o.Reorder, o.Offline, o.PresenceWrong, o.PressTwice = 0, 0, 0, 0, 0, 0
	o.Accept, o.Refuse, o.Ignore, o.Cancel = 1, 0, 0, 0
	o.Latency, o.AnswerAfter = netem.Between(50*ms, 250*ms), setup.Range{Min: second, Max: 4 * second}
	o.Mutant = id
	if change != nil {
		change(&o)
	}
	return o
}

// crossing lets the caller cancel while the callee answers.
func crossing(o *setup.Options) {
	o.Cancel, o.CancelAfter = 1, setup.Range{Min: second, Max: 4 * second}
}

// failures are worlds in which a broken rule shows. The first seed with such a
// violation is the one.
var failures = []struct {
	name     string
	mutant   mutant.ID
	property property.ID
	change   func(*setup.Options)
}{
	{"accept-without-confirm", mutant.AcceptWithoutConfirm, property.S1, crossing},
	{"accept-after-cancel", mutant.AcceptAfterCancel, property.S2, crossing},
	{"cancel-after-accepted", mutant.CancelAfterAccepted, property.S2, crossing},
	{"no-callee-tombstone", mutant.NoCalleeTombstone, property.S6, func(o *setup.Options) { crossing(o); o.Reorder, o.ReorderBy = 0.5, 20*second; o.Dup = 0.5 }},
	{"short-callee-tombstone", mutant.ShortCalleeTombstone, property.S6, func(o *setup.Options) { o.Reorder, o.ReorderBy = 0.5, 60*second; o.Dup = 0.5 }},
	{"second-ring", mutant.SecondRing, property.S6, func(o *setup.Options) { o.Dup = 0.5 }},
	{"expired-cancel-says-user", mutant.ExpiredCancelSaysUser, property.Q1, func(o *setup.Options) {
		o.Accept, o.Ignore, o.Engine.Times.Grace, o.Engine.CountFromSend = 0, 1, 0, true
	}},
	{"unknown-accept-confirmed", mutant.UnknownAcceptConfirmed, property.S1, func(o *setup.Options) {
		o.Snapshots = setup.Nothing
		o.Faults = []fault.Scheduled{{Kind: fault.Crash, At: second, For: 200 * ms, Phones: []int{0}}}
	}},
	{"cancel-not-told", mutant.CancelNotTold, property.S14, crossing},
	{"accept-twice", mutant.AcceptTwice, property.S13, func(o *setup.Options) { o.PressTwice = 1 }},
	{"refuse-after-accept", mutant.RefuseAfterAccept, property.S13, func(o *setup.Options) { o.ChangeMind, o.Loss = 1, 0.5 }},
	{"receipt-not-implied", mutant.ReceiptNotImplied, property.S9, func(o *setup.Options) { o.Loss = 0.5 }},
	{"response-not-shown", mutant.ResponseNotShown, property.S10, nil},
	{"key-without-peer", mutant.KeyWithoutPeer, property.S4, func(o *setup.Options) { o.Users, o.Strangers = 3, 1; o.AnswerAfter.Max = 30 * second }},
	{"ids-used-again", mutant.IDsUsedAgain, 0, func(o *setup.Options) {
		o.Calls, o.World, o.Arrivals, o.Snapshots = 3, 3, 0.2, setup.Nothing
		o.Faults = []fault.Scheduled{{Kind: fault.Crash, At: 6 * second, For: second}}
	}},
}

// firstFailure plays worlds until one violates the property first of all; 0 for any.
func firstFailure(t *testing.T, o setup.Options, id property.ID) *sim.Outcome {
	t.Helper()
	for seed := uint64(1); seed <= 1000; seed++ {
		o.Seed = seed
		outcome, err := sim.Play(t.Context(), o, 0, tape.World(seed, 0), true)
		if err != nil {
			t.Fatal(err)
		}
		if v := outcome.Result.Violations; len(v) > 0 && (id == 0 || clearest(v).Property == id) {
			return outcome
		}
	}
	t.Fatalf("no world of a thousand violates %v", id)
	return nil
}

func TestFailures(t *testing.T) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			o := firstFailure(t, small(f.mutant, f.change), f.property)
			x, err := Violated(o)
			if err != nil {
				t.Fatal(err)
			}
			checkFacts(t, o, x)
			if len(x.Sentences) > 25 {
				t.Errorf("%d sentences for a small call", len(x.Sentences))
			}
			if !x.deviates() {
				t.Error("the step that breaks the rule is not told")
			}
			requireFile(t, f.name+".txt", textOf(t, x, "invsim why …"))
		})
	}
}

// ends are worlds in which nothing is violated, and calls that one wonders about.
var ends = []struct {
	name   string
	change func(*setup.Options)
}{
	{"residue", func(o *setup.Options) {
		o.AnswerAfter = setup.Range{Min: 2 * second, Max: 2 * second}
		o.Faults = []fault.Scheduled{{Kind: fault.Partition, At: 2300 * ms, For: 30 * second, Phones: []int{0}, OneWay: true},
			{Kind: fault.Partition, At: 2300 * ms, For: 30 * second, Phones: []int{1}, OneWay: true}}
	}},
	{"never-rang", func(o *setup.Options) {
		o.Faults = []fault.Scheduled{{Kind: fault.Offline, At: 0, For: 120 * second, Phones: []int{0, 1}}}
	}},
	{"nobody-answers", func(o *setup.Options) { o.Accept, o.Ignore = 0, 1 }},
	{"frozen", func(o *setup.Options) {
		o.Accept, o.Ignore = 0, 1
		o.Faults = []fault.Scheduled{{Kind: fault.Freeze, At: 50 * second, For: 12 * second, Phones: []int{0}}}
	}},
	{"confirm-held", func(o *setup.Options) {
		o.AnswerAfter = setup.Range{Min: 2 * second, Max: 2 * second}
		o.Faults = []fault.Scheduled{{Kind: fault.Freeze, At: 2400 * ms, For: 20 * second, Phones: []int{0}}}
	}},
	{"early-cancel-acked-only", func(o *setup.Options) {
		o.Cancel, o.CancelAfter, o.Latency = 1, setup.Range{Max: 100 * ms}, netem.Between(50*ms, 900*ms)
		o.Mutant = mutant.EarlyCancelAckedOnly
	}},
	{"clock-set", func(o *setup.Options) {
		o.Accept, o.Ignore = 0, 1
		o.Faults = []fault.Scheduled{{Kind: fault.Jump, At: 10 * second, For: 40 * second}}
	}},
	{"crashed", func(o *setup.Options) {
		o.AnswerAfter = setup.Range{Min: 2 * second, Max: 2 * second}
		o.Faults = []fault.Scheduled{{Kind: fault.Crash, At: 2400 * ms, For: 40 * second, Phones: []int{0}}}
	}},
	{"refused", func(o *setup.Options) { o.Accept, o.Refuse, o.Loss = 0, 1, 0.3 }},
	{"pushed", func(o *setup.Options) {
		o.Store, o.Push, o.PushInvite, o.AnswerAfter = 60*second, 1, 30*second, setup.Range{Min: 2 * second, Max: 2 * second}
		o.Faults = []fault.Scheduled{{Kind: fault.Offline, At: 0, For: 120 * second, Phones: []int{0}}}
	}},
}

func TestEnds(t *testing.T) {
	for _, e := range ends {
		t.Run(e.name, func(t *testing.T) {
			o := small(0, e.change)
			outcome, err := sim.Play(t.Context(), o, 0, tape.World(3, 0), true)
			if err != nil {
				t.Fatal(err)
			}
			if x, err := Violated(outcome); x != nil || err != nil {
				t.Fatalf("violated: %v, %v", x.Violation, err)
			}
			x, err := Call(outcome, 0)
			for seed := uint64(4); err == nil && o.Mutant != 0 && !x.deviates(); seed++ {
				if outcome, err = sim.Play(t.Context(), o, 0, tape.World(seed, 0), true); err == nil {
					x, err = Call(outcome, 0)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			checkFacts(t, outcome, x)
			requireFile(t, "end-"+e.name+".txt", textOf(t, x, "invsim why … --call 0"))
		})
	}
}

var (
	momentIn = regexp.MustCompile(`(\d+\.\d{3,9}) s( before the send)?`)
	copyIn   = regexp.MustCompile(`(INVITE|RECEIVED|ACCEPT|CONFIRM|REFUSE|CANCEL|ACK|CLOSED)(?:\([a-z ]+\))? #(\d+)`)
	afterIn  = regexp.MustCompile(`(INVITE|ACCEPT|CONFIRM|REFUSE|CANCEL)(?:\([a-z ]+\))? #(\d+), sent at [0-9. s]*, after [A-Z]+(?:\([a-z ]+\))? #(\d+)`)
	runIn    = regexp.MustCompile(`(INVITE|RECEIVED|ACCEPT|CONFIRM|REFUSE|CANCEL|ACK|CLOSED)(?:\([a-z ]+\))? #(\d+) (?:to|and) #(\d+)`)
	stateIn  = regexp.MustCompile(`\b(?:was|became) ([A-Z_]{4,})`)
	userIn   = regexp.MustCompile(`user\d+(?:/\d)?`)
	brokenIn = regexp.MustCompile(`Here a rule is broken`)
)

// checkFacts holds every sentence against the entries that it names: each moment,
// copy, state and user in it must be one of theirs.
func checkFacts(t *testing.T, o *sim.Outcome, x *Explanation) {
	t.Helper()
	zero, call := time.Duration(-1), x.Call-o.World*o.Options.World
	for _, e := range o.Entries {
		if zero < 0 && e.Kind == event.Pressed && e.Op == "send" && e.Call == call {
			zero = e.At
		}
	}
	last := time.Duration(-1 << 60)
	for _, s := range x.Sentences {
		if s.At < last {
			t.Errorf("not the oldest first: %s", s.Text)
		}
		last = s.At
		var from []event.Entry
		for _, seq := range s.Entries {
			from = append(from, o.Entries[seq-1])
		}
		has := func(what string, ok func(e *event.Entry) bool) {
			for i := range from {
				if ok(&from[i]) {
					return
				}
			}
			t.Errorf("%q is not from the entries of: %s", what, s.Text)
		}
		told, _, _ := strings.Cut(s.Text, " Here a rule is broken")
		for _, m := range momentIn.FindAllStringSubmatch(told, -1) {
			has(m[0], func(e *event.Entry) bool {
				at := e.At - zero
				digits := len(m[1]) - strings.IndexByte(m[1], '.') - 1
				return (at < 0) == (m[2] != "") && fmt.Sprintf("%.*f", digits, at.Abs().Seconds()) == m[1]
			})
		}
		for _, m := range copyIn.FindAllStringSubmatch(told, -1) {
			has(m[0], func(e *event.Entry) bool {
				return (e.Kind == event.CopySent || e.Kind == event.CopyArrived) && e.Message.Kind.String() == m[1] && strconv.Itoa(e.Copy+1) == m[2]
			})
		}
		for _, m := range runIn.FindAllStringSubmatch(told, -1) {
			first, _ := strconv.Atoi(m[2])
			last, _ := strconv.Atoi(m[3])
			for number := first; number <= last; number++ {
				has(m[0], func(e *event.Entry) bool {
					return e.Kind == event.CopySent && e.Message.Kind.String() == m[1] && e.Copy+1 == number
				})
			}
		}
		if m := afterIn.FindStringSubmatch(told); m != nil && !strings.HasPrefix(told, "In another call") {
			lost, _ := strconv.Atoi(m[3])
			came, _ := strconv.Atoi(m[2])
			for _, e := range o.Entries {
				if e.Kind == event.CopyArrived && e.Message.Kind.String() == m[1] && e.Call == call && e.At-zero < s.At &&
					lost <= e.Copy && e.Copy+1 < came && e.Verdict != engine.LoggedOut {
					t.Errorf("%s had come: %s", e.Line(), s.Text)
				}
			}
		}
		for _, m := range stateIn.FindAllStringSubmatch(told, -1) {
			has(m[1], func(e *event.Entry) bool {
				return e.Kind == event.Stepped && (e.Step.FromName() == m[1] || e.Step.ToName() == m[1])
			})
		}
		for _, user := range userIn.FindAllString(told, -1) {
			has(user, func(e *event.Entry) bool {
				return e.Node == user || e.Peer == user || e.Step.Peer == user || event.UserOf(e.Node) == user || event.UserOf(e.Peer) == user
			})
		}
		if s.Deviates != brokenIn.MatchString(s.Text) {
			t.Errorf("deviates: %v: %s", s.Deviates, s.Text)
		}
		if s.Fact > len(x.Facts) || s.Fact < 0 {
			t.Errorf("fact %d of %d: %s", s.Fact, len(x.Facts), s.Text)
		}
	}
	for i, f := range x.Facts {
		if o.Entries[f.Entry-1].At-zero != f.At {
			t.Errorf("fact %d is not at %v: %s", i+1, f.At, f.Text)
		}
		if !slices.ContainsFunc(x.Sentences, func(s Sentence) bool { return s.Fact == i+1 }) && !sameEntry(x, i) {
			t.Errorf("no sentence states fact %d: %s", i+1, f.Text)
		}
	}
}

// sameEntry reports whether another fact is stated by the same sentence.
func sameEntry(x *Explanation, i int) bool {
	return slices.ContainsFunc(x.Facts[:i], func(f Fact) bool { return f.At == x.Facts[i].At })
}

func textOf(t *testing.T, x *Explanation, again string) string {
	t.Helper()
	return golden.Written(t, func(w io.Writer) error { return Text(w, x, again) })
}

func requireFile(t *testing.T, name, got string) {
	t.Helper()
	golden.File(t, filepath.Join("..", "..", "testdata", "explain", name), got)
}

// Every call of a swarm's worlds can be explained, by the same bytes each time, from
// its own entries, and no swarm makes a story long.
func TestSwarm(t *testing.T) {
	explained := 0
	for n := range 300 {
		options, _ := setup.DrawSwarm(11, n)
		options.Mutant = mutant.ID(n % mutant.Count)
		outcome, err := sim.Play(t.Context(), options, 0, tape.World(options.Seed, 0), true)
		if err != nil {
			t.Fatal(err)
		}
		again, err := sim.Play(t.Context(), options, 0, tape.World(options.Seed, 0), true)
		if err != nil {
			t.Fatal(err)
		}
		x, err := Violated(outcome)
		if err != nil {
			t.Fatal(err)
		}
		if x == nil {
			x, err = Call(outcome, 0)
		} else {
			explained++
			y, err := Violated(again)
			if err != nil || textOf(t, x, "") != textOf(t, y, "") {
				t.Fatalf("world %d is explained in two ways", n)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(x.Sentences) > 40 {
			t.Errorf("world %d: %d sentences", n, len(x.Sentences))
		}
		checkFacts(t, outcome, x)
		if t.Failed() {
			t.Fatalf("world %d, %v:\n%s", n, options.Mutant, textOf(t, x, ""))
		}
	}
	if explained < 20 {
		t.Errorf("only %d worlds have something to explain", explained)
	}
}

// The graph has every entry at its number, every edge leads back, what Back gives is
// closed under the edges that it follows, and packets and steps are told apart.
func TestGraph(t *testing.T) {
	for n := range 40 {
		options, _ := setup.DrawSwarm(11, n)
		options.Snapshots, options.Every[fault.Crash], options.For[fault.Crash] = setup.Snapshots(n%3), 20*second, second
		if n%2 == 0 {
			options.Rate, options.Dup = 1000, 0.5
		}
		outcome, err := sim.Play(t.Context(), options, 0, tape.World(options.Seed, 0), true)
		if err != nil {
			t.Fatal(err)
		}
		h := Graph(outcome)
		checkEdges(t, h)
		checkPackets(t, h)
		checkOutputs(t, h)
		if t.Failed() {
			t.Fatalf("world %d", n)
		}
		if h.Back(0, len(outcome.Entries)+1) != nil {
			t.Error("something led to an entry that does not exist")
		}
	}
}

func checkEdges(t *testing.T, h *History) {
	t.Helper()
	for i, e := range h.entries {
		if e.Seq != i+1 {
			t.Fatalf("entry %d stands at %d", e.Seq, i+1)
		}
		follow, mention := h.edges(e.Seq)
		if len(follow) == 0 && (e.Kind == event.CopyArrived || e.Kind == event.EventRaised || e.Kind == event.CopySent || e.Kind == event.Stepped) {
			t.Errorf("%d (%s) has no cause", e.Seq, e.Line())
		}
		for _, cause := range follow {
			if c := h.at(cause); c.At > e.At && c.Kind != event.CopySent {
				t.Errorf("%d (%s) is caused by the later %d (%s)", e.Seq, e.Line(), cause, c.Line())
			}
		}
		if len(follow)+len(mention) != len(h.Causes(e.Seq)) {
			t.Errorf("%d has other causes than edges", e.Seq)
		}
		if e.Kind != event.Stepped || e.Step.From == 0 {
			continue
		}
		if made := h.madeBy(&h.entries[i]); made == nil || made.Step.To != e.Step.From {
			t.Errorf("%d (%s): made by %v", e.Seq, e.Line(), made)
		}
	}
	in := map[int]bool{}
	for _, e := range h.Back(len(h.entries), len(h.entries)/2) {
		in[e.Seq] = true
	}
	open, seen := []int{len(h.entries), len(h.entries) / 2}, map[int]bool{}
	for len(open) > 0 {
		seq := open[0]
		if open = open[1:]; seen[seq] {
			continue
		}
		seen[seq] = true
		follow, mention := h.edges(seq)
		for _, cause := range append(slices.Clone(follow), mention...) {
			if !in[cause] {
				t.Errorf("%d leads back to %d, which is missing", seq, cause)
			}
		}
		open = append(open, follow...)
	}
}

// checkPackets: all that is told of a packet is about one copy, and what was lost
// did not arrive.
func checkPackets(t *testing.T, h *History) {
	t.Helper()
	arrived := 0
	for i := range h.packets {
		p := &h.packets[i]
		sent := h.sent(p)
		for _, seq := range append(slices.Clone(p.told), p.arrived) {
			if e := h.at(seq); e != nil && (e.Message.Kind != sent.Message.Kind || e.Copy != sent.Copy || e.Twin != sent.Twin || e.Call != sent.Call) {
				t.Errorf("one packet is %q and %q", sent.Line(), e.Line())
			}
		}
		if fate := h.fate(p).Fate; p.arrived > 0 && fate != event.Sent && fate != event.Stored && fate != event.Pushed {
			t.Errorf("%q, and it arrived", h.fate(p).Line())
		}
		if p.arrived > 0 {
			arrived++
		}
	}
	for _, e := range h.entries {
		if e.Kind == event.CopyArrived {
			arrived--
		}
	}
	if arrived != 0 {
		t.Errorf("%d arrivals are of no packet, or of two", -arrived)
	}
}

// checkOutputs: every output of a step is one of its effects.
func checkOutputs(t *testing.T, h *History) {
	t.Helper()
	for seq, outputs := range h.outputs {
		for _, out := range outputs {
			if h.at(seq).Step.Effects&effectsOf(h.at(out)) == 0 {
				t.Errorf("%q led to %q", h.at(seq).Line(), h.at(out).Line())
			}
		}
	}
}

// A timer leads back to the step that armed it and to the copies that were lost, and
// to nothing that did not matter.
func TestBackFromATimer(t *testing.T) {
	options := small(0, func(o *setup.Options) {
		o.Faults = []fault.Scheduled{{Kind: fault.Offline, At: 0, For: 120 * second, Phones: []int{1}}}
	})
	var outcome *sim.Outcome
	for seed := uint64(1); outcome == nil || outcome.Timeline(0).Callee != "user1"; seed++ {
		var err error
		if outcome, err = sim.Play(t.Context(), options, 0, tape.World(seed, 0), true); err != nil {
			t.Fatal(err)
		}
	}
	var end int
	for _, e := range outcome.Entries {
		if e.Kind == event.EventRaised && e.Event.Kind == engine.LocalInvitationFailure {
			end = e.Seq
		}
	}
	counts := map[string]int{}
	for _, e := range Graph(outcome).Back(end) {
		name := ""
		switch e.Kind {
		case event.Stepped:
			name = e.Step.TriggerName()
		case event.CopySent:
			name = e.Message.Kind.String() + " " + map[event.Fate]string{event.Sent: "sent", event.Offline: "lost"}[e.Fate]
		case event.Pressed:
			name = e.Op
		case event.EventRaised:
			name = e.Event.Kind.String()
		case event.PhoneToggles, event.PresenceTold:
			name = fmt.Sprint(e.Kind == event.PhoneToggles, " ", e.Node)
		default:
			t.Errorf("did not matter: %s", e.Line())
		}
		counts[name]++
	}
	invites := 0
	for _, e := range outcome.Entries {
		if e.Kind == event.CopySent && e.Message.Kind == engine.Invite && e.Fate == event.Offline {
			invites++
		}
	}
	want := map[string]int{
		"LocalInvitationFailure": 1, "no-response timer, callee last known offline": 1, "send()": 1, "send": 1,
		"true user1": 1, "false user1": 1, "INVITE sent": invites, "INVITE lost": invites,
	}
	if invites < 5 || !reflect.DeepEqual(counts, want) {
		t.Errorf("%v, not %v", counts, want)
	}
}

func TestJSON(t *testing.T) {
	o := firstFailure(t, small(mutant.AcceptAfterCancel, crossing), property.S2)
	x, err := Violated(o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := JSON(&b, x, event.Source{Again: "again"}); err != nil {
		t.Fatal(err)
	}
	var got jsonExplanation
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Property != "S2" || len(got.Facts) != 2 || len(got.Sentences) != len(x.Sentences) || got.Sentences[0].Text != x.Sentences[0].Text || got.Again != "again" {
		t.Errorf("%+v", got)
	}
	requireFile(t, "accept-after-cancel.json", b.String())
}

func TestCallOutsideTheWorld(t *testing.T) {
	o := small(0, nil)
	outcome, err := sim.Play(t.Context(), o, 0, tape.World(1, 0), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range []int{-1, 1} {
		if _, err := Call(outcome, call); err == nil {
			t.Errorf("call %d is explained", call)
		}
	}
	outcome.Entries = nil
	if _, err := Call(outcome, 0); err == nil {
		t.Error("explained without entries")
	}
}
