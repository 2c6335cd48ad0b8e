// Cases of crashes: what a snapshot must hold.

package kit

import (
	"fmt"
	"strings"

	"github.com/invsim/invsim/conformance/invd"
)

// restores are crashes in each state, after which the endpoint goes on from a snapshot.
func (v *vectors) restores() {
	for _, side := range []struct {
		name   string
		states []input
		then   func(b *build)
	}{{"caller", callerStates[2:], then(hears(received), hears(accepted))}, {"callee", calleeStates[1:], then(hears(invite), hears(confirm))}} {
		for _, state := range side.states {
			for _, away := range []struct {
				name string
				away invd.Time
			}{{"at-once", 0}, {"known", 5 * second}, {"long", 65 * second}, {"unknown", 5 * second}} {
				v.add("restore."+side.name+"."+state.name+"."+away.name, "a crash, and a restart from a snapshot, when the "+side.name+"'s invitation is "+state.name, "crashes", invd.Setup{}, func(b *build) {
					state.do(b)
					b.now += 100 * ms
					b.do(&invd.Snapshot{At: b.at()})
					b.now += away.away
					r := &invd.Restore{At: b.at(), Setup: invd.Setup{Self: self, Epoch: "a2"}, Snapshot: []byte{}}
					if away.name != "unknown" {
						r.Away = &away.away
					}
					b.do(r)
					b.tail(3)
					side.then(b)
					b.tail(2)
				})
			}
		}
	}
}

// unknown is a time away that nobody knows.
const unknown invd.Time = -1

// crash ends the endpoint, and starts it again from its snapshot with other options.
func crash(away invd.Time, setup invd.Setup) func(b *build) {
	return func(b *build) {
		b.do(&invd.Snapshot{At: b.at()})
		r := &invd.Restore{At: b.at(), Setup: setup, Snapshot: []byte{}}
		if away != unknown {
			b.now += away
			r.At, r.Away = b.at(), &away
		}
		b.restarts++
		r.Self, r.Epoch = self, fmt.Sprint("a", b.restarts+1)
		b.do(r)
	}
}

// again is a crash without a pause.
var again = crash(100*ms, invd.Setup{})

func tails(timers int) func(b *build) { return func(b *build) { b.tail(timers) } }

// snapshots are what a snapshot must hold, one part after the other (Crashes, Snapshots).
func (v *vectors) snapshots() {
	times := invd.Setup{Options: invd.Options{Times: invd.Times{Accept: 5 * second}}}
	device := invd.Setup{Device: "7"}
	bounds := invd.Setup{Options: invd.Options{MaxPerPeer: 1, MaxTotal: 4}}
	accept := app("", invd.Accept, func(a *invd.App) { a.Response = text("on my way") }).do
	answered := `{"v":2,"kind":"CONFIRM","id":"b0b-1","device":"8"}`
	for _, each := range []struct {
		name, title string
		setup       invd.Setup
		way         func(b *build)
	}{
		{"nothing", "a snapshot changes nothing", invd.Setup{}, then(hears(invite), func(b *build) { b.do(&invd.Snapshot{At: b.at()}) }, passes(second), accept, tails(3), hears(confirm))},
		{"empty", "a snapshot of an endpoint that has nothing", invd.Setup{}, then(again, (*build).send, hears(invite))},
		{"ids", "no id is given twice", invd.Setup{}, then((*build).send, again, (*build).send, again, (*build).send)},
		{"ids-of-ended", "no id is given twice, that of an ended call neither", invd.Setup{}, then((*build).send, hears(received), hears(refused), again, (*build).send, hears(refused))},
		{"times", "the times in force stay", times, then(hears(invite), accept, again, passes(20*second))},
		{"count-from-send", "CountFromSend in force stays", invd.Setup{Options: invd.Options{CountFromSend: true}}, then((*build).send, passes(5*second), again, hears(received), passes(70*second))},
		{"device", "the device in force stays", device, then(hears(invite), again, tails(2), accept, tails(1))},
		{"login", "it is logged in afterwards", invd.Setup{}, then((*build).send, session(false), passes(second), again, tails(3))},
		{"offline", "a peer that was offline is so", invd.Setup{}, then((*build).send, online(false), again, passes(31*second))},
		{"offline-callee", "a caller that was offline is so", invd.Setup{}, then(hears(invite), accept, online(false), again, passes(16*second))},
		{"winner", "the device that won", invd.Setup{}, then((*build).send, hears(`{"v":2,"kind":"ACCEPT","id":"a1-1","response":"yes","device":"8"}`), again, hears(`{"v":2,"kind":"ACCEPT","id":"a1-1","response":"yes","device":"8"}`), hears(`{"v":2,"kind":"ACCEPT","id":"a1-1","response":"yes","device":"9"}`))},
		{"missed-to-come", "a CANCEL before its INVITE is remembered", invd.Setup{}, then(hears(`{"v":1,"kind":"CANCEL","id":"b0b-1","reason":"user"}`), again, hears(invite), hears(invite))},
		{"missed-told", "a missed call is told once", invd.Setup{}, then(hears(strings.Replace(invite, `"age_ns":0`, `"age_ns":30000000000`, 1)), again, hears(invite))},
		{"missed-withdrawn", "a missed call can be withdrawn, once", device, then(hears(strings.Replace(invite, `"age_ns":0`, `"age_ns":30000000000`, 1)), crash(100*ms, device), hears(answered), crash(100*ms, device), hears(answered))},
		{"invite", "content and channel of an INVITE", invd.Setup{}, then((*build).send, passes(2*second), crash(3*second, invd.Setup{}), tails(3))},
		{"response", "the response of an ACCEPT", invd.Setup{}, then(hears(invite), accept, again, tails(2), hears(confirm))},
		{"refusal", "the response of a REFUSE", invd.Setup{}, then(hears(invite), app("", invd.Refuse, func(a *invd.App) { a.Response = text("busy") }).do, again, tails(2))},
		{"note", "the note of a CANCEL", invd.Setup{}, then((*build).send, app("", invd.Cancel, func(a *invd.App) { a.Note = text("later") }).do, again, tails(2))},
		{"call-times", "the times of one call", invd.Setup{}, then(func(b *build) {
			b.do(&invd.App{At: b.at(), Call: invd.Create, Ref: invd.Ref{Inv: "x", To: peer}, Times: invd.CallTimes{NoResponse: 3 * second, Expiry: 5 * second}})
			app("", invd.Send, nil).do(b)
		}, again, passes(second), hears(received), passes(10*second))},
		{"ring-end", "the ring's own deadline, after accept()", invd.Setup{}, then(hears(invite), session(false), accept, crash(50*second, invd.Setup{}), session(false), passes(5*second), session(true), passes(20*second))},
		{"pauses", "the pauses between copies", invd.Setup{}, then((*build).send, passes(6*second), again, passes(20*second))},
		{"quiet", "the last copy of an ACCEPT", invd.Setup{}, then(hears(invite), accept, passes(second), again, passes(second))},
		{"unknown-stays", "what nobody knew stays unknown", invd.Setup{}, then((*build).send, hears(received), crash(unknown, invd.Setup{}), passes(second), again, online(false), online(true), passes(5*second))},
		{"order", "the order of invitations in a group", invd.Setup{}, func(b *build) {
			for i, to := range []string{peer, other, "dave"} {
				b.do(&invd.App{At: b.at(), Call: invd.Create, Ref: invd.Ref{Inv: fmt.Sprint(i), To: to}, Group: "g"})
				b.do(&invd.App{At: b.at(), Call: invd.Send, Ref: invd.Ref{Inv: fmt.Sprint(i)}})
			}
			again(b)
			b.hear(other, strings.Replace(accepted, "a1-1", "a1-2", 1))
			b.tail(2)
		}},
		{"bounds", "what is remembered counts towards the bounds", bounds, then(hears(invite), crash(100*ms, bounds), hears(strings.Replace(invite, "b0b-1", "b0b-2", 1)))},
		{"two-peers", "invitations of several peers, in both roles", invd.Setup{}, func(b *build) {
			b.send()
			b.hear(other, invite)
			b.hear(peer, strings.Replace(invite, "b0b-1", "b0b-2", 1))
			again(b)
			b.hear(peer, accepted)
			b.do(&invd.App{At: b.at(), Call: invd.Refuse, Ref: invd.Ref{From: other, ID: "b0b-1"}})
			b.do(&invd.App{At: b.at(), Call: invd.Accept, Ref: invd.Ref{From: peer, ID: "b0b-2"}})
			b.tail(3)
		}},
		{"cancel-after", "the app cancels what it has found again", invd.Setup{}, then((*build).send, hears(received), again, func(b *build) {
			b.do(&invd.App{At: b.at(), Call: invd.Cancel, Ref: invd.Ref{To: peer, ID: "a1-1"}})
			b.tail(2)
		})},
	} {
		v.add("snapshot."+each.name, "a crash: "+each.title, "snapshots", each.setup, each.way)
	}
}
