// Rolling upgrade: phones of version 0 and of this tree call each other for months, and
// one day each of the old ones is updated, in the middle of its calls.

package mixed

import (
	"bytes"
	"testing"
	"time"

	"github.com/invsim/invsim/conformance/frozen"
	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/sim/property"
)

// old is a phone of version 0, with what its times promise.
func old(t *testing.T, epoch string) Phone {
	t.Helper()
	command, err := frozen.Build("../../testdata/"+frozen.V0, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d, err := invd.Start(command)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return Phone{d, invd.Setup{Epoch: epoch}, property.Bounds{Caller: 92 * time.Second, Callee: 65 * time.Second}, &Later{d, invd.Setup{Epoch: epoch + "2"}}}
}

// TestUpgrade: an old phone and a present one, each in both roles.
func TestUpgrade(t *testing.T) {
	before := old(t, "b")
	ends := hold(t, 0, 60, [2]Phone{present("a", nil), before})
	for e, n := range hold(t, 60, 60, [2]Phone{before, present("a", nil)}) {
		e.Caller = 1 - e.Caller
		ends[e] += n
	}
	reach(t, ends, usual...)

	// The app is updated, and starts again from what the old one has saved.
	updated := before
	updated.Later = &Later{present("", nil).Driver, invd.Setup{Epoch: "b3"}}
	reach(t, hold(t, 120, 60, [2]Phone{present("a", nil), updated}), usual[:3]...)

	n, there := 7, world(7)
	a, errA := there.Play([2]Phone{present("a", nil), before})
	b, errB := there.Play([2]Phone{present("a", nil), before})
	if errA != nil || errB != nil || !bytes.Equal(a.Log, b.Log) {
		t.Errorf("S12: world %d differs from itself: %v, %v", n, errA, errB)
	}
}
