// Mutants: for each a short transcript in testdata/mutants that shows the broken
// rule. Its commands and expectations are those of a script, its outputs are the
// mutant's; a line with ! is what the checks of the scripts have to say about it.
// The engine that breaks no rule plays the same commands without a complaint.
//
//	go test ./engine -run TestMutants -rewrite    writes the outputs anew, to be reviewed as a diff

package engine_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/mutant"
	"github.com/invsim/invsim/internal/transcript"
	"github.com/invsim/invsim/states"
)

const mutantDir = "../testdata/mutants"

func TestMutants(t *testing.T) {
	for _, m := range mutant.All {
		t.Run(m.Name, func(t *testing.T) {
			file := filepath.Join(mutantDir, m.Name+".txt")
			text, want := readScript(t, file)
			right, broken := playMutant(t, want, mutant.None)
			for _, problem := range broken {
				t.Errorf("without the mutant: %v", problem)
			}
			got, broken := playMutant(t, want, m.ID)
			if got.String() == right.String() || len(broken) == 0 {
				t.Error("the mutant does nothing wrong")
			}
			compareScript(t, file, text, want, got)
		})
	}
	if files, _ := filepath.Glob(filepath.Join(mutantDir, "*")); len(files) != len(mutant.All) {
		t.Errorf("%d transcripts of %d mutants", len(files), len(mutant.All))
	}
}

// playMutant plays the commands with a mutant at every end.
func playMutant(t *testing.T, script *transcript.Script, id mutant.ID) (*transcript.Script, []transcript.Problem) {
	t.Helper()
	played, broken, err := transcript.Player{Options: func(o *engine.Options) { o.Mutant = id }}.Play(script)
	if err != nil {
		t.Fatal(err)
	}
	return played, broken
}

// Each cell that a mutant decides otherwise: what the protocol has, and what the
// mutant has, both in the notation of docs/protocol.md.
const mutantCells = `
accept-without-confirm: accept() in INVITATION_RECEIVED: **ACCEPT_SENT**, accept timer; ACCEPT => **ACCEPTED**, Accepted; ACCEPT
accept-after-cancel: ACCEPT in CANCELED: ; CLOSED(canceled) => **ACCEPTED**, Accepted, linger ends; CONFIRM
early-cancel-acked-only: CANCEL in IDLE: **CANCELED**; ACK(CANCEL) => ; ACK(CANCEL)
early-cancel-acked-only: CANCEL(expired) in IDLE: **CANCELED**; ACK(CANCEL) => ; ACK(CANCEL)
unknown-accept-confirmed: ACCEPT in IDLE: ; CLOSED(unknown) => ; CONFIRM
expiry-left-armed: expiry timer in ACCEPT_SENT_TO_LOCAL: x => **FAILURE**, Failure(INVITATION_EXPIRE); CLOSED(failed)
cancel-after-accepted: cancel() in ACCEPTED_BY_REMOTE: ALREADY_END => **CANCELED**, Canceled
expired-cancel-says-user: expiry timer in RECEIVED_BY_REMOTE: **FAILURE**, Failure(INVITATION_EXPIRE); CANCEL(expired) => **FAILURE**, Failure(INVITATION_EXPIRE); CANCEL(user)
second-ring: INVITE in INVITATION_RECEIVED: ; RECEIVED => Received; RECEIVED
receipt-not-implied: ACCEPT in SENT_TO_REMOTE: **ACCEPTED**, ReceivedByPeer, Accepted; CONFIRM => **ACCEPTED**, Accepted; CONFIRM
receipt-not-implied: REFUSE in SENT_TO_REMOTE: **REFUSED**, ReceivedByPeer, Refused; ACK(REFUSE) => **REFUSED**, Refused; ACK(REFUSE)
cancel-not-told: CANCEL in INVITATION_RECEIVED: **CANCELED**, Canceled; ACK(CANCEL) => **CANCELED**; ACK(CANCEL)
cancel-not-told: CANCEL in ACCEPT_SENT_TO_LOCAL: **CANCELED**, Canceled; ACK(CANCEL) => **CANCELED**; ACK(CANCEL)
accept-twice: accept() in ACCEPT_SENT_TO_LOCAL: ALREADY_ACCEPT => –
refuse-after-accept: refuse() in ACCEPT_SENT_TO_LOCAL: ALREADY_ACCEPT => **REFUSED**, Refused; REFUSE
early-cancel-forgotten: CANCEL in IDLE: **CANCELED**; ACK(CANCEL) => –
early-cancel-forgotten: CANCEL(expired) in IDLE: **CANCELED**; ACK(CANCEL) => –
no-give-up-cancel: no-response timer in SENT_TO_REMOTE: **FAILURE**, Failure(PEER_NO_RESPONSE); CANCEL(no response) => **FAILURE**, Failure(PEER_NO_RESPONSE)
no-give-up-cancel: no-response timer, callee last known offline in SENT_TO_REMOTE: **FAILURE**, Failure(PEER_OFFLINE); CANCEL(no response) => **FAILURE**, Failure(PEER_OFFLINE)
no-give-up-cancel: callee offline, fail-at-once in SENT_TO_REMOTE: **FAILURE**, Failure(PEER_OFFLINE); CANCEL(no response) => **FAILURE**, Failure(PEER_OFFLINE)
no-closed-at-once: expiry timer in INVITATION_RECEIVED: **FAILURE**, Failure(INVITATION_EXPIRE); CLOSED(failed) => **FAILURE**, Failure(INVITATION_EXPIRE)
no-closed-at-once: accept timer in ACCEPT_SENT_TO_LOCAL: **FAILURE**, Failure(ACCEPT_FAILURE); CLOSED(failed) => **FAILURE**, Failure(ACCEPT_FAILURE)
no-closed-at-once: accept timer, caller last known offline in ACCEPT_SENT_TO_LOCAL: **FAILURE**, Failure(PEER_OFFLINE); CLOSED(failed) => **FAILURE**, Failure(PEER_OFFLINE)
no-presence-resume: callee online in SENT_TO_REMOTE: ; INVITE, back-off restarts => –
no-presence-resume: callee online in CANCELED: ; CANCEL, back-off restarts => –
no-presence-resume: callee online in FAILURE: ; CANCEL, back-off restarts => –
no-presence-resume: caller online in ACCEPT_SENT_TO_LOCAL: ; ACCEPT, back-off restarts => –
no-presence-resume: caller online in REFUSED: ; REFUSE, back-off restarts => –
`

func TestMutantCells(t *testing.T) {
	var b strings.Builder
	right, rightRemote := engine.TablesOf(mutant.None)
	if right != states.Local() || rightRemote != states.Remote() {
		t.Error("without a mutant, an engine does not walk the tables of the protocol")
	}
	for _, m := range mutant.All {
		local, remote := engine.TablesOf(m.ID)
		printChanges(&b, m.Name, right, local, states.NumLocalStates, states.NumLocalTriggers)
		printChanges(&b, m.Name, rightRemote, remote, states.NumRemoteStates, states.NumRemoteTriggers)
	}
	if got := "\n" + b.String(); got != mutantCells {
		t.Errorf("got:%s\nwant:%s", got, mutantCells)
	}
}

func printChanges[S, T ~uint8](b *strings.Builder, name string, right, broken states.Table[S, T], numStates, numTriggers int) {
	for s := range S(numStates) {
		for on := range T(numTriggers) {
			if was, is := right.At(s, on), broken.At(s, on); was != is {
				fmt.Fprintf(b, "%s: %v in %v: %v => %v\n", name, on, s, was, is)
			}
		}
	}
}

// A restored engine whose ids are used again counts on from its snapshot under the
// epoch that it had before; one that has no snapshot starts from the beginning.
func TestIDsUsedAgain(t *testing.T) {
	const firstStart, secondStart = 1<<32 | 0xa, 2<<32 | 0xa
	for _, each := range []struct {
		id                         mutant.ID
		first, restored, fromEmpty string
	}{
		{mutant.None, "10000000a-1", "20000000a-1", "20000000a-1"},
		{mutant.IDsUsedAgain, "a-1", "a-2", "a-1"},
	} {
		o := engine.Options{Clock: &testClock{time.Unix(0, 0)}, Epoch: firstStart, Mutant: each.id}
		alice, err := engine.New("alice", o)
		if err != nil {
			t.Fatal(err)
		}
		first := memoryCall(alice, "bob", "").ID()
		o.Epoch = secondStart
		restored, err := engine.Restore("alice", o, alice.Snapshot(), 0)
		if err != nil {
			t.Fatal(err)
		}
		fromEmpty, err := engine.New("alice", o)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{first.String(), memoryCall(restored, "bob", "").ID().String(), memoryCall(fromEmpty, "bob", "").ID().String()}
		if want := []string{each.first, each.restored, each.fromEmpty}; !slices.Equal(got, want) {
			t.Errorf("%v: %q, not %q", each.id, got, want)
		}
	}
}

// A mutant breaks its rule and nothing else: whatever happens in the scripts, its
// engine does not panic, and its snapshots load and are the same again.
func TestMutantsAreWhole(t *testing.T) {
	var scripts []*transcript.Script
	for _, dir := range []string{scriptDir, mutantDir} {
		files, _ := filepath.Glob(filepath.Join(dir, "*.txt"))
		for _, file := range files {
			text, _ := readScript(t, file)
			for _, world := range strings.Split(text, "\nreset\n") {
				script, err := transcript.Parse(world)
				if err != nil {
					t.Fatal(err)
				}
				scripts = append(scripts, script)
			}
		}
	}
	if len(scripts) < 100 {
		t.Fatalf("%d scripts", len(scripts))
	}
	for _, m := range mutant.All {
		t.Run(m.Name, func(t *testing.T) {
			for _, script := range scripts {
				checkWhole(t, script, m.ID)
			}
		})
	}
}

// checkWhole plays a script with a mutant as far as it goes: its next command may be
// about an invitation that a mutant does not have.
func checkWhole(t *testing.T, script *transcript.Script, id mutant.ID) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%v\npanic: %v\n%s", script, r, debug.Stack())
		}
	}()
	_, _, _ = transcript.Player{
		Options: func(o *engine.Options) { o.Mutant = id },
		After: func(e *engine.Engine, o engine.Options) {
			snapshot := e.Snapshot()
			again, err := engine.Load(e.Self(), o, snapshot)
			if err != nil {
				t.Errorf("%v\n%v", script, err)
			} else if !bytes.Equal(again.Snapshot(), snapshot) {
				t.Errorf("%v\n%s has another snapshot when loaded", script, e.Self())
			}
		},
	}.Play(script)
}

// Options fit together with every mutant, and with none that does not exist.
func TestValidateMutants(t *testing.T) {
	for id := range mutant.Count {
		o := engine.Options{Clock: &testClock{}, Epoch: 1 << 40, Mutant: mutant.ID(id)}
		if err := o.Validate(); err != nil {
			t.Errorf("%v: %v", mutant.ID(id), err)
		}
		if _, err := engine.New("alice", o); err != nil {
			t.Errorf("%v: %v", mutant.ID(id), err)
		}
	}
	o := engine.Options{Clock: &testClock{}, Epoch: 1, Mutant: mutant.ID(mutant.Count)}
	if err := o.Validate(); err == nil || !strings.Contains(err.Error(), "Mutant 24 is none") {
		t.Errorf("mutant %d: %v", mutant.Count, err)
	}
}
