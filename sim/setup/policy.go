// The policies that decide about a ring which is not alone.

package setup

import (
	"fmt"
	"strings"

	"github.com/invsim/invsim/policy"
)

// Policy names the policies of every phone.
type Policy uint8

// The policies. AllOfThem are redial, glare and busy, asked in this order.
const (
	NoPolicy Policy = iota
	Busy
	DoNotDisturb
	GlarePolicy
	RedialPolicy
	AllOfThem
)

var policyNames = [...]string{"none", "busy", "dnd", "glare", "redial", "redial-glare-busy"}

func (p Policy) String() string { return policyNames[p] }

func policyNamed(name string) (Policy, error) {
	for i, n := range policyNames {
		if n == name {
			return Policy(i), nil
		}
	}
	return 0, fmt.Errorf("must be one of %s", strings.Join(policyNames[:], ", "))
}

// cancels reports whether a policy may cancel a call.
func (p Policy) cancels() bool { return p == GlarePolicy || p == AllOfThem }

// BusyResponse and AsleepResponse are the responses with which a policy refuses. In a world
// they are those of the call.
const (
	BusyResponse   = "busy"
	AsleepResponse = "do not disturb"
)

// Disturbs reports whether a caller may not disturb those who do not want to be: every
// other one.
func Disturbs(caller string) bool { return userNumber(caller)%2 == 1 }

// Of are the policies of a phone. One in two phones that do not want to be disturbed says
// so, and the others keep silent.
func (p Policy) Of(phone int) []policy.Policy {
	response := AsleepResponse
	if phone%2 == 1 {
		response = ""
	}
	switch p {
	case Busy:
		return []policy.Policy{policy.Busy(BusyResponse)}
	case DoNotDisturb:
		return []policy.Policy{policy.DoNotDisturb(Disturbs, response)}
	case GlarePolicy:
		return []policy.Policy{policy.Glare()}
	case RedialPolicy:
		return []policy.Policy{policy.Redial()}
	case AllOfThem:
		return []policy.Policy{policy.Redial(), policy.Glare(), policy.Busy(BusyResponse)}
	}
	return nil
}
