// The search: breadth first, level by level, on all cores, with one answer on any
// number of them.

package explore

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
)

// stepKind is the kind of a step.
type stepKind uint8

const (
	byInput stepKind = iota // a column of the phone's row: its copy is used up if it is a message
	byTwin                  // a message arrives, and another copy of it is still under way
	byLoss                  // a copy to the phone is lost
	bySave                  // the phone makes a snapshot
	byStale                 // it crashes, and starts from that
	byTick                  // time passes
	bySkew                  // it passes on one phone's clock
)

// Found is a broken property: the first state that breaks it, in the order of the search.
type Found struct {
	Property property.ID
	Depth    int // steps from the start
	Promised bool
	Path     []Move // the shortest way
	Detail   string
	Healed   bool // it shows in the healed suffix of the state

	// Token is a world in which the simulator breaks the property by Played, the shortest
	// way that it can play. It is nil if there is none.
	Token  *setup.Token
	Played []Move

	ways          []way // the first ones, in the order of the search
	counts        [detour + 1]int
	tried, played int // how many of them
}

// way is a way to a state that breaks something: by a step from a state, or to it.
type way struct {
	from uint32
	by   step
	to   bool
}

// mostWays is how many ways of one length are kept.
const (
	mostWays    = 3000
	waysOfBatch = 64
	detour      = 3 // how many steps more than the shortest way one may have that the simulator can play
)

// Result is what a search has found.
type Result struct {
	World       World
	Complete    bool // nothing is left to try
	States      int
	Transitions uint64
	Depth       int // of the last level
	Asked       int // questions to the engine
	Nodes       [2]int
	Bytes       int // of memory for the states
	Found       []Found
	Pairs       [property.NumCallerEnds][property.NumCalleeEnds]bool
	Goals       property.GoalSet
	Healed      int // suffixes that were played

	search *search
}

// PairNames lists the pairs of ends that were reached.
func (r *Result) PairNames() (names []string) {
	for c := range property.NumCallerEnds {
		for e := range property.NumCalleeEnds {
			if r.Pairs[c][e] {
				names = append(names, fmt.Sprintf("%v/%v", c, e))
			}
		}
	}
	return names
}

// Progress is the state of a search under way.
type Progress struct {
	Depth, States, Frontier int
	Transitions             uint64
	Done                    bool
}

// search is one under way.
type search struct {
	world   World
	phones  [2]*automaton
	same    bool // both are one automaton
	set     set
	result  Result
	workers int
	found   [numFindings]int   // at which depth; 0 for not yet
	levels  [][numParts]uint32 // how many states each part has at the end of each level
	broken  properties         // of the level, promised
	depth   int                // of the states that are being found
}

// Run searches a world until nothing is left, a promised property is broken, or the
// states are as many as they may be.
func Run(ctx context.Context, w World, workers int, tell func(Progress)) (result *Result, err error) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	s := newSearch(w, workers)
	if err := s.run(ctx, tell); err != nil {
		return nil, err
	}
	return &s.result, nil
}

func newSearch(w World, workers int) *search {
	placed := [2]int{w.Calls, 0}
	if w.BothWays {
		placed = [2]int{(w.Calls + 1) / 2, w.Calls / 2}
	}
	s := &search{world: w, workers: workers, same: placed[0] == placed[1]}
	universes := [2]*universe{newUniverse(), newUniverse()}
	if s.same {
		universes[1] = universes[0]
	}
	for i := range s.phones {
		if i == 1 && s.same {
			s.phones[1] = s.phones[0]
			break
		}
		r := &rules{times: w.times(), mutant: w.Mutant, options: w.engineOptions(), calls: placed[i], timed: w.Timed}
		s.phones[i] = newAutomaton(r, w.alphabet(placed[i], placed[1-i]), universes[i], universes[1-i])
	}
	s.result.World, s.result.search = w, s
	return s
}

// candidate is a state that a worker has found, and that may be new.
type candidate struct {
	reach
	hash uint64
	bad  properties // by the step to it
}

// batch is a run of states that one worker expands, and what comes of it.
type batch struct {
	from, to    uint32 // numbers in a part
	part        int
	next        [numParts][]candidate
	pending     []candidate // to be looked up
	touched     uint32
	questions   [2][]question
	transitions uint64
	goals       property.GoalSet
	pairs       [property.NumCallerEnds][property.NumCalleeEnds]bool
	found       [numFindings][]way
}

const (
	batchLen   = 256
	pendingLen = 128
)

// run searches, plays the healed suffixes, and sums up.
func (s *search) run(ctx context.Context, tell func(Progress)) error {
	if err := s.explore(ctx, tell); err != nil {
		return err
	}
	return s.finish(ctx, tell)
}

// explore goes level by level.
func (s *search) explore(ctx context.Context, tell func(Progress)) error {
	start := reach{state: state{at: [2]uint32{first, first}}}
	h := start.hash()
	s.set.parts[partOf(h)].add(&start, h)
	var done [numParts]uint32
	for depth := 0; ; depth++ {
		var level []batch
		for i := range s.set.parts {
			for from := done[i]; from < s.set.parts[i].count; from += batchLen {
				level = append(level, batch{part: i, from: from, to: min(from+batchLen, s.set.parts[i].count)})
			}
			done[i] = s.set.parts[i].count
		}
		if len(level) > 0 {
			s.levels = append(s.levels, done)
		}
		if len(level) == 0 {
			s.result.Complete = !s.phones[0].sends.full && !s.phones[1].sends.full
			break
		}
		s.result.Depth, s.depth = depth, depth+1
		for len(level) > 0 && s.set.len() < s.most() {
			if err := ctx.Err(); err != nil {
				return err
			}
			wave := level[:min(len(level), 64)]
			level = level[len(wave):]
			s.expand(wave, depth)
			if tell != nil {
				tell(Progress{Depth: depth, States: s.set.len(), Frontier: len(level) * batchLen, Transitions: s.result.Transitions})
			}
		}
		if len(level) > 0 || s.broken != 0 && s.isOver(ctx, depth+1) {
			break
		}
	}
	return nil
}

func (s *search) finish(ctx context.Context, tell func(Progress)) error {
	for c := range s.result.Pairs {
		for r, is := range s.result.Pairs[c] {
			if is {
				s.result.Goals |= inPair([2]uint8{uint8(c), uint8(r)})
			}
		}
	}
	if tell != nil {
		tell(Progress{Depth: s.depth, States: s.set.len(), Transitions: s.result.Transitions, Done: true})
	}
	if s.result.Complete && s.world.Calls == 1 && s.broken == 0 {
		s.healed(ctx)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for i := range s.result.Found {
		if f := &s.result.Found[i]; f.Detail == "" {
			f.Detail = s.detail(f.Path, f.Property)
		}
	}
	slices.SortStableFunc(s.result.Found, func(a, b Found) int {
		return cmp.Or(int(bit(a.Healed))-int(bit(b.Healed)), len(a.Path)-len(b.Path), int(a.Property)-int(b.Property))
	})
	s.result.States = s.set.len()
	s.result.Bytes = s.set.bytes()
	for i, a := range s.phones {
		s.result.Nodes[i] = len(a.nodes) - first
		if i == 0 || !s.same {
			s.result.Asked += a.asked
		}
	}
	return nil
}

func (s *search) most() int {
	if s.world.MaxStates > 0 {
		return s.world.MaxStates
	}
	return DefaultMaxStates
}

// DefaultMaxStates is how many states a search keeps.
const DefaultMaxStates = 10_000_000

// expand finds what follows on the states of some batches, and adds what is new.
func (s *search) expand(wave []batch, depth int) {
	s.each(len(wave), func(i int) { s.follow(&wave[i]) })
	var questions [2][]question
	var again []int
	for i := range wave {
		if len(wave[i].questions[0])+len(wave[i].questions[1]) > 0 {
			again = append(again, i)
			for p := range questions {
				questions[p] = append(questions[p], wave[i].questions[p]...)
			}
		}
	}
	if len(again) > 0 {
		if s.same {
			questions[0], questions[1] = append(questions[0], questions[1]...), nil
		}
		for p := range questions {
			s.phones[p].learn(questions[p], s.workers)
		}
		s.each(len(again), func(i int) {
			b := &wave[again[i]]
			*b = batch{part: b.part, from: b.from, to: b.to}
			s.follow(b)
		})
	}
	s.each(numParts, func(part int) {
		p := &s.set.parts[part]
		for i := range wave {
			for j := range wave[i].next[part] {
				c := &wave[i].next[part][j]
				p.add(&c.reach, c.hash)
			}
		}
	})
	for i := range wave {
		s.collect(&wave[i], depth)
	}
}

// each shares numbers out to the workers.
func (s *search) each(n int, do func(int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(s.workers, n) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
}

// collect adds what a batch has found to the result, in order.
func (s *search) collect(b *batch, depth int) {
	s.result.Transitions += b.transitions
	s.result.Goals |= b.goals
	for c := range b.pairs {
		for r, is := range b.pairs[c] {
			s.result.Pairs[c][r] = s.result.Pairs[c][r] || is
		}
	}
	for id, ways := range b.found {
		if len(ways) > 0 {
			s.note(property.ID(id), depth+1, ways)
		}
	}
}

// isOver reports whether the search for a way that the simulator can play ends, too: to
// one of the properties that are broken.
func (s *search) isOver(ctx context.Context, depth int) bool {
	for i := range s.result.Found {
		if f := &s.result.Found[i]; f.Promised {
			s.play(ctx, f)
			return f.Token != nil || depth >= f.Depth+detour || s.set.len() >= mostOnDetour
		}
	}
	return true
}

// mostOnDetour is how many states such a search may have.
const mostOnDetour = 1_000_000

// add keeps ways, some of each length.
func (f *Found) add(depth int, ways ...way) {
	for _, w := range ways {
		if extra := depth - f.Depth; extra <= detour && f.counts[extra] < mostWays {
			f.counts[extra]++
			f.ways = append(f.ways, w)
		}
	}
}

// note notes a broken property, and ways to it as long as there are none shorter.
func (s *search) note(id property.ID, depth int, ways []way) {
	if i := slices.IndexFunc(s.result.Found, func(f Found) bool { return f.Property == id && !f.Healed }); i >= 0 {
		s.result.Found[i].add(depth, ways...)
		return
	}
	f := Found{Property: id, Depth: depth, Promised: s.world.promises(id), Path: s.wayOf(ways[0])}
	f.add(depth, ways...)
	if f.Promised {
		s.broken.add(id)
	}
	s.found[id] = depth
	s.result.Found = append(s.result.Found, f)
}

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
	for phone := range uint8(2) {
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
	for phone := range 2 {
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
	at := e.old.at[phone]
	n := &a.nodes[at]
	for rest := e.old.net[1-phone] | e.old.later[1-phone]; rest != 0; rest &= rest - 1 {
		m := bits.TrailingZeros64(rest)
		used := nothing
		if e.world.Counted {
			used = m
		}
		column := a.deliver(m)
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
		if a.gets.sent[m].Wait > 0 && !e.world.Timed {
			column := a.deliverLate(m)
			e.try(phone, step{phone: phone, kind: byInput, arg: uint16(column)}, n.row[column], question{at, column, 0}, noBudget, used)
		}
		if e.world.crashes() && e.world.Snapshots == setup.Fresh && e.affords(crashes) {
			column := a.deliverAndDie(m)
			e.try(phone, step{phone: phone, kind: byInput, arg: uint16(column)}, n.row[column], question{at, column, 0}, crashes, used)
		}
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
	var edges [2]edge
	asked := true
	for phone := range uint8(2) {
		column := e.phones[phone].tick
		edges[phone] = e.phones[phone].nodes[e.old.at[phone]].row[column]
		if edges[phone].to == unasked {
			e.batch.questions[phone] = append(e.batch.questions[phone], question{e.old.at[phone], column, 0})
			asked = false
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
	if edges[0].to == impossible || edges[1].to == impossible {
		return
	}
	next := *e.old
	next.at = [2]uint32{edges[0].to, edges[1].to}
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
		if budget == forges && edge.to == e.old.at[phone] && f.bad == 0 {
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
	e.reached(&next, by, f.bad)
}

// sends puts what a phone has sent into the network. With time it may arrive now and
// until MaxDelay is over, which is two quanta: a number of two bits counts down.
func (e *expansion) sends(next *state, phone uint8, f *effect) {
	next.net[phone] |= f.sent
	if e.world.Timed {
		next.later[phone] |= f.sent
	}
}

// rangAfter notes a ring at a phone whose caller has ended.
func (e *expansion) rangAfter(phone uint8) {
	for _, c := range e.phones[1-phone].nodes[e.old.at[1-phone]].view.own {
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

// judge compares the two sides of every call.
func (s *search) judge(b *batch, st *state) (bad properties) {
	for phone := range 2 {
		caller := &s.phones[phone].nodes[st.at[phone]].view
		callee := &s.phones[1-phone].nodes[st.at[1-phone]].view
		for n, c := range caller.own {
			if !c.placed {
				break
			}
			r := callee.foreign[n]
			bad |= broken(c, r)
			if pair, ends := pairOf(c, r); ends {
				b.pairs[pair[0]][pair[1]] = true
			}
		}
	}
	return bad
}
