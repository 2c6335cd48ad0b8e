// Permitted differences: an endpoint that makes use of one conforms, and one that goes a
// little further does not.

package kit

import (
	"cmp"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/seam"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/states"
	"github.com/invsim/invsim/wire"
)

// changed is our engine with other features and other replies.
type changed struct {
	reference.Endpoint
	lacks []string
	reply func(*invd.Reply)
}

func (o *changed) Hello() invd.Implementation {
	who := o.Endpoint.Hello()
	who.Features = slices.DeleteFunc(who.Features, func(feature string) bool { return slices.Contains(o.lacks, feature) })
	return who
}

func (o *changed) Do(r invd.Request) invd.Reply {
	reply := o.Endpoint.Do(r)
	if o.reply != nil {
		o.reply(&reply)
	}
	return reply
}

// forgetful is a caller that forgets ended invitations early.
type forgetful struct{ after time.Duration }

func (f forgetful) Tables() (states.LocalTable, states.RemoteTable) {
	return states.Local(), states.Remote()
}

func (f forgetful) Memory(_, tombstone time.Duration) (local, remote time.Duration) {
	return f.after, tombstone
}

// forgets is our engine as a caller that forgets so much later than it may.
func forgets(later time.Duration) invd.Driver {
	return invd.Here(&reference.Endpoint{Adjust: func(o *engine.Options) {
		keep := max(o.Times.Linger, o.Times.Expiry+o.Times.Accept) + later
		o.Rules = seam.Of(forgetful{keep}, o.Times.Linger, o.Times.Tombstone)
	}})
}

// bounded has these bounds, if it is not asked for others.
func bounded(most int, lacks ...string) invd.Driver {
	return invd.Here(&changed{lacks: lacks, Endpoint: reference.Endpoint{Adjust: func(o *engine.Options) {
		o.MaxPerPeer, o.MaxTotal = cmp.Or(o.MaxPerPeer, most), cmp.Or(o.MaxTotal, 2*most)
	}}})
}

func lacking(features ...string) invd.Driver { return invd.Here(&changed{lacks: features}) }

// unrefreshed does not repeat RECEIVED but with an own device.
func unrefreshed(id mutant.ID) invd.Driver {
	return invd.Here(&changed{lacks: []string{"refresh"}, Endpoint: reference.Endpoint{Mutant: id, Adjust: func(o *engine.Options) {
		if o.Device == 0 {
			o.Times.Refresh = 0
		}
	}}})
}

func replying(change func(*invd.Reply)) invd.Driver { return invd.Here(&changed{reply: change}) }

// aboutWhat is the invitation of an effect.
func aboutWhat(e invd.Effect) string {
	if m, err := wire.Decode(e.Bytes()); err == nil {
		return m.ID.String()
	}
	return e.ID
}

// otherOrder is our engine, but for the order of invitations in one reply. That of a group
// is not free.
var otherOrder = replying(func(r *invd.Reply) {
	if _, events := decided(r); len(events) > 1 {
		return
	}
	slices.SortStableFunc(r.Effects, func(a, b invd.Effect) int { return cmp.Compare(aboutWhat(b), aboutWhat(a)) })
})

// permitted are all permitted differences in the order of docs/protocol.md: drivers that make
// use of them, drivers that go further, or why no driver can.
var permitted = []struct {
	words       string
	uses        map[string]invd.Driver
	goesFurther []invd.Driver
	why         string
}{
	{words: "A caller's tombstone ends early.", uses: map[string]invd.Driver{"forgets as early as it may": forgets(0)}, goesFurther: []invd.Driver{forgets(-30 * time.Second)}},
	{words: "Bounds", uses: map[string]invd.Driver{"large, and set by nobody": bounded(1<<20, "limits")}, goesFurther: []invd.Driver{bounded(2, "limits")}},
	{words: "Options", uses: map[string]invd.Driver{
		"no feature": invd.Here(newPlain(invd.JSON)),
		"some only":  lacking("count-from-send", "fail-at-once", "no-retransmit", "device", "group", "note", "call-times", "snapshot"),
	}, goesFurther: []invd.Driver{replying(func(r *invd.Reply) {
		r.Effects = slices.DeleteFunc(r.Effects, func(e invd.Effect) bool { return strings.Contains(string(e.Message), `"device"`) })
	})}},
	{words: "Refresh", uses: map[string]invd.Driver{"off": unrefreshed(mutant.None)}, goesFurther: []invd.Driver{invd.Here(&reference.Endpoint{Adjust: func(o *engine.Options) { o.Times.Refresh = 0 }})}}, // it names the feature
	{words: "Refusals", uses: map[string]invd.Driver{"other reasons, no verdicts": replying(func(r *invd.Reply) {
		if r.Verdict = ""; r.Undecodable != "" {
			r.Undecodable = "no"
		}
	})}, goesFurther: []invd.Driver{replying(func(r *invd.Reply) {
		if r.Undecodable != "" {
			r.Undecodable, r.Effects = "", []invd.Effect{{Do: "send", To: peer, Message: []byte(`{"v":1,"kind":"RECEIVED","id":"b0b-1"}`)}}
		}
	})}},
	{words: "A host that does not take outputs", why: "the driver takes all outputs"},
	{words: "Punctuality.", uses: map[string]invd.Driver{"never late": lacking("late")}, goesFurther: []invd.Driver{invd.Here(&hasty{})}},
	{words: "Clocks that are set", uses: map[string]invd.Driver{"never set": lacking("set-clock")}, why: "nothing sets a clock back"},
	{words: "Order across invitations.", uses: map[string]invd.Driver{"backwards": otherOrder},
		goesFurther: []invd.Driver{
			replying(func(r *invd.Reply) { // events before messages
				slices.SortStableFunc(r.Effects, func(a, b invd.Effect) int { return cmp.Compare(a.Do, b.Do) })
			}),
			inGroups("send"), inGroups("event"),
		}},
	{words: "Names", why: "the driver has names of its own"},
}

// inGroups turns round the messages or the events with which a group is decided.
func inGroups(do string) invd.Driver {
	return replying(func(r *invd.Reply) {
		if _, events := decided(r); len(events) < 2 {
			return
		}
		var at []int
		for i, e := range r.Effects {
			if messages, events := decided(&invd.Reply{Effects: []invd.Effect{e}}); e.Do == do && len(messages)+len(events) > 0 {
				at = append(at, i)
			}
		}
		for len(at) > 1 {
			first, last := at[0], at[len(at)-1]
			r.Effects[first], r.Effects[last] = r.Effects[last], r.Effects[first]
			at = at[1 : len(at)-1]
		}
	})
}

// hasty is our engine, but it is always half a second ahead of its clock.
type hasty struct{ reference.Endpoint }

func (h *hasty) Do(r invd.Request) invd.Reply {
	if a, ok := r.(*invd.Advance); ok {
		ahead := *a
		ahead.Now += second / 2
		r = &ahead
	}
	return h.Endpoint.Do(r)
}

// differs tells whether an endpoint fails a case or a schedule.
func differs(d invd.Driver) bool {
	for _, c := range Cases() {
		if found, _ := c.Run(d); found != nil {
			return true
		}
	}
	for seed := range uint64(400) {
		if found, _ := Side(d, seed, App); found != nil {
			return true
		}
	}
	return false
}

// TestPermitted: whoever makes use of a permitted difference passes all cases, schedules and
// worlds. Whoever goes further fails.
func TestPermitted(t *testing.T) {
	specification, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(specification), "\n## Permitted differences\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var items []string
	for _, item := range regexp.MustCompile(`(?m)^[0-9]+\. \*\*(.*?)\*\*`).FindAllStringSubmatch(section, -1) {
		items = append(items, item[1])
	}
	page, err := os.ReadFile("../../docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != len(permitted) {
		t.Fatalf("the specification permits %q", items)
	}
	o := Options{Level: App, Runs: 150, Worlds: 10, Seed: 1}
	for i, p := range permitted {
		if row := "| " + strings.TrimSuffix(p.words, ".") + " |"; items[i] != p.words || !strings.Contains(string(page), row) {
			t.Errorf("permitted difference %d is %q, not %q, or docs/conformance.md has no row %s", i+1, items[i], p.words, row)
		}
		t.Run(p.words, func(t *testing.T) {
			t.Parallel()
			for name, d := range p.uses {
				if r := Run(d, o, never); !r.Conforms() {
					t.Errorf("%s: %d causes; the first is\n%s", name, len(r.groups()), r.groups()[0].words())
				}
			}
			for i, d := range p.goesFurther {
				if !differs(d) {
					t.Errorf("whoever goes further conforms, too: %d", i)
				}
			}
		})
	}
}

// TestForgottenPresence: with the last record of a peer goes what was reported of it, and a
// later call ends otherwise. It is permitted then, and not before.
func TestForgottenPresence(t *testing.T) {
	for _, c := range []struct {
		forgets   time.Duration
		permitted bool
	}{{0, true}, {-45 * time.Second, false}} {
		p := newPair(forgets(c.forgets), App)
		var found *Difference
		for _, r := range []invd.Request{
			&invd.Reset{Setup: invd.Setup{Self: self, Epoch: "a1"}, Case: "presence"},
			&invd.App{Call: invd.Create, Ref: invd.Ref{Inv: "1", To: peer}}, &invd.App{Call: invd.Send, Ref: invd.Ref{Inv: "1"}},
			&invd.Peer{Peer: peer}, &invd.App{Call: invd.Cancel, Ref: invd.Ref{Inv: "1"}},
			&invd.Advance{At: invd.At{Now: 76*second - invd.Time(-c.forgets)}}, // the record goes
			&invd.App{At: invd.At{Now: 76*second - invd.Time(-c.forgets)}, Call: invd.Create, Ref: invd.Ref{Inv: "2", To: peer}},
			&invd.App{At: invd.At{Now: 76*second - invd.Time(-c.forgets)}, Call: invd.Send, Ref: invd.Ref{Inv: "2"}},
			&invd.Advance{At: invd.At{Now: 106*second - invd.Time(-c.forgets)}},
		} {
			if _, found = p.do(r); found != nil || p.forgot {
				break
			}
		}
		if p.forgot != c.permitted || (found == nil) != c.permitted {
			t.Errorf("a caller that forgets %v early: permitted is %v, and it differs as %+v", -c.forgets, p.forgot, found)
		}
	}
}
