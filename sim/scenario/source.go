// From the text of a file to a tree: the small part of YAML that scenarios use,
// bounded before it is parsed, so that no file can cost more than its length.

package scenario

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/input"
)

// kind is the kind of a node.
type kind int

const (
	null kind = iota
	text
	number
	boolean
	mapping
	list
)

var kindNames = [...]string{"nothing", "a text", "a number", "true or false", "keys with values", "a list"}

func (k kind) String() string { return kindNames[k] }

// node is a value and where it stands.
type node struct {
	kind         kind
	text         string // of a scalar
	line, column int
	entries      []entry // of a mapping
	items        []*node // of a list
}

type entry struct{ key, value *node }

// source is a file and its problems.
type source struct {
	name     string
	data     []byte
	lines    []string
	problems Problems
}

func newSource(name string, data []byte) *source {
	return &source{name: name, data: data}
}

// problem notes one.
func (s *source) problem(line, column int, format string, args ...any) {
	if s.lines == nil {
		s.lines = strings.Split(string(s.data), "\n")
	}
	line, column = max(1, line), max(1, column)
	shown := ""
	if line <= len(s.lines) {
		shown = strings.TrimRight(s.lines[line-1], "\r")
	}
	if len(shown) > 200 || !utf8.ValidString(shown) || strings.ContainsFunc(shown, isControl) {
		shown = ""
	}
	s.problems = append(s.problems, Problem{File: s.name, Line: line, Column: column, Text: fmt.Sprintf(format, args...), Source: shown})
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 }

// The bounds of a file, beside maxSize: of what can begin or end a word, of words,
// and of depth. The parser's time grows with the square of the number of keys, and
// its stack with the depth.
const (
	maxSigns  = 80_000
	maxTokens = 20_000
	maxDepth  = 8
)

// tree parses the file. If the file cannot be parsed, the tree is nil and there
// are problems.
func (s *source) tree() *node {
	if !s.readable() {
		return nil
	}
	tokens := lexer.Tokenize(string(s.data))
	if !s.bounded(tokens) {
		return nil
	}
	file, err := s.parse(tokens)
	if err != nil {
		s.syntax(err)
		return nil
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil {
			bodies = append(bodies, doc.Body)
		}
	}
	switch len(bodies) {
	case 0:
		s.problem(1, 1, "nothing in it: a scenario has at least a name")
		return nil
	case 1:
		return s.node(bodies[0], 0)
	}
	at := bodies[1].GetToken().Position
	s.problem(at.Line, at.Column, "a second document: a file is one scenario")
	return nil
}

// readable tells whether it is text at all.
func (s *source) readable() bool {
	data, err := input.Text(s.data)
	if err != nil {
		s.problems = Problems{{File: s.name, Line: 1, Column: 1, Text: err.Error()}}
		return false
	}
	s.data = data
	if len(s.data) > maxSize {
		s.problems = Problems{{File: s.name, Line: 1, Column: 1, Text: fmt.Sprintf("the file is longer than %d bytes", maxSize)}}
		return false
	}
	signs := 0
	for i, line := range bytes.Split(s.data, []byte("\n")) {
		if !utf8.Valid(line) {
			s.problem(i+1, 1, "not UTF-8")
			return false
		}
		for _, c := range line {
			if strings.IndexByte("[]{},:?-&*!", c) >= 0 {
				signs++
			}
		}
		signs++ // the end of the line
		if signs > maxSigns {
			s.problem(i+1, 1, "the file has more than %d lines and signs", maxSigns)
			return false
		}
		line = bytes.TrimSuffix(line, []byte("\r"))
		if at := bytes.IndexFunc(line, isControl); at >= 0 {
			s.problem(i+1, utf8.RuneCount(line[:at])+1, "a control character")
			return false
		}
	}
	return true
}

// refused are the parts of YAML that scenarios do without.
var refused = map[token.Type]string{
	token.AnchorType:     "anchors (&) are not used in scenarios",
	token.AliasType:      "aliases (*) are not used in scenarios; put a text that begins so in quotes",
	token.MergeKeyType:   "merge keys (<<) are not used in scenarios; see preset",
	token.TagType:        "tags (!) are not used in scenarios; put a text that begins so in quotes",
	token.MappingKeyType: "complex keys (?) are not used in scenarios",
	token.DirectiveType:  "directives (%) are not used in scenarios; put a text that begins so in quotes",
}

// bounded looks at the words before the parser does.
func (s *source) bounded(tokens token.Tokens) bool {
	if len(tokens) > maxTokens {
		at := tokens[maxTokens].Position
		s.problem(at.Line, at.Column, "the file has more than %d words and signs", maxTokens)
		return false
	}
	depth, line, dashes := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, dashes = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType:
			dashes++
		}
		if depth > maxDepth || dashes > maxDepth {
			s.problem(t.Position.Line, t.Position.Column, "nested more than %d deep", maxDepth)
			return false
		}
		if why := refused[t.Type]; why != "" {
			s.problem(t.Position.Line, t.Position.Column, "%s", why)
			return false
		}
	}
	return true
}

// parse calls the parser, which is not ours: it is not to take us down with it.
func (s *source) parse(tokens token.Tokens) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not YAML that can be read: %v", r)
		}
	}()
	// Duplicate keys are found later, so that all of them are told.
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// syntax notes what the parser says.
func (s *source) syntax(err error) {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
		position := at.GetToken().Position
		hint := ""
		if strings.HasPrefix(at.GetMessage(), "mapping value is not allowed") {
			hint = "; a text with a colon in it goes in quotes"
		}
		s.problem(position.Line, position.Column, "not YAML: %s%s", at.GetMessage(), hint)
		return
	}
	s.problem(1, 1, "not YAML: %v", err)
}

// decimal is a number that is read the same everywhere: 017 is not, nor is 0x11.
var decimal = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// node turns what the parser found into ours. Where it has put something that
// scenarios do without, there are problems.
func (s *source) node(n ast.Node, depth int) *node {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return &node{}
	}
	t := n.GetToken()
	made := &node{line: t.Position.Line, column: t.Position.Column, text: t.Value}
	if depth > maxDepth {
		s.problem(made.line, made.column, "nested more than %d deep", maxDepth)
		return made
	}
	switch n := n.(type) {
	case *ast.NullNode:
	case *ast.StringNode:
		made.kind, made.text = text, n.Value
		if t.Type == token.StringType && decimal.MatchString(n.Value) { // the lexer takes 1e+09 for a text
			made.kind = number
		}
	case *ast.LiteralNode:
		made.kind, made.text = text, n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		made.kind = text
		if decimal.MatchString(t.Value) {
			made.kind = number
		}
	case *ast.BoolNode:
		made.kind = boolean
	case *ast.MappingNode:
		made.kind = mapping
		for _, v := range n.Values {
			key := s.node(v.Key, depth+1)
			if key.kind == mapping || key.kind == list {
				s.problem(key.line, key.column, "%s as a key", key.kind)
			}
			made.entries = append(made.entries, entry{key, s.node(v.Value, depth+1)})
		}
		if !n.IsFlowStyle && len(made.entries) > 0 { // its own token is the first colon
			made.line, made.column = made.entries[0].key.line, made.entries[0].key.column
		}
	case *ast.SequenceNode:
		made.kind = list
		for _, v := range n.Values {
			made.items = append(made.items, s.node(v, depth+1))
		}
	default:
		s.problem(made.line, made.column, "this part of YAML is not used in scenarios")
	}
	return made
}
