// Two versions of this project: the source here, and that of an earlier commit, out of the
// repository's own history. Each is built with the same driver, which runs beside the table
// and does what it is told.

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// before is the commit with which this one is compared: the first simulator with the rules
// of quality, before protocol 1.0.
const before = "776f929ffa2452ed51831d42d4b605f62bedf95e"

const root = ".." // of the project

// takeBefore is the driver's take.go for the earlier version, whose Poll copies an output.
// Its calls ring for as long as they always do: no row has them ring for longer.
const takeBefore = `package main

import "github.com/invsim/invsim/engine"

var taken engine.Output

func take(e *engine.Engine) *engine.Output {
	out, ok := e.Poll()
	if !ok {
		return nil
	}
	taken = out
	return &taken
}

func longTimes() engine.Times { return engine.DefaultTimes() }
`

type versions struct {
	dir       string
	now, then *driver
	missing   string // why there is no earlier version

	simulators [2]string // programs, now and then
}

// driver is a process of baseline/driver.
type driver struct {
	cmd      *exec.Cmd
	in       io.WriteCloser
	out      *bufio.Reader
	messages int // of the last turn
}

func newVersions() (*versions, error) {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	v := &versions{dir: dir}
	if err := v.build(); err != nil {
		v.close()
		return nil, err
	}
	return v, nil
}

func (v *versions) build() error {
	program := func(name string) string { return filepath.Join(v.dir, name) }
	if err := run(".", "go", "build", "-o", program("driver-now"), "./baseline/driver"); err != nil {
		return err
	}
	if err := run(root, "go", "build", "-o", program("invsim-now"), "./cmd/invsim"); err != nil {
		return err
	}
	if err := run(".", "go", "test", "-c", "-o", program("bubble"), "."); err != nil {
		return err
	}
	if err := run(root, "go", "test", "-c", "-o", program("world"), "./sim/world"); err != nil {
		return err
	}
	v.simulators = [2]string{program("invsim-now"), program("invsim-then")}
	var err error
	if v.now, err = start(program("driver-now")); err != nil {
		return err
	}
	if err := v.buildBefore(program); err != nil {
		v.missing = strings.TrimSpace(err.Error())
	}
	return nil
}

// buildBefore takes the earlier source out of the history, and puts the driver into it.
func (v *versions) buildBefore(program func(string) string) error {
	source := program("source")
	if err := os.MkdirAll(filepath.Join(source, "benchdriver"), 0o755); err != nil {
		return err
	}
	archive := program("source.tar")
	if err := run(root, "git", "archive", "-o", archive, before); err != nil {
		return fmt.Errorf("commit %.7s is not in this repository's history", before)
	}
	if err := run(".", "tar", "-xf", archive, "-C", source); err != nil {
		return err
	}
	text, err := os.ReadFile("baseline/driver/main.go")
	if err != nil {
		return err
	}
	for name, text := range map[string]string{"main.go": string(text), "take.go": takeBefore} {
		if err := os.WriteFile(filepath.Join(source, "benchdriver", name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := run(source, "go", "build", "-o", program("driver-then"), "./benchdriver"); err != nil {
		return err
	}
	if err := run(source, "go", "build", "-o", program("invsim-then"), "./cmd/invsim"); err != nil {
		return err
	}
	v.then, err = start(program("driver-then"))
	return err
}

func start(program string) (*driver, error) {
	d := &driver{cmd: exec.Command(program)}
	d.cmd.Stderr = os.Stderr
	in, err := d.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	d.in, d.out = in, bufio.NewReader(out)
	return d, d.cmd.Start()
}

func (v *versions) close() {
	for _, d := range []*driver{v.now, v.then} {
		if d != nil {
			d.in.Close()
			d.cmd.Wait()
		}
	}
	os.RemoveAll(v.dir)
}

// does is a side: an operation of a driver.
func (d *driver) does(name, operation string) side {
	return side{name: name, run: func(n int) (time.Duration, error) {
		if _, err := fmt.Fprintln(d.in, operation, n); err != nil {
			return 0, err
		}
		var took time.Duration
		_, err := fmt.Fscanln(d.out, (*int64)(&took), &d.messages)
		return took, err
	}}
}

// rows compare this version with the earlier one, and one engine with itself.
func (v *versions) rows() []row {
	name := fmt.Sprintf("commit %.7s", before)
	now, then := v.now, v.then
	million, one := now.does("", "beside-a-million"), now.does("one open call", "beside-one")
	million.n, one.n = 700, 700 // in 25 turns fewer than the driver can accept before it has to begin again
	return []row{
		{what: "accepted call, both ends", ours: now.does("", "call"), peer: then.does(name, "call"), missing: v.missing, leaves: "four messages in both"},
		{what: "step of an accepted call", ours: now.does("", "step"), peer: then.does(name, "step"), missing: v.missing, leaves: "outputs drained, next deadline asked"},
		{what: "simulated call", ours: simulates("", v.simulators[0]), peer: simulates(name, v.simulators[1]), missing: v.missing, leaves: "watched by fewer rules there, 5.4 messages a call, here 6.0"},
		{what: "simulated call at 30 % loss", ours: simulates("", v.simulators[0], "--loss", "30%"), peer: simulates(name, v.simulators[1], "--loss", "30%"), missing: v.missing, leaves: "the same"},
		{what: "accepted call beside a million open ones", ours: million, peer: one, leaves: "20,000 that have ended are remembered in both, and the oldest forgotten"},
	}
}
