// The snapshots that a crashed phone restarts from.

package setup

import "fmt"

// Snapshots names the snapshot from which a phone restarts after a crash.
type Snapshots uint8

// The three ways to save.
const (
	Fresh   Snapshots = iota // after every input, durable before anything is sent
	Stale                    // now and then: what was sent since is forgotten
	Nothing                  // never: it starts empty
)

var snapshotNames = [...]string{"fresh", "stale", "none"}

func (s Snapshots) String() string { return snapshotNames[s] }

// snapshotsNamed is the inverse of String.
func snapshotsNamed(name string) (Snapshots, error) {
	for i, n := range snapshotNames {
		if n == name {
			return Snapshots(i), nil
		}
	}
	return 0, fmt.Errorf("fresh, stale or none")
}
