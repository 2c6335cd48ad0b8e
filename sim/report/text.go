// Package report prints the result of a run: as text for people, as JSON for
// programs.
package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// Run is a run to report.
type Run struct {
	Options setup.Options
	Result  *result.Result
	Asked   Asked                                        // what became of thresholds and goals
	Again   string                                       // the command that repeats it
	Look    func(violation result.WorldViolation) string // the command that shows a violation
}

// Verdict is held, violated or interrupted, in this order of strength:
// a violation that was seen stands, however the run ended.
func (r Run) Verdict() string {
	switch {
	case !r.Result.Held():
		return "violated"
	case r.Result.Interrupted:
		return "interrupted"
	}
	return "held"
}

// promise names the properties that are promised in such a world: S1 to S14 and Q1 to Q7.
func (r Run) promise() string {
	var spans []string
	for id := property.S1; id < property.Live; id++ {
		if id == property.Pair || !r.Options.Promised(id) {
			continue
		}
		first := id
		for id+1 != property.Pair && id+1 != property.Live && r.Options.Promised(id+1) {
			id++
		}
		switch id - first {
		case 0:
			spans = append(spans, id.String())
		case 1:
			spans = append(spans, first.String(), id.String())
		default:
			spans = append(spans, first.String()+" to "+id.String())
		}
	}
	if last := len(spans) - 1; last > 0 {
		return strings.Join(spans[:last], ", ") + " and " + spans[last]
	}
	return strings.Join(spans, "")
}

// listed is how many violations the text shows.
const listed = 5

// Text writes the answer for people, first things first.
func Text(w io.Writer, r Run) error {
	out := &errWriter{w: w}
	res := r.Result
	switch r.Verdict() {
	case "held":
		out.printf("HELD  %s on all %s calls, in %s\n", r.promise(), group(uint64(res.Calls)), count(res.Worlds, "world"))
	case "interrupted":
		out.printf("INTERRUPTED  %s held on the first %s of %s calls\n", r.promise(), group(uint64(res.Calls)), group(uint64(r.Options.Calls)))
	default:
		out.printf("VIOLATED  %s in %s\n", count(int(res.ViolationCount), "time"), count(res.Calls, "call"))
		for i, v := range res.Violations {
			if i == listed {
				out.printf("  … and more\n")
				break
			}
			out.printf("  call %d: %s\n", v.Call, v.Violation)
		}
	}
	out.printf("\n")
	pairs(out, res)
	out.printf("\n")
	interval := ResidueOf(res)
	out.printf("residue            %s of %s accepted (%s; 95 %% interval %s to %s): the caller is ACCEPTED, the callee never learned it\n",
		group(interval.N), group(interval.Of), percent(interval.Rate), percent(interval.Low), percent(interval.High))
	latency(out, "accept → accepted", res.Accepted)
	latency(out, "ring after cancel", res.RingAfterCancel)
	out.printf("messages           %.2f a call: %s\n", float64(res.Messages())/float64(max(1, res.Calls)), messages(res))
	out.printf("not delivered      %s\n", undelivered(res))
	if r.Options.CanHappen(fault.Crash) {
		out.printf("crashes            %s, with %s snapshots\n", group(res.Crashes), kept(r.Options.Snapshots))
	}
	if n := res.CaughtByCodec + res.CaughtBySum; n > 0 {
		out.printf("damaged            %s caught by the codec, %s only by a checksum\n", group(res.CaughtByCodec), group(res.CaughtBySum))
	}
	if res.NotSent > 0 {
		out.printf("not sent           %s, at a bound of their caller's engine\n", count(int(res.NotSent), "call"))
	}
	notPromised(out, r)
	asked(out, r.Asked)
	out.printf("\nseed   %d\nagain: %s\n", r.Options.Seed, r.Again)
	if !res.Held() {
		out.printf("look:  %s\n", r.Look(res.Violations[0]))
	}
	return out.err
}

// undelivered names the fates of copies that did not arrive: the usual ones in any
// case, the others where they happened.
func undelivered(res *result.Result) string {
	words := fmt.Sprintf("%s lost, %s to or from a phone that was offline, %s too old",
		group(res.Fates[event.Lost]), group(res.Fates[event.Offline]), group(res.Fates[event.TooOld]))
	for _, other := range []struct {
		fate event.Fate
		what string
	}{{event.Down, "to a phone that was down"}, {event.Corrupted, "damaged"}, {event.Cut, "cut off by a partition"}, {event.Overflow, "at a full queue"}, {event.Expired, "kept too long for a phone"}} {
		if n := res.Fates[other.fate]; n > 0 {
			words += fmt.Sprintf(", %s %s", group(n), other.what)
		}
	}
	return words
}

func kept(s setup.Snapshots) string {
	if s == setup.Nothing {
		return "no"
	}
	return s.String()
}

// notPromised prints what was broken that nobody promised in such a world.
func notPromised(out *errWriter, r Run) {
	var broken []string
	promised := true
	for id := property.S1; id < property.NumIDs; id++ {
		promised = promised && r.Options.Promised(id)
		if n := r.Result.NotPromised[id]; n > 0 {
			broken = append(broken, fmt.Sprintf("%v %s", id, group(n)))
		}
	}
	switch {
	case promised:
	case broken == nil:
		out.printf("not promised here  nothing of it was broken\n")
	default:
		out.printf("not promised here  broken: %s\n", strings.Join(broken, ", "))
	}
}

// usedColumns are the callee's ends that there are.
func usedColumns(res *result.Result) (columns []property.CalleeEnd) {
	for callee := property.CalleeEnd(0); callee < property.NumCalleeEnds; callee++ {
		for caller := range res.Pairs {
			if res.Pairs[caller][callee] > 0 {
				columns = append(columns, callee)
				break
			}
		}
	}
	return columns
}

// pairs prints the matrix of outcomes. Empty rows and columns are left out.
func pairs(out *errWriter, res *result.Result) {
	columns := usedColumns(res)
	out.printf("%-16s", `caller \ callee`)
	for _, callee := range columns {
		out.printf("%*s", width(callee), callee)
	}
	out.printf("\n")
	for caller := property.CallerEnd(0); caller < property.NumCallerEnds; caller++ {
		if res.Pairs[caller] == [property.NumCalleeEnds]uint64{} {
			continue
		}
		out.printf("%-16s", caller)
		for _, callee := range columns {
			cell := "–"
			if n := res.Pairs[caller][callee]; n > 0 {
				cell = group(n)
			}
			out.printf("%*s", width(callee), cell)
		}
		out.printf("\n")
	}
}

func width(callee property.CalleeEnd) int { return max(12, len(callee.String())+2) }

func latency(out *errWriter, name string, l result.Latency) {
	if l.Count() == 0 {
		out.printf("%-18s none\n", name)
		return
	}
	out.printf("%-18s p50 %s  p90 %s  p99 %s  p99.9 %s  max %s\n", name,
		round(l.Percentile(50)), round(l.Percentile(90)), round(l.Percentile(99)), round(l.Percentile(99.9)), round(l.Max()))
}

func messages(res *result.Result) string {
	var parts []string
	for kind := engine.Invite; kind <= engine.Closed; kind++ {
		if n := res.Sent[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", kind, group(n)))
		}
	}
	return strings.Join(parts, ", ")
}

// round keeps three digits or so.
func round(d time.Duration) time.Duration {
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond)
	case d >= time.Second:
		return d.Round(10 * time.Millisecond)
	case d >= 10*time.Millisecond:
		return d.Round(time.Millisecond)
	}
	return d.Round(10 * time.Microsecond)
}

func percent(p float64) string { return fmt.Sprintf("%.3g %%", 100*p) }

// group writes a number with its thousands apart.
func group(n uint64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return group(uint64(n)) + " " + what + "s"
}

// errWriter remembers the first error, so that every line need not.
type errWriter struct {
	w   io.Writer
	err error
}

func (e *errWriter) printf(format string, args ...any) {
	if e.err == nil {
		_, e.err = fmt.Fprintf(e.w, format, args...)
	}
}
