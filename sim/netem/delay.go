// Delay: how long a copy is under way.

package netem

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

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

// Between is uniform from lo to hi.
func Between(lo, hi time.Duration) Delay { return Delay{A: lo, B: hi} }

// Draw draws one.
func (d Delay) Draw(t tape.Tape, what tape.Label, about tape.Key) time.Duration {
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
		a, err := time.ParseDuration(strings.TrimSpace(low))
		b, err2 := time.ParseDuration(strings.TrimSpace(high))
		d := Between(a, b)
		if err != nil || err2 != nil || d.Validate() != nil {
			return Delay{}, fmt.Errorf("not a delay such as 50ms, 50ms..250ms (the lower end first), normal:100ms,20ms, lognormal:80ms,0.5, pareto:50ms,1.5 or samples:FILE")
		}
		return d, nil
	}
	if name == Sampled.String() {
		samples, err := OpenSamples(rest)
		if err != nil {
			return Delay{}, err
		}
		return Delay{Shape: Sampled, Samples: samples}, nil
	}
	first, second, _ := strings.Cut(rest, ",")
	a, err := time.ParseDuration(strings.TrimSpace(first))
	if err != nil {
		return Delay{}, fmt.Errorf("%q: not a time such as 100ms", first)
	}
	d := Delay{A: a}
	switch name {
	case Normal.String():
		d.Shape = Normal
		d.B, err = time.ParseDuration(strings.TrimSpace(second))
	case LogNormal.String():
		d.Shape = LogNormal
		d.Sigma, err = strconv.ParseFloat(strings.TrimSpace(second), 64)
	case Pareto.String():
		d.Shape = Pareto
		d.Sigma, err = strconv.ParseFloat(strings.TrimSpace(second), 64)
	default:
		return Delay{}, fmt.Errorf("%q: there are normal, lognormal, pareto and samples", name)
	}
	if err != nil {
		return Delay{}, fmt.Errorf("%q: the second parameter of %s, such as %s", second, name, map[string]string{"normal": "20ms", "lognormal": "0.5", "pareto": "1.5"}[name])
	}
	return d, d.Validate()
}

// Validate reports the settings that make no sense.
func (d Delay) Validate() error {
	ok := func(t time.Duration) bool { return t >= 0 && t <= 24*time.Hour }
	switch d.Shape {
	case Uniform:
		if !ok(d.A) || !ok(d.B) || d.A > d.B {
			return fmt.Errorf("%v: from 0 to 24h, the lower end first", d)
		}
	case Normal:
		if !ok(d.A) || !ok(d.B) {
			return fmt.Errorf("%v: mean and standard deviation from 0 to 24h", d)
		}
	case LogNormal:
		if !ok(d.A) || !(d.Sigma >= 0 && d.Sigma <= 5) {
			return fmt.Errorf("%v: a median from 0 to 24h, sigma from 0 to 5", d)
		}
	case Pareto:
		if !ok(d.A) || !(d.Sigma >= 0.1 && d.Sigma <= 100) {
			return fmt.Errorf("%v: a least delay from 0 to 24h, a tail index from 0.1 to 100", d)
		}
	case Sampled:
		if d.Samples == nil {
			return fmt.Errorf("samples: no file was read")
		}
	default:
		return fmt.Errorf("delay shape %d is unknown", d.Shape)
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
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadSamples(path, file)
}

// ReadSamples reads one delay in milliseconds a line, fractions allowed. An error
// names the line.
func ReadSamples(name string, r io.Reader) (*Samples, error) {
	s := &Samples{name: name}
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		ms, err := strconv.ParseFloat(text, 64)
		if err != nil || !(ms >= 0 && ms <= float64(tape.Longest/time.Millisecond)) {
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
