// The harness' side: an endpoint elsewhere, which may die, hang or talk nonsense. It fails
// the case that it does it in, and no other.

package invd

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// DefaultTimeout is how long a reply may take. Starting may take ten times as long.
const DefaultTimeout = 5 * time.Second

// NoReply is in the error of a request that was not answered in time, and of an endpoint
// that did not come.
const NoReply = "no reply"

// NoProgress ends the error of an endpoint whose deadlines say nothing, again and again.
const NoProgress = `nothing happened at its own deadline: "next" is the earliest instant at which something happens, or null`

// mostIdle is how often that may be in a row. Tombstones end so, and a clock that ticks each
// 10 ms instead of telling its timers does it 24,700 times for one.
const mostIdle = 30_000

// Restart begins the error of an endpoint that is gone and could not be started again.
const Restart = "start the endpoint"

// The kinds of what can be wrong with an endpoint, for [Advice].
var (
	errSilent   = errors.New(NoReply)
	errEnded    = errors.New("the endpoint has ended")
	errGarbage  = errors.New("standard output is for replies alone, and this is none")
	errTwice    = errors.New("one line for each request, and this is another")
	errGreeting = errors.New("hello")
)

// link is a connection to an endpoint.
type link interface {
	io.Writer                           // takes lines of requests
	lines() <-chan line                 // those of replies, until the end
	stop()                              // ends it by force
	close(patience time.Duration) error // waits for its own end, after bye
	remains(ended bool) (words string)  // what is known of its end, after stop
}

type line struct {
	text []byte
	err  error
}

// read hands on lines until there are no more. The channel is closed at the end.
func read(next func() ([]byte, error), lines chan<- line) {
	defer close(lines)
	for {
		text, err := next()
		lines <- line{text, err}
		if err != nil {
			return
		}
	}
}

// linesOf reads lines. One that comes together with the next is the last.
func linesOf(out io.Reader) func() ([]byte, error) {
	r := bufio.NewReaderSize(out, 64<<10)
	return func() ([]byte, error) {
		text, err := readLine(r)
		if more := r.Buffered(); err == nil && more > 0 {
			rest, _ := r.Peek(more)
			next, _, _ := bytes.Cut(rest, []byte("\n"))
			return text, twice(next)
		}
		return text, err
	}
}

// twice is the error of a line that answers nothing.
func twice(text []byte) error {
	return &kinded{errTwice, fmt.Errorf("%w: %s", errTwice, excerpt(text))}
}

// remote is an endpoint behind a link. When a link breaks, the next case opens another.
type remote struct {
	open    func() (link, error)
	what    string // in errors of opening
	timeout time.Duration
	who     Implementation
	stop    <-chan struct{} // nothing is waited for any more when it is closed
	link    link
	broken  error // why there is none now

	next Deadline // of the last reply
	idle int      // how often in a row nothing happened at it
}

func (p *remote) Hello() Implementation { return p.who }

func (p *remote) start() (err error) {
	if p.link, err = p.open(); err != nil {
		p.broken = fmt.Errorf("%s: %w", p.what, err)
		return p.broken
	}
	p.broken = nil
	reply, err := p.ask(&Hello{Protocol: Protocol}, 10*p.timeout)
	if err == nil {
		err = reply.greets()
	}
	if err != nil {
		p.link.stop()
		p.broken = fmt.Errorf("%s: %w", p.what, err)
		return p.broken
	}
	p.who = *reply.Hello
	return nil
}

// greets says what is wrong with a reply to hello.
func (r *Reply) greets() error {
	h := r.Hello
	wrong := func(format string, args ...any) error {
		return &kinded{errGreeting, fmt.Errorf(format, args...)}
	}
	switch {
	case r.Error != "":
		return wrong("it refuses hello: %s", r.Error)
	case h == nil:
		return wrong(`its reply to hello has no "hello"`)
	case h.Protocol != Protocol:
		return wrong("it speaks %q, not %s", h.Protocol, Protocol)
	case h.Name == "":
		return wrong("hello has no name")
	case perUnit[h.Unit] == 0:
		return wrong(`hello: unit %q is neither "ns" nor "ms"`, h.Unit)
	case h.Clock == Real:
		return wrong("hello: real clocks cannot be driven yet")
	case h.Clock != Virtual && h.Clock != Stepped:
		return wrong("hello: there is no clock %q", h.Clock)
	}
	var names []string
	for _, f := range Features {
		names = append(names, f.Name)
	}
	for _, list := range []struct {
		what       string
		are, known []string
		some       bool
	}{
		{"role", h.Roles, []string{"caller", "callee"}, true},
		{"form", h.Forms, []string{JSON, Binary}, true},
		{"feature", h.Features, names, false},
	} {
		if list.some && len(list.are) == 0 {
			return wrong("hello names no %s", list.what)
		}
		for _, each := range list.are {
			if !slices.Contains(list.known, each) {
				return wrong("hello: there is no %s %q", list.what, each)
			}
		}
	}
	return nil
}

func (p *remote) Do(r Request) (Reply, error) {
	if missing := lacks(p.who, r); missing != "" {
		return Reply{Unsupported: missing}, nil
	}
	if p.broken != nil {
		switch r.(type) {
		case *Reset, *Restore:
			if err := p.start(); err != nil {
				return Reply{}, err
			}
		default:
			return Reply{}, fmt.Errorf("%s: the endpoint is gone: %w", r.Op(), p.broken)
		}
	}
	reply, err := p.ask(r, p.timeout)
	if err == nil {
		err = reply.check(r, p.who.Clock)
		if err != nil {
			err = fmt.Errorf("%s: its reply makes no sense: %w", r.Op(), err)
		}
	}
	if err == nil {
		err = p.progress(r, &reply)
	}
	if err != nil && p.broken == nil {
		p.broken = err
		p.link.stop()
	}
	return reply, err
}

// progress counts how often nothing happens at the endpoint's own deadline.
func (p *remote) progress(r Request, reply *Reply) error {
	advance, ok := r.(*Advance)
	switch {
	case !ok || len(reply.Effects) > 0:
		p.idle = 0
	case p.next == Due(advance.Now):
		p.idle++
	}
	if p.next = reply.Next; p.idle > mostIdle {
		return fmt.Errorf("%s: %d times in a row "+NoProgress, r.Op(), p.idle)
	}
	return nil
}

// kinded is an error with its kind.
type kinded struct{ kind, error error }

func (k *kinded) Error() string   { return k.error.Error() }
func (k *kinded) Unwrap() []error { return []error{k.kind, k.error} }

// ask sends a request and waits for the reply.
func (p *remote) ask(r Request, patience time.Duration) (Reply, error) {
	text, err := encodeRequest(r, p.who.Unit)
	if err != nil {
		return Reply{}, err
	}
	select {
	case got, ok := <-p.link.lines(): // before it was asked
		if ok && got.err == nil {
			got.err = twice(got.text)
		}
		return p.reply(r, got, ok)
	default:
	}
	go p.link.Write(append(text, '\n')) // it may not read. If it is gone, reading tells
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case got, ok := <-p.link.lines():
		return p.reply(r, got, ok)
	case <-p.stop:
		p.link.stop()
		return Reply{}, fmt.Errorf("%s: interrupted", r.Op())
	case <-timer.C:
		p.link.stop()
		return Reply{}, &kinded{errSilent, fmt.Errorf("%s: "+NoReply+" within %v%s", r.Op(), patience, p.link.remains(false))}
	}
}

// reply reads what has come for a request.
func (p *remote) reply(r Request, got line, ok bool) (Reply, error) {
	switch {
	case !ok || got.err == io.EOF:
		p.link.stop()
		return Reply{}, &kinded{errEnded, fmt.Errorf("%s: the endpoint has ended%s", r.Op(), p.link.remains(true))}
	case got.text == nil && got.err != nil:
		return Reply{}, fmt.Errorf("%s: %w", r.Op(), got.err)
	}
	reply, err := decodeReply(got.text, p.who.Unit)
	if err != nil {
		return Reply{}, &kinded{errGarbage, fmt.Errorf("%s: standard output is for replies alone, and this is none: %w: %s", r.Op(), err, excerpt(got.text))}
	}
	if got.err != nil {
		return Reply{}, fmt.Errorf("%s: %w", r.Op(), got.err)
	}
	return reply, nil
}

// Close says bye, and waits for the endpoint to end.
func (p *remote) Close() error {
	if p.broken != nil {
		return nil
	}
	reply, err := p.ask(&Bye{}, p.timeout)
	if err == nil && reply.Error != "" {
		err = errors.New(reply.Error)
	}
	if err == nil {
		err = p.link.close(p.timeout)
	}
	p.link.stop()
	p.broken = errors.New("it was closed")
	return err
}

// silence waits for the end of the lines.
func silence(lines <-chan line, patience time.Duration) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case got := <-lines:
		if got.text != nil {
			return fmt.Errorf("bye: it wrote more than its reply: %s", excerpt(got.text))
		}
		return nil
	case <-timer.C:
		return fmt.Errorf("bye: it has not ended within %v", patience)
	}
}

// excerpt is a line, quoted and cut.
func excerpt(text []byte) string {
	const most = 200
	text = bytes.TrimRight(text, "\r\n")
	if len(text) > most {
		return fmt.Sprintf("%q…", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
