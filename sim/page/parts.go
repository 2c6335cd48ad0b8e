// The parts that pages are made of. The markup shows those fields of a part that are
// set, in their order.

package page

import (
	"html/template"

	"github.com/invsim/invsim/internal/output"
)

// part is a piece of a section.
type part struct {
	Title    string // its heading
	Text     string
	Tiles    []tile
	Matrix   *matrix
	Table    *table
	Pictures []picture
	Values   []row
	Bullets  []string
	Steps    []string // a numbered list
	Calls    []callView
	Command  string // to be pasted
	Token    string
	Summary  string // of what is folded: the Parts
	Parts    []part
}

type row struct{ Name, Value string }

// tile is an answer that can be read from afar.
type tile struct{ Value, Name, Note string }

type picture struct {
	Picture template.HTML
	Caption string
	Keys    []key // of its curves
}

// key names a curve.
type key struct {
	Picture template.HTML
	Name    string
}

// table is a table. On a narrow page each row of one that has Cards is a card.
type table struct {
	Caption string
	Columns []column
	Rows    []line
	Cards   bool
}

type column struct{ Name, Class string }

type line struct {
	Class string
	Cells []cell
}

// cell is one of a table or of the matrix.
type cell struct {
	Class, Text, Title string
	Brief              string // the text for a narrow page, if that is another
	Code               string // a command
	Picture            template.HTML
}

// columns are names; those of numbers end with #.
func columns(names ...string) (all []column) {
	for _, name := range names {
		c := column{Name: name}
		if last := len(name) - 1; last >= 0 && name[last] == '#' {
			c = column{name[:last], "number"}
		}
		all = append(all, c)
	}
	return all
}

// add appends a row of texts. Each has the class of its column.
func (t *table) add(class string, texts ...string) {
	l := line{Class: class}
	for i, text := range texts {
		l.Cells = append(l.Cells, cell{Class: t.Columns[i].Class, Text: text})
	}
	t.Rows = append(t.Rows, l)
}

// counts is a table of names and numbers.
func counts(caption, what string) *table {
	return &table{Caption: caption, Columns: columns(what, "count#")}
}

func (t *table) count(name string, n uint64) { t.add("", name, output.Group(n)) }
