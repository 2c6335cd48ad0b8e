// The search: breadth first, level by level, on all cores, with one answer on any
// number of them.

package explore

import (
	"cmp"
	"context"
	"fmt"
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

const (
	mostWays    = 3000 // of one length are kept,
	waysOfBatch = 64   // and these of one batch
	detour      = 3    // how many steps more than the shortest way one may have that the simulator can play
)

// Result is what a search has found.
type Result struct {
	World       World
	Complete    bool // nothing is left to try
	States      int
	Transitions uint64
	Depth       int // of the last level
	Asked       int // questions to the engine
	Nodes       []int
	Bytes       int // of memory for the states
	Found       []Found
	Pairs       [property.NumCallerEnds][property.NumCalleeEnds]bool
	Tuples      map[property.Tuple]bool // the ends of a call to two devices
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
	phones  []*automaton
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
func Run(ctx context.Context, w World, workers int, tell func(Progress)) (*Result, error) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	s := newSearch(w, workers)
	if err := s.run(ctx, tell); err != nil {
		return nil, err
	}
	result := s.result // by itself, so that Release gives the search back
	return &result, nil
}

func newSearch(w World, workers int) *search {
	n := w.phones()
	placed := make([]int, n)
	placed[0] = w.Calls
	if w.BothWays {
		placed[0], placed[1] = (w.Calls+1)/2, w.Calls/2
	}
	s := &search{world: w, workers: workers, same: n == 2 && placed[0] == placed[1]}
	universes := make([]*universe, n)
	for i := range universes {
		universes[i] = newUniverse(maxMessages)
		switch {
		case i == 1 && s.same:
			universes[1] = universes[0]
		case i > 0 && n > 2:
			universes[i].room = half
		}
	}
	for i := range n {
		if i == 1 && s.same {
			s.phones = append(s.phones, s.phones[0])
			break
		}
		var gets []*universe
		for _, sender := range heard(i, n) {
			gets = append(gets, universes[sender])
		}
		r := &rules{
			mutant: w.Mutant, options: w.engineOptions(), calls: placed[i], timed: w.Timed, restarts: w.crashes() && w.Snapshots != setup.Nothing,
			peers: []string{peer}, devices: w.Devices > 1,
		}
		called := w.Calls - placed[i]
		switch {
		case w.Devices > 1 && i > 0:
			r.options.Device = uint64(i)
		case w.Group && i == 0:
			r.peers = []string{peer, another}
		case w.Group:
			called = 1
		}
		s.phones = append(s.phones, newAutomaton(r, w.alphabet(placed[i], called, len(r.peers)), universes[i], gets))
	}
	s.result.World, s.result.search, s.result.Tuples = w, s, map[property.Tuple]bool{}
	return s
}

// start is the first state.
func (s *search) start() (st state) {
	for i := range s.phones {
		st.at[i] = first
	}
	return st
}

// heard are the phones whose messages come to one of so many: a caller hears those that
// it rings, and they hear their caller.
func heard(phone, phones int) []int {
	switch {
	case phone > 0:
		return []int{0}
	case phones == 2:
		return []int{1}
	}
	return []int{1, 2}
}

// calleesOf are the phones that the nth call of a phone rings.
func (r *rules) calleesOf(phone, n int) []int {
	switch {
	case r.devices:
		return []int{1, 2}
	case len(r.peers) > 1:
		return []int{1 + n}
	}
	return []int{1 - phone}
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
	questions   [mostPhones][]question
	transitions uint64
	goals       property.GoalSet
	pairs       [property.NumCallerEnds][property.NumCalleeEnds]bool
	tuples      map[property.Tuple]bool
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
	start := reach{state: s.start()}
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
			s.result.Complete = !slices.ContainsFunc(s.phones, func(a *automaton) bool { return a.sends.full })
			break
		}
		s.result.Depth, s.depth = depth, depth+1
		for len(level) > 0 && s.set.len() < s.most() {
			wave := level[:min(len(level), 64)]
			level = level[len(wave):]
			s.expand(ctx, wave, depth)
			if err := ctx.Err(); err != nil {
				return err
			}
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
		s.result.Nodes = append(s.result.Nodes, len(a.nodes)-first)
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

// expand finds what follows on the states of some batches, and adds what is new. When ctx
// ends, it does a part of that.
func (s *search) expand(ctx context.Context, wave []batch, depth int) {
	s.each(ctx, len(wave), func(i int) { s.follow(&wave[i]) })
	var questions [mostPhones][]question
	var again []int
	for i := range wave {
		if len(wave[i].questions[0])+len(wave[i].questions[1])+len(wave[i].questions[2]) > 0 {
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
		for p, a := range s.phones {
			a.learn(ctx, questions[p], s.workers)
		}
		s.each(ctx, len(again), func(i int) {
			b := &wave[again[i]]
			*b = batch{part: b.part, from: b.from, to: b.to}
			s.follow(b)
		})
	}
	s.each(ctx, numParts, func(part int) {
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

// each shares numbers out to the workers, until ctx ends.
func (s *search) each(ctx context.Context, n int, do func(int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(s.workers, n) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
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
	for t := range b.tuples {
		s.result.Tuples[t] = true
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
