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
	driver       invd.Driver
	who          invd.Implementation
	ours, theirs string // what stands before the counter of an id
}

func newTestee(d invd.Driver) *testee { return &testee{driver: d, who: d.Hello()} }

func (t *testee) has(feature string) bool { return slices.Contains(t.who.Features, feature) }

// Do makes a request in the endpoint's terms. Messages in its reply are in JSON, but for
// bytes that are none.
func (t *testee) Do(r invd.Request) (invd.Reply, error) {
	asked, err := t.translated(r)
	if err != nil {
		return invd.Reply{}, err
	}
	reply, err := t.driver.Do(asked)
	if err != nil {
		return reply, err
	}
	effects := make([]invd.Effect, len(reply.Effects))
	for i, e := range reply.Effects {
		effects[i] = t.effect(e)
	}
	reply.Effects = effects
	return reply, nil
}

func (t *testee) translated(r invd.Request) (invd.Request, error) {
	switch r := r.(type) {
	case *invd.Reset:
		asked := *r
		t.ours, t.theirs = r.Epoch+"-", ""
		if !t.has("epoch") {
			asked.Epoch = ""
		}
		asked.Trace = r.Trace && t.has("trace")
		return &asked, nil
	case *invd.App:
		asked := *r
		asked.Ref.ID, asked.Trace = t.outward(r.Ref.ID), false
		return &asked, nil
	case *invd.Deliver:
		asked := *r
		asked.Trace = false
		if r.Message == nil {
			return &asked, nil
		}
		asked.Message = json.RawMessage(strings.ReplaceAll(string(r.Message), `"id":"`+t.ours, `"id":"`+t.outward(t.ours)))
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

// outward is an id as the endpoint has it.
func (t *testee) outward(id string) string {
	if rest, ok := strings.CutPrefix(id, t.ours); ok && t.theirs != "" && t.ours != "-" {
		return t.theirs + rest
	}
	return id
}

// inward is an id as the reference has it. The first one tells the epoch.
func (t *testee) inward(id string, own bool) string {
	if epoch, _, ok := strings.Cut(id, "-"); ok && own && t.theirs == "" && !t.has("epoch") {
		t.theirs = epoch + "-"
	}
	if rest, ok := strings.CutPrefix(id, t.theirs); ok && t.theirs != "" {
		return t.ours + rest
	}
	return id
}

func (t *testee) effect(e invd.Effect) invd.Effect {
	if e.Do != "send" {
		e.ID = t.inward(e.ID, false)
		return e
	}
	data := []byte(e.Message)
	if e.Raw != nil {
		data = e.Raw
	}
	m, err := wire.Decode(data)
	if err != nil {
		return e
	}
	if id, ok := parseID(t.inward(m.ID.String(), m.Kind == engine.Invite)); ok {
		m.ID = id
	}
	if text, err := wire.EncodeJSON(m); err == nil {
		e.Message, e.Raw = text, nil
	}
	return e
}
