// Random schedules: what happens to one endpoint, drawn step by step from what the
// reference replies. Equal seeds and features make equal schedules.

package kit

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/wire"
)

const (
	ms     invd.Time = 1e6
	second           = 1000 * ms
)

// The names of all schedules and cases.
const (
	self     = "alice"
	peer     = "bob"
	other    = "carol"
	stranger = "mallory"
)

// schedule draws requests.
type schedule struct {
	draw *rand.Rand
	has  func(feature string) bool // of features and roles

	now    invd.Time
	next   invd.Deadline // the earlier of the two endpoints'
	starts int
	device uint64

	labels, groups int
	rest           []invd.Request // of a group that is called at once
	sent           []engine.ID    // own invitations, and to whom
	to             map[engine.ID]string
	known          []engine.ID // others' invitations of which something was heard
	from           map[engine.ID]string
	last           *invd.Deliver

	setup   invd.Setup // of the last start
	savedAt invd.Time
	saved   bool // a snapshot was taken, and the process has crashed
}

func newSchedule(seed uint64, has func(string) bool) *schedule {
	return &schedule{draw: rand.New(rand.NewPCG(seed, 0)), has: has, to: map[engine.ID]string{}, from: map[engine.ID]string{}}
}

func (s *schedule) chance(percent int) bool { return s.draw.IntN(100) < percent }

func pick[T any](s *schedule, list ...T) T { return list[s.draw.IntN(len(list))] }

// step is the next request.
func (s *schedule) step() invd.Request {
	if s.starts == 0 || s.chance(1) {
		return s.start()
	}
	if s.saved {
		return s.restore()
	}
	if len(s.rest) > 0 {
		r := s.rest[0]
		s.rest = s.rest[1:]
		return r
	}
	s.pass()
	at := invd.At{Now: s.now}
	if s.has("snapshot") && s.chance(2) {
		s.saved, s.savedAt = true, s.now
		return &invd.Snapshot{At: at}
	}
	switch k := s.draw.IntN(100); {
	case k < 22:
		return &invd.Advance{At: at}
	case k < 34 && s.has("caller"):
		return s.create(at)
	case k < 48 && s.has("caller") && s.labels+len(s.sent) > 0:
		return s.press(at)
	case k < 62 && len(s.known) > 0 && s.has("callee"):
		return s.answer(at)
	case k < 67 && s.has("presence"):
		return &invd.Peer{At: at, Peer: pick(s, peer, peer, other), Online: s.chance(50)}
	case k < 71 && s.has("session"):
		return &invd.Session{At: at, In: s.chance(65)}
	}
	return s.deliver(at)
}

// start is an endpoint that begins: in one schedule of two with other options.
func (s *schedule) start() invd.Request {
	s.starts++
	r := &invd.Reset{At: invd.At{Now: s.now}, Case: "schedule", Setup: invd.Setup{Self: self, Epoch: fmt.Sprintf("a%d", s.starts)}}
	s.sent, s.labels, s.rest = nil, 0, nil
	if s.device = 0; s.has("device") && s.chance(25) {
		s.device = 7
		r.Device = "7"
	}
	o := &r.Setup.Options
	if s.has("times") && s.chance(35) {
		grace := pick(s, 0, second, 2*second)
		o.Times = pick(s,
			invd.Times{NoResponse: 3 * second, Expiry: 5 * second, Grace: &grace, Accept: second, Linger: 4 * second, Tombstone: 30 * second, MaxDelay: 5 * second},
			invd.Times{Accept: 5 * second, Grace: &grace},
			invd.Times{RetransmitFirst: 100 * ms, RetransmitCap: 200 * ms, AcceptFirst: 300 * ms, AcceptCap: 900 * ms},
		)
		if refresh := pick(s, 2*second, 700*ms); s.has("refresh") {
			o.Times.ExpiryCap = pick(s, 0, 4*second, 100*second)
			o.Times.Refresh = &refresh
		} else if o.Times.Expiry != 0 {
			o.Times.Expiry, o.Times.Tombstone = 0, 0 // the default refresh would not fit below the expiry
		}
	}
	defer func() { s.setup = r.Setup }()
	o.CountFromSend = s.has("count-from-send") && s.chance(12)
	o.FailAtOnce = s.has("fail-at-once") && s.chance(12)
	o.NoRetransmit = s.has("no-retransmit") && s.chance(8)
	if s.has("limits") && s.chance(8) {
		o.MaxPerPeer, o.MaxTotal = 1+s.draw.IntN(9), 4+s.draw.IntN(8)
	}
	return r
}

// restore is a start from the last snapshot, some time later. There are no labels any more.
func (s *schedule) restore() invd.Request {
	s.starts++
	s.saved, s.labels, s.rest = false, 0, nil
	s.now += pick(s, 0, 0, 300*ms, 5*second, 40*second)
	r := &invd.Restore{At: invd.At{Now: s.now}, Setup: s.setup, Snapshot: []byte{}}
	if r.Epoch = fmt.Sprintf("a%d", s.starts); s.chance(70) {
		away := s.now - s.savedAt
		r.Away = &away
	}
	return r
}

// pass lets time pass: to the next deadline, near it, or far.
func (s *schedule) pass() {
	before := s.now
	due := s.next.At
	switch k := s.draw.IntN(100); {
	case k < 25:
		s.now += pick(s, 0, 100*ms, 250*ms)
	case k < 42 && s.next.Set:
		s.now = due - ms
	case k < 66 && s.next.Set:
		s.now = due
	case k < 74 && s.next.Set && s.has("late"):
		s.now = due + ms
	case k < 82:
		s.now += pick(s, second, 5*second, 20*second, 61*second)
	case k < 83:
		s.now += 300 * second
	}
	if s.next.Set && !s.has("late") {
		s.now = min(s.now, due)
	}
	s.now = max(s.now, before)
}

func (s *schedule) text() *string {
	long := pick(s, 64, 65, 1024, 1025, 8192, 8193)
	t := pick(s, "", "yes", "yes", "yes", "naïve 日本", "\u0000", strings.Repeat("x", long))
	return &t
}

func (s *schedule) create(at invd.At) invd.Request {
	s.labels++
	content := "call " + fmt.Sprint(s.labels)
	r := &invd.App{At: at, Call: invd.Create, Ref: invd.Ref{Inv: fmt.Sprint(s.labels), To: pick(s, peer, peer, peer, peer, peer, peer, peer, other, self)}, Content: &content}
	if s.chance(8) {
		r.Content, r.ChannelID = s.text(), s.text()
	}
	if s.has("group") && s.chance(30) {
		if s.groups == 0 || s.chance(30) {
			s.groups++
		}
		if r.Group = fmt.Sprint("group ", s.groups); s.chance(50) {
			s.callAll(r)
		}
	}
	if s.has("call-times") && s.chance(12) {
		r.Times = invd.CallTimes{NoResponse: pick(s, 2*second, 400*ms, 40*second), Expiry: pick(s, 0, 61*second, 500*second)}
	}
	return r
}

// callAll sends an invitation of a group, and a second one with it.
func (s *schedule) callAll(first *invd.App) {
	s.labels++
	second := &invd.App{At: first.At, Call: invd.Create, Ref: invd.Ref{Inv: fmt.Sprint(s.labels), To: pick(s, peer, other)}, Group: first.Group}
	s.rest = []invd.Request{&invd.App{At: first.At, Call: invd.Send, Ref: invd.Ref{Inv: first.Inv}}, second, &invd.App{At: first.At, Call: invd.Send, Ref: invd.Ref{Inv: second.Inv}}}
}

func (s *schedule) press(at invd.At) invd.Request {
	r := &invd.App{At: at, Call: pick(s, invd.Send, invd.Send, invd.Cancel), Ref: invd.Ref{Inv: fmt.Sprint(max(1, s.labels-s.draw.IntN(3)))}}
	if s.labels == 0 || len(s.sent) > 0 && s.chance(20) {
		id := s.recent(s.sent)
		r.Ref = invd.Ref{To: s.to[id], ID: id.String()}
	}
	if r.Call == invd.Cancel && s.has("note") && s.chance(40) {
		r.Note = s.text()
	}
	return r
}

func (s *schedule) answer(at invd.At) invd.Request {
	id := s.recent(s.known)
	r := &invd.App{At: at, Call: pick(s, invd.Accept, invd.Accept, invd.Refuse, invd.Set), Ref: invd.Ref{From: s.from[id], ID: id.String()}}
	if r.Call == invd.Set || s.chance(30) {
		r.Response = s.text()
	}
	return r
}

func (s *schedule) recent(list []engine.ID) engine.ID {
	return list[max(0, len(list)-1-s.draw.IntN(3))]
}

// deliver is a message from a peer: mostly one that fits.
func (s *schedule) deliver(at invd.At) invd.Request {
	if s.last != nil && s.chance(15) {
		again := *s.last
		again.At = at
		return &again
	}
	m := engine.Message{Content: "video?", Response: "theirs"}
	own := len(s.sent) > 0 && (s.chance(50) || !s.has("callee"))
	switch {
	case own:
		m.ID = s.recent(s.sent)
		s.toCaller(&m)
	case !s.has("callee"):
		return &invd.Advance{At: at}
	default:
		m.ID = engine.ID{Epoch: 0xb0b, Counter: uint64(len(s.known) + 1)}
		if len(s.known) > 0 && s.chance(70) {
			m.ID = s.recent(s.known)
		}
		s.toCallee(&m)
	}
	switch s.draw.IntN(40) {
	case 0:
		m.ID = engine.ID{Epoch: 0xb0b, Counter: 99}
	case 1:
		if len(s.sent) > 0 { // a reflection
			m.ID.Epoch = s.sent[len(s.sent)-1].Epoch
		}
	}
	r := &invd.Deliver{At: at, From: s.sender(m.ID, own)}
	text, err := wire.EncodeJSON(m)
	if err != nil {
		return &invd.Advance{At: at} // there is no such message
	}
	r.Message = text
	if s.has("held") && s.chance(8) {
		r.Held = pick(s, 500*ms, 29*second, 40*second)
	}
	if !own && s.from[m.ID] == "" {
		s.known, s.from[m.ID] = append(s.known, m.ID), r.From
	}
	s.last = r
	return r
}

func (s *schedule) sender(id engine.ID, own bool) string {
	if s.chance(6) {
		return pick(s, stranger, self, other)
	}
	if to := s.to[id]; own && to != "" {
		return to
	}
	if from := s.from[id]; from != "" {
		return from
	}
	return peer
}

func (s *schedule) aDevice() uint64 { return pick[uint64](s, 0, 0, 0, 8, 9) }

func (s *schedule) toCaller(m *engine.Message) {
	m.Kind = pick(s, engine.Received, engine.Received, engine.Received, engine.Accept, engine.Accept, engine.Refuse, engine.Ack, engine.Closed)
	m.Device = s.aDevice()
	switch m.Kind {
	case engine.Ack:
		m.For = pick(s, engine.Cancel, engine.Cancel, engine.Cancel, engine.Invite, engine.Confirm)
		m.Device = 0
	case engine.Closed:
		m.For, m.Word = engine.Invite, pick(s, engine.WordRefused, engine.WordFailed, engine.WordStale, engine.WordInvalid, engine.WordOverloaded)
	}
}

func (s *schedule) toCallee(m *engine.Message) {
	m.Kind = pick(s, engine.Invite, engine.Invite, engine.Invite, engine.Invite, engine.Cancel, engine.Confirm, engine.Confirm, engine.Ack, engine.Closed)
	at := func() time.Duration { return time.Duration(pick(s, 0, 0, 0, second, 29*second, 31*second)) }
	switch m.Kind {
	case engine.Invite:
		m.Age, m.Wait, m.Expiry = at(), time.Duration(pick(s, 30*second, 30*second, 30*second, 92*second, 147*second+ms, 0)), time.Duration(pick(s, 60*second, 60*second, 60*second, 5*second, 100*second, ms, 0))
		if s.chance(6) {
			m.Content = *s.text()
		}
	case engine.Cancel:
		m.Reason = engine.Reason(1 + s.draw.IntN(5))
		if s.chance(25) {
			m.Note = pick(s, "later", strings.Repeat("n", 1024), strings.Repeat("n", 1025))
		}
	case engine.Confirm:
		m.Device = pick(s, s.device, s.device, s.device, s.aDevice())
	case engine.Ack:
		m.For = pick(s, engine.Refuse, engine.Refuse, engine.Refuse, engine.Accept, engine.Received)
		if m.For == engine.Refuse {
			m.Device = pick(s, s.device, s.device, s.aDevice())
			m.Refused = m.Device != 0 && s.chance(70)
		}
	case engine.Closed:
		m.For, m.Word = pick(s, engine.Received, engine.Accept), pick(s, engine.WordCanceled, engine.WordNoResponse, engine.WordExpired, engine.WordRefused, engine.WordUnknown)
		if m.Word == engine.WordRefused {
			m.Device = pick(s, s.device, s.aDevice())
		}
	}
}

// note learns from the reference's reply.
func (s *schedule) note(reply *invd.Reply) {
	for i := range reply.Effects {
		e := &reply.Effects[i]
		var m struct{ Kind, ID string }
		if e.Do != "send" || json.Unmarshal(e.Message, &m) != nil || m.Kind != "INVITE" {
			continue
		}
		if id, ok := parseID(m.ID); ok && s.to[id] == "" {
			s.sent, s.to[id] = append(s.sent, id), e.To
		}
	}
}
