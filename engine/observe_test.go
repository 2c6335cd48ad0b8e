package engine_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/transcript"
	"github.com/invsim/invsim/states"
)

// One call with an ignored, a refused and a misplaced input: every step of both
// engines, and what is polled after it.
func TestObserveOneCall(t *testing.T) {
	clock := &testClock{time.Unix(0, 0)}
	var log []string
	newObserved := func(self string, epoch uint64) *engine.Engine {
		e, err := engine.New(self, engine.Options{Clock: clock, Epoch: epoch, Observe: func(s engine.Step) {
			log = append(log, fmt.Sprintf("%-5s %v %v %v %s", self, s.At.UTC().Format("05.000"), s.ID, s, s.Peer))
		}})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	poll := func(e *engine.Engine) (last engine.Output) {
		for out := range e.All() {
			what := out.Kind.String()
			if out.Kind == engine.Send {
				what, last = out.Message.Kind.String(), out
			} else if out.Remote != nil {
				last.Remote = out.Remote
			}
			log = append(log, fmt.Sprintf("%-5s - %s", e.Self(), what))
		}
		return last
	}
	alice, bob := newObserved("alice", 0xa), newObserved("bob", 0xb)
	call := alice.CreateLocalInvitation("bob")
	_ = call.Cancel()
	_ = call.Send()
	invite := poll(alice).Message
	clock.now = clock.now.Add(500 * time.Millisecond)
	alice.Advance()
	poll(alice)
	alice.PeerOffline("bob")
	bob.Receive("alice", invite)
	rang := poll(bob)
	bob.Receive("alice", invite)
	poll(bob)
	_ = rang.Remote.Accept()
	_ = rang.Remote.Refuse()
	accept := poll(bob).Message
	bob.Receive("mallory", engine.Message{Kind: engine.Confirm, ID: invite.ID})
	alice.Receive("bob", accept)
	confirm := poll(alice).Message
	alice.Receive("bob", accept)
	alice.Receive("bob", rang.Message)
	poll(alice)
	bob.Receive("alice", confirm)
	poll(bob)
	bob.Receive("alice", confirm)
	bob.Receive("alice", engine.Message{Kind: engine.Kind(99), ID: invite.ID}) // of no kind: no step

	const want = `
alice 00.000 0-0 caller: cancel() in IDLE: misuse: NOT_STARTED bob
alice 00.000 a-1 caller: send() in IDLE: move to SENT_TO_REMOTE: no-response timer, INVITE bob
alice - INVITE
alice 00.500 a-1 caller: copy due in SENT_TO_REMOTE: stay: INVITE bob
alice - INVITE
alice 00.500 a-1 caller: callee offline in SENT_TO_REMOTE: ignored bob
bob   00.500 a-1 callee: INVITE in IDLE: move to INVITATION_RECEIVED: expiry timer, RECEIVED, Received alice
bob   - RECEIVED
bob   - RemoteInvitationReceived
bob   00.500 a-1 callee: INVITE in INVITATION_RECEIVED: stay: RECEIVED alice
bob   - RECEIVED
bob   00.500 a-1 callee: accept() in INVITATION_RECEIVED: move to ACCEPT_SENT_TO_LOCAL: accept timer, ACCEPT alice
bob   00.500 a-1 callee: refuse() in ACCEPT_SENT_TO_LOCAL: misuse: ALREADY_ACCEPT alice
bob   - ACCEPT
bob   00.500 a-1 callee: CONFIRM, own in IDLE: stay: ! mallory
alice 00.500 a-1 caller: ACCEPT in SENT_TO_REMOTE: move to ACCEPTED_BY_REMOTE: W = D, CONFIRM, ReceivedByPeer, Accepted bob
alice - CONFIRM
alice - LocalInvitationReceivedByPeer
alice - LocalInvitationAccepted
alice 00.500 a-1 caller: ACCEPT in ACCEPTED_BY_REMOTE: stay: CONFIRM bob
alice 00.500 a-1 caller: RECEIVED in ACCEPTED_BY_REMOTE: stay: CONFIRM bob
alice - CONFIRM
alice - CONFIRM
bob   00.500 a-1 callee: CONFIRM, own in ACCEPT_SENT_TO_LOCAL: move to ACCEPTED: Accepted alice
bob   - RemoteInvitationAccepted
bob   00.500 a-1 callee: CONFIRM, own in ACCEPTED: ignored alice
`
	if got := "\n" + strings.Join(log, "\n") + "\n"; got != want {
		t.Errorf("got:%s\nwant:%s", got, want)
	}
}

// To observe changes nothing: every script prints the same, and every engine has
// the same snapshot after each of its commands. Each step is a cell of the tables.
func TestObserveChangesNothing(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(scriptDir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s: %v", scriptDir, err)
	}
	seen := map[states.Kind]int{}
	for _, file := range files {
		_, script := readScript(t, file)
		var steps []engine.Step
		plain, plainSnapshots := runObserved(t, script, nil)
		observed, snapshots := runObserved(t, script, func(s engine.Step) { steps = append(steps, s) })
		if plain != observed || !bytes.Equal(plainSnapshots, snapshots) {
			t.Errorf("%s: observed, it goes differently:\n%s", file, observed)
		}
		if len(steps) == 0 {
			t.Errorf("%s: no steps", file)
		}
		for _, s := range steps {
			seen[s.Kind]++
			checkStep(t, s)
		}
	}
	for _, kind := range []states.Kind{states.Ignored, states.Stay, states.Misuse, states.Move} {
		if seen[kind] == 0 {
			t.Errorf("no step is %v", kind)
		}
	}
}

// runObserved plays a script and returns what it prints, and the snapshots of all
// its engines after each command.
func runObserved(t *testing.T, script *transcript.Script, observe func(engine.Step)) (printed string, snapshots []byte) {
	t.Helper()
	played, broken, err := transcript.Player{
		Options: func(o *engine.Options) { o.Observe = observe },
		After:   func(e *engine.Engine, _ engine.Options) { snapshots = e.AppendSnapshot(snapshots) },
	}.Play(script)
	if err != nil || broken != nil {
		t.Errorf("%v, %v", broken, err)
	}
	return played.String(), snapshots
}

// checkStep compares a step with the cell that it tells of.
func checkStep(t *testing.T, s engine.Step) {
	t.Helper()
	if s.Local {
		cell := states.Local().At(states.LocalState(s.From), states.LocalTrigger(s.Trigger))
		if want := (states.Cell[states.LocalState]{Effects: s.Effects, Next: states.LocalState(s.To), Kind: s.Kind}); cell != want {
			t.Errorf("%v, the table has %v", s, cell)
		}
		return
	}
	cell := states.Remote().At(states.RemoteState(s.From), states.RemoteTrigger(s.Trigger))
	if want := (states.Cell[states.RemoteState]{Effects: s.Effects, Next: states.RemoteState(s.To), Kind: s.Kind}); cell != want {
		t.Errorf("%v, the table has %v", s, cell)
	}
}

// An observer that keeps nothing costs no allocation.
func TestObserveAllocatesNothing(t *testing.T) {
	clock := &testClock{time.Unix(0, 0)}
	steps := 0
	e, err := engine.New("bob", engine.Options{Clock: clock, Epoch: 1, Observe: func(engine.Step) { steps++ }})
	if err != nil {
		t.Fatal(err)
	}
	ring := engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 2, Counter: 1}, Wait: 30 * time.Second, Expiry: time.Minute}
	e.Receive("alice", ring)
	drain(e)
	allocs := testing.AllocsPerRun(1000, func() {
		e.Receive("alice", ring)
		drain(e)
	})
	if allocs != 0 || steps < 1000 {
		t.Errorf("%v allocations a step, %d steps", allocs, steps)
	}
}
