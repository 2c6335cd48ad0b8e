// What world it is: its name, the options that differ from the default, and all others.

package page

import (
	"slices"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/setup"
)

// longestOption is how many characters of a value are shown.
const longestOption = 120

// worldView is the world on the first screen.
type worldView struct {
	Name    string
	Changed []row // the options that are not as by default
	All     []row // folded
}

// worldOf describes a world. Some options are told elsewhere.
func worldOf(name string, o setup.Options, except ...string) worldView {
	w := worldView{Name: name, All: optionRows(o)}
	base, divided := setup.Default(), o
	divided.Divide(func(string) bool { return false })
	base.World, base.Arrivals = divided.World, divided.Arrivals
	plain := optionRows(base)
	told := map[string]bool{"seed": true}
	for _, name := range except {
		told[name] = true
	}
	values := map[string]string{}
	for _, option := range w.All {
		values[option.Name] = option.Value
	}
	for i, option := range w.All {
		if option != plain[i] && !told[option.Name] && !idle(option.Name, values) {
			w.Changed = append(w.Changed, option)
		}
	}
	return w
}

// idle tells whether an option says how something is that never happens: --crash-for
// where --crash-every is 0, and --cancel-after where --cancel is.
func idle(name string, values map[string]string) bool {
	at := strings.LastIndexByte(name, '-')
	if at < 0 {
		return false
	}
	for _, of := range []string{name[:at], name[:at] + "-every"} {
		if of != name && slices.Contains([]string{"0%", "0s", "0"}, values[of]) {
			return true
		}
	}
	return false
}

// optionRows are all options with their values, by the names that a user sets them with.
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
