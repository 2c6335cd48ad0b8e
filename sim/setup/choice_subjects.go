// Subject: the subject of a choice. A key packs a call, a copy of a message, a phone or
// an episode into 64 bits; the table in this file has the layout for every label. With
// it a choice can be told in words, and moved to another call or phone.

package setup

import (
	"fmt"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/tape"
)

// Subject is the subject of a choice: the parts of its key. A part that its label
// does not have is -1.
type Subject struct {
	Call    int // index in the world
	Kind    int // of the message: an engine.Kind
	Copy    int // of its kind and call, from 0
	Twin    int // 1 for the duplicate that the network made
	Button  int // that a user presses
	Phone   int // index of the user
	Toggle  int // how often the phone went offline or came back, from 1
	Slot    int // of time, from 1; 0 for what is there when the world starts
	Episode int // in its slot, from 0
	End     int // of a link: 0 for the phone's uplink, 1 for its downlink
	Device  int // of the callee, from 0
	Caller  int // device of the caller, from 0
}

// part is one part of a key: the bits from low on.
type part struct {
	of        func(*Subject) *int
	low, bits uint8
}

func callPart(s *Subject) *int { return &s.Call }

func kindPart(s *Subject) *int { return &s.Kind }

func copyPart(s *Subject) *int { return &s.Copy }

func twinPart(s *Subject) *int { return &s.Twin }

func buttonPart(s *Subject) *int { return &s.Button }

func phonePart(s *Subject) *int { return &s.Phone }

func togglePart(s *Subject) *int { return &s.Toggle }

func slotPart(s *Subject) *int { return &s.Slot }

func episodePart(s *Subject) *int { return &s.Episode }

func endPart(s *Subject) *int { return &s.End }

func devicePart(s *Subject) *int { return &s.Device }

func callerPart(s *Subject) *int { return &s.Caller }

// layout is how a key is built. An index has 31 bits at most: it is an int32.
type layout struct {
	parts []part
	words func(o *Options, s *Subject) string
}

// atDevice names a device that is not the first of the callee's.
func atDevice(s *Subject) string {
	if s.Device > 0 {
		return fmt.Sprintf(" at device %d", s.Device+1)
	}
	return ""
}

// The layouts.
var (
	ofCopy = &layout{[]part{{callPart, 28, 31}, {kindPart, 24, 4}, {copyPart, 8, 16}, {callerPart, 4, 3}, {devicePart, 1, 3}, {twinPart, 0, 1}}, func(_ *Options, s *Subject) string {
		twin := ""
		if s.Twin == 1 {
			twin = "the duplicate of "
		}
		return fmt.Sprintf(" of %s%v #%d of call %d%s", twin, engine.Kind(s.Kind), s.Copy+1, s.Call, atDevice(s))
	}}
	ofCall   = &layout{[]part{{callPart, 0, 31}}, func(_ *Options, s *Subject) string { return fmt.Sprintf(" of call %d", s.Call) }}
	ofRing   = &layout{[]part{{callPart, 0, 31}, {devicePart, 32, 3}}, func(_ *Options, s *Subject) string { return fmt.Sprintf(" of call %d%s", s.Call, atDevice(s)) }}
	ofButton = &layout{[]part{{callPart, 8, 31}, {devicePart, 40, 3}, {buttonPart, 0, 8}}, func(_ *Options, s *Subject) string {
		name := fmt.Sprint("button ", s.Button)
		if s.Button < len(event.ButtonNames) {
			name = event.ButtonNames[s.Button]
		}
		return fmt.Sprintf(" of %s of call %d%s", name, s.Call, atDevice(s))
	}}
	ofPhone = &layout{[]part{{phonePart, 0, 31}}, func(o *Options, s *Subject) string { return " of " + o.PhoneName(s.Phone) }}
	ofLink  = &layout{[]part{{phonePart, 1, 31}, {endPart, 0, 1}}, func(o *Options, s *Subject) string {
		return fmt.Sprintf(" of the %s of %s", [...]string{"uplink", "downlink"}[s.End&1], o.PhoneName(s.Phone))
	}}
	ofToggle = &layout{[]part{{phonePart, 32, 31}, {togglePart, 0, 31}}, func(o *Options, s *Subject) string {
		return fmt.Sprintf(" of change %d of %s", s.Toggle, o.PhoneName(s.Phone))
	}}
	ofSlot = &layout{[]part{{phonePart, 32, 31}, {slotPart, 8, 24}}, func(o *Options, s *Subject) string {
		return fmt.Sprintf(" of %s in slot %d", o.PhoneName(s.Phone), s.Slot)
	}}
	ofEpisode = &layout{[]part{{phonePart, 32, 31}, {slotPart, 8, 24}, {episodePart, 0, 8}}, func(o *Options, s *Subject) string {
		return fmt.Sprintf(" %d of %s in slot %d", s.Episode+1, o.PhoneName(s.Phone), s.Slot)
	}}
	ofAllSlot    = &layout{[]part{{slotPart, 8, 24}}, func(_ *Options, s *Subject) string { return fmt.Sprintf(" in slot %d", s.Slot) }}
	ofAllEpisode = &layout{[]part{{slotPart, 8, 24}, {episodePart, 0, 8}}, func(_ *Options, s *Subject) string {
		return fmt.Sprintf(" %d in slot %d", s.Episode+1, s.Slot)
	}}
	ofSide = &layout{[]part{{slotPart, 32, 24}, {episodePart, 24, 8}, {phonePart, 0, 24}}, func(o *Options, s *Subject) string {
		return fmt.Sprintf(" %d in slot %d of %s", s.Episode+1, s.Slot, o.PhoneName(s.Phone))
	}}
	ofOption = &layout{words: func(*Options, *Subject) string { return " of a swarm" }}
)

// subject describes the subjects of a label: a noun, and the layout of the keys.
type subject struct {
	noun string
	*layout
}

// subjects is every label.
var subjects = withFaults([]subject{
	tape.Loss: {"loss", ofCopy}, tape.BurstLoss: {"loss by a bad radio", ofCopy}, tape.Duplicate: {"duplication", ofCopy},
	tape.Corrupt: {"damage", ofCopy}, tape.CorruptBit: {"damaged bit", ofCopy}, tape.Latency: {"latency", ofCopy},
	tape.Reorder: {"holding back", ofCopy}, tape.ReorderBy: {"extra delay", ofCopy}, tape.Push: {"push", ofCopy}, tape.PushAfter: {"delay of the push", ofCopy},
	tape.Arrival: {"moment", ofCall}, tape.Caller: {"caller", ofCall}, tape.CallerDevice: {"device of the caller", ofCall}, tape.Callee: {"callee", ofCall}, tape.Answer: {"answer", ofRing},
	tape.AnswerAfter: {"time of the answer", ofRing}, tape.Cancel: {"cancel", ofCall}, tape.CancelAfter: {"time of the cancel", ofCall},
	tape.PressTwice: {"second press", ofButton}, tape.ChangeMind: {"change of mind", ofButton}, tape.ChangeAfter: {"time of the change of mind", ofButton},
	tape.Glare: {"glare", ofCall}, tape.GlareAfter: {"time of the glare", ofCall}, tape.Redial: {"redial", ofCall}, tape.RedialAfter: {"time of the redial", ofCall},
	tape.Hold: {"holding", ofCall}, tape.HoldAfter: {"time after the call before", ofCall}, tape.Stranger: {"disturbance", ofCall}, tape.StrangerAfter: {"time of the disturbance", ofCall},
	tape.StrangerWho: {"disturber", ofCall}, tape.StrangerSays: {"forgery", ofCall},
	tape.LinkOffset: {"start", ofLink}, tape.Drift: {"drift", ofPhone},
	tape.LogoutAfter: {"notice", ofToggle}, tape.LoginAfter: {"login", ofToggle}, tape.PresenceAfter: {"delay of the presence report", ofToggle}, tape.PresenceWrong: {"falsehood of the presence report", ofToggle},
	tape.PartitionOneWay: {"one way of partition", ofAllEpisode}, tape.PartitionSide: {"side in partition", ofSide},
	tape.CrashMidway: {"moment between save and send in crash", ofEpisode},
	tape.Option:      {"option", ofOption},
})

// withFaults adds the labels of random faults, of every kind.
func withFaults(all []subject) []subject {
	set := func(what tape.Label, noun string, keys *layout) {
		if what != 0 {
			all = append(all, make([]subject, max(0, int(what)+1-len(all)))...)
			all[what] = subject{noun, keys}
		}
	}
	for kind := range fault.NumKinds {
		r, slot, episode := kind.Row(), ofSlot, ofEpisode
		at, length := "beginning of ", "length of "
		if r.Whole {
			slot, episode = ofAllSlot, ofAllEpisode
		}
		if r.Moment {
			at, length = "moment of ", "size of "
		}
		set(r.Count, "number of "+r.Plural, slot)
		set(r.At, at+r.Singular, episode)
		set(r.Length, length+r.Singular, episode)
	}
	return all
}

// SubjectOf takes a choice's key apart.
func SubjectOf(c tape.Choice) Subject {
	s := Subject{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}
	if int(c.What) < len(subjects) && subjects[c.What].layout != nil {
		for _, p := range subjects[c.What].parts {
			*p.of(&s) = int(c.About >> p.low & (1<<p.bits - 1))
		}
	}
	return s
}

// ChoiceOf is the choice of that label about a subject: the inverse of SubjectOf. Parts
// that the label does not have are left out.
func ChoiceOf(what tape.Label, s Subject) tape.Choice {
	c := tape.Choice{What: what}
	if int(what) < len(subjects) && subjects[what].layout != nil {
		for _, p := range subjects[what].parts {
			c.About |= tape.Key(*p.of(&s)) & (1<<p.bits - 1) << p.low
		}
	}
	return c
}

// ChoiceWords tells a choice in words: loss of ACCEPT #2 of call 3.
func (o *Options) ChoiceWords(c tape.Choice) string {
	if int(c.What) >= len(subjects) || subjects[c.What].layout == nil {
		return c.String()
	}
	s := SubjectOf(c)
	return subjects[c.What].noun + subjects[c.What].words(o, &s)
}

// RenameChoice is the choice with its call and its phone, as far as it has them, given new
// numbers. call and phone report whether there is one; without it the choice is gone.
func RenameChoice(c tape.Choice, call, phone func(int) (int, bool)) (tape.Choice, bool) {
	s := SubjectOf(c)
	ok := true
	if s.Call >= 0 {
		s.Call, ok = call(s.Call)
	}
	if s.Phone >= 0 && ok {
		s.Phone, ok = phone(s.Phone)
	}
	if !ok || s.Call < 0 && s.Phone < 0 {
		return c, ok
	}
	return ChoiceOf(c.What, s), true
}
