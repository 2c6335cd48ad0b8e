// The failure as a script in the language of testdata/scripts: the same story for
// two engines, where every copy meets the fate that it met in the world.

package shrink

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/seam"
	"github.com/invsim/invsim/internal/transcript"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/setup"
)

// scriptLatency is how long a copy takes in a script, unless it says otherwise.
const scriptLatency = 50 * time.Millisecond

// Script is the failure in the language of testdata/scripts. It expects what the
// failing engines did. It is played before it is shown: where other things happen
// than in the world, it is a comment that says so.
func (f *Failure) Script() string {
	g := &script{f: f, away: map[string]bool{}, offline: map[string]bool{}}
	g.options()
	g.fates()
	for i := range f.Outcome.Entries {
		g.entry(&f.Outcome.Entries[i])
	}
	if g.last > g.now {
		g.line("until %v", g.last)
	}
	expected, err := f.retell(g.String())

	var b strings.Builder
	fmt.Fprintf(&b, "# %v: %s.\n", f.Violation.Property, f.Violation.Property.Words())
	for _, line := range f.Faults {
		fmt.Fprintf(&b, "# - %s\n", line)
	}
	if problem := (transcript.Problem{}); errors.As(err, &problem) {
		err = errors.New(problem.Text) // the line is one that nobody sees
	}
	if err != nil {
		fmt.Fprintf(&b, "# No script can tell this story: %v.\n", err)
		return b.String()
	}
	b.WriteString("# Expected below is what the failing engine did: put in what is right.\n" +
		"# The outputs come from go test ./engine -run TestScripts -rewrite.\n\n" + g.String() + expected)
	return b.String()
}

// retell plays the commands of a script. It fails if other things happen than in the
// world, and returns what is to be expected at the end.
func (f *Failure) retell(commands string) (expected string, err error) {
	s, err := transcript.Parse(commands + "state\n")
	if err != nil {
		return "", err
	}
	lacks := f.Token.Options.Mutant
	played, _, err := transcript.Player{
		Options: func(o *engine.Options) {
			o.Rules = seam.Of(lacks, o.Times.Linger, o.Times.Tombstone)
			o.Epoch = lacks.Epoch(o.Epoch&(1<<56-1), o.Epoch) // the first byte counts the starts
		},
		Receive: lacks.Receive,
	}.Play(s)
	if err != nil {
		return "", err
	}
	var happened []string
	for _, step := range played.Steps {
		for _, line := range step.Output {
			switch words := strings.Fields(line); {
			case words[2] == "*":
				happened = append(happened, strings.Join([]string{words[0], words[1], words[3]}, " "))
			case step.Text == "state" && words[2] == "has":
				expected += "expect " + words[1] + " none\n"
			case step.Text == "state" && words[0] != "!":
				expected += "expect " + strings.Join(words[1:], " ") + "\n"
			}
		}
	}
	for i, want := range append(f.events(), "nothing more") {
		if got := append(happened, "nothing more")[i]; got != want {
			return "", fmt.Errorf("played, it comes to %q, and not to %q", got, want)
		}
	}
	return expected, nil
}

// events are those that the apps were told: when, whose, which.
func (f *Failure) events() (all []string) {
	for _, e := range f.Outcome.Entries {
		if e.Kind == event.EventRaised {
			all = append(all, fmt.Sprintf("%.3f %s %v", e.At.Seconds(), e.Node, e.Event.Kind))
		}
	}
	return all
}

// script is the commands of one under construction.
type script struct {
	strings.Builder
	f             *Failure
	now           time.Duration // that the last command set
	last          time.Duration // of an entry
	sent          []int         // calls in the order of their sends: #1, #2, …
	away, offline map[string]bool
}

func (g *script) line(format string, args ...any) { fmt.Fprintf(g, format+"\n", args...) }

// scriptOptions are those that a script can set, by the names of fields.
var scriptOptions = []struct{ field, key string }{
	{"no-response-time", "no-response"}, {"expiry-time", "expiry"}, {"grace-time", "grace"}, {"accept-time", "accept"},
	{"linger-time", "linger"}, {"tombstone-time", "tombstone"}, {"max-per-peer", "per-peer"}, {"max-total", "total"},
	{"count-from-send", ""}, {"fail-at-once", ""}, {"no-retransmit", ""},
}

// options sets the engines' options.
func (g *script) options() {
	line, plain := "options default-times", setup.PlainOptions()
	for _, o := range scriptOptions {
		switch text := g.f.Token.Options.Get(o.field); {
		case text == plain.Get(o.field):
		case o.key == "":
			line += " " + o.field
		default:
			line += " " + o.key + "=" + text
		}
	}
	g.line("%s", line)
	if m := g.f.Token.Options.Mutant; m != 0 {
		g.line("# The failing engines broke a rule on purpose: %v.", m)
	}
}

// scriptCopy is a copy with its fate.
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

// rule is the command of a script for a copy; empty for none.
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

// fates tells the fates of the copies of each kind and sender, in their order, up
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
	switch e.Kind {
	case event.Pressed:
		g.pressed(e)
	case event.PhoneToggles:
		g.offline[e.Node] = !e.Online
		if e.Online && !g.away[e.Node] && g.f.Token.Options.LoginAfter == 0 {
			g.do(e, "login %s", e.Node)
		}
	case event.PhoneNotices:
		if e.Online {
			g.do(e, "login %s", e.Node)
		} else {
			g.do(e, "logout %s", e.Node)
		}
	case event.PresenceTold:
		g.told(e)
	case event.PhoneCrashes:
		g.do(e, "restart %s", e.Node)
		g.away[e.Node] = true
	case event.PhoneFreezes:
		g.do(e, "sleep %s", e.Node)
		g.away[e.Node] = true
	case event.PhoneRestarts, event.PhoneThaws:
		g.away[e.Node] = false
		if e.Kind == event.PhoneThaws {
			g.do(e, "wake %s", e.Node)
		}
		if g.offline[e.Node] {
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
		g.do(e, "call %s %s content=%q", setup.UserName(caller), setup.UserName(callee), fmt.Sprint("call ", e.Call))
	case e.Op == "accept" || e.Op == "refuse":
		g.do(e, "%s %s #%d response=%q", e.Op, e.Node, number, fmt.Sprint("answer ", e.Call))
	default:
		g.do(e, "%s %s #%d", e.Op, e.Node, number)
	}
}

// told is a report about a phone, to the others.
func (g *script) told(e *event.Entry) {
	for phone := range g.f.Token.Options.Users {
		name := setup.UserName(phone)
		if name != e.Node && !g.away[name] {
			g.do(e, "tell %s %s %s", name, e.Node, online(e.Online))
		}
	}
}
