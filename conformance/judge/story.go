// The story of a call: the lines of all its ends in one order, in which no message arrives
// before it was sent. Beside each line stands the time since the call began there, by that
// end's own clock.

package judge

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/quote"
)

// mostTold is how many lines of one end a story has at most.
const mostTold = 200

// moment is one line of a story.
type moment struct {
	at    int64
	step  int // of its end: the moments of one step stand together
	words string
	sent  engine.Kind // a message of this kind leaves,
	got   engine.Kind // or arrives
}

// teller collects the moments of some calls, by call and end.
type teller struct {
	calls   map[*call]bool
	moments map[*half][]moment
	end     map[*end]*asked
}

// asked is the input that an end is at.
type asked struct {
	now  int64
	step int
	app  *invd.App
}

// Tell reads the logs a second time and tells the stories of calls. again opens a log.
func (j *Judge) Tell(calls []*Call, again func(name string) (io.ReadCloser, error)) error {
	t := &teller{calls: map[*call]bool{}, moments: map[*half][]moment{}, end: map[*end]*asked{}}
	for _, c := range calls {
		t.calls[c.call] = true
	}
	if len(calls) == 0 {
		return nil
	}
	for _, log := range j.logs {
		in, err := again(log.Name)
		if err != nil {
			return fmt.Errorf("read %s again: %w", log.Name, err)
		}
		s := &session{judge: j, log: &Log{Name: log.Name}}
		s.tell = func(e *end, in *input) { t.take(j, e, in) }
		err = s.read(in)
		in.Close()
		if err != nil && len(log.Ends) > 0 && log.Damaged == 0 {
			return fmt.Errorf("read %s again: %w", log.Name, err)
		}
	}
	for _, c := range calls {
		c.Story = t.story(c.call)
	}
	return nil
}

func (t *teller) take(j *Judge, e *end, in *input) {
	a := t.end[e]
	if a == nil {
		a = &asked{}
		t.end[e] = a
	}
	switch {
	case in.start != nil:
		t.started(e, in)
		a.now = in.now
		return
	case !in.isReply:
		a.step++
		if in.timed {
			a.now = in.now
		}
		a.app = in.app
		if in.got != nil {
			t.arrives(j, e, a, in)
		}
		return
	}
	if a.app != nil {
		t.pressed(j, e, a, in)
		a.app = nil
	}
	for i := range in.effects {
		out := &in.effects[i]
		h := j.halfOf(e, out)
		switch {
		case out.sent != nil:
			t.add(h, moment{at: a.now, step: a.step, words: "→ " + quote.ID(out.to) + "  " + nameOf(out.sent), sent: out.sent.Kind})
		default:
			t.add(h, moment{at: a.now, step: a.step, words: strings.TrimSpace(out.event.Name + " " + out.event.Failure + " " + out.event.Reason)})
		}
	}
}

func (t *teller) started(e *end, in *input) {
	for c := range t.calls {
		for _, h := range c.halves() {
			if h.end == e && len(t.moments[h]) > 0 {
				words := "starts again, with nothing"
				if in.start.restored {
					words = "starts again"
				}
				t.add(h, moment{at: in.now, words: words})
			}
		}
	}
}

func (t *teller) arrives(j *Judge, e *end, a *asked, in *input) {
	h := j.half(e, in.from, toCaller(in.got), in.got.ID)
	t.add(h, moment{at: a.now, step: a.step, words: "← " + quote.ID(in.from) + "  " + nameOf(in.got), got: in.got.Kind})
}

func (t *teller) pressed(j *Judge, e *end, a *asked, in *input) {
	words := "calls " + a.app.Call + "()"
	if in.code != "" {
		words += ", refused: " + in.code
	}
	if a.app.Call != invd.Create && a.app.Call != invd.Set {
		t.add(j.halfOfCall(e, a.app), moment{at: a.now, step: a.step, words: words})
	}
}

func (t *teller) add(h *half, m moment) {
	if h == nil || !t.calls[h.call] { // of a caller's other device, too
		return
	}
	switch n := len(t.moments[h]); {
	case n < mostTold:
		t.moments[h] = append(t.moments[h], m)
	case n == mostTold:
		t.moments[h] = append(t.moments[h], moment{at: m.at, words: "…"})
	}
}

func nameOf(m *engine.Message) string {
	switch {
	case m.Kind == engine.Cancel && m.Reason != 0:
		return "CANCEL(" + m.Reason.String() + ")"
	case m.Kind == engine.Closed && m.Word != 0:
		return "CLOSED(" + m.Word.String() + ")"
	case m.Kind == engine.Ack && m.For != 0:
		return "ACK(" + m.For.String() + ")"
	}
	return m.Kind.String()
}

// story puts the moments of all ends into one order. Whatever has been sent arrives first;
// an end that has sent something lets the others go on.
func (t *teller) story(c *call) (lines []string) {
	halves := c.halves()
	next, sent := make([]int, len(halves)), make([][engine.Closed + 1]int, 2)
	side := func(i int) int { // 0: the caller's messages
		if halves[i] == c.local {
			return 0
		}
		return 1
	}
	ready := func(i int) (ok, arrives bool) {
		all := t.moments[halves[i]]
		if next[i] == len(all) {
			return false, false
		}
		m := all[next[i]]
		if m.got == 0 || c.local == nil || len(c.remote) == 0 {
			return true, false
		}
		return sent[1-side(i)][m.got] > 0, true
	}
	choose := func(now int, others bool) int {
		waiting := -1
		for i := range halves {
			if ok, arrives := ready(i); ok && arrives {
				return i
			}
		}
		if ok, _ := ready(now); ok && !others {
			return now
		}
		for k := range halves {
			i := (now + 1 + k) % len(halves)
			if ok, _ := ready(i); ok {
				return i
			}
			if waiting < 0 && next[i] < len(t.moments[halves[i]]) {
				waiting = i // it arrives, and no log has sent it
			}
		}
		return waiting
	}
	wide := 0
	for _, h := range halves {
		wide = max(wide, len(h.end.name()))
	}
	sends := false // in the present step
	for i := choose(0, false); i >= 0; {
		all := t.moments[halves[i]]
		m := all[next[i]]
		next[i]++
		if m.sent != 0 {
			sent[side(i)][m.sent]++
			sends = true
		}
		lines = append(lines, fmt.Sprintf("%-*s %+10.3fs  %s", wide, halves[i].end.name(), time.Duration(m.at-all[0].at).Seconds(), m.words))
		if next[i] == len(all) || all[next[i]].step != m.step {
			i = choose(i, sends)
			sends = false
		}
	}
	return lines
}
