// No other module can make an engine break a rule. The types of the public packages
// are read for what another module could fill or would be handed, and a program of
// another module, in testdata/outside, tries.

package engine_test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestTheSeamIsClosed: of all types of internal packages another module sees one
// only, as a field that it can leave zero or copy.
func TestTheSeamIsClosed(t *testing.T) {
	packages := goList(t, "-deps", "-export", module+"...")
	exports := exportsOf(packages)
	load := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	var public []*types.Package
	for path, p := range packages {
		if !strings.HasPrefix(path, module) || isInternal(path) || len(p.GoFiles) == 0 { // of another platform
			continue
		}
		dependsOn(t, p)
		loaded, err := load.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		if loaded.Name() != "main" {
			public = append(public, loaded)
		}
	}
	if len(public) < 20 {
		t.Fatalf("%d public packages", len(public))
	}
	closed, open := openings(public)
	for _, opening := range open {
		t.Error(opening)
	}
	if want := []string{"engine.Options.Rules"}; !slices.Equal(closed, want) {
		t.Errorf("fields of internal types: %q, not %q", closed, want)
	}
}

// dependsOn opens the sources of a package that only other processes read, so that a
// change of them ends the life of a cached answer.
func dependsOn(t *testing.T, p *goPackage) {
	t.Helper()
	for _, file := range p.GoFiles {
		if _, err := os.ReadFile(filepath.Join(p.Dir, file)); err != nil {
			t.Fatal(err)
		}
	}
}

func isInternal(path string) bool { return slices.Contains(strings.Split(path, "/"), "internal") }

// openings are the places of public packages with a type of an internal package:
// closed are fields that can be left zero only; open is all else.
func openings(public []*types.Package) (closed, open []string) {
	w := walker{seen: map[types.Type]bool{}}
	for _, p := range public {
		for _, name := range p.Scope().Names() {
			if object := p.Scope().Lookup(name); object.Exported() {
				w.place = p.Name() + "." + name
				w.visit(object.Type())
			}
		}
	}
	slices.Sort(w.closed)
	slices.Sort(w.open)
	return slices.Compact(w.closed), slices.Compact(w.open)
}

type walker struct {
	seen         map[types.Type]bool
	place        string
	closed, open []string
}

// visit looks at all that another module reaches from a type.
func (w *walker) visit(t types.Type) {
	switch t := t.(type) {
	case *types.Alias:
		w.visit(t.Rhs())
	case *types.Named:
		w.named(t)
	case *types.Struct:
		w.fields(t)
	case *types.Signature:
		w.tuple(t.Params())
		w.tuple(t.Results())
		w.typeParams(t.TypeParams())
	case *types.Interface:
		for method := range t.Methods() {
			w.at(method.Name(), method.Type())
		}
		for embedded := range t.EmbeddedTypes() {
			w.visit(embedded)
		}
	case *types.Union:
		for term := range t.Terms() {
			w.visit(term.Type())
		}
	case *types.Map:
		w.visit(t.Key())
		w.visit(t.Elem())
	case interface{ Elem() types.Type }: // pointers, slices, arrays, channels
		w.visit(t.Elem())
	}
}

func (w *walker) named(t *types.Named) {
	for argument := range t.TypeArgs().Types() {
		w.visit(argument)
	}
	p := t.Obj().Pkg()
	switch {
	case p == nil || !strings.HasPrefix(p.Path(), module):
		return
	case isInternal(p.Path()):
		w.open = append(w.open, fmt.Sprintf("%s: %v of %s can be set, or is handed out", w.place, t.Obj().Name(), p.Path()))
		return
	case w.seen[t]:
		return
	}
	w.seen[t] = true
	place := w.place
	w.place = p.Name() + "." + t.Obj().Name()
	w.typeParams(t.TypeParams())
	for method := range t.Methods() {
		if method.Exported() {
			w.at(method.Name(), method.Type())
		}
	}
	w.visit(t.Underlying())
	w.place = place
}

// fields are the exported ones, and what embedded ones bring with them.
func (w *walker) fields(s *types.Struct) {
	for field := range s.Fields() {
		switch {
		case !field.Exported() && !field.Embedded():
		case isClosed(field.Type()):
			w.closed = append(w.closed, w.place+"."+field.Name())
		default:
			w.at(field.Name(), field.Type())
		}
	}
}

// isClosed tells an internal struct that another module can neither name nor fill: it
// has no exported field, and no method that could hand out another.
func isClosed(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil || !isInternal(named.Obj().Pkg().Path()) || named.NumMethods() > 0 {
		return false
	}
	s, ok := named.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for field := range s.Fields() {
		if field.Exported() || field.Embedded() {
			return false
		}
	}
	return true
}

func (w *walker) at(name string, t types.Type) {
	place := w.place
	w.place += "." + name
	w.visit(t)
	w.place = place
}

func (w *walker) tuple(t *types.Tuple) {
	for v := range t.Variables() {
		w.visit(v.Type())
	}
}

func (w *walker) typeParams(list *types.TypeParamList) {
	for p := range list.TypeParams() {
		w.visit(p.Constraint())
	}
}

// Each way in is found in a pair of packages that has no other, and the nearest thing
// that is none is not.
func TestOpeningsAreFound(t *testing.T) {
	const closedRules = "type Rules struct{ x int }; "
	for _, each := range []struct{ inside, outside, closed, open string }{
		{"type ID uint8", "type Options struct{ Mutant in.ID }", "", "out.Options.Mutant"}, // as the engine's once was
		{"type Rules struct{ X int }", "type Options struct{ Rules in.Rules }", "", "out.Options.Rules"},
		{"type Rules struct{ inner }; type inner struct{ X int }", "type Options struct{ Rules in.Rules }", "", "out.Options.Rules"},
		{"type Rules struct{ x int }; func (*Rules) Set(int) {}", "type Options struct{ Rules in.Rules }", "", "out.Options.Rules"},
		{"type Rules struct{ x int }; func (r Rules) With(int) Rules { return r }", "type Options struct{ Rules in.Rules }", "", "out.Options.Rules"},
		{"type Rules func()", "type Options struct{ Rules in.Rules }", "", "out.Options.Rules"},
		{"type Rules interface{ X() }", "type Options struct{ Rules in.Rules }", "", "out.Options.Rules"},
		{"type Rules interface{ x() }", "type Options struct{ Rules in.Rules }", "", "out.Options.Rules"},
		{closedRules, "type Options struct{ Rules *in.Rules }", "", "out.Options.Rules"},
		{closedRules, "type Options struct{ Rules []in.Rules }", "", "out.Options.Rules"},
		{closedRules, "type Options struct{ Rules map[in.Rules]int }", "", "out.Options.Rules"},
		{closedRules, "type Options struct{ Change func(*in.Rules) }", "", "out.Options.Change"},
		{closedRules, "type options struct{ Rules []in.Rules }; type Options struct{ options }", "", "out.options.Rules"},
		{closedRules, "func Broken() in.Rules { return in.Rules{} }", "", "out.Broken"},
		{closedRules, "func Broken() (r struct{ Rules []in.Rules }) { return }", "", "out.Broken.Rules"},
		{closedRules, "func New(in.Rules) {}", "", "out.New"},
		{closedRules, "func New[R in.Rules](R) {}", "", "out.New"},
		{closedRules, "type engine struct{}; func New() *engine { return nil }; func (*engine) Obey(in.Rules) {}", "", "out.engine.Obey"},
		{closedRules, "type Engine interface{ Obey(in.Rules) }", "", "out.Engine.Obey"},
		{closedRules, "var Default in.Rules", "", "out.Default"},
		{closedRules, "type Rules = in.Rules", "", "out.Rules"},
		{closedRules, "type Box[T any] struct{}; var B Box[in.Rules]", "", "out.B"},

		{closedRules, "type Options struct{ Rules in.Rules }", "out.Options.Rules", ""},
		{closedRules, "type Options struct{ in.Rules }", "out.Options.Rules", ""},
		{closedRules, "type options struct{ Rules in.Rules }; type Options struct{ options }", "out.options.Rules", ""},
		{closedRules, "type Options struct{ rules in.Rules }", "", ""},
		{closedRules, "type Options struct{ rules []in.Rules }; func (o Options) obey(in.Rules) {}; func (o Options) Obey() {}", "", ""},
		{closedRules, "var broken in.Rules; func obey(in.Rules) {}; func Obey(int) {}", "", ""},
		{closedRules, "type Engine struct{ next *Engine; Next *Engine }; func New() *Engine { return nil }", "", ""},
	} {
		in := checked(t, module+"internal/in", "package in; "+each.inside, nil)
		out := checked(t, module+"out", `package out; import "`+in.Path()+`"; var _ in.`+in.Scope().Names()[0]+"; "+each.outside, in)
		closed, open := openings([]*types.Package{out})
		if got := strings.Join(closed, " "); got != each.closed {
			t.Errorf("%s, %s: closed %q, not %q", each.inside, each.outside, got, each.closed)
		}
		if got := strings.Join(open, " "); !strings.HasPrefix(got, each.open+": ") && got != each.open {
			t.Errorf("%s, %s: open %q, not %q", each.inside, each.outside, got, each.open)
		}
	}
}

type importing func(string) (*types.Package, error)

func (i importing) Import(path string) (*types.Package, error) { return i(path) }

// checked is a package from its source. It may import one other.
func checked(t *testing.T, path, source string, other *types.Package) *types.Package {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "source.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	config := types.Config{Importer: importing(func(string) (*types.Package, error) { return other, nil })}
	p, err := config.Check(path, set, []*ast.File{file}, nil)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return p
}

// TestAnotherModuleTries compiles programs of another module: one in which each line
// with "never" must be an error, and one that does what compiles, and shows that its
// engines are the same before and after.
func TestAnotherModuleTries(t *testing.T) {
	dir := t.TempDir()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	copyFile(t, "../go.sum", filepath.Join(dir, "go.sum"))
	write(t, filepath.Join(dir, "go.mod"), "module outside.example\n\ngo 1.26.0\n\nrequire "+
		strings.TrimSuffix(module, "/")+" v0.0.0\n\nreplace "+strings.TrimSuffix(module, "/")+" => "+root+"\n")
	for _, name := range []string{"attempts", "honest"} {
		copyFile(t, "testdata/outside/"+name+".go.txt", filepath.Join(dir, name, name+".go"))
	}
	write(t, filepath.Join(dir, "internals/internals.go"), "package main\n\nimport _ \""+module+"internal/seam\"\n\nfunc main() {}\n")

	if output, err := goIn(dir, "build", "-o", os.DevNull, "./internals"); err == nil || !strings.Contains(output, "use of internal package") {
		t.Errorf("another module can import the seam: %v\n%s", err, output)
	}
	output, err := goIn(dir, "build", "-gcflags=-e", "-o", os.DevNull, "./attempts")
	if err == nil {
		t.Errorf("every attempt compiles")
	}
	checkAttempts(t, output)

	output, err = goIn(dir, "run", "./honest")
	if err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	for _, step := range []string{"caller: ACCEPT in CANCELED: stay: CLOSED(canceled)", "callee: INVITE in CANCELED: stay: ACK(CANCEL)"} {
		if !strings.Contains(output, step+"\n") {
			t.Errorf("there is no step %q in\n%s", step, output)
		}
	}
}

// checkAttempts wants an error in each line that says never, and in no other.
func checkAttempts(t *testing.T, output string) {
	t.Helper()
	source, err := os.ReadFile("testdata/outside/attempts.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	refused := map[int]bool{}
	for _, match := range regexp.MustCompile(`attempts\.go:(\d+):`).FindAllStringSubmatch(output, -1) {
		line, _ := strconv.Atoi(match[1])
		refused[line] = true
	}
	never := 0
	for i, line := range strings.Split(string(source), "\n") {
		says := strings.Contains(line, "// never: ")
		if says {
			never++
		}
		if says != refused[i+1] {
			t.Errorf("attempts.go:%d: refused %v: %s", i+1, refused[i+1], line)
		}
	}
	if never < 10 || t.Failed() {
		t.Errorf("%d attempts; the compiler says:\n%s", never, output)
	}
}

// goIn runs the go command in another module, without a network.
func goIn(dir string, args ...string) (string, error) {
	command := exec.Command("go", args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	output, err := command.CombinedOutput()
	return string(output), err
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, string(text))
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
