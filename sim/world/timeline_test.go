package world

import (
	"fmt"
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// TestCauses: in any world, every entry has a number of its own, and names as its
// cause an earlier entry that can have led to it.
func TestCauses(t *testing.T) {
	kinds := map[event.Kind]int{}
	for number := range 100 {
		o, _ := setup.DrawSwarm(4, number)
		k := setup.Token{Options: o}
		outcome, err := Play(t.Context(), k.Options, k.World, k.Source(), true)
		if err != nil {
			t.Fatal(err)
		}
		entries := outcome.Entries
		for i := range entries {
			e := &entries[i]
			if e.Seq != i+1 {
				t.Fatalf("world %d: entry %d has the number %d", number, i+1, e.Seq)
			}
			if e.Cause >= e.Seq || e.Prev >= e.Seq || e.Cause < 0 {
				t.Fatalf("world %d: entry %d comes from %d, and after the step %d", number, e.Seq, e.Cause, e.Prev)
			}
			if problem := causedWrongly(entries, e); problem != "" {
				t.Fatalf("world %d: entry %d, %s, %s", number, e.Seq, e.Line(), problem)
			}
			kinds[e.Kind]++
		}
		followSteps(t, number, entries)
	}
	for kind := event.CopySent; kind <= event.Stepped; kind++ {
		if kinds[kind] == 0 {
			t.Errorf("no entry of the kind %d was seen", kind)
		}
	}
}

// causedWrongly tells what is wrong about an entry's cause.
func causedWrongly(entries []event.Entry, e *event.Entry) string {
	var cause *event.Entry
	if e.Cause > 0 {
		cause = &entries[e.Cause-1]
	}
	is := func(kinds ...event.Kind) bool {
		for _, kind := range kinds {
			if cause != nil && cause.Kind == kind {
				return true
			}
		}
		return false
	}
	switch e.Kind {
	case event.CopyArrived:
		if !is(event.CopySent) || cause.Fate != event.Sent && cause.Fate != event.Stored && cause.Fate != event.Pushed || !sameCopy(cause, e) || cause.Node != e.Peer || cause.Peer != e.Node {
			return fmt.Sprintf("is the arrival of entry %d", e.Cause)
		}
	case event.CopySent:
		switch {
		case is(event.CopySent):
			if !sameCopy(cause, e) && !e.Twin || cause.Node != e.Node || cause.Fate != event.Sent && cause.Fate != event.Stored {
				return "comes from the sending of another copy"
			}
		case is(event.PhoneRestarts) && cause.Node == e.Node: // it says again what its state would
		case !is(event.Stepped) || cause.Node != e.Node || cause.Call != e.Call:
			return fmt.Sprintf("is sent because of entry %d", e.Cause)
		}
	case event.EventRaised:
		saved := e.Event.Restores > 0 && is(event.PhoneRestarts) && cause.Node == e.Node
		if !saved && (!is(event.Stepped) || cause.Node != e.Node || cause.Call != e.Call) {
			return fmt.Sprintf("is raised because of entry %d", e.Cause)
		}
	case event.Stepped:
		switch {
		case event.IsTimer(&e.Step):
			if cause != nil && !is(event.PhoneThaws) {
				return fmt.Sprintf("is a timer, and is said to come from entry %d", e.Cause)
			}
		case cause == nil:
			return "comes from nothing"
		case is(event.CopyArrived, event.StrangerSends):
			// A message is a sign of life, which wakes what waits for its sender, and an
			// ACCEPT decides a group.
			decided := e.Step.TriggerName() == "another of the group accepted" && cause.Message.Kind == engine.Accept
			if cause.Call != e.Call && e.Step.TriggerName() != "resync" && !decided || cause.Node != e.Node {
				return "comes from a message of another call or phone"
			}
		case is(event.Pressed):
			if cause.Call != e.Call || cause.Node != e.Node {
				return "comes from a button of another call or phone"
			}
		case !is(event.PhoneToggles, event.PresenceTold, event.PhoneNotices, event.PhoneRestarts, event.PhoneThaws, event.PhoneWoken):
			return fmt.Sprintf("comes from entry %d, %s", e.Cause, cause.Line())
		}
	case event.Pressed:
		if e.Cause != 0 {
			return "is a button that was not pressed by itself"
		}
	}
	return ""
}

func sameCopy(a, b *event.Entry) bool {
	return a.Call == b.Call && a.Message.Kind == b.Message.Kind && a.Copy == b.Copy && a.Twin == b.Twin
}

// followSteps: the steps of one invitation on one phone are a chain, in which each
// begins where the one before has ended, until a crash or the end of its memory.
func followSteps(t *testing.T, number int, entries []event.Entry) {
	t.Helper()
	type side struct {
		call int
		node string
	}
	last := map[side]int{}
	for i := range entries {
		e := &entries[i]
		if e.Kind != event.Stepped {
			continue
		}
		s := side{e.Call, e.Node}
		if e.Prev != last[s] {
			t.Fatalf("world %d: the step before entry %d is said to be %d, and is %d", number, e.Seq, e.Prev, last[s])
		}
		last[s] = e.Seq
	}
}

// TestTimelineOfACall: a call's story has its own entries, what happened to its two
// phones while it lasted, and nothing of others.
func TestTimelineOfACall(t *testing.T) {
	c := transcript{set: "calls=2; users=4; arrivals=0.1/s; answer-after=3s; faults=offline@0s+500ms:0 offline@500ms+10s:2 offline@1s+8s:3 offline@9s+1s:0 jump@1020ms+2s:1 partition@2s+1s:2", sure: []sure{
		{tape.Caller, aCall(1), nth{3, 4}}, {tape.Callee, aCall(1), nth{1, 3}}, {tape.Arrival, aCall(1), 6 * second},
	}}
	outcome := c.play(t)
	first, second := outcome.Timeline(0), outcome.Timeline(1)
	if first.Caller != "user0" || first.Callee != "user1" || first.Call != 0 || second.Caller != "user3" || second.Callee != "user1" || second.Call != 1 {
		t.Fatalf("%v and %v", first, second)
	}
	for i, want := range []string{`
1s  user0  calls send()  is now SENT_TO_REMOTE
1s  user0 → user1  INVITE: takes 50ms
1.02s  user1  sets its clock forward by 2s
1.05s  user1 ← user0  INVITE: moved
1.05s  user1 → user0  RECEIVED: takes 50ms
1.05s  user1  RemoteInvitationReceived  is now INVITATION_RECEIVED
1.1s  user0 ← user1  RECEIVED: moved
1.1s  user0  LocalInvitationReceivedByPeer  is now RECEIVED_BY_REMOTE
2s  the network is parted
3s  the network is whole again
4.05s  user1  calls accept()  is now ACCEPT_SENT_TO_LOCAL
4.05s  user1 → user0  ACCEPT: takes 50ms
4.1s  user0 ← user1  ACCEPT: moved
4.1s  user0 → user1  CONFIRM: takes 50ms
4.1s  user0  LocalInvitationAccepted  is now ACCEPTED_BY_REMOTE
4.15s  user1 ← user0  CONFIRM: moved
4.15s  user1  RemoteInvitationAccepted  is now ACCEPTED
`, `
1s  user3  is offline
6s  user3  calls send()  is now FAILURE
6s  user3  LocalInvitationFailure (caller is not logged in)  is now FAILURE
`} {
		got := "\n"
		for _, e := range outcome.Timeline(i).Entries {
			got += fmt.Sprintf("%v  %s\n", e.At, e.Line())
		}
		if got != want {
			t.Errorf("call %d:%s\nwant%s", i, got, want)
		}
	}
}

// TestSlowest: the accepted call whose callee waited longest, and the first of each
// pair of ends.
func TestSlowest(t *testing.T) {
	c := transcript{set: "calls=4; arrivals=0.01/s; latency=0s..10s; accept-time=1m0s", sure: []sure{
		{tape.Arrival, aCall(1), 60 * second}, {tape.Arrival, aCall(2), 120 * second}, {tape.Arrival, aCall(3), 180 * second},
		{tape.Latency, aCopy(1, engine.Confirm, 0), 100 * millisecond}, {tape.Latency, aCopy(2, engine.Confirm, 0), 100 * millisecond},
		{tape.Answer, aCall(3), true},
	}}
	c.set += "; refuse=1"
	r := c.play(t).Result
	if r.Slowest != (result.Slowest{Call: 1, Took: 100 * millisecond}) || r.First[1][1] != 0 || r.First[2][2] != 3 {
		t.Errorf("slowest %v, first accepted %d, first refused %d", r.Slowest, r.First[1][1], r.First[2][2])
	}
}
