// Memory: what one invitation costs while it is open and once it has ended, and
// that a flood costs no more than the bounds allow. It is counted in bytes that
// live after a collection, never in time.
//
//	go test ./engine -run TestMemory -v

package engine_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

// What one invitation may cost, in bytes: the figures of docs/security.md.
const (
	mostOpen      = 320 // open or lingering, beside its payload
	mostRest      = 160 // on top, with what few have: a group, times, a note or an age of its own
	mostTombstone = 104 // ended, also in an engine that has forgotten many
	mostShared    = 24  // on top, if two peers share its id
	mostPeer      = 224 // on top, if it is the only one of a peer, whose name has 64 bytes
	mostLeft      = 112 // kept for the next flood, when all is forgotten
)

// heap is how many bytes live.
func heap() int {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// memoryCase is one way to make the engine of bob remember an invitation.
type memoryCase struct {
	name   string
	most   int
	remain func(e *engine.Engine, peer string, id engine.ID)
}

const memoryPayload = 1024

var memoryCases = []memoryCase{
	{"received, rings", mostOpen, func(e *engine.Engine, peer string, id engine.ID) {
		memoryRing(e, peer, id, "")
	}},
	{"received, rings, expiry of its own", mostOpen, func(e *engine.Engine, peer string, id engine.ID) {
		e.Receive(peer, engine.Message{Kind: engine.Invite, ID: id, Wait: time.Second, Expiry: time.Second})
	}},
	{"received, rings, payload", mostOpen + memoryPayload, func(e *engine.Engine, peer string, id engine.ID) {
		memoryRing(e, peer, id, strings.Repeat("x", memoryPayload))
	}},
	{"received, accept sent", mostOpen, func(e *engine.Engine, peer string, id engine.ID) {
		_ = memoryRing(e, peer, id, "").Accept()
	}},
	{"received, refused, lingers", mostOpen, func(e *engine.Engine, peer string, id engine.ID) {
		_ = memoryRing(e, peer, id, "").Refuse()
	}},
	{"sent", mostOpen, func(e *engine.Engine, peer string, id engine.ID) {
		memoryCall(e, peer, "")
	}},
	{"sent, payload", mostOpen + memoryPayload, func(e *engine.Engine, peer string, id engine.ID) {
		memoryCall(e, peer, strings.Repeat("x", memoryPayload))
	}},
	{"sent, rings there", mostOpen, func(e *engine.Engine, peer string, id engine.ID) {
		e.Receive(peer, engine.Message{Kind: engine.Received, ID: memoryCall(e, peer, "").ID()})
	}},
	{"sent, canceled, lingers", mostOpen, func(e *engine.Engine, peer string, id engine.ID) {
		_ = memoryCall(e, peer, "").Cancel()
	}},
	{"received late, rings", mostOpen + mostRest, func(e *engine.Engine, peer string, id engine.ID) {
		e.Receive(peer, engine.Message{Kind: engine.Invite, ID: id, Age: time.Second, Wait: 30 * time.Second, Expiry: time.Minute})
	}},
	{"sent, times and a group of its own, canceled with a note", mostOpen + mostRest, func(e *engine.Engine, peer string, id engine.ID) {
		call := e.CreateLocalInvitation(peer)
		call.SetTimes(10*time.Second, 20*time.Second)
		call.SetGroup(e.NewGroup())
		if err := call.Send(); err != nil {
			panic(err)
		}
		_ = call.CancelWithNote("bye")
	}},
	{"received, answered by another device", mostTombstone, func(e *engine.Engine, peer string, id engine.ID) {
		memoryRing(e, peer, id, "")
		e.Receive(peer, engine.Message{Kind: engine.Confirm, ID: id, Device: 9})
	}},
	{"too late to ring", mostTombstone, func(e *engine.Engine, peer string, id engine.ID) {
		e.Receive(peer, engine.Message{Kind: engine.Invite, ID: id, Age: time.Minute, Wait: 30 * time.Second, Expiry: time.Minute})
	}},

	{"received, accepted", mostTombstone, func(e *engine.Engine, peer string, id engine.ID) {
		_ = memoryRing(e, peer, id, strings.Repeat("x", memoryPayload)).Accept()
		e.Receive(peer, engine.Message{Kind: engine.Confirm, ID: id})
	}},
	{"received, refused, acknowledged", mostTombstone, func(e *engine.Engine, peer string, id engine.ID) {
		_ = memoryRing(e, peer, id, strings.Repeat("x", memoryPayload)).Refuse()
		e.Receive(peer, engine.Message{Kind: engine.Ack, For: engine.Refuse, ID: id})
	}},
	{"received, canceled", mostTombstone, func(e *engine.Engine, peer string, id engine.ID) {
		memoryRing(e, peer, id, strings.Repeat("x", memoryPayload))
		e.Receive(peer, engine.Message{Kind: engine.Cancel, ID: id, Reason: engine.ReasonUser})
	}},
	{"canceled before it was received", mostTombstone, func(e *engine.Engine, peer string, id engine.ID) {
		e.Receive(peer, engine.Message{Kind: engine.Cancel, ID: id, Reason: engine.ReasonUser})
	}},
	{"sent, accepted", mostTombstone, func(e *engine.Engine, peer string, id engine.ID) {
		call := memoryCall(e, peer, strings.Repeat("x", memoryPayload))
		e.Receive(peer, engine.Message{Kind: engine.Accept, ID: call.ID(), Response: strings.Repeat("y", memoryPayload)})
	}},
	{"sent, canceled, acknowledged", mostTombstone, func(e *engine.Engine, peer string, id engine.ID) {
		call := memoryCall(e, peer, strings.Repeat("x", memoryPayload))
		_ = call.Cancel()
		e.Receive(peer, engine.Message{Kind: engine.Ack, For: engine.Cancel, ID: call.ID()})
	}},
}

func memoryCall(e *engine.Engine, peer, content string) *engine.LocalInvitation {
	call := e.CreateLocalInvitation(peer)
	call.SetContent(content)
	if err := call.Send(); err != nil {
		panic(err)
	}
	return call
}

func memoryRing(e *engine.Engine, peer string, id engine.ID, content string) *engine.RemoteInvitation {
	e.Receive(peer, engine.Message{Kind: engine.Invite, ID: id, Content: content, Wait: 30 * time.Second, Expiry: time.Minute})
	for out := range e.All() {
		if out.Kind == engine.RemoteInvitationReceived {
			return out.Remote
		}
	}
	panic("no ring")
}

// TestMemoryOfOneInvitation counts at two sizes, because what a map costs for one
// entry depends on how full it is: at 16,000 it is at its worst.
func TestMemoryOfOneInvitation(t *testing.T) {
	for _, each := range memoryCases {
		good, bad := memoryOf(t, each, 12_000, 1, 1), memoryOf(t, each, 16_000, 1, 1)
		many := memoryOf(t, each, 16_000, 16_000, 1)
		t.Logf("%-36s %4d to %4d bytes; %4d with a peer of its own", each.name, good, bad, many)
		if bad > each.most {
			t.Errorf("%s: %d bytes, more than %d", each.name, bad, each.most)
		}
		if many > each.most+mostPeer {
			t.Errorf("%s, with a peer of its own: %d bytes, more than %d", each.name, many, each.most+mostPeer)
		}
	}
}

// TestMemoryOfSharedIDs: peers who use each other's ids cost a little more, and no
// more than is promised.
func TestMemoryOfSharedIDs(t *testing.T) {
	for _, each := range memoryCases {
		if !strings.Contains(each.name, "received") {
			continue // own ids are shared with nobody
		}
		two, twenty, all := memoryOf(t, each, 16_000, 2, 2), memoryOf(t, each, 16_000, 20, 20), memoryOf(t, each, 16_000, 16_000, 16_000)
		t.Logf("%-36s %4d bytes if two peers share each id, %4d if twenty do; %4d with a peer of its own if all share one", each.name, two, twenty, all)
		if max(two, twenty) > each.most+mostShared || all > each.most+mostPeer {
			t.Errorf("%s: more than %d bytes, or than %d with a peer of its own", each.name, each.most+mostShared, each.most+mostPeer)
		}
	}
}

// memoryOf is how many bytes each of n invitations with some peers costs, if as many
// as share is have the same id.
func memoryOf(t *testing.T, each memoryCase, n, peers, share int) int {
	t.Helper()
	before := heap()
	e := memoryEngine(t, &testClock{time.Unix(0, 0)}, 8*n, n)
	names := make([]string, peers)
	for i := range n {
		if i < peers {
			names[i] = fmt.Sprintf("%064d", i)
		}
		each.remain(e, names[i%peers], engine.ID{Epoch: 0x5eed, Counter: uint64(i/share + 1)})
		drain(e)
	}
	clear(names)
	after := heap()
	if s := e.Stats(); s.LocalRecords+s.RemoteRecords != n || s.Peers != peers {
		t.Fatalf("%s: %+v", each.name, s)
	}
	return (after - before + n - 1) / n
}

// memoryEngine gives one peer all places if perPeer is eight times total.
func memoryEngine(t *testing.T, clock *testClock, perPeer, total int) *engine.Engine {
	t.Helper()
	e, err := engine.New("bob", engine.Options{Clock: clock, Epoch: 1, MaxPerPeer: perPeer, MaxTotal: total})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func drain(e *engine.Engine) {
	for range e.All() {
	}
}

// TestMemoryUnderFlood: a million messages from a hundred peers over ten hours, so
// that every place is taken, forgotten and taken again many times. What lives
// after the first fifth is all there ever is, and no more than the bounds allow.
func TestMemoryUnderFlood(t *testing.T) {
	const messages, peers, perPeer, total = 1_000_000, 50, 400, 2000
	clock := &testClock{time.Unix(0, 0)}
	before := heap()
	e := memoryEngine(t, clock, perPeer, total)
	names := make([]string, peers)
	for i := range names {
		names[i] = fmt.Sprintf("mallory-%02d", i)
	}
	kinds := []engine.Message{ // each under a new id
		{Kind: engine.Invite, Content: strings.Repeat("x", 64), Wait: 30 * time.Second, Expiry: time.Minute},
		{Kind: engine.Cancel, Reason: engine.ReasonUser},
		{Kind: engine.Invite, Content: "\xff", Wait: 30 * time.Second, Expiry: time.Minute},
		{Kind: engine.Accept, Response: "garbage"},
		{Kind: engine.Closed, For: engine.Kind(77), Word: engine.Word(99)},
	}
	early, later := 0, 0
	for i := range messages {
		m := kinds[i/peers%len(kinds)]
		m.ID = engine.ID{Epoch: 0xbad, Counter: uint64(i)}
		e.Receive(names[i%peers], m)
		drain(e)
		clock.now = clock.now.Add(10 * time.Hour / messages)
		switch {
		case i%(messages/40) != 0:
		case i <= messages/5:
			early = max(early, heap()-before)
		default:
			later = max(later, heap()-before)
		}
	}
	s := e.Stats()
	t.Logf("at most %d KB in the first %d messages, %d KB in the %d after them", early>>10, messages/5, later>>10, messages-messages/5)
	t.Logf("%+v", s)
	if s.RemoteRecords > total || s.Received[engine.Limit] < messages/20 || s.Received[engine.Moved] < 20*total {
		t.Error("the flood does not press against the bounds, or nothing comes and goes")
	}
	if later > early+early/20 {
		t.Errorf("memory grows: %d bytes, then %d", early, later)
	}
	if allowed := total * (mostOpen + 64); later > allowed {
		t.Errorf("%d bytes, the bounds allow %d", later, allowed)
	}
}

// TestMemoryOfAnOldEngine: a map in which entries come and go grows to about
// twice what the same number of entries need in a new one, and then stays so.
func TestMemoryOfAnOldEngine(t *testing.T) {
	const total, rounds = 8000, 60
	for share, most := range map[int]int{1: mostTombstone, 2: mostTombstone + mostShared} {
		clock := &testClock{time.Unix(0, 0)}
		before := heap()
		e := memoryEngine(t, clock, 8*total, total)
		for i := range total * rounds {
			m := engine.Message{Kind: engine.Cancel, Reason: engine.ReasonUser, ID: engine.ID{Epoch: 0xbad, Counter: uint64(i / share)}}
			if v := e.Receive([]string{"mallory", "trudy"}[i%share], m); v != engine.Moved {
				t.Fatalf("message %d: %v", i, v)
			}
			drain(e)
			clock.now = clock.now.Add(engine.DefaultTimes().Tombstone/total + time.Microsecond)
		}
		records := e.Stats().RemoteRecords
		one := (heap() - before) / records
		runtime.KeepAlive(e)
		t.Logf("%d bytes for each of %d tombstones, after %d, if %d share an id", one, records, total*rounds, share)
		if one > most {
			t.Errorf("%d bytes for a tombstone, more than %d", one, most)
		}
	}
}

// TestMemoryAfterwards: what a flood leaves behind when all of it is forgotten. The
// payload goes; the engine keeps room for as many tombstones again, and a queue as
// long as when everything ended at once.
func TestMemoryAfterwards(t *testing.T) {
	const total = 16_000
	clock := &testClock{time.Unix(0, 0)}
	before := heap()
	e := memoryEngine(t, clock, 8*total, total)
	for i := range total {
		memoryRing(e, "mallory", engine.ID{Epoch: 0xbad, Counter: uint64(i)}, strings.Repeat("x", memoryPayload))
	}
	for { // a thawed phone: everything that was due is due at once
		at, ok := e.NextDeadline()
		if !ok {
			break
		}
		clock.now = at.Add(time.Hour)
		e.Advance()
		drain(e)
	}
	left := heap() - before
	t.Logf("%d bytes for each of %d places", left/total, total)
	if s := e.Stats(); s.RemoteRecords+s.Peers != 0 {
		t.Fatalf("%+v", s)
	}
	if left/total > mostLeft {
		t.Errorf("%d bytes for each of %d places, more than %d", left/total, total, mostLeft)
	}
}
