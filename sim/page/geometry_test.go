// The geometry of pictures: no text leaves its picture, and none covers another, by the
// widths of a font that most readers have.

package page

import (
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"

	"github.com/invsim/invsim/internal/samples"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/study"
	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/sim/timeline"
)

// inked is a text of a picture: the corners of its box.
type inked struct {
	words   string
	corners [4][2]float64
}

// looks of a text, as the styles say them.
type looks struct {
	size         float64
	bold, spaced bool
	anchor       string
}

func (l looks) with(class string) looks {
	for name := range strings.FieldsSeq(class) {
		switch name {
		case "plot", "quiet", "time", "flightname":
			l.size = 11
		case "state":
			l.size, l.spaced = 10, true
		case "episodename":
			l.size, l.bold = 10, true
		case "strong", "press", "violation":
			l.bold = true
		case "start", "middle", "end":
			l.anchor = name
		}
	}
	return l
}

func (l looks) width(words string) float64 {
	f := plot.DefaultFont
	f.Variant = "Sans"
	if l.bold {
		f.Weight = 3
	}
	face := font.DefaultCache.Lookup(f, font.Length(l.size))
	wide := float64(face.Width(words))
	if l.spaced {
		wide += 0.04 * l.size * float64(len([]rune(words)))
	}
	return wide
}

var picturesOf = regexp.MustCompile(`(?s)<svg .*?</svg>`)

var transforms = regexp.MustCompile(`^(?:matrix\(1 (-?[0-9.]+) 0 1 (-?[0-9]+) (-?[0-9]+)\)|translate\((-?[0-9]+) (-?[0-9]+)\) rotate\(-90\))$`)

// inkedIn are the texts of a picture, and its size.
func inkedIn(t testing.TB, picture string) (all []inked, width, height float64) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(picture))
	stack := []looks{{size: 12, anchor: "start"}}
	var at map[string]string
	var words string
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return all, width, height
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			at = map[string]string{}
			for _, a := range token.Attr {
				at[a.Name.Local] = a.Value
			}
			if token.Name.Local == "svg" {
				if _, err := fmt.Sscanf(at["viewBox"], "0 0 %g %g", &width, &height); err != nil {
					t.Fatal(err)
				}
			}
			stack, words = append(stack, stack[len(stack)-1].with(at["class"])), ""
		case xml.CharData:
			words += string(token)
		case xml.EndElement:
			if token.Name.Local == "text" {
				all = append(all, boxOf(t, stack[len(stack)-1], words, at))
			}
			stack = stack[:len(stack)-1]
		}
	}
}

// boxOf is the box of a text, from the top of its capitals to half of what is below its
// line.
func boxOf(t testing.TB, l looks, words string, at map[string]string) inked {
	t.Helper()
	if size := at["font-size"]; size != "" {
		fmt.Sscan(size, &l.size)
	}
	var x, y, slope float64
	turned := false
	if transform := at["transform"]; transform != "" {
		found := transforms.FindStringSubmatch(transform)
		switch {
		case found == nil:
			t.Fatalf("%q is placed by %s", words, transform)
		case found[4] != "":
			turned = true
			fmt.Sscan(found[4]+" "+found[5], &x, &y)
		default:
			fmt.Sscan(found[1]+" "+found[2]+" "+found[3], &slope, &x, &y)
		}
	} else if n, err := fmt.Sscan(at["x"]+" "+at["y"], &x, &y); n != 2 {
		t.Fatalf("%q has no place: %v", words, err)
	}
	left, wide := 0.0, l.width(words)
	switch l.anchor {
	case "middle":
		left = -wide / 2
	case "end":
		left = -wide
	}
	box := inked{words: words}
	for i, c := range [4][2]float64{{left, -0.72 * l.size}, {left + wide, -0.72 * l.size}, {left + wide, 0.12 * l.size}, {left, 0.12 * l.size}} {
		if turned {
			box.corners[i] = [2]float64{x + c[1], y - c[0]}
		} else {
			box.corners[i] = [2]float64{x + c[0], y + c[1] + slope*c[0]}
		}
	}
	return box
}

// covers reports whether two boxes have something in common: there is no side of either
// that has them apart.
func (a inked) covers(b inked) bool {
	for _, of := range []inked{a, b} {
		for i := range of.corners {
			p, q := of.corners[i], of.corners[(i+1)%4]
			normal := [2]float64{q[1] - p[1], p[0] - q[0]}
			lowA, highA := a.along(normal)
			lowB, highB := b.along(normal)
			if highA <= lowB+1e-9 || highB <= lowA+1e-9 {
				return false
			}
		}
	}
	return true
}

func (a inked) along(direction [2]float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, c := range a.corners {
		at := c[0]*direction[0] + c[1]*direction[1]
		low, high = min(low, at), max(high, at)
	}
	return low, high
}

// flaws are the texts of a picture that leave it or cover another.
func flaws(t testing.TB, picture string) (all []string) {
	t.Helper()
	texts, width, height := inkedIn(t, picture)
	for i, text := range texts {
		for _, c := range text.corners {
			if c[0] < 0 || c[0] > width || c[1] < 0 || c[1] > height {
				all = append(all, fmt.Sprintf("%q leaves the picture at %.0f, %.0f", text.words, c[0], c[1]))
				break
			}
		}
		for _, other := range texts[:i] {
			if text.covers(other) {
				all = append(all, fmt.Sprintf("%q covers %q", text.words, other.words))
			}
		}
	}
	return all
}

// TestFlaws: the test sees what it is to see.
func TestFlaws(t *testing.T) {
	for text, want := range map[string]string{
		`<text x="10" y="20">one</text><text x="10" y="40">two</text>`:                                        "",
		`<text x="10" y="20">one</text><text x="25" y="22">two</text>`:                                        `"two" covers "one"`,
		`<text x="190" y="20">one</text>`:                                                                     `"one" leaves the picture at 2`,
		`<g class="end"><text x="10" y="20">one</text></g>`:                                                   `"one" leaves the picture at -`,
		`<text x="10" y="5">one</text>`:                                                                       `"one" leaves the picture at 10, -4`,
		`<text transform="matrix(1 0.300 0 1 10 20)">a long text</text><text x="50" y="34">x</text>`:          `"x" covers "a long text"`,
		`<text transform="matrix(1 0.300 0 1 10 20)">a long text</text><text x="50" y="20">x</text>`:          "",
		`<text class="middle" transform="translate(50 50) rotate(-90)">up</text><text x="45" y="48">x</text>`: `"x" covers "up"`,
	} {
		got := strings.Join(flaws(t, `<svg viewBox="0 0 200 100">`+text+`</svg>`), "; ")
		if want == "" && got != "" || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestGeometryOfPages: on every kind of page, of worlds that hold and of broken ones.
func TestGeometryOfPages(t *testing.T) {
	for name, p := range realPages(t) {
		page := pageOf(t, p)
		pictures := picturesOf.FindAllString(page, -1)
		for _, picture := range pictures {
			for _, flaw := range flaws(t, picture) {
				t.Errorf("%s: %.120s: %s", name, picture, flaw)
			}
		}
		if len(pictures) == 0 {
			t.Errorf("%s has no picture", name)
		}
	}
}

// TestGeometryOfCalls: in calls of a swarm, with every mutant in turn, and in the worst
// that was made by hand.
func TestGeometryOfCalls(t *testing.T) {
	calls, violated := 0, 0
	check := func(name string, picture string) {
		calls++
		for i, flaw := range flaws(t, picture) {
			if i == 3 {
				break
			}
			t.Errorf("%s: %s", name, flaw)
		}
	}
	for number := range 150 {
		o, _ := setup.DrawSwarm(6, number)
		o.Mutant = mutant.All[number%len(mutant.All)].ID
		out, err := sim.Play(t.Context(), o, 0, tape.World(o.Seed, 0), true)
		if err != nil {
			t.Fatal(err)
		}
		shown := []int{0, out.Result.Calls - 1}
		for _, v := range out.Result.Violations {
			shown = append(shown, v.Call)
			violated++
		}
		slices.Sort(shown)
		for _, call := range slices.Compact(shown)[:min(3, len(slices.Compact(shown)))] {
			check(fmt.Sprintf("world %d, call %d", number, call), string(timeline.Picture(out.Timeline(call))))
		}
	}
	check("made by hand", string(timeline.Picture(samples.Drama())))
	check("hostile", string(timeline.Picture(evilCall())))
	if calls < 200 || violated < 50 {
		t.Errorf("%d calls, %d violations", calls, violated)
	}
}

// TestGeometryOfPlots: with long names, and with more points than there is room for.
func TestGeometryOfPlots(t *testing.T) {
	residue, _ := study.MeasureNamed("residue")
	setupTime, _ := study.MeasureNamed("mean(setup)")
	var places []string
	var points []point
	var values []result.Estimate
	for i := range 14 {
		places = append(places, fmt.Sprintf("lognormal:%dms,1.5", 100*i))
		at := float64(i*i) / 1000
		values = append(values, result.Estimate{Value: at, Low: at / 2, High: at * 2, Known: i != 5, Bounded: i%2 == 0})
		points = append(points, point{Name: places[i], X: values[i], Y: result.Estimate{Value: 0.1 + at/10, Known: true}, Best: i == 3})
	}
	for name, picture := range map[string]template.HTML{
		"curves":  curvesOf("x", places, []curve{{"a", values}, {"b", values}}, residue.Metric),
		"nothing": curvesOf("x", places[:1], []curve{{"a", make([]result.Estimate, 1)}}, residue.Metric),
		"against": against("x", points, residue.Metric, setupTime.Metric),
		"tail":    tail("x", waits(t)), "histogram": histogram("x", waits(t)),
	} {
		for _, flaw := range flaws(t, string(picture)) {
			t.Errorf("%s: %s", name, flaw)
		}
		if texts, _, _ := inkedIn(t, string(picture)); len(texts) < 3 {
			t.Errorf("%s has the texts %v", name, texts)
		}
	}
}
