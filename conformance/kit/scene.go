// Scenes: the endpoint and our engine call each other over a network that is told what to
// lose, to delay and to repeat. What both ends show in the end, and when, is expected.

package kit

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
)

// Scene is one call between two ends. A message takes Latency, but for the rules.
type Scene struct {
	Side    string    `json:"side"` // of the endpoint: caller or callee. Our engine is the other
	Do      []Act     `json:"do"`
	Network []Rule    `json:"network,omitempty"`
	Until   invd.Time `json:"until"` // the end of the scene
	Expect  Shown     `json:"expect"`
}

// Act is what a user or the transport does at one end.
type Act struct {
	At   invd.Time `json:"at"`
	Side string    `json:"side"`
	Act  string    `json:"act"` // call, accept, refuse, cancel, logout, login
}

// Rule is about messages of one kind (empty: all), from the first to the last that was
// sent of them, counted from 1 (absent: all of them). The first rule that fits holds.
type Rule struct {
	Kind  string    `json:"kind,omitempty"`
	First int       `json:"first,omitempty"`
	Last  int       `json:"last,omitempty"`
	Lost  bool      `json:"lost,omitempty"`
	Takes invd.Time `json:"takes,omitempty"` // in the place of Latency
	Again invd.Time `json:"again,omitempty"` // a second copy arrives so much later
}

// Shown are the events of both ends.
type Shown struct {
	Caller []Event `json:"caller"`
	Callee []Event `json:"callee"`
}

// Event is what an app is told, and when.
type Event struct {
	At   invd.Time   `json:"at"`
	Told invd.Effect `json:"told"`
}

// Latency is how long a message takes.
const Latency = 50 * ms

// The two users. Their ids have the epochs of the other cases.
const (
	caller = "caller"
	callee = "callee"
)

var acts = []string{"call", invd.Accept, invd.Refuse, invd.Cancel, "logout", "login"}

var users = map[string]string{caller: self, callee: peer}

func otherSide(side string) string {
	if side == caller {
		return callee
	}
	return caller
}

// stage is a scene that is being played.
type stage struct {
	*Scene
	ends   map[string]*testee
	shadow *testee // the reference in the place of an endpoint that tells no deadlines
	next   map[string]invd.Deadline
	now    invd.Time
	tasks  []task // by instant, then by their order
	copies map[string]int
	shown  Shown
	log    []string
	asked  []invd.Request // of the endpoint
}

type task struct {
	at invd.Time
	do func() error
}

var errUnsupported = errors.New("unsupported")

// play plays a scene to an endpoint. The log has a line for each thing that happened.
func (s *Scene) play(d invd.Driver, name string) (*stage, error) {
	p := &stage{Scene: s, ends: map[string]*testee{}, next: map[string]invd.Deadline{}, copies: map[string]int{}}
	p.ends[s.Side], p.ends[otherSide(s.Side)] = newTestee(d), newTestee(invd.Here(&reference.Endpoint{}))
	if p.ends[s.Side].who.Clock == invd.Stepped {
		p.shadow = newTestee(invd.Here(&reference.Endpoint{}))
	}
	for _, side := range []string{caller, callee} {
		setup := invd.Setup{Self: users[side], Epoch: map[string]string{caller: "a1", callee: "b0b"}[side]}
		if err := p.ask(side, &invd.Reset{Setup: setup, Case: name}); err != nil {
			return p, err
		}
	}
	for _, act := range s.Do {
		p.at(act.At, func() error { return p.act(act) })
	}
	for {
		side, due := p.deadline()
		at := s.Until + 1
		if len(p.tasks) > 0 {
			at = p.tasks[0].at
		}
		switch {
		case min(at, due) > s.Until:
			return p, nil
		case at <= due: // inputs come before timers
			t := p.tasks[0]
			p.tasks, p.now = p.tasks[1:], t.at
			if err := t.do(); err != nil {
				return p, err
			}
		default:
			p.now = max(p.now, due)
			if err := p.ask(side, &invd.Advance{At: invd.At{Now: p.now}}); err != nil {
				return p, err
			}
			if again := p.next[side]; again.Set && again.At <= p.now {
				return p, fmt.Errorf("advance: the %s was advanced to its deadline and has it still", side)
			}
		}
	}
}

func (p *stage) at(at invd.Time, do func() error) {
	i, _ := slices.BinarySearchFunc(p.tasks, at, func(t task, at invd.Time) int { return cmp.Or(cmp.Compare(t.at, at), -1) })
	p.tasks = slices.Insert(p.tasks, i, task{at, do})
}

// deadline is the earlier one of the two.
func (p *stage) deadline() (side string, due invd.Time) {
	due = p.Until + 1
	for _, each := range []string{caller, callee} {
		if next := p.next[each]; next.Set && next.At < due {
			side, due = each, next.At
		}
	}
	return side, due
}

func (p *stage) act(a Act) error {
	at := invd.At{Now: p.now}
	p.note("%s %s", a.Side, a.Act)
	switch a.Act {
	case "logout", "login":
		return p.ask(a.Side, &invd.Session{At: at, In: a.Act == "login"})
	case "call":
		if err := p.ask(a.Side, &invd.App{At: at, Call: invd.Create, Ref: invd.Ref{Inv: "x", To: users[callee]}, Content: text("video?"), ChannelID: text("room")}); err != nil {
			return err
		}
		return p.ask(a.Side, &invd.App{At: at, Call: invd.Send, Ref: invd.Ref{Inv: "x"}})
	case "cancel":
		return p.ask(a.Side, &invd.App{At: at, Call: invd.Cancel, Ref: invd.Ref{Inv: "x"}})
	}
	return p.ask(a.Side, &invd.App{At: at, Call: a.Act, Ref: invd.Ref{From: users[caller], ID: "a1-1"}, Response: text(a.Act)})
}

func (p *stage) note(format string, args ...any) {
	p.log = append(p.log, fmt.Sprintf("%8.3f ", float64(p.now)/float64(second))+fmt.Sprintf(format, args...))
}

// ask makes a request of one end, and carries out what it causes.
func (p *stage) ask(side string, r invd.Request) error {
	if side == p.Side {
		p.asked = append(p.asked, r)
	}
	reply, err := p.ends[side].Do(r)
	switch {
	case err != nil:
		return err
	case reply.Unsupported != "":
		return fmt.Errorf("%w %s", errUnsupported, reply.Unsupported)
	case reply.Error != "":
		return errors.New(reply.Error)
	}
	p.next[side] = reply.Next
	if p.shadow != nil && side == p.Side {
		same, _ := p.shadow.Do(r) // here nothing dies
		p.next[side] = same.Next
	}
	if reply.Code != "" {
		p.note("%s is refused: %s", side, reply.Code)
	}
	for _, e := range reply.Effects {
		if e.Do == "event" {
			p.note("%s shows %s", side, e.Name)
			list := &p.shown.Caller
			if side == callee {
				list = &p.shown.Callee
			}
			e.Inv = ""
			*list = append(*list, Event{p.now, e})
			continue
		}
		p.send(side, e)
	}
	return nil
}

// send hands a message to the network.
func (p *stage) send(from string, e invd.Effect) {
	to := otherSide(from)
	var m struct{ Kind string }
	if e.To != users[to] || json.Unmarshal(e.Message, &m) != nil {
		p.note("%s sends something to %s", from, e.To)
		return
	}
	p.copies[m.Kind]++
	rule := Rule{}
	if i := slices.IndexFunc(p.Network, func(r Rule) bool {
		n := p.copies[m.Kind]
		return (r.Kind == "" || r.Kind == m.Kind) && n >= r.First && (r.Last == 0 || n <= r.Last)
	}); i >= 0 {
		rule = p.Network[i]
	}
	if rule.Lost {
		p.note("%s sends %s, which is lost", from, m.Kind)
		return
	}
	p.note("%s sends %s", from, m.Kind)
	arrive := func() error {
		return p.ask(to, &invd.Deliver{At: invd.At{Now: p.now}, From: users[from], Message: e.Message})
	}
	arrives := p.now + cmp.Or(rule.Takes, Latency)
	p.at(arrives, arrive)
	if rule.Again > 0 {
		p.at(arrives+rule.Again, arrive)
	}
}

// run compares what the ends show. Our own shows what others see: that is level Wire.
func (s *Scene) run(d invd.Driver, c *Case) (found *Difference, skipped string) {
	p, err := s.play(d, c.ID)
	if errors.Is(err, errUnsupported) {
		return nil, strings.TrimPrefix(err.Error(), errUnsupported.Error()+" ")
	}
	if err != nil {
		return &Difference{Case: c, Level: Wire, What: "the reply", Expected: []string{"one"}, Got: []string{err.Error()}, Clause: c.Clause, err: err, log: p.log, asked: p.asked}, ""
	}
	ours := otherSide(s.Side)
	for _, side := range []string{ours, s.Side} {
		level := map[bool]string{true: Wire, false: App}[side == ours]
		if level == App && c.Level == Wire {
			continue
		}
		t := p.ends[s.Side]
		want, got := t.told(s.Expect.of(side)), t.told(p.shown.of(side))
		if !slices.Equal(want, got) {
			return &Difference{Case: c, Level: level, What: "events of the " + side + mine(side == ours), Expected: want, Got: got, Clause: c.Clause,
				Cell: "scene " + strings.TrimSuffix(strings.TrimPrefix(c.ID, "pair."), "."+s.Side), log: p.log, asked: p.asked}, ""
		}
	}
	return nil, ""
}

func mine(ours bool) string {
	return map[bool]string{true: ", which is our engine", false: ", which is the endpoint"}[ours]
}

func (s *Shown) of(side string) []Event {
	if side == caller {
		return s.Caller
	}
	return s.Callee
}

// told are events as texts.
func (t *testee) told(events []Event) (texts []string) {
	for _, e := range events {
		if e.Told.Name == invd.Missed && !t.has("missed") {
			continue
		}
		texts = append(texts, fmt.Sprintf("%.3f %s", float64(e.At)/float64(second), t.eventWords(e.Told)))
	}
	return texts
}
