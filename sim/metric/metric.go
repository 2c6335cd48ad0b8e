// The metrics, one row each, and how to name and read them.

package metric

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
)

// Metric is something that can be measured in a result.
type Metric struct {
	Name  string
	Title string // as tables head it
	About string
	Unit  Unit
	Wide  bool // its values span several powers of ten

	ratio      result.Ratio
	times      func(*result.Result) *result.Latency // a distribution,
	statistic  string                               // and what of it: mean, max or p99; empty for the distribution itself
	tail       string                               // why its mean has no interval, if that has none
	percentile float64
}

// IsDistribution reports whether a metric has many values: its mean, maximum and
// percentiles are metrics of their own.
func (m Metric) IsDistribution() bool { return m.times != nil && m.statistic == "" }

// rows are all metrics but statistics and shares of ends, first things first.
var rows = [...]Metric{
	{Name: "in-call", Title: "in the call", About: "share of accepts after which both sides are in the call", ratio: ofAccepts(bothAccepted)},
	{Name: "residue", Title: "residue", About: "share of accepts after which the caller is ACCEPTED and the callee never learned it", Wide: true,
		ratio: result.Residues},
	{Name: "setup", Title: "setup", About: "time from the callee's accept until it knows that both are in the call", Unit: Seconds,
		times: func(r *result.Result) *result.Latency { return &r.Accepted }},
	{Name: "failed-accept", Title: "failed accept", About: "time from the callee's accept until it knows that the call failed or was canceled", Unit: Seconds,
		times: func(r *result.Result) *result.Latency { return &r.FailedAccept }},
	{Name: "dead-rings", Title: "dead rings over 5s", About: "share of calls whose callee still rang more than 5 s after the call had ended at its caller, with both phones connected", Wide: true,
		ratio: func(r *result.Result) (n, of float64) { return float64(r.LongDeadRings), float64(r.Calls) }},
	{Name: "dead-ring", Title: "dead ring", About: "time that a callee rings on after the call has ended at its caller, counted from when both phones are connected without a break", Unit: Seconds,
		tail:  "a few long rings decide the mean",
		times: func(r *result.Result) *result.Latency { return &r.DeadRing }},
	{Name: "ring-after-cancel", Title: "ring after cancel", About: "time that a callee rings on after its caller's cancel, connected or not, of those that do", Unit: Seconds,
		times: func(r *result.Result) *result.Latency { return &r.RingAfterCancel }},
	{Name: "ring", Title: "ring after cancel", About: "mean time that a callee rings on after its caller's cancel, of all canceled calls", Unit: Seconds,
		ratio: func(r *result.Result) (n, of float64) {
			canceled, _ := ofCalls(callers(property.CallerCanceled))(r)
			return r.RingAfterCancel.Sum().Seconds(), canceled
		}},
	{Name: "refusal-told", Title: "refusal told", About: "time from a callee's refuse to the end of the call at its caller", Unit: Seconds,
		times: func(r *result.Result) *result.Latency { return &r.RefusalTold }},
	{Name: "refusals-missed", Title: "refusals missed", About: "share of refusals that the caller took for silence or expiry, although both phones were connected for 5 s before its end", Wide: true,
		ratio: func(r *result.Result) (n, of float64) {
			return float64(r.RefusalsMissed), float64(r.RefusalTold.Count())
		}},
	{Name: "failure-told", Title: "failure told", About: "time from a failure at the callee to the end of the call at its caller", Unit: Seconds,
		times: func(r *result.Result) *result.Latency { return &r.FailureTold }},
	{Name: "failures-missed", Title: "failures missed", About: "share of failures at the callee that the caller took for silence or expiry, although both phones were connected for 5 s before its end", Wide: true,
		ratio: func(r *result.Result) (n, of float64) {
			return float64(r.FailuresMissed), float64(r.FailureTold.Count())
		}},
	{Name: "messages", Title: "messages a call", About: "mean number of copies of messages that phones send for a call", Unit: Count,
		ratio: func(r *result.Result) (n, of float64) { return float64(r.Messages()), float64(r.Calls) }},
	{Name: "accepted", Title: "accepted", About: "share of calls that both sides know to be accepted", ratio: ofCalls(bothAccepted)},
	{Name: "refused", Title: "refused", About: "share of calls that end as refused for their caller",
		ratio: ofCalls(callers(property.CallerRefused))},
	{Name: "canceled", Title: "canceled", About: "share of calls that end as canceled for their caller",
		ratio: ofCalls(callers(property.CallerCanceled))},
	{Name: "expired", Title: "expired", About: "share of calls that rang and expired for their caller",
		ratio: ofCalls(callers(property.CallerExpired))},
	{Name: "unreached", Title: "unreached", About: "share of calls whose caller was offline, or never heard from the callee",
		ratio: ofCalls(callers(property.CallerNoResponse, property.CallerOffline, property.CallerNotLoggedIn))},
	{Name: "never-rang", Title: "never rang", About: "share of calls that never rang",
		ratio: ofCalls(func(_ property.CallerEnd, callee property.CalleeEnd) bool { return callee == property.CalleeNeverRang })},
}

// old are names of earlier versions.
var old = map[string]string{
	"accepted_ms": "setup", "ring_after_cancel_ms": "ring-after-cancel", "residue_rate": "residue", "messages_per_call": "messages",
	"setup-p50": "p50(setup)", "setup-p99": "p99(setup)", "ring-p99": "p99(ring-after-cancel)",
}

// All are the metrics that stand for themselves, and the distributions.
func All() []Metric { return slices.Clone(rows[:]) }

// Usage is how to write a metric where one number is asked for.
func (m Metric) Usage() string {
	if m.IsDistribution() {
		return "p99(" + m.Name + ")"
	}
	return m.Name
}

// ShareUsage and ShareAbout describe the share of an end, which is no row.
const (
	ShareUsage = "share(ACCEPTED)"
	ShareAbout = "share of the calls that end so for their caller, or with a slash for both: share(ACCEPTED), share(CANCELED/NEVER_RANG)"
)

// Names are all names, with commas between them.
func Names() string {
	var names []string
	for i := range rows {
		names = append(names, rows[i].Name)
	}
	return strings.Join(append(names, "share(END)"), ", ")
}

// Shape is the shape of a metric at the beginning of a text: a name, or a function and
// its argument.
var Shape = regexp.MustCompile(`^([a-z][a-z_-]*[0-9.]*)(?:\s*\(\s*([A-Za-z_/-]+)\s*\))?`)

// Named finds the metric that a text names. A distribution needs a statistic.
func Named(text string) (Metric, error) {
	head := Shape.FindStringSubmatch(text)
	if head == nil || head[0] != text {
		return Metric{}, fmt.Errorf("%q is no metric such as residue or p99(setup)", text)
	}
	m, _, err := Of(head[1], head[2])
	return m, err
}

// Of finds a metric by its name and the argument in parentheses, which may be empty. Of
// an error it tells whether the argument is at fault.
func Of(name, argument string) (m Metric, inArgument bool, err error) {
	if full, ok := old[name]; ok && argument == "" {
		if head := Shape.FindStringSubmatch(full); head[2] != "" {
			return Of(head[1], head[2])
		}
	}
	if m, ok := row(name); ok {
		switch {
		case argument != "":
			return Metric{}, true, fmt.Errorf("%s takes nothing in parentheses: leave (%s) out", name, argument)
		case m.times != nil:
			return Metric{}, false, fmt.Errorf("%s is a distribution: write p99(%s), mean(%[1]s) or max(%[1]s)", name, name)
		}
		return m, false, nil
	}
	if name == "share" {
		if argument == "" {
			return Metric{}, false, fmt.Errorf("share of what? write %s", ShareUsage)
		}
		m, err := share(argument)
		return m, true, err
	}
	return statistic(name, argument)
}

func row(name string) (Metric, bool) {
	if full, ok := old[name]; ok {
		name = full
	}
	i := slices.IndexFunc(rows[:], func(m Metric) bool { return m.Name == name })
	if i < 0 {
		return Metric{}, false
	}
	return rows[i], true
}

// statistic is one number of a distribution.
func statistic(name, argument string) (Metric, bool, error) {
	digits, isPercentile := strings.CutPrefix(name, "p")
	percentile, err := strconv.ParseFloat(digits, 64)
	isPercentile = isPercentile && err == nil && percentile >= 0 && percentile <= 100
	if name != "mean" && name != "max" && !isPercentile {
		if argument == "" {
			return Metric{}, false, unknown(name)
		}
		return Metric{}, false, fmt.Errorf("unknown function %q; there are p0 to p100, such as p99.9, mean, max and share%s", name, meant(name, []string{"mean", "max", "share"}))
	}
	m, ok := row(argument)
	switch {
	case !ok:
		return Metric{}, argument != "", unknown(argument)
	case m.times == nil:
		return Metric{}, true, fmt.Errorf("%s is no distribution: it has no %s", argument, name)
	}
	words := map[string]string{"mean": "mean", "max": "longest"}[name]
	if isPercentile {
		words = digits + "th percentile of the"
	}
	m.Name, m.Title, m.About = name+"("+m.Name+")", m.Title+" "+name, words+" "+m.About
	m.statistic, m.percentile = name, percentile
	if times := m.times; name == "mean" {
		m.ratio = func(r *result.Result) (n, of float64) { return times(r).Sum().Seconds(), float64(times(r).Count()) }
	}
	return m, false, nil
}

// unknown suggests what was meant, or lists what there is.
func unknown(name string) error {
	known := append(slices.Collect(maps.Keys(old)), strings.Split(Names(), ", ")...)
	slices.Sort(known)
	return fmt.Errorf("unknown metric %q%s", name, input.DidYouMean(name, known, "there are "+Names()))
}

// meant suggests a name after a list of all.
func meant(typed string, names []string) string {
	if near := input.Near(typed, names); near != nil {
		return "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return ""
}

// Ratio are the two sums of a metric that is a share, a mean or a mean number.
func (m Metric) Ratio(r *result.Result) (n, of float64) { return m.ratio(r) }

// IsRatio reports whether there is one.
func (m Metric) IsRatio() bool { return m.ratio != nil }

// Estimate reads the metric, with its 95 % confidence interval where there is one.
func (m Metric) Estimate(r *result.Result) result.Estimate {
	switch {
	case m.ratio != nil && m.Unit == Share:
		return r.Share(m.ratio)
	case m.statistic == "mean" && m.tail != "":
		e := r.Mean(m.ratio)
		if e.Bounded {
			e = result.Estimate{Value: e.Value, Known: true, Why: m.tail}
		}
		return e
	case m.ratio != nil:
		return r.Mean(m.ratio)
	case m.statistic == "max":
		return result.Estimate{Value: m.times(r).Max().Seconds(), Known: m.times(r).Count() > 0, Why: "a maximum has none"}
	}
	return r.Percentile(m.percentile, func(r *result.Result) result.Latency { return *m.times(r) })
}

// Text is the value of a metric without an interval, which would take longer; false if
// there was nothing to measure.
func (m Metric) Text(r *result.Result) (string, bool) {
	value, ok := m.Exact(r)
	if !ok {
		return "", false
	}
	plain, _ := value.Float64()
	return m.Unit.Text(plain), true
}

// Exact is the value as a fraction, in the metric's own unit; false if there was
// nothing to measure.
func (m Metric) Exact(r *result.Result) (*big.Rat, bool) {
	if m.times != nil {
		l := m.times(r)
		value := l.Percentile(m.percentile)
		switch m.statistic {
		case "mean":
			value = l.Mean()
		case "max":
			value = l.Max()
		}
		return big.NewRat(value.Microseconds(), time.Second.Microseconds()), l.Count() > 0
	}
	n, of := m.ratio(r)
	if of == 0 {
		return nil, false
	}
	return new(big.Rat).Quo(new(big.Rat).SetFloat64(n), new(big.Rat).SetFloat64(of)), true
}

// ofCalls is the share of calls that end in certain ways.
func ofCalls(ends func(property.CallerEnd, property.CalleeEnd) bool) result.Ratio {
	return func(r *result.Result) (n, of float64) { return endings(r, ends), float64(r.Calls) }
}

func ofAccepts(ends func(property.CallerEnd, property.CalleeEnd) bool) result.Ratio {
	return func(r *result.Result) (n, of float64) { return endings(r, ends), float64(r.AcceptCalls) }
}

func endings(r *result.Result, ends func(property.CallerEnd, property.CalleeEnd) bool) (n float64) {
	for caller := range r.Pairs {
		for callee, calls := range r.Pairs[caller] {
			if ends(property.CallerEnd(caller), property.CalleeEnd(callee)) {
				n += float64(calls)
			}
		}
	}
	return n
}

func bothAccepted(caller property.CallerEnd, callee property.CalleeEnd) bool {
	return caller == property.CallerAccepted && callee == property.CalleeAccepted
}

func callers(ends ...property.CallerEnd) func(property.CallerEnd, property.CalleeEnd) bool {
	return func(caller property.CallerEnd, _ property.CalleeEnd) bool { return slices.Contains(ends, caller) }
}

// share counts the calls with that end, or pair of ends.
func share(end string) (Metric, error) {
	caller, callee, isPair := strings.Cut(end, "/")
	i, err := endNamed("caller", caller, property.NumCallerEnds)
	if err != nil {
		return Metric{}, err
	}
	var j property.CalleeEnd
	if isPair {
		if j, err = endNamed("callee", callee, property.NumCalleeEnds); err != nil {
			return Metric{}, err
		}
	}
	return Metric{Name: "share(" + end + ")", Title: end, About: "share of calls that end " + end,
		ratio: ofCalls(func(caller property.CallerEnd, callee property.CalleeEnd) bool {
			return caller == i && (!isPair || callee == j)
		})}, nil
}

// endNamed finds a state by its name among those below a number.
func endNamed[End interface {
	~uint8
	fmt.Stringer
}](side, name string, number End) (End, error) {
	var names []string
	for end := End(0); end < number; end++ {
		if end.String() == name {
			return end, nil
		}
		names = append(names, end.String())
	}
	return 0, fmt.Errorf("no %s ends as %q; there are %s%s", side, name, strings.Join(names, ", "), meant(name, names))
}
