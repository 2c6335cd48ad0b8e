package mixed

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/property"
)

// stories are what two phones show of one call of alice's, step by step, and the
// properties that are then broken. Time passes with +.
var stories = []struct{ steps, broken string }{
	{"ring received accept caller:Accepted callee:Accepted", ""},
	{"ring received refuse callee:Refused caller:Refused", ""},
	{"ring received cancel caller:Canceled handed acked callee:Canceled", ""},
	{"ring received accept +5s callee:Failure/ACCEPT_FAILURE +57s caller:Failure/INVITATION_EXPIRE", ""},
	{"ring received +60s callee:Failure/INVITATION_EXPIRE +2s caller:Failure/INVITATION_EXPIRE", ""},
	{"+30s caller:Failure/PEER_NO_RESPONSE", ""},
	{"cancel caller:Canceled", ""},
	{"ring accept received caller:Accepted callee:Failure/PEER_OFFLINE", ""},

	{"ring received accept callee:Accepted caller:Accepted", "S1"},
	{"ring received accept caller:Accepted callee:Accepted caller:Canceled", "S9 S2"},
	{"ring received cancel caller:Canceled callee:Canceled callee:Accepted", "S9 S2"},
	{"ring received cancel caller:Canceled caller:Accepted", "S9 S2 S14"},
	{"ring received caller:Refused refuse callee:Refused", "S3"},
	{"ring received caller:Refused callee:Canceled", "S3 PAIR"},
	{"ring received caller:Accepted refuse callee:Refused", "S4 PAIR"},
	{"ring received caller:Accepted callee:Canceled", "S4 PAIR"},
	{"ring received callee:Failure/INVITATION_EXPIRE caller:Accepted", "S4 PAIR"},
	{"ring received cancel caller:Canceled callee:Accepted", "S1 S5 PAIR"},
	{"ring received accept callee:Accepted cancel caller:Canceled", "S1 S5 PAIR"},
	{"ring ring received accept caller:Accepted callee:Accepted", "S6"},
	{"cancel caller:Canceled handed acked ring callee:Canceled", "S7"},
	{"ring received cancel caller:Accepted accept callee:Accepted", "S8 S8"},
	{"ring received caller:Canceled callee:Canceled", "S8"},
	{"ring accept caller:Accepted callee:Accepted", "S9"},
	{"ring received received accept caller:Accepted callee:Accepted", "S9"},
	{"received +30s caller:Failure/PEER_NO_RESPONSE", "S9"},
	{"callee:Canceled cancel caller:Canceled", "S9"},
	{"ring:other received accept caller:Accepted callee:Accepted", "S10"},
	{"ring received accept caller:Accepted/other callee:Accepted", "S10"},
	{"ring received stranger accept caller:Accepted callee:Accepted", "S11"},
	{"misaddressed cancel caller:Canceled", "S11"},
	{"cancel caller:Canceled kept", "S14"},
	{"ring received accept accept caller:Accepted callee:Accepted", "S13"},
	{"ring received accept refuse caller:Accepted callee:Accepted", "S13"},
	{"ring received cancel caller:Canceled callee:Canceled cancel", "S13"},
	{"ring received refused-with-effects accept caller:Accepted callee:Accepted", "S13"},
	{"ring received +92.001s caller:Failure/INVITATION_EXPIRE callee:Failure/INVITATION_EXPIRE", "S14 S14"},
	{"ring received +75.001s callee:Failure/ACCEPT_FAILURE caller:Failure/INVITATION_EXPIRE", "S14"},
	{"ring received down +75s callee:Failure/INVITATION_EXPIRE +17s caller:Failure/INVITATION_EXPIRE", ""},
	{"ring received down +75.001s callee:Failure/INVITATION_EXPIRE +17s caller:Failure/INVITATION_EXPIRE", "S14 S14"},
	{"ring received accept caller:Accepted", "S14"},
	{"ring received refuse callee:Refused", "S14"},
	{"ring received +62s caller:Failure/INVITATION_EXPIRE callee:Canceled", "PAIR"},
	{"caller:Failure/NOT_LOGGEDIN", ""},
	{"ring caller:Failure/NOT_LOGGEDIN callee:Canceled", "PAIR"},
	{"ring received caller:Failure/ACCEPT_FAILURE accept caller:Accepted callee:Accepted", "S9"},
}

// TestEveryRule: the judge reports exactly what a story breaks.
func TestEveryRule(t *testing.T) {
	seen := map[property.ID]bool{}
	for _, story := range stories {
		p := newStory(t)
		for _, step := range strings.Fields(story.steps) {
			p.tell(t, step)
		}
		if err := p.finish(); err != nil {
			t.Fatal(err)
		}
		var broken []string
		for _, v := range p.result.Violations {
			broken = append(broken, v.Property.String())
			seen[v.Property] = true
		}
		if got := strings.Join(broken, " "); got != story.broken {
			t.Errorf("%s\nbreaks %q, not %q: %v", story.steps, got, story.broken, p.result.Violations)
		}
	}
	for id := property.S1; id <= property.Pair; id++ {
		if !seen[id] && !slices.Contains([]property.ID{property.S12, property.S15, property.S16}, id) { // two runs tell S12; a user has one phone here, and no app makes groups
			t.Errorf("no story breaks %v", id)
		}
	}
}

func newStory(t *testing.T) *play {
	t.Helper()
	p := &play{World: world(0), phones: [2]Phone{present("a", mutant.None), present("b", mutant.None)}, result: &Result{}}
	for i := range p.phones {
		if _, err := p.phones[i].Driver.Do(&invd.Reset{Setup: invd.Setup{Self: names[i], Epoch: []string{"a", "b"}[i]}}); err != nil {
			t.Fatal(err)
		}
	}
	p.calls = []*call{{label: "x", id: "a-1", content: "content", channel: "channel", response: "yes"}}
	return p
}

func (p *play) tell(t *testing.T, step string) {
	t.Helper()
	c := p.calls[0]
	what, how, _ := strings.Cut(step, ":")
	name, failure, _ := strings.Cut(how, "/")
	content := c.content + how
	switch {
	case step[0] == '+':
		by, err := time.ParseDuration(step[1:])
		if err != nil {
			t.Fatal(err)
		}
		p.now += by
	case what == "ring":
		p.event(1, &invd.Effect{Name: invd.Received, From: "alice", ID: c.id, Content: &content, ChannelID: &c.channel})
	case what == "received":
		p.event(0, &invd.Effect{Name: invd.ReceivedByPeer, To: "bob", ID: c.id, Inv: c.label})
	case what == "caller" && slices.Contains([]string{"Accepted", "Refused"}, name):
		response := c.response + failure
		p.event(0, &invd.Effect{Name: "LocalInvitation" + name, To: "bob", ID: c.id, Response: &response})
	case what == "caller":
		p.event(0, &invd.Effect{Name: "LocalInvitation" + name, To: "bob", ID: c.id, Failure: failure})
	case what == "callee":
		p.event(1, &invd.Effect{Name: "RemoteInvitation" + name, From: "alice", ID: c.id, Failure: failure})
	case what == "cancel":
		p.pressed(0, what, c, &invd.Reply{})
	case what == "accept" || what == "refuse":
		p.pressed(1, what, c, &invd.Reply{})
	case what == "refused-with-effects":
		p.pressed(1, invd.Accept, c, &invd.Reply{Code: "ALREADY_END", Effects: []invd.Effect{{}}})
	case what == "handed":
		p.arrived(1, &engine.Message{Kind: engine.Cancel, ID: engine.ID{Epoch: 10, Counter: 1}})
	case what == "acked":
		p.sent(1, &invd.Effect{To: "alice"}, &engine.Message{Kind: engine.Ack, For: engine.Cancel, ID: engine.ID{Epoch: 10, Counter: 1}})
	case what == "stranger":
		p.event(1, &invd.Effect{Name: invd.RemoteCanceled, From: "carol", ID: c.id})
	case what == "down": // both, for two seconds
		p.now += 2 * time.Second
		p.idle[0] += 2 * time.Second
		p.idle[1] += 2 * time.Second
	case what == "misaddressed":
		p.sent(0, &invd.Effect{To: "carol"}, &engine.Message{Kind: engine.Cancel, ID: engine.ID{Epoch: 10, Counter: 1}})
	case what == "kept":
		early := `{"v":1,"kind":"CANCEL","id":"a-1","reason":"user"}`
		if r, err := p.phones[1].Driver.Do(&invd.Deliver{From: "alice", Message: []byte(early)}); err != nil || r.Undecodable != "" {
			t.Fatal(r, err)
		}
	default:
		t.Fatal(fmt.Errorf("no step %q", step))
	}
}
