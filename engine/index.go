// The index finds a record by its key. Buckets of lists take 8 to 16 bytes for a
// record, in an old engine too; a map takes up to 110 when entries come and go.

package engine

import (
	"hash/maphash"
	"math/bits"
)

// index is the records of one role. Of those that share an id one is in a bucket;
// the others, which only strangers make, have a map, so that a message costs the
// same however many peers use one id.
type index struct {
	keys    [2]uint64 // drawn, so that nobody can choose ids that share a bucket
	buckets []*record
	used    int
	others  map[key]*record
	shared  map[ID]int // how many of others have that id
}

type key struct {
	peer *peer
	id   ID
}

func newIndex() index {
	return index{
		keys:    [2]uint64{maphash.Bytes(maphash.MakeSeed(), nil), maphash.Bytes(maphash.MakeSeed(), nil)},
		buckets: make([]*record, 8), others: map[key]*record{}, shared: map[ID]int{},
	}
}

func (x *index) bucket(id ID) **record {
	high, low := bits.Mul64(id.Epoch^x.keys[0], id.Counter^x.keys[1])
	return &x.buckets[(high^low)&uint64(len(x.buckets)-1)]
}

// find looks a record up. elsewhere tells that other peers' records bear the id.
func (x *index) find(from *peer, id ID) (rec *record, elsewhere bool) {
	rec = x.first(id)
	if rec != nil && rec.peer == from {
		return rec, false
	}
	if len(x.others) > 0 {
		if other := x.others[key{from, id}]; other != nil {
			return other, false
		}
		elsewhere = x.shared[id] > 0
	}
	return nil, elsewhere || rec != nil
}

func (x *index) first(id ID) *record {
	rec := *x.bucket(id)
	for rec != nil && rec.id != id {
		rec = rec.chain
	}
	return rec
}

func (x *index) add(rec *record) {
	if x.first(rec.id) != nil {
		x.others[key{rec.peer, rec.id}] = rec
		x.shared[rec.id]++
		return
	}
	if x.used == len(x.buckets) {
		x.grow()
	}
	x.used++
	b := x.bucket(rec.id)
	rec.chain, *b = *b, rec
}

func (x *index) grow() {
	old := x.buckets
	x.buckets = make([]*record, 2*len(old))
	for _, rec := range old {
		for rec != nil {
			next, b := rec.chain, x.bucket(rec.id)
			rec.chain, *b = *b, rec
			rec = next
		}
	}
}

func (x *index) remove(rec *record) {
	if k := (key{rec.peer, rec.id}); x.others[k] == rec {
		delete(x.others, k)
		if x.shared[rec.id]--; x.shared[rec.id] == 0 {
			delete(x.shared, rec.id)
		}
		return
	}
	at := x.bucket(rec.id)
	for *at != rec {
		at = &(*at).chain
	}
	*at, rec.chain = rec.chain, nil
	x.used--
}
