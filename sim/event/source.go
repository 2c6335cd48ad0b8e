// Source: where an answer comes from.

package event

// Source stands at the end of each answer in JSON.
type Source struct {
	Again   string `json:"again"`             // the command that repeats it
	Version string `json:"version,omitempty"` // of the program
}
