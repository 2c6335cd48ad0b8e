// When: real times for the moves of a path, under the default times of the protocol and
// with equal clocks. A search without time lets each phone's timers fire whenever they
// are armed; most short paths need no more than that the phones wait for each other.

package explore

import (
	"cmp"
	"slices"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/states"
)

// beat is a move with its time, and the phones after it.
type beat struct {
	Move
	at    time.Duration
	looks [2]look // by phone
	call  int     // that it is about: by the order of sending, of both phones; -1 if none
	after int     // the beat in which the message of this one was sent; -1 if none
}

// look is what a phone's timers hang on: the states of all its invitations.
type look struct {
	own, foreign [mostCalls]uint8
	lingering    int
	records      int
}

func (p *phone) look() (l look) {
	for i, c := range p.placed {
		if c.local != nil {
			l.own[i] = uint8(c.local.State())
		}
	}
	for _, c := range p.heard {
		if c.remote != nil && c.number >= 0 {
			l.foreign[c.number] = uint8(c.remote.State())
		}
	}
	s := p.engine.Stats()
	l.lingering, l.records = s.Lingering, s.LocalRecords+s.RemoteRecords
	return l
}

// rehearse plays a path on two live phones.
func (s *search) rehearse(path []Move) []beat {
	phones := s.newPhones()
	var saved [2][]byte
	var beats []beat
	order := map[[2]int]int{} // calls by caller and number, in the order of sending
	sent := map[sending]int{} // the beats in which messages were first sent
	for i, m := range path {
		b := beat{Move: m, call: -1, after: -1}
		if at, ok := sent[sending{1 - m.phone, plain(mirror(m.message))}]; ok && m.in.op != opForge {
			b.after = at
		}
		p := phones[m.phone]
		caller := m.phone
		number := m.call
		switch {
		case m.kind == byLoss || m.in.op == opDeliver || m.in.op == opDeliverLate || m.in.op == opForge:
			if forCallee(&m.message) {
				caller = 1 - m.phone
			}
			number = phones[caller].numberOf(m.message.ID, caller == m.phone)
		case m.in.op == opAccept || m.in.op == opRefuse:
			caller = 1 - m.phone
		}
		p.sent = p.sent[:0]
		s.perform(m, phones, &saved)
		if m.in.op == opSend && m.kind == byInput {
			order[[2]int{m.phone, m.call}] = len(order)
		}
		if n, ok := order[[2]int{caller, number}]; ok && m.concernsCall() {
			b.call = n
		}
		for _, out := range p.sent {
			key := sending{m.phone, plain(out.Message)}
			if _, ok := sent[key]; !ok {
				sent[key] = i
			}
		}
		for i := range phones {
			b.looks[i] = phones[i].look()
		}
		beats = append(beats, b)
	}
	return beats
}

// sending is a message and who sends it.
type sending struct {
	phone   int
	message engine.Message
}

// plain is a message without its age.
func plain(m engine.Message) engine.Message {
	m.Age, m.Held = 0, 0
	return m
}

func (m Move) concernsCall() bool {
	switch m.in.op {
	case opSend, opSendAgain, opCancel, opAccept, opRefuse, opDeliver, opDeliverLate, opForge:
		return m.kind == byInput || m.kind == byTwin
	}
	return false
}

// numberOf is the number of the own call with an id, in one's own frame or the other's.
func (p *phone) numberOf(id engine.ID, own bool) int {
	if !own {
		id = mirrorID(id)
	}
	if c := p.ownOf(id); c != nil {
		return c.Number
	}
	return -1
}

// bound says that one moment comes at least so much after another.
type bound struct {
	later, sooner int
	by            time.Duration
}

// between is the least time between two moves that follow on each other.
const between = 20 * time.Millisecond

// before is the last beat at the same phone.
func before(beats []beat, i int) int {
	for j := i - 1; j >= 0; j-- {
		if beats[j].phone == beats[i].phone {
			return j
		}
	}
	return -1
}

// schedule gives the beats their times, and puts them in that order: beats of the two
// phones that do not depend on each other may change places. It reports false if there
// are no such times: then the path needs clocks of different speeds.
func schedule(beats []beat, t engine.Times) bool {
	bounds := inOrder(beats)
	for phone := range 2 {
		for n := range mostCalls {
			bounds = append(bounds, finalTimers(beats, phone, func(l look) time.Duration { return lasts(true, l.own[n], &t) }, func(l look) uint8 { return l.own[n] })...)
			bounds = append(bounds, finalTimers(beats, phone, func(l look) time.Duration { return lasts(false, l.foreign[n], &t) }, func(l look) uint8 { return l.foreign[n] })...)
		}
		bounds = append(bounds, lingers(beats, phone, t.Linger)...)
	}
	if !solve(beats, bounds) {
		return false
	}
	slices.SortStableFunc(beats, func(a, b beat) int { return cmp.Compare(a.at, b.at) })
	return true
}

// solve finds the least times within the bounds, if there are any: the longest ways in
// the graph of the bounds, which has no circle of a positive length then.
func solve(beats []beat, bounds []bound) bool {
	for range len(beats) + 1 {
		moved := false
		for _, b := range bounds {
			if at := beats[b.sooner].at + b.by; beats[b.later].at < at {
				beats[b.later].at, moved = at, true
			}
		}
		if !moved {
			return true
		}
	}
	return false
}

// inOrder: a phone's beats follow each other, and a message arrives after it was sent.
func inOrder(beats []beat) (bounds []bound) {
	for i := range beats {
		for _, sooner := range []int{before(beats, i), beats[i].after} {
			if sooner >= 0 {
				bounds = append(bounds, bound{i, sooner, between})
			}
		}
	}
	return bounds
}

// exactly is two bounds for one distance.
func exactly(later, sooner int, d time.Duration) []bound {
	return []bound{{later, sooner, d}, {sooner, later, -d}}
}

// finalTimers: a state of an invitation ends when its timer fires, or before.
func finalTimers(beats []beat, phone int, lasts func(look) time.Duration, state func(look) uint8) (bounds []bound) {
	at := func(i int) uint8 { return state(beats[i].looks[phone]) }
	last := len(beats) - 1
	for i := range beats {
		d := lasts(beats[i].looks[phone])
		if d == 0 || i > 0 && at(i) == at(i-1) {
			continue
		}
		end := i + 1
		for end <= last && at(end) == at(i) {
			end++
		}
		if end <= last && beats[end].isTimerOf(phone) {
			bounds = append(bounds, exactly(end, i, d)...)
		} else if end = min(end, lastAt(beats, phone)); end > i { // if anything is still to happen there
			bounds = append(bounds, bound{i, end, between - d})
		}
	}
	return bounds
}

// lingers: what ends by a timer after a call has ended is its linger, or a memory that is
// as short.
func lingers(beats []beat, phone int, linger time.Duration) (bounds []bound) {
	ended, earlier := -1, look{}
	for i := range beats {
		now := beats[i].looks[phone]
		switch {
		case beats[i].isTimerOf(phone) && (now.lingering < earlier.lingering || now.records < earlier.records) && ended >= 0:
			bounds = append(bounds, exactly(i, ended, linger)...)
		case endsSomething(now, earlier):
			ended = i
		}
		earlier = now
	}
	return bounds
}

func (b *beat) isTimerOf(phone int) bool {
	return b.phone == phone && b.kind == byInput && b.in.op == opTimer
}

// lastAt is the last beat at a phone.
func lastAt(beats []beat, phone int) int {
	for i := len(beats) - 1; i >= 0; i-- {
		if beats[i].phone == phone && beats[i].kind != byLoss {
			return i
		}
	}
	return -1
}

func endsSomething(now, before look) bool {
	for n := range mostCalls {
		if now.own[n] != before.own[n] && now.own[n] >= states.FirstTerminal ||
			now.foreign[n] != before.foreign[n] && now.foreign[n] >= states.FirstTerminal {
			return true
		}
	}
	return false
}

// lasts is how long a state lasts if nothing happens; 0 for ever.
func lasts(own bool, state uint8, t *engine.Times) time.Duration {
	switch {
	case own && state == uint8(states.LocalSentToRemote):
		return t.NoResponse
	case own && state == uint8(states.LocalReceivedByRemote):
		return t.Expiry + t.Grace
	case !own && state == uint8(states.RemoteInvitationReceived):
		return t.Expiry
	case !own && state == uint8(states.RemoteAcceptSentToLocal):
		return t.Accept
	}
	return 0
}
