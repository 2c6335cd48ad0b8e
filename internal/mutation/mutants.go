// Package mutation is the list of all rules, and breaks them one at a time in the
// source, to see the tests fail. A mutant is a few replacements; the test builds it
// with an overlay, so no file is touched. It imports sim/mutant.
//
//	go test ./internal/mutation -v -mutate
//
// Of the rules of version 1.0 that only the source can break, it says what else finds
// them broken: a swarm of worlds, or an exhaustive search.
//
//	go test ./internal/mutation -v -found
//
// Package sim/mutant breaks some of the rules while the program runs, without any
// change of an engine. The list says which, and has the other rules' words.
package mutation

import "github.com/invsim/invsim/sim/mutant"

// Edit replaces the one occurrence of Old in a file.
type Edit struct{ File, Old, New string }

// Mutant is a broken rule.
type Mutant struct {
	ID    mutant.ID // of the rule in sim/mutant, which has its words; None if only its source can be changed
	Rule  string    // what such a rule says when it is not broken
	Edits []Edit
	Swarm int      // a swarm of seed 1 finds it in so many worlds; 0: none was seen to
	Check []string // flags with which invsim check finds it; nil: none was seen to
	Alone string   // why only the tests of its package find it
}

// String is what the rule says when it is not broken.
func (m *Mutant) String() string {
	if m.ID == mutant.None {
		return m.Rule
	}
	return mutant.All[m.ID-1].Rule
}

const (
	localGo      = "states/local.go"
	remoteGo     = "states/remote.go"
	clockGo      = "engine/clock.go"
	engineGo     = "engine/engine.go"
	indexGo      = "engine/index.go"
	invitationGo = "engine/invitation.go"
	optionsGo    = "engine/options.go"
	outputGo     = "engine/output.go"
	receiveGo    = "engine/receive.go"
	recordsGo    = "engine/records.go"
	restoreGo    = "engine/restore.go"
	retransmitGo = "engine/retransmit.go"
	stepGo       = "engine/step.go"
	timersGo     = "engine/timers.go"
)

// Mutants are all of them: first the rules of sim/mutant, in its order, then those
// that are broken in the source only.
var Mutants = []Mutant{
	{ID: mutant.AcceptWithoutConfirm, Edits: []Edit{
		{remoteGo, "m.move(received, RemoteAccept, acceptSent, ArmAccept|SendAccept)", "m.move(received, RemoteAccept, acceptSent, ArmAccept|SendAccept|RaiseAccepted)"}}},
	{ID: mutant.AcceptAfterCancel, Edits: []Edit{
		{localGo, "m.stay(canceled, LocalAccept, CloseCanceled)", "m.move(canceled, LocalAccept, accepted, ReplyConfirm|RaiseAccepted)"}}},
	{ID: mutant.NoCalleeTombstone, Edits: []Edit{
		{engineGo, "remote: int64(keepRemote)}", "remote: min(1, int64(keepRemote))}"}}},
	{ID: mutant.ShortCalleeTombstone, Edits: []Edit{
		{engineGo, "remote: int64(keepRemote)}", "remote: min(int64(options.Times.Linger), int64(keepRemote))}"}}},
	{ID: mutant.EarlyCancelAckedOnly, Edits: []Edit{
		{remoteGo, "m.move(unknown, RemoteCancel, canceled, ReplyAckCancel)", "m.stay(unknown, RemoteCancel, ReplyAckCancel)"}}},
	{ID: mutant.UnknownAcceptConfirmed, Edits: []Edit{
		{localGo, "m.stay(idle, LocalAccept, CloseUnknown)", "m.stay(idle, LocalAccept, ReplyConfirm)"}}},
	{ID: mutant.CancelAfterAccepted, Edits: []Edit{
		{localGo, "m.stays(ended, LocalCancel, AlreadyEnd)", "m.move(accepted, LocalCancel, canceled, RaiseCanceled)\nm.stays([]LocalState{refused, canceled, failure}, LocalCancel, AlreadyEnd)"}}},
	{ID: mutant.KeyWithoutPeer, Edits: []Edit{
		{indexGo, "if rec != nil && rec.peer == from {", "if rec != nil {"}}},
	{ID: mutant.IDsUsedAgain, Edits: []Edit{
		{invitationGo, "\t\te.counter++\n", "\t\te.counter = 1\n"}}},
	{ID: mutant.ExpiredCancelSaysUser, Edits: []Edit{
		{localGo, "m.move(received, LocalExpiry, failure, SendCancelExpired|FailExpire)", "m.move(received, LocalExpiry, failure, SendCancelUser|FailExpire)"}}},
	{ID: mutant.SecondRing, Edits: []Edit{
		{remoteGo, "m.stay(received, RemoteInvite, ReplyReceived)", "m.stay(received, RemoteInvite, ReplyReceived|RaiseReceived)"}}},
	{ID: mutant.ReceiptNotImplied, Edits: []Edit{
		{localGo, "ReplyConfirm|RaiseReceivedByPeer|RaiseAccepted", "ReplyConfirm|RaiseAccepted"}}},
	{ID: mutant.CancelNotTold, Edits: []Edit{
		{remoteGo, "canceled, ReplyAckCancel|RaiseCanceled)", "canceled, ReplyAckCancel)"}}},
	{ID: mutant.AcceptTwice, Edits: []Edit{
		{remoteGo, "m.stay(acceptSent, call, AlreadyAccept)", "m.stay(acceptSent, call, Unexpected)"}}},
	{ID: mutant.RefuseAfterAccept, Edits: []Edit{
		{remoteGo, "m.stay(acceptSent, call, AlreadyAccept)", "if call == RemoteRefuse {\nm.move(acceptSent, call, refused, SendRefuse|RaiseRefused)\n} else {\nm.stay(acceptSent, call, AlreadyAccept)\n}"}}},
	{ID: mutant.ResponseNotShown, Edits: []Edit{
		{stepGo, "\t\ts.inv.response = s.text\n", ""}}},
	{ID: mutant.RefreshConfirmed, Edits: []Edit{
		{localGo, "m.ignore(received, LocalReceived)", "m.stay(received, LocalReceived, ReplyConfirm)"}}},
	{ID: mutant.GroupNotDecided, Edits: []Edit{
		{"engine/group.go", "if accepted.state != uint8(states.LocalAcceptedByRemote) {", "if true {"}}},
	{ID: mutant.ConfirmOfAnother, Edits: []Edit{
		{receiveGo, "\tcase Confirm:\n\t\tif own {", "\tcase Confirm:\n\t\tif true {"}}},
	{ID: mutant.ElsewhereForgotten, Edits: []Edit{
		{remoteGo, "m.move(unknown, elsewhere, canceled, 0)", "m.ignore(unknown, elsewhere)"}}},
	{ID: mutant.EarlyCancelForgotten, Edits: []Edit{
		{remoteGo, "m.move(unknown, RemoteCancel, canceled, ReplyAckCancel)", "m.ignore(unknown, RemoteCancel)"}}},
	{ID: mutant.NoGiveUpCancel, Edits: []Edit{
		{localGo, "SendCancelNoResponse|FailNoResponse", "FailNoResponse"}}},
	{ID: mutant.NoCallerTombstone, Edits: []Edit{
		{engineGo, "{local: int64(keepLocal)", "{local: min(1, int64(keepLocal))"}}},
	{ID: mutant.NoClosedAtOnce, Edits: []Edit{
		{remoteGo, "m.move(received, RemoteExpiry, failure, CloseFailed|FailExpire)", "m.move(received, RemoteExpiry, failure, FailExpire)"}}},
	{ID: mutant.NoPresenceResume, Edits: []Edit{
		{engineGo, "\t\te.setPresence(p, presenceOnline)\n\t\te.resync(p)\n", "\t\te.setPresence(p, presenceOnline)\n"}}},
	{ID: mutant.ConfirmAfterItsTimer, Edits: []Edit{
		{receiveGo, "e.fire(e.now-1, e.confirmed(from, m))", "e.fire(e.now-1, nil)"}}},
	{ID: mutant.EndedCallerSilent, Edits: []Edit{
		{localGo, "m.stay(canceled, LocalReceived, CloseCanceled)", "m.ignore(canceled, LocalReceived)"},
		{localGo, "m.stay(failure, LocalReceived, CloseOwn)", "m.ignore(failure, LocalReceived)"}}},
	{ID: mutant.OverloadedEnds, Edits: []Edit{
		{localGo, "m.stay(sent, LocalClosedOverloaded, NoteOverloaded)", "m.move(sent, LocalClosedOverloaded, failure, SendCancelRejected|FailNoResponse)"}}},
	{ID: mutant.AcceptTakenLoggedOut, Edits: []Edit{
		{receiveGo, "case m.Kind == Accept && !e.loggedIn:", "case false:"}}},

	// No table breaks this one: the timer has to go on in a state that has another.
	{Rule: "accept() stops the expiry timer", Edits: []Edit{
		{stepGo, "\te.timers.disarm(s.rec)\n", "\tif s.rec.role == local || next != uint8(states.RemoteAcceptSentToLocal) {\ne.timers.disarm(s.rec)\n}\n"},
		{stepGo, "\t\t\te.timers.disarmFinal(s.rec)\n\t\t\te.timers.armList(s.rec, acceptTimer, e.now+e.lasting[acceptTimer])\n", ""},
		{remoteGo, "m.stay(acceptSent, RemoteRetransmit, CopyAccept)", "m.stay(acceptSent, RemoteRetransmit, CopyAccept)\nm.move(acceptSent, RemoteExpiry, failure, CloseFailed|FailExpire)"}}},
	{Rule: "an id is another peer's as long as one of several has it", Edits: []Edit{
		{indexGo, "return nil, rec != nil || x.sharing(id) != nil", "return nil, rec != nil"}}},
	{Rule: "an id that several peers use is known until the last has forgotten it", Edits: []Edit{
		{indexGo, "\t\ts.count--\n", "\t\ts.count -= 2\n"}}},
	{Rule: "any message is a sign that its peer is online", Edits: []Edit{
		{receiveGo, "\twasOffline := p.presence == presenceOffline\n\te.setPresence(p, presenceOnline)\n", "\twasOffline := p.presence == presenceOffline\n"}}},
	{Rule: "a message at the time of a timer comes before it", Edits: []Edit{
		{receiveGo, "e.fire(e.now-1, e.confirmed(from, m))", "e.fire(e.now, e.confirmed(from, m))"}}},
	{Rule: "an API call at the time of a timer comes before it", Edits: []Edit{
		{engineGo, "e.fire(e.now-1, except)", "e.fire(e.now, except)"}}},
	{Rule: "Advance fires what is due now", Edits: []Edit{
		{engineGo, "\te.readClock()\n\te.fire(e.now, nil)\n", "\te.readClock()\n\te.fire(e.now-1, nil)\n"}}},
	{Rule: "no response after 30 s, not a millisecond later", Edits: []Edit{
		{stepGo, "e.now+int64(e.noResponse(s.inv)))", "e.now+int64(e.noResponse(s.inv))+1e6)"}}},
	{Rule: "the callee's expiry after 60 s, not a millisecond later", Edits: []Edit{
		{stepGo, "e.arm(s.rec, remoteExpiryTimer, s.inv.ringEnd)", "e.arm(s.rec, remoteExpiryTimer, s.inv.ringEnd+1e6)"}}},
	{Rule: "the caller's expiry after 60 s and the grace, not a millisecond later", Edits: []Edit{
		{stepGo, "e.arm(s.rec, localExpiryTimer, e.now+int64(e.expiry(s.inv)+t.Grace))", "e.arm(s.rec, localExpiryTimer, e.now+int64(e.expiry(s.inv)+t.Grace)+1e6)"}}},
	{Rule: "the accept time ends after 15 s, not a millisecond later", Edits: []Edit{
		{engineGo, "acceptTimer: int64(t.Accept)", "acceptTimer: int64(t.Accept) + 1e6"}}},
	{Rule: "a lingering message is repeated for 32 s, not a millisecond less", Edits: []Edit{
		{timersGo, "int64(e.options.Times.Linger)", "int64(e.options.Times.Linger)-1e6"}}},
	{Rule: "final timers come before retransmissions, which are then skipped", Edits: []Edit{
		{timersGo, "\tfor e.finally() <= limit {\n", "\tfor t.copyDue() <= limit {\n\t\te.retransmit(t.heaps[copies][0])\n\t}\n\tfor e.finally() <= limit {\n"}}},
	{Rule: "the linger ends at its time, whatever copies are due", Edits: []Edit{
		{timersGo, "rec := t.firstLingering(r); rec != nil &&", "rec := t.firstLingering(r); rec != nil && !rec.inv.copies() &&"}}},
	{Rule: "restored after its linger, an invitation repeats nothing", Edits: []Edit{
		{restoreGo, " && !e.lingered(inv, e.now)", ""}}},
	{Rule: "no copy is due at the end of the linger", Edits: []Edit{
		{retransmitGo, "e.lingered(inv, at)", "e.lingered(inv, at-1)"}}},
	{Rule: "a copy that is overdue at the end of the linger does not go", Edits: []Edit{
		{retransmitGo, "\tif !e.lingered(inv, e.now) {\n", "\tif true {\n"}}},
	{Rule: "an INVITE that a resync has put off goes, although RECEIVED comes before", Edits: []Edit{
		{stepGo, "\tif s.inv.interval == 0 {\n", "\tif false {\n"}}},
	{Rule: "equal deadlines fire in the order of arming", Edits: []Edit{
		{timersGo, "d.at == at && d.order < order", "d.at == at && d.order > order"}}},
	{Rule: "a cancel is told to the caller's app", Edits: []Edit{
		{localGo, "m.move(sent, LocalCancel, canceled, SendCancelUser|RaiseCanceled)", "m.move(sent, LocalCancel, canceled, SendCancelUser)"}}},
	{Rule: "a second payload under one id does not count", Edits: []Edit{
		{receiveGo, "return states.RemoteInviteConflict", "s.inv.content = s.message.Content\nreturn states.RemoteInvite"}}},
	{Rule: "the response goes to the caller", Edits: []Edit{
		{stepGo, "m.Device, m.Response = e.options.Device, inv.response", "m.Device = e.options.Device"}}},
	{Rule: "an INVITE whose time is over does not ring", Edits: []Edit{
		{receiveGo, "stale := late(m) >= m.Wait || expiry <= 0", "stale := expiry <= 0"}}},
	{Rule: "the time in the transport's store counts", Edits: []Edit{
		{receiveGo, " + min(max(m.Held, 0), m.Wait)", ""}}},
	{Rule: "an INVITE with impossible times is turned away", Edits: []Edit{
		{receiveGo, "|| m.Wait > t.Tombstone-t.MaxDelay", ""}}},
	{Rule: "pauses between copies double", Edits: []Edit{
		{retransmitGo, "min(2*inv.interval, limit)", "min(inv.interval, limit)"}}},
	{Rule: "pauses between copies are capped", Edits: []Edit{
		{retransmitGo, "min(2*inv.interval, limit)", "max(2*inv.interval, limit-limit)"}}},
	{Rule: "presence repeats nothing within 500 ms of the last copy", Edits: []Edit{
		{"engine/snapshot.go", "return inv.lastCopy + resumeSpacing", "return inv.lastCopy"}}},
	{Rule: "no ACCEPT leaves in the last 500 ms", Edits: []Edit{
		{retransmitGo, "at > inv.rec.deadline-acceptQuiet", "at > inv.rec.deadline"}}},
	{Rule: "no ACCEPT leaves in the last 500 ms, whatever woke it", Edits: []Edit{
		{retransmitGo, "e.loggedIn && !e.tooLate(inv, kind, e.now)", "e.loggedIn"}}},
	{Rule: "an ACCEPT leaves at the beginning of the last 500 ms", Edits: []Edit{
		{retransmitGo, "at > inv.rec.deadline-acceptQuiet", "at >= inv.rec.deadline-acceptQuiet"}}},
	{Rule: "an ACCEPT in the queue can be too late", Edits: []Edit{
		{restoreGo, " || e.tooLate(rec.inv, Accept, e.now)", ""}}},
	{Rule: "the tombstone has room for drift", Edits: []Edit{
		{optionsGo, "return d + d*(2*100*MaxDrift)/100", "return d + d*(100*MaxDrift)/100"}}},
	{Rule: "the accept time has room for two copies and an answer", Edits: []Edit{
		{optionsGo, "t.Accept >= t.AcceptFirst+time.Duration(acceptQuiet)", "t.Accept > t.AcceptFirst"}}},
	{Rule: "no pause is under 10 ms", Edits: []Edit{
		{optionsGo, "= 10 * time.Millisecond ", "= 9 * time.Millisecond "}}},
	{Rule: "logged out, no copy is sent", Edits: []Edit{
		{outputGo, "case !e.loggedIn:", "case !e.loggedIn && m.Kind != Cancel:"},
		{retransmitGo, "\tif e.loggedIn &&", "\tif (e.loggedIn || kind == Cancel) &&"}}},
	{Rule: "logged out, nothing else is sent", Edits: []Edit{
		{outputGo, "case !e.loggedIn:", "case !e.loggedIn && m.Kind != Closed:"}}},
	{Rule: "logged in again, everything that waits is repeated", Edits: []Edit{
		{engineGo, "\t\t} else {\n\t\t\te.resyncOne(inv)\n\t\t}\n", "\t\t}\n"}}},
	{Rule: "an acknowledged REFUSE is repeated no more", Edits: []Edit{
		{remoteGo, "m.stay(refused, RemoteAckRefuse, EndLinger)", "m.ignore(refused, RemoteAckRefuse)"}}},
	{Rule: "messages come before events", Edits: []Edit{
		{stepGo, "\te.carryOut(s, effects)\n", "\te.carryOut(s, effects&^(states.RaiseReceived-1))\n\te.flushEvents()\n\te.carryOut(s, effects&(states.RaiseReceived-1))\n"}}},
	{Rule: "a clock that goes back stands still", Edits: []Edit{
		{clockGo, "e.now += max(0, forward)", "e.now += forward"}}},
	{Rule: "a clock that was set back goes on from there", Edits: []Edit{
		{clockGo, "forward < -setBy || ", ""}}},
	{Rule: "a clock that was set forward goes on from there", Edits: []Edit{
		{clockGo, "|| forward > setBy {", "{"}}},
	{Rule: "whatever is remembered stays as far away when the clock is set", Edits: []Edit{
		{clockGo, "\t\t\trec.deadline -= shift\n", ""}}},
	{Rule: "one peer cannot fill the memory", Edits: []Edit{
		{recordsGo, "held, bound := 0, e.options.MaxPerPeer", "held, bound := 0, e.options.MaxTotal"}}},
	{Rule: "all peers together cannot fill the memory", Edits: []Edit{
		{recordsGo, "e.total[r] >= e.options.MaxTotal || ", ""}}},
	{Rule: "half of the callee's places are for peers that hold few", Edits: []Edit{
		{recordsGo, "bound = max(1, bound/8)", ""}}},
	{Rule: "a peer that holds none has its place in the second half, too", Edits: []Edit{
		{recordsGo, "max(1, bound/8)", "bound / 8"}}},
	{Rule: "the caller's places are for anybody", Edits: []Edit{
		{recordsGo, "if r == remote && 2*e", "if 2*e"}}},
	{Rule: "the second half begins when half of the places are taken", Edits: []Edit{
		{recordsGo, "2*e.total[r] >= e.options.MaxTotal", "2*e.total[r] > e.options.MaxTotal"}}},
	{Rule: "a CANCEL that cannot be remembered is not acknowledged", Edits: []Edit{
		{remoteGo, "m.ignore(unknown, RemoteCancelAtLimit)", "m.stay(unknown, RemoteCancelAtLimit, ReplyAckCancel)"}}},
	{Rule: "a message under another peer's id is a security event", Edits: []Edit{
		{receiveGo, "\tif elsewhere {\n\t\te.stats.Security++\n\t}\n", ""}}},
	{Rule: "a message goes to its invitation's peer", Edits: []Edit{
		{stepGo, "e.queue(s.peer, Confirm, s.id, true)", "e.queue(\"user0\", Confirm, s.id, true)"}}},
	{Rule: "a record is forgotten one tombstone time after its end", Edits: []Edit{
		{stepGo, "e.now+e.keep[s.rec.role])", "e.now+e.keep[s.rec.role]+1e9)"},
		{timersGo, "return rec.deadline - e.keep[rec.role]", "return rec.deadline - 1e9 - e.keep[rec.role]"}}},
	{Rule: "refuse() after accept() is ALREADY_ACCEPT", Edits: []Edit{
		{remoteGo, "m.stay(acceptSent, call, AlreadyAccept)", "m.stay(acceptSent, call, AlreadyEnd)"}}},
	{Rule: "content is at most 8192 bytes", Edits: []Edit{
		{"engine/limits.go", "MaxContent   = 8192", "MaxContent   = 8193"}}},
	{Rule: "nobody calls himself", Edits: []Edit{
		{invitationGo, "case id == e.self:", "case false:"}}},
	{Rule: "an odd user id is quoted", Edits: []Edit{
		{"internal/quote/quote.go", "c <= ' ' || ", ""}}},
	{Rule: "a long user id is cut", Edits: []Edit{
		{"internal/quote/quote.go", "|| len(id) > most", ""}}},
	{Rule: "a copy of an invitation is none", Edits: []Edit{
		{invitationGo, "return inv != nil && inv.self == inv", "return inv != nil && inv.self != nil"}}},
	{Rule: "setters are ignored after send", Edits: []Edit{
		{invitationGo, "\tif l.State() == states.LocalIdle && (*invitation)(l).original() {\n\t\tl.content = content\n\t}", "\tl.content = content"}}},
	// Devices, groups, log-outs and resyncs.
	{Rule: "the caller remembers which device has answered", Edits: []Edit{
		{stepGo, "\t\t\ts.rec.device, s.inv.device = s.device, s.device\n", ""}}, Check: []string{"--with", "devices"}},
	{Rule: "a refusal that was not the outcome ends no other device", Edits: []Edit{
		{receiveGo, "\t\tcase !m.Refused:\n\t\t\treturn states.RemoteAckRefuseOther\n", ""}}, Check: []string{"--with", "devices"}},
	{Rule: "a failure on one of several devices does not end the call", Edits: []Edit{
		{receiveGo, "\tcase m.Device != 0:\n\t\treturn states.LocalClosedOther\n", ""}}, Check: []string{"--with", "devices"}},
	{Rule: "CLOSED(stale) does not end a call that rings", Edits: []Edit{
		{localGo, "m.ignore(received, LocalClosedStale)", "m.move(received, LocalClosedStale, failure, FailExpire)"}}, Alone: "one of several devices has to get its first copy late"},
	{Rule: "only a login before the ring's own end begins the accept time anew", Edits: []Edit{
		{engineGo, " && e.now < inv.ringEnd", ""}}, Swarm: 60},
	{Rule: "an INVITE of a call that rings has the present deadline", Edits: []Edit{
		{stepGo, "\t\t\tm.Wait = time.Duration(inv.rec.deadline - inv.sentAt)\n", ""}}, Swarm: 20},
	{Rule: "after a restart of unknown length no INVITE is sent again", Edits: []Edit{
		{restoreGo, "\t\t\tinv.ageless = true\n", ""}}, Alone: "a world knows how long a process was down"},
	{Rule: "nothing is sent in a decided group", Edits: []Edit{
		{invitationGo, "inv.more.group != nil && inv.more.group.decided", "false"}}, Swarm: 180},
	{Rule: "a call that is canceled because another of its group was accepted says so", Edits: []Edit{
		{localGo, "m.move(sent, LocalGroupDecided, canceled, SendCancelAnswered|RaiseCanceled)", "m.move(sent, LocalGroupDecided, canceled, SendCancelUser|RaiseCanceled)"},
		{localGo, "m.move(received, LocalGroupDecided, canceled, SendCancelAnswered|RaiseCanceled)", "m.move(received, LocalGroupDecided, canceled, SendCancelUser|RaiseCanceled)"}}, Swarm: 20},
	{Rule: "a group that was open before a restart stays one", Edits: []Edit{
		{"engine/load.go", "saved == nil || inv.more.group.number != saved.number {", "saved == nil || inv != nil {"}}, Swarm: 470},
	{Rule: "what only we say about an invitation is not heard from others", Edits: []Edit{
		{receiveGo, "case from == e.self || role == remote && e.isOwn(m.ID):", "case from == e.self:"}}, Alone: "no third party speaks in the name of a call's user"},
	{Rule: "a phone that rings repeats its RECEIVED", Edits: []Edit{
		{retransmitGo, "if refresh == 0 {", "if true {"}}, Swarm: 10},
	{Rule: "a callee grants no longer ring than its own", Edits: []Edit{
		{receiveGo, "min(t.ExpiryCap, m.Expiry)", "m.Expiry"}}, Swarm: 10},
	{Rule: "an INVITE that comes after its CANCEL is told, once", Edits: []Edit{
		{receiveGo, "\t\ts.rec.missed = missedOwed\n", ""}}, Swarm: 20},
}
