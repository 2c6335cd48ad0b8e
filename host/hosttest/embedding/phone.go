// Options for machines that sleep.

package embedding

import (
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
)

// PhoneOptions are for a phone or laptop. Call Advance of the host when the system
// says that it has resumed.
func PhoneOptions() host.Options {
	times := engine.DefaultTimes()
	times.Accept = 32 * time.Second // the CONFIRM may have to go through a store, too
	return host.Options{
		Clock:  host.WallClock(nil), // counts sleep
		Engine: engine.Options{Times: times},
	}
}
