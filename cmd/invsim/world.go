// The world flags: the same on every command that makes a world. A preset comes
// first, then the flags that were given.

package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/invsim/invsim/sim"
)

// world is the options under construction.
type world struct {
	options          sim.Options
	preset           string
	uplink, downlink string
	flags            *pflag.FlagSet
}

// addWorld gives a command the world flags.
func addWorld(cmd *cobra.Command) *world {
	w := &world{options: sim.Default()}
	w.flags = w.newFlags()
	cmd.Flags().SortFlags = false
	cmd.Flags().AddFlagSet(w.flags)
	return w
}

// newFlags binds a flag to every option.
func (w *world) newFlags() *pflag.FlagSet {
	o := &w.options
	f := pflag.NewFlagSet("world", pflag.ContinueOnError)
	f.SortFlags = false
	f.StringVar(&w.preset, "preset", "", "start from the world of that `NAME`; see invsim presets")
	f.Uint64Var(&o.Seed, "seed", o.Seed, "decides every chance of the run")
	f.IntVar(&o.Calls, "calls", o.Calls, "how many calls, in worlds of 1000")
	f.IntVar(&o.Users, "users", o.Users, "phones in each world")
	f.Var((*rate)(&o.Arrivals), "arrivals", "calls in each world per second")
	f.Var((*probability)(&o.Loss), "loss", "probability that a copy of a message is lost")
	f.Var((*probability)(&o.Dup), "dup", "probability that a copy arrives twice")
	f.Var((*probability)(&o.Reorder), "reorder", "probability that a copy is held back by up to 1 s more")
	f.Var((*span)(&o.Latency), "latency", "how long a copy is under way, uniformly")
	f.StringVar(&w.uplink, "uplink", "", "link trace `FILE` (mahimahi format) that everything a phone sends crosses")
	f.StringVar(&w.downlink, "downlink", "", "link trace `FILE` that everything a phone gets crosses")
	f.Var((*probability)(&o.Offline), "offline", "share of the time that a phone is offline")
	f.DurationVar(&o.OfflineFor, "offline-for", o.OfflineFor, "mean length of one such time")
	f.DurationVar(&o.CrashEvery, "crash-every", o.CrashEvery, "mean time from one crash of a phone to the next; 0 for never")
	f.DurationVar(&o.CrashFor, "crash-for", o.CrashFor, "mean time that it is down")
	f.Var((*snapshots)(&o.Snapshots), "snapshots", "what it starts again with: fresh, stale or none")
	f.Float64Var(&o.Accept, "accept", o.Accept, "weight of callees who accept")
	f.Float64Var(&o.Refuse, "refuse", o.Refuse, "weight of callees who refuse")
	f.Float64Var(&o.Ignore, "ignore", o.Ignore, "weight of callees who do nothing")
	f.Var((*span)(&o.AnswerAfter), "answer-after", "how long it rings before they do, uniformly")
	f.Var((*probability)(&o.Cancel), "cancel", "probability that the caller cancels, whatever the callee does")
	f.Var((*span)(&o.CancelAfter), "cancel-after", "how long after send, uniformly")
	t := &o.Engine.Times
	f.DurationVar(&t.NoResponse, "no-response-time", t.NoResponse, "how long a caller waits for a sign of life")
	f.DurationVar(&t.Expiry, "expiry-time", t.Expiry, "how long an invitation may ring")
	f.DurationVar(&t.Grace, "grace-time", t.Grace, "how much longer the caller waits than the callee")
	f.DurationVar(&t.Accept, "accept-time", t.Accept, "how long a callee waits for the confirmation of its accept")
	return f
}

// build makes the options: the preset's, then those of the flags given.
func (w *world) build() (sim.Options, error) {
	if w.preset != "" {
		preset, err := presetNamed(w.preset)
		if err != nil {
			return sim.Options{}, err
		}
		given := map[*pflag.Flag]string{}
		w.eachGiven(func(f *pflag.Flag) { given[f] = f.Value.String() })
		w.options = preset.Options()
		w.eachGiven(func(f *pflag.Flag) {
			if failed := f.Value.Set(given[f]); failed != nil {
				err = usage("--%s %s: %w", f.Name, given[f], failed)
			}
		})
		if err != nil {
			return sim.Options{}, err
		}
	}
	var err error
	if w.uplink != "" {
		if w.options.Uplink, err = sim.OpenLink(w.uplink); err != nil {
			return sim.Options{}, usage("--uplink: %w", err)
		}
	}
	if w.downlink != "" {
		if w.options.Downlink, err = sim.OpenLink(w.downlink); err != nil {
			return sim.Options{}, usage("--downlink: %w", err)
		}
	}
	if err := w.options.Validate(); err != nil {
		return sim.Options{}, usage("%w", err)
	}
	return w.options, nil
}

// eachGiven visits the flags that were on the command line. The command's own
// flag set has parsed them, so only the flags themselves know.
func (w *world) eachGiven(visit func(*pflag.Flag)) {
	w.flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			visit(f)
		}
	})
}

// again is the command line that makes the same world: every flag given, and the
// seed and the number of calls in any case.
func (w *world) again(command string) string {
	words := []string{"invsim", command}
	w.flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "seed" || f.Name == "calls" {
			words = append(words, "--"+f.Name, quote(f.Value.String()))
		}
	})
	return strings.Join(words, " ")
}

// quote makes a word safe to paste into a shell.
func quote(word string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-/%:=,+@", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !safe(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func presetNamed(name string) (sim.Preset, error) {
	preset, ok := sim.PresetNamed(name)
	if !ok {
		var names []string
		for _, p := range sim.Presets {
			names = append(names, p.Name)
		}
		hint := didYouMean(name, names)
		if hint == "" {
			hint = "; there are " + strings.Join(names, ", ")
		}
		return sim.Preset{}, usage("unknown preset %q%s", name, hint)
	}
	return preset, nil
}

// probability is written 5% or 0.05.
type probability float64

func (p *probability) String() string {
	return strconv.FormatFloat(float64(*p)*100, 'g', 12, 64) + "%"
}

func (p *probability) Set(text string) error {
	number, isPercent := strings.CutSuffix(strings.TrimSpace(text), "%")
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if isPercent {
		value /= 100
	}
	if err != nil || !(value >= 0 && value <= 1) {
		return fmt.Errorf("not a probability such as 5%% or 0.05")
	}
	*p = probability(value)
	return nil
}

func (p *probability) Type() string { return "probability" }

// rate is written 50/s.
type rate float64

func (r *rate) String() string { return strconv.FormatFloat(float64(*r), 'g', -1, 64) + "/s" }

func (r *rate) Set(text string) error {
	value, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), "/s"), 64)
	if err != nil || !(value > 0) {
		return fmt.Errorf("not a rate such as 50/s")
	}
	*r = rate(value)
	return nil
}

func (r *rate) Type() string { return "rate" }

// span is written 50ms..250ms, or 50ms for a constant.
type span sim.Range

func (s *span) String() string { return sim.Range(*s).String() }

func (s *span) Set(text string) error {
	low, high, isRange := strings.Cut(strings.TrimSpace(text), "..")
	if !isRange {
		high = low
	}
	lowest, err := time.ParseDuration(strings.TrimSpace(low))
	if err != nil {
		return fmt.Errorf("not a time such as 50ms or 50ms..250ms")
	}
	highest, err := time.ParseDuration(strings.TrimSpace(high))
	if err != nil || lowest > highest || lowest < 0 {
		return fmt.Errorf("not a time such as 50ms or 50ms..250ms, the lower end first")
	}
	*s = span{Min: lowest, Max: highest}
	return nil
}

func (s *span) Type() string { return "time[..time]" }

// snapshots is fresh, stale or none.
type snapshots sim.Snapshots

func (s *snapshots) String() string { return sim.Snapshots(*s).String() }

func (s *snapshots) Set(text string) error {
	named, err := sim.SnapshotsNamed(text)
	if err == nil {
		*s = snapshots(named)
	}
	return err
}

func (s *snapshots) Type() string { return "fresh|stale|none" }
