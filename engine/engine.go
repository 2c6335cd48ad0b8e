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
	lingering           int             // how many invitations do
	earlier             int             // how many of one's own are from before a restore
	lasting             [numLists]int64 // how long a timer of each kind runs
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
	numbers uint64                    // of peers, invitations and groups, in their order

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
	t := &options.Times
	e.lasting = [...]int64{
		noResponseTimer: int64(t.NoResponse), localExpiryTimer: int64(t.Expiry + t.Grace), remoteExpiryTimer: int64(t.ExpiryCap),
		acceptTimer: int64(t.Accept), localTombstoneTimer: e.keep[local], remoteTombstoneTimer: e.keep[remote],
	}
}

// Self is the user whose endpoint this is.
func (e *Engine) Self() string { return e.self }

// Times are those in force: Options.Times, or after Restore with others those of
// the snapshot, until nothing is remembered.
func (e *Engine) Times() Times { return e.options.Times }

// Device is the one in force, like Times.
func (e *Engine) Device() uint64 { return e.options.Device }

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

// LogOut tells the engine that the transport has lost its session. It is mute then, and
// not deaf: nothing is sent, and what arrives all the same (a push brings it) is taken
// in, but for an ACCEPT, which nobody could confirm. An accept that waits for its
// CONFIRM waits for as long as it would have rung.
func (e *Engine) LogOut() {
	if !e.loggedIn {
		return
	}
	e.begin(nil)
	e.loggedIn = false
	for inv := range e.held() {
		if s := inv.step(); inv.rec.role == remote {
			e.stepRemote(&s, states.RemoteLogOut)
		}
	}
	e.flushEvents()
}

// LogIn tells the engine that the transport has a session again: whatever is open or
// waits for an acknowledgement is repeated at once, and an accept that would still
// ring begins its accept time anew. A new or restored engine is logged in.
func (e *Engine) LogIn() {
	if e.loggedIn {
		return
	}
	e.begin(nil)
	e.loggedIn = true
	for inv := range e.held() {
		if inv.rec.role == remote && inv.state == uint8(states.RemoteAcceptSentToLocal) && e.now < inv.ringEnd {
			s := inv.step()
			e.stepRemote(&s, states.RemoteLogIn)
		} else {
			e.resyncOne(inv)
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
		e.resync(p)
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

// resync tells a peer where each invitation with it stands.
func (e *Engine) resync(p *peer) {
	for inv := p.first; inv != nil; inv = inv.next {
		e.resyncOne(inv)
	}
}

func (e *Engine) resyncOne(inv *invitation) {
	s := inv.step()
	if inv.rec.role == local {
		e.stepLocal(&s, states.LocalResync)
	} else {
		e.stepRemote(&s, states.RemoteResync)
	}
}
