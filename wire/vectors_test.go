// The vectors of testdata/wire, which are there for other languages, too: each
// message in both forms, what must be refused, and what a cut or a flipped bit makes
// of the binary form.

package wire_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/wire"
)

// forms are both forms, for what holds in either.
var forms = []struct {
	name   string
	encode func(engine.Message) ([]byte, error)
	append func([]byte, engine.Message) ([]byte, error)
	decode func([]byte) (engine.Message, error)
}{
	{"json", wire.EncodeJSON, wire.AppendJSON, wire.DecodeJSON},
	{"binary", wire.EncodeBinary, wire.AppendBinary, wire.DecodeBinary},
}

type vector struct {
	Name   string
	JSON   long
	Hex    long
	Reason string // of those that must be refused
	Reads  long   // of those that are not written so: the JSON form of what they read as
}

// bytes are those of the binary form.
func (v vector) bytes(t testing.TB) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(string(v.Hex), " ", ""))
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	return data
}

// long is a text, or a list of texts and repetitions.
type long string

func (l *long) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, (*string)(l))
	}
	if data[0] == '{' {
		var part struct {
			Repeat string
			Times  int
		}
		err := json.Unmarshal(data, &part)
		*l = long(strings.Repeat(part.Repeat, part.Times))
		return err
	}
	var parts []long
	err := json.Unmarshal(data, &parts)
	for _, part := range parts {
		*l += part
	}
	return err
}

func vectors(t testing.TB) []vector { return vectorsIn(t, "vectors.json") }

func vectorsIn(t testing.TB, name string) []vector {
	t.Helper()
	text, err := os.ReadFile("../testdata/wire/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(text, &file); err != nil || len(file.Vectors) == 0 {
		t.Fatalf("%s: %d vectors, %v", name, len(file.Vectors), err)
	}
	return file.Vectors
}

// TestVectors: both forms of a vector read as one message, and that message writes
// both forms.
func TestVectors(t *testing.T) {
	found := 0
	for _, v := range vectors(t) {
		m, err := wire.Decode([]byte(v.JSON))
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		if want, ok := golden[v.Name]; ok {
			found++
			if m != want {
				t.Errorf("%s: read %+v", v.Name, m)
			}
		}
		if other, err := wire.Decode(v.bytes(t)); err != nil || other != m {
			t.Errorf("%s: read %.300q, %v, want %.300q", v.Name, fmt.Sprint(other), err, fmt.Sprint(m))
		}
		if data, err := wire.EncodeJSON(m); err != nil || string(data) != string(v.JSON) {
			t.Errorf("%s: wrote %.300s, %v, want %.300s", v.Name, data, err, v.JSON)
		}
		if data, err := wire.EncodeBinary(m); err != nil || string(data) != string(v.bytes(t)) {
			t.Errorf("%s: wrote % .100x, %v, want %.300s", v.Name, data, err, v.Hex)
		}
	}
	if found != len(golden) {
		t.Errorf("%d of %d messages have a vector", found, len(golden))
	}
}

// TestVectorsCoverEveryWord: every kind, reason and word, and every kind that is
// answered, is in some vector; their numbers are held in place by that.
func TestVectorsCoverEveryWord(t *testing.T) {
	type named struct {
		kind, answered engine.Kind
		reason         engine.Reason
		word           engine.Word
	}
	seen := map[named]bool{}
	for _, v := range vectors(t) {
		m, err := wire.DecodeJSON([]byte(v.JSON))
		if err != nil {
			t.Fatal(err)
		}
		seen[named{kind: m.Kind}] = true
		seen[named{m.Kind, m.For, m.Reason, m.Word}] = true
	}
	want := func(n named) {
		if !seen[n] {
			t.Errorf("no vector for %v for %v, %v, %v", n.kind, n.answered, n.reason, n.word)
		}
	}
	for k := engine.Invite; k.String() != "?"; k++ {
		want(named{kind: k})
	}
	for k := engine.Invite; k < engine.Ack; k++ {
		want(named{kind: engine.Ack, answered: k})
		for w := engine.WordCanceled; w.String() != "?"; w++ {
			if w.Answers(k) {
				want(named{kind: engine.Closed, answered: k, word: w})
			}
		}
	}
	for r := engine.ReasonUser; r <= engine.ReasonAnswered; r++ {
		want(named{kind: engine.Cancel, reason: r})
	}
}

// TestLaterVectors: both forms read as the message that is written otherwise.
func TestLaterVectors(t *testing.T) {
	for _, v := range vectorsIn(t, "later.json") {
		want, err := wire.DecodeJSON([]byte(v.Reads))
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		if written, err := wire.EncodeJSON(want); err != nil || string(written) != string(v.Reads) {
			t.Errorf("%s: %s is written as %s, %v", v.Name, v.Reads, written, err)
		}
		for _, data := range [][]byte{[]byte(v.JSON), v.bytes(t)} {
			if len(data) == 0 {
				continue
			}
			if m, err := wire.Decode(data); err != nil || m != want {
				t.Errorf("%s: %q\nreads as %+v, %v\nwant %+v", v.Name, data, m, err, want)
			}
			if data[0] != 0x82 && data[0] != '{' {
				t.Errorf("%s: %q is not of version 2", v.Name, data)
			}
		}
		cutsOf(t, v.Name, []byte(v.JSON), wire.BadSyntax, wire.BadUTF8)
		cutsOf(t, v.Name, v.bytes(t), wire.Truncated)
	}
}

var reasonNames = map[string]wire.Reason{
	"TooLarge": wire.TooLarge, "BadSyntax": wire.BadSyntax, "BadUTF8": wire.BadUTF8, "TrailingData": wire.TrailingData,
	"UnknownVersion": wire.UnknownVersion, "UnknownField": wire.UnknownField, "DuplicateField": wire.DuplicateField,
	"MissingField": wire.MissingField, "MisplacedField": wire.MisplacedField, "WrongType": wire.WrongType,
	"OutOfRange": wire.OutOfRange, "UnknownWord": wire.UnknownWord, "BadID": wire.BadID,
	"UnknownForm": wire.UnknownForm, "Truncated": wire.Truncated, "NotShortest": wire.NotShortest,
}

// TestInvalidVectors: each is refused for its reason, and every reason has one.
func TestInvalidVectors(t *testing.T) {
	missing := map[wire.Reason]bool{}
	for _, reason := range reasonNames {
		missing[reason] = true
	}
	for _, v := range vectorsIn(t, "invalid.json") {
		reason, ok := reasonNames[v.Reason]
		if !ok {
			t.Errorf("%s: no reason is called %q", v.Name, v.Reason)
		}
		delete(missing, reason)
		if v.JSON != "" {
			refuses(t, v.Name, []byte(v.JSON), reason)
		}
		if v.Hex != "" || v.JSON == "" {
			refuses(t, v.Name, v.bytes(t), reason)
		}
	}
	for reason := range missing {
		t.Errorf("no vector is refused for %q", reason)
	}
}

func refuses(t *testing.T, name string, data []byte, reason wire.Reason) {
	t.Helper()
	m, err := wire.Decode(data)
	var refusal *wire.Error
	if !errors.As(err, &refusal) || refusal.Reason != reason || refusal.Op != "decode" || m != (engine.Message{}) {
		t.Errorf("%s: read %+v, %v, want %v", name, m, err, reason)
	}
}

// TestEveryCut: no part of a message from its beginning is a message.
func TestEveryCut(t *testing.T) {
	for _, v := range vectors(t) {
		cutsOf(t, v.Name, []byte(v.JSON), wire.BadSyntax, wire.BadUTF8)
		cutsOf(t, v.Name, v.bytes(t), wire.Truncated)
	}
}

func cutsOf(t *testing.T, name string, data []byte, reasons ...wire.Reason) {
	t.Helper()
	for n := range len(data) {
		if n == 0 || !worthAll(n, len(data)) && n%1009 != 0 {
			continue
		}
		_, err := wire.Decode(data[:n])
		ok := false
		for _, reason := range reasons {
			ok = ok || errors.Is(err, reason)
		}
		if !ok {
			t.Fatalf("%s: the first %d bytes: %v", name, n, err)
		}
	}
}

// worthAll tells whether to look at everything about this byte. In the midst of a
// payload of kilobytes one is like the other.
func worthAll(at, size int) bool { return at < 256 || at >= size-96 }

// TestEveryBit: a flipped bit is noticed, or makes another message, which writes as
// just those bytes.
func TestEveryBit(t *testing.T) {
	for _, v := range vectors(t) {
		data := v.bytes(t)
		m, err := wire.DecodeBinary(data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 8 * len(data) {
			if !worthAll(i/8, len(data)) && i%1009 != 0 {
				continue
			}
			data[i/8] ^= 1 << (i % 8)
			if other, ok := readsExactly(t, data); ok && other == m {
				t.Fatalf("%s: bit %d does not matter", v.Name, i)
			}
			data[i/8] ^= 1 << (i % 8)
		}
	}
}

// readsExactly tells whether data is a message in the binary form. If so it must
// write as the same bytes, in version 2 without what is not known, otherwise the error
// must be a typed one.
func readsExactly(t testing.TB, data []byte) (engine.Message, bool) {
	t.Helper()
	m, err := wire.DecodeBinary(data)
	if err != nil {
		var refusal *wire.Error
		if !errors.As(err, &refusal) || refusal.Reason == 0 || m != (engine.Message{}) {
			t.Fatalf("% .100x: %v", data, err)
		}
		return m, false
	}
	again, err := wire.EncodeBinary(m)
	if err != nil || string(again) != string(data) && data[0] == 0x81 {
		t.Fatalf("% .100x\nwrites as % .100x, %v", data, again, err)
	}
	if back, err := wire.DecodeBinary(again); err != nil || back != m || len(again) > len(data) {
		t.Fatalf("% .100x\nreads as %+v\nwrites as % .100x, %v", data, m, again, err)
	}
	return m, true
}
