// Crashes: a host that comes back with what its store has kept, at every moment at
// which it can have died; a store that fails, and one that holds something else.

package host_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/hosttest"
	"github.com/invsim/invsim/host/memory"
	"github.com/invsim/invsim/states"
)

// memoryStore is a Store that fails when it is told to.
type memoryStore struct {
	mu      sync.Mutex
	state   map[string]string
	calls   int
	dieAt   int   // the call from which on all fail, until there is a new host
	durable bool  // though what that was given is kept
	fails   int   // calls that fail, and then no more
	err     error // with this
	dead    bool
	gate    gate // Save waits for it
}

func (m *memoryStore) Save(changes []host.Entry) error {
	m.gate.pass()
	m.mu.Lock()
	defer m.mu.Unlock()
	failed := cmp.Or(m.err, errors.New("dead"))
	if m.dead {
		return failed
	}
	m.calls++
	m.dead = m.calls == m.dieAt
	if m.fails > 0 {
		m.fails--
		return failed
	}
	if m.dead && !m.durable {
		return failed
	}
	for _, each := range changes {
		if each.Value == nil {
			delete(m.state, string(each.Key))
		} else {
			m.state[string(each.Key)] = string(each.Value)
		}
	}
	if m.dead {
		return failed
	}
	return nil
}

// dieNext lets the next save fail, and those after it.
func (m *memoryStore) dieNext() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dieAt = m.calls + 1
}

func (m *memoryStore) failNext(times int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails = times
}

func (m *memoryStore) saves() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls
}

func (m *memoryStore) Load() (entries []host.Entry, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state == nil {
		m.state = map[string]string{}
		return nil, m.err
	}
	m.dead = false
	for _, key := range slices.Sorted(maps.Keys(m.state)) {
		entries = append(entries, host.Entry{Key: []byte(key), Value: []byte(m.state[key])})
	}
	return entries, nil
}

// restart closes a user's host, which is all that a crash does that can be seen
// from outside, and starts it again with what its store has.
func (a *app) restart(store host.Store, downFor time.Duration) *app {
	a.w.t.Helper()
	a.Close()
	<-a.Done()
	a.node.Listen(nil)
	time.Sleep(downFor)
	return a.w.user(a.name, host.Options{Store: store})
}

// TestRestart: a host goes on where it was, the time away counts, and the app finds
// its invitations.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 100*time.Millisecond), &memoryStore{}
		alice, bob := w.user("alice", host.Options{Store: store}), w.user("bob", host.Options{})
		call, unheard := alice.call("bob"), alice.call("nobody")
		w.expect(time.Second, `
			100ms bob: rings from alice: "video?" in "room"
			200ms alice: received by bob
		`)
		alice = alice.restart(store, 20*time.Second)
		open := alice.LocalInvitations()
		if len(open) != 2 || open[0] == call || len(alice.RemoteInvitations()) != 0 ||
			open[0].ID() != call.ID() || open[0].Content() != "video?" || open[0].ChannelID() != "room" || open[0].State() != states.LocalReceivedByRemote ||
			open[1].ID() != unheard.ID() || open[1].State() != states.LocalSentToRemote || open[1].CalleeID() != "nobody" {
			t.Fatal(open)
		}
		again := alice.call("bob")
		if again.ID().Epoch == call.ID().Epoch {
			t.Error("the epoch is the same")
		}
		open[0].OnAccepted(func(response string) { w.write("alice's call: accepted %q", response) })
		w.expect(time.Second, `
			21s alice: received by bob
			21.1s bob: rings from alice: "video?" in "room"
			21.2s alice: received by bob
		`)
		rings := bob.RemoteInvitations()
		if len(rings) != 2 || rings[0].ID() != call.ID() || rings[1].ID() != again.ID() {
			t.Fatal(rings)
		}
		w.ok(bob.AcceptRemoteInvitation(rings[0]))
		time.Sleep(10 * time.Millisecond)
		w.ok(alice.CancelLocalInvitation(again))
		w.expect(time.Hour, `
			22.01s alice: canceled call to bob, CANCELED
			22.1s alice: accepted by bob: "", ACCEPTED_BY_REMOTE
			22.1s alice's call: accepted ""
			22.11s bob: call from alice was canceled, CANCELED
			22.2s bob: call from alice is on, ACCEPTED
			30s alice: call to nobody failed: LOCAL_INVITATION_ERR_PEER_NO_RESPONSE, FAILURE, true
		`)
		if open := alice.LocalInvitations(); len(open) != 0 || host.Handles(alice.Host) != 0 {
			t.Error(open, host.Handles(alice.Host))
		}
		alice.Close()
		bob.Close()
	})
}

// TestRestartTooLate: what was overdue while the host was down ends when it is back,
// and the peer hears of it. What was told after the last save is told again.
func TestRestartTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 100*time.Millisecond), &memoryStore{}
		alice, bob := w.user("alice", host.Options{}), w.user("bob", host.Options{Store: store})
		alice.call("bob")
		w.expect(time.Second, `
			100ms bob: rings from alice: "video?" in "room"
			200ms alice: received by bob
		`)
		bob = bob.restart(store, time.Minute)
		w.expect(time.Hour, `
			1m1s bob: rings from alice: "video?" in "room"
			1m1s bob: call from alice failed: REMOTE_INVITATION_ERR_INVITATION_EXPIRE, FAILURE, true
			1m1.1s alice: call to bob failed: LOCAL_INVITATION_ERR_INVITATION_EXPIRE, FAILURE, true
		`)
		alice.Close()
		bob.Close()
	})
}

// TestRestartAfterShutdown: what was told before it is not told again.
func TestRestartAfterShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 100*time.Millisecond), &memoryStore{}
		alice, bob := w.user("alice", host.Options{}), w.user("bob", host.Options{Store: store})
		alice.call("bob")
		w.expect(time.Second, `
			100ms bob: rings from alice: "video?" in "room"
			200ms alice: received by bob
		`)
		w.ok(bob.Shutdown(t.Context()))
		bob = bob.restart(store, time.Second)
		for _, ring := range bob.RemoteInvitations() {
			w.ok(bob.RefuseRemoteInvitation(ring))
		}
		w.expect(time.Second, `
			2s bob: refused call from alice: "", REFUSED
			2.1s alice: refused by bob: "", REFUSED_BY_REMOTE
		`)
		store.dieNext()
		if err := bob.Shutdown(t.Context()); err == nil || err.Error() != "shut down host of bob: host is closed: save: dead" {
			t.Error(err)
		}
		alice.Close()
	})
}

// TestRestartLoggedOut: the transport of a new host has a session, whatever the old
// one's had.
func TestRestartLoggedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 100*time.Millisecond), &memoryStore{}
		alice, bob := w.user("alice", host.Options{Store: store}), w.user("bob", host.Options{})
		alice.call("nobody")
		alice.node.receiver.LoggedOut()
		alice = alice.restart(store, time.Second)
		alice.call("bob")
		w.expect(time.Second, `
			1.1s bob: rings from alice: "video?" in "room"
			1.2s alice: received by bob
		`)
		alice.Close()
		bob.Close()
	})
}

// setBackClock is a wall clock that somebody sets.
type setBackClock struct {
	host.Clock
	by time.Duration
}

func (c *setBackClock) Now() time.Time { return c.Clock.Now().Add(c.by) }

// TestClockSetBack: nobody knows the time away, so an INVITE that nobody has heard
// is not repeated.
func TestClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 100*time.Millisecond), &memoryStore{}
		alice, bob := w.user("alice", host.Options{Store: store}), w.user("bob", host.Options{})
		heard, unheard := alice.call("bob"), alice.call("nobody")
		time.Sleep(time.Second)
		alice.Close()
		w.expect(0, `
			100ms bob: rings from alice: "video?" in "room"
			200ms alice: received by bob
		`)
		alice = w.user("alice", host.Options{Store: store, Clock: &setBackClock{host.WallClock(nil), -time.Hour}})
		open := alice.LocalInvitations()
		if len(open) != 1 || open[0].ID() != heard.ID() {
			t.Error(open, unheard)
		}
		w.expect(time.Second, `
			1s alice: received by bob
			1s alice: call to nobody failed: LOCAL_INVITATION_ERR_PEER_NO_RESPONSE, FAILURE, true
		`)
		alice.Close()
		bob.Close()
	})
}

// ends is an app that keeps how its one call ended.
type ends struct {
	host.NopListener
	how *string
}

func (e ends) OnLocalInvitationAccepted(*host.LocalInvitation, string) { *e.how = "accepted" }
func (e ends) OnLocalInvitationRefused(*host.LocalInvitation, string)  { *e.how = "refused" }
func (e ends) OnLocalInvitationCanceled(*host.LocalInvitation)         { *e.how = "canceled" }
func (e ends) OnRemoteInvitationAccepted(*host.RemoteInvitation)       { *e.how = "accepted" }
func (e ends) OnRemoteInvitationRefused(*host.RemoteInvitation)        { *e.how = "refused" }
func (e ends) OnRemoteInvitationCanceled(*host.RemoteInvitation)       { *e.how = "canceled" }

func (e ends) OnLocalInvitationFailure(_ *host.LocalInvitation, code errors.LocalInvitationError) {
	*e.how = code.Name()
}

func (e ends) OnRemoteInvitationFailure(_ *host.RemoteInvitation, code errors.RemoteInvitationError) {
	*e.how = code.Name()
}

// dying is a call in which one of the two dies at a save and is back soon.
type dying struct {
	*world
	hosts  map[string]*host.Host
	stores map[string]*memoryStore
	ends   map[string]*string
}

func (d *dying) up(name string) {
	d.t.Helper()
	node := &node{w: d.world, name: name}
	h, err := host.New(name, node, host.Options{Store: d.stores[name]})
	if err != nil {
		d.t.Fatal(err)
	}
	d.mu.Lock()
	d.nodes[name] = node
	d.mu.Unlock()
	d.hosts[name] = h
	if err := h.Start(ends{how: d.ends[name]}); err != nil && !errors.Is(err, host.ErrClosed) {
		d.t.Error(err)
	}
}

// run lets the two live for two minutes. Each step the app of whoever is down
// starts it again, and does, as a good app would, what is not done yet.
func (d *dying) run(act func(alice, bob *host.Host)) {
	d.up("alice")
	d.up("bob")
	sent := false
	for step := range 2400 {
		for _, name := range []string{"alice", "bob"} {
			if d.hosts[name].Err() != nil {
				d.up(name)
			}
		}
		alice, bob := d.hosts["alice"], d.hosts["bob"]
		if sent = sent || len(alice.LocalInvitations()) > 0; !sent {
			sent = alice.SendLocalInvitation(alice.CreateLocalInvitation("bob")) == nil
		}
		if step > 40 { // a save that fails takes a second
			act(alice, bob)
		}
		time.Sleep(50 * time.Millisecond)
		synctest.Wait()
	}
	d.hosts["alice"].Close()
	d.hosts["bob"].Close()
}

// TestCrashAtEverySave: whoever dies at its nth save, just before or just after it
// is durable, the call ends as it would have.
func TestCrashAtEverySave(t *testing.T) {
	accept := func(_, bob *host.Host) {
		for _, ring := range bob.RemoteInvitations() {
			bob.AcceptRemoteInvitation(ring)
		}
	}
	refuse := func(_, bob *host.Host) {
		for _, ring := range bob.RemoteInvitations() {
			bob.RefuseRemoteInvitation(ring)
		}
	}
	cancel := func(alice, _ *host.Host) {
		for _, call := range alice.LocalInvitations() {
			alice.CancelLocalInvitation(call)
		}
	}
	for _, c := range []struct {
		name   string
		act    func(alice, bob *host.Host)
		caller string
		callee string
	}{
		{"accepted", accept, "accepted", "accepted"},
		{"refused", refuse, "refused", "refused"},
		{"canceled", cancel, "canceled", "canceled"},
		{"nobody acts", func(_, _ *host.Host) {}, "LOCAL_INVITATION_ERR_INVITATION_EXPIRE", "REMOTE_INVITATION_ERR_INVITATION_EXPIRE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			crashes := 0
			for _, who := range []string{"alice", "bob"} {
				for _, durable := range []bool{false, true} {
					for n, crashed := 1, true; crashed; n++ {
						caller, callee := "", ""
						synctest.Test(t, func(t *testing.T) {
							d := &dying{newWorld(t, 100*time.Millisecond), map[string]*host.Host{},
								map[string]*memoryStore{"alice": {}, "bob": {}}, map[string]*string{"alice": &caller, "bob": &callee}}
							d.stores[who].dieAt, d.stores[who].durable = n, durable
							d.run(c.act)
							crashed = d.stores[who].saves() >= n
						})
						if caller != c.caller || callee != c.callee {
							t.Errorf("%s dies at save %d (durable: %v): %q, %q", who, n, durable, caller, callee)
						}
						crashes++
					}
				}
			}
			t.Logf("%d crashes", crashes)
			if crashes < 12 {
				t.Errorf("only %d crashes", crashes)
			}
		})
	}
}

// TestSaveFails: nothing leaves that was not saved, the host is closed, and everybody
// is told why.
func TestSaveFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store, full := newWorld(t, 100*time.Millisecond), &memoryStore{}, errors.New("disk full")
		var log bytes.Buffer
		alice := w.user("alice", host.Options{Store: store, Log: slog.New(slog.NewTextHandler(&log, nil))})
		bob := w.user("bob", host.Options{})
		call := alice.call("bob")
		w.expect(time.Second, `
			100ms bob: rings from alice: "video?" in "room"
			200ms alice: received by bob
		`)
		before := alice.sent()
		store.err = full
		store.dieNext()
		err := alice.CancelLocalInvitation(call)
		if !errors.Is(err, host.ErrClosed) || !errors.Is(err, full) || !strings.HasSuffix(err.Error(), ": host is closed: save: disk full") {
			t.Error(err)
		}
		<-alice.Done()
		if err := alice.Err(); !errors.Is(err, full) || err.Error() != "host is closed: save: disk full" {
			t.Error(err)
		}
		if _, err := call.Wait(t.Context()); !errors.Is(err, full) {
			t.Error(err)
		}
		if alice.sent() != before {
			t.Error("something was sent that is not saved")
		}
		if !strings.Contains(log.String(), `level=ERROR msg="closed: what an input changed is not saved" user=alice error="host is closed: save: disk full"`) {
			t.Error(log.String())
		}
		w.expect(10*time.Second, ``)
		alice = w.user("alice", host.Options{Store: store}) // as if it had crashed before the cancel
		for _, call := range alice.LocalInvitations() {
			w.ok(alice.CancelLocalInvitation(call))
		}
		w.expect(time.Second, `
			12.11s alice: received by bob
			12.11s alice: canceled call to bob, CANCELED
			12.21s bob: call from alice was canceled, CANCELED
		`)

		store.dieNext()
		alice.Close()
		a := &app{w: w, name: "alice", node: &node{w: w, name: "alice"}}
		a.Host, _ = host.New("alice", a.node, host.Options{Store: store})
		if err := a.Start(a); !errors.Is(err, full) || err.Error() != "start host of alice: host is closed: save: disk full" {
			t.Error(err)
		}
		<-a.Done()
		bob.Close()
	})
}

// TestSaveFailsForAMoment: what is tried again and succeeds costs a second at most,
// and no call; nothing has left meanwhile.
func TestSaveFailsForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 100*time.Millisecond), &memoryStore{}
		alice, bob := w.user("alice", host.Options{Store: store}), w.user("bob", host.Options{})
		store.failNext(3)
		call := alice.call("bob")
		w.expect(time.Second, `
			1.21s bob: rings from alice: "video?" in "room"
			1.31s alice: received by bob
		`)
		if s := alice.Stats(); s.SaveFailed != 3 || alice.Err() != nil {
			t.Errorf("%+v, %v", s, alice.Err())
		}
		store.failNext(1)
		w.ok(alice.CancelLocalInvitation(call))
		w.expect(time.Second, `
			2.12s alice: canceled call to bob, CANCELED
			2.22s bob: call from alice was canceled, CANCELED
		`)
		alice.Close()
		bob.Close()
	})
}

// TestStartSaves: that nothing can be saved is noticed at once, and not at the first
// call.
func TestStartSaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 0), &memoryStore{dieAt: 1}
		a := &app{w: w, name: "alice", node: &node{w: w, name: "alice"}}
		a.Host, _ = host.New("alice", a.node, host.Options{Store: store})
		if err := a.Start(a); err == nil || err.Error() != "start host of alice: host is closed: save: dead" {
			t.Error(err)
		}
		<-a.Done()
	})
}

// TestToldAgain: what is told over and over, because the app ends before anything is
// saved, says so, and is given up at last.
func TestToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store, log := newWorld(t, 10*time.Millisecond), &memoryStore{}, &records{}
		options := host.Options{Store: store, Log: slog.New(recorder{slog.LevelError, "", log})}
		alice, bob := w.user("alice", host.Options{}), w.user("bob", options)
		alice.call("bob")
		w.expect(20*time.Millisecond, `
			10ms bob: rings from alice: "video?" in "room"
			20ms alice: received by bob
		`)
		for range 3 {
			bob.Close()
			<-bob.Done()
			bob = w.user("bob", options)
			w.expect(0, `
				20ms bob: rings from alice: "video?" in "room"
			`)
			if rings := bob.RemoteInvitations(); len(rings) != 1 || !rings[0].Restored() {
				t.Errorf("%v is new", rings)
			}
		}
		log.expect(t, ``)
		bob.Close()
		<-bob.Done()
		bob = w.user("bob", options)
		w.expect(0, ``)
		log.expect(t, `
			ERROR event given up: it was told at every start: user=bob event=RemoteInvitationReceived peer=alice id=`+bob.RemoteInvitations()[0].ID().String()+` state=INVITATION_RECEIVED turn=1
		`)
		if call := bob.call("nobody"); call.Restored() {
			t.Error("a new call is restored")
		}
		time.Sleep(time.Second)
		w.ok(bob.RefuseRemoteInvitation(bob.RemoteInvitations()[0])) // it is there, all the same
		time.Sleep(time.Second)
		bob.Close()
		<-bob.Done()
		bob = w.user("bob", options)
		w.expect(0, `
			1.02s bob: refused call from alice: "", REFUSED
			1.03s alice: refused by bob: "", REFUSED_BY_REMOTE
		`)
		alice.Close()
		bob.Close()
	})
}

// TestOtherTimes: an update of the app changes the times, and the calls go on.
func TestOtherTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 0), &memoryStore{}
		alice := w.user("alice", host.Options{Store: store})
		alice.call("nobody")
		alice.Close()
		<-alice.Done()
		alice = w.user("alice", host.Options{Store: store, Engine: short()})
		w.expect(time.Minute, `
			30s alice: call to nobody failed: LOCAL_INVITATION_ERR_PEER_NO_RESPONSE, FAILURE, true
		`)
		time.Sleep(time.Hour)
		start := time.Since(w.start)
		alice.call("nobody")
		w.expect(time.Minute, fmt.Sprintf(`
			%v alice: call to nobody failed: LOCAL_INVITATION_ERR_PEER_NO_RESPONSE, FAILURE, true
		`, start+short().Times.NoResponse))
		alice.Close()
	})
}

// TestTimerSaves: what a timer ends is saved before it is told, and when it is not
// the host is closed.
func TestTimerSaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 0), &memoryStore{}
		alice := w.user("alice", host.Options{Store: store, Engine: engine.Options{NoRetransmit: true}})
		alice.call("nobody")
		store.dieNext()
		w.expect(time.Hour, ``)
		if alice.Err() == nil || alice.sent() != 1 {
			t.Error(alice.Err(), alice.sent())
		}
	})
}

// TestSavesOnChange: garbage, copies and refused calls cost no save.
func TestSavesOnChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 0), &memoryStore{}
		bob := w.user("bob", host.Options{Store: store})
		in := bob.node.receiver
		invite := []byte(`{"v":1,"kind":"INVITE","id":"a-1","content":"hi","channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}`)
		in.Receive("eve", invite, 0)
		ring := bob.RemoteInvitations()[0]
		for _, c := range []struct {
			what  string
			do    func()
			saves int
		}{
			{"a copy", func() { in.Receive("eve", invite, 0) }, 0},
			{"an unknown id", func() { in.Receive("eve", []byte(`{"v":1,"kind":"ACCEPT","id":"b-1","response":""}`), 0) }, 0},
			{"a stranger", func() { in.Receive("mallory", []byte(`{"v":1,"kind":"CONFIRM","id":"a-1"}`), 0) }, 0},
			{"garbage", func() { in.Receive("eve", []byte("hello"), 0) }, 0},
			{"an Advance that comes early", bob.Advance, 0},
			{"a call that is refused", func() { bob.CancelLocalInvitation(bob.CreateLocalInvitation("eve")) }, 0},
			{"accept", func() { w.ok(bob.AcceptRemoteInvitation(ring)) }, 1},
			{"a copy of the ACCEPT", func() { time.Sleep(250 * time.Millisecond); synctest.Wait() }, 0},
			{"CONFIRM", func() { in.Receive("eve", []byte(`{"v":1,"kind":"CONFIRM","id":"a-1"}`), 0) }, 1},
			{"another", func() { in.Receive("eve", []byte(`{"v":1,"kind":"CONFIRM","id":"a-1"}`), 0) }, 0},
			{"offline and online, a hundred times", func() {
				for range 100 {
					in.PeerOffline("eve")
					in.PeerOnline("eve")
				}
			}, 0},
			{"a stranger comes and goes, a hundred times", func() {
				for range 100 {
					in.PeerOnline("mallory")
					in.PeerOffline("mallory")
				}
			}, 0},
			{"logged out and in", func() { in.LoggedOut(); in.LoggedIn() }, 0},
			{"a second ring", func() { in.Receive("eve", bytes.Replace(invite, []byte("a-1"), []byte("a-2"), 1), 0) }, 1},
			{"refuse", func() { w.ok(bob.RefuseRemoteInvitation(bob.RemoteInvitations()[0])) }, 1},
			{"two copies of the REFUSE", func() { time.Sleep(2 * time.Second); synctest.Wait() }, 0},
			{"ACK", func() { in.Receive("eve", []byte(`{"v":1,"kind":"ACK","for":"REFUSE","id":"a-2"}`), 0) }, 1},
			{"a CANCEL of nothing", func() { in.Receive("eve", []byte(`{"v":1,"kind":"CANCEL","reason":"user","id":"a-3"}`), 0) }, 1},
			{"a copy of it", func() { in.Receive("eve", []byte(`{"v":1,"kind":"CANCEL","reason":"user","id":"a-3"}`), 0) }, 0},
			{"all is forgotten", func() { time.Sleep(time.Hour); synctest.Wait() }, 0},
		} {
			before := store.saves()
			c.do()
			if n := store.saves() - before; n != c.saves {
				t.Errorf("%s: %d saves, want %d", c.what, n, c.saves)
			}
		}
		bob.Close()
	})
}

// TestSavesBehindAnEarlierTimer: a change is saved, too, if the next timer is that of
// another invitation and stays where it is.
func TestSavesBehindAnEarlierTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 0), &memoryStore{}
		bob := w.user("bob", host.Options{Store: store})
		in := bob.node.receiver
		invite := func(n int, expiry time.Duration) []byte {
			return fmt.Appendf(nil, `{"v":1,"kind":"INVITE","id":"a-%d","content":"","channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":%d}`, n, expiry)
		}
		in.Receive("eve", invite(1, time.Millisecond), 0)
		for _, do := range []func(){
			func() { in.Receive("eve", invite(2, time.Minute), 0) },
			func() { w.ok(bob.AcceptRemoteInvitation(bob.RemoteInvitations()[1])) },
			func() { in.Receive("eve", []byte(`{"v":1,"kind":"CONFIRM","id":"a-2"}`), 0) },
			func() { bob.call("eve") },
		} {
			before := store.saves()
			do()
			if n := store.saves() - before; n != 1 {
				t.Errorf("%d saves", n)
			}
		}
		bob.Close()
	})
}

// TestStoreHoldsSomethingElse: New says what is wrong, and begins nothing.
func TestStoreHoldsSomethingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 0), &memoryStore{}
		alice := w.user("alice", host.Options{Store: store})
		alice.call("bob")
		alice.Close()
		unreadable := errors.New("unreadable")
		for _, c := range []struct {
			name, user, key, value string
			err, want              error
		}{
			{"an entry less", "alice", "pbob", "", nil, engine.SnapshotDamaged},
			{"no head", "alice", "h", "", nil, engine.SnapshotDamaged},
			{"no time", "alice", "t", "", nil, engine.SnapshotDamaged},
			{"half a time", "alice", "t", "1234", nil, engine.SnapshotDamaged},
			{"an entry too many", "alice", "x", "?", nil, engine.SnapshotDamaged},
			{"another version", "alice", "h", "invs\x04", nil, engine.SnapshotVersion},
			{"another user", "bob", "", "", nil, engine.SnapshotUser},
			{"error", "alice", "", "", unreadable, unreadable},
		} {
			changed := &closedStore{memoryStore: memoryStore{state: maps.Clone(store.state), err: c.err}}
			if c.err != nil {
				changed.state = nil
			}
			if delete(changed.state, c.key); c.value != "" {
				changed.state[c.key] = c.value
			}
			h, err := host.New(c.user, &node{}, host.Options{Store: changed})
			if h != nil || !errors.Is(err, c.want) || changed.closed != (c.err == nil) {
				t.Errorf("%s: %v, closed: %v", c.name, err, changed.closed)
			}
		}
	})
}

// saves are some saves, and the state after each.
func saves(n int) (changes [][]host.Entry, states []map[string]string) {
	state := map[string]string{}
	for i := range n {
		key, gone := fmt.Sprint("key ", i%4), fmt.Sprint("key ", (i+1)%4)
		value := fmt.Sprintf("value %d", i*i)
		changes = append(changes, []host.Entry{{Key: []byte(gone)}, {Key: []byte(key), Value: []byte(value)}, {Key: []byte("empty"), Value: []byte{}}})
		delete(state, gone)
		state[key], state["empty"] = value, ""
		states = append(states, maps.Clone(state))
	}
	return changes, states
}

// stateOf is what entries are.
func stateOf(entries []host.Entry) map[string]string {
	state := map[string]string{}
	for _, each := range entries {
		state[string(each.Key)] = string(each.Value)
	}
	return state
}

// fill saves everything into a file.
func fill(t *testing.T, name string, changes [][]host.Entry) {
	t.Helper()
	store := host.FileStore(name)
	if _, err := store.Load(); err != nil {
		t.Fatal(err)
	}
	for _, each := range changes {
		if err := store.Save(each); err != nil {
			t.Fatal(err)
		}
	}
	shut(t, store)
}

func shut(t *testing.T, store host.Store) {
	t.Helper()
	if err := store.(io.Closer).Close(); err != nil {
		t.Fatal(err)
	}
}

// loadFile is what a file of these bytes has.
func loadFile(t *testing.T, data []byte) (map[string]string, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "alice")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	store := host.FileStore(name)
	entries, err := store.Load()
	if err == nil {
		shut(t, store)
	}
	return stateOf(entries), err
}

// TestFileStoreCut: of a file that a crash has cut short all whole batches count.
func TestFileStoreCut(t *testing.T) {
	changes, states := saves(5)
	name := filepath.Join(t.TempDir(), "alice")
	fill(t, name, changes)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for n := range len(data) + 1 {
		got, err := loadFile(t, data[:n])
		at := slices.IndexFunc(states, func(s map[string]string) bool { return maps.Equal(s, got) })
		if err != nil || at < 0 && (seen > 0 || len(got) > 0) || at+1 != seen && at+1 != seen+1 {
			t.Fatalf("cut to %d bytes: %v, %v", n, got, err)
		}
		seen = at + 1
	}
	if seen != 5 {
		t.Errorf("all of it has %d saves", seen)
	}
}

// TestFileStoreDamage: a flipped bit in the last batch is like a batch cut short, and
// one before it is an error. So is one in a file that was written anew.
func TestFileStoreDamage(t *testing.T) {
	changes, states := saves(3)
	name := filepath.Join(t.TempDir(), "alice")
	fill(t, name, changes)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, name, changes[2:])
	anew, err := os.ReadFile(name + ".2")
	if err != nil || len(anew) == 0 {
		t.Fatal(err)
	}
	refused, lost := 0, 0
	for i := range data {
		data[i] ^= 1 << (i % 8)
		switch got, err := loadFile(t, data); {
		case err != nil:
			refused++
		case maps.Equal(got, states[1]):
			lost++
		default:
			t.Fatalf("byte %d: %v", i, got)
		}
		data[i] ^= 1 << (i % 8)
	}
	if refused+lost != len(data) || lost != 44 {
		t.Errorf("of %d, %d are refused and %d lose the last batch, which has 44 bytes", len(data), refused, lost)
	}
	for i := range anew {
		anew[i] ^= 1
		if got, err := loadFile(t, anew); err == nil {
			t.Fatalf("byte %d of a file written anew: %v", i, got)
		}
		anew[i] ^= 1
	}
}

// TestFileStoreIsWrittenAnew: it stays as short as what is in it, however much was
// saved.
func TestFileStoreIsWrittenAnew(t *testing.T) {
	name := filepath.Join(t.TempDir(), "alice")
	store := host.FileStore(name)
	if _, err := store.Load(); err != nil {
		t.Fatal(err)
	}
	longest := int64(0)
	for i := range 300 {
		if err := store.Save([]host.Entry{{Key: []byte("key"), Value: fmt.Appendf(nil, "%01000d", i)}}); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{name, name + ".2"} {
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			longest = max(longest, info.Size())
		}
	}
	shut(t, store)
	if longest < 32<<10 || longest > 100<<10 {
		t.Errorf("%d bytes long", longest)
	}
	one, _ := os.ReadFile(name)
	other, _ := os.ReadFile(name + ".2")
	if min(len(one), len(other)) != 0 {
		t.Errorf("what is overtaken is still there: %d and %d bytes", len(one), len(other))
	}
	entries, err := store.Load()
	if err != nil || len(entries) != 1 || !bytes.HasSuffix(entries[0].Value, []byte("0299")) {
		t.Error(entries, err)
	}
	shut(t, store)
}

// TestFileStoreInUse: one host at a time has a file, and the next one when that is
// done.
func TestFileStoreInUse(t *testing.T) {
	name := filepath.Join(t.TempDir(), "alice")
	var network memory.Network
	first, store := host.FileStore(name), host.FileStore(name)
	alice, err := host.New("alice", network.Connect("alice"), host.Options{Store: first})
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range []host.Store{first, store} {
		if h, err := host.New("alice", network.Connect("alice"), host.Options{Store: each}); h != nil || !errors.Is(err, host.ErrInUse) {
			t.Errorf("a second host has it: %v", err)
		}
	}
	if err := store.Save(nil); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("saved without having it: %v", err)
	}
	alice.Close()
	<-alice.Done()
	alice, err = host.New("alice", network.Connect("alice"), host.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	alice.Close()
	<-alice.Done()
}

// TestFileStoreRefuses: a file that is another's is left alone.
func TestFileStoreRefuses(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, content := range map[string]string{"target": "", "text": "Dear diary", "old": "invh\x01 and so on", "link2": ""} {
		if err := os.WriteFile(at(name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink(at("target"), at("link")), os.Symlink(at("target"), at("link2.2")), os.Mkdir(at("directory"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"link": "", "link2": "", "directory": "", "missing/alice": "no such file or directory",
		"text": "not a journal, or of another version", "old": "not a journal, or of another version",
	} {
		before, _ := os.ReadFile(at(name))
		if _, err := host.FileStore(at(name)).Load(); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if after, _ := os.ReadFile(at(name)); !bytes.Equal(before, after) {
			t.Errorf("%s is %q", name, after)
		}
	}
	if info, err := os.Stat(at("target")); err != nil || info.Size() != 0 {
		t.Error("what a link leads to was written", err)
	}

	if err := os.WriteFile(at("open to all"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	store := host.FileStore(at("open to all"))
	if _, err := store.Load(); err != nil {
		t.Fatal(err)
	}
	shut(t, store)
	for _, name := range []string{"open to all", "open to all.2"} {
		if info, err := os.Stat(at(name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Error(info.Mode(), err)
		}
	}
}

// closedStore is a store that is closed once.
type closedStore struct {
	memoryStore
	closed bool
}

func (c *closedStore) Close() error {
	if c.closed {
		panic("closed twice")
	}
	c.closed = true
	return nil
}

// TestStoreIsClosed: by the host, when nothing is saved any more and before it is
// Done.
func TestStoreIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		for _, end := range []func(*app) error{
			func(a *app) error { a.Close(); return nil },
			func(a *app) error { return a.Shutdown(t.Context()) },
		} {
			store := &closedStore{}
			alice := w.user("alice", host.Options{Store: store})
			store.gate.close()
			go alice.CancelLocalInvitation(alice.CreateLocalInvitation("bob")) // refused: it saves nothing
			go alice.SendLocalInvitation(alice.CreateLocalInvitation("bob"))
			synctest.Wait()
			go func() { w.ok(end(alice)) }()
			synctest.Wait()
			if store.closed {
				t.Error("closed before the last save")
			}
			store.gate.open()
			if <-alice.Done(); !store.closed {
				t.Error("done, and not closed")
			}
		}
	})
}

// TestStoreContract: of the store in a file, and of the one of these tests.
func TestStoreContract(t *testing.T) {
	t.Run("File", func(t *testing.T) {
		hosttest.RunStore(t, func(t *testing.T) func() host.Store {
			name := filepath.Join(t.TempDir(), "alice")
			return func() host.Store { return host.FileStore(name) }
		})
	})
	t.Run("Memory", func(t *testing.T) {
		hosttest.RunStore(t, func(t *testing.T) func() host.Store {
			store := &memoryStore{}
			return func() host.Store { return store }
		})
	})
}

// version2 is the store of an app of version 0.x: alice's, a second after she called bob,
// who calls her, and nobody, under DefaultTimes.
func version2(t *testing.T) host.Store {
	t.Helper()
	old, err := os.ReadFile("testdata/version2.journal")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "store")
	if err := os.WriteFile(file, old, 0o600); err != nil {
		t.Fatal(err)
	}
	return host.FileStore(file)
}

// TestVersion2: an app of version 0.x with open calls in its store starts under 1.0, and
// its calls go on with the times that they had.
func TestVersion2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 10*time.Millisecond)
		time.Sleep(11 * time.Second)
		bob := w.user("bob", host.Options{})
		alice := w.user("alice", host.Options{Store: version2(t)})
		ring := alice.RemoteInvitations()[0]
		if until, rings := ring.RingsUntil(); !rings || time.Until(until) != 49*time.Second+10*time.Millisecond {
			t.Error(time.Until(until), rings)
		}
		w.ok(alice.AcceptRemoteInvitation(ring)) // bob has started anew, and knows of no call
		w.expect(2*time.Minute, `
			11s alice: received by bob
			11.02s alice: call from bob failed: REMOTE_INVITATION_ERR_ACCEPT_FAILURE, FAILURE, true
			30s alice: call to nobody failed: LOCAL_INVITATION_ERR_PEER_NO_RESPONSE, FAILURE, true
			1m2.02s alice: call to bob failed: LOCAL_INVITATION_ERR_INVITATION_EXPIRE, FAILURE, true
		`)
		alice.Close()
		<-alice.Done()
		bob.Close()
	})
}

// TestForgottenWhileDown: what a host forgets in its first moment after a restart is gone
// from its store, too, so that it can start a third time.
func TestForgottenWhileDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 0), &memoryStore{}
		for epoch := range uint64(4) {
			alice := w.user("alice", host.Options{Store: store, Engine: engine.Options{Epoch: 0xa0 + epoch}})
			if epoch == 0 {
				w.ok(alice.CancelLocalInvitation(alice.call("nobody")))
			}
			synctest.Wait()
			alice.Close()
			<-alice.Done()
			time.Sleep(10 * time.Minute)
		}
		for key := range store.state {
			if key[0] == 'r' || key[0] == 'p' {
				t.Errorf("%q is still in the store", key)
			}
		}
	})
}
