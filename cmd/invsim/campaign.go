// invsim campaign: a run, a swarm, a sweep or schedules that many processes play, and that
// go on after any of them has died. The answer is that of the plain command, byte for byte,
// but that no failure of a schedule is made small.

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/campaign"
	"github.com/invsim/invsim/sim/result"
)

// keeper is how a command keeps what it plays. Without one, it keeps nothing.
type keeper struct {
	decide []string // the names of the flags that decide what is played
	world  *world   // nil if the command has none
	things string   // that have numbers: worlds, or schedules
	files  []string // what a merge reads; it plays nothing

	endpoint *invd.Implementation // that is tried; nil if the command tries none

	state   string
	shard   string
	part    campaign.Shard // that --shard names
	dryRun  bool
	workers *int
}

// campaignCommands are campaign, with the commands that can be one, and merge.
func campaignCommands() []*cobra.Command {
	cmd := &cobra.Command{
		Use:   "campaign",
		Short: "Play worlds or schedules in parts, on any number of machines",
	}
	group(cmd)
	r, run := newRun()
	r.keeper = &keeper{decide: flagNames(r.world.flags), world: r.world, things: "worlds", workers: &r.workers}
	s, swarm := newSwarm()
	s.keeper = &keeper{decide: []string{"seed", "runs", "mutant"}, things: "worlds", workers: &s.workers}
	w, sweep := newSweep()
	w.keeper = &keeper{decide: append(flagNames(w.world.flags), "rows", "columns"), world: w.world, things: "worlds", workers: &w.workers}
	c, conform := newConformCampaign()
	c.keeper = &keeper{decide: []string{"level", "runs", "seed", "timeout"}, things: "schedules", endpoint: &invd.Implementation{}, workers: &c.workers}
	kinds := map[string]kind{}
	for _, k := range []kind{{r.keeper, run}, {s.keeper, swarm}, {w.keeper, sweep}, {c.keeper, conform}} {
		k.flags()
		cmd.AddCommand(k.cmd)
		kinds[k.cmd.Name()] = k
	}
	return []*cobra.Command{cmd, mergeCommand(kinds)}
}

// kind is a command that can be a campaign.
type kind struct {
	*keeper
	cmd *cobra.Command
}

const aboutCampaigns = `

The units of the campaign go to files in the directory of --state: one that is there is
not played again, in whichever run of the command or process it was played. Once all are
there, the answer is that of invsim %s. With --shard, the command plays one part
and gives no answer, and invsim merge gives it when all parts are there.
docs/campaigns.md explains more.`

func (k kind) flags() {
	name := k.cmd.Name()
	plain := name + ", byte for byte"
	if name == "conform" {
		plain = "conform run --skip '*' --worlds 0, but that no failure is made small"
	}
	k.cmd.Long = k.cmd.Short + ", in parts." + fmt.Sprintf(aboutCampaigns, plain)
	k.cmd.Example = map[string]string{
		"run": `  invsim campaign run --calls 10000000 --state results
  invsim campaign run --calls 10000000 --state results --shard 3/16
  invsim campaign run --calls 10000000 --state results --dry-run`,
		"swarm":   `  invsim campaign swarm --runs 100000 --state results`,
		"sweep":   `  invsim campaign sweep --rows loss=0%,5%,10% --calls 1000000 --state results`,
		"conform": `  invsim campaign conform --runs 1000000 --state results -- ./my-endpoint`,
	}[name]
	f := k.cmd.Flags()
	textVar(f, &k.state, "state", "", "", "`DIRECTORY` for the units that have been played")
	textVar(f, &k.shard, "shard", "", "", "play this `PART` alone, such as 3/16; with auto/16 or auto, the number comes from Kubernetes or Slurm")
	f.BoolVar(&k.dryRun, "dry-run", false, "print the digest of the campaign and its missing units, and play nothing")
	under(f, name, "state", "shard", "dry-run")
	run := k.cmd.RunE
	k.cmd.RunE = func(cmd *cobra.Command, args []string) error {
		err := k.readScenario()
		if err == nil {
			err = k.check(cmd)
		}
		if err == nil {
			err = run(cmd, args)
		}
		if err == errNoAnswer {
			return nil
		}
		return err
	}
}

// errNoAnswer ends a command that has played a part, or nothing.
var errNoAnswer = errors.New("no answer was asked for")

// readScenario reads the file of the world, so that it can be kept.
func (k *keeper) readScenario() error {
	if k.world == nil || k.world.path == "" || k.world.piped != nil {
		return nil
	}
	file, err := os.Open(k.world.path)
	if err != nil {
		return nil // the command says what is wrong
	}
	defer file.Close()
	if k.world.piped, err = io.ReadAll(io.LimitReader(file, mostInput+1)); err != nil {
		return usage("read %s: %w", k.world.path, err)
	}
	return nil
}

// ofAnswers are the flags that a part has no use for.
var ofAnswers = []string{"output", "html", "svg", "measure", "threshold", "cover", "no-shrink", "options"}

// check reads the flags of a campaign before anything is played.
func (k *keeper) check(cmd *cobra.Command) error {
	if k.files != nil {
		return nil
	}
	if k.state == "" && !k.dryRun {
		return usage("%s: --state DIRECTORY is required: the units that have been played go there", cmd.CommandPath())
	}
	k.part = campaign.Whole
	if k.shard == "" {
		return nil
	}
	var err error
	if k.part, err = campaign.ParseShard(k.shard, os.Getenv); err != nil {
		return usage("--shard %s: %w", k.shard, err)
	}
	for _, name := range ofAnswers {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			return usage("%s: --%s is about the answer, and a shard has none: give it to invsim merge", cmd.CommandPath(), name)
		}
	}
	return nil
}

// about says what a command plays.
func (k *keeper) about(cmd *cobra.Command) (campaign.About, error) {
	about := campaign.About{Kind: cmd.Name(), Endpoint: k.endpoint}
	var err error
	if about.Program, err = program(); err != nil {
		return about, &exit{exitInternal, fmt.Errorf("read the program: %w", err)}
	}
	for _, name := range k.decide {
		if f := cmd.Flags().Lookup(name); f.Changed {
			about.Flags = append(about.Flags, [2]string{name, f.Value.String()})
		}
	}
	if k.world != nil && k.world.path != "" {
		about.Scenario = &campaign.Scenario{Name: k.world.path, Text: string(k.world.piped)}
	}
	return about, nil
}

// program names the program. A build of source that no commit has is named by its bytes.
var program = sync.OnceValues(func() (string, error) {
	b := thisBuild()
	if b.Version != "(devel)" && !b.Modified {
		return b.line(), nil
	}
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return b.line() + ", sha256 " + hex.EncodeToString(sum.Sum(nil)), nil
})

// playUnits plays what is missing of the cells of a command, and adds up what is known. Its
// errors have their exit codes.
func playUnits[R any](k *keeper, cmd *cobra.Command, cells ...campaign.Cell[R]) ([]R, error) {
	about, err := k.about(cmd)
	if err != nil {
		return nil, err
	}
	c, err := campaign.New(about, cells...)
	if err != nil {
		return nil, &exit{exitInternal, err}
	}
	state, err := openCampaign(k, cmd, c)
	if err != nil {
		return nil, err
	}
	switch {
	case k.dryRun:
		if err := tellCampaign(cmd.OutOrStdout(), k.things, state); err != nil {
			return nil, &exit{exitInternal, fmt.Errorf("write the campaign: %w", err)}
		}
		return nil, errNoAnswer
	case k.files != nil:
		if missing := state.Missing(); missing != nil {
			return nil, ending(result.Missed, fmt.Sprintf("merge: not complete: of %d units these are missing: %s\n%s plays them", c.Units(), ranges(missing[:min(len(missing), mostRanges)])+more(missing), k.line(cmd)))
		}
	default:
		tick, done := campaignProgress(k, cmd, state)
		err = state.Play(cmd.Context(), k.part, *k.workers, tick)
		done()
		if err != nil {
			return nil, &exit{exitInternal, err}
		}
	}
	if k.shard != "" {
		if left := len(state.Todo(k.part)); left > 0 {
			return nil, &exit{exitInterrupted, fmt.Errorf("interrupted: %d units of shard %v are missing", left, k.part)}
		}
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "shard %v is complete: %d of %d units are in %s\n", k.part, state.Known(), c.Units(), k.state); err != nil {
			return nil, &exit{exitInternal, fmt.Errorf("write the answer: %w", err)}
		}
		return nil, errNoAnswer
	}
	var sums []R
	for i := range cells {
		sums = append(sums, state.Sum(i))
	}
	return sums, nil
}

// openCampaign reads the units that are there.
func openCampaign[R any](k *keeper, cmd *cobra.Command, c *campaign.Campaign[R]) (*campaign.State[R], error) {
	state, err := campaign.NewState(c), error(nil)
	if k.state != "" {
		state, err = campaign.Open(c, k.state)
	}
	for _, path := range k.files {
		if err == nil {
			err = state.Read(path)
		}
	}
	if err != nil {
		return nil, usage("%w", err)
	}
	if !isQuiet(cmd) {
		for _, path := range state.Cut {
			fmt.Fprintf(cmd.ErrOrStderr(), "invsim: %s ends in the middle of a unit, which does not count\n", path)
		}
	}
	return state, nil
}

// line is the command line that plays what is missing.
func (k *keeper) line(cmd *cobra.Command) string {
	var args []string
	if k.world != nil {
		args = k.world.args()
	}
	l := newLine("campaign", append([]string{cmd.Name()}, args...)...)
	for _, name := range k.decide {
		if f := cmd.Flags().Lookup(name); f.Changed {
			l.flag(f, f.Value.String())
		}
	}
	l.words = append(l.words, "--state", "DIRECTORY")
	if k.endpoint != nil {
		l.words = append(l.words, "--", "COMMAND")
	}
	return l.String()
}

// mostRanges is how many missing ranges an error names; --dry-run names all.
const mostRanges = 20

func ranges(missing []campaign.Range) string {
	var names []string
	for _, r := range missing {
		names = append(names, r.String())
	}
	return strings.Join(names, ", ")
}

func more(missing []campaign.Range) string {
	if len(missing) <= mostRanges {
		return ""
	}
	return fmt.Sprintf(" and %d more ranges", len(missing)-mostRanges)
}

func tellCampaign[R any](w io.Writer, things string, s *campaign.State[R]) error {
	out := &output.Lines{To: w}
	worlds, calls := s.Size()
	out.Printf("digest   %s\nprogram  %s\n%-8s %d\n", s.Digest, s.Program, things, worlds)
	if calls > 0 {
		out.Printf("calls    %d\n", calls)
	}
	out.Printf("units    %d\nmissing  ", s.Units())
	if missing := s.Missing(); missing != nil {
		out.Printf("%s\n", ranges(missing))
	} else {
		out.Printf("none\n")
	}
	return out.Err
}

// reported is how often a campaign tells its progress where there is no terminal.
const reported = 10 * time.Second

// campaignProgress tells how far the part is: as a bar on a terminal, and elsewhere as lines.
func campaignProgress[R any](k *keeper, cmd *cobra.Command, state *campaign.State[R]) (tick func(int), done func()) {
	worlds, calls := state.Size()
	things, all := "calls", calls
	if calls == 0 {
		things, all = k.things, worlds
	}
	todo := len(state.Todo(k.part))
	all = int(float64(all) * float64(todo) / float64(state.Units()))
	if !isQuiet(cmd) {
		fmt.Fprintf(cmd.ErrOrStderr(), "campaign %.12s: %d of %d units are known, %d are to be played\n", state.Digest, state.Known(), state.Units(), todo)
	}
	bar, drawn := progress(cmd, all)
	var played atomic.Int64
	started, stop := time.Now(), make(chan struct{})
	var ended sync.WaitGroup
	if bar == nil && !isQuiet(cmd) {
		ended.Go(func() {
			for every := time.NewTicker(reported); ; {
				select {
				case <-stop:
					return
				case <-every.C:
				}
				if n := played.Load(); n > 0 {
					rate := float64(n) / time.Since(started).Seconds()
					left := time.Duration(float64(max(0, int64(all)-n)) / rate * float64(time.Second))
					fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d units, %.0f %s/s, about %v left\n", state.Known(), state.Units(), rate, things, left.Round(time.Second))
				}
			}
		})
	}
	tick = func(n int) {
		played.Add(int64(n))
		if bar != nil {
			bar(n)
		}
	}
	return tick, func() {
		close(stop)
		ended.Wait()
		drawn()
		finished(cmd, started, int(played.Load()), things, *k.workers)
	}
}
