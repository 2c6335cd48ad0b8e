// Command gateway runs one engine for each of many users in one process, puts them under
// load, and says what that costs. It imports engine, wire and host, of which it uses the
// journal alone. docs/scale.md explains it.
//
//	go run ./examples/gateway -users 100000
//	go run ./examples/gateway -users 100000 -store DIRECTORY
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
)

func main() {
	users := flag.Int("users", 100_000, "how many users there are; half of them call the other half")
	shards := flag.Int("shards", runtime.GOMAXPROCS(0), "how many goroutines share them")
	store := flag.String("store", "", "`directory` for the journals; without one, nothing outlives the process")
	flag.Parse()
	if *users < 2 || *users > 10_000_000 || *shards < 1 || *shards > 1024 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "gateway: -users must be from 2 to 10000000, -shards from 1 to 1024")
		os.Exit(2)
	}
	if err := measure(os.Stdout, *users, *shards, *store); err != nil {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		os.Exit(3)
	}
}

// gateway is a process: its shards, and what its app was told.
type gateway struct {
	shards  []*shard
	rung    atomic.Int64
	agreed  atomic.Int64 // callers and callees that are in a call
	failed  atomic.Int64
	answers atomic.Bool // callees accept at once
}

func name(user int) string { return fmt.Sprintf("user%d", user) }

// open starts a gateway. Without shards to share them, messages to its users would come
// from a broker: on NATS, the process of partition p subscribes to invsim.p.>.
func open(shards int, store string) (*gateway, error) {
	g := &gateway{}
	for n := range shards {
		var journal host.Store
		if store != "" {
			journal = host.FileStore(filepath.Join(store, fmt.Sprintf("shard%d", n)))
		}
		s := newShard(journal)
		s.send = g.send
		s.tell = g.tell
		g.shards = append(g.shards, s)
	}
	for _, s := range g.shards {
		if err := s.load(); err != nil {
			return nil, err
		}
	}
	for _, s := range g.shards {
		go s.run()
	}
	return g, nil
}

func (g *gateway) send(in input) { g.shards[partition(in.to, len(g.shards))].put(in) }

// tell is the app.
func (g *gateway) tell(_ *engine.Engine, out *engine.Output) {
	switch out.Kind {
	case engine.RemoteInvitationReceived:
		if out.Restores == 0 {
			g.rung.Add(1)
		}
		if g.answers.Load() {
			_ = out.Remote.Accept() // it may have ended
		}
	case engine.LocalInvitationAccepted, engine.RemoteInvitationAccepted:
		g.agreed.Add(1)
	case engine.LocalInvitationFailure, engine.RemoteInvitationFailure:
		g.failed.Add(1)
	}
}

func (g *gateway) close() error {
	var first error
	for _, s := range g.shards {
		if err := s.stop(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// until waits until a count is reached.
func until(count *atomic.Int64, want int) error {
	for last, since := int64(-1), time.Now(); ; time.Sleep(5 * time.Millisecond) {
		n := count.Load()
		if n >= int64(want) {
			return nil
		}
		if n != last {
			last, since = n, time.Now()
		} else if time.Since(since) > 30*time.Second {
			return fmt.Errorf("nothing happens: %d of %d", n, want)
		}
	}
}

// wave is how many calls are under way at once. If all were, the last would wait for
// longer than the first copy of an INVITE, and then most of the work would be copies.
const wave = 10_000

// inWaves does something for each call, and waits for what each wave leads to.
func inWaves(calls int, count *atomic.Int64, each int, do func(n int)) error {
	for n := range calls {
		do(n)
		if (n+1)%wave == 0 || n+1 == calls {
			if err := until(count, each*(n+1)); err != nil {
				return err
			}
		}
	}
	return nil
}

// live is the memory that is in use.
func live() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// measure lets half of the users call the other half, and tells what each step takes. With a store, the gateway is closed and opened again while all phones ring.
func measure(w io.Writer, users, shards int, store string) error {
	calls := users / 2
	before := live()
	g, err := open(shards, store)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d users on %d shards, %d calls\n\n", users, shards, calls)
	row := func(what string, format string, args ...any) {
		fmt.Fprintf(w, "%-34s %s\n", what, fmt.Sprintf(format, args...))
	}
	var made atomic.Int64
	for n := range users {
		g.send(input{to: name(n), app: func(*engine.Engine) { made.Add(1) }})
	}
	if err := until(&made, users); err != nil {
		return err
	}
	idle := live()
	row("memory of an idle user", "%d bytes", (idle-before)/uint64(users))

	timed := func(what string, do func() error) error {
		started, used := time.Now(), processorTime()
		if err := do(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		took, used := time.Since(started), processorTime()-used
		row(what, "%.2f s, %.1f µs of processor time for each call", took.Seconds(), float64(used.Microseconds())/float64(calls))
		return nil
	}
	if err := timed("all phones ring after", func() error {
		return inWaves(calls, &g.rung, 1, func(n int) {
			g.send(input{to: name(n), app: func(e *engine.Engine) { _ = e.CreateLocalInvitation(name(calls + n)).Send() }})
		})
	}); err != nil {
		return err
	}
	time.Sleep(100 * time.Millisecond) // the last RECEIVED
	row("memory of an open call, both ends", "%d bytes", (live()-idle)/uint64(calls))

	if store != "" {
		if err := g.close(); err != nil {
			return err
		}
		row("journals", "%d bytes for each user", sizeOf(store)/int64(users))
		if err := timed("closed, and open again after", func() (err error) {
			g, err = open(shards, store)
			return err
		}); err != nil {
			return err
		}
	}
	if err := timed("all accepted, both ends know, after", func() error {
		g.answers.Store(true)
		return inWaves(calls, &g.agreed, 2, func(n int) {
			g.send(input{to: name(calls + n), app: func(e *engine.Engine) {
				for ring := range e.RemoteInvitations() {
					_ = ring.Accept() // it may have accepted at once
				}
			}})
		})
	}); err != nil {
		return err
	}
	time.Sleep(100 * time.Millisecond)
	row("memory of an ended call, both ends", "%d bytes", (live()-idle)/uint64(calls))
	row("calls that failed", "%d", g.failed.Load())
	return g.close()
}

// sizeOf is how large the files of a directory are.
func sizeOf(dir string) (sum int64) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	for _, file := range files {
		if info, err := file.Info(); err == nil {
			sum += info.Size()
		}
	}
	return sum
}
