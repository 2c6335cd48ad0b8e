// The index finds a record by its key. Buckets of lists take 8 to 16 bytes for a
// record, in an old engine too; a map takes up to 110 when entries come and go.

package engine

import (
	"hash/maphash"
	"math/bits"
)

// index is the records of one role. Of those that share an id one is found by it
// alone. The others, which only strangers make, are found by their peer, too, so
// that a message costs the same however many peers use one id.
type index struct {
	keys   [2]uint64 // drawn, so that nobody can choose ids that share a bucket
	seed   maphash.Seed
	byID   table[record]
	byKey  table[record]
	shared table[sharing]
}

// sharing counts the records in byKey that have an id.
type sharing struct {
	id    ID
	count int
	chain *sharing
}

func newIndex() index {
	return index{
		keys: [2]uint64{maphash.Bytes(maphash.MakeSeed(), nil), maphash.Bytes(maphash.MakeSeed(), nil)},
		seed: maphash.MakeSeed(),
	}
}

// hashID keeps eight ids that follow each other in one line of the cache, in buckets of
// their own.
func (x *index) hashID(id ID) uint64 {
	high, low := bits.Mul64(id.Epoch^x.keys[0], id.Counter/8^x.keys[1])
	return high ^ low ^ id.Counter%8
}

func (x *index) hashKey(p *peer, id ID) uint64 {
	return maphash.Comparable(x.seed, p) ^ x.hashID(id)
}

// find looks a record up. elsewhere tells that other peers' records bear the id.
func (x *index) find(from *peer, id ID) (rec *record, elsewhere bool) {
	return x.findAfter(x.first(id), from, id)
}

// findAfter is find, if the first record with the id is known.
func (x *index) findAfter(rec *record, from *peer, id ID) (_ *record, elsewhere bool) {
	if rec != nil && rec.peer == from {
		return rec, false
	}
	if x.byKey.used == 0 {
		return nil, rec != nil
	}
	for other := x.byKey.bucket(x.hashKey(from, id)); other != nil; other = other.chain {
		if other.id == id && other.peer == from {
			return other, false
		}
	}
	return nil, rec != nil || x.sharing(id) != nil
}

func (x *index) first(id ID) *record { return x.firstOf(x.hashID(id), id) }

func (x *index) firstOf(hash uint64, id ID) *record {
	rec := x.byID.bucket(hash)
	for rec != nil && rec.id != id {
		rec = rec.chain
	}
	return rec
}

func (x *index) sharing(id ID) *sharing {
	s := x.shared.bucket(x.hashID(id))
	for s != nil && s.id != id {
		s = s.chain
	}
	return s
}

func (x *index) add(rec *record) {
	hash := x.hashID(rec.id)
	if x.firstOf(hash, rec.id) == nil {
		x.byID.add(rec, hash, &rec.chain, x.hashOfID)
		return
	}
	x.byKey.add(rec, x.hashKey(rec.peer, rec.id), &rec.chain, x.hashOfKey)
	s := x.sharing(rec.id)
	if s == nil {
		s = &sharing{id: rec.id}
		x.shared.add(s, hash, &s.chain, x.hashOfSharing)
	}
	s.count++
}

func (x *index) remove(rec *record) {
	hash := x.hashID(rec.id)
	if x.firstOf(hash, rec.id) == rec {
		x.byID.remove(rec, hash, &rec.chain, x.hashOfID)
		return
	}
	x.byKey.remove(rec, x.hashKey(rec.peer, rec.id), &rec.chain, x.hashOfKey)
	if s := x.sharing(rec.id); s.count > 1 {
		s.count--
	} else {
		x.shared.remove(s, hash, &s.chain, x.hashOfSharing)
	}
}

// hashed is the hash of an entry, and where it has the next one in its bucket.
type hashed[T any] func(*T) (uint64, **T)

func (x *index) hashOfID(rec *record) (uint64, **record) { return x.hashID(rec.id), &rec.chain }
func (x *index) hashOfKey(rec *record) (uint64, **record) {
	return x.hashKey(rec.peer, rec.id), &rec.chain
}
func (x *index) hashOfSharing(s *sharing) (uint64, **sharing) { return x.hashID(s.id), &s.chain }

// table is buckets of entries, each a list.
type table[T any] struct {
	buckets []*T
	used    int
}

// bucket is the first entry of those whose hash may be this one.
func (t *table[T]) bucket(hash uint64) *T {
	if t.used == 0 {
		return nil
	}
	return t.buckets[hash&uint64(len(t.buckets)-1)]
}

// add takes an entry in. chain is where the entry has the next one.
func (t *table[T]) add(entry *T, hash uint64, chain **T, of hashed[T]) {
	if t.used == len(t.buckets) {
		t.grow(of)
	}
	t.used++
	t.put(entry, hash, chain)
}

func (t *table[T]) grow(of hashed[T]) {
	old := t.buckets
	t.buckets = make([]*T, max(8, 2*len(old)))
	for _, each := range old {
		for each != nil {
			hash, chain := of(each)
			next := *chain
			t.put(each, hash, chain)
			each = next
		}
	}
}

func (t *table[T]) put(entry *T, hash uint64, chain **T) {
	b := &t.buckets[hash&uint64(len(t.buckets)-1)]
	*chain, *b = *b, entry
}

func (t *table[T]) remove(entry *T, hash uint64, chain **T, of hashed[T]) {
	at := &t.buckets[hash&uint64(len(t.buckets)-1)]
	for *at != entry {
		_, at = of(*at)
	}
	*at, *chain = *chain, nil
	t.used--
}
