// Side by side: requests are played to the endpoint and to the reference, and the first
// difference is told.

package kit

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
)

// steps is the length of a schedule.
const steps = 60

// pair is the endpoint and the reference, which are told the same.
type pair struct {
	t     *testee
	ours  *testee // the reference
	level string

	played  []Step
	next    invd.Deadline
	keep    time.Duration        // a caller may forget an ended invitation after it
	ended   map[string]invd.Time // by id, when the reference showed the end of an own one
	forgot  bool                 // the endpoint has forgotten one, as it may: nothing is compared any more
	skipped string
}

func newPair(d invd.Driver, level string) *pair {
	return &pair{t: newTestee(d), ours: newTestee(invd.Here(&reference.Endpoint{})), level: level, ended: map[string]invd.Time{}}
}

// again forgets what was played.
func (p *pair) again() { *p = *newPair(p.t.driver, p.level) }

// do makes a request of both. A request that makes no sense to the reference is left out.
func (p *pair) do(r invd.Request) (want *invd.Reply, found *Difference) {
	reply, _ := p.ours.Do(traced(r, p.t.has("refresh"))) // here nothing dies
	if reply.Error != "" {
		return nil, nil
	}
	got, err := p.t.Do(r)
	if err == nil && got.Unsupported != "" {
		p.skipped = got.Unsupported
		return nil, nil
	}
	p.played = append(p.played, Step{r, reply})
	p.note(r, &reply, &got)
	found = p.t.compare(&reply, &got, err, p.level)
	if found == nil {
		return &reply, nil
	}
	found.Step = len(p.played) - 1
	found.Cell, found.Clause = cellOf(found, r, &reply)
	if d, ok := r.(*invd.Deliver); ok && p.mayForget(d) || p.mayForgetPresence(nowOf(r), found) {
		p.forgot = true
		return nil, nil
	}
	return &reply, found
}

// traced is a request to the reference: it names its cells, and repeats RECEIVED if the
// endpoint does, or has to because of its own device.
func traced(r invd.Request, refreshes bool) invd.Request {
	if _, ok := r.(invd.Timed); !ok {
		return r
	}
	asked := reflect.New(reflect.TypeOf(r).Elem())
	asked.Elem().Set(reflect.ValueOf(r).Elem())
	traced := asked.Interface().(invd.Timed)
	traced.Present().Trace = true
	var setup *invd.Setup
	switch start := traced.(type) {
	case *invd.Reset:
		setup = &start.Setup
	case *invd.Restore:
		setup = &start.Setup
	}
	if setup != nil && setup.Device == "" && !refreshes {
		setup.Options.Times.Refresh = new(invd.Time)
	}
	return traced
}

func (p *pair) note(r invd.Request, want, got *invd.Reply) {
	if reset, ok := r.(*invd.Reset); ok {
		clear(p.ended)
		t := reset.Options.Times
		expiry, accept, linger := 60*second, 15*second, 32*second
		for _, each := range []struct{ to, given *invd.Time }{{&expiry, &t.Expiry}, {&accept, &t.Accept}, {&linger, &t.Linger}} {
			if *each.given != 0 {
				*each.to = *each.given
			}
		}
		p.keep = time.Duration(max(linger, expiry+accept))
	}
	p.next = want.Next
	if got.Next.Set && (!p.next.Set || got.Next.At < p.next.At) {
		p.next = got.Next
	}
	for _, e := range want.Effects {
		if e.Do == "event" && e.To != "" && e.Name != invd.ReceivedByPeer {
			p.ended[e.ID] = nowOf(r)
		}
	}
}

// mayForget tells whether a message is about an invitation that has ended so long ago that
// its caller may have forgotten it: then its id is unknown. No schedule gives a call a
// shorter expiry time than its engine has.
func (p *pair) mayForget(d *invd.Deliver) bool {
	for id, at := range p.ended {
		if time.Duration(d.Now-at) >= p.keep && id != "" && bytes.Contains(d.Message, []byte(`"`+id+`"`)) {
			return true
		}
	}
	return false
}

// mayForgetPresence tells whether a call ends with the other of two failures because what
// was reported of its callee could be forgotten together with an ended invitation.
func (p *pair) mayForgetPresence(now invd.Time, found *Difference) bool {
	if len(found.Expected) != 1 || len(found.Got) != 1 ||
		strings.Replace(found.Expected[0], "PEER_OFFLINE", "PEER_NO_RESPONSE", 1) != strings.Replace(found.Got[0], "PEER_OFFLINE", "PEER_NO_RESPONSE", 1) {
		return false
	}
	for _, at := range p.ended {
		if time.Duration(now-at) >= p.keep {
			return true
		}
	}
	return false
}

// nowOf is when a request is made, 0 for one in which no time passes.
func nowOf(r invd.Request) invd.Time {
	if timed, ok := r.(invd.Timed); ok {
		return timed.Present().Now
	}
	return 0
}

// Side plays the schedule of a seed. It returns nil if nothing differs.
func Side(d invd.Driver, seed uint64, level string) (found *Difference, requests int) {
	p := newPair(d, level)
	s := newSchedule(seed, func(feature string) bool { return p.t.has(feature) || slices.Contains(p.t.who.Roles, feature) })
	for range steps {
		r := s.step()
		want, found := p.do(r)
		if found != nil {
			found.Case = p.record(fmt.Sprintf("seed-%d", seed), found)
			return found, len(p.played)
		}
		if p.forgot || p.skipped != "" {
			break
		}
		if want != nil {
			s.next = p.next
			s.note(want)
		}
	}
	return nil, len(p.played)
}

// record makes a case of what was played.
func (p *pair) record(id string, found *Difference) *Case {
	c := &Case{ID: id, Title: found.What, Clause: found.Clause, Level: found.Level, Steps: p.played}
	c.Requires = c.needs()
	if !p.t.has("refresh") {
		if differs, _ := c.Run(invd.Here(&reference.Endpoint{})); differs != nil {
			c.Requires = append(c.Requires, noRefresh)
		}
	}
	return c
}

// replay plays requests to both, and advances an endpoint that must not be late to each
// deadline of the two, or any endpoint if it is to be punctual.
func (p *pair) replay(requests []invd.Request, punctual bool) *Difference {
	p.again()
	for _, r := range requests {
		for now := nowOf(r); p.next.Set && p.next.At < now && (punctual || !p.t.has("late")); {
			before := p.next
			if _, found := p.do(&invd.Advance{At: invd.At{Now: p.next.At}}); found != nil {
				return found
			}
			if p.next == before {
				return nil
			}
		}
		if _, found := p.do(r); found != nil || p.forgot || p.skipped != "" {
			return found
		}
	}
	return nil
}
