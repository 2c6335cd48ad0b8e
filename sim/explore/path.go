// The way to a state, as moves in words.

package explore

import (
	"fmt"
	"slices"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
)

// people are the phones' users: alice calls, and bob where calls go both ways.
var people = [mostPhones]string{"alice", "bob", "carol"}

// Move is one step of a path.
type Move struct {
	phone   int
	kind    stepKind
	in      input
	message engine.Message // that arrives or is lost, as the phone sees it
	call    int            // of a button, by its number at its caller
	who     string         // whose phone it is
	other   string         // whom it hears
	texts   bool           // there is more than one call, so texts name them
}

// wayOf is a way from the start on.
func (s *search) wayOf(w way) []Move {
	if w.to {
		return s.moves(w.from, nil, nil)
	}
	return s.moves(w.from, []step{w.by}, []uint32{w.from})
}

func (s *search) moves(from uint32, steps []step, places []uint32) []Move {
	for r := s.set.at(from); r.state != s.start() || r.by != (step{}); r = s.set.at(from) {
		from = r.from
		steps, places = append(steps, r.by), append(places, from)
	}
	slices.Reverse(steps)
	slices.Reverse(places)
	moves, swapped := make([]Move, len(steps)), false
	for i, st := range steps {
		moves[i] = s.move(&s.set.at(places[i]).state, st)
		if swapped {
			moves[i].phone = 1 - moves[i].phone
		}
		moves[i].who, moves[i].other = s.names(moves[i])
		swapped = swapped != st.swapped
	}
	return moves
}

// detail is what the last step of a way breaks, in words of the watcher of its phone, or of
// the engine that breaks down.
func (s *search) detail(path []Move, id property.ID) (text string) {
	if len(path) == 0 {
		return ""
	}
	phones := s.newPhones()
	defer func() {
		if broken := recover(); broken != nil {
			text = fmt.Sprint(broken)
		}
	}()
	var saved [2][]byte
	for _, m := range path {
		phones[m.phone].detail[id] = ""
		s.perform(m, phones, &saved)
	}
	return phones[path[len(path)-1].phone].detail[id]
}

// perform makes a move with two live phones. saved are their snapshots.
func (s *search) perform(m Move, phones []*phone, saved *[2][]byte) {
	p := phones[m.phone]
	switch m.kind {
	case bySave:
		saved[m.phone] = p.engine.Snapshot()
	case byStale:
		p.startStale(saved[m.phone])
	case byTick:
		for _, p := range phones {
			p.pass(quantum)
		}
	case bySkew:
		p.pass(quantum)
	case byInput, byTwin:
		p.do(m.in, s.phones[m.phone].gets)
	}
}

func (s *search) newPhones() (all []*phone) {
	for _, a := range s.phones {
		all = append(all, a.rules.newPhone())
	}
	return all
}

// names are whose phone a move is at, and whom it hears.
func (s *search) names(m Move) (who, other string) {
	if s.world.Devices < 2 {
		other = people[heard(m.phone, len(s.phones))[m.in.sender]]
		if m.in.op == opOnline || m.in.op == opOffline {
			other = people[heard(m.phone, len(s.phones))[m.in.arg]]
		}
		return people[m.phone], other
	}
	if m.phone == 0 {
		return people[0], people[1]
	}
	return fmt.Sprintf("bob's phone %d", m.phone), people[0]
}

func (s *search) move(at *state, by step) Move {
	a := s.phones[by.phone]
	m := Move{phone: int(by.phone), kind: by.kind, texts: s.world.Calls > 1}
	switch by.kind {
	case byLoss:
		m.message = a.gets[0].mirrored[by.arg]
	case byInput, byTwin:
		m.in = a.input(int(by.arg))
		switch m.in.op {
		case opDeliver, opDeliverLate:
			m.message = a.message(m.in)
		case opForge:
			m.message = forgery(int(m.in.arg))
		case opSend:
			m.call = len(a.live(at.at[by.phone], false).placed)
		case opCancel, opSendAgain:
			m.call = int(m.in.arg)
		case opAccept, opRefuse:
			m.call = a.live(at.at[by.phone], false).nth(int(m.in.arg)).number
		}
	}
	return m
}

// String is the move as a clause: "alice sends", "bob gets INVITE".
func (m Move) String() string {
	text := m.what()
	if m.in.dies {
		text += ", saves, and crashes before anything leaves; it starts again"
	}
	return text
}

func (m Move) what() string {
	who, other := m.who, m.other
	switch m.kind {
	case byLoss:
		return fmt.Sprintf("%s to %s is lost", m.spelled(), who)
	case bySave:
		return "a snapshot of " + who + " is made"
	case byStale:
		return who + " crashes and starts from that snapshot"
	case byTick:
		return fmt.Sprintf("%v pass", quantum)
	case bySkew:
		return fmt.Sprintf("%v pass on the clock of %s alone", quantum, who)
	case byTwin:
		return fmt.Sprintf("%s gets %s, and another copy of it is under way", who, m.spelled())
	}
	which := ""
	if m.texts {
		which = fmt.Sprintf(" call %d", m.call+1)
	}
	switch m.in.op {
	case opSend:
		return who + " sends" + which
	case opSendAgain:
		return who + " sends" + which + " again"
	case opCancel:
		return who + " cancels" + which
	case opAccept:
		return who + " accepts" + which
	case opRefuse:
		return who + " refuses" + which
	case opLogOut:
		return who + " logs out"
	case opLogIn:
		return who + " logs in"
	case opOnline:
		return who + " is told that " + other + " is online"
	case opOffline:
		return who + " is told that " + other + " is offline"
	case opTimer:
		return "the next timer of " + who + " fires"
	case opFire:
		return "the timers of " + who + " that are due fire"
	case opDeliver:
		return who + " gets " + m.spelled()
	case opDeliverLate:
		return who + " gets " + m.spelled() + ", which the transport has kept for too long"
	case opForge:
		return who + " gets " + m.spelled() + " from a third party, under the call's id"
	case opRestart:
		return who + " crashes and starts again"
	case opRestartBlind:
		return who + " crashes and starts again, and does not know for how long it was away"
	case opRestartEmpty:
		return who + " crashes and starts with nothing"
	}
	return "?"
}

// spelled is the message with what tells it from others of its kind.
func (m Move) spelled() string {
	text := m.message.Kind.String()
	switch m.message.Kind {
	case engine.Cancel:
		text += fmt.Sprintf("(%v)", m.message.Reason)
	case engine.Ack:
		text += fmt.Sprintf("(%v)", m.message.For)
		if m.message.Refused {
			text = fmt.Sprintf("ACK(%v, refused)", m.message.For)
		}
	case engine.Closed:
		text += fmt.Sprintf("(%v)", m.message.Word)
	}
	if m.message.Device != 0 {
		text += fmt.Sprintf(" of phone %d", m.message.Device)
	}
	if m.texts {
		text += fmt.Sprintf(" of call %d", m.message.ID.Counter)
	}
	return text
}

var names = map[operation]string{opSend: "send", opSendAgain: "send", opCancel: "cancel", opAccept: "accept", opRefuse: "refuse"}
