// invsim conform run: try an endpoint, and report what differs.

package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/conformance/kit"
)

// conformRun is the command under way.
type conformRun struct {
	endpoint
	options kit.Options
	profile string
	known   string
	record  string
	report  string
}

func conformRunCommand() *cobra.Command {
	c := &conformRun{options: kit.Options{Runs: 300, Worlds: 200, Seed: 1}}
	cmd := &cobra.Command{
		Use:   "run [flags] -- COMMAND [ARGUMENT…]",
		Short: "Try an endpoint against the reference, and report what differs",
		Long: `Try an endpoint against the reference, and report what differs.

COMMAND starts the endpoint, which speaks the driver protocol invd/1 of docs/driver.md on
its standard input and output. With --attach it connects instead. It is tried in three
ways: by the cases of the profile core-1.0, by random schedules side by side with our
engine, and by worlds in which the two call each other over a bad network: with one phone
a user; and, if it has devices and groups, with two, and with groups of calls.

Exit codes: 0 it conforms, 1 it does not, 2 usage error, 3 the endpoint cannot be started,
130 interrupted.`,
		Example: `  invsim conform run -- node js/testee.mjs
  invsim conform run --level wire --only 'callee.*' -- ./my-endpoint
  invsim conform run --report junit=conform.xml,md=conform.md -- ./my-endpoint
  invsim conform run --attach ws://127.0.0.1:7070`,
		Args: cobra.ArbitraryArgs,
	}
	f := cmd.Flags()
	f.SortFlags = false
	levelVar(cmd, &c.options.Level)
	textVar(f, &c.profile, "profile", "", kit.Profile, "`NAME` of the frozen set of cases")
	textVar(f, &c.options.Only, "only", "", "", "run the cases of these `PATTERNS` alone, as in 'smoke.*,callee.*'")
	textVar(f, &c.options.Skip, "skip", "", "", "leave out the cases of these `PATTERNS`")
	wholeVar(f, &c.options.Runs, "runs", 0, 1_000_000, "random schedules side by side")
	wholeVar(f, &c.options.Worlds, "worlds", 0, 1_000_000, "worlds of each kind in which it calls our engine")
	f.Var(&seedFlag{&c.options.Seed}, "seed", "of schedules and worlds")
	textVar(f, &c.known, "known-failing", "", "", "`FILE` with names of failures that are known, one a line")
	textVar(f, &c.record, "record", "", "", "`DIRECTORY` in which a small failure of each cause is written as a case")
	textVar(f, &c.report, "report", "", "", "further reports, as a `LIST` of format=file: "+strings.Join(kit.Formats, ", "))
	under(f, cmd.Name(), "profile", "only", "skip", "runs", "worlds", "seed", "known-failing", "record", "report")
	c.flags(cmd)
	completes(cmd, "profile", []string{kit.Profile})
	cmd.RunE = c.run
	return cmd
}

func (c *conformRun) run(cmd *cobra.Command, args []string) error {
	reports, err := c.check()
	if err != nil {
		return err
	}
	driver, err := c.start(cmd, args)
	if err != nil {
		return c.failed(cmd, err)
	}
	defer driver.Close() // its end is no longer its case
	ctx := cmd.Context()
	tried := kit.Run(driver, c.options, func() bool { return ctx.Err() != nil })
	if c.record != "" {
		if err := record(c.record, tried); err != nil {
			return &exit{exitInternal, fmt.Errorf("conform run: %w", err)}
		}
	}
	for _, r := range reports {
		var b bytes.Buffer
		err := tried.Report(&b, r.format)
		if err == nil {
			err = os.WriteFile(r.file, b.Bytes(), 0o644)
		}
		if err != nil {
			return &exit{exitInternal, fmt.Errorf("conform run: write the report: %w", err)}
		}
	}
	if err := tried.Report(cmd.OutOrStdout(), "text"); err != nil {
		return err
	}
	return conformed(cmd, tried)
}

// reportFile is one of --report.
type reportFile struct{ format, file string }

// check reads the flags.
func (c *conformRun) check() (reports []reportFile, err error) {
	if err := checkLevel(c.command, c.options.Level); err != nil {
		return nil, err
	}
	if c.profile != kit.Profile {
		return nil, usage("conform run: --profile %q: there is %s alone", c.profile, kit.Profile)
	}
	for _, flag := range []struct{ name, patterns string }{{"only", c.options.Only}, {"skip", c.options.Skip}} {
		if flag.patterns == "" {
			continue
		}
		for _, each := range strings.Split(flag.patterns, ",") {
			if _, err := path.Match(each, ""); err != nil {
				return nil, usage("conform run: --%s %q: %v", flag.name, each, err)
			}
			if !slices.ContainsFunc(kit.Cases(), func(k *kit.Case) bool { return kit.Matches(each, k.ID) }) {
				return nil, usage("conform run: --%s %q: no case has such an id; invsim conform list shows all", flag.name, each)
			}
		}
	}
	for _, each := range strings.FieldsFunc(c.report, func(r rune) bool { return r == ',' }) {
		format, file, ok := strings.Cut(each, "=")
		if !ok || file == "" || !slices.Contains(kit.Formats, format) {
			return nil, usage("conform run: --report %q: write format=file, with one of %s", each, strings.Join(kit.Formats, ", "))
		}
		reports = append(reports, reportFile{format, file})
	}
	if c.known != "" {
		text, err := os.ReadFile(c.known)
		if err != nil {
			return nil, usage("conform run: --known-failing: %v", err)
		}
		c.options.Known = map[string]bool{}
		for line := range strings.Lines(string(text)) {
			if name, _, _ := strings.Cut(line, "#"); strings.TrimSpace(name) != "" {
				c.options.Known[strings.TrimSpace(name)] = true
			}
		}
	}
	return reports, nil
}

// record writes what is to be kept of each cause.
func record(dir string, r *kit.Result) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range r.Records() {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
