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
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/mutant"
	"github.com/invsim/invsim/states"
)

const mutantDir = "../testdata/mutants"

func TestMutants(t *testing.T) {
	for _, m := range mutant.All {
		t.Run(m.Name, func(t *testing.T) {
			file := filepath.Join(mutantDir, m.Name+".txt")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := parseScript(string(text))
			right, complaints := runMutant(t, want, mutant.None)
			for _, complaint := range complaints {
				t.Errorf("without the mutant: %s", complaint)
			}
			broken, complaints := runMutant(t, want, m.ID)
			if renderScript(broken) == renderScript(right) || len(complaints) == 0 {
				t.Error("the mutant does nothing wrong")
			}
			compareScript(t, want, broken)
			if *scriptRewrite {
				if err := os.WriteFile(file, []byte(renderScript(broken)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	if files, _ := filepath.Glob(filepath.Join(mutantDir, "*")); len(files) != len(mutant.All) {
		t.Errorf("%d transcripts of %d mutants", len(files), len(mutant.All))
	}
}

// patient takes the complaints of a world down where a test would fail.
type patient struct {
	testing.TB
	complaints []string
}

var lineNumber = regexp.MustCompile(`^line \d+: `)

func (p *patient) Errorf(format string, args ...any) {
	p.complaints = append(p.complaints, lineNumber.ReplaceAllString(fmt.Sprintf(format, args...), ""))
}

// runMutant plays the commands with a mutant at every end. What the checks have to
// say stands below the command, what they say at the end below the last one.
func runMutant(t *testing.T, script []scriptStep, id mutant.ID) (got []scriptStep, complaints []string) {
	t.Helper()
	p := &patient{TB: t}
	w := newScriptWorld(p)
	w.defaults.Mutant = id
	for i, s := range script {
		step, said := scriptStep{line: s.line, text: s.text}, len(p.complaints)
		if w.line, w.out = s.line, nil; s.isCommand() {
			w.command(s.text)
		}
		if i == len(script)-1 {
			w.finish()
		}
		step.output = w.out
		for _, complaint := range p.complaints[said:] {
			step.output = append(step.output, "         ! "+complaint)
		}
		got = append(got, step)
	}
	return got, p.complaints
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

func printChanges[S, T ~uint8](b *strings.Builder, name string, right, broken *states.Table[S, T], numStates, numTriggers int) {
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
	var scripts []string
	for _, dir := range []string{scriptDir, mutantDir} {
		files, _ := filepath.Glob(filepath.Join(dir, "*.txt"))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			scripts = append(scripts, strings.Split(string(text), "\nreset\n")...)
		}
	}
	if len(scripts) < 100 {
		t.Fatalf("%d scripts", len(scripts))
	}
	for _, m := range mutant.All {
		t.Run(m.Name, func(t *testing.T) {
			for _, script := range scripts {
				checkWhole(t, parseScript(script), m.ID)
			}
		})
	}
}

// patientToTheEnd also bears what a script cannot go on after: that its next command
// is about an invitation which a mutant does not have.
type patientToTheEnd struct{ patient }

type stuck string

func (p *patientToTheEnd) Fatalf(format string, args ...any) {
	panic(stuck(fmt.Sprintf(format, args...)))
}

func checkWhole(t *testing.T, script []scriptStep, id mutant.ID) {
	t.Helper()
	w := newScriptWorld(&patientToTheEnd{patient{TB: t}})
	w.defaults.Mutant = id
	defer func() {
		if broken := recover(); broken != nil {
			if _, ok := broken.(stuck); !ok {
				t.Errorf("%s\n%s: panic: %v\n%s", renderScript(script), script[0].text, broken, debug.Stack())
			}
		}
	}()
	for _, s := range script {
		if !s.isCommand() {
			continue
		}
		w.line = s.line
		w.command(s.text)
		for _, end := range w.ends {
			snapshot := end.engine.Snapshot()
			again, err := engine.Load(end.name, end.options, snapshot)
			if err != nil {
				t.Errorf("%s\nafter %s: %v", renderScript(script), s.text, err)
			} else if !bytes.Equal(again.Snapshot(), snapshot) {
				t.Errorf("%s\nafter %s: %s has another snapshot when loaded", renderScript(script), s.text, end.name)
			}
		}
	}
	w.finish()
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
