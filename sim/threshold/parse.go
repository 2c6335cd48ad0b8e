// Reading the text of a threshold.

package threshold

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/sim/metric"
)

// The shape: a metric, perhaps as the argument of a statistic, a comparison, and a bound,
// which is a number and its unit, several of them (1m30s), or a count of another (47 of
// 62,270). Digits are few: a fraction is as long as its text.
const number = `([0-9]{1,15}(?:\.[0-9]{1,20})?(?:e[-+]?[0-9]{1,2})?|[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,20})?)`

var (
	boundShape = regexp.MustCompile(`^` + number + `\s*([A-Za-zµ%/]*)$`)
	longBound  = regexp.MustCompile(`^[0-9,]+(\.[0-9]+)?\s*[A-Za-zµ%/]*$`)
	thousands  = regexp.MustCompile(`^[0-9]{1,3}(,[0-9]{3})+([^0-9,]|$)`)
	partOfTime = regexp.MustCompile(number + `\s*(h|ms|m|s|µs|us|ns)\s*`)
	timeShape  = regexp.MustCompile(`^(?:` + partOfTime.String() + `){2,}$`)
)

// mostDigits is how many digits a number may have before its point.
const mostDigits = 15

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
	if n, of, ok := input.Part(rest); ok && m.Unit == metric.Share && max(len(n), len(of)) <= mostDigits {
		t.unit = m.Unit.Suffixes()[1]
		if t.bound, ok = new(big.Rat).SetString(n + "/" + of); !ok || t.bound.Sign() < 0 {
			return failed("not a share such as 47 of 62,270")
		}
		return t, nil
	}
	if m.Unit == metric.Seconds && timeShape.MatchString(rest) {
		t.bound = new(big.Rat)
		for _, part := range partOfTime.FindAllStringSubmatch(rest, -1) {
			t.add(part[1], part[2])
		}
		return t, nil
	}
	bound := boundShape.FindStringSubmatchIndex(rest)
	if bound == nil && longBound.MatchString(rest) {
		if strings.Contains(rest, ",") && !thousands.MatchString(rest) {
			return failed("a comma stands between thousands, as in 62,270, and a point before a fraction")
		}
		return failed("a number must have at most %d digits before the point and 20 after it", mostDigits)
	}
	if bound == nil {
		return failed("not a number such as 2.5s, 0.001 or 60%%")
	}
	digits, name := rest[bound[2]:bound[3]], rest[bound[4]:bound[5]]
	if name == "" && m.Unit == metric.Seconds && !strings.HasSuffix(argument, "_ms") {
		at += bound[3]
		return failed("%s of what? write %[1]ss or %[1]sms", digits)
	}
	t.bound = new(big.Rat)
	if !t.add(digits, name) {
		at += bound[4]
		return failed("%q is no unit of %s; %s", name, m.Name, unitNames(m.Unit))
	}
	return t, nil
}

// add adds a number with a unit to the bound; false if the metric has no such unit.
func (t *Threshold) add(number, unit string) bool {
	units := t.metric.Unit.Suffixes()
	i := slices.IndexFunc(units, func(u metric.Suffix) bool { return u.Name == unit })
	if i < 0 {
		return false
	}
	t.unit = units[i]
	value, _ := new(big.Rat).SetString(input.Ungrouped(number))
	t.bound.Add(t.bound, value.Mul(value, t.unit.Size))
	return true
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
