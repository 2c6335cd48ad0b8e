// What happens to the phones of one call.

package world

import (
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/tape"
)

func TestPhoneTranscripts(t *testing.T) { check(t, "phones.txt", phoneTranscripts) }

var phoneTranscripts = []transcript{
	{name: "a callee that is offline", set: "faults=offline@0s+5s:1"},
	{name: "a caller that goes offline, and notices", set: "faults=offline@2s+20s:0; answer-after=10s; presence-wrong=0.1%", sure: []sure{
		{tape.LogoutAfter, aToggle(0, 1), 2 * second}, {tape.PresenceAfter, aToggle(0, 1), 3 * second}, {tape.PresenceWrong, aToggle(0, 1), true},
		{tape.PresenceAfter, aToggle(0, 2), second},
	}},
	{name: "back before it notices", set: "faults=offline@2s+1s:0; answer-after=10s", sure: []sure{{tape.LogoutAfter, aToggle(0, 1), 2 * second}}},
	{name: "offline twice at once", set: "faults=offline@2s+4s:1 offline@3s+1s:1; answer-after=10s"},
	{name: "logged out", set: "faults=offline@0s+5s:0; arrivals=1/s"},
	{name: "stored", set: "faults=offline@0s+10s:1; store=20s"},
	{name: "stored too long", set: "faults=offline@0s+10s:1; store=2s; no-retransmit=true"},
	{name: "stored until it is stale", set: "faults=offline@0s+33s:1; store=1m0s; no-retransmit=true; latency=1s"},
	{name: "stored until it is too old", set: "faults=offline@0s+1m42s:1; store=3m0s; no-retransmit=true"},
	{name: "stored for a phone that is down", set: "faults=crash@0s+10s:1; store=1m0s; no-retransmit=true"},
	{name: "a push", set: "faults=offline@0s+1m0s:1; store=1m0s; push=0.1%; push-after=0s..5s", sure: []sure{
		{tape.Push, aCopy(0, engine.Invite, 0), true}, {tape.PushAfter, aCopy(0, engine.Invite, 0), 2 * second},
	}},
	{name: "a push that brings the INVITE", set: "faults=offline@0s+1m0s:1; store=1m0s; push=0.1%; push-after=0s..5s; push-invite=6s; answer-after=7s; no-retransmit=true", sure: []sure{
		{tape.Push, aCopy(0, engine.Invite, 0), true}, {tape.PushAfter, aCopy(0, engine.Invite, 0), 2 * second},
	}},
	{name: "a push that brings the INVITE, and an answer before the login", set: "faults=offline@0s+1m0s:1; store=1m0s; push=0.1%; push-after=0s..5s; push-invite=6s; answer-after=1s; no-retransmit=true", sure: []sure{
		{tape.Push, aCopy(0, engine.Invite, 0), true}, {tape.PushAfter, aCopy(0, engine.Invite, 0), 2 * second},
	}},
	{name: "a push that brings the INVITE to a phone that is back", set: "faults=offline@0s+2s:1; store=1m0s; push=0.1%; push-after=0s..5s; push-invite=6s; answer-after=7s; no-retransmit=true", sure: []sure{
		{tape.Push, aCopy(0, engine.Invite, 0), true}, {tape.PushAfter, aCopy(0, engine.Invite, 0), 2 * second},
	}},
	{name: "a push that brings the INVITE to a phone that is down", set: "faults=offline@0s+1m0s:1 crash@2s+4s:1; store=1m0s; push=0.1%; push-after=0s..5s; push-invite=6s; answer-after=1s; no-retransmit=true", sure: []sure{
		{tape.Push, aCopy(0, engine.Invite, 0), true}, {tape.PushAfter, aCopy(0, engine.Invite, 0), 2 * second},
	}},
	{name: "a push that brings the INVITE before the phone notices that it is offline", set: "faults=offline@900ms+1m0s:1; store=1m0s; push=0.1%; push-after=0s..5s; push-invite=6s; answer-after=1s; no-retransmit=true", sure: []sure{
		{tape.Push, aCopy(0, engine.Invite, 0), true}, {tape.PushAfter, aCopy(0, engine.Invite, 0), 2 * second}, {tape.LogoutAfter, aToggle(1, 1), 4 * second},
	}},
	{name: "a push that brings the INVITE to a phone that is back and frozen", set: "faults=offline@0s+2s:1 freeze@1500ms+5s:1; store=1m0s; push=0.1%; push-after=0s..5s; push-invite=6s; answer-after=1s; no-retransmit=true", sure: []sure{
		{tape.Push, aCopy(0, engine.Invite, 0), true}, {tape.PushAfter, aCopy(0, engine.Invite, 0), 2 * second},
	}},
	{name: "a push whose INVITE was delivered, and its place taken by a copy that is kept", set: "faults=offline@0s+2s:1 offline@2020ms+20s:0; accept=0; refuse=1; store=1m0s; push=0.1%; push-after=0s..5s; push-invite=6s; answer-after=1s; no-retransmit=true", sure: []sure{
		{tape.Push, aCopy(0, engine.Invite, 0), true}, {tape.PushAfter, aCopy(0, engine.Invite, 0), 2 * second},
	}},
	{name: "a push that brings the INVITE too late to ring", set: "faults=offline@0s+1m0s:1; store=1m0s; push=0.1%; push-after=30s..40s; push-invite=6s; no-retransmit=true", sure: []sure{
		{tape.Push, aCopy(0, engine.Invite, 0), true},
	}},
	{name: "stored, and the first of them too long", set: "faults=offline@0s+3300ms:1; store=2s"},
	{name: "stored, and delivered to a frozen phone", set: "faults=freeze@500ms+18s:1 offline@600ms+2400ms:1; store=5s; no-retransmit=true"},
	{name: "no push for a CANCEL", set: "faults=offline@0s+20s:1; store=1m0s; push=0.1%; cancel=100%; cancel-after=2s; no-retransmit=true",
		sure: []sure{{tape.Push, aCopy(0, engine.Cancel, 0), true}}},
	{name: "no push for a phone that is down", set: "faults=crash@0s+20s:1 offline@0s+30s:1; store=1m0s; push=0.1%; no-retransmit=true",
		sure: []sure{{tape.Push, aCopy(0, engine.Invite, 0), true}}},
	{name: "a report to a frozen phone, and to one that is down", set: "users=3; faults=freeze@2s+10s:0 crash@2s+10s:2 offline@0s+5s:1; no-retransmit=true"},
	{name: "back online while it is frozen", set: "faults=offline@0s+5s:1 freeze@2s+6s:1"},
	{name: "a callee that freezes past its deadline", set: "faults=freeze@2s+2m0s:1; accept=0; ignore=1"},
	{name: "a callee that freezes", set: "faults=freeze@0s+5s:1"},
	{name: "a caller that freezes past its deadline", set: "faults=freeze@1s+40s:0; answer-after=10s"},
	{name: "a user whose phone is frozen", set: "faults=freeze@2s+4s:1; answer-after=2s"},
	{name: "a caller whose phone is frozen", set: "faults=freeze@1500ms+4s:0; cancel=100%; cancel-after=1s; answer-after=10s"},
	{name: "frozen twice at once", set: "answer-after=1s; faults=freeze@1500ms+5s:1 freeze@2s+1s:1"},
	{name: "frozen and offline", set: "answer-after=8s; faults=freeze@2s+5s:1 offline@3s+10s:1"},
	{name: "a fast clock", set: "drift=50%; answer-after=20s; no-response-time=10s; faults=partition@0s+1h0m0s", sure: []sure{{tape.Drift, aPhone(0), true}}},
	{name: "a slow clock", set: "drift=50%; answer-after=20s; faults=partition@0s+1h0m0s", sure: []sure{{tape.Drift, aPhone(0), nth{999_999, 1_000_001}}}},
	{name: "a clock put forward", set: "faults=jump@2s+1m0s:1; answer-after=10s"},
	{name: "a clock put forward, not over a deadline", set: "faults=jump@2s+10s:1; answer-after=10s"},
	{name: "a clock put back", set: "jump-every=10s; jump-by=20s; accept=0; ignore=1; heal=10s", sure: []sure{
		{tape.JumpEpisodes, anEpisode(1, 1, 0), uint64(1) << 63}, {tape.JumpAt, anEpisode(1, 1, 0), 3 * second}, {tape.JumpBy, anEpisode(1, 1, 0), -second},
	}},
	{name: "a clock put back by much", set: "jump-every=10s; jump-by=20s; accept=0; ignore=1; heal=10s", sure: []sure{
		{tape.JumpEpisodes, anEpisode(1, 1, 0), uint64(1) << 63}, {tape.JumpAt, anEpisode(1, 1, 0), 3 * second}, {tape.JumpBy, anEpisode(1, 1, 0), -15 * second},
	}},
	{name: "a crash while it rings, with a fresh snapshot", set: "faults=crash@2s+3s:1; answer-after=10s; snapshots=fresh"},
	{name: "a crash while it rings, with an old snapshot", set: "faults=crash@2s+3s:1; answer-after=10s; snapshots=stale"},
	{name: "a crash while it rings, with nothing", set: "faults=crash@2s+3s:1; answer-after=10s; snapshots=none"},
	{name: "a crash of the caller, with a fresh snapshot", set: "faults=crash@1050ms+3s:0; answer-after=2s; snapshots=fresh"},
	{name: "a crash of the caller, with nothing", set: "faults=crash@1050ms+3s:0; answer-after=2s; snapshots=none"},
	{name: "a crash of the caller, with what it saved", set: "faults=crash@5s+3s:0; answer-after=6s; snapshots=stale; heal=30s", sure: []sure{
		{tape.SaveEpisodes, anEpisode(0, 1, 0), uint64(1) << 63}, {tape.SaveAt, anEpisode(0, 1, 0), second},
	}},
	{name: "a call of a phone that is down", set: "faults=crash@0s+3s:0"},
	{name: "a crash while it is frozen", set: "faults=freeze@0s+9s:1 crash@2s+3s:1"},
	{name: "a freeze after a crash, in the time of one before it", set: "faults=freeze@2s+10s:1 crash@3s+1s:1 freeze@5s+20s:1; answer-after=10s"},
	{name: "crashed and offline", set: "faults=crash@2s+3s:1 offline@3s+4s:1; answer-after=10s"},
}
