// Cells of the two tables that nobody prepared for, each broken by one line.

package explore

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/seam"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/states"
)

// oneCell is the protocol with another cell.
type oneCell struct {
	local  []states.LocalChange
	remote []states.RemoteChange
}

func (b oneCell) Tables() (states.LocalTable, states.RemoteTable) {
	return states.Local().With(b.local...), states.Remote().With(b.remote...)
}

func (b oneCell) Memory(_, tombstone time.Duration) (local, remote time.Duration) {
	return tombstone, tombstone
}

func caller(in states.LocalState, on states.LocalTrigger, next states.LocalState, effects states.Effect) oneCell {
	return oneCell{local: []states.LocalChange{{In: in, On: on, Next: next, Effects: effects}}}
}

func callee(in states.RemoteState, on states.RemoteTrigger, next states.RemoteState, effects states.Effect) oneCell {
	return oneCell{remote: []states.RemoteChange{{In: in, On: on, Next: next, Effects: effects}}}
}

// refuted is what searches say of rules with other cells: the first that finds something.
func refuted(t *testing.T, broken oneCell, worlds ...World) string {
	t.Helper()
	return refutedBy(t, func(r *rules) {
		r.options.Rules = seam.Of(broken, r.options.Times.Linger, r.options.Times.Tombstone)
	}, worlds...)
}

func refutedBy(t *testing.T, breaks func(*rules), worlds ...World) string {
	t.Helper()
	got := ""
	for _, w := range worlds {
		w.MaxStates = 300_000
		s := newSearch(w, 2)
		for _, a := range s.phones {
			breaks(a.rules)
		}
		if err := s.run(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		for _, f := range s.result.Found {
			if f.Promised {
				got += fmt.Sprintf("%s in %d, ", Name(f.Property), len(f.Path))
				if f.Property == Breakdown && f.Detail == "" {
					t.Error("the engine does not say why")
				}
			}
		}
		if got != "" {
			break
		}
	}
	return strings.TrimSuffix(got, ", ")
}

// TestBreaks: the search refutes each, by the shortest way. The last ones are of no
// consequence between two phones that remember.
func TestBreaks(t *testing.T) {
	const (
		sent, received, canceled, failed = states.LocalSentToRemote, states.LocalReceivedByRemote, states.LocalCanceled, states.LocalFailure

		unknown, rings, answers, no = states.RemoteIdle, states.RemoteInvitationReceived, states.RemoteAcceptSentToLocal, states.RemoteRefused
		yes, gone, over             = states.RemoteAccepted, states.RemoteCanceled, states.RemoteFailure
	)
	for name, c := range map[string]struct {
		broken oneCell
		want   string
	}{
		"CLOSED(unknown) accepts":        {callee(rings, states.RemoteClosedUnknown, yes, states.RaiseAccepted), "S1 in 5, S13 in 5, S5 in 6"},
		"CLOSED(canceled) accepts":       {callee(answers, states.RemoteClosedCanceled, yes, states.RaiseAccepted), "S1 in 6, S5 in 6, PAIR in 6"},
		"a REFUSED one answers ACCEPT":   {callee(no, states.RemoteInvite, no, states.ReplyAccept), "S4 in 5, PAIR in 5"},
		"CANCEL(expired) cancels":        {callee(rings, states.RemoteCancelExpired, gone, states.ReplyAckCancel|states.RaiseCanceled), "PAIR in 5"},
		"the accept timer cancels":       {callee(answers, states.RemoteAcceptTimeout, gone, states.CloseFailed|states.RaiseCanceled), "S4 in 6, PAIR in 6"},
		"accept arms no timer":           {callee(rings, states.RemoteAccept, answers, states.SendAccept), "BREAKDOWN in 3"},
		"refuse sends ACCEPT":            {callee(rings, states.RemoteRefuse, no, states.SendAccept|states.RaiseRefused), "S4 in 4, PAIR in 4"},
		"refuse is not told":             {callee(rings, states.RemoteRefuse, no, states.SendRefuse), "S14 in 3, S3 in 4"},
		"an early CANCEL rings":          {callee(gone, states.RemoteInvite, rings, states.ReplyReceived|states.ArmExpiry|states.RaiseReceived), "BREAKDOWN in 5"},
		"a copy of INVITE arms again":    {callee(rings, states.RemoteInvite, rings, states.ReplyReceived|states.ArmExpiry), "BREAKDOWN in 5"},
		"an INVITE that rings arms none": {callee(unknown, states.RemoteInvite, rings, states.ReplyReceived|states.RaiseReceived), "S14 in 4, RING in 4"},
		"cancel is not told":             {caller(received, states.LocalCancel, canceled, states.SendCancelUser), "S14 in 4"},
		"a canceled one confirms":        {caller(canceled, states.LocalAccept, canceled, states.ReplyConfirm), "S1 in 6, S5 in 6, PAIR in 6"},
		"a failed one confirms":          {caller(failed, states.LocalAccept, failed, states.ReplyConfirm), "S1 in 7, PAIR in 7"},
		"an ACCEPT leaves it open":       {caller(sent, states.LocalAccept, received, states.ReplyConfirm|states.RaiseReceivedByPeer|states.ArmExpiry), "S1 in 5, S5 in 6, PAIR in 6"},
		"no response cancels":            {caller(sent, states.LocalNoResponse, canceled, states.SendCancelNoResponse|states.RaiseCanceled), "S8 in 3, PAIR in 5"},
		"CLOSED(failed) is no response":  {caller(received, states.LocalClosedFailed, failed, states.FailNoResponse), "S9 in 6"},

		"a CONFIRM while it rings":       {callee(rings, states.RemoteConfirm, yes, states.RaiseAccepted), ""},
		"a CONFIRM after the accept":     {callee(over, states.RemoteConfirm, yes, states.RaiseAccepted), ""},
		"a CONFIRM of one CANCELED":      {callee(gone, states.RemoteConfirm, yes, states.RaiseAccepted), ""},
		"CLOSED(refused) while it rings": {callee(rings, states.RemoteClosedRefused, gone, states.RaiseCanceled), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := refuted(t, c.broken, World{Calls: 1}, World{Calls: 1, MaxCrash: 1, Snapshots: setup.Nothing}, World{Calls: 1, Logouts: true}, World{Calls: 1, MaxCrash: Any}); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// both is a rule that two cells or more make.
func both(cells ...oneCell) (all oneCell) {
	for _, each := range cells {
		all.local, all.remote = append(all.local, each.local...), append(all.remote, each.remote...)
	}
	return all
}

// TestBreaksOfVersion1: the rules that version 1.0 brought are each refuted without.
func TestBreaksOfVersion1(t *testing.T) {
	const (
		idle, sent, received, accepted, failed = states.LocalIdle, states.LocalSentToRemote, states.LocalReceivedByRemote, states.LocalAcceptedByRemote, states.LocalFailure

		unknown, rings, answers, yes, gone = states.RemoteIdle, states.RemoteInvitationReceived, states.RemoteAcceptSentToLocal, states.RemoteAccepted, states.RemoteCanceled
	)
	one, two, group := World{Calls: 1}, World{Calls: 1, Devices: 2}, World{Calls: 2, Group: true}
	away := World{Calls: 1, Logouts: true}
	for name, c := range map[string]struct {
		broken oneCell
		world  World
		want   string
	}{
		"CONFIRM without the device check": {callee(answers, states.RemoteConfirmOther, yes, states.RaiseAccepted), two, "S1 in 7, S15 in 8, PAIR in 8"},
		"ACK(REFUSE) without refused": {both(
			callee(rings, states.RemoteAckRefuseOther, gone, states.RaiseCanceled),
			callee(answers, states.RemoteAckRefuseOther, gone, states.RaiseCanceled)), two, "PAIR in 7, S4 in 8"},
		"another's CONFIRM of an unknown id is not remembered":     {callee(unknown, states.RemoteConfirmOther, unknown, 0), two, "S7 in 6"},
		"another's ACK(REFUSE) of an unknown id is not remembered": {callee(unknown, states.RemoteAckRefusedOther, unknown, 0), two, "S7 in 6"},
		"a refresh is confirmed in SENT":                           {caller(sent, states.LocalReceived, received, states.RaiseReceivedByPeer|states.ArmExpiry|states.ReplyConfirm), two, "PAIR in 5, S4 in 6"},
		"a refresh is confirmed in RECEIVED":                       {caller(received, states.LocalReceived, received, states.ReplyConfirm), two, "PAIR in 6, S4 in 7"},
		"CLOSED of one of two devices ends the call":               {caller(received, states.LocalClosedOther, failed, states.FailExpire), two, "CUT in 5"},
		"CLOSED of one of two devices ends the call, in SENT":      {caller(sent, states.LocalClosedOther, failed, states.SendCancelRejected|states.FailNoResponse), two, "CUT in 4"},
		"any resync after accept() begins the accept time afresh":  {callee(answers, states.RemoteResync, answers, states.ArmAccept|states.CopyAccept|states.RestartBackOff), away, "S14 in 12"},
		"the others of a group are not canceled":                   {both(caller(sent, states.LocalGroupDecided, sent, 0), caller(received, states.LocalGroupDecided, received, 0)), group, "S16 in 5"},
		"a logged-out caller takes an ACCEPT":                      {caller(received, states.LocalAcceptLoggedOut, accepted, states.KeepWinner|states.ReplyConfirm|states.RaiseAccepted), away, "CONFIRMED in 6"},
		"RECEIVED of an accepted call is not confirmed":            {caller(accepted, states.LocalReceived, accepted, 0), two, "RING in 6"},
		"RECEIVED is not repeated":                                 {callee(rings, states.RemoteResync, rings, 0), away, "RING in 4"},
		"an INVITE is not repeated in RECEIVED":                    {caller(received, states.LocalResync, received, 0), one, "TOLD in 5"},
		"a Missed is told with every INVITE":                       {callee(states.RemoteCanceled, states.RemoteInvite, states.RemoteCanceled, states.ReplyAckCancel|states.RaiseMissed), one, "S9 in 5"},
		"a Missed is withdrawn that was not told":                  {callee(states.RemoteFailure, states.RemoteConfirmOther, states.RemoteFailure, states.WithdrawMissed), two, "S9 in 7"},
		"CLOSED(stale) ends RECEIVED":                              {caller(received, states.LocalClosedStale, failed, states.FailExpire), one, ""},
		"a refusal is forgotten with its linger":                   {callee(states.RemoteRefused, states.RemoteInviteAfterLinger, states.RemoteRefused, states.CloseFailed), one, ""},
		"an accept in a log-out has its own deadline only":         {callee(rings, states.RemoteAcceptLoggedOut, answers, states.ArmAccept|states.SendAccept), away, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := refuted(t, c.broken, c.world); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestBreaksOutsideOfTables: rules that no cell has.
func TestBreaksOutsideOfTables(t *testing.T) {
	for name, c := range map[string]struct {
		breaks func(*rules)
		world  World
		want   string
	}{
		"the winner is not kept": {func(r *rules) {
			r.tamper = func(p *phone, m *engine.Message) {
				if m.Kind == engine.Confirm {
					m.Device = p.got.Device
				}
			}
		}, World{Calls: 1, Devices: 2}, "S4 in 7, S1 in 8, PAIR in 8, S15 in 9"},
		"send() in a decided group": {func(r *rules) {
			r.grouped = func(p *phone) bool { return p.group == nil || !p.group.Decided() }
		}, World{Calls: 2, Group: true}, "S16 in 5"},
		"an INVITE in RECEIVED waits for the no-response time": {func(r *rules) {
			r.tamper = func(p *phone, m *engine.Message) {
				if m.Kind == engine.Invite {
					m.Wait = p.rules.options.Times.NoResponse
				}
			}
		}, World{Calls: 1, Timed: true, Reports: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := refutedBy(t, c.breaks, c.world); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
