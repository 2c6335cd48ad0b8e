package setup

import (
	"slices"
	"testing"
	"time"
)

func none(string) bool { return false }

// TestDivide: a run has a hundred worlds; small ones have fewer, and the smallest no
// fewer than twenty, if they have as many calls. However many calls there are, placing
// those of a whole world takes as long.
func TestDivide(t *testing.T) {
	for _, c := range []struct{ calls, world, worlds int }{
		{1, 1, 1}, {19, 1, 19}, {59, 2, 30}, {100, 5, 20}, {400, 20, 20}, {1000, 20, 50}, {1999, 20, 100}, {5000, 50, 100}, {10_000, 100, 100},
		{20_050, 200, 101}, {100_000, 1000, 100}, {1_000_000, 1000, 1000},
	} {
		o := Default()
		o.Calls = c.calls
		o.Divide(none)
		if o.World != c.world || o.Worlds() != c.worlds || o.Span(o.World) != 20*time.Second {
			t.Errorf("%d calls: %d worlds of %d calls in %v, want %d of %d", c.calls, o.Worlds(), o.World, o.Span(o.World), c.worlds, c.world)
		}
	}
	for calls := 20; calls < 3000; calls++ {
		o := Default()
		o.Calls = calls
		if o.Divide(none); o.Worlds() < 20 {
			t.Errorf("%d calls are %d worlds", calls, o.Worlds())
		}
	}
}

// TestCrowdedWorlds: where calls get in each other's way, no world is small.
func TestCrowdedWorlds(t *testing.T) {
	for name, text := range map[string]string{
		"rate": "100", "uplink": "../../testdata/links/tunnel.up", "downlink": "../../testdata/links/tunnel.down", "hold": "1%",
		"max-per-peer": "20", "max-total": "200", "groups": "25%: loss=20% rate=100",
	} {
		o := Default()
		o.Calls = 5000
		if err := o.Set(name, text); err != nil {
			t.Fatal(err)
		}
		if o.Divide(none); o.World != 1000 || o.Arrivals != 50 {
			t.Errorf("%s: worlds of %d calls, %v a second", name, o.World, o.Arrivals)
		}
	}
	o := Default()
	o.Calls, o.Groups = 5000, []Group{{Share: 0.25, Set: []Setting{{"loss", "20%"}}}}
	if o.Divide(none); o.World != 50 {
		t.Errorf("lossy phones: worlds of %d calls", o.World)
	}
}

// TestDivideGiven: what was given stays, and is not half of a division made before.
func TestDivideGiven(t *testing.T) {
	for _, c := range []struct {
		given    []string
		world    int
		arrivals float64
	}{
		{nil, 50, 2.5}, {[]string{"arrivals"}, 50, 7}, {[]string{"world"}, 300, 50}, {[]string{"world", "arrivals"}, 300, 7},
	} {
		o := Default()
		o.Calls, o.World, o.Arrivals = 5000, 300, 7
		if o.Divide(func(option string) bool { return slices.Contains(c.given, option) }); o.World != c.world || o.Arrivals != c.arrivals {
			t.Errorf("%v given: worlds of %d calls, %v a second", c.given, o.World, o.Arrivals)
		}
	}
	usual := Default()
	if usual.Divide(none); usual.World != Default().World || usual.Arrivals != Default().Arrivals {
		t.Errorf("the default world becomes %d calls, %v a second", usual.World, usual.Arrivals)
	}
}
