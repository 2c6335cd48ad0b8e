// The limits of received texts, to the byte, and who does not read them.

package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

func TestReceivedTexts(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit int
		set   func(m *engine.Message, text string)
		kinds []engine.Kind // that carry it
	}{
		{"content", engine.MaxContent, func(m *engine.Message, text string) { m.Content = text }, []engine.Kind{engine.Invite}},
		{"channel id", engine.MaxChannelID, func(m *engine.Message, text string) { m.ChannelID = text }, []engine.Kind{engine.Invite}},
		{"response", engine.MaxResponse, func(m *engine.Message, text string) { m.Response = text }, []engine.Kind{engine.Accept, engine.Refuse}},
		{"note", engine.MaxNote, func(m *engine.Message, text string) { m.Note = text }, []engine.Kind{engine.Cancel}},
	} {
		for kind := engine.Invite; kind <= engine.Closed; kind++ {
			for _, text := range []struct {
				name, text string
				bad        bool
			}{
				{"the longest", strings.Repeat("x", c.limit), false},
				{"one byte too many", strings.Repeat("x", c.limit+1), true},
				{"half a rune", "\xe6\x97", true},
			} {
				p := newPair(t, time.Unix(1000, 0))
				m := invite(engine.ID{Epoch: 7, Counter: 1}, "")
				m.Kind, m.For, m.Word, m.Reason = kind, engine.Invite, engine.WordFailed, engine.ReasonUser
				c.set(&m, text.text)
				if verdict := p.bob.Receive("alice", m); (verdict == engine.Invalid) != (text.bad && slices.Contains(c.kinds, kind)) {
					t.Errorf("%s, %s in %v: %v", c.name, text.name, kind, verdict)
				}
			}
		}
	}
}
