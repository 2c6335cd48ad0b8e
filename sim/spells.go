// Spells: faults that come and go, at random moments or at set ones. Time is cut
// into slots, and each slot of each phone has choices of its own, so that no spell
// depends on those before it.

package sim

import (
	"time"

	"github.com/invsim/invsim/sim/tape"
)

// process is a kind of spell that comes at random: a Poisson process of beginnings,
// each with a length of exponential distribution.
type process struct {
	kind         FaultKind
	every, lasts time.Duration
	often        tape.Label // how often in a slot,
	when         tape.Label // when in it,
	length       tape.Label // and for how long
	whole        bool       // it concerns the whole network, not one phone
}

// savesNow is a process of moments, not of spells: a phone saves a snapshot.
const savesNow = numFaultKinds

// spell is one that was drawn or set.
type spell struct {
	kind  FaultKind
	phone int32 // noPhone for a partition
	until int64
	on    bool
	fault *Fault // the one that was set at this time, or nil
	slot  tape.Key
}

const noPhone = -1

// processes are those that the options turn on.
func (o *Options) processes() []process {
	var on []process
	if o.Offline > 0 {
		every, lasts := o.offlineSpells()
		on = append(on, process{FaultOffline, every, lasts, tape.OfflineSpells, tape.OfflineAt, tape.OfflineFor, false})
	}
	for _, p := range []process{
		{FaultCrash, o.CrashEvery, o.CrashFor, tape.CrashSpells, tape.CrashAt, tape.DownFor, false},
		{FaultFreeze, o.FreezeEvery, o.FreezeFor, tape.FreezeSpells, tape.FreezeAt, tape.FrozenFor, false},
		{FaultBurst, o.BurstEvery, o.BurstFor, tape.BurstSpells, tape.BurstAt, tape.BurstFor, false},
		{FaultClog, o.ClogEvery, o.ClogFor, tape.ClogSpells, tape.ClogAt, tape.ClogFor, false},
		{FaultJump, o.JumpEvery, o.JumpBy, tape.JumpSpells, tape.JumpAt, tape.JumpBy, false},
		{FaultPartition, o.PartitionEvery, o.PartitionFor, tape.PartitionSpells, tape.PartitionAt, tape.PartitionFor, true},
	} {
		if p.every > 0 {
			on = append(on, p)
		}
	}
	if o.saves() {
		on = append(on, process{savesNow, saveEvery, 0, tape.SaveSpells, tape.SaveAt, 0, false})
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

// startSpells schedules the first slot of every process, and the set faults.
func (w *world) startSpells() {
	for i, p := range w.processes {
		if p.whole {
			w.schedule(0, slotBegins, int32(i), 0)
			continue
		}
		for phone := range w.nodes {
			if p.kind == FaultOffline {
				w.startOffline(&p, int32(phone))
			}
			w.schedule(0, slotBegins, int32(i), int32(phone))
		}
	}
	for i := range w.options.Faults {
		w.setFault(&w.options.Faults[i])
	}
}

// startOffline draws the spells that are on when the world starts. Their choices
// stand in slot 0; the others are counted from 1.
func (w *world) startOffline(p *process, phone int32) {
	slot := tape.Key(phone) << 32
	n := tape.Poisson(w.tape, float64(p.lasts)/float64(p.every), p.often, slot)
	for i := range n {
		w.addSpell(spell{kind: p.kind, phone: phone}, 0, tape.Exponential(w.tape, p.lasts, p.length, slot|tape.Key(i)))
	}
}

// setFault schedules the spells of a set fault.
func (w *world) setFault(f *Fault) {
	s := spell{kind: f.Kind, phone: noPhone, fault: f}
	if f.Kind == FaultPartition {
		w.addSpell(s, int64(f.At), f.For)
		return
	}
	for phone := range w.nodes {
		if s.phone = int32(phone); f.has(s.phone, len(w.nodes)) {
			w.addSpell(s, int64(f.At), f.For)
		}
	}
}

func (w *world) addSpell(s spell, at int64, lasts time.Duration) {
	s.until = at + int64(lasts)
	w.spells = append(w.spells, s)
	w.schedule(at, spellBegins, int32(len(w.spells)-1), 0)
}

// beginSlot draws the spells of one slot, and schedules the next slot.
func (w *world) beginSlot(number, phone int32) {
	p := &w.processes[number]
	if w.healed {
		return
	}
	begins, about := w.clock.now, tape.Key(phone)<<32|tape.Key(w.clock.now/int64(p.every)+1)<<8
	w.schedule(begins+int64(p.every), slotBegins, number, phone)
	n := tape.Poisson(w.tape, 1, p.often, about)
	for i := range min(n, 255) {
		about := about | tape.Key(i)
		at := begins + int64(tape.Between(w.tape, 0, p.every-1, p.when, about))
		s := spell{kind: p.kind, phone: phone, slot: about}
		switch {
		case p.whole:
			s.phone = noPhone
			w.addSpell(s, at, tape.Exponential(w.tape, p.lasts, p.length, about))
		case p.kind == savesNow:
			w.addSpell(s, at, 0)
		case p.kind == FaultJump:
			w.addSpell(s, at, tape.Either(w.tape, p.lasts, p.length, about))
		default:
			w.addSpell(s, at, tape.Exponential(w.tape, p.lasts, p.length, about))
		}
	}
}

// beginSpell turns a fault on.
func (w *world) beginSpell(number int32) {
	s := &w.spells[number]
	if w.healed {
		return
	}
	switch s.kind {
	case savesNow:
		w.save(s.phone)
		return
	case FaultJump:
		w.jump(s.phone, s.until-w.clock.now)
		return
	case FaultCrash:
		if !w.crash(s.phone, s.until, s.fault != nil) {
			return
		}
	case FaultOffline:
		w.nodes[s.phone].offline++
		w.reach(s.phone)
	case FaultFreeze:
		if !w.freeze(s.phone, s.until) {
			return
		}
	case FaultBurst:
		w.burst.Turn(s.phone, true)
		w.notePhone(s.phone, RadioTurns, false)
	case FaultClog:
		w.clog.Hold(s.phone, s.until)
		w.notePhone(s.phone, LinkClogs, false)
	case FaultPartition:
		w.partition.Cut(number, w.sideOf(s), w.isOneWay(s))
		w.noteNetwork(PartitionChanges, false)
	}
	s.on = true
	kind := spellEnds
	if s.kind == FaultCrash || s.kind == FaultFreeze {
		kind = phoneReturns
	}
	w.schedule(s.until, kind, number, 0)
}

// sideOf tells which phones a partition cuts off: those that were set, or each as
// the tape decides.
func (w *world) sideOf(s *spell) func(int32) bool {
	if s.fault != nil {
		fault, users := s.fault, len(w.nodes)
		return func(phone int32) bool { return fault.has(phone, users) }
	}
	side, about := make([]bool, len(w.nodes)), s.slot
	for i := range side {
		side[i] = tape.Chance(w.tape, 0.5, tape.PartitionSide, about<<24|tape.Key(i))
	}
	return func(phone int32) bool { return side[phone] }
}

func (w *world) isOneWay(s *spell) bool {
	if s.fault != nil {
		return s.fault.OneWay
	}
	return tape.Chance(w.tape, w.options.PartitionOneWay, tape.PartitionOneWay, s.slot)
}

// endSpell turns it off again.
func (w *world) endSpell(number int32) {
	s := &w.spells[number]
	if !s.on {
		return
	}
	s.on = false
	switch s.kind {
	case FaultCrash:
		w.restart(s.phone)
	case FaultOffline:
		w.nodes[s.phone].offline--
		w.reach(s.phone)
	case FaultFreeze:
		w.thaw(s.phone)
	case FaultBurst:
		w.burst.Turn(s.phone, false)
		w.notePhone(s.phone, RadioTurns, true)
	case FaultClog:
		w.notePhone(s.phone, LinkClogs, true)
	case FaultPartition:
		w.partition.Heal(number)
		w.noteNetwork(PartitionChanges, true)
	}
}

// heal ends every fault for good.
func (w *world) heal() {
	w.noteNetwork(Heals, true)
	if w.clog != nil {
		w.clog.Release(w.clock.now)
	}
	for i := range w.spells {
		w.endSpell(int32(i))
	}
	w.healed = true
	w.makeChain()
}
