// Writing: an explanation as text, and as JSON.

package explain

import (
	"fmt"
	"io"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/event"
)

// Text writes an explanation for people. again is the command that repeats it.
func Text(w io.Writer, x *Explanation, again string) error {
	out := &output.Lines{To: w}
	if x.Violation != nil {
		out.Wrap(fmt.Sprintf("%v is violated by call %d, from %s to %s: %s (%s).",
			x.Violation.Property, x.Call, x.Caller, x.Callee, x.Violation.Property.Words(), x.Violation.Detail), 0, "")
	} else {
		out.Printf("How call %d ended, from %s to %s.\n", x.Call, x.Caller, x.Callee)
	}
	for i, f := range x.Facts {
		out.Wrap(fmt.Sprintf("  (%d) %s", i+1, f.Text), 6, "")
	}
	if len(x.Sentences) > 0 {
		out.Printf("\nHow it came to that, in seconds after the send:\n\n")
	}
	for _, s := range x.Sentences {
		out.Wrap(fmt.Sprintf("%3s %1s %s", mark(s.Fact), broken(s.Deviates), s.Text), 6, "")
	}
	if x.Violation != nil && !x.deviates() {
		out.Printf("\nEvery step that mattered is as the tables say.\n")
	}
	if len(x.Also) > 0 {
		var also []string
		for _, id := range x.Also {
			also = append(also, id.String())
		}
		out.Printf("\n")
		out.Wrap("The call also violates "+strings.Join(also, ", ")+".", 0, "")
	}
	out.Printf("\nagain: %s\n", again)
	return out.Err
}

func mark(fact int) string {
	if fact == 0 {
		return ""
	}
	return fmt.Sprintf("(%d)", fact)
}

func broken(deviates bool) string {
	if deviates {
		return "!"
	}
	return ""
}

func (x *Explanation) deviates() bool {
	for _, s := range x.Sentences {
		if s.Deviates {
			return true
		}
	}
	return false
}

type jsonExplanation struct {
	Call      int            `json:"call"`
	Caller    string         `json:"caller"`
	Callee    string         `json:"callee"`
	Property  string         `json:"property"` // "" if nothing is violated
	Words     string         `json:"words"`
	Detail    string         `json:"detail"`
	Also      []string       `json:"also"`
	Facts     []jsonFact     `json:"facts"`
	Sentences []jsonSentence `json:"sentences"`
	event.Source
}

type jsonFact struct {
	AtNS  int64  `json:"at_ns"` // since the call's send
	Entry int    `json:"entry"`
	Text  string `json:"text"`
}

type jsonSentence struct {
	AtNS     int64  `json:"at_ns"` // since the call's send
	Text     string `json:"text"`
	Entries  []int  `json:"entries"`
	Fact     int    `json:"fact"` // from 1; 0 for none
	Deviates bool   `json:"deviates"`
}

// JSON writes it as one indented object.
func JSON(w io.Writer, x *Explanation, from event.Source) error {
	out := jsonExplanation{
		Call: x.Call, Caller: x.Caller, Callee: x.Callee, Source: from,
		Also: []string{}, Facts: []jsonFact{}, Sentences: []jsonSentence{},
	}
	if v := x.Violation; v != nil {
		out.Property, out.Words, out.Detail = v.Property.String(), v.Property.Words(), v.Detail
	}
	for _, id := range x.Also {
		out.Also = append(out.Also, id.String())
	}
	for _, f := range x.Facts {
		out.Facts = append(out.Facts, jsonFact{int64(f.At), f.Entry, f.Text})
	}
	for _, s := range x.Sentences {
		out.Sentences = append(out.Sentences, jsonSentence{int64(s.At), s.Text, s.Entries, s.Fact, s.Deviates})
	}
	return output.JSON(w, out)
}
