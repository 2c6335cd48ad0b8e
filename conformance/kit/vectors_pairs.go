// Cases of two ends: calls between the endpoint and our engine over a network that loses,
// delays and repeats certain messages.

package kit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
)

// pairs are the scenes of the profile, each with the endpoint as the caller and as the
// callee.
func (v *vectors) pairs() {
	call := Act{0, caller, "call"}
	by := func(side, act string, at invd.Time) Act { return Act{at, side, act} }
	lost := func(kind string, last int) Rule { return Rule{Kind: kind, Last: last, Lost: true} }
	answer := by(callee, invd.Accept, 2*second)
	for _, each := range []struct {
		name, title string
		do          []Act
		network     []Rule
		until       invd.Time
	}{
		{"accept", "a call is accepted", []Act{answer}, nil, 20 * second},
		{"refuse", "a call is refused", []Act{by(callee, invd.Refuse, 2*second)}, nil, 20 * second},
		{"cancel", "a call is canceled", []Act{by(caller, invd.Cancel, 2*second)}, nil, 20 * second},
		{"no-answer", "nobody answers", nil, nil, 70 * second},
		{"unreachable", "nothing reaches the callee", nil, []Rule{lost("INVITE", 0), lost("CANCEL", 0)}, 40 * second},
		{"invite-lost", "two INVITEs are lost", []Act{answer}, []Rule{lost("INVITE", 2)}, 20 * second},
		{"received-lost", "two RECEIVED are lost", []Act{answer}, []Rule{lost("RECEIVED", 2)}, 20 * second},
		{"no-received", "no RECEIVED arrives: the caller gives up", nil, []Rule{lost("RECEIVED", 0)}, 40 * second},
		{"accept-lost", "five ACCEPTs are lost", []Act{answer}, []Rule{lost("ACCEPT", 5)}, 20 * second},
		{"confirm-lost", "three CONFIRMs are lost", []Act{answer}, []Rule{lost("CONFIRM", 3)}, 20 * second},
		{"no-confirm", "no CONFIRM arrives: the residue", []Act{answer}, []Rule{lost("CONFIRM", 0)}, 30 * second},
		{"confirm-late", "the CONFIRM arrives after the accept time", []Act{answer}, []Rule{{Kind: "CONFIRM", Takes: 16 * second}}, 30 * second},
		{"refuse-lost", "three REFUSEs are lost", []Act{by(callee, invd.Refuse, 2*second)}, []Rule{lost("REFUSE", 3)}, 20 * second},
		{"no-refuse", "no REFUSE arrives", []Act{by(callee, invd.Refuse, 2*second)}, []Rule{lost("REFUSE", 0), lost("CLOSED", 0)}, 70 * second},
		{"cancel-lost", "three CANCELs are lost", []Act{by(caller, invd.Cancel, 2*second)}, []Rule{lost("CANCEL", 3)}, 20 * second},
		{"no-cancel", "no CANCEL arrives: the next refresh tells", []Act{by(caller, invd.Cancel, 2*second)}, []Rule{lost("CANCEL", 0)}, 30 * second},
		{"no-cancel-no-closed", "nothing tells the callee of the end", []Act{by(caller, invd.Cancel, 2*second)}, []Rule{lost("CANCEL", 0), lost("CLOSED", 0)}, 70 * second},
		{"cancel-crosses-accept", "cancel() and accept() cross, cancel() first", []Act{by(caller, invd.Cancel, 2*second), by(callee, invd.Accept, 2*second+20*ms)}, nil, 20 * second},
		{"accept-crosses-cancel", "cancel() and accept() cross, accept() first", []Act{answer, by(caller, invd.Cancel, 2*second+20*ms)}, nil, 20 * second},
		{"cancel-too-late", "cancel() after the ACCEPT has come", []Act{answer, by(caller, invd.Cancel, 2*second+200*ms)}, nil, 20 * second},
		{"refuse-crosses-cancel", "refuse() and cancel() cross", []Act{by(callee, invd.Refuse, 2*second), by(caller, invd.Cancel, 2*second+20*ms)}, nil, 20 * second},
		{"last-moment", "accept() just before the ring ends", []Act{by(callee, invd.Accept, 60*second)}, nil, 70 * second},
		{"accept-after-expiry", "the ACCEPT arrives when the call has expired", []Act{by(callee, invd.Accept, 59*second)}, []Rule{{Kind: "ACCEPT", Takes: 5 * second}}, 80 * second},
		{"cancel-overtakes", "the CANCEL overtakes the INVITE", []Act{by(caller, invd.Cancel, second)}, []Rule{{Kind: "INVITE", Takes: 5 * second}}, 20 * second},
		{"invite-late", "the INVITE arrives when the caller has given up", nil, []Rule{{Kind: "INVITE", Takes: 40 * second}}, 80 * second},
		{"twice", "everything arrives twice", []Act{answer}, []Rule{{Again: 300 * ms}}, 20 * second},
		{"again", "the INVITE arrives again when the call is over", []Act{by(callee, invd.Refuse, 2*second)}, []Rule{{Kind: "INVITE", Again: 100 * second}}, 110 * second},
		{"caller-away", "the caller is logged out when the callee accepts", []Act{by(caller, "logout", second), answer, by(caller, "login", 5*second)}, nil, 20 * second},
		{"callee-away", "the callee accepts while it is logged out", []Act{by(callee, "logout", second), answer, by(callee, "login", 5*second)}, nil, 20 * second},
	} {
		for _, side := range []string{caller, callee} {
			if each.name == "unreachable" && side == callee {
				continue // it has nothing to do
			}
			scene := &Scene{Side: side, Do: append([]Act{call}, each.do...), Network: each.network, Until: each.until}
			v.scene("pair."+each.name+"."+side, each.title+"; the endpoint is the "+side, scene)
		}
	}
}

// scene makes a case of a scene.
func (v *vectors) scene(id, title string, s *Scene) {
	c := &Case{ID: id, Title: title, Clause: "properties", Level: App, Scene: s}
	p, err := s.play(invd.Here(&reference.Endpoint{}), id)
	if err != nil {
		panic(fmt.Sprintf("case %s: %v", id, err)) // the cases are ours
	}
	s.Expect = p.shown
	c.Requires = []string{s.Side}
	if slices.ContainsFunc(s.Do, func(a Act) bool { return a.Side == s.Side && strings.HasPrefix(a.Act, "log") }) {
		c.Requires = append(c.Requires, "session")
	}
	if slices.ContainsFunc(s.Expect.of(s.Side), func(e Event) bool { return e.Told.Name == invd.Missed }) {
		c.Requires = append(c.Requires, "missed")
	}
	if refreshes(c) {
		c.Requires = append(c.Requires, "refresh")
	}
	v.cases = append(v.cases, c)
}
