// Buttons: the API calls that a user makes.

package event

// Button is an API call as a user sees it.
type Button uint8

const (
	Send Button = iota
	Cancel
	Accept
	Refuse
)

var ButtonNames = [...]string{"send", "cancel", "accept", "refuse"}

func (b Button) String() string { return ButtonNames[b] }

func (b Button) IsCallees() bool { return b == Accept || b == Refuse }
