// Users who call each other alone and in groups, each call and each answer with a text of
// its own: nothing that the judge could mistake for a broken property.

package simtest_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/simtest"
)

// TestGroups: whatever happens, contents and responses arrive as they were sent, and of a
// group one is accepted, also of one that goes on after a crash.
func TestGroups(t *testing.T) {
	simtest.Check(t, func(t *rapid.T, w *simtest.World) {
		users, texts := []string{"alice", "bob", "carol"}, 0
		text := func() string { texts++; return fmt.Sprint("text ", texts) }
		actions := simtest.Actions{}
		for i, user := range users {
			phone := w.Phone(user, host.Options{}, idle)
			press := func(name string, do func(h *host.Host)) {
				actions[user+" "+name] = func(*rapid.T) { phone.Press(func() { do(phone.Host()) }) }
			}
			call := func(h *host.Host, to string, g *host.Group) {
				made := h.CreateLocalInvitation(to)
				made.SetContent(text())
				made.SetGroup(g)
				h.SendLocalInvitation(made)
			}
			press("calls", func(h *host.Host) { call(h, users[(i+1)%3], nil) })
			press("calls both", func(h *host.Host) {
				group := h.NewGroup()
				for _, open := range h.LocalInvitations() {
					if g := open.Group(); g != nil {
						group = g
					}
				}
				call(h, users[(i+1)%3], group)
				call(h, users[(i+2)%3], group)
			})
			press("answers", func(h *host.Host) {
				for n, ring := range h.RemoteInvitations() {
					if ring.SetResponse(text()); n%2 == 0 {
						h.AcceptRemoteInvitation(ring)
					} else {
						h.RefuseRemoteInvitation(ring)
					}
				}
			})
			press("cancels", func(h *host.Host) {
				for _, open := range h.LocalInvitations() {
					h.CancelLocalInvitation(open)
				}
			})
		}
		w.Repeat(t, simtest.AllFaults, actions)
		w.Heal()
	})
}
