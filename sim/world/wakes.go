// The wake-ups: when each engine's next deadline is. A heap of nodes, by deadline
// and then by index, in which each node has one place that moves with its deadline.

package world

type wakes struct {
	at   []int64 // by node; never if no timer is armed
	heap []int32 // of nodes
	slot []int32 // by node: its place in the heap
}

func (w *wakes) reset(nodes int) {
	w.at, w.heap, w.slot = w.at[:0], w.heap[:0], w.slot[:0]
	for i := range nodes {
		w.at = append(w.at, never)
		w.heap = append(w.heap, int32(i))
		w.slot = append(w.slot, int32(i))
	}
}

// first is the node that wakes next, and when.
func (w *wakes) first() (node int32, at int64) { return w.heap[0], w.at[w.heap[0]] }

func (w *wakes) before(a, b int32) bool { return w.at[a] < w.at[b] || w.at[a] == w.at[b] && a < b }

// set moves a node's wake-up.
func (w *wakes) set(node int32, at int64) {
	if w.at[node] == at {
		return
	}
	w.at[node] = at
	i := w.slot[node]
	for i > 0 {
		parent := (i - 1) / 2
		if !w.before(node, w.heap[parent]) {
			break
		}
		w.place(w.heap[parent], i)
		i = parent
	}
	for {
		child := 2*i + 1
		if int(child) >= len(w.heap) {
			break
		}
		if int(child)+1 < len(w.heap) && w.before(w.heap[child+1], w.heap[child]) {
			child++
		}
		if !w.before(w.heap[child], node) {
			break
		}
		w.place(w.heap[child], i)
		i = child
	}
	w.place(node, i)
}

func (w *wakes) place(node, slot int32) {
	w.heap[slot] = node
	w.slot[node] = slot
}
