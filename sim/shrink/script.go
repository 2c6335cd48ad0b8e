// The failure as a script in the language of testdata/scripts: the same story for
// two engines, where every copy meets the fate that it met in the world.

package shrink

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/setup"
)

// scriptLatency is how long a copy takes in a script, unless it says otherwise.
const scriptLatency = 50 * time.Millisecond

// Script is the failure in the language of testdata/scripts. It expects what the
// failing engine did. Where a script cannot tell the story, it is a comment that says
// why.
func (f *Failure) Script() string {
	g := &script{f: f, phones: map[string]*scriptPhone{}}
	g.comment("%v: %s.", f.Violation.Property, f.Violation.Property.Words())
	for _, line := range f.Faults {
		g.comment("- %s", line)
	}
	if reasons := g.beyond(); reasons != nil {
		g.comment("No script can tell this story: %s.", strings.Join(reasons, "; "))
		return g.String()
	}
	g.comment("Expected below is what the failing engine did: put in what is right. The outputs")
	g.comment("come from go test ./engine -run TestScripts -rewrite.")
	g.line("")
	g.options()
	g.fates()
	for i := range f.Outcome.Entries {
		g.entry(&f.Outcome.Entries[i])
	}
	g.expect()
	return g.String()
}

// script is one under construction.
type script struct {
	strings.Builder
	f      *Failure
	now    time.Duration
	sent   []int // calls in the order of their sends: #1, #2, …
	phones map[string]*scriptPhone
	last   time.Duration
}

// scriptPhone is what a script must know of a phone.
type scriptPhone struct {
	away    bool // down or asleep
	offline bool
	states  map[int]string // of its invitations, by call
}

func (g *script) line(format string, args ...any)    { fmt.Fprintf(g, format+"\n", args...) }
func (g *script) comment(format string, args ...any) { g.line("# "+format, args...) }

func (g *script) phone(name string) *scriptPhone {
	p := g.phones[name]
	if p == nil {
		p = &scriptPhone{states: map[int]string{}}
		g.phones[name] = p
	}
	return p
}

// beyond are the reasons why there is no script.
func (g *script) beyond() (reasons []string) {
	because := func(format string, args ...any) {
		if reason := fmt.Sprintf(format, args...); !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	o := &g.f.Token.Options
	names, rings := map[string]bool{}, map[string]int{}
	for _, e := range g.f.Outcome.Entries {
		at := fmt.Sprint(e.Node, e.Call)
		switch {
		case e.Kind == event.EventRaised && e.Event.Kind == engine.RemoteInvitationReceived:
			rings[at]++
		case e.Kind == event.PhoneCrashes:
			rings = map[string]int{}
		case e.Kind == event.Pressed && rings[at] > 1:
			because("a user answers the second of two rings")
		}
		switch {
		case e.Kind == event.Pressed:
			names[e.Node] = true
		case e.Kind == event.CopySent:
			names[e.Node], names[e.Peer] = true, true
		}
		switch {
		case e.Kind == event.StrangerSends:
			because("a third party takes part")
		case e.Kind == event.PhoneCrashes && o.Snapshots != setup.Nothing:
			because("a phone that starts again in a script has no snapshot")
		case e.Kind == event.CopySent && e.Fate == event.Stored:
			because("the network keeps a copy for a phone")
		}
	}
	if len(names) > 2 {
		because("there are more than two parties")
	}
	if o.Drift > 0 {
		because("clocks run at different speeds")
	}
	for _, c := range g.copies() {
		if c.arrives && c.takes > scriptMaxDelay {
			because("a copy is older than the maximum delay")
		}
		if c.twin >= 0 && c.takes != scriptLatency && c.twin != scriptLatency {
			because("a copy and its duplicate both take long")
		}
	}
	for _, name := range []string{"retransmit-first", "retransmit-cap", "accept-first", "accept-cap", "max-delay"} {
		plain, set := setup.Plain(), []setting{{name: name}}
		if !slices.Equal(textOf(o, set), textOf(&plain, set)) {
			because("a script cannot set %s", name)
		}
	}
	return reasons
}

// scriptMaxDelay is that of a script's engines.
var scriptMaxDelay = engine.DefaultTimes().MaxDelay

// scriptOptions are those that a script can set, by the names of fields.
var scriptOptions = []struct{ field, key string }{
	{"no-response-time", "no-response"}, {"expiry-time", "expiry"}, {"grace-time", "grace"}, {"accept-time", "accept"},
	{"linger-time", "linger"}, {"tombstone-time", "tombstone"}, {"max-per-peer", "per-peer"}, {"max-total", "total"},
	{"count-from-send", ""}, {"fail-at-once", ""}, {"no-retransmit", ""},
}

// options sets the engines' options.
func (g *script) options() {
	line, plain := "options vendor-times", setup.Plain()
	for _, o := range scriptOptions {
		set := []setting{{name: o.field}}
		switch text := textOf(&g.f.Token.Options, set)[0]; {
		case text == textOf(&plain, set)[0]:
		case o.key == "":
			line += " " + o.field
		default:
			line += " " + o.key + "=" + text
		}
	}
	g.line("%s", line)
	if m := g.f.Token.Options.Engine.Mutant; m != 0 {
		g.comment("The failing engines broke a rule on purpose: %v.", m)
	}
}

// scriptCopy is what became of a copy.
type scriptCopy struct {
	key     string // its kind and sender
	at      time.Duration
	arrives bool
	takes   time.Duration
	twin    time.Duration // that its duplicate takes; -1 if none arrives
}

// copies are those that were sent, in order.
func (g *script) copies() []scriptCopy {
	type name struct {
		call, copy int
		kind       engine.Kind
	}
	index := map[name]int{}
	var all []scriptCopy
	for _, e := range g.f.Outcome.Entries {
		n := name{e.Call, e.Copy, e.Message.Kind}
		i, known := index[n]
		switch {
		case e.Kind == event.CopySent && !known:
			index[n] = len(all)
			all = append(all, scriptCopy{key: fmt.Sprintf("%v from %s", e.Message.Kind, e.Node), at: e.At, twin: -1})
		case e.Kind == event.CopyArrived && known && e.Twin:
			all[i].twin = e.At - all[i].at
		case e.Kind == event.CopyArrived && known:
			all[i].arrives, all[i].takes = true, e.At-all[i].at
		}
	}
	for i := range all {
		if c := &all[i]; c.twin >= 0 && !c.arrives {
			c.arrives, c.takes, c.twin = true, c.twin, -1
		} else if c.twin == scriptLatency {
			c.takes, c.twin = c.twin, c.takes
		}
	}
	return all
}

// rule is what a script does to a copy; empty for nothing.
func (c *scriptCopy) rule() (verb, to string) {
	switch {
	case !c.arrives:
		return "lose", ""
	case c.twin >= 0:
		return "duplicate", fmt.Sprint(" to ", c.twin)
	case c.takes != scriptLatency:
		return "delay", fmt.Sprint(" to ", c.takes)
	}
	return "", ""
}

// fates tells what becomes of the copies of each kind and sender, in their order, up
// to the last to which anything happens.
func (g *script) fates() {
	copies := g.copies()
	var keys []string
	for _, c := range copies {
		if !slices.Contains(keys, c.key) {
			keys = append(keys, c.key)
		}
	}
	for _, key := range keys {
		var mine []scriptCopy
		upTo := 0
		for _, c := range copies {
			if c.key == key {
				mine = append(mine, c)
				if verb, _ := c.rule(); verb != "" {
					upTo = len(mine)
				}
			}
		}
		g.runs(mine[:upTo])
	}
}

// runs writes a rule for each run of copies with the same fate.
func (g *script) runs(copies []scriptCopy) {
	for i := 0; i < len(copies); {
		verb, to := copies[i].rule()
		n := 1
		for ; i+n < len(copies); n++ {
			if v, t := copies[i+n].rule(); v != verb || t != to {
				break
			}
		}
		if verb == "" {
			verb, to = "delay", fmt.Sprint(" to ", scriptLatency)
		}
		g.line("%s %d %s%s", verb, n, copies[i].key, to)
		i += n
	}
}

// entry is one thing that a script must make happen.
func (g *script) entry(e *event.Entry) {
	g.last = max(g.last, e.At)
	p := g.phone(e.Node)
	switch e.Kind {
	case event.Pressed:
		g.pressed(e)
	case event.EventRaised:
		g.raised(e)
	case event.PhoneToggles:
		if p.offline = !e.Online; e.Online && !p.away {
			g.do(e, "login %s", e.Node)
		}
	case event.PhoneNotices:
		g.do(e, "logout %s", e.Node)
	case event.PresenceTold:
		g.told(e)
	case event.PhoneCrashes:
		g.do(e, "restart %s", e.Node)
		p.away, p.states = true, map[int]string{}
	case event.PhoneFreezes:
		g.do(e, "sleep %s", e.Node)
		p.away = true
	case event.PhoneRestarts, event.PhoneThaws:
		p.away = false
		if e.Kind == event.PhoneThaws {
			g.do(e, "wake %s", e.Node)
		}
		if p.offline {
			g.do(e, "logout %s", e.Node)
		}
	case event.ClockJumps:
		g.do(e, "clock %s %s", e.Node, signed(e.Takes))
	}
}

func signed(d time.Duration) string {
	if d < 0 {
		return d.String()
	}
	return "+" + d.String()
}

// do lets time pass until an entry, and writes a command.
func (g *script) do(e *event.Entry, format string, args ...any) {
	if e.At > g.now {
		g.now = e.At
		g.line("at %v", g.now)
	}
	g.line(format, args...)
}

// pressed is a user's doing.
func (g *script) pressed(e *event.Entry) {
	number := slices.Index(g.sent, e.Call) + 1
	caller, callee, _ := g.f.Outcome.Parties(e.Call)
	switch {
	case e.Op == "send" && number == 0:
		g.sent = append(g.sent, e.Call)
		g.phone(e.Node).states[e.Call] = e.State
		g.phone(fmt.Sprint("user", callee))
		g.do(e, "call user%d user%d content=%q", caller, callee, fmt.Sprint("call ", e.Call))
	case e.Op == "accept" || e.Op == "refuse":
		g.phone(e.Node).states[e.Call] = e.State
		g.do(e, "%s %s #%d response=%q", e.Op, e.Node, number, fmt.Sprint("answer ", e.Call))
	default:
		g.do(e, "%s %s #%d", e.Op, e.Node, number)
	}
}

// raised notes the state of an invitation.
func (g *script) raised(e *event.Entry) {
	code := ""
	if e.Event.LocalError != 0 {
		code = e.Event.LocalError.Name()
	}
	if e.Event.RemoteError != 0 {
		code = e.Event.RemoteError.Name()
	}
	state := e.State
	if _, reason, ok := strings.Cut(code, "_INVITATION_ERR_"); ok {
		state += "(" + reason + ")"
	}
	g.phone(e.Node).states[e.Call] = state
}

// told is a report about a phone, to the others.
func (g *script) told(e *event.Entry) {
	for phone := range g.f.Token.Options.Users {
		name := fmt.Sprint("user", phone)
		if name != e.Node && !g.phone(name).away {
			g.do(e, "tell %s %s %s", name, e.Node, online(e.Online))
		}
	}
}

// expect ends a script with the states that there were.
func (g *script) expect() {
	if g.last > g.now {
		g.line("until %v", g.last)
	}
	for phone := range g.f.Token.Options.Users {
		name := fmt.Sprint("user", phone)
		p, ok := g.phones[name]
		if !ok {
			continue
		}
		if len(p.states) == 0 {
			g.line("expect %s none", name)
		}
		for i, call := range g.sent {
			if state, ok := p.states[call]; ok {
				g.line("expect %s #%d %s", name, i+1, state)
			}
		}
	}
}
