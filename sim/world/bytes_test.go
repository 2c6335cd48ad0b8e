package world

import (
	"strings"
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/setup"
)

// TestWhatCannotBeEncodedBreaksTheWorld: a word that the wire does not know.
func TestWhatCannotBeEncodedBreaksTheWorld(t *testing.T) {
	o := setup.PlainOptions()
	w := New(&o)
	id := engine.ID{Epoch: 1, Counter: 1}
	m := engine.Message{Kind: engine.Closed, For: engine.Invite, Word: engine.WordFailed, ID: id}
	if got := w.throughBytes(m); got != m || w.Result.Encoded != 1 {
		t.Errorf("%+v, %d", got, w.Result.Encoded)
	}
	defer func() {
		if broken, ok := recover().(error); !ok || !strings.Contains(broken.Error(), "encode CLOSED of ") {
			t.Errorf("%v", broken)
		}
	}()
	m.Word = 99
	w.throughBytes(m)
}
