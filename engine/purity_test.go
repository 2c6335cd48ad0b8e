// The core is pure: no clock but the injected one, no chance, no goroutine, no
// lock, no I/O, and no order but that of the inputs. This test reads the source
// of its packages with its types and reports everything that could break that.

package engine_test

import (
	"encoding/json"
	"errors"
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
	"slices"
	"strings"
	"testing"
)

const module = "github.com/invsim/invsim/"

// neverImported: a package is forbidden with everything under it.
var neverImported = map[string]string{
	"math/rand": "chance", "crypto/rand": "chance",
	"os": "I/O", "io": "I/O", "net": "I/O", "log": "I/O", "syscall": "I/O",
	"sync/atomic": "shared memory", "runtime": "the scheduler",
	"unsafe": "memory", "C": "memory", "reflect": "reflection", "maps": "the order of a map", "testing": "tests",
}

// neverUsed: names of packages that may be imported otherwise.
var neverUsed = map[string]string{
	"time": "Now Since Until After AfterFunc Sleep Tick NewTimer NewTicker",
	"fmt":  "Print Printf Println Scan Scanf Scanln",
}

// onlyUsed: of these packages nothing else is allowed.
var onlyUsed = map[string]string{
	"sync":    "OnceValue",
	"context": "Context Background", // the others start timers or goroutines
}

func TestTheCoreIsPure(t *testing.T) {
	packages := goList(t, "-deps", "-export", module+"engine", module+"states", module+"errors", module+"internal/seam", module+"policy")
	exports := exportsOf(packages)
	for _, name := range []string{"engine", "states", "errors", "internal/seam", "policy"} {
		p := packages[module+name]
		var sources []string
		for _, file := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			sources = append(sources, string(text))
		}
		if len(sources) == 0 {
			t.Fatalf("package %s has no files", name)
		}
		found, err := impurities(name, p.GoFiles, sources, exports)
		if err != nil {
			t.Fatal(err)
		}
		for _, each := range found {
			t.Errorf("%s/%s", name, each)
		}
	}
}

// Importing the core costs an application nothing but these.
func TestTheCoreImportsLittle(t *testing.T) {
	allowed := []string{
		module + "engine", module + "states", module + "errors", module + "internal/seam", module + "internal/quote",
		"github.com/qmuntal/stateless", "github.com/benbjohnson/clock",
	}
	for path, p := range goList(t, "-deps", module+"engine") {
		if !p.Standard && !slices.Contains(allowed, path) {
			t.Errorf("the engine depends on %s", path)
		}
	}
	for path, upward := range map[string][]string{
		"states": {"engine", "internal/seam"}, "errors": {"engine", "states", "internal/seam"}, "internal/seam": {"engine"},
	} {
		deps := goList(t, "-deps", module+path)
		for _, name := range upward {
			if deps[module+name] != nil {
				t.Errorf("%s depends on %s", path, name)
			}
		}
	}
}

// Each forbidden thing is found in a snippet that does nothing else, and the
// nearest allowed thing is not.
func TestImpuritiesAreFound(t *testing.T) {
	exports := exportsOf(goList(t, "-deps", "-export", "context", "fmt", "sync", "time", "iter", "slices"))
	for _, each := range []struct{ source, want string }{
		{`import "time"; var _ = time.Now()`, "time.Now"},
		{`import "time"; var now = time.Now`, "time.Now"},
		{`import clock "time"; var _ = clock.Since(clock.Time{})`, "time.Since"},
		{`import . "time"; var _ = Until(Time{})`, "time.Until"},
		{`import "time"; func f() { _ = time.After }`, "time.After"},
		{`import "time"; func f() { time.AfterFunc(1, f) }`, "time.AfterFunc"},
		{`import "time"; func f() { time.Sleep(1) }`, "time.Sleep"},
		{`import "time"; func f() { _ = time.Tick }`, "time.Tick"},
		{`import "time"; func f() { time.NewTimer(1) }`, "time.NewTimer"},
		{`import "time"; func f() { time.NewTicker(1) }`, "time.NewTicker"},

		{`import _ "math/rand"`, "math/rand"},
		{`import _ "math/rand/v2"`, "math/rand/v2"},
		{`import _ "crypto/rand"`, "crypto/rand"},
		{`import _ "os"`, "os"},
		{`import _ "os/signal"`, "os/signal"},
		{`import _ "io"`, "io"},
		{`import _ "net"`, "net"},
		{`import _ "net/http"`, "net/http"},
		{`import _ "log"`, "log"},
		{`import _ "log/slog"`, "log/slog"},
		{`import _ "syscall"`, "syscall"},
		{`import _ "runtime"`, "runtime"},
		{`import _ "runtime/debug"`, "runtime/debug"},
		{`import _ "sync/atomic"`, "sync/atomic"},
		{`import _ "unsafe"`, "unsafe"},
		{`import _ "reflect"`, "reflect"},
		{`import _ "maps"`, "maps"},
		{`import _ "testing"`, "testing"},

		{`import "sync"; var m sync.Mutex`, "sync.Mutex"},
		{`import "sync"; type s struct{ sync.RWMutex }`, "sync.RWMutex"},
		{`import "sync"; var o sync.Once`, "sync.Once"},
		{`import "sync"; var f = sync.OnceFunc(func() {})`, "sync.OnceFunc"},
		{`import "context"; var f = context.WithTimeout`, "context.WithTimeout"},
		{`import "context"; var f = context.AfterFunc`, "context.AfterFunc"},
		{`import "fmt"; func f() { fmt.Println() }`, "fmt.Println"},
		{`func f() { println() }`, "println"},
		{`func f() { print() }`, "print"},

		{`func f() { go f() }`, "go statement"},
		{`func f() { select {} }`, "select"},
		{`var c chan int`, "channel"},
		{`func f() { _ = make(chan int) }`, "channel"},
		{`import "context"; func f(c context.Context) { c.Done() }`, "channel"},

		{`func f(m map[int]int) { for range m {} }`, "range over a map"},
		{`type m map[int]int; func f(x m) { for range x {} }`, "range over a map"},
		{`type m = map[int]int; func f(x struct{ m m }) { for range x.m {} }`, "range over a map"},
		{`func f[M ~map[int]int](m M) { for range m {} }`, "range over a map"},
		{`type a map[int]int; type c interface{ a | map[int]int }; func f[M interface{ c }](m M) { for range m {} }`, "range over a map"},

		{`import "sync"; var f = sync.OnceValue(func() int { return 1 })`, ""},
		{`import "time"; func f(now time.Time) time.Time { return now.Add(time.Second) }`, ""},
		{`import "fmt"; var s = fmt.Sprintf("%d", 1)`, ""},
		{`import "context"; var c context.Context = context.Background()`, ""},
		{`func f(m map[int]int) int { delete(m, 1); clear(m); m[2]++; return len(m) + m[3] }`, ""},
		{`func f(s []int, n int, y func(func(int) bool)) { for range s {}; for range n {}; for range y {}; for range "s" {} }`, ""},
		{`import ("iter"; "slices"); func f() iter.Seq[int] { return slices.Values([]int{1}) }`, ""},
		{`type time struct{}; func (time) Now() {}; func f() { time{}.Now() }`, ""},
	} {
		source := "package bad; " + each.source
		found, err := impurities("bad", []string{"bad.go"}, []string{source}, exports)
		switch {
		case err != nil:
			t.Errorf("%s: %v", each.source, err)
		case each.want == "" && len(found) > 0:
			t.Errorf("%s: found %q", each.source, found)
		case each.want != "" && len(found) == 0:
			t.Errorf("%s: %s is not found", each.source, each.want)
		case each.want != "" && !strings.HasPrefix(found[0], "bad.go:1: "+each.want+": "):
			t.Errorf("%s: found %q, not %s", each.source, found, each.want)
		}
	}
}

// impurities reads one package and lists what it finds, each with its place.
func impurities(name string, files, sources []string, exports map[string]string) ([]string, error) {
	set := token.NewFileSet()
	var parsed []*ast.File
	for i, file := range files {
		f, err := parser.ParseFile(set, file, sources[i], parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, f)
	}

	var found []string
	report := func(n ast.Node, what, why string) {
		at := set.Position(n.Pos())
		found = append(found, fmt.Sprintf("%s:%d: %s: %s", at.Filename, at.Line, what, why))
	}
	for _, file := range parsed {
		for _, spec := range file.Imports {
			if path, why := forbiddenImport(spec); why != "" {
				report(spec, path, why)
			}
		}
	}
	if len(found) > 0 {
		return found, nil // nothing more is needed, and the import may have no types here
	}

	info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	open := func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, errors.New("no export data of " + path)
		}
		return os.Open(exports[path])
	}
	config := types.Config{Importer: importer.ForCompiler(set, "gc", open)}
	if _, err := config.Check(name, set, parsed, &info); err != nil {
		return nil, err
	}
	for _, file := range parsed {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				report(n, "go statement", "concurrency")
			case *ast.SelectStmt:
				report(n, "select", "concurrency")
			case *ast.RangeStmt:
				if mayBe[*types.Map](info.TypeOf(n.X)) {
					report(n, "range over a map", "its order is chance")
				}
			case *ast.Ident:
				if what, why := forbiddenName(info.Uses[n]); why != "" {
					report(n, what, why)
				}
			}
			if x, ok := n.(ast.Expr); ok && mayBe[*types.Chan](info.Types[x].Type) {
				report(x, "channel", "concurrency")
			}
			return true
		})
	}
	return found, nil
}

func forbiddenImport(spec *ast.ImportSpec) (path, why string) {
	path = strings.Trim(spec.Path.Value, `"`)
	for forbidden, why := range neverImported {
		if path == forbidden || strings.HasPrefix(path, forbidden+"/") {
			return path, why
		}
	}
	return "", ""
}

// forbiddenName judges what an identifier stands for: a name of another package,
// whatever that package is called here, or a builtin.
func forbiddenName(object types.Object) (what, why string) {
	if builtin, ok := object.(*types.Builtin); ok && strings.HasPrefix(builtin.Name(), "print") {
		return builtin.Name(), "I/O"
	}
	if object == nil || object.Pkg() == nil || object.Parent() != object.Pkg().Scope() {
		return "", "" // a method or a local name
	}
	path := object.Pkg().Path()
	what = path + "." + object.Name()
	if slices.Contains(strings.Fields(neverUsed[path]), object.Name()) {
		return what, "forbidden in package " + path
	}
	if only := onlyUsed[path]; only != "" && !slices.Contains(strings.Fields(only), object.Name()) {
		return what, "of package " + path + " only " + only + " is allowed"
	}
	return "", ""
}

// mayBe tells whether a type is, or as a type parameter may be, of a kind.
func mayBe[K types.Type](t types.Type) bool {
	if t == nil {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Interface:
		for embedded := range u.EmbeddedTypes() {
			if mayBe[K](embedded) {
				return true
			}
		}
	case *types.Union:
		for term := range u.Terms() {
			if mayBe[K](term.Type()) {
				return true
			}
		}
	case K:
		return true
	}
	return false
}

// goPackage is what `go list -json` says of a package.
type goPackage struct {
	ImportPath, Dir, Export string
	Standard                bool
	GoFiles                 []string
}

func goList(t *testing.T, args ...string) map[string]*goPackage {
	t.Helper()
	args = append([]string{"list", "-json=ImportPath,Dir,Export,Standard,GoFiles"}, args...)
	command := exec.Command("go", args...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	packages := map[string]*goPackage{}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		p := new(goPackage)
		if err := decoder.Decode(p); err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p
	}
	return packages
}

func exportsOf(packages map[string]*goPackage) map[string]string {
	exports := map[string]string{}
	for path, p := range packages {
		exports[path] = p.Export
	}
	return exports
}
