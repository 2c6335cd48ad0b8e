// The queue of coming events, except the deadlines of engines: a 4-ary heap of plain
// values, ordered by time and, at one time, by the order of insertion.

package world

// taskKind is the kind of a coming event.
type taskKind uint8

const (
	callArrives   taskKind = iota // a: index in the order of arrivals
	callPlaced                    // a: index of the call
	copyMoves                     // a: index of the packet
	keptExpires                   // a: index of the packet, b: its serial number; the network keeps it no longer
	calleeActs                    // a: index of the call, b: the button
	callerActs                    // a: index of the call
	userRegrets                   // a: index of the call, b: the button that was pressed
	strangerSends                 // a: index of the call
	phoneReturns                  // a: index of the episode that ends: a phone was down or frozen
	worldHeals                    // all faults end
	idle                          // what follows never keeps a world going
	slotBegins                    // a: index of the process, b: of the node; a slot of time in which episodes are drawn
	episodeBegins                 // a: index of the episode
	episodeEnds                   // a: index of the episode
	phoneNotices                  // a: index of the node, b: of its toggle; learns that it is offline
	presenceTold                  // a: index of the node, b: 1 for online; the others are told
	phoneWakes                    // a: index of the node that a push wakes
	phoneSleeps                   // a: index of the node whose push is over
)

// task is one entry.
type task struct {
	at   int64 // nanoseconds since the start of the world
	seq  uint64
	a, b int32
	kind taskKind
}

func (e *task) before(o *task) bool { return e.at < o.at || e.at == o.at && e.seq < o.seq }

type queue struct {
	heap []task
	seq  uint64
}

func (q *queue) reset() { q.heap, q.seq = q.heap[:0], 0 }

func (q *queue) push(at int64, kind taskKind, a, b int32) {
	q.seq++
	e := task{at: at, seq: q.seq, a: a, b: b, kind: kind}
	q.heap = append(q.heap, e)
	h, i := q.heap, len(q.heap)-1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&h[parent]) {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = e
}

// next is when the first task happens; never if there is none.
func (q *queue) next() int64 {
	if len(q.heap) == 0 {
		return never
	}
	return q.heap[0].at
}

func (q *queue) pop() (task, bool) {
	h := q.heap
	if len(h) == 0 {
		return task{}, false
	}
	top, last := h[0], len(h)-1
	e := h[last]
	h = h[:last]
	q.heap = h
	if last == 0 {
		return top, true
	}
	i, first := 0, 1
	for ; first+4 <= last; first = 4*i + 1 {
		c := h[first : first+4 : first+4]
		left, right := 0, 2
		if c[1].before(&c[0]) {
			left = 1
		}
		if c[3].before(&c[2]) {
			right = 3
		}
		if c[right].before(&c[left]) {
			left = right
		}
		if !c[left].before(&e) {
			first = last
			break
		}
		h[i] = c[left]
		i = first + left
	}
	if first < last { // fewer than four, and nothing below them
		least := first
		for child := first + 1; child < last; child++ {
			if h[child].before(&h[least]) {
				least = child
			}
		}
		if h[least].before(&e) {
			h[i] = h[least]
			i = least
		}
	}
	h[i] = e
	return top, true
}
