// Spells: faults that come and go, at random moments or at set ones. Time is cut
// into slots, and each slot of each phone has choices of its own, so that no spell
// depends on those before it.

package world

import (
	"time"

	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// spell is one that was drawn or set.
type spell struct {
	kind  fault.Kind
	phone int32 // noPhone for a partition
	until int64
	on    bool
	fault *fault.Scheduled // the one that was set at this time, or nil
	slot  tape.Key
}

const noPhone = -1

// startSpells schedules the first slot of every process, and the set faults.
func (w *World) startSpells() {
	for i, p := range w.processes {
		if p.Whole {
			w.schedule(0, slotBegins, int32(i), 0)
			continue
		}
		for phone := range w.nodes {
			if p.Kind == fault.Offline {
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
func (w *World) startOffline(p *setup.Episodes, phone int32) {
	slot := tape.Key(phone) << 32
	n := tape.Poisson(w.tape, float64(p.Lasts)/float64(p.Every), p.Count, slot)
	for i := range n {
		w.addSpell(spell{kind: p.Kind, phone: phone}, 0, tape.Exponential(w.tape, p.Lasts, p.Length, slot|tape.Key(i)))
	}
}

// setFault schedules the spells of a set fault.
func (w *World) setFault(f *fault.Scheduled) {
	s := spell{kind: f.Kind, phone: noPhone, fault: f}
	if f.Kind == fault.Partition {
		w.addSpell(s, int64(f.At), f.For)
		return
	}
	for phone := range w.nodes {
		if s.phone = int32(phone); f.Has(s.phone, len(w.nodes)) {
			w.addSpell(s, int64(f.At), f.For)
		}
	}
}

func (w *World) addSpell(s spell, at int64, lasts time.Duration) {
	s.until = at + int64(lasts)
	w.spells = append(w.spells, s)
	w.schedule(at, spellBegins, int32(len(w.spells)-1), 0)
}

// beginSlot draws the spells of one slot, and schedules the next slot.
func (w *World) beginSlot(number, phone int32) {
	p := &w.processes[number]
	if w.healed {
		return
	}
	begins, about := w.clock.now, tape.Key(phone)<<32|tape.Key(w.clock.now/int64(p.Every)+1)<<8
	w.schedule(begins+int64(p.Every), slotBegins, number, phone)
	n := tape.Poisson(w.tape, 1, p.Count, about)
	for i := range min(n, 255) {
		about := about | tape.Key(i)
		at := begins + int64(tape.Between(w.tape, 0, p.Every-1, p.At, about))
		s := spell{kind: p.Kind, phone: phone, slot: about}
		switch {
		case p.Whole:
			s.phone = noPhone
			w.addSpell(s, at, tape.Exponential(w.tape, p.Lasts, p.Length, about))
		case p.Kind == setup.Saves:
			w.addSpell(s, at, 0)
		case p.Kind == fault.Jump:
			w.addSpell(s, at, tape.Either(w.tape, p.Lasts, p.Length, about))
		default:
			w.addSpell(s, at, tape.Exponential(w.tape, p.Lasts, p.Length, about))
		}
	}
}

// beginSpell turns a fault on.
func (w *World) beginSpell(number int32) {
	s := &w.spells[number]
	if w.healed {
		return
	}
	switch s.kind {
	case setup.Saves:
		w.save(s.phone)
		return
	case fault.Jump:
		w.jump(s.phone, s.until-w.clock.now)
		return
	case fault.Crash:
		if !w.crash(s.phone, s.until, s.fault != nil) {
			return
		}
	case fault.Offline:
		w.nodes[s.phone].offline++
		w.reach(s.phone)
	case fault.Freeze:
		if !w.freeze(s.phone, s.until) {
			return
		}
	case fault.Burst:
		w.burst.Turn(s.phone, true)
		w.notePhone(s.phone, event.RadioTurns, false)
	case fault.Clog:
		w.clog.Hold(s.phone, s.until)
		w.notePhone(s.phone, event.LinkClogs, false)
	case fault.Partition:
		w.partition.Cut(number, w.sideOf(s), w.isOneWay(s))
		w.noteNetwork(event.PartitionChanges, false)
	}
	s.on = true
	kind := spellEnds
	if s.kind == fault.Crash || s.kind == fault.Freeze {
		kind = phoneReturns
	}
	w.schedule(s.until, kind, number, 0)
}

// sideOf tells which phones a partition cuts off: those that were set, or each as
// the tape decides.
func (w *World) sideOf(s *spell) func(int32) bool {
	if s.fault != nil {
		fault, users := s.fault, len(w.nodes)
		return func(phone int32) bool { return fault.Has(phone, users) }
	}
	side, about := make([]bool, len(w.nodes)), s.slot
	for i := range side {
		side[i] = tape.Chance(w.tape, 0.5, tape.PartitionSide, about<<24|tape.Key(i))
	}
	return func(phone int32) bool { return side[phone] }
}

func (w *World) isOneWay(s *spell) bool {
	if s.fault != nil {
		return s.fault.OneWay
	}
	return tape.Chance(w.tape, w.options.PartitionOneWay, tape.PartitionOneWay, s.slot)
}

// endSpell turns it off again.
func (w *World) endSpell(number int32) {
	s := &w.spells[number]
	if !s.on {
		return
	}
	s.on = false
	switch s.kind {
	case fault.Crash:
		w.restart(s.phone)
	case fault.Offline:
		w.nodes[s.phone].offline--
		w.reach(s.phone)
	case fault.Freeze:
		w.thaw(s.phone)
	case fault.Burst:
		w.burst.Turn(s.phone, false)
		w.notePhone(s.phone, event.RadioTurns, true)
	case fault.Clog:
		w.notePhone(s.phone, event.LinkClogs, true)
	case fault.Partition:
		w.partition.Heal(number)
		w.noteNetwork(event.PartitionChanges, true)
	}
}

// heal ends every fault for good.
func (w *World) heal() {
	w.noteNetwork(event.Heals, true)
	if w.clog != nil {
		w.clog.Release(w.clock.now)
	}
	for i := range w.spells {
		w.endSpell(int32(i))
	}
	w.healed = true
	w.makeChain()
}
