// Version 2: what is written in it, and what its readers skip.

package wire_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/wire"
)

// TestLowestVersion: a message is of version 2 if it says something that version 1
// cannot say, and only then, so that older peers read all others. Version 1 refuses it.
func TestLowestVersion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := messages().Draw(t, "message")
		want := 1
		if m.Device != 0 || m.Refused || m.Note != "" || m.Reason == engine.ReasonAnswered {
			want = 2
		}
		text, err := wire.EncodeJSON(m)
		if err != nil {
			t.Fatal(err)
		}
		if prefix := fmt.Sprintf(`{"v":%d,"kind":`, want); string(text[:len(prefix)]) != prefix {
			t.Fatalf("%s is not of version %d", text, want)
		}
		data, err := wire.EncodeBinary(m)
		if err != nil || data[0] != 0x80|byte(want) {
			t.Fatalf("% x is not of version %d, %v", data, want, err)
		}
		if want == 1 {
			return
		}
		text[len(`{"v":`)], data[0] = '1', 0x81
		for _, frame := range [][]byte{text, data} { // a reader of version 1 would take it for less
			if back, err := wire.Decode(frame); err == nil {
				t.Fatalf("%q reads as %+v", frame, back)
			}
		}
	})
}

// TestSkipsLaterFields: wherever they stand, fields that are not known change nothing.
func TestSkipsLaterFields(t *testing.T) {
	names := rapid.StringMatching(`[a-z0-9_]{1,20}_later`)
	values := rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.Int64Range(0, int64(wire.MaxDuration)), func(n int64) any { return n }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }))
	tags := rapid.SliceOfNDistinct(rapid.ByteMin(4), 0, 4, rapid.ID[byte])
	rapid.Check(t, func(t *rapid.T) {
		m := messages().Draw(t, "message")
		fields := map[string]any{}
		text, err := wire.EncodeJSON(m)
		if err != nil || json.Unmarshal(text, &fields) != nil {
			t.Fatal(string(text), err)
		}
		for range rapid.IntRange(1, 4).Draw(t, "fields") {
			fields[names.Draw(t, "name")] = values.Draw(t, "value")
		}
		if fields["v"] = 2; m.Kind == engine.Invite { // a float64 would be written with an exponent
			fields["age_ns"], fields["wait_ns"], fields["expiry_ns"] = m.Age, m.Wait, m.Expiry
		}
		later, _ := json.Marshal(fields) // in the order of the names, the version near the end
		if back, err := wire.DecodeJSON(later); err != nil || back != m {
			t.Fatalf("%s\nreads as %+v, %v, want %+v", later, back, err, m)
		}

		added := addedBytes(t, m)
		drawn := tags.Draw(t, "tags")
		slices.Sort(drawn)
		for _, tag := range drawn {
			value := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "value")
			added = append(binary.AppendUvarint(append(added, tag), uint64(len(value))), value...)
		}
		frame := append(binary.AppendUvarint(withoutAdded(t, m), uint64(len(added))), added...)
		if back, err := wire.DecodeBinary(frame); err != nil || back != m {
			t.Fatalf("% x\nreads as %+v, %v, want %+v", frame, back, err, m)
		}
	})
}

// addedBytes are the fields of version 2 of a message, without their size.
func addedBytes(t *rapid.T, m engine.Message) []byte {
	data, err := wire.EncodeBinary(m)
	if err != nil {
		t.Fatal(err)
	}
	if data[0] == 0x81 {
		return nil
	}
	rest := data[len(withoutAdded(t, m)):]
	size, n := binary.Uvarint(rest)
	if int(size) != len(rest)-n {
		t.Fatalf("% x: %d bytes are announced, %d follow", data, size, len(rest)-n)
	}
	return rest[n:]
}

// withoutAdded is the binary form up to the fields of version 2, and of that version.
func withoutAdded(t *rapid.T, m engine.Message) []byte {
	m.Device, m.Refused, m.Note = 0, false, ""
	reason := m.Reason
	m.Reason = min(reason, engine.ReasonRejected)
	data, err := wire.EncodeBinary(m)
	if err != nil {
		t.Fatal(err)
	}
	data[0] = 0x82
	if m.Kind == engine.Cancel {
		data[len(data)-1] = byte(reason)
	}
	return data
}
