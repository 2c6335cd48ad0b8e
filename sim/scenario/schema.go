// The JSON Schema of scenario files, for editors. It says what can stand where; that
// values make sense together is for Parse.

package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
)

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := marshal(m.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%s:%s", name, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// marshal leaves signs such as < as they are: nothing of this is HTML.
func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSpace(b.Bytes()), err
}

// WriteSchema writes the schema (JSON Schema, draft 2020-12).
func WriteSchema(w io.Writer) error {
	raw, err := marshal(schema())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err = w.Write(b.Bytes())
	return err
}

func schema() object {
	preset := object{{"enum", PresetNames()}, {"description", "the preset that the world starts from; without one, the default world"}}
	properties := object{
		{"name", object{{"type", "string"}, {"pattern", nameShape.String()}}},
		{"about", object{{"type", "string"}, {"maxLength", 2000}, {"description", "what kind of world it is"}}},
		{"preset", preset},
		{"extends", append(object{{"$comment", "means the same as preset"}}, preset...)},
	}
	for _, section := range sections {
		properties = append(properties, member{string(section), sectionSchema(section)})
	}
	properties = append(properties,
		member{"faults", object{{"type", []string{"array", "null"}}, {"description", "what goes wrong at set times, in every world"}, {"items", faultSchema()}}},
		member{"goals", object{{"type", []string{"array", "null"}}, {"description", "what must occur at least once"}, {"items", goalSchema()}, {"uniqueItems", true}}},
		member{"thresholds", object{{"type", []string{"array", "null"}}, {"description", "what the run must keep to, such as p99(setup) < 2.5s"},
			{"items", object{{"type", "string"}, {"pattern", `^\s*[a-z_]+[0-9.]*\s*(\([^()]*\))?\s*[<>]=?\s*[0-9]`}}}, {"uniqueItems", true}}},
	)
	return object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", "invsim scenario"},
		{"type", "object"},
		{"required", []string{"name"}},
		{"not", object{{"required", []string{"preset", "extends"}}}},
		{"properties", properties},
		{"additionalProperties", false},
	}
}

func sectionSchema(section setup.Section) object {
	o := setup.Default()
	var properties object
	for _, f := range o.Fields() {
		if f.Section != section || f.Name == "faults" {
			continue
		}
		about := f.About
		if bounds := f.Bounds(); bounds != "" {
			about += "; " + bounds
		}
		value := append(object{{"description", about}}, shapeSchema(f.Value.Type(), limitsOf(f)...)...)
		if text := f.Value.String(); text != "" {
			value = append(value, member{"default", defaultOf(f.Value.Type(), text)})
		}
		properties = append(properties, member{f.Name, value})
	}
	return object{{"type", []string{"object", "null"}}, {"properties", properties}, {"additionalProperties", false}}
}

// The texts of values, loosely: Parse says more exactly what is wrong.
const (
	oneTime     = `\s*[-+]?([0-9.]+\s*(ns|us|µs|ms|s|m|h)\s*)+|\s*0s?\s*`
	timePattern = `^(` + oneTime + `)$`
	spanPattern = `^(` + oneTime + `)(\.\.(` + oneTime + `))?$`
)

// limitsOf says which numbers an option takes.
func limitsOf(f setup.Field) []member {
	low, high, zero, ok := f.Limits()
	switch {
	case !ok:
		return nil
	case zero:
		return object{{"anyOf", []object{{{"const", 0}}, {{"minimum", low}, {"maximum", high}}}}}
	}
	return object{{"minimum", low}, {"maximum", high}}
}

// shapeSchema describes the values of that type, with those limits if they are numbers.
func shapeSchema(shape string, limits ...member) object {
	orText := func(pattern string, other ...member) object {
		return object{{"anyOf", []object{other, {{"type", "string"}, {"pattern", pattern}}}}}
	}
	numbers := func(kind string) object { return append(object{{"type", kind}}, limits...) }
	zero := member{"const", 0}
	switch shape {
	case "int":
		return numbers("integer")
	case "uint":
		return object{{"type", "integer"}, {"minimum", 0}, {"maximum", uint64(1<<64 - 1)}}
	case "number":
		return numbers("number")
	case "probability":
		return orText(`^\s*([0-9.]+(e-[0-9]+)?\s*%?|[0-9,]+\s+of\s+[0-9,]+)\s*$`, numbers("number")...)
	case "rate":
		return orText(`^\s*[0-9.,]+(e[-+]?[0-9]+)?\s*(/s)?\s*$`, numbers("number")...)
	case "duration":
		return orText(timePattern, zero)
	case "time[..time]":
		return orText(spanPattern, zero)
	case "delay":
		return orText(`(`+spanPattern+`)|^\s*(normal|lognormal|pareto|samples):`, zero)
	case "bool":
		return object{{"type", "boolean"}}
	case "FILE", "groups":
		return object{{"type", "string"}}
	}
	return object{{"enum", strings.Split(shape, "|")}}
}

// defaultOf is a number or boolean where YAML would have one.
func defaultOf(shape, text string) any {
	switch shape {
	case "int", "uint", "number", "bool":
		return json.RawMessage(text)
	}
	return text
}

func faultSchema() object {
	time := shapeSchema("duration")
	partition := object{{"properties", object{{"kind", object{{"const", fault.Partition.String()}}}}}}
	return object{
		{"type", "object"},
		{"required", []string{"kind", "at", "for"}},
		{"properties", object{
			{"kind", object{{"enum", fault.Names()}}},
			{"at", append(object{{"description", "since the start of the world"}}, time...)},
			{"for", append(object{{"description", "how long; of a jump, how far the clock is set"}}, time...)},
			{"phones", object{{"type", "array"}, {"items", object{{"type", "integer"}, {"minimum", 0}}}, {"minItems", 1}, {"uniqueItems", true},
				{"description", "from 0; without it all of them, and for a partition the first half"}}},
			{"one-way", object{{"type", "boolean"}, {"description", "only what the phones send is cut off"}}},
			{"midway", object{{"type", "boolean"}, {"description", "of a crash: it comes after the next save, before anything of it is sent"}}},
		}},
		{"additionalProperties", false},
		{"if", object{{"properties", object{{"one-way", object{{"const", true}}}}}, {"required", []string{"one-way"}}}},
		{"then", partition},
	}
}

// goalSchema lists the goals, if they are known.
func goalSchema() object {
	if KnownGoals == nil {
		return object{{"type", "string"}, {"pattern", nameShape.String()}}
	}
	return object{{"enum", KnownGoals()}}
}
