// The JSON Schema and the tables of docs/driver.md, made from the types and their tags.

package invd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Schema is the JSON Schema (draft 2020-12) of a line in either direction: a request has
// "op", a reply has not.
func Schema() []byte {
	definitions := map[string]any{}
	var requests []any
	for _, each := range ops {
		r := each.make()
		of := objectOf(reflect.TypeOf(r).Elem(), definitions)
		of["properties"].(map[string]any)["op"] = map[string]any{"const": r.Op()}
		of["required"] = append([]string{"op"}, of["required"].([]string)...)
		of["description"] = each.words
		definitions["request-"+r.Op()] = of
		requests = append(requests, reference("request-"+r.Op()))
	}
	definitions["request"] = map[string]any{"oneOf": requests}
	definitions["reply"] = objectOf(reflect.TypeFor[Reply](), definitions)
	text, err := json.MarshalIndent(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   Protocol,
		"if":      map[string]any{"required": []string{"op"}},
		"then":    reference("request"),
		"else":    reference("reply"),
		"$defs":   definitions,
	}, "", "  ")
	if err != nil {
		panic(err) // maps, lists and texts always have a form
	}
	return append(text, '\n')
}

func reference(name string) map[string]any { return map[string]any{"$ref": "#/$defs/" + name} }

// objectOf describes a struct; those in its fields become definitions.
func objectOf(t reflect.Type, definitions map[string]any) map[string]any {
	properties, need := map[string]any{}, []string{}
	for _, f := range fieldsOf(t) {
		value := valueOf(f.Type, f.Tag.Get("enum"), definitions)
		value["description"] = f.words()
		properties[f.name] = value
		if !f.optional {
			need = append(need, f.name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": need, "additionalProperties": false}
}

func (f *named) words() string {
	words := f.Tag.Get("doc")
	if feature := f.Tag.Get("feature"); feature != "" {
		words += ". Feature: " + feature
	}
	return words
}

func valueOf(t reflect.Type, enum string, definitions map[string]any) map[string]any {
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		return map[string]any{"type": "object"}
	case t == reflect.TypeFor[[]byte]():
		return map[string]any{"type": "string", "contentEncoding": "base64"}
	case t == reflect.TypeFor[Deadline]():
		return map[string]any{"type": []string{"integer", "null"}}
	case t.Kind() == reflect.Pointer:
		return valueOf(t.Elem(), enum, definitions)
	case t.Kind() == reflect.Slice:
		return map[string]any{"type": "array", "items": valueOf(t.Elem(), enum, definitions)}
	case t.Kind() == reflect.Struct:
		name := strings.ToLower(t.Name())
		definitions[name] = objectOf(t, definitions)
		return reference(name)
	case t.Kind() == reflect.Bool:
		return map[string]any{"type": "boolean"}
	case t.Kind() == reflect.String && enum != "":
		return map[string]any{"enum": choices(enum)}
	case t.Kind() == reflect.String:
		return map[string]any{"type": "string"}
	}
	return map[string]any{"type": "integer"}
}

// choices are the words that a tag names, or the list that it stands for.
func choices(enum string) []string {
	switch enum {
	case "EVENTS":
		var names []string
		for _, e := range events {
			names = append(names, e.name)
		}
		return names
	case "FAILURES":
		return Failures
	case "FEATURES":
		var names []string
		for _, f := range Features {
			names = append(names, f.Name)
		}
		return names
	}
	return strings.Split(enum, ",")
}

// Tables are the tables of the page: requests and the objects in them, replies and the
// objects in them, the words of both, and the features.
func Tables() (requests, replies, words, features string) {
	var b bytes.Buffer
	b.WriteString("| op | field | type | meaning |\n|---|---|---|---|\n")
	for _, each := range ops {
		r := each.make()
		words, t := each.words, reflect.TypeOf(r).Elem()
		for _, part := range shared {
			if _, has := t.FieldByName(part.t.Name()); has {
				words += "; **" + part.name + "**"
			}
		}
		if each.feature != "" {
			words += ". Feature: " + each.feature
		}
		fmt.Fprintf(&b, "| **%s** | | | %s |\n", r.Op(), words)
		rows(&b, t)
	}
	for _, part := range shared {
		section(&b, part.name, part.t)
	}
	section(&b, "options", reflect.TypeFor[Options]())
	section(&b, "times of options", reflect.TypeFor[Times]())
	section(&b, "times of app", reflect.TypeFor[CallTimes]())
	requests = b.String()

	b.Reset()
	b.WriteString("| object | field | type | meaning |\n|---|---|---|---|\n")
	for _, each := range []struct {
		name string
		t    reflect.Type
	}{
		{"reply", reflect.TypeFor[Reply]()}, {"hello", reflect.TypeFor[Implementation]()}, {"effects", reflect.TypeFor[Effect]()},
		{"trace", reflect.TypeFor[Cell]()}, {"open", reflect.TypeFor[Open]()}, {"invitation", reflect.TypeFor[Invitation]()},
		{"records", reflect.TypeFor[Records]()},
	} {
		name := each.name
		if _, has := each.t.FieldByName("Ref"); has {
			name += "**; **reference"
		}
		section(&b, name, each.t)
	}
	replies = b.String()

	b.Reset()
	b.WriteString("| event | fields |\n|---|---|\n")
	for _, e := range events {
		fmt.Fprintf(&b, "| `%s` | `%s` |\n", e.name, strings.Join(e.fields, "` `"))
	}
	fmt.Fprintf(&b, "\n| field | words |\n|---|---|\n| `code` | `%s` |\n| `failure` | `%s` |\n", strings.Join(Codes, "` `"), strings.Join(Failures, "` `"))
	words = b.String()

	b.Reset()
	b.WriteString("| feature | the endpoint |\n|---|---|\n")
	for _, f := range Features {
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.Name, f.Words)
	}
	return requests, replies, words, b.String()
}

// shared are the parts that requests have in common.
var shared = []struct {
	name string
	t    reflect.Type
}{
	{"time", reflect.TypeFor[At]()}, {"setup", reflect.TypeFor[Setup]()}, {"reference", reflect.TypeFor[Ref]()},
}

func section(b *bytes.Buffer, name string, t reflect.Type) {
	fmt.Fprintf(b, "| **%s** | | | |\n", name)
	rows(b, t)
}

func rows(b *bytes.Buffer, t reflect.Type) {
	for _, f := range fieldsOf(t) {
		if len(f.index) > 1 {
			continue // it stands with its part
		}
		name := "`" + f.name + "`"
		if !f.optional {
			name = "**" + name + "**"
		}
		words := f.words()
		if enum := f.Tag.Get("enum"); strings.ToLower(enum) == enum && enum != "" {
			words += ": `" + strings.Join(choices(enum), "` `") + "`"
		}
		fmt.Fprintf(b, "| | %s | %s | %s |\n", name, typeWord(f.Type), words)
	}
}

func typeWord(t reflect.Type) string {
	switch {
	case t == timeType, t == reflect.TypeFor[*Time]():
		return "time"
	case t == reflect.TypeFor[Deadline]():
		return "time, null"
	case t == reflect.TypeFor[[]byte]():
		return "base64"
	case t.Kind() == reflect.Pointer:
		return typeWord(t.Elem())
	case t == reflect.TypeFor[json.RawMessage](), t.Kind() == reflect.Struct:
		return "object"
	case t.Kind() == reflect.Slice:
		return "list"
	case t.Kind() == reflect.Bool:
		return "boolean"
	case t.Kind() == reflect.Int:
		return "integer"
	}
	return "text"
}
