package garbage

import (
	"math"
	"runtime/debug"
	"testing"
)

// TestSeldom: what the environment says goes before what suits most.
func TestSeldom(t *testing.T) {
	for _, c := range []struct {
		gogc, gomemlimit string
		percent          int
		limit            int64
	}{
		{"", "", 800, 1 << 30}, {"", "2GiB", 800, math.MaxInt64}, {"50", "", 100, math.MaxInt64},
	} {
		t.Setenv("GOGC", c.gogc)
		t.Setenv("GOMEMLIMIT", c.gomemlimit)
		percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(math.MaxInt64)
		Seldom()
		if gotPercent, gotLimit := debug.SetGCPercent(percent), debug.SetMemoryLimit(limit); gotPercent != c.percent || gotLimit != c.limit {
			t.Errorf("GOGC=%s GOMEMLIMIT=%s: %d%%, at most %d bytes", c.gogc, c.gomemlimit, gotPercent, gotLimit)
		}
	}
}
