// Verdict: how a run ended, in one word. Every answer in every form says it, and the
// exit code of every command follows from it.

package result

import "github.com/invsim/invsim/sim/property"

// Verdict is how a run ended.
type Verdict uint8

// The verdicts, the strongest first: where several are true, the lowest stands.
const (
	Violated    Verdict = iota // a property was violated, and not LIVE alone
	NotEnded                   // only LIVE was violated: something did not end after all faults had
	Interrupted                // not everything was played, and the rest held
	Missed                     // a threshold was missed, or a goal was never reached
	Held
)

var verdictWords = [...]string{"violated", "not ended", "interrupted", "missed", "held"}

func (v Verdict) String() string { return verdictWords[v] }

// MarshalText is String, for JSON.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// VerdictOn is that of a run in which one property was violated.
func VerdictOn(id property.ID) Verdict {
	if id == property.Live {
		return NotEnded
	}
	return Violated
}

// Verdict is what the properties say. Thresholds and goals are for those who ask.
func (r *Result) Verdict() Verdict {
	switch {
	case r.ViolationCount > 0:
		verdict := NotEnded
		for i := range r.Violations {
			verdict = min(verdict, VerdictOn(r.Violations[i].Property))
		}
		return verdict
	case r.Interrupted:
		return Interrupted
	}
	return Held
}
