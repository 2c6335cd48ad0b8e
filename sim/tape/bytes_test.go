// The mapping from bytes to draws is what a fuzzer's corpus is made of: it stays.

package tape

import (
	"fmt"
	"math"
	"testing"
)

func TestBytes(t *testing.T) {
	const most = math.MaxUint64
	for _, c := range []struct {
		name string
		data []byte
		want [6]uint64
	}{
		{"nothing", nil, [6]uint64{}},
		{"plain ones", []byte{0, 0, 1, 0}, [6]uint64{2: most}},
		{"one plain for many", []byte{3 << 2, 1}, [6]uint64{4: most}},
		{"more plain than there are", []byte{0xfc, 1}, [6]uint64{}},
		{"the greatest, whatever the count", []byte{1, 0xfd}, [6]uint64{most, most}},
		{"the highest byte", []byte{2, 0x80, 2, 1}, [6]uint64{1 << 63, 1 << 56}},
		{"all bytes", []byte{3, 1, 2, 3, 4, 5, 6, 7, 8, 1}, [6]uint64{0x0102030405060708, most}},
		{"cut off", []byte{1, 3, 0xab, 0xcd}, [6]uint64{most, 0xabcd << 48}},
		{"cut off at once", []byte{1, 2}, [6]uint64{most}},
	} {
		tape := Bytes(c.data)
		for range 2 { // the second time, everything is known
			for i, want := range c.want {
				if got := tape.Draw(Loss, Key(i)); got != want {
					t.Errorf("%s: choice %d is drawn as %#x, want %#x", c.name, i, got, want)
				}
			}
		}
	}
}

// TestBytesGoToNewChoices: whatever is asked again in between, another label or
// another key is a choice of its own.
func TestBytesGoToNewChoices(t *testing.T) {
	tape := Bytes([]byte{2, 1, 2, 2, 2, 3})
	got := ""
	for _, c := range []Choice{{Loss, 1}, {Loss, 1}, {Latency, 1}, {Loss, 1}, {Latency, 2}, {Latency, 1}, {Loss, 2}} {
		got += fmt.Sprint(tape.Draw(c.What, c.About) >> 56)
	}
	if want := "1121320"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestBytesKeepNothing: the caller's bytes stay the caller's.
func TestBytesKeepNothing(t *testing.T) {
	data := []byte{2, 7, 1}
	Bytes(data).Draw(Loss, 1)
	if fmt.Sprint(data) != "[2 7 1]" {
		t.Errorf("%v", data)
	}
}
