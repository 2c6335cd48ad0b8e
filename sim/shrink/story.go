// Story: what is left of a failure, in words. The faults come from the choices that
// are not plain, the actions from what the users were seen to do.

package shrink

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// story is a played failure and its choices.
type story struct {
	o       *setup.Options
	out     *sim.Outcome
	calls   []placement
	choices []tape.Drawn // in the order of asking
	draws   *tape.Recorded
	start   time.Duration // the first send, from which times are told
}

func newStory(f *Failure, choices []tape.Drawn) *story {
	s := &story{o: &f.Outcome.Options, out: f.Outcome, calls: placementsOf(f.Outcome), choices: choices, draws: f.Token.Tape}
	for _, e := range f.Outcome.Entries {
		if e.Kind == event.Pressed {
			s.start = e.At
			break
		}
	}
	return s
}

// told is a line and when it happens.
type told struct {
	at   time.Duration
	line string
}

func lines(all []told) []string {
	slices.SortStableFunc(all, func(a, b told) int { return cmp.Compare(a.at, b.at) })
	words := make([]string, len(all))
	for i := range all {
		words[i] = all[i].line
	}
	return words
}

// faults is a line for each fault of the network, the phones and third parties.
func (s *story) faults() []string {
	var all []told
	for _, d := range s.choices {
		if tell := choiceWords[d.What]; tell != nil {
			if line := tell(s, d); line != "" {
				all = append(all, told{s.momentOf(d.Choice), line})
			}
		}
	}
	for i := range s.o.Faults {
		all = append(all, told{s.o.Faults[i].At, s.faultWords(&s.o.Faults[i])})
	}
	for i := range s.out.Entries {
		if e := &s.out.Entries[i]; e.Kind == event.CopySent && e.Fate == event.Overflow {
			all = append(all, told{e.At, s.copyOf(e.Message.Kind, e.Copy, e.Call, e.Node) + " finds a queue full, and is lost"})
		}
	}
	return lines(all)
}

// momentOf is when the copy of a choice is sent; for another choice, the start.
func (s *story) momentOf(c tape.Choice) time.Duration {
	about := setup.SubjectOf(c)
	for i := range s.out.Entries {
		e := &s.out.Entries[i]
		if e.Kind == event.CopySent && e.Call == about.Call && int(e.Message.Kind) == about.Kind && e.Copy == about.Copy {
			return e.At
		}
	}
	return s.start
}

// chances are the labels that ask whether something happens, and how likely it is.
var chances = map[tape.Label]func(o *setup.Options) float64{
	tape.Loss:          func(o *setup.Options) float64 { return o.Loss },
	tape.BurstLoss:     func(o *setup.Options) float64 { return o.BurstLoss },
	tape.Duplicate:     func(o *setup.Options) float64 { return o.Dup },
	tape.Corrupt:       func(o *setup.Options) float64 { return o.Corrupt },
	tape.Reorder:       func(o *setup.Options) float64 { return o.Reorder },
	tape.Push:          func(o *setup.Options) float64 { return o.Push },
	tape.Stranger:      func(o *setup.Options) float64 { return o.Strangers },
	tape.PresenceWrong: func(o *setup.Options) float64 { return o.PresenceWrong },
}

// happens tells how such a choice came out.
func (s *story) happens(d tape.Drawn) bool {
	return tape.Chance(s.draws, chances[d.What](s.o), d.What, d.About)
}

// ifHappens is words for a chance that came true.
func ifHappens(words func(s *story, about setup.Subject, d tape.Drawn) string) func(*story, tape.Drawn) string {
	return func(s *story, d tape.Drawn) string {
		if !s.happens(d) {
			return ""
		}
		return words(s, setup.SubjectOf(d.Choice), d)
	}
}

// ofCopy is words for a chance of a copy.
func ofCopy(verb string) func(*story, tape.Drawn) string {
	return ifHappens(func(s *story, about setup.Subject, _ tape.Drawn) string { return s.copyWords(about) + verb })
}

// ifDrawn is words for a time that is not the shortest.
func ifDrawn(words func(s *story, about setup.Subject, d time.Duration) string) func(*story, tape.Drawn) string {
	return func(s *story, d tape.Drawn) string {
		takes, _ := s.o.TimeOf(d.Choice, d.Draw)
		if least, _ := s.o.TimeOf(d.Choice, 0); takes == least {
			return ""
		}
		return words(s, setup.SubjectOf(d.Choice), takes)
	}
}

// choiceWords tells a choice that is not plain.
var choiceWords = map[tape.Label]func(s *story, d tape.Drawn) string{
	tape.Loss:      ofCopy(" is lost"),
	tape.BurstLoss: ofCopy(" is lost to the bad radio"),
	tape.Corrupt:   ofCopy(" is damaged"),
	tape.Duplicate: ofCopy(" arrives twice"),
	tape.Push:      ofCopy(" wakes the phone by a push"),
	tape.Latency: ifDrawn(func(s *story, about setup.Subject, d time.Duration) string {
		return s.copyWords(about) + " takes " + span(d)
	}),
	tape.Reorder: ifHappens(func(s *story, about setup.Subject, d tape.Drawn) string {
		by := tape.Choice{What: tape.ReorderBy, About: d.About}
		held, _ := s.o.TimeOf(by, s.draws.Get(by))
		return s.copyWords(about) + " is held back for " + span(held)
	}),
	tape.LogoutAfter: ifDrawn(func(s *story, about setup.Subject, d time.Duration) string {
		return fmt.Sprintf("%s notices only after %s that it is offline", s.who(about.Phone), span(d))
	}),
	tape.PresenceAfter: ifDrawn(func(s *story, about setup.Subject, d time.Duration) string {
		return fmt.Sprintf("the report that %s is %s takes %s", s.who(about.Phone), online(about.Toggle%2 == 0), span(d))
	}),
	tape.PresenceWrong: ifHappens(func(s *story, about setup.Subject, _ tape.Drawn) string {
		return fmt.Sprintf("%s is wrongly reported %s", s.who(about.Phone), online(about.Toggle%2 == 1))
	}),
	tape.Drift: func(s *story, d tape.Drawn) string {
		ppm := tape.Either(s.draws, time.Duration(s.o.Drift*1e6), d.What, d.About)
		if ppm == 0 {
			return ""
		}
		return fmt.Sprintf("the clock of %s runs at %s %% of its speed", s.who(setup.SubjectOf(d.Choice).Phone), strconv.FormatFloat(100+float64(ppm)/1e4, 'f', -1, 64))
	},
	tape.LinkOffset: func(s *story, d tape.Drawn) string {
		if d.Draw == 0 {
			return ""
		}
		return "the recording starts elsewhere: " + s.o.ChoiceWords(d.Choice)
	},
	tape.Stranger: ifHappens(func(s *story, about setup.Subject, _ tape.Drawn) string {
		for _, e := range s.out.Entries {
			if e.Kind == event.StrangerSends && e.Call == about.Call {
				return fmt.Sprintf("%s, a third party, sends %v to %s at %s", e.Peer, e.Message.Kind, s.whoNamed(e.Node), s.moment(e.At))
			}
		}
		return "a third party disturbs " + fmt.Sprint("call ", about.Call)
	}),
}

func online(yes bool) string {
	if yes {
		return "online"
	}
	return "offline"
}

// copyWords names a copy, its sender and, for a duplicate, that it is one.
func (s *story) copyWords(about setup.Subject) string {
	c := s.calls[about.Call]
	sender := c.caller
	switch kind := engine.Kind(about.Kind); kind {
	case engine.Received, engine.Accept, engine.Refuse:
		sender = c.callee
	case engine.Ack, engine.Closed: // both send them
		for _, e := range s.out.Entries {
			if e.Kind == event.CopySent && e.Call == about.Call && e.Message.Kind == kind && e.Copy == about.Copy {
				sender = s.o.PhoneNumber(e.Node)
			}
		}
	}
	words := s.copyOf(engine.Kind(about.Kind), about.Copy, about.Call, s.o.PhoneName(sender))
	if about.Twin == 1 {
		words = "the duplicate of " + words
	}
	return words
}

func (s *story) copyOf(kind engine.Kind, copy, call int, from string) string {
	words := fmt.Sprintf("%v #%d from %s", kind, copy+1, s.whoNamed(from))
	if len(s.calls) > 1 {
		words += fmt.Sprintf(" in call %d", call)
	}
	return words
}

// who is a phone with the part that it plays.
func (s *story) who(phone int) string {
	name := s.o.PhoneName(phone)
	calls, answers := false, false
	for _, c := range s.calls {
		calls, answers = calls || c.caller == phone, answers || c.callee == phone%s.o.Users
	}
	switch {
	case calls && answers:
		return name + " (caller and callee)"
	case calls:
		return name + " (caller)"
	case answers:
		return name + " (callee)"
	}
	return name
}

func (s *story) whoNamed(name string) string { return s.who(s.o.PhoneNumber(name)) }

// faultWords is a fault at a set time.
func (s *story) faultWords(f *fault.Scheduled) string {
	who := s.whoHas(f)
	words := f.Kind.Row().Sentence(who, s.moment(f.At), s.moment(f.At+f.For), span(f.For.Abs()), f.OneWay || f.For < 0)
	return strings.ReplaceAll(words, "{snapshot}", s.snapshotWords(who, f.At))
}

// whoHas are the phones that a fault concerns.
func (s *story) whoHas(f *fault.Scheduled) string {
	var names []string
	for phone := range s.o.Phones() {
		if f.Has(int32(phone), s.o.Phones()) {
			names = append(names, s.who(phone))
		}
	}
	return strings.Join(names, " and ")
}

// snapshotWords tells the snapshot that a phone starts again with.
func (s *story) snapshotWords(who string, crashed time.Duration) string {
	switch s.o.Snapshots {
	case setup.Fresh:
		return "with a fresh snapshot"
	case setup.Stale:
		saved := time.Duration(-1)
		for _, d := range s.choices {
			if at, _ := s.o.TimeOf(d.Choice, d.Draw); d.What == tape.SaveAt && s.who(setup.SubjectOf(d.Choice).Phone) == who && at <= crashed {
				saved = max(saved, at)
			}
		}
		if saved >= 0 {
			return "with its snapshot of " + s.moment(saved)
		}
	}
	return "without a snapshot"
}

// actions is a line for each button that a user presses.
func (s *story) actions() []string {
	var all []told
	rang, sent := map[int]time.Duration{}, map[int]time.Duration{}
	for i := range s.out.Entries {
		e := &s.out.Entries[i]
		switch {
		case e.Kind == event.EventRaised && e.Event.Kind == engine.RemoteInvitationReceived:
			rang[e.Call] = e.At
		case e.Kind == event.Pressed:
			if _, ok := sent[e.Call]; !ok {
				sent[e.Call] = e.At
			}
			all = append(all, told{e.At, s.pressWords(e, e.At-sent[e.Call], e.At-rang[e.Call])})
		}
	}
	return lines(all)
}

func (s *story) pressWords(e *event.Entry, sinceSend, sinceRing time.Duration) string {
	who, words := s.whoNamed(e.Node), ""
	switch e.Op {
	case "send":
		words = fmt.Sprintf("%s calls %s at %s", who, s.who(s.calls[e.Call].callee), s.moment(e.At))
		if sinceSend > 0 || e.Err != nil {
			words = fmt.Sprintf("%s presses send again after %s", who, span(sinceSend))
		}
	case "cancel":
		words = fmt.Sprintf("%s cancels after %s", who, span(sinceSend))
	case "accept":
		words = fmt.Sprintf("%s accepts after %s of ringing", who, span(sinceRing))
	case "refuse":
		words = fmt.Sprintf("%s refuses after %s of ringing", who, span(sinceRing))
	default:
		words = fmt.Sprintf("%s presses %s after %s", who, e.Op, span(sinceSend))
	}
	if e.Err != nil {
		words += ", which is refused"
	}
	return words
}

// moment is an instant of the world as a time since the first send.
func (s *story) moment(at time.Duration) string { return span(at - s.start) }

// span is a length of time: 1.2 s, 120 ms, 3m.
func span(d time.Duration) string {
	abs := max(d, -d)
	decimal := func(unit time.Duration) string {
		return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64)
	}
	switch {
	case d == 0:
		return "0 s"
	case abs < time.Millisecond:
		return d.String()
	case abs < time.Second:
		return decimal(time.Millisecond) + " ms"
	case abs < time.Minute:
		return decimal(time.Second) + " s"
	}
	text := d.String()
	text = strings.TrimSuffix(text, "m0s") + strings.Repeat("m", strings.Count(text, "m0s"))
	return strings.TrimSuffix(text, "h0m") + strings.Repeat("h", strings.Count(text, "h0m"))
}
