// The report for programs: one object, and its JSON Schema.

package kit

import (
	"io"

	"github.com/invsim/invsim/internal/output"
)

// json writes all that is known of a run.
func (r *Result) json(w io.Writer) error {
	type failure struct {
		Level     string   `json:"level,omitempty"`
		Reference string   `json:"reference,omitempty"`
		Differs   string   `json:"differs,omitempty"`
		Shows     string   `json:"shows,omitempty"`
		Expected  []string `json:"expected,omitempty"`
		Got       []string `json:"got,omitempty"`
		Broken    string   `json:"broken,omitempty"`
		World     string   `json:"world,omitempty"`
		Case      *Case    `json:"case,omitempty"`
	}
	type outcome struct {
		Name    string   `json:"name"`
		Clause  string   `json:"clause"`
		Status  string   `json:"status"`
		Skipped string   `json:"lacks,omitempty"`
		Times   int      `json:"times,omitempty"`
		Seeds   []uint64 `json:"seeds,omitempty"`
		Known   bool     `json:"known,omitempty"`
		Failure *failure `json:"failure,omitempty"`
	}
	passed, failed, skipped := r.Count()
	list := []outcome{}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		out := outcome{Name: o.Name, Clause: o.Clause, Status: o.status(), Skipped: o.Skipped, Times: o.Times, Seeds: o.Seeds, Known: o.Known}
		if d := o.Failure; d != nil {
			out.Failure = &failure{Level: d.Level, Reference: d.Cell, Differs: d.What, Shows: d.shows, Expected: d.Expected, Got: d.Got, Case: d.Case}
			if d.Case.nothing() {
				out.Failure.Case = nil
			}
		} else if o.Broken != "" {
			out.Failure = &failure{Broken: o.Broken, World: o.World}
		}
		list = append(list, out)
	}
	return output.JSON(w, map[string]any{
		"profile": Profile, "level": r.Options.Level, "seed": r.Options.Seed, "endpoint": r.Endpoint, "conforms": r.Conforms(), "verdict": r.verdict(), "stopped": r.Stopped,
		"passed": passed, "failed": failed, "skipped": skipped, "left_out": r.LeftOut, "stale": append([]string{}, r.Stale...), "schedules": r.Options.Runs, "requests": r.Requests,
		"worlds": r.Options.Worlds, "ends": append([]string{}, r.Pairs...), "triples": append([]string{}, r.Triples...), "outcomes": list,
	})
}

// ReportSchema is the JSON Schema (draft 2020-12) of the report in the format json.
func ReportSchema() []byte {
	words := func(of string) map[string]any { return map[string]any{"type": "string", "description": of} }
	count := func(of string) map[string]any {
		return map[string]any{"type": "integer", "minimum": 0, "description": of}
	}
	all := func(of string) map[string]any {
		return map[string]any{"type": "array", "items": map[string]any{"type": "string"}, "description": of}
	}
	outcome := object("a case, the schedules or worlds of one cause, or all schedules or worlds if none fails", []string{"name", "clause", "status"}, map[string]any{
		"name": words("as --known-failing has it"), "clause": words("an anchor of docs/protocol.md"), "status": map[string]any{"enum": []string{"passed", "failed", "skipped"}},
		"lacks": words("skipped: the feature that is missing"), "times": count("how many schedules or worlds fail so"),
		"seeds": map[string]any{"type": "array", "items": count("of a schedule"), "description": "of the first schedules that fail so"},
		"known": map[string]any{"type": "boolean", "description": "it is known to fail"},
		"failure": object("what differs, or what a world breaks", []string{}, map[string]any{
			"level": map[string]any{"enum": Levels}, "reference": words("the cell of the tables that our engine has used"), "differs": words("in what"), "shows": words("how much of what was played"),
			"expected": all("of our engine"), "got": all("of the endpoint"),
			"broken": words("the property, and the story of a world"), "world": words("what was in the world"), "case": map[string]any{"$ref": "case.schema.json"},
		}),
	})
	return document(Profile+" report", object("a run of invsim conform run", []string{"profile", "level", "seed", "endpoint", "conforms", "verdict", "stopped", "passed", "failed", "skipped", "left_out", "stale", "schedules", "requests", "worlds", "ends", "triples", "outcomes"}, map[string]any{
		"profile": map[string]any{"const": Profile}, "level": map[string]any{"enum": Levels}, "seed": count("of schedules and worlds"), "endpoint": map[string]any{"$ref": "driver.schema.json#/$defs/implementation"},
		"conforms": map[string]any{"type": "boolean"}, "verdict": words("a sentence"), "stopped": words("why not all was tried; empty if all was"),
		"passed": count("outcomes"), "failed": count("outcomes, also those that are known to fail"), "skipped": count("outcomes"), "left_out": count("cases that were not asked for"),
		"stale": all("known failures that have passed"), "schedules": count("asked for"), "requests": count("of schedules"), "worlds": count("asked for"),
		"ends":     all("pairs of ends that worlds have reached"),
		"triples":  all("the ends of two devices and their caller that worlds have reached"),
		"outcomes": map[string]any{"type": "array", "items": outcome},
	}))
}
