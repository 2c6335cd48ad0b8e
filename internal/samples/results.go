// Results made by hand.

package samples

import (
	"context"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// Quiet is the result of ten calls in a world without chance: a copy always takes
// 50 ms, a callee always does the same.
func Quiet(t testing.TB, change func(*setup.Options)) *result.Result {
	t.Helper()
	o := setup.Default()
	o.Calls, o.Loss, o.Dup, o.Reorder, o.Offline, o.Cancel = 10, 0, 0, 0, 0, 0
	o.Latency = netem.Between(50*time.Millisecond, 50*time.Millisecond)
	o.Accept, o.Refuse, o.Ignore = 1, 0, 0
	o.AnswerAfter = setup.Range{Min: 5 * time.Second, Max: 5 * time.Second}
	o.CancelAfter = setup.Range{Min: time.Second, Max: time.Second}
	if change != nil {
		change(&o)
	}
	counted, err := sim.Run(context.Background(), o, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	return counted
}

// Result is a result with every count set by hand. Its latencies are those of quiet
// worlds: 100 ms from accept to ACCEPTED, 50 ms of ringing after a cancel.
func Result(t testing.TB) *result.Result {
	t.Helper()
	canceled := Quiet(t, func(o *setup.Options) { o.Cancel = 1 })
	r := &result.Result{
		Calls: 1_234_567, Worlds: 1235, AcceptCalls: 1_000_000,
		Sent: [engine.Closed + 1]uint64{engine.Invite: 2_000_000, engine.Received: 1_200_000, engine.Accept: 1_100_000, engine.Confirm: 1_000_050,
			engine.Refuse: 134_567, engine.Cancel: 999, engine.Ack: 135_566, engine.Closed: 0},
		Accepted:        Quiet(t, nil).Accepted,
		RingAfterCancel: canceled.RingAfterCancel,
	}
	r.Fates[event.Lost], r.Fates[event.Offline], r.Fates[event.TooOld] = 55_555, 4_444, 3
	r.Pairs[property.CallerAccepted][property.CalleeAccepted] = 999_880
	r.Pairs[property.CallerAccepted][property.CalleeAcceptFailure] = 100
	r.Pairs[property.CallerAccepted][property.CalleeOffline] = 20
	r.Pairs[property.CallerRefused][property.CalleeRefused] = 134_567
	r.Pairs[property.CallerNotLoggedIn][property.CalleeNeverRang] = 100_000
	return r
}

// Violations are n of them, one for each call from 4711 on.
func Violations(n int) []result.WorldViolation {
	var all []result.WorldViolation
	for i := range n {
		all = append(all, result.WorldViolation{World: 4, Violation: property.Violation{
			Property: property.S6, Call: 4711 + i, Invitation: engine.ID{Epoch: 0x1f, Counter: uint64(i) + 1}, Caller: "user30", Callee: "user<7>",
			At: 1500 * time.Millisecond, Detail: "a second ring"}})
	}
	return all
}
