// Options: the description of a world, and the check that it makes sense. fields.go
// has the text of each option.

package setup

import (
	"fmt"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/netem"
)

// Range is a duration drawn uniformly, both ends included.
type Range struct{ Min, Max time.Duration }

func (r Range) String() string {
	if r.Min == r.Max {
		return r.Min.String()
	}
	return r.Min.String() + ".." + r.Max.String()
}

// Options describe a run.
type Options struct {
	Seed  uint64
	Calls int // in all
	World int // calls in one world: a run is cut into worlds, and the rest holds for each

	// The users' phones, and how often they call.
	Users    int
	Devices  int     // of each user: a phone each, and a call reaches all of its callee's
	Arrivals float64 // calls per second, at random moments

	// The network.
	Loss       float64       // probability that a copy of a message is lost
	Dup        float64       // probability that a copy arrives twice
	Reorder    float64       // probability that a copy is held back by up to ReorderBy more
	ReorderBy  time.Duration // see Reorder
	Corrupt    float64       // probability that bits of a copy are flipped
	Latency    netem.Delay   // how long a copy is under way
	Uplink     *netem.Link   // a recorded link that everything a phone sends crosses first; nil for none
	Downlink   *netem.Link   // a recorded link that everything a phone gets crosses last; nil for none
	Rate       float64       // bytes per second that a phone's uplink and downlink carry; 0 for any number
	Queue      int           // bytes that may wait for each; 0 for any number
	Store      time.Duration // how long the network keeps what is sent to a phone out of reach; 0 for not at all
	Push       float64       // probability that an INVITE kept so wakes its phone
	PushAfter  Range         // after how long
	PushInvite time.Duration // such a push brings the INVITE, and the phone connects so much later; 0: it brings nothing
	KeepOld    bool          // copies older than MaxDelay are delivered, against the protocol's assumption

	BurstLoss       float64 // probability of loss to or from a phone whose radio is bad
	PartitionOneWay float64 // probability that a partition cuts one direction only

	LagBy time.Duration // how much longer a copy takes from a phone whose uplink is slow

	// Random faults, by kind: the mean time from the beginning of an episode to that of
	// the next, 0 for never, and the mean of its length. Both are of exponential
	// distribution. Every of Offline follows from the share Offline; For of Jump is
	// the largest jump.
	Every, For [fault.NumKinds]time.Duration

	// The phones.
	Offline       float64       // share of the time that a phone is offline
	PresenceWrong float64       // probability that a report of it says the opposite
	LoginAfter    time.Duration // the longest time from the return of its network to its login
	Snapshots     Snapshots     // that a crashed phone starts again with
	Drift         float64       // how much faster or slower a clock is at most, as a share

	// The users.
	Accept, Refuse, Ignore float64 // weights of the answers of callees
	AnswerAfter            Range   // how long it rings before the callee does it
	Cancel                 float64 // probability that the caller cancels, whatever the callee does
	CancelAfter            Range   // how long after send
	PressTwice             float64 // probability that a button is pressed a second time
	ChangeMind             float64 // probability that a user tries the opposite within two seconds
	Glare                  float64 // probability that a call is the way back of the one before, at the same time
	Redial                 float64 // probability that a call is the one before again, as soon as that has ended
	Hold                   float64 // probability that a call is the first of HoldCalls that its caller places at once
	HoldCalls              int
	HoldPause              time.Duration // the longest pause between two of them
	HoldGroup              bool          // they ring as a group, of which one can be accepted
	Policy                 Policy        // of their phones, for rings beside other calls
	Strangers              float64       // probability that a third party sends something under a call's id

	// Faults are those that happen at a set time.
	Faults []fault.Scheduled

	// Groups are phones with options of their own.
	Groups []Group

	// Heal ends every fault at that time, and then everything must come to an
	// end. 0 for never.
	Heal time.Duration

	// Engine configures every engine. Clock, Epoch and Rules are the simulator's own.
	Engine engine.Options

	// Mutant is a rule that the engines, or the world around them, break.
	Mutant mutant.ID
}

// usualLengths are the lengths of episodes by default.
var usualLengths = func() (all [fault.NumKinds]time.Duration) {
	for kind := range fault.NumKinds {
		all[kind] = kind.Row().Usual
	}
	return all
}()

// Default is the world that a run without options simulates.
func Default() Options {
	return Options{
		Seed:          1,
		Calls:         100_000,
		World:         1000,
		Users:         16,
		Devices:       1,
		Arrivals:      50,
		Loss:          0.01,
		Dup:           0.005,
		Reorder:       0.02,
		ReorderBy:     time.Second,
		Latency:       netem.Between(50*time.Millisecond, 250*time.Millisecond),
		LagBy:         2 * time.Second,
		PushAfter:     Range{500 * time.Millisecond, 5 * time.Second},
		BurstLoss:     0.5,
		For:           usualLengths,
		Offline:       0.05,
		PresenceWrong: 0.02,
		Accept:        70,
		Refuse:        15,
		Ignore:        15,
		AnswerAfter:   Range{time.Second, 20 * time.Second},
		Cancel:        0.10,
		CancelAfter:   Range{time.Second, 20 * time.Second},
		PressTwice:    0.0625,
		HoldCalls:     100,
		Engine:        engine.Options{Times: engine.DefaultTimes(), MaxPerPeer: engine.DefaultMaxPerPeer, MaxTotal: engine.DefaultMaxTotal},
	}
}

// EngineOptions are those of one engine. The lower half of an epoch is the
// simulator's name for the phone, one higher than its index; the upper half counts
// its restarts.
func (o *Options) EngineOptions(clock engine.Clock, phone, restarts int) engine.Options {
	options := o.Engine
	options.Clock, options.Epoch, options.Device = clock, uint64(restarts)<<32|uint64(phone)+1, o.DeviceID(phone/max(o.Users, 1))
	return options
}

// stoppedClock is enough to validate options.
type stoppedClock struct{}

func (stoppedClock) Now() time.Time { return time.Unix(0, 0) }

// Times are those of the engines, of phones in no group.
func (o *Options) Times() engine.Times {
	if t := o.Engine.Times; t != (engine.Times{}) {
		return t
	}
	return engine.DefaultTimes()
}

// Span is the time over which the calls of a world are placed.
func (o *Options) Span(calls int) time.Duration {
	return time.Duration(float64(calls) / o.Arrivals * float64(time.Second))
}

// maxFaults is how many faults at set times a world may have.
const maxFaults = 10_000

// Validate reports everything that makes no sense, by the name of the field.
func (o Options) Validate() error {
	var problems []string
	want := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	engineFits := true
	for _, f := range o.Fields() {
		value, ok := f.Value.(checked)
		if !ok {
			continue
		}
		err := value.check()
		if err == nil || f.Section == OfEngine && (o.Engine.Times == engine.Times{} || f.Value.String() == "0") {
			continue // or it is unset: the engine's default
		}
		want(false, "%s %v: %v", f.Name, f.Value, err)
		engineFits = engineFits && f.Section != OfEngine
	}
	want(o.Glare+o.Redial <= 1, "glare %v and redial %v: together at most 1", o.Glare, o.Redial)
	want(o.Strangers == 0 || o.Users >= 3, "strangers %v: at least 3 users, there are %d", o.Strangers, o.Users)
	want(o.Offline == 0 || o.For[fault.Offline] >= time.Millisecond, "offline-for %v: must be from 1ms to 24h", o.For[fault.Offline])
	if err := o.Latency.Validate(); err != nil {
		want(false, "latency %v", err)
	}
	want(o.Accept != 0 || o.Refuse != 0 || o.Ignore != 0, "accept, refuse and ignore: one of them must be more than 0")
	want(len(o.Faults) <= maxFaults, "faults: %d of them, at most %d", len(o.Faults), maxFaults)
	for _, f := range o.Faults[:min(len(o.Faults), maxFaults)] {
		if err := f.Validate(o.Phones()); err != nil {
			want(false, "faults: %v", err)
		}
	}
	want(int(o.Mutant) < mutant.Count, "mutant %d: there is none", o.Mutant)
	if !engineFits {
		return errors.New(strings.Join(problems, "; "))
	}
	if err := o.EngineOptions(stoppedClock{}, 0, 0).Validate(); err != nil {
		problems = append(problems, inOurWords(err).Error())
	}
	if problems == nil {
		return o.validateGroups()
	}
	return errors.New(strings.Join(problems, "; "))
}

func (o *Options) Worlds() int { return (o.Calls + o.World - 1) / o.World }

func (o *Options) CallsOf(world int) int { return min(o.World, o.Calls-world*o.World) }
