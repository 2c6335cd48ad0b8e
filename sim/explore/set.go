// The states that were reached, each whole and not as a hash, so that no two are ever
// taken for one.

package explore

import (
	"math/bits"
	"unsafe"
)

// state is a state of the world: the phones' nodes, and what is under way.
type state struct {
	at    [mostPhones]uint32 // nodes of the automata
	saved [2]uint32          // nodes whose snapshots a phone has, where snapshots are old
	net   [2]uint64          // messages that each phone has sent and that may arrive; the third phone's are the upper half of the second's
	later [2]uint64          // with time, the upper bits of how long they may still arrive; net has the lower
	spent uint64             // of the budgets, a byte each
}

// mostPhones is how many phones a world has at the most: a caller, and two that it rings.
const mostPhones = 3

// halfOf is where a phone's messages stand in a word of the state.
func halfOf(phone uint8) (word, shift uint8) {
	if phone == 2 {
		return 1, half
	}
	return phone, 0
}

const half = 32

// The budgets.
const (
	losses = iota
	doubles
	crashes
	forges
	logouts
)

func (s *state) spent1(budget int) int { return int(s.spent >> (8 * budget) & 255) }
func (s *state) spend(budget int)      { s.spent += 1 << (8 * budget) }

// skew is by how many quanta the first phone's clock is ahead of the second's.
func (s *state) skew() int        { return int(int8(s.spent >> 56)) }
func (s *state) setSkew(skew int) { s.spent = s.spent&^(255<<56) | uint64(uint8(int8(skew)))<<56 }

func (s *state) hash() uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, word := range [...]uint64{
		uint64(s.at[0])<<32 | uint64(s.at[1]), uint64(s.saved[0])<<32 | uint64(s.saved[1]), uint64(s.at[2]),
		s.net[0], s.net[1], s.later[0], s.later[1], s.spent,
	} {
		high, low := bits.Mul64(h^word, 0xd6e8feb86659fd93)
		h = high ^ low
	}
	return h
}

// reach is a state with the one it was reached from first, and how.
type reach struct {
	state
	from uint32 // a place in the set
	by   step
}

// step is what led from one state to the next.
type step struct {
	phone   uint8
	kind    stepKind
	arg     uint16 // a column of the phone's row, or a message
	swapped bool   // the two phones have changed places after it
}

// swap lets the phones change places.
func (s *state) swap() {
	s.at[0], s.at[1] = s.at[1], s.at[0]
	s.saved[0], s.saved[1] = s.saved[1], s.saved[0]
	s.net[0], s.net[1] = s.net[1], s.net[0]
	s.later[0], s.later[1] = s.later[1], s.later[0]
	s.setSkew(-s.skew())
}

// swaps reports whether the state stands for the one with the phones swapped, too, and
// is not the one of the two that is kept.
func (s *state) swaps() bool {
	for _, pair := range [...][2]uint64{
		{uint64(s.at[0]), uint64(s.at[1])}, {uint64(s.saved[0]), uint64(s.saved[1])},
		{s.net[0], s.net[1]}, {s.later[0], s.later[1]},
	} {
		if pair[0] != pair[1] {
			return pair[0] < pair[1]
		}
	}
	return false
}

// set holds all states, in parts by their hashes. One goroutine at a time may add to a
// part; all may look while nobody adds.
type set struct{ parts [numParts]part }

const (
	partBits = 5
	numParts = 1 << partBits
	blockLen = 1 << 12
	firstLen = 1 << 6
)

type part struct {
	blocks [][]reach // each as long as blockLen when full
	count  uint32
	places []uint64 // open addressing; the upper half of the hash, and one more than the number
}

// place makes a number that names a state: its part and its number there.
func place(part int, number uint32) uint32 { return number<<partBits | uint32(part) }

func partOf(hash uint64) int { return int(hash >> (64 - partBits)) }

func (s *set) at(place uint32) *reach {
	p, number := &s.parts[place&(numParts-1)], place>>partBits
	return &p.blocks[number/blockLen][number%blockLen]
}

func (s *set) len() (n int) {
	for i := range s.parts {
		n += int(s.parts[i].count)
	}
	return n
}

const lowerHalf = 1<<32 - 1

// touch reads what find will need first.
func (p *part) touch(hash uint64) uint32 {
	if len(p.places) == 0 {
		return 0
	}
	entry := p.places[hash&uint64(len(p.places)-1)]
	if entry^hash > lowerHalf || entry == 0 {
		return 0
	}
	number := uint32(entry) - 1
	return p.blocks[number/blockLen][number%blockLen].from
}

func (p *part) find(st *state, hash uint64) bool {
	if len(p.places) == 0 {
		return false
	}
	mask := uint64(len(p.places) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		entry := p.places[i]
		if entry == 0 {
			return false
		}
		if entry^hash <= lowerHalf && p.state(entry) == *st {
			return true
		}
	}
}

// state is that of an entry.
func (p *part) state(entry uint64) state {
	number := uint32(entry) - 1
	return p.blocks[number/blockLen][number%blockLen].state
}

// add adds a state, if it is new.
func (p *part) add(r *reach, hash uint64) {
	if int(p.count)*4 >= len(p.places)*3 {
		p.grow()
	}
	mask := uint64(len(p.places) - 1)
	i := hash & mask
	for ; p.places[i] != 0; i = (i + 1) & mask {
		if p.places[i]^hash <= lowerHalf && p.state(p.places[i]) == r.state {
			return
		}
	}
	if p.count%blockLen == 0 {
		room := blockLen
		if p.count == 0 {
			room = firstLen // and grows: most searches are small
		}
		p.blocks = append(p.blocks, make([]reach, 0, room))
	}
	last := &p.blocks[len(p.blocks)-1]
	*last = append(*last, *r)
	p.count++
	p.places[i] = hash&^lowerHalf | uint64(p.count)
}

func (p *part) grow() {
	p.places = make([]uint64, max(64, 2*len(p.places)))
	mask := uint64(len(p.places) - 1)
	number := uint64(0)
	for _, block := range p.blocks {
		for j := range block {
			number++
			hash := block[j].hash()
			i := hash & mask
			for ; p.places[i] != 0; i = (i + 1) & mask {
			}
			p.places[i] = hash&^lowerHalf | number
		}
	}
}

// bytes is the memory that the set takes.
func (s *set) bytes() (n int) {
	const sizeOfReach = int(unsafe.Sizeof(reach{}))
	for i := range s.parts {
		p := &s.parts[i]
		for _, block := range p.blocks {
			n += cap(block) * sizeOfReach
		}
		n += 8 * cap(p.places)
	}
	return n
}
