// A clock that counts sleep.

package host

import (
	"time"

	"github.com/benbjohnson/clock"
)

// WallClock is c without the monotonic reading of its times, so that differences
// count the time that the machine sleeps. See the package documentation for when
// to use it and what it costs.
func WallClock(c clock.Clock) clock.Clock { return wallClock{c} }

type wallClock struct{ clock.Clock }

func (c wallClock) Now() time.Time { return c.Clock.Now().Round(0) }
