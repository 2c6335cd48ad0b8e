// The simulator's network, in real time: its path decides what is doubled and how
// long each copy is under way, so that copies overtake each other.

package hosttest_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/invsim/invsim/host/hosttest"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/tape"
)

// simulated is a member of a memory network whose copies cross a simulated path.
type simulated struct {
	*member
	path netem.Chain
	tape tape.Tape
	sent *atomic.Uint64 // by all members: it names each message for the tape
}

// Send fails when the member is not connected, as it would without the path. What
// comes after, the sender does not learn.
func (s simulated) Send(peer string, data []byte) error {
	m := s.network
	m.mu.Lock()
	connected := m.users[s.name] == s.member && !m.down
	m.mu.Unlock()
	if !connected {
		return s.member.Send(peer, data)
	}
	for _, takes := range s.path.Carry(s.tape, netem.Copy{Key: tape.Key(s.sent.Add(1)) << 1}) {
		time.AfterFunc(time.Duration(takes), func() { s.member.Send(peer, data) })
	}
	return nil
}

func TestSimulated(t *testing.T) {
	hosttest.Run(t, func(t *testing.T) hosttest.Network {
		m := &memory{users: map[string]*member{}}
		path := netem.Chain{netem.Duplicate{P: 0.3}, netem.Latency{Delay: netem.Between(0, 20*time.Millisecond)}}
		var sent atomic.Uint64
		return hosttest.Network{
			Connect: func(t *testing.T, user string) hosttest.Transport {
				return simulated{m.connect(t, user).(*member), path, tape.World(1, 0), &sent}
			},
			Stop:      m.stop,
			Restart:   m.restart,
			TellsGone: true,
		}
	})
}
