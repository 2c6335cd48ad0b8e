package world

import (
	"fmt"
	"strings"
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/states"
)

// watched plays one world of a swarm, observed and covered.
func watched(t *testing.T, o setup.Options, source tape.Tape) ([]event.Entry, *event.Cover) {
	t.Helper()
	var entries []event.Entry
	w := New(&o)
	w.Cover = new(event.Cover)
	w.Observe = func(e event.Entry) { entries = append(entries, e) }
	if err := w.Play(t.Context(), 0, source); err != nil {
		t.Fatal(err)
	}
	return entries, w.Cover
}

// TestCoverCountsSteps: every step of a timeline is counted once, in its cell, and
// every move on its edge.
func TestCoverCountsSteps(t *testing.T) {
	for number := range 60 {
		o, _ := setup.DrawSwarm(3, number)
		entries, cover := watched(t, o, tape.World(o.Seed, 0))
		steps, moves := map[string]uint64{}, map[string]uint64{}
		for _, e := range entries {
			if e.Kind == event.Stepped {
				steps[fmt.Sprint(e.Step.Local, e.Step.FromName(), e.Step.TriggerName())]++
				if e.Step.Kind == states.Move {
					moves[fmt.Sprint(e.Step.Local, e.Step.FromName(), e.Step.ToName(), e.Step.TriggerName())]++
				}
			}
		}
		for _, c := range cover.Cells() {
			if name := fmt.Sprint(c.Local, c.State, c.Trigger); c.Sum() != steps[name] {
				t.Errorf("world %d: %s is counted %d times and was used %d times", number, name, c.Sum(), steps[name])
			} else {
				delete(steps, name)
			}
		}
		for _, m := range cover.Moves() {
			if name := fmt.Sprint(m.Local, m.From, m.To, m.Trigger); m.Uses != moves[name] {
				t.Errorf("world %d: %s is counted %d times and was made %d times", number, name, m.Uses, moves[name])
			} else {
				delete(moves, name)
			}
		}
		if len(steps)+len(moves) > 0 {
			t.Errorf("world %d: not counted: %v, %v", number, steps, moves)
		}
	}
}

// circumstances are all steps of a world that were not plain.
func circumstances(t *testing.T, c *transcript) string {
	o, r := c.world(t)
	_, cover := watched(t, o, r)
	var lines []string
	for _, cell := range cover.Cells() {
		for under, n := range cell.Uses {
			if n > 0 && event.Circumstance(under) != event.Plainly {
				lines = append(lines, fmt.Sprintf("%s %s %s: %v %d", map[bool]string{true: "caller", false: "callee"}[cell.Local], cell.State, cell.Trigger, event.Circumstance(under), n))
			}
		}
	}
	return strings.Join(lines, "\n")
}

func TestCircumstances(t *testing.T) {
	for _, c := range []struct {
		transcript
		want string
	}{
		{transcript{name: "plain"}, ""},
		{transcript{name: "repeated", set: "loss=0.1%", sure: []sure{{tape.Loss, aCopy(0, engine.Invite, 0), true}}},
			`callee IDLE INVITE: repeated 1`},
		{transcript{name: "doubled", set: "dup=0.1%", sure: []sure{{tape.Duplicate, aCopy(0, engine.Invite, 0), true}}},
			`caller RECEIVED_BY_REMOTE RECEIVED: repeated 1
callee INVITATION_RECEIVED INVITE: doubled 1`},
		{transcript{name: "delayed", set: "latency=0s..2s; answer-after=10s", sure: []sure{
			{tape.Latency, aCopy(0, engine.Received, 0), second + 1}, {tape.Latency, aCopy(0, engine.Invite, 0), second}}},
			`caller SENT_TO_REMOTE RECEIVED: repeated 1
caller RECEIVED_BY_REMOTE RECEIVED: delayed 1
callee IDLE INVITE: repeated 1`},
		{transcript{name: "kept", set: "faults=offline@0s+10s:1; store=20s; no-retransmit=true; answer-after=1s"}, `caller RECEIVED_BY_REMOTE RECEIVED: repeated 1
callee IDLE INVITE: kept 1
callee INVITATION_RECEIVED INVITE: repeated 1`},
		{transcript{name: "a stranger's INVITE", set: "users=3; strangers=0.1%; answer-after=10s", sure: []sure{
			{tape.Stranger, aCall(0), true}, {tape.StrangerAfter, aCall(0), second}, {tape.StrangerSays, aCall(0), nth{8, 9}}}}, `callee IDLE INVITE: stranger 1`},
		{transcript{name: "pressed twice", set: "press-twice=0.1%", sure: []sure{{tape.PressTwice, aButton(0, event.Accept), true}}}, `callee ACCEPT_SENT_TO_LOCAL accept(): again 1`},
		{transcript{name: "the opposite", set: "change-mind=0.1%", sure: []sure{{tape.ChangeMind, aButton(0, event.Accept), true}}}, `callee ACCEPT_SENT_TO_LOCAL refuse(): again 1`},
		{transcript{name: "offline", set: "faults=offline@2s+1m0s:0 offline@2s+1m0s:1; answer-after=9s"}, `caller RECEIVED_BY_REMOTE callee offline: offline 1
callee INVITATION_RECEIVED accept(), logged out: offline 1
callee INVITATION_RECEIVED logout: offline 1
callee INVITATION_RECEIVED caller offline: offline 1
callee ACCEPT_SENT_TO_LOCAL accept timer, caller last known offline: offline 1
callee ACCEPT_SENT_TO_LOCAL copy due: offline 101`},
		{transcript{name: "frozen past deadlines", set: "faults=freeze@1500ms+2m0s:0; accept=0; ignore=1"}, `caller RECEIVED_BY_REMOTE expiry timer: frozen 1
caller FAILURE RECEIVED: delayed 1
caller FAILURE CLOSED(failed), device 0: delayed 1
callee FAILURE CLOSED(expired): repeated 1`},
		{transcript{name: "frozen past deadlines, and something came", set: "faults=freeze@1020ms+3m0s:0; accept=0; ignore=1"}, `caller SENT_TO_REMOTE no-response timer: frozen 1`},
		{transcript{name: "frozen past deadlines, and offline", set: "faults=freeze@1500ms+2m0s:0 offline@2s+1h0m0s:0; accept=0; ignore=1"}, `caller RECEIVED_BY_REMOTE expiry timer: frozen 1
caller FAILURE copy due: offline 10`},
		{transcript{name: "clock set", set: "faults=jump@2s+1m30s:1; accept=0; ignore=1"}, `callee INVITATION_RECEIVED expiry timer: clock set 1`},
		{transcript{name: "clock set, and something comes", set: "faults=jump@2s+10s:1; answer-after=9s"}, `callee INVITATION_RECEIVED accept(): clock set 1`},
		{transcript{name: "restarted", set: "faults=crash@2s+1s:1; answer-after=9s"}, `caller RECEIVED_BY_REMOTE RECEIVED: repeated 1
callee INVITATION_RECEIVED accept(): restarted 1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := circumstances(t, &c.transcript); got != c.want {
				t.Errorf("\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
