// docs/wire.md and the code say the same: every example is a vector, and every number,
// limit and reason is the one in use.

package wire_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/wire"
)

func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/wire.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	example  = regexp.MustCompile("(?s)(\\d+) bytes as JSON, (\\d+) in binary\\.\n\n```json (.+?)\n(.*?)\n```\n\n```hex (.+?)\n(.*?)\n```")
	hexLine  = regexp.MustCompile(`^((?:[0-9a-f]{2} )*[0-9a-f]{2})  +\S`)
	fence    = regexp.MustCompile("(?m)^```\\w")
	flagless = regexp.MustCompile(`(?m)^(0[1-8])  +no flags, ([A-Z]+)$`)
)

// TestPageExamples: every kind has an example, which is its vector, byte by byte, and
// no line of it is without an explanation.
func TestPageExamples(t *testing.T) {
	byName := map[string]vector{}
	for _, v := range vectors(t) {
		byName[v.Name] = v
	}
	text := page(t)
	found := example.FindAllStringSubmatch(text, -1)
	for _, match := range found {
		v, binary := byName[match[3]], ""
		for line := range strings.SplitSeq(match[6], "\n") {
			bytes := hexLine.FindStringSubmatch(line)
			if bytes == nil {
				t.Errorf("%s: not bytes and what they mean: %q", match[3], line)
				continue
			}
			binary += bytes[1] + " "
		}
		if want := fmt.Sprintf("% x ", v.bytes(t)); binary != want || match[5] != match[3] {
			t.Errorf("%s: the page says\n%s, the vector of %s\n%s", match[5], binary, match[3], want)
		}
		if match[4] != string(v.JSON) {
			t.Errorf("%s: the page says\n%s, the vector\n%s", match[3], match[4], v.JSON)
		}
		if sizes := fmt.Sprint(len(v.JSON), len(v.bytes(t))); sizes != match[1]+" "+match[2] {
			t.Errorf("%s: the page says %s and %s bytes, they are %s", match[3], match[1], match[2], sizes)
		}
		delete(byName, match[3])
	}
	for name := range golden {
		if _, left := byName[name]; left {
			t.Errorf("%s has no example", name)
		}
	}
	if blocks := fence.FindAllString(text, -1); len(blocks) != 2*len(found) {
		t.Errorf("%d blocks on the page, %d examples", len(blocks), len(found))
	}
	for _, match := range flagless.FindAllStringSubmatch(text, -1) {
		if kind := engine.Kind(match[1][1] - '0'); kind.String() != match[2] {
			t.Errorf("an example calls %s %s", match[1], match[2])
		}
	}
}

// TestPageNumbers: the tables of kinds, reasons, words and refusals, and the limits.
func TestPageNumbers(t *testing.T) {
	text := page(t)
	want := func(line string) {
		if !strings.Contains(text, line) {
			t.Errorf("the page does not say %q", line)
		}
	}
	for k := engine.Invite; k.String() != "?"; k++ {
		want(fmt.Sprintf("\n| %d | %v |", k, k))
	}
	for r := engine.ReasonUser; r <= engine.ReasonAnswered; r++ {
		want(fmt.Sprintf("\n| %d | %v |\n", r, r))
	}
	for w := engine.WordCanceled; w.String() != "?"; w++ {
		want(fmt.Sprintf("\n| %d | %v |\n", w, w))
	}
	for k := engine.Invite; k <= engine.Closed; k++ {
		var words []string
		for w := engine.WordCanceled; w.String() != "?"; w++ {
			if w.Answers(k) {
				words = append(words, w.String())
			}
		}
		row, sender := fmt.Sprintf("\n| %v | ", k), "caller"
		if k == engine.Invite {
			sender = "callee"
		}
		if words != nil {
			want(row + sender + " | " + strings.Join(words, ", ") + " |\n")
		} else if strings.Contains(text, row+"call") {
			t.Errorf("the page has words for %v", k)
		}
	}
	for name := range reasonNames {
		want("\n| " + name + " | ")
	}
	want(fmt.Sprintf("No message is longer than %d bytes", wire.MaxSize))
	want(fmt.Sprintf("nanoseconds, 0 to %d ", int64(wire.MaxDuration)))
	want(fmt.Sprintf("`80` + version: `%x` or `%x`", 0x80|wire.Version-1, 0x80|wire.Version))
	want(fmt.Sprintf("content and response %d bytes, channel id %d, note %d,", max(engine.MaxContent, engine.MaxResponse), engine.MaxChannelID, engine.MaxNote))
	want(fmt.Sprintf("no engine of 0.x sends more than %d bytes of text", engine.MaxContent+engine.MaxChannelID))
	want(fmt.Sprintf("The texts of a message have at most %d bytes together", wire.MaxText))
	if n := len(reasonNames); wire.Reason(n+1).Error() != "?" || wire.Reason(n).Error() == "?" {
		t.Errorf("%d reasons are named", n)
	}
}
