// Command browser is a host for pages: it puts one function, invsimConnect, into the
// page. two.js is such a page's script, and index.html the page.
//
//	GOOS=js GOARCH=wasm go build -o examples/browser/phone.wasm ./examples/browser
package main

import (
	"syscall/js"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/wire"
)

// invsimConnect(user, send, tell) makes an endpoint. send(peer, bytes) is the page's way
// to a peer, over any socket that it has; tell(event) hears of everything. It returns an
// object of functions, and throws nothing: what is refused comes back as a text.
func main() {
	js.Global().Set("invsimConnect", js.FuncOf(func(_ js.Value, args []js.Value) any {
		return connect(args[0].String(), args[1], args[2])
	}))
	select {}
}

// phone is the transport and the listener of a page.
type phone struct {
	*host.Host
	host.Receiver
	send, tell js.Value
}

func connect(user string, send, tell js.Value) any {
	p := &phone{send: send, tell: tell}
	var err error
	if p.Host, err = host.New(user, p, host.Options{Clock: host.WallClock(nil)}); err == nil {
		err = p.Start(p)
	}
	if err != nil {
		return err.Error()
	}
	return map[string]any{
		"call": function(func(a []js.Value) error {
			inv := p.CreateLocalInvitation(a[0].String())
			inv.SetContent(a[1].String())
			return p.SendLocalInvitation(inv)
		}),
		"cancel": function(func(a []js.Value) error {
			return p.CancelWithNote(find(p.LocalInvitations(), a[0].String(), localKey), text(a, 1))
		}),
		"accept": function(func(a []js.Value) error {
			return p.AcceptRemoteInvitation(p.answered(a))
		}),
		"refuse": function(func(a []js.Value) error {
			return p.RefuseRemoteInvitation(p.answered(a))
		}),
		"receive": function(func(a []js.Value) error {
			data := make([]byte, min(a[1].Length(), wire.MaxSize+1)) // longer ones are refused
			js.CopyBytesToGo(data, a[1])
			held := time.Duration(0) // for which the server kept the message, in milliseconds
			if len(a) > 2 {
				held = time.Duration(a[2].Float() * float64(time.Millisecond))
			}
			p.Receive(a[0].String(), data, held)
			return nil
		}),
		"online":    function(func(a []js.Value) error { p.PeerOnline(a[0].String()); return nil }),
		"offline":   function(func(a []js.Value) error { p.PeerOffline(a[0].String()); return nil }),
		"loggedIn":  function(func([]js.Value) error { p.LoggedIn(); return nil }),
		"loggedOut": function(func([]js.Value) error { p.LoggedOut(); return nil }),
		"advance":   function(func([]js.Value) error { p.Advance(); return nil }), // when the page is visible again
	}
}

// function is f for the page: an error is a text, success is "".
func function(f func(args []js.Value) error) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		if err := f(args); err != nil {
			return err.Error()
		}
		return ""
	})
}

// text is an argument that a page may leave out.
func text(args []js.Value, i int) string {
	if i < len(args) {
		return args[i].String()
	}
	return ""
}

// answered is the invitation of a key, with the response to it.
func (p *phone) answered(a []js.Value) *host.RemoteInvitation {
	inv := find(p.RemoteInvitations(), a[0].String(), remoteKey)
	if inv != nil {
		inv.SetResponse(text(a, 1))
	}
	return inv
}

// Keys name invitations to the page.
func localKey(inv *host.LocalInvitation) string   { return inv.CalleeID() + " " + inv.ID().String() }
func remoteKey(inv *host.RemoteInvitation) string { return inv.CallerID() + " " + inv.ID().String() }

// find is nil if there is none, which the host refuses as an invalid argument.
func find[T any](open []*T, key string, keyOf func(*T) string) *T {
	for _, inv := range open {
		if keyOf(inv) == key {
			return inv
		}
	}
	return nil
}

// Send and Listen make the phone a host.Transport.
func (p *phone) Send(peer string, data []byte) error {
	bytes := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(bytes, data)
	p.send.Invoke(peer, bytes)
	return nil
}

func (p *phone) Listen(r host.Receiver) { p.Receiver = r }

// event tells the page. text is the content, the response or the code; why is the reason
// or the cause of an end, or of a missed call; note is that of the CANCEL.
func (p *phone) event(name, key, peer, text, why, note string) {
	p.tell.Invoke(map[string]any{"name": name, "key": key, "peer": peer, "text": text, "why": why, "note": note})
}

func (p *phone) local(name string, inv *host.LocalInvitation, text, why string) {
	p.event(name, localKey(inv), inv.CalleeID(), text, why, "")
}

func (p *phone) remote(name string, inv *host.RemoteInvitation, text, why string) {
	p.event(name, remoteKey(inv), inv.CallerID(), text, why, inv.Note())
}

func (p *phone) OnLocalInvitationReceivedByPeer(inv *host.LocalInvitation) {
	p.local("LocalInvitationReceivedByPeer", inv, "", "")
}

func (p *phone) OnLocalInvitationAccepted(inv *host.LocalInvitation, response string) {
	p.local("LocalInvitationAccepted", inv, response, "")
}

func (p *phone) OnLocalInvitationRefused(inv *host.LocalInvitation, response string) {
	p.local("LocalInvitationRefused", inv, response, "")
}

func (p *phone) OnLocalInvitationCanceled(inv *host.LocalInvitation) {
	p.local("LocalInvitationCanceled", inv, "", inv.Reason().String())
}

func (p *phone) OnLocalInvitationFailure(inv *host.LocalInvitation, code errors.LocalInvitationError) {
	cause := ""
	if code == errors.LocalPeerNoResponse {
		cause = inv.Cause().String()
	}
	p.local("LocalInvitationFailure", inv, code.Name(), cause)
}

func (p *phone) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	p.remote("RemoteInvitationReceived", inv, inv.Content(), "")
}

func (p *phone) OnRemoteInvitationAccepted(inv *host.RemoteInvitation) {
	p.remote("RemoteInvitationAccepted", inv, "", "")
}

func (p *phone) OnRemoteInvitationRefused(inv *host.RemoteInvitation) {
	p.remote("RemoteInvitationRefused", inv, "", "")
}

func (p *phone) OnRemoteInvitationCanceled(inv *host.RemoteInvitation) {
	p.remote("RemoteInvitationCanceled", inv, "", inv.Reason().String())
}

func (p *phone) OnRemoteInvitationFailure(inv *host.RemoteInvitation, code errors.RemoteInvitationError) {
	p.remote("RemoteInvitationFailure", inv, code.Name(), "")
}

// OnRemoteInvitationMissed: the page takes it off its list when it comes again, withdrawn.
func (p *phone) OnRemoteInvitationMissed(m host.Missed) {
	p.tell.Invoke(map[string]any{"name": "RemoteInvitationMissed", "key": m.CallerID + " " + m.ID.String(), "peer": m.CallerID,
		"text": m.Content, "why": m.Reason.String(), "note": "", "withdrawn": m.Withdrawn})
}
