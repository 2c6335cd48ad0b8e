// Cases for people, and their JSON Schema.

package kit

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Explain writes a case in lines.
func (c *Case) Explain(w io.Writer) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s\n%s\nclause  docs/protocol.md#%s\n", c.ID, c.Title, c.Clause)
	if len(c.Requires) > 0 {
		fmt.Fprintf(b, "needs   %s\n", strings.Join(c.Requires, ", "))
	}
	for _, s := range c.Steps {
		fmt.Fprintf(b, "> %s\n", line(s.Request))
		text, err := json.Marshal(s.expected())
		if err != nil {
			return fmt.Errorf("explain case %s: %w", c.ID, err)
		}
		fmt.Fprintf(b, "< %s\n", cut(string(text)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Schema is the JSON Schema (draft 2020-12) of a file with a case.
func Schema() []byte {
	text, err := json.MarshalIndent(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   Profile,
		"type":    "object", "required": []string{"id", "title", "clause", "level", "steps"}, "additionalProperties": false,
		"properties": map[string]any{
			"id":       map[string]any{"type": "string", "description": "never used again for another case"},
			"title":    map[string]any{"type": "string"},
			"clause":   map[string]any{"type": "string", "description": "an anchor of docs/protocol.md"},
			"level":    map[string]any{"enum": []string{Wire, App}, "description": "the highest level of what is expected"},
			"requires": map[string]any{"type": "array", "items": map[string]any{"type": "string"}, "description": "roles and features without which it cannot be played"},
			"steps": map[string]any{"type": "array", "minItems": 1, "items": map[string]any{
				"type": "object", "required": []string{"request", "expect"}, "additionalProperties": false,
				"properties": map[string]any{
					"request": map[string]any{"$ref": "driver.schema.json#/$defs/request", "description": "a line to the endpoint, with times in nanoseconds. The snapshot of a restore is empty: it stands for the last one that the endpoint handed out"},
					"expect": map[string]any{"type": "object", "additionalProperties": false, "properties": map[string]any{
						"code":        map[string]any{"type": "string", "description": "app: the code of the call; absent: it is taken"},
						"open":        map[string]any{"type": "array", "items": map[string]any{"$ref": "driver.schema.json#/$defs/open"}, "description": "restore: the invitations that the app finds, in any order"},
						"undecodable": map[string]any{"type": "string", "description": "the bytes are no message: no effects. The reason is free"},
						"effects":     map[string]any{"type": "array", "items": map[string]any{"$ref": "driver.schema.json#/$defs/effect"}, "description": "in order within one invitation; absent: none"},
					}},
				},
			}},
		},
	}, "", "  ")
	if err != nil {
		panic(err) // maps, lists and texts always have a form
	}
	return append(text, '\n')
}
