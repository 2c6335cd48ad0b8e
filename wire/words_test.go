// Whatever an engine can say has both forms. The constants are read from the
// engine's source, so that none is forgotten here.

package wire_test

import (
	"errors"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/wire"
)

// TestEveryWordOfTheEngine: every kind, in an answer to every kind that can be
// answered, with every reason and every word, comes back from both forms as it was.
func TestEveryWordOfTheEngine(t *testing.T) {
	constants := constantsOf(t, "../engine")
	kinds, reasons, words := constants["Kind"], constants["Reason"], constants["Word"]
	if len(kinds) < 8 || len(reasons) < 8 || len(words) < 9 {
		t.Fatalf("the engine has %d kinds, %d reasons and %d words", len(kinds), len(reasons), len(words))
	}
	carried := map[string]bool{}
	for _, kind := range kinds {
		for _, answered := range kinds {
			if k := engine.Kind(answered); k == engine.Ack || k == engine.Closed {
				continue // nobody answers an answer
			}
			for _, reason := range reasons {
				for _, word := range words {
					m := engine.Message{
						Kind: engine.Kind(kind), For: engine.Kind(answered), Reason: engine.Reason(reason), Word: engine.Word(word),
						ID: id, Content: "content", ChannelID: "channel", Response: "response", Age: 1, Wait: 2, Expiry: 3,
						Refused: true, Device: 7, Note: "note",
					}
					if m.Kind == engine.Closed && !m.Word.Answers(m.For) || m.Kind == engine.Cancel && m.Reason > engine.ReasonAnswered {
						continue // no engine says so
					}
					compareFields(t, m, throughBothForms(t, m), carried)
				}
			}
		}
	}
	for f := range reflect.TypeFor[engine.Message]().Fields() {
		if f.Name != "Held" && !carried[f.Name] { // the receiver's transport fills it in
			t.Errorf("no kind carries the field %s", f.Name)
		}
	}
}

// throughBothForms encodes and decodes. Both forms must give the same message.
func throughBothForms(t *testing.T, m engine.Message) engine.Message {
	t.Helper()
	data, err := wire.EncodeJSON(m)
	if err != nil {
		t.Fatalf("%+v: %v", m, err)
	}
	back, err := wire.Decode(data)
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	frame, err := wire.EncodeBinary(m)
	if err != nil {
		t.Fatalf("%+v: %v", m, err)
	}
	if other, err := wire.Decode(frame); err != nil || other != back {
		t.Fatalf("the binary form reads as %+v, %v; JSON as %+v", other, err, back)
	}
	return back
}

// compareFields wants each field to come back as it was or, where the kind does not
// carry it, empty.
func compareFields(t *testing.T, m, back engine.Message, carried map[string]bool) {
	t.Helper()
	was, is := reflect.ValueOf(m), reflect.ValueOf(back)
	for i := range was.NumField() {
		name := was.Type().Field(i).Name
		switch {
		case is.Field(i).Equal(was.Field(i)):
			carried[name] = carried[name] || !is.Field(i).IsZero()
		case !is.Field(i).IsZero(), name == "Kind", name == "ID":
			t.Errorf("%s is %v, and comes back as %v", name, was.Field(i), is.Field(i))
		}
	}
}

type noImports struct{}

func (noImports) Import(path string) (*types.Package, error) {
	return nil, errors.New("not needed for constants: " + path)
}

// constantsOf are the values of the exported constants in a folder, by their type.
func constantsOf(t *testing.T, dir string) map[string][]uint64 {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	set := token.NewFileSet()
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	config := types.Config{Importer: noImports{}, Error: func(error) {}} // errors are about what is imported
	p, _ := config.Check(dir, set, files, nil)
	values := map[string][]uint64{}
	for _, name := range p.Scope().Names() {
		c, ok := p.Scope().Lookup(name).(*types.Const)
		if !ok || !c.Exported() {
			continue
		}
		if named, ok := c.Type().(*types.Named); ok && named.Obj().Pkg() == p {
			if value, exact := constant.Uint64Val(c.Val()); exact {
				values[named.Obj().Name()] = append(values[named.Obj().Name()], value)
			}
		}
	}
	return values
}
