// Shard: a fixed part of a campaign, as schedulers of jobs number them.

package campaign

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/input"
)

// Shard is part Number, from 1 to Of, of all units: units that follow each other.
type Shard struct{ Number, Of int }

// Whole is all units.
var Whole = Shard{1, 1}

// mostShards bounds how many there are.
const mostShards = 1_000_000

// first is the first unit of the shard.
func (s Shard) first(units int) int { return (s.Number - 1) * units / s.Of }

func (s Shard) next() Shard { return Shard{s.Number + 1, s.Of} }

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Number, s.Of) }

// Auto stands for the number that a scheduler gives to a process.
const Auto = "auto"

// ParseShard reads 3/16, auto/16 or auto. With auto, the number comes from the
// environment of an indexed job of Kubernetes, or of a job array of Slurm, which also
// tells how many there are.
func ParseShard(text string, environment func(string) string) (Shard, error) {
	number, of, hasOf := strings.Cut(text, "/")
	var s Shard
	var err error
	if hasOf {
		if s.Of, err = input.Whole(of, input.From(1, mostShards)); err != nil {
			return Shard{}, fmt.Errorf("the number of shards: %w", err)
		}
	}
	switch {
	case number == Auto:
		return automatic(s.Of, environment)
	case !hasOf:
		return Shard{}, errors.New("not a shard such as 3/16, auto/16 or auto")
	}
	if s.Number, err = input.Whole(number, input.From(1, s.Of)); err != nil {
		return Shard{}, fmt.Errorf("the number of the shard: %w", err)
	}
	return s, nil
}

// The variables of schedulers. Kubernetes numbers from 0; Slurm as the user says.
const (
	kubernetes = "JOB_COMPLETION_INDEX"
	slurm      = "SLURM_ARRAY_TASK_ID"
	slurmMin   = "SLURM_ARRAY_TASK_MIN"
	slurmMax   = "SLURM_ARRAY_TASK_MAX"
	slurmCount = "SLURM_ARRAY_TASK_COUNT"
)

// automatic is the shard that the environment says. If of is 0, the environment must
// tell it, too.
func automatic(of int, environment func(string) string) (Shard, error) {
	read := func(name string) (int, error) {
		n, err := strconv.Atoi(environment(name))
		if err != nil || n < 0 {
			return 0, fmt.Errorf("%s is %q: not a whole number from 0 on", name, environment(name))
		}
		return n, nil
	}
	name := slurm
	if environment(kubernetes) != "" {
		name = kubernetes
	}
	if environment(name) == "" {
		return Shard{}, fmt.Errorf("auto: neither %s (Kubernetes) nor %s (Slurm) is set", kubernetes, slurm)
	}
	index, err := read(name)
	if err != nil {
		return Shard{}, err
	}
	if of == 0 && name == kubernetes {
		return Shard{}, errors.New("auto: Kubernetes does not tell how many there are: write auto/16")
	}
	first := 0
	if of == 0 {
		var all [3]int
		for i, name := range []string{slurmMin, slurmMax, slurmCount} {
			if all[i], err = read(name); err != nil {
				return Shard{}, err
			}
		}
		if all[1]-all[0]+1 != all[2] {
			return Shard{}, fmt.Errorf("auto: the array has %d tasks from %d to %d, with gaps: write auto/16 for tasks 0 to 15", all[2], all[0], all[1])
		}
		first, of = all[0], all[2]
	}
	if index < first || index >= first+of || of > mostShards {
		return Shard{}, fmt.Errorf("auto: %s is %d: there are shards %d to %d", name, index, first, first+of-1)
	}
	return Shard{index - first + 1, of}, nil
}
