package bbolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/hosttest"
	bolt "go.etcd.io/bbolt/errors"
)

func TestStore(t *testing.T) {
	hosttest.RunStore(t, func(t *testing.T) func() host.Store {
		path := filepath.Join(t.TempDir(), "alice")
		return func() host.Store { return &Store{Path: path} }
	})
}

// TestInUse: one host has the file at a time.
func TestInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alice")
	first, second := &Store{Path: path}, &Store{Path: path}
	if _, err := first.Load(); err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := second.Load(); !errors.Is(err, bolt.ErrTimeout) {
		t.Errorf("a second host has loaded it: %v", err)
	}
}

// BenchmarkSave is a save of one new record of 90 bytes beside 1,000 and 100,000, here and in a
// host.FileStore, by turns, so that whatever else the disk does hits all of them.
func BenchmarkSave(b *testing.B) {
	type one struct {
		name  string
		store host.Store
		took  time.Duration
	}
	var all []*one
	for _, n := range []int{1000, 100_000} {
		dir := b.TempDir()
		all = append(all,
			&one{name: fmt.Sprintf("bbolt-%d-ns/save", n), store: &Store{Path: filepath.Join(dir, "bbolt")}},
			&one{name: fmt.Sprintf("file-%d-ns/save", n), store: host.FileStore(filepath.Join(dir, "file"))})
		for _, each := range all[len(all)-2:] {
			if _, err := each.store.Load(); err != nil {
				b.Fatal(err)
			}
			defer each.store.(io.Closer).Close()
			var first []host.Entry
			for i := range n {
				first = append(first, record(i))
			}
			if err := each.store.Save(first); err != nil {
				b.Fatal(err)
			}
		}
	}
	for i := 1_000_000; b.Loop(); i++ {
		for _, each := range all {
			began := time.Now()
			if err := each.store.Save([]host.Entry{record(i)}); err != nil {
				b.Fatal(err)
			}
			each.took += time.Since(began)
		}
	}
	for _, each := range all {
		b.ReportMetric(float64(each.took)/float64(b.N), each.name)
	}
}

// record is one with a key that may be anywhere in the order.
func record(i int) host.Entry {
	key := binary.BigEndian.AppendUint64([]byte("r"), uint64(i)*0x9e3779b97f4a7c15)
	return host.Entry{Key: key, Value: make([]byte, 80)}
}
