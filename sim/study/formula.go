// The formula: how often the residue happens, computed from the schedule of the
// ACCEPT and the loss, where that can be done.

package study

import (
	"fmt"
	"reflect"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/setup"
)

// expectedResidue is the formula of docs/protocol.md: how often an accept whose caller is
// in RECEIVED_BY_REMOTE ends with the caller ACCEPTED and the callee without a
// CONFIRM, when every copy is lost with probability loss, copies of the ACCEPT are
// sent, and the CONFIRMs of the first so many are in time.
func expectedResidue(loss float64, copies, inTime int) float64 {
	arrives := 1 - loss
	noneConfirmed := power(1-float64(arrives*arrives), inTime)
	return max(0, noneConfirmed-power(loss, copies))
}

func power(base float64, exponent int) float64 {
	product := 1.0
	for range exponent {
		product *= base
	}
	return product
}

// inTimeOf is how many of the copies sent at those times after the accept can be
// confirmed within the accept time. A CONFIRM at its last moment still counts.
func inTimeOf(copies []time.Duration, roundTrip, acceptTime time.Duration) int {
	n := 0
	for _, at := range copies {
		if at+roundTrip <= acceptTime {
			n++
		}
	}
	return n
}

// acceptCalled is a callee's clock, which stands until it is told to go on.
type acceptCalled struct{ now time.Time }

func (c *acceptCalled) Now() time.Time { return c.now }

// acceptCopies are the times, counted from accept, at which an engine with such
// options sends its copies of an ACCEPT that nobody answers. They are not computed
// but seen: an engine is rung, accepts and is left alone. Errors are those of the
// options.
func acceptCopies(options engine.Options) ([]time.Duration, error) {
	clock := &acceptCalled{now: time.Unix(0, 0)}
	options.Clock, options.Epoch = clock, 1
	callee, err := engine.New("callee", options)
	if err != nil {
		return nil, fmt.Errorf("schedule of the ACCEPT: %w", err)
	}
	times := options.Times
	if times == (engine.Times{}) {
		times = engine.DefaultTimes()
	}
	callee.Receive("caller", engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 2, Counter: 1}, Wait: times.NoResponse, Expiry: times.Expiry})
	var copies []time.Duration
	accepted, failed := false, false
	for !failed {
		for out := range callee.All() {
			switch {
			case out.Kind == engine.RemoteInvitationReceived:
				err = out.Remote.Accept()
				accepted = true
			case out.Kind == engine.Send && out.Message.Kind == engine.Accept:
				copies = append(copies, clock.now.Sub(time.Unix(0, 0)))
			case out.Kind == engine.RemoteInvitationFailure:
				failed = true
			}
		}
		deadline, armed := callee.NextDeadline()
		if err != nil || !accepted || !armed {
			return nil, errors.Join(errors.New("schedule of the ACCEPT: the invitation did not ring"), err)
		}
		clock.now = deadline
		callee.Advance()
	}
	return copies, nil
}

// predict is the formula for a world, and false where its conditions do not hold:
// every copy takes equally long and nothing but loss happens to it, no phone is
// ever away, nobody cancels, and a callee answers only when its caller must have
// heard that it rings, or has given up.
func predict(o setup.Options) (float64, bool) {
	times := o.Engine.Times
	if times == (engine.Times{}) {
		times = engine.DefaultTimes()
	}
	latency, constant := latencyOf(o)
	if !constant || o.AnswerAfter.Min <= times.NoResponse || !reflect.DeepEqual(o, calm(o)) {
		return 0, false
	}
	copies, err := acceptCopies(o.Engine)
	if err != nil {
		return 0, false
	}
	return expectedResidue(o.Loss, len(copies), inTimeOf(copies, 2*latency, times.Accept)), true
}

// calm is a world of the same users and times, in which nothing but loss happens.
// What it does not name is as by default, so that a fault nobody thought of here
// has no formula either.
func calm(o setup.Options) setup.Options {
	c := setup.Default()
	c.Seed, c.Calls, c.World, c.Users, c.Arrivals = o.Seed, o.Calls, o.World, o.Users, o.Arrivals
	c.Accept, c.Refuse, c.Ignore, c.AnswerAfter, c.CancelAfter = o.Accept, o.Refuse, o.Ignore, o.AnswerAfter, o.CancelAfter
	c.Loss, c.Latency, c.For[fault.Offline], c.For[fault.Crash], c.Engine.Times = o.Loss, o.Latency, o.For[fault.Offline], o.For[fault.Crash], o.Engine.Times
	c.Dup, c.Reorder, c.Offline, c.Cancel = 0, 0, 0, 0
	return c
}

// latencyOf is how long every copy is under way, if all are equally long.
func latencyOf(o setup.Options) (latency time.Duration, constant bool) {
	return o.Latency.A, o.Latency.Shape == netem.Uniform && o.Latency.A == o.Latency.B
}
