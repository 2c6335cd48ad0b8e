// A receiver to which everything comes twice and in the wrong order.

package hosttest

import (
	"slices"
	"sync"
	"time"

	"github.com/invsim/invsim/host"
)

// disturbed keeps every other message back until the next one has been handed
// in, and then hands both in once more.
type disturbed struct {
	host.Receiver

	mu   sync.Mutex
	kept func()
}

func disturb(r host.Receiver) host.Receiver { return &disturbed{Receiver: r} }

func (d *disturbed) Receive(from string, data []byte, held time.Duration) {
	data = slices.Clone(data) // the transport may use it again
	deliver := func() { d.Receiver.Receive(from, data, held) }

	d.mu.Lock()
	earlier := d.kept
	if earlier == nil {
		d.kept = deliver
	} else {
		d.kept = nil
	}
	d.mu.Unlock()

	if earlier != nil {
		deliver()
		earlier()
		deliver()
		earlier()
	}
}
