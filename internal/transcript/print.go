// How a play is printed: a line for everything that happens, with its time.

package transcript

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/engine"
)

// print adds a line about a user to the output of the present command.
func (u *user) print(format string, args ...any) {
	if w := u.world; !w.over {
		w.step.Output = append(w.step.Output, fmt.Sprintf("%10.3f %-5s ", w.now.Seconds(), u.name)+fmt.Sprintf(format, args...))
	}
}

// printTold adds what the app of each user was told.
func (w *world) printTold() {
	for _, u := range w.users {
		w.step.Output = append(w.step.Output, fmt.Sprintf("         what %s was told", u.name))
		if u.told == nil {
			w.step.Output = append(w.step.Output, "              nothing")
		}
		w.step.Output = append(w.step.Output, u.told...)
	}
}

func (w *world) printStates(*command) {
	for _, u := range w.users {
		if len(u.held) == 0 {
			u.print("has no invitation")
		}
		for _, o := range u.held {
			u.print("%s %s", o.name(), o.state())
		}
	}
}

func (u *user) printStats() {
	s := u.engine.Stats()
	text := fmt.Sprintf("remembers %d sent, %d received, of %d peers", s.LocalRecords, s.RemoteRecords, s.Peers)
	for verdict, n := range s.Received {
		if n > 0 {
			text += fmt.Sprintf("; %v %d", engine.Verdict(verdict), n)
		}
	}
	for _, c := range []struct {
		name string
		n    uint64
	}{{"counted as unexpected", s.Unexpected}, {"counted as late confirms", s.LateConfirms}, {"counted as security events", s.Security}} {
		if c.n > 0 {
			text += fmt.Sprintf("; %s %d", c.name, c.n)
		}
	}
	u.print("%s", text)
}

// describe is a message in words. Times of an INVITE that are the common ones go
// without saying.
func (w *world) describe(m engine.Message) string {
	text := m.Kind.String() + " " + w.idName(m.ID)
	switch m.Kind {
	case engine.Cancel:
		text += " " + m.Reason.String()
	case engine.Ack:
		text += " of " + m.For.String()
		if m.Refused {
			text += ", refused"
		}
	case engine.Closed:
		text += " " + m.Word.String() + ", answers " + m.For.String()
	}
	text += field("content", m.Content) + field("channel", m.ChannelID) + field("response", m.Response) + field("note", m.Note) + device(m.Device)
	if m.Kind == engine.Invite {
		for _, t := range []struct {
			name         string
			time, common time.Duration
		}{{"age", m.Age, 0}, {"held", m.Held, 0}, {"wait", m.Wait, 30 * time.Second}, {"expiry", m.Expiry, 60 * time.Second}} {
			if t.time != t.common {
				text += fmt.Sprintf(" %s=%v", t.name, t.time)
			}
		}
	}
	return text
}

// field prints a text, a long one by its length, none at all if it is empty.
func field(name, text string) string {
	switch {
	case text == "":
		return ""
	case len(text) > 64:
		return fmt.Sprintf(" %s=(%d bytes)", name, len(text))
	}
	return fmt.Sprintf(" %s=%q", name, text)
}

// device prints the number of one, but not of the only one.
func device(number uint64) string {
	if number == 0 {
		return ""
	}
	return fmt.Sprintf(" device=%d", number)
}

// idName is #N for the id of the script's N-th invitation.
func (w *world) idName(id engine.ID) string {
	if n := w.numberOf(id); n > 0 {
		return fmt.Sprint("#", n)
	}
	return id.String()
}

// numberOf is 0 for an id that no engine gave.
func (w *world) numberOf(id engine.ID) int {
	for i, o := range w.calls {
		if o.local.ID() == id {
			return i + 1
		}
	}
	return 0
}
