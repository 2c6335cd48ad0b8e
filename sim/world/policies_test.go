// Policies: what they are for holds in hundreds of worlds, and a broken one is found.

package world

import (
	"fmt"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/policy"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// trial is a kind of worlds, and what must hold in them.
type trial struct {
	name   string
	policy setup.Policy
	change func(o *setup.Options)
	watch  func(w *World, wrong func(format string, args ...any))
	ended  func(w *World, wrong func(format string, args ...any))
	broken map[string][]policy.Policy // must be found
}

// crowd are phones that many call at once, over a bad network.
func crowd(o *setup.Options) {
	o.Users, o.Arrivals, o.Loss, o.Dup, o.Reorder, o.ReorderBy = 4, 2, 0.1, 0.05, 0.1, 2*time.Second
	o.Glare, o.Redial, o.Cancel, o.CancelAfter, o.ChangeMind = 0.2, 0.3, 0.3, setup.Range{Min: 0, Max: 8 * time.Second}, 0.2
}

// pairs are users who call each other, over a perfect network.
func pairs(o *setup.Options) {
	o.Calls, o.World, o.Users, o.Glare, o.Cancel, o.Accept, o.Refuse, o.Ignore = 2, 2, 2, 1, 0, 1, 0, 0
}

var trials = []trial{
	{
		// While anything is open or on, no ring is shown.
		name: "busy", policy: setup.Busy, change: crowd, watch: watchBusy,
		broken: map[string][]policy.Policy{
			"only calls that are on":   {onlyOn},
			"only calls of the others": {onlyOthers},
		},
	},
	{
		name: "busy, redial and glare", policy: setup.AllOfThem, change: crowd, watch: watchRedial,
		broken: map[string][]policy.Policy{"busy first": {policy.Busy(setup.BusyResponse), policy.Redial(), policy.Glare()}},
	},
	{
		name: "glare", policy: setup.GlarePolicy, change: pairs, ended: oneOfTwo,
		broken: map[string][]policy.Policy{
			"both give way":   {always(policy.Take)},
			"both hold on":    {always(policy.Wait)},
			"nobody does any": {},
		},
	},
	{
		name: "glare, over a bad network", policy: setup.GlarePolicy, change: func(o *setup.Options) { pairs(o); o.Loss, o.Dup, o.Offline = 0.3, 0.1, 0.3 }, ended: notBoth,
		broken: map[string][]policy.Policy{"nobody does any": {}},
	},
	{
		name: "do not disturb", policy: setup.DoNotDisturb, change: crowd, watch: watchQuiet,
		broken: map[string][]policy.Policy{"some disturb": {policy.DoNotDisturb(func(caller string) bool { return caller == setup.UserName(1) }, "")}},
	},
}

func onlyOn(r policy.Ringing) policy.Decision {
	for _, c := range r.Open {
		if c.On {
			return policy.Decision{Do: policy.Refuse, Text: setup.BusyResponse}
		}
	}
	return policy.Decision{}
}

func onlyOthers(r policy.Ringing) policy.Decision {
	for _, c := range r.Open {
		if !c.Own {
			return policy.Decision{Do: policy.Refuse, Text: setup.BusyResponse}
		}
	}
	return policy.Decision{}
}

func always(do policy.Do) policy.Policy {
	return func(r policy.Ringing) policy.Decision {
		for _, c := range r.Open {
			if c.Own && !c.On && c.Peer == r.Peer {
				return policy.Decision{Do: do, Old: c.Call}
			}
		}
		return policy.Decision{}
	}
}

// isOpen reports whether a user is in a call: it is open, or on.
func (w *World) isOpen(c *call, phone int32) bool {
	end, since := c.CallerEnd == property.CallerOpen && c.sent || c.CallerEnd == property.CallerAccepted, c.CallerEndAt
	if phone == c.callee {
		end, since = c.CalleeEnd == property.CalleeOpen && c.Rang || c.CalleeEnd == property.CalleeAccepted, c.CalleeEndAt
	}
	return end && (since == 0 || w.clock.now < since+int64(setup.TalkFor))
}

// watchBusy: a ring is shown only when its user is in no other call that was shown.
func watchBusy(w *World, wrong func(string, ...any)) {
	shown := map[int32]map[*call]bool{}
	w.hooks.shown = func(phone int32, s policy.Show) {
		if s.What != policy.Ring {
			return
		}
		c := w.callOf(s.Call.ID)
		for _, i := range w.nodes[phone].calls {
			other := &w.calls[i]
			if other != c && w.isOpen(other, phone) && (phone == other.caller || shown[phone][other]) {
				wrong("%v: call %d rings at %s in call %d", time.Duration(w.clock.now), c.index, w.nodes[phone].name, i)
			}
		}
		if shown[phone] == nil {
			shown[phone] = map[*call]bool{}
		}
		shown[phone][c] = true
	}
}

// watchRedial: nobody is told busy who is alone: whose callee is in no call but rings of his.
func watchRedial(w *World, wrong func(string, ...any)) {
	w.hooks.refused = func(phone int32, c *call) {
		for _, i := range w.nodes[phone].calls {
			other := &w.calls[i]
			own := other.caller == c.caller && phone == other.callee && other.CalleeEnd == property.CalleeOpen && !other.accepted
			if other != c && w.isOpen(other, phone) && !own {
				return
			}
		}
		wrong("%v: call %d is told busy, and %s is in no call", time.Duration(w.clock.now), c.index, w.nodes[phone].name)
	}
}

// watchQuiet: who may not disturb is not shown.
func watchQuiet(w *World, wrong func(string, ...any)) {
	w.hooks.shown = func(phone int32, s policy.Show) {
		if s.What == policy.Ring && setup.Disturbs(s.Call.Peer) {
			wrong("%s rings for %s", w.nodes[phone].name, s.Call.Peer)
		}
	}
}

// oneOfTwo: of two calls that cross, one is accepted at both ends, and the other at none.
func oneOfTwo(w *World, wrong func(string, ...any)) {
	if n := accepted(w.calls); n != 1 {
		wrong("%d of the two calls are accepted", n)
	}
}

func notBoth(w *World, wrong func(string, ...any)) {
	if accepted(w.calls) == 2 {
		wrong("both calls are accepted")
	}
}

// accepted is how many calls are accepted at both ends.
func accepted(calls []call) (n int) {
	for i := range calls {
		if calls[i].CallerEnd == property.CallerAccepted && calls[i].CalleeEnd == property.CalleeAccepted {
			n++
		}
	}
	return n
}

const policyWorlds = 300

func TestPolicies(t *testing.T) {
	for _, each := range trials {
		t.Run(each.name, func(t *testing.T) {
			if problem, worlds := each.play(t, nil); problem != "" {
				t.Errorf("world %d: %s", worlds, problem)
			}
			for name, policies := range each.broken {
				problem, worlds := each.play(t, func(int) []policy.Policy { return policies })
				if problem == "" {
					t.Errorf("%s: not found", name)
				}
				t.Logf("%s: world %d: %s", name, worlds, problem)
			}
		})
	}
}

// play plays worlds until something is wrong.
func (each *trial) play(t *testing.T, policies func(int) []policy.Policy) (problem string, number int) {
	t.Helper()
	for number = range policyWorlds {
		o := setup.Default()
		o.Offline, o.PresenceWrong = 0, 0
		o.Loss, o.Dup, o.Reorder = 0, 0, 0
		o.Calls, o.World, o.Policy = 30, 30, each.policy
		each.change(&o)
		w := New(&o)
		w.hooks.policies = policies
		wrong := func(format string, args ...any) {
			if problem == "" {
				problem = fmt.Sprintf(format, args...)
			}
		}
		if each.watch != nil {
			each.watch(w, wrong)
		}
		if err := w.Play(t.Context(), 0, tape.World(1, number)); err != nil {
			t.Fatal(err)
		}
		if each.ended != nil {
			each.ended(w, wrong)
		}
		for _, v := range w.Result.Violations {
			t.Fatalf("world %d: %v", number, v.Violation)
		}
		if problem != "" {
			return problem, number
		}
	}
	return "", number
}

// TestOnePhone: a group of phones has policies and bounds of its own.
func TestOnePhone(t *testing.T) {
	o := setup.Default()
	o.Calls, o.World, o.Users = 200, 200, 4
	if err := o.Set("groups", "1: policy=busy; 2: max-per-peer=1 max-total=2"); err != nil {
		t.Fatal(err)
	}
	w, refused := New(&o), 0
	w.hooks.refused = func(phone int32, _ *call) {
		if refused++; phone != 1 {
			t.Errorf("phone %d has a policy", phone)
		}
	}
	if err := w.Play(t.Context(), 0, tape.World(1, 0)); err != nil {
		t.Fatal(err)
	}
	if refused == 0 || w.Result.Goals[property.Overloaded] == 0 || !w.Result.Held() {
		t.Errorf("refused: %d, overloaded: %d, violations: %v", refused, w.Result.Goals[property.Overloaded], w.Result.Violations)
	}
}

// TestRingGroups: a ring group is answered once, if one of its calls is accepted, and else
// it ends once.
func TestRingGroups(t *testing.T) {
	if problem := ringGroupsWith(t, mutant.None); problem != "" {
		t.Error(problem)
	}
	if ringGroupsWith(t, mutant.GroupNotDecided) == "" {
		t.Error("two of a group are accepted, and nobody notices")
	}
}

func ringGroupsWith(t *testing.T, lacks mutant.ID) string {
	t.Helper()
	for number := range policyWorlds {
		o := setup.Default()
		o.Calls, o.World, o.Users, o.Offline, o.Mutant = 24, 24, 6, 0.2, lacks
		o.Hold, o.HoldCalls, o.HoldPause, o.HoldGroup = 1, 4, 2*time.Second, true
		w := New(&o)
		var all ringGroups
		w.hooks.told = all.told
		if err := w.Play(t.Context(), 0, tape.World(1, number)); err != nil {
			t.Fatal(err)
		}
		if problem := all.problem(w); problem != "" {
			return fmt.Sprintf("world %d: %s", number, problem)
		}
	}
	return ""
}

// ringGroups are those of a world, by the first of their calls.
type ringGroups map[int32]*ringGroup

type ringGroup struct {
	policy.RingGroup
	events [policy.GroupEnded + 1]int
}

func (all *ringGroups) told(w *World, c *call, event engine.OutputKind) {
	if *all == nil {
		*all = ringGroups{}
		for i := range w.calls {
			(*all)[w.calls[i].heldBy] = &ringGroup{}
		}
	}
	g := (*all)[c.heldBy]
	if event == engine.Send {
		g.Add(c.onLine(c.caller))
	} else if e, ok := g.Told(event, c.onLine(c.caller)); ok {
		g.events[e]++
	}
}

func (all ringGroups) problem(w *World) string {
	for i := range w.calls {
		leader := w.calls[i].heldBy
		if leader != w.calls[i].index+1 {
			continue
		}
		g, accepted := all[leader], 0
		if e, ok := g.Whole(); ok { // the calls that a decided group refused were never in it
			g.events[e]++
		}
		for i := range w.calls {
			if w.calls[i].heldBy == leader && w.calls[i].CallerEnd == property.CallerAccepted {
				accepted++
			}
		}
		if g.events[policy.GroupAnswered] != accepted || g.events[policy.GroupAnswered]+g.events[policy.GroupEnded] != 1 || g.events[policy.GroupRings] > 1 {
			return fmt.Sprintf("of the group of call %d %d are accepted, and it was told %v", leader-1, accepted, g.events)
		}
	}
	return ""
}
