// What must hold of the tables by themselves, whatever the rows say.

package states

import (
	"math/bits"
	"testing"
)

const (
	// One of these answers a received message.
	anyReply = ReplyReceived | ReplyAccept | ReplyRefuse | ReplyConfirm | ReplyAckRefuse | ReplyAckCancel |
		CloseUnknown | CloseCanceled | CloseRefused | CloseOwn | CloseFailed | CloseStale | CloseInvalid | CloseOverloaded
	anyCancel = SendCancelUser | SendCancelNoResponse | SendCancelExpired | SendCancelRejected
	anySend   = SendInvite | SendAccept | SendRefuse | anyCancel
	anyCopy   = CopyInvite | CopyAccept | CopyRefuse | CopyCancel
	anyEnd    = RaiseAccepted | RaiseRefused | RaiseCanceled | Failures
)

func TestEveryCell(t *testing.T) {
	t.Run("caller", func(t *testing.T) { checkCells(t, Local()) })
	t.Run("callee", func(t *testing.T) { checkCells(t, Remote()) })
}

func checkCells[S, T ~uint8](t *testing.T, table Table[S, T]) {
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

			want(cell.Kind == Move || cell.Next == state, "only a move changes the state")
			want(cell.Kind != Move || state < FirstTerminal, "a terminal state is final (S9)")
			want(cell.Kind != Move || cell.Next > state, "no way leads back")
			want(ends || cell.Effects&anyEnd == 0, "a terminal event comes with the end (S9)")
			want(!ends || one(cell.Effects&anyEnd) || state == 0 && cell.Effects == ReplyAckCancel, "the end has one event (S9)")
			want((cell.Effects&Failures != 0) == (cell.Kind == Move && cell.Next == 6), "a failure is the state FAILURE")
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
		{"timers", (^Effect(0)).timers(), EndLinger | ArmNoResponse | ArmExpiry | ArmAccept},
		{"messages", (^Effect(0)).messages(), anySend | anyCopy | RestartBackOff | anyReply},
		{"events", (^Effect(0)).events(), RaiseReceived | RaiseReceivedByPeer | anyEnd},
	} {
		if each.got != each.want {
			t.Errorf("%s are %v", each.name, each.got)
		}
	}
}
