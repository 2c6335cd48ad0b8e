// Episodes: the random faults that the options turn on.

package setup

import (
	"slices"
	"time"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/tape"
)

// saveEvery is the mean time between two snapshots of a phone that saves now and then.
const saveEvery = 10 * time.Second

// Episodes are the random faults of one kind: a Poisson process of beginnings, each
// with a length of exponential distribution.
type Episodes struct {
	Kind         fault.Kind
	Every, Lasts time.Duration
}

// Episodes are those that the options turn on.
func (o *Options) Episodes() []Episodes {
	var on []Episodes
	for kind := range fault.NumKinds {
		if every, lasts := o.episodes(kind); every > 0 {
			on = append(on, Episodes{kind, every, lasts})
		}
	}
	return on
}

// Draws reports whether faults of a kind come at random.
func (o *Options) Draws(kind fault.Kind) bool {
	every, _ := o.episodes(kind)
	return every > 0
}

// episodes are the mean times of a kind; 0 for one that is off.
func (o *Options) episodes(kind fault.Kind) (every, lasts time.Duration) {
	switch {
	case kind == fault.Offline && o.Offline > 0:
		return o.outages()
	case kind == fault.Save && o.saves():
		return saveEvery, 0
	}
	return o.Every[kind], o.For[kind]
}

// outages are the episodes that together make a phone offline for the share of time
// and the mean time that the options ask for, although episodes overlap: the busy
// periods of an M/G/∞ queue.
func (o *Options) outages() (every, lasts time.Duration) {
	odds := o.Offline / (1 - o.Offline)
	every = time.Duration(float64(o.For[fault.Offline]) / odds)
	return every, time.Duration(tape.MinusLog(1-o.Offline) * float64(every))
}

// Fixed is the same world with these faults at set times and no random ones.
func (o Options) Fixed(faults []fault.Scheduled) Options {
	random := map[string]bool{"offline": true}
	for kind := range fault.Save {
		random[kind.Row().Every.Name] = true
	}
	o.Every, o.Offline, o.Faults = [fault.NumKinds]time.Duration{}, 0, faults
	var groups []Group
	for _, g := range o.Groups {
		if g.Set = slices.DeleteFunc(slices.Clone(g.Set), func(s Setting) bool { return random[s.Name] }); len(g.Set) > 0 {
			groups = append(groups, g)
		}
	}
	o.Groups = groups
	return o
}
