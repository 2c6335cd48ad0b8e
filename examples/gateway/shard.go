// A shard: some of the users of a gateway, on one goroutine. It owns their engines, so
// that nothing is locked, and keeps all of them in one journal: whatever waits in its
// mailbox is taken together, saved together with one flush, and only then answered.

package main

import (
	"bytes"
	"container/heap"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/wire"
)

// partition is the shard, or the process, that has a user. All must agree on it.
func partition(user string, of int) int {
	h := fnv.New32a()
	_, _ = io.WriteString(h, user) // it never fails
	return int(h.Sum32() % uint32(of))
}

// user is one engine, and its place among those that have a deadline.
type user struct {
	*engine.Engine
	name  string
	at    time.Time // its deadline
	place int       // in the heap; -1: it has none
	fresh bool      // it has had an input since it was looked at last
}

// due is a heap of users by their deadlines.
type due []*user

func (d due) Len() int           { return len(d) }
func (d due) Less(a, b int) bool { return d[a].at.Before(d[b].at) }
func (d due) Swap(a, b int) {
	d[a], d[b] = d[b], d[a]
	d[a].place, d[b].place = a, b
}
func (d *due) Push(x any) {
	u := x.(*user)
	u.place = len(*d)
	*d = append(*d, u)
}
func (d *due) Pop() any {
	last := len(*d) - 1
	u := (*d)[last]
	*d, u.place = (*d)[:last], -1
	return u
}

// input is something for a user of the shard: a message, or what its app does.
type input struct {
	to, from string
	data     []byte
	app      func(*engine.Engine)
}

// clock is that of all engines.
type clock struct{}

func (clock) Now() time.Time { return time.Now() }

// shard owns its users. What others may touch is guarded by mutex.
type shard struct {
	send  func(input)                          // to the shard of its user
	tell  func(*engine.Engine, *engine.Output) // an event, to the app
	users map[string]*user
	due   due
	store host.Store // nil: nothing outlives the process
	ended chan error

	mutex sync.Mutex
	mail  []input
	woken chan struct{}
	stops bool
}

func newShard(store host.Store) *shard {
	return &shard{users: map[string]*user{}, store: store, woken: make(chan struct{}, 1), ended: make(chan error, 1)}
}

// put puts an input into the mailbox, from any goroutine.
func (s *shard) put(in input) {
	s.mutex.Lock()
	s.mail = append(s.mail, in)
	s.mutex.Unlock()
	s.wake()
}

func (s *shard) wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// stop ends the shard when its mailbox is empty.
func (s *shard) stop() error {
	s.mutex.Lock()
	s.stops = true
	s.mutex.Unlock()
	s.wake()
	return <-s.ended
}

// user is the engine of a user, made at the first use.
func (s *shard) user(name string) (*user, error) {
	if u := s.users[name]; u != nil {
		return u, nil
	}
	e, err := engine.New(name, engine.Options{Clock: clock{}, Epoch: epoch()})
	if err != nil {
		return nil, err
	}
	return s.add(name, e), nil
}

func (s *shard) add(name string, e *engine.Engine) *user {
	u := &user{Engine: e, name: name, place: -1}
	s.users[name] = u
	return u
}

// epoch is a new one for each engine, and again after a restart.
func epoch() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return binary.BigEndian.Uint64(b[:]) | 1
}

// run is the goroutine of the shard.
func (s *shard) run() {
	timer := time.NewTimer(0)
	var touched []*user
	touch := func(u *user) {
		if !u.fresh {
			u.fresh = true
			touched = append(touched, u)
		}
	}
	for {
		s.mutex.Lock()
		mail, stops := s.mail, s.stops
		s.mail = nil
		s.mutex.Unlock()
		for _, in := range mail {
			u, err := s.user(in.to)
			if err != nil {
				continue // no user id
			}
			if in.app != nil {
				in.app(u.Engine)
			} else if m, err := wire.Decode(in.data); err == nil {
				u.Receive(in.from, m)
			}
			touch(u)
		}
		for now := time.Now(); len(s.due) > 0 && !s.due[0].at.After(now); {
			u := heap.Pop(&s.due).(*user)
			u.Advance()
			touch(u)
		}
		if err := s.finish(touched); err != nil {
			s.ended <- err
			return
		}
		touched = touched[:0]
		if len(mail) > 0 {
			continue
		}
		if stops {
			s.ended <- s.close()
			return
		}
		timer.Reset(s.wait())
		select {
		case <-s.woken:
		case <-timer.C:
		}
	}
}

func (s *shard) wait() time.Duration {
	if len(s.due) == 0 {
		return time.Hour
	}
	return time.Until(s.due[0].at)
}

// finish saves what has changed, in one batch, and then sends and tells.
func (s *shard) finish(touched []*user) error {
	if s.store != nil {
		var changes []host.Entry
		for _, u := range touched {
			if u.Unsaved() {
				changes = u.appendChanges(changes)
			}
		}
		if changes != nil {
			if err := s.store.Save(append(changes, savedAt())); err != nil {
				return fmt.Errorf("save: %w", err)
			}
		}
	}
	for _, u := range touched {
		for out, ok := u.Poll(); ok; out, ok = u.Poll() {
			if out.Kind != engine.Send {
				s.tell(u.Engine, &out)
				continue
			}
			data, err := wire.EncodeBinary(out.Message)
			if err != nil {
				return err // ours: an engine sends nothing that wire cannot say
			}
			s.send(input{to: out.To, from: u.name, data: data})
		}
		u.fresh = false
		if u.place >= 0 {
			heap.Remove(&s.due, u.place)
		}
		if at, ok := u.NextDeadline(); ok {
			u.at = at
			heap.Push(&s.due, u)
		}
	}
	return nil
}

// timeKey is that of the time of the last save. No user id begins so.
const timeKey = "\x00"

func savedAt() host.Entry {
	return host.Entry{Key: []byte(timeKey), Value: binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixNano()))}
}

// appendChanges are the changes of a user, under keys that begin with the name and a zero
// byte, which no name has.
func (u *user) appendChanges(all []host.Entry) []host.Entry {
	for _, each := range u.Changes() {
		all = append(all, host.Entry{Key: append(append([]byte(u.name), 0), each.Key...), Value: each.Value})
	}
	return all
}

// load restores all users of a journal.
func (s *shard) load() error {
	if s.store == nil {
		return nil
	}
	entries, err := s.store.Load()
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	away := engine.AwayUnknown
	of := map[string][]engine.Entry{}
	for _, each := range entries {
		if string(each.Key) == timeKey {
			away = max(0, time.Since(time.Unix(0, int64(binary.BigEndian.Uint64(each.Value)))))
			continue
		}
		name, key, _ := bytes.Cut(each.Key, []byte{0})
		of[string(name)] = append(of[string(name)], engine.Entry{Key: key, Value: each.Value})
	}
	var all []*user
	for _, name := range slices.Sorted(maps.Keys(of)) {
		e, err := engine.Restore(name, engine.Options{Clock: clock{}, Epoch: epoch()}, engine.Join(of[name]), away)
		if err != nil {
			return err
		}
		all = append(all, s.add(name, e))
	}
	changes := []host.Entry{savedAt()}
	for _, u := range all {
		u.fresh = true
		changes = u.appendChanges(changes)
	}
	if err := s.store.Save(changes); err != nil {
		return err
	}
	return s.finish(all)
}

func (s *shard) close() error {
	if closer, ok := s.store.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}
