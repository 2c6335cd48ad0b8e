// Faults that come and go: each episode is drawn or set, begins and ends. Time is cut
// into slots, and each slot of each phone has choices of its own, so that no episode
// depends on those before it.

package world

import (
	"time"

	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// episode is one that was drawn or set.
type episode struct {
	kind  fault.Kind
	phone int32 // noPhone if it concerns the whole network
	at    int64
	until int64
	on    bool
	began bool             // it took effect
	set   *fault.Scheduled // the fault that was set at this time, or nil
	about tape.Key         // of its choices, if it was drawn
}

const noPhone = -1

// randomFault are episodes that befall each phone of a group.
type randomFault struct {
	setup.Episodes
	group uint8
}

// startFaults schedules the first slot of every random fault, and the set faults.
func (w *World) startFaults() {
	for i := range w.random {
		e := &w.random[i]
		if e.Kind.Row().Whole {
			w.schedule(0, slotBegins, int32(i), 0)
			continue
		}
		for phone := range w.nodes {
			if w.group(int32(phone)) != e.group {
				continue
			}
			if e.Kind == fault.Offline {
				w.startOffline(&e.Episodes, int32(phone))
			}
			w.schedule(0, slotBegins, int32(i), int32(phone))
		}
	}
	for i := range w.options.Faults {
		w.setFault(&w.options.Faults[i])
	}
}

// startOffline draws the outages that are on when the world starts. Their choices
// stand in slot 0; the others are counted from 1.
func (w *World) startOffline(e *setup.Episodes, phone int32) {
	slot := tape.Key(phone) << 32
	n := tape.Poisson(w.tape, float64(e.Lasts)/float64(e.Every), e.Kind.Row().Count, slot)
	for i := range n {
		w.addEpisode(episode{kind: e.Kind, phone: phone}, 0, int64(e.Draw(w.tape, slot|tape.Key(i))))
	}
}

// setFault schedules the episodes of a set fault.
func (w *World) setFault(f *fault.Scheduled) {
	e := episode{kind: f.Kind, phone: noPhone, set: f}
	if f.Kind.Row().Whole {
		w.addEpisode(e, int64(f.At), int64(f.For))
		return
	}
	for phone := range w.nodes {
		if e.phone = int32(phone); f.Has(e.phone, len(w.nodes)) {
			w.addEpisode(e, int64(f.At), int64(f.For))
		}
	}
}

func (w *World) addEpisode(e episode, at, lasts int64) {
	e.at, e.until = at, at+lasts
	w.episodes = append(w.episodes, e)
	w.schedule(at, episodeBegins, int32(len(w.episodes)-1), 0)
}

// beginSlot draws the episodes of one slot, and schedules the next slot.
func (w *World) beginSlot(number, phone int32) {
	e := &w.random[number]
	if w.healed {
		return
	}
	r, begins := e.Kind.Row(), w.clock.now
	slot := tape.Key(phone)<<32 | tape.Key(begins/int64(e.Every)+1)<<8
	w.schedule(begins+int64(e.Every), slotBegins, number, phone)
	if r.Whole {
		phone = noPhone
	}
	n := tape.Poisson(w.tape, 1, r.Count, slot)
	for i := range min(n, 255) {
		about := slot | tape.Key(i)
		at := begins + int64(tape.Between(w.tape, 0, e.Every-1, r.At, about))
		w.addEpisode(episode{kind: e.Kind, phone: phone, about: about}, at, int64(e.Draw(w.tape, about)))
	}
}

// beginEpisode turns a fault on.
func (w *World) beginEpisode(number int32) {
	e := &w.episodes[number]
	if w.healed {
		return
	}
	switch e.kind {
	case fault.Save:
		w.save(e.phone)
		return
	case fault.Jump:
		e.began = true
		w.jump(e.phone, e.until-w.clock.now)
		return
	case fault.Crash:
		if w.diesMidway(e) {
			w.nodes[e.phone].dies = number + 1
			return
		}
		if !w.crash(e.phone, e.until, e.set != nil) {
			return
		}
	case fault.Offline:
		w.nodes[e.phone].offline++
		w.reach(e.phone)
	case fault.Freeze:
		if !w.freeze(e.phone, e.until) {
			return
		}
	case fault.Clog:
		w.clog.Hold(e.phone, e.until)
	case fault.Partition:
		w.partition.Cut(number, w.sideOf(e), w.isOneWay(e))
	default:
		w.switches[e.kind].Turn(e.phone, true)
	}
	w.turnOn(number)
}

// turnOn expects the end of an episode that has begun.
func (w *World) turnOn(number int32) {
	e := &w.episodes[number]
	w.noteFault(e, false)
	e.on, e.began = true, true
	kind := episodeEnds
	if e.kind == fault.Crash || e.kind == fault.Freeze {
		kind = phoneReturns
	}
	w.schedule(e.until, kind, number, 0)
}

// sideOf tells which phones a partition cuts off: those that were set, or each as
// the tape decides.
func (w *World) sideOf(e *episode) func(int32) bool {
	if e.set != nil {
		set, users := e.set, len(w.nodes)
		return func(phone int32) bool { return set.Has(phone, users) }
	}
	side, about := make([]bool, len(w.nodes)), e.about
	for i := range side {
		side[i] = tape.Chance(w.tape, 0.5, tape.PartitionSide, about<<24|tape.Key(i))
	}
	return func(phone int32) bool { return side[phone] }
}

func (w *World) isOneWay(e *episode) bool {
	if e.set != nil {
		return e.set.OneWay
	}
	return tape.Chance(w.tape, w.options.PartitionOneWay, tape.PartitionOneWay, e.about)
}

// began are the episodes that took effect, as faults at set times. In a world that has
// them and draws none, the same happens.
func (w *World) began() []fault.Scheduled {
	var all []fault.Scheduled
	for i := range w.episodes {
		e := &w.episodes[i]
		if !e.began {
			continue
		}
		f := fault.Scheduled{Kind: e.kind, At: time.Duration(e.at), For: time.Duration(e.until - e.at), Phones: []int{int(e.phone)}}
		f.Midway = e.kind == fault.Crash && w.diesMidway(e)
		if e.kind == fault.Partition {
			side := w.sideOf(e)
			f.Phones, f.OneWay = nil, w.isOneWay(e)
			for phone := range w.nodes {
				if side(int32(phone)) {
					f.Phones = append(f.Phones, phone)
				}
			}
			if f.Phones == nil {
				continue // it cut nobody off
			}
		}
		all = append(all, f)
	}
	return all
}

// endEpisode turns it off again.
func (w *World) endEpisode(number int32) {
	e := &w.episodes[number]
	if !e.on {
		return
	}
	e.on = false
	switch e.kind {
	case fault.Crash:
		w.restart(e.phone)
	case fault.Offline:
		w.nodes[e.phone].offline--
		w.reach(e.phone)
	case fault.Freeze:
		w.thaw(e.phone)
	case fault.Partition:
		w.partition.Heal(number)
	case fault.Clog: // the link has released what it held
	default:
		w.switches[e.kind].Turn(e.phone, false)
	}
	w.noteFault(e, true)
}

// noteFault tells of an episode's beginning or end, unless the fault has entries of
// its own.
func (w *World) noteFault(e *episode, ended bool) {
	if e.kind.Row().Begins == "" {
		return
	}
	if e.phone == noPhone {
		w.noteFor(event.NoCall, event.Entry{Kind: event.FaultTurns, Fault: e.kind, Online: ended})
		return
	}
	w.noteTurn(e.phone, event.Entry{Kind: event.FaultTurns, Fault: e.kind, Online: ended})
}

// heal ends every fault for good.
func (w *World) heal() {
	w.noteFor(event.NoCall, event.Entry{Kind: event.Heals, Online: true})
	if w.clog != nil {
		w.clog.Release(w.clock.now)
	}
	for i := range w.episodes {
		w.endEpisode(int32(i))
	}
	w.healed = true
	w.makeChain()
}
