// Package reference is our own engine behind the driver protocol: the endpoint that others
// are compared with. It imports conformance/invd, engine, errors, internal/seam,
// sim/mutant, states and wire.
package reference

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	stderrors "errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/seam"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/states"
	"github.com/invsim/invsim/wire"
)

// Endpoint is an engine behind the driver. The zero value keeps the protocol.
type Endpoint struct {
	Name    string    // empty: invsim
	Version string    // of the module
	Mutant  mutant.ID // a rule less; 0: the protocol

	// Adjust changes the options of an engine before it starts; nil: nothing.
	Adjust func(*engine.Options)

	language string // empty: this Go

	engine *engine.Engine
	now    invd.Time
	form   string
	locals map[string]*engine.LocalInvitation // by label
	labels map[*engine.LocalInvitation]string
	own    map[key]*engine.LocalInvitation
	others map[key]*engine.RemoteInvitation
	groups map[string]*engine.Group // by label
	peers  map[engine.ID]string     // the other user of an id, for a broken host
	cells  []invd.Cell
	traced bool

	story string // the case,
	first uint64 // and the epoch of its first engine
}

type key struct {
	peer string
	id   engine.ID
}

// Now makes the endpoint its engine's clock.
func (e *Endpoint) Now() time.Time { return time.Unix(0, int64(e.now)) }

// Hello says who it is.
func (e *Endpoint) Hello() invd.Implementation {
	name := e.Name
	if name == "" {
		name = "invsim"
	}
	version, language := e.Version, e.language
	if version == "" {
		version = "(devel)"
	}
	if language == "" {
		language = "Go " + strings.TrimPrefix(runtime.Version(), "go")
	}
	return invd.Implementation{
		Protocol: invd.Protocol, Name: name, Version: version, Language: language,
		Roles: []string{"caller", "callee"}, Forms: []string{invd.JSON, invd.Binary},
		Features: []string{"presence", "session", "held", "late", "set-clock", "epoch", "times", "count-from-send",
			"fail-at-once", "no-retransmit", "limits", "snapshot", "inspect", "trace",
			"refresh", "device", "group", "note", "call-times", "missed"},
		Clock: invd.Virtual, Unit: "ns",
	}
}

// Do carries out a request.
func (e *Endpoint) Do(r invd.Request) invd.Reply {
	reply, err := e.do(r)
	if err != nil {
		return invd.Reply{Error: r.Op() + ": " + err.Error()}
	}
	return reply
}

func (e *Endpoint) do(r invd.Request) (reply invd.Reply, err error) {
	if timed, ok := r.(invd.Timed); ok {
		at := timed.Present()
		e.now, e.traced, e.cells = at.Now, at.Trace, nil
	}
	switch r := r.(type) {
	case *invd.Inspect:
		return e.inspect(r)
	case *invd.Snapshot:
		reply.Snapshot = e.engine.Snapshot()
	case *invd.Reset:
		err = e.reset(r)
	case *invd.Restore:
		err = e.restore(r, &reply)
	case *invd.App:
		err = e.app(r, &reply)
	case *invd.Deliver:
		err = e.deliver(r, &reply)
	case *invd.Peer:
		if r.Online {
			e.engine.PeerOnline(r.Peer)
		} else {
			e.engine.PeerOffline(r.Peer)
		}
	case *invd.Session:
		if r.In {
			e.engine.LogIn()
		} else {
			e.engine.LogOut()
		}
	case *invd.Advance:
		e.engine.Advance()
	default:
		err = stderrors.New("there is no such request")
	}
	if err != nil {
		return invd.Reply{}, err
	}
	return reply, e.settle(&reply)
}

// settle takes the outputs and the deadline.
func (e *Endpoint) settle(reply *invd.Reply) error {
	for out := range e.engine.All() {
		effect, err := e.effect(out)
		if err != nil {
			return err
		}
		reply.Effects = append(reply.Effects, effect)
	}
	reply.Trace, reply.Next = e.cells, invd.Never()
	if at, ok := e.engine.NextDeadline(); ok {
		reply.Next = invd.Due(invd.Time(at.UnixNano()))
	}
	return nil
}

// reset starts an engine that remembers nothing.
func (e *Endpoint) reset(r *invd.Reset) error {
	o, err := e.options(&r.Setup)
	if err != nil {
		return err
	}
	if r.Case != e.story || e.first == 0 {
		e.story, e.first = r.Case, o.Epoch
	}
	o.Epoch = e.Mutant.Epoch(e.first, o.Epoch)
	made, err := engine.New(r.Self, o)
	if err != nil {
		return err
	}
	e.use(made, r.Form)
	return nil
}

func (e *Endpoint) restore(r *invd.Restore, reply *invd.Reply) error {
	o, err := e.options(&r.Setup)
	if err != nil {
		return err
	}
	away := engine.AwayUnknown
	if r.Away != nil {
		away = time.Duration(*r.Away)
	}
	made, err := engine.Restore(r.Self, o, r.Snapshot, away)
	if err != nil {
		return err
	}
	e.use(made, r.Form)
	for l := range made.LocalInvitations() {
		e.own[key{l.CalleeID(), l.ID()}] = l
		e.peers[l.ID()] = l.CalleeID()
		reply.Open = append(reply.Open, invd.Open{Ref: invd.Ref{To: l.CalleeID(), ID: l.ID().String()}, State: l.State().String()})
	}
	for r := range made.RemoteInvitations() {
		e.others[key{r.CallerID(), r.ID()}] = r
		e.peers[r.ID()] = r.CallerID()
		reply.Open = append(reply.Open, invd.Open{Ref: invd.Ref{From: r.CallerID(), ID: r.ID().String()}, State: r.State().String()})
	}
	return nil
}

func (e *Endpoint) use(made *engine.Engine, form string) {
	e.engine, e.form = made, form
	e.locals, e.labels = map[string]*engine.LocalInvitation{}, map[*engine.LocalInvitation]string{}
	e.own, e.others = map[key]*engine.LocalInvitation{}, map[key]*engine.RemoteInvitation{}
	e.groups, e.peers = map[string]*engine.Group{}, map[engine.ID]string{}
}

func (e *Endpoint) options(s *invd.Setup) (engine.Options, error) {
	o := engine.Options{
		Clock: e, Times: times(s.Options.Times), CountFromSend: s.Options.CountFromSend, FailAtOnce: s.Options.FailAtOnce,
		NoRetransmit: s.Options.NoRetransmit, MaxPerPeer: s.Options.MaxPerPeer, MaxTotal: s.Options.MaxTotal,
		Observe: e.observe,
	}
	var err error
	if s.Epoch == "" {
		var drawn [8]byte
		rand.Read(drawn[:]) // it never fails
		o.Epoch = binary.BigEndian.Uint64(drawn[:]) | 1
	} else if o.Epoch, err = parseHex("epoch", s.Epoch); err != nil {
		return o, err
	}
	if s.Device != "" {
		if o.Device, err = parseHex("device", s.Device); err != nil {
			return o, err
		}
	}
	if e.Mutant != mutant.None {
		o.Rules = seam.Of(e.Mutant, o.Times.Linger, o.Times.Tombstone)
	}
	if e.Adjust != nil {
		e.Adjust(&o)
	}
	return o, nil
}

func parseHex(what, text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		return 0, fmt.Errorf("%s %q is no hexadecimal number of 64 bits", what, text)
	}
	return n, nil
}

// times are the default ones but for those that are given.
func times(given invd.Times) engine.Times {
	t := engine.DefaultTimes()
	for _, each := range []struct {
		to    *time.Duration
		given invd.Time
	}{
		{&t.NoResponse, given.NoResponse}, {&t.Expiry, given.Expiry}, {&t.ExpiryCap, given.ExpiryCap}, {&t.Accept, given.Accept},
		{&t.RetransmitFirst, given.RetransmitFirst}, {&t.RetransmitCap, given.RetransmitCap},
		{&t.AcceptFirst, given.AcceptFirst}, {&t.AcceptCap, given.AcceptCap},
		{&t.Linger, given.Linger}, {&t.Tombstone, given.Tombstone}, {&t.MaxDelay, given.MaxDelay},
	} {
		if each.given != 0 {
			*each.to = time.Duration(each.given)
		}
	}
	if given.Grace != nil {
		t.Grace = time.Duration(*given.Grace)
	}
	if given.Refresh != nil {
		t.Refresh = time.Duration(*given.Refresh)
	}
	return t
}

func (e *Endpoint) observe(s engine.Step) {
	if !e.traced {
		return
	}
	cell := invd.Cell{Table: "callee", In: s.FromName(), On: s.TriggerName(), Kind: s.Kind.String(), Effects: s.Effects.String(), Peer: s.Peer}
	if s.Local {
		cell.Table = "caller"
	}
	if s.Kind == states.Move {
		cell.Next = s.ToName()
	}
	if s.ID != (engine.ID{}) {
		cell.ID = s.ID.String()
	}
	e.cells = append(e.cells, cell)
}

// deliver hands in a message. Bytes that are none reach no engine.
func (e *Endpoint) deliver(r *invd.Deliver, reply *invd.Reply) error {
	m, err := wire.Decode(r.Bytes())
	if err != nil {
		var bad *wire.Error
		if !errors.As(err, &bad) {
			return err
		}
		reply.Undecodable = reasonNames[bad.Reason]
		return nil
	}
	m.Held = time.Duration(r.Held)
	peer, known := e.peers[m.ID]
	if !known {
		peer = r.From
	}
	reply.Verdict = e.Mutant.Receive(e.engine, r.From, peer, m).String()
	return nil
}

// reasonNames are the names of docs/wire.md.
var reasonNames = map[wire.Reason]string{
	wire.TooLarge: "TooLarge", wire.BadSyntax: "BadSyntax", wire.BadUTF8: "BadUTF8", wire.TrailingData: "TrailingData",
	wire.UnknownVersion: "UnknownVersion", wire.UnknownField: "UnknownField", wire.DuplicateField: "DuplicateField",
	wire.MissingField: "MissingField", wire.MisplacedField: "MisplacedField", wire.WrongType: "WrongType",
	wire.OutOfRange: "OutOfRange", wire.UnknownWord: "UnknownWord", wire.BadID: "BadID", wire.UnknownForm: "UnknownForm",
	wire.Truncated: "Truncated", wire.NotShortest: "NotShortest",
}

// effect is an output in the words of the driver.
func (e *Endpoint) effect(out engine.Output) (invd.Effect, error) {
	if out.Kind == engine.Send {
		effect := invd.Effect{Do: "send", To: out.To}
		var err error
		if e.form == invd.Binary {
			effect.Raw, err = wire.EncodeBinary(out.Message)
		} else {
			var text []byte
			text, err = wire.EncodeJSON(out.Message)
			effect.Message = json.RawMessage(text)
		}
		return effect, err
	}
	effect := invd.Effect{Do: "event", Name: out.Kind.String()}
	if l := out.Local; l != nil {
		effect.Inv, effect.To = e.labels[l], l.CalleeID()
		if l.ID() != (engine.ID{}) {
			effect.ID = l.ID().String()
			e.own[key{l.CalleeID(), l.ID()}] = l
			e.peers[l.ID()] = l.CalleeID()
		}
		response := l.Response()
		switch out.Kind {
		case engine.LocalInvitationAccepted, engine.LocalInvitationRefused:
			effect.Response, effect.Device = &response, deviceOf(l.Device())
		case engine.LocalInvitationCanceled:
			effect.Reason = l.Reason().String()
		case engine.LocalInvitationFailure:
			effect.Failure = short(out.LocalError)
		}
		return effect, nil
	}
	if m := out.Missed; m != nil {
		effect.From, effect.ID, effect.Content, effect.ChannelID = m.CallerID, m.ID.String(), &m.Content, &m.ChannelID
		effect.Reason, effect.Withdrawn = m.Reason.String(), m.Withdrawn
		return effect, nil
	}
	r := out.Remote
	effect.From, effect.ID = r.CallerID(), r.ID().String()
	content, channel := r.Content(), r.ChannelID()
	switch out.Kind {
	case engine.RemoteInvitationReceived:
		e.others[key{r.CallerID(), r.ID()}] = r
		e.peers[r.ID()] = r.CallerID()
		effect.Content, effect.ChannelID = &content, &channel
	case engine.RemoteInvitationCanceled:
		effect.Reason = r.Reason().String()
		if note := r.Note(); note != "" {
			effect.Note = &note
		}
	case engine.RemoteInvitationFailure:
		effect.Failure = short(out.RemoteError)
	}
	return effect, nil
}

// deviceOf is a device in hexadecimal; the only one has no name.
func deviceOf(device uint64) string {
	if device == 0 {
		return ""
	}
	return strconv.FormatUint(device, 16)
}

// short is a code's name without the prefix of its family.
func short(code interface{ Name() string }) string {
	_, name, _ := strings.Cut(code.Name(), "_ERR_")
	return name
}
