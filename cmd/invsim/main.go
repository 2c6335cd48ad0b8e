// Command invsim simulates call invitations over a bad network and checks every
// safety rule on every call. It parses and prints; the work is done in sim and in
// the packages below it, all of which it may import. No other package imports it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/invsim/invsim/internal/garbage"
	"github.com/invsim/invsim/sim/result"
	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitHeld        = 0   // every property held
	exitViolated    = 1   // a property was violated
	exitUsage       = 2   // the command line makes no sense
	exitInternal    = 3   // a defect of ours, or a result that cannot be written
	exitMissed      = 4   // a threshold was missed, or a goal never reached
	exitNotEnded    = 5   // something did not come to its end after every fault had
	exitInterrupted = 130 // stopped early; what is known was printed
)

// exit is an error that says with which code to end, and nothing if its text is empty.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// ending is how a command ends with a verdict: the one place where exit codes are made of
// verdicts. The text, if there is one, goes to stderr.
func ending(v result.Verdict, text string) error {
	if v == result.Held {
		return nil
	}
	if v == result.Interrupted {
		text = "interrupted"
	}
	end := &exit{code: codes[v]}
	if text != "" {
		end.err = errors.New(text)
	}
	return end
}

var codes = [...]int{
	result.Violated: exitViolated, result.NotEnded: exitNotEnded, result.Interrupted: exitInterrupted,
	result.Missed: exitMissed, result.Held: exitHeld,
}

func usage(format string, args ...any) error { return &exit{exitUsage, fmt.Errorf(format, args...)} }

func main() {
	garbage.Seldom()
	code := run(interruptible(), os.Args[1:], os.Stdout, os.Stderr)
	if err := os.Stdout.Close(); err != nil && code != exitInternal && code != exitUsage {
		fmt.Fprintln(os.Stderr, "invsim: write the result:", err)
		code = exitInternal
	}
	os.Exit(code)
}

// patience is how long after an interruption a command may take to say what is known.
const patience = 900 * time.Millisecond

// interruptible is a context that ends with the first interruption. The second ends the
// process, as does the first if the command stays in something that cannot be
// interrupted, such as reading from a terminal.
func interruptible() context.Context {
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
		select {
		case <-signals:
		case <-time.After(patience):
		}
		os.Exit(exitInterrupted)
	}()
	return ctx
}

// run is main without the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := rootCommand(args...)
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		registerCompletions(root)
	}
	root.SetArgs(args)
	out := &checked{Writer: painted(stdout)}
	root.SetOut(out)
	addCompletion(root)
	root.SetErr(stderr)
	answer := answerFile(root, out)
	err := root.ExecuteContext(ctx)
	answer.close()
	if p, ok := out.Writer.(*painter); ok && out.err == nil {
		out.err = p.flush()
	}
	if out.err != nil {
		err = &exit{exitInternal, fmt.Errorf("write the result: %w", out.err)}
	}
	if err == nil {
		return exitHeld
	}
	// What cobra itself finds wrong is the command line.
	code := exitUsage
	var e *exit
	if errors.As(err, &e) {
		code = e.code
	}
	if errors.Is(err, context.Canceled) {
		code, err = exitInterrupted, errors.New("interrupted")
	}
	if text := err.Error(); text != "" {
		text = strings.TrimSpace(text)
		fmt.Fprintln(stderr, "invsim:", strings.TrimPrefix(strings.TrimPrefix(text, "invsim "), "invsim: "))
	}
	return code
}

// checked remembers the first error of a writer, for those who do not look.
type checked struct {
	io.Writer
	err error
}

func (c *checked) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

// maker makes commands, which have these names.
type maker struct {
	names []string
	make  func() []*cobra.Command
}

// makers make all commands.
var makers = []maker{
	one("version", versionCommand), one("play", playCommand), one("conform", conformCommand), one("judge", judgeCommand),
	{[]string{"campaign", "merge"}, campaignCommands},
	one("run", runCommand), one("trace", traceCommand), one("swarm", swarmCommand), one("check", checkCommand),
	one("replay", replayCommand), one("why", whyCommand), one("sweep", sweepCommand), one("compare", compareCommand),
	one("presets", presetsCommand), one("mutants", mutantsCommand), one("metrics", metricsCommand),
	one("properties", propertiesCommand), one("schema", schemaCommand),
}

func one(name string, command func() *cobra.Command) maker {
	return maker{[]string{name}, func() []*cobra.Command { return []*cobra.Command{command()} }}
}

// rootCommand is the program with the command that the arguments begin with, and with all
// commands if they begin with none. To make them all takes longer than many an answer.
func rootCommand(args ...string) *cobra.Command {
	root := &cobra.Command{
		Use:   "invsim",
		Short: "Simulate call invitations over a bad network, and check every safety rule",
		Long: `invsim simulates call invitations (send, receive, accept, refuse, cancel, expire)
between phones over a network that loses, delays, duplicates and reorders, and
checks every safety rule of the protocol on every call.

Results go to stdout and are the same, byte for byte, for the same options.
Exit codes: 0 held, 1 a property was violated, 2 usage error, 3 internal error, 4 a
threshold was missed or a goal was never reached, 5 a call did not end after all faults
had stopped, 130 interrupted.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	group(root)
	root.SetFlagErrorFunc(flagError)
	root.Version = version
	root.SetVersionTemplate("invsim {{.Version}}\n")
	root.SetHelpFunc(help)
	root.SetHelpCommand(helpCommand())
	root.PersistentFlags().BoolP("quiet", "q", false, "print the answer alone: no progress, and no line with the time")
	root.PersistentFlags().Bool("all", false, "with --help: list all flags, not only the most used ones")
	chosen := makers
	if len(args) > 0 {
		if i := slices.IndexFunc(makers, func(m maker) bool { return slices.Contains(m.names, args[0]) }); i >= 0 {
			chosen = makers[i : i+1]
		}
	}
	for _, m := range chosen {
		root.AddCommand(m.make()...)
	}
	return root
}
