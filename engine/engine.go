// The engine: its inputs, other than the app's calls on invitations.

package engine

import (
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/quote"
	"github.com/invsim/invsim/internal/seam"
	"github.com/invsim/invsim/states"
)

// Engine is one user's endpoint. It is not safe for concurrent use. See the
// package documentation for how to drive it. It must not be copied.
type Engine struct {
	_       noCopy
	self    string
	options Options
	later   *Options // those given, while those of a snapshot are in force

	origin     time.Time  // of the engine's time
	plain      bool       // the difference of nanoseconds will do
	originNano int64      // the origin as plain nanoseconds
	instants   seam.Clock // the clock, if it is one of this module that has them
	now        int64      // nanoseconds since origin, as of the last input
	loggedIn   bool
	counter    uint64 // of the last id given

	local  states.LocalTable
	remote states.RemoteTable
	keep   [numRoles]int64 // how long an ended invitation is remembered

	records             [numRoles]index
	total               [numRoles]int
	lingering           int // how many invitations do
	peers               map[string]*peer
	firstPeer, lastPeer *peer
	timers              timers

	outputs []Output // from polled on
	polled  int
	replies int     // how many of them are replies
	drained uint64  // outputs that were polled: the number of the next
	events  []event // of the present input

	journal *journal
	stored  struct{ from, to uint64 } // the numbers of the outputs that the store has
	numbers uint64                    // of peers and invitations, in their order

	freeRecords *record
	freePeers   *peer
	stats       Stats
}

// New makes the endpoint of the user self, logged in. It fails if self is not a
// valid user id or if the options do not fit together.
func New(self string, options Options) (*Engine, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	options = options.withDefaults()
	if !options.validUserID(self) {
		return nil, errors.New("engine: own user id " + quote.ID(self) + " is not valid: " + options.userIDProblem(self))
	}
	e := &Engine{
		self:     self,
		loggedIn: true,
		peers:    map[string]*peer{},
	}
	e.use(options)
	e.startClock(options.Clock.Now())
	for r := range e.records {
		e.records[r] = newIndex()
	}
	return e, nil
}

// use puts options in force.
func (e *Engine) use(options Options) {
	var keepLocal, keepRemote time.Duration
	e.options = options
	e.instants, _ = options.Clock.(seam.Clock)
	e.local, e.remote, keepLocal, keepRemote = seam.Open(options.Rules, options.Times.Tombstone)
	e.keep = [...]int64{local: int64(keepLocal), remote: int64(keepRemote)}
}

// Self is the user whose endpoint this is.
func (e *Engine) Self() string { return e.self }

// Times are those in force: Options.Times, or after Restore with others those of
// the snapshot, until nothing is remembered.
func (e *Engine) Times() Times { return e.options.Times }

// begin starts an input: it reads the clock, once, and expires what was due before.
func (e *Engine) begin(except *record) {
	e.readClock()
	e.fire(e.now-1, except)
}

// Advance expires every timer that is due, now included. Calling it early or
// often does nothing.
func (e *Engine) Advance() {
	e.readClock()
	e.fire(e.now, nil)
	e.flushEvents()
}

// LogOut tells the engine that the transport has lost its session. No state
// changes and no timer stops; nothing is sent, and what arrives is dropped.
func (e *Engine) LogOut() {
	e.begin(nil)
	e.loggedIn = false
	e.flushEvents()
}

// LogIn tells the engine that the transport has a session again: everything that
// waits to be repeated goes at once. A new engine is logged in.
func (e *Engine) LogIn() {
	e.begin(nil)
	if !e.loggedIn {
		e.loggedIn = true
		for p := e.firstPeer; p != nil; p = p.next {
			e.resumeAll(p)
		}
	}
	e.flushEvents()
}

// PeerOnline tells the engine that a peer can be reached. Like PeerOffline it does
// nothing while no invitation with that peer is remembered.
func (e *Engine) PeerOnline(name string) {
	e.begin(nil)
	if p := e.peers[name]; p != nil {
		e.setPresence(p, presenceOnline)
		e.resumeAll(p)
	}
	e.flushEvents()
}

// PeerOffline tells the engine that a peer cannot be reached. It decides with
// which code an unanswered invitation fails, and with FailAtOnce when.
//
// A report is kept from the first invitation with a peer to the end of the last
// one's tombstone, and no longer, so that strangers who come and go take no memory.
// One that comes before is forgotten: report a peer again when a message to it
// cannot be delivered, such as the INVITE.
func (e *Engine) PeerOffline(name string) {
	e.begin(nil)
	if p := e.peers[name]; p != nil {
		e.setPresence(p, presenceOffline)
		trigger := states.LocalPeerOffline
		if e.options.FailAtOnce {
			trigger = states.LocalPeerOfflineAtOnce
		}
		for inv := p.first; inv != nil; {
			next := inv.next
			s := inv.step()
			if inv.rec.role == local {
				e.stepLocal(&s, trigger)
			} else {
				e.stepRemote(&s, states.RemotePeerOffline)
			}
			inv = next
		}
	}
	e.flushEvents()
}

func (e *Engine) setPresence(p *peer, now presence) {
	if (p.presence == presenceOffline) != (now == presenceOffline) {
		e.touchPeer(p)
	}
	p.presence = now
}

// resumeAll repeats everything that waits for this peer's answer.
func (e *Engine) resumeAll(p *peer) {
	for inv := p.first; inv != nil; inv = inv.next {
		s := inv.step()
		if inv.rec.role == local {
			e.stepLocal(&s, states.LocalPeerOnline)
		} else {
			e.stepRemote(&s, states.RemotePeerOnline)
		}
	}
}

// Receive takes a message in, from the peer that the transport names. It never
// fails: whatever cannot be used is dropped, and the verdict says why.
func (e *Engine) Receive(from string, m Message) Verdict {
	verdict := e.receive(from, &m)
	e.stats.Received[verdict]++
	e.flushEvents()
	return verdict
}

func (e *Engine) receive(from string, m *Message) Verdict {
	e.readClock()
	role, meant := m.receiver()
	e.fire(e.now-1, e.confirmed(from, m))
	rec, elsewhere := e.records[role].first(m.ID), false
	var p *peer
	if rec != nil && rec.peer.name == from {
		p = rec.peer
	} else {
		p = e.peers[from]
		rec, elsewhere = e.records[role].find(p, m.ID)
	}
	switch {
	case !e.loggedIn:
		return LoggedOut
	case !meant || m.ID.Epoch == 0 || p == nil && (from == e.self || !e.options.validUserID(from)):
		return Invalid
	case !m.wellFormed():
		if m.Kind == Invite {
			e.answer(from, Message{Kind: Closed, ID: m.ID, For: Invite, Word: WordInvalid}, true)
		}
		return Invalid
	}
	if elsewhere {
		e.stats.Security++
	}
	s := step{rec: rec, peer: from, known: p, id: m.ID, answers: m.Kind, response: m.Response}
	if rec != nil {
		s.inv = rec.inv
	}
	var verdict Verdict
	if role == local {
		verdict = e.receiveLocal(&s, m)
	} else {
		verdict = e.receiveRemote(&s, m)
	}
	if elsewhere && verdict == Unknown {
		verdict = WrongPeer
	}
	if s.rec != nil {
		e.heardFrom(s.rec.peer)
	} else if p != nil {
		e.heardFrom(p)
	}
	return verdict
}

// confirmed is the record whose accept timer has to wait, because the message is
// the CONFIRM that it was waiting for. Nothing is repeated for it either.
func (e *Engine) confirmed(from string, m *Message) *record {
	first := e.timers.lists[acceptTimer].head
	if m.Kind != Confirm || !e.loggedIn || first == nil || first.deadline >= e.now {
		return nil
	}
	rec, _ := e.records[remote].find(e.peers[from], m.ID)
	if rec == nil || rec.timer != acceptTimer || rec.deadline >= e.now {
		return nil
	}
	e.timers.disarmHeap(rec.inv)
	return rec
}

// heardFrom takes any message as a sign that its peer is online.
func (e *Engine) heardFrom(p *peer) {
	wasOffline := p.presence == presenceOffline
	e.setPresence(p, presenceOnline)
	if wasOffline {
		e.resumeAll(p)
	}
}
