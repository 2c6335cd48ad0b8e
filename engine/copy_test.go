// Copies: an invitation is known by its pointer, and a copy of what that points to
// is nobody's.

package engine_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
)

// byValue copies where go vet does not see it.
func byValue[T any](p *T) *T {
	c := new(T)
	*c = *p
	return c
}

// In every situation, whatever is called on a copy changes nothing, neither the
// engine nor the invitation nor the copy, and no call succeeds.
func TestCopiesAreRefused(t *testing.T) {
	type call struct {
		op string
		do func() error
	}
	for _, s := range append(situations, struct{ name, words string }{"REFUSED, told", "send INVITE refuse REFUSE ACK drain"}) {
		p := newPair(t, time.Unix(0, 0)).do(s.words)
		locals := []*engine.LocalInvitation{p.alice.CreateLocalInvitation("bob")}
		if p.call != nil {
			locals = append(locals, p.call)
		}
		if p.ring == nil { // it may not have been drained
			for ring := range p.bob.RemoteInvitations() {
				p.ring = ring
			}
		}
		var calls []call
		var shown []func() string
		for _, l := range locals {
			c := byValue(l)
			calls = append(calls, call{"send", c.Send}, call{"cancel", c.Cancel}, call{"", func() error { c.SetContent("x"); c.SetChannelID("x"); return nil }})
			show := func(l *engine.LocalInvitation) string {
				return fmt.Sprint(l.State(), l.Failure(), l.ID(), l.CalleeID(), l.Content(), l.ChannelID(), l.Response())
			}
			shown = append(shown, func() string { return show(l) + show(c) })
		}
		if r := p.ring; r != nil {
			c := byValue(r)
			calls = append(calls, call{"accept", c.Accept}, call{"refuse", c.Refuse}, call{"", func() error { c.SetResponse("x"); return nil }})
			show := func(r *engine.RemoteInvitation) string {
				return fmt.Sprint(r.State(), r.Failure(), r.ID(), r.CallerID(), r.Content(), r.ChannelID(), r.Response())
			}
			shown = append(shown, func() string { return show(r) + show(c) })
		}
		all := func() (text string) {
			for _, show := range shown {
				text += show()
			}
			return text + string(p.alice.Snapshot()) + string(p.bob.Snapshot())
		}
		before := all()
		for _, c := range calls {
			err := c.do()
			if c.op != "" && (!errors.Is(err, errors.InvalidArgument) || !strings.Contains(err.Error(), c.op+": invitation ") || !strings.Contains(err.Error(), "copy")) {
				t.Errorf("%s: %s of a copy: %v", s.name, c.op, err)
			}
			if all() != before {
				t.Errorf("%s: %s of a copy changes something", s.name, c.op)
			}
		}
	}
}

func TestCopyIsNamed(t *testing.T) {
	p := newPair(t, time.Unix(0, 0)).do("send INVITE drain")
	for err, want := range map[error]string{
		byValue(p.call).Cancel():                           "cancel: invitation a-1 to bob is a copy: invalid argument: only the pointer that the engine gave is an invitation",
		byValue(p.ring).Accept():                           "accept: invitation a-1 from alice is a copy: invalid argument: only the pointer that the engine gave is an invitation",
		byValue(p.alice.CreateLocalInvitation("b")).Send(): "send: invitation to b is a copy: invalid argument: only the pointer that the engine gave is an invitation",
		new(engine.LocalInvitation).Send():                 "send: invitation of no engine is nil: invalid argument",
		(*engine.RemoteInvitation)(nil).Refuse():           "refuse: invitation of no engine is nil: invalid argument",
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v\nnot %s", err, want)
		}
	}
}

// go vet tells whoever copies an invitation, an engine, or what a host gives.
func TestVetWarnsOfCopies(t *testing.T) {
	out, err := exec.Command("go", "vet", "./testdata/copies").CombinedOutput()
	if err == nil {
		t.Fatal("go vet has nothing against copies")
	}
	for _, kind := range []string{"engine.LocalInvitation", "engine.RemoteInvitation", "engine.Engine", "host.LocalInvitation", "host.RemoteInvitation", "host.Host"} {
		if !bytes.Contains(out, []byte("assignment copies lock value to _: github.com/invsim/invsim/"+kind+" contains")) {
			t.Errorf("no word of %s:\n%s", kind, out)
		}
	}
}
