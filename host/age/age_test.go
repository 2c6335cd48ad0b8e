package age

import (
	"testing"
	"time"
)

// TestMeter: an echo of our own makes what follows young, another device's does not.
func TestMeter(t *testing.T) {
	start := time.Unix(1000, 0)
	at := start
	now := func() time.Time { return at }
	ours, others := NewMeter(now), NewMeter(now)
	at = start.Add(time.Second)
	echo, other := ours.Echo(), others.Echo()
	at = start.Add(time.Hour)
	for _, c := range []struct {
		echo string
		want time.Duration
	}{
		{"", time.Hour},
		{"1500000000000", time.Hour},
		{string(other), time.Hour},
		{string(echo), time.Hour - time.Second},
	} {
		if ours.Heard([]byte(c.echo)); ours.Bound() != c.want {
			t.Errorf("after %q: %v, want %v", c.echo, ours.Bound(), c.want)
		}
	}
	if ours.Begin(); ours.Bound() != 0 {
		t.Errorf("a new connection: %v", ours.Bound())
	}
}
