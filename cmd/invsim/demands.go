// Demands on a run besides the properties: thresholds, of the scenario and
// of the command line, and the scenario's goals.

package main

import (
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/threshold"
)

// thresholds are the file's and then those given.
func (w *world) thresholds(given []string) ([]threshold.Threshold, error) {
	texts := given
	if w.file != nil {
		texts = append(append([]string{}, w.file.Thresholds...), given...)
	}
	var all []threshold.Threshold
	for _, text := range texts {
		t, err := threshold.Parse(text)
		if err != nil {
			return nil, usage("%w", err)
		}
		all = append(all, t)
	}
	return all, nil
}

func (w *world) asked(keep []threshold.Threshold, result *result.Result) (report.Asked, error) {
	asked := report.Asked{Thresholds: threshold.Evaluate(keep, result)}
	if w.file == nil {
		return asked, nil
	}
	var err error
	asked.Goals, err = reached(w.file.Goals, result)
	return asked, err
}

// asker asks of a result what the file asks; nil if it asks nothing. The texts have been
// checked with the file.
func (w *world) asker() (func(*result.Result) []string, error) {
	if w.file == nil || len(w.file.Thresholds)+len(w.file.Goals) == 0 {
		return nil, nil
	}
	keep, err := w.thresholds(nil)
	return func(r *result.Result) []string {
		asked, err := w.asked(keep, r)
		if err != nil {
			return []string{err.Error()}
		}
		return asked.Missed()
	}, err
}
