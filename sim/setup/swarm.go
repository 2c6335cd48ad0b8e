// Swarm: worlds whose whole configuration is drawn from the seed, each fault off
// half the time. A fault that is always on hides the behaviour without it.

package setup

import (
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/tape"
)

// swarmOption is one that a swarm draws. It is on with probability 1 in odds; pick
// then draws a number below n, which chooses an alternative.
type swarmOption struct {
	name string
	odds int
	set  func(o *Options, pick func(n int) int)
}

// anyOf picks one of some values.
func anyOf[T any](pick func(int) int, values ...T) T { return values[pick(len(values))] }

const second = time.Second

// swarmOptions are all of them. Their order is part of the meaning of a seed.
var swarmOptions = []swarmOption{
	{"loss", 2, func(o *Options, pick func(int) int) { o.Loss = anyOf(pick, 0.01, 0.1, 0.3, 0.6) }},
	{"dup", 2, func(o *Options, pick func(int) int) { o.Dup = anyOf(pick, 0.02, 0.2, 0.9) }},
	{"reorder", 2, func(o *Options, pick func(int) int) {
		o.Reorder, o.ReorderBy = anyOf(pick, 0.05, 0.5), anyOf(pick, second, 8*second, 40*second)
	}},
	{"corrupt", 2, func(o *Options, pick func(int) int) { o.Corrupt = anyOf(pick, 0.01, 0.2) }},
	{"latency", 2, func(o *Options, pick func(int) int) {
		o.Latency = anyOf(pick,
			netem.Between(0, 0), netem.Between(0, 2*second), netem.Between(second, 40*second), netem.Between(0, 120*second),
			netem.Delay{Shape: netem.Normal, A: 300 * time.Millisecond, B: 200 * time.Millisecond},
			netem.Delay{Shape: netem.LogNormal, A: 100 * time.Millisecond, Sigma: 1.5},
			netem.Delay{Shape: netem.Pareto, A: 50 * time.Millisecond, Sigma: 0.8})
	}},
	{"rate", 2, func(o *Options, pick func(int) int) {
		o.Rate, o.Queue = anyOf(pick, 100.0, 1000, 10_000), anyOf(pick, 0, 300, 3000)
	}},
	{"store", 2, func(o *Options, pick func(int) int) { o.Store = anyOf(pick, 5*second, 60*second, 200*second) }},
	{"push", 2, func(o *Options, pick func(int) int) {
		o.Push, o.PushInvite = anyOf(pick, 0.3, 1), anyOf(pick, 0, 0, 5*second, 20*second)
	}},
	{"burst", 2, func(o *Options, pick func(int) int) {
		o.Every[fault.Burst], o.For[fault.Burst], o.BurstLoss = anyOf(pick, 10*second, 60*second), anyOf(pick, second, 20*second), anyOf(pick, 0.5, 1)
	}},
	{"partition", 2, func(o *Options, pick func(int) int) {
		o.Every[fault.Partition], o.For[fault.Partition], o.PartitionOneWay = anyOf(pick, 15*second, 60*second), anyOf(pick, second, 10*second, 60*second), anyOf(pick, 0, 0.5, 1)
	}},
	{"clog", 2, func(o *Options, pick func(int) int) {
		o.Every[fault.Clog], o.For[fault.Clog] = anyOf(pick, 15*second, 60*second), anyOf(pick, 2*second, 20*second, 60*second)
	}},
	{"offline", 2, func(o *Options, pick func(int) int) {
		o.Offline, o.For[fault.Offline] = anyOf(pick, 0.05, 0.3, 0.7), anyOf(pick, second, 10*second, 40*second)
	}},
	{"presence-wrong", 2, func(o *Options, pick func(int) int) { o.PresenceWrong = anyOf(pick, 0.1, 1) }},
	{"crash", 2, func(o *Options, pick func(int) int) {
		o.Every[fault.Crash], o.For[fault.Crash] = anyOf(pick, 20*second, 60*second), anyOf(pick, time.Millisecond, 5*second, 40*second)
	}},
	{"snapshots", 2, func(o *Options, pick func(int) int) { o.Snapshots = anyOf(pick, Stale, Nothing) }},
	{"freeze", 2, func(o *Options, pick func(int) int) {
		o.Every[fault.Freeze], o.For[fault.Freeze] = anyOf(pick, 15*second, 60*second), anyOf(pick, second, 10*second, 60*second)
	}},
	{"drift", 2, func(o *Options, pick func(int) int) { o.Drift = anyOf(pick, 0.0001, 0.01, 0.3) }},
	{"jump", 2, func(o *Options, pick func(int) int) {
		o.Every[fault.Jump], o.For[fault.Jump] = anyOf(pick, 20*second, 60*second), anyOf(pick, second, 60*second, time.Hour)
	}},
	{"cancel", 2, func(o *Options, pick func(int) int) {
		o.Cancel, o.CancelAfter = anyOf(pick, 0.3, 1), anyOf(pick, Range{0, 300 * time.Millisecond}, Range{0, 5 * second}, Range{0, 100 * second})
	}},
	{"answer", 2, func(o *Options, pick func(int) int) {
		o.Accept, o.Refuse, o.Ignore = anyOf(pick, 1.0, 0, 3), anyOf(pick, 1.0, 2), anyOf(pick, 0.0, 1)
	}},
	{"answer-after", 2, func(o *Options, pick func(int) int) {
		o.AnswerAfter = anyOf(pick, Range{0, 300 * time.Millisecond}, Range{0, 5 * second}, Range{50 * second, 65 * second}, Range{0, 100 * second})
	}},
	{"press-twice", 2, func(o *Options, pick func(int) int) { o.PressTwice = anyOf(pick, 0.1, 1) }},
	{"change-mind", 2, func(o *Options, pick func(int) int) { o.ChangeMind = anyOf(pick, 0.1, 1) }},
	{"glare", 2, func(o *Options, pick func(int) int) { o.Glare = anyOf(pick, 0.1, 0.5) }},
	{"redial", 2, func(o *Options, pick func(int) int) { o.Redial = anyOf(pick, 0.1, 0.5) }},
	{"hold", 2, func(o *Options, pick func(int) int) {
		o.Hold, o.HoldCalls = anyOf(pick, 0.1, 0.5), anyOf(pick, 3, 5, 10, 100)
		if o.HoldCalls == 100 {
			o.Calls += 100
			o.World = o.Calls
		}
		o.HoldGroup, o.HoldPause = anyOf(pick, false, true), anyOf(pick, 0, 0, 2*second)
		if o.HoldGroup && pick(2) == 1 { // several accept before they know of each other
			o.Accept, o.Refuse, o.Ignore, o.AnswerAfter = 1, 0, 0, anyOf(pick, Range{}, Range{0, 5 * second})
		}
	}},
	{"strangers", 2, func(o *Options, pick func(int) int) { o.Strangers = anyOf(pick, 0.1, 1) }},
	{"keep-old", 16, func(o *Options, _ func(int) int) { o.KeepOld = true }},
	{"accept-time", 2, func(o *Options, pick func(int) int) {
		o.Engine.Times.Accept = anyOf(pick, 5*second, 32*second, 750*time.Millisecond)
	}},
	{"grace-time", 2, func(o *Options, pick func(int) int) { o.Engine.Times.Grace = anyOf(pick, 0, 10*second) }},
	{"count-from-send", 2, func(o *Options, _ func(int) int) { o.Engine.CountFromSend = true }},
	{"fail-at-once", 2, func(o *Options, _ func(int) int) { o.Engine.FailAtOnce = true }},
	{"no-retransmit", 8, func(o *Options, _ func(int) int) { o.Engine.NoRetransmit = true }},
	{"bounds", 8, func(o *Options, pick func(int) int) {
		o.Engine.MaxPerPeer, o.Engine.MaxTotal = anyOf(pick, 2, 5), anyOf(pick, 3, 10)
	}},
	{"lag", 2, func(o *Options, pick func(int) int) {
		o.Every[fault.Lag], o.For[fault.Lag], o.LagBy = anyOf(pick, 15*second, 60*second), anyOf(pick, 2*second, 20*second), anyOf(pick, second, 10*second, 40*second)
	}},
	{"groups", 3, func(o *Options, pick func(int) int) {
		groups, err := parseGroups(anyOf(pick,
			"0: loss=60% latency=1s..3s", "50%: offline=30% offline-for=5s", "0: no-response-time=12s expiry-time=30s grace-time=5s accept-time=8s",
			"1: rate=200 queue=2000 reorder=50% reorder-by=5s", "0: crash-every=20s drift=1%; 1: freeze-every=15s",
			"0: fail-at-once=true retransmit-first=1s retransmit-cap=8s; 1: accept-time=20s accept-first=500ms accept-cap=2s"))
		if err != nil {
			panic(err) // the table is wrong
		}
		o.Groups = groups
	}},
	{"refresh", 2, func(o *Options, pick func(int) int) { o.Engine.Times.Refresh = anyOf(pick, 0, second, 7*second) }},
	{"expiry-cap", 3, func(o *Options, pick func(int) int) { o.Engine.Times.ExpiryCap = anyOf(pick, 35*second, 90*second) }},
	{"policy", 3, func(o *Options, pick func(int) int) {
		o.Policy = anyOf(pick, Busy, DoNotDisturb, GlarePolicy, RedialPolicy, AllOfThem, AllOfThem)
	}},
	{"login-after", 3, func(o *Options, pick func(int) int) { o.LoginAfter = anyOf(pick, second, 10*second) }},
	{"devices", 8, func(o *Options, pick func(int) int) {
		if o.Devices = anyOf(pick, 2, 3); o.Engine.Times.Refresh == 0 {
			o.Engine.Times.Refresh = 20 * second // one of several devices has a refresh
		}
	}},
}

// SwarmNames are the options that a swarm draws, in their order.
func SwarmNames() []string {
	names := make([]string, len(swarmOptions))
	for i := range swarmOptions {
		names[i] = swarmOptions[i].name
	}
	return names
}

// SwarmHeals is when the safety phase of a swarm's world is over.
const SwarmHeals = 100 * time.Second

// Swarm draws the options of one numbered world of a swarm, and tells which are on.
func DrawSwarm(seed uint64, number int) (o Options, on []bool) {
	t := tape.World(seed, number)
	o = Options{
		Seed: uint64(t), Latency: netem.Between(50*time.Millisecond, 250*time.Millisecond), PushAfter: Range{0, 5 * second},
		BurstLoss: 0.5, For: [fault.NumKinds]time.Duration{fault.Burst: second, fault.Offline: second}, Accept: 1, AnswerAfter: Range{0, 20 * second}, HoldCalls: 100,
		Heal: SwarmHeals, Engine: engine.Options{Times: engine.DefaultTimes(), MaxPerPeer: engine.DefaultMaxPerPeer, MaxTotal: engine.DefaultMaxTotal},
	}
	draw := drawer(t)
	o.Calls = 1 + draw(255, 0, 20)
	o.World = o.Calls
	o.Users, o.Devices = 3+draw(255, 1, 4), 1
	o.Arrivals = float64(o.Calls) / []float64{0.1, 5, 40}[draw(255, 2, 3)]
	return o, o.Vary(t)
}

// Vary draws which options of a swarm are on and their values, sets them, and tells
// which are on.
func (o *Options) Vary(t tape.Tape) (on []bool) {
	draw := drawer(t)
	on = make([]bool, len(swarmOptions))
	for i := range swarmOptions {
		s := &swarmOptions[i]
		if on[i] = draw(i, 0, s.odds) == s.odds-1; on[i] {
			asked := 0
			s.set(o, func(n int) int {
				asked++
				return draw(i, asked, n)
			})
		}
	}
	return on
}

// drawer draws below n for an option, by its number and by how many draws it has had.
func drawer(t tape.Tape) func(number, of, n int) int {
	return func(number, of, n int) int { return tape.Index(t, n, tape.Option, tape.Key(number)<<8|tape.Key(of)) }
}
