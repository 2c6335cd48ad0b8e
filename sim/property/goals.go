// Goals: rare events that must happen sometimes; a run without them has shown nothing
// about them. The end of a call settles the goals of one call; the player of a world
// reports the goals of a whole world.

package property

import (
	"math/bits"

	"github.com/invsim/invsim/engine"
)

// Goal names a rare thing. The zero value is none.
type Goal uint8

// The goals. The first are a Call's own; those from CrashWhileRinging on are for
// the simulator to set, see Goals.
const (
	CancelCrossedAccept Goal = iota + 1
	CancelCrossedRefuse
	CancelOvertookInvite
	RangAfterGiveUp
	RangAfterCancel
	ReceiptImpliedByAccept
	ReceiptImpliedByRefuse
	LateReceipt
	AcceptAfterCancel
	AcceptAfterGiveUp
	AcceptTooLate
	AcceptLostToExpiry
	ResidueLeft
	ConfirmLate
	AcceptRepeated
	ConfirmRepeated
	RefuseRepeated
	CancelRepeated
	InviteCopyAfterEnd
	ExpiredBoth
	ExpiredOnlyCallee
	CanceledButExpiredCallee
	StaleInvite
	Overloaded
	ClosedEndedTheRinging
	RefuseLostToExpiry
	GaveUpWhileRinging
	SecondPressRefused
	DroppedWhileLoggedOut
	CancelAtLogin
	ResumedAtOnce
	AcceptAfterAnswered
	AnsweredBeforeRing

	CrashWhileRinging
	CrashWhileAccepting
	RestartWithOpenCall
	FrozenPastADeadline
	StoredAndDelivered
	PushWoke
	CorruptedCopyDropped
	PartitionCrossedACall
	ClockJumpedOverADeadline
	Glare
	Redial
	HundredHeld
	QueueOverflowed
	StrangerTurnedAway
	PushRang
	AnsweredBeforeLogin
	CrashAfterDecision
	TwoAcceptsAtOnce
	SendInDecidedGroup
	AnsweredElsewhere
	TwoDevicesAccepted
	RefusedWhileRinging
	OfflineWhileAnswered
	WinnerCrashed
	MissedWithdrawn

	NumGoals // one more than the last
)

// Goals describes each goal. ID is for programs and stays as it is.
var Goals = [NumGoals]struct {
	ID, Words string
	World     bool // no Call can tell: the simulator sets it
}{
	CancelCrossedAccept:      {"cancel-crossed-accept", "a cancel reached a callee that had accepted", false},
	CancelCrossedRefuse:      {"cancel-crossed-refuse", "the caller canceled and the callee refused", false},
	CancelOvertookInvite:     {"cancel-overtook-invite", "an INVITE came after its CANCEL, and did not ring", false},
	RangAfterGiveUp:          {"rang-after-give-up", "a callee rang when the caller had given up", false},
	RangAfterCancel:          {"rang-after-cancel", "a callee rang when the caller had canceled", false},
	ReceiptImpliedByAccept:   {"receipt-implied-by-accept", "an ACCEPT came before any RECEIVED", false},
	ReceiptImpliedByRefuse:   {"receipt-implied-by-refuse", "a REFUSE came before any RECEIVED", false},
	LateReceipt:              {"late-receipt", "a RECEIVED reached a caller that had ended", false},
	AcceptAfterCancel:        {"accept-after-cancel", "an ACCEPT reached a caller that had canceled", false},
	AcceptAfterGiveUp:        {"accept-after-give-up", "an ACCEPT reached a caller that had given up", false},
	AcceptTooLate:            {"accept-too-late", "an ACCEPT reached a caller that had expired", false},
	AcceptLostToExpiry:       {"accept-lost-to-expiry", "the callee accepted, and the caller expired", false},
	ResidueLeft:              {"residue", "the caller is ACCEPTED, and the callee never learned it", false},
	ConfirmLate:              {"confirm-late", "a CONFIRM reached a callee that had given up", false},
	AcceptRepeated:           {"accept-repeated", "an ACCEPT reached a caller that was ACCEPTED", false},
	ConfirmRepeated:          {"confirm-repeated", "a CONFIRM reached a callee that was ACCEPTED", false},
	RefuseRepeated:           {"refuse-repeated", "a REFUSE reached a caller that was REFUSED", false},
	CancelRepeated:           {"cancel-repeated", "a CANCEL reached a callee that was CANCELED", false},
	InviteCopyAfterEnd:       {"invite-copy-after-end", "an INVITE reached a callee that had ended", false},
	ExpiredBoth:              {"expired-both", "both sides expired", false},
	ExpiredOnlyCallee:        {"expired-only-callee", "the callee expired, and the caller had given up", false},
	CanceledButExpiredCallee: {"canceled-but-expired-callee", "the caller canceled, and the callee expired", false},
	StaleInvite:              {"stale-invite", "an INVITE came too late to ring", false},
	Overloaded:               {"overloaded", "an INVITE was turned away at a bound", false},
	ClosedEndedTheRinging:    {"closed-ended-the-ringing", "a callee learned of the cancel from a CLOSED", false},
	RefuseLostToExpiry:       {"refuse-lost-to-expiry", "the callee refused, and the caller expired", false},
	GaveUpWhileRinging:       {"gave-up-while-ringing", "the caller gave up while the callee rang", false},
	SecondPressRefused:       {"second-press-refused", "a button was pressed twice", false},
	DroppedWhileLoggedOut:    {"dropped-while-logged-out", "an ACCEPT reached a caller that was logged out", false},
	CancelAtLogin:            {"cancel-at-login", "a first CANCEL had to wait for the login", false},
	ResumedAtOnce:            {"resumed-at-once", "what waited went at once when the peer or the login was back", false},
	AcceptAfterAnswered:      {"accept-after-answered", "an ACCEPT reached a caller when another of the group was accepted", false},
	AnsweredBeforeRing:       {"answered-before-ring", "a group was decided before a phone of it rang", false},

	CrashWhileRinging:        {"crash-while-ringing", "a callee crashed while it rang", true},
	CrashWhileAccepting:      {"crash-while-accepting", "a callee crashed between its accept and its end", true},
	RestartWithOpenCall:      {"restart-with-open-call", "a phone started again in the middle of a call", true},
	FrozenPastADeadline:      {"frozen-past-a-deadline", "a phone was frozen while a deadline of it passed", true},
	StoredAndDelivered:       {"stored-and-delivered", "a copy was stored for a phone, and delivered when it was back", true},
	PushWoke:                 {"push-woke", "a push woke a phone", true},
	CorruptedCopyDropped:     {"corrupted-copy-dropped", "a corrupted copy arrived, and was dropped", true},
	PartitionCrossedACall:    {"partition-crossed-a-call", "a partition was in the way of a call", true},
	ClockJumpedOverADeadline: {"clock-jumped-over-a-deadline", "a clock was put forward over a deadline", true},
	Glare:                    {"glare", "two users called each other at once", true},
	Redial:                   {"redial", "a user called the same callee again as soon as a call had ended", true},
	HundredHeld:              {"hundred-held", "a user placed a hundred calls at once", true},
	QueueOverflowed:          {"queue-overflowed", "a full queue dropped a copy", true},
	StrangerTurnedAway:       {"stranger-turned-away", "a third party's message came to nothing", true},
	PushRang:                 {"push-rang", "a push made a phone ring that was logged out", true},
	AnsweredBeforeLogin:      {"answered-before-login", "a user accepted before the login what a push had brought", true},
	CrashAfterDecision:       {"crash-after-decision", "a caller crashed when its group was decided and a phone of it still rang", true},
	TwoAcceptsAtOnce:         {"two-accepts-at-once", "two ACCEPTs of a group reached their caller at once", true},
	SendInDecidedGroup:       {"send-in-decided-group", "a call was refused because its group was decided", true},
	AnsweredElsewhere:        {"answered-elsewhere", "a device stopped ringing because another one had answered", true},
	TwoDevicesAccepted:       {"two-devices-accepted", "two devices of a user accepted one call, and one of them won", true},
	RefusedWhileRinging:      {"refused-while-ringing", "one device refused a call that rang on another one", true},
	OfflineWhileAnswered:     {"offline-while-answered", "a device was offline while another one answered", true},
	WinnerCrashed:            {"winner-crashed", "a device crashed that had answered, and did not know yet that it had won", true},
	MissedWithdrawn:          {"missed-withdrawn", "a call was told as missed, and had been answered on another device", true},
}

// String is the goal's ID.
func (g Goal) String() string {
	if g == 0 || g >= NumGoals {
		return "?"
	}
	return Goals[g].ID
}

// GoalSet is a set of goals.
type GoalSet uint64

// Add puts goals into the set; the zero Goal is passed over.
func (s *GoalSet) Add(goals ...Goal) {
	for _, g := range goals {
		*s |= 1 << g &^ 1
	}
}

// Has reports whether a goal is in the set.
func (s GoalSet) Has(g Goal) bool { return g != 0 && s>>g&1 != 0 }

// Next is the lowest goal in the set above g, and 0 when there is none.
func (s GoalSet) Next(g Goal) Goal {
	rest := s &^ (2<<g - 1)
	if rest == 0 {
		return 0
	}
	return Goal(bits.TrailingZeros64(uint64(rest)))
}

// What a message meets at a side that has ended is a goal.
var (
	callerMet = [NumCallerEnds][engine.Closed + 1]Goal{
		CallerAccepted:   {engine.Received: LateReceipt, engine.Accept: AcceptRepeated},
		CallerRefused:    {engine.Received: LateReceipt, engine.Refuse: RefuseRepeated},
		CallerCanceled:   {engine.Received: LateReceipt, engine.Accept: AcceptAfterCancel},
		CallerNoResponse: {engine.Received: LateReceipt, engine.Accept: AcceptAfterGiveUp},
		CallerOffline:    {engine.Received: LateReceipt, engine.Accept: AcceptAfterGiveUp},
		CallerExpired:    {engine.Received: LateReceipt, engine.Accept: AcceptTooLate},
	}
	calleeMet = [NumCalleeEnds][engine.Closed + 1]Goal{
		CalleeAccepted:      {engine.Invite: InviteCopyAfterEnd, engine.Confirm: ConfirmRepeated},
		CalleeRefused:       {engine.Invite: InviteCopyAfterEnd},
		CalleeCanceled:      {engine.Invite: InviteCopyAfterEnd, engine.Cancel: CancelRepeated},
		CalleeExpired:       {engine.Invite: InviteCopyAfterEnd},
		CalleeAcceptFailure: {engine.Invite: InviteCopyAfterEnd, engine.Confirm: ConfirmLate},
		CalleeOffline:       {engine.Invite: InviteCopyAfterEnd, engine.Confirm: ConfirmLate},
	}
)

// saying has the goal that a callee's CLOSED shows.
var saying = map[engine.Word]Goal{engine.WordStale: StaleInvite, engine.WordOverloaded: Overloaded}

// ringing has the goal that a ring shows, by the end of the caller so far.
var ringing = [NumCallerEnds]Goal{
	CallerCanceled: RangAfterCancel, CallerNoResponse: RangAfterGiveUp, CallerOffline: RangAfterGiveUp,
}

// inPair has the goal that a terminal pair shows.
var inPair = [NumCallerEnds][NumCalleeEnds]Goal{
	CallerAccepted:   {CalleeAcceptFailure: ResidueLeft, CalleeOffline: ResidueLeft},
	CallerCanceled:   {CalleeRefused: CancelCrossedRefuse, CalleeExpired: CanceledButExpiredCallee},
	CallerNoResponse: {CalleeExpired: ExpiredOnlyCallee},
	CallerOffline:    {CalleeExpired: ExpiredOnlyCallee},
	CallerExpired: {CalleeExpired: ExpiredBoth, CalleeRefused: RefuseLostToExpiry,
		CalleeAcceptFailure: AcceptLostToExpiry, CalleeOffline: AcceptLostToExpiry},
}

// Goals are the goals that this call has reached, at its End.
func (c *Call) Goals() GoalSet {
	reached := c.reached
	reached.Add(inPair[c.CallerEnd][c.CalleeEnd])
	return reached
}

func (c *Call) rings() { c.reached.Add(ringing[c.CallerEnd]) }

// noteCopy notes the goals that a message shows by the state that it meets. It comes
// before the message takes effect.
func (c *Call) noteCopy(byCaller bool, m *engine.Message, verdict engine.Verdict) {
	moved := verdict == engine.Moved
	switch {
	case verdict == engine.LoggedOut:
		c.reached.Add(DroppedWhileLoggedOut)
	case verdict == engine.Invalid || verdict == engine.WrongPeer:
	case byCaller:
		met := callerMet[c.CallerEnd][m.Kind]
		if met == AcceptAfterCancel && c.answered {
			met = AcceptAfterAnswered
		}
		c.reached.Add(met)
		if moved && !c.received && m.Kind == engine.Accept {
			c.reached.Add(ReceiptImpliedByAccept)
		}
		if moved && !c.received && m.Kind == engine.Refuse {
			c.reached.Add(ReceiptImpliedByRefuse)
		}
	default:
		c.reached.Add(calleeMet[c.CalleeEnd][m.Kind])
		switch {
		case m.Kind == engine.Cancel && moved && m.Reason == engine.ReasonUser && c.acceptSent:
			c.reached.Add(CancelCrossedAccept)
		case m.Kind == engine.Invite && c.cancelFirst:
			c.reached.Add(CancelOvertookInvite)
		case m.Kind == engine.Closed && moved && m.Word == engine.WordCanceled:
			c.reached.Add(ClosedEndedTheRinging)
		}
	}
}
