package invd

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/internal/golden"
)

// echo is an endpoint that tells what it was asked.
type echo struct {
	who   Implementation
	asked []Request
}

func (e *echo) Hello() Implementation { return e.who }

func (e *echo) Do(r Request) Reply {
	e.asked = append(e.asked, r)
	switch r := r.(type) {
	case *Snapshot:
		return Reply{Snapshot: []byte("saved"), Next: Never()}
	case *Inspect:
		return Reply{Records: &Records{}}
	case *App:
		if r.Call == Accept {
			return Reply{Code: "ALREADY_END", Next: Never()}
		}
	case *Deliver:
		return Reply{Next: Due(1_500_001), Effects: []Effect{{Do: "send", To: r.From, Raw: r.Raw, Message: r.Message}}}
	}
	return Reply{Next: Never()}
}

func newEcho(unit string) *echo {
	return &echo{who: Implementation{Protocol: Protocol, Name: "echo", Version: "1", Language: "Go", Roles: []string{"callee"},
		Forms: []string{JSON}, Features: []string{"held", "times", "session", "snapshot"}, Clock: Virtual, Unit: unit}}
}

// serve answers lines.
func serve(t *testing.T, e Endpoint, lines ...string) []string {
	t.Helper()
	var out bytes.Buffer
	if err := Serve(strings.NewReader(strings.Join(lines, "\n")), &out, e); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

const begin = `{"op":"reset","now":0,"self":"bob","case":"c"}`

// TestMisuse: what makes no sense is answered in words, reaches no endpoint, and the
// session goes on.
func TestMisuse(t *testing.T) {
	for _, c := range []struct{ request, reply string }{
		{`hello`, `{"error":"read a request: it is no JSON object: invalid character 'h' looking for beginning of value"}`},
		{`[]`, `{"error":"read a request: it is no JSON object: json: cannot unmarshal array into Go value of type map[string]json.RawMessage"}`},
		{`{"now":1}`, `{"error":"read a request: it has no \"op\""}`},
		{`{"op":"jump","now":1}`, `{"error":"read a request: there is no op \"jump\""}`},
		{`{"op":"hello","protocol":"invd/2"}`, `{"error":"hello: protocol \"invd/2\" is not invd/1"}`},
		{`{"op":"advance"}`, `{"error":"advance: \"now\" is missing"}`},
		{`{"op":"advance","now":"soon"}`, `{"error":"advance: \"now\" cannot be a string"}`},
		{`{"op":"advance","now":1.5}`, `{"error":"advance: \"now\" cannot be a number 1.5"}`},
		{`{"op":"advance","now":-1}`, `{"error":"advance: now -1 is negative"}`},
		{`{"op":"advance","now":6}`, `{"error":"advance: now 6 is before 7, the one of the last request"}`},
		{`{"op":"advance","now":7,"inv":"a"}`, `{"error":"advance: unknown field \"inv\""}`},
		{`{"op":"session","now":7}`, `{"error":"session: \"in\" is missing"}`},
		{`{"op":"peer","now":7,"peer":"alice","online":true}`, `{"unsupported":"presence"}`},
		{`{"op":"advance","now":7,"trace":true}`, `{"unsupported":"trace"}`},
		{`{"op":"inspect"}`, `{"unsupported":"inspect"}`},
		{`{"op":"reset","now":0,"self":"bob","case":"c","form":"binary"}`, `{"error":"reset: form \"binary\" is none of [\"json\"]"}`},
		{`{"op":"reset","now":0,"self":"bob","case":"c","options":{"fail_at_once":true}}`, `{"unsupported":"fail-at-once"}`},
		{`{"op":"reset","now":0,"self":"bob","case":"c","options":{"times":{"accept":1,"ever":2}}}`, `{"error":"reset: unknown field \"ever\""}`},
		{`{"op":"reset","now":0,"self":"bob","case":"c","device":"1"}`, `{"unsupported":"device"}`},
		{`{"op":"deliver","now":7,"from":"alice"}`, `{"error":"deliver: it takes either message or raw"}`},
		{`{"op":"deliver","now":7,"from":"alice","raw":"","message":{}}`, `{"error":"deliver: it takes either message or raw"}`},
		{`{"op":"app","now":7,"call":"dial","inv":"a"}`, `{"error":"app: there is no call \"dial\""}`},
		{`{"op":"app","now":7,"call":"create","to":"alice"}`, `{"error":"app: create takes a label, inv, and the callee, to"}`},
		{`{"op":"app","now":7,"call":"send"}`, `{"error":"app: send takes inv, or to and id, or from and id"}`},
		{`{"op":"app","now":7,"call":"send","to":"alice"}`, `{"error":"app: send takes inv, or to and id, or from and id"}`},
		{`{"op":"app","now":7,"call":"send","inv":"a","id":"5eed-1"}`, `{"error":"app: send takes inv, or to and id, or from and id"}`},
		{`{"op":"app","now":7,"call":"accept","inv":"a"}`, `{"error":"app: accept is for the other side: own invitations have inv or to, those of others have from"}`},
		{`{"op":"app","now":7,"call":"cancel","from":"alice","id":"5eed-1"}`, `{"error":"app: cancel is for the other side: own invitations have inv or to, those of others have from"}`},
		{`{"op":"app","now":7,"call":"cancel","inv":"a","response":"no"}`, `{"error":"app: cancel does not take \"response\""}`},
		{`{"op":"app","now":7,"call":"cancel","inv":"a","note":"bye"}`, `{"unsupported":"note"}`},
		{`{"op":"app","now":7,"call":"create","inv":"a","to":"alice","group":"g"}`, `{"unsupported":"group"}`},
		{`{"op":"app","now":7,"call":"create","inv":"a","to":"alice","times":{"expiry":1}}`, `{"unsupported":"call-times"}`},
	} {
		e := newEcho("ns")
		got := serve(t, e, begin, `{"op":"advance","now":7}`, c.request, `{"op":"advance","now":7}`)
		if got[2] != c.reply {
			t.Errorf("%s\nis answered %s\nnot         %s", c.request, got[2], c.reply)
		}
		if got[3] != `{"next":null}` || len(e.asked) != 3 {
			t.Errorf("%s: after it comes %s, and the endpoint was asked %d times", c.request, got[3], len(e.asked))
		}
	}
	if got := serve(t, newEcho("ns"), `{"op":"advance","now":0}`)[0]; got != `{"error":"advance: there is no case yet: reset comes first"}` {
		t.Error(got)
	}
}

// TestUnits: milliseconds on the wire are nanoseconds in memory, and a deadline is never
// told too early.
func TestUnits(t *testing.T) {
	e := newEcho("ms")
	got := serve(t, e, `{"op":"reset","now":3,"self":"bob","case":"c","options":{"times":{"accept":5000,"grace":0}}}`,
		`{"op":"deliver","now":4,"from":"alice","raw":"AQ==","held":2}`)
	reset, deliver := e.asked[0].(*Reset), e.asked[1].(*Deliver)
	if reset.Now != 3e6 || reset.Options.Times.Accept != 5e9 || reset.Options.Times.Grace == nil || *reset.Options.Times.Grace != 0 ||
		deliver.Now != 4e6 || deliver.Held != 2e6 {
		t.Errorf("%+v, %+v", reset, deliver)
	}
	if got[1] != `{"effects":[{"do":"send","raw":"AQ==","to":"alice"}],"next":2}` {
		t.Error(got[1])
	}
	line, err := encodeRequest(deliver, "ms")
	if err != nil || string(line) != `{"op":"deliver","now":4,"from":"alice","raw":"AQ==","held":2}` || deliver.Now != 4e6 {
		t.Errorf("%s, %v, %v", line, err, deliver.Now)
	}
	deliver.Held++
	if _, err := encodeRequest(deliver, "ms"); err == nil || err.Error() != "deliver: 2000001 ns is not a whole number of ms, the endpoint's unit" {
		t.Error(err)
	}
}

// TestLinesAreInTheSchema: what is written and answered keeps to the published schema,
// and what is refused for its shape breaks it.
func TestLinesAreInTheSchema(t *testing.T) {
	published := schema(t)
	text, zero := "x", Time(0)
	at := At{Now: 5, Trace: true}
	setup := Setup{Self: "bob", Device: "1", Epoch: "b0b", Form: Binary, Options: Options{Times: Times{Accept: 1, Grace: &zero}, MaxTotal: 3}}
	requests := []Request{
		&Hello{Protocol}, &Reset{at, setup, "c"}, &Restore{at, setup, []byte("s"), &zero},
		&App{At: at, Call: Create, Ref: Ref{Inv: "a", To: "alice"}, Content: &text, Group: "g", Times: CallTimes{Expiry: 9}},
		&App{At: at, Call: Cancel, Ref: Ref{To: "alice", ID: "5eed-1"}, Note: &text},
		&Deliver{At: at, From: "alice", Message: json.RawMessage(`{"v":1}`), Held: 3}, &Deliver{At: at, From: "alice", Raw: []byte{}},
		&Peer{at, "alice", false}, &Session{at, true}, &Advance{at}, &Snapshot{at}, &Inspect{Ref{Inv: "a"}}, &Bye{},
	}
	for _, r := range requests {
		line, err := encodeRequest(r, "ns")
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(t, published, line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		back, err := decodeRequest(line, "ns")
		again, _ := encodeRequest(back, "ns")
		if err != nil || !bytes.Equal(line, again) {
			t.Errorf("%s is read as %s, %v", line, again, err)
		}
	}
	for _, r := range []Reply{
		{}, {Error: "no"}, {Unsupported: "trace"}, {Hello: &newEcho("ms").who}, {Next: Never()}, {Next: Due(7), Verdict: "moved", Code: "NOT_STARTED"},
		{Effects: []Effect{{Do: "send", To: "a", Message: json.RawMessage("{}")}, {Do: "event", Name: Received, From: "a", ID: "5eed-1", Content: &text, ChannelID: &text}}},
		{Trace: []Cell{{Table: "caller", In: "IDLE", On: "send()", Kind: "move", Next: "SENT_TO_REMOTE"}}},
		{Snapshot: []byte("s"), Open: []Open{{Ref{From: "a", ID: "5eed-1"}, "INVITATION_RECEIVED"}}},
		{Invitation: &Invitation{State: "FAILURE", Failure: "PEER_OFFLINE"}, Records: &Records{Local: 1}},
	} {
		line, err := encode(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(t, published, line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		back, err := decodeReply(line, "ns")
		again, _ := encode(back)
		if err != nil || !bytes.Equal(line, again) {
			t.Errorf("%s is read as %s, %v", line, again, err)
		}
	}
	for _, line := range []string{`{"op":"advance"}`, `{"op":"jump"}`, `{"op":"advance","now":"1"}`, `{"op":"peer","now":1,"peer":"a"}`, `{"efects":[]}`,
		`{"op":"app","now":1,"call":"dial"}`, `{"effects":[{"do":"event","name":"Ring"}]}`, `{"next":"soon"}`, `{"hello":{"name":"x"}}`} {
		if err := valid(t, published, []byte(line)); err == nil {
			t.Errorf("%s is in the schema", line)
		}
	}
}

// TestMain is a testee as well: this program, started again, misbehaves on request.
func TestMain(m *testing.M) {
	way := os.Getenv("INVD_TESTEE")
	if way == "" {
		os.Exit(m.Run())
	}
	e := newEcho("ns")
	switch way {
	case "other protocol":
		e.who.Protocol = "invd/9"
	case "other feature":
		e.who.Features = []string{"magic"}
	case "real":
		e.who.Clock = Real
	case "no hello":
		os.Stdout.WriteString("{}\n")
		time.Sleep(time.Hour)
	case "hangs at once":
		time.Sleep(time.Hour)
	case "ends at once":
		return
	case "not a driver":
		os.Stdout.WriteString("listening on :8080\n")
		time.Sleep(time.Hour)
	}
	if Serve(os.Stdin, os.Stdout, &rogue{e, way}) != nil {
		os.Exit(1)
	}
	if way == "goes on after bye" {
		time.Sleep(time.Hour)
	}
	if way == "bad end" {
		os.Exit(7)
	}
}

// rogue misbehaves when the app refuses.
type rogue struct {
	*echo
	way string
}

func (r *rogue) Do(request Request) Reply {
	app, ok := request.(*App)
	if !ok || app.Call != Refuse {
		return r.echo.Do(request)
	}
	switch r.way {
	case "dies":
		os.Stderr.WriteString("panic: out of luck\n")
		os.Exit(2)
	case "hangs":
		time.Sleep(time.Hour)
	case "writes without end":
		for junk := make([]byte, 1<<20); ; {
			if _, err := os.Stdout.Write(junk); err != nil {
				os.Exit(1)
			}
		}
	case "prints":
		os.Stdout.WriteString("ringing…\n")
	case "replies twice":
		os.Stdout.WriteString(`{"next":null}` + "\n" + `{"next":7}` + "\n")
	case "writes Latin-1":
		os.Stdout.WriteString("{\"verdict\":\"sp\xe4t\"}\n")
	case "writes floating point":
		os.Stdout.WriteString(`{"next":4.0E7}` + "\n")
	case "sends text":
		return Reply{Next: Never(), Effects: []Effect{{Do: "send", To: "alice", Message: []byte(`"{}"`)}}}
	case "misspells":
		os.Stdout.WriteString(`{"efects":[]}` + "\n")
	case "has no next":
		return Reply{}
	case "has a code of its own":
		return Reply{Code: "BUSY", Next: Never()}
	case "raises a ring without content":
		return Reply{Next: Never(), Effects: []Effect{{Do: "event", Name: Received, From: "alice", ID: "5eed-1"}}}
	case "accepts with content":
		text := "x"
		return Reply{Next: Never(), Effects: []Effect{{Do: "event", Name: RemoteAccepted, From: "alice", ID: "5eed-1", Content: &text}}}
	case "has an event of its own":
		return Reply{Next: Never(), Effects: []Effect{{Do: "event", Name: "Ringing", From: "alice", ID: "5eed-1"}}}
	case "does something else":
		return Reply{Next: Never(), Effects: []Effect{{Do: "log", To: "alice"}}}
	case "fails for a reason of its own":
		return Reply{Next: Never(), Effects: []Effect{{Do: "event", Name: RemoteFailure, From: "alice", ID: "5eed-1", Failure: "BATTERY"}}}
	case "raises an event of no invitation":
		return Reply{Next: Never(), Effects: []Effect{{Do: "event", Name: RemoteAccepted, From: "alice"}}}
	case "sends nothing":
		return Reply{Next: Never(), Effects: []Effect{{Do: "send", To: "alice"}}}
	}
	return r.echo.Do(request)
}

func startRogue(t *testing.T, way string, patience time.Duration) (Driver, error) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Start(Command{Args: []string{program}, Env: append(os.Environ(), "INVD_TESTEE="+way), Timeout: patience})
}

// TestRogues: an endpoint that dies, hangs or talks nonsense fails the case that it does
// it in. The next case finds another.
func TestRogues(t *testing.T) {
	refuse := &App{Call: Refuse, Ref: Ref{From: "alice", ID: "5eed-1"}}
	reset := &Reset{Setup: Setup{Self: "bob"}, Case: "c"}
	for way, want := range map[string]string{
		"dies":                             "app: the endpoint has ended (exit status 2): panic: out of luck",
		"hangs":                            "app: no reply within 300ms",
		"writes without end":               "app: a line has more than 16777216 bytes",
		"prints":                           `app: standard output is for replies alone, and this is none: invalid character 'r' looking for beginning of value: "ringing…"`,
		"replies twice":                    `app: one line for each request, and this is another: "{\"next\":7}"`,
		"misspells":                        `app: standard output is for replies alone, and this is none: unknown field "efects": "{\"efects\":[]}"`,
		"writes Latin-1":                   `app: standard output is for replies alone, and this is none: it is not UTF-8: "{\"verdict\":\"sp\xe4t\"}"`,
		"writes floating point":            `app: standard output is for replies alone, and this is none: "next" cannot be a number 4.0E7: "{\"next\":4.0E7}"`,
		"sends text":                       `app: its reply makes no sense: effect 1: "message" is the JSON form as an object, not as text`,
		"has no next":                      `app: its reply makes no sense: a virtual clock tells "next" in every reply: its earliest deadline, or null`,
		"has a code of its own":            `app: its reply makes no sense: code "BUSY": an app's call is refused with one of INVALID_ARGUMENT, NOT_STARTED, ALREADY_END, ALREADY_ACCEPT, ALREADY_SENT, LIMIT_REACHED, GROUP_DECIDED`,
		"raises a ring without content":    `app: its reply makes no sense: effect 1: RemoteInvitationReceived lacks "content"`,
		"accepts with content":             `app: its reply makes no sense: effect 1: RemoteInvitationAccepted must not have "content"`,
		"has an event of its own":          `app: its reply makes no sense: effect 1: there is no event "Ringing"`,
		"does something else":              `app: its reply makes no sense: effect 1: do "log" is neither "send" nor "event"`,
		"fails for a reason of its own":    `app: its reply makes no sense: effect 1: failure "BATTERY" is none of PEER_OFFLINE, PEER_NO_RESPONSE, INVITATION_EXPIRE, NOT_LOGGEDIN, ACCEPT_FAILURE`,
		"raises an event of no invitation": `app: its reply makes no sense: effect 1: RemoteInvitationAccepted lacks an id`,
		"sends nothing":                    `app: its reply makes no sense: effect 1: send has "to", and either "message" or "raw"`,
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			const patience = 20 * time.Second
			d, err := startRogue(t, way, patience)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			for range 2 {
				d.(*remote).timeout = patience
				if _, err := d.Do(reset); err != nil {
					t.Fatalf("a case after it: %v", err)
				}
				if way == "hangs" {
					d.(*remote).timeout = 300 * time.Millisecond // only for the reply that does not come
				}
				if _, err := d.Do(refuse); err == nil || err.Error() != want {
					t.Fatalf("%v\nnot %s", err, want)
				}
				if _, err := d.Do(refuse); err == nil || err.Error() != "app: the endpoint is gone: "+want {
					t.Fatalf("in the same case: %v", err)
				}
			}
		})
	}
}

// spoken is a link on which lines have come.
type spoken chan line

func (s spoken) Write(text []byte) (int, error) { return len(text), nil }
func (s spoken) lines() <-chan line             { return s }
func (s spoken) stop()                          {}
func (s spoken) close(time.Duration) error      { return nil }
func (s spoken) remains(bool) string            { return "" }

// TestUnasked: a line that comes before its request is not the reply to it.
func TestUnasked(t *testing.T) {
	link := make(spoken, 1)
	link <- line{text: []byte(`{"next":null}`)}
	p := &remote{link: link, timeout: 20 * time.Second, who: newEcho("ns").Hello()}
	_, err := p.Do(&Advance{})
	if want := `advance: one line for each request, and this is another: "{\"next\":null}"`; err == nil || err.Error() != want || !strings.Contains(Advice(err), "one line") {
		t.Errorf("%v, not %s; %s", err, want, Advice(err))
	}
}

// ticker tells a deadline a nanosecond ahead, whatever happens.
type ticker struct{ *echo }

func (t ticker) Do(r Request) Reply {
	reply := t.echo.Do(r)
	if at := instantOf(r); at != nil {
		reply.Next = Due(at.Now + 1)
	}
	return reply
}

// TestNoProgress: an endpoint whose deadlines say nothing does not keep the harness for ever.
func TestNoProgress(t *testing.T) {
	p := &remote{}
	e := ticker{newEcho("ns")}
	for now := Time(1); ; now++ {
		r := &Advance{At{Now: now}}
		reply := e.Do(r)
		if now == 10 {
			reply.Effects = []Effect{{Do: "send"}} // that is progress
		}
		if err := p.progress(r, &reply); err != nil {
			if now != mostIdle+11 || !strings.HasSuffix(err.Error(), NoProgress) {
				t.Errorf("at %d: %v", now, err)
			}
			return
		}
		if now > 2*mostIdle {
			t.Fatal("it goes on for ever")
		}
	}
}

// TestStart: what is wrong at the start is told in words.
func TestStart(t *testing.T) {
	program, _ := os.Executable()
	for way, want := range map[string]string{
		"other protocol": `it speaks "invd/9", not invd/1`,
		"other feature":  `hello: there is no feature "magic"`,
		"real":           `hello: real clocks cannot be driven yet`,
		"no hello":       `its reply to hello has no "hello"`,
		"not a driver":   `hello: standard output is for replies alone, and this is none: invalid character 'l' looking for beginning of value: "listening on :8080"`,
	} {
		if _, err := startRogue(t, way, 20*time.Second); err == nil || err.Error() != "start the endpoint "+program+": "+want {
			t.Errorf("%s: %v", way, err)
		}
	}
	missing := filepath.Join(t.TempDir(), "missing")
	if _, err := Start(Command{Args: []string{missing}}); err == nil || !strings.HasPrefix(err.Error(), "start the endpoint "+missing+": ") {
		t.Error(err)
	}
	if _, err := Start(Command{}); err == nil || err.Error() != "start the endpoint: no command is given" {
		t.Error(err)
	}
}

// TestClose: bye ends the process, and what it does instead is told.
func TestClose(t *testing.T) {
	for way, want := range map[string]string{
		"good":              "",
		"bad end":           "bye: exit status 7",
		"goes on after bye": "bye: it has not ended within 2s",
	} {
		patience := 20 * time.Second
		if way == "goes on after bye" {
			patience = 2 * time.Second // for its reply to bye, too
		}
		d, err := startRogue(t, way, patience)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); (err != nil || want != "") && (err == nil || err.Error() != want) {
			t.Errorf("%s: %v", way, err)
		}
	}
}

// TestBothDrivers: an endpoint is the same here and in another process.
func TestBothDrivers(t *testing.T) {
	there, err := startRogue(t, "good", 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	here := Here(newEcho("ns"))
	for _, r := range []Request{
		&Advance{}, &Reset{Setup: Setup{Self: "bob"}, Case: "c"}, &Deliver{From: "a", Raw: []byte{0, 255}}, &Peer{At{}, "a", true},
		&App{Call: Accept, Ref: Ref{From: "a", ID: "5eed-1"}}, &App{Call: Accept}, &Session{At{Now: 9}, true}, &Snapshot{At{Now: 9}}, &Inspect{}, &Session{At{Now: 8}, true},
	} {
		a, errA := here.Do(r)
		b, errB := there.Do(r)
		lineA, _ := encode(a)
		lineB, _ := encode(b)
		if errA != nil || errB != nil || !bytes.Equal(lineA, lineB) {
			t.Errorf("%s: %s, %v here and %s, %v there", r.Op(), lineA, errA, lineB, errB)
		}
	}
}

// TestWriteErrors: a reply that cannot be written ends the session.
func TestWriteErrors(t *testing.T) {
	golden.RequireWriteErrors(t, func(w io.Writer) error { return Serve(strings.NewReader(begin+"\n"), w, newEcho("ns")) })
}
