// Groups: invitations that ring together, of which one can be accepted.

package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/states"
)

// groupOf calls several at once, in one group.
func (r *rig) groupOf(g *engine.Group, callees ...string) (calls []*engine.LocalInvitation) {
	r.t.Helper()
	for _, callee := range callees {
		call := r.CreateLocalInvitation(callee)
		call.SetGroup(g)
		r.must(call.Send())
		calls = append(calls, call)
	}
	r.outputs()
	return calls
}

// everything drains an engine, and names the peers.
func (r *rig) everything() string {
	var all []string
	for out := range r.All() {
		switch {
		case out.Kind == engine.Send && out.Message.Kind == engine.Cancel:
			all = append(all, out.To+":CANCEL("+out.Message.Reason.String()+")")
		case out.Kind == engine.Send:
			all = append(all, out.To+":"+out.Message.Kind.String())
		default:
			all = append(all, out.Local.CalleeID()+" "+short(out))
		}
	}
	return strings.Join(all, "; ")
}

// TestGroupIsDecidedAtOnce: the first ACCEPT cancels the others in the same input, in the
// order of the group, messages before events; and the app may be as slow as it likes.
func TestGroupIsDecidedAtOnce(t *testing.T) {
	r := newRig(t, "alice", nil)
	g := r.NewGroup()
	calls := r.groupOf(g, "carol", "bob", "dave", "eve")
	r.Receive("carol", engine.Message{Kind: engine.Received, ID: calls[0].ID()})
	r.must(calls[3].Cancel())
	r.everything()
	r.Receive("dave", engine.Message{Kind: engine.Accept, ID: calls[2].ID(), Response: "yes"})
	r.Receive("bob", engine.Message{Kind: engine.Accept, ID: calls[1].ID()}) // before the app has heard of anything
	if got, want := r.everything(), "dave:CONFIRM; carol:CANCEL(answered by another); bob:CANCEL(answered by another); "+
		"dave ReceivedByPeer; dave Accepted; carol Canceled; bob Canceled; bob:CLOSED"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !g.Decided() || calls[0].Reason() != engine.ReasonAnswered || calls[3].Reason() != engine.ReasonUser || calls[2].Reason() != 0 {
		t.Errorf("decided %v, reasons %v, %v and %v", g.Decided(), calls[0].Reason(), calls[3].Reason(), calls[2].Reason())
	}

	late := r.CreateLocalInvitation("frank")
	late.SetGroup(g)
	if err := late.Send(); !errors.Is(err, errors.GroupDecided) || !strings.Contains(err.Error(), "send: invitation to frank is IDLE: another invitation of its group is accepted") {
		t.Errorf("send() in a decided group: %v", err)
	}
	if late.State() != states.LocalIdle || late.ID() != (engine.ID{}) {
		t.Errorf("it is %v, %v", late.State(), late.ID())
	}
	r.LogOut() // the group comes before the login, and an argument before both
	if err := late.Send(); !errors.Is(err, errors.GroupDecided) {
		t.Errorf("logged out: %v", err)
	}
	late.SetContent("\xff")
	if err := late.Send(); !errors.Is(err, errors.InvalidArgument) {
		t.Errorf("with a bad content: %v", err)
	}
	late.SetContent("")
	r.LogIn()
	late.SetGroup(nil)
	if late.Group() != nil {
		t.Error("it is still in the group")
	}
	r.must(late.Send())
}

// TestOtherEndsDecideNothing: what ends without an ACCEPT leaves the others alone.
func TestOtherEndsDecideNothing(t *testing.T) {
	r := newRig(t, "alice", func(o *engine.Options) { o.FailAtOnce = true })
	g := r.NewGroup()
	calls := r.groupOf(g, "bob", "carol", "dave", "eve", "frank")
	r.Receive("bob", engine.Message{Kind: engine.Refuse, ID: calls[0].ID()})
	r.must(calls[1].Cancel())
	r.Receive("dave", closed(calls[2].ID(), engine.WordFailed, 0))
	r.PeerOffline("eve")
	if g.Decided() || calls[4].State() != states.LocalSentToRemote {
		t.Errorf("decided %v, the last is %v", g.Decided(), calls[4].State())
	}
	r.everything()
	r.Receive("frank", engine.Message{Kind: engine.Accept, ID: calls[4].ID()})
	if got := r.everything(); got != "frank:CONFIRM; frank ReceivedByPeer; frank Accepted" {
		t.Error(got)
	}
}

// TestSetGroup: in IDLE an invitation can change its group and its place; afterwards, and
// for a copy or a group of another engine, nothing changes.
func TestSetGroup(t *testing.T) {
	r, other := newRig(t, "alice", nil), newRig(t, "alice", nil)
	g, second := r.NewGroup(), r.NewGroup()
	var calls []*engine.LocalInvitation
	for _, callee := range []string{"bob", "carol", "dave", "eve", "frank"} {
		call := r.CreateLocalInvitation(callee)
		call.SetGroup(g)
		calls = append(calls, call)
	}
	calls[0].SetGroup(g)      // behind the others
	calls[1].SetGroup(second) // elsewhere
	calls[2].SetGroup(nil)
	calls[3].SetGroup(other.NewGroup())
	byValue(calls[3]).SetGroup(nil)
	if calls[0].Group() != g || calls[1].Group() != second || calls[2].Group() != nil || calls[3].Group() != g {
		t.Fatal("the groups are others")
	}
	for _, call := range calls {
		r.must(call.Send())
	}
	calls[3].SetGroup(nil)
	calls[2].SetGroup(g)
	r.everything()
	r.Receive("frank", engine.Message{Kind: engine.Accept, ID: calls[4].ID()})
	if got, want := r.everything(), "frank:CONFIRM; eve:CANCEL(answered by another); bob:CANCEL(answered by another); frank ReceivedByPeer; frank Accepted; eve Canceled; bob Canceled"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestGroupSurvives: restored in the middle, those that are open are a group still, in
// their order, with a group that a further invitation can be put into.
func TestGroupSurvives(t *testing.T) {
	r := newRig(t, "alice", nil)
	g := r.NewGroup()
	calls := r.groupOf(g, "bob", "carol", "dave", "eve")
	apart := r.groupOf(r.NewGroup(), "zoe")
	r.must(calls[1].Cancel())
	kept := store{}
	kept.save(r.Engine)
	for name, snapshot := range map[string][]byte{"snapshot": r.Snapshot(), "store": kept.joined()} {
		e, err := engine.Restore("alice", optionsOf(r.clock, 0xf), snapshot, 0)
		r.must(err)
		again := &rig{Engine: e, t: t, clock: r.clock}
		again.everything()
		var group *engine.Group
		members := 0
		for call := range e.LocalInvitations() {
			switch {
			case call.CalleeID() == "zoe" || call.CalleeID() == "carol":
			case group == nil:
				group = call.Group()
				fallthrough
			case call.Group() == group && group != nil:
				members++
			}
		}
		if members != 3 || group.Decided() {
			t.Fatalf("%s: %d members, decided %v", name, members, group.Decided())
		}
		again.groupOf(group, "frank")
		again.Receive("dave", engine.Message{Kind: engine.Accept, ID: calls[2].ID()})
		if got, want := again.everything(), "dave:CONFIRM; bob:CANCEL(answered by another); eve:CANCEL(answered by another); frank:CANCEL(answered by another); "+
			"dave ReceivedByPeer; dave Accepted; bob Canceled; eve Canceled; frank Canceled"; got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
		if known, _ := e.FindLocal("zoe", apart[0].ID()); !group.Decided() || known.LocalState != states.LocalSentToRemote {
			t.Errorf("%s: decided %v, another group's is %v", name, group.Decided(), known.LocalState)
		}
	}
}

// TestGroupKeepsNothing: those that have ended leave the group when another comes.
func TestGroupKeepsNothing(t *testing.T) {
	r := newRig(t, "alice", nil)
	g := r.NewGroup()
	for n := range 5000 {
		call := r.groupOf(g, "bob")[0]
		r.must(call.Cancel())
		r.Receive("bob", engine.Message{Kind: engine.Ack, For: engine.Cancel, ID: call.ID()})
		if n%1000 == 999 {
			r.clock.now = r.clock.now.Add(time.Hour)
			r.Advance()
		}
	}
	before := heap()
	g = nil
	if freed := before - heap(); freed > 10_000 {
		t.Errorf("a group of ended invitations keeps %d bytes", freed)
	}
	_ = g
}
