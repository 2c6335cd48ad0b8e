// Matrix: foreign endpoints call each other.

package kit

import (
	"fmt"

	"github.com/invsim/invsim/conformance/invd"
)

// Meeting is how two endpoints got along in worlds of one kind.
type Meeting struct {
	Kind                    string // worlds, or households of two phones a user
	Worlds, Broken, Skipped int
	Ends                    int    // different pairs, or triples, of ends
	First                   string // what broke first, and in which world
}

// String is a line, or two.
func (m *Meeting) String() string {
	line := fmt.Sprintf("%d %s, %d broken, %d skipped, %d different ends", m.Worlds, m.Kind, m.Broken, m.Skipped, m.Ends)
	if m.First != "" {
		line += "\n  first " + m.First
	}
	return line
}

// Meet lets two endpoints call each other in worlds of each kind that they have the
// features for. lacks are the features that one of the two has not.
func Meet(a, b invd.Driver, worlds int, seed uint64, stop func() bool) (all []Meeting, lacks []string) {
	kinds, lacks := seriesOf(a, b)
	for _, s := range kinds {
		all = append(all, s.meet(worlds, seed, stop))
	}
	return all, lacks
}

func (s *series) meet(worlds int, seed uint64, stop func() bool) Meeting {
	m := Meeting{Kind: s.kind}
	ends := map[string]bool{}
	for n := 0; n < worlds && !stop(); n++ {
		world := s.world(seed, n)
		o, played := outcomeOf(&world, s.phones)
		if o.Broken == "" && o.Skipped != "" {
			m.Skipped++
			continue
		}
		for _, e := range played.Ends {
			ends[e.String()] = true
		}
		if m.Worlds++; o.Broken == "" {
			continue
		}
		if m.Broken++; m.First == "" {
			m.First = fmt.Sprintf("%s: %s", world.Name, o.Broken)
		}
	}
	m.Ends = len(ends)
	return m
}
