// The network: the fate of every copy of a message between two phones.

package world

import (
	"fmt"
	"hash/crc32"
	"slices"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/wire"
)

// packet is one copy under way.
type packet struct {
	message engine.Message
	serial  uint32 // tells the packets apart that use one place
	trip
}

// trip is what happens to a packet.
type trip struct {
	from, to int32
	devices  tape.Key
	call     int32
	copy     uint16 // how many of its kind and call were sent before it
	twin     bool   // the network made it, as a duplicate
	piece    int32  // which piece of the chain is next
	told     bool   // the timeline has heard of it
	sentAt   int64
	kept     bool  // the network keeps it for its phone,
	keptAt   int64 // since then; not 0 if it ever did
	pushed   bool  // a push has brought it
	entry    int   // of the timeline: that of its sending
}

// key names a packet in choices: its call, kind and copy, and the devices at its ends.
func (p *packet) key() tape.Key {
	key := tape.Key(p.call)<<28 | tape.Key(p.message.Kind)<<24 | tape.Key(p.copy)<<8 | p.devices
	if p.twin {
		key |= netem.Twin
	}
	return key
}

// circumstance is the circumstance in which a packet arrives.
func (p *packet) circumstance(now int64) event.Circumstance {
	switch {
	case p.twin:
		return event.Doubled
	case p.keptAt > 0:
		return event.Kept
	case now-p.sentAt > event.DelayedFrom:
		return event.Delayed
	case p.copy > 0:
		return event.Repeated
	}
	return event.Plainly
}

// size is about the size of a message on the wire, in bytes.
func (p *packet) size() int {
	m := &p.message
	return 64 + len(m.Content) + len(m.ChannelID) + len(m.Response)
}

// makeChain puts the pieces together that the options turn on, in the order of the
// way: the sender's link, the network, the receiver's link. A healed network keeps
// its latency.
func (w *World) makeChain() {
	o := w.options
	w.partition, w.clog, w.switches = nil, nil, [fault.NumKinds]netem.Switch{}
	chain := w.chain[:0]
	add := func(on bool, piece func() netem.Piece) {
		if on && !w.healed {
			chain = append(chain, piece())
		}
	}
	phones := len(w.nodes)
	own := func(end netem.End, both bool, piece func(o *setup.Options) netem.Piece) {
		if w.healed {
			return
		}
		if piece := w.byGroup(end, both, piece); piece != nil {
			chain = append(chain, piece)
		}
	}
	turned := func(kind fault.Kind, piece func() netem.Switch) {
		add(w.has[kind], func() netem.Piece {
			w.switches[kind] = piece()
			return w.switches[kind]
		})
	}
	rate := func(end netem.End) func(o *setup.Options) netem.Piece {
		return func(o *setup.Options) netem.Piece {
			if o.Rate == 0 {
				return nil
			}
			return netem.NewRate(o.Rate, o.Queue, end, phones)
		}
	}
	add(o.Uplink != nil, func() netem.Piece { return netem.NewRecorded(w.tape, o.Uplink, netem.Sender, phones) })
	own(netem.Sender, false, rate(netem.Sender))
	own(netem.Sender, true, func(o *setup.Options) netem.Piece { return on(o.Loss > 0, &netem.Loss{P: o.Loss}) })
	own(netem.Sender, true, func(o *setup.Options) netem.Piece { return on(o.Corrupt > 0, &netem.Corrupt{P: o.Corrupt}) })
	turned(fault.Burst, func() netem.Switch { return netem.NewBurst(o.BurstLoss, phones) })
	add(w.has[fault.Partition], func() netem.Piece {
		w.partition = &netem.Partition{}
		return w.partition
	})
	add(w.has[fault.Clog], func() netem.Piece {
		w.clog = netem.NewClog(phones)
		return w.clog
	})
	turned(fault.Lag, func() netem.Switch { return netem.NewLag(o.LagBy, phones) })
	own(netem.Sender, true, func(o *setup.Options) netem.Piece { return on(o.Dup > 0, &netem.Duplicate{P: o.Dup}) })
	chain = append(chain, w.byGroup(netem.Sender, true, func(o *setup.Options) netem.Piece { return &netem.Latency{Delay: o.Latency} }))
	own(netem.Sender, true, func(o *setup.Options) netem.Piece {
		return on(o.Reorder > 0, &netem.Reorder{P: o.Reorder, By: o.ReorderBy})
	})
	own(netem.Receiver, false, rate(netem.Receiver))
	add(o.Downlink != nil, func() netem.Piece { return netem.NewRecorded(w.tape, o.Downlink, netem.Receiver, phones) })
	w.chain = chain
	w.inOrder = w.inOrder[:0]
	for _, piece := range chain {
		_, inOrder := piece.(netem.InOrder)
		w.inOrder = append(w.inOrder, inOrder)
	}
}

// on is a piece that is turned on, or nil.
func on(yes bool, piece netem.Piece) netem.Piece {
	if yes {
		return piece
	}
	return nil
}

// byGroup is a piece with the options of the phone at one end of a copy's way; or, of
// both phones, those of the later group. It is nil if it is turned on for nobody.
func (w *World) byGroup(end netem.End, both bool, piece func(o *setup.Options) netem.Piece) netem.Piece {
	if w.of == nil {
		return piece(w.options)
	}
	all, any, inOrder := make([]netem.Piece, len(w.groups)), false, false
	for group, o := range w.groups {
		all[group] = piece(o)
		_, ordered := all[group].(netem.InOrder)
		any, inOrder = any || all[group] != nil, inOrder || ordered
	}
	chosen := netem.ByGroup{Of: w.of, Pieces: all, End: end, Both: both}
	switch {
	case !any:
		return nil
	case inOrder:
		return netem.ByGroupInOrder{ByGroup: chosen}
	}
	return chosen
}

// newPacket makes room for a packet. Packets move when there are more than ever
// before, so nobody keeps a pointer to one over a call of this.
func (w *World) newPacket() int32 {
	if last := len(w.free) - 1; last >= 0 {
		index := w.free[last]
		w.free = w.free[:last]
		return index
	}
	w.packets = append(w.packets, packet{})
	return int32(len(w.packets) - 1)
}

func (w *World) freePacket(index int32) {
	w.packets[index].serial++
	w.free = append(w.free, index)
}

// send takes a message from an engine.
func (w *World) send(from int32, out *engine.Output) {
	kind := out.Message.Kind
	if w.AsBytes {
		out.Message = w.throughBytes(out.Message)
	}
	c := w.callOf(out.Message.ID)
	if w.options.Strangers > 0 && w.toStranger(c, from, out) {
		return
	}
	if !w.concerns(c, from) {
		w.violated(c.violation(property.S11, w.clock.now, w.nodes[from].name+" sends "+kind.String()+" of a call that is none of its own"))
		return
	}
	byCaller := w.isCaller(c, from)
	c.Addressed(&w.watch, byCaller, out.To, w.clock.now)
	c.CopySent(&w.watch, byCaller, out, w.clock.now, w.nodes[from].clock.running())
	if kind == engine.Ack && out.Message.For == engine.Cancel && !byCaller {
		c.CancelProcessed()
	}
	sent := &c.copies
	if !byCaller && c.turned > 0 {
		sent = &c.sentHere
	}
	number := sent[kind]
	sent[kind]++
	w.Result.Sent[kind]++
	for to := range w.phonesOf(w.peer(c, from)) {
		index := w.newPacket()
		p := &w.packets[index]
		p.message = out.Message
		p.trip = trip{from: from, to: to, call: c.index, copy: number, sentAt: w.clock.now}
		if c.rings != nil {
			p.devices = w.ends(c, byCaller, to)
		}
		if w.nodes[from].online {
			w.travel(index, w.clock.now)
		} else {
			w.lose(index, event.Offline)
		}
	}
}

// travel passes a packet through the chain for as long as it need not wait, and a
// twin that is made on the way after it.
func (w *World) travel(index int32, at int64) {
	if twin, since := w.pass(index, at); twin >= 0 {
		w.travel(twin, since)
	}
}

func (w *World) pass(index int32, at int64) (twin int32, since int64) {
	p, twin := &w.packets[index], int32(-1)
	copy := &w.crossing
	*copy = netem.Copy{Key: p.key(), From: p.from, To: p.to, Size: p.size(), At: at}
	for int(p.piece) < len(w.chain) {
		if copy.At > w.clock.now && w.inOrder[p.piece] {
			break
		}
		piece := w.chain[p.piece]
		p.piece++
		switch fate := piece.Pass(w.tape, copy); fate {
		case netem.Passed:
		case netem.Doubled:
			twin, since = w.newPacket(), copy.At
			p = &w.packets[index]
			other := &w.packets[twin]
			other.message, other.trip = p.message, p.trip
			other.twin, other.told = true, false
		default:
			w.dropped(index, fate)
			return twin, since
		}
	}
	if w.isTooOld(p, copy.At) {
		w.lose(index, event.TooOld)
		return twin, since
	}
	if int(p.piece) == len(w.chain) {
		w.notePacket(p, event.Sent, time.Duration(copy.At-w.clock.now))
	} else if !p.told {
		w.notePacket(p, event.Sent, 0)
	}
	w.schedule(copy.At, copyMoves, index, 0)
	return twin, since
}

// dropped is the end of a packet in a piece of the chain.
func (w *World) dropped(index int32, fate netem.Fate) {
	why := event.Lost
	switch fate {
	case netem.Corrupted:
		why = event.Corrupted
		w.damage(&w.packets[index])
	case netem.Cut:
		why = event.Cut
		if c := &w.calls[w.packets[index].call]; !c.cut {
			c.cut = true
			w.Result.Reached(property.PartitionCrossedACall)
		}
	case netem.Overflow:
		why = event.Overflow
		w.Result.Reached(property.QueueOverflowed)
	}
	w.lose(index, why)
}

// move takes a packet on: to the next piece, or to its phone.
func (w *World) move(index int32) {
	if int(w.packets[index].piece) < len(w.chain) && !w.healed {
		w.travel(index, w.clock.now)
		return
	}
	w.arrive(index)
}

// arrive hands a packet to its phone, or keeps it if the phone is out of reach.
func (w *World) arrive(index int32) {
	p := &w.packets[index]
	n := &w.nodes[p.to]
	switch {
	case n.online && !n.down:
		w.deliver(index)
	case w.options.Store > 0 && !w.healed:
		w.keep(index)
	case !n.online:
		w.lose(index, event.Offline)
	default:
		w.lose(index, event.Down)
	}
}

// keep stores a packet until its phone can be reached. For an INVITE a push may wake
// the phone, and may bring it the INVITE before that.
func (w *World) keep(index int32) {
	p := &w.packets[index]
	n := &w.nodes[p.to]
	p.kept, p.keptAt = true, w.clock.now
	n.kept = append(n.kept, index)
	w.notePacket(p, event.Stored, 0)
	w.schedule(w.clock.now+int64(w.options.Store), keptExpires, index, int32(p.serial))
	if p.message.Kind == engine.Invite && !n.down && tape.Chance(w.tape, w.options.Push, tape.Push, p.key()) {
		at := w.clock.now + int64(tape.Between(w.tape, w.options.PushAfter.Min, w.options.PushAfter.Max, tape.PushAfter, p.key()))
		if w.options.PushInvite > 0 {
			w.schedule(at, pushArrives, index, int32(p.serial))
		}
		w.schedule(at+int64(w.options.PushInvite), phoneWakes, p.to, 0)
	}
}

// dropKept is the end of a packet's time in the store.
func (w *World) dropKept(index int32, serial uint32) {
	p := &w.packets[index]
	if p.serial != serial || !p.kept {
		return
	}
	w.takeOut(index)
	w.lose(index, event.Expired)
}

// bring is a push with an INVITE, if the network keeps that still: a process takes it in,
// though its phone is offline.
func (w *World) bring(index int32, serial uint32) {
	p := &w.packets[index]
	if n := &w.nodes[p.to]; p.serial != serial || !p.kept || n.down {
		return
	}
	w.takeOut(index)
	w.release(p)
	p.pushed = true
	w.notePacket(p, event.Pushed, 0)
	w.deliver(index)
}

// takeOut takes a packet out of the store.
func (w *World) takeOut(index int32) {
	n := &w.nodes[w.packets[index].to]
	n.kept = slices.DeleteFunc(n.kept, func(k int32) bool { return k == index })
}

// release notes that a packet is kept no longer, and for how long it was.
func (w *World) release(p *packet) {
	p.message.Held, p.kept = p.message.Held+time.Duration(w.clock.now-p.keptAt), false
}

// deliverKept delivers all that the network kept for a phone, at once.
func (w *World) deliverKept(index int32) {
	n := &w.nodes[index]
	if n.down || len(n.kept) == 0 {
		return
	}
	kept := n.kept
	n.kept = nil
	for _, k := range kept {
		w.release(&w.packets[k])
		w.deliver(k)
	}
	n.kept = append(n.kept, kept[:0]...)
}

// isTooOld reports whether the transport discards a packet at that moment.
func (w *World) isTooOld(p *packet, at int64) bool {
	return at-p.sentAt > w.maxDelay
}

// deliver hands a packet to its engine, at the latest when its process goes on. What
// is older than MaxDelay is discarded.
func (w *World) deliver(index int32) {
	p := &w.packets[index]
	to := p.to
	n := &w.nodes[to]
	switch {
	case n.down:
		w.lose(index, event.Down)
		return
	case n.frozen > 0:
		n.inbox = append(n.inbox, index)
		return
	case w.isTooOld(p, w.clock.now):
		w.lose(index, event.TooOld)
		return
	}
	if p.keptAt > 0 && !p.pushed {
		w.Result.Reached(property.StoredAndDelivered)
	}
	c := &w.calls[p.call]
	arrived := w.reserve()
	w.under = p.circumstance(w.clock.now)
	from := w.nodes[p.from].user
	verdict := w.options.Mutant.Receive(n.engine, from, from, p.message)
	w.Result.Verdicts[verdict]++
	w.noteVerdict(arrived, p, verdict)
	if c.rings == nil || w.concerns(c, to) {
		c.CopyGot(&w.watch, w.isCaller(c, to), &p.message, verdict, w.clock.now, n.clock.running())
	}
	w.heard(to, p.from, verdict)
	if p.pushed && n.mute && verdict == engine.Moved {
		c.pushed = true
		w.Result.Reached(property.PushRang)
	}
	if p.message.Kind == engine.Accept && c.GroupAnswered() && c.CallerEndAt == w.clock.now {
		w.Result.Reached(property.TwoAcceptsAtOnce)
	}
	if p.message.Kind == engine.Cancel {
		switch verdict {
		case engine.Moved, engine.Late, engine.Copy, engine.Unexpected:
			c.CancelProcessed()
		}
	}
	if verdict == engine.Moved && (p.message.Kind == engine.Cancel || c.rings != nil && w.isElsewhere(&p.message, to)) {
		n.endedAt = n.clock.running() // for an id that was not known yet there is no event
	}
	w.freePacket(index)
	w.drain(to)
}

func (w *World) lose(index int32, why event.Fate) {
	w.Result.Fates[why]++
	w.notePacket(&w.packets[index], why, 0)
	w.freePacket(index)
}

// throughBytes encodes a message in both wire forms and decodes it again. The world
// breaks down if one of them cannot say it, or says something else.
func (w *World) throughBytes(m engine.Message) engine.Message {
	w.Result.Encoded++
	for _, form := range []func([]byte, engine.Message) ([]byte, error){wire.AppendJSON, wire.AppendBinary} {
		var err error
		if w.frame, err = form(w.frame[:0], m); err != nil {
			panic(fmt.Errorf("encode %v of %v: %w", m.Kind, m.ID, err))
		}
		decoded, err := wire.Decode(w.frame)
		if decoded.Held = m.Held; err != nil || decoded != m {
			panic(fmt.Errorf("decode %v of %v: it became %+v: %w", m.Kind, m.ID, decoded, err))
		}
		m = decoded
	}
	return m
}

// damage flips a bit of a packet as it stands on the wire, and sees whether its
// codec notices. Where the codec cannot, in a payload, the checksum that every
// transport has does.
func (w *World) damage(p *packet) {
	frame, err := wire.EncodeBinary(p.message)
	if err != nil {
		return // what cannot be sent cannot be damaged
	}
	sum := crc32.ChecksumIEEE(frame)
	bit := tape.Index(w.tape, 8*len(frame), tape.CorruptBit, p.key())
	frame[bit/8] ^= 1 << (bit % 8)
	w.Result.Reached(property.CorruptedCopyDropped)
	switch _, err := wire.Decode(frame); {
	case err != nil:
		w.Result.CaughtByCodec++
	case crc32.ChecksumIEEE(frame) != sum:
		w.Result.CaughtBySum++
	}
}
