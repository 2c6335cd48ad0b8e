// The rules of docs/protocol.md once more, as a model of one call that knows no times:
// every armed timer may fire, and every message that was ever sent may arrive. The search
// over the shipped engine and this model must reach the same.

package explore

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
)

// signal is a message of the model: its kind and what decides how it is taken.
type signal uint8

const (
	mInvite signal = iota
	mReceived
	mAccept
	mConfirm
	mRefuse
	mCancelUser
	mCancelNoResponse
	mCancelExpired
	mCancelRejected
	mAckRefuse
	mAckCancel
	mFailed // CLOSED of the callee
	mStale
	mHasRefused
	mCanceled // CLOSED of the caller
	mNoResponse
	mExpired
	mRefused
	numSignals
)

// model is a state: the numbers of the states are those of the pages, and the codes of a
// failure tell its columns apart.
type model struct {
	caller, callee           uint8
	callerCode, calleeCode   uint8  // 0 unless it is a FAILURE
	callerOut, calleeOut     bool   // logged out
	callerKnows, calleeKnows bool   // that the other is offline
	callerRepeats            signal // the CANCEL with which it lingers; 0 for none
	calleeRepeats            bool   // its REFUSE
	received, rang           bool
	reason                   engine.Reason // of a callee that is CANCELED
	missed                   uint8         // what the callee's app is told of a call that does not ring
	sent                     uint32        // set of signals
}

// States by their numbers on the page.
const (
	idle, failure                                      = 0, 6
	cSent, cReceived, cAccepted, cRefused, cCanceled   = 1, 2, 3, 4, 5
	eRinging, eAcceptSent, eRefused, eAccepted, eEnded = 1, 2, 3, 4, 5
	noAnswer, offline, expired, notLoggedIn            = 1, 2, 3, 4
	acceptFailure                                      = 4
	owed, told                                         = 1, 2
)

func (m *model) has(s signal) bool { return m.sent>>s&1 != 0 }

func (m *model) callerSends(s signal) {
	if !m.callerOut {
		m.sent |= 1 << s
	}
}

func (m *model) calleeSends(s signal) {
	if !m.calleeOut {
		m.sent |= 1 << s
	}
}

// ends ends the caller. With a CANCEL it lingers.
func (m *model) ends(state, code uint8, cancel signal) {
	m.caller, m.callerCode, m.callerRepeats = state, code, cancel
	if cancel != 0 {
		m.callerSends(cancel)
	}
}

// own is the word of the caller's end.
func (m *model) own() signal {
	switch {
	case m.caller == cRefused:
		return mRefused
	case m.caller == cCanceled:
		return mCanceled
	case m.callerCode == expired:
		return mExpired
	}
	return mNoResponse
}

// atCaller is a message at the caller: the table of section 2. Logged out it is mute and
// not deaf, but for an ACCEPT, which it could not confirm.
func (m *model) atCaller(s signal) {
	m.callerKnows = false
	open := m.caller == cSent || m.caller == cReceived
	switch s {
	case mReceived:
		switch {
		case m.caller == cSent:
			m.caller, m.received = cReceived, true
		case m.caller == cAccepted:
			m.callerSends(mConfirm)
		case m.caller >= cRefused:
			m.callerSends(m.own())
		}
	case mAccept:
		switch {
		case m.callerOut:
		case open:
			m.caller, m.received = cAccepted, true
			m.callerSends(mConfirm)
		case m.caller == cAccepted:
			m.callerSends(mConfirm)
		default:
			m.callerSends(m.own())
		}
	case mRefuse:
		if open {
			m.caller, m.received = cRefused, true
		}
		m.callerSends(mAckRefuse) // of device 0: it never says refused
	case mHasRefused:
		if open {
			m.caller, m.received = cRefused, true
		}
	case mFailed:
		switch m.caller {
		case cSent:
			m.ends(failure, noAnswer, mCancelRejected)
		case cReceived:
			m.ends(failure, expired, 0)
		}
	case mStale:
		if m.caller == cSent {
			m.ends(failure, noAnswer, mCancelRejected)
		}
	case mAckCancel:
		m.callerRepeats = 0
	}
}

// reasonOf is what a callee shows of the message that cancels it.
var reasonOf = map[signal]engine.Reason{mCancelUser: engine.ReasonUser, mCancelNoResponse: engine.ReasonNoResponse,
	mCancelRejected: engine.ReasonRejected, mCanceled: engine.ReasonUser, mNoResponse: engine.ReasonNoResponse}

// atCallee is a message at the callee: the table of section 3. An INVITE may be late.
func (m *model) atCallee(s signal, late bool) {
	m.calleeKnows = false
	end := func(state, code uint8) {
		if m.callee == eRinging || m.callee == eAcceptSent {
			m.callee, m.calleeCode, m.reason = state, code, reasonOf[s]
		}
	}
	switch s {
	case mInvite:
		switch {
		case m.callee == idle && late:
			m.callee, m.calleeCode, m.missed = failure, expired, told
			m.calleeSends(mStale)
		case m.callee == idle:
			m.callee, m.rang = eRinging, true
			m.calleeSends(mReceived)
		case m.callee == eRinging:
			m.calleeSends(mReceived)
		case m.callee == eAcceptSent:
			m.calleeSends(mAccept)
		case m.callee == eRefused && m.calleeRepeats:
			m.calleeSends(mRefuse)
		case m.callee == eRefused:
			m.calleeSends(mHasRefused)
		case m.callee == failure:
			m.calleeSends(mFailed)
		case m.callee == eEnded:
			m.calleeSends(mAckCancel)
			if m.missed == owed {
				m.missed = told
			}
		}
	case mCancelUser, mCancelNoResponse, mCancelExpired, mCancelRejected:
		switch {
		case m.callee == idle:
			m.callee, m.missed = eEnded, owed
		case s == mCancelExpired:
			end(failure, expired)
		default:
			end(eEnded, 0)
		}
		m.calleeSends(mAckCancel)
	case mConfirm:
		if m.callee == eAcceptSent {
			m.callee = eAccepted
		}
	case mCanceled, mNoResponse:
		end(eEnded, 0)
	case mExpired:
		end(failure, expired)
	case mRefused:
		end(eRefused, 0)
	case mAckRefuse:
		m.calleeRepeats = false
	}
}

// next lists what can happen.
func (m model) next(logouts, reports bool) (all []model) {
	try := func(step func(*model)) {
		after := m
		if step(&after); after != m {
			all = append(all, after)
		}
	}
	for s := range numSignals {
		switch {
		case !m.has(s):
		case s == mReceived || s == mAccept || s == mRefuse || s == mFailed || s == mStale || s == mHasRefused || s == mAckCancel:
			try(func(m *model) { m.atCaller(s) })
		default:
			try(func(m *model) { m.atCallee(s, false) })
			try(func(m *model) { m.atCallee(s, true) })
		}
	}
	// The caller's calls and timers.
	switch m.caller {
	case idle:
		try(func(m *model) {
			if m.callerOut {
				m.caller, m.callerCode = failure, notLoggedIn
				return
			}
			m.caller = cSent
			m.callerSends(mInvite)
		})
	case cSent:
		try(func(m *model) { m.callerSends(mInvite) })
		try(func(m *model) {
			if m.callerKnows {
				m.ends(failure, offline, mCancelNoResponse)
			} else {
				m.ends(failure, noAnswer, mCancelNoResponse)
			}
		})
	case cReceived:
		try(func(m *model) { m.ends(failure, expired, mCancelExpired) })
	}
	if m.caller == cSent || m.caller == cReceived {
		try(func(m *model) { m.ends(cCanceled, 0, mCancelUser) })
	}
	if m.callerRepeats != 0 {
		try(func(m *model) { m.callerRepeats = 0 })
		try(func(m *model) { m.callerSends(m.callerRepeats) })
	}
	// The callee's.
	switch m.callee {
	case eRinging:
		try(func(m *model) { m.calleeSends(mReceived) })
		try(func(m *model) { m.callee = eAcceptSent; m.calleeSends(mAccept) })
		try(func(m *model) { m.callee, m.calleeRepeats = eRefused, true; m.calleeSends(mRefuse) })
		try(func(m *model) { m.callee, m.calleeCode = failure, expired; m.calleeSends(mFailed) })
	case eAcceptSent:
		try(func(m *model) { m.calleeSends(mAccept) })
		try(func(m *model) {
			m.callee, m.calleeCode = failure, acceptFailure
			if m.calleeKnows {
				m.calleeCode = offline
			}
			m.calleeSends(mFailed)
		})
	}
	if m.calleeRepeats {
		try(func(m *model) { m.calleeRepeats = false })
		try(func(m *model) { m.calleeSends(mRefuse) })
	}
	if logouts {
		try(func(m *model) { m.callerOut = !m.callerOut })
		try(func(m *model) { m.calleeOut = !m.calleeOut })
	}
	if reports { // of a peer that has a record
		if m.caller != idle && m.callerCode != notLoggedIn {
			try(func(m *model) { m.callerKnows = !m.callerKnows })
		}
		if m.callee != idle {
			try(func(m *model) { m.calleeKnows = !m.calleeKnows })
		}
	}
	return all
}

// shown is what both can say of a state: what the two apps were told, and which messages
// have been sent.
type shown struct {
	caller callerView
	callee calleeView
	sent   uint32
}

func (m *model) shown() shown {
	s := shown{callerView{placed: m.caller != idle, received: m.received}, calleeView{rang: m.rang, missed: m.missed == told}, m.sent}
	switch m.caller {
	case cAccepted:
		s.caller.end = property.CallerAccepted
	case cRefused:
		s.caller.end = property.CallerRefused
	case cCanceled:
		s.caller.end = property.CallerCanceled
	case failure:
		s.caller.end = map[uint8]property.CallerEnd{noAnswer: property.CallerNoResponse, offline: property.CallerOffline,
			expired: property.CallerExpired, notLoggedIn: property.CallerNotLoggedIn}[m.callerCode]
	}
	switch {
	case !m.rang: // an early CANCEL shows nothing
	case m.callee == eRefused:
		s.callee.end = property.CalleeRefused
	case m.callee == eAccepted:
		s.callee.end = property.CalleeAccepted
	case m.callee == eEnded:
		s.callee.end, s.callee.reason = property.CalleeCanceled, m.reason
	case m.callee == failure:
		s.callee.end = map[uint8]property.CalleeEnd{expired: property.CalleeExpired, offline: property.CalleeOffline, acceptFailure: property.CalleeAcceptFailure}[m.calleeCode]
	}
	return s
}

// reachable are the states of the model.
func reachable(logouts, reports bool) map[model]bool {
	seen := map[model]bool{{}: true}
	for queue := []model{{}}; len(queue) > 0; queue = queue[1:] {
		for _, m := range queue[0].next(logouts, reports) {
			if !seen[m] {
				seen[m] = true
				queue = append(queue, m)
			}
		}
	}
	return seen
}

// ofModel is all that the model reaches.
func ofModel(logouts, reports bool) map[shown]bool {
	all := map[shown]bool{}
	for m := range reachable(logouts, reports) {
		all[m.shown()] = true
	}
	return all
}

// signalOf is the model's word for a message.
func signalOf(m *engine.Message) signal {
	switch m.Kind {
	case engine.Invite:
		return mInvite
	case engine.Received:
		return mReceived
	case engine.Accept:
		return mAccept
	case engine.Confirm:
		return mConfirm
	case engine.Refuse:
		return mRefuse
	case engine.Cancel:
		return map[engine.Reason]signal{engine.ReasonUser: mCancelUser, engine.ReasonNoResponse: mCancelNoResponse,
			engine.ReasonExpired: mCancelExpired, engine.ReasonRejected: mCancelRejected}[m.Reason]
	case engine.Ack:
		return map[engine.Kind]signal{engine.Refuse: mAckRefuse, engine.Cancel: mAckCancel}[m.For]
	}
	if m.For == engine.Invite && m.Word == engine.WordRefused {
		return mHasRefused
	}
	return map[engine.Word]signal{engine.WordFailed: mFailed, engine.WordStale: mStale, engine.WordCanceled: mCanceled,
		engine.WordNoResponse: mNoResponse, engine.WordExpired: mExpired, engine.WordRefused: mRefused}[m.Word]
}

// ofSearch is all that the search reaches.
func ofSearch(t *testing.T, w World) map[shown]bool {
	t.Helper()
	s := newSearch(w, 2)
	if err := s.run(context.Background(), nil); err != nil || !s.result.Complete {
		t.Fatalf("complete %v, %v", s.result.Complete, err)
	}
	all := map[shown]bool{}
	for part := range s.set.parts {
		for n := range s.set.parts[part].count {
			state := &s.set.at(place(part, n)).state
			caller, callee := s.phones[0].nodes[state.at[0]].view, s.phones[1].nodes[state.at[1]].view
			show := shown{caller: caller.own[0], callee: callee.foreign[0]}
			for phone := range s.phones {
				for i := range s.phones[phone].sends.sent {
					if state.net[phone]>>i&1 != 0 {
						show.sent |= 1 << signalOf(&s.phones[phone].sends.sent[i])
					}
				}
			}
			all[show] = true
		}
	}
	return all
}

func TestModel(t *testing.T) {
	for _, c := range []struct{ logouts, reports bool }{{false, false}, {false, true}, {true, false}, {true, true}} {
		model, search := ofModel(c.logouts, c.reports), ofSearch(t, World{Calls: 1, Logouts: c.logouts, Reports: c.reports})
		t.Logf("logouts %v, reports %v: %d abstract states", c.logouts, c.reports, len(model))
		missing, more := only(model, search), only(search, model)
		for _, each := range []struct {
			who  string
			only []shown
		}{{"the model", missing}, {"the engine", more}} {
			for i, show := range each.only {
				if i == 3 {
					t.Errorf("and %d more", len(each.only)-i)
					break
				}
				t.Errorf("logouts %v, reports %v: only %s reaches %+v", c.logouts, c.reports, each.who, show)
			}
		}
	}
}

// TestDefaultTimes: with the times of the protocol page, which have ten copies where the
// short ones have two, the apps see and the network holds the same.
func TestDefaultTimes(t *testing.T) {
	times := engine.DefaultTimes()
	times.Tombstone = 1000 * time.Hour
	short, long := ofSearch(t, World{Calls: 1}), ofSearch(t, World{Calls: 1, Times: times})
	if a, b := only(short, long), only(long, short); len(a)+len(b) > 0 {
		t.Errorf("only with short times: %+v\nonly with the default ones: %+v", a, b)
	}
}

func only(a, b map[shown]bool) []shown {
	var all []shown
	for s := range maps.Keys(a) {
		if !b[s] {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b shown) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return all
}

// shownDevices is what a search of a call to two devices shows in a state: messages by
// their sender, and those of the caller by the device that they name.
type shownDevices struct {
	caller  callerView
	callees [2]calleeView
	sent    [mostPhones][mostPhones]uint32
}

// TestOneCopy: a call to two devices shows the same with times that leave each timer
// one place, and one copy of each message, as with those of the other searches.
func TestOneCopy(t *testing.T) {
	all := func(w World, oneCopy bool) map[shownDevices]bool {
		s := newSearch(w, 2)
		for _, a := range s.phones {
			a.rules.options.NoRetransmit = oneCopy
		}
		if err := s.run(context.Background(), nil); err != nil || !s.result.Complete {
			t.Fatalf("complete %v, %v", s.result.Complete, err)
		}
		found := map[shownDevices]bool{}
		for part := range s.set.parts {
			for n := range s.set.parts[part].count {
				state := &s.set.at(place(part, n)).state
				show := shownDevices{caller: s.phones[0].nodes[state.at[0]].view.own[0]}
				for phone, a := range s.phones {
					if phone > 0 {
						show.callees[phone-1] = a.nodes[state.at[phone]].view.foreign[0]
					}
					word, shift := halfOf(uint8(phone))
					for i := range a.sends.sent {
						if m := &a.sends.sent[i]; state.net[word]>>shift>>i&1 != 0 {
							show.sent[phone][m.Device] |= 1 << signalOf(m)
						}
					}
				}
				found[show] = true
			}
		}
		return found
	}
	least := all(World{Calls: 1, Devices: 2}, true)
	full := all(World{Calls: 1, Devices: 2, Times: (&World{}).shortTimes()}, false)
	t.Logf("%d abstract states", len(least))
	a, b := 0, 0
	for s := range least {
		if !full[s] {
			a++
		}
	}
	for s := range full {
		if !least[s] {
			b++
		}
	}
	if a+b > 0 || len(least) < 1000 {
		t.Errorf("%d only with one copy, %d only with more, of %d", a, b, len(least))
	}
}
