package output

import (
	"fmt"
	"io"
	"math"
	"testing"
	"time"

	"github.com/invsim/invsim/internal/golden"
)

func TestNumbers(t *testing.T) {
	for _, n := range []struct{ got, want string }{
		{Group(0), "0"},
		{Group(7), "7"},
		{Group(999), "999"},
		{Group(1000), "1,000"},
		{Group(12_345), "12,345"},
		{Group(999_999), "999,999"},
		{Group(1_000_000), "1,000,000"},
		{Group(uint64(math.MaxUint64)), "18,446,744,073,709,551,615"},

		{Count(0, "world"), "0 worlds"},
		{Count(1, "world"), "1 world"},
		{Count(2, "world"), "2 worlds"},
		{Count(1234, "world"), "1,234 worlds"},

		{Share(0), "0 %"},
		{Share(1), "100 %"},
		{Share(0.5), "50 %"},
		{Share(0.00123456), "0.123 %"},

		{Share(0.9999), "99.99 %"}, // nearly all
		{Share(1e-13), "under 1e-10 %"},

		{Round(0).String(), "0s"},
		{Round(12345 * time.Nanosecond).String(), "12.3µs"},
		{Round(1234567 * time.Nanosecond).String(), "1.23ms"},
		{Round(9994 * time.Microsecond).String(), "9.99ms"},
		{Round(9996 * time.Microsecond).String(), "10ms"},
		{Round(10_400 * time.Microsecond).String(), "10ms"},
		{Round(335_500 * time.Microsecond).String(), "336ms"},
		{Round(999_499 * time.Microsecond).String(), "999ms"},
		{Round(1234 * time.Millisecond).String(), "1.23s"},
		{Round(9996 * time.Millisecond).String(), "10s"},
		{Round(12_345 * time.Millisecond).String(), "12.3s"},
		{Round(61_250 * time.Millisecond).String(), "1m1.3s"},

		{fmt.Sprint(Milliseconds(1500 * time.Microsecond)), "1.5"},
	} {
		if n.got != n.want {
			t.Errorf("%s, want %s", n.got, n.want)
		}
	}
}

// The first error of a writer is kept, and nothing is written after it.
func TestLines(t *testing.T) {
	golden.RequireWriteErrors(t, func(w io.Writer) error {
		l := &Lines{To: w}
		l.Printf("one %d\n", 1)
		l.Printf("two\n")
		return l.Err
	})
	if got := golden.Written(t, func(w io.Writer) error { return JSON(w, map[string]string{"a": "<&>"}) }); got != "{\n  \"a\": \"<&>\"\n}\n" {
		t.Error(got)
	}
}

func TestShorten(t *testing.T) {
	for text, want := range map[string]string{"": "", "ééé": "ééé", "éééé": "éé…"} {
		if got := Shorten(text, 3); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
