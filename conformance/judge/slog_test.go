package judge_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/invsim/invsim/conformance/judge"
	"github.com/invsim/invsim/sim/mutant"
)

// records are the log of a host: each line is the level, the message, and attributes.
func records(user string, lines ...string) []byte {
	out := fmt.Sprintf(`{"time":"2026-01-01T00:00:00Z","level":"DEBUG","msg":"started","user":%q,"device":"0","epoch":%q,"no_response":30000000000,"expiry":60000000000,"expiry_cap":60000000000,"grace":2000000000,"accept":15000000000}`+"\n", user, user[:1])
	for i, line := range lines {
		message, attributes, _ := strings.Cut(line, ": ")
		out += fmt.Sprintf(`{"time":"2026-01-01T00:00:%02d.5Z","level":"DEBUG","msg":%q,"user":%q`, i, message, user)
		for _, each := range strings.Fields(attributes) {
			key, value, _ := strings.Cut(each, "=")
			if key != "turn" {
				value = fmt.Sprintf("%q", value)
			}
			out += fmt.Sprintf(`,%q:%s`, key, value)
		}
		out += "}\n"
	}
	return []byte(out)
}

// The log of a call that is accepted.
var (
	callerRecords = []string{
		"call: op=send peer=bob id=a-1 turn=2",
		"message sent: peer=bob kind=INVITE id=a-1 turn=2",
		"event: event=LocalInvitationReceivedByPeer peer=bob id=a-1 turn=3",
		"message received: peer=bob kind=RECEIVED id=a-1 verdict=moved turn=3",
		"event: event=LocalInvitationAccepted peer=bob id=a-1 turn=4",
		"message received: peer=bob kind=ACCEPT id=a-1 verdict=moved turn=4",
		"message sent: peer=bob kind=CONFIRM id=a-1 turn=4",
	}
	calleeRecords = []string{
		"event: event=RemoteInvitationReceived peer=alice id=a-1 turn=2",
		"message received: peer=alice kind=INVITE id=a-1 verdict=moved turn=2",
		"message sent: peer=alice kind=RECEIVED id=a-1 turn=2",
		"call: op=accept peer=alice id=a-1 turn=3",
		"message sent: peer=alice kind=ACCEPT id=a-1 turn=3",
		"event: event=RemoteInvitationAccepted peer=alice id=a-1 turn=4",
		"message received: peer=alice kind=CONFIRM id=a-1 verdict=moved turn=4",
	}
)

// TestSlog: records of a host are judged in the order of their turns, whatever stands
// between them.
func TestSlog(t *testing.T) {
	alice, bob := records("alice", callerRecords...), records("bob", calleeRecords...)
	check := func(name string, alice, bob []byte, broken, open string) {
		t.Helper()
		calls := judged(t, alice, bob).Calls
		if len(calls) != 1 {
			t.Fatalf("%s: %d calls", name, len(calls))
		}
		if b, o := findings(calls[0], judge.Broken), findings(calls[0], judge.CannotTell); b != broken || o != open {
			t.Errorf("%s: breaks %q and leaves open %q, not %q and %q: %v", name, b, o, broken, open, calls[0].Findings())
		}
	}
	check("plain", alice, bob, "", "S10 S12 S16")

	swapped := append([]string{}, calleeRecords...)
	swapped[3], swapped[5] = swapped[5], swapped[3] // logged by other goroutines
	check("other order", alice, records("bob", swapped...), "", "S10 S12 S16")

	own := bytes.ReplaceAll(bob, []byte("\n"), []byte("\n{\"time\":\"now\",\"level\":\"INFO\",\"msg\":\"join the media\",\"user\":7}\n"))
	check("lines of the app", alice, own, "", "S10 S12 S16")

	early := append([]string{}, calleeRecords...)
	early[5] = strings.Replace(early[5], "turn=4", "turn=3", 1)
	check("shown before the CONFIRM", alice, records("bob", early...), "S1", "S10 S12 S16")

	refused := append(append([]string{}, calleeRecords...), "call: op=refuse peer=alice id=a-1 turn=5")
	check("taken after the end", alice, records("bob", refused...), "S13", "S10 S12 S16")
	refused[7] = "call refused: op=refuse peer=alice id=a-1 error=late turn=5"
	check("refused after the end", alice, records("bob", refused...), "", "S10 S12 S16")

	check("without turns", alice, bytes.ReplaceAll(bob, []byte(`,"turn":4`), nil), "", openWithoutTurns)
	check("without a time", alice, bytes.Replace(bob, []byte("2026-01-01T00:00:06.5Z"), []byte("later"), 1), "", "S1 S2 S6 S7 S9 S10 S11 S12 S13 S16") // the CONFIRM's
}

// openWithoutTurns is what cannot be told of a log that lacks two records.
const openWithoutTurns = "S1 S2 S4 S6 S7 S9 S10 S11 S12 S13 S14 S16 PAIR"

// TestWorldLog: the log of a whole world, as conform run records it, tells the same as the
// logs of its phones.
func TestWorldLog(t *testing.T) {
	for _, m := range []mutant.ID{mutant.None, mutant.RefuseAfterAccept} {
		logs, played := recorded(t, 1, m)
		of := func(r *judge.Report) (all []string) {
			for _, c := range r.Calls {
				all = append(all, c.ID+c.Caller+findings(c, judge.Broken)+"/"+findings(c, judge.CannotTell))
			}
			return all
		}
		two, one := of(judged(t, logs[0], logs[1])), of(judged(t, played.Log))
		if len(two) < 3 || len(one) != len(two) {
			t.Fatalf("%v and %v", two, one)
		}
		for _, c := range two {
			if !strings.Contains(strings.Join(one, " "), c) {
				t.Errorf("%v: %s is not in %v", m, c, one)
			}
		}
	}
}

// FuzzRead: no log makes the judge panic, or break off but for what it cannot read.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"alice.jsonl", "bob.jsonl"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "judge", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add(records("bob", calleeRecords...))
	f.Fuzz(func(t *testing.T, text []byte) {
		j := judge.New()
		j.Read("one", bytes.NewReader(text))
		j.Read("two", bytes.NewReader(records("alice", callerRecords...)))
		r := j.Report()
		var out bytes.Buffer
		if r.Text(&out, "again") != nil || r.JSON(&out, "again", "") != nil {
			t.Fatal("it cannot be written")
		}
	})
}
