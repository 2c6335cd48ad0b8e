// The failure for programs.

package shrink

import (
	"io"

	"github.com/invsim/invsim/internal/output"
)

type jsonFailure struct {
	Property string       `json:"property"`
	Words    string       `json:"words"`
	Promised bool         `json:"promised"`
	Detail   string       `json:"detail"`
	AtMS     float64      `json:"at_ms"` // since the start of the world; 0 for a property that is not promised
	Faults   []string     `json:"faults"`
	Actions  []string     `json:"actions"`
	Windows  []jsonWindow `json:"windows"`
	Options  []string     `json:"options"`
	Plays    int          `json:"plays"`
	Token    string       `json:"token"`
	Replay   string       `json:"replay"`
	GoTest   string       `json:"go_test"`
	Script   string       `json:"script"`
	Version  string       `json:"version"` // of the program
}

// jsonWindow has nanoseconds: its ends are exact.
type jsonWindow struct {
	What      string `json:"what"`
	AtNS      int64  `json:"at_ns"`
	LeastNS   int64  `json:"least_ns"`
	MostNS    int64  `json:"most_ns"`
	OpenBelow bool   `json:"open_below"`
	OpenAbove bool   `json:"open_above"`
}

// JSON writes the failure as one indented object, which says which program made it.
func (f *Failure) JSON(w io.Writer, version string) error {
	v := f.Violation
	out := jsonFailure{
		Property: v.Property.String(), Words: v.Property.Words(), Promised: f.Promised, Detail: v.Detail, AtMS: output.Milliseconds(v.At),
		Faults: append([]string{}, f.Faults...), Actions: append([]string{}, f.Actions...), Windows: []jsonWindow{}, Options: append([]string{}, f.options()...),
		Plays: f.Plays, Token: f.Token.String(), Replay: f.Replay(), GoTest: f.GoTest(), Script: f.Script(), Version: version,
	}
	for _, w := range f.Windows {
		out.Windows = append(out.Windows, jsonWindow{w.What, int64(w.At), int64(w.Least), int64(w.Most), w.OpenBelow, w.OpenAbove})
	}
	return output.JSON(w, out)
}
