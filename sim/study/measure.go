// Measures: what can be read from a sample. All but one are metrics of its result.

package study

import (
	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// Measure is something that can be read from a sample.
type Measure struct {
	metric.Metric
	predict func(setup.Options) (float64, bool) // reads the options alone; nil for a metric
}

var formula = Measure{
	Metric:  metric.Metric{Name: "formula", Title: "residue by formula", About: "the residue that the formula of docs/protocol.md gives, where its conditions hold", Wide: true},
	predict: predict,
}

// measures are all of them, in the order in which tables list them.
var measures = allMeasures()

func allMeasures() (all []Measure) {
	for _, m := range metric.All() {
		if !m.IsDistribution() {
			all = append(all, Measure{Metric: m})
		} else {
			for _, statistic := range []string{"mean", "p50", "p99"} {
				m, _, _ := metric.Of(statistic, m.Name)
				all = append(all, Measure{Metric: m})
			}
		}
		if m.Name == "residue" {
			all = append(all, formula)
		}
	}
	return all
}

// MeasureNamed finds a measure. A distribution stands for its mean.
func MeasureNamed(name string) (Measure, error) {
	if name == formula.Name {
		return formula, nil
	}
	if m, _, err := metric.Of("mean", name); err == nil {
		return Measure{Metric: m}, nil
	}
	m, err := metric.Named(name)
	return Measure{Metric: m}, err
}

// Of reads the measure from a sample.
func (m Measure) Of(s *Sample) result.Estimate {
	if m.predict != nil {
		value, ok := m.predict(s.Options)
		return result.Estimate{Value: value, Known: ok}
	}
	return m.Estimate(s.Total)
}
