package scenario

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
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
