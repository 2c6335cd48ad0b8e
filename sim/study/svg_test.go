package study

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/golden"
)

// TestShade: from the lightest to the darkest in even steps, of the value or of its
// logarithm, and 0 is the lightest.
func TestShade(t *testing.T) {
	for _, c := range []struct {
		scale scale
		value float64
		want  int
	}{
		{scale{low: 1, high: 9}, 1, 0}, {scale{low: 1, high: 9}, 1.99, 0}, {scale{low: 1, high: 9}, 2, 1},
		{scale{low: 1, high: 9}, 5, 4}, {scale{low: 1, high: 9}, 8.5, 7}, {scale{low: 1, high: 9}, 9, 7},
		{scale{low: 1, high: 256, wide: true}, 0, 0}, {scale{low: 1, high: 256, wide: true}, 1, 0}, {scale{low: 1, high: 256, wide: true}, 2, 1},
		{scale{low: 1, high: 256, wide: true}, 15, 3}, {scale{low: 1, high: 256, wide: true}, 16, 4}, {scale{low: 1, high: 256, wide: true}, 256, 7},
		{scale{low: 3, high: 3}, 3, 0}, {scale{empty: true}, 3, 0},
	} {
		if got := c.scale.shade(c.value); got != c.want {
			t.Errorf("%v of %+v: %d, want %d", c.value, c.scale, got, c.want)
		}
	}
}

// TestMagnitude: it grows all the way without a jump, and by 1 from a value to its double.
func TestMagnitude(t *testing.T) {
	last := magnitude(1e-9)
	for x := 1.01e-9; x < 1e3; x *= 1.01 {
		if now := magnitude(x); now <= last || now-last > 0.03 || !near(magnitude(2*x), now+1, 1e-9) {
			t.Errorf("magnitude(%v) = %v, of its double %v, of a little less %v", x, now, magnitude(2*x), last)
		} else {
			last = now
		}
	}
}

func TestScale(t *testing.T) {
	s := byHand(inRows)
	residue, _ := MeasureNamed("residue")
	if sc := s.scale(residue); sc.low != 0.1 || sc.high != 0.1 || sc.empty {
		t.Errorf("%+v: 0 is not on a logarithmic scale", sc)
	}
	ring, _ := MeasureNamed("ring")
	if sc := s.scale(ring); sc.low != 0 || sc.high != 0 || sc.empty {
		t.Errorf("%+v", sc)
	}
	setup, _ := MeasureNamed("setup")
	if sc := s.scale(setup); !sc.empty {
		t.Errorf("%+v: nothing was measured", sc)
	}
}

// TestSVG: a picture is well-formed, names both axes, has a rectangle and a tooltip
// for every cell, and stays within its frame.
func TestSVG(t *testing.T) {
	s := byHand(inColumns)
	residue, _ := MeasureNamed("residue")
	picture := golden.Written(t, func(w io.Writer) error { return s.SVG(w, residue) })
	titles, rects := 0, 0
	decoder := xml.NewDecoder(strings.NewReader(picture))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, picture)
		}
		if start, ok := token.(xml.StartElement); ok {
			switch start.Name.Local {
			case "title":
				titles++
			case "rect":
				rects++
			}
		}
	}
	if titles != 3 || rects != 1+3+shades {
		t.Errorf("%d titles, %d rectangles\n%s", titles, rects, picture)
	}
	for _, want := range []string{">loss<", ">&lt;&amp;&gt;<", "loss=&lt;&amp;&gt;: 10 % (8.25 to 12 %)", ">–<", "shades: 10 % to 10 %, logarithmic"} {
		if !strings.Contains(picture, want) {
			t.Errorf("no %s in\n%s", want, picture)
		}
	}
	setup, _ := MeasureNamed("setup")
	if empty := golden.Written(t, func(w io.Writer) error { return s.SVG(w, setup) }); !strings.Contains(empty, "nothing to shade") {
		t.Error(empty)
	}
}
