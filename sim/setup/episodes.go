package setup

import (
	"time"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/tape"
)

// saveEvery is the mean time between two snapshots of a phone that saves now and then.
const saveEvery = 10 * time.Second

// process is a kind of spell that comes at random: a Poisson process of beginnings,
// each with a length of exponential distribution.
type Episodes struct {
	Kind         fault.Kind
	Every, Lasts time.Duration
	Count        tape.Label // how often in a slot,
	At           tape.Label // when in it,
	Length       tape.Label // and for how long
	Whole        bool       // it concerns the whole network, not one phone
}

// savesNow is a process of moments, not of spells: a phone saves a snapshot.
const Saves = fault.NumKinds

// processes are those that the options turn on.
func (o *Options) Episodes() []Episodes {
	var on []Episodes
	if o.Offline > 0 {
		every, lasts := o.offlineSpells()
		on = append(on, Episodes{fault.Offline, every, lasts, tape.OfflineSpells, tape.OfflineAt, tape.OfflineFor, false})
	}
	for _, p := range []Episodes{
		{fault.Crash, o.CrashEvery, o.CrashFor, tape.CrashSpells, tape.CrashAt, tape.DownFor, false},
		{fault.Freeze, o.FreezeEvery, o.FreezeFor, tape.FreezeSpells, tape.FreezeAt, tape.FrozenFor, false},
		{fault.Burst, o.BurstEvery, o.BurstFor, tape.BurstSpells, tape.BurstAt, tape.BurstFor, false},
		{fault.Clog, o.ClogEvery, o.ClogFor, tape.ClogSpells, tape.ClogAt, tape.ClogFor, false},
		{fault.Jump, o.JumpEvery, o.JumpBy, tape.JumpSpells, tape.JumpAt, tape.JumpBy, false},
		{fault.Partition, o.PartitionEvery, o.PartitionFor, tape.PartitionSpells, tape.PartitionAt, tape.PartitionFor, true},
	} {
		if p.Every > 0 {
			on = append(on, p)
		}
	}
	if o.saves() {
		on = append(on, Episodes{Saves, saveEvery, 0, tape.SaveSpells, tape.SaveAt, 0, false})
	}
	return on
}

// offlineSpells are the spells that together make a phone offline for the share of
// time and the mean time that the options ask for, although spells overlap: the
// busy periods of an M/G/∞ queue.
func (o *Options) offlineSpells() (every, lasts time.Duration) {
	odds := o.Offline / (1 - o.Offline)
	every = time.Duration(float64(o.OfflineFor) / odds)
	return every, time.Duration(tape.MinusLog(1-o.Offline) * float64(every))
}
