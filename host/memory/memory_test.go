package memory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/hosttest"
	"github.com/invsim/invsim/host/memory"
)

func TestContract(t *testing.T) {
	hosttest.Run(t, func(t *testing.T) hosttest.Network {
		var network memory.Network
		return hosttest.Network{
			Connect: func(_ *testing.T, user string) hosttest.Transport { return network.Connect(user) },
			ConnectDevice: func(_ *testing.T, user string, device uint64) hosttest.Transport {
				return network.ConnectDevice(user, device)
			},
			Stop:      network.Stop,
			Restart:   network.Restart,
			TellsGone: true,
		}
	})
}

// diary is a receiver that writes down what it is told.
type diary struct {
	name  string
	lines *[]string
}

func (d diary) write(text string) { *d.lines = append(*d.lines, d.name+" "+text) }

func (d diary) Receive(from string, data []byte, _ time.Duration) {
	d.write("gets " + string(data) + " from " + from)
}
func (d diary) PeerOnline(peer string)  { d.write("hears that " + peer + " is online") }
func (d diary) PeerOffline(peer string) { d.write("hears that " + peer + " is offline") }
func (d diary) LoggedIn()               { d.write("is logged in") }
func (d diary) LoggedOut()              { d.write("is logged out") }

var _ host.Receiver = diary{}

// TestNews: who is told what, in an order that does not change.
func TestNews(t *testing.T) {
	var network memory.Network
	var lines []string
	connect := func(user string) *memory.Transport {
		transport := network.Connect(user)
		transport.Listen(diary{user, &lines})
		return transport
	}
	send := func(from *memory.Transport, to, text string) {
		if err := from.Send(to, []byte(text)); err != nil {
			lines = append(lines, err.Error())
		}
	}
	carol, alice := connect("carol"), connect("alice")
	send(alice, "bob", "1")
	early := network.Connect("bob") // and does not listen yet
	send(alice, "bob", "2")
	early.Listen(diary{"bob", &lines})
	send(alice, "bob", "3")
	network.Stop()
	network.Stop()
	send(alice, "bob", "4")
	connect("dave")
	network.Restart()
	network.Restart()
	bob := connect("bob") // elsewhere
	early.Close()
	send(early, "alice", "5")
	send(bob, "alice", "6")
	carol.Close()
	send(bob, "carol", "7")
	send(carol, "bob", "8")
	want := strings.ReplaceAll(strings.TrimSpace(`
		alice hears that bob is offline
		bob gets 3 from alice
		alice is logged out
		bob is logged out
		carol is logged out
		not connected
		dave is logged out
		alice is logged in
		bob is logged in
		carol is logged in
		dave is logged in
		bob is logged out
		not connected
		alice gets 6 from bob
		bob hears that carol is offline
		not connected`), "\t", "")
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s", got)
	}
}
