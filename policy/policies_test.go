// The opinions of single policies, and group events that no two engines bring about.

package policy_test

import (
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/policy"
)

func id(epoch, counter uint64) engine.ID { return engine.ID{Epoch: epoch, Counter: counter} }

func TestOpinions(t *testing.T) {
	own := func(peer string, id engine.ID) policy.OpenCall {
		return policy.OpenCall{Call: policy.Call{Own: true, Peer: peer, ID: id}}
	}
	in := func(peer string, id engine.ID) policy.OpenCall {
		return policy.OpenCall{Call: policy.Call{Peer: peer, ID: id}}
	}
	on := func(c policy.OpenCall) policy.OpenCall { c.On = true; return c }
	ring := func(open ...policy.OpenCall) policy.Ringing {
		return policy.Ringing{Call: policy.Call{Peer: "bob", ID: id(5, 5)}, Open: open}
	}
	for name, c := range map[string]struct {
		policy policy.Policy
		ring   policy.Ringing
		want   policy.Decision
	}{
		"glare, alone":                 {policy.Glare(), ring(), policy.Decision{}},
		"glare, own call to another":   {policy.Glare(), ring(own("carol", id(1, 1))), policy.Decision{}},
		"glare, own call is on":        {policy.Glare(), ring(on(own("bob", id(1, 1)))), policy.Decision{}},
		"glare, the lowest own call":   {policy.Glare(), ring(own("bob", id(9, 1)), own("bob", id(5, 4))), policy.Decision{Do: policy.Wait, Old: own("bob", id(5, 4)).Call}},
		"glare, epoch before counter":  {policy.Glare(), ring(own("bob", id(6, 1))), policy.Decision{Do: policy.Take, Old: own("bob", id(6, 1)).Call}},
		"glare, another ring of bob's": {policy.Glare(), ring(in("bob", id(5, 4))), policy.Decision{}},
		"redial, old call is on":       {policy.Redial(), ring(on(in("bob", id(5, 4)))), policy.Decision{}},
		"redial, own call":             {policy.Redial(), ring(own("bob", id(5, 4))), policy.Decision{}},
		"redial, another caller":       {policy.Redial(), ring(in("carol", id(5, 4))), policy.Decision{}},
		"redial, after a restart":      {policy.Redial(), ring(in("bob", id(9, 9))), policy.Decision{Do: policy.Replace, Old: in("bob", id(9, 9)).Call}},
		"busy, alone":                  {policy.Busy("busy"), ring(), policy.Decision{}},
		"busy, a call is on":           {policy.Busy("busy"), ring(on(own("carol", id(1, 1)))), policy.Decision{Do: policy.Refuse, Text: "busy"}},
	} {
		if got := c.policy(c.ring); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestOrder: the first policy with an opinion decides, Allow included.
func TestOrder(t *testing.T) {
	friends := func(r policy.Ringing) (d policy.Decision) {
		if r.Peer == "alice" {
			d.Do = policy.Allow
		}
		return d
	}
	line := policy.NewLine(7, nil, friends, policy.Busy("busy"))
	line.Add(policy.Call{Own: true, Peer: "dave", ID: id(1, 1)})
	for caller, want := range map[string]int{"alice": 1, "carol": 0} {
		c := policy.Call{Peer: caller, ID: id(2, 1)}
		if shows := line.Told(engine.RemoteInvitationReceived, c); len(shows) != want {
			t.Error(caller, shows)
		}
		if shows := line.Told(engine.RemoteInvitationReceived, c); len(shows) != want { // again, after a crash
			t.Error(caller, shows)
		}
	}
}

// TestGroupTogether: no event comes twice, and none too early.
func TestGroupTogether(t *testing.T) {
	a, b := policy.Call{Own: true, Peer: "a", ID: id(1, 1)}, policy.Call{Own: true, Peer: "b", ID: id(1, 2)}
	var g policy.RingGroup
	g.Add(a)
	if e, ok := g.Told(engine.LocalInvitationFailure, a); ok {
		t.Error(e, "before all were added")
	}
	g.Add(b)
	g.Add(a)
	if e, ok := g.Whole(); ok {
		t.Error(e, "though two are open")
	}
	if e, ok := g.Told(engine.LocalInvitationAccepted, a); !ok || e != policy.GroupAnswered {
		t.Error(e, ok)
	}
	for _, kind := range []engine.OutputKind{engine.LocalInvitationReceivedByPeer, engine.LocalInvitationAccepted, engine.LocalInvitationCanceled} {
		if e, ok := g.Told(kind, b); ok {
			t.Error(kind, e)
		}
	}
	if e, ok := g.Told(engine.LocalInvitationAccepted, policy.Call{Own: true, Peer: "c"}); ok {
		t.Error(e, "of a stranger")
	}
}
