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
	if w.file != nil {
		given = append(append([]string{}, w.file.Thresholds...), given...)
	}
	return limitsOf(given)
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

// asker asks of a result what the file and the thresholds given ask, and names it; nil if
// they ask nothing.
func (w *world) asker(given []string) (ask func(*result.Result) []string, names []string, err error) {
	if len(given) == 0 && (w.file == nil || len(w.file.Thresholds)+len(w.file.Goals) == 0) {
		return nil, nil, nil
	}
	keep, err := w.thresholds(given)
	for _, t := range keep {
		names = append(names, "threshold "+t.String())
	}
	if w.file != nil {
		for _, goal := range w.file.Goals {
			names = append(names, "goal "+goal)
		}
	}
	return func(r *result.Result) []string {
		asked, err := w.asked(keep, r)
		if err != nil {
			return []string{err.Error()}
		}
		return asked.Missed()
	}, names, err
}
