// The binary form beside the JSON form: what either says of any message, and what the
// binary form makes of any bytes.

package wire_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/wire"
)

// TestBothForms: a message has both forms, which read as what was written, or
// neither, for the same reason in the same words.
func TestBothForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := spoiled(messages()).Draw(t, "message")
		text, jsonErr := wire.EncodeJSON(m)
		data, binaryErr := wire.EncodeBinary(m)
		if jsonErr != nil || binaryErr != nil {
			if jsonErr == nil || binaryErr == nil || jsonErr.Error() != binaryErr.Error() || text != nil || data != nil {
				t.Fatalf("%+v\nJSON:   %v\nbinary: %v", m, jsonErr, binaryErr)
			}
			return
		}
		if len(data) > len(text) {
			t.Fatalf("%+v: %d bytes, as JSON %d", m, len(data), len(text))
		}
		for _, form := range [][]byte{text, data} {
			if back, err := wire.Decode(form); err != nil || back != carries(m) {
				t.Fatalf("%q\nread %+v, %v", form, back, err)
			}
		}
	})
}

// carries is a message without what its kind does not carry.
func carries(m engine.Message) engine.Message {
	c := engine.Message{Kind: m.Kind, ID: m.ID}
	switch m.Kind {
	case engine.Invite:
		c.Content, c.ChannelID, c.Age, c.Wait, c.Expiry = m.Content, m.ChannelID, m.Age, m.Wait, m.Expiry
	case engine.Received, engine.Confirm:
		c.Device = m.Device
	case engine.Accept, engine.Refuse:
		c.Response, c.Device = m.Response, m.Device
	case engine.Cancel:
		c.Reason, c.Note = m.Reason, m.Note
	case engine.Ack:
		c.For = m.For
		if m.For == engine.Refuse {
			c.Device, c.Refused = m.Device, m.Refused && m.Device != 0
		}
	case engine.Closed:
		c.For, c.Word = m.For, m.Word
		if m.For == engine.Invite || m.Word == engine.WordRefused {
			c.Device = m.Device
		}
	}
	return c
}

// spoiled changes one thing in every other message, mostly for the worse.
func spoiled(messages *rapid.Generator[engine.Message]) *rapid.Generator[engine.Message] {
	long := rapid.Custom(func(t *rapid.T) string { // about as long as it may be
		unit := rapid.SampledFrom([]string{"a", "é", "日", "😀", `"`, "\n", "\x01", "\x1f"}).Draw(t, "unit")
		size := rapid.SampledFrom([]int{9_950, 10_800, 65_600}).Draw(t, "size") + rapid.IntRange(0, 60).Draw(t, "more")
		return strings.Repeat(unit, size/len(unit)) + strings.Repeat("b", size%len(unit))
	})
	broken := rapid.SampledFrom([]string{"\xff", "a\x80", "\xed\xa0\x80", "日\xe6\x97", "\xc0\x80"})
	duration := rapid.SampledFrom([]time.Duration{-1, -1 << 63, wire.MaxDuration + 1, 1<<63 - 1})
	return rapid.Custom(func(t *rapid.T) engine.Message {
		m := messages.Draw(t, "message")
		switch rapid.IntRange(0, 19).Draw(t, "change") {
		case 0:
			m.Kind = engine.Kind(rapid.Uint8().Draw(t, "kind"))
		case 1:
			m.ID.Epoch = 0
		case 2:
			m.For = engine.Kind(rapid.Uint8().Draw(t, "for"))
		case 3:
			m.Reason = engine.Reason(rapid.Uint8().Draw(t, "reason"))
		case 4:
			m.Word = engine.Word(rapid.Uint8().Draw(t, "word"))
		case 5:
			m.Content, m.Response, m.Note = broken.Draw(t, "broken"), broken.Draw(t, "broken"), broken.Draw(t, "broken")
		case 6:
			m.ChannelID = broken.Draw(t, "broken")
		case 7:
			m.Age = duration.Draw(t, "age")
		case 8:
			m.Wait = duration.Draw(t, "wait")
		case 9:
			m.Expiry = duration.Draw(t, "expiry")
		case 10, 11, 12:
			m.Content = long.Draw(t, "long")
			m.Response, m.Note = m.Content, m.Content
		case 13:
			m.ChannelID = long.Draw(t, "long")
		}
		return m
	})
}

// TestSizeBoundary: to the byte, the longest text of each sort that either form takes,
// and it has both forms.
func TestSizeBoundary(t *testing.T) {
	for _, unit := range []string{"a", "日", `\`, "\t", "\x00", "\x7f"} {
		for _, m := range []engine.Message{
			{Kind: engine.Refuse, ID: id, Device: 1<<64 - 1},
			{Kind: engine.Invite, ID: id, Age: wire.MaxDuration, Wait: wire.MaxDuration, Expiry: wire.MaxDuration},
			{Kind: engine.Cancel, ID: id, Reason: engine.ReasonAnswered},
		} {
			fits := strings.Repeat(unit, wire.MaxText/len(unit)) + strings.Repeat("z", wire.MaxText%len(unit))
			if m.Kind == engine.Invite {
				fits, m.ChannelID = fits[10:], fits[:10]
				if unit == "日" {
					fits, m.ChannelID = fits[2:], fits[:0]+"1234567890ab" // whole runes
				}
			}
			m.Content, m.Response, m.Note = fits, fits, fits
			for _, form := range forms {
				data, err := form.encode(m)
				if err != nil || len(data) > wire.MaxSize {
					t.Errorf("%s, %q: %d bytes, %v", form.name, unit, len(data), err)
				}
				if back, err := form.decode(data); err != nil || back != carries(m) {
					t.Errorf("%s, %q: %v", form.name, unit, err)
				}
				more := m
				more.Content, more.Response, more.Note = fits+"z", fits+"z", fits+"z"
				if _, err := form.encode(more); !errors.Is(err, wire.TooLarge) {
					t.Errorf("%s, %q and one more: %v", form.name, unit, err)
				}
			}
		}
	}
}

func TestDecodeBinaryRefuses(t *testing.T) {
	const head = "\x00\x00\x00\x00\x00\x00\x5e\xed\x01"
	for _, c := range []struct {
		data   string
		reason wire.Reason
		text   string
	}{
		{"\x81" + strings.Repeat("\x00", wire.MaxSize), wire.TooLarge, `wire: decode: too large: 65508 bytes, at most 65507 are allowed`},
		{"", wire.Truncated, `wire: decode: v: cut short: want 1 more bytes at byte 0, 0 are there`},
		{"hello", wire.UnknownForm, `wire: decode: unknown form: first byte 0x68`},
		{"\x83", wire.UnknownVersion, `wire: decode: v: unknown version: 3, want 1 or 2`},
		{"\xbf", wire.UnknownVersion, `wire: decode: v: unknown version: 63, want 1 or 2`},
		{"\x81\x32", wire.UnknownField, `wire: decode: kind: unknown field: flags 0x30`},
		{"\x81\x09", wire.UnknownWord, `wire: decode: kind: unknown word: 9`},
		{"\x81\x02\x00\x00", wire.Truncated, `wire: decode RECEIVED: id: cut short: want 8 more bytes at byte 2, 2 are there`},
		{"\x81\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01", wire.BadID, `wire: decode RECEIVED: id: bad id: epoch is 0`},
		{"\x81\x02" + head[:8] + "\x80\x00", wire.BadID, `wire: decode RECEIVED: id: bad id: counter not in its shortest form: last byte is 0`},
		{"\x81\x02" + head[:8] + strings.Repeat("\xff", 10), wire.BadID, `wire: decode RECEIVED: id: bad id: counter out of range: more than 64 bits`},
		{"\x81\x02" + head + "\n\x00", wire.TrailingData, `wire: decode RECEIVED: data after the message: "\n\x00"`},
		{"\x81\x03" + head + "\x05ab", wire.Truncated, `wire: decode ACCEPT: response: cut short: want 5 more bytes at byte 12, 2 are there`},
		{"\x81\x03" + head + "\x03a\xffb", wire.BadUTF8, `wire: decode ACCEPT: response: not valid UTF-8: at byte 13`},
		{"\x81\x03" + head + "\x81\x00a", wire.NotShortest, `wire: decode ACCEPT: response: not in its shortest form: last byte is 0`},
		{"\x81\x01" + head + "\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", wire.OutOfRange,
			`wire: decode INVITE: age_ns: out of range: 18446744073709551615 is over 9007199254740991`},
		{"\x81\x06" + head + "\x05", wire.UnknownWord, `wire: decode CANCEL: reason: unknown word: "answered by another" in version 1`},
		{"\x82\x06" + head + "\x06\x00", wire.UnknownWord, `wire: decode CANCEL: reason: unknown word: 6`},
		{"\x81\x08" + head + "\x01\x01", wire.UnknownWord, `wire: decode CLOSED: word: unknown word: "canceled" for INVITE`},
		{"\x82\x02" + head, wire.Truncated, `wire: decode RECEIVED: cut short: want 1 more bytes at byte 11, 0 are there`},
		{"\x82\x02" + head + "\x04\x05\x02a", wire.Truncated, `wire: decode RECEIVED: cut short: want 4 more bytes at byte 12, 3 are there`},
		{"\x82\x02" + head + "\x02\x01\x02ab", wire.Truncated, `wire: decode RECEIVED: device: cut short: want 2 more bytes at byte 14, 0 are there`},
		{"\x82\x02" + head + "\x03\x01\x01a", wire.WrongType, `wire: decode RECEIVED: device: wrong type: 1 bytes, want 8`},
		{"\x82\x07" + head + "\x05\x03\x02\x01\x01", wire.WrongType, `wire: decode ACK: refused: wrong type: 1 bytes, want 0`},
		{"\x82\x02" + head + "\x04\x05\x00\x05\x00", wire.DuplicateField, `wire: decode RECEIVED: field given twice: tag 5 after 5`},
		{"\x82\x06" + head + "\x01\x03\x03\x01\xff", wire.BadUTF8, `wire: decode CANCEL: note: not valid UTF-8: at byte 15`},
		{"\x82\x02" + head + "\x00\x00", wire.TrailingData, `wire: decode RECEIVED: data after the message: "\x00"`},
		{"\x81\x07" + head + "\x08", wire.UnknownWord, `wire: decode ACK: for: unknown word: 8`},
		{"\x81\x03" + head + "\xc0\xa9\x07" + strings.Repeat("\x01", 120_000/6*6), wire.TooLarge,
			`wire: decode: too large: 120014 bytes, at most 65507 are allowed`},
		{"\x81\x03" + head + "\xf8\x55" + strings.Repeat("\x01", 11_000), wire.TooLarge,
			`wire: decode ACCEPT: too large: 11000 bytes of text, at most 10000 are allowed`},
	} {
		m, err := wire.DecodeBinary([]byte(c.data))
		isRefused(t, c.text, err, c.reason, c.text)
		if m != (engine.Message{}) {
			t.Errorf("%s: left %+v", c.text, m)
		}
	}
}

// TestDecodeTellsTheForms: by the first byte alone.
func TestDecodeTellsTheForms(t *testing.T) {
	for first := range 256 {
		data := []byte{byte(first), 'x'}
		_, err := wire.Decode(data)
		_, want := wire.DecodeBinary(data)
		if strings.ContainsRune("{ \t\n\r", rune(first)) {
			_, want = wire.DecodeJSON(data)
		}
		if err == nil || err.Error() != want.Error() {
			t.Errorf("%#02x: %v, want %v", first, err, want)
		}
	}
}

// TestDecodedKeepsNothing: the message is its own, also when data is used again.
func TestDecodedKeepsNothing(t *testing.T) {
	for _, form := range forms {
		data, err := form.encode(golden["invite"])
		if err != nil {
			t.Fatal(err)
		}
		m, err := form.decode(data)
		clear(data)
		if err != nil || m != golden["invite"] {
			t.Errorf("%s: %+v, %v", form.name, m, err)
		}
	}
}

// TestAllocations: only texts are worth memory.
func TestAllocations(t *testing.T) {
	buffer := make([]byte, 0, 256)
	for name, m := range golden {
		data, err := wire.EncodeBinary(m)
		if err != nil {
			t.Fatal(err)
		}
		texts := 0.0
		for _, text := range []string{m.Content, m.ChannelID, m.Response, m.Note} {
			if text != "" {
				texts++
			}
		}
		if n := testing.AllocsPerRun(100, func() { _, _ = wire.DecodeBinary(data) }); n != texts {
			t.Errorf("%s: decoding allocates %v times, want %v", name, n, texts)
		}
		if n := testing.AllocsPerRun(100, func() { _, _ = wire.AppendBinary(buffer, m) }); n != 0 {
			t.Errorf("%s: appending allocates %v times", name, n)
		}
	}
}

// FuzzDecodeBinary: no bytes make it panic, and what it reads writes as the same
// bytes, and reads from its JSON form as the same message.
func FuzzDecodeBinary(f *testing.F) {
	for _, v := range append(append(vectors(f), vectorsIn(f, "invalid.json")...), vectorsIn(f, "later.json")...) {
		if data := v.bytes(f); len(data) < 4096 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, ok := readsExactly(t, data)
		if !ok {
			return
		}
		text, err := wire.EncodeJSON(m)
		if err != nil {
			t.Fatalf("% x\nread as %+v: %v", data, m, err)
		}
		if back, err := wire.Decode(text); err != nil || back != m {
			t.Fatalf("%s\nreads as %+v, %v, want %+v", text, back, err, m)
		}
	})
}
