// The verbs: how each is written and what it does.

package transcript

import (
	"fmt"
	"slices"
	"strings"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/input"
)

type verb struct {
	name, usage, help string
	do                func(*world, *command)
}

var verbs = []verb{
	{"options", "[NAME] OPTION…", "set options of an engine that has not started, or of all", (*world).setOptions},
	{"call", "NAME PEER [content=TEXT] [channel=TEXT] [no-response=TIME] [expiry=TIME]", "create an invitation and send it", (*world).callPeer},
	{"create", "NAME PEER [content=TEXT] [channel=TEXT] [no-response=TIME] [expiry=TIME]", "create an invitation", (*world).create},
	{"set", "NAME #N [content=TEXT] [channel=TEXT] [response=TEXT] [no-response=TIME] [expiry=TIME]", "set what an invitation carries, and its times", (*world).set},
	{"send", "NAME #N", "the caller sends an invitation", press("send")},
	{"group", "NAME #N", "put an invitation that is not sent yet into its caller's group: one of them can be accepted", (*world).join},
	{"cancel", "NAME #N [note=TEXT]", "the caller cancels an invitation", press("cancel")},
	{"accept", "NAME #N [response=TEXT]", "the callee accepts an invitation", press("accept")},
	{"refuse", "NAME #N [response=TEXT]", "the callee refuses an invitation", press("refuse")},
	{"at", "TIME", "let time pass; timers that are due at TIME itself fire after the next commands", func(w *world, c *command) { w.passTo(c.time, true) }},
	{"until", "TIME", "let time pass; timers that are due at TIME itself fire now", func(w *world, c *command) { w.passTo(c.time, false) }},
	{"lose", "COUNT|every KIND|any from NAME", "lose the next messages", addRule("lose")},
	{"delay", "COUNT|every KIND|any from NAME to TIME", "let each of the next messages take TIME", addRule("delay")},
	{"duplicate", "COUNT|every KIND|any from NAME to TIME", "deliver each of the next messages a second time, after TIME", addRule("duplicate")},
	{"heal", "", "end all that lose, delay and duplicate have begun", func(w *world, _ *command) { w.rules = nil }},
	{"inject", "NAME from PEER KIND ID [FIELD=VALUE…]", "let a message arrive that no engine has sent", (*world).inject},
	{"tell", "NAME PEER online|offline", "report to an engine whether a peer can be reached", (*world).tell},
	{"logout", "NAME", "tell an engine that its transport has lost the session", toRunning((*user).logOut)},
	{"login", "NAME", "tell an engine that its transport has a session again", toRunning((*user).logIn)},
	{"sleep", "NAME", "freeze a phone: no timer fires, and what arrives is kept", toRunning((*user).sleep)},
	{"wake", "NAME", "thaw a phone: what was kept arrives", func(w *world, c *command) { w.user(c.name).wake() }},
	{"kill", "NAME", "end an engine: what arrives is lost", toRunning((*user).kill)},
	{"restart", "NAME", "start another engine, which remembers nothing", func(w *world, c *command) { w.user(c.name).start() }},
	{"clock", "NAME ±TIME|stops", "set a phone's clock forward or back, or stop it", (*world).setClock},
	{"state", "", "print the state of every invitation", (*world).printStates},
	{"stats", "NAME", "print what an engine remembers and what it has counted", toRunning((*user).printStats)},
	{"expect", "NAME none", "require that an app has no invitation", (*world).expectNone},
	{"expect", "NAME #N STATE [at TIME]", "require the state of an invitation, and when it ended", (*world).expect},
	{"reset", "", "end this world and begin another", (*world).reset},
}

func (v verb) String() string { return strings.TrimSpace(v.name + " " + v.usage) }

// slots are the words that stand for others in the usages.
var slots = []struct{ name, help string }{
	{"NAME", "a user or, as bob/2, one of the user's devices; the first command that names one starts its engine, logged in"},
	{"PEER", "a user or, as a TEXT, any user id, which nobody has"},
	{"#N", "the N-th invitation that the script creates, on either side: alice's #1 is what she sent, bob's #1 is what rang at his phone; #N@STRANGER is one that a stranger sent under the same id"},
	{"ID", "#N or, as HEX-DECIMAL, an id that no engine gave"},
	{"TIME", "1.5s, 200ms or 1m30s; for at and until, counted from the beginning of the world; for delay and duplicate, the time that a message takes, which is 50ms otherwise"},
	{"TEXT", "\"hi\" or, for a long one, COUNT*CHARACTER"},
	{"KIND", strings.Join(namesOf[engine.Kind](), ", ")},
	{"STATE", "a state as it is printed: CANCELED, FAILURE(INVITATION_EXPIRE)"},
	{"OPTION", strings.Join(keysOf(optionPlaces), ", ") + "; after = stands a TIME or, for per-peer and total, a number; vendor-times and default-times set all times"},
	{"FIELD", strings.Join(keysOf(messagePlaces), ", ") + " (the kind that an ACK or CLOSED answers)"},
}

// Help lists the verbs, and below each what it does, and then the words of the usages.
func Help() string {
	var b strings.Builder
	for _, v := range verbs {
		fmt.Fprintf(&b, "  %s\n      %s\n", v, v.help)
	}
	b.WriteString("\n")
	for _, s := range slots {
		fmt.Fprintf(&b, "  %-7s  %s\n", s.name, s.help)
	}
	return b.String()
}

// read makes a command an action. Of the usages of a verb the first that fits counts.
func read(line string) (do func(*world), c *command, err error) {
	var words []string
	if err := try(func() { words = split(line) }); err != nil {
		return nil, nil, err
	}
	var names []string
	for _, v := range verbs {
		names = append(names, v.name)
	}
	err = fmt.Errorf("there is no verb %s%s", words[0], input.DidYouMean(words[0], slices.Compact(names), ""))
	for _, v := range verbs {
		if v.name != words[0] {
			continue
		}
		c := &command{words: words[1:], isRule: strings.Contains(v.usage, "from NAME")}
		if err = try(func() { c.read(v.usage) }); err == nil {
			return func(w *world) { v.do(w, c) }, c, nil
		}
		err = fmt.Errorf("%w; usage: %v", err, v)
	}
	return nil, nil, err
}
