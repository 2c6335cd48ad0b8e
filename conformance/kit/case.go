// Cases: requests in their order, with the replies of the reference.

package kit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/wire"
)

// The levels of an expectation. Each has those before it.
const (
	Wire  = "wire"  // what is sent to whom: who differs cannot be called by others
	App   = "app"   // events and codes: who differs shows its app something else
	Exact = "exact" // the order across invitations and the next deadline, which are free
)

// Levels are all of them.
var Levels = []string{Wire, App, Exact}

// Case is what happens to one endpoint, and what it does; or a scene between it and our
// engine.
type Case struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Clause string `json:"clause"` // an anchor of docs/protocol.md
	Level  string `json:"level"`  // the highest that is compared

	// Requires are the roles and features without which it cannot be played, and noRefresh.
	Requires []string `json:"requires,omitempty"`

	Steps []Step `json:"steps,omitempty"`
	Scene *Scene `json:"scene,omitempty"`
}

// nothing tells whether there is nothing to play.
func (c *Case) nothing() bool { return len(c.Steps) == 0 && c.Scene == nil }

// Step is a request and the reply of the reference.
type Step struct {
	Request invd.Request
	Reply   invd.Reply
}

// expected are the parts of a reply that are compared.
type expected struct {
	Code        string        `json:"code,omitempty"`
	Effects     []invd.Effect `json:"effects,omitempty"`
	Undecodable string        `json:"undecodable,omitempty"`
	Open        []invd.Open   `json:"open,omitempty"`
}

func (s *Step) expected() expected {
	return expected{s.Reply.Code, s.Reply.Effects, s.Reply.Undecodable, s.Reply.Open}
}

type step struct {
	Request json.RawMessage `json:"request"`
	Expect  expected        `json:"expect"`
}

// MarshalJSON writes the request as a line of the driver.
func (s Step) MarshalJSON() ([]byte, error) {
	line, err := invd.EncodeRequest(s.Request)
	if err != nil {
		return nil, err
	}
	return json.Marshal(step{line, s.expected()})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Step) UnmarshalJSON(text []byte) error {
	var compact bytes.Buffer // messages are compared as texts
	if err := json.Compact(&compact, text); err != nil {
		return err
	}
	var read step
	d := json.NewDecoder(&compact)
	d.DisallowUnknownFields()
	if err := d.Decode(&read); err != nil {
		return err
	}
	r, err := invd.DecodeRequest(read.Request)
	s.Request, s.Reply = r, invd.Reply{Code: read.Expect.Code, Effects: read.Expect.Effects, Undecodable: read.Expect.Undecodable, Open: read.Expect.Open}
	return err
}

// needs are the features and roles that the steps use. Refresh is not among them: whether a
// ring lasts long enough for it shows in what follows only.
func (c *Case) needs() []string {
	needs := map[string]bool{}
	for _, s := range c.Steps {
		for _, feature := range invd.Needs(s.Request) {
			needs[feature] = needs[feature] || feature != "trace" && feature != "epoch"
		}
		if app, ok := s.Request.(*invd.App); ok {
			needs[roleOf[app.Call]] = true
		}
		if d, ok := s.Request.(*invd.Deliver); ok {
			needs[halfOf(d)] = true
			if m := d.Raw; m != nil && s.Reply.Undecodable == "" {
				needs[formOf(m)] = true
				needs["epoch"] = needs["epoch"] || halfOf(d) == "caller" // nothing is changed in bytes
			}
		}
		for _, e := range s.Reply.Effects {
			switch {
			case e.Name == invd.Missed:
				needs["missed"] = true
			case e.Name == invd.Received:
				needs["callee"] = true
			}
		}
	}
	var list []string
	for name, needed := range needs {
		if needed && name != "" {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// roleOf is the role of who makes a call; both can set.
var roleOf = map[string]string{invd.Create: "caller", invd.Send: "caller", invd.Cancel: "caller", invd.Accept: "callee", invd.Refuse: "callee"}

// halfOf is the role for which a message is, empty for none.
func halfOf(d *invd.Deliver) string {
	m, err := wire.Decode(d.Bytes())
	switch {
	case err != nil:
		return ""
	case m.Kind == engine.Received, m.Kind == engine.Accept, m.Kind == engine.Refuse,
		m.Kind == engine.Closed && m.For == engine.Invite,
		m.Kind == engine.Ack && (m.For == engine.Invite || m.For == engine.Cancel || m.For == engine.Confirm):
		return "caller"
	}
	return "callee"
}

// formOf is the form of bytes that are a message: one who reads the other only cannot read
// them.
func formOf(raw []byte) string {
	if raw[0] >= 0x80 {
		return invd.Binary
	}
	return invd.JSON
}

// noRefresh is required by a case that was recorded of an endpoint without the feature refresh
// and that one with it would fail.
const noRefresh = "no-refresh"

// lacks is the first thing that an endpoint has not, but a case needs.
func (c *Case) lacks(who *invd.Implementation) string {
	for _, name := range c.Requires {
		if name == noRefresh && !slices.Contains(who.Features, "refresh") {
			continue
		}
		if !slices.Contains(who.Features, name) && !slices.Contains(who.Roles, name) && !slices.Contains(who.Forms, name) || name == "late" && who.Clock == invd.Stepped {
			return name
		}
	}
	return ""
}

// Run plays a case. It returns the first difference, or the feature that the endpoint
// lacks.
func (c *Case) Run(d invd.Driver) (found *Difference, skipped string) {
	t := newTestee(d)
	if missing := c.lacks(&t.who); missing != "" {
		return nil, missing
	}
	if c.Scene != nil {
		return c.Scene.run(d, c)
	}
	for i, s := range c.Steps {
		reply, err := t.Do(s.Request)
		if err == nil && reply.Unsupported != "" {
			return nil, reply.Unsupported
		}
		if found := t.compare(&s.Reply, &reply, err, c.Level); found != nil {
			found.Step, found.Case = i, c
			return found, ""
		}
	}
	return nil, ""
}

// Write writes a case to read and to keep.
func (c *Case) Write() []byte {
	text, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Errorf("write case %s: %w", c.ID, err)) // requests always have a form
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", " "); err != nil {
		panic(err)
	}
	return append(b.Bytes(), '\n')
}

// Read reads what Write writes.
func Read(text []byte) (*Case, error) {
	c := &Case{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(c); err != nil {
		return nil, fmt.Errorf("read a case: %w", err)
	}
	switch s := c.Scene; {
	case c.nothing() || len(c.Steps) > 0 && s != nil:
		return nil, fmt.Errorf("read case %q: it has either steps or a scene", c.ID)
	case s != nil && users[s.Side] == "":
		return nil, fmt.Errorf("read case %q: side %q is neither caller nor callee", c.ID, s.Side)
	case s != nil:
		for _, a := range s.Do {
			if users[a.Side] == "" || a.At < 0 || !slices.Contains(acts, a.Act) {
				return nil, fmt.Errorf("read case %q: %q of the side %q at %d is nothing to do", c.ID, a.Act, a.Side, a.At)
			}
		}
	}
	for _, s := range c.Steps {
		for i, e := range s.Reply.Effects {
			s.Reply.Effects[i] = spelled(e, func(*engine.Message) {}) // files have other escapes
		}
	}
	return c, nil
}
