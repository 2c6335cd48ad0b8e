// Command nats spreads a campaign of invsim over machines, with a work queue and a
// key-value bucket of NATS JetStream. It moves the numbers of units and the files of
// their results, and knows nothing of what is in them: invsim plays, and invsim adds up.
// It imports NATS alone. docs/campaigns.md explains it.
//
//	nats run [flags] run --calls 10000000 --loss 10% [-- -o json]    a campaign, with a server and workers in this process
//	nats run -url nats://host:4222 [flags] swarm --runs 100000       a campaign on a server that is there
//	nats run [flags] conform --runs 1000000 -- my-endpoint [-- -o json]
//	nats work -url nats://host:4222                                  a worker, which may come and go
//	nats serve -listen :4222 -store DIRECTORY                        a server
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// settings are the flags of all roles.
type settings struct {
	invsim  string
	url     string
	listen  string
	store   string
	state   string
	files   []string
	workers int
	tries   int
	ackWait time.Duration
	pause   time.Duration
}

func (s *settings) flags(role string) *flag.FlagSet {
	f := flag.NewFlagSet("nats "+role, flag.ContinueOnError)
	f.StringVar(&s.invsim, "invsim", "invsim", "the `program` invsim")
	if role != "serve" {
		f.StringVar(&s.url, "url", "", "`address` of a server that is there, such as nats://host:4222")
		f.IntVar(&s.workers, "workers", 0, "units to play at once (default: one for each core; none if run has a -url)")
	}
	if role != "work" {
		f.StringVar(&s.listen, "listen", "127.0.0.1:0", "`address` of the server in this process")
		f.StringVar(&s.store, "store", "", "`directory` of that server (default: in that of -state)")
	}
	if role == "run" {
		f.DurationVar(&s.ackWait, "ack-wait", 30*time.Second, "after which silence of a worker another one takes its unit")
		f.IntVar(&s.tries, "tries", 5, "how often a unit is tried before it is reported")
		f.StringVar(&s.state, "state", "", "`directory` of the results, which is kept (required)")
		f.Func("file", "a `file` that the campaign reads, by a relative path: workers get it, too; may be repeated", func(path string) error {
			s.files = append(s.files, path)
			return nil
		})
	}
	if role == "work" {
		f.DurationVar(&s.pause, "pause", 0, "rest between two units")
	}
	return f
}

// failure is an error with an exit code.
type failure struct {
	code int
	error
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	if err == nil {
		return
	}
	code := 3
	var f failure
	if errors.As(err, &f) {
		code = f.code
	}
	if ctx.Err() != nil {
		code = 130
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(os.Stderr, "nats:", text)
	}
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string) error {
	roles := map[string]func(context.Context, *settings, []string) error{"run": coordinate, "work": work, "serve": serve}
	if len(args) == 0 || roles[args[0]] == nil {
		return failure{2, errors.New("say run, work or serve")}
	}
	s := &settings{}
	f := s.flags(args[0])
	if err := f.Parse(args[1:]); err != nil {
		return failure{2, errors.New("")} // said by the package
	}
	switch {
	case s.workers < 0 || s.pause < 0:
		return failure{2, errors.New("-workers and -pause: must not be negative")}
	case args[0] == "run" && (s.tries < 1 || s.ackWait < 100*time.Millisecond):
		return failure{2, errors.New("-tries: must be at least 1, and -ack-wait at least 100ms")}
	case args[0] == "work" && s.url == "":
		return failure{2, errors.New("work: -url is required")}
	case args[0] == "serve" && s.store == "":
		return failure{2, errors.New("serve: -store is required")}
	case args[0] == "run" && s.state == "":
		return failure{2, errors.New("run: -state is required")}
	case args[0] == "run" && f.NArg() == 0:
		return failure{2, errors.New("run: what is the campaign? Write, for example: run --calls 1000000")}
	case args[0] != "run" && f.NArg() > 0:
		return failure{2, fmt.Errorf("%s: unexpected argument %q", args[0], f.Arg(0))}
	}
	if s.workers == 0 && (args[0] == "work" || s.url == "") {
		s.workers = runtime.GOMAXPROCS(0)
	}
	return roles[args[0]](ctx, s, f.Args())
}

// answerOf cuts the flags of the answer off, which stand behind --. A campaign conform has
// its endpoint behind another --, which stands before.
func answerOf(args []string) (words, answer []string) {
	isEndpoint := args[0] == "conform" // behind the next --
	for at, word := range args {
		switch {
		case word != "--":
		case isEndpoint:
			isEndpoint = false
		default:
			return args[:at], args[at+1:]
		}
	}
	return args, nil
}

// say tells what happens, on stderr.
func say(format string, args ...any) {
	fmt.Fprintln(os.Stderr, strings.TrimRight(fmt.Sprintf(format, args...), "\n"))
}
