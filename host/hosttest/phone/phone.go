// Package phone tries a transport by hand: a phone in a terminal. Its caller, main of an
// example, gives it a way to log in and a way to run a server. It imports host and
// packages below it.
//
//	go run . -serve -name bob           in one terminal
//	go run . -name alice -call bob      in another
package phone

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
)

// Transport is a host's transport that can hang up.
type Transport interface {
	host.Transport
	Close() error
}

// Kind is a kind of transport.
type Kind struct {
	Server string // the address that -server has by default
	// Login connects one of a user's devices, 0 if there is only one.
	Login func(server, name string, device uint64) (Transport, error)
	// Serve starts a server and returns its address, which is another than that
	// given if the port was 0.
	Serve func(address string) (at string, stop func(), err error)
}

// Main is the program.
func Main(kind Kind) {
	if err := run(kind, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kind Kind, args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("phone", flag.ContinueOnError)
	server := flags.String("server", kind.Server, "`address` of the server")
	serve := flags.Bool("serve", false, "run the server, too")
	name := flags.String("name", "", "own user `id`; none: only serve, until the input ends")
	device := flags.Uint64("device", 0, "`number` of this device, if the user has several")
	callee := flags.String("call", "", "user `id` to call")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *serve {
		at, stop, err := kind.Serve(*server)
		if err != nil {
			return err
		}
		defer stop()
		*server = at
		fmt.Fprintf(out, "serving at %s\n", at)
	}
	if *name == "" {
		if !*serve {
			return errors.New("-name is missing")
		}
		_, err := io.Copy(io.Discard, in)
		return err
	}
	transport, err := kind.Login(*server, *name, *device)
	if err != nil {
		return err
	}
	defer transport.Close()
	return ring(transport, *name, *device, *callee, in, out)
}

// ring runs a phone until it is quit.
func ring(transport host.Transport, name string, device uint64, callee string, in io.Reader, out io.Writer) error {
	p := &phone{out: out, device: device}
	h, err := host.New(name, transport, host.Options{Engine: engine.Options{Device: device}})
	if err != nil {
		return err
	}
	p.host = h
	if err := h.Start(p); err != nil {
		return err
	}
	p.say("%s: a accepts, r refuses, c cancels, q quits", name)
	if callee != "" {
		p.call(callee)
	}
	keys := bufio.NewScanner(in)
	for keys.Scan() && keys.Text() != "q" {
		p.press(keys.Text())
	}
	if device == 0 { // a refusal of one device is one of all
		p.press("r")
	}
	p.press("c")
	h.Close()
	<-h.Done()
	return keys.Err()
}

// phone is in one call at a time: who calls meanwhile is refused. One of several devices
// says nothing then, because the others may ring.
type phone struct {
	host   *host.Host
	out    io.Writer
	device uint64

	mu       sync.Mutex // guards all below; a callback may hold it and call the host
	outgoing *host.LocalInvitation
	incoming *host.RemoteInvitation
}

func (p *phone) say(format string, args ...any) { fmt.Fprintf(p.out, format+"\n", args...) }

// check tells why a call was refused.
func (p *phone) check(err error) {
	if err != nil {
		p.say("%v", err)
	}
}

func (p *phone) call(callee string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.outgoing = p.host.CreateLocalInvitation(callee)
	p.outgoing.SetContent("shall we talk?")
	p.say("calling %s", callee)
	p.check(p.host.SendLocalInvitation(p.outgoing))
}

// press is a key: what does not fit the present call does nothing.
func (p *phone) press(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.incoming != nil && key == "a":
		p.incoming.SetResponse("here is " + p.host.Self())
		p.check(p.host.AcceptRemoteInvitation(p.incoming))
	case p.incoming != nil && key == "r":
		p.incoming.SetResponse("not now")
		p.check(p.host.RefuseRemoteInvitation(p.incoming))
	case p.outgoing != nil && key == "c":
		p.check(p.host.CancelLocalInvitation(p.outgoing))
	}
}

func (p *phone) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.incoming != nil || p.outgoing != nil {
		p.say("%s calls, too", inv.CallerID())
		if p.device != 0 {
			return
		}
		inv.SetResponse("busy")
		p.check(p.host.RefuseRemoteInvitation(inv))
		return
	}
	p.incoming = inv
	p.say("%s rings: %q (a or r)", inv.CallerID(), inv.Content())
}

func (p *phone) OnLocalInvitationReceivedByPeer(inv *host.LocalInvitation) {
	p.say("it rings at %s (c)", inv.CalleeID())
}

func (p *phone) OnLocalInvitationAccepted(inv *host.LocalInvitation, response string) {
	p.outgoingEnds(inv, strconv.Quote(response))
}

func (p *phone) OnLocalInvitationRefused(inv *host.LocalInvitation, response string) {
	p.outgoingEnds(inv, strconv.Quote(response))
}

func (p *phone) OnLocalInvitationCanceled(inv *host.LocalInvitation) { p.outgoingEnds(inv, "") }

func (p *phone) OnLocalInvitationFailure(inv *host.LocalInvitation, code errors.LocalInvitationError) {
	p.outgoingEnds(inv, code.Name())
}

func (p *phone) OnRemoteInvitationAccepted(inv *host.RemoteInvitation) { p.incomingEnds(inv, "") }
func (p *phone) OnRemoteInvitationRefused(inv *host.RemoteInvitation)  { p.incomingEnds(inv, "") }

func (p *phone) OnRemoteInvitationCanceled(inv *host.RemoteInvitation) {
	why := ""
	if reason := inv.Reason(); reason == engine.ReasonAcceptedElsewhere || reason == engine.ReasonRefusedElsewhere {
		why = reason.String()
	}
	p.incomingEnds(inv, why)
}

func (p *phone) OnRemoteInvitationFailure(inv *host.RemoteInvitation, code errors.RemoteInvitationError) {
	p.incomingEnds(inv, code.Name())
}

func (p *phone) outgoingEnds(inv *host.LocalInvitation, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.outgoing == inv {
		p.outgoing = nil
	}
	p.say("%s", strings.TrimSpace(fmt.Sprintf("call to %s: %v %s", inv.CalleeID(), inv.State(), why)))
}

func (p *phone) incomingEnds(inv *host.RemoteInvitation, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.incoming == inv {
		p.incoming = nil
	}
	p.say("%s", strings.TrimSpace(fmt.Sprintf("call from %s: %v %s", inv.CallerID(), inv.State(), why)))
}
