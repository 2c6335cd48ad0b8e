// Where answers go and input comes from: --output-file, --quiet, and - for stdin.

package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/invsim/invsim/sim/setup"
)

// outFile is a file that an answer, a page or a picture goes to. It is opened before a run
// that may take long, and keeps its old content until there is something new.
type outFile struct {
	file  *os.File // not embedded: only Write may write
	begun bool
}

// openOut opens the file of a flag, which must be no file that the command reads or that
// another flag writes.
func openOut(cmd *cobra.Command, flag, path string) (*outFile, error) {
	if other := sameFile(cmd, flag, path); other != "" {
		return nil, usage("--%s %s: it is the file of %s, too", flag, path, other)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return nil, usage("--%s: %w", flag, err)
	}
	return &outFile{file: file}, nil
}

// sameFile is the argument or the other flag of a command that names the same file.
func sameFile(cmd *cobra.Command, flag, path string) string {
	file, err := os.Stat(path)
	if err != nil || !file.Mode().IsRegular() {
		return ""
	}
	isSame := func(name string) bool {
		other, err := os.Stat(name)
		return err == nil && os.SameFile(file, other)
	}
	for _, name := range []string{"output-file", "html", "svg"} {
		if f := cmd.Flag(name); name != flag && f != nil && f.Changed && isSame(f.Value.String()) {
			return "--" + name
		}
	}
	if i := slices.IndexFunc(cmd.Flags().Args(), isSame); i >= 0 {
		return "the argument " + cmd.Flags().Arg(i)
	}
	return ""
}

func (f *outFile) Write(p []byte) (int, error) {
	if !f.begun {
		f.begun = true
		if info, err := f.file.Stat(); err == nil && info.Mode().IsRegular() {
			if err := f.file.Truncate(0); err != nil {
				return 0, err
			}
		}
	}
	return f.file.Write(p)
}

func (f *outFile) Close() error { return f.file.Close() }

// answer is the file of --output-file.
type answer struct {
	out  *checked
	path string
	file *outFile
}

// answerFile gives all commands --output-file, which takes the place of a writer.
func answerFile(root *cobra.Command, out *checked) *answer {
	a := &answer{out: out}
	textVar(root.PersistentFlags(), &a.path, "output-file", "O", "", "write the answer to `FILE`, not to stdout")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) (err error) {
		if a.path == "" {
			return nil
		}
		if a.file, err = openOut(cmd, "output-file", a.path); err == nil {
			out.Writer = a.file
		}
		return err
	}
	return a
}

func (a *answer) close() {
	if a.file == nil {
		return
	}
	if err := a.file.Close(); err != nil && a.out.err == nil {
		a.out.err = err
	}
}

func isQuiet(cmd *cobra.Command) bool {
	quiet, _ := cmd.Flags().GetBool("quiet")
	return quiet
}

// progress draws a bar on stderr if that is a terminal.
func progress(cmd *cobra.Command, calls int) (tick func(int), done func()) {
	file, ok := cmd.ErrOrStderr().(*os.File)
	if !ok || isQuiet(cmd) || !term.IsTerminal(int(file.Fd())) {
		return nil, func() {}
	}
	bar := progressbar.NewOptions(calls,
		progressbar.OptionSetWriter(file), progressbar.OptionSetDescription("calls"), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString("calls"), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish())
	// A bar that cannot be drawn is no reason to stop.
	return func(n int) { _ = bar.Add(n) }, func() { _ = bar.Finish() }
}

// finished tells how long something took.
func finished(cmd *cobra.Command, started time.Time, count int, things string, workers int) {
	if took := time.Since(started); !isQuiet(cmd) {
		fmt.Fprintf(cmd.ErrOrStderr(), "%d %s in %v, %.0f %s/s, workers: %d\n",
			count, things, took.Round(time.Millisecond), float64(count)/took.Seconds(), things, workers)
	}
}

// tellRaised says which times of a world had to be longer than they were. Of several
// worlds, name says which.
func (w *world) tellRaised(cmd *cobra.Command, name string) {
	if w.adjusted != nil && !isQuiet(cmd) {
		fmt.Fprintf(cmd.ErrOrStderr(), "invsim: %sadjusted to fit the other times: %s\n", name, strings.Join(w.adjusted, ", "))
	}
}

// stdin is the name of a file or token that is read from there.
const stdin = "-"

// mostInput bounds what is read from stdin.
const mostInput = 1 << 20

func readInput(cmd *cobra.Command) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), mostInput+1))
	if err != nil {
		return nil, usage("%s: read stdin: %w", cmd.CommandPath(), err)
	}
	return data, nil
}

// tokenArgument is the token that an argument names: of stdin, the first, which may stand
// in an answer.
func tokenArgument(cmd *cobra.Command, arg string) (string, error) {
	if arg != stdin {
		return strings.TrimSpace(arg), nil
	}
	data, err := readInput(cmd)
	for word := range strings.FieldsSeq(string(data)) {
		if strings.HasPrefix(word, setup.TokenFormat+"-") {
			return word, nil
		}
	}
	if err == nil {
		err = usage("%s: stdin has no token: a word that begins with %s-", cmd.CommandPath(), setup.TokenFormat)
	}
	return "", err
}
