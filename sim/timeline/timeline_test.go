// Whole stories as golden files, and pictures of them.

package timeline

import (
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/internal/samples"
	"github.com/invsim/invsim/sim/event"
)

func TestFiles(t *testing.T) {
	never := samples.Story()
	never.ID, never.Entries, never.Violations = engine.ID{}, nil, nil
	for name, line := range map[string]*event.Timeline{"call": samples.Story(), "never-sent": never} {
		requireFile(t, name+".txt", golden.Written(t, func(w io.Writer) error { return Text(w, line, "again & again") }))
		requireFile(t, name+".json", golden.Written(t, func(w io.Writer) error { return JSON(w, line, event.Source{Again: "again & again"}) }))
	}
	requireFile(t, "call.svg", string(SVG(samples.Drama())))
	requireFile(t, "call.mmd", golden.Written(t, func(w io.Writer) error { return Mermaid(w, samples.Drama()) }))
}

func requireFile(t *testing.T, name, got string) {
	t.Helper()
	golden.File(t, filepath.Join("..", "..", "testdata", "timeline", name), got)
}

func TestWriteErrorsAreReturned(t *testing.T) {
	golden.RequireWriteErrors(t, func(w io.Writer) error { return Text(w, samples.Story(), "again") })
	golden.RequireWriteErrors(t, func(w io.Writer) error { return JSON(w, samples.Story(), event.Source{Again: "again"}) })
	golden.RequireWriteErrors(t, func(w io.Writer) error { return Mermaid(w, samples.Drama()) })
}

func TestSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "+0.000s", 1250 * time.Millisecond: "+1.250s", -20 * time.Second: "-20.000s"} {
		if got := seconds(d); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
