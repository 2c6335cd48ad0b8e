// What differs between two replies, and what may differ.

package kit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
)

// Difference is the first thing in which an endpoint is not as the reference.
type Difference struct {
	Case *Case `json:"-"`
	Step int

	Level, What   string // what: "code", "messages to bob about a-1", …
	Expected, Got []string
	Field         string `json:",omitempty"` // in which a message or an event differs, if it is the right one
	Cell          string // of the reference, at this step
	Clause        string // an anchor of docs/protocol.md

	shows string // how much of what was played, if it is not all

	err   error          // that there was no reply
	log   []string       // of a scene
	asked []invd.Request // of the endpoint in a scene
}

// Cause is the same for differences that have one reason, as far as one can see: a wrong
// field is wrong in every cell.
func (d *Difference) Cause() string { return d.Level + ", " + cmp.Or(d.Field, d.Cell) }

// fieldOf are the fields in which the first texts that differ do so, if both are the same
// message or event.
func fieldOf(expected, got []string) string {
	for i := range min(len(expected), len(got)) {
		if expected[i] == got[i] {
			continue
		}
		var a, b map[string]json.RawMessage
		if json.Unmarshal([]byte(expected[i]), &a) != nil || json.Unmarshal([]byte(got[i]), &b) != nil {
			return ""
		}
		other := map[string]bool{}
		for _, one := range []map[string]json.RawMessage{a, b} {
			for field := range one {
				if string(a[field]) != string(b[field]) {
					other[field] = true
				}
			}
		}
		if other["kind"] || other["name"] {
			return ""
		}
		return strings.Trim(string(a["kind"])+string(a["name"]), `"`) + " with another " + strings.Join(sorted(other), " and ")
	}
	return ""
}

// facts are what a reply says, by subject: the order matters within each.
func (t *testee) facts(r *invd.Reply, level string) map[string][]string {
	all := map[string][]string{}
	raised := map[string]bool{}
	for i := range r.Effects {
		e := &r.Effects[i]
		if e.Do == "send" {
			about, text := sentWords(e)
			subject := Wire + ": messages to " + e.To + about
			all[subject] = append(all[subject], text)
			if raised[e.To+about] {
				all[Wire+": order"] = append(all[Wire+": order"], "a message follows an event of the same invitation")
			}
			continue
		}
		raised[e.To+e.From+" about "+e.ID] = true
		if level == Wire || e.Name == invd.Missed && !t.has("missed") {
			continue
		}
		subject := App + ": events of " + e.To + e.From + " about " + e.ID
		all[subject] = append(all[subject], t.eventWords(*e))
	}
	if messages, events := decided(r); len(events) > 1 {
		all[Wire+": order within a group"] = messages
		if level != Wire {
			all[App+": order within a group"] = events
		}
	}
	for _, o := range r.Open {
		if level != Wire {
			all[App+": open invitations"] = append(all[App+": open invitations"], o.State+" "+o.ID+" to "+o.To+" from "+o.From)
		}
	}
	slices.Sort(all[App+": open invitations"])
	if len(all[App+": open invitations"]) == 0 {
		delete(all, App+": open invitations")
	}
	if level != Wire && r.Code != "" {
		all[App+": code"] = []string{r.Code}
	}
	if level == Exact {
		for i := range r.Effects {
			all[Exact+": order of all effects"] = append(all[Exact+": order of all effects"], t.effectWords(&r.Effects[i]))
		}
		if r.Next.Known {
			all[nextDeadline] = []string{fmt.Sprint(r.Next.Set, " ", r.Next.At)}
		}
	}
	return all
}

// decided are the messages and the events with which an answer decides a group, in their
// order: alone of what is about several invitations they have one.
func decided(r *invd.Reply) (messages, events []string) {
	for i := range r.Effects {
		e := &r.Effects[i]
		text := string(e.Message)
		switch {
		case strings.Contains(text, `"kind":"CONFIRM"`), strings.Contains(text, `"reason":"answered by another"`):
			about, _ := sentWords(e)
			messages = append(messages, "to "+e.To+about)
		case e.Name == invd.LocalAccepted, e.Name == invd.LocalCanceled:
			events = append(events, e.Name+" "+e.ID)
		}
	}
	return messages, events
}

// nextDeadline is the subject that a case does not have, and neither has an endpoint that
// goes in steps.
const nextDeadline = Exact + ": next deadline"

func (t *testee) effectWords(e *invd.Effect) string {
	if e.Do == "send" {
		_, text := sentWords(e)
		return "to " + e.To + ": " + text
	}
	return t.eventWords(*e)
}

// sentWords are the invitation and the text of a message.
func sentWords(e *invd.Effect) (about, text string) {
	if e.Message == nil {
		return "", fmt.Sprintf("bytes that are no message: %x", e.Raw)
	}
	text = string(e.Message)
	if _, rest, ok := strings.Cut(text, `"id":"`); ok { // quotes within a text have a \ before them
		id, _, _ := strings.Cut(rest, `"`)
		return " about " + id, text
	}
	return "", text
}

// eventWords are the text of an event without the fields that belong to features which
// the endpoint lacks.
func (t *testee) eventWords(e invd.Effect) string {
	if !t.has("missed") {
		e.Reason = ""
	}
	if !t.has("note") {
		e.Note = nil
	}
	if !t.has("device") {
		e.Device = ""
	}
	e.Do = ""
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // effects always have a form
	}
	return strings.Replace(string(text), `"do":"",`, "", 1)
}

// levelOf is the place of a subject's level among all.
func levelOf(subject string) int {
	level, _, _ := strings.Cut(subject, ":")
	return slices.Index(Levels, level)
}

// compare tells the first difference up to a level, by the levels and then by subject.
func (t *testee) compare(want, got *invd.Reply, err error, level string) *Difference {
	switch {
	case err != nil:
		return &Difference{Level: Wire, What: "the reply", Expected: []string{"one"}, Got: []string{err.Error()}, err: err}
	case got.Error != "":
		return &Difference{Level: Wire, What: "the reply", Expected: []string{"no error"}, Got: []string{got.Error}}
	case want.Undecodable != "" && len(got.Effects) > 0:
		return &Difference{Level: Wire, What: "effects of bytes that are no message", Expected: nil, Got: []string{fmt.Sprint(len(got.Effects))}}
	}
	a, b := t.facts(want, level), t.facts(got, level)
	if a[nextDeadline] == nil || b[nextDeadline] == nil {
		delete(a, nextDeadline)
		delete(b, nextDeadline)
	}
	subjects := slices.Sorted(maps.Keys(a))
	for subject := range maps.Keys(b) {
		if a[subject] == nil {
			subjects = append(subjects, subject)
		}
	}
	slices.SortFunc(subjects, func(a, b string) int {
		return cmp.Or(cmp.Compare(levelOf(a), levelOf(b)), cmp.Compare(a, b))
	})
	for _, subject := range subjects {
		if !slices.Equal(a[subject], b[subject]) {
			of, what, _ := strings.Cut(subject, ": ")
			return &Difference{Level: of, What: what, Expected: a[subject], Got: b[subject], Field: fieldOf(a[subject], b[subject])}
		}
	}
	return nil
}

// nothingHappens is behind a request for which the reference uses no cell.
const nothingHappens = ", nothing happens"

// cellOf is the cell of the reference that has to do with a difference: the last one of
// its invitation, else the last one, else the kind of request.
func cellOf(d *Difference, r invd.Request, reply *invd.Reply) (cell, clause string) {
	best, most, asked := -1, -1, askedFor(r)
	for i, c := range reply.Trace {
		fits := 0
		if c.ID != "" && strings.HasSuffix(d.What, " "+c.ID) {
			fits += 4
		}
		if slices.ContainsFunc(slices.Concat(d.Expected, d.Got), func(text string) bool { return mentions(c.Effects, text) }) {
			fits += 2
		}
		if strings.HasPrefix(c.On, asked) && asked != "" {
			fits++
		}
		if fits >= most {
			best, most = i, fits
		}
	}
	if best < 0 {
		clause = "receiving"
		switch r.(type) {
		case *invd.App:
			clause = "calls"
		case *invd.Advance:
			if clause = "next-deadline"; d.Level == Wire {
				clause = "copies" // one too many
			}
		case *invd.Session:
			clause = "logged-out"
		case *invd.Peer:
			clause = "presence"
		}
		return cmp.Or(asked, r.Op()) + nothingHappens, clause
	}
	c := reply.Trace[best]
	return c.Table + " in " + c.In + ": " + c.On, clauseOf(c)
}

// askedFor is the call or the message of a request, as rows of the tables begin with it.
func askedFor(r invd.Request) string {
	switch r := r.(type) {
	case *invd.App:
		return r.Call + "()"
	case *invd.Deliver:
		var m struct{ Kind string }
		if json.Unmarshal(r.Message, &m) == nil {
			return m.Kind
		}
	}
	return ""
}

// mentions tells whether the effects of a cell name a message or an event.
func mentions(effects, text string) bool {
	var m struct{ Kind, Name string }
	if json.Unmarshal([]byte(text), &m) != nil {
		return false
	}
	event := strings.TrimPrefix(strings.TrimPrefix(m.Name, "LocalInvitation"), "RemoteInvitation")
	return m.Kind != "" && strings.Contains(effects, m.Kind) || event != "" && strings.Contains(effects, event)
}

// clauseOf is the heading of docs/protocol.md under which a row is explained.
func clauseOf(c invd.Cell) string {
	for _, each := range [][2]string{
		{"at a bound", "bounds"}, {"bound reached", "bounds"}, {"INVITE, stale", "judging"}, {"INVITE, invalid", "judging"}, {"early CANCEL", "missed"}, {"after Missed", "missed"},
		{"copy due", "copies"}, {"resync", "resync"}, {"login", "logged-out"}, {"logout", "logged-out"}, {"logged out", "logged-out"}, {"group", "groups"},
		{"own device not 0", "devices"}, {"invalid", "calls"},
	} {
		if strings.Contains(c.On, each[0]) {
			if each[0] == "copy due" && c.In == "INVITATION_RECEIVED" {
				return "refresh"
			}
			return each[1]
		}
	}
	return "the-" + c.Table
}

func parseID(text string) (id engine.ID, ok bool) {
	n, err := fmt.Sscanf(text, "%x-%d", &id.Epoch, &id.Counter)
	return id, err == nil && n == 2
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
