// Reading the text of a threshold.

package threshold

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/invsim/invsim/sim/metric"
)

// The shape: a metric, perhaps as the argument of a statistic, a comparison, a
// number and its unit. Digits are few: a fraction is as long as its text.
var (
	boundShape = regexp.MustCompile(`^([0-9]{1,15}(?:\.[0-9]{1,12})?)\s*([A-Za-zµ%/]*)$`)
	longBound  = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?\s*[A-Za-zµ%/]*$`)
)

// Parse reads a threshold. Its error is a *ParseError.
func Parse(text string) (Threshold, error) {
	t := Threshold{text: strings.TrimSpace(text)}
	at := len(text) - len(strings.TrimLeft(text, " \t\r\n")) // how far it has been read
	failed := func(format string, args ...any) (Threshold, error) {
		return Threshold{}, &ParseError{Text: text, Column: len([]rune(text[:at])) + 1, Problem: fmt.Sprintf(format, args...)}
	}
	skip := func(n int) {
		at += n
		at += len(text[at:]) - len(strings.TrimLeft(text[at:], " \t\r\n"))
	}

	head := metric.Shape.FindStringSubmatchIndex(text[at:])
	if head == nil {
		return failed("not a threshold such as p99(setup) < 2.5s")
	}
	function, argument := text[at:at+head[3]], ""
	if head[4] >= 0 {
		argument = text[at+head[4] : at+head[5]]
	}
	m, inArgument, err := metric.Of(function, argument)
	if err != nil {
		if inArgument {
			at += head[4]
		}
		return failed("%v", err)
	}
	t.metric = m
	skip(head[1])

	t.compare = text[at:min(len(text), at+2)]
	if comparisons[t.compare] == nil {
		t.compare = text[at:min(len(text), at+1)]
	}
	if comparisons[t.compare] == nil {
		return failed("a comparison is missing: <, <=, > or >=")
	}
	skip(len(t.compare))

	rest := strings.TrimRight(text[at:], " \t\r\n")
	bound := boundShape.FindStringSubmatchIndex(rest)
	if bound == nil && longBound.MatchString(rest) {
		return failed("a number must have at most 15 digits before the point and 12 after it")
	}
	if bound == nil {
		return failed("not a number such as 2.5s, 0.001 or 60%%")
	}
	number, name := text[at+bound[2]:at+bound[3]], text[at+bound[4]:at+bound[5]]
	units := m.Unit.Suffixes()
	index := slices.IndexFunc(units, func(u metric.Suffix) bool { return u.Name == name })
	if index < 0 {
		at += bound[4]
		return failed("%q is no unit of %s; %s", name, m.Name, unitNames(m.Unit))
	}
	if name == "" && m.Unit == metric.Seconds && !strings.HasSuffix(argument, "_ms") {
		at += bound[3]
		return failed("%s of what? write %[1]ss or %[1]sms", number)
	}
	t.unit = units[index]
	t.bound, _ = new(big.Rat).SetString(number)
	t.bound.Mul(t.bound, t.unit.Size)
	return t, nil
}

func unitNames(u metric.Unit) string {
	var names []string
	for _, suffix := range u.Suffixes() {
		if suffix.Name != "" {
			names = append(names, suffix.Name)
		}
	}
	if names == nil {
		return "it has none"
	}
	return "there is " + strings.Join(names, ", ")
}
