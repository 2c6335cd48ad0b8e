// Phones that sleep: what comes for one is stored, a push wakes it, and it fetches
// what there is.

package embedding

import (
	"slices"
	"sync"
	"time"

	"github.com/invsim/invsim/host"
)

// Store is the server's. It does not read what it keeps.
type Store struct {
	MaxDelay time.Duration                               // the hosts' Times.MaxDelay
	Now      func() time.Time                            // of the server, which does not sleep
	Push     func(user string, timeToLive time.Duration) // to the phone's maker: "wake up"

	mu   sync.Mutex
	kept map[string][]Stored
}

// Stored is one message.
type Stored struct {
	From string
	Data []byte
	Held time.Duration // so far: Fetch fills it in
	at   time.Time
}

const maxStored = 100 // for each user: who is flooded loses the oldest

// Put keeps a message for a user who cannot be reached, and wakes the phone.
func (s *Store) Put(to, from string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string][]Stored{}
	}
	list := append(s.kept[to], Stored{From: from, Data: data, at: s.Now()})
	s.kept[to] = list[max(0, len(list)-maxStored):]
	s.Push(to, s.MaxDelay)
}

// Fetch empties a user's store, the newest first, and says how long each message
// was in it.
func (s *Store) Fetch(user string) []Stored {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.kept[user]
	delete(s.kept, user)
	for i := range list {
		list[i].Held = s.Now().Sub(list[i].at)
	}
	slices.Reverse(list)
	return list
}

// HandIn is what the transport of the phone does with what it fetched. took is how
// long the fetching did.
func HandIn(receiver host.Receiver, fetched []Stored, took time.Duration) {
	for _, m := range fetched {
		receiver.Receive(m.From, m.Data, m.Held+took)
	}
}
