// What people do with buttons.

package world

import (
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/tape"
)

// TestWhatIsMeasured: the times of a call by hand.
func TestWhatIsMeasured(t *testing.T) {
	for _, c := range []struct {
		transcript
		accepted, ring string // of none, one or more
	}{
		{networkTranscripts[0], "100ms", ""},
		{networkTranscripts[2], "100ms", ""},
		{transcript{set: "cancel=100%; cancel-after=3s; answer-after=10s"}, "", "50ms"},
		{transcript{set: "cancel=100%; cancel-after=20ms; answer-after=10s; latency=0s..10s; no-retransmit=true", sure: []sure{
			{what: tape.Latency, about: aCopy(0, engine.Invite, 0), is: 2 * second}, {what: tape.Latency, about: aCopy(0, engine.Cancel, 0), is: 3 * second},
			{what: tape.Latency, about: aCopy(0, engine.Received, 0), is: 5 * second}}}, "", "1.02s"},
		{transcript{set: "cancel=100%; cancel-after=3s; answer-after=1s; accept=0; refuse=1; latency=50ms; faults=partition@1500ms+20s"}, "", ""},
	} {
		r := c.play(t).Result
		for _, l := range []struct {
			is   result.Latency
			want string
		}{{r.Accepted, c.accepted}, {r.RingAfterCancel, c.ring}} {
			got := ""
			if l.is.Count() > 0 {
				got = l.is.Max().Round(10 * millisecond).String()
			}
			if got != l.want {
				t.Errorf("%s: %s, want %s: %s", c.set, got, l.want, counted(r))
			}
		}
	}
}

func TestUserTranscripts(t *testing.T) { check(t, "users.txt", userTranscripts) }

// forged is a world in which a stranger sends one forgery, while it rings.
func forged(name string, index int) transcript {
	return transcript{name: name, set: "users=4; strangers=0.1%; answer-after=2s", sure: []sure{
		{tape.Stranger, aCall(0), true}, {tape.StrangerAfter, aCall(0), second},
		{tape.StrangerSays, aCall(0), nth{index, len(forgeries)}}, {tape.StrangerWho, aCall(0), nth{index % 2, 2}},
	}}
}

var userTranscripts = []transcript{
	{name: "a refusal", set: "accept=0; refuse=1", sure: []sure{{tape.AnswerAfter, aCall(0), 2 * second}}},
	{name: "no answer", set: "ignore=1; accept=0"},
	{name: "a cancel", set: "cancel=0.1%; answer-after=10s", sure: []sure{{tape.Cancel, aCall(0), true}, {tape.CancelAfter, aCall(0), 3 * second}}},
	{name: "send, pressed twice", set: "press-twice=0.1%", sure: []sure{{tape.PressTwice, aButton(0, event.Send), true}}},
	{name: "accept, pressed twice", set: "press-twice=0.1%", sure: []sure{{tape.PressTwice, aButton(0, event.Accept), true}}},
	{name: "a change of mind about a cancel", set: "cancel=100%; cancel-after=1s; answer-after=10s; change-mind=0.1%", sure: []sure{
		{tape.ChangeMind, aButton(0, event.Cancel), true}, {tape.ChangeAfter, aButton(0, event.Cancel), 1500 * millisecond},
	}},
	{name: "a change of mind about an accept", set: "change-mind=0.1%", sure: []sure{
		{tape.ChangeMind, aButton(0, event.Accept), true}, {tape.ChangeAfter, aButton(0, event.Accept), 50 * millisecond},
	}},
	{name: "a change of mind about a refusal, on a frozen phone", set: "accept=0; refuse=1; change-mind=0.1%; faults=freeze@1s+2s:1", sure: []sure{
		{tape.ChangeMind, aButton(0, event.Refuse), true}, {tape.ChangeAfter, aButton(0, event.Refuse), 1500 * millisecond},
	}},
	{name: "a change of mind about a cancel, on a frozen phone", set: "cancel=100%; cancel-after=1s; answer-after=10s; change-mind=0.1%; faults=freeze@2500ms+2s:0", sure: []sure{
		{tape.ChangeMind, aButton(0, event.Cancel), true}, {tape.ChangeAfter, aButton(0, event.Cancel), second},
	}},
	{name: "a change of mind after a crash with a fresh snapshot", set: "change-mind=0.1%; faults=crash@1080ms+1s:1; snapshots=fresh", sure: []sure{
		{tape.ChangeMind, aButton(0, event.Accept), true}, {tape.ChangeAfter, aButton(0, event.Accept), 1100 * millisecond},
	}},
	{name: "a change of mind when it rings again after a crash", set: "change-mind=0.1%; faults=crash@2100ms+300ms:1; snapshots=none; loss=0.1%; answer-after=1s", sure: []sure{
		{tape.ChangeMind, aButton(0, event.Accept), true}, {tape.ChangeAfter, aButton(0, event.Accept), 700 * millisecond},
		{tape.Loss, aCopy(0, engine.Received, 0), true}, {tape.Loss, aCopy(0, engine.Received, 1), true}, {tape.Loss, aCopy(0, engine.Accept, 0), true},
	}},
	{name: "a redial after an end that a crash forgets", set: "calls=2; arrivals=0.1/s; redial=0.1%; snapshots=stale; faults=crash@5s+1s:0; answer-after=3s; heal=1m0s", sure: []sure{
		{tape.SaveEpisodes, anEpisode(0, 1, 0), uint64(1) << 63}, {tape.SaveAt, anEpisode(0, 1, 0), 2 * second}, {tape.Redial, aCall(1), true}, {tape.RedialAfter, aCall(1), 200 * millisecond},
	}},
	{name: "a button in the moment of its deadline", set: "answer-after=1m0s"},
	{name: "a stranger who finds the phone frozen", set: "users=3; strangers=0.1%; answer-after=5s; faults=freeze@1500ms+1s:1", sure: []sure{
		{tape.Stranger, aCall(0), true}, {tape.StrangerAfter, aCall(0), second},
	}},
	{name: "a stranger who finds the phone offline", set: "users=3; strangers=0.1%; answer-after=5s; faults=offline@1500ms+1s:1", sure: []sure{
		{tape.Stranger, aCall(0), true}, {tape.StrangerAfter, aCall(0), second},
	}},
	{name: "a stranger after healing", set: "users=3; strangers=0.1%; answer-after=5s; heal=1500ms", sure: []sure{
		{tape.Stranger, aCall(0), true}, {tape.StrangerAfter, aCall(0), second},
	}},
	{name: "a button in the moment of a leap", set: "answer-after=1s; faults=jump@2050ms+1m30s:1"},
	{name: "a change of mind that a crash forgets", set: "change-mind=0.1%; faults=crash@1200ms+1s:1; snapshots=none", sure: []sure{
		{tape.ChangeMind, aButton(0, event.Accept), true}, {tape.ChangeAfter, aButton(0, event.Accept), 1900 * millisecond},
	}},
	{name: "glare", set: "calls=2; glare=0.1%; arrivals=0.1/s", sure: []sure{
		{tape.Arrival, aCall(0), second}, {tape.Glare, aCall(1), true}, {tape.GlareAfter, aCall(1), 30 * millisecond},
	}},
	{name: "redial", set: "calls=2; users=3; redial=0.1%; answer-after=2s", sure: []sure{
		{tape.Caller, aCall(0), nth{2, 3}}, {tape.Callee, aCall(0), nth{1, 2}}, {tape.Redial, aCall(1), true}, {tape.RedialAfter, aCall(1), 700 * millisecond},
	}},
	{name: "a redial of a call that is turned away", set: "calls=3; redial=0.1%; max-per-peer=1; max-total=1", sure: []sure{
		{tape.Redial, aCall(1), true}, {tape.Redial, aCall(2), true}, {tape.RedialAfter, aCall(2), 700 * millisecond},
	}},
	{name: "glare of a redial", set: "calls=3; redial=0.1%; glare=0.1%; answer-after=2s", sure: []sure{
		{tape.Redial, aCall(1), true}, {tape.RedialAfter, aCall(1), 500 * millisecond}, {tape.Glare, aCall(2), true}, {tape.GlareAfter, aCall(2), 100 * millisecond},
	}},
	{name: "hold", set: "calls=5; users=3; hold=0.1%; hold-calls=3; arrivals=1/s", sure: []sure{
		{tape.Hold, aCall(1), true}, {tape.Caller, aCall(1), nth{2, 3}}, {tape.Arrival, aCall(1), 3 * second},
		{tape.Caller, aCall(2), nth{1, 3}}, {tape.Callee, aCall(2), nth{0, 2}},
		{tape.Caller, aCall(3), nth{1, 3}}, {tape.Callee, aCall(3), nth{1, 2}},
	}},
	{name: "a bound", set: "calls=2; max-per-peer=1; max-total=1"},
	{name: "a bound at the callee", set: "calls=2; users=3; max-per-peer=1; max-total=1; no-retransmit=true", sure: []sure{{tape.Caller, aCall(1), nth{2, 3}}, {tape.Callee, aCall(1), nth{1, 2}}}},
	forged("a stranger's CANCEL", 0),
	forged("a stranger's ACCEPT", 1),
	forged("a stranger's REFUSE", 2),
	forged("a stranger's CONFIRM", 3),
	forged("a stranger's CLOSED to the callee", 4),
	forged("a stranger's CLOSED to the caller", 5),
	forged("a stranger's RECEIVED", 6),
	forged("a stranger's ACK", 7),
	forged("a stranger's INVITE", 8),
}
