package netem

import (
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/sim/tape"
)

func readLink(t *testing.T, text string) *Link {
	t.Helper()
	link, err := ReadLink("test", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return link
}

func TestLinkRejectsWhatIsNoTrace(t *testing.T) {
	for text, want := range map[string]string{
		"":            "no time above 0",
		"0\n0\n":      "no time above 0",
		"5\nx\n":      `test:2: "x" is not a time`,
		"5\n-1\n":     `test:2: "-1" is not a time`,
		"5\n1.5\n":    `test:2: "1.5" is not a time`,
		"5\n4\n":      "test:2: 4 ms comes after 5 ms",
		"99999999999": "is not a time in milliseconds from 0 to 24 hours",
	} {
		_, err := ReadLink("test", strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// zero is the tape of the plainest world.
type zero struct{}

func (zero) Draw(tape.Label, tape.Key) uint64 { return 0 }

func TestLinkCrossing(t *testing.T) {
	const ms = int64(time.Millisecond)
	link := readLink(t, "10\n10\n20\n100\n")
	for _, c := range []struct {
		name  string
		enter []int64 // ms
		size  int
		want  []int64 // ms
	}{
		{"at the next moment", []int64{0, 11, 20}, 1500, []int64{10, 20, 100}},
		{"a repeated time carries several", []int64{0, 0, 0}, 1500, []int64{10, 10, 20}},
		{"small ones share a moment", []int64{0, 0, 0, 0}, 500, []int64{10, 10, 10, 10}},
		{"a queue builds up in an outage", []int64{21, 22, 23}, 1500, []int64{100, 110, 110}},
		{"it starts again after its end", []int64{101, 205}, 1500, []int64{110, 210}},
		{"a large one takes several moments", []int64{0, 0}, 4000, []int64{20, 110}},
		{"unused moments are gone", []int64{99, 99}, 1500, []int64{100, 110}},
		{"much later", []int64{12_345}, 1500, []int64{12_400}},
	} {
		crossing := newCrossing(zero{}, link, 0)
		for i, at := range c.enter {
			if got := crossing.cross(at*ms, c.size); got != c.want[i]*ms {
				t.Errorf("%s: the %dth crosses at %v ms, want %d", c.name, i+1, float64(got)/float64(ms), c.want[i])
			}
		}
	}
}
