// The transport: one datagram is one message, and who sent it is told by its
// source address alone. An address that is not in the book is its own name, so
// nobody can pose as a user who is. (On a network where source addresses can be
// forged, a transport must authenticate its peers by other means.)

package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/fair"
	"github.com/invsim/invsim/wire"
)

// addressBook says where users are.
type addressBook map[string]netip.AddrPort

func (b addressBook) add(entry string) error {
	user, address, _ := strings.Cut(entry, "=")
	at, err := netip.ParseAddrPort(address)
	b[user] = at
	return err
}

// udp is a host.Transport.
type udp struct {
	conn *net.UDPConn
	at   addressBook
	name map[netip.AddrPort]string
}

func newTransport(listen string, book addressBook) (*udp, error) {
	address, err := netip.ParseAddrPort(listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(address))
	if err != nil {
		return nil, err
	}
	u := &udp{conn, book, map[netip.AddrPort]string{}}
	for user, at := range book {
		u.name[at] = user
	}
	return u, nil
}

func (u *udp) Send(peer string, data []byte) error {
	at, known := u.at[peer]
	if !known {
		var err error
		if at, err = netip.ParseAddrPort(peer); err != nil {
			return fmt.Errorf("nobody knows where %.64q is", peer)
		}
	}
	_, err := u.conn.WriteToUDPAddrPort(data, at)
	return err
}

// Listen reads as fast as it can: what waits in the socket's buffer has no order.
func (u *udp) Listen(receiver host.Receiver) {
	receiver = fair.Receiver(receiver)
	go func() {
		buffer := make([]byte, wire.MaxSize+1) // so that what is too large shows
		for {
			n, from, err := u.conn.ReadFromUDPAddrPort(buffer)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				continue // such as an earlier datagram that met a closed port
			}
			from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
			name, known := u.name[from]
			if !known {
				name = from.String()
			}
			receiver.Receive(name, buffer[:n], 0)
		}
	}()
}
