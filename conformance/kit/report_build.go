// Reports for the tools of a build: JUnit's XML, TAP, CTRF.

package kit

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/invsim/invsim/internal/output"
)

// junit is the XML that build servers read.
func (r *Result) junit(w io.Writer) error {
	type message struct {
		Type    string `xml:"type,attr,omitempty"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	type testcase struct {
		Name    string   `xml:"name,attr"`
		Class   string   `xml:"classname,attr"`
		Time    string   `xml:"time,attr"`
		Failure *message `xml:"failure,omitempty"`
		Skipped *message `xml:"skipped,omitempty"`
	}
	type suite struct {
		XMLName  xml.Name   `xml:"testsuite"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Skipped  int        `xml:"skipped,attr"`
		Errors   int        `xml:"errors,attr"`
		Time     string     `xml:"time,attr"`
		Cases    []testcase `xml:"testcase"`
	}
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
	_, failed, skipped := r.Count()
	s := suite{Name: plain(Profile + " " + r.Endpoint.Name), Tests: len(r.Outcomes), Failures: failed, Skipped: skipped, Time: seconds(r.Took)}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		c := testcase{Name: plain(o.Name), Class: "protocol." + o.Clause, Time: seconds(o.Took)}
		switch {
		case o.Failed() && o.Known:
			c.Skipped = &message{Message: "known to fail"}
			s.Failures--
			s.Skipped++
		case o.Failed():
			c.Failure = &message{Type: o.level(), Message: plain(o.cause()), Text: o.words()}
		case o.Skipped != "":
			c.Skipped = &message{Message: "it lacks " + o.Skipped}
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// tap is the Test Anything Protocol, version 14.
func (r *Result) tap(w io.Writer) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "TAP version 14\n1..%d\n", len(r.Outcomes))
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		name := strings.NewReplacer("#", `\#`, `\`, `\\`).Replace(plain(o.Name))
		switch {
		case o.Failed():
			known := map[bool]string{true: " # TODO known to fail"}[o.Known]
			fmt.Fprintf(b, "not ok %d - %s%s\n  ---\n", i+1, name, known)
			fmt.Fprintf(b, "  clause: %q\n  failure: |\n", "docs/protocol.md#"+o.Clause)
			for line := range strings.Lines(o.words()) {
				b.WriteString("    " + line)
			}
			b.WriteString("  ...\n")
		case o.Skipped != "":
			fmt.Fprintf(b, "ok %d - %s # SKIP it lacks %s\n", i+1, name, o.Skipped)
		default:
			fmt.Fprintf(b, "ok %d - %s\n", i+1, name)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// ctrf is the Common Test Report Format.
func (r *Result) ctrf(w io.Writer) error {
	type test struct {
		Name     string   `json:"name"`
		Status   string   `json:"status"`
		Duration int64    `json:"duration"`
		Suite    []string `json:"suite"`
		Message  string   `json:"message,omitempty"`
		Trace    string   `json:"trace,omitempty"`
	}
	passed, failed, skipped := r.Count()
	tests := []test{}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		t := test{Name: o.Name, Status: o.status(), Duration: o.Took.Milliseconds(), Suite: []string{Profile, o.Clause}}
		if o.Failed() {
			t.Message, t.Trace = o.cause(), o.words()
		} else if o.Skipped != "" {
			t.Message = "it lacks " + o.Skipped
		}
		tests = append(tests, t)
	}
	return output.JSON(w, map[string]any{"reportFormat": "CTRF", "specVersion": "0.1.0", "generatedBy": "invsim", "results": map[string]any{
		"tool":    map[string]any{"name": "invsim"},
		"summary": map[string]any{"tests": len(tests), "passed": passed, "failed": failed, "skipped": skipped, "pending": 0, "other": 0, "start": r.Began.UnixMilli(), "stop": r.Began.Add(r.Took).UnixMilli()},
		"tests":   tests,
	}})
}
