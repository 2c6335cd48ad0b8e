// Crashes: a host that comes back with what its store has kept, at every moment at
// which it can have died; a store that fails, and one that holds something else.

package host_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/states"
)

// memoryStore is a Store that fails when it is told to.
type memoryStore struct {
	mu      sync.Mutex
	state   []byte
	calls   int
	dieAt   int   // the call that fails
	durable bool  // though what it was given is kept
	err     error // with this
	gate    gate  // Save waits for it
}

func (m *memoryStore) Save(state []byte) error {
	m.gate.pass()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.calls != m.dieAt || m.durable {
		m.state = bytes.Clone(state)
	}
	if m.calls == m.dieAt {
		return cmp.Or(m.err, errors.New("dead"))
	}
	return nil
}

// dieNext lets the next save fail.
func (m *memoryStore) dieNext() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dieAt = m.calls + 1
}

func (m *memoryStore) saves() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls
}

func (m *memoryStore) Load() ([]byte, error) {
	if m.state == nil {
		return nil, m.err
	}
	return m.state, nil
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
	d.ok(h.Start(ends{how: d.ends[name]}))
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
		if !sent {
			call := alice.CreateLocalInvitation("bob")
			err := alice.SendLocalInvitation(call)
			sent = err == nil || len(d.stores["alice"].state) > 0
		}
		if step > 20 {
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
			11s alice: received by bob
			11s alice: canceled call to bob, CANCELED
			11.1s bob: call from alice was canceled, CANCELED
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
			{"a copy of the ACCEPT", func() { time.Sleep(250 * time.Millisecond); synctest.Wait() }, 1},
			{"CONFIRM", func() { in.Receive("eve", []byte(`{"v":1,"kind":"CONFIRM","id":"a-1"}`), 0) }, 1},
			{"offline", func() { in.PeerOffline("eve") }, 1},
			{"logged out", in.LoggedOut, 1},
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
		good := store.state
		change := func(at int, b byte) []byte { c := bytes.Clone(good); c[at] = b; return c }
		unreadable := errors.New("unreadable")
		for _, c := range []struct {
			name    string
			user    string
			state   []byte
			err     error
			options engine.Options
			want    error
		}{
			{"cut", "alice", good[:len(good)-1], nil, engine.Options{}, engine.SnapshotDamaged},
			{"empty", "alice", []byte{}, nil, engine.Options{}, engine.SnapshotDamaged},
			{"a changed byte", "alice", change(10, good[10]^1), nil, engine.Options{}, engine.SnapshotDamaged},
			{"another version", "alice", reseal(change(4, 2)), nil, engine.Options{}, engine.SnapshotVersion},
			{"another user", "bob", good, nil, engine.Options{}, engine.SnapshotUser},

			{"error", "alice", nil, unreadable, engine.Options{}, unreadable},
		} {
			h, err := host.New(c.user, &node{}, host.Options{Store: &memoryStore{state: c.state, err: c.err}, Engine: c.options})
			if h != nil || !errors.Is(err, c.want) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	})
}

// reseal makes the checksum of a stored state right again.
func reseal(state []byte) []byte {
	end := len(state) - 4
	return binary.BigEndian.AppendUint32(state[:end], crc32.Checksum(state[:end], crc32.MakeTable(crc32.Castagnoli)))
}

// TestFileStore: what was saved last is loaded, whatever a save that was cut short
// has left.
func TestFileStore(t *testing.T) {
	file := host.FileStore(filepath.Join(t.TempDir(), "alice"))
	check := func(want string) {
		t.Helper()
		if got, err := file.Load(); string(got) != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if got, err := file.Load(); got != nil || err != nil {
		t.Error(got, err)
	}
	for _, state := range []string{"a long first state", "second"} {
		if err := file.Save([]byte(state)); err != nil {
			t.Fatal(err)
		}
		check(state)
	}
	if err := os.WriteFile(string(file)+".new", []byte("cut short, and longer than the next"), 0o600); err != nil {
		t.Fatal(err)
	}
	check("second")
	if err := file.Save([]byte("third")); err != nil {
		t.Fatal(err)
	}
	check("third")
	if info, err := os.Stat(string(file)); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}

	nowhere := host.FileStore(filepath.Join(t.TempDir(), "missing", "alice"))
	if err := nowhere.Save(nil); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := host.FileStore(t.TempDir()).Load(); err == nil {
		t.Error("a directory was read")
	}
}
