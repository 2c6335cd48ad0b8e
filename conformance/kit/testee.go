// The endpoint under test, in the terms of the reference: ids of an epoch that it has
// drawn itself, and messages in whatever form, look as if they were the reference's.

package kit

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/wire"
)

type testee struct {
	driver invd.Driver
	who    invd.Implementation
	epochs []epoch // of this case
	saved  []byte  // the last snapshot: that of a restore, whatever the request has
	now    invd.Time
}

// epoch is what stands before the counter of an id; theirs is empty until it is known.
type epoch struct{ ours, theirs string }

func newTestee(d invd.Driver) *testee { return &testee{driver: d, who: d.Hello()} }

// has tells whether it has a feature. A stepped clock is never late.
func (t *testee) has(feature string) bool {
	return slices.Contains(t.who.Features, feature) && (feature != "late" || t.who.Clock != invd.Stepped)
}

// Do makes a request in the endpoint's terms. Messages in its reply are in JSON, but for
// bytes that are none.
func (t *testee) Do(r invd.Request) (invd.Reply, error) {
	before, err := t.walk(r)
	if err != nil {
		return invd.Reply{}, err
	}
	asked, err := t.translated(r)
	if err != nil {
		return invd.Reply{}, err
	}
	reply, err := t.driver.Do(asked)
	if err != nil {
		return reply, err
	}
	reply.Effects = append(before, reply.Effects...)
	effects := make([]invd.Effect, len(reply.Effects))
	for i, e := range reply.Effects {
		effects[i] = t.effect(e)
	}
	reply.Effects = effects
	for i := range reply.Open {
		reply.Open[i].ID = t.inward(reply.Open[i].ID, false)
	}
	if reply.Snapshot != nil {
		t.saved, reply.Snapshot = reply.Snapshot, nil
	}
	return reply, nil
}

// walk lets a stepped clock come near to the instant of a request, step by step. The
// effects on the way are too early.
func (t *testee) walk(r invd.Request) (effects []invd.Effect, err error) {
	from := t.now
	t.now = max(t.now, nowOf(r))
	switch r.(type) {
	case *invd.Reset, *invd.Restore:
		t.now = nowOf(r)
		return nil, nil
	}
	if t.who.Clock != invd.Stepped {
		return nil, nil
	}
	step := max(t.who.Step, 10*ms)
	for at := from + step; at < t.now; at += step {
		reply, err := t.driver.Do(&invd.Advance{At: invd.At{Now: at}})
		if err != nil {
			return nil, err
		}
		effects = append(effects, reply.Effects...)
	}
	return effects, nil
}

func (t *testee) translated(r invd.Request) (invd.Request, error) {
	switch r := r.(type) {
	case *invd.Reset:
		asked := *r
		t.epochs = nil
		asked.Epoch = t.begin(r.Epoch)
		return &asked, nil
	case *invd.Restore:
		asked := *r
		asked.Epoch, asked.Snapshot = t.begin(r.Epoch), t.saved
		return &asked, nil
	case *invd.App:
		asked := *r
		asked.Ref.ID = t.outward(r.Ref.ID)
		return &asked, nil
	case *invd.Deliver:
		asked := *r
		if r.Message == nil {
			return &asked, nil
		}
		for _, e := range t.epochs {
			asked.Message = json.RawMessage(strings.ReplaceAll(string(asked.Message), `"id":"`+e.ours, `"id":"`+t.outward(e.ours)))
		}
		if !slices.Contains(t.who.Forms, invd.JSON) {
			m, err := wire.Decode(asked.Message)
			if err != nil {
				return &asked, nil // it has to be refused in either form
			}
			if asked.Raw, err = wire.EncodeBinary(m); err != nil {
				return nil, err
			}
			asked.Message = nil
		}
		return &asked, nil
	}
	return r, nil
}

// begin notes an epoch, and returns the one to ask for.
func (t *testee) begin(ours string) string {
	if t.has("epoch") {
		t.epochs = append(t.epochs, epoch{ours + "-", ours + "-"})
		return ours
	}
	t.epochs = append(t.epochs, epoch{ours + "-", ""})
	return ""
}

// outward is an id as the endpoint has it.
func (t *testee) outward(id string) string {
	for _, e := range t.epochs {
		if rest, ok := strings.CutPrefix(id, e.ours); ok && e.theirs != "" {
			return e.theirs + rest
		}
	}
	return id
}

// inward is an id as the reference has it. The first own one tells the epoch.
func (t *testee) inward(id string, own bool) string {
	for _, e := range t.epochs {
		if rest, ok := strings.CutPrefix(id, e.theirs); ok && e.theirs != "" {
			return e.ours + rest
		}
	}
	before, rest, ok := strings.Cut(id, "-")
	if last := len(t.epochs) - 1; ok && own && last >= 0 && t.epochs[last].theirs == "" {
		t.epochs[last].theirs = before + "-"
		return t.epochs[last].ours + rest
	}
	return id
}

func (t *testee) effect(e invd.Effect) invd.Effect {
	if e.Do != "send" {
		e.ID = t.inward(e.ID, false)
		return e
	}
	return spelled(e, func(m *engine.Message) {
		if id, ok := parseID(t.inward(m.ID.String(), m.Kind == engine.Invite)); ok {
			m.ID = id
		}
	})
}

// spelled has a changed message as our writer spells it in JSON. Bytes that are none stay.
func spelled(e invd.Effect, change func(m *engine.Message)) invd.Effect {
	m, err := wire.Decode(e.Bytes())
	if err != nil {
		return e
	}
	change(&m)
	if text, err := wire.EncodeJSON(m); err == nil {
		e.Message, e.Raw = text, nil
	}
	return e
}
