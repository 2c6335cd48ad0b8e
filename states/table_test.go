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
//	–  ignored      !  counted as unexpected      x  cannot happen
//
// In the IDLE column of a message stands what an unknown id is answered with.
const callerRows = `
send()                                     | SENT, no-response timer; INVITE | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
send(), invalid argument                   | INVALID_ARGUMENT                | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
send(), logged out                         | FAILURE, Failure(NOT_LOGGEDIN)  | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
send(), fail-at-once and callee known offline | FAILURE, Failure(PEER_OFFLINE) | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
send(), own bound reached                  | limit reached                   | ALREADY_SENT | ALREADY_SENT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
cancel()                                   | NOT_STARTED | CANCELED, Canceled; CANCEL(user) | CANCELED, Canceled; CANCEL(user) | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END

RECEIVED              | ; CLOSED(unknown) | RECEIVED, ReceivedByPeer, expiry timer         | –                              | –             | ; CLOSED(refused)    | ; CLOSED(canceled) | ; CLOSED(own)
ACCEPT                | ; CLOSED(unknown) | ACCEPTED, ReceivedByPeer, Accepted; CONFIRM    | ACCEPTED, Accepted; CONFIRM    | ; CONFIRM     | !; CLOSED(refused)   | ; CLOSED(canceled) | ; CLOSED(own)
REFUSE                | ; ACK(REFUSE)     | REFUSED, ReceivedByPeer, Refused; ACK(REFUSE)  | REFUSED, Refused; ACK(REFUSE)  | !; ACK(REFUSE) | ; ACK(REFUSE)       | ; ACK(REFUSE)      | ; ACK(REFUSE)
CLOSED(failed)        | ! | FAILURE, Failure(PEER_NO_RESPONSE); CANCEL(rejected) | FAILURE, Failure(INVITATION_EXPIRE) | – | – | – | –
CLOSED(stale, invalid) | ! | FAILURE, Failure(PEER_NO_RESPONSE); CANCEL(rejected) | ! | – | – | – | –
CLOSED(overloaded)    | ! | FAILURE, Failure(PEER_NO_RESPONSE)                   | ! | – | – | – | –
other CLOSED          | ! | ! | ! | ! | ! | ! | !
ACK(CANCEL)           | ! | ! | ! | ! | ! | linger ends | linger ends
other ACK             | ! | ! | ! | ! | ! | ! | !

no-response timer                           | x | FAILURE, Failure(PEER_NO_RESPONSE); CANCEL(no response) | x | x | x | x | x
no-response timer, callee last known offline | x | FAILURE, Failure(PEER_OFFLINE); CANCEL(no response)    | x | x | x | x | x
expiry timer          | x | x        | FAILURE, Failure(INVITATION_EXPIRE); CANCEL(expired) | x | x | x | x
retransmission due    | x | ; INVITE | x | x | x | ; CANCEL | ; CANCEL
callee online         | – | ; INVITE, back-off restarts | – | – | – | ; CANCEL, back-off restarts | ; CANCEL, back-off restarts
callee offline        | – | – | – | – | – | – | –
callee offline, fail-at-once | – | FAILURE, Failure(PEER_OFFLINE); CANCEL(no response) | – | – | – | – | –
`

const calleeRows = `
INVITE                | RECEIVED, Received, expiry timer; RECEIVED | ; RECEIVED | ; ACCEPT | ; REFUSE | – | ; ACK(CANCEL) | ; CLOSED(failed)
INVITE, stale         | ; CLOSED(stale)      | x | x | x | x | x | x
INVITE, invalid       | ; CLOSED(invalid)    | x | x | x | x | x | x
INVITE, at a bound    | ; CLOSED(overloaded) | x | x | x | x | x | x
INVITE, other payload | x | ! | x | x                | x | x | x
INVITE, linger over   | x | x | x | ; CLOSED(failed) | x | x | x
CANCEL                | CANCELED; ACK(CANCEL) | CANCELED, Canceled; ACK(CANCEL) | CANCELED, Canceled; ACK(CANCEL) | ; ACK(CANCEL) | !; ACK(CANCEL) | ; ACK(CANCEL) | ; ACK(CANCEL)
CANCEL(expired)       | CANCELED; ACK(CANCEL) | FAILURE, Failure(INVITATION_EXPIRE); ACK(CANCEL) | FAILURE, Failure(INVITATION_EXPIRE); ACK(CANCEL) | ; ACK(CANCEL) | !; ACK(CANCEL) | ; ACK(CANCEL) | ; ACK(CANCEL)
CANCEL, at a bound    | – | x | x | x | x | x | x

accept()                   | x | ACCEPT_SENT, accept timer; ACCEPT | ALREADY_ACCEPT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
accept(), invalid response | x | INVALID_ARGUMENT                  | ALREADY_ACCEPT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
refuse()                   | x | REFUSED, Refused; REFUSE          | ALREADY_ACCEPT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END
refuse(), invalid response | x | INVALID_ARGUMENT                  | ALREADY_ACCEPT | ALREADY_END | ALREADY_END | ALREADY_END | ALREADY_END

CONFIRM                       | ! | ! | ACCEPTED, Accepted | ! | – | ! | late confirm
CLOSED(canceled, no response) | – | CANCELED, Canceled                  | CANCELED, Canceled                  | – | – | – | –
CLOSED(expired)               | – | FAILURE, Failure(INVITATION_EXPIRE) | FAILURE, Failure(INVITATION_EXPIRE) | – | – | – | –
CLOSED(unknown)               | – | FAILURE, Failure(INVITATION_EXPIRE) | FAILURE, Failure(ACCEPT_FAILURE)    | – | – | – | –
CLOSED(refused)               | – | REFUSED, Refused                    | REFUSED, Refused                    | – | – | – | –
other CLOSED                  | – | ! | ! | – | – | – | –
ACK(REFUSE)                   | ! | ! | ! | linger ends | ! | ! | !
other ACK                     | ! | ! | ! | ! | ! | ! | !

expiry timer                            | x | FAILURE, Failure(INVITATION_EXPIRE); CLOSED(failed) | x | x | x | x | x
accept timer                            | x | x | FAILURE, Failure(ACCEPT_FAILURE); CLOSED(failed) | x | x | x | x
accept timer, caller last known offline | x | x | FAILURE, Failure(PEER_OFFLINE); CLOSED(failed)   | x | x | x | x
retransmission due                      | x | x | ; ACCEPT | ; REFUSE | x | x | x
caller online                           | – | – | ; ACCEPT, back-off restarts | ; REFUSE, back-off restarts | – | – | –
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
		LocalSend, LocalSendInvalid, LocalSendLoggedOut, LocalSendPeerOffline, LocalSendAtLimit, LocalCancel,
		LocalReceived, LocalAccept, LocalRefuse,
		LocalClosedFailed, LocalClosedRejected, LocalClosedOverloaded, LocalClosedOther, LocalAckCancel, LocalAckOther,
		LocalNoResponse, LocalNoResponseOffline, LocalExpiry, LocalRetransmit,
		LocalPeerOnline, LocalPeerOffline, LocalPeerOfflineAtOnce,
	}
	calleeTriggers = []RemoteTrigger{
		RemoteInvite, RemoteInviteStale, RemoteInviteInvalid, RemoteInviteAtLimit, RemoteInviteConflict, RemoteInviteAfterLinger,
		RemoteCancel, RemoteCancelExpired, RemoteCancelAtLimit,
		RemoteAccept, RemoteAcceptInvalid, RemoteRefuse, RemoteRefuseInvalid,
		RemoteConfirm,
		RemoteClosedCanceled, RemoteClosedExpired, RemoteClosedUnknown, RemoteClosedRefused, RemoteClosedOther,
		RemoteAckRefuse, RemoteAckOther,
		RemoteExpiry, RemoteAcceptTimeout, RemoteAcceptTimeoutOffline, RemoteRetransmit,
		RemotePeerOnline, RemotePeerOffline,
	}
)

// What the words mean. A message is the first copy when the app calls, the next
// copy when a timer or presence asks for it, and a reply when a message does.
var (
	words = map[string]Effect{
		"no-response timer": ArmNoResponse, "expiry timer": ArmExpiry, "accept timer": ArmAccept, "linger ends": EndLinger,
		"Received": RaiseReceived, "ReceivedByPeer": RaiseReceivedByPeer,
		"Accepted": RaiseAccepted, "Refused": RaiseRefused, "Canceled": RaiseCanceled,
		"Failure(PEER_OFFLINE)": FailPeerOffline, "Failure(PEER_NO_RESPONSE)": FailNoResponse,
		"Failure(INVITATION_EXPIRE)": FailExpire, "Failure(NOT_LOGGEDIN)": FailNotLoggedIn, "Failure(ACCEPT_FAILURE)": FailAccept,
		"INVALID_ARGUMENT": InvalidArgument, "NOT_STARTED": NotStarted, "ALREADY_END": AlreadyEnd,
		"ALREADY_ACCEPT": AlreadyAccept, "ALREADY_SENT": AlreadySent, "limit reached": LimitReached,
		"!": Unexpected, "late confirm": LateConfirm,
	}
	anySends = map[string]Effect{
		"CANCEL(user)": SendCancelUser, "CANCEL(no response)": SendCancelNoResponse,
		"CANCEL(expired)": SendCancelExpired, "CANCEL(rejected)": SendCancelRejected,
		"CLOSED(failed)": CloseFailed,
	}
	callSends  = map[string]Effect{"INVITE": SendInvite, "ACCEPT": SendAccept, "REFUSE": SendRefuse}
	timerSends = map[string]Effect{
		"INVITE": CopyInvite, "ACCEPT": CopyAccept, "REFUSE": CopyRefuse, "CANCEL": CopyCancel, "back-off restarts": RestartBackOff,
	}
	replySends = map[string]Effect{
		"RECEIVED": ReplyReceived, "ACCEPT": ReplyAccept, "REFUSE": ReplyRefuse, "CONFIRM": ReplyConfirm,
		"ACK(REFUSE)": ReplyAckRefuse, "ACK(CANCEL)": ReplyAckCancel,
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
	if cell.Effects&(InvalidArgument|NotStarted|AlreadyEnd|AlreadyAccept|AlreadySent|LimitReached) != 0 {
		cell.Kind = Misuse
	}
	return cell
}

func sendsOf(label string) map[string]Effect {
	switch {
	case strings.Contains(label, "()"):
		return callSends
	case strings.Contains(label, "timer"), strings.Contains(label, "due"), strings.Contains(label, "line"):
		return timerSends
	}
	return replySends
}

func split(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	parts := strings.Split(text, ", ")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// How many cells are of each kind. A cell that changes its kind changes the protocol.
func TestCounts(t *testing.T) {
	for _, each := range []struct {
		machine string
		counts  map[Kind]int
		want    map[Kind]int
	}{
		{"caller", Local().Counts(), map[Kind]int{Move: 18, Stay: 46, Misuse: 37, Ignored: 31, Impossible: 22}},
		{"callee", Remote().Counts(), map[Kind]int{Move: 21, Stay: 43, Misuse: 22, Ignored: 40, Impossible: 63}},
	} {
		for _, kind := range []Kind{Impossible, Ignored, Stay, Misuse, Move} {
			if each.counts[kind] != each.want[kind] {
				t.Errorf("%s: %d cells are %v, not %d", each.machine, each.counts[kind], kind, each.want[kind])
			}
		}
	}
}
