package invd

import (
	"bytes"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/invsim/invsim/internal/golden"
)

// TestSchemaFile: the published schema is that of the types.
func TestSchemaFile(t *testing.T) { golden.File(t, "../../docs/driver.schema.json", string(Schema())) }

// TestPageTables: so are the tables of the page.
func TestPageTables(t *testing.T) {
	const path = "../../docs/driver.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	requests, replies, words, features := Tables()
	text := golden.Region(t, string(page), "requests", requests)
	text = golden.Region(t, text, "replies", replies)
	text = golden.Region(t, text, "words", words)
	text = golden.Region(t, text, "features", features)
	golden.File(t, path, text)
}

// schema is the published one, compiled.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("driver.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("driver.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func valid(t *testing.T, schema *jsonschema.Schema, line []byte) error {
	t.Helper()
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return schema.Validate(instance)
}
