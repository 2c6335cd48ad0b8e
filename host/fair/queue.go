// Package fair keeps one sender from crowding out the others where messages of many
// have to wait: in a transport, or in a server between its users. Senders take turns,
// and when there is no room left, the one that takes up most of it loses.
//
// It imports host, for Receiver. Queue is for servers.
package fair

import "slices"

// Queue is a bounded queue in which senders take turns; what one sender puts in
// keeps its order. It is not safe for concurrent use.
type Queue[T any] struct {
	room    int // for all that waits, in units of cost
	cost    int // and does
	senders map[string]*sender[T]
	turns   []*sender[T] // who has something waiting; the first is next
}

type sender[T any] struct {
	name  string
	cost  int
	items []item[T]
}

type item[T any] struct {
	value T
	cost  int
}

// NewQueue makes a queue with room for items of that cost in all, in any unit.
func NewQueue[T any](room int) *Queue[T] {
	return &Queue[T]{room: room, senders: map[string]*sender[T]{}}
}

// Len is how many items wait.
func (q *Queue[T]) Len() (n int) {
	for _, s := range q.turns {
		n += len(s.items)
	}
	return n
}

// Put puts in what a sender has sent. While there is no room for it, whoever takes up
// most of it, with this item, loses the oldest of what it has put in. It is false if
// that is this very item.
func (q *Queue[T]) Put(from string, cost int, value T) bool {
	s := q.senders[from]
	if s == nil {
		s = &sender[T]{name: from}
	}
	for q.cost+cost > q.room {
		greedy, most := s, s.cost+cost
		for _, other := range q.turns {
			if other != s && other.cost > most {
				greedy, most = other, other.cost
			}
		}
		if len(greedy.items) == 0 {
			return false
		}
		q.dropOldest(greedy)
	}
	if len(s.items) == 0 {
		q.senders[from] = s
		q.turns = append(q.turns, s)
	}
	s.items = append(s.items, item[T]{value, cost})
	s.cost += cost
	q.cost += cost
	return true
}

// Take takes out the next item: the oldest of the sender whose turn it is.
func (q *Queue[T]) Take() (value T, ok bool) {
	if len(q.turns) == 0 {
		return value, false
	}
	s := q.turns[0]
	value = s.items[0].value
	q.dropOldest(s)
	if len(s.items) > 0 {
		q.turns = append(q.turns[1:], s)
	}
	return value, true
}

// dropOldest takes away the oldest item of a sender, and the sender with its last.
func (q *Queue[T]) dropOldest(s *sender[T]) {
	q.cost -= s.items[0].cost
	s.cost -= s.items[0].cost
	s.items[0] = item[T]{} // so that it is not kept alive
	s.items = s.items[1:]
	if len(s.items) == 0 {
		delete(q.senders, s.name)
		q.turns = slices.DeleteFunc(q.turns, func(other *sender[T]) bool { return other == s })
	}
}
