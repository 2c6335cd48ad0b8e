// How long calls take: `go test ./simtest -run '^$' -bench Calls`.

package simtest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/simtest"
)

// BenchmarkCalls plays worlds of 300 calls. One call is an operation.
func BenchmarkCalls(b *testing.B) {
	for _, c := range []struct {
		name string
		play func(t *testing.T)
	}{
		{"quiet", func(t *testing.T) { simtest.Play(t, 1, quiet) }},
		{"faults", func(t *testing.T) { busy(t, 3, calls) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; n < b.N; n += calls {
				t := &testing.T{} // Play wants one, and no test of a benchmark has one
				if c.play(t); t.Failed() {
					b.Fatal("a world has failed: see TestManyCalls")
				}
			}
		})
	}
}

const calls = 300

// quiet is ten phones who call each other, and answer, over a good network.
func quiet(w *simtest.World) {
	var phones []*simtest.Phone
	for i := range 10 {
		phones = append(phones, w.Phone(fmt.Sprint("user", i), host.Options{}, func(h *host.Host) host.Listener { return &answers{Host: h} }))
	}
	for n := range calls {
		from, to := phones[n%10].Host(), phones[(n+1+n/10%9)%10]
		from.SendLocalInvitation(from.CreateLocalInvitation(to.User))
		w.Sleep(10 * time.Millisecond)
	}
	w.Sleep(5 * time.Second)
}
