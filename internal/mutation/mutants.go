// Package mutation breaks the protocol on purpose, one rule at a time, to see the
// tests fail. A mutant is a few replacements in the source; the test builds it
// with an overlay, so no file is touched.
//
//	go test ./internal/mutation -v -mutate
package mutation

// Edit replaces the one occurrence of Old in a file.
type Edit struct{ File, Old, New string }

// Mutant is a broken rule.
type Mutant struct {
	Rule  string // what the rule says when it is not broken
	Edits []Edit
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
	retransmitGo = "engine/retransmit.go"
	stepGo       = "engine/step.go"
	timersGo     = "engine/timers.go"
)

// Mutants are all of them: first the rules that carry safety, then the rules of
// quality, then timers that are off by one, then the rest.
var Mutants = []Mutant{
	{"the callee is ACCEPTED only after CONFIRM, not at accept()", []Edit{
		{remoteGo, "acceptSent, SendAccept|ArmAccept)", "acceptSent, SendAccept|ArmAccept|RaiseAccepted)"}}},
	{"after cancel() the caller takes no ACCEPT", []Edit{
		{localGo, "m.stay(canceled, LocalAccept, CloseCanceled)", "m.move(canceled, LocalAccept, accepted, ReplyConfirm|RaiseAccepted)"}}},
	{"the callee keeps a tombstone", []Edit{
		{stepGo, "e.timers.arm(s.rec, tombstoneTimer, e.now+int64(e.options.Times.Tombstone))",
			"keep := int64(e.options.Times.Tombstone)\nif s.rec.role == remote && (s.inv == nil || s.inv.state != uint8(states.RemoteRefused)) {\nkeep = 1\n}\ne.timers.arm(s.rec, tombstoneTimer, e.now+keep)"}}},
	{"the callee's tombstone outlives every copy", []Edit{
		{optionsGo, "Tombstone:       247 * time.Second", "Tombstone:       33 * time.Second"},
		{optionsGo, "p.want(t.Tombstone >= drifted,", "p.want(true,"},
		{receiveGo, "|| m.Wait > t.Tombstone-t.MaxDelay", ""}}},
	{"an early CANCEL is remembered", []Edit{
		{remoteGo, "m.move(unknown, RemoteCancel, canceled, ReplyAckCancel)", "m.ignore(unknown, RemoteCancel)"}}},
	{"an early CANCEL is not acknowledged without being remembered", []Edit{
		{remoteGo, "m.move(unknown, RemoteCancel, canceled, ReplyAckCancel)", "m.stay(unknown, RemoteCancel, ReplyAckCancel)"}}},
	{"an unknown ACCEPT is never confirmed", []Edit{
		{localGo, "m.stay(idle, LocalAccept, CloseUnknown)", "m.stay(idle, LocalAccept, ReplyConfirm)"}}},
	{"accept() stops the expiry timer", []Edit{
		{stepGo, "\te.timers.disarm(s.rec)\n", "\tif s.rec.role == local || next != uint8(states.RemoteAcceptSentToLocal) {\ne.timers.disarm(s.rec)\n}\n"},
		{stepGo, "e.timers.arm(s.rec, acceptTimer, e.now+int64(e.options.Times.Accept))", ""},
		{remoteGo, "m.stay(acceptSent, RemoteRetransmit, CopyAccept)", "m.stay(acceptSent, RemoteRetransmit, CopyAccept)\nm.move(acceptSent, RemoteExpiry, failure, CloseFailed|FailExpire)"}}},
	{"no cancel after ACCEPTED", []Edit{
		{localGo, "m.stays(ended, LocalCancel, AlreadyEnd)", "m.move(accepted, LocalCancel, canceled, RaiseCanceled)\nm.stays([]LocalState{refused, canceled, failure}, LocalCancel, AlreadyEnd)"}}},
	{"a record's key has the peer in it", []Edit{
		{indexGo, "if rec != nil && rec.peer == from {", "if rec != nil {"}}},
	{"no id is given twice", []Edit{
		{invitationGo, "\t\te.counter++\n", "\t\te.counter = 1\n"}}},
	{"the CANCEL of an expired call says so", []Edit{
		{localGo, "SendCancelExpired|FailExpire", "SendCancelUser|FailExpire"}}},

	{"who gives up sends CANCEL", []Edit{
		{localGo, "SendCancelNoResponse|FailNoResponse", "FailNoResponse"}}},
	{"the caller keeps a tombstone", []Edit{
		{stepGo, "e.timers.arm(s.rec, tombstoneTimer, e.now+int64(e.options.Times.Tombstone))",
			"keep := int64(e.options.Times.Tombstone)\nif s.rec.role == local && next == uint8(states.LocalAcceptedByRemote) {\nkeep = 1\n}\ne.timers.arm(s.rec, tombstoneTimer, e.now+keep)"}}},
	{"the callee's expiry tells the caller at once", []Edit{
		{remoteGo, "m.move(received, RemoteExpiry, failure, CloseFailed|FailExpire)", "m.move(received, RemoteExpiry, failure, FailExpire)"}}},
	{"a peer that comes online gets what waits for it", []Edit{
		{engineGo, "\t\te.setPresence(p, presenceOnline)\n\t\te.resumeAll(p)\n", "\t\te.setPresence(p, presenceOnline)\n"}}},
	{"any message is a sign that its peer is online", []Edit{
		{engineGo, "\twasOffline := p.presence == presenceOffline\n\te.setPresence(p, presenceOnline)\n", "\twasOffline := p.presence == presenceOffline\n"}}},
	{"a CONFIRM comes before the accept timer of its invitation", []Edit{
		{engineGo, "e.fire(e.now-1, e.confirmed(from, m))", "e.fire(e.now-1, nil)"}}},

	{"a message at the time of a timer comes before it", []Edit{
		{engineGo, "e.fire(e.now-1, e.confirmed(from, m))", "e.fire(e.now, e.confirmed(from, m))"}}},
	{"an API call at the time of a timer comes before it", []Edit{
		{engineGo, "e.fire(e.now-1, except)", "e.fire(e.now, except)"}}},
	{"Advance fires what is due now", []Edit{
		{engineGo, "\te.readClock()\n\te.fire(e.now, nil)\n", "\te.readClock()\n\te.fire(e.now-1, nil)\n"}}},
	{"no response after 30 s, not a millisecond later", []Edit{
		{stepGo, "e.now+int64(e.options.Times.NoResponse))", "e.now+int64(e.options.Times.NoResponse)+1e6)"}}},
	{"the callee's expiry after 60 s, not a millisecond later", []Edit{
		{stepGo, "e.timers.arm(s.rec, remoteExpiryTimer, e.now+s.expiry)", "e.timers.arm(s.rec, remoteExpiryTimer, e.now+s.expiry+1e6)"}}},
	{"the caller's expiry after 60 s and the grace, not a millisecond later", []Edit{
		{stepGo, "e.timers.arm(s.rec, localExpiryTimer, e.now+int64(t.Expiry+t.Grace))", "e.timers.arm(s.rec, localExpiryTimer, e.now+int64(t.Expiry+t.Grace)+1e6)"}}},
	{"the accept time ends after 5 s, not a millisecond later", []Edit{
		{stepGo, "e.timers.arm(s.rec, acceptTimer, e.now+int64(e.options.Times.Accept))", "e.timers.arm(s.rec, acceptTimer, e.now+int64(e.options.Times.Accept)+1e6)"}}},
	{"a lingering message is repeated for 32 s, not a millisecond less", []Edit{
		{timersGo, "int64(e.options.Times.Linger)", "int64(e.options.Times.Linger)-1e6"}}},
	{"final timers come before retransmissions, which are then skipped", []Edit{
		{timersGo, "\tfor {\n\t\tnext := e.timers.earliest(except)", "\tfor {\n\t\tinv := e.timers.heaps[retransmits].first()\n\t\tif inv == nil || inv.at > limit {\n\t\t\tbreak\n\t\t}\n\t\te.retransmit(inv)\n\t}\n\tfor {\n\t\tnext := e.timers.earliest(except)"}}},
	{"equal deadlines fire in the order of arming", []Edit{
		{timersGo, "d.at == at && d.order < order", "d.at == at && d.order > order"}}},

	{"one ring for an id", []Edit{
		{remoteGo, "m.stay(received, RemoteInvite, ReplyReceived)", "m.stay(received, RemoteInvite, ReplyReceived|RaiseReceived)"}}},
	{"a cancel is told to the caller's app", []Edit{
		{localGo, "m.move(sent, LocalCancel, canceled, SendCancelUser|RaiseCanceled)", "m.move(sent, LocalCancel, canceled, SendCancelUser)"}}},
	{"a CANCEL is told to the callee's app", []Edit{
		{remoteGo, "canceled, ReplyAckCancel|RaiseCanceled)", "canceled, ReplyAckCancel)"}}},
	{"an ACCEPT implies the receipt", []Edit{
		{localGo, "ReplyConfirm|RaiseReceivedByPeer|RaiseAccepted", "ReplyConfirm|RaiseAccepted"}}},
	{"a second payload under one id does not count", []Edit{
		{receiveGo, "return states.RemoteInviteConflict", "s.inv.content = s.message.Content\nreturn states.RemoteInvite"}}},
	{"the response goes to the caller", []Edit{
		{stepGo, "\t\tm.Response = inv.response\n", ""}}},
	{"an INVITE whose time is over does not ring", []Edit{
		{receiveGo, "case late >= m.Wait || expiry <= 0:", "case expiry <= 0:"}}},
	{"the time in the transport's store counts", []Edit{
		{receiveGo, " + min(max(m.Held, 0), m.Wait)", ""}}},
	{"an INVITE with impossible times is turned away", []Edit{
		{receiveGo, "|| m.Wait > t.Tombstone-t.MaxDelay", ""}}},
	{"pauses between copies double", []Edit{
		{retransmitGo, "min(2*inv.interval, limit)", "min(inv.interval, limit)"}}},
	{"pauses between copies are capped", []Edit{
		{retransmitGo, "min(2*inv.interval, limit)", "max(2*inv.interval, limit-limit)"}}},
	{"presence repeats nothing within 500 ms of the last copy", []Edit{
		{"engine/snapshot.go", "return inv.lastCopy + resumeSpacing", "return inv.lastCopy"}}},
	{"no ACCEPT leaves in the last 500 ms", []Edit{
		{retransmitGo, "at > inv.rec.deadline-acceptQuiet", "at > inv.rec.deadline"}}},
	{"no ACCEPT leaves in the last 500 ms, whatever woke it", []Edit{
		{retransmitGo, "e.loggedIn && !inv.tooLate(kind, e.now)", "e.loggedIn"}}},
	{"an ACCEPT leaves at the beginning of the last 500 ms", []Edit{
		{retransmitGo, "at > inv.rec.deadline-acceptQuiet", "at >= inv.rec.deadline-acceptQuiet"}}},
	{"an ACCEPT in the queue can be too late", []Edit{
		{"engine/restore.go", "|| rec.inv.lingers || rec.inv.tooLate(Accept, e.now)", ""}}},
	{"the tombstone has room for drift", []Edit{
		{optionsGo, "sum + sum*(2*100*MaxDrift)/100", "sum + sum*(100*MaxDrift)/100"}}},
	{"the accept time has room for two copies and an answer", []Edit{
		{optionsGo, "t.Accept >= t.AcceptFirst+time.Duration(acceptQuiet)", "t.Accept > t.AcceptFirst"}}},
	{"no pause is under 10 ms", []Edit{
		{optionsGo, "= 10 * time.Millisecond ", "= 9 * time.Millisecond "}}},
	{"logged out, no copy is sent", []Edit{
		{outputGo, "case !e.loggedIn:", "case !e.loggedIn && m.Kind != Cancel:"},
		{retransmitGo, "\tif e.loggedIn &&", "\tif (e.loggedIn || kind == Cancel) &&"}}},
	{"logged out, nothing else is sent", []Edit{
		{outputGo, "case !e.loggedIn:", "case !e.loggedIn && m.Kind != Closed:"}}},
	{"logged in again, everything that waits is repeated", []Edit{
		{engineGo, "\t\t\te.resumeAll(p)\n\t\t}\n\t}\n", "\t\t}\n\t}\n"}}},
	{"an acknowledged REFUSE is repeated no more", []Edit{
		{remoteGo, "m.stay(refused, RemoteAckRefuse, EndLinger)", "m.ignore(refused, RemoteAckRefuse)"}}},
	{"messages come before events", []Edit{
		{stepGo, "\te.carryOut(s, effects)\n", "\te.carryOut(s, effects&^(states.RaiseReceived-1))\n\te.flushEvents()\n\te.carryOut(s, effects&(states.RaiseReceived-1))\n"}}},
	{"a clock that goes back stands still", []Edit{
		{clockGo, "max(elapsed-e.now, 0)", "elapsed-e.now"}}},
	{"a clock that was set back goes on from there", []Edit{
		{clockGo, "case elapsed < e.now-setBy:", "case elapsed < math.MinInt64/2:"}}},
	{"a clock that was set forward goes on from there", []Edit{
		{clockGo, "case elapsed > e.now+setBy:", "case false:"}}},
	{"whatever is remembered stays as far away when the clock is set", []Edit{
		{clockGo, "\t\t\trec.deadline -= shift\n", ""}}},
	{"one peer cannot fill the memory", []Edit{
		{recordsGo, "held, bound := 0, e.options.MaxPerPeer", "held, bound := 0, e.options.MaxTotal"}}},
	{"all peers together cannot fill the memory", []Edit{
		{recordsGo, "e.total[r] >= e.options.MaxTotal || ", ""}}},
	{"half of the callee's places are for peers that hold few", []Edit{
		{recordsGo, "bound = max(1, bound/8)", ""}}},
	{"a peer that holds none has its place in the second half, too", []Edit{
		{recordsGo, "max(1, bound/8)", "bound / 8"}}},
	{"the caller's places are for anybody", []Edit{
		{recordsGo, "if r == remote && 2*e", "if 2*e"}}},
	{"the second half begins when half of the places are taken", []Edit{
		{recordsGo, "2*e.total[r] >= e.options.MaxTotal", "2*e.total[r] > e.options.MaxTotal"}}},
	{"a CANCEL that cannot be remembered is not acknowledged", []Edit{
		{remoteGo, "m.ignore(unknown, RemoteCancelAtLimit)", "m.stay(unknown, RemoteCancelAtLimit, ReplyAckCancel)"}}},
	{"a message under another peer's id is a security event", []Edit{
		{engineGo, "\t\te.stats.Security++\n", ""}}},
	{"a message goes to its invitation's peer", []Edit{
		{stepGo, "e.answer(s.peer, Message{Kind: Confirm, ID: s.id}", "e.answer(\"user0\", Message{Kind: Confirm, ID: s.id}"}}},
	{"a record is forgotten one tombstone time after its end", []Edit{
		{stepGo, "e.timers.arm(s.rec, tombstoneTimer, e.now+int64(e.options.Times.Tombstone))", "e.timers.arm(s.rec, tombstoneTimer, e.now+int64(e.options.Times.Tombstone)+1e9)"},
		{timersGo, "return rec.deadline - int64(e.options.Times.Tombstone)", "return rec.deadline - 1e9 - int64(e.options.Times.Tombstone)"}}},
	{"a second accept() is refused", []Edit{
		{remoteGo, "m.stay(acceptSent, call, AlreadyAccept)", "m.stay(acceptSent, call, Unexpected)"}}},
	{"refuse() after accept() is ALREADY_ACCEPT", []Edit{
		{remoteGo, "m.stay(acceptSent, call, AlreadyAccept)", "m.stay(acceptSent, call, AlreadyEnd)"}}},
	{"content is at most 8192 bytes", []Edit{
		{"engine/limits.go", "MaxContent   = 8192", "MaxContent   = 8193"}}},
	{"nobody calls himself", []Edit{
		{invitationGo, "case id == e.self:", "case false:"}}},
	{"an odd user id is quoted", []Edit{
		{"internal/quote/quote.go", "c <= ' ' || ", ""}}},
	{"a long user id is cut", []Edit{
		{"internal/quote/quote.go", "|| len(id) > most", ""}}},
	{"a copy of an invitation is none", []Edit{
		{invitationGo, "return inv != nil && inv.self == inv", "return inv != nil && inv.self != nil"}}},
	{"setters are ignored after send", []Edit{
		{invitationGo, "\tif l.State() == states.LocalIdle && (*invitation)(l).original() {\n\t\tl.content = content\n\t}", "\tl.content = content"}}},
}
