package mixed

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
)

// present is a phone with the engine of this tree.
func present(epoch string, broken mutant.ID) Phone {
	here := invd.Here(&reference.Endpoint{Mutant: broken})
	return Phone{Driver: here, Setup: invd.Setup{Epoch: epoch}, Bounds: property.BoundsOf(engine.Options{}), Later: &Later{here, invd.Setup{Epoch: epoch + "2"}}}
}

// vendor is one with the vendor's times, in which the residue is not rare.
func vendor(epoch string) Phone {
	var none invd.Time
	p := present(epoch, mutant.None)
	times := invd.Times{Grace: &none, Accept: 5e9, Refresh: &none}
	p.Setup.Options.Times, p.Later.Setup.Options.Times = times, times
	p.Bounds = property.BoundsOf(engine.Options{Times: engine.VendorTimes()})
	return p
}

func world(number int) World {
	return Default(fmt.Sprint("world ", number), tape.World(1, number))
}

// hold plays worlds and wants no violation. It returns how often each pair of ends was
// reached, with each phone as the caller.
func hold(t *testing.T, first, worlds int, phones [2]Phone) map[End]int {
	t.Helper()
	ends := map[End]int{}
	for n := first; n < first+worlds; n++ {
		r, err := world(n).Play(phones)
		if err != nil || len(r.Violations) > 0 || r.Skipped != "" {
			t.Fatalf("world %d: %v, skipped for %q, %v\n%s", n, err, r.Skipped, r.Violations, r.Log)
		}
		for _, e := range r.Ends {
			ends[e]++
		}
	}
	return ends
}

// reach wants pairs of ends with each of the two phones as the caller.
func reach(t *testing.T, ends map[End]int, pairs ...[2]string) {
	t.Helper()
	found := map[string]bool{}
	for e := range ends {
		found[fmt.Sprintf("%d %v %v", e.Caller, e.CallerEnd, e.CalleeEnd)] = true
	}
	for _, pair := range pairs {
		for caller := range names {
			if !found[fmt.Sprintf("%d %s %s", caller, pair[0], pair[1])] {
				t.Errorf("no call of %s ended as %s and %s: %v", names[caller], pair[0], pair[1], ends)
			}
		}
	}
}

// usual are pairs that worlds of any two phones reach.
var usual = [][2]string{{"ACCEPTED", "ACCEPTED"}, {"REFUSED", "REFUSED"}, {"CANCELED", "CANCELED"}, {"CANCELED", "NEVER_RANG"}, {"EXPIRED", "EXPIRED"}}

// TestPresent: two phones of this tree, which restart from what they have saved.
func TestPresent(t *testing.T) {
	ends := hold(t, 0, 150, [2]Phone{present("a", mutant.None), present("b", mutant.None)})
	reach(t, ends, append(usual, [2]string{"NO_RESPONSE", "NEVER_RANG"})...)
	ends = hold(t, 200, 150, [2]Phone{vendor("a"), vendor("b")})
	reach(t, ends, append(usual, [2]string{"ACCEPTED", "ACCEPT_FAILURE"})...)
}

// shown is in which of the first worlds a broken rule shows, and by which property.
var shown = map[mutant.ID][]property.ID{
	mutant.AcceptWithoutConfirm: {property.S1}, mutant.AcceptAfterCancel: {property.S9}, mutant.NoCalleeTombstone: {property.S6},
	mutant.ShortCalleeTombstone: {property.S6}, mutant.EarlyCancelAckedOnly: {property.S7}, mutant.CancelAfterAccepted: {property.S13},
	mutant.KeyWithoutPeer: {property.Pair}, mutant.SecondRing: {property.S6}, mutant.ReceiptNotImplied: {property.S9},
	mutant.CancelNotTold: {property.S14}, mutant.AcceptTwice: {property.S13}, mutant.RefuseAfterAccept: {property.S13},
	mutant.ResponseNotShown: {property.S10}, mutant.RefreshConfirmed: {property.S1},
}

// shownInHouseholds is the same for those that need several devices or groups.
var shownInHouseholds = map[mutant.ID][]property.ID{
	mutant.GroupNotDecided: {property.S16}, mutant.ConfirmOfAnother: {property.S1, property.S15}, mutant.ElsewhereForgotten: {property.S7},
}

// hidden are those of safety that do not show here, and why.
var hidden = map[mutant.ID]string{
	mutant.UnknownAcceptConfirmed: "no phone starts again with nothing saved",
	mutant.IDsUsedAgain:           "likewise",
	mutant.ExpiredCancelSaysUser:  "the callee must have accepted in the last seconds, and its ACCEPT be late",
}

// TestJudge: broken phones are seen. What breaks no property is not the judge's business.
func TestJudge(t *testing.T) {
	for _, m := range mutant.All {
		want, phones, make := shown[m.ID], [2]Phone{present("a", m.ID), present("b", m.ID)}, world
		if inHousehold := shownInHouseholds[m.ID]; inHousehold != nil {
			want, phones, make = inHousehold, household(m.ID), householdWorld
		}
		if want == nil {
			if m.Breaks != "none" && hidden[m.ID] == "" {
				t.Errorf("%s: nobody says whether it shows", m.Name)
			}
			continue
		}
		var got []property.ID
		for n := 0; n < 200 && got == nil; n++ {
			r, err := make(n).Play(phones)
			if err != nil {
				t.Fatalf("%s: world %d: %v", m.Name, n, err)
			}
			for _, v := range r.Violations {
				got = append(got, v.Property)
			}
		}
		if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("%s: not %v, but %v", m.Name, want, got)
		}
	}
}

// TestSameWorlds (S12): the same world is the same bytes.
func TestSameWorlds(t *testing.T) {
	for n := range 5 {
		for _, play := range []func() (*Result, error){
			func() (*Result, error) {
				return world(n).Play([2]Phone{present("a", mutant.None), present("b", mutant.None)})
			},
			func() (*Result, error) { return householdWorld(n).Play(household(mutant.None)) },
		} {
			a, errA := play()
			b, errB := play()
			if errA != nil || errB != nil || !bytes.Equal(a.Log, b.Log) || a.Requests == 0 {
				t.Errorf("world %d differs from itself: %v, %v", n, errA, errB)
			}
		}
	}
}

// odd is a driver that is not like others.
type odd struct {
	invd.Driver
	who   func(*invd.Implementation)
	reply func(invd.Request, *invd.Reply) error
}

func (o odd) Hello() invd.Implementation {
	who := o.Driver.Hello()
	if o.who != nil {
		o.who(&who)
	}
	return who
}

func (o odd) Do(r invd.Request) (invd.Reply, error) {
	reply, err := o.Driver.Do(r)
	if err == nil && o.reply != nil {
		err = o.reply(r, &reply)
	}
	return reply, err
}

// TestStepped: a phone that tells no deadlines goes in steps, and is late by a step at
// most.
func TestStepped(t *testing.T) {
	bob := present("b", mutant.None)
	bob.Bounds.Caller += 50 * time.Millisecond
	bob.Bounds.Callee += 50 * time.Millisecond
	bob.Later = nil
	bob.Driver = odd{bob.Driver,
		func(who *invd.Implementation) { who.Clock, who.Step = invd.Stepped, invd.Time(50*time.Millisecond) },
		func(_ invd.Request, reply *invd.Reply) error { reply.Next = invd.Deadline{}; return nil },
	}
	ends := hold(t, 0, 4, [2]Phone{present("a", mutant.None), bob})
	if len(ends) < 2 {
		t.Errorf("ends: %v", ends)
	}
}

// TestBadPhones: a phone that fails ends its world, with what was seen until there, and
// one that lacks a feature skips it.
func TestBadPhones(t *testing.T) {
	for name, c := range map[string]struct {
		reply        func(r invd.Request, reply *invd.Reply) error
		err, skipped string
	}{
		"dies": {func(r invd.Request, _ *invd.Reply) error {
			if r.Op() == "deliver" {
				return errors.New("deliver: the endpoint has ended")
			}
			return nil
		}, "bob: deliver: the endpoint has ended", ""},
		"lacks": {func(r invd.Request, reply *invd.Reply) error {
			if r.Op() == "deliver" {
				*reply = invd.Reply{Unsupported: "held"}
			}
			return nil
		}, "", "held"},
		"complains": {func(r invd.Request, reply *invd.Reply) error {
			if r.Op() == "deliver" {
				*reply = invd.Reply{Error: "deliver: too late"}
			}
			return nil
		}, "bob: deliver: too late", ""},
		"stands still": {func(r invd.Request, reply *invd.Reply) error {
			if advance, ok := r.(*invd.Advance); ok {
				reply.Next = invd.Due(advance.Now)
			}
			return nil
		}, "advance: bob was advanced to its deadline ", ""},
		"babbles": {func(_ invd.Request, reply *invd.Reply) error {
			for i := range reply.Effects {
				if reply.Effects[i].Do == "send" {
					reply.Effects[i].Message, reply.Effects[i].Raw = nil, []byte("hello")
				}
			}
			return nil
		}, "bob: app: it sends bytes that are no message: ", ""},
	} {
		bob := present("b", mutant.None)
		bob.Driver = odd{Driver: bob.Driver, reply: c.reply}
		r, err := world(1).Play([2]Phone{present("a", mutant.None), bob})
		if len(r.Log) == 0 || r.Skipped != c.skipped || (err == nil) != (c.err == "") || err != nil && !strings.HasPrefix(err.Error(), c.err) {
			t.Errorf("%s: skipped for %q, %v, %d bytes", name, r.Skipped, err, len(r.Log))
		}
	}
}

// TestForms: a phone that knows the binary form alone and one that knows JSON alone are
// each handed what they can read.
func TestForms(t *testing.T) {
	alice, bob := present("a", mutant.None), present("b", mutant.None)
	alice.Setup.Form = invd.Binary
	alice.Driver = odd{Driver: alice.Driver, who: func(who *invd.Implementation) { who.Forms = []string{invd.Binary} }}
	bob.Driver = odd{Driver: bob.Driver, who: func(who *invd.Implementation) { who.Forms = []string{invd.JSON} }}
	alice.Later, bob.Later = nil, nil
	hold(t, 0, 10, [2]Phone{alice, bob})
	r, err := world(0).Play([2]Phone{alice, bob})
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(r.Log)) {
		if strings.Contains(line, "> deliver") && strings.Contains(line, "alice >") != strings.Contains(line, `"raw"`) {
			t.Fatalf("in the wrong form: %s", line)
		}
	}
}

// TestPlainPhones: a phone that is a callee alone and has no feature is called, and two of
// them have nothing to say to each other.
func TestPlainPhones(t *testing.T) {
	plain := func(epoch string) Phone {
		p := present(epoch, mutant.None)
		p.Driver = odd{Driver: p.Driver, who: func(who *invd.Implementation) { who.Roles, who.Features = []string{"callee"}, nil }}
		return p
	}
	ends := map[End]int{}
	for n := range 40 {
		r, err := world(n).Play([2]Phone{plain("a"), present("b", mutant.None)})
		if err != nil || r.Skipped != "" || len(r.Violations) > 0 {
			t.Fatalf("world %d: %v, skipped for %q, %v", n, err, r.Skipped, r.Violations)
		}
		for _, word := range []string{"alice > session", "alice > peer", "alice > snapshot", "alice > restore", `"self":"alice","epoch"`} {
			if bytes.Contains(r.Log, []byte(word)) {
				t.Fatalf("world %d: alice is asked: %s", n, word)
			}
		}
		for _, e := range r.Ends {
			ends[e]++
			if e.Caller != 1 {
				t.Fatalf("world %d: alice calls", n)
			}
		}
	}
	if len(ends) < 5 {
		t.Errorf("ends: %v", ends)
	}
	if r, err := world(1).Play([2]Phone{plain("a"), plain("b")}); err != nil || r.Skipped != "roles" {
		t.Errorf("two callees: %v, skipped for %q", err, r.Skipped)
	}
}
