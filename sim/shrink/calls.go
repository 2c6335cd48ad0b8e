// Fewer calls and fewer phones: those that are left get the numbers from 0 on, and
// keep their moments.

package shrink

import (
	"slices"
	"time"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// placement is a call without relation to others: its caller's phone, its callee's first
// phone, and its time. Calls of one group stay together.
type placement struct {
	caller, callee int
	at             time.Duration
	group          int // the first of the group, and one; 0 if it is in none
}

func placementsOf(out *sim.Outcome) []placement {
	all := make([]placement, out.Options.Calls)
	for i := range all {
		caller, callee, at := out.Parties(i)
		all[i] = placement{caller, callee, time.Duration(at), 0}
		if out.Options.HoldGroup {
			all[i].group = out.Held(i)
		}
	}
	return all
}

// placing are the labels that make a placement.
var placing = []tape.Label{tape.Caller, tape.CallerDevice, tape.Callee, tape.Arrival, tape.Glare, tape.GlareAfter, tape.Redial, tape.RedialAfter, tape.Hold, tape.HoldAfter}

// place writes placements down as plain calls that have nothing to do with each other,
// or as the calls of one group.
func place(o *setup.Options, t *tape.Recorded, calls []placement) {
	o.Calls, o.World = len(calls), len(calls)
	o.Glare, o.Redial, o.Hold = 0, 0, 0
	if inOneGroup(calls) {
		o.Hold, o.HoldCalls, o.HoldPause = 1, len(calls), 0
		for i := range calls[1:] {
			o.HoldPause = max(o.HoldPause, calls[i+1].at-calls[i].at)
		}
	}
	for i, p := range calls {
		about := func(what tape.Label) tape.Choice { return setup.ChoiceOf(what, setup.Subject{Call: i}) }
		caller, device := p.caller%o.Users, p.caller/o.Users
		t.Set(about(tape.Caller), tape.DrawFor(0, time.Duration(o.Users-1), time.Duration(caller)))
		t.Set(about(tape.CallerDevice), tape.DrawFor(0, time.Duration(o.Devices-1), time.Duration(device)))
		ahead := (p.callee - caller - 1 + o.Users) % o.Users
		t.Set(about(tape.Callee), tape.DrawFor(0, time.Duration(o.Users-2), time.Duration(ahead)))
		t.Set(about(tape.Arrival), o.DrawOf(about(tape.Arrival), p.at))
		if i > 0 && o.HoldPause > 0 {
			t.Set(about(tape.HoldAfter), o.DrawOf(about(tape.HoldAfter), p.at-calls[i-1].at))
		}
	}
}

func inOneGroup(calls []placement) bool {
	return len(calls) > 1 && calls[0].group > 0 && !slices.ContainsFunc(calls, func(p placement) bool { return p.group != calls[0].group })
}

// dropCalls keeps the failing call alone if it fails by itself, or else few calls.
func (s *shrinker) dropCalls() {
	n := s.best.Options.Calls
	_, out := s.asked()
	calls := placementsOf(out)
	base := s.best
	keepOnly := func(keep []int) bool {
		return len(keep) > 0 && s.try(s.onlyCalls(base, calls, keep))
	}
	if v, ok := violation(out, s.want); ok && v.Call < n {
		if keepOnly([]int{v.Call}) {
			return
		}
		if group := groupOf(calls, v.Call); keepOnly(group) {
			s.fewest(len(group), func(keep []int) bool {
				var kept []int
				for _, i := range keep {
					kept = append(kept, group[i])
				}
				return keepOnly(kept)
			})
			return
		}
	}
	// Calls that hang together may break nothing when they are plain ones.
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	if keepOnly(all) && n > 1 {
		s.fewest(n, keepOnly)
	}
}

// groupOf are the calls of a call's group, none if it is in none.
func groupOf(calls []placement, call int) (group []int) {
	for i := range calls {
		if calls[i].group > 0 && calls[i].group == calls[call].group {
			group = append(group, i)
		}
	}
	return group
}

// onlyCalls is the world with some of its calls.
func (s *shrinker) onlyCalls(base setup.Token, calls []placement, keep []int) setup.Token {
	o, t := base.Options, &tape.Recorded{}
	rename := func(call int) (int, bool) {
		i := slices.Index(keep, call)
		return i, i >= 0
	}
	for c, draw := range base.Tape.All() {
		if slices.Contains(placing, c.What) {
			continue
		}
		if c, ok := setup.RenameChoice(c, rename, same); ok {
			t.Set(c, draw)
		}
	}
	kept := make([]placement, len(keep))
	span := time.Duration(float64(base.Options.Calls) / base.Options.Arrivals * float64(time.Second))
	for i, call := range keep {
		kept[i] = calls[call]
		span = max(span, kept[i].at)
	}
	o.Arrivals = float64(len(keep)) / span.Seconds()
	place(&o, t, kept)
	return setup.Token{Options: o, Tape: t}
}

func same(n int) (int, bool) { return n, true }

// dropPhones renames the first caller to user0 and its callee to user1, and leaves
// out the users whom no call concerns.
func (s *shrinker) dropPhones() {
	_, out := s.asked()
	calls := placementsOf(out)
	users := s.best.Options.Users
	var used []int
	add := func(user int) {
		if !slices.Contains(used, user) {
			used = append(used, user)
		}
	}
	for _, p := range calls {
		add(p.caller % users)
		add(p.callee)
	}
	parties := len(used)
	for user := range users {
		add(user)
	}
	for n := parties; n <= users; n++ {
		k := s.onlyUsers(calls, used[:n])
		if k.String() == s.best.String() || s.try(k) {
			return
		}
	}
}

// onlyUsers is the world with the phones of some of its users, in that order.
func (s *shrinker) onlyUsers(calls []placement, keep []int) setup.Token {
	o, t := s.best.Options, &tape.Recorded{}
	users := o.Users
	rename := func(phone int) (int, bool) {
		i := slices.Index(keep, phone%users)
		return i + phone/users*len(keep), i >= 0
	}
	for c, draw := range s.best.Tape.All() {
		if c, ok := setup.RenameChoice(c, same, rename); ok {
			t.Set(c, draw)
		}
	}
	o.Users = len(keep)
	o.Faults = nil
	for _, f := range s.best.Options.Faults {
		if f, ok := renameFault(f, s.best.Options.Phones(), rename); ok {
			o.Faults = append(o.Faults, f)
		}
	}
	o.Groups = renameGroups(o.Groups, rename)
	calls = slices.Clone(calls)
	for i := range calls {
		calls[i].caller, _ = rename(calls[i].caller)
		calls[i].callee, _ = rename(calls[i].callee)
	}
	if o.Glare+o.Redial+o.Hold == 0 || inOneGroup(calls) {
		place(&o, t, calls)
	}
	return setup.Token{Options: o, Tape: t}
}

// renameGroups gives the phones of groups new numbers. A group without phones is gone.
func renameGroups(groups []setup.Group, rename func(int) (int, bool)) (kept []setup.Group) {
	for _, g := range groups {
		var phones []int
		for _, phone := range g.Phones {
			if phone, ok := rename(phone); ok {
				phones = append(phones, phone)
			}
		}
		if slices.Sort(phones); phones != nil {
			g.Phones = phones
			kept = append(kept, g)
		}
	}
	return kept
}

// renameFault gives a set fault's phones new numbers. It is gone with the last.
func renameFault(f fault.Scheduled, all int, rename func(int) (int, bool)) (fault.Scheduled, bool) {
	if f.Phones == nil && f.Kind != fault.Partition {
		return f, true
	}
	phones := f.Phones
	if phones == nil {
		for phone := range all / 2 {
			phones = append(phones, phone)
		}
	}
	f.Phones = nil
	for _, phone := range phones {
		if phone, ok := rename(phone); ok {
			f.Phones = append(f.Phones, phone)
		}
	}
	slices.Sort(f.Phones)
	return f, f.Phones != nil
}
