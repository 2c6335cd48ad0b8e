// The harness' side: an endpoint in another process, which may die, hang or talk
// nonsense. It fails the case that it does it in, and no other.

package invd

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Command says how to start an endpoint.
type Command struct {
	Args    []string      // the program and its arguments
	Dir     string        // where it runs; empty: here
	Env     []string      // its environment; nil: this process'
	Timeout time.Duration // for one reply; 0: DefaultTimeout
	Log     io.Writer     // gets what it writes to standard error; nil: kept for errors alone
}

// DefaultTimeout is how long a reply may take. Starting may take ten times as long.
const DefaultTimeout = 5 * time.Second

// NoReply is in the error of a request that was not answered in time.
const NoReply = "no reply"

// process is an endpoint in another process.
type process struct {
	command Command
	who     Implementation

	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  chan line
	stderr *tail
	broken error // why there is none now
}

type line struct {
	text []byte
	err  error
}

// Start starts an endpoint and asks who it is.
func Start(c Command) (Driver, error) {
	if len(c.Args) == 0 {
		return nil, errors.New("start the endpoint: no command is given")
	}
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	p := &process{command: c}
	if err := p.start(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) Hello() Implementation { return p.who }

func (p *process) start() error {
	what := "start the endpoint " + strings.Join(p.command.Args, " ")
	p.cmd = exec.Command(p.command.Args[0], p.command.Args[1:]...)
	p.stderr = &tail{to: p.command.Log}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stderr, p.cmd.WaitDelay = p.command.Dir, p.command.Env, p.stderr, p.command.Timeout
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	p.broken, p.lines = nil, make(chan line, 1)
	go read(out, p.lines)

	reply, err := p.ask(&Hello{Protocol: Protocol}, 10*p.command.Timeout)
	if err == nil {
		err = reply.greets()
	}
	if err != nil {
		p.stop()
		p.broken = fmt.Errorf("%s: %w", what, err)
		return p.broken
	}
	p.who = *reply.Hello
	return nil
}

// read hands on lines until there are no more. The channel is closed at the end.
func read(out io.Reader, lines chan<- line) {
	defer close(lines)
	r := bufio.NewReaderSize(out, 64<<10)
	for {
		text, err := readLine(r)
		lines <- line{text, err}
		if err != nil {
			return
		}
	}
}

// greets says what is wrong with a reply to hello.
func (r *Reply) greets() error {
	h := r.Hello
	switch {
	case r.Error != "":
		return errors.New("it refuses hello: " + r.Error)
	case h == nil:
		return errors.New(`its reply to hello has no "hello"`)
	case h.Protocol != Protocol:
		return fmt.Errorf("it speaks %q, not %s", h.Protocol, Protocol)
	case h.Name == "":
		return errors.New("hello has no name")
	case perUnit[h.Unit] == 0:
		return fmt.Errorf(`hello: unit %q is neither "ns" nor "ms"`, h.Unit)
	case h.Clock == Real:
		return errors.New("hello: real clocks cannot be driven yet")
	case h.Clock != Virtual && h.Clock != Stepped:
		return fmt.Errorf("hello: there is no clock %q", h.Clock)
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
			return fmt.Errorf("hello names no %s", list.what)
		}
		for _, each := range list.are {
			if !slices.Contains(list.known, each) {
				return fmt.Errorf("hello: there is no %s %q", list.what, each)
			}
		}
	}
	return nil
}

func (p *process) Do(r Request) (Reply, error) {
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
	reply, err := p.ask(r, p.command.Timeout)
	if err == nil {
		err = reply.check(r, p.who.Clock)
		if err != nil {
			err = fmt.Errorf("%s: its reply makes no sense: %w", r.Op(), err)
		}
	}
	if err != nil && p.broken == nil {
		p.broken = err
		p.stop()
	}
	return reply, err
}

// ask sends a request and waits for the reply.
func (p *process) ask(r Request, patience time.Duration) (Reply, error) {
	text, err := encodeRequest(r, p.who.Unit)
	if err != nil {
		return Reply{}, err
	}
	go p.in.Write(append(text, '\n')) // it may not read. If it is gone, reading tells
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case got, ok := <-p.lines:
		switch {
		case !ok || got.err == io.EOF:
			p.stop()
			return Reply{}, fmt.Errorf("%s: the endpoint has ended (%v)%s", r.Op(), p.cmd.ProcessState, p.stderr)
		case got.err != nil:
			return Reply{}, fmt.Errorf("%s: %w", r.Op(), got.err)
		}
		reply, err := decodeReply(got.text, p.who.Unit)
		if err != nil {
			return Reply{}, fmt.Errorf("%s: standard output is for replies alone, and this is none: %s: %w", r.Op(), excerpt(got.text), err)
		}
		return reply, nil
	case <-timer.C:
		p.stop()
		return Reply{}, fmt.Errorf("%s: "+NoReply+" within %v%s", r.Op(), patience, p.stderr)
	}
}

// stop ends the process, by force.
func (p *process) stop() {
	if p.cmd.ProcessState != nil {
		return
	}
	p.in.Close()
	p.cmd.Process.Kill() // it may have ended by itself: then there is nothing to do
	p.cmd.Wait()         // which closes our end of its output, whoever else has the other
	for range p.lines {
	}
}

// Close says bye, and waits for the process to end.
func (p *process) Close() error {
	if p.broken != nil {
		return nil
	}
	reply, err := p.ask(&Bye{}, p.command.Timeout)
	if err == nil && reply.Error != "" {
		err = errors.New(reply.Error)
	}
	if err == nil {
		p.in.Close()
		err = p.ended()
	}
	p.stop()
	p.broken = errors.New("it was closed")
	return err
}

// ended waits for the process to end by itself.
func (p *process) ended() error {
	timer := time.NewTimer(p.command.Timeout)
	defer timer.Stop()
	select {
	case got := <-p.lines:
		if got.text != nil {
			return fmt.Errorf("bye: it wrote more than its reply: %s", excerpt(got.text))
		}
	case <-timer.C:
		return fmt.Errorf("bye: it has not ended within %v", p.command.Timeout)
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("bye: %w%s", err, p.stderr)
	}
	return nil
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

// tail keeps the end of what is written.
type tail struct {
	to   io.Writer
	last []byte
}

func (t *tail) Write(text []byte) (int, error) {
	const most = 2 << 10
	if t.to != nil {
		t.to.Write(text) // the log is a courtesy
	}
	t.last = append(t.last, text...)
	t.last = t.last[max(0, len(t.last)-most):]
	return len(text), nil
}

// String is empty, or the last words behind a colon. It is for after the end.
func (t *tail) String() string {
	if words := strings.TrimSpace(string(t.last)); words != "" {
		return ": " + words
	}
	return ""
}
