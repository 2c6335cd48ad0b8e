package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/invsim/invsim/sim/setup"
)

func schemaText(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSchema(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// validator checks the text of a YAML file against the schema, as an editor would.
func validator(t *testing.T) func(data []byte) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(schemaText(t))))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("scenario.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(data []byte) error {
		var value any
		if err := yaml.Unmarshal(data, &value); err != nil {
			return err
		}
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return err
		}
		return schema.Validate(instance)
	}
}

// TestSchemaAccepts every scenario there is.
func TestSchemaAccepts(t *testing.T) {
	valid := validator(t)
	for _, pattern := range []string{"presets/*.yaml", scenarios + "/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) < 15 {
			t.Fatalf("%s: %d files: %v", pattern, len(files), err)
		}
		for _, path := range files {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := valid(data); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// beyondSchema are the mistakes that a schema cannot know of: what does not go
// together, what other files say, and names of goals, which are not known here.
var beyondSchema = map[string]bool{
	"together.yaml": true, "out-of-range-with-preset.yaml": true, "faults-out-of-range-with-preset.yaml": true, "missing-file.yaml": true, "broken-trace.yaml": true,
	"wrong-delays.yaml": true, "anchors.yaml": true, "tags.yaml": true, "two-documents.yaml": true,
}

// TestSchemaRefuses what Parse refuses, as far as a schema can.
func TestSchemaRefuses(t *testing.T) {
	valid := validator(t)
	files, err := filepath.Glob(scenarios + "/bad/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if refused := valid(data) != nil; refused == beyondSchema[filepath.Base(path)] {
			t.Errorf("%s: refused is %v", path, refused)
		}
	}
	for _, text := range []string{
		"name: x\nnetwork: {loss: 2}", "name: x\nnetwork: {loss: lots}", "name: x\nrun: {seed: -1}", "name: x\nrun: {calls: many}",
		"name: x\nworld: {heal: 5}", "name: x\nworld: {arrivals: 0}", "name: x\nusers: {answer-after: 1..2}", "name: x\nnetwork: {latency: gamma:1s}",
		"name: x\nengine: {fail-at-once: 1}", "name: x\nphones: {snapshots: old}", "name: x\nnetwork: {uplink: 5}", "name: x\nusers: {accept: most}",
		"name: x\nfaults: [{kind: crash, at: 1s, for: 1s, one-way: true}]", "name: x\nfaults: [{kind: crash, at: 1s}]", "name: x\nfaults: [{kind: crash, at: 1s, for: 1s, phones: []}]",
		"name: x\nfaults: [{kind: flood, at: 1s, for: 1s}]", "name: x\nthresholds: [fast]", "name: x\ngoals: [A B]", "name: X Y", "about: x",
	} {
		if valid([]byte(text)) == nil {
			t.Errorf("accepted:\n%s", text)
		}
	}
}

// TestSchemaKnowsBounds: at the bounds of every number, and beyond them, the schema says
// what the parser says.
func TestSchemaKnowsBounds(t *testing.T) {
	valid := validator(t)
	o := setup.Default()
	numbers := 0
	for _, f := range o.Fields() {
		low, high, zero, ok := f.Limits()
		if !ok {
			continue
		}
		numbers++
		texts := map[string]bool{plain(low): true, plain(high): true, "-1": false, "9000000000000000": false}
		if zero {
			texts["0"] = true
		}
		for _, whole := range []any{low, high} {
			if n, isWhole := whole.(int); isWhole {
				texts[fmt.Sprint(n-1)], texts[fmt.Sprint(n+1)] = n != low, n != high
			}
		}
		for text, good := range texts {
			data := fmt.Sprintf("name: x\n%s: {%s: %s}\n", f.Section, f.Name, text)
			if f.Name == "world" || f.Name == "calls" || f.Section == setup.OfEngine { // it has to fit others
				if err := valid([]byte(data)); (err == nil) != good {
					t.Errorf("%s: the schema says %v", data, err)
				}
				continue
			}
			_, failed := Parse("x.yaml", []byte(data))
			if err := valid([]byte(data)); (err == nil) != good || (failed == nil) != good && !strings.Contains(fmt.Sprint(failed), "together") {
				t.Errorf("%s: the schema says %v, the parser %v", data, err, failed)
			}
		}
	}
	if numbers < 15 {
		t.Errorf("%d numbers", numbers)
	}
}

// plain is a number without an exponent, which the reader of YAML here takes for a text.
func plain(n any) string {
	if f, ok := n.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(n)
}

// TestSchemaTakesPrintedValues: what an answer prints, the schema and the parser take.
func TestSchemaTakesPrintedValues(t *testing.T) {
	valid := validator(t)
	for _, value := range []string{"network: {loss: 0.0755 %}", "network: {loss: '47 of 62,270'}", "phones: {offline-for: 1.21 s}", "phones: {offline-for: 1m30s}", "users: {answer-after: 300 ms..2 s}", "world: {arrivals: 50 /s}"} {
		data := []byte("name: x\n" + value + "\n")
		if err := valid(data); err != nil {
			t.Errorf("%s: %v", value, err)
		}
		if _, err := Parse("x.yaml", data); err != nil {
			t.Errorf("%s: %v", value, err)
		}
	}
}
