// What a run is asked for besides the properties: thresholds, of the scenario and
// of the command line, and the scenario's goals.

package main

import (
	"fmt"

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

// missed is the error of a run that did not keep to what it was asked.
func missed(asked report.Asked) error {
	switch thresholds, goals := asked.Missed(); {
	case thresholds > 0 && goals > 0:
		return &exit{exitMissed, fmt.Errorf("thresholds missed: %d, goals never reached: %d", thresholds, goals)}
	case thresholds > 0:
		return &exit{exitMissed, fmt.Errorf("thresholds missed: %d", thresholds)}
	case goals > 0:
		return &exit{exitMissed, fmt.Errorf("goals never reached: %d", goals)}
	}
	return nil
}
