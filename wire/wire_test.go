package wire_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/wire"
)

var id = engine.ID{Epoch: 0x5eed, Counter: 1}

// golden is one message of each kind. Both its forms stand in testdata/wire under
// the same name.
var golden = map[string]engine.Message{
	"invite": {Kind: engine.Invite, ID: id, Content: "video? \"now\"\n日本 <&>", ChannelID: "room 7",
		Age: 1500 * time.Millisecond, Wait: 30 * time.Second, Expiry: time.Minute},
	"received": {Kind: engine.Received, ID: id},
	"accept":   {Kind: engine.Accept, ID: id, Response: "on my way"},
	"confirm":  {Kind: engine.Confirm, ID: engine.ID{Epoch: 1<<64 - 1, Counter: 1<<64 - 1}},
	"refuse":   {Kind: engine.Refuse, ID: id},
	"cancel":   {Kind: engine.Cancel, ID: id, Reason: engine.ReasonNoResponse},
	"ack":      {Kind: engine.Ack, ID: id, For: engine.Cancel},
	"closed":   {Kind: engine.Closed, ID: id, For: engine.Invite, Word: engine.WordOverloaded},
}

// TestWords: every word, spelled out.
func TestWords(t *testing.T) {
	for line, m := range map[string]engine.Message{
		`{"v":1,"kind":"CANCEL","id":"5eed-1","reason":"user"}`:        {Kind: engine.Cancel, Reason: engine.ReasonUser},
		`{"v":1,"kind":"CANCEL","id":"5eed-1","reason":"no response"}`: {Kind: engine.Cancel, Reason: engine.ReasonNoResponse},
		`{"v":1,"kind":"CANCEL","id":"5eed-1","reason":"expired"}`:     {Kind: engine.Cancel, Reason: engine.ReasonExpired},
		`{"v":1,"kind":"CANCEL","id":"5eed-1","reason":"rejected"}`:    {Kind: engine.Cancel, Reason: engine.ReasonRejected},

		`{"v":2,"kind":"CANCEL","id":"5eed-1","reason":"answered by another"}`: {Kind: engine.Cancel, Reason: engine.ReasonAnswered},

		`{"v":1,"kind":"ACK","id":"5eed-1","for":"INVITE"}`:   {Kind: engine.Ack, For: engine.Invite},
		`{"v":1,"kind":"ACK","id":"5eed-1","for":"RECEIVED"}`: {Kind: engine.Ack, For: engine.Received},
		`{"v":1,"kind":"ACK","id":"5eed-1","for":"ACCEPT"}`:   {Kind: engine.Ack, For: engine.Accept},
		`{"v":1,"kind":"ACK","id":"5eed-1","for":"CONFIRM"}`:  {Kind: engine.Ack, For: engine.Confirm},
		`{"v":1,"kind":"ACK","id":"5eed-1","for":"REFUSE"}`:   {Kind: engine.Ack, For: engine.Refuse},
		`{"v":1,"kind":"ACK","id":"5eed-1","for":"CANCEL"}`:   {Kind: engine.Ack, For: engine.Cancel},

		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"RECEIVED","word":"canceled"}`:    {Kind: engine.Closed, For: engine.Received, Word: engine.WordCanceled},
		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"RECEIVED","word":"no response"}`: {Kind: engine.Closed, For: engine.Received, Word: engine.WordNoResponse},
		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"RECEIVED","word":"expired"}`:     {Kind: engine.Closed, For: engine.Received, Word: engine.WordExpired},
		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"RECEIVED","word":"refused"}`:     {Kind: engine.Closed, For: engine.Received, Word: engine.WordRefused},
		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"RECEIVED","word":"unknown"}`:     {Kind: engine.Closed, For: engine.Received, Word: engine.WordUnknown},
		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"ACCEPT","word":"canceled"}`:      {Kind: engine.Closed, For: engine.Accept, Word: engine.WordCanceled},
		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"ACCEPT","word":"no response"}`:   {Kind: engine.Closed, For: engine.Accept, Word: engine.WordNoResponse},
		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"ACCEPT","word":"expired"}`:       {Kind: engine.Closed, For: engine.Accept, Word: engine.WordExpired},
		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"ACCEPT","word":"refused"}`:       {Kind: engine.Closed, For: engine.Accept, Word: engine.WordRefused},
		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"ACCEPT","word":"unknown"}`:       {Kind: engine.Closed, For: engine.Accept, Word: engine.WordUnknown},
		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"INVITE","word":"refused"}`:       {Kind: engine.Closed, For: engine.Invite, Word: engine.WordRefused},
		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"INVITE","word":"failed"}`:        {Kind: engine.Closed, For: engine.Invite, Word: engine.WordFailed},
		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"INVITE","word":"stale"}`:         {Kind: engine.Closed, For: engine.Invite, Word: engine.WordStale},
		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"INVITE","word":"invalid"}`:       {Kind: engine.Closed, For: engine.Invite, Word: engine.WordInvalid},
		`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"INVITE","word":"overloaded"}`:    {Kind: engine.Closed, For: engine.Invite, Word: engine.WordOverloaded},
	} {
		m.ID = id
		data, err := wire.EncodeJSON(m)
		if err != nil || string(data) != line {
			t.Errorf("wrote %s, %v, want %s", data, err, line)
		}
	}
}

// messages draws any message that the form can carry.
func messages() *rapid.Generator[engine.Message] {
	text := rapid.OneOf(
		rapid.String(),
		rapid.StringOf(rapid.RuneFrom([]rune("\x00\x01\b\t\n\f\r\x1f\"\\/ <>&'\u007f\u0080\u2028\u2029\ufffd\ufeff\uffff😀\U0010ffff"))),
	)
	duration := rapid.Map(
		rapid.OneOf(rapid.Int64Range(0, int64(wire.MaxDuration)), rapid.SampledFrom([]int64{0, 1, 999_999, 29_999_999_999, int64(wire.MaxDuration)})),
		func(n int64) time.Duration { return time.Duration(n) })
	device := rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64Max(9), rapid.Uint64())
	answered := rapid.SampledFrom([]engine.Kind{engine.Invite, engine.Received, engine.Accept, engine.Confirm, engine.Refuse, engine.Cancel})
	return rapid.Custom(func(t *rapid.T) engine.Message {
		m := engine.Message{
			Kind: rapid.SampledFrom([]engine.Kind{engine.Invite, engine.Received, engine.Accept, engine.Confirm,
				engine.Refuse, engine.Cancel, engine.Ack, engine.Closed}).Draw(t, "kind"),
			ID: engine.ID{Epoch: rapid.Uint64Min(1).Draw(t, "epoch"), Counter: rapid.Uint64().Draw(t, "counter")},
		}
		switch m.Kind {
		case engine.Invite:
			m.Content, m.ChannelID = text.Draw(t, "content"), text.Draw(t, "channel id")
			m.Age, m.Wait, m.Expiry = duration.Draw(t, "age"), duration.Draw(t, "wait"), duration.Draw(t, "expiry")
		case engine.Accept, engine.Refuse:
			m.Response = text.Draw(t, "response")
		case engine.Cancel:
			m.Reason = engine.Reason(rapid.IntRange(1, 5).Draw(t, "reason"))
			m.Note = rapid.OneOf(rapid.Just(""), text).Draw(t, "note")
		case engine.Ack:
			m.For = answered.Draw(t, "for")
		case engine.Closed:
			m.Word = engine.Word(rapid.IntRange(1, 9).Draw(t, "word"))
			m.For = rapid.SampledFrom(answeredBy(m.Word)).Draw(t, "for")
		}
		m.Device, m.Refused = device.Draw(t, "device"), rapid.Bool().Draw(t, "refused")
		return carries(m)
	})
}

// answeredBy are the kinds that a CLOSED with this word answers.
func answeredBy(word engine.Word) (kinds []engine.Kind) {
	for k := engine.Invite; k <= engine.Closed; k++ {
		if word.Answers(k) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := messages().Draw(t, "message")
		data, err := wire.EncodeJSON(m)
		if err != nil {
			t.Fatal(err)
		}
		back, err := wire.DecodeJSON(data)
		if err != nil || back != m {
			t.Fatalf("%s\nread %+v, %v", data, back, err)
		}
		agree(t, data, m)
	})
}

// agree compares with what any JSON library reads from the same bytes.
func agree(t interface{ Fatalf(string, ...any) }, data []byte, m engine.Message) {
	var other struct {
		Content   string        `json:"content"`
		ChannelID string        `json:"channel_id"`
		Response  string        `json:"response"`
		Note      string        `json:"note"`
		Device    string        `json:"device"`
		Refused   bool          `json:"refused"`
		Age       time.Duration `json:"age_ns"`
		Wait      time.Duration `json:"wait_ns"`
		Expiry    time.Duration `json:"expiry_ns"`
		ID        string        `json:"id"`
		Kind      string        `json:"kind"`
	}
	if err := json.Unmarshal(data, &other); err != nil {
		t.Fatalf("%s\nis not JSON: %v", data, err)
	}
	if other.Content != m.Content || other.ChannelID != m.ChannelID || other.Response != m.Response ||
		other.Age != m.Age || other.Wait != m.Wait || other.Expiry != m.Expiry ||
		other.ID != m.ID.String() || other.Kind != m.Kind.String() ||
		m.Note != "" && other.Note != m.Note || m.Device != 0 && other.Device != strconv.FormatUint(m.Device, 16) || m.Refused && !other.Refused {
		t.Fatalf("%s\nreads %+v elsewhere, here %+v", data, other, m)
	}
}

// TestNotCarried: what a kind does not carry is not written, Held least of all.
func TestNotCarried(t *testing.T) {
	all := engine.Message{ID: id, For: engine.Invite, Reason: engine.ReasonUser, Word: engine.WordFailed, Content: "c",
		ChannelID: "ch", Response: "r", Age: 1, Wait: 2, Expiry: 3, Held: 4, Refused: true, Device: 7, Note: "n"}
	for kind := engine.Invite; kind <= engine.Closed; kind++ {
		if all.Kind, all.Reason = kind, engine.ReasonStale; kind == engine.Cancel {
			all.Reason = engine.ReasonUser
		}
		for _, form := range forms {
			data, err := form.encode(all)
			if err != nil {
				t.Fatal(err)
			}
			if plain, _ := form.encode(carries(all)); string(plain) != string(data) {
				t.Errorf("%q, without the rest %q", data, plain)
			}
			m, err := form.decode(data)
			if err != nil || m != carries(all) || bytes.Contains(bytes.ToLower(data), []byte("held")) {
				t.Errorf("%q: %+v, %v", data, m, err)
			}
		}
	}
}

// TestSpelling: what is read may be spelled in any way that JSON allows.
func TestSpelling(t *testing.T) {
	for _, data := range []string{
		"\t{ \"response\" : \"a/\\u0062\" ,\r\n \"id\":\"5eed-1\", \"kind\":\"ACCEPT\",\"v\":1 } \n",
		`{"\u0076":1,"k\u0069nd":"\u0041CCEPT","id":"5eed\u002D1","response":"\u0061\/b"}`,
	} {
		m, err := wire.DecodeJSON([]byte(data))
		if want := (engine.Message{Kind: engine.Accept, ID: id, Response: "a/b"}); err != nil || m != want {
			t.Errorf("%s: %+v, %v", data, m, err)
		}
	}
	m, err := wire.DecodeJSON([]byte(`{"v":1,"kind":"REFUSE","id":"5eed-1","response":"\ud83d\uDE00 \ufffd \"\\\b\f\n\r\t\u0000"}`))
	if err != nil || m.Response != "😀 \ufffd \"\\\b\f\n\r\t\x00" {
		t.Errorf("%q, %v", m.Response, err)
	}
}

// TestLargest: the largest message an engine sends fits, in its longest spelling.
func TestLargest(t *testing.T) {
	m := golden["invite"]
	m.ID = golden["confirm"].ID
	m.Content, m.ChannelID = strings.Repeat("\x01", engine.MaxContent), strings.Repeat("\x01", engine.MaxChannelID)
	m.Age, m.Wait, m.Expiry = wire.MaxDuration, wire.MaxDuration, wire.MaxDuration
	for _, form := range forms {
		data, err := form.encode(m)
		if err != nil || len(data) > 50_000 {
			t.Fatalf("%d bytes, %v", len(data), err)
		}
		if back, err := form.decode(data); err != nil || back != m {
			t.Fatal(err)
		}
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	for _, form := range forms {
		alone, _ := form.encode(golden["received"])
		data, err := form.append([]byte("before "), golden["received"])
		if err != nil || string(data) != "before "+string(alone) {
			t.Errorf("%q, %v", data, err)
		}
		m := golden["received"]
		m.ID.Epoch = 0
		if data, err = form.append([]byte("before "), m); err == nil || string(data) != "before " {
			t.Errorf("%q, %v", data, err)
		}
	}
}

// isRefused checks an error's reason, its type and its text.
func isRefused(t testing.TB, what string, err error, reason wire.Reason, text string) {
	t.Helper()
	var refusal *wire.Error
	if !errors.As(err, &refusal) || !errors.Is(err, reason) || err.Error() != text {
		t.Errorf("%s\n got %v\nwant %s", what, err, text)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, c := range []struct {
		change func(*engine.Message)
		of     string
		reason wire.Reason
		text   string
	}{
		{func(m *engine.Message) { m.Kind = 0 }, "received", wire.UnknownWord, "wire: encode: kind: unknown word: 0"},
		{func(m *engine.Message) { m.Kind = 9 }, "received", wire.UnknownWord, "wire: encode: kind: unknown word: 9"},
		{func(m *engine.Message) { m.ID.Epoch = 0 }, "received", wire.BadID, "wire: encode RECEIVED: id: bad id: epoch is 0"},
		{func(m *engine.Message) { m.For = 0 }, "ack", wire.UnknownWord, "wire: encode ACK: for: unknown word: 0"},
		{func(m *engine.Message) { m.For = engine.Ack }, "ack", wire.UnknownWord, "wire: encode ACK: for: unknown word: 7"},
		{func(m *engine.Message) { m.For = engine.Closed }, "closed", wire.UnknownWord, "wire: encode CLOSED: for: unknown word: 8"},
		{func(m *engine.Message) { m.Word = 10 }, "closed", wire.UnknownWord, "wire: encode CLOSED: word: unknown word: 10"},
		{func(m *engine.Message) { m.Word = engine.WordCanceled }, "closed", wire.UnknownWord, "wire: encode CLOSED: word: unknown word: \"canceled\" for INVITE"},
		{func(m *engine.Message) { m.For = engine.Accept }, "closed", wire.UnknownWord, "wire: encode CLOSED: word: unknown word: \"overloaded\" for ACCEPT"},
		{func(m *engine.Message) { m.For = engine.Refuse }, "closed", wire.UnknownWord, "wire: encode CLOSED: word: unknown word: \"overloaded\" for REFUSE"},
		{func(m *engine.Message) { m.Reason = 6 }, "cancel", wire.UnknownWord, "wire: encode CANCEL: reason: unknown word: 6"},
		{func(m *engine.Message) { m.Content = "\xff" }, "invite", wire.BadUTF8, "wire: encode INVITE: content: not valid UTF-8"},
		{func(m *engine.Message) { m.ChannelID = "\xed\xa0\x80" }, "invite", wire.BadUTF8, "wire: encode INVITE: channel_id: not valid UTF-8"},
		{func(m *engine.Message) { m.Response = "a\x80" }, "accept", wire.BadUTF8, "wire: encode ACCEPT: response: not valid UTF-8"},
		{func(m *engine.Message) { m.Note = "\xff" }, "cancel", wire.BadUTF8, "wire: encode CANCEL: note: not valid UTF-8"},
		{func(m *engine.Message) { m.Age = -1 }, "invite", wire.OutOfRange, "wire: encode INVITE: age_ns: out of range: -1 is negative"},
		{func(m *engine.Message) { m.Wait = wire.MaxDuration + 1 }, "invite", wire.OutOfRange,
			"wire: encode INVITE: wait_ns: out of range: 9007199254740992 is over 9007199254740991"},
		{func(m *engine.Message) { m.Response = strings.Repeat("x", wire.MaxText+1) }, "accept", wire.TooLarge,
			"wire: encode ACCEPT: too large: 10001 bytes of text, at most 10000 are allowed"},
		{func(m *engine.Message) { m.Content = strings.Repeat("x", wire.MaxText) }, "invite", wire.TooLarge,
			"wire: encode INVITE: too large: 10006 bytes of text, at most 10000 are allowed"},
	} {
		m := golden[c.of]
		c.change(&m)
		for _, form := range forms {
			data, err := form.encode(m)
			isRefused(t, c.of, err, c.reason, c.text)
			if data != nil {
				t.Errorf("%s: wrote %q", c.text, data)
			}
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	invite := func(age string) string {
		return `{"v":1,"kind":"INVITE","id":"5eed-1","content":"","channel_id":"","age_ns":` + age + `,"wait_ns":1,"expiry_ns":1}`
	}
	second := func(more string) string { return `{"v":2,"kind":"RECEIVED","id":"5eed-1",` + more + `}` }
	withID := func(id string) string { return `{"v":1,"kind":"RECEIVED","id":` + id + `}` }
	accept := func(response string) string {
		return `{"v":1,"kind":"ACCEPT","id":"5eed-1","response":` + response + `}`
	}
	for _, c := range []struct {
		data   string
		reason wire.Reason
		text   string
	}{
		{strings.Repeat(" ", wire.MaxSize) + "{", wire.TooLarge, "wire: decode: too large: 65508 bytes, at most 65507 are allowed"},

		{``, wire.BadSyntax, `wire: decode: bad JSON: the end at byte 0, want {`},
		{`null`, wire.BadSyntax, `wire: decode: bad JSON: "n" at byte 0, want {`},
		{`[]`, wire.BadSyntax, `wire: decode: bad JSON: "[" at byte 0, want {`},
		{"\ufeff{}", wire.BadSyntax, `wire: decode: bad JSON: "\xef" at byte 0, want {`},
		{`{`, wire.BadSyntax, `wire: decode: bad JSON: the end at byte 1, want a field's name`},
		{`{,}`, wire.BadSyntax, `wire: decode: bad JSON: "," at byte 1, want a field's name`},
		{`{v:1}`, wire.BadSyntax, `wire: decode: bad JSON: "v" at byte 1, want a field's name`},
		{`{"v"1}`, wire.BadSyntax, `wire: decode: bad JSON: "1" at byte 4, want :`},
		{`{"v":}`, wire.BadSyntax, `wire: decode: v: bad JSON: "}" at byte 5, want a whole number`},
		{`{"v":1`, wire.BadSyntax, `wire: decode: bad JSON: the end at byte 6, want , or }`},
		{`{"v":1 "kind":"ACK"}`, wire.BadSyntax, `wire: decode: bad JSON: "\"" at byte 7, want , or }`},
		{`{"v":1,}`, wire.BadSyntax, `wire: decode: bad JSON: "}" at byte 7, want a field's name`},
		{`{"v":01}`, wire.BadSyntax, `wire: decode: v: bad JSON: number "01" begins with 0`},
		{`{"v":-}`, wire.BadSyntax, `wire: decode: v: bad JSON: "}" at byte 6, want a digit`},
		{`{"v":+1}`, wire.BadSyntax, `wire: decode: v: bad JSON: "+" at byte 5, want a whole number`},
		{`{"v":1x}`, wire.BadSyntax, `wire: decode: bad JSON: "x" at byte 6, want , or }`},
		{"{\"v\":1\x00}", wire.BadSyntax, `wire: decode: bad JSON: "\x00" at byte 6, want , or }`},
		{"{\"v\":1\u00a0}", wire.BadSyntax, `wire: decode: bad JSON: "\xc2" at byte 6, want , or }`},
		{`{"kind":"ACK`, wire.BadSyntax, `wire: decode: kind: bad JSON: the end at byte 12, want a closing "`},
		{`{"kind":"A\u0041K`, wire.BadSyntax, `wire: decode: kind: bad JSON: the end at byte 17, want a closing "`},
		{`{"kind":"ACK\`, wire.BadSyntax, `wire: decode: kind: bad JSON: the end at byte 13, want an escape`},
		{`{"kind":'ACK'}`, wire.BadSyntax, `wire: decode: kind: bad JSON: "'" at byte 8, want a string`},
		{accept(`"\x41"`), wire.BadSyntax, `wire: decode ACCEPT: response: bad JSON: "x" at byte 50, want an escape`},
		{accept(`"\u00g0"`), wire.BadSyntax, `wire: decode ACCEPT: response: bad JSON: "g" at byte 53, want four hexadecimal digits`},
		{accept(`"\ud83d\u12"`), wire.BadSyntax, `wire: decode ACCEPT: response: bad JSON: "\"" at byte 59, want four hexadecimal digits`},
		{accept("\"a\nb\""), wire.BadSyntax, `wire: decode ACCEPT: response: bad JSON: "\n" at byte 50, want control characters in a string to be escaped`},
		{accept("\"\\\\\x00\""), wire.BadSyntax, `wire: decode ACCEPT: response: bad JSON: "\x00" at byte 51, want control characters in a string to be escaped`},

		{accept("\"\xff\""), wire.BadUTF8, `wire: decode: not valid UTF-8: at byte 49`},
		{accept("\"\xed\xa0\x80\""), wire.BadUTF8, `wire: decode: not valid UTF-8: at byte 49`},
		{accept("\"\xc0\x80\""), wire.BadUTF8, `wire: decode: not valid UTF-8: at byte 49`},
		{accept(`"\ud83d"`), wire.BadUTF8, `wire: decode ACCEPT: response: not valid UTF-8: half a surrogate pair, \ud83d`},
		{accept(`"\ude00\ud83d"`), wire.BadUTF8, `wire: decode ACCEPT: response: not valid UTF-8: half a surrogate pair, \ude00`},
		{accept(`"\ud83d\n"`), wire.BadUTF8, `wire: decode ACCEPT: response: not valid UTF-8: half a surrogate pair, \ud83d`},
		{accept(`"\ud83d\u0041"`), wire.BadUTF8, `wire: decode ACCEPT: response: not valid UTF-8: half a surrogate pair, \ud83d`},

		{withID(`"5eed-1"`) + `{}`, wire.TrailingData, `wire: decode RECEIVED: data after the message: "{}"`},
		{withID(`"5eed-1"`) + "\n\x00", wire.TrailingData, `wire: decode RECEIVED: data after the message: "\x00"`},
		{withID(`"5eed-1"`) + strings.Repeat("x", 100), wire.TrailingData,
			`wire: decode RECEIVED: data after the message: "` + strings.Repeat("x", 64) + `"... (100 bytes)`},

		{`{"v":3,"kind":"HELLO"}`, wire.UnknownVersion, `wire: decode: v: unknown version: 3, want 1 or 2`},
		{`{"v":0}`, wire.UnknownVersion, `wire: decode: v: unknown version: 0, want 1 or 2`},

		{`{"v":1,"Kind":"ACK"}`, wire.UnknownField, `wire: decode: unknown field: "Kind"`},
		{`{"V":1}`, wire.UnknownField, `wire: decode: unknown field: "V"`},
		{`{"kind":"CONFIRM","held_ns":5}`, wire.UnknownField, `wire: decode CONFIRM: unknown field: "held_ns"`},
		{`{"":1}`, wire.UnknownField, `wire: decode: unknown field: ""`},
		{`{"\u017f\u202e":1}`, wire.UnknownField, `wire: decode: unknown field: "\u017f\u202e"`},

		{`{"v":1,"kind":"RECEIVED","id":"5eed-1","device":"7"}`, wire.UnknownField, `wire: decode RECEIVED: unknown field: "device"`},
		{`{"mood":1,"device":"7","kind":"RECEIVED","id":"5eed-1","v":1}`, wire.UnknownField, `wire: decode RECEIVED: unknown field: "mood"`},
		{`{"v":2,"Device":"7"}`, wire.UnknownField, `wire: decode: unknown field: "Device"`},

		{second(`"device":7`), wire.WrongType, `wire: decode RECEIVED: device: wrong type: number, want a string`},
		{second(`"device":"07"`), wire.BadID, `wire: decode RECEIVED: device: bad id: "07" is not hexadecimal of 64 bits in its shortest form`},
		{second(`"refused":1`), wire.WrongType, `wire: decode RECEIVED: refused: wrong type: number, want true or false`},
		{second(`"refused":tru}`), wire.BadSyntax, `wire: decode RECEIVED: refused: bad JSON: "t" at byte 49, want true or false`},
		{second(`"mood":null`), wire.WrongType, `wire: decode RECEIVED: wrong type: null, want a string, a whole number, true or false`},
		{second(`"mood":[]`), wire.WrongType, `wire: decode RECEIVED: wrong type: array, want a string, a whole number, true or false`},
		{second(`"mood":1.5`), wire.WrongType, `wire: decode RECEIVED: wrong type: fraction or exponent, want a whole number`},
		{second(`"mood":`), wire.BadSyntax, `wire: decode RECEIVED: bad JSON: "}" at byte 46, want a string, a whole number, true or false`},
		{`{"v":1,"kind":"CANCEL","id":"5eed-1","reason":"answered by another"}`, wire.UnknownWord,
			`wire: decode CANCEL: reason: unknown word: "answered by another" in version 1`},
		{`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"RECEIVED","word":"failed"}`, wire.UnknownWord,
			`wire: decode CLOSED: word: unknown word: "failed" for RECEIVED`},

		{`{"v":1,"v":1}`, wire.DuplicateField, `wire: decode: v: field given twice`},
		{`{"kind":"ACK","k\u0069nd":"ACK"}`, wire.DuplicateField, `wire: decode ACK: kind: field given twice`},

		{`{}`, wire.MissingField, `wire: decode: v: field is missing`},
		{`{"v":1,"id":"5eed-1","content":"x"}`, wire.MissingField, `wire: decode: kind: field is missing`},
		{`{"v":1,"kind":"RECEIVED"}`, wire.MissingField, `wire: decode RECEIVED: id: field is missing`},
		{`{"v":1,"kind":"CLOSED","id":"5eed-1","for":"INVITE"}`, wire.MissingField, `wire: decode CLOSED: word: field is missing`},
		{`{"v":1,"kind":"ACK","id":"5eed-1"}`, wire.MissingField, `wire: decode ACK: for: field is missing`},
		{`{"v":1,"kind":"CANCEL","id":"5eed-1"}`, wire.MissingField, `wire: decode CANCEL: reason: field is missing`},
		{`{"v":1,"kind":"REFUSE","id":"5eed-1"}`, wire.MissingField, `wire: decode REFUSE: response: field is missing`},
		{strings.Replace(invite("1"), `"content":"",`, "", 1), wire.MissingField, `wire: decode INVITE: content: field is missing`},
		{strings.Replace(invite("1"), `,"expiry_ns":1`, "", 1), wire.MissingField, `wire: decode INVITE: expiry_ns: field is missing`},

		{`{"v":1,"kind":"CONFIRM","id":"5eed-1","response":""}`, wire.MisplacedField, `wire: decode CONFIRM: response: field is out of place`},
		{`{"v":1,"kind":"ACK","id":"5eed-1","for":"REFUSE","word":"failed"}`, wire.MisplacedField, `wire: decode ACK: word: field is out of place`},
		{`{"age_ns":0,"v":1,"kind":"ACCEPT","id":"5eed-1","response":""}`, wire.MisplacedField, `wire: decode ACCEPT: age_ns: field is out of place`},

		{`{"v":"1"}`, wire.WrongType, `wire: decode: v: wrong type: string, want a whole number`},
		{`{"v":1.0}`, wire.WrongType, `wire: decode: v: wrong type: fraction or exponent, want a whole number`},
		{`{"v":null}`, wire.WrongType, `wire: decode: v: wrong type: null, want a whole number`},
		{`{"v":true}`, wire.WrongType, `wire: decode: v: wrong type: boolean, want a whole number`},
		{invite("1e3"), wire.WrongType, `wire: decode INVITE: age_ns: wrong type: fraction or exponent, want a whole number`},
		{`{"kind":1}`, wire.WrongType, `wire: decode: kind: wrong type: number, want a string`},
		{`{"kind":-1}`, wire.WrongType, `wire: decode: kind: wrong type: number, want a string`},
		{`{"kind":["ACK"]}`, wire.WrongType, `wire: decode: kind: wrong type: array, want a string`},
		{accept(`{}`), wire.WrongType, `wire: decode ACCEPT: response: wrong type: object, want a string`},
		{accept(`null`), wire.WrongType, `wire: decode ACCEPT: response: wrong type: null, want a string`},

		{invite("-5"), wire.OutOfRange, `wire: decode INVITE: age_ns: out of range: -5 is negative`},
		{invite("-0"), wire.OutOfRange, `wire: decode INVITE: age_ns: out of range: -0 is negative`},
		{invite("9007199254740992"), wire.OutOfRange, `wire: decode INVITE: age_ns: out of range: 9007199254740992 is over 9007199254740991`},
		{invite("18446744073709551617"), wire.OutOfRange, `wire: decode INVITE: age_ns: out of range: 18446744073709551617 is over 9007199254740991`},
		{invite(strings.Repeat("9", 60)), wire.OutOfRange,
			`wire: decode INVITE: age_ns: out of range: ` + strings.Repeat("9", 24) + `... is over 9007199254740991`},
		{`{"v":4294967297}`, wire.OutOfRange, `wire: decode: v: out of range: 4294967297 is over 2147483647`},

		{`{"kind":"invite"}`, wire.UnknownWord, `wire: decode: kind: unknown word: "invite"`},
		{`{"kind":""}`, wire.UnknownWord, `wire: decode: kind: unknown word: ""`},
		{`{"kind":"?"}`, wire.UnknownWord, `wire: decode: kind: unknown word: "?"`},
		{`{"v":1,"kind":"ACK","for":"ACK"}`, wire.UnknownWord, `wire: decode ACK: for: unknown word: "ACK"`},
		{`{"v":1,"kind":"ACK","for":"CLOSED"}`, wire.UnknownWord, `wire: decode ACK: for: unknown word: "CLOSED"`},
		{`{"v":1,"kind":"CANCEL","reason":"bored"}`, wire.UnknownWord, `wire: decode CANCEL: reason: unknown word: "bored"`},
		{`{"v":1,"kind":"CLOSED","word":"cancelled"}`, wire.UnknownWord, `wire: decode CLOSED: word: unknown word: "cancelled"`},

		{withID(`"0-1"`), wire.BadID, `wire: decode RECEIVED: id: bad id: "0-1" has epoch 0`},
		{withID(`"5EED-1"`), wire.BadID, `wire: decode RECEIVED: id: bad id: "5EED-1" must be spelled 5eed-1`},
		{withID(`"05eed-1"`), wire.BadID, `wire: decode RECEIVED: id: bad id: "05eed-1" must be spelled 5eed-1`},
		{withID(`"5eed-01"`), wire.BadID, `wire: decode RECEIVED: id: bad id: "5eed-01" must be spelled 5eed-1`},
		{withID(`"5eed"`), wire.BadID, `wire: decode RECEIVED: id: bad id: "5eed" is not hexadecimal, a dash and decimal of 64 bits each`},
		{withID(`"5eed--1"`), wire.BadID, `wire: decode RECEIVED: id: bad id: "5eed--1" is not hexadecimal, a dash and decimal of 64 bits each`},
		{withID(`"10000000000000000-1"`), wire.BadID, `wire: decode RECEIVED: id: bad id: "10000000000000000-1" is not hexadecimal, a dash and decimal of 64 bits each`},
		{withID(`"5eed-18446744073709551616"`), wire.BadID, `wire: decode RECEIVED: id: bad id: "5eed-18446744073709551616" is not hexadecimal, a dash and decimal of 64 bits each`},
	} {
		m, err := wire.DecodeJSON([]byte(c.data))
		isRefused(t, c.data, err, c.reason, c.text)
		if m != (engine.Message{}) {
			t.Errorf("%s: left %+v", c.data, m)
		}
	}
}

// FuzzDecodeJSON: no bytes make it panic, and what it reads is JSON, is read alike
// by any other library, and writes and reads again as the same message, no longer
// than it was.
func FuzzDecodeJSON(f *testing.F) {
	for _, v := range append(vectors(f), vectorsIn(f, "later.json")...) {
		f.Add([]byte(v.JSON))
	}
	f.Add([]byte(`{"v":1,"kind":"REFUSE","id":"1-0","response":"\ud83d\ude00\u0000\/\b"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := wire.DecodeJSON(data)
		if err != nil {
			var refusal *wire.Error
			if !errors.As(err, &refusal) || refusal.Reason == 0 || m != (engine.Message{}) {
				t.Fatalf("%+v, %v", m, err)
			}
			return
		}
		agree(t, data, m)
		again, err := wire.EncodeJSON(m)
		if err != nil || len(again) > len(data) {
			t.Fatalf("%q\nread as %+v\nwrites as %s, %v", data, m, again, err)
		}
		if back, err := wire.DecodeJSON(again); err != nil || back != m {
			t.Fatalf("%s\nreads as %+v, %v, want %+v", again, back, err, m)
		}
	})
}
