// A case as a picture: who says what to whom, and when.

package kit

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/wire"
)

// picture draws a case: others on the left, the endpoint on the right, its app beside it.
func (c *Case) picture() string {
	if c.Scene != nil {
		p, err := c.Scene.play(invd.Here(&reference.Endpoint{}), c.ID)
		if err != nil {
			return err.Error() + "\n" // of a file that somebody has written
		}
		return strings.Join(p.log, "\n") + "\n"
	}
	b := &strings.Builder{}
	for _, s := range c.Steps {
		s.drawRequest(b)
		for i := range s.Reply.Effects {
			e := &s.Reply.Effects[i]
			if e.Do == "event" {
				row(b, s.Request, e.To+e.From, "", "app: "+e.Name+words(e.Failure))
				continue
			}
			row(b, s.Request, e.To, "◀"+lineOf(kindOf(e.Bytes())), "")
		}
		if s.Reply.Code != "" {
			row(b, s.Request, "", "", "app: "+s.Reply.Code)
		}
	}
	return b.String()
}

func words(failure string) string {
	if failure == "" {
		return ""
	}
	return "(" + failure + ")"
}

func (s *Step) drawRequest(b *strings.Builder) {
	switch r := s.Request.(type) {
	case *invd.Reset:
		row(b, r, "", "", "starts as "+r.Self)
	case *invd.Restore:
		away := "for how long nobody knows"
		if r.Away != nil {
			away = fmt.Sprintf("%v s after the snapshot", float64(*r.Away)/float64(second))
		}
		row(b, r, "", "", "starts from its snapshot, "+away)
	case *invd.Snapshot:
		row(b, r, "", "", "snapshot")
	case *invd.App:
		row(b, r, "", "", "app: "+r.Call+"()")
	case *invd.Deliver:
		row(b, r, r.From, lineOf(kindOf(r.Bytes()))+"▶", "")
	case *invd.Peer:
		row(b, r, r.Peer, "", map[bool]string{true: "is online", false: "is offline"}[r.Online])
	case *invd.Session:
		row(b, r, "", "", map[bool]string{true: "logged in", false: "logged out"}[r.In])
	}
}

// row has the instant, the other user, an arrow, and what happens at the endpoint.
func row(b *strings.Builder, r invd.Request, who, arrow, what string) {
	fmt.Fprintf(b, "%s\n", strings.TrimRight(fmt.Sprintf("%9.3f  %-8s %-22s %s", float64(nowOf(r))/float64(second), cutTo(who, 8), arrow, what), " "))
}

func cutTo(text string, most int) string {
	if utf8.RuneCountInString(text) > most {
		return string([]rune(text)[:most-1]) + "…"
	}
	return text
}

// lineOf is a kind in the middle of a line.
func lineOf(kind string) string {
	const length = 21
	before := (length - len(kind) - 2) / 2
	return strings.Repeat("─", before) + " " + kind + " " + strings.Repeat("─", length-2-len(kind)-before)
}

func kindOf(data []byte) string {
	m, err := wire.Decode(data)
	if err != nil {
		return "no message"
	}
	return m.Kind.String()
}
