// The options of a run, by the names that a user sets them with.

package page

import (
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/setup"
)

// longestOption is how many characters of a value are shown.
const longestOption = 120

// optionRows are all options with their values.
func optionRows(o setup.Options) []row {
	var rows []row
	for _, f := range o.Fields() {
		value := f.Value.String()
		if value == "" {
			value = "none"
		}
		rows = append(rows, row{f.Name, output.Shorten(value, longestOption)})
	}
	return rows
}
