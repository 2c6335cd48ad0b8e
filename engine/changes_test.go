// Changes: whatever happens between two saves, the sum of what a store was told is
// the engine; and what must be durable is told apart from what may be lost.

package engine_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/states"
)

// store is what a store has, or a snapshot taken apart.
type store map[string]string

// save applies the changes of an engine, and tells how many there were.
func (s store) save(e *engine.Engine) (written int) {
	for _, each := range e.Changes() {
		written++
		if each.Value == nil {
			delete(s, string(each.Key))
		} else {
			s[string(each.Key)] = string(each.Value)
		}
	}
	return written
}

// joined is the store as a snapshot, its entries in the order of their keys.
func (s store) joined() []byte {
	var entries []engine.Entry
	for _, key := range slices.Sorted(maps.Keys(s)) {
		entries = append(entries, engine.Entry{Key: []byte(key), Value: []byte(s[key])})
	}
	return engine.Join(entries)
}

// storeWorld is an engine with a store, and whatever happens to it.
type storeWorld struct {
	t       *testing.T
	r       byteReader
	clock   *testClock
	options engine.Options
	e       *engine.Engine
	store   store
	mine    []*engine.LocalInvitation
	rings   []*engine.RemoteInvitation
	moved   bool // something, since the last save
	acked   bool // a CANCEL or REFUSE, which ends its linger if it had one
	heard   int  // messages, each with a content of its own
	groups  []*engine.Group
	set     bool // somebody has set the clock: the time of an engine may stand still, and that of a copy not
}

func newStoreWorld(t *testing.T, data []byte) *storeWorld {
	w := &storeWorld{t: t, r: byteReader{data}, clock: &testClock{time.Unix(0, 0)}, store: store{}}
	mode := w.r.pick(32)
	w.options = engine.Options{Clock: w.clock, Epoch: 1, CountFromSend: mode&1 != 0, FailAtOnce: mode&2 != 0, NoRetransmit: mode&4 != 0}
	w.options.Observe = func(s engine.Step) {
		w.moved = w.moved || s.Kind == states.Move || s.Effects&(states.RaiseMissed|states.WithdrawMissed) != 0
		w.acked = w.acked || s.Effects&states.EndLinger != 0
	}
	if mode&8 != 0 {
		w.options.MaxPerPeer, w.options.MaxTotal = 2, 3
	}
	if mode&16 != 0 {
		w.options.Device = 2
	}
	e, err := engine.New("alice", w.options)
	if err != nil {
		t.Fatal(err)
	}
	w.e = e
	w.save()
	return w
}

// play gives inputs for as long as there is data, and saves now and then. In the end
// it drains what the store has, too.
func (w *storeWorld) play() {
	for len(w.r.rest) > 0 {
		w.input()
		mayBeMany := len(w.store) >= 1024 // forgotten ones, which are worth a save
		if unsaved := w.e.Unsaved(); unsaved && !w.moved && !w.acked && !mayBeMany || !unsaved && w.moved {
			w.t.Fatalf("unsaved: %v, moved: %v, acknowledged: %v", unsaved, w.moved, w.acked)
		}
		if w.r.pick(3) == 0 {
			w.save()
		}
		for range w.r.pick(4) { // outputs may stay in the queue
			out, _ := w.e.Poll()
			if out.Kind == engine.RemoteInvitationReceived {
				w.rings = append(w.rings, out.Remote)
			}
		}
	}
	loaded := w.save()
	if got, want := eventsOf(loaded), eventsOf(w.e); !slices.Equal(got, want) {
		w.t.Fatalf("the store has the events\n%s\nand the engine has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !w.set {
		w.goOn(loaded)
	}
}

// save returns the engine that the store has.
func (w *storeWorld) save() *engine.Engine {
	w.t.Helper()
	w.store.save(w.e)
	loaded, err := engine.Load("alice", w.options, w.store.joined())
	if err != nil {
		w.t.Fatal(err)
	}
	if got, want := loaded.Snapshot(), w.e.Snapshot(); !bytes.Equal(got, want) {
		w.t.Fatalf("the store has\n%q\nand the engine is\n%q", got, want)
	}
	if w.moved, w.acked = false, false; w.e.Unsaved() {
		w.t.Fatal("saved, and unsaved")
	}
	return loaded
}

func (w *storeWorld) input() {
	e, r := w.e, &w.r
	peers := []string{"bob", "carol", "mallory"}
	peer := peers[r.pick(3)]
	switch r.pick(12) {
	case 0, 1:
		call := e.CreateLocalInvitation(peer)
		call.SetContent("hi")
		switch r.pick(4) {
		case 0:
			call.SetTimes(10*time.Second, 20*time.Second)
		case 1:
			if len(w.groups) == 0 || r.pick(2) == 0 {
				w.groups = append(w.groups, e.NewGroup())
			}
			call.SetGroup(w.groups[r.pick(len(w.groups))])
		}
		w.mine = append(w.mine, call)
		_ = call.Send() // any result will do
	case 2:
		if len(w.mine) > 0 {
			_ = w.mine[r.pick(len(w.mine))].CancelWithNote([]string{"", "bye"}[r.pick(2)])
		}
	case 3:
		if len(w.rings) > 0 {
			ring := w.rings[r.pick(len(w.rings))]
			ring.SetResponse(fmt.Sprint("response ", r.pick(3)))
			switch r.pick(3) {
			case 0:
				_ = ring.Accept()
			case 1:
				_ = ring.Refuse()
			}
		}
	case 4:
		e.PeerOnline(peer)
	case 5:
		e.PeerOffline(peer)
	case 6:
		if r.pick(2) == 0 {
			e.LogIn()
		} else {
			e.LogOut()
		}
	case 7:
		if at, ok := e.NextDeadline(); ok {
			if at.After(w.clock.now) { // that of a restored engine may have passed
				w.clock.now = at
			}
			e.Advance()
		}
	case 8:
		w.clock.now = w.clock.now.Add([]time.Duration{time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond, 3 * time.Second, 40 * time.Second, 5 * time.Minute}[r.pick(6)])
		e.Advance()
	case 9:
		if r.pick(4) == 0 {
			w.restart()
		}
	case 10:
		if r.pick(4) == 0 {
			w.set = true
			w.clock.now = []time.Time{{}, time.Unix(0, 0), years["2400"]}[r.pick(3)]
			e.Advance()
		}
	default:
		w.receive(peer)
	}
}

func (w *storeWorld) receive(peer string) {
	r := &w.r
	m := engine.Message{
		Kind: engine.Kind(max(1, r.pick(12)-3)), For: engine.Kind(r.pick(9)), Reason: engine.Reason(1 + r.pick(4)), Word: engine.Word(r.pick(10)),
		ID: engine.ID{Epoch: 9, Counter: uint64(1 + r.pick(3))}, Content: fmt.Sprint("message ", w.heard), Response: "yes",
		Wait: 30 * time.Second, Expiry: []time.Duration{time.Minute, 20 * time.Second}[r.pick(2)],
	}
	if len(w.mine) > 0 && r.pick(2) == 0 {
		call := w.mine[r.pick(len(w.mine))]
		peer, m.ID = call.CalleeID(), call.ID()
	}
	w.heard++
	w.e.Receive(peer, w.withDevice(m))
}

// withDevice adds what a message may have of devices, and what a push or a note brings.
func (w *storeWorld) withDevice(m engine.Message) engine.Message {
	m.Device = []uint64{0, 0, 2, 5}[w.r.pick(4)]
	m.Refused = w.r.pick(2) == 0
	switch w.r.pick(4) {
	case 0:
		m.Held = []time.Duration{2 * time.Second, 31 * time.Second}[w.r.pick(2)]
	case 1:
		m.Age = []time.Duration{3 * time.Second, 30 * time.Second}[w.r.pick(2)]
	case 2:
		m.Note = "why"
	}
	if m.Kind == engine.Closed && !m.Word.Answers(m.For) {
		m.For = []engine.Kind{engine.Invite, engine.Accept}[w.r.pick(2)]
	}
	if m.Kind == engine.Ack && w.r.pick(2) == 0 {
		m.For = []engine.Kind{engine.Refuse, engine.Cancel}[w.r.pick(2)]
	}
	return m
}

// goOn gives the engine and another one that should be the same the same further inputs,
// of every kind: they must answer alike, to the end.
func (w *storeWorld) goOn(other *engine.Engine) {
	w.t.Helper()
	both := [...]*engine.Engine{w.e, other}
	var mine [2][]*engine.LocalInvitation
	var rings [2][]*engine.RemoteInvitation
	for i, e := range both {
		mine[i], rings[i] = slices.Collect(e.LocalInvitations()), slices.Collect(e.RemoteInvitations())
	}
	chance := rand.New(rand.NewPCG(uint64(len(mine[0])), uint64(w.heard)))
	data := make([]byte, 20)
	for step := range 60 {
		for i := range data {
			data[i] = byte(chance.Uint32())
		}
		var told [2]string
		for i, e := range both {
			r := byteReader{data}
			switch peer := []string{"bob", "carol", "mallory"}[r.pick(3)]; r.pick(8) {
			case 0:
				if len(mine[i]) > 0 {
					told[i] = fmt.Sprint(mine[i][r.pick(len(mine[i]))].Cancel())
				}
			case 1:
				if len(rings[i]) > 0 {
					ring := rings[i][r.pick(len(rings[i]))]
					if r.pick(2) == 0 {
						told[i] = fmt.Sprint(ring.Accept())
					} else {
						told[i] = fmt.Sprint(ring.Refuse())
					}
				}
			case 2:
				[]func(string){e.PeerOnline, e.PeerOffline}[r.pick(2)](peer)
			case 3:
				[]func(){e.LogIn, e.LogOut}[r.pick(2)]()
			case 4, 5:
				id := engine.ID{Epoch: 9, Counter: uint64(1 + r.pick(3))}
				if n := r.pick(4); n < len(mine[i]) {
					id, peer = mine[i][n].ID(), mine[i][n].CalleeID()
				}
				m := engine.Message{Kind: engine.Kind(1 + r.pick(8)), For: engine.Kind(1 + r.pick(8)), Word: engine.Word(1 + r.pick(9)), Reason: engine.Reason(1 + r.pick(5)),
					ID: id, Device: []uint64{0, 2, 5}[r.pick(3)], Refused: r.pick(2) == 0, Content: "more", Wait: 30 * time.Second, Expiry: time.Minute}
				told[i] = e.Receive(peer, m).String()
			case 6:
				if i == 0 {
					w.clock.now = w.clock.now.Add([]time.Duration{time.Millisecond, 400 * time.Millisecond, 5 * time.Second, time.Minute}[r.pick(4)])
				}
			default:
				at, ok := e.NextDeadline()
				if i == 0 && ok && at.After(w.clock.now) {
					w.clock.now = at
				}
				e.Advance()
			}
			told[i] += " " + strings.Join(outputsOf(e), "; ")
		}
		if told[0] != told[1] {
			w.t.Fatalf("step %d: the engine\n%s\nthe store's\n%s", step, told[0], told[1])
		}
	}
	w.moved, w.acked = false, false
	if !bytes.Equal(w.e.Snapshot(), other.Snapshot()) {
		w.t.Fatal("in the end they differ")
	}
}

// restart goes on from the store, which the new engine writes anew.
func (w *storeWorld) restart() {
	w.save()
	away := []time.Duration{0, 10 * time.Second, engine.AwayUnknown}[w.r.pick(3)]
	w.clock.now = w.clock.now.Add(max(away, 0))
	w.options.Epoch++
	e, err := engine.Restore("alice", w.options, w.store.joined(), away)
	if err != nil {
		w.t.Fatal(err)
	}
	w.e = e
	w.groups = nil
	w.mine, w.rings = slices.Collect(e.LocalInvitations()), slices.Collect(e.RemoteInvitations())
	if !e.Unsaved() {
		w.t.Fatal("restored, and nothing to save")
	}
	w.save()
}

// TestChangesAddUp: loaded from what a store was told, an engine is the same to the
// byte as from a whole snapshot.
func TestChangesAddUp(t *testing.T) {
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 0))
		data := make([]byte, random.IntN(400))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		if newStoreWorld(t, data).play(); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestForgettingIsSavedNowAndThen: what is forgotten waits for the next save, but not
// without end.
func TestForgettingIsSavedNowAndThen(t *testing.T) {
	clock, kept := &testClock{time.Unix(0, 0)}, store{}
	e := newEngine(t, "alice", clock, 1)
	for i := range uint64(3000) {
		e.Receive("bob", engine.Message{Kind: engine.Cancel, Reason: engine.ReasonUser, ID: engine.ID{Epoch: 9, Counter: i}})
		clock.now = clock.now.Add(time.Millisecond)
	}
	outputsOf(e)
	if n := kept.save(e); n != 2+1+3000 || len(kept) != n {
		t.Fatalf("%d entries", n)
	}
	saves := 0
	for clock.now = clock.now.Add(engine.DefaultTimes().Tombstone - 4*time.Second); e.Stats().RemoteRecords > 0; {
		clock.now = clock.now.Add(time.Millisecond)
		if e.Advance(); e.Unsaved() {
			saves++
			kept.save(e)
		}
	}
	if saves != 2 || len(kept) != 2+1+3000-2*1024 {
		t.Errorf("%d saves, and %d entries are left", saves, len(kept))
	}
	if kept.save(e); len(kept) != 2 {
		t.Errorf("%d entries are left", len(kept))
	}
}

// TestManyForgotten: so many at once that they alone are worth a save.
func TestManyForgotten(t *testing.T) {
	call, wait := []byte{0, 0, 1, 3}, []byte{0, 8, 5}
	newStoreWorld(t, slices.Concat([]byte{0}, bytes.Repeat(call, 1100), wait, []byte{0, 3}, wait, []byte{1, 3})).play()
}

// FuzzChanges looks for more such worlds.
func FuzzChanges(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		newStoreWorld(t, data[:min(len(data), 1000)]).play() // each save compares the whole store
	})
}
