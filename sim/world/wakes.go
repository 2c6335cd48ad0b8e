// The wake-ups: when each engine's next deadline is. A heap of nodes, by deadline
// and then by index, in which each node has one place that moves with its deadline.

package world

type wakes struct {
	heap []wake
	slot []int32 // by node: its place in the heap
}

type wake struct {
	at   int64 // never if no timer is armed
	node int32
}

func (a wake) before(b wake) bool { return a.at < b.at || a.at == b.at && a.node < b.node }

func (w *wakes) reset(nodes int) {
	w.heap, w.slot = w.heap[:0], w.slot[:0]
	for i := range int32(nodes) {
		w.heap = append(w.heap, wake{never, i})
		w.slot = append(w.slot, i)
	}
}

// first is the node that wakes next, and when.
func (w *wakes) first() wake { return w.heap[0] }

// set moves a node's wake-up.
func (w *wakes) set(node int32, at int64) {
	heap, i, e := w.heap, int(w.slot[node]), wake{at, node}
	if heap[i].at == at {
		return
	}
	for i > 0 && e.before(heap[(i-1)/2]) {
		w.place(heap[(i-1)/2], i)
		i = (i - 1) / 2
	}
	for {
		child := 2*i + 1
		if child >= len(heap) {
			break
		}
		if child+1 < len(heap) && heap[child+1].before(heap[child]) {
			child++
		}
		if !heap[child].before(e) {
			break
		}
		w.place(heap[child], i)
		i = child
	}
	w.place(e, i)
}

func (w *wakes) place(e wake, slot int) {
	w.heap[slot] = e
	w.slot[e.node] = int32(slot)
}
