// invsim play: what happens if, as a script of two apps.

package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/internal/transcript"
	"github.com/invsim/invsim/sim/result"
)

func playCommand() *cobra.Command {
	var roundTimes bool
	cmd := &cobra.Command{
		Use:   "play FILE",
		Short: "Play a script of what two apps and the network do, and print what happens",
		Long: `Play a script of what two apps and the network do, and print what happens.

A script has one command a line, and a line that begins with # is a comment. Each message
takes 50ms, and nothing is lost or drawn, unless the script says so. Below each command
stand the messages and events that it causes, with their virtual time, and at the end what
each app was told. A script can be the answer of another play.

Exit codes: 0 held, 1 a property was violated or an expectation failed, 2 the script
cannot be read.

Commands of a script:
` + transcript.Help(),
		Example: `  invsim play what-if.txt
  printf 'call alice bob\nat 1s\nlogout bob\ncancel alice #1\n' | invsim play -`,
		Args: takes(1, 1, "one script FILE is required, or - for stdin; invsim play --help explains the language"),
		RunE: func(cmd *cobra.Command, args []string) error { return play(cmd, args[0], roundTimes) },
	}
	cmd.Flags().BoolVar(&roundTimes, "round-times", false, "give the engines an accept time of 32s, no grace time, and the schedule of the INVITE for the ACCEPT, as the transcripts in testdata/scripts expect")
	under(cmd.Flags(), cmd.Name(), "round-times")
	return cmd
}

func play(cmd *cobra.Command, path string, roundTimes bool) error {
	text, err := readScript(cmd, path)
	if err != nil {
		return err
	}
	script, err := transcript.Parse(string(text))
	if err != nil {
		return usage("%s is not a script\n%w", path, err)
	}
	played, broken, err := transcript.Player{Free: true, RoundTimes: roundTimes}.Play(script)
	if err != nil {
		return usage("%s: %w", path, err)
	}
	out := &output.Lines{To: cmd.OutOrStdout()}
	out.Printf("%s", played)
	if out.Err != nil {
		return &exit{exitInternal, fmt.Errorf("write the answer: %w", out.Err)}
	}
	if len(broken) > 0 {
		return ending(result.Violated, path+": "+broken[0].Error())
	}
	return nil
}

func readScript(cmd *cobra.Command, path string) (text []byte, err error) {
	if path == stdin {
		text, err = readInput(cmd)
	} else if text, err = os.ReadFile(path); err != nil {
		var failed *os.PathError
		if errors.As(err, &failed) {
			err = failed.Err
		}
		err = usage("read script %s: %w", path, err)
	}
	if err != nil {
		return nil, err
	}
	if text, err = input.Text(text); err != nil {
		return nil, usage("read script %s: %w", path, err)
	}
	return text, nil
}
