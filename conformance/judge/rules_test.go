package judge_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/invsim/invsim/conformance/judge"
)

// messages by kind, with the id a-1.
var messages = map[string]string{
	"INVITE":   `{"v":1,"kind":"INVITE","id":"a-1","content":"c","channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}`,
	"RECEIVED": `{"v":1,"kind":"RECEIVED","id":"a-1"}`,
	"ACCEPT":   `{"v":1,"kind":"ACCEPT","id":"a-1","response":"yes"}`,
	"CONFIRM":  `{"v":1,"kind":"CONFIRM","id":"a-1"}`,
	"CONFIRM2": `{"v":2,"kind":"CONFIRM","id":"a-1","device":"2"}`,
	"REFUSE":   `{"v":1,"kind":"REFUSE","id":"a-1","response":"no"}`,
	"CANCEL":   `{"v":1,"kind":"CANCEL","id":"a-1","reason":"user"}`,
	"ACK":      `{"v":1,"kind":"ACK","id":"a-1","for":"CANCEL"}`,
}

// write makes a log of steps: "alice:" begins the log of a user, "bob/2:" that of a device;
// "@9" is the time in seconds; "INVITE<alice" arrives and "RECEIVED>alice" is sent;
// "send", "cancel", "accept", "refuse" are calls of the app ("accept!" is refused), and
// anything else is an event.
func write(steps string) string {
	who, story, _ := strings.Cut(steps, ":")
	user, device, _ := strings.Cut(who, "/")
	now := 0
	out := ""
	line := func(format string, args ...any) { out += fmt.Sprintf(format, args...) + "\n" }
	request := func(format string, args ...any) {
		line(`{"op":`+format+`,"now":%d}`, append(args, now*1_000_000_000)...)
	}
	if device != "" {
		device = `,"device":"` + device + `"`
	}
	request(`"reset","case":"x","self":%q,"epoch":%q`+device, user, user[:1])
	own := user == "alice"
	peer := map[bool]string{true: "bob", false: "alice"}[own]
	for _, step := range strings.Fields(story) {
		kind, from, arrives := strings.Cut(step, "<")
		sent, to, sends := strings.Cut(step, ">")
		name, detail, _ := strings.Cut(step, "/")
		op := strings.TrimSuffix(step, "!")
		switch {
		case step[0] == '@':
			fmt.Sscanf(step, "@%d", &now)
			request(`"advance"`)
		case step == "empty":
			request(`"reset","case":"x","self":%q,"epoch":"%s1"`, user, user[:1])
		case step == "restore":
			request(`"restore","self":%q,"epoch":"%s1","snapshot":"AA==","away":0`, user, user[:1])
		case step == "send" || step == "send:group":
			if op == "send:group" {
				op = `,"group":"g"`
			}
			request(`"app","call":"create","inv":"x","to":"bob","content":"c"%s`, strings.TrimPrefix(op, "send"))
			request(`"app","call":"send","inv":"x"`)
			line(`{"effects":[{"do":"send","to":"bob","message":%s}]}`, messages["INVITE"])
		case op == "cancel":
			request(`"app","call":"cancel","to":"bob","id":"a-1"`)
		case op == "accept" || op == "refuse":
			request(`"app","call":%q,"from":"alice","id":"a-1","response":%q`, op, map[string]string{"accept": "yes", "refuse": "no"}[op])
		case arrives:
			request(`"deliver","from":%q,"message":%s`, from, messages[kind])
		case sends:
			line(`{"effects":[{"do":"send","to":%q,"message":%s}]}`, to, messages[sent])
		default:
			fields := fmt.Sprintf(`"to":%q`, peer)
			full := "LocalInvitation" + name
			if !own {
				full, fields = "RemoteInvitation"+name, fmt.Sprintf(`"from":%q`, peer)
			}
			switch name {
			case "Failure":
				fields += fmt.Sprintf(`,"failure":%q`, detail)
			case "Received":
				if detail == "" {
					detail = "c"
				}
				fields += fmt.Sprintf(`,"content":%q,"channel_id":""`, detail)
			case "Accepted", "Refused":
				if own {
					response := map[string]string{"Accepted": "yes", "Refused": "no"}[name]
					if detail == "other" {
						response = "other"
					} else if detail != "" {
						fields += fmt.Sprintf(`,"device":%q`, detail)
					}
					fields += fmt.Sprintf(`,"response":%q`, response)
				}
			}
			line(`{"effects":[{"do":"event","name":%q,"id":"a-1",%s}]}`, full, fields)
		}
		if op != step && step != "send:group" {
			line(`{"code":"ALREADY_END"}`)
		} else if strings.Contains("cancel accept refuse", step) {
			line(`{}`)
		}
	}
	return out
}

// The halves of calls that go as they should.
const (
	rings    = "INVITE<alice RECEIVED>alice Received "
	reached  = "send RECEIVED<bob ReceivedByPeer "
	accepts  = rings + "accept ACCEPT>alice CONFIRM<alice Accepted"
	accepted = reached + "ACCEPT<bob CONFIRM>bob Accepted"
	refuses  = rings + "refuse REFUSE>alice Refused"
	refused  = reached + "REFUSE<bob Refused"
	cancels  = reached + "cancel CANCEL>bob Canceled"
	canceled = rings + "CANCEL<alice ACK>alice Canceled"
)

// TestEveryRule: what a pair of logs breaks, and what it leaves open.
func TestEveryRule(t *testing.T) {
	for _, c := range []struct{ alice, bob, broken, open string }{
		{accepted, accepts, "", "S12"},
		{refused, refuses, "", "S12"},
		{cancels, canceled, "", "S12"},
		{"send @30 Failure/PEER_NO_RESPONSE CANCEL>bob", "CANCEL<alice ACK>alice", "", "S12"},
		{reached + "@92 Failure/INVITATION_EXPIRE", rings + "@60 Failure/INVITATION_EXPIRE", "", "S12"},
		{accepted, rings + "accept ACCEPT>alice @5 Failure/ACCEPT_FAILURE", "", "S12"},

		{accepted, rings + "accept ACCEPT>alice Accepted CONFIRM<alice", "S1", "S12"},
		{refused, accepts, "S1 S3 S10 PAIR", "S12"},
		{reached + "ACCEPT<bob CONFIRM>bob @1 Accepted", accepts, "S1", "S12"},
		{accepted + " Canceled", accepts, "S2 S9", "S12"},
		{cancels, canceled + " Accepted", "S2 S9", "S12"},
		{refused, canceled, "S3 PAIR", "S12"},
		{accepted, refuses, "S4 S10 PAIR", "S12"},
		{accepted, rings + "@60 Failure/INVITATION_EXPIRE", "S4 PAIR", "S12"},
		{cancels, accepts, "S1 S5 PAIR", "S12"},
		{accepted, rings + "Received accept ACCEPT>alice CONFIRM<alice Accepted", "S6", "S12"},
		{cancels, "CANCEL<alice ACK>alice INVITE<alice RECEIVED>alice Received CANCEL<alice Canceled", "S7", "S12"},
		{cancels, "CONFIRM2<alice INVITE<alice RECEIVED>alice Received CANCEL<alice Canceled", "S7", "S12"},
		{reached + "cancel ACCEPT<bob CONFIRM>bob Accepted", accepts, "S8", "S12"},
		{reached + "Canceled CANCEL>bob", canceled, "S8", "S12"},
		{"send ACCEPT<bob CONFIRM>bob Accepted", accepts, "S9", "S12"},
		{accepted, rings + "accept ACCEPT>alice CONFIRM<alice Accepted Failure/ACCEPT_FAILURE", "S9", "S12"},
		{cancels, "INVITE<alice RECEIVED>alice CANCEL<alice ACK>alice Canceled", "S9", "S12"},
		{accepted, strings.Replace(accepts, "Received ", "Received/other ", 1), "S10", "S12"},
		{accepted + "/other", accepts, "S10", "S12"},
		{accepted + " CONFIRM>carol", accepts, "S11", "S12"},
		{accepted, rings + "accept ACCEPT>alice CONFIRM<alice Accepted accept", "S13", "S12"},
		{cancels + " cancel", canceled, "S13", "S12"},
		{reached + "cancel! Canceled", canceled, "S8 S13", "S12"},
		{accepted, rings + "accept ACCEPT>alice CONFIRM<alice Accepted accept!", "", "S12"},
		{reached + "@91 @95 @96 Failure/INVITATION_EXPIRE", rings + "@60 Failure/INVITATION_EXPIRE", "S14", "S12"},
		{reached + "@99 Failure/INVITATION_EXPIRE", rings + "@60 Failure/INVITATION_EXPIRE", "", "S12 S14"}, // it may have slept
		{cancels, rings + "@80", "S14", "S1 S5 S12 PAIR"},
		{cancels, rings + "@70", "", "S1 S5 S12 S14 PAIR"},
		{reached + "@62 Failure/INVITATION_EXPIRE", canceled, "PAIR", "S12"},

		// Logs that do not fit together: bob's has not sent what alice's has got.
		{accepted, rings + "Accepted", "", "S1 S12"},
		{reached + "@62 Failure/INVITATION_EXPIRE", "INVITE<alice", "", "S12 PAIR"},

		// What is said of a phone that has started again.
		{accepted, rings + "restore Received accept ACCEPT>alice CONFIRM<alice Accepted restore Accepted", "", "S12"},
		{refused, rings + "restore INVITE<alice Received refuse REFUSE>alice Refused", "S6", "S12"},
		{accepted, rings + "restore Received Received accept ACCEPT>alice CONFIRM<alice Accepted", "S6", "S12"},
		{accepted, rings + "empty " + accepts, "", "S6 S12"},
		{cancels, canceled + " @1 @240 " + rings + " CANCEL<alice Canceled", "S6 S9", "S12"},
		{cancels, canceled + " @600 " + rings + " CANCEL<alice Canceled", "", "S6 S9 S12"},
		{reached + "empty", canceled, "", "S3 S4 S5 S12 S14 PAIR"},
	} {
		logs := [][]byte{[]byte(write("alice:" + c.alice)), []byte(write("bob:" + c.bob))}
		r := judged(t, logs...)
		if len(r.Calls) != 1 {
			t.Errorf("%q and %q are %d calls", c.alice, c.bob, len(r.Calls))
			continue
		}
		if got := findings(r.Calls[0], judge.Broken); got != c.broken {
			t.Errorf("%q and %q break %q, not %q: %v", c.alice, c.bob, got, c.broken, r.Calls[0].Broken())
		}
		if got := findings(r.Calls[0], judge.CannotTell); got != c.open {
			t.Errorf("%q and %q leave open %q, not %q", c.alice, c.bob, got, c.open)
		}
	}
}

func findings(c *judge.Call, v judge.Verdict) string {
	var ids []string
	for _, f := range c.Findings() {
		if f.Verdict == v {
			ids = append(ids, f.Property)
		}
	}
	return strings.Join(ids, " ")
}

// TestDevices: of two devices one may accept, and it is the one that the caller names.
func TestDevices(t *testing.T) {
	other := rings + "CANCEL<alice ACK>alice Canceled"
	winner := strings.Replace(accepts, "CONFIRM<", "CONFIRM2<", 1)
	caller := strings.Replace(accepted+"/2", "CONFIRM>", "CONFIRM2>", 1) + " CANCEL>bob"
	for _, c := range []struct{ alice, one, two, broken, open string }{
		{caller, other, winner, "", "S12"},
		{caller, winner, winner, "S1 S15", "S12"},
		{caller, other, refuses, "S4 S10 PAIR", "S12"},
		{caller, other, "", "", "S4 S12 S15"},
	} {
		logs := [][]byte{[]byte(write("alice:" + c.alice)), []byte(write("bob/1:" + c.one))}
		if c.two != "" {
			logs = append(logs, []byte(write("bob/2:"+c.two)))
		}
		call := judged(t, logs...).Calls[0]
		if broken, open := findings(call, judge.Broken), findings(call, judge.CannotTell); broken != c.broken || open != c.open {
			t.Errorf("%q and %q break %q and leave open %q: %v", c.one, c.two, broken, open, call.Findings())
		}
	}
}

// TestGroups (S16): of a group one is accepted.
func TestGroups(t *testing.T) {
	second := func(log string) string {
		return strings.NewReplacer("a-1", "a-2", `"inv":"x"`, `"inv":"y"`, "bob", "carol").Replace(log)
	}
	grouped := strings.Replace(accepted, "send", "send:group", 1)
	one := write("alice:" + grouped)
	rest := one[strings.IndexByte(one, '\n')+1:]
	call := judged(t, []byte(one+second(rest)), []byte(write("bob:"+accepts)), []byte(second(write("bob:"+accepts)))).Calls[0]
	if got := findings(call, judge.Broken); got != "S16" {
		t.Errorf("breaks %q: %v", got, call.Findings())
	}
	call = judged(t, []byte(one), []byte(write("bob:"+accepts))).Calls[0]
	if got := findings(call, judge.Broken); got != "" {
		t.Errorf("one of a group breaks %q", got)
	}
	again := `{"op":"restore","now":0,"self":"alice","epoch":"a1","snapshot":"AA==","away":0}` + "\n"
	call = judged(t, []byte(one+again+second(rest)), []byte(write("bob:"+accepts)), []byte(second(write("bob:"+accepts)))).Calls[0]
	if got := findings(call, judge.Broken); got != "" {
		t.Errorf("two groups of one label, which ends with a process, break %q", got)
	}

	// A call whose label found no room.
	defer judge.Most(judge.Most(1))
	other := `{"op":"app","now":0,"call":"create","inv":"z","to":"bob"}` + "\n"
	start := strings.TrimSuffix(one, rest)
	if call = judged(t, []byte(start+other+rest)).Calls[0]; !strings.Contains(findings(call, judge.CannotTell), "S16") {
		t.Errorf("%v", call.Findings())
	}
}

// TestOneLog: what one log tells alone, and why the rest is open.
func TestOneLog(t *testing.T) {
	call := judged(t, []byte(write("alice:"+accepted))).Calls[0]
	if got := findings(call, judge.Holds); got != "S3 S5 S8 S16" {
		t.Errorf("the caller's log alone tells %q", got)
	}
	call = judged(t, []byte(write("bob:"+accepts+" Received"))).Calls[0]
	if got := findings(call, judge.Broken); got != "S6" {
		t.Errorf("the callee's log alone breaks %q", got)
	}
	// An epoch that the caller's log knows, and an id that it has never sent.
	call = judged(t, []byte(write("alice:")), []byte(write("bob:"+canceled))).Calls[0]
	if got := findings(call, judge.Broken); got != "S11" {
		t.Errorf("a call that nobody sent breaks %q: %v", got, call.Findings())
	}
}

// TestClocks: the clock of one log is never compared with that of another.
func TestClocks(t *testing.T) {
	for _, pair := range [][2]string{{accepted, accepts}, {reached + "@92 Failure/INVITATION_EXPIRE", rings + "@60 Failure/INVITATION_EXPIRE"}} {
		a, b := write("alice:"+pair[0]), write("bob:"+pair[1])
		if got := findings(judged(t, []byte(a), []byte(b)).Calls[0], judge.CannotTell); got != "S12" {
			t.Errorf("before: %q", got)
		}
		ahead := strings.NewReplacer(`"now":0`, `"now":500000000000000`, `"now":60000000000`, `"now":500060000000000`).Replace(b)
		call := judged(t, []byte(a), []byte(ahead)).Calls[0]
		if got := findings(call, judge.Broken) + findings(call, judge.CannotTell); got != "S12" {
			t.Errorf("a clock that is days ahead: %q", got)
		}
	}
}
