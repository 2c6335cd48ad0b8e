// Phones: what runs on them, and how they lose their network and start again.

package mixed

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
)

// Phone is one of a user's.
type Phone struct {
	Driver invd.Driver
	Setup  invd.Setup      // but for Self and Device
	Bounds property.Bounds // what its times promise: of them Caller and Callee are read

	// Later takes over at some instant, from a snapshot: a crash and a restart, or an
	// update of the app. Its Setup has an Epoch of its own.
	Later *Later

	// Sibling is the other device of the user. Both users have two devices, or none has.
	Sibling *Phone
}

// Later is what a phone runs after its restart. Driver may be the same.
type Later struct {
	Driver invd.Driver
	Setup  invd.Setup
}

// phone is one in a world. Those at even places are alice's, the others bob's.
type phone struct {
	Phone
	next invd.Deadline
	away bool          // offline
	down time.Duration // until then, if not 0, no process runs
	over bool          // Later has taken over
	idle time.Duration // for how long no process ran so far
}

// user is the user of a phone, by the place of his first one.
func user(i int) int { return i % 2 }

// device is the place of a phone among those of its user.
func device(i int) int { return i / 2 }

// deviceID is the number of a phone's device: 0 for the only one of its user.
func (p *play) deviceID(i int) uint64 {
	if len(p.phones) == 2 {
		return 0
	}
	return uint64(1 + device(i))
}

// of are the phones of a user.
func (p *play) of(user int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := user; i < len(p.phones) && yield(i); i += 2 {
		}
	}
}

// name is that of a phone in logs.
func (p *play) name(i int) string {
	if id := p.deviceID(i); id > 0 {
		return fmt.Sprint(names[user(i)], id)
	}
	return names[user(i)]
}

// own is how long a phone's process has run: S14 counts it.
func (p *play) own(i int) time.Duration { return p.now - p.phones[i].idle }

// setup is that of a phone, which may want to draw its epoch itself.
func (p *play) setup(i int, s invd.Setup) invd.Setup {
	if s.Self = names[user(i)]; !p.has(i, "epoch") {
		s.Epoch = ""
	}
	if id := p.deviceID(i); id > 0 {
		s.Device = strconv.FormatUint(id, 16)
	}
	return s
}

// has tells whether a phone has a role or a feature.
func (p *play) has(i int, what string) bool {
	who := p.phones[i].Driver.Hello()
	return slices.Contains(who.Features, what) || slices.Contains(who.Roles, what)
}

// canCall tells whether a phone can be a caller, and the phones of the other user callees.
func (p *play) canCall(i int) bool {
	for other := range p.of(1 - user(i)) {
		if !p.has(other, "callee") {
			return false
		}
	}
	return p.has(i, "caller")
}

// planOutages lets a phone go offline some times, one after the other.
func (p *play) planOutages(i int) {
	free := time.Duration(0)
	for k := range p.Outages {
		about := len(p.phones)*k + i
		if !p.chance(0.35, tape.OfflineEpisodes, about) {
			continue
		}
		from := free + p.between(p.Over, tape.OfflineAt, about)
		length := p.between(outageWithin, tape.OfflineFor, about)
		notice := p.between(noticeWithin, tape.LogoutAfter, about)
		told := p.between(noticeWithin, tape.PresenceAfter, about)
		free = from + length + noticeWithin
		p.schedule(from, func() error { p.phones[i].away = true; return nil })
		if notice < length {
			p.schedule(from+notice, func() error { return p.session(i, false) })
		}
		if told < length {
			p.schedule(from+told, func() error { return p.presence(user(i)) })
		}
		p.schedule(from+length, func() error {
			p.phones[i].away = false
			return p.session(i, true)
		})
		p.schedule(from+length+told/4, func() error { return p.presence(user(i)) })
	}
}

// planRestart lets Later take over from what the phone has saved.
func (p *play) planRestart(i int) {
	if p.phones[i].Later == nil || !p.has(i, "snapshot") || p.chance(0.2, tape.CrashEpisodes, i) {
		return
	}
	from, length := p.between(2*p.Over, tape.CrashAt, i), p.between(downWithin, tape.DownFor, i)
	p.schedule(from, func() error {
		saved, err := p.do(i, &invd.Snapshot{At: p.at()})
		if err != nil {
			return err
		}
		p.phones[i].next, p.phones[i].down = invd.Never(), from+length
		p.schedule(from+length, func() error { return p.restart(i, saved.Snapshot, length) })
		return nil
	})
}

func (p *play) restart(i int, saved []byte, away time.Duration) error {
	n := &p.phones[i]
	n.Driver, n.Setup, n.down, n.over = n.Later.Driver, n.Later.Setup, 0, true
	n.idle += away
	setup, gone := p.setup(i, n.Setup), invd.Time(away)
	if err := p.ask(i, &invd.Restore{At: p.at(), Setup: setup, Snapshot: saved, Away: &gone}, nil); err != nil {
		return err
	}
	return p.session(i, !n.away)
}

// session and presence are told to phones that can be told.
func (p *play) session(i int, in bool) error {
	if p.phones[i].down > 0 || !p.has(i, "session") {
		return nil
	}
	return p.ask(i, &invd.Session{At: p.at(), In: in}, nil)
}

// presence tells the other user's phones of a user, who is online with one of his own.
func (p *play) presence(of int) error {
	online := false
	for i := range p.of(of) {
		online = online || !p.phones[i].away
	}
	for i := range p.of(1 - of) {
		if p.phones[i].down > 0 || !p.has(i, "presence") {
			continue
		}
		if err := p.ask(i, &invd.Peer{At: p.at(), Peer: names[of], Online: online}, nil); err != nil {
			return err
		}
	}
	return nil
}
