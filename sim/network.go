// The network: what becomes of every copy of a message between two phones.

package sim

import (
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/tape"
)

// packet is one copy under way.
type packet struct {
	message  engine.Message
	from, to int32
	call     int32
	copy     uint16 // how many of its kind and call were sent before it
	twin     bool   // the network made it, as a duplicate
	stage    stage
	sentAt   int64
}

// stage is where a packet is.
type stage uint8

const (
	onUplink stage = iota
	onPath
	onDownlink
)

// key names a packet in choices: its call, kind and copy.
func (p *packet) key() tape.Key {
	key := tape.Key(p.call)<<28 | tape.Key(p.message.Kind)<<24 | tape.Key(p.copy)<<8
	if p.twin {
		key |= twin
	}
	return key
}

// size is about what a message takes on the wire, in bytes.
func (p *packet) size() int {
	m := &p.message
	return 64 + len(m.Content) + len(m.ChannelID) + len(m.Response)
}

// newPacket makes room for a packet. Packets move when there are more than ever
// before, so nobody keeps a pointer to one over a call of this.
func (w *world) newPacket() int32 {
	if last := len(w.free) - 1; last >= 0 {
		index := w.free[last]
		w.free = w.free[:last]
		return index
	}
	w.packets = append(w.packets, packet{})
	return int32(len(w.packets) - 1)
}

// send takes a message from an engine.
func (w *world) send(from int32, out *engine.Output) {
	kind := out.Message.Kind
	c := w.callOf(out.Message.ID)
	to := c.callee
	if from == c.callee {
		to = c.caller
	}
	c.Addressed(&w.watch, w.nodes[from].name, out.To, w.clock.now)
	index := w.newPacket()
	p := &w.packets[index]
	p.message, p.from, p.to, p.call, p.copy = out.Message, from, to, c.index, c.copies[kind]
	p.twin, p.stage, p.sentAt = false, onUplink, w.clock.now
	c.copies[kind]++
	w.result.Sent[kind]++
	switch {
	case !w.nodes[from].online:
		w.lose(index, Offline)
	case w.options.Uplink != nil:
		w.notePacket(p, Sent, 0)
		w.schedule(w.nodes[from].uplink.cross(w.clock.now, p.size()), copyMoves, index, 0)
	default:
		w.cross(index)
	}
}

// move takes a packet from one stage to the next.
func (w *world) move(index int32) {
	p := &w.packets[index]
	switch {
	case p.stage == onUplink:
		w.cross(index)
	case p.stage == onPath && w.options.Downlink != nil:
		p.stage = onDownlink
		w.schedule(w.nodes[p.to].downlink.cross(w.clock.now, p.size()), copyMoves, index, 0)
	default:
		w.deliver(index)
	}
}

// cross is the path between two phones: loss, duplication, latency, reordering.
func (w *world) cross(index int32) {
	path, key := w.options.path(), w.packets[index].key()
	if path.loses(w.tape, key) {
		w.lose(index, Lost)
		return
	}
	w.travel(index)
	if path.doubles(w.tape, key) {
		second := w.newPacket()
		w.packets[second] = w.packets[index]
		w.packets[second].twin = true
		w.travel(second)
	}
}

func (w *world) travel(index int32) {
	p := &w.packets[index]
	takes := w.options.path().takes(w.tape, p.key())
	w.notePacket(p, Sent, takes)
	p.stage = onPath
	w.schedule(w.clock.now+int64(takes), copyMoves, index, 0)
}

// deliver hands a packet to its engine. What is older than MaxDelay is discarded.
func (w *world) deliver(index int32) {
	p := &w.packets[index]
	to := p.to
	switch {
	case !w.nodes[to].online:
		w.lose(index, Offline)
		return
	case w.nodes[to].down:
		w.lose(index, Down)
		return
	case w.clock.now-p.sentAt > int64(w.times().MaxDelay):
		w.lose(index, TooOld)
		return
	}
	verdict := w.nodes[to].engine.Receive(w.nodes[p.from].name, p.message)
	w.result.Verdicts[verdict]++
	w.noteVerdict(p, verdict)
	if p.message.Kind == engine.Cancel {
		switch verdict {
		case engine.Moved, engine.Late, engine.Copy, engine.Unexpected:
			w.calls[p.call].CancelProcessed()
		}
		if verdict == engine.Moved {
			w.endedAt = w.clock.now // for an id that was not known yet there is no event
		}
	}
	w.free = append(w.free, index)
	w.drain(to)
}

func (w *world) lose(index int32, why Fate) {
	w.result.Fates[why]++
	w.notePacket(&w.packets[index], why, 0)
	w.free = append(w.free, index)
}

// times are those of all engines.
func (w *world) times() engine.Times {
	if t := w.options.Engine.Times; t != (engine.Times{}) {
		return t
	}
	return engine.DefaultTimes()
}
