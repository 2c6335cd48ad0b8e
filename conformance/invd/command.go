// An endpoint that is a program: requests go to its standard input, replies come from its
// standard output.

package invd

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
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

	Stop <-chan struct{} // when it is closed, nothing is waited for any more; nil: never
}

// Start starts an endpoint and asks who it is.
func Start(c Command) (Driver, error) {
	if len(c.Args) == 0 {
		return nil, errors.New("start the endpoint: no command is given")
	}
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	p := &remote{open: c.run, what: Restart + " " + strings.Join(c.Args, " "), timeout: c.Timeout, stop: c.Stop}
	if err := p.start(); err != nil {
		return nil, err
	}
	return p, nil
}

// program is a link to a program.
type program struct {
	io.WriteCloser
	cmd    *exec.Cmd
	out    chan line
	stderr *tail
}

func (c *Command) run() (link, error) {
	p := &program{cmd: exec.Command(c.Args[0], c.Args[1:]...), out: make(chan line, 1), stderr: &tail{to: c.Log}}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stderr, p.cmd.WaitDelay = c.Dir, c.Env, p.stderr, c.Timeout
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.WriteCloser = in
	go read(linesOf(out), p.out)
	return p, nil
}

func (p *program) lines() <-chan line { return p.out }

func (p *program) stop() {
	if p.cmd.ProcessState != nil {
		return
	}
	p.Close()
	p.cmd.Process.Kill() // it may have ended by itself: then there is nothing to do
	p.cmd.Wait()         // which closes our end of its output, whoever else has the other
	for range p.out {
	}
}

func (p *program) close(patience time.Duration) error {
	p.Close()
	if err := silence(p.out, patience); err != nil {
		return err
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("bye: %w%s", err, p.stderr)
	}
	return nil
}

// remains are its last words, and how it has ended if it has done so by itself.
func (p *program) remains(ended bool) string {
	if !ended {
		return p.stderr.String()
	}
	return fmt.Sprintf(" (%v)%s", p.cmd.ProcessState, p.stderr)
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
