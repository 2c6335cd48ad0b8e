// The journal under power cuts and errors: a disk that keeps of what was not flushed
// what it likes, and fails when it is told to.

package host

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/errors"
)

// faultyDisk is two files whose power can be cut at every operation.
type faultyDisk struct {
	random *rand.Rand
	files  map[string]*faultyFile
	left   int // operations until the power is cut; negative: never
	fails  int // of so many operations one fails, 0: none
}

type faultyFile struct {
	disk    *faultyDisk
	durable []byte
	written []byte                // what is read
	pending []func([]byte) []byte // writes that are not flushed
}

var errPower, errDisk = errors.New("power cut"), errors.New("disk error")

// step is one operation.
func (d *faultyDisk) step() error {
	if d.left == 0 {
		return errPower
	}
	d.left--
	if d.fails > 0 && d.random.IntN(d.fails) == 0 {
		return errDisk
	}
	return nil
}

func (d *faultyDisk) open(name string, _ bool) (diskFile, error) {
	if d.files[name] == nil {
		d.files[name] = &faultyFile{disk: d}
	}
	return d.files[name], nil
}

func (d *faultyDisk) sync(string) error { return nil }

// cut is the end of the power: each write that was not flushed is on the disk, or
// not, or in part, and in any order.
func (d *faultyDisk) cut() {
	for _, name := range []string{"f", "f.2"} {
		f := d.files[name]
		f.durable, f.pending = f.flushSome(), nil
		f.written = slices.Clone(f.durable)
	}
}

func (f *faultyFile) ReadAt(p []byte, at int64) (int, error) {
	if f.disk.left == 0 {
		return 0, errPower
	}
	return strings.NewReader(string(f.written)).ReadAt(p, at)
}

func put(p []byte, at int64) func([]byte) []byte {
	p = append([]byte(nil), p...)
	return func(b []byte) []byte {
		for int64(len(b)) < at+int64(len(p)) {
			b = append(b, 0)
		}
		copy(b[at:], p)
		return b
	}
}

// sector is what a disk writes wholly or not at all.
const sector = 32

// WriteAt: what is not flushed goes to the disk by sectors. One that fails may have
// written some bytes.
func (f *faultyFile) WriteAt(p []byte, at int64) (int, error) {
	err := f.disk.step()
	n := len(p)
	if err != nil {
		n = f.disk.random.IntN(len(p) + 1)
	}
	for from := 0; from < n; {
		to := min(n, from+sector-(int(at)+from)%sector)
		f.pending = append(f.pending, put(p[from:to], at+int64(from)))
		from = to
	}
	if err == nil || err == errDisk {
		f.written = put(p[:n], at)(f.written)
	}
	return n, err
}

func (f *faultyFile) Truncate(n int64) error {
	if err := f.disk.step(); err != nil {
		return err
	}
	cut := func(b []byte) []byte {
		if int64(len(b)) > n {
			return b[:n:n]
		}
		return b
	}
	f.written = cut(f.written)
	f.pending = append(f.pending, cut)
	return nil
}

// Sync: after one that failed, what was pending is taken for clean, and is on the
// disk or not.
func (f *faultyFile) Sync() error {
	err := f.disk.step()
	switch err {
	case nil:
		for _, write := range f.pending {
			f.durable = write(f.durable)
		}
		f.pending = nil
	case errDisk:
		f.durable, f.pending = f.flushSome(), nil
	}
	return err
}

// flushSome is what is on the disk if all, nothing or a part of what is pending came
// there.
func (f *faultyFile) flushSome() []byte {
	after := slices.Clone(f.durable)
	switch f.disk.random.IntN(4) {
	case 0:
	case 1:
		for _, write := range f.pending {
			after = write(after)
		}
	default:
		for _, i := range f.disk.random.Perm(len(f.pending)) {
			if f.disk.random.IntN(3) > 0 {
				after = f.pending[i](after)
			}
		}
	}
	return after
}

func (f *faultyFile) Close() error { return nil }

// life is one life of a process: its store loads what it must, saves until the power
// is cut or a save has failed for good, and tells what may be loaded next: what was
// saved last, or what an earlier process or this one has tried to save since.
func (d *faultyDisk) life(t *testing.T, fails int, allowed []map[string]string) (next []map[string]string) {
	t.Helper()
	store := &fileStore{name: "f", disk: d}
	entries, err := store.Load()
	if err != nil {
		t.Fatal(err)
	}
	saved := map[string]string{}
	for _, each := range entries {
		saved[string(each.Key)] = string(each.Value)
	}
	if !slices.ContainsFunc(allowed, func(m map[string]string) bool { return maps.Equal(m, saved) }) {
		t.Fatalf("loaded %v, and allowed was %v", saved, allowed)
	}
	d.left, d.fails = d.random.IntN(80), fails
	for {
		changes, trying := d.someChanges(saved)
		err := store.Save(changes)
		for tries := 0; tries < 3 && errors.Is(err, errDisk); tries++ {
			err = store.Save(changes)
		}
		switch {
		case err == nil:
			saved, allowed = trying, nil
		case errors.Is(err, errDisk) && d.random.IntN(2) == 0: // as no host does: it tries something else
			allowed = append(allowed, trying)
		default:
			return append(allowed, saved, trying)
		}
		store.anew = store.anew || store.now.size > 300 // so that there is much of that
	}
}

// someChanges are some, and what the state is with them.
func (d *faultyDisk) someChanges(state map[string]string) (changes []Entry, with map[string]string) {
	with = maps.Clone(state)
	for range d.random.IntN(4) {
		key := fmt.Sprint("key ", d.random.IntN(6))
		if d.random.IntN(3) == 0 {
			changes = append(changes, Entry{Key: []byte(key)})
			delete(with, key)
		} else {
			value := strings.Repeat("x", d.random.IntN(100)) + fmt.Sprint(d.random.Uint32())
			changes = append(changes, Entry{Key: []byte(key), Value: []byte(value)})
			with[key] = value
		}
	}
	return changes, with
}

// TestPowerCut: whenever the power is cut, and whatever has failed before, a store
// has all that Save has said to be durable, and of the save under way all or
// nothing.
func TestPowerCut(t *testing.T) {
	generations := 0
	for seed := range uint64(4000) {
		disk := &faultyDisk{random: rand.New(rand.NewPCG(seed, 1)), files: map[string]*faultyFile{}, left: -1}
		allowed := []map[string]string{{}}
		for range 5 {
			allowed = disk.life(t, []int{0, 50, 8, 3}[seed%4], allowed)
			if disk.left == 0 || disk.random.IntN(2) == 0 {
				disk.cut()
			}
			disk.left, disk.fails = -1, 0
		}
		last := &fileStore{name: "f", disk: disk}
		if _, err := last.Load(); err != nil {
			t.Fatal(err)
		}
		generations += int(last.now.generation)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if t.Logf("written anew %d times", generations); generations < 4000 {
		t.Error("that is too seldom")
	}
}

// TestForgedBatch: a peer sends content that looks like a batch. If a crash cuts it
// short, it is not taken for a good batch behind a damaged one.
func TestForgedBatch(t *testing.T) {
	disk := &faultyDisk{random: rand.New(rand.NewPCG(1, 1)), files: map[string]*faultyFile{}, left: -1}
	store := &fileStore{name: "f", disk: disk}
	store.Load()
	store.Save([]Entry{{Key: []byte("key"), Value: []byte("first")}})
	forger := &journal{file: &faultyFile{disk: disk}, batches: 2}
	if err := forger.append(appendChange(nil, Entry{Key: []byte("key"), Value: []byte("forged")})); err != nil {
		t.Fatal(err)
	}
	forged := forger.file.(*faultyFile).durable
	if !forger.anyIn(forged) {
		t.Fatal("it is no good forgery")
	}
	store.Save([]Entry{{Key: []byte("key"), Value: append(forged, "and more"...)}})
	file := disk.files["f"]
	file.written = file.written[:len(file.written)-4]
	again := &fileStore{name: "f", disk: disk}
	if entries, err := again.Load(); err != nil || len(entries) != 1 || string(entries[0].Value) != "first" {
		t.Error(entries, err)
	}
}
