// The cases of the profile core-1.0: each row of the two tables in each state that a user
// can bring about, each time a millisecond early, at its instant and a millisecond late,
// each refused call, and messages that nobody should send. What is expected is what the
// reference does; a test keeps the sum of all, so that the profile does not change.

package kit

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/invsim/invsim/conformance/invd"
)

// Profile is the name of the frozen set of cases.
const Profile = "core-1.0"

// Cases are those of the profile.
var Cases = sync.OnceValue(func() []*Case {
	v := &vectors{}
	v.smoke()
	v.tables()
	v.instants()
	v.calls()
	v.judging()
	v.others()
	v.restores()
	v.snapshots()
	v.robust()
	v.codec()
	v.pairs()
	return v.cases
})

type vectors struct{ cases []*Case }

// callerStates and calleeStates say how an invitation gets into each state.
var callerStates = []input{
	{"unknown", func(*build) {}},
	{"idle", create},
	{"sent", (*build).send},
	{"received", then((*build).send, hears(received))},
	{"accepted", then((*build).send, hears(received), hears(accepted))},
	{"accepted-by-8", then((*build).send, hears(`{"v":2,"kind":"ACCEPT","id":"a1-1","response":"yes","device":"8"}`))},
	{"refused", then((*build).send, hears(received), hears(refused))},
	{"refused-by-8", then((*build).send, hears(`{"v":2,"kind":"REFUSE","id":"a1-1","response":"no","device":"8"}`))},
	{"canceled", then((*build).send, hears(received), app("", invd.Cancel, nil).do)},
	{"no-response", then((*build).send, passes(30*second))},
	{"expired", then((*build).send, hears(received), passes(62*second))},
}

var calleeStates = []input{
	{"unknown", func(*build) {}},
	{"ringing", hears(invite)},
	{"accepting", then(hears(invite), app("", invd.Accept, nil).do)},
	{"refused", then(hears(invite), app("", invd.Refuse, func(a *invd.App) { a.Response = text("busy") }).do)},
	{"accepted", then(hears(invite), app("", invd.Accept, nil).do, hears(confirm))},
	{"canceled", then(hears(invite), hears(`{"v":1,"kind":"CANCEL","id":"b0b-1","reason":"user"}`))},
	{"early-cancel", hears(`{"v":1,"kind":"CANCEL","id":"b0b-1","reason":"user"}`)},
	{"stale", hears(strings.Replace(invite, `"age_ns":0`, `"age_ns":30000000000`, 1))},
	{"expired", then(hears(invite), passes(60*second))},
	{"accept-failed", then(hears(invite), app("", invd.Accept, nil).do, passes(15*second))},
}

func online(is bool) func(b *build) {
	return func(b *build) { b.do(&invd.Peer{At: b.at(), Peer: peer, Online: is}) }
}

func session(in bool) func(b *build) {
	return func(b *build) { b.do(&invd.Session{At: b.at(), In: in}) }
}

// anyInputs happen to either side.
var anyInputs = []input{
	{"nothing", func(*build) {}},
	{"peer-offline", online(false)},
	{"peer-online", then(online(false), online(true))},
	{"logout", then(session(false), passes(3*second))},
	{"login", then(session(false), passes(second), session(true))},
}

// smoke are the cases to begin with: no timer has to fire.
func (v *vectors) smoke() {
	for _, each := range []input{
		{"ring", hears(invite)},
		{"ring-twice", then(hears(invite), hears(invite))},
		{"accept", then(hears(invite), app("", invd.Accept, func(a *invd.App) { a.Response = text("yes") }).do, hears(confirm))},
		{"refuse", then(hears(invite), app("", invd.Refuse, func(a *invd.App) { a.Response = text("no") }).do, msg("", `{"v":1,"kind":"ACK","id":"b0b-1","for":"REFUSE"}`).do)},
		{"canceled", then(hears(invite), hears(`{"v":1,"kind":"CANCEL","id":"b0b-1","reason":"user"}`))},
		{"call", then((*build).send, hears(received), hears(accepted))},
		{"cancel", then((*build).send, hears(received), app("", invd.Cancel, nil).do)},
	} {
		v.add("smoke."+each.name, "to begin with: "+each.name, "", invd.Setup{}, each.do)
	}
}

func (v *vectors) tables() {
	caller := []input{
		app("send", invd.Send, nil), app("cancel", invd.Cancel, nil),
		app("cancel-note", invd.Cancel, func(a *invd.App) { a.Note = text("later") }),
		app("cancel-long-note", invd.Cancel, func(a *invd.App) { a.Note = text(strings.Repeat("n", 1025)) }),
		app("set", invd.Set, func(a *invd.App) { a.Content = text("too late?") }),
		msg("ack-cancel", `{"v":1,"kind":"ACK","id":"a1-1","for":"CANCEL"}`),
		msg("ack-invite", `{"v":1,"kind":"ACK","id":"a1-1","for":"INVITE"}`),
		{"logged-out-accept", then(session(false), hears(accepted), session(true))},
	}
	for _, device := range []string{"", "8", "9"} {
		v, of, mark := "1", "", ""
		if device != "" {
			v, of, mark = "2", `,"device":"`+device+`"`, "-of-"+device
		}
		caller = append(caller,
			msg("received"+mark, `{"v":`+v+`,"kind":"RECEIVED","id":"a1-1"`+of+`}`),
			msg("accept"+mark, `{"v":`+v+`,"kind":"ACCEPT","id":"a1-1","response":"yes"`+of+`}`),
			msg("refuse"+mark, `{"v":`+v+`,"kind":"REFUSE","id":"a1-1","response":"no"`+of+`}`))
		for _, word := range []string{"refused", "failed", "stale", "invalid", "overloaded"} {
			if device != "9" {
				caller = append(caller, msg("closed-"+word+mark, `{"v":`+v+`,"kind":"CLOSED","id":"a1-1","for":"INVITE","word":"`+word+`"`+of+`}`))
			}
		}
	}
	callee := []input{
		msg("invite", invite), msg("invite-other-payload", strings.Replace(invite, "video?", "audio?", 1)),
		msg("invite-stale", strings.Replace(invite, `"age_ns":0`, `"age_ns":30000000000`, 1)),
		app("accept", invd.Accept, func(a *invd.App) { a.Response = text("yes") }), app("refuse", invd.Refuse, func(a *invd.App) { a.Response = text("no") }),
		app("accept-long", invd.Accept, func(a *invd.App) { a.Response = long }), app("refuse-long", invd.Refuse, func(a *invd.App) { a.Response = long }),
		{"logged-out-accept", then(session(false), app("", invd.Accept, nil).do, passes(second), session(true))},
		msg("confirm", confirm), msg("confirm-of-8", `{"v":2,"kind":"CONFIRM","id":"b0b-1","device":"8"}`),
		msg("ack-refuse", `{"v":1,"kind":"ACK","id":"b0b-1","for":"REFUSE"}`),
		msg("ack-refuse-of-8", `{"v":2,"kind":"ACK","id":"b0b-1","for":"REFUSE","device":"8"}`),
		msg("ack-refused-of-8", `{"v":2,"kind":"ACK","id":"b0b-1","for":"REFUSE","device":"8","refused":true}`),
		msg("ack-accept", `{"v":1,"kind":"ACK","id":"b0b-1","for":"ACCEPT"}`),
		msg("cancel-note", `{"v":2,"kind":"CANCEL","id":"b0b-1","reason":"user","note":"later"}`),
		msg("cancel-answered", `{"v":2,"kind":"CANCEL","id":"b0b-1","reason":"answered by another"}`),
		msg("closed-refused-of-8", `{"v":2,"kind":"CLOSED","id":"b0b-1","for":"RECEIVED","word":"refused","device":"8"}`),
	}
	for _, reason := range []string{"user", "no response", "expired", "rejected"} {
		callee = append(callee, msg("cancel-"+slug(reason), `{"v":1,"kind":"CANCEL","id":"b0b-1","reason":"`+reason+`"}`))
	}
	for _, word := range []string{"canceled", "no response", "expired", "refused", "unknown"} {
		callee = append(callee, msg("closed-"+slug(word), `{"v":1,"kind":"CLOSED","id":"b0b-1","for":"ACCEPT","word":"`+word+`"}`))
	}
	for _, side := range []struct {
		name           string
		states, inputs []input
	}{{"caller", callerStates, append(caller, anyInputs...)}, {"callee", calleeStates, append(callee, anyInputs...)}} {
		for _, state := range side.states {
			for _, in := range side.inputs {
				if !possible(side.name, state.name, in.name) {
					continue
				}
				v.add(side.name+"."+state.name+"."+in.name, in.name+", when the "+side.name+"'s invitation is "+state.name, "", invd.Setup{}, func(b *build) {
					state.do(b)
					b.now += 100 * ms
					in.do(b)
					if state.name == "idle" && in.name == "set" {
						app("", invd.Send, nil).do(b)
					}
					b.c.Clause = clauseOf(b.last)
					b.tail(3)
				})
			}
		}
	}
}

// possible leaves out calls of an invitation that the app has not.
func possible(side, state, in string) bool {
	call := in == "send" || in == "set" || strings.HasPrefix(in, "cancel") || strings.HasSuffix(in, "accept") && side == "callee" && in != "ack-accept" ||
		strings.HasPrefix(in, "accept-l") || strings.HasPrefix(in, "refuse")
	if (state == "unknown" || state == "idle") && slices.ContainsFunc(anyInputs, func(i input) bool { return i.name == in }) {
		return false // there is nothing to which it could happen
	}
	switch {
	case side == "caller" && state == "unknown":
		return in != "send" && in != "set" && !strings.HasPrefix(in, "cancel")
	case side == "caller":
		return true
	case strings.HasPrefix(in, "cancel"):
		return true
	case state == "unknown" || state == "early-cancel" || state == "stale":
		return !call
	}
	return true
}

func slug(words string) string { return strings.ReplaceAll(words, " ", "-") }

// instants are timers and what comes a millisecond before them, with them, and after.
func (v *vectors) instants() {
	accept, refuse := app("", invd.Accept, nil).do, app("", invd.Refuse, nil).do
	for _, each := range []struct {
		name, clause string
		way          func(b *build)
		after        invd.Time // of the last step of the way
		input        func(b *build)
	}{
		{"no-response-received", "ties", (*build).send, 30*second - second/4, hears(received)},
		{"no-response-accept", "ties", (*build).send, 30*second - second/4, hears(accepted)},
		{"expiry-accept", "ties", then((*build).send, hears(received)), 62 * second, hears(accepted)},
		{"expiry-refuse", "ties", then((*build).send, hears(received)), 62 * second, hears(refused)},
		{"expiry-cancel", "ties", then((*build).send, hears(received)), 62 * second, app("", invd.Cancel, nil).do},
		{"ring-accept", "ties", hears(invite), 60 * second, accept},
		{"ring-refuse", "ties", hears(invite), 60 * second, refuse},
		{"ring-cancel", "ties", hears(invite), 60 * second, hears(`{"v":1,"kind":"CANCEL","id":"b0b-1","reason":"expired"}`)},
		{"ring-refresh", "refresh", hears(invite), 20 * second, hears(invite)},
		{"accept-confirm", "ties", then(hears(invite), accept), 15 * second, hears(confirm)},
		{"accept-cancel", "ties", then(hears(invite), accept), 15 * second, hears(`{"v":1,"kind":"CANCEL","id":"b0b-1","reason":"user"}`)},
		{"quiet-invite", "quiet", then(hears(invite), accept), 14*second + second/2, hears(invite)},
		{"linger-refuse", "linger", then(hears(invite), refuse), 62 * second, hears(invite)},
		{"linger-cancel", "linger", then((*build).send, app("", invd.Cancel, nil).do), 32 * second, hears(`{"v":1,"kind":"ACK","id":"a1-1","for":"CANCEL"}`)},
		{"tombstone-canceled", "linger", then(hears(invite), hears(`{"v":1,"kind":"CANCEL","id":"b0b-1","reason":"user"}`)), 247 * second, hears(invite)},
		{"tombstone-refused", "linger", then(hears(invite), refuse), 247 * second, hears(invite)},
		{"tombstone-accepted", "linger", then(hears(invite), accept, hears(confirm)), 247 * second, hears(invite)},
		{"tombstone-stale", "linger", hears(strings.Replace(invite, `"age_ns":0`, `"age_ns":30000000000`, 1)), 247 * second, hears(invite)},
		{"tombstone-early-cancel", "linger", hears(`{"v":1,"kind":"CANCEL","id":"b0b-1","reason":"user"}`), 247 * second, hears(invite)},
		{"login-before-ring-end", "logged-out", then(hears(invite), session(false), accept), 60 * second, session(true)},
	} {
		for _, by := range []struct {
			name string
			by   invd.Time
		}{{"before", -ms}, {"at", 0}, {"after", ms}} {
			v.add("instant."+each.name+"."+by.name, each.name+", "+by.name+" the instant", each.clause, invd.Setup{}, func(b *build) {
				each.way(b)
				at := b.now + each.after
				b.pass(at - ms)
				switch by.name {
				case "at":
					b.now = at // the input comes before the timer
				case "after":
					b.pass(at)
					b.now = at + ms
				}
				each.input(b)
				b.tail(3)
			})
		}
		v.add("late."+each.name, each.name+", after a sleep in which its timer was due", each.clause, invd.Setup{}, func(b *build) {
			each.way(b)
			b.now += each.after + 5*second
			each.input(b)
			b.tail(3)
		})
		if strings.HasPrefix(each.name, "linger-") {
			v.add("late."+each.name+"-at-its-end", each.name+", after a sleep to the end of the linger: no overdue copy goes", each.clause, invd.Setup{}, func(b *build) {
				each.way(b)
				b.now += each.after
				each.input(b)
				b.tail(3)
			})
		}
	}
	for _, each := range []input{
		{"invite", (*build).send}, {"received", then((*build).send, hears(received))}, {"ring", hears(invite)}, {"accept", then(hears(invite), accept)},
		{"refuse", then(hears(invite), refuse)}, {"cancel", then((*build).send, app("", invd.Cancel, nil).do)},
		{"cancel-note", then((*build).send, app("", invd.Cancel, func(a *invd.App) { a.Note = text("later") }).do)},
	} {
		v.add("copies."+each.name, "all copies and timers of "+each.name, "copies", invd.Setup{}, func(b *build) {
			each.do(b)
			b.pass(b.now + 400*second)
		})
	}
}

// calls are the order of checks, and arguments at their limits.
func (v *vectors) calls() {
	for _, each := range []struct {
		name     string
		to       string
		content  string
		channel  string
		response string
	}{
		{"self", self, "", "", ""}, {"empty-callee", "", "", "", ""}, {"space-first", " x", "", "", ""}, {"null", "null", "", "", ""}, {"long-callee", strings.Repeat("b", 65), "", "", ""}, {"slash", "a/b", "", "", ""},
		{"backslash", `a\b`, "", "", ""}, {"quotation-mark", `a"b`, "", "", ""}, {"apostrophe", "a'b", "", "", ""}, {"star", "a*b", "", "", ""}, {"grave", "a`b", "", "", ""}, {"umlaut", "bücher", "", "", ""},
		{"self-in-capitals", strings.ToUpper(self), "", "", ""},
		{"longest-callee", strings.Repeat("b", 64), "", "", ""}, {"all-signs", "!#$%&()+-:;<=.>?@[]^_{}|~, ", "", "", ""},
		{"content-8192", peer, strings.Repeat("x", 8192), "", ""}, {"content-8193", peer, *long, "", ""}, {"content-multibyte", peer, strings.Repeat("ü", 4097), "", ""},
		{"channel-64", peer, "", strings.Repeat("x", 64), ""}, {"channel-65", peer, "", strings.Repeat("x", 65), ""}, {"channel-multibyte", peer, "", strings.Repeat("ü", 33), ""},
	} {
		if each.to == "" {
			continue // the driver itself wants one
		}
		v.add("send."+each.name, "send() with "+each.name, "calls", invd.Setup{}, func(b *build) {
			b.do(&invd.App{At: b.at(), Call: invd.Create, Ref: invd.Ref{Inv: "x", To: each.to}, Content: &each.content, ChannelID: &each.channel})
			app("", invd.Send, nil).do(b)
			app("", invd.Send, nil).do(b)
			b.tail(1)
		})
	}
	for _, n := range []int{1024, 1025} {
		v.add(fmt.Sprint("cancel.note-", n), "a note of so many bytes", "calls", invd.Setup{}, func(b *build) {
			b.send()
			app("", invd.Cancel, func(a *invd.App) { a.Note = text(strings.Repeat("n", n)) }).do(b)
			b.tail(2)
		})
	}
	for _, n := range []int{8192, 8193} {
		v.add(fmt.Sprint("accept.response-", n), "a response of so many bytes", "calls", invd.Setup{}, func(b *build) {
			b.hear(peer, invite)
			app("", invd.Accept, func(a *invd.App) { a.Response = text(strings.Repeat("r", n)) }).do(b)
			b.tail(2)
		})
	}
	v.add("send.two", "two invitations to one callee", "identity", invd.Setup{}, func(b *build) {
		b.send()
		b.do(&invd.App{At: b.at(), Call: invd.Create, Ref: invd.Ref{Inv: "y", To: peer}})
		b.do(&invd.App{At: b.at(), Call: invd.Send, Ref: invd.Ref{Inv: "y"}})
		b.hear(peer, strings.Replace(accepted, "a1-1", "a1-2", 1))
		b.tail(2)
	})
	v.add("send.refused-gives-no-id", "a send() that is refused uses up no id", "identity", invd.Setup{}, func(b *build) {
		b.do(&invd.App{At: b.at(), Call: invd.Create, Ref: invd.Ref{Inv: "y", To: self}})
		b.do(&invd.App{At: b.at(), Call: invd.Send, Ref: invd.Ref{Inv: "y"}})
		b.send()
	})
	v.add("send.logged-out", "send() while logged out ends in NOT_LOGGEDIN", "logged-out", invd.Setup{}, then(session(false), (*build).send, session(true)))
	v.add("restart.new-ids", "an endpoint that starts again knows nothing, and gives other ids", "identity", invd.Setup{}, func(b *build) {
		b.send()
		b.do(&invd.Reset{At: b.at(), Setup: invd.Setup{Self: self, Epoch: "a2"}, Case: b.c.ID})
		b.hear(peer, accepted)
		b.send()
	})
}

// judging are INVITEs of an unknown id.
func (v *vectors) judging() {
	for _, each := range []struct {
		name              string
		age, wait, expiry invd.Time
		held              invd.Time
	}{
		{"fresh", 0, 30 * second, 60 * second, 0}, {"shorter-expiry", 0, 30 * second, 5 * second, 0}, {"longer-expiry", 0, 30 * second, 100 * second, 0},
		{"wait-0", 0, 0, 60 * second, 0}, {"expiry-0", 0, 30 * second, 0, 0}, {"longest-wait", 0, 147 * second, 60 * second, 0}, {"too-long-wait", 0, 147*second + 1*ms, 60 * second, 0},
		{"age-before-wait", 30*second - ms, 30 * second, 60 * second, 0}, {"age-at-wait", 30 * second, 30 * second, 60 * second, 0},
		{"held-before-wait", 10 * second, 30 * second, 60 * second, 20*second - ms}, {"held-at-wait", 10 * second, 30 * second, 60 * second, 20 * second},
	} {
		v.add("judge."+each.name, "an INVITE of an unknown id: "+each.name, "judging", invd.Setup{}, func(b *build) {
			m := fmt.Sprintf(`{"v":1,"kind":"INVITE","id":"b0b-1","content":"","channel_id":"","age_ns":%d,"wait_ns":%d,"expiry_ns":%d}`, each.age, each.wait, each.expiry)
			b.do(&invd.Deliver{At: b.at(), From: peer, Message: []byte(m), Held: each.held})
			b.pass(70 * second)
			b.hear(peer, invite)
		})
	}
}

// others are options, devices, groups, and two peers.
func (v *vectors) others() {
	zero := invd.Time(0)
	for _, each := range []struct {
		name  string
		setup invd.Setup
	}{
		{"vendor-times", invd.Setup{Options: invd.Options{Times: invd.Times{Grace: &zero, Accept: 5 * second, Refresh: &zero}}}},
		{"count-from-send", invd.Setup{Options: invd.Options{CountFromSend: true}}},
		{"no-retransmit", invd.Setup{Options: invd.Options{NoRetransmit: true}}},
		{"fail-at-once", invd.Setup{Options: invd.Options{FailAtOnce: true}}},
		{"device", invd.Setup{Device: "7"}},
	} {
		for _, way := range []input{
			{"caller", then((*build).send, online(false), passes(second), online(true), passes(100*second))},
			{"caller-received", then((*build).send, passes(10*second), hears(received), passes(100*second))},
			{"callee", then(hears(strings.Replace(invite, `"age_ns":0`, `"age_ns":9000000000`, 1)), passes(100*second))},
			{"callee-accept", then(hears(invite), app("", invd.Accept, nil).do, passes(100*second))},
			{"callee-refuse", then(hears(invite), app("", invd.Refuse, nil).do, passes(100*second))},
			{"caller-unknown", then(hears(accepted), hears(received), hears(refused))},
		} {
			v.add("option."+each.name+"."+way.name, way.name+" with "+each.name, map[bool]string{true: "devices", false: "times"}[each.name == "device"], each.setup, way.do)
		}
	}
	v.add("bound.callee", "an INVITE, a CANCEL and a CONFIRM at a bound", "bounds", invd.Setup{Options: invd.Options{MaxPerPeer: 1, MaxTotal: 2}}, func(b *build) {
		b.hear(peer, invite)
		b.hear(peer, strings.Replace(invite, "b0b-1", "b0b-2", 1))
		b.hear(peer, `{"v":1,"kind":"CANCEL","id":"b0b-2","reason":"user"}`)
		b.hear(peer, `{"v":2,"kind":"CONFIRM","id":"b0b-2","device":"8"}`)
	})
	v.add("bound.caller", "send() at a bound", "bounds", invd.Setup{Options: invd.Options{MaxPerPeer: 1, MaxTotal: 2}}, func(b *build) {
		b.send()
		b.do(&invd.App{At: b.at(), Call: invd.Create, Ref: invd.Ref{Inv: "y", To: peer}})
		b.do(&invd.App{At: b.at(), Call: invd.Send, Ref: invd.Ref{Inv: "y"}})
	})
	v.add("group.decided", "the first accept cancels the others in the same input", "groups", invd.Setup{}, func(b *build) {
		for i, to := range []string{peer, other, "dave"} {
			b.do(&invd.App{At: b.at(), Call: invd.Create, Ref: invd.Ref{Inv: fmt.Sprint(i), To: to}, Group: "g"})
			if i < 2 {
				b.do(&invd.App{At: b.at(), Call: invd.Send, Ref: invd.Ref{Inv: fmt.Sprint(i)}})
			}
		}
		b.hear(peer, accepted)
		b.do(&invd.App{At: b.at(), Call: invd.Send, Ref: invd.Ref{Inv: "2"}})
		b.hear(other, `{"v":1,"kind":"ACCEPT","id":"a1-2","response":""}`)
		b.pass(10 * second)
	})
	v.add("group.received", "one that rings is canceled, too", "groups", invd.Setup{}, func(b *build) {
		for i, to := range []string{peer, other} {
			b.do(&invd.App{At: b.at(), Call: invd.Create, Ref: invd.Ref{Inv: fmt.Sprint(i), To: to}, Group: "g"})
			b.do(&invd.App{At: b.at(), Call: invd.Send, Ref: invd.Ref{Inv: fmt.Sprint(i)}})
		}
		b.hear(other, strings.Replace(received, "a1-1", "a1-2", 1))
		b.hear(peer, accepted)
		b.tail(3)
	})
	for _, state := range callerStates {
		if state.name == "received" || state.name == "canceled" || state.name == "no-response" {
			v.add("fail-at-once."+state.name, "a callee that goes offline, when the invitation is "+state.name, "presence", invd.Setup{Options: invd.Options{FailAtOnce: true}}, func(b *build) {
				state.do(b)
				online(false)(b)
				b.tail(3)
			})
		}
	}
	v.add("fail-at-once.idle", "send() to a callee who is known to be offline", "presence", invd.Setup{Options: invd.Options{FailAtOnce: true}}, func(b *build) {
		b.send()
		online(false)(b)
		b.do(&invd.App{At: b.at(), Call: invd.Create, Ref: invd.Ref{Inv: "y", To: peer}})
		b.do(&invd.App{At: b.at(), Call: invd.Send, Ref: invd.Ref{Inv: "y"}})
		b.tail(2)
	})
	for _, each := range []struct {
		name  string
		times invd.CallTimes
	}{{"short", invd.CallTimes{NoResponse: 3 * second, Expiry: 5 * second}}, {"too-short", invd.CallTimes{NoResponse: 400 * ms}}, {"too-long", invd.CallTimes{Expiry: 500 * second}}} {
		v.add("call-times."+each.name, "times of one call", "times-of-one-call", invd.Setup{}, func(b *build) {
			b.do(&invd.App{At: b.at(), Call: invd.Create, Ref: invd.Ref{Inv: "x", To: peer}, Times: each.times})
			app("", invd.Send, nil).do(b)
			b.pass(4 * second)
		})
	}
	v.add("missed.withdrawn", "another device has answered a missed call", "missed", invd.Setup{Device: "7"}, func(b *build) {
		b.hear(peer, strings.Replace(invite, `"age_ns":0`, `"age_ns":30000000000`, 1))
		b.hear(peer, `{"v":2,"kind":"CONFIRM","id":"b0b-1","device":"8"}`)
		b.hear(peer, `{"v":2,"kind":"CONFIRM","id":"b0b-1","device":"8"}`)
	})
	for _, each := range []struct{ name, json string }{
		{"confirm", `{"v":2,"kind":"CONFIRM","id":"b0b-1","device":"8"}`}, {"refuse", `{"v":2,"kind":"ACK","id":"b0b-1","for":"REFUSE","device":"8","refused":true}`},
	} {
		v.add("device.elsewhere-"+each.name, "another device has answered before the INVITE comes: "+each.name, "devices", invd.Setup{Device: "7"}, then(hears(each.json), hears(invite), hears(invite)))
	}
	v.add("missed.withdrawn-here", "another device has answered a call that the only device has missed", "missed", invd.Setup{}, func(b *build) {
		b.hear(peer, strings.Replace(invite, `"age_ns":0`, `"age_ns":30000000000`, 1))
		b.hear(peer, `{"v":2,"kind":"CONFIRM","id":"b0b-1","device":"8"}`)
		b.hear(peer, `{"v":2,"kind":"CONFIRM","id":"b0b-1","device":"8"}`)
	})
	v.add("resync.spacing", "a resync keeps half a second between copies", "resync", invd.Setup{}, func(b *build) {
		b.send()
		online(true)(b)
		b.pass(3 * second)
		online(true)(b)
		b.pass(5 * second)
	})
	for _, each := range []struct {
		name                string
		last, asks, arrives invd.Time // when the last INVITE goes, and what comes then
	}{{"", 0, 100 * ms, 300 * ms}, {"-at-the-end", 29*second + 800*ms, 29*second + 900*ms, 29*second + 950*ms}} {
		v.add("resync.receipt-before-the-copy"+each.name, "an INVITE that a resync has put off goes, although RECEIVED comes before", "resync", invd.Setup{}, func(b *build) {
			b.send()
			if each.last > 0 {
				b.pass(each.last)
				online(true)(b)
			}
			b.pass(each.asks)
			online(true)(b)
			b.pass(each.arrives)
			b.hear(peer, received)
			b.pass(each.arrives + 5*second)
		})
	}
	v.add("presence.offline-code", "a callee that was last known offline", "presence", invd.Setup{}, then((*build).send, online(false), passes(31*second)))
	v.add("presence.offline-accept", "a caller that was last known offline", "presence", invd.Setup{}, then(hears(invite), app("", invd.Accept, nil).do, online(false), passes(16*second)))
	v.add("presence.malformed", "a malformed message is no sign of life", "malformed", invd.Setup{}, then((*build).send, online(false), hears(strings.Replace(accepted, "yes", *long, 1)), passes(31*second)))
	v.add("presence.accept-logged-out", "an ACCEPT that is dropped, because nobody is logged in, is a sign of life", "logged-out", invd.Setup{}, then((*build).send, session(false), online(false), hears(accepted), passes(31*second)))
	v.add("logged-out.accept", "a login starts the accept time afresh, from now", "logged-out", invd.Setup{}, then(hears(invite), session(false), app("", invd.Accept, nil).do, passes(5*second), session(true), passes(20*second)))
	v.add("late.confirm-of-8", "an overdue accept timer comes before a CONFIRM of another device", "ties", invd.Setup{}, func(b *build) {
		b.hear(peer, invite)
		app("", invd.Accept, nil).do(b)
		b.now = 20 * second
		b.hear(peer, strings.Replace(confirm, `"v":1`, `"v":2,"device":"8"`, 1))
		b.tail(1)
	})
	v.add("late.confirm-logged-out", "an overdue accept timer comes before a CONFIRM while logged out", "ties", invd.Setup{}, func(b *build) {
		b.hear(peer, invite)
		app("", invd.Accept, nil).do(b)
		session(false)(b)
		b.now = 65 * second
		b.hear(peer, confirm)
		b.tail(1)
	})
	v.add("ring.other-channel", "an INVITE of the same id with another channel", "the-callee", invd.Setup{}, then(hears(invite), hears(strings.Replace(invite, "room", "hall", 1))))
	v.add("identity.other-epoch", "ids of one counter and two epochs are two invitations", "identity", invd.Setup{}, func(b *build) {
		b.hear(peer, invite)
		b.hear(peer, strings.Replace(invite, "b0b-1", "b0c-1", 1))
		b.hear(peer, `{"v":1,"kind":"CANCEL","id":"b0b-1","reason":"user"}`)
		b.do(&invd.App{At: b.at(), Call: invd.Accept, Ref: invd.Ref{From: peer, ID: "b0c-1"}})
		b.hear(peer, strings.Replace(confirm, "b0b-1", "b0c-1", 1))
	})
	v.add("identity.other-peer", "an id is another invitation under another sender", "identity", invd.Setup{}, func(b *build) {
		b.hear(peer, invite)
		b.hear(other, `{"v":1,"kind":"CANCEL","id":"b0b-1","reason":"user"}`)
		b.hear(other, strings.Replace(invite, "video?", "audio?", 1))
		b.send()
		b.hear(other, accepted)
		b.hear(other, refused)
		b.tail(2)
	})
	v.add("reflection.epoch", "a message with our own epoch", "reflections", invd.Setup{}, func(b *build) {
		b.send()
		b.hear(peer, strings.Replace(invite, "b0b-1", "a1-9", 1))
		b.hear(self, invite)
		b.hear(peer, `{"v":1,"kind":"CANCEL","id":"a1-1","reason":"user"}`)
	})
	v.add("reflection.epoch-of-before", "a message with the id of a call from before a crash", "reflections", invd.Setup{}, then((*build).send, again, hears(strings.Replace(invite, "b0b-1", "a1-1", 1))))
}
