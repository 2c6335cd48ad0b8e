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
	check("plain", alice, bob, "", "S10 S12")

	swapped := append([]string{}, calleeRecords...)
	swapped[3], swapped[5] = swapped[5], swapped[3] // logged by other goroutines
	check("other order", alice, records("bob", swapped...), "", "S10 S12")

	own := bytes.ReplaceAll(bob, []byte("\n"), []byte("\n{\"time\":\"now\",\"level\":\"INFO\",\"msg\":\"join the media\",\"user\":7}\n"))
	check("lines of the app", alice, own, "", "S10 S12")

	early := append([]string{}, calleeRecords...)
	early[5] = strings.Replace(early[5], "turn=4", "turn=3", 1)
	check("shown before the CONFIRM", alice, records("bob", early...), "S1", "S10 S12")

	offline := append([]string{"event: event=LocalInvitationFailure peer=bob code=LOCAL_INVITATION_ERR_NOT_LOGGEDIN turn=1", "call: op=send peer=bob id= turn=1"}, callerRecords...)
	canceled := []string{offline[0], offline[1], callerRecords[0], callerRecords[1], "event: event=LocalInvitationCanceled peer=bob id=a-1 turn=3", "call: op=cancel peer=bob id=a-1 turn=3"}
	check("after a call that got no id", records("alice", offline...), bob, "", "S10 S12")
	check("canceled after a call that got no id", records("alice", canceled...), records("bob"), "", "S1 S2 S5 S6 S7 S9 S10 S11 S12 S13 S14 S15 PAIR")

	refused := append(append([]string{}, calleeRecords...), "call: op=refuse peer=alice id=a-1 turn=5")
	check("taken after the end", alice, records("bob", refused...), "S13", "S10 S12")
	refused[7] = "call refused: op=refuse peer=alice id=a-1 error=late turn=5"
	check("refused after the end", alice, records("bob", refused...), "", "S10 S12")

	check("without turns", alice, bytes.ReplaceAll(bob, []byte(`,"turn":4`), nil), "", openWithoutTurns)
	check("without a time", alice, bytes.Replace(bob, []byte("2026-01-01T00:00:06.5Z"), []byte("later"), 1), "", "S1 S2 S6 S7 S9 S10 S11 S12 S13") // the CONFIRM's
}

// TestDigests (S10): digests of the same key are compared, and others are not.
func TestDigests(t *testing.T) {
	digested := func(user, key string, lines []string, digests ...string) []byte {
		lines = append([]string{}, lines...)
		for i := range lines {
			for n := 0; n < len(digests); n += 2 {
				if strings.Contains(lines[i], digests[n]) {
					lines[i] += " digest=" + digests[n+1]
				}
			}
		}
		return bytes.Replace(records(user, lines...), []byte(`"epoch"`), []byte(`"digest_key":"`+key+`","epoch"`), 1)
	}
	alice := digested("alice", "ab", callerRecords, "op=send", "c0", "InvitationAccepted", "e0")
	refused := strings.NewReplacer("op=accept", "op=refuse", "kind=ACCEPT", "kind=REFUSE", "InvitationAccepted", "InvitationRefused", "kind=CONFIRM", "kind=ACK")
	for name, c := range map[string]struct {
		alice, bob   []byte
		broken, open string
	}{
		"the same":         {alice, digested("bob", "ab", calleeRecords, "InvitationReceived", "c0", "op=accept", "e0"), "", "S12"},
		"another content":  {alice, digested("bob", "ab", calleeRecords, "InvitationReceived", "c1", "op=accept", "e0"), "S10", "S12"},
		"another response": {alice, digested("bob", "ab", calleeRecords, "InvitationReceived", "c0", "op=accept", "e1"), "S10", "S12"},
		"another key":      {alice, digested("bob", "cd", calleeRecords, "InvitationReceived", "c1", "op=accept", "e1"), "", "S10 S12"},
		"one key":          {alice, digested("bob", "", calleeRecords), "", "S10 S12"},
		"missed": {alice, digested("bob", "ab", []string{
			"event: event=RemoteInvitationMissed peer=alice id=a-1 turn=2",
			"message received: peer=alice kind=INVITE id=a-1 verdict=moved turn=2",
		}, "Missed", "c1"), "S10", "S4 S12 PAIR"},
		"refused, and the response is not learned": {
			[]byte(refused.Replace(string(digested("alice", "ab", callerRecords, "op=send", "c0")))),
			[]byte(refused.Replace(string(digested("bob", "ab", calleeRecords, "InvitationReceived", "c0", "op=accept", "e0")))), "", "S12"},
		"no digest, so that the ring is damaged": {alice, digested("bob", "ab", calleeRecords, "InvitationReceived", "secret"), "", "S1 S2 S6 S7 S9 S10 S11 S12 S13"},
	} {
		calls := judged(t, c.alice, c.bob).Calls
		if b, o := findings(calls[0], judge.Broken), findings(calls[0], judge.CannotTell); len(calls) != 1 || b != c.broken || o != c.open {
			t.Errorf("%s: breaks %q and leaves open %q, not %q and %q: %v", name, b, o, c.broken, c.open, calls[0].Findings())
		}
	}
}

// TestSlogGroups (S16): a record names the group of a call by any call in it, and so the
// group goes on in a process that was restored.
func TestSlogGroups(t *testing.T) {
	call := func(id, group string) []string {
		turn := strings.TrimPrefix(id, "a-")
		var lines []string
		for _, line := range callerRecords {
			line = strings.NewReplacer("a-1", id, "turn=2", "turn="+turn+"2", "turn=3", "turn="+turn+"3", "turn=4", "turn="+turn+"4").Replace(line)
			if strings.Contains(line, "op=send") && group != "" {
				line += " group=" + group
			}
			lines = append(lines, line)
		}
		return lines
	}
	again := []byte(`{"time":"2026-01-01T00:00:50Z","level":"DEBUG","msg":"started","user":"alice","device":"0","epoch":"b","restored":true,"away":1}` + "\n")
	for name, c := range map[string]struct {
		first, second string
		restarts      bool
		broken        string
	}{
		"no groups":           {"", "", false, ""},
		"two groups":          {"a-1", "a-2", false, ""},
		"one group":           {"a-1", "a-1", false, "S16"},
		"by another call":     {"a-9", "a-1", false, "S16"},
		"restored":            {"a-1", "a-1", true, "S16"},
		"restored, two":       {"a-1", "a-2", true, ""},
		"of a lost beginning": {"a-9", "a-9", false, "S16"},
	} {
		log := records("alice", call("a-1", c.first)...)
		rest := records("alice", call("a-2", c.second)...)
		if rest = rest[bytes.IndexByte(rest, '\n')+1:]; c.restarts {
			log = append(log, again...)
		}
		calls := judged(t, append(log, rest...), records("bob", calleeRecords...)).Calls
		for _, call := range calls {
			if b := findings(call, judge.Broken); len(calls) != 2 || b != c.broken {
				t.Errorf("%s: %d calls, and %s breaks %q, not %q: %v", name, len(calls), call.ID, b, c.broken, call.Findings())
			}
		}
	}
}

// openWithoutTurns is what cannot be told of a log that lacks two records.
const openWithoutTurns = "S1 S2 S4 S6 S7 S9 S10 S11 S12 S13 S14 PAIR"

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
