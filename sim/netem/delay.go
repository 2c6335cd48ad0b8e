// Delay: how long a copy is under way.

package netem

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/sim/tape"
)

// Shape is a family of distributions.
type Shape uint8

// The shapes, with the meaning of the fields of a Delay.
const (
	Uniform   Shape = iota // from A to B; a constant if they are equal
	Normal                 // mean A, standard deviation B, and never negative
	LogNormal              // median A, Sigma of the logarithm
	Pareto                 // at least A, with tail index Sigma: the smaller, the heavier the tail
	Sampled                // one of Samples, each as likely
)

var shapeNames = [...]string{"uniform", "normal", "lognormal", "pareto", "samples"}

func (s Shape) String() string { return shapeNames[s] }

// Delay is a distribution of delays. None is longer than tape.Longest.
type Delay struct {
	Shape   Shape
	A, B    time.Duration
	Sigma   float64
	Samples *Samples
}

// Most is the longest delay, if it has a bound that is worth knowing.
func (d Delay) Most() (time.Duration, bool) { return d.B, d.Shape == Uniform }

// Between is uniform from lo to hi.
func Between(lo, hi time.Duration) Delay { return Delay{A: lo, B: hi} }

// Draw draws one.
func (d *Delay) Draw(t tape.Tape, what tape.Label, about tape.Key) time.Duration {
	switch d.Shape {
	case Normal:
		return tape.Normal(t, d.A, d.B, what, about)
	case LogNormal:
		return tape.LogNormal(t, d.A, d.Sigma, what, about)
	case Pareto:
		return tape.Pareto(t, d.A, d.Sigma, what, about)
	case Sampled:
		return d.Samples.delays[tape.Index(t, len(d.Samples.delays), what, about)]
	}
	return tape.Between(t, d.A, d.B, what, about)
}

// String is the text that ParseDelay reads.
func (d Delay) String() string {
	sigma := strconv.FormatFloat(d.Sigma, 'g', -1, 64)
	switch d.Shape {
	case Normal:
		return fmt.Sprintf("normal:%v,%v", d.A, d.B)
	case LogNormal:
		return fmt.Sprintf("lognormal:%v,%s", d.A, sigma)
	case Pareto:
		return fmt.Sprintf("pareto:%v,%s", d.A, sigma)
	case Sampled:
		return "samples:" + d.Samples.Name()
	}
	if d.A == d.B {
		return d.A.String()
	}
	return d.A.String() + ".." + d.B.String()
}

// ParseDelay reads 50ms, 50ms..250ms, normal:100ms,20ms (mean and standard
// deviation), lognormal:80ms,0.5 (median and sigma), pareto:50ms,1.5 (least and
// tail index) and samples:FILE (one delay in milliseconds a line).
func ParseDelay(text string) (Delay, error) {
	text = strings.TrimSpace(text)
	name, rest, named := strings.Cut(text, ":")
	if !named {
		low, high, isRange := strings.Cut(text, "..")
		if !isRange {
			high = low
		}
		a, err := input.Time(low, times)
		b, err2 := input.Time(high, times)
		if err := cmp.Or(err, err2); err != nil && strings.HasPrefix(err.Error(), "must be") {
			return Delay{}, err
		}
		if err != nil || err2 != nil {
			return Delay{}, fmt.Errorf("not a delay such as 50ms, 50ms..250ms, normal:100ms,20ms, lognormal:80ms,0.5, pareto:50ms,1.5 or samples:FILE")
		}
		return Between(a, b), Between(a, b).Validate()
	}
	if name == Sampled.String() {
		samples, err := OpenSamples(rest)
		if err != nil {
			return Delay{}, err
		}
		return Delay{Shape: Sampled, Samples: samples}, nil
	}
	shape := slices.Index(shapeNames[:], name)
	if shape <= int(Uniform) {
		return Delay{}, fmt.Errorf("%q: there are normal, lognormal, pareto and samples%s", name, meant(name))
	}
	first, second, _ := strings.Cut(rest, ",")
	d := Delay{Shape: Shape(shape)}
	var err error
	if d.A, err = input.Time(first, times); err != nil {
		return Delay{}, fmt.Errorf("%q: %w", first, err)
	}
	example, sigma := map[Shape]string{Normal: "20ms", LogNormal: "0.5", Pareto: "1.5"}[d.Shape], sigmas[d.Shape]
	if d.Shape == Normal {
		d.B, err = input.Time(second, times)
	} else {
		d.Sigma, err = input.Number(second, sigma)
	}
	if err != nil {
		return Delay{}, fmt.Errorf("%q: the second parameter of %s, such as %s: %w", second, name, example, err)
	}
	return d, d.Validate()
}

// meant suggests a shape.
func meant(name string) string {
	if near := input.Near(name, shapeNames[1:]); near != nil {
		return "; did you mean " + near[0] + "?"
	}
	return ""
}

// times are those of a delay, and sigmas the second parameters.
var (
	times  = input.From(0, 24*time.Hour)
	sigmas = map[Shape]input.Bounds[float64]{LogNormal: input.From(0.0, 5), Pareto: input.From(0.1, 100)}
)

// Validate reports the settings that make no sense.
func (d Delay) Validate() error {
	if d.Shape > Sampled {
		return fmt.Errorf("delay shape %d is unknown", d.Shape)
	}
	if d.Shape == Sampled {
		if d.Samples == nil {
			return fmt.Errorf("samples: no file was read")
		}
		return nil
	}
	if err := cmp.Or(times.Check(d.A), times.Check(d.B)); err != nil {
		return fmt.Errorf("%v: its times %w", d, err)
	}
	if sigma, ok := sigmas[d.Shape]; ok {
		if err := sigma.Check(d.Sigma); err != nil {
			return fmt.Errorf("%v: its %s %w", d, map[Shape]string{LogNormal: "sigma", Pareto: "tail index"}[d.Shape], err)
		}
	}
	if d.Shape == Uniform && d.A > d.B {
		return fmt.Errorf("%v: the lower end first", d)
	}
	return nil
}

// Samples are recorded delays.
type Samples struct {
	name   string
	delays []time.Duration
}

// Name is the file's.
func (s *Samples) Name() string { return s.name }

// OpenSamples reads recorded delays from a file.
func OpenSamples(path string) (*Samples, error) {
	if path == "" {
		return nil, errors.New("the name of the file is empty")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadSamples(path, file)
}

var milliseconds = input.From(0, float64(tape.Longest/time.Millisecond))

// ReadSamples reads one delay in milliseconds a line, fractions allowed. An error
// names the line.
func ReadSamples(name string, r io.Reader) (*Samples, error) {
	s := &Samples{name: name}
	r, err := input.Reader(r)
	if err != nil {
		return nil, fmt.Errorf("delay samples %s: %w", name, err)
	}
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		ms, err := input.Number(text, milliseconds)
		if err != nil {
			return nil, fmt.Errorf("delay samples %s:%d: %q is not a delay in milliseconds from 0 to %d", name, number, text, tape.Longest/time.Millisecond)
		}
		s.delays = append(s.delays, time.Duration(ms*float64(time.Millisecond)))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("delay samples %s: %w", name, err)
	}
	if s.delays == nil {
		return nil, fmt.Errorf("delay samples %s: no delay in it", name)
	}
	return s, nil
}
