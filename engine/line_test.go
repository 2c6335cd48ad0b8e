// Where the index keeps ids: a process gives them one after the other, and so looks them
// up one after the other.

package engine

import "testing"

// TestNeighboursShareALine: the buckets of eight ids that follow each other are eight
// pointers side by side, which are one line of the cache.
func TestNeighboursShareALine(t *testing.T) {
	x, records := newIndex(), make([]record, 1000)
	for i := range records {
		records[i].id = ID{Epoch: 0xa, Counter: uint64(i)}
		x.add(&records[i])
	}
	lines := map[uint64]int{} // of each eight ids
	for bucket, rec := range x.byID.buckets {
		seen := map[uint64]bool{}
		for ; rec != nil; rec = rec.chain {
			eight := rec.id.Counter / 8
			if line, ok := lines[eight]; ok && line != bucket/8 {
				t.Errorf("%v is in line %d, and another of its eight in line %d", rec.id, bucket/8, line)
			}
			if lines[eight] = bucket / 8; seen[eight] {
				t.Errorf("%v shares bucket %d with another of its eight", rec.id, bucket)
			}
			seen[eight] = true
		}
	}
	if len(lines) != len(records)/8 {
		t.Errorf("%d eights were found, not %d", len(lines), len(records)/8)
	}
}
