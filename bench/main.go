// Command bench prints one table: what this project costs beside its peers, and beside an
// earlier version of itself. It imports the peers, which is why it is a module of its own.
//
//	cd bench && go run .
//
// Each row is a ratio. The two sides of a row take turns in one run, many times, and each
// turn is measured in processor time, so that what else the machine does changes both
// alike. The ratio is the median of the turns' ratios, with its 95 % interval.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"time"

	"golang.org/x/perf/benchmath"
)

// row compares two sides, which do the same number of operations in a turn.
type row struct {
	what    string
	ours    side
	peer    side
	leaves  string // what the peer leaves out, or what else a reader has to know
	missing string // why there is no peer here
	turns   int    // at most, because they take long
}

// side is one of the two.
type side struct {
	name string
	run  func(n int) (time.Duration, error) // so many operations, in processor time
	n    int                                // operations of a turn; 0: as many as take as long as a turn
}

var (
	rounds = flag.Int("rounds", 25, "turns of each row")
	turn   = flag.Duration("turn", 20*time.Millisecond, "processor time of a turn")
	only   = flag.String("only", "", "only rows that match this regular expression")
)

func main() {
	flag.Parse()
	if err := table(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func table() error {
	pattern, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	versions, err := newVersions()
	if err != nil {
		return err
	}
	defer versions.close()
	fmt.Println("| operation | ours | beside | ratio | 95 % interval | remarks |")
	fmt.Println("|---|--:|---|--:|---|---|")
	for _, r := range append(versions.rows(), peers(versions)...) {
		if !pattern.MatchString(r.what + " " + r.peer.name) {
			continue
		}
		if r.missing != "" {
			fmt.Printf("| %s | | %s | – | – | not compared: %s |\n", r.what, r.peer.name, r.missing)
			continue
		}
		m, err := r.measure(*rounds, *turn)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", r.what, r.peer.name, err)
		}
		fmt.Printf("| %s | %s | %s, %s | %s | %s | %s |\n", r.what, cost(m.ours), r.peer.name, cost(m.peer),
			digits(m.ratio.Center), interval(m.ratio), r.leaves)
	}
	return nil
}

func digits(ratio float64) string {
	if ratio >= 0.1 {
		return fmt.Sprintf("%.2f", ratio)
	}
	return fmt.Sprintf("%.2g", ratio)
}

func interval(s benchmath.Summary) string {
	if math.IsInf(s.Lo, 0) || math.IsInf(s.Hi, 0) {
		return "one turn"
	}
	return digits(s.Lo) + " to " + digits(s.Hi)
}

// cost is a time with three digits.
func cost(nanoseconds float64) string {
	for _, unit := range []struct {
		name string
		ns   float64
	}{{"s", 1e9}, {"ms", 1e6}, {"µs", 1e3}} {
		if nanoseconds >= unit.ns {
			return strings.TrimSuffix(fmt.Sprintf("%.3g", nanoseconds/unit.ns), ".") + " " + unit.name
		}
	}
	return fmt.Sprintf("%.3g ns", nanoseconds)
}
