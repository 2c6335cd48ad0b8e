package event_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/event"
)

// TestEveryFateHasWords: a new fate needs a row of the table, and two fates are never
// told in the same words.
func TestEveryFateHasWords(t *testing.T) {
	seen := map[string]event.Fate{}
	for fate := range event.NumFates {
		w := fate.Words()
		for column, words := range map[string]string{"Name": w.Name, "Short": w.Short, "Line": w.Line, "Counted": w.Counted} {
			if other, ok := seen[column+words]; ok || words == "" {
				t.Errorf("fates %d and %d have the same %s: %q", other, fate, column, words)
			}
			seen[column+words] = fate
		}
		if !strings.HasPrefix(w.Clause, "{was} ") {
			t.Errorf("fate %d: the clause is %q", fate, w.Clause)
		}
		if arrives := fate == event.Sent || fate == event.Stored || fate == event.Pushed; arrives == slices.Contains(event.Undelivered(), fate) {
			t.Errorf("%q: whether it is counted as not delivered is not decided", w.Name)
		}
	}
}

// TestFatesAreToldOnce: no other package of the simulator or of the command puts words
// to a fate: neither in a table, nor in a case of a switch, nor by a copy of the table's
// words.
func TestFatesAreToldOnce(t *testing.T) {
	var phrases []string
	for fate := range event.NumFates {
		for _, words := range []string{fate.Words().Line, fate.Words().Short, fate.Words().Counted} {
			if strings.Contains(words, " ") {
				phrases = append(phrases, words)
			}
		}
	}
	files := 0
	for _, dir := range []string{"..", filepath.Join("..", "..", "cmd")} {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || path == filepath.Join("..", "event", "fates.go") {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			files++
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.KeyValueExpr, *ast.CaseClause, *ast.CompositeLit:
					if namesFate(n) && saysWords(n) {
						t.Errorf("%v: words for a fate; they belong into event.fateWords", set.Position(n.Pos()))
						return false
					}
				case *ast.BasicLit:
					for _, phrase := range phrases {
						if strings.Contains(n.Value, phrase) {
							t.Errorf("%v: %s repeats words of event.fateWords: %q", set.Position(n.Pos()), n.Value, phrase)
						}
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 50 {
		t.Errorf("only %d files were read", files)
	}
}

var fateNames = []string{"Sent", "Lost", "Offline", "Down", "TooOld", "Corrupted", "Cut", "Overflow", "Stored", "Expired"}

// namesFate reports whether a part of the source names a fate outside of functions in it.
func namesFate(n ast.Node) bool {
	return contains(n, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok || !slices.Contains(fateNames, s.Sel.Name) {
			return false
		}
		x, ok := s.X.(*ast.Ident)
		return ok && x.Name == "event"
	})
}

func saysWords(n ast.Node) bool {
	return contains(n, func(n ast.Node) bool {
		l, ok := n.(*ast.BasicLit)
		return ok && l.Kind == token.STRING && len(l.Value) > 2
	})
}

func contains(n ast.Node, is func(ast.Node) bool) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		found = found || n != nil && is(n)
		return !found
	})
	return found
}
