package embedding_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/hosttest/embedding"
)

// diary is a Line that writes down what happens and accepts what rings.
type diary struct {
	*embedding.Line
	after time.Duration // how long it rings

	mu    sync.Mutex
	lines []string
}

func (d *diary) write(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func (d *diary) read() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.lines)
}

func newDiary(t *testing.T, w *world, user string) *diary {
	d := &diary{Line: &embedding.Line{Host: w.host(t, user, host.Options{})}}
	d.Ring = func(inv *host.RemoteInvitation) {
		d.write("%s rings", inv.CallerID())
		time.AfterFunc(d.after, func() { d.Host.AcceptRemoteInvitation(inv) })
	}
	d.Talk = func(peer string) { d.write("talk to %s", peer) }
	d.Over = func(peer string) { d.write("no call with %s", peer) }
	if err := d.Host.Start(d.Line); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestGlare: two who call each other end in one call, however far apart they press.
func TestGlare(t *testing.T) {
	const delay = 100 * time.Millisecond
	for apart := -3 * delay; apart <= 3*delay; apart += delay / 4 {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(delay)
			alice, bob := newDiary(t, w, "alice"), newDiary(t, w, "bob")
			alice.after, bob.after = time.Second, time.Second
			press := func(d *diary, peer string, at time.Duration) {
				time.AfterFunc(at, func() {
					if err := d.Call(peer); err != nil && !errors.Is(err, embedding.ErrBusy) {
						t.Error(err)
					}
				})
			}
			press(alice, "bob", max(0, apart))
			press(bob, "alice", max(0, -apart))
			time.Sleep(time.Hour)
			synctest.Wait()
			for d, peer := range map[*diary]string{alice: "bob", bob: "alice"} {
				var rest []string
				for _, line := range d.read() {
					if line != peer+" rings" {
						rest = append(rest, line)
					}
				}
				if !slices.Equal(rest, []string{"talk to " + peer}) {
					t.Errorf("%v apart: the user who called %s: %q", apart, peer, d.read())
				}
			}
			// Inside of one delay it is glare, and nobody has to press again.
			if glare := max(apart, -apart) < delay; glare && len(alice.read())+len(bob.read()) != 2 {
				t.Errorf("%v apart: somebody was rung: %q, %q", apart, alice.read(), bob.read())
			}
			alice.Host.Close()
			bob.Host.Close()
		})
	}
}

// TestGlareLost: if the call that wins does not get through, the other one rings.
func TestGlareLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(100 * time.Millisecond)
		alice, bob := newDiary(t, w, "alice"), newDiary(t, w, "bob")
		w.setCut("alice", true)
		alice.Call("bob")
		time.Sleep(10 * time.Second)
		bob.Call("alice")
		time.Sleep(21 * time.Second)
		w.setCut("alice", false)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := alice.read(); !slices.Equal(got, []string{"bob rings", "talk to bob"}) {
			t.Errorf("alice: %q", got)
		}
		if got := bob.read(); !slices.Equal(got, []string{"talk to alice"}) {
			t.Errorf("bob: %q", got)
		}
		alice.Host.Close()
		bob.Host.Close()
	})
}

// TestBusy: who is ringing, calling or talking is busy, and free again afterwards.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(100 * time.Millisecond)
		alice, bob, carol := newDiary(t, w, "alice"), newDiary(t, w, "bob"), newDiary(t, w, "carol")
		bob.after = 5 * time.Second
		alice.Call("bob")
		for range 3 { // bob rings, then talks
			time.Sleep(3 * time.Second)
			carol.Call("bob")
		}
		if err := bob.Call("dave"); !errors.Is(err, embedding.ErrBusy) {
			t.Error(err)
		}
		time.Sleep(time.Second)
		bob.HangUp()
		alice.HangUp()
		bob.after = 0
		carol.Call("bob")
		time.Sleep(time.Minute)
		synctest.Wait()
		for d, want := range map[*diary][]string{
			alice: {"talk to bob"},
			bob:   {"alice rings", "talk to alice", "carol rings", "talk to carol"},
			carol: {"no call with bob", "no call with bob", "no call with bob", "talk to bob"},
		} {
			if got := d.read(); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", d.Host.Self(), got, want)
			}
			d.Host.Close()
		}
	})
}
