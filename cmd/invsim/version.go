// invsim version: which program this is, from what the build has noted.

package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/setup"
)

// build is a program: its module, its source and its Go.
type build struct {
	Version  string `json:"version"` // of the module
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified,omitempty"` // the source is not that of the commit
	Go       string `json:"go"`
	Tokens   string `json:"tokens"` // their format
}

// thisBuild is what the build has noted.
func thisBuild() build {
	b := build{Version: "(devel)", Tokens: setup.TokenFormat}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Go = info.GoVersion
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// version is what answers say of the program. Tests set it, because it differs from build
// to build.
var version = thisBuild().line()

// line tells module and source, without what has no influence on an answer.
func (b build) line() string {
	text := b.Version
	if short := b.Commit[:min(len(b.Commit), 12)]; short != "" && !strings.Contains(b.Version, short) {
		text += " (" + short + ")"
	}
	return text + ", tokens " + b.Tokens
}

func (b build) text(w io.Writer) error {
	out := &output.Lines{To: w}
	out.Printf("invsim  %s\n", b.Version)
	if b.Commit != "" {
		changed := ""
		if b.Modified {
			changed = ", modified"
		}
		out.Printf("commit  %s%s\n", b.Commit, changed)
	}
	out.Printf("go      %s\ntokens  %s\n", b.Go, b.Tokens)
	return out.Err
}

func versionCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of the program, its commit, Go, and tokens",
		Args:  noArguments,
	}
	outputVar(cmd.Flags(), &format, "text or json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		write, err := choose(format, map[string]func(build, io.Writer) error{
			"text": build.text, "json": func(b build, w io.Writer) error { return output.JSON(w, b) },
		})
		if err != nil {
			return err
		}
		if err := write(thisBuild(), cmd.OutOrStdout()); err != nil {
			return &exit{exitInternal, fmt.Errorf("write the version: %w", err)}
		}
		return nil
	}
	return cmd
}
