// Reach: which goals a world can reach at all.

package setup

import (
	"slices"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
)

// needs are what a world must have for some of its phones, so that a goal can be reached.
// A goal that is not there needs nothing that can be switched off.
var needs = map[property.Goal]func(o, own *Options) bool{
	property.CrashWhileRinging:        happens(fault.Crash),
	property.CrashWhileAccepting:      happens(fault.Crash),
	property.RestartWithOpenCall:      happens(fault.Crash),
	property.FrozenPastADeadline:      happens(fault.Freeze),
	property.PartitionCrossedACall:    happens(fault.Partition),
	property.ClockJumpedOverADeadline: happens(fault.Jump),
	property.StoredAndDelivered:       func(_, own *Options) bool { return own.Store > 0 },
	property.PushWoke:                 func(_, own *Options) bool { return own.Store > 0 && own.Push > 0 },
	property.PushRang:                 pushesRing,
	property.AnsweredBeforeLogin:      pushesRing,
	property.CorruptedCopyDropped:     func(_, own *Options) bool { return own.Corrupt > 0 },
	property.Glare:                    func(_, own *Options) bool { return own.Glare > 0 },
	property.Redial:                   func(_, own *Options) bool { return own.Redial > 0 },
	property.HundredHeld:              func(_, own *Options) bool { return own.Hold > 0 && own.HoldCalls >= 100 && own.HoldPause == 0 },
	property.StrangerTurnedAway:       func(_, own *Options) bool { return own.Strangers > 0 },
	property.QueueOverflowed: func(_, own *Options) bool {
		return own.Queue > 0 && (own.Rate > 0 || own.Uplink != nil || own.Downlink != nil)
	},
	property.SecondPressRefused: func(_, own *Options) bool { return own.PressTwice > 0 || own.ChangeMind > 0 },

	property.AcceptAfterAnswered: groups,
	property.AnsweredBeforeRing:  groups,
	property.CrashAfterDecision:  func(o, own *Options) bool { return groups(o, own) && o.CanHappen(fault.Crash) },
	property.TwoAcceptsAtOnce:    groups,
	property.SendInDecidedGroup:  groups,

	property.CancelCrossedAccept:      cancels,
	property.CancelCrossedRefuse:      cancels,
	property.RangAfterCancel:          cancels,
	property.AcceptAfterCancel:        cancels,
	property.CanceledButExpiredCallee: cancels,
}

func happens(kind fault.Kind) func(o, own *Options) bool {
	return func(o, _ *Options) bool { return o.CanHappen(kind) }
}

func groups(_, own *Options) bool { return own.Hold > 0 && own.HoldCalls > 1 && own.HoldGroup }

func cancels(o, own *Options) bool {
	return own.Cancel > 0 || own.ChangeMind > 0 || groups(o, own) || own.Policy.cancels()
}

func pushesRing(_, own *Options) bool { return own.Store > 0 && own.Push > 0 && own.PushInvite > 0 }

// CanReach reports whether a goal may be reached in such a world.
func (o *Options) CanReach(g property.Goal) bool {
	need := needs[g]
	if need == nil {
		return true
	}
	populations, _, _ := o.Populations() // with an error, those that make sense
	return slices.ContainsFunc(populations, func(own *Options) bool { return need(o, own) })
}
