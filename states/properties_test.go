// What must hold of the tables by themselves, whatever the rows say.

package states

import (
	"math/bits"
	"testing"
)

const (
	// One of these answers a received message.
	anyReply = ReplyReceived | ReplyAccept | ReplyRefuse | ReplyConfirm | ReplyAckRefuse | ReplyAckRefused | ReplyAckCancel |
		CloseUnknown | CloseCanceled | CloseRefused | CloseOwn | CloseFailed | CloseStale | CloseInvalid | CloseOverloaded
	anyCancel = SendCancelUser | SendCancelNoResponse | SendCancelExpired | SendCancelRejected | SendCancelAnswered
	anySend   = SendInvite | SendAccept | SendRefuse | anyCancel
	anyCopy   = CopyInvite | CopyReceived | CopyAccept | CopyRefuse | CopyCancel
	anyEnd    = RaiseAccepted | RaiseRefused | RaiseCanceled | Failures
)

func TestEveryCell(t *testing.T) {
	t.Run("caller", func(t *testing.T) { checkCells(t, Local(), true) })
	t.Run("callee", func(t *testing.T) { checkCells(t, Remote(), false) })
}

// checkCells: hasObject tells whether an invitation in state 0 has an object that can be
// told of. A callee's has none: what ends there never rang, and is only remembered.
func checkCells[S, T ~uint8](t *testing.T, table Table[S, T], hasObject bool) {
	for s := range table.states {
		for trigger := range table.triggers {
			state, on := S(s), T(trigger)
			cell := table.At(state, on)
			want := func(ok bool, rule string) {
				if !ok {
					t.Errorf("%v in %v: %s: %v to %v, %v", nameOfTrigger(on), stateName(state), rule, cell.Kind, stateName(cell.Next), cell.Effects)
				}
			}
			ends := cell.Kind == Move && cell.Next >= FirstTerminal
			told := state != 0 || hasObject

			want(cell.Kind == Move || cell.Next == state, "only a move changes the state")
			want(cell.Kind != Move || state < FirstTerminal, "a terminal state is final (S9)")
			want(cell.Kind != Move || cell.Next > state, "no way leads back")
			want(ends || cell.Effects&anyEnd == 0, "a terminal event comes with the end (S9)")
			want(!ends || !told || one(cell.Effects&anyEnd), "the end has one event (S9)")
			want(told || cell.Effects&anyEnd == 0, "nothing ends for the app that never rang")
			want((cell.Effects&Failures != 0) == (cell.Kind == Move && cell.Next == 6 && told), "a failure is the state FAILURE")
			want(cell.Kind != Misuse || one(cell.Effects), "a refused call does nothing else (S13)")
			want(atMostOne(cell.Effects&anyReply), "at most one reply")
			want(atMostOne(cell.Effects&(anySend|anyCopy)), "at most one message of its own")
			want(cell.Kind != Impossible && cell.Kind != Ignored || cell.Effects == 0, "no effects")
		}
	}
}

func one(e Effect) bool       { return bits.OnesCount64(uint64(e)) == 1 }
func atMostOne(e Effect) bool { return bits.OnesCount64(uint64(e)) <= 1 }

// An ACCEPTED has one way in at each end, and only the open caller confirms.
func TestAcceptedHasOneWayIn(t *testing.T) {
	for s := range LocalState(NumLocalStates) {
		for on := range LocalTrigger(NumLocalTriggers) {
			cell := Local().At(s, on)
			if cell.Kind == Move && cell.Next == LocalAcceptedByRemote && on != LocalAccept {
				t.Errorf("%v makes the caller ACCEPTED", on)
			}
			if cell.Effects&ReplyConfirm != 0 && cell.Next != LocalAcceptedByRemote {
				t.Errorf("%v in %v confirms, and the caller is %v", on, s, cell.Next)
			}
		}
	}
	for s := range RemoteState(NumRemoteStates) {
		for on := range RemoteTrigger(NumRemoteTriggers) {
			if cell := Remote().At(s, on); cell.Kind == Move && cell.Next == RemoteAccepted && (on != RemoteConfirm || s != RemoteAcceptSentToLocal) {
				t.Errorf("%v in %v makes the callee ACCEPTED", on, s)
			}
		}
	}
}

// The winner is kept where the caller becomes ACCEPTED or REFUSED, and nowhere else: the
// other devices are told of it, and never of another one (S15).
func TestWinnerIsKeptOnce(t *testing.T) {
	for s := range LocalState(NumLocalStates) {
		for on := range LocalTrigger(NumLocalTriggers) {
			cell := Local().At(s, on)
			answered := cell.Kind == Move && (cell.Next == LocalAcceptedByRemote || cell.Next == LocalRefusedByRemote)
			if answered != (cell.Effects&KeepWinner != 0) {
				t.Errorf("%v in %v: %v to %v, %v", on, s, cell.Kind, cell.Next, cell.Effects)
			}
		}
	}
	for s := range RemoteState(NumRemoteStates) {
		for on := range RemoteTrigger(NumRemoteTriggers) {
			if cell := Remote().At(s, on); cell.Effects&KeepWinner != 0 {
				t.Errorf("%v in %v: a callee keeps a winner", on, s)
			}
		}
	}
}

// What one of several devices says about itself ends no call (a live one on another device
// would be cut off), and what another device has answered ends it here without a reply.
func TestOtherDevices(t *testing.T) {
	for s := range LocalState(NumLocalStates) {
		for _, on := range []LocalTrigger{LocalClosedOther, LocalAcceptOther, LocalRefuseOther, LocalOfSibling, LocalAcceptLoggedOut} {
			if cell := Local().At(s, on); cell.Kind == Move || cell.Effects&anyEnd != 0 {
				t.Errorf("%v in %v: %v to %v, %v", on, s, cell.Kind, cell.Next, cell.Effects)
			}
		}
		for _, on := range []LocalTrigger{LocalClosedOther, LocalOfSibling, LocalAcceptLoggedOut} {
			if cell := Local().At(s, on); cell.Effects&(anyReply|anySend|anyCopy) != 0 {
				t.Errorf("%v in %v is answered: %v", on, s, cell.Effects)
			}
		}
	}
	for s := range RemoteState(NumRemoteStates) {
		for _, on := range []RemoteTrigger{RemoteConfirmOther, RemoteAckRefusedOther, RemoteClosedRefusedOther} {
			cell := Remote().At(s, on)
			if cell.Effects&(anyReply|anySend|anyCopy) != 0 || cell.Kind == Move && cell.Next != RemoteCanceled {
				t.Errorf("%v in %v: %v to %v, %v", on, s, cell.Kind, cell.Next, cell.Effects)
			}
		}
		if cell := Remote().At(s, RemoteAckRefuseOther); cell.Kind != Ignored {
			t.Errorf("%v in %v: %v", RemoteAckRefuseOther, s, cell.Effects)
		}
	}
}

// Nothing is declared that no cell uses.
func TestEveryEffectIsUsed(t *testing.T) {
	var used Effect
	for s := range LocalState(NumLocalStates) {
		for on := range LocalTrigger(NumLocalTriggers) {
			used |= Local().At(s, on).Effects
		}
	}
	for s := range RemoteState(NumRemoteStates) {
		for on := range RemoteTrigger(NumRemoteTriggers) {
			used |= Remote().At(s, on).Effects
		}
	}
	if unused := (Effect(1)<<len(effectNames) - 1) &^ used; unused != 0 {
		t.Errorf("no cell uses %v", unused)
	}
}

// The columns in which a table prints an effect leave none out.
func TestEffectsSplit(t *testing.T) {
	for bit := range len(effectNames) {
		e := Effect(1) << bit
		if parts := e.timers() | e.messages() | e.events() | e.others(); parts != e {
			t.Errorf("%v splits into %v", e, parts)
		}
	}
	for _, each := range []struct {
		name      string
		got, want Effect
	}{
		{"timers", (^Effect(0)).timers(), EndLinger | ArmNoResponse | ArmExpiry | ArmAccept | ArmRing | KeepWinner},
		{"messages", (^Effect(0)).messages(), anySend | anyCopy | RestartBackOff | anyReply},
		{"events", (^Effect(0)).events(), RaiseReceived | RaiseReceivedByPeer | RaiseMissed | WithdrawMissed | anyEnd},
	} {
		if each.got != each.want {
			t.Errorf("%s are %v", each.name, each.got)
		}
	}
}
