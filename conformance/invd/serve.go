// The endpoint's side: requests that make no sense are answered here, so that an
// endpoint sees only those that do.

package invd

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
)

// Endpoint is an implementation behind the driver.
type Endpoint interface {
	// Hello says who it is. It has all that is required.
	Hello() Implementation
	// Do carries out a request: a pointer to any of the types but Hello and Bye. What
	// follows has been checked: the first is a Reset or Restore, now does not go back
	// (but with set-clock), and the request uses no feature that Hello does not name.
	Do(Request) Reply
}

// Driver drives an endpoint, wherever it runs.
type Driver interface {
	Hello() Implementation
	// Do returns an error if there is no reply: the endpoint has died, hangs, or has
	// written something else. The next Reset or Restore starts another. A request that
	// needs a feature which the endpoint does not name is answered Unsupported, and
	// not sent.
	Do(Request) (Reply, error)
	Close() error
}

// Serve answers requests until bye or the end of the input. It fails only if a reply
// cannot be written or the input cannot be read.
func Serve(in io.Reader, out io.Writer, e Endpoint) error {
	s := newSession(e)
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := readLine(lines)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a request: %w", err)
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		reply, last := s.answer(line)
		reply.inUnitOf(&s.who)
		text, err := encode(reply)
		if err != nil {
			return fmt.Errorf("write a reply: %w", err)
		}
		if _, err := out.Write(append(text, '\n')); err != nil {
			return fmt.Errorf("write a reply: %w", err)
		}
		if last {
			return nil
		}
	}
}

// readLine reads one line of at most MaxLine bytes; what is not ended by a line feed at
// the end of the input is a line, too.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > MaxLine:
			return nil, fmt.Errorf("a line has more than %d bytes", MaxLine)
		case err == bufio.ErrBufferFull:
		case err == io.EOF && len(line) > 0, err == nil:
			return line, nil
		default:
			return nil, err
		}
	}
}

// session is what is known between two requests.
type session struct {
	endpoint Endpoint
	who      Implementation
	begun    bool
	now      Time
}

func newSession(e Endpoint) *session { return &session{endpoint: e, who: e.Hello()} }

func (s *session) answer(line []byte) (reply Reply, last bool) {
	r, err := decodeRequest(line, s.who.Unit)
	if err != nil {
		return Reply{Error: err.Error()}, false
	}
	_, last = r.(*Bye)
	return s.do(r), last
}

// do carries out one request, or says why not.
func (s *session) do(r Request) Reply {
	if missing := lacks(s.who, r); missing != "" {
		return Reply{Unsupported: missing}
	}
	if err := s.check(r); err != nil {
		return Reply{Error: r.Op() + ": " + err.Error()}
	}
	switch r := r.(type) {
	case *Hello:
		who := s.who
		return Reply{Hello: &who}
	case *Bye:
		return Reply{}
	default:
		reply := s.endpoint.Do(r)
		if at := instantOf(r); at != nil && reply.Error == "" && reply.Unsupported == "" {
			s.begun, s.now = true, at.Now
		}
		return reply
	}
}

func lacks(who Implementation, r Request) string {
	for _, feature := range Needs(r) {
		if !slices.Contains(who.Features, feature) {
			return feature
		}
	}
	return ""
}

func (s *session) check(r Request) error {
	first := false
	switch r := r.(type) {
	case *Hello:
		if r.Protocol != Protocol {
			return fmt.Errorf("protocol %q is not %s", r.Protocol, Protocol)
		}
		return nil
	case *Bye:
		return nil
	case *Reset:
		first = true
		if err := r.check(s.who); err != nil {
			return err
		}
	case *Restore:
		first = true
		if err := r.check(s.who); err != nil {
			return err
		}
	case *App:
		if err := r.check(); err != nil {
			return err
		}
	case *Deliver:
		if err := r.check(); err != nil {
			return err
		}
	}
	switch at := instantOf(r); {
	case !s.begun && !first:
		return errors.New("there is no case yet: reset comes first")
	case at != nil && at.Now < 0:
		return fmt.Errorf("now %d is negative", at.Now)
	case at != nil && !first && at.Now < s.now && !slices.Contains(s.who.Features, "set-clock"):
		return fmt.Errorf("now %d is before %d, the one of the last request", at.Now, s.now)
	}
	return nil
}

func (s *Setup) check(who Implementation) error {
	if s.Form != "" && !slices.Contains(who.Forms, s.Form) {
		return fmt.Errorf("form %q is none of %q", s.Form, who.Forms)
	}
	return nil
}

func (d *Deliver) check() error {
	if (d.Message == nil) == (d.Raw == nil) {
		return errors.New("it takes either message or raw")
	}
	return nil
}

// takes are the fields that each call of the app takes besides the reference.
var takes = map[string]struct{ content, response, note, group, times, own bool }{
	Create: {content: true, group: true, times: true, own: true},
	Set:    {content: true, response: true, times: true},
	Send:   {content: true, own: true},
	Cancel: {note: true, own: true},
	Accept: {response: true},
	Refuse: {response: true},
}

func (a *App) check() error {
	can, ok := takes[a.Call]
	if !ok {
		return fmt.Errorf("there is no call %q", a.Call)
	}
	for _, each := range []struct {
		name        string
		there, okay bool
	}{
		{"content", a.Content != nil, can.content}, {"channel_id", a.ChannelID != nil, can.content}, {"response", a.Response != nil, can.response},
		{"note", a.Note != nil, can.note}, {"group", a.Group != "", can.group}, {"times", a.Times != CallTimes{}, can.times},
	} {
		if each.there && !each.okay {
			return fmt.Errorf("%s does not take %q", a.Call, each.name)
		}
	}
	own, others := a.Inv != "" || a.To != "", a.From != ""
	switch {
	case a.Call == Create && (a.Inv == "" || a.From+a.ID != ""):
		return errors.New("create takes a label, inv, and the callee, to")
	case a.Call == Create:
		return nil
	case own == others || a.Inv != "" && a.To+a.ID != "" || a.Inv == "" && a.ID == "":
		return fmt.Errorf("%s takes inv, or to and id, or from and id", a.Call)
	case a.Call != Set && own != can.own:
		return fmt.Errorf("%s is for the other side: own invitations have inv or to, those of others have from", a.Call)
	}
	return nil
}

// instantOf is the At of a request that has one.
func instantOf(r Request) *At {
	if timed, ok := r.(Timed); ok {
		return timed.Present()
	}
	return nil
}

// inUnitOf puts a reply's times into the unit, later rather than earlier.
func (r *Reply) inUnitOf(who *Implementation) {
	if by := max(perUnit[who.Unit], 1); by > 1 {
		eachTime(reflect.ValueOf(r).Elem(), func(t *Time) { *t = (*t + by - 1) / by })
	}
}

// here is an endpoint in this process.
type here struct{ *session }

// Here drives an endpoint in this process.
func Here(e Endpoint) Driver { return here{newSession(e)} }

func (h here) Hello() Implementation       { return h.who }
func (h here) Do(r Request) (Reply, error) { return h.do(r), nil }
func (h here) Close() error                { return nil }
