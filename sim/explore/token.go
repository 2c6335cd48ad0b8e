// A path as a token: a world of the simulator in which the same happens, so that it is
// replayed, made small, drawn and explained like any failure.

package explore

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/shrink"
	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/sim/world"
)

// script is a tape on which every copy is lost that it does not name.
type script map[tape.Choice]uint64

const always = math.MaxUint64

func (s script) Draw(what tape.Label, about tape.Key) uint64 {
	if draw, ok := s[tape.Choice{What: what, About: about}]; ok {
		return draw
	}
	if what == tape.Loss {
		return always
	}
	return 0
}

func (s script) set(what tape.Label, about tape.Key, draw uint64) {
	s[tape.Choice{What: what, About: about}] = draw
}

// longest is the longest wait of a user or a copy in the world of a token.
const longest = 100 * time.Second

// Play looks for a token for a broken property, and makes it small.
func (r *Result) Play(ctx context.Context, f *Found) {
	if r.search == nil {
		return
	}
	if r.search.play(ctx, f); f.Token != nil {
		f.Token = smaller(ctx, f.Token, f.Property)
	}
}

// Release gives the memory of the states back. Play finds nothing from then on.
func (r *Result) Release() { r.search = nil }

// play looks for a token, among the ways to a broken property that were not tried yet.
func (s *search) play(ctx context.Context, f *Found) {
	if f.Property > Ring || f.Property == property.S12 || f.Property == property.S16 || len(s.phones) > 2 {
		return // no watcher of the simulator knows it, only a second run shows it, or it has no such phones
	}
	for ; f.Token == nil && f.tried < len(f.ways) && f.played < mostPlayed; f.tried++ {
		path := s.wayOf(f.ways[f.tried])
		beats := s.rehearse(path)
		if !schedule(beats, engine.DefaultTimes()) {
			continue
		}
		f.played++
		if k := s.token(ctx, f, beats); k != nil {
			f.Token, f.Played = k, path
		}
	}
}

// smaller is a token with less in it, whose world breaks the same property. A ring that
// goes on stays as it is: a world in which the CANCEL is only slow would be smaller.
func smaller(ctx context.Context, k *setup.Token, id property.ID) *setup.Token {
	if id == Ring {
		return k
	}
	small, err := shrink.Shrink(ctx, *k, id, shrink.Options{NoWindows: true, Fails: func(o *sim.Outcome) bool {
		return o.Options.Snapshots == k.Options.Snapshots && shows(o, id)
	}})
	if err != nil {
		return k
	}
	return &small.Token
}

// mostPlayed is how many ways are played at most.
const mostPlayed = 100

// token is the world in which the simulator breaks the property in the same way. It is
// nil if the simulator has none: a report that is wrong by itself, an answer that differs
// from that before.
func (s *search) token(ctx context.Context, f *Found, beats []beat) *setup.Token {
	b := &builder{ctx: ctx, beats: beats, script: script{}, options: blank(&s.world)}
	if !b.users() || !b.phones() {
		return nil
	}
	for says := range b.forgeries() {
		b.says(says)
		if k := b.play(f); k != nil {
			return k
		}
	}
	return nil
}

// blank is a world in which nothing happens by chance.
func blank(w *World) setup.Options {
	o := setup.Default()
	o.Calls, o.Users = w.Calls, 2
	o.Loss, o.Dup, o.Latency = 0.5, 0.5, netem.Between(0, longest)
	o.Reorder, o.Offline, o.PresenceWrong = 0, 0, 0
	o.Accept, o.Refuse, o.Ignore = 1, 1, 1
	o.AnswerAfter, o.CancelAfter = setup.Range{Max: longest}, setup.Range{Max: longest}
	o.Cancel, o.PressTwice, o.ChangeMind = 0.5, 0.5, 0.5
	o.Snapshots, o.Mutant = w.Snapshots, w.Mutant
	o.Engine.Times = engine.DefaultTimes()
	o.Engine.CountFromSend, o.Engine.FailAtOnce = w.CountFromSend, w.FailAtOnce
	return o
}

// builder makes the world of a token.
type builder struct {
	ctx     context.Context
	beats   []beat
	script  script
	options setup.Options
}

// find is the first beat, from one on, that does something for a call.
func (b *builder) find(from, call int, ops ...operation) int {
	for i := max(from, 0); i < len(b.beats); i++ {
		if b.beats[i].call == call && b.beats[i].kind == byInput && slices.Contains(ops, b.beats[i].in.op) {
			return i
		}
	}
	return -1
}

// buttons are how the simulator numbers them.
var buttons = map[operation]event.Button{opSend: event.Send, opSendAgain: event.Send, opCancel: event.Cancel, opAccept: event.Accept, opRefuse: event.Refuse}

// users writes down what the users do.
func (b *builder) users() bool {
	last := time.Duration(0)
	for call := range b.options.Calls {
		if at := b.find(0, call, opSend); at >= 0 {
			last = max(last, b.beats[at].at)
		}
	}
	b.options.Arrivals = float64(b.options.Calls) / (last + time.Second).Seconds()
	span := b.options.Span(b.options.Calls)
	sent := 0
	for call := range b.options.Calls {
		about := tape.Key(call)
		send := b.find(0, call, opSend)
		if send < 0 {
			break
		}
		sent++
		placed := b.beats[send].at
		b.script.set(tape.Arrival, about, tape.DrawFor(0, span, placed))
		b.script.set(tape.Caller, about, tape.DrawFor(0, time.Duration(b.options.Users-1), time.Duration(b.beats[send].phone)))
		if cancel := b.find(send, call, opCancel); cancel >= 0 {
			b.script.set(tape.Cancel, about, always)
			b.script.set(tape.CancelAfter, about, tape.DrawFor(0, longest, b.beats[cancel].at-placed))
		}
		b.answer(call, send)
		b.again(call)
	}
	b.options.Calls = sent
	b.options.Arrivals = float64(sent) / span.Seconds()
	return sent > 0
}

// answer is the callee's first answer.
func (b *builder) answer(call, send int) {
	about := tape.Key(call)
	answers := b.find(send, call, opAccept, opRefuse)
	if answers < 0 {
		b.script.set(tape.Answer, about, always) // ignores
		return
	}
	callee := b.beats[answers].phone
	rings := answers // the first ring: what is pressed after a second one was meant for it
	for i, m := range b.beats[:answers] {
		if m.call == call && m.phone == callee && m.looks[callee].foreign != [mostCalls]uint8{} {
			rings = i
			break
		}
	}
	if b.beats[answers].in.op == opRefuse {
		b.script.set(tape.Answer, about, 1<<63)
	}
	b.script.set(tape.AnswerAfter, about, tape.DrawFor(0, longest, b.beats[answers].at-b.beats[rings].at))
}

// again are the presses on top of others.
func (b *builder) again(call int) {
	pressed := -1
	for i, m := range b.beats {
		button, ok := buttons[m.in.op]
		if !ok || m.call != call || m.kind != byInput {
			continue
		}
		first := pressed
		pressed = i
		if first < 0 || m.in.op == opCancel && b.beats[first].in.op == opSend || b.beats[first].phone != m.phone {
			continue
		}
		before := buttons[b.beats[first].in.op]
		about := tape.Key(call)<<8 | tape.Key(before)
		if button == before {
			b.script.set(tape.PressTwice, about, always)
			continue
		}
		b.script.set(tape.ChangeMind, about, always)
		b.script.set(tape.ChangeAfter, about, tape.DrawFor(0, setup.ChangeWithin, m.at-b.beats[first].at))
	}
}

// phones writes down the faults of the phones.
func (b *builder) phones() bool {
	end := b.beats[len(b.beats)-1].at
	for i, m := range b.beats {
		f := fault.Scheduled{At: m.at, Phones: []int{m.phone}}
		switch {
		case m.kind == bySave:
			continue
		case m.kind == byTick || m.kind == bySkew:
			return false
		case m.kind == byStale || m.kind == byInput && (m.in.op == opRestart || m.in.op == opRestartEmpty):
			f.Kind, f.For = fault.Crash, between/4
		case m.in.dies:
			f.Kind, f.At, f.For, f.Midway = fault.Crash, m.at-between/4, between/2, true
		case m.in.op == opLogOut:
			f.Kind, f.For = fault.Offline, end+longest-m.at
			for j := i + 1; j < len(b.beats); j++ {
				if b.beats[j].phone == m.phone && b.beats[j].in.op == opLogIn {
					f.For = b.beats[j].at - m.at
					break
				}
			}
		case m.in.op == opOnline, m.in.op == opOffline, m.in.op == opRestartBlind, m.in.op == opDeliverLate:
			return false
		default:
			continue
		}
		b.options.Faults = append(b.options.Faults, f)
	}
	for _, m := range b.beats {
		if m.kind == bySave {
			b.save(m)
		}
	}
	return true
}

// save lets a phone make a snapshot at its time.
func (b *builder) save(m beat) {
	var every time.Duration
	for _, e := range b.options.Episodes() {
		if e.Kind == fault.Save {
			every = e.Every
		}
	}
	slot := m.at / every
	key := tape.Key(m.phone)<<32 | tape.Key(slot+1)<<8
	once, _ := tape.LeastDraw(func(t tape.Tape) bool { return tape.Poisson(t, 1, tape.SaveEpisodes, key) >= 1 })
	b.script.set(tape.SaveEpisodes, key, once)
	b.script.set(tape.SaveAt, key, tape.DrawFor(0, every-1, m.at-slot*every))
}

// forgeries are how many messages of a third party are to be tried.
func (b *builder) forgeries() int {
	for _, m := range b.beats {
		if m.in.op == opForge && m.kind == byInput {
			b.options.Users, b.options.Strangers = 3, 1
			return maxForgeries
		}
	}
	return 1
}

// maxForgeries is how many messages strangers have in the simulator, and some more.
const maxForgeries = 16

func (b *builder) says(number int) {
	for _, m := range b.beats {
		if m.in.op != opForge || m.kind != byInput {
			continue
		}
		about := tape.Key(max(m.call, 0))
		placed := b.beats[max(b.find(0, max(m.call, 0), opSend), 0)].at
		b.script.set(tape.Stranger, about, always)
		b.script.set(tape.StrangerAfter, about, tape.DrawFor(0, setup.StrangerWithin, m.at-placed))
		b.script.set(tape.StrangerSays, about, tape.DrawFor(0, maxForgeries-1, time.Duration(number)))
	}
}

// play lets the messages of the path arrive, one after the other, and checks that the
// world breaks the property.
func (b *builder) play(f *Found) *setup.Token {
	draws := b.script
	b.script = script{}
	for c, draw := range draws {
		b.script[c] = draw
	}
	defer func() { b.script = draws }()
	used := map[tape.Key]bool{}
	for _, m := range b.beats {
		if m.kind == byInput && m.in.op == opDeliver || m.kind == byTwin {
			if !b.arrive(&m, used) {
				return nil
			}
		}
	}
	recorder := tape.NewRecorder(b.script)
	o, err := world.Play(b.ctx, b.options, 0, recorder, true)
	if err != nil || !shows(o, f.Property) {
		return nil
	}
	k := &setup.Token{Options: b.options, Tape: recorder.Recorded()}
	return k
}

// shows reports whether a world breaks a property, promised or not.
func shows(o *world.Outcome, id property.ID) bool {
	if id == Ring {
		return o.Result.DeadRing.Max() > o.Options.Times().RetransmitCap
	}
	for _, v := range o.Result.Violations {
		if v.Property == id {
			return true
		}
	}
	return o.Result.NotPromised[id] > 0
}

// arrive finds a copy of the message that is sent by then, the last one that has not
// arrived yet, and lets it arrive.
func (b *builder) arrive(m *beat, used map[tape.Key]bool) bool {
	o, err := world.Play(b.ctx, b.options, 0, b.script, true)
	if err != nil {
		return false
	}
	best, sentAt := tape.Key(0), time.Duration(-1)
	for i := range o.Entries {
		e := &o.Entries[i]
		if e.Kind != event.CopySent || e.Call != m.call || e.At > m.at || e.Twin || !sameMessage(&e.Message, &m.message) || b.options.PhoneNumber(e.Node) != 1-m.phone {
			continue
		}
		key := tape.Key(e.Call)<<28 | tape.Key(e.Message.Kind)<<24 | tape.Key(e.Copy)<<8
		if !used[key] || !used[key|netem.Twin] {
			best, sentAt = key, e.At
		}
	}
	if sentAt < 0 {
		return false
	}
	if used[best] {
		b.script.set(tape.Duplicate, best, always)
		best |= netem.Twin
	}
	used[best] = true
	b.script.set(tape.Loss, best&^netem.Twin, 0)
	b.script.set(tape.Latency, best, tape.DrawFor(0, longest, m.at-sentAt))
	return true
}

// sameMessage compares what a state of the network tells apart.
func sameMessage(a, b *engine.Message) bool {
	return a.Kind == b.Kind && a.For == b.For && a.Reason == b.Reason && a.Word == b.Word
}
