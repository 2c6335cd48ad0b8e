package transcript

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/engine"
)

// The script of the package comment is played as it stands there.
func TestDoc(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(doc)) {
		if line, ok := strings.CutPrefix(line, "//\t"); ok {
			b.WriteString(line)
		}
	}
	played, broken := play(t, Player{}, b.String())
	if played.String() != b.String() || broken != nil {
		t.Errorf("%v\n%v", broken, played)
	}
}

func TestDiff(t *testing.T) {
	want, _ := play(t, Player{}, "# A call.\ncall alice bob\nstate\n")
	got, _ := play(t, Player{}, "# A call.\ncall alice bob\nstate\n")
	if d := Diff(want, got); d != nil {
		t.Errorf("%v", d)
	}
	got.Steps[2].Output = got.Steps[2].Output[:1]
	if d := Diff(want, got); len(d) != 1 || !strings.HasPrefix(d[0].Error(), "line 3: state\nwant:\n     0.000 alice") {
		t.Errorf("%v", d)
	}
}

// TestHelp: every verb, and every word of the usages, is explained.
func TestHelp(t *testing.T) {
	help := Help()
	for _, v := range verbs {
		if !strings.Contains(help, "  "+v.String()+"\n      "+v.help+"\n") {
			t.Errorf("%s is missing", v.name)
		}
		for _, word := range regexp.MustCompile(`#N|[A-Z]{2,}`).FindAllString(v.usage, -1) {
			if word != "COUNT" && word != "VALUE" && !strings.Contains(help, "\n  "+word+" ") {
				t.Errorf("%s: %s is not explained", v.name, word)
			}
		}
	}
}

// TestFree: a question expects nothing, and its answer goes on to the end.
func TestFree(t *testing.T) {
	const text = "call alice bob\nat 1s\nlogout carol\n"
	if _, broken := play(t, Player{}, text); broken == nil {
		t.Errorf("a script has to expect something")
	}
	played, broken := play(t, Player{Free: true}, text)
	told := played.String()
	if broken != nil || !strings.Contains(told, "what bob was told\n          0.050 RemoteInvitationReceived #1 INVITATION_RECEIVED\n         60.050 RemoteInvitationFailure #1 FAILURE(INVITATION_EXPIRE)\n         what carol was told\n              nothing\n") {
		t.Errorf("%v\n%s", broken, told)
	}
	if _, broken := play(t, Player{Free: true}, text+"expect bob #1 ACCEPTED\n"); len(broken) == 0 {
		t.Error("an expectation is checked even so")
	}
	if played, _ := play(t, Player{Free: true}, "call alice bob\nreset\ncall carol dave\n"); strings.Count(played.String(), "what bob was told") != 1 {
		t.Errorf("%s", played)
	}
}

func play(t *testing.T, p Player, text string) (*Script, []Problem) {
	t.Helper()
	script, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	played, broken, err := p.Play(script)
	if err != nil {
		t.Fatal(err)
	}
	return played, broken
}

// Lines that cannot be read: what is wrong with them.
func TestParseErrors(t *testing.T) {
	for line, want := range map[string]string{
		"acept bob #1":                           `there is no verb acept; did you mean accept?`,
		"at":                                     `TIME is missing; usage: at TIME`,
		"at soon":                                `soon is not a time: 1.5s, 200ms and 1m30s are; usage: at TIME`,
		"at -1s":                                 `-1s is not from 0s to 24h0m0s; usage: at TIME`,
		"at 2540400h":                            `2540400h is not from 0s to 24h0m0s; usage: at TIME`,
		"at 9999999h":                            `9999999h is not a time: 1.5s, 200ms and 1m30s are; usage: at TIME`,
		"at 1s 2s":                               `2s is too much; usage: at TIME`,
		"heal all":                               `all is too much; usage: heal`,
		"call alice":                             `PEER is missing; usage: call NAME PEER [content=TEXT] [channel=TEXT] [no-response=TIME] [expiry=TIME]`,
		"call \"al\" bob":                        `"al" is not a valid user id; usage: call NAME PEER [content=TEXT] [channel=TEXT] [no-response=TIME] [expiry=TIME]`,
		"call alice b/b":                         `b/b is not a valid user id; usage: call NAME PEER [content=TEXT] [channel=TEXT] [no-response=TIME] [expiry=TIME]`,
		"call alice \"bob":                       `"bob is not a text: "hi" and 100*x are; usage: call NAME PEER [content=TEXT] [channel=TEXT] [no-response=TIME] [expiry=TIME]`,
		"call alice bob content=hi":              `hi is not a text: "hi" and 100*x are; usage: call NAME PEER [content=TEXT] [channel=TEXT] [no-response=TIME] [expiry=TIME]`,
		"call alice bob content=":                ` is not a text: "hi" and 100*x are; usage: call NAME PEER [content=TEXT] [channel=TEXT] [no-response=TIME] [expiry=TIME]`,
		"call alice bob content=-1*x":            `-1 is not a number from 1 to 65536; usage: call NAME PEER [content=TEXT] [channel=TEXT] [no-response=TIME] [expiry=TIME]`,
		"call alice bob content=99999999999*x":   `99999999999 is not a number from 1 to 65536; usage: call NAME PEER [content=TEXT] [channel=TEXT] [no-response=TIME] [expiry=TIME]`,
		"call alice bob contents=\"hi\"":         `contents="hi" is none of: content= channel= response= no-response= expiry=; usage: call NAME PEER [content=TEXT] [channel=TEXT] [no-response=TIME] [expiry=TIME]`,
		"accept bob 1":                           `1 is not an invitation: #1 is; usage: accept NAME #N [response=TEXT]`,
		"accept bob #0":                          `0 is not a number from 1 to 65536; usage: accept NAME #N [response=TEXT]`,
		"accept bob #one":                        `one is not a number from 1 to 65536; usage: accept NAME #N [response=TEXT]`,
		"lose INVITE from alice":                 `INVITE is not a number from 1 to 65536; usage: lose COUNT|every KIND|any from NAME`,
		"lose 1 INVITES from alice":              `INVITES is none of: INVITE, RECEIVED, ACCEPT, CONFIRM, REFUSE, CANCEL, ACK, CLOSED; usage: lose COUNT|every KIND|any from NAME`,
		"lose 1 INVITE of alice":                 `of is not from; usage: lose COUNT|every KIND|any from NAME`,
		"delay 1 INVITE from alice":              `to is missing; usage: delay COUNT|every KIND|any from NAME to TIME`,
		"inject bob from mallory any 9-1":        `any is none of: INVITE, RECEIVED, ACCEPT, CONFIRM, REFUSE, CANCEL, ACK, CLOSED; usage: inject NAME from PEER KIND ID [FIELD=VALUE…]`,
		"inject bob from mallory INVITE 9":       `9 is not an id: #1 and 5eed-1 are; usage: inject NAME from PEER KIND ID [FIELD=VALUE…]`,
		"inject bob from mallory INVITE 9-1 a=b": `a=b is none of: content= channel= response= age= held= wait= expiry= reason= word= of= device= refused note=; usage: inject NAME from PEER KIND ID [FIELD=VALUE…]`,
		"inject bob from x CANCEL 9-1 reason=no": `no is none of: user, no response, expired, rejected, answered by another, accepted elsewhere, refused elsewhere, stale; usage: inject NAME from PEER KIND ID [FIELD=VALUE…]`,
		"tell alice bob away":                    `away is not online|offline; usage: tell NAME PEER online|offline`,
		"clock alice 1h":                         `1h is not a change: +1h and -1h are; usage: clock NAME ±TIME|stops`,
		"options":                                `OPTION… is missing; usage: options [NAME] OPTION…`,
		"options alice":                          `OPTION… is missing; usage: options [NAME] OPTION…`,
		"options expriy=1s":                      `expriy=1s is none of: default-times vendor-times no-response= expiry= expiry-cap= grace= accept= refresh= linger= tombstone= per-peer= total= count-from-send fail-at-once no-retransmit; usage: options [NAME] OPTION…`,
		"options alice no-retransmit=1":          `no-retransmit=1 is none of: default-times vendor-times no-response= expiry= expiry-cap= grace= accept= refresh= linger= tombstone= per-peer= total= count-from-send fail-at-once no-retransmit; usage: options [NAME] OPTION…`,
		"options total=-1":                       `-1 is not a number from 1 to 65536; usage: options [NAME] OPTION…`,
		"expect bob":                             `#N is missing; usage: expect NAME #N STATE [at TIME]`,
		"expect bob #1":                          `STATE is missing; usage: expect NAME #N STATE [at TIME]`,
		"expect bob #1 ACCEPTED 1s":              `1s is not at; usage: expect NAME #N STATE [at TIME]`,
		"expect bob #1 ACEPTED":                  `ACEPTED is no state; did you mean ACCEPTED?; usage: expect NAME #N STATE [at TIME]`,
		"expect bob #1 FAILURE":                  `FAILURE is no state; did you mean FAILURE(ACCEPT_FAILURE) or FAILURE(INVITATION_EXPIRE) or FAILURE(NOT_LOGGEDIN)?; usage: expect NAME #N STATE [at TIME]`,
		"stats":                                  `NAME is missing; usage: stats NAME`,
	} {
		_, err := Parse("# a script\n" + line + "\n")
		if want := "line 2: " + line + ": " + want; err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if _, err := Parse("at\n\n   0.000\nwait\n"); err == nil || strings.Count(err.Error(), "line ") != 2 {
		t.Errorf("two lines are wrong: %v", err)
	}
	if _, err := Parse("  call alice bob\n"); err == nil {
		t.Error("output above the first command")
	}
}

// TestUnknownSenders: a line about messages that nobody can send is a mistake.
func TestUnknownSenders(t *testing.T) {
	const after = "\ncall alice bob\ncall carol/2 dave\n"
	for line, want := range map[string]string{
		"lose 2 INVITE from alcie": "alcie", "delay every any from bob/2 to 1s": "bob/2", "duplicate 1 any from erin to 1s\nlose 1 any from erin": "erin",
		"lose 1 any from alice": "", "lose 1 any from bob\nheal": "", "lose 1 any from carol": "", "lose 1 any from carol/2": "", "lose 1 any from dave\nreset": "",
	} {
		s, err := Parse(line + after)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = Player{Free: true}.Play(s)
		if want != "" && (err == nil || err.Error() != fmt.Sprintf("line 1: %s: no other line names %s", s.Steps[0].Text, want)) || want == "" && err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// Scripts that cannot go on: what is wrong at their last line.
func TestPlayErrors(t *testing.T) {
	const ringing = "call alice bob\nat 1s\n"
	for script, want := range map[string]string{
		"at 2s\nat 1s":                            "1s is over: it is 2s",
		"at 2s\nreset\nuntil 3s\nuntil 1s":        "1s is over: it is 3s",
		"call alice bob\naccept carol #1":         "there is no user carol",
		"call alice bob\nexpect bbo none":         "there is no user bbo",
		"call alice bob\naccept bob #1":           "bob has no invitation #1: at 0s it has not arrived",
		"call alice bob\ncancel alice #2":         "there is no #2: the script has created 1 invitation",
		ringing + "accept bob #1@mallory":         "bob has no invitation #1@mallory: at 1s it has not arrived",
		ringing + "accept alice #1":               "that is for the other side of #1",
		ringing + "cancel bob #1":                 "that is for the other side of #1",
		ringing + "set alice #1 response=\"\"":    "alice is the caller of #1, whose callee sets the response",
		ringing + "set bob #1 content=\"\"":       "bob is the callee of #1, whose caller sets content, channel and times",
		ringing + "options bob expiry=1s":         "bob has started already",
		ringing + "options expiry=1s":             "alice has started already",
		ringing + "wake bob":                      "bob is not asleep",
		ringing + "sleep bob\naccept bob #1":      "bob is asleep",
		ringing + "kill bob\nsleep bob":           "bob is down",
		"options linger=1s":                       "engine options: Times.Linger 1s is under NoResponse 30s: a REFUSE could be gone while its INVITE is still repeated (S10)",
		"options bob tombstone=1h":                "the times add up to 1h4m14s, which is over 1h0m0s",
		ringing + "delay 1 any from bob to 2m":    "no network keeps a copy for longer than 1m40s",
		ringing + "clock bob -2h":                 "the clock of bob would be -2h0m0s off, 2h0m0s behind its engine: at most 24h0m0s and 1h0m0s are allowed",
		ringing + "clock bob +24h\nclock bob +1s": "the clock of bob would be 24h0m1s off, -1s behind its engine: at most 24h0m0s and 1h0m0s are allowed",
	} {
		s, err := Parse(script + "\ncall dave erin\n")
		if err != nil {
			t.Errorf("%s: %v", script, err)
			continue
		}
		played, _, err := Player{}.Play(s)
		last := len(s.Steps) - 2
		if want := fmt.Sprintf("line %d: %s: %s", last+1, s.Steps[last].Text, want); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if err != nil && len(played.Steps) != last+1 {
			t.Errorf("%s: it goes on after a mistake: %v", script, played)
		}
	}
}

// What breaks a rule is found. An engine does not break these, so the test does it.
func TestChecks(t *testing.T) {
	bob := func(w *world) *user { return w.find("bob") }
	for _, c := range []struct {
		script string
		tamper func(*world) // before the last command
		want   string
	}{
		{"call alice bob\nuntil 2m", nil, "the script does not say what it expects of bob"},
		{"call alice bob\nsleep bob", nil, "bob still sleeps"},
		{"lose every any from bob\ncall alice bob\nclock alice stops", nil, "alice #1 is SENT_TO_REMOTE: it never ended (S14)"},
		{"call alice bob\nuntil 1s", func(w *world) { w.flying[0].message.Content = "another" }, "what is shown is not what was sent (S10)"},
		{"call alice bob\ncancel alice #1\nuntil 1s", func(w *world) { w.calls[0].final = "REFUSED" }, "it had ended as REFUSED (S9)"},
		{"call alice bob\nat 3s\ntell bob alice online", func(w *world) { bob(w).options.Times.ExpiryCap = 2 * time.Second }, "it had to end by 2.05s of its own clock (S14)"},
		{"call alice bob\nat 1s\nuntil 3s", func(w *world) { bob(w).held = nil }, "RemoteInvitationFailure is about an invitation that bob never had"},
		{"call alice bob\nat 1s\naccept bob #1", func(w *world) {
			bob(w).engine.Receive("mallory", engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 9, Counter: 1}, Wait: time.Second, Expiry: time.Second})
		}, "bob sends a message after it raised an event"},
		{"call alice bob\nuntil 2m", func(w *world) { w.flying[0].at = patience + time.Minute }, "bob remembers 0 sent, 1 received and 1 peers for ever (S14)"},
	} {
		s, err := Parse(c.script + "\n")
		if err != nil {
			t.Fatal(err)
		}
		last := &s.Steps[len(s.Steps)-1]
		do := last.do
		last.do = func(w *world) {
			if c.tamper != nil {
				c.tamper(w)
			}
			do(w)
		}
		played, _, err := Player{}.Play(s)
		if err != nil || !strings.Contains(played.String(), c.want) {
			t.Errorf("%v: %s is not found in\n%v", err, c.want, played)
		}
	}
}

// stuck is a clock that stands still, and does not say so.
type stuck struct{}

func (stuck) Now() time.Time { return time.Unix(0, 0) }

func TestStuckEngineIsFound(t *testing.T) {
	played, _ := play(t, Player{Options: func(o *engine.Options) { o.Clock = stuck{} }}, "call alice bob\nuntil 10s\n")
	if !strings.Contains(played.String(), "! alice was advanced to its deadline and has it still") {
		t.Error(played)
	}
}

// Whatever a script says, it is read and played to an end, twice the same way.
func FuzzPlay(f *testing.F) {
	for _, text := range []string{
		"options alice total=1 expiry=10s\ncall alice bob content=\"hi\" channel=9*x\nat 1s\naccept bob #1 response=\"yes\"\nuntil 2s\nexpect bob #1 ACCEPTED at 1.1s",
		"lose 1 any from alice\ndelay every INVITE from alice to 3s\nduplicate 2 ACK from bob to 1s\ncreate alice bob\nset alice #1 content=\"\"\nsend alice #1\nsleep bob\nat 9s\nheal\nwake bob\nstate\nstats bob\nreset\nstate",
		"inject bob from mallory CLOSED 9-1 of=ACCEPT word=canceled age=-1s\ntell bob mallory offline\nlogout bob\nlogin bob\nclock bob -1h\nrestart bob\nclock bob stops\nkill bob\nexpect bob none",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		script, err := Parse(text)
		if again, _ := Parse(script.String()); again.String() != script.String() {
			t.Errorf("%q is read again as %q", script, again)
		}
		if err != nil {
			return
		}
		played, broken, err := Player{}.Play(script)
		again, brokenAgain, errAgain := Player{}.Play(script)
		if played.String() != again.String() || len(broken) != len(brokenAgain) || (err == nil) != (errAgain == nil) {
			t.Errorf("%v and %v:\n%v\n%v", err, errAgain, played, again)
		}
	})
}

// words that can fill the slots of a usage.
var fillings = map[string][]string{
	"NAME": {"alice", "bob", "carol", "bob/1", "bob/2"}, "PEER": {"alice", "bob", "mallory", `"null"`, "65*x"},
	"#N": {"#1", "#2", "#3", "#1@mallory"}, "ID": {"#1", "#2", "9-1", "0-1"},
	"TIME": {"0s", "50ms", "1.5s", "29.999s", "1m", "24h"}, "±TIME|stops": {"+1h", "-1h", "-1ms", "stops"},
	"COUNT|every": {"1", "3", "every"}, "KIND|any": {"any", "INVITE", "ACCEPT"}, "KIND": {"INVITE", "RECEIVED", "ACCEPT", "CONFIRM", "CANCEL", "CLOSED"},
	"STATE": {"CANCELED", "ACCEPTED"}, "online|offline": {"online", "offline"},
	"content=TEXT": {`content="hi"`, "content=8193*x"}, "channel=TEXT": {`channel="c"`}, "response=TEXT": {`response="yes"`}, "no-response=TIME": {"no-response=10s", "no-response=24h"}, "expiry=TIME": {"expiry=5s"}, "note=TEXT": {`note="bye"`, "note=1025*x"},
	"OPTION…":      {"vendor-times", "default-times", "expiry-cap=5s", "refresh=5s", "no-retransmit", "fail-at-once", "expiry=10s", "count-from-send expiry=40s", "total=1"},
	"FIELD=VALUE…": {`content="hi"`, "age=-24h", "held=24h", "wait=0s expiry=1ms", "reason=expired", "word=canceled of=ACCEPT", `response="yes"`, "device=2", `note="bye"`, "of=REFUSE refused device=2"},
}

func drawCommand(t *rapid.T) string {
	v := rapid.SampledFrom(verbs).Draw(t, "verb")
	line := v.name
	for _, slot := range strings.Fields(v.usage) {
		if strings.HasPrefix(slot, "[") && rapid.Bool().Draw(t, "left out") {
			if strings.HasSuffix(slot, "]") {
				continue
			}
			break
		}
		slot = strings.Trim(slot, "[]")
		if words := fillings[slot]; words != nil {
			slot = rapid.SampledFrom(words).Draw(t, slot)
		}
		line += " " + slot
	}
	return line
}

// Commands in any order are read, and played to an end, twice the same way. A command
// that is a mistake where it stands is left out.
func TestPlayAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		script := &Script{}
		for range 20 {
			next, err := Parse(script.String() + drawCommand(t) + "\n")
			if err != nil {
				t.Fatal(err)
			}
			if next, _, err = (Player{}).Play(next); err == nil {
				script = next
			}
		}
		if again, _, err := (Player{}).Play(script); err != nil || again.String() != script.String() {
			t.Errorf("%v: %v\n%v", err, Diff(script, again), script)
		}
	})
}
