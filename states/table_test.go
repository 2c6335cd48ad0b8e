// Every cell of both machines against the tables of the protocol, written down
// here by hand. Nothing in this file is derived from the declarations.

package states

import (
	"strings"
	"testing"
)

// The notation is the one of docs/protocol.md: the new state (none: unchanged),
// the events, timers and counts; after a semicolon what is sent. A lone code is
// a refused API call.
//
//	–  ignored      !  counted as unexpected      x  not chosen here
//
// In the IDLE column of a message stands what an unknown id is answered with.
const callerRows = `
send()                    | SENT, no-response timer; INVITE | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
send(), invalid argument  | INVALID_ARGUMENT                | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
send(), group decided     | group decided                   | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
send(), logged out        | FAILURE, Failure(NOT_LOGGEDIN)  | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
send(), fail-at-once and callee known offline | FAILURE, Failure(PEER_OFFLINE) | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
send(), own bound reached | limit reached                   | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
cancel()                  | NOT_STARTED | CANCELED, Canceled; CANCEL(user) | CANCELED, Canceled; CANCEL(user) | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
cancel(), invalid note    | NOT_STARTED | INVALID_ARGUMENT | INVALID_ARGUMENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
another of the group accepted | x | CANCELED, Canceled; CANCEL(answered by another) | CANCELED, Canceled; CANCEL(answered by another) | x | x | x | x

RECEIVED                  | ; CLOSED(unknown) | RECEIVED, ReceivedByPeer, expiry timer                | – | ; CONFIRM | ; CLOSED(refused)  | ; CLOSED(canceled) | ; CLOSED(own)
ACCEPT                    | ; CLOSED(unknown) | ACCEPTED, W = D, ReceivedByPeer, Accepted; CONFIRM    | ACCEPTED, W = D, Accepted; CONFIRM | ; CONFIRM | !; CLOSED(refused) | ; CLOSED(canceled) | ; CLOSED(own)
ACCEPT, not by the winner | x | x | x | ; CONFIRM | ; CLOSED(refused) | x | x
ACCEPT, logged out        | – | – | – | – | – | – | –
REFUSE                    | ; ACK(REFUSE)     | REFUSED, W = D, ReceivedByPeer, Refused; ACK(REFUSE, refused) | REFUSED, W = D, Refused; ACK(REFUSE, refused) | !; ACK(REFUSE) | ; ACK(REFUSE, refused) | ; ACK(REFUSE) | ; ACK(REFUSE)
REFUSE, not by the winner | x | x | x | ; ACK(REFUSE) | ; ACK(REFUSE, refused) | x | x
CLOSED(refused)           | ! | REFUSED, W = D, ReceivedByPeer, Refused               | REFUSED, W = D, Refused | – | – | – | –
CLOSED(failed), device 0  | ! | FAILURE, Failure(PEER_NO_RESPONSE); CANCEL(rejected)  | FAILURE, Failure(INVITATION_EXPIRE) | – | – | – | –
CLOSED(stale), device 0   | ! | FAILURE, Failure(PEER_NO_RESPONSE); CANCEL(rejected)  | – | – | – | – | –
CLOSED(invalid), device 0 | ! | FAILURE, Failure(PEER_NO_RESPONSE); CANCEL(rejected)  | FAILURE, Failure(INVITATION_EXPIRE); CANCEL(expired) | – | – | – | –
CLOSED(overloaded), device 0 | ! | noted | – | – | – | – | –
CLOSED(failed, stale, invalid, overloaded), device not 0 | ! | – | – | – | – | – | –
ACK(CANCEL)               | ! | ! | ! | – | – | linger ends | linger ends
other ACK                 | ! | ! | ! | ! | ! | ! | !
any message, own device not 0 | – | x | x | x | x | x | x

no-response timer         | x | FAILURE, Failure(PEER_NO_RESPONSE); CANCEL(no response) | x | x | x | x | x
no-response timer, callee last known offline | x | FAILURE, Failure(PEER_OFFLINE); CANCEL(no response) | x | x | x | x | x
expiry timer              | x | x        | FAILURE, Failure(INVITATION_EXPIRE); CANCEL(expired) | x | x | x | x
copy due                  | x | ; INVITE | ; INVITE | x | x | ; CANCEL | ; CANCEL
resync                    | – | ; INVITE, back-off restarts | ; INVITE, back-off restarts | – | – | ; CANCEL, back-off restarts | ; CANCEL, back-off restarts
callee offline            | – | – | – | – | – | – | –
callee offline, fail-at-once | – | FAILURE, Failure(PEER_OFFLINE); CANCEL(no response) | – | – | – | – | –
`

const calleeRows = `
INVITE                | RECEIVED, Received, expiry timer; RECEIVED | ; RECEIVED | ; ACCEPT | ; REFUSE | – | ; ACK(CANCEL) | ; CLOSED(failed)
INVITE, stale         | FAILURE, Missed; CLOSED(stale) | x | x | x | x | x | x
INVITE, invalid       | ; CLOSED(invalid)    | x | x | x | x | x | x
INVITE, at a bound    | ; CLOSED(overloaded) | x | x | x | x | x | x
INVITE, other payload | x | ! | x | x                 | x | x | x
INVITE, linger over   | x | x | x | ; CLOSED(refused) | x | x | x
INVITE, first after an early CANCEL | x | x | x | x | x | Missed; ACK(CANCEL) | x
CANCEL                | CANCELED; ACK(CANCEL) | CANCELED, Canceled; ACK(CANCEL) | CANCELED, Canceled; ACK(CANCEL) | ; ACK(CANCEL) | !; ACK(CANCEL) | ; ACK(CANCEL) | ; ACK(CANCEL)
CANCEL(expired)       | CANCELED; ACK(CANCEL) | FAILURE, Failure(INVITATION_EXPIRE); ACK(CANCEL) | FAILURE, Failure(INVITATION_EXPIRE); ACK(CANCEL) | ; ACK(CANCEL) | !; ACK(CANCEL) | ; ACK(CANCEL) | ; ACK(CANCEL)
CANCEL, at a bound    | – | x | x | x | x | x | x

accept()                   | x | ACCEPT_SENT, accept timer; ACCEPT | ALREADY_ACCEPT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
accept(), logged out       | x | ACCEPT_SENT, ring's deadline if later; ACCEPT | ALREADY_ACCEPT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
accept(), invalid response | x | INVALID_ARGUMENT                  | ALREADY_ACCEPT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
refuse()                   | x | REFUSED, Refused; REFUSE          | ALREADY_ACCEPT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
refuse(), invalid response | x | INVALID_ARGUMENT                  | ALREADY_ACCEPT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END

CONFIRM, own               | ! | FAILURE, Failure(ACCEPT_FAILURE) | ACCEPTED, Accepted | ! | – | ! | late confirm
CONFIRM, other device      | CANCELED | CANCELED, Canceled | CANCELED, Canceled | – | ! | – | –
ACK(REFUSE), own           | ! | ! | ! | linger ends | ! | ! | !
ACK(REFUSE, refused), other device | CANCELED | CANCELED, Canceled | CANCELED, Canceled | – | ! | – | –
ACK(REFUSE), other device  | – | – | – | – | – | – | –
CONFIRM or ACK(REFUSE, refused), other device, at a bound     | – | x | x | x | x | x | x
CONFIRM or ACK(REFUSE, refused), other device, after Missed   | x | x | x | x | x | x | Missed withdrawn
other ACK                     | ! | ! | ! | ! | ! | ! | !
CLOSED(canceled, no response) | – | CANCELED, Canceled                  | CANCELED, Canceled                  | – | – | – | –
CLOSED(expired)               | – | FAILURE, Failure(INVITATION_EXPIRE) | FAILURE, Failure(INVITATION_EXPIRE) | – | – | – | –
CLOSED(unknown)               | – | FAILURE, Failure(INVITATION_EXPIRE) | FAILURE, Failure(ACCEPT_FAILURE)    | – | – | – | –
CLOSED(refused), own          | – | REFUSED, Refused                    | REFUSED, Refused                    | – | – | – | –
CLOSED(refused), other device | – | CANCELED, Canceled                  | CANCELED, Canceled                  | – | – | – | –

expiry timer                            | x | FAILURE, Failure(INVITATION_EXPIRE); CLOSED(failed) | x | x | x | x | x
accept timer                            | x | x | FAILURE, Failure(ACCEPT_FAILURE); CLOSED(failed) | x | x | x | x
accept timer, caller last known offline | x | x | FAILURE, Failure(PEER_OFFLINE); CLOSED(failed)   | x | x | x | x
copy due                                | x | ; RECEIVED | ; ACCEPT | ; REFUSE | x | x | x
resync                                  | – | ; RECEIVED, back-off restarts | ; ACCEPT, back-off restarts | ; REFUSE, back-off restarts | – | – | –
login before the ring's deadline        | x | x | accept timer; ACCEPT, back-off restarts | x | x | x | x
logout                                  | – | – | ring's deadline if later | – | – | – | –
caller offline                          | – | – | – | – | – | – | –
`

// The columns, by number: mind 3 and 4 of the callee.
var (
	callerColumns = []LocalState{
		LocalIdle, LocalSentToRemote, LocalReceivedByRemote, LocalAcceptedByRemote, LocalRefusedByRemote, LocalCanceled, LocalFailure,
	}
	calleeColumns = []RemoteState{
		RemoteIdle, RemoteInvitationReceived, RemoteAcceptSentToLocal, RemoteRefused, RemoteAccepted, RemoteCanceled, RemoteFailure,
	}
	callerShort = map[string]LocalState{
		"SENT": LocalSentToRemote, "RECEIVED": LocalReceivedByRemote, "ACCEPTED": LocalAcceptedByRemote,
		"REFUSED": LocalRefusedByRemote, "CANCELED": LocalCanceled, "FAILURE": LocalFailure,
	}
	calleeShort = map[string]RemoteState{
		"RECEIVED": RemoteInvitationReceived, "ACCEPT_SENT": RemoteAcceptSentToLocal, "REFUSED": RemoteRefused,
		"ACCEPTED": RemoteAccepted, "CANCELED": RemoteCanceled, "FAILURE": RemoteFailure,
	}
)

// The rows, in the order in which they stand above.
var (
	callerTriggers = []LocalTrigger{
		LocalSend, LocalSendInvalid, LocalSendDecided, LocalSendLoggedOut, LocalSendPeerOffline, LocalSendAtLimit,
		LocalCancel, LocalCancelInvalid, LocalGroupDecided,
		LocalReceived, LocalAccept, LocalAcceptOther, LocalAcceptLoggedOut, LocalRefuse, LocalRefuseOther,
		LocalClosedRefused, LocalClosedFailed, LocalClosedStale, LocalClosedInvalid, LocalClosedOverloaded, LocalClosedOther,
		LocalAckCancel, LocalAckOther, LocalOfSibling,
		LocalNoResponse, LocalNoResponseOffline, LocalExpiry, LocalRetransmit,
		LocalResync, LocalPeerOffline, LocalPeerOfflineAtOnce,
	}
	calleeTriggers = []RemoteTrigger{
		RemoteInvite, RemoteInviteStale, RemoteInviteInvalid, RemoteInviteAtLimit, RemoteInviteConflict, RemoteInviteAfterLinger, RemoteInviteAfterCancel,
		RemoteCancel, RemoteCancelExpired, RemoteCancelAtLimit,
		RemoteAccept, RemoteAcceptLoggedOut, RemoteAcceptInvalid, RemoteRefuse, RemoteRefuseInvalid,
		RemoteConfirm, RemoteConfirmOther, RemoteAckRefuse, RemoteAckRefusedOther, RemoteAckRefuseOther,
		RemoteElsewhereAtLimit, RemoteElsewhereMissed, RemoteAckOther,
		RemoteClosedCanceled, RemoteClosedExpired, RemoteClosedUnknown, RemoteClosedRefused, RemoteClosedRefusedOther,
		RemoteExpiry, RemoteAcceptTimeout, RemoteAcceptTimeoutOffline, RemoteRetransmit,
		RemoteResync, RemoteLogIn, RemoteLogOut, RemotePeerOffline,
	}
)

// What the words mean. A message is the first copy when the app calls, the next
// copy when a timer or presence asks for it, and a reply when a message does.
var (
	words = map[string]Effect{
		"no-response timer": ArmNoResponse, "expiry timer": ArmExpiry, "accept timer": ArmAccept, "linger ends": EndLinger,
		"ring's deadline if later": ArmRing, "W = D": KeepWinner,
		"Received": RaiseReceived, "ReceivedByPeer": RaiseReceivedByPeer,
		"Accepted": RaiseAccepted, "Refused": RaiseRefused, "Canceled": RaiseCanceled,
		"Missed": RaiseMissed, "Missed withdrawn": WithdrawMissed,
		"Failure(PEER_OFFLINE)": FailPeerOffline, "Failure(PEER_NO_RESPONSE)": FailNoResponse,
		"Failure(INVITATION_EXPIRE)": FailExpire, "Failure(NOT_LOGGEDIN)": FailNotLoggedIn, "Failure(ACCEPT_FAILURE)": FailAccept,
		"INVALID_ARGUMENT": InvalidArgument, "NOT_STARTED": NotStarted, "ALREADY_END": AlreadyEnd,
		"ALREADY_ACCEPT": AlreadyAccept, "ALREADY_SENT": AlreadySent, "limit reached": LimitReached, "group decided": GroupDecided,
		"noted": NoteOverloaded, "!": Unexpected, "late confirm": LateConfirm,
	}
	anySends = map[string]Effect{
		"CANCEL(user)": SendCancelUser, "CANCEL(no response)": SendCancelNoResponse,
		"CANCEL(expired)": SendCancelExpired, "CANCEL(rejected)": SendCancelRejected, "CANCEL(answered by another)": SendCancelAnswered,
		"CLOSED(failed)": CloseFailed,
	}
	callSends  = map[string]Effect{"INVITE": SendInvite, "ACCEPT": SendAccept, "REFUSE": SendRefuse}
	timerSends = map[string]Effect{
		"INVITE": CopyInvite, "RECEIVED": CopyReceived, "ACCEPT": CopyAccept, "REFUSE": CopyRefuse, "CANCEL": CopyCancel, "back-off restarts": RestartBackOff,
	}
	replySends = map[string]Effect{
		"RECEIVED": ReplyReceived, "ACCEPT": ReplyAccept, "REFUSE": ReplyRefuse, "CONFIRM": ReplyConfirm,
		"ACK(REFUSE)": ReplyAckRefuse, "ACK(REFUSE, refused)": ReplyAckRefused, "ACK(CANCEL)": ReplyAckCancel,
		"CLOSED(unknown)": CloseUnknown, "CLOSED(canceled)": CloseCanceled, "CLOSED(refused)": CloseRefused, "CLOSED(own)": CloseOwn,
		"CLOSED(stale)": CloseStale, "CLOSED(invalid)": CloseInvalid, "CLOSED(overloaded)": CloseOverloaded,
	}
)

func TestCallerTable(t *testing.T) {
	compareRows(t, Local(), callerRows, callerTriggers, callerColumns, callerShort)
}

func TestCalleeTable(t *testing.T) {
	compareRows(t, Remote(), calleeRows, calleeTriggers, calleeColumns, calleeShort)
}

func compareRows[S, T ~uint8](t *testing.T, table Table[S, T], text string, triggers []T, columns []S, short map[string]S) {
	t.Helper()
	if len(columns) != table.states || len(triggers) != table.triggers {
		t.Fatalf("the table has %d states by %d triggers, the page %d by %d", table.states, table.triggers, len(columns), len(triggers))
	}
	rows := readRows(t, text)
	if len(rows) != len(triggers) {
		t.Fatalf("%d rows for %d triggers", len(rows), len(triggers))
	}
	for i, trigger := range triggers {
		label, cells := rows[i][0], rows[i][1:]
		if got := nameOfTrigger(trigger); got != label {
			t.Errorf("row %q has the trigger %q", label, got)
		}
		if len(cells) != len(columns) {
			t.Fatalf("row %q has %d cells", label, len(cells))
		}
		for column, state := range columns {
			want := readCell(t, label, cells[column], state, short)
			if got := table.At(state, trigger); got != want {
				t.Errorf("%s in %v:\n  page  %s\n  table %v to %v, %v", label, stateName(state), cells[column], got.Kind, stateName(got.Next), got.Effects)
			}
		}
	}
}

func readRows(t *testing.T, text string) (rows [][]string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		cells := strings.Split(line, "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows
}

// readCell understands the notation.
func readCell[S ~uint8](t *testing.T, label, text string, in S, short map[string]S) Cell[S] {
	t.Helper()
	cell := Cell[S]{Next: in, Kind: Stay}
	switch text {
	case "x":
		cell.Kind = Impossible
		return cell
	case "–":
		cell.Kind = Ignored
		return cell
	}
	done, sent, _ := strings.Cut(text, ";")
	for i, word := range split(done) {
		next, isState := short[word]
		switch {
		case i == 0 && isState:
			cell.Next, cell.Kind = next, Move
		case words[word] == 0:
			t.Fatalf("row %q: unknown word %q", label, word)
		default:
			cell.Effects |= words[word]
		}
	}
	for _, word := range split(sent) {
		effect := anySends[word]
		if effect == 0 {
			effect = sendsOf(label)[word]
		}
		if effect == 0 {
			t.Fatalf("row %q: unknown message %q", label, word)
		}
		cell.Effects |= effect
	}
	if cell.Effects&(InvalidArgument|NotStarted|AlreadyEnd|AlreadyAccept|AlreadySent|LimitReached|GroupDecided) != 0 {
		cell.Kind = Misuse
	}
	return cell
}

func sendsOf(label string) map[string]Effect {
	switch {
	case strings.Contains(label, "()"):
		return callSends
	case strings.Contains(label, "timer"), strings.Contains(label, "due"), strings.Contains(label, "line"), label == "resync":
		return timerSends
	}
	return replySends
}

// split parts a list at the commas that stand in no parentheses.
func split(text string) (parts []string) {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	depth, start := 0, 0
	for i, c := range text {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			parts = append(parts, strings.TrimSpace(text[start:i]))
			start = i + 1
		}
	}
	return append(parts, strings.TrimSpace(text[start:]))
}

// How many cells are of each kind. A cell that changes its kind changes the protocol.
func TestCounts(t *testing.T) {
	for _, each := range []struct {
		machine string
		counts  map[Kind]int
		want    map[Kind]int
	}{
		{"caller", Local().Counts(), map[Kind]int{Move: 23, Stay: 46, Misuse: 51, Ignored: 55, Impossible: 42}},
		{"callee", Remote().Counts(), map[Kind]int{Move: 32, Stay: 47, Misuse: 27, Ignored: 59, Impossible: 87}},
	} {
		for _, kind := range []Kind{Impossible, Ignored, Stay, Misuse, Move} {
			if each.counts[kind] != each.want[kind] {
				t.Errorf("%s: %d cells are %v, not %d", each.machine, each.counts[kind], kind, each.want[kind])
			}
		}
	}
}
