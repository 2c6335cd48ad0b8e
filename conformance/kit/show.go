// Cases for people, and their JSON Schema.

package kit

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Explain writes a case: as a picture, and then line by line.
func (c *Case) Explain(w io.Writer) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "%s\n%s\nclause  docs/protocol.md#%s\n", c.ID, c.Title, c.Clause)
	if len(c.Requires) > 0 {
		fmt.Fprintf(b, "needs   %s\n", strings.Join(c.Requires, ", "))
	}
	fmt.Fprintf(b, "\n%s\n", c.picture())
	if c.Scene != nil {
		text, err := json.MarshalIndent(c.Scene, "", "  ")
		if err != nil {
			return fmt.Errorf("explain case %s: %w", c.ID, err)
		}
		fmt.Fprintf(b, "%s\n", text)
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
	return document(Profile, map[string]any{
		"type": "object", "required": []string{"id", "title", "clause", "level"}, "additionalProperties": false,
		"oneOf": []any{map[string]any{"required": []string{"steps"}}, map[string]any{"required": []string{"scene"}}},
		"properties": map[string]any{
			"id":       map[string]any{"type": "string", "description": "never used again for another case"},
			"title":    map[string]any{"type": "string"},
			"clause":   map[string]any{"type": "string", "description": "an anchor of docs/protocol.md"},
			"level":    map[string]any{"enum": Levels, "description": "the highest level of what is expected"},
			"requires": map[string]any{"type": "array", "items": map[string]any{"type": "string"}, "description": "roles and features without which it cannot be played. \"no-refresh\": it is for endpoints without the feature refresh"},
			"scene":    sceneSchema(),
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
	})
}

// document is a file with a schema.
func document(title string, schema map[string]any) []byte {
	schema["$schema"], schema["title"] = "https://json-schema.org/draft/2020-12/schema", title
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(err) // maps, lists and texts always have a form
	}
	return append(text, '\n')
}

// object is the schema of an object without other fields.
func object(words string, required []string, properties map[string]any) map[string]any {
	return map[string]any{"type": "object", "description": words, "required": required, "additionalProperties": false, "properties": properties}
}

// sceneSchema is that of a scene.
func sceneSchema() map[string]any {
	time := map[string]any{"type": "integer", "minimum": 0, "description": "in nanoseconds"}
	side := map[string]any{"enum": []string{caller, callee}}
	count := map[string]any{"type": "integer", "minimum": 1}
	list := func(of map[string]any) map[string]any {
		return map[string]any{"type": []string{"array", "null"}, "items": of}
	}
	events := list(object("an event, and when it comes", []string{"at", "told"}, map[string]any{"at": time, "told": map[string]any{"$ref": "driver.schema.json#/$defs/effect"}}))
	return object("a call from alice to bob, of whom one is the endpoint and the other our engine (invsim conform driver). The epoch of the caller is a1", []string{"side", "do", "until", "expect"}, map[string]any{
		"side": side, "until": time,
		"do": list(object("what a user or the transport does. Of one instant it comes before messages, and messages before timers", []string{"at", "side", "act"}, map[string]any{"at": time, "side": side, "act": map[string]any{"enum": acts}})),
		"network": list(object("what happens to the messages of a kind, from the first to the last of those that were sent; the first rule that fits holds. Others take 50 ms", []string{}, map[string]any{
			"kind": map[string]any{"type": "string"}, "first": count, "last": count, "lost": map[string]any{"type": "boolean"}, "takes": time, "again": time,
		})),
		"expect": object("all events of both ends until the end of the scene", []string{caller, callee}, map[string]any{caller: events, callee: events}),
	})
}
