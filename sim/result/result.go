// Result: the counts of a run. Results can be added up in any grouping, to the same
// sum.

package result

import (
	"sort"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
)

// Result is the outcome of a run.
type Result struct {
	Calls  int
	Worlds int

	Pairs       [property.NumCallerEnds][property.NumCalleeEnds]uint64
	Unpromised  [property.NumCallerEnds][property.NumCalleeEnds]uint64 // of Pairs: ruled out by the protocol, but not promised for these calls
	NotSent     uint64                                                 // calls that their caller's engine did not send, at a bound or in a decided group, or that waited in vain
	AcceptCalls uint64                                                 // how often a callee's accept was taken

	Sent     [engine.Closed + 1]uint64 // copies that engines sent, by kind
	Fates    [event.NumFates]uint64    // of copies that were not delivered
	Verdicts [engine.LoggedOut + 1]uint64

	First   [property.NumCallerEnds][property.NumCalleeEnds]int // the lowest number of a call that ended like this, if one did
	Slowest Slowest

	Accepted        Latency // from the callee's accept to its ACCEPTED
	FailedAccept    Latency // from the callee's accept to its end, if that is another
	RingAfterCancel Latency // how long a callee still rang after the caller's cancel
	DeadRing        Latency // how long a callee still rang after the caller's end, while both were connected
	RefusalTold     Latency // from a callee's refuse to its caller's end
	FailureTold     Latency // from a failure at the callee to the caller's end
	LongDeadRings   uint64  // dead rings of more than TooLong
	RefusalsMissed  uint64  // refusals that a caller took for something else, though both were connected for TooLong,
	FailuresMissed  uint64  // and failures

	Violations     []WorldViolation // in the order of worlds; the first of each property
	ViolationCount uint64
	ByProperty     [property.NumIDs]uint64 // of ViolationCount

	Crashes       uint64
	Encoded       uint64 // messages that were encoded and decoded on their way
	CaughtByCodec uint64 // corrupted copies that the codec refused,
	CaughtBySum   uint64 // and that only a checksum told

	Goals       [property.NumGoals]uint64 // how often each was reached
	NotPromised [property.NumIDs]uint64   // how often a property was broken that does not hold in such a world

	Cover *event.Cover // nil if it was not counted

	Interrupted bool // not all worlds were played

	groups []Result // by the number of their worlds: what whole worlds have counted; nil if none was added
}

// TooLong is how long two connected phones may need to tell each other how a call
// ended. What takes longer is counted.
const TooLong = 5 * time.Second

// Slowest is the accepted call whose callee waited longest; the lowest number of several.
type Slowest struct {
	Call int
	Took time.Duration
}

func (s *Slowest) Take(o Slowest) {
	if o.Took > s.Took || o.Took == s.Took && o.Call < s.Call {
		*s = o
	}
}

// WorldViolation is a violation and the number of its world.
type WorldViolation struct {
	World int
	property.Violation
}

// keptViolations is how many of each property a Result keeps: those of the worlds
// with the lowest numbers.
const keptViolations = 10

// New is the result of no calls.
func New() *Result { return &Result{} }

func (r *Result) Reached(g property.Goal) { r.Goals[g]++ }

func (r *Result) Violated(world int, v property.Violation) {
	r.ViolationCount++
	r.ByProperty[v.Property]++
	r.keep(WorldViolation{world, v})
}

// keep holds the first violations of each property. One that a call repeats stands once.
func (r *Result) keep(v WorldViolation) {
	kept := 0
	for i := range r.Violations {
		if k := &r.Violations[i]; k.Property == v.Property {
			if k.World == v.World && k.Invitation == v.Invitation && k.Caller == v.Caller && k.Detail == v.Detail {
				return
			}
			kept++
		}
	}
	if kept < keptViolations {
		r.Violations = append(r.Violations, v)
	}
}

// Add takes another result in.
func (r *Result) Add(o *Result) {
	r.Calls += o.Calls
	r.Worlds += o.Worlds
	for i := range r.Pairs {
		for j, n := range o.Pairs[i] {
			if n > 0 && (r.Pairs[i][j] == 0 || o.First[i][j] < r.First[i][j]) {
				r.First[i][j] = o.First[i][j]
			}
			r.Pairs[i][j] += n
			r.Unpromised[i][j] += o.Unpromised[i][j]
		}
	}
	r.Slowest.Take(o.Slowest)
	r.AcceptCalls += o.AcceptCalls
	r.NotSent += o.NotSent
	for i := range r.Sent {
		r.Sent[i] += o.Sent[i]
	}
	for i := range r.Fates {
		r.Fates[i] += o.Fates[i]
	}
	for i := range r.Verdicts {
		r.Verdicts[i] += o.Verdicts[i]
	}
	r.Accepted.Merge(o.Accepted)
	r.FailedAccept.Merge(o.FailedAccept)
	r.RingAfterCancel.Merge(o.RingAfterCancel)
	r.DeadRing.Merge(o.DeadRing)
	r.RefusalTold.Merge(o.RefusalTold)
	r.FailureTold.Merge(o.FailureTold)
	r.LongDeadRings += o.LongDeadRings
	r.RefusalsMissed += o.RefusalsMissed
	r.FailuresMissed += o.FailuresMissed
	r.Crashes += o.Crashes
	r.Encoded += o.Encoded
	r.CaughtByCodec += o.CaughtByCodec
	r.CaughtBySum += o.CaughtBySum
	for i := range r.Goals {
		r.Goals[i] += o.Goals[i]
	}
	if o.Cover != nil {
		if r.Cover == nil {
			r.Cover = new(event.Cover)
		}
		r.Cover.Merge(o.Cover)
	}
	for i := range r.NotPromised {
		r.NotPromised[i] += o.NotPromised[i]
	}
	r.ViolationCount += o.ViolationCount
	for i := range r.ByProperty {
		r.ByProperty[i] += o.ByProperty[i]
	}
	if o.Violations != nil {
		all := append(r.Violations, o.Violations...)
		sort.SliceStable(all, func(i, j int) bool { return all[i].World < all[j].World })
		r.Violations = nil
		for _, v := range all {
			r.keep(v)
		}
	}
	for i := range o.groups {
		r.addTo(i, &o.groups[i])
	}
}

// Messages is how many copies were sent in all.
func (r *Result) Messages() uint64 {
	var sum uint64
	for _, n := range r.Sent {
		sum += n
	}
	return sum
}

// Residue counts the calls in which the caller is ACCEPTED and the callee never
// learned it.
func (r *Result) Residue() uint64 {
	var sum uint64
	for i := range r.Pairs {
		for j, n := range r.Pairs[i] {
			if property.IsResidue(property.CallerEnd(i), property.CalleeEnd(j)) {
				sum += n
			}
		}
	}
	return sum
}

// Held reports whether no property was violated.
func (r *Result) Held() bool { return r.ViolationCount == 0 }
