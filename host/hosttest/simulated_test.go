// The simulator's network, in real time: its path decides what is doubled and how
// long each copy is under way, so that copies overtake each other.

package hosttest_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/invsim/invsim/host/hosttest"
	"github.com/invsim/invsim/host/memory"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/tape"
)

// simulation is a network in memory with a path before every user.
type simulation struct {
	memory.Network
	path   netem.Chain
	tape   tape.Tape
	sent   atomic.Uint64 // by all: it names each message for the tape
	down   atomic.Bool
	asleep sync.Map // user → true: what is sent to a sleeping machine is lost
}

type simulated struct {
	*memory.Transport
	*simulation
	closed atomic.Bool
}

// Send fails when the user is not connected, as it would without the path. What
// comes after, the sender does not learn.
func (s *simulated) Send(peer string, data []byte) error {
	if s.down.Load() || s.closed.Load() {
		return s.Transport.Send(peer, data)
	}
	if _, asleep := s.asleep.Load(peer); asleep {
		return nil
	}
	for _, takes := range s.path.Carry(s.tape, netem.Copy{Key: tape.Key(s.sent.Add(1)) << 1}) {
		time.AfterFunc(time.Duration(takes), func() { s.Transport.Send(peer, data) })
	}
	return nil
}

func (s *simulated) Close() error {
	s.closed.Store(true)
	return s.Transport.Close()
}

func (s *simulation) turn(down bool, turn func()) func() {
	return func() {
		s.down.Store(down)
		turn()
	}
}

func (s *simulation) doze(user string, _ time.Duration) (wake func()) {
	s.asleep.Store(user, true)
	return func() { s.asleep.Delete(user) }
}

func TestSimulated(t *testing.T) {
	hosttest.Run(t, func(t *testing.T) hosttest.Network {
		s := &simulation{
			path: netem.Chain{&netem.Duplicate{P: 0.3}, &netem.Latency{Delay: netem.Between(0, 20*time.Millisecond)}},
			tape: tape.World(1, 0),
		}
		return hosttest.Network{
			Connect: func(_ *testing.T, user string) hosttest.Transport {
				return &simulated{Transport: s.Network.Connect(user), simulation: s}
			},
			ConnectDevice: func(_ *testing.T, user string, device uint64) hosttest.Transport {
				return &simulated{Transport: s.Network.ConnectDevice(user, device), simulation: s}
			},
			Stop:      s.turn(true, s.Network.Stop),
			Restart:   s.turn(false, s.Network.Restart),
			TellsGone: true,
			Doze:      s.doze,
		}
	})
}
