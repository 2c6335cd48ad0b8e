// invsim metrics and invsim properties: the words of answers, explained.

package main

import (
	"fmt"
	"strings"

	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/spf13/cobra"
)

func metricsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "metrics",
		Short: "List what can be measured: the names for --threshold, --measure and scenario files",
		Long: `List what can be measured: the names for --threshold, --measure and scenario files.

A distribution has statistics: p50(setup), p99.9(setup), mean(setup), max(setup).
Durations have a unit (2.5s, 300ms), and shares may be in percent.`,
		Example: `  invsim run --threshold 'residue < 0.1%' --threshold 'p99(setup) < 2s'
  invsim sweep --rows loss=0%,10%,30% --measure 'residue,p99(setup),messages'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := &output.Lines{To: cmd.OutOrStdout()}
			for _, m := range metric.All() {
				row(out, 24, m.Usage(), m.About)
			}
			row(out, 24, metric.ShareUsage, metric.ShareAbout)
			return out.Err
		},
	}
}

func propertiesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "properties [ID]",
		Short: "List the properties that every run checks, or explain one",
		Example: `  invsim properties
  invsim properties S4`,
		Args: takes(0, 1, "one ID at most"),
		RunE: func(cmd *cobra.Command, args []string) error {
			out := &output.Lines{To: cmd.OutOrStdout()}
			var names []string
			for id := property.S1; id < property.NumIDs; id++ {
				names = append(names, id.String())
				switch {
				case len(args) == 0:
					row(out, 6, id.String(), id.Words())
				case strings.EqualFold(args[0], id.String()):
					explainProperty(out, id)
					return out.Err
				}
			}
			if len(args) > 0 {
				return usage("unknown property %q%s", args[0], input.DidYouMean(args[0], names, ""))
			}
			return out.Err
		},
	}
}

func explainProperty(out *output.Lines, id property.ID) {
	out.Wrap(fmt.Sprintf("%v: %s.", id, id.Words()), 4, "")
	clauses := setup.NotPromisedIf(id)
	if len(clauses) == 0 {
		out.Printf("\nIt holds in every world, whatever the faults are.\n")
		return
	}
	out.Printf("\nIt is not promised, and a break of it is only counted, where\n")
	for _, clause := range clauses {
		out.Wrap("  * "+clause, 4, "")
	}
}

// row writes a name, in so many columns, and its explanation, within the screen.
func row(out *output.Lines, columns int, name, about string) {
	out.Wrap(fmt.Sprintf("%-*s %s", columns, name, about), columns+1, "")
}
