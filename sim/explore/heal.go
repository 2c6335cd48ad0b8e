// Healed suffixes: from a state on, nothing goes wrong any more. Then every call ends in
// time, all is forgotten in time, and no phone rings for long for a call that has ended.

package explore

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/states"
)

// Ring is the property that a healed suffix shows beside S14. The rules of today do not
// promise it.
const Ring = property.NumIDs

// pause is how long after its last copy a message goes again, at the most, when something
// brings its peer back.
const pause = 500 * time.Millisecond

// Breakdown is that an engine breaks down.
const Breakdown = Ring + 1

// Told is that a caller learns of an end that it did not make, Cut that no answer of one
// phone ends a call that rings on another, and Confirmed that a caller confirms what it
// takes for accepted.
const (
	Told = Breakdown + 1 + iota
	Cut
	Confirmed
	numFindings
)

// healing is the two phones from a state on: both are logged in, each has been told that
// the other is online, nobody presses a button, and every message arrives at once. What
// was under way arrives first where the network counts its copies, and is lost elsewhere.
type healing struct {
	phones []*phone
	ended  map[*own]time.Duration     // since when its caller knows
	over   map[*foreign]time.Duration // since when its callee has ended
	rang   map[[2]int]bool            // by callee and call: those that ring when it begins
	bad    map[property.ID]string
	quiet  bool

	underWay [mostPhones][]parcel
}

// suffix is what tells the suffix of one state from that of others.
type suffix struct {
	at  [mostPhones]uint32
	net [2]uint64
}

func (s *search) suffixOf(st *state) suffix {
	from := suffix{at: st.at}
	if s.world.Counted {
		from.net = st.net
	}
	return from
}

// heal plays the suffix of a state. The end of a call is judged by the clock of its side
// from the healing on. Where nobody has to log in it is played a second time, in which
// nobody is told that the other is there, either: then all hangs on what phones repeat.
func (s *search) heal(from suffix) map[property.ID]string {
	h := s.healing(from)
	quiet := !slices.ContainsFunc(h.phones, func(p *phone) bool { return p.out })
	bad := h.run()
	if quiet {
		h = s.healing(from)
		h.quiet = true
		for id, detail := range h.run() {
			if _, ok := bad[id]; !ok {
				bad[id] = detail + ", and nobody is told that the other is online"
			}
		}
	}
	return bad
}

func (s *search) healing(from suffix) *healing {
	h := &healing{ended: map[*own]time.Duration{}}
	for i, a := range s.phones {
		p := a.live(from.at[i], false)
		p.sent, p.blind = p.sent[:0], false
		h.phones = append(h.phones, p)
		for rest := from.net[min(i, 1)]; rest != 0; rest &= rest - 1 {
			h.underWay[i] = append(h.underWay[i], parcel{a.sends.sent[bits.TrailingZeros64(rest)], 0})
		}
	}
	return h
}

func (h *healing) run() map[property.ID]string {
	h.bad, h.rang, h.over = map[property.ID]string{}, map[[2]int]bool{}, map[*foreign]time.Duration{}
	for i, p := range h.phones {
		for n := range mostCalls {
			h.rang[[2]int{i, n}] = p.ringing(n) != nil
		}
		for _, c := range p.placed {
			if c.CallerEnd != property.CallerOpen {
				h.ended[c] = 0
			}
		}
	}
	for i, p := range h.phones {
		if !h.quiet {
			p.do(input{op: opLogIn}, nil)
			h.underWay[i] = append(h.underWay[i], p.sent...)
			p.sent = p.sent[:0]
			for _, peer := range p.rules.peers {
				p.engine.PeerOnline(peer)
			}
			p.drain()
		}
		p.sent = append(h.underWay[i], p.sent...)
	}
	var began [mostPhones]time.Duration
	for i, p := range h.phones {
		began[i] = p.now
	}
	elapsed := time.Duration(0)
	const steps = 10_000
	for range steps {
		h.exchange()
		wait, any := time.Duration(0), false
		for _, p := range h.phones {
			if at, ok := p.engine.NextDeadline(); ok && (!any || at.Sub(p.Now()) < wait) {
				wait, any = at.Sub(p.Now()), true
			}
		}
		h.judge(elapsed, elapsed+max(wait, 0))
		if !any {
			break
		}
		elapsed += max(wait, 0)
		for i, p := range h.phones {
			p.now = began[i] + elapsed
			p.sent, p.bad = p.sent[:0], 0
			p.engine.Advance()
			p.drain()
		}
	}
	h.atRest()
	return h.bad
}

// exchange lets all messages arrive.
func (h *healing) exchange() {
	const longest = 1000
	for range longest {
		var under [mostPhones][]parcel
		any := false
		for i, p := range h.phones {
			under[i] = slices.Clone(p.sent)
			p.sent = p.sent[:0]
			any = any || len(under[i]) > 0
		}
		if !any {
			return
		}
		for i, p := range h.phones {
			for at, sender := range heard(i, len(h.phones)) {
				for _, m := range under[sender] {
					if m.to == 0 || int(m.to) == i {
						p.receive(p.rules.senderOf(uint8(at)), mirror(m.Message), false)
						p.drain()
					}
				}
			}
		}
	}
	h.breaks(property.Live, "two phones answer each other for ever")
}

func (h *healing) breaks(id property.ID, format string, args ...any) {
	if _, ok := h.bad[id]; !ok {
		h.bad[id] = fmt.Sprintf(format, args...)
	}
}

// judge looks at the calls at one moment, from which on nothing happens until the next.
func (h *healing) judge(elapsed, until time.Duration) {
	for i, caller := range h.phones {
		bounds := caller.watch.Bounds
		for n, c := range caller.placed {
			if c.CallerEnd == property.CallerOpen && elapsed > bounds.Caller {
				h.breaks(property.S14, "healed, the caller does not end in time")
			}
			if c.CallerEnd != property.CallerOpen {
				if _, ok := h.ended[c]; !ok {
					h.ended[c] = max(elapsed, 1) // after the healing
				}
			}
			for _, at := range caller.rules.calleesOf(i, n) {
				callee := h.phones[at]
				if h.untold(c, callee.numbered(n), elapsed, until) {
					h.breaks(Told, "healed, the caller waits on, and its callee has ended")
				}
				if callee.ringing(n) == nil {
					continue
				}
				if elapsed > bounds.Callee {
					h.breaks(property.S14, "healed, the callee does not end in time")
				}
				answers := c.CallerEnd == property.CallerAccepted && c.winner == callee.rules.options.Device
				limit := pause
				if h.quiet || caller.rules.devices && (h.ended[c] > 0 || !h.rang[[2]int{at, n}]) {
					limit = bounds.Times.Refresh // the end of one device's call is not told to the other
				}
				if bounds.Accept < 2*pause && callee.ringing(n).accepted {
					limit = max(limit, bounds.Accept) // too short for another ACCEPT
				}
				if since, ok := h.ended[c]; ok && !answers && until > since+limit {
					h.breaks(Ring, "healed, it rings on, and its caller is %v", c.CallerEnd)
				}
			}
		}
	}
}

// untold reports that a caller waits although its callee, on its only device, has ended,
// and had the time to say so. In the grace of its expiry time the caller asks no more.
func (h *healing) untold(c *own, r *foreign, elapsed, until time.Duration) bool {
	if h.quiet || c.CallerEnd != property.CallerOpen || c.local == nil || r == nil || r.CalleeEnd == property.CalleeOpen {
		return false
	}
	if _, ok := h.over[r]; !ok {
		h.over[r] = elapsed
	}
	p := h.phones[0]
	if at, waits := c.local.WaitsUntil(); c.local.State() == states.LocalReceivedByRemote && waits && at.Sub(p.Now()) <= p.rules.options.Times.Grace+pause {
		return false
	}
	return !p.rules.devices && until > h.over[r]+pause
}

// numbered is a call of the peer.
func (p *phone) numbered(number int) *foreign {
	for _, c := range p.heard {
		if c.number == number {
			return c
		}
	}
	return nil
}

// ringing is a call of the peer that has rung and has not ended.
func (p *phone) ringing(number int) *foreign {
	if c := p.numbered(number); c != nil && c.Rang && c.CalleeEnd == property.CalleeOpen {
		return c
	}
	return nil
}

// atRest looks at the phones when no timer is armed.
func (h *healing) atRest() {
	for i, p := range h.phones {
		if s := p.engine.Stats(); s.LocalRecords+s.RemoteRecords+s.Peers != 0 {
			h.breaks(property.S14, "phone %d remembers %d invitations for ever", i+1, s.LocalRecords+s.RemoteRecords)
		}
		for n, c := range p.placed {
			if c.CallerEnd == property.CallerOpen && c.local != nil {
				h.breaks(property.S14, "the caller never ends")
			}
			for _, at := range p.rules.calleesOf(i, n) {
				if r := h.phones[at].ringing(n); r != nil && r.remote != nil {
					h.breaks(property.S14, "the callee never ends")
				}
			}
		}
	}
}

// healed plays the suffixes of all states that were reached, and keeps the first that
// breaks a property: the one with the shortest way to it.
func (s *search) healed(ctx context.Context) {
	type pair struct {
		suffix
		place uint32
		depth int
	}
	seen := map[suffix]bool{}
	var all []pair
	for depth, level := range s.levels {
		for part, to := range level {
			from := uint32(0)
			if depth > 0 {
				from = s.levels[depth-1][part]
			}
			for number := from; number < to; number++ {
				where := place(part, number)
				if from := s.suffixOf(&s.set.at(where).state); !seen[from] {
					seen[from] = true
					all = append(all, pair{from, where, depth})
				}
			}
		}
	}
	bad := make([]map[property.ID]string, len(all))
	s.each(ctx, len(all), func(i int) { bad[i] = s.heal(all[i].suffix) })
	s.result.Healed = len(all)
	for i := range all {
		for _, id := range sortedIDs(bad[i]) {
			to := way{from: all[i].place, to: true}
			if at := slices.IndexFunc(s.result.Found, func(f Found) bool { return f.Property == id && f.Healed }); at >= 0 {
				s.result.Found[at].add(all[i].depth, to)
				continue
			}
			s.result.Found = append(s.result.Found, Found{
				Property: id, Depth: all[i].depth, Promised: s.world.promises(id),
				Path: s.wayOf(to), Detail: bad[i][id], Healed: true, ways: []way{to},
			})
		}
	}
}

func sortedIDs(bad map[property.ID]string) []property.ID {
	ids := make([]property.ID, 0, len(bad))
	for id := range bad {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b property.ID) int { return cmp.Compare(a, b) })
	return ids
}
