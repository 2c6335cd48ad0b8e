// Facts: the contradiction of a violation. Each property has its own shape.

package explain

import (
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/states"
)

// scene is one call of a history, seen from one moment.
type scene struct {
	*History
	timeline *event.Timeline
	call     int               // its index in the world
	until    time.Duration     // nothing later counts
	property property.ID       // of the violation
	event    engine.OutputKind // of the violation
	side     property.Side     // of the violation
	ends     bool              // the two ends, or where the sides stood, are the facts
}

// shapes pick the facts of each property; those that cannot be found are nil.
var shapes = map[property.ID]func(*scene) []*event.Entry{
	property.S1:  func(s *scene) []*event.Entry { return s.of(s.shown(engine.RemoteInvitationAccepted), s.stood(true)) },
	property.S2:  func(s *scene) []*event.Entry { return s.of(s.endBefore(s.offending()), s.offending()) },
	property.S3:  func(s *scene) []*event.Entry { return s.of(s.shown(engine.LocalInvitationRefused), s.stood(false)) },
	property.S4:  func(s *scene) []*event.Entry { return s.of(s.shown(engine.LocalInvitationAccepted), s.stood(false)) },
	property.S5:  func(s *scene) []*event.Entry { return s.of(s.stood(true), s.stood(false)) },
	property.S6:  func(s *scene) []*event.Entry { return s.of(s.first(engine.RemoteInvitationReceived), s.offending()) },
	property.S7:  func(s *scene) []*event.Entry { return s.of(s.canceled(), s.offending()) },
	property.S8:  func(s *scene) []*event.Entry { return s.of(s.pressed("cancel", true), s.stood(true)) },
	property.S9:  func(s *scene) []*event.Entry { return s.of(s.endBefore(s.offending()), s.offending()) },
	property.S13: func(s *scene) []*event.Entry { return s.of(s.pressed("", true), s.pressed("", false)) },
	property.S14: func(s *scene) []*event.Entry { return s.of(s.late()) },
	property.S15: func(s *scene) []*event.Entry {
		return s.of(s.first(engine.RemoteInvitationAccepted), s.offending())
	},
	property.Pair: func(s *scene) []*event.Entry { return s.of(s.stood(true), s.stood(false)) },
}

// conflict are the facts of the property; of one without a shape, the last event.
func (s *scene) conflict() []*event.Entry {
	shape, ok := shapes[s.property]
	if !ok {
		shape = func(s *scene) []*event.Entry { return s.of(s.offending()) }
	}
	if facts := shape(s); len(facts) > 0 {
		s.ends = s.property == property.Pair || s.property == property.S3 || s.property == property.S4
		return facts
	}
	s.ends = true
	return s.of(s.stood(true), s.stood(false))
}

// of drops entries that were not found, and puts the older first.
func (s *scene) of(found ...*event.Entry) []*event.Entry {
	var all []*event.Entry
	for _, e := range found {
		if e != nil && (len(all) == 0 || all[0] != e) {
			all = append(all, e)
		}
	}
	if len(all) == 2 && all[0].Seq > all[1].Seq {
		all[0], all[1] = all[1], all[0]
	}
	return all
}

// last is the last entry of the call in time that meets a condition.
func (s *scene) last(ok func(*event.Entry) bool) *event.Entry {
	for i := len(s.entries) - 1; i >= 0; i-- {
		if e := &s.entries[i]; e.Call == s.call && e.At <= s.until && ok(e) {
			return e
		}
	}
	return nil
}

func (s *scene) shown(kind engine.OutputKind) *event.Entry {
	return s.last(func(e *event.Entry) bool { return e.Kind == event.EventRaised && e.Event.Kind == kind })
}

func (s *scene) first(kind engine.OutputKind) *event.Entry {
	for i := range s.entries {
		if e := &s.entries[i]; e.Call == s.call && e.Kind == event.EventRaised && e.Event.Kind == kind {
			return e
		}
	}
	return nil
}

// offending is the event that broke the property, or else the last one.
func (s *scene) offending() *event.Entry {
	if e := s.last(func(e *event.Entry) bool {
		return e.Kind == event.EventRaised && e.At == s.until && e.Event.Kind == s.event
	}); e != nil {
		return e
	}
	return s.last(func(e *event.Entry) bool { return e.Kind == event.EventRaised })
}

// endBefore is the event that ended an invitation before another of its events.
func (s *scene) endBefore(later *event.Entry) *event.Entry {
	if later == nil {
		return nil
	}
	return s.last(func(e *event.Entry) bool {
		return e.Kind == event.EventRaised && e.Seq < later.Seq && e.Node == later.Node && e.Event.Kind.Terminal()
	})
}

// stood is where a side stood: its first end, or the last step of its invitation.
func (s *scene) stood(local bool) *event.Entry {
	for i := range s.entries {
		e := &s.entries[i]
		if e.Call == s.call && e.At <= s.until && e.Kind == event.EventRaised && e.Event.Kind.Terminal() && (e.Event.Local != nil) == local {
			return e
		}
	}
	return s.last(func(e *event.Entry) bool {
		return e.Kind == event.Stepped && e.Step.Local == local && e.Step.Kind == states.Move
	})
}

// late is the event that came too late, or the last state of the side that never came to
// its end.
func (s *scene) late() *event.Entry {
	if s.side == property.NoSide {
		return nil
	}
	return s.stood(s.side == property.CallerSide)
}

// canceled is the first CANCEL that the callee took in.
func (s *scene) canceled() *event.Entry {
	for i := range s.entries {
		e := &s.entries[i]
		if e.Call == s.call && e.Kind == event.Stepped && !e.Step.Local &&
			(states.RemoteTrigger(e.Step.Trigger) == states.RemoteCancel || states.RemoteTrigger(e.Step.Trigger) == states.RemoteCancelExpired) {
			return e
		}
	}
	return nil
}

// pressed is a step that a user made: the first of that name that was taken, or the
// last of all.
func (s *scene) pressed(op string, first bool) *event.Entry {
	var found *event.Entry
	for i := range s.entries {
		e := &s.entries[i]
		if e.Call != s.call || e.At > s.until || e.Kind != event.Pressed || e.Op == "send" || first && (e.Err != nil || op != "" && e.Op != op) {
			continue
		}
		found = e
		if first {
			break
		}
	}
	if found == nil {
		return nil
	}
	for i := found.Seq - 1; i < len(s.entries); i++ { // its step bears a later number
		if e := &s.entries[i]; e.Kind == event.Stepped && e.Cause == found.Seq && timerOf(&e.Step) == nil {
			return e
		}
	}
	return found
}

// lostMemory is the crash in which a fact was forgotten, nil if it was not.
func (s *scene) lostMemory(fact *event.Entry) *event.Entry {
	crash := s.phone(fact.Node, len(s.entries)+1, event.PhoneCrashes)
	if fact.Kind != event.Stepped || crash == nil || crash.Seq < fact.Seq || crash.At > s.until || s.outcome.Options.Snapshots != setup.Nothing {
		return nil
	}
	return crash
}
