// Calls on a page, and the stories of failures that were made small.

package page

import (
	"fmt"
	"html/template"

	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/explain"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/shrink"
	"github.com/invsim/invsim/sim/timeline"
)

// callView is a call: folded if it has a title.
type callView struct {
	ID, Title, Why, Look string
	Ends                 string
	Picture              template.HTML
	Steps                []timeline.Step
	LeftOut              int
}

func callOf(id string, t *event.Timeline) callView {
	v := callView{ID: id, Picture: timeline.Picture(t),
		Ends: fmt.Sprintf("call %d of world %d, %s → %s: ends %s for the caller, %s for the callee", t.Call, t.World, t.Caller, t.Callee, t.CallerEnd, t.CalleeEnd)}
	v.Steps, v.LeftOut = timeline.Steps(t)
	return v
}

// storiesOf tell failures, each in a section, and which properties they violate.
func storiesOf(failures []*shrink.Failure) (sections []section, told map[property.ID]bool, err error) {
	told = map[property.ID]bool{}
	for i, f := range failures {
		why, err := explain.Violated(f.Outcome)
		if err != nil {
			return nil, nil, err
		}
		for _, v := range f.Outcome.Result.Violations {
			told[v.Property] = true
		}
		told[f.Violation.Property] = true
		id := fmt.Sprintf("failure-%d", i+1)
		sections = append(sections, section{id, fmt.Sprintf("%v, made small", f.Violation.Property), storyOf(id, f, why)})
	}
	return sections, told, nil
}

func storyOf(id string, f *shrink.Failure, why *explain.Explanation) []part {
	return append([]part{{Text: wordsOf(f.Violation)}, {Title: "What it takes", Bullets: append(append([]string{}, f.Faults...), f.Actions...)}},
		worldParts(id, f.Timeline(), why, f.Replay(), f.Token.String())...)
}

// worldParts are the causes in one world, the call that they are about, and how to play it
// again.
func worldParts(id string, t *event.Timeline, why *explain.Explanation, again, token string) (parts []part) {
	parts = append(parts, causes(why)...)
	parts = append(parts, part{Title: "The messages", Calls: []callView{callOf(id+"-call", t)}})
	if again != "" {
		parts = append(parts, part{Text: "To play it again:", Command: again})
	}
	if token != "" {
		parts = append(parts, part{Summary: "Its decisions, as a token", Parts: []part{{Token: token}}})
	}
	return parts
}

// wordsOf say what is violated.
func wordsOf(v property.Violation) string {
	words := fmt.Sprintf("%v, %s", v.Property, v.Property.Words())
	if v.Detail != "" {
		words += ": " + v.Detail
	}
	return words
}

// causes are the events that led to a failure or to an end.
func causes(why *explain.Explanation) []part {
	if why == nil || len(why.Sentences) == 0 {
		return nil
	}
	var facts, steps []string
	for _, f := range why.Facts {
		facts = append(facts, f.Text)
	}
	for _, s := range why.Sentences {
		text := s.Text
		if s.Deviates {
			text = "✗ " + text
		}
		steps = append(steps, text)
	}
	return []part{{Title: "Why it happens", Bullets: facts}, {Text: "The events that led to it, oldest first; ✗ marks a step in which a rule is broken:", Steps: steps}}
}
