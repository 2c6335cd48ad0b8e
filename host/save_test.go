// What a save costs, and that it goes by what has changed.

package host_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
)

// remembering is a host that remembers n invitations, with the store that open opens.
func remembering(b *testing.B, n int, store host.Store) (in func(id int)) {
	times := engine.DefaultTimes()
	times.Tombstone = time.Hour
	options := host.Options{Store: &memoryStore{}, Engine: engine.Options{Times: times, MaxPerPeer: 1 << 30, MaxTotal: 1 << 30}}
	w := newWorld(b, 0)
	begin := func() (*host.Host, func(id int)) {
		node := &node{w: w, name: "bob", silent: true}
		h, err := host.New("bob", node, options)
		if err != nil {
			b.Fatal(err)
		}
		if err := h.Start(host.NopListener{}); err != nil {
			b.Fatal(err)
		}
		return h, func(id int) {
			node.receiver.Receive(fmt.Sprint("peer", id%100), fmt.Appendf(nil, `{"v":1,"kind":"CANCEL","reason":"user","id":"a-%d"}`, id), 0)
		}
	}
	filler, fill := begin()
	for id := range n {
		fill(id)
	}
	filler.Close()
	<-filler.Done()
	entries, err := options.Store.Load()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := store.Load(); err != nil {
		b.Fatal(err)
	}
	if err := store.Save(entries); err != nil {
		b.Fatal(err)
	}
	closeStore(b, store)
	options.Store = store
	h, receive := begin()
	if got := h.Stats().RemoteRecords; got != n {
		b.Fatalf("it remembers %d", got)
	}
	b.Cleanup(func() { h.Close(); <-h.Done() })
	return func(id int) { receive(n + id) }
}

// BenchmarkSave is an input that makes a record, saved in a file, of a host that
// remembers so many.
func BenchmarkSave(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			store := &counting{Store: host.FileStore(filepath.Join(b.TempDir(), "bob"))}
			in := remembering(b, n, store)
			store.bytes, store.saves = 0, 0
			id := 0
			for b.Loop() {
				in(id)
				id++
			}
			b.ReportMetric(float64(store.bytes)/float64(id), "bytes/save")
			b.ReportMetric(float64(store.saves)/float64(id), "saves/op")
		})
	}
}

// BenchmarkSaveRatio takes turns between the two, so that what else the disk does
// hits both: how many times as long takes a save with 100,000 remembered?
func BenchmarkSaveRatio(b *testing.B) {
	few := remembering(b, 1000, host.FileStore(filepath.Join(b.TempDir(), "few")))
	many := remembering(b, 100_000, host.FileStore(filepath.Join(b.TempDir(), "many")))
	var took [2]time.Duration
	id := 0
	for b.Loop() {
		for i, in := range []func(int){few, many} {
			start := time.Now()
			in(id)
			took[i] += time.Since(start)
		}
		id++
	}
	b.ReportMetric(float64(took[1])/float64(took[0]), "ratio")
}

// counting counts what is saved.
type counting struct {
	host.Store
	bytes, saves int
}

func (c *counting) Save(changes []host.Entry) error {
	c.saves++
	for _, each := range changes {
		c.bytes += len(each.Key) + len(each.Value)
	}
	return c.Store.Save(changes)
}
func (c *counting) Close() error { return c.Store.(interface{ Close() error }).Close() }

func closeStore(b *testing.B, store host.Store) {
	if err := store.(interface{ Close() error }).Close(); err != nil {
		b.Fatal(err)
	}
}
