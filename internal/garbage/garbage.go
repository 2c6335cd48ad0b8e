// Package garbage lets programs that play worlds collect garbage seldom: a world is small,
// and nearly all that it allocates is soon free. The command calls it, and the tests that play
// many worlds. It imports nothing of this module.
package garbage

import (
	"os"
	"runtime/debug"
)

// Seldom sets how often garbage is collected, unless GOGC says it. Some tens of megabytes
// buy fewer collections; a large world is not to cost nine times what it needs.
func Seldom() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(800)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(1 << 30)
	}
}
