package reference

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/wire"
)

// schedule is what happens to one endpoint, drawn step by step from what a first driver
// replies, and played to both.
type schedule struct {
	t      *testing.T
	draw   *rand.Rand
	now    invd.Time
	next   invd.Deadline
	labels int
	own    []string // ids of invitations that it sent to bob,
	others []string // and those that rang or were heard of from bob
	starts uint64
	device uint64 // its own; 0 in most schedules
}

// peers are bob, who is in most calls, and a stranger who uses his ids.
var peers = []string{"bob", "bob", "bob", "bob", "mallory"}

func (s *schedule) pick(list []string) string { return list[s.draw.IntN(len(list))] }

// step is the next request.
func (s *schedule) step() invd.Request {
	k := s.draw.IntN(100)
	if k >= 95 { // a phone that was frozen: the input comes first, and finds timers overdue
		s.now += invd.Time(s.draw.IntN(6)) * 1e9
	}
	at := invd.At{Now: s.now}
	switch {
	case s.starts == 0 || k == 0:
		s.starts++
		return &invd.Reset{At: at, Setup: invd.Setup{Self: "alice", Epoch: fmt.Sprintf("a%d", s.starts), Device: deviceOf(s.device)}, Case: "schedule"}
	case k < 25:
		return s.pass()
	case k < 31:
		s.labels++
		r := &invd.App{At: at, Call: invd.Create, Ref: invd.Ref{Inv: fmt.Sprint(s.labels), To: "bob"}}
		if s.labels%5 > 2 { // two of five are a group
			r.Group = fmt.Sprint(s.labels / 5)
		}
		return r
	case k < 50 && s.labels > 0:
		call := s.pick([]string{invd.Send, invd.Send, invd.Cancel})
		return &invd.App{At: at, Call: call, Ref: invd.Ref{Inv: fmt.Sprint(1 + s.draw.IntN(s.labels))}}
	case k < 65 && len(s.others) > 0:
		response := "r"
		call := s.pick([]string{invd.Accept, invd.Refuse})
		return &invd.App{At: at, Call: call, Ref: invd.Ref{From: "bob", ID: s.pick(s.others)}, Response: &response}
	case k < 68:
		return &invd.Peer{At: at, Peer: "bob", Online: s.draw.IntN(2) == 0}
	case k < 72:
		return &invd.Session{At: at, In: s.draw.IntN(5) > 1}
	}
	return s.message(at)
}

// pass lets time pass: to the deadline, near it, or for long.
func (s *schedule) pass() invd.Request {
	switch by := s.draw.IntN(4); {
	case by == 0:
		s.now += invd.Time(s.draw.IntN(40)) * 1e9
	case by == 1 && s.next.Set:
		s.now = max(s.now, s.next.At+1e6)
	case s.next.Set:
		s.now = max(s.now, s.next.At)
	}
	return &invd.Advance{At: invd.At{Now: s.now}}
}

// message is one from bob or a stranger, mostly of an id that is known.
func (s *schedule) message(at invd.At) invd.Request {
	m := engine.Message{Content: "c", Wait: 30e9, Expiry: 60e9, Response: "theirs", Reason: engine.Reason(1 + s.draw.IntN(4)), Word: engine.Word(1 + s.draw.IntN(9))}
	var id string
	if own := len(s.own) > 0 && s.draw.IntN(2) == 0; own {
		id = s.pick(s.own)
		m.Kind = []engine.Kind{engine.Received, engine.Received, engine.Received, engine.Accept, engine.Accept, engine.Refuse, engine.Ack, engine.Closed}[s.draw.IntN(8)]
		m.For = engine.Invite
		if m.Kind == engine.Ack {
			m.For = engine.Cancel
		}
	} else {
		if len(s.others) == 0 || s.draw.IntN(5) == 0 {
			s.others = append(s.others, fmt.Sprintf("b0b-%d", len(s.others)+1))
		}
		id = s.pick(s.others)
		m.Kind = []engine.Kind{engine.Invite, engine.Invite, engine.Invite, engine.Cancel, engine.Confirm, engine.Ack, engine.Closed}[s.draw.IntN(7)]
		m.For = []engine.Kind{engine.Received, engine.Accept, engine.Refuse}[s.draw.IntN(3)]
		if s.device != 0 && (m.Kind == engine.Confirm || m.Kind == engine.Ack && m.For == engine.Refuse) {
			m.Device = []uint64{s.device, s.device, 8}[s.draw.IntN(3)]
			m.Refused = m.Kind == engine.Ack
		}
	}
	if s.draw.IntN(20) == 0 {
		id = "b0b-99"
	}
	m.ID, _ = parseID(id)
	text, err := wire.EncodeJSON(m)
	if err != nil { // a word of the other half: draw again
		return s.message(at)
	}
	return &invd.Deliver{At: at, From: s.pick(peers), Message: text}
}

// note learns from a reply.
func (s *schedule) note(reply invd.Reply) {
	s.next = reply.Next
	for _, e := range reply.Effects {
		if e.Do == "send" && strings.Contains(string(e.Message), `"INVITE"`) {
			var m struct{ ID string }
			if json.Unmarshal(e.Message, &m) == nil {
				s.own = append(s.own, m.ID)
			}
		}
	}
}

// differs plays schedules of a seed to two drivers and tells the first step in which they
// reply otherwise.
func differs(t *testing.T, seed uint64, a, b invd.Driver) string {
	s := &schedule{t: t, draw: rand.New(rand.NewPCG(seed, 0))}
	if seed%4 == 3 {
		s.device = 7
	}
	for step := range 80 {
		r := s.step()
		replyA, errA := a.Do(r)
		replyB, errB := b.Do(r)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		textA, _ := json.Marshal(replyA)
		textB, _ := json.Marshal(replyB)
		if string(textA) != string(textB) {
			request, _ := json.Marshal(r)
			return fmt.Sprintf("seed %d, step %d: %s %s:\n%s\n%s", seed, step, r.Op(), request, textA, textB)
		}
		s.note(replyA)
	}
	return ""
}

// most is how many schedules may pass until a broken rule shows.
const most = 200

// TestMutants: every rule that can be broken shows in the replies of the driver, and the
// protocol itself shows no difference.
func TestMutants(t *testing.T) {
	for _, m := range mutant.All {
		found := ""
		for seed := range uint64(most) {
			if found = differs(t, seed, invd.Here(&Endpoint{}), invd.Here(&Endpoint{Mutant: m.ID})); found != "" {
				break
			}
		}
		if found == "" {
			t.Errorf("%s does not show in %d schedules", m.Name, most)
		} else if testing.Verbose() {
			t.Logf("%s: %s", m.Name, found)
		}
	}
	for seed := range uint64(most) {
		if found := differs(t, seed, invd.Here(&Endpoint{}), invd.Here(&Endpoint{})); found != "" {
			t.Error(found)
		}
	}
}
