// Phones that sleep: what comes for one is stored, a push wakes it, and it fetches
// what there is.

package embedding

import (
	"slices"
	"sync"
	"time"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/fair"
)

// Store is the server's. It does not read what it keeps.
type Store struct {
	MaxDelay time.Duration                               // the hosts' Times.MaxDelay
	Now      func() time.Time                            // of the server, which does not sleep
	Push     func(user string, timeToLive time.Duration) // to the phone's maker: "wake up"

	mu   sync.Mutex
	kept map[string]*fair.Queue[Stored]
}

// Stored is one message.
type Stored struct {
	From string
	Data []byte
	Held time.Duration // so far: Fetch fills it in
	at   time.Time
}

// maxStored is for each user. The queue is fair: who sends most loses the oldest first.
const maxStored = 100

// Put keeps a message for a user who cannot be reached, and wakes the phone.
func (s *Store) Put(to, from string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept[to] == nil {
		s.keep(to, nil)
	}
	m := Stored{From: from, Data: data, at: s.Now()}
	if !s.kept[to].Put(from, 1, m) { // it is full: of what is too old, perhaps
		s.keep(to, s.take(to))
		s.kept[to].Put(from, 1, m)
	}
	s.Push(to, s.MaxDelay)
}

// Fetch empties a user's store, the newest first, and says how long each message
// was in it.
func (s *Store) Fetch(user string) []Stored {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.take(user)
	for i := range list {
		list[i].Held = s.Now().Sub(list[i].at)
	}
	slices.Reverse(list)
	return list
}

// keep begins a user's store with what is not too old.
func (s *Store) keep(user string, list []Stored) {
	if s.kept == nil {
		s.kept = map[string]*fair.Queue[Stored]{}
	}
	s.kept[user] = fair.NewQueue[Stored](maxStored)
	for _, m := range list {
		if s.Now().Sub(m.at) <= s.MaxDelay {
			s.kept[user].Put(m.From, 1, m)
		}
	}
}

// take empties a user's store, the oldest first.
func (s *Store) take(user string) (list []Stored) {
	if q := s.kept[user]; q != nil {
		for m, ok := q.Take(); ok; m, ok = q.Take() {
			list = append(list, m)
		}
	}
	delete(s.kept, user)
	slices.SortStableFunc(list, func(a, b Stored) int { return a.at.Compare(b.at) })
	return list
}

// HandIn is what the transport of the phone does with what it fetched. took is how
// long the fetching did.
func HandIn(receiver host.Receiver, fetched []Stored, took time.Duration) {
	for _, m := range fetched {
		receiver.Receive(m.From, m.Data, m.Held+took)
	}
}
