// docs/agora.md and docs/agora.zh-CN.md say what the code of this directory does.
// -rewrite writes the generated parts anew.

package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/golden"
)

// language is that of a page.
type language int

const (
	english language = iota
	chinese
)

// languages are those that the page is written in.
var languages = []language{english, chinese}

// in is one text in both languages.
func in(en, zh string) map[language]string { return map[language]string{english: en, chinese: zh} }

func (l language) page() string {
	return in("../../docs/agora.md", "../../docs/agora.zh-CN.md")[l]
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestGeneratedTables: the tables of the migration are what the code does.
func TestGeneratedTables(t *testing.T) {
	for _, lang := range languages {
		page := read(t, lang.page())
		for name, table := range map[string]string{"sides": sidesTable(t, lang), "gateway": gatewayTable(t, lang)} {
			page = golden.Region(t, page, name, table)
		}
		golden.File(t, lang.page(), page)
	}
}

// TestVendorNumbers: the rows of the connection and of presence have the vendor's
// names and numbers, and no others.
func TestVendorNumbers(t *testing.T) {
	want := []string{
		"| 1 | `CONNECTION_STATE_DISCONNECTED` | `\"DISCONNECTED\"` | `host.Receiver.LoggedOut` ",
		"| 2 | `CONNECTION_STATE_CONNECTING` | `\"CONNECTING\"` | ",
		"| 3 | `CONNECTION_STATE_CONNECTED` | `\"CONNECTED\"` | `host.Receiver.LoggedIn` ",
		"| 4 | `CONNECTION_STATE_RECONNECTING` | `\"RECONNECTING\"` | `host.Receiver.LoggedOut` ",
		"| 5 | `CONNECTION_STATE_ABORTED` | `\"ABORTED\"` | `host.Receiver.LoggedOut`",
		"| 0 | `ONLINE` | `\"ONLINE\"` | `host.Receiver.PeerOnline` ",
		"| 1 | `UNREACHABLE` | `\"UNREACHABLE\"` | ",
		"| 2 | `OFFLINE` | `\"OFFLINE\"` | `host.Receiver.PeerOffline`",
	}
	row := regexp.MustCompile("^\\| \\d \\| `(CONNECTION_STATE_\\w+|ONLINE|UNREACHABLE|OFFLINE)`")
	for _, lang := range languages {
		n := 0
		for line := range strings.Lines(read(t, lang.page())) {
			if !row.MatchString(line) {
				continue
			}
			if n == len(want) || !strings.HasPrefix(line, want[n]) {
				t.Errorf("%s: row %d of %d is %s", lang.page(), n+1, len(want), line)
				continue
			}
			n++
		}
		if n != len(want) {
			t.Errorf("%s: %d of %d rows", lang.page(), n, len(want))
		}
	}
}
