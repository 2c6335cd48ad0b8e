package mixed

import (
	"cmp"
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
	{"received +30s caller:Failure/PEER_NO_RESPONSE", "S11 S9"},
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
	{"missed ring received cancel caller:Canceled callee:Canceled", "S9"},
	{"missed missed cancel caller:Canceled", "S9"},

	// Two devices.
	{"ring ring@2 received accept@2 caller@2:Accepted callee@2:Accepted confirmed callee:Canceled/=accepted_elsewhere", ""},
	{"ring ring@2 received refuse callee:Refused caller:Refused refusal@2 callee@2:Canceled/=refused_elsewhere", ""},
	{"ring ring@2 received accept accept@2 caller:Accepted callee:Accepted callee@2:Accepted", "S1 S15 PAIR"},
	{"ring ring@2 received accept@2 caller:Accepted callee@2:Accepted callee:Failure/ACCEPT_FAILURE", "S1 PAIR"},
	{"ring received accept caller:Accepted confirmed@2 ring@2 callee@2:Canceled/=accepted_elsewhere callee:Accepted", "S7"},
	{"ring received refuse callee:Refused caller:Refused refusal@2 ring@2 callee@2:Canceled/=refused_elsewhere", "S7"},
	{"ring@2 ring@2 received cancel caller:Canceled callee@2:Canceled/=user", "S6"},
	{"ring ring@2 received cancel caller:Canceled handed acked callee:Canceled/=user callee@2:Canceled/=accepted_elsewhere", "PAIR"},
	{"ring ring@2 received accept caller:Accepted callee:Accepted callee@2:Failure/INVITATION_EXPIRE", ""},
	{"ring ring@2 received accept caller:Accepted callee:Accepted", "S14"},

	// Two calls of a group.
	{"ring received accept second ring received caller:Canceled/=answered_by_another callee:Canceled", "S8 S14 S14"},
	{"second ring received accept caller:Accepted callee:Accepted", "S14"},
	{"ring received accept caller:Accepted callee:Accepted second ring received caller:Canceled/=answered_by_another callee:Canceled", ""},
	{"ring received accept caller:Accepted callee:Accepted second ring received accept caller:Accepted callee:Accepted", "S16"},
	{"ring received accept caller:Accepted callee:Accepted second decided", ""},
	{"second decided", "S14 S14"},

	{"ring received caller:Failure/ACCEPT_FAILURE accept caller:Accepted callee:Accepted", "S9"},
}

// TestEveryRule: the judge reports exactly what a story breaks.
func TestEveryRule(t *testing.T) {
	seen := map[property.ID]bool{}
	for _, story := range stories {
		phones := [2]Phone{present("a", mutant.None), present("b", mutant.None)}
		if strings.Contains(story.steps, "@") {
			phones = household(mutant.None)
		}
		p := newStory(t, phones)
		if !strings.Contains(story.steps, "second") {
			p.calls = p.calls[:1]
		}
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
		if !seen[id] && id != property.S12 { // two runs tell that
			t.Errorf("no story breaks %v", id)
		}
	}
}

// newStory is a world with two calls of alice's in a group, the first of which is told of.
func newStory(t *testing.T, phones [2]Phone) *play {
	t.Helper()
	p := newPlay(world(0), phones)
	for i := range p.phones {
		setup := p.setup(i, p.phones[i].Setup)
		if _, err := p.phones[i].Driver.Do(&invd.Reset{Setup: setup}); err != nil {
			t.Fatal(err)
		}
	}
	group := &property.Group{}
	for n := range 2 {
		c := p.planCall(n, 0)
		c.ID = engine.ID{Epoch: 10, Counter: uint64(1 + n)}
		c.id, c.Group = c.ID.String(), group
	}
	return p
}

func (p *play) tell(t *testing.T, step string) {
	t.Helper()
	c := p.calls[p.serial]
	what, how, _ := strings.Cut(step, ":")
	what, number, _ := strings.Cut(what, "@")
	name, failure, _ := strings.Cut(how, "/")
	content := c.Content + how
	callee, answerer := 1, ""
	if len(p.phones) > 2 {
		callee, answerer = 1+2*strings.Count(number, "2"), cmp.Or(number, "1")
	}
	ended, reason, _ := strings.Cut(failure, "=") // of a Canceled
	if name == "Canceled" {
		failure, reason = ended, strings.ReplaceAll(reason, "_", " ")
	}
	switch {
	case step[0] == '+':
		by, err := time.ParseDuration(step[1:])
		if err != nil {
			t.Fatal(err)
		}
		p.now += by
	case what == "ring":
		p.event(callee, &invd.Effect{Name: invd.Received, From: "alice", ID: c.id, Content: &content, ChannelID: &c.ChannelID})
	case what == "received":
		p.event(0, &invd.Effect{Name: invd.ReceivedByPeer, To: "bob", ID: c.id, Inv: c.label})
	case what == "caller" && slices.Contains([]string{"Accepted", "Refused"}, name):
		c.isCaller(callee) // whose response it is
		response := c.Response + failure
		p.event(0, &invd.Effect{Name: "LocalInvitation" + name, To: "bob", ID: c.id, Response: &response, Device: answerer})
	case what == "caller":
		p.event(0, &invd.Effect{Name: "LocalInvitation" + name, To: "bob", ID: c.id, Failure: failure, Reason: reason})
	case what == "callee":
		p.event(callee, &invd.Effect{Name: "RemoteInvitation" + name, From: "alice", ID: c.id, Failure: failure, Reason: reason})
	case what == "cancel":
		p.pressed(0, what, c, &invd.Reply{})
	case what == "accept" || what == "refuse":
		p.pressed(callee, what, c, &invd.Reply{})
	case what == "refused-with-effects":
		p.pressed(1, invd.Accept, c, &invd.Reply{Code: "ALREADY_END", Effects: []invd.Effect{{}}})
	case what == "handed":
		p.arrived(callee, &engine.Message{Kind: engine.Cancel, ID: c.ID})
	case what == "acked":
		p.sent(callee, &invd.Effect{To: "alice"}, &engine.Message{Kind: engine.Ack, For: engine.Cancel, ID: c.ID})
	case what == "confirmed": // the other device
		p.arrived(callee, &engine.Message{Kind: engine.Confirm, ID: c.ID, Device: 3 - p.deviceID(callee)})
	case what == "refusal": // of the other device is acknowledged, and is the outcome
		p.arrived(callee, &engine.Message{Kind: engine.Ack, For: engine.Refuse, Refused: true, ID: c.ID, Device: 3 - p.deviceID(callee)})
	case what == "missed":
		p.event(callee, &invd.Effect{Name: invd.Missed, From: "alice", ID: c.id, Content: &content, ChannelID: &c.ChannelID})
	case what == "decided":
		p.pressed(0, invd.Send, c, &invd.Reply{Code: "GROUP_DECIDED"})
	case what == "second":
		p.serial = 1
	case what == "stranger":
		p.event(1, &invd.Effect{Name: invd.RemoteCanceled, From: "carol", ID: c.id})
	case what == "down": // both, for two seconds
		p.now += 2 * time.Second
		p.phones[0].idle += 2 * time.Second
		p.phones[1].idle += 2 * time.Second
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
