// The queue of coming events, except the deadlines of engines, in the order of time
// and, at one time, of insertion. It is a radix heap (Ahuja, Mehlhorn, Orlin and Tarjan,
// Journal of the ACM 37, 1990): it holds nothing earlier than what it gave out last.

package world

import "math/bits"

// taskKind is the kind of a coming event.
type taskKind uint8

const (
	callArrives   taskKind = iota // a: index of the call, which is followed by the next that arrives
	callPlaced                    // a: index of the call
	copyMoves                     // a: index of the packet
	keptExpires                   // a: index of the packet, b: its serial number; the network keeps it no longer
	calleeActs                    // a: index of the call, b: the button
	callerActs                    // a: index of the call
	userRegrets                   // a: index of the call, b: the button that was pressed
	strangerSends                 // a: index of the call
	userHangsUp                   // a: index of the call, b: of the node
	phoneReturns                  // a: index of the episode that ends: a phone was down or frozen
	worldHeals                    // all faults end
	idle                          // what follows never keeps a world going
	slotBegins                    // a: index of the process, b: of the node; a slot of time in which episodes are drawn
	episodeBegins                 // a: index of the episode
	episodeEnds                   // a: index of the episode
	phoneNotices                  // a: index of the node, b: of its toggle; learns that it is offline
	phoneLogsIn                   // a: index of the node, b: of its toggle; it logs in
	presenceTold                  // a: index of the node, b: 1 for online; the others are told
	pushArrives                   // a: index of the packet, b: its serial number; a push brings it to its phone
	phoneWakes                    // a: index of the node that a push wakes
	phoneSleeps                   // a: index of the node whose push is over
)

// task is one entry.
type task struct {
	at   int64 // nanoseconds since the start of the world
	a, b int32
	kind taskKind
}

// queue sorts tasks into buckets by the highest bit in which their times differ from
// that of the last one. Those of equal times are in one bucket, in their order.
type queue struct {
	buckets [64]bucket
	filled  uint64 // a bit for each bucket that is not empty
	last    int64  // when the last task that was taken happened
	taken   int    // how many of the first bucket were taken
}

type bucket struct {
	least int64 // the earliest time
	tasks []task
}

func (q *queue) reset() {
	for i := range q.buckets {
		q.clear(i)
	}
	q.last = 0
}

func (q *queue) clear(i int) {
	b := &q.buckets[i]
	b.least, b.tasks = never, b.tasks[:0]
	q.filled &^= 1 << i
	if i == 0 {
		q.taken = 0
	}
}

func (q *queue) push(at int64, kind taskKind, a, b int32) { q.put(task{at, a, b, kind}) }

func (q *queue) put(e task) {
	i := bits.Len64(uint64(e.at ^ q.last))
	b := &q.buckets[i]
	b.least = min(b.least, e.at)
	b.tasks = append(b.tasks, e)
	q.filled |= 1 << i
}

// next is when the first task happens; never if there is none.
func (q *queue) next() int64 {
	if q.filled == 0 {
		return never
	}
	return q.buckets[bits.TrailingZeros64(q.filled)].least
}

// pop takes the first task out of a queue that is not empty.
func (q *queue) pop() task {
	i := bits.TrailingZeros64(q.filled)
	b := &q.buckets[i]
	q.last = b.least
	switch {
	case len(b.tasks) == 1:
		q.clear(i)
		return b.tasks[:1][0]
	case i > 0: // all of its tasks belong into lower buckets now, and the first into the lowest
		tasks := b.tasks
		q.clear(i)
		for _, e := range tasks {
			q.put(e)
		}
		b = &q.buckets[0]
	}
	e := b.tasks[q.taken]
	if q.taken++; q.taken == len(b.tasks) {
		q.clear(0)
	}
	return e
}
