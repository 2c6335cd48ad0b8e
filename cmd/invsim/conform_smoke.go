// invsim conform smoke: does anything work at all, and if not, what is to be done?

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/conformance/kit"
)

func conformSmokeCommand() *cobra.Command {
	var e endpoint
	cmd := &cobra.Command{
		Use:   "smoke [flags] -- COMMAND [ARGUMENT…]",
		Short: "Try three cases that need no timer, and say what to do next",
		Long: `Try three cases that need no timer, and say what to do next. It is for the first half
hour with an adapter: what is wrong is told one thing at a time.

Exit codes: 0 the cases pass, 1 one fails, 2 usage error, 3 the endpoint does not answer,
130 interrupted.`,
		Example: "  invsim conform smoke -- python3 first.py",
		Args:    cobra.ArbitraryArgs,
	}
	e.flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		driver, err := e.start(cmd, args)
		if err != nil {
			return e.failed(cmd, err)
		}
		defer driver.Close() // its end is no longer its case
		tried, words := kit.Smoke(driver, func() bool { return cmd.Context().Err() != nil })
		if len(args) > 0 {
			words = strings.ReplaceAll(words, "COMMAND", strings.Join(args, " "))
		}
		if _, err := fmt.Fprint(cmd.OutOrStdout(), words); err != nil {
			return err
		}
		return conformed(cmd, tried)
	}
	return cmd
}
