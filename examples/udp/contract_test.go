package main

import (
	"net"
	"net/netip"
	"testing"

	"github.com/invsim/invsim/host/hosttest"
)

// line is a transport that can hang up.
type line struct{ *udp }

func (l line) Close() error { return l.conn.Close() }

func TestContract(t *testing.T) {
	hosttest.Run(t, func(t *testing.T) hosttest.Network {
		// Everybody's socket, opened now so that the book is complete, and closed
		// when its user opens it.
		book, sockets := addressBook{}, map[string]*net.UDPConn{}
		for _, user := range hosttest.Users() {
			socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { socket.Close() })
			book[user], sockets[user] = socket.LocalAddr().(*net.UDPAddr).AddrPort(), socket
		}
		return hosttest.Network{Connect: func(t *testing.T, user string) hosttest.Transport {
			sockets[user].Close()
			u, err := newTransport(book[user].String(), book)
			if err != nil {
				t.Fatal(err)
			}
			return line{u}
		}}
	})
}
