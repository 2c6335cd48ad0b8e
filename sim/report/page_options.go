// The options of a run, read from the type itself, so that none is ever left out.

package report

import (
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"

	"github.com/invsim/invsim/sim"
)

// optionRows are all options with their values, nested ones by their path. What
// has no value to show, such as a function, is left out, and so is what is nested
// and zero, which stands for a default; but a time of zero is a time.
func optionRows(o sim.Options) []row {
	return fieldRows(nil, "", reflect.ValueOf(o))
}

func fieldRows(rows []row, prefix string, value reflect.Value) []row {
	for i := range value.NumField() {
		field, v := value.Type().Field(i), value.Field(i)
		if !field.IsExported() || v.Kind() == reflect.Func || v.Kind() == reflect.Interface {
			continue
		}
		if _, isTime := v.Interface().(time.Duration); prefix != "" && v.IsZero() && !isTime {
			continue
		}
		name := prefix + flagName(field.Name)
		if _, prints := v.Interface().(fmt.Stringer); v.Kind() == reflect.Struct && !prints {
			rows = fieldRows(rows, name+".", v)
			continue
		}
		rows = append(rows, row{name, optionValue(v)})
	}
	return rows
}

// optionValue prints a value; what is long is cut. Pointers are followed, because
// an address is another one every time.
func optionValue(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return "none"
		}
		if named, ok := v.Interface().(interface{ Name() string }); ok {
			return shortened(named.Name(), longestOption)
		}
		return optionValue(v.Elem())
	case reflect.Slice:
		values := []string{}
		for i := range v.Len() {
			values = append(values, optionValue(v.Index(i)))
		}
		if len(values) == 0 {
			return "none"
		}
		return shortened(strings.Join(values, ", "), longestOption)
	}
	return shortened(fmt.Sprintf("%+v", v.Interface()), longestOption)
}

// longestOption is how many characters of a value are shown.
const longestOption = 120

// flagName is the name as flags have it: OfflineFor is offline-for.
func flagName(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) && !unicode.IsUpper(rune(name[i-1])) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
