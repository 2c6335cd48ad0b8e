// The automaton of a phone: its states and what each input does in them, computed by
// the shipped engine when it is first needed and looked up afterwards.

package explore

import (
	"context"
	"math/bits"
	"slices"
	"sync"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
)

// properties is a set of properties.
type properties uint64

func setOf(ids ...property.ID) (s properties) {
	for _, id := range ids {
		s.add(id)
	}
	return s
}

func (s *properties) add(id property.ID)     { *s |= 1 << id }
func (s properties) has(id property.ID) bool { return s>>id&1 != 0 }

// all lists the properties of the set.
func (s properties) all() (ids []property.ID) {
	for ; s != 0; s &= s - 1 {
		ids = append(ids, property.ID(bits.TrailingZeros64(uint64(s))))
	}
	return ids
}

// node is one state of a phone. The inputs that lead to it from the start are its
// history: from its parent's, and its own. A second history that leads to the same state
// is kept to compare the two: the engine must not tell them apart.
type node struct {
	parent, otherParent uint32
	in, otherIn         input
	row                 []edge
	view                view
}

// edge is what an input does. effect is a place in the automaton's effects.
type edge struct{ to, effect uint32 }

// The two nodes that are none.
const (
	unasked    = 0 // the engine has not been asked yet
	impossible = 1 // the input is not possible there
	first      = 2 // a new phone
)

// effect is what comes out of an input.
type effect struct {
	sent  uint64 // messages of the universe
	bad   properties
	goals property.GoalSet
	rang  bool
	cut   bool // a call ends by a CLOSED
}

// parcel is a message and the phone for which it is; 0 is any that hears the sender.
type parcel struct {
	engine.Message
	to uint8
}

// universe is the messages that one phone has sent, in the order in which the search
// has seen them, as the sender and as the receiver sees them.
type universe struct {
	sent, mirrored []engine.Message
	to             [mostPhones]uint64 // those that are for one phone
	index          map[parcel]uint32
	room           int
	full           bool
}

// maxMessages is how many different messages of a phone a search can hold, at the most.
const maxMessages = 64

// intern finds the place of a message. There is none for one too many: then the search
// cannot be complete.
func (u *universe) intern(p parcel) (i uint32, ok bool) {
	if i, ok := u.index[p]; ok {
		return i, true
	}
	i = uint32(len(u.sent))
	if int(i) == u.room {
		u.full = true
		return 0, false
	}
	u.sent, u.mirrored = append(u.sent, p.Message), append(u.mirrored, mirror(p.Message))
	u.to[p.to] |= 1 << i
	u.index[p] = i
	return i, true
}

// automaton is one phone's.
type automaton struct {
	rules    *rules
	sends    *universe
	gets     []*universe // of the phones that it hears
	alphabet []input     // inputs other than messages
	tick     int         // the column of a quantum of time
	nodes    []node
	index    map[string]uint32
	effects  []effect
	byEffect map[effect]uint32
	stale    map[[2]uint32]edge // by node and the node whose snapshot it starts from
	asked    int                // how often the engine was
	twice    int                // how often along a second history
}

// The ways in which a message arrives.
const (
	inTime = iota
	tooLate
	andDies
	numArrivals
)

// deliver is the column of a message: those of a row are the alphabet's, then a block
// for each sender and way to arrive.
func (a *automaton) deliver(sender, m, arrival int) int {
	return len(a.alphabet) + (sender*numArrivals+arrival)*maxMessages + m
}

func (a *automaton) columns() int { return a.deliver(len(a.gets), 0, 0) }

// input is the input of a column.
func (a *automaton) input(column int) input {
	m := column - len(a.alphabet)
	if m < 0 {
		return a.alphabet[column]
	}
	block := m / maxMessages
	in := input{op: opDeliver, sender: uint8(block / numArrivals), arg: uint32(m % maxMessages)}
	switch block % numArrivals {
	case tooLate:
		in.op = opDeliverLate
	case andDies:
		in.dies = true
	}
	return in
}

// message is the one that an input brings.
func (a *automaton) message(in input) engine.Message { return a.gets[in.sender].mirrored[in.arg] }

func newAutomaton(r *rules, alphabet []input, sends *universe, gets []*universe) *automaton {
	a := &automaton{
		rules: r, sends: sends, gets: gets, alphabet: alphabet,
		nodes: make([]node, first, 1024), index: map[string]uint32{},
		effects: make([]effect, 1, 256), byEffect: map[effect]uint32{{}: 0},
		stale: map[[2]uint32]edge{},
	}
	for column, in := range alphabet {
		if in.op == opTick {
			a.tick = column
		}
	}
	p := r.newPhone()
	a.index[string(p.identity(nil))] = first
	a.nodes = append(a.nodes, node{row: make([]edge, a.columns()), view: p.view()})
	return a
}

// question is an edge that the engine has to be asked for.
type question struct {
	from   uint32
	column int    // or, if it is negative, a start from the snapshot
	saved  uint32 // of this node
}

func (q question) compare(other question) int {
	if q.from != other.from {
		return int(q.from) - int(other.from)
	}
	if q.column != other.column {
		return q.column - other.column
	}
	return int(q.saved) - int(other.saved)
}

// answer is what the engine said.
type answer struct {
	possible bool
	key      string
	sent     []parcel
	bad      properties
	goals    property.GoalSet
	rang     bool
	cut      bool
	view     view
}

// live plays the history of a node.
func (a *automaton) live(at uint32, other bool) *phone {
	var history []input
	for ; at != first; other = false {
		n := &a.nodes[at]
		if other {
			history, at = append(history, n.otherIn), n.otherParent
		} else {
			history, at = append(history, n.in), n.parent
		}
	}
	p := a.rules.newPhone()
	p.blind = true
	for _, in := range slices.Backward(history) {
		a.do(p, in)
	}
	p.blind = false
	return p
}

func (a *automaton) do(p *phone, in input) bool {
	if in.op == opRestartStale {
		return p.startStale(a.live(in.arg, false).engine.Snapshot())
	}
	return p.do(in, a.gets)
}

// ask answers a question by the engine, along one of the two histories. An engine that
// breaks down leaves the phone as it is.
func (a *automaton) ask(q question, other bool) (got answer) {
	defer func() {
		if broken := recover(); broken != nil {
			n := a.live(q.from, other)
			got = answer{possible: true, key: string(n.identity(nil)), bad: setOf(Breakdown), view: n.view()}
		}
	}()
	p := a.live(q.from, other)
	rang := p.rings()
	if !a.do(p, a.inputOf(q)) {
		return answer{}
	}
	return answer{
		possible: true, key: string(p.identity(nil)), sent: slices.Clone(p.sent),
		bad: p.bad, goals: p.goals(), rang: p.rings() > rang, cut: p.cut, view: p.view(),
	}
}

func (a *automaton) inputOf(q question) input {
	if q.column < 0 {
		return input{op: opRestartStale, arg: q.saved}
	}
	return a.input(q.column)
}

// learn asks the engine all questions, on several goroutines, and writes the answers
// down in one order. When ctx ends, it asks no more.
func (a *automaton) learn(ctx context.Context, questions []question, workers int) {
	slices.SortFunc(questions, question.compare)
	questions = slices.Compact(questions)
	answers := make([]answer, len(questions))
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w; i < len(questions) && ctx.Err() == nil; i += workers {
				q := questions[i]
				answers[i] = a.ask(q, false)
				if a.nodes[q.from].otherParent != 0 && !same(answers[i], a.ask(q, true)) {
					answers[i].bad.add(property.S12)
				}
			}
		})
	}
	group.Wait()
	for i := range questions {
		a.write(questions[i], &answers[i])
	}
}

// same compares the answers along two histories: what they lead to is one state, so the
// engine must not tell them apart.
func same(one, other answer) bool {
	return one.possible == other.possible && one.key == other.key && slices.Equal(one.sent, other.sent)
}

func (a *automaton) write(q question, got *answer) {
	a.asked++
	e := edge{to: impossible}
	if got.possible {
		e = edge{a.node(q, got), a.effect(got)}
	}
	if q.column < 0 {
		a.stale[[2]uint32{q.from, q.saved}] = e
	} else {
		a.nodes[q.from].row[q.column] = e
	}
}

func (a *automaton) node(q question, got *answer) uint32 {
	if at, ok := a.index[got.key]; ok {
		in := a.inputOf(q)
		n := &a.nodes[at]
		again := at == q.from && in.op != opTimer // nothing has happened; but time may have passed unseen
		if n.otherParent == 0 && at != first && !again && !got.bad.has(Breakdown) && (n.parent != q.from || n.in != in) {
			n.otherParent, n.otherIn = q.from, in
			a.twice++
		}
		return at
	}
	at := uint32(len(a.nodes))
	a.index[got.key] = at
	a.nodes = append(a.nodes, node{parent: q.from, in: a.inputOf(q), row: make([]edge, a.columns()), view: got.view})
	return at
}

func (a *automaton) effect(got *answer) uint32 {
	e := effect{bad: got.bad, goals: got.goals, rang: got.rang, cut: got.cut}
	for _, m := range got.sent {
		if m.Kind == engine.Invite && !a.rules.timed { // it is as old as the network makes it, and all timers fire at any time
			m.Age, m.Wait, m.Expiry = 0, a.rules.options.Times.NoResponse, a.rules.options.Times.Expiry
		}
		if i, ok := a.sends.intern(m); ok {
			e.sent |= 1 << i
		}
	}
	if i, ok := a.byEffect[e]; ok {
		return i
	}
	i := uint32(len(a.effects))
	a.effects = append(a.effects, e)
	a.byEffect[e] = i
	return i
}
