// The first half hour: three cases, and what to do next.

package kit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/invsim/invsim/conformance/invd"
)

// firsts are the cases to begin with, the easiest first.
var firsts = []string{"smoke.ring", "smoke.call", "smoke.accept", "smoke.cancel", "smoke.refuse", "smoke.canceled"}

// Smoke plays the first three cases that an endpoint has the roles for, up to the first
// that fails, and tells what to do next. COMMAND stands for how the endpoint is started.
func Smoke(d invd.Driver, stop func() bool) (*Result, string) {
	who := d.Hello()
	r := &Result{Endpoint: who, Options: Options{Level: App, Only: "smoke.*"}}
	b := &strings.Builder{}
	b.WriteString(plain(fmt.Sprintf("hello: %s %s in %s, %s, messages as %s, clock %s in %s\n", who.Name, who.Version, who.Language,
		strings.Join(who.Roles, " and "), strings.Join(who.Forms, " and "), who.Clock, who.Unit)))
	for _, id := range firsts {
		c := Cases()[slices.IndexFunc(Cases(), func(c *Case) bool { return c.ID == id })]
		if c.lacks(&who) != "" || len(r.Outcomes) == 3 || stop() {
			continue
		}
		o := r.one(d, c)
		if !o.Failed() {
			fmt.Fprintf(b, "ok     %s: %s\n", c.ID, c.Title)
			continue
		}
		fmt.Fprintf(b, "\n%s\n%s", o.words(), hint(o.Failure))
		return r, b.String()
	}
	if len(r.Outcomes) == 0 {
		fmt.Fprint(b, "\nNothing was tried: it has none of the roles.\n")
	} else {
		fmt.Fprint(b, "\nIt answers. Next:\n  invsim conform run --only 'smoke.*' -- COMMAND\n")
	}
	return r, b.String()
}

// hint is what to do about the failure of one of the first cases.
func hint(d *Difference) string {
	words := fmt.Sprintf("See all of it: invsim conform explain %s\n", d.Case.ID)
	if advice := invd.Advice(d.err); advice != "" {
		return advice + "\n" + words
	}
	switch {
	case d.What == "the reply":
		return "The request makes sense, so the endpoint has to carry it out. What it lacks is named by\n\"unsupported\" in its reply, or better not in hello.\n" + words
	case len(d.Got) == 0 && strings.HasPrefix(d.What, "messages"):
		return "A message that is to be sent stands in \"effects\" of the reply, with \"do\":\"send\".\n" + words
	case len(d.Got) == 0 && strings.HasPrefix(d.What, "events"):
		return "What the app is told stands in \"effects\" of the reply, with \"do\":\"event\". The table of\nevents is in docs/driver.md#replies.\n" + words
	}
	return "Compare the fields one by one: expected is what our engine does.\n" + words
}
