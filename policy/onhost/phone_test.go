// Policies over hosts, on the network in memory: what apps are told.

package onhost_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/memory"
	"github.com/invsim/invsim/policy"
	"github.com/invsim/invsim/policy/onhost"
	"github.com/invsim/invsim/wire"
)

// diary is what all apps were told.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) write(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func (d *diary) expect(t *testing.T, want string) {
	t.Helper()
	time.Sleep(time.Second)
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	got := strings.Join(d.lines, "\n")
	if want = strings.ReplaceAll(strings.TrimSpace(want), "\t", ""); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	d.lines = nil
}

// app is a user's.
type app struct {
	onhost.NopApp
	*onhost.Phone
	*diary
	rings []*host.RemoteInvitation
}

func (a *app) note(format string, args ...any) { a.write(a.Self()+": "+format, args...) }

func (a *app) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	a.rings = append(a.rings, inv)
	a.note("rings %s", inv.CallerID())
}
func (a *app) OnRedialed(old, inv *host.RemoteInvitation) {
	a.rings = append(a.rings, inv)
	a.note("redialed %s: %d for %d", inv.CallerID(), inv.ID().Counter, old.ID().Counter)
}
func (a *app) OnCrossed(own *host.LocalInvitation, inv *host.RemoteInvitation) {
	a.note("crossed %s, own %v", inv.CallerID(), own.State())
}
func (a *app) OnRemoteInvitationAccepted(inv *host.RemoteInvitation) {
	a.note("on with %s", inv.CallerID())
}
func (a *app) OnRemoteInvitationCanceled(inv *host.RemoteInvitation) {
	a.note("canceled by %s", inv.CallerID())
}
func (a *app) OnRemoteInvitationMissed(m host.Missed) { a.note("missed %s", m.CallerID) }
func (a *app) OnLocalInvitationReceivedByPeer(inv *host.LocalInvitation) {
	a.note("received by %s", inv.CalleeID())
}
func (a *app) OnLocalInvitationAccepted(inv *host.LocalInvitation, _ string) {
	a.note("accepted by %s", inv.CalleeID())
}
func (a *app) OnLocalInvitationRefused(inv *host.LocalInvitation, response string) {
	a.note("refused by %s: %s", inv.CalleeID(), response)
}
func (a *app) OnLocalInvitationCanceled(inv *host.LocalInvitation) {
	a.note("canceled to %s", inv.CalleeID())
}
func (a *app) OnLocalInvitationFailure(inv *host.LocalInvitation, code errors.LocalInvitationError) {
	a.note("to %s: %s", inv.CalleeID(), code.Name())
}

// slow delays what is sent to somebody.
type slow struct {
	host.Transport
	delay time.Duration
}

func (s slow) Send(peer string, data []byte) error {
	time.AfterFunc(s.delay, func() { s.Transport.Send(peer, data) })
	return nil
}

func join(t *testing.T, n *memory.Network, d *diary, name string, options host.Options, policies ...policy.Policy) *app {
	t.Helper()
	h, err := host.New(name, slow{n.Connect(name), 10 * time.Millisecond}, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close(); <-h.Done() })
	a := &app{Phone: onhost.New(h, options.Engine.Device, policies...), diary: d}
	if err := a.Start(a); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *app) call(t *testing.T, callee string) *host.LocalInvitation {
	t.Helper()
	inv := a.CreateLocalInvitation(callee)
	if err := a.SendLocalInvitation(inv); err != nil {
		t.Fatal(err)
	}
	return inv
}

func (a *app) accept(t *testing.T) *host.RemoteInvitation {
	t.Helper()
	inv := a.rings[len(a.rings)-1]
	if err := a.AcceptRemoteInvitation(inv); err != nil {
		t.Fatal(err)
	}
	return inv
}

func epoch(n uint64) host.Options { return host.Options{Engine: engine.Options{Epoch: n}} }

func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n memory.Network
		d := &diary{}
		alice, carol := join(t, &n, d, "alice", epoch(0xa)), join(t, &n, d, "carol", epoch(0xc))
		bob := join(t, &n, d, "bob", epoch(0xb), policy.Redial(), policy.Glare(), policy.Busy("busy"))
		alice.call(t, "bob")
		d.expect(t, `
			bob: rings alice
			alice: received by bob
		`)
		carol.call(t, "bob")
		d.expect(t, `
			carol: received by bob
			carol: refused by bob: busy
		`)
		ring := bob.accept(t)
		d.expect(t, `
			alice: accepted by bob
			bob: on with alice
		`)
		carol.call(t, "bob")
		d.expect(t, `
			carol: received by bob
			carol: refused by bob: busy
		`)
		bob.HangUp(ring)
		carol.call(t, "bob")
		d.expect(t, `
			bob: rings carol
			carol: received by bob
		`)
	})
}

// TestHangUp: an own call that was accepted makes the line busy until it is hung up.
func TestHangUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n memory.Network
		d := &diary{}
		alice := join(t, &n, d, "alice", epoch(0xa))
		bob := join(t, &n, d, "bob", epoch(0xb), policy.Busy("busy"))
		own := bob.call(t, "alice")
		time.Sleep(time.Second)
		synctest.Wait() // the ring has been told, and this goroutine knows it
		alice.accept(t)
		d.expect(t, `
			alice: rings bob
			bob: received by alice
			bob: accepted by alice
			alice: on with bob
		`)
		alice.call(t, "bob")
		d.expect(t, `
			alice: received by bob
			alice: refused by bob: busy
		`)
		bob.HangUp(own)
		alice.call(t, "bob")
		d.expect(t, `
			bob: rings alice
			alice: received by bob
		`)
	})
}

// TestBusyOwnCall: an own call makes the line busy until it has ended.
func TestBusyOwnCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n memory.Network
		d := &diary{}
		alice := join(t, &n, d, "alice", epoch(0xa))
		bob := join(t, &n, d, "bob", epoch(0xb), policy.Busy("busy"))
		own := bob.call(t, "nobody")
		alice.call(t, "bob")
		d.expect(t, `
			alice: received by bob
			alice: refused by bob: busy
		`)
		if err := bob.CancelLocalInvitation(own); err != nil {
			t.Error(err)
		}
		alice.call(t, "bob")
		d.expect(t, `
			bob: canceled to nobody
			bob: rings alice
			alice: received by bob
		`)
	})
}

func TestGlare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n memory.Network
		d := &diary{}
		alice := join(t, &n, d, "alice", epoch(0xa), policy.Glare(), policy.Busy("busy"))
		bob := join(t, &n, d, "bob", epoch(0xb), policy.Glare(), policy.Busy("busy"))
		alice.call(t, "bob")
		bob.call(t, "alice")
		d.expect(t, `
			bob: crossed alice, own CANCELED
			alice: received by bob
			alice: accepted by bob
			bob: on with alice
		`)
	})
}

func TestRedial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n memory.Network
		d := &diary{}
		alice := join(t, &n, d, "alice", epoch(0xa))
		bob := join(t, &n, d, "bob", epoch(0xb), policy.Redial(), policy.Busy("busy"))
		alice.call(t, "bob")
		d.expect(t, `
			bob: rings alice
			alice: received by bob
		`)
		alice.call(t, "bob") // the CANCEL of the first is late
		d.expect(t, `
			bob: redialed alice: 2 for 1
			alice: received by bob
		`)
		bob.accept(t)
		d.expect(t, `
			alice: accepted by bob
			bob: on with alice
		`)
		for _, call := range alice.LocalInvitations() {
			if err := alice.CancelLocalInvitation(call); err != nil {
				t.Error(err)
			}
		}
		d.expect(t, `alice: canceled to bob`) // and bob's app is shown nothing
	})
}

// TestSilentDevice: no ring and no end; missed calls are told all the same.
func TestSilentDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n memory.Network
		d := &diary{}
		options := epoch(0xb)
		options.Engine.Device = 7
		everybody := func(string) bool { return true }
		alice, bob := join(t, &n, d, "alice", epoch(0xa)), join(t, &n, d, "bob", options, policy.DoNotDisturb(everybody, "asleep"))
		call := alice.call(t, "bob")
		d.expect(t, `alice: received by bob`)
		if err := alice.CancelLocalInvitation(call); err != nil {
			t.Error(err)
		}
		d.expect(t, `alice: canceled to bob`)
		late, err := wire.EncodeJSON(engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 9, Counter: 1}, Age: time.Minute, Wait: time.Second, Expiry: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := bob.HandIn("carol", late, 0); got != host.NeverRings {
			t.Error(got)
		}
		d.expect(t, `bob: missed carol`)
	})
}

// TestRestored: what a store has kept makes the line busy, whoever called.
func TestRestored(t *testing.T) {
	for _, own := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var n memory.Network
			d := &diary{}
			file := t.TempDir() + "/store"
			options := epoch(0xb)
			options.Store = host.FileStore(file)
			alice, carol := join(t, &n, d, "alice", epoch(0xa)), join(t, &n, d, "carol", epoch(0xc))
			bob := join(t, &n, d, "bob", options, policy.Busy("busy"))
			var ring *host.LocalInvitation
			if own {
				bob.call(t, "nobody")
			} else {
				ring = alice.call(t, "bob")
			}
			time.Sleep(time.Second)
			if err := bob.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			options = epoch(0xbb)
			options.Store = host.FileStore(file)
			bob = join(t, &n, d, "bob", options, policy.Busy("busy"))
			time.Sleep(time.Second)
			synctest.Wait()
			d.lines = nil
			carol.call(t, "bob")
			d.expect(t, `
				carol: received by bob
				carol: refused by bob: busy
			`)
			want := ""
			for _, inv := range bob.LocalInvitations() {
				want += "bob: canceled to nobody\n"
				if err := bob.CancelLocalInvitation(inv); err != nil {
					t.Error(err)
				}
			}
			if ring != nil {
				want += "alice: canceled to bob\nbob: canceled by alice\n"
				if err := alice.CancelLocalInvitation(ring); err != nil {
					t.Error(err)
				}
			}
			d.expect(t, want)
			carol.call(t, "bob")
			d.expect(t, `
				bob: rings carol
				carol: received by bob
			`)
		})
	}
}

// TestRingNobody: a group ends when the last of its calls has, and if there is none.
func TestRingNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n memory.Network
		d := &diary{}
		alice, bob := join(t, &n, d, "alice", epoch(0xa)), join(t, &n, d, "bob", epoch(0xb))
		told := func(e policy.GroupEvent, inv *host.LocalInvitation) {
			if inv == nil {
				d.write("group %v", e)
			} else {
				d.write("group %v by %s", e, inv.CalleeID())
			}
		}
		calls := onhost.Ring(alice.Host, []string{"bob", "", "nobody"}, func(inv *host.LocalInvitation) { inv.SetContent("hi") }, told)
		if len(calls) != 2 {
			t.Fatal(calls)
		}
		d.expect(t, `
			bob: rings alice
			alice: received by bob
			group rings by bob
		`)
		ring := bob.rings[0]
		ring.SetResponse("no")
		if ring.Content() != "hi" || bob.RefuseRemoteInvitation(ring) != nil {
			t.Error(ring.Content(), ring.State())
		}
		d.expect(t, `alice: refused by bob: no`)
		time.Sleep(30 * time.Second)
		d.expect(t, `
			alice: to nobody: LOCAL_INVITATION_ERR_PEER_OFFLINE
			group ended by nobody
		`)
		onhost.Ring(alice.Host, []string{""}, nil, told)
		d.expect(t, `group ended`)
	})
}

// TestGroupOnTheLine: a group that is called through a Phone makes its line busy, until
// the call that was accepted is hung up.
func TestGroupOnTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n memory.Network
		d := &diary{}
		alice := join(t, &n, d, "alice", epoch(0xa), policy.Busy("busy"))
		bob, carol := join(t, &n, d, "bob", epoch(0xb)), join(t, &n, d, "carol", epoch(0xc))
		group := onhost.Ring(alice.Phone, []string{"bob", "nobody"}, nil, func(e policy.GroupEvent, _ *host.LocalInvitation) { d.write("group %v", e) })
		d.expect(t, `
			bob: rings alice
			alice: received by bob
			group rings
		`)
		refused := `
			carol: received by alice
			carol: refused by alice: busy
		`
		carol.call(t, "alice")
		d.expect(t, refused)
		bob.accept(t)
		d.expect(t, `
			alice: accepted by bob
			group answered
			alice: canceled to nobody
			bob: on with alice
		`)
		carol.call(t, "alice")
		d.expect(t, refused)
		alice.HangUp(group[0])
		carol.call(t, "alice")
		d.expect(t, `
			alice: rings carol
			carol: received by alice
		`)
	})
}

// TestNoApp: the mistake shows at once, and not when somebody calls.
func TestNoApp(t *testing.T) {
	var n memory.Network
	h, err := host.New("alice", n.Connect("alice"), host.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := onhost.New(h, 0).Start(nil); err == nil || err.Error() != "start host of alice: listener is nil" {
		t.Error(err)
	}
	h.Close()
}

// TestNoCall: what is no call of the host's is refused, and not on the line.
func TestNoCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n memory.Network
		d := &diary{}
		alice, bob := join(t, &n, d, "alice", epoch(0xa), policy.Busy("busy")), join(t, &n, d, "bob", epoch(0xb))
		for _, inv := range []*host.LocalInvitation{nil, bob.CreateLocalInvitation("alice")} {
			if err := alice.SendLocalInvitation(inv); !errors.Is(err, errors.InvalidArgument) {
				t.Error(err)
			}
		}
		bob.call(t, "alice")
		d.expect(t, `
			alice: rings bob
			bob: received by alice
		`)
	})
}
