// Breaks that nobody chose: a program finds every place in the source of the tables
// and of the engine that one small change breaks, and a seed draws some of them.

package mutation

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The kinds of breaks.
var breakKinds = []string{"effect", "comparison", "constant", "snapshot"}

// Break is one change of one place. Its place is told by words, so that an edit
// somewhere else does not move it.
type Break struct {
	Kind, File, Func string
	Ordinal          int // among those of the func that have the same texts, from 1
	Before, After    string
	from, to         int // of the bytes that are replaced
	text             string
}

// String is a line of the list.
func (b *Break) String() string {
	return fmt.Sprintf("%s | %s | %s | %d | %s | %s", b.Kind, b.File, b.Func, b.Ordinal, b.Before, b.After)
}

// flipped are the comparisons and what each becomes.
var flipped = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR, token.EQL: token.NEQ, token.NEQ: token.EQL,
}

// zero is what a field of the snapshot is written as when it is skipped, by its writer.
var zero = map[string]string{"byte": "0", "number": "0", "text": `""`, "id": "ID{}", "instant": "w.now"}

// Breaks are all that there are: each effect of a cell dropped, each comparison of the
// engine flipped, each whole number of the engine and of the tables raised by one, and
// each field of the snapshot written as zero or not taken over when it is read.
func Breaks(root string) (all []Break, err error) {
	var files []string
	for _, dir := range []string{"engine", "states"} {
		found, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		f := finder{source: source, file: filepath.Base(filepath.Dir(file)) + "/" + filepath.Base(file), set: token.NewFileSet(), seen: map[string]int{}}
		tree, err := parser.ParseFile(f.set, file, source, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range tree.Decls {
			f.walk(decl)
		}
		all = append(all, f.found...)
	}
	return all, nil
}

// finder finds the breaks of one file.
type finder struct {
	file   string
	source []byte
	set    *token.FileSet
	in     string // the func, or the first name of a declaration
	inside []ast.Node
	seen   map[string]int
	found  []Break
}

func (f *finder) at(p token.Pos) int { return f.set.Position(p).Offset }

func (f *finder) walk(decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		f.in = d.Name.Name
	case *ast.GenDecl:
		if d.Tok == token.IMPORT {
			return
		}
		f.in = d.Tok.String()
	}
	ast.Inspect(decl, func(n ast.Node) bool {
		if n == nil {
			f.inside = f.inside[:len(f.inside)-1]
			return true
		}
		f.inside = append(f.inside, n)
		f.visit(n)
		return true
	})
}

func (f *finder) visit(n ast.Node) {
	engine := strings.HasPrefix(f.file, "engine/")
	switch x := n.(type) {
	case *ast.BinaryExpr:
		if to, ok := flipped[x.Op]; ok && engine {
			f.add("comparison", x, f.at(x.OpPos), f.at(x.OpPos)+len(x.Op.String()), to.String())
		}
	case *ast.BasicLit:
		if n, err := strconv.ParseInt(x.Value, 0, 64); err == nil && x.Kind == token.INT {
			f.add("constant", f.around(), f.at(x.Pos()), f.at(x.End()), strconv.FormatInt(n+1, 10))
		}
	case *ast.CallExpr:
		f.call(x)
	case *ast.AssignStmt:
		if (strings.HasPrefix(f.file, "engine/load") || f.file == "engine/reader.go") && x.Tok != token.DEFINE {
			f.assign(x)
		}
	}
}

// call finds the effects of a cell, and fields of the snapshot that are written.
func (f *finder) call(x *ast.CallExpr) {
	sel, ok := x.Fun.(*ast.SelectorExpr)
	if !ok || len(x.Args) == 0 {
		return
	}
	last := x.Args[len(x.Args)-1]
	switch on, _ := sel.X.(*ast.Ident); {
	case on == nil:
	case on.Name == "m" && strings.HasPrefix(f.file, "states/") && slices.Contains([]string{"move", "stay", "stays"}, sel.Sel.Name) && f.in != "stays":
		effects := strings.Split(string(f.source[f.at(last.Pos()):f.at(last.End())]), "|")
		for i := range effects {
			rest := strings.Join(slices.Delete(slices.Clone(effects), i, i+1), "|")
			f.add("effect", x, f.at(last.Pos()), f.at(last.End()), cmp.Or(rest, "0"))
		}
	case on.Name == "w" && f.file == "engine/snapshot.go" && zero[sel.Sel.Name] != "" && zero[f.in] == "" && f.in != "begin":
		if _, literal := last.(*ast.BasicLit); !literal {
			f.add("snapshot", x, f.at(last.Pos()), f.at(last.End()), zero[sel.Sel.Name])
		}
	}
}

// assign finds what is taken over from a snapshot. What the reader has for itself is
// no part of it.
func (f *finder) assign(x *ast.AssignStmt) {
	for i, to := range x.Lhs {
		text := string(f.source[f.at(to.Pos()):f.at(to.End())])
		if _, local := to.(*ast.Ident); local || text == "r.rest" || text == "r.problem" || text == "r.detail" || strings.HasPrefix(text, "r.parts") {
			continue
		}
		if i == len(x.Lhs)-1 {
			f.add("snapshot", x, f.at(to.Pos()), f.at(x.TokPos)+len(x.Tok.String()), "_ =")
		} else {
			f.add("snapshot", x, f.at(to.Pos()), f.at(to.End()), "_")
		}
	}
}

// around is the smallest expression or statement around a literal that says what it is.
func (f *finder) around() ast.Node {
	for i := len(f.inside) - 2; ; i-- {
		switch n := f.inside[i].(type) {
		case *ast.ParenExpr, *ast.UnaryExpr:
		default:
			return n
		}
	}
}

func (f *finder) add(kind string, around ast.Node, from, to int, text string) {
	start, end := f.at(around.Pos()), f.at(around.End())
	b := Break{Kind: kind, File: f.file, Func: f.in, from: from, to: to, text: text}
	b.Before = flat(f.source[start:end])
	b.After = flat([]byte(string(f.source[start:from]) + text + string(f.source[to:end])))
	if len(b.Before) > 200 {
		b.Before, b.After = flat(f.source[from:to]), flat([]byte(text))
	}
	b.Before, b.After = strings.ReplaceAll(b.Before, " | ", "|"), strings.ReplaceAll(b.After, " | ", "|")
	key := strings.Join([]string{b.Kind, b.Func, b.Before, b.After}, "\n")
	f.seen[key]++
	b.Ordinal = f.seen[key]
	f.found = append(f.found, b)
}

// flat is source in one line.
func flat(source []byte) string { return strings.Join(strings.Fields(string(source)), " ") }

// Draw draws as many breaks of each kind, of those that the compiler takes.
func Draw(all []Break, seed uint64, each int, takes func(*Break) bool) (drawn []Break) {
	random := rand.New(rand.NewPCG(seed, 0))
	for _, kind := range breakKinds {
		some := slices.DeleteFunc(slices.Clone(all), func(b Break) bool { return b.Kind != kind })
		random.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		n := 0
		for i := range some {
			if n < each && takes(&some[i]) {
				drawn = append(drawn, some[i])
				n++
			}
		}
	}
	random.Shuffle(len(drawn), func(i, j int) { drawn[i], drawn[j] = drawn[j], drawn[i] })
	return drawn
}
