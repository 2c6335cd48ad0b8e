// Both forms can say everything that an engine can: a kind, reason or word that is
// new in engine/message.go fails here until the wire has it.

package wire_test

import (
	"fmt"
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/wire"
)

// named are all values of a type that have a name.
func named[T interface {
	~uint8
	fmt.Stringer
}]() (all []T) {
	for v := T(1); v.String() != "?"; v++ {
		all = append(all, v)
	}
	return all
}

func TestEveryWordOfTheEngine(t *testing.T) {
	var all []engine.Message
	for _, k := range named[engine.Kind]() {
		all = append(all, engine.Message{Kind: k, For: engine.Invite, Reason: engine.ReasonUser, Word: engine.WordFailed})
	}
	for _, r := range named[engine.Reason]() {
		all = append(all, engine.Message{Kind: engine.Cancel, Reason: r})
	}
	for _, w := range named[engine.Word]() {
		all = append(all, engine.Message{Kind: engine.Closed, For: engine.Invite, Word: w})
	}
	for _, m := range all {
		m.ID = id
		for name, encode := range map[string]func(engine.Message) ([]byte, error){"JSON": wire.EncodeJSON, "binary": wire.EncodeBinary} {
			data, err := encode(m)
			if err != nil {
				t.Errorf("%v %v %v in %s: %v", m.Kind, m.Reason, m.Word, name, err)
				continue
			}
			got, err := wire.Decode(data)
			if err != nil || got.Kind != m.Kind || m.Kind == engine.Cancel && got.Reason != m.Reason || m.Kind == engine.Closed && got.Word != m.Word {
				t.Errorf("%v %v %v in %s comes back as %+v, %v", m.Kind, m.Reason, m.Word, name, got, err)
			}
		}
	}
	if len(all) < 8+4+9 {
		t.Errorf("%d messages", len(all))
	}
}
