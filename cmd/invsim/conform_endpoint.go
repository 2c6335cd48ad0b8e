// The endpoint that a command of invsim conform tries: a program, or one that connects.

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/kit"
	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/sim/result"
)

// endpoint is what flags and arguments say of it.
type endpoint struct {
	command string // invsim conform …
	attach  string
	timeout time.Duration
}

func (e *endpoint) flags(cmd *cobra.Command) {
	e.command = "conform " + cmd.Name()
	textVar(cmd.Flags(), &e.attach, "attach", "", "", "wait for the endpoint to connect to `ADDRESS`: HOST:PORT, or ws://HOST:PORT for a page")
	under(cmd.Flags(), cmd.Name(), "attach")
	e.timeoutVar(cmd)
}

func (e *endpoint) timeoutVar(cmd *cobra.Command) {
	e.timeout = invd.DefaultTimeout
	cmd.Flags().Var(&patienceFlag{&e.timeout}, "timeout", "for one reply; starting may take ten times as long")
	under(cmd.Flags(), cmd.Name(), "timeout")
}

// levelVar adds --level.
func levelVar(cmd *cobra.Command, p *string) {
	textVar(cmd.Flags(), p, "level", "", kit.App, "`LEVEL` of what is compared: wire (messages), app (and events and codes), exact (and what is free)")
	under(cmd.Flags(), cmd.Name(), "level")
	completes(cmd, "level", kit.Levels)
}

func checkLevel(command, level string) error {
	if !slices.Contains(kit.Levels, level) {
		return usage("%s: --level %q is none of %s", command, level, strings.Join(kit.Levels, ", "))
	}
	return nil
}

// patienceFlag is a time that the real clock measures.
type patienceFlag struct{ p *time.Duration }

func (f *patienceFlag) String() string { return f.p.String() }

func (f *patienceFlag) Type() string { return "duration" }

func (f *patienceFlag) Set(text string) error {
	d, err := input.Time(text, input.From(10*time.Millisecond, time.Hour))
	if err == nil {
		*f.p = d
	}
	return err
}

// start starts the endpoint, or waits for it.
func (e *endpoint) start(cmd *cobra.Command, args []string) (invd.Driver, error) {
	switch {
	case len(args) == 0 && e.attach == "":
		return nil, usage("%s: which endpoint? Write -- and the command that starts it", e.command)
	case len(args) > 0 && e.attach != "":
		return nil, usage("%s: which endpoint? Either --attach or a command, not both", e.command)
	case e.attach == "":
		return invd.Start(invd.Command{Args: args, Timeout: e.timeout, Stop: cmd.Context().Done()})
	}
	return invd.Listen(invd.Attach{Address: e.attach, Timeout: e.timeout, Stop: cmd.Context().Done(), Listening: func(at string) {
		fmt.Fprintf(cmd.ErrOrStderr(), "waiting for an endpoint at %s\n", at) // a courtesy
	}})
}

// failed is the error of an endpoint that cannot be started, with what to do.
func (e *endpoint) failed(cmd *cobra.Command, err error) error {
	if _, mine := err.(*exit); mine {
		return err
	}
	if cmd.Context().Err() != nil {
		return ending(result.Interrupted, "")
	}
	err = fmt.Errorf("%s: %w", e.command, err)
	if advice := invd.Advice(err); advice != "" {
		err = fmt.Errorf("%w\n\n%s", err, advice)
	}
	return &exit{exitInternal, err}
}

// conformed is the end of a command that has tried it.
func conformed(cmd *cobra.Command, tried *kit.Result) error {
	verdict := result.Held
	switch {
	case cmd.Context().Err() != nil:
		verdict = result.Interrupted
	case !tried.Conforms():
		verdict = result.Violated
	}
	return ending(verdict, "")
}
