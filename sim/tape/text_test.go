// One tape, one row of bytes, for ever: a token that somebody has pasted into a
// report must still be read in years.

package tape

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var encodings = []struct {
	name  string
	tape  *Recorded
	bytes []byte
}{
	{"the plainest", recorded(), nil},
	{"one loss", recorded(Drawn{Choice{Loss, 0}, 1 << 63}), []byte{1, 1, 0, 1}},
	{"half and three quarters", recorded(Drawn{Choice{Loss, 3}, 1 << 63}, Drawn{Choice{Loss, 7}, 3 << 62}), []byte{1, 2, 3, 1, 4, 3}},
	{"two labels", recorded(Drawn{Choice{Answer, 5}, 1 << 62}, Drawn{Choice{Latency, 200}, 1 << 57}), []byte{6, 1, 0xc8, 1, 0x40, 8, 1, 5, 2}},
	{"the last label", recorded(Drawn{Choice{Option, 1}, 1 << 56}), []byte{60, 1, 1, 0x80, 1}},
	{"everything at its greatest", recorded(Drawn{Choice{Loss, math.MaxUint64}, math.MaxUint64}),
		[]byte{1, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}},
	{"the least draw", recorded(Drawn{Choice{Loss, 0}, 1}), []byte{1, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1}},
}

func encode(t interface{ Fatalf(string, ...any) }, r *Recorded) []byte {
	data, err := r.AppendBinary(nil)
	if err != nil {
		t.Fatalf("%v: %v", list(r), err)
	}
	return data
}

func TestEncodingIsPinned(t *testing.T) {
	for _, e := range encodings {
		if got := encode(t, e.tape); !bytes.Equal(got, e.bytes) {
			t.Errorf("%s: % x, want % x", e.name, got, e.bytes)
		}
		back, err := DecodeBinary(e.bytes)
		if err != nil {
			t.Errorf("%s: %v", e.name, err)
		} else if got, want := list(back), list(e.tape); !slices.Equal(got, want) {
			t.Errorf("%s: read as %v, want %v", e.name, got, want)
		}
	}
	if got, err := recorded(Drawn{Choice{Loss, 0}, 1 << 63}).AppendBinary([]byte("tape ")); err != nil || string(got) != "tape \x01\x01\x00\x01" {
		t.Errorf("appended, %q and %v", got, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		data []byte
		want string
	}{
		{[]byte{0, 1, 0, 1}, "byte 0 of 4: the label is 0, which is out of its range"},
		{[]byte{byte(numLabels), 1, 0, 1}, fmt.Sprintf("byte 0 of 4: the label is %d, which is out of its range", numLabels)},
		{[]byte{byte(numLabels) - 1, 1, 0, 1, 1, 1, 0, 1}, "byte 4 of 8: the label is 1, which is out of its range"},
		{[]byte{0x81, 0, 1, 0, 1}, "byte 0 of 5: the label is longer than it need be"},
		{[]byte{1}, "byte 1 of 1: the number of choices is cut off"},
		{[]byte{1, 0}, "byte 1 of 2: the number of choices is 0, which is out of its range"},
		{[]byte{1, 2, 0, 1}, "byte 4 of 4: the key is cut off"},
		{[]byte{1, 2, 9, 1, 0, 1}, "byte 4 of 6: the key is 0, which is out of its range"}, // twice the same
		{[]byte{1, 1, 0x80}, "byte 2 of 3: the key is cut off"},
		{[]byte{1, 1, 0}, "byte 3 of 3: the draw is cut off"},
		{[]byte{1, 1, 0, 0}, "byte 3 of 4: the draw is 0, which is out of its range"},
		{[]byte{1, 1, 0, 0x81, 0}, "byte 3 of 5: the draw is longer than it need be"},
		{[]byte{1, 1, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2}, "byte 3 of 13: the draw has more than 64 bits"},
		{[]byte{1, 2, 1, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 1}, "byte 4 of 15: the key is 18446744073709551615, which is out of its range"},
		{[]byte{1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}, "byte 11 of 11: the key is cut off"},
	} {
		r, err := DecodeBinary(c.data)
		if err == nil || err.Error() != "decode tape: "+c.want {
			t.Errorf("% x: %v\nwant %s", c.data, err, c.want)
		}
		if r != nil {
			t.Errorf("% x: read as %v in spite of that", c.data, list(r))
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, what := range []Label{0, numLabels, 255} {
		got, err := recorded(Drawn{Choice{Loss, 0}, 1}, Drawn{Choice{what, 0}, 1}).AppendBinary(nil)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("no label %d", what)) || got != nil {
			t.Errorf("label %d: % x, %v", what, got, err)
		}
	}
}

// TestEncodingIsThereAndBack: every tape is read back as it was, and the order in
// which it was made leaves no trace.
func TestEncodingIsThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawnTape(t)
		r := recorded(all...)
		data := encode(t, r)
		back, err := DecodeBinary(data)
		if err != nil {
			t.Fatalf("%v\nis % x: %v", list(r), data, err)
		}
		if got, want := list(back), list(r); !slices.Equal(got, want) {
			t.Fatalf("%v\nis read back as %v", want, got)
		}
		if other := encode(t, back); !bytes.Equal(other, data) {
			t.Fatalf("% x\nand % x for %v", data, other, list(r))
		}
	})
}

// FuzzDecodeRecorded: whatever is read is written in the same bytes again, so there
// is one encoding of each tape; and what is refused does no harm.
func FuzzDecodeRecorded(f *testing.F) {
	for _, e := range encodings {
		f.Add(e.bytes)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := DecodeBinary(data)
		if err != nil {
			return
		}
		if back := encode(t, r); !bytes.Equal(back, data) {
			t.Fatalf("% x\nis read as %v, which is\n% x", data, list(r), back)
		}
		if r.Len()*2 > len(data) {
			t.Fatalf("%d choices from %d bytes", r.Len(), len(data))
		}
	})
}

// TestHostileBytesCostLittle: what a token claims to hold is not believed before it
// is there.
func TestHostileBytesCostLittle(t *testing.T) {
	claims := []byte{1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}
	if got := testing.AllocsPerRun(10, func() { _, _ = DecodeBinary(claims) }); got > 20 {
		t.Errorf("%v allocations for %d bytes", got, len(claims))
	}
}
