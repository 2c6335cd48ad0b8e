package result

import (
	"testing"
	"time"
)

func TestMean(t *testing.T) {
	l := newLatency()
	if l.Mean() != 0 {
		t.Errorf("the mean of nothing is %v", l.Mean())
	}
	for _, d := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 900 * time.Millisecond} {
		l.Record(int64(d))
	}
	if off := (l.Mean() - 400*time.Millisecond).Abs(); off > time.Millisecond {
		t.Errorf("mean %v, want about 400ms", l.Mean())
	}
}
