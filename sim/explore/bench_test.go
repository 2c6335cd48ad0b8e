//go:build unix

package explore

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

// BenchmarkTransition is a whole search, and what one of its transitions costs on one
// core: beside that of a step of the engine (receive a message and poll its answer, as in
// BenchmarkStep of package engine), in the same run.
func BenchmarkTransition(b *testing.B) {
	for _, w := range []World{{Calls: 1, Reports: true, Logouts: true}, {Calls: 2, MaxStates: 1_000_000}} {
		b.Run(w.String(), func(b *testing.B) {
			var spent, steps time.Duration // of the processor: others may be using it, too
			transitions, bytes, states := uint64(0), 0, 0
			for b.Loop() {
				began := processor(b)
				s := newSearch(w, 1)
				if err := s.explore(context.Background(), nil); err != nil {
					b.Fatal(err)
				}
				spent += processor(b) - began
				transitions, bytes, states = transitions+s.result.Transitions, s.set.bytes(), s.set.len()
				steps += stepOf(b)
			}
			transition, step := float64(spent)/float64(transitions), float64(steps)/float64(b.N)
			b.ReportMetric(transition, "ns/transition")
			b.ReportMetric(step, "ns/step")
			b.ReportMetric(transition/step, "steps/transition")
			b.ReportMetric(float64(bytes)/float64(states), "bytes/state")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// stepOf is what a step of the engine takes.
func stepOf(b *testing.B) time.Duration {
	const steps = 1_000_000
	w := World{Calls: 1}
	p := (&rules{options: w.engineOptions(), calls: 1}).newPhone()
	m := engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 2, Counter: 1}, Wait: time.Second, Expiry: time.Second}
	began := processor(b)
	for range steps {
		p.engine.Receive(peer, m)
		for out, ok := p.engine.Poll(); ok; out, ok = p.engine.Poll() {
			_ = out
		}
		p.engine.NextDeadline()
	}
	return (processor(b) - began) / steps
}

// processor is the processor time of this process.
func processor(b testing.TB) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
