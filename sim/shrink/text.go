// The report of a failure: everything that somebody needs who is to mend it.

package shrink

import (
	"fmt"
	"io"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/internal/shell"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/timeline"
)

// Text writes the failure for people: the property, what went wrong and how exactly,
// what happened, the token, and the command that explains it.
func (f *Failure) Text(w io.Writer) error {
	out := &output.Lines{To: w}
	v := f.Violation
	out.Wrap(fmt.Sprintf("%v  %s", v.Property, v.Property.Words()), 4, "")
	if f.Promised {
		out.Wrap(fmt.Sprintf("violated at %v by invitation %v from %s to %s: %s", v.At, v.Invitation, v.Caller, v.Callee, v.Detail), 4, "")
	} else {
		out.Printf("broken, and not promised in such a world\n")
	}
	section(out, "faults", f.Faults)
	section(out, "users", f.Actions)
	section(out, "race windows: it stays broken while, all else kept, this is", windowLines(f.Windows))
	section(out, "options that are not the plainest", f.options())
	out.Printf("\n")
	if out.Err == nil {
		out.Err = timeline.Text(w, f.Timeline(), f.Replay())
	}
	out.Printf("token: %s\nlook:  %s\n", f.Token.String(), f.command("why"))
	return out.Err
}

func section(out *output.Lines, title string, lines []string) {
	out.Printf("\n%s\n", title)
	if len(lines) == 0 {
		lines = []string{"none"}
	}
	for _, line := range lines {
		out.Wrap("  "+line, 4, "")
	}
}

func windowLines(windows []Window) []string {
	lines := make([]string, len(windows))
	for i, w := range windows {
		lines[i] = w.String()
	}
	return lines
}

// Timeline is the story of the failing call.
func (f *Failure) Timeline() *event.Timeline {
	call := f.Violation.Call // its number is its index: there is one world
	if call >= f.Token.Options.Calls {
		call = 0
	}
	return f.Outcome.Timeline(call)
}

// options are those that a token tells.
func (f *Failure) options() (lines []string) {
	for _, v := range special(f.Token.Options) {
		if v.name != "world" && v.name != "seed" {
			lines = append(lines, v.name+" "+v.text)
		}
	}
	return lines
}

// recordings are the options whose files a token names but does not hold.
func (f *Failure) recordings() (all []setting) {
	o := f.Token.Options
	if o.Uplink != nil {
		all = append(all, setting{"uplink", o.Uplink.Name()})
	}
	if o.Downlink != nil {
		all = append(all, setting{"downlink", o.Downlink.Name()})
	}
	if o.Latency.Samples != nil {
		all = append(all, setting{"latency", o.Latency.Samples.Name()})
	}
	return all
}

// Replay is the command line that plays the failure.
func (f *Failure) Replay() string { return f.command("replay") }

// command is the line of a command on the failure's token.
func (f *Failure) command(name string) string {
	words := []string{"invsim", name, f.Token.String()}
	for _, r := range f.recordings() {
		words = append(words, "--"+r.name, r.text)
	}
	return shell.Line(words...)
}

// GoTest is a file with a test that fails for as long as the property is broken.
func (f *Failure) GoTest() string {
	files := "nil"
	if all := f.recordings(); all != nil {
		var pairs []string
		for _, r := range all {
			pairs = append(pairs, fmt.Sprintf("%q: %q", r.name, r.text))
		}
		files = "map[string]string{" + strings.Join(pairs, ", ") + "}"
	}
	id, check, imports := f.Violation.Property, goPromised, ""
	if !f.Promised {
		check, imports = fmt.Sprintf(goNotPromised, id.String()), "\n\t\"github.com/invsim/invsim/sim/property\""
		if name := goName[id.String()]; name != "" {
			check = fmt.Sprintf(goNotPromised, name)
		}
	}
	var why strings.Builder
	for _, line := range append(append([]string{}, f.Faults...), f.Actions...) {
		why.WriteString("//   - " + line + "\n")
	}
	return fmt.Sprintf(goTest, imports, id, id, id.Words(), why.String(), id, f.Token.String(), files, check)
}

// goName is how package property calls an ID that calls itself otherwise.
var goName = map[string]string{"PAIR": "Pair", "LIVE": "Live"}

const goTest = `package failure_test

import (
	"testing"

	"github.com/invsim/invsim/sim"%s
	"github.com/invsim/invsim/sim/setup"
)

// TestKeeps%v: %v, %s. It was broken when:
%sfunc TestKeeps%v(t *testing.T) {
	token, err := setup.ParseToken("%s", %s)
	if err != nil {
		t.Fatal(err)
	}
	outcome, err := sim.Replay(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
%s}
`

const goPromised = `	for _, v := range outcome.Result.Violations {
		t.Error(v)
	}
`

const goNotPromised = `	if n := outcome.Result.NotPromised[property.%s]; n > 0 {
		t.Errorf("broken %%d times", n)
	}
`
