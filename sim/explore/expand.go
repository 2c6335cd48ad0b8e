// Expanding a state: every step that is possible in it.

package explore

import (
	"math/bits"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
)

// follow expands the states of a batch.
func (s *search) follow(b *batch) {
	b.pending = make([]candidate, 0, pendingLen)
	for number := b.from; number < b.to; number++ {
		at := place(b.part, number)
		e := expansion{search: s, batch: b, from: at, old: &s.set.at(at).state}
		e.all()
	}
	s.lookUp(b)
	b.pending = nil
}

// expansion is one state being expanded.
type expansion struct {
	*search
	batch *batch
	from  uint32
	old   *state
}

func (e *expansion) all() {
	for phone := range uint8(len(e.phones)) {
		e.inputs(phone)
		e.messages(phone)
		if e.world.crashes() && e.world.Snapshots == setup.Stale {
			e.snapshots(phone)
		}
	}
	if e.world.Timed {
		e.tick()
	}
}

// age brings what is under way closer to the end of its time.
func (s *state) age() {
	for i := range s.net {
		s.net[i], s.later[i] = s.later[i]&^s.net[i], s.later[i]&s.net[i]
	}
}

// inputs are those of the app, the transport and the clock, and crashes.
func (e *expansion) inputs(phone uint8) {
	a := e.phones[phone]
	n := &a.nodes[e.old.at[phone]]
	for column, in := range a.alphabet {
		budget := noBudget
		switch {
		case in.dies || in.op >= opRestart && in.op <= opRestartEmpty:
			budget = crashes
		case in.op == opForge:
			budget = forges
		case in.op == opLogOut && e.world.MaxLogouts > 0:
			budget = logouts
		}
		if in.op == opTick || in.op == opForge && !e.called() || !e.affords(budget) {
			continue
		}
		e.try(phone, step{phone: phone, kind: byInput, arg: uint16(column)}, n.row[column], question{e.old.at[phone], column, 0}, budget, nothing)
	}
}

const noBudget = -1

// called reports whether there is a call to disturb.
func (e *expansion) called() bool {
	for phone := range e.phones {
		if e.phones[phone].nodes[e.old.at[phone]].view.own[0].placed {
			return true
		}
	}
	return false
}

func (e *expansion) affords(budget int) bool {
	switch budget {
	case crashes:
		return e.world.MaxCrash < 0 || e.old.spent1(crashes) < e.world.MaxCrash
	case forges:
		return e.old.spent1(forges) < e.world.Strangers
	case logouts:
		return e.old.spent1(logouts) < e.world.MaxLogouts
	case losses:
		return e.old.spent1(losses) < e.world.MaxLoss
	case doubles:
		return e.old.spent1(doubles) < e.world.MaxDup
	}
	return true
}

// messages are those that may arrive at a phone.
func (e *expansion) messages(phone uint8) {
	a := e.phones[phone]
	for sender, universe := range a.gets {
		word, shift := uint8(0), uint8(0)
		if phone == 0 {
			word, shift = halfOf(uint8(sender) + 1)
		}
		rest := (e.old.net[word] | e.old.later[word]) >> shift
		if len(e.phones) > 2 && phone == 0 {
			rest &= 1<<half - 1
		}
		rest &= universe.to[0] | universe.to[phone]
		for ; rest != 0; rest &= rest - 1 {
			e.message(phone, sender, bits.TrailingZeros64(rest))
		}
	}
}

// message is one that may arrive. Only two phones count copies.
func (e *expansion) message(phone uint8, sender, m int) {
	a := e.phones[phone]
	at := e.old.at[phone]
	n := &a.nodes[at]
	used := nothing
	if e.world.Counted {
		used = m
	}
	column := a.deliver(sender, m, inTime)
	e.try(phone, step{phone: phone, kind: byInput, arg: uint16(column)}, n.row[column], question{at, column, 0}, noBudget, used)
	if e.world.Counted {
		if e.affords(doubles) {
			e.try(phone, step{phone: phone, kind: byTwin, arg: uint16(column)}, n.row[column], question{at, column, 0}, doubles, nothing)
		}
		if e.affords(losses) {
			next := *e.old
			next.take(1-phone, m)
			next.spend(losses)
			e.batch.transitions++
			e.reached(&next, step{phone: phone, kind: byLoss, arg: uint16(m)}, 0)
		}
	}
	if a.gets[sender].sent[m].Wait > 0 && !e.world.Timed {
		column := a.deliver(sender, m, tooLate)
		e.try(phone, step{phone: phone, kind: byInput, arg: uint16(column)}, n.row[column], question{at, column, 0}, noBudget, used)
	}
	if e.world.crashes() && e.world.Snapshots == setup.Fresh && e.affords(crashes) {
		column := a.deliver(sender, m, andDies)
		e.try(phone, step{phone: phone, kind: byInput, arg: uint16(column)}, n.row[column], question{at, column, 0}, crashes, used)
	}
}

// take uses up the copy of a message.
func (s *state) take(sender uint8, m int) { s.net[sender] &^= 1 << m }

// snapshots are made at any time, and kept until the next.
func (e *expansion) snapshots(phone uint8) {
	at, saved := e.old.at[phone], e.old.saved[phone]
	if !e.affords(crashes) {
		return
	}
	if saved == 0 { // one is enough: a later crash may use another
		next := *e.old
		next.saved[phone] = at
		e.batch.transitions++
		e.reached(&next, step{phone: phone, kind: bySave}, 0)
		return
	}
	edge := e.phones[phone].stale[[2]uint32{at, saved}]
	e.try(phone, step{phone: phone, kind: byStale}, edge, question{at, -1, saved}, crashes, theSnapshot)
}

// tick lets a quantum of time pass for both phones, or for one of them, if clocks may
// differ: the network keeps the time of the first. Nothing may be due.
func (e *expansion) tick() {
	var edges [mostPhones]edge
	asked, all := true, true
	for phone, p := range e.phones {
		edges[phone] = p.nodes[e.old.at[phone]].row[p.tick]
		switch edges[phone].to {
		case unasked:
			e.batch.questions[phone] = append(e.batch.questions[phone], question{e.old.at[phone], p.tick, 0})
			asked = false
		case impossible:
			all = false
		}
	}
	if !asked {
		return
	}
	skew := e.old.skew()
	for phone := range uint8(2) {
		ahead := skew + 1
		if phone == 1 {
			ahead = skew - 1
		}
		if edges[phone].to == impossible || max(ahead, -ahead) > e.world.Skew {
			continue
		}
		next := *e.old
		next.at[phone] = edges[phone].to
		next.setSkew(ahead)
		if phone == 0 {
			next.age()
		}
		e.batch.transitions++
		e.reached(&next, step{phone: phone, kind: bySkew}, 0)
	}
	if !all {
		return
	}
	next := *e.old
	for phone := range e.phones {
		next.at[phone] = edges[phone].to
	}
	next.age()
	e.batch.transitions++
	e.reached(&next, step{kind: byTick}, 0)
}

// What a step uses up, if it is not the copy of a message.
const (
	nothing     = -1
	theSnapshot = -2
)

// try makes the step of one phone.
func (e *expansion) try(phone uint8, by step, edge edge, q question, budget, used int) {
	switch edge.to {
	case unasked:
		e.batch.questions[phone] = append(e.batch.questions[phone], q)
		return
	case impossible:
		return
	}
	e.batch.transitions++
	if edge.to == e.old.at[phone] && edge.effect == 0 && used == nothing {
		return
	}
	next := *e.old
	next.at[phone] = edge.to
	f := &e.phones[phone].effects[edge.effect]
	switch {
	case used >= 0:
		next.take(1-phone, used)
	case used == theSnapshot:
		next.saved[phone] = 0
	}
	if budget != noBudget {
		if (budget == forges || budget == logouts) && edge.to == e.old.at[phone] && f.bad == 0 {
			return // turned away: it costs nothing, and changes nothing
		}
		if budget != crashes || e.world.MaxCrash > 0 {
			next.spend(budget)
		}
	}
	e.sends(&next, phone, f)
	e.batch.goals |= f.goals
	if f.rang {
		e.rangAfter(phone)
	}
	bad := f.bad
	if f.cut && e.ringsFor(phone) {
		bad.add(Cut)
	}
	e.reached(&next, by, bad)
}

// ringsFor reports whether the call of a phone rings at another.
func (e *expansion) ringsFor(caller uint8) bool {
	for _, at := range e.phones[caller].rules.calleesOf(int(caller), 0) {
		if r := e.phones[at].nodes[e.old.at[at]].view.foreign[0]; r.rang && r.end == property.CalleeOpen && e.world.Calls == 1 {
			return true
		}
	}
	return false
}

// sends puts what a phone has sent into the network. With time it may arrive now and
// until MaxDelay is over, which is two quanta: a number of two bits counts down.
func (e *expansion) sends(next *state, phone uint8, f *effect) {
	word, shift := halfOf(phone)
	next.net[word] |= f.sent << shift
	if e.world.Timed {
		next.later[word] |= f.sent << shift
	}
}

// rangAfter notes a ring at a phone whose caller has ended.
func (e *expansion) rangAfter(phone uint8) {
	caller := 0
	if phone == 0 {
		caller = 1
	}
	for _, c := range e.phones[caller].nodes[e.old.at[caller]].view.own {
		switch c.end {
		case property.CallerCanceled:
			e.batch.goals.Add(property.RangAfterCancel)
		case property.CallerNoResponse, property.CallerOffline:
			e.batch.goals.Add(property.RangAfterGiveUp)
		}
	}
}

// reached puts a state among those to be looked up.
func (e *expansion) reached(next *state, by step, bad properties) {
	if e.same && next.swaps() {
		next.swap()
		by.swapped = true
	}
	e.batch.pending = append(e.batch.pending, candidate{reach{*next, e.from, by}, next.hash(), bad})
	if len(e.batch.pending) == cap(e.batch.pending) {
		e.lookUp(e.batch)
	}
}

// lookUp keeps the states that nobody has reached before, and judges them. It goes over
// the table before it compares: so the memory is asked for many places at once.
func (s *search) lookUp(b *batch) {
	for i := range b.pending {
		c := &b.pending[i]
		b.touched += s.set.parts[partOf(c.hash)].touch(c.hash)
	}
	for i := range b.pending {
		c := &b.pending[i]
		part := partOf(c.hash)
		known := s.set.parts[part].find(&c.state, c.hash)
		if known && c.bad == 0 {
			continue
		}
		for _, id := range (c.bad | s.judge(b, &c.state)).all() {
			if ways := &b.found[id]; len(*ways) < waysOfBatch && (s.found[id] == 0 || s.depth <= s.found[id]+detour) {
				*ways = append(*ways, way{from: c.from, by: c.by})
			}
		}
		if !known {
			b.next[part] = append(b.next[part], *c)
		}
	}
	b.pending = b.pending[:0]
}

// judge compares the sides of every call.
func (s *search) judge(b *batch, st *state) (bad properties) {
	for phone, p := range s.phones {
		for n, c := range p.nodes[st.at[phone]].view.own {
			if !c.placed {
				break
			}
			if p.rules.devices {
				bad |= s.judgeDevices(b, st, c)
				continue
			}
			callee := p.rules.calleesOf(phone, n)[0]
			r := s.phones[callee].nodes[st.at[callee]].view.foreign[n]
			bad |= broken(c, r)
			if pair, ends := pairOf(c, r); ends {
				b.pairs[pair[0]][pair[1]] = true
			}
		}
	}
	return bad
}
