// The contract of a host.Store.

package hosttest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/memory"
	"github.com/invsim/invsim/states"
)

// RunStore tests a kind of store. create makes one in which nothing was saved, and
// tells how to open it: each call of open is that of a new process, after the one
// before has ended. Stores that can be closed are, before they are opened again.
//
// That what was saved survives the machine is between the store and its disk, and
// not tested.
func RunStore(t *testing.T, create func(t *testing.T) (open func() host.Store)) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, func() host.Store)
	}{
		{"Saves", testSaves},
		{"Order", testOrder},
		{"OpenedAgain", testOpenedAgain},
		{"Host", testStoredCalls},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, create(t)) })
	}
}

// load opens a store and fails the test if there is anything else in it.
func load(t *testing.T, store host.Store, want map[string]string) {
	t.Helper()
	entries, err := store.Load()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, each := range entries {
		if _, twice := got[string(each.Key)]; twice {
			t.Fatalf("%q is there twice", each.Key)
		}
		if each.Value == nil {
			t.Fatalf("%q is there without a value", each.Key)
		}
		got[string(each.Key)] = string(each.Value)
	}
	if !maps.Equal(got, want) {
		t.Fatalf("loaded %d entries and not %d: %.1000q, not %.1000q", len(got), len(want), got, want)
	}
}

func save(t *testing.T, store host.Store, changes ...host.Entry) {
	t.Helper()
	before := fmt.Sprint(changes)
	if err := store.Save(changes); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(changes) != before {
		t.Fatal("Save has changed its changes")
	}
}

// shut closes a store that can be closed.
func shut(t *testing.T, store host.Store) {
	t.Helper()
	if closer, ok := store.(io.Closer); ok {
		if err := closer.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// testSaves: whatever was saved, the next process finds all of it and nothing else.
func testSaves(t *testing.T, open func() host.Store) {
	random, want := rand.New(rand.NewPCG(1, 1)), map[string]string{}
	for range 8 {
		store := open()
		load(t, store, want)
		for range 20 {
			var changes []host.Entry
			for range random.IntN(8) {
				key := append([]byte("k"), randomBytes(random, 2)...)
				value := randomBytes(random, []int{0, 1, 50, 20_000}[random.IntN(4)])
				if random.IntN(3) == 0 {
					changes = append(changes, host.Entry{Key: key})
					delete(want, string(key))
				} else {
					changes = append(changes, host.Entry{Key: key, Value: value})
					want[string(key)] = string(value)
				}
			}
			save(t, store, changes...)
		}
		shut(t, store)
	}
}

// randomBytes are so many at most, and more than none if it is not 0.
func randomBytes(random *rand.Rand, most int) []byte {
	b := make([]byte, most-min(most, 1)*random.IntN(max(most, 1)))
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// testOrder: changes are made one after the other. Keys differ in every byte, and in
// nothing but their length.
func testOrder(t *testing.T, open func() host.Store) {
	put := func(key, value string) host.Entry {
		return host.Entry{Key: []byte(key), Value: append([]byte{}, value...)}
	}
	gone := func(key string) host.Entry { return host.Entry{Key: []byte(key)} }
	store, want := open(), map[string]string{}
	load(t, store, want)
	save(t, store)
	save(t, store, gone("never there"))
	save(t, store, put("a", "1"), put("b", "1"), put("a", "2"), gone("b"))
	save(t, store, gone("a"), put("a", ""), put("A", "3"))
	want["a"], want["A"] = "", "3"
	long := strings.Repeat("k", 83)
	for i := range 256 {
		key := long[:i%83+1] + string([]byte{byte(i)})
		save(t, store, put(key, "\x00"), put(key+"\x00", string([]byte{byte(i)})))
		want[key], want[key+"\x00"] = "\x00", string([]byte{byte(i)})
	}
	shut(t, store)
	store = open()
	load(t, store, want)
	shut(t, store)
}

// testOpenedAgain: a store that was closed is loaded again.
func testOpenedAgain(t *testing.T, open func() host.Store) {
	store, want := open(), map[string]string{}
	for i := range 3 {
		load(t, store, want)
		key := fmt.Sprint(i)
		save(t, store, host.Entry{Key: []byte(key), Value: bytes.Repeat([]byte("x"), i)})
		want[key] = strings.Repeat("x", i)
		shut(t, store)
	}
}

// ringing is a Listener that hands on ringing invitations.
type ringing struct {
	host.NopListener
	rings chan *host.RemoteInvitation
}

func (r ringing) OnRemoteInvitationReceived(inv *host.RemoteInvitation) { r.rings <- inv }

// testStoredCalls: calls go on over a restart of one side, and leave nothing behind.
func testStoredCalls(t *testing.T, open func() host.Store) {
	var network memory.Network
	start := func(name string, store host.Store) (*host.Host, ringing) {
		h, err := host.New(name, network.Connect(name), host.Options{Store: store})
		if err != nil {
			t.Fatal(err)
		}
		listener := ringing{rings: make(chan *host.RemoteInvitation, 10)}
		if err := h.Start(listener); err != nil {
			t.Fatal(err)
		}
		return h, listener
	}
	call := func(from *host.Host, to string) *host.LocalInvitation {
		call := from.CreateLocalInvitation(to)
		call.SetContent("\x00 any content?")
		if err := from.SendLocalInvitation(call); err != nil {
			t.Fatal(err)
		}
		return call
	}
	bob, atBob := start("bob", nil)
	alice, atAlice := start("alice", open())
	call(alice, "bob")
	theirs := receive(t, atBob.rings, "alice calls")
	answered := call(bob, "alice")
	receive(t, atAlice.rings, "bob calls")
	alice.Close()
	<-alice.Done()

	alice, _ = start("alice", open())
	calls, rings := alice.LocalInvitations(), alice.RemoteInvitations()
	if len(calls) != 1 || len(rings) != 1 || calls[0].Content() != theirs.Content() || !calls[0].Restored() || !rings[0].Restored() {
		t.Fatalf("after a restart: %v, %v", calls, rings)
	}
	if err := bob.AcceptRemoteInvitation(theirs); err != nil {
		t.Fatal(err)
	}
	if state, err := calls[0].Wait(t.Context()); state != states.LocalAcceptedByRemote || err != nil {
		t.Fatal(state, err)
	}
	if err := alice.RefuseRemoteInvitation(rings[0]); err != nil {
		t.Fatal(err)
	}
	if state, err := answered.Wait(t.Context()); state != states.LocalRefusedByRemote || err != nil {
		t.Fatal(state, err)
	}
	alice.Close()
	<-alice.Done()

	alice, _ = start("alice", open())
	if open := len(alice.LocalInvitations()) + len(alice.RemoteInvitations()); open != 0 {
		t.Errorf("%d are open after another restart", open)
	}
	alice.Close()
	bob.Close()
	<-alice.Done()
	<-bob.Done()
}
