// Complaints of the engine in the words of the simulator: options by their names, and
// properties with theirs.

package setup

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/invsim/invsim/sim/property"
)

// engineNames are the options of the engine as its own messages call them.
var engineNames = map[string]string{
	"NoResponse": "no-response-time", "Expiry": "expiry-time", "ExpiryCap": "expiry-cap", "Grace": "grace-time", "Accept": "accept-time", "Refresh": "refresh",
	"RetransmitFirst": "retransmit-first", "RetransmitCap": "retransmit-cap", "AcceptFirst": "accept-first", "AcceptCap": "accept-cap",
	"Linger": "linger-time", "Tombstone": "tombstone-time", "MaxDelay": "max-delay",
	"CountFromSend": "count-from-send", "MaxPerPeer": "max-per-peer", "MaxTotal": "max-total",
}

var (
	engineName  = regexp.MustCompile(`\b(?:Times\.)?(` + strings.Join(slices.Sorted(maps.Keys(engineNames)), "|") + `)\b`)
	unset       = regexp.MustCompile(`Times has no (.+?) \(S14\): start from DefaultTimes\(\) and change what differs`)
	oneProperty = regexp.MustCompile(`\(S\d+\)`)
	properties  = regexp.MustCompile(` \(S\d+(, S\d+)+\)`) // whose words would be longer than the message
)

// inOurWords tells what is wrong with the options of an engine.
func inOurWords(err error) error {
	text := strings.TrimPrefix(err.Error(), "engine options: ")
	text = unset.ReplaceAllString(text, "$1 must not be 0 (S14)")
	text = engineName.ReplaceAllStringFunc(text, func(name string) string { return engineNames[strings.TrimPrefix(name, "Times.")] })
	text = strings.ReplaceAll(properties.ReplaceAllString(text, ""), ": (", " (")
	text = oneProperty.ReplaceAllStringFunc(text, func(name string) string {
		for id := property.S1; id < property.NumIDs; id++ {
			if name == "("+id.String()+")" {
				return "(" + id.String() + ", " + id.Words() + ")"
			}
		}
		return name
	})
	text = strings.ReplaceAll(text, "(Q-ring)", "("+property.Q10.String()+", "+property.Q10.Words()+")")
	return errors.New(text)
}
