// The network: what becomes of every copy of a message between two phones.

package sim

import (
	"time"

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
		key |= 1
	}
	return key
}

// size is about what a message takes on the wire, in bytes.
func (p *packet) size() int {
	m := &p.message
	return 64 + len(m.Content) + len(m.ChannelID) + len(m.Response)
}

// send takes a message from an engine.
func (w *world) send(from int32, out *engine.Output) {
	m := &out.Message
	c := w.callOf(m.ID)
	to := c.callee
	if from == c.callee {
		to = c.caller
	}
	p := packet{message: *m, from: from, to: to, call: c.index, copy: c.copies[m.Kind], sentAt: w.clock.now}
	c.copies[m.Kind]++
	w.result.Sent[m.Kind]++
	switch {
	case !w.nodes[from].online:
		w.lose(&p, Offline)
	case w.options.Uplink != nil:
		w.notePacket(&p, Sent, 0)
		w.forward(p, onUplink, w.nodes[from].uplink.cross(w.clock.now, p.size()))
	default:
		w.cross(p)
	}
}

// forward lets a packet arrive at the end of a stage at that time.
func (w *world) forward(p packet, s stage, at int64) {
	p.stage = s
	var index int32
	if last := len(w.free) - 1; last >= 0 {
		index = w.free[last]
		w.free = w.free[:last]
		w.packets[index] = p
	} else {
		index = int32(len(w.packets))
		w.packets = append(w.packets, p)
	}
	w.schedule(at, copyMoves, index, 0)
}

// move takes a packet from one stage to the next.
func (w *world) move(index int32) {
	p := w.packets[index]
	w.packets[index] = packet{}
	w.free = append(w.free, index)
	switch p.stage {
	case onUplink:
		w.cross(p)
	case onPath:
		if w.options.Downlink != nil {
			w.forward(p, onDownlink, w.nodes[p.to].downlink.cross(w.clock.now, p.size()))
			return
		}
		w.deliver(&p)
	case onDownlink:
		w.deliver(&p)
	}
}

// cross is the path between two phones: loss, duplication, latency, reordering.
func (w *world) cross(p packet) {
	o := w.options
	key := p.key()
	if tape.Chance(w.tape, o.Loss, tape.Loss, key) {
		w.lose(&p, Lost)
		return
	}
	w.travel(p)
	if tape.Chance(w.tape, o.Dup, tape.Duplicate, key) {
		p.twin = true
		w.travel(p)
	}
}

func (w *world) travel(p packet) {
	o, key := w.options, p.key()
	takes := tape.Between(w.tape, o.Latency.Min, o.Latency.Max, tape.Latency, key)
	if tape.Chance(w.tape, o.Reorder, tape.Reorder, key) {
		takes += tape.Between(w.tape, 0, reorderBy, tape.ReorderBy, key)
	}
	w.notePacket(&p, Sent, takes)
	w.forward(p, onPath, w.clock.now+int64(takes))
}

// deliver hands a packet to its engine. What is older than MaxDelay is discarded.
func (w *world) deliver(p *packet) {
	n := &w.nodes[p.to]
	switch {
	case !n.online:
		w.lose(p, Offline)
		return
	case w.clock.now-p.sentAt > int64(w.maxDelay()):
		w.lose(p, TooOld)
		return
	}
	verdict := n.engine.Receive(w.nodes[p.from].name, p.message)
	w.result.Verdicts[verdict]++
	w.noteVerdict(p, verdict)
	if p.message.Kind == engine.Cancel {
		switch verdict {
		case engine.Moved, engine.Late, engine.Copy, engine.Unexpected:
			w.calls[p.call].CancelProcessed()
		}
	}
	w.drain(p.to)
}

func (w *world) lose(p *packet, why Fate) {
	w.result.Fates[why]++
	w.notePacket(p, why, 0)
}

func (w *world) maxDelay() time.Duration {
	if d := w.options.Engine.Times.MaxDelay; d > 0 {
		return d
	}
	return engine.DefaultTimes().MaxDelay
}
