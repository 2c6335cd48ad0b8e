// Cells of the two tables that nobody prepared for, each broken by one line.

package explore

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

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
		"accept arms no timer":           {callee(rings, states.RemoteAccept, answers, states.SendAccept), "S12 in 5"},
		"refuse sends ACCEPT":            {callee(rings, states.RemoteRefuse, no, states.SendAccept|states.RaiseRefused), "S4 in 4, PAIR in 4"},
		"refuse is not told":             {callee(rings, states.RemoteRefuse, no, states.SendRefuse), "S14 in 3, S3 in 4"},
		"an early CANCEL rings":          {callee(gone, states.RemoteInvite, rings, states.ReplyReceived|states.ArmExpiry|states.RaiseReceived), "BREAKDOWN in 4"},
		"a copy of INVITE arms again":    {callee(rings, states.RemoteInvite, rings, states.ReplyReceived|states.ArmExpiry), "BREAKDOWN in 3"},
		"an INVITE that rings arms none": {callee(unknown, states.RemoteInvite, rings, states.ReplyReceived|states.RaiseReceived), "S14 in 4"},
		"cancel is not told":             {caller(received, states.LocalCancel, canceled, states.SendCancelUser), "S14 in 4"},
		"a canceled one confirms":        {caller(canceled, states.LocalAccept, canceled, states.ReplyConfirm), "S1 in 6, S5 in 6, PAIR in 6"},
		"a failed one confirms":          {caller(failed, states.LocalAccept, failed, states.ReplyConfirm), "S1 in 7, PAIR in 7"},
		"an ACCEPT leaves it open":       {caller(sent, states.LocalAccept, received, states.ReplyConfirm|states.RaiseReceivedByPeer|states.ArmExpiry), "S1 in 5, S5 in 6, PAIR in 6"},
		"no response cancels":            {caller(sent, states.LocalNoResponse, canceled, states.SendCancelNoResponse|states.RaiseCanceled), "S8 in 3"},
		"CLOSED(failed) is no response":  {caller(received, states.LocalClosedFailed, failed, states.FailNoResponse), "S9 in 5"},

		"a CONFIRM while it rings":       {callee(rings, states.RemoteConfirm, yes, states.RaiseAccepted), ""},
		"a CONFIRM after the accept":     {callee(over, states.RemoteConfirm, yes, states.RaiseAccepted), ""},
		"a CONFIRM of one CANCELED":      {callee(gone, states.RemoteConfirm, yes, states.RaiseAccepted), ""},
		"CLOSED(refused) while it rings": {callee(rings, states.RemoteClosedRefused, gone, states.RaiseCanceled), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, w := range []World{{Calls: 1}, {Calls: 1, MaxCrash: 1, Snapshots: setup.Nothing}, {Calls: 1, Logouts: true}, {Calls: 1, MaxCrash: Any}} {
				s := newSearch(w, 0)
				s.workers = 2
				for _, a := range s.phones {
					times := w.times()
					a.rules.options.Rules = seam.Of(c.broken, times.Linger, times.Tombstone)
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
			if got = strings.TrimSuffix(got, ", "); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
