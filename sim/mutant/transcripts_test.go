// Transcripts: for each mutant a short script in testdata/mutants that shows the
// broken rule. Its commands and expectations are those of a script, its outputs are
// the mutant's; a line with ! is what the checks of the scripts have to say about it.
// Engines of the protocol play the same commands without a complaint.
//
//	go test ./sim/mutant -rewrite    writes the outputs anew, to be reviewed as a diff

package mutant_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/internal/seam"
	"github.com/invsim/invsim/internal/transcript"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/states"
)

const (
	mutantDir = "../../testdata/mutants"
	scriptDir = "../../testdata/scripts"
)

// player plays scripts in which every end lacks the rule.
func player(id mutant.ID) transcript.Player {
	return transcript.Player{
		Options: func(o *engine.Options) {
			o.Rules = seam.Of(id, o.Times.Linger, o.Times.Tombstone)
			o.Epoch = id.Epoch(o.Epoch&(1<<56-1), o.Epoch) // the first byte counts the starts
		},
		Receive: id.Receive,
	}
}

func TestTranscripts(t *testing.T) {
	for _, m := range mutant.All {
		t.Run(m.Name, func(t *testing.T) {
			file := filepath.Join(mutantDir, m.Name+".txt")
			text, want := read(t, file)
			right, broken := play(t, transcript.Player{}, want)
			for _, problem := range broken {
				t.Errorf("without the mutant: %v", problem)
			}
			got, broken := play(t, player(m.ID), want)
			if got.String() == right.String() || len(broken) == 0 {
				t.Error("the mutant does nothing wrong")
			}
			for _, difference := range transcript.Diff(want, got) {
				if !golden.Rewriting() {
					t.Error(difference)
				}
			}
			if golden.Rewriting() && got.String() != text {
				golden.Write(t, file, got.String())
			}
		})
	}
	if files, _ := filepath.Glob(filepath.Join(mutantDir, "*")); len(files) != len(mutant.All) {
		t.Errorf("%d transcripts of %d mutants", len(files), len(mutant.All))
	}
}

func read(t *testing.T, file string) (text string, script *transcript.Script) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if script, err = transcript.Parse(string(data)); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return string(data), script
}

func play(t *testing.T, p transcript.Player, script *transcript.Script) (*transcript.Script, []transcript.Problem) {
	t.Helper()
	played, broken, err := p.Play(script)
	if err != nil {
		t.Fatal(err)
	}
	return played, broken
}

// A mutant breaks its rule and nothing else: whatever happens in the scripts, its
// engine does not panic, and its snapshots load and are the same again.
func TestMutantsAreWhole(t *testing.T) {
	var scripts []*transcript.Script
	for _, dir := range []string{scriptDir, mutantDir} {
		files, _ := filepath.Glob(filepath.Join(dir, "*.txt"))
		for _, file := range files {
			text, _ := read(t, file)
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
	p := player(id)
	p.After = func(e *engine.Engine, o engine.Options) {
		snapshot := e.Snapshot()
		again, err := engine.Load(e.Self(), o, snapshot)
		if err != nil {
			t.Errorf("%v\n%v", script, err)
		} else if !bytes.Equal(again.Snapshot(), snapshot) {
			t.Errorf("%v\n%s has another snapshot when loaded", script, e.Self())
		}
	}
	_, _, _ = p.Play(script)
}

// changedCells are the cells that a mutant decides otherwise: what the protocol has,
// and what the mutant has, both in the notation of docs/protocol.md.
const changedCells = `
accept-without-confirm: accept() in INVITATION_RECEIVED: **ACCEPT_SENT**, accept timer; ACCEPT => **ACCEPTED**, Accepted; ACCEPT
accept-without-confirm: accept(), logged out in INVITATION_RECEIVED: **ACCEPT_SENT**, ring's deadline if later; ACCEPT => **ACCEPTED**, Accepted
accept-after-cancel: ACCEPT in CANCELED: ; CLOSED(canceled) => **ACCEPTED**, Accepted, linger ends; CONFIRM
early-cancel-acked-only: CANCEL in IDLE: **CANCELED**; ACK(CANCEL) => ; ACK(CANCEL)
early-cancel-acked-only: CANCEL(expired) in IDLE: **CANCELED**; ACK(CANCEL) => ; ACK(CANCEL)
unknown-accept-confirmed: ACCEPT in IDLE: ; CLOSED(unknown) => ; CONFIRM
cancel-after-accepted: cancel() in ACCEPTED_BY_REMOTE: ALREADY_END => **CANCELED**, Canceled
expired-cancel-says-user: expiry timer in RECEIVED_BY_REMOTE: **FAILURE**, Failure(INVITATION_EXPIRE); CANCEL(expired) => **FAILURE**, Failure(INVITATION_EXPIRE); CANCEL(user)
second-ring: INVITE in INVITATION_RECEIVED: ; RECEIVED => Received; RECEIVED
receipt-not-implied: ACCEPT in SENT_TO_REMOTE: **ACCEPTED**, ReceivedByPeer, Accepted, W = D; CONFIRM => **ACCEPTED**, Accepted, W = D; CONFIRM
receipt-not-implied: REFUSE in SENT_TO_REMOTE: **REFUSED**, ReceivedByPeer, Refused, W = D; ACK(REFUSE, refused) => **REFUSED**, Refused, W = D; ACK(REFUSE, refused)
cancel-not-told: CANCEL in INVITATION_RECEIVED: **CANCELED**, Canceled; ACK(CANCEL) => **CANCELED**; ACK(CANCEL)
cancel-not-told: CANCEL in ACCEPT_SENT_TO_LOCAL: **CANCELED**, Canceled; ACK(CANCEL) => **CANCELED**; ACK(CANCEL)
accept-twice: accept() in ACCEPT_SENT_TO_LOCAL: ALREADY_ACCEPT => –
accept-twice: accept(), logged out in ACCEPT_SENT_TO_LOCAL: ALREADY_ACCEPT => –
refuse-after-accept: refuse() in ACCEPT_SENT_TO_LOCAL: ALREADY_ACCEPT => **REFUSED**, Refused; REFUSE
refresh-confirmed: RECEIVED in RECEIVED_BY_REMOTE: – => ; CONFIRM
group-not-decided: another of the group accepted in SENT_TO_REMOTE: **CANCELED**, Canceled; CANCEL(answered by another) => –
group-not-decided: another of the group accepted in RECEIVED_BY_REMOTE: **CANCELED**, Canceled; CANCEL(answered by another) => –
confirm-of-another: CONFIRM, other device in ACCEPT_SENT_TO_LOCAL: **CANCELED**, Canceled => **ACCEPTED**, Accepted
elsewhere-forgotten: CONFIRM, other device in IDLE: **CANCELED** => –
elsewhere-forgotten: ACK(REFUSE, refused), other device in IDLE: **CANCELED** => –
early-cancel-forgotten: CANCEL in IDLE: **CANCELED**; ACK(CANCEL) => –
early-cancel-forgotten: CANCEL(expired) in IDLE: **CANCELED**; ACK(CANCEL) => –
no-give-up-cancel: no-response timer in SENT_TO_REMOTE: **FAILURE**, Failure(PEER_NO_RESPONSE); CANCEL(no response) => **FAILURE**, Failure(PEER_NO_RESPONSE)
no-give-up-cancel: no-response timer, callee last known offline in SENT_TO_REMOTE: **FAILURE**, Failure(PEER_OFFLINE); CANCEL(no response) => **FAILURE**, Failure(PEER_OFFLINE)
no-give-up-cancel: callee offline, fail-at-once in SENT_TO_REMOTE: **FAILURE**, Failure(PEER_OFFLINE); CANCEL(no response) => **FAILURE**, Failure(PEER_OFFLINE)
no-closed-at-once: expiry timer in INVITATION_RECEIVED: **FAILURE**, Failure(INVITATION_EXPIRE); CLOSED(failed) => **FAILURE**, Failure(INVITATION_EXPIRE)
no-closed-at-once: accept timer in ACCEPT_SENT_TO_LOCAL: **FAILURE**, Failure(ACCEPT_FAILURE); CLOSED(failed) => **FAILURE**, Failure(ACCEPT_FAILURE)
no-closed-at-once: accept timer, caller last known offline in ACCEPT_SENT_TO_LOCAL: **FAILURE**, Failure(PEER_OFFLINE); CLOSED(failed) => **FAILURE**, Failure(PEER_OFFLINE)
no-presence-resume: resync in SENT_TO_REMOTE: ; INVITE, back-off restarts => –
no-presence-resume: resync in RECEIVED_BY_REMOTE: ; INVITE, back-off restarts => –
no-presence-resume: resync in CANCELED: ; CANCEL, back-off restarts => –
no-presence-resume: resync in FAILURE: ; CANCEL, back-off restarts => –
no-presence-resume: resync in INVITATION_RECEIVED: ; RECEIVED, back-off restarts => –
no-presence-resume: resync in ACCEPT_SENT_TO_LOCAL: ; ACCEPT, back-off restarts => –
no-presence-resume: login before the ring's deadline in ACCEPT_SENT_TO_LOCAL: accept timer; ACCEPT, back-off restarts => accept timer
no-presence-resume: resync in REFUSED: ; REFUSE, back-off restarts => –
ended-caller-silent: RECEIVED in CANCELED: ; CLOSED(canceled) => –
ended-caller-silent: RECEIVED in FAILURE: ; CLOSED(own) => –
overloaded-ends: CLOSED(overloaded), device 0 in SENT_TO_REMOTE: noted => **FAILURE**, Failure(PEER_NO_RESPONSE); CANCEL(rejected)
accept-taken-logged-out: ACCEPT, logged out in SENT_TO_REMOTE: – => **ACCEPTED**, ReceivedByPeer, Accepted, W = D; CONFIRM
accept-taken-logged-out: ACCEPT, logged out in RECEIVED_BY_REMOTE: – => **ACCEPTED**, Accepted, W = D; CONFIRM
`

func TestCells(t *testing.T) {
	var b strings.Builder
	for id := range mutant.Count {
		local, remote := mutant.ID(id).Tables()
		printChanges(&b, mutant.ID(id), states.Local(), local, states.NumLocalStates, states.NumLocalTriggers)
		printChanges(&b, mutant.ID(id), states.Remote(), remote, states.NumRemoteStates, states.NumRemoteTriggers)
	}
	if got := "\n" + b.String(); got != changedCells {
		t.Errorf("got:%s\nwant:%s", got, changedCells)
	}
}

func printChanges[S, T ~uint8](b *strings.Builder, id mutant.ID, right, broken states.Table[S, T], numStates, numTriggers int) {
	for s := range S(numStates) {
		for on := range T(numTriggers) {
			if was, is := right.At(s, on), broken.At(s, on); was != is {
				fmt.Fprintf(b, "%v: %v in %v: %v => %v\n", id, on, s, was, is)
			}
		}
	}
}

// What breaks a rule is one of the three: cells, memory, or the world.
func TestHowRulesAreBroken(t *testing.T) {
	times := engine.DefaultTimes()
	if keepLocal, keepRemote := mutant.None.Memory(times.Linger, times.Tombstone); keepLocal != times.Tombstone || keepRemote != times.Tombstone {
		t.Errorf("without a mutant, an ended invitation is remembered for %v and %v", keepLocal, keepRemote)
	}
	byWorld := map[mutant.ID]bool{mutant.KeyWithoutPeer: true, mutant.IDsUsedAgain: true, mutant.ResponseNotShown: true, mutant.ConfirmAfterItsTimer: true}
	for _, m := range mutant.All {
		keepLocal, keepRemote := m.ID.Memory(times.Linger, times.Tombstone)
		ways := 0
		for _, way := range []bool{strings.Contains(changedCells, "\n"+m.Name+": "), keepLocal != times.Tombstone || keepRemote != times.Tombstone, byWorld[m.ID]} {
			if way {
				ways++
			}
		}
		if ways != 1 || keepLocal <= 0 || keepRemote <= 0 {
			t.Errorf("%s is broken in %d ways; it remembers for %v and %v", m.Name, ways, keepLocal, keepRemote)
		}
	}
}
