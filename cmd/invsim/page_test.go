// The calls on a page: one of every pair of ends that occurred.

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDefaultPageIsSmall: it fits in a mail.
func TestDefaultPageIsSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	if _, stderr, code := invsim("run", "--html", path); code != exitHeld {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 400_000 || info.Size() < 100_000 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestPageShowsEveryPair(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	args := []string{"run", "--calls", "20000", "--preset", "everything", "-o", "json", "--html", path}
	stdout, stderr, code := invsim(args...)
	var answer struct{ Pairs map[string]uint64 }
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil || code != exitHeld {
		t.Fatalf("exit %d, %v: %s", code, err, stderr)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	if len(answer.Pairs) < 15 || len(page) > 3<<20 {
		t.Fatalf("%d pairs, %d bytes", len(answer.Pairs), len(page))
	}
	var counts []uint64
	for _, found := range regexp.MustCompile(`<summary><b>([A-Z_]+/[A-Z_]+)</b> <span class="quiet">([0-9,]+) calls? ended like this; call ([0-9]+)</span>`).FindAllStringSubmatch(page, -1) {
		counts = append(counts, answer.Pairs[found[1]])
		if thousands(answer.Pairs[found[1]]) != found[2] {
			t.Errorf("%s: %s calls, not %d", found[1], found[2], answer.Pairs[found[1]])
		}
		delete(answer.Pairs, found[1])
		if look := fmt.Sprintf("<code>invsim trace --preset everything --seed 1 --calls 20000 --call %s</code>", found[3]); !strings.Contains(page, look) {
			t.Errorf("the page does not say %s", look)
		}
	}
	if len(answer.Pairs) > 0 || !slices.IsSorted(counts) {
		t.Errorf("there is no call of %v; the others come as %v", answer.Pairs, counts)
	}
}

// TestPageTellsEveryProperty: a run that violates several has a table of all, and of each
// a story or a call.
func TestPageTellsEveryProperty(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	for _, more := range [][]string{nil, {"--no-shrink"}} {
		args := append([]string{"run", "--calls", "8000", "--loss", "5%", "--mutant", "accept-after-cancel", "-o", "json", "--html", path}, more...)
		stdout, stderr, code := invsim(args...)
		var answer struct {
			Violations []struct{ Property, Words string }
		}
		if err := json.Unmarshal([]byte(stdout), &answer); err != nil || code != exitViolated {
			t.Fatalf("exit %d, %v: %s", code, err, stderr)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		page, properties := string(data), map[string]bool{}
		told := regexp.MustCompile(`class="note violation middle">\n(?:<text[^>]*>[^<]*</text>\n)+`).FindAllString(page, -1)
		for _, v := range answer.Violations {
			if properties[v.Property] {
				continue
			}
			properties[v.Property] = true
			if !strings.Contains(page, `<td data-of="property">`+v.Property+`</td><td data-of="what it says">`+v.Words+`</td>`) {
				t.Errorf("%q: %s is not in the table", more, v.Property)
			}
			if !strings.Contains(strings.Join(told, ""), "✗ "+v.Property+" violated") {
				t.Errorf("%q: no picture shows %s", more, v.Property)
			}
		}
		for i, title := range regexp.MustCompile(`<h2 id="failure-[0-9]">([A-Z0-9]+), made small</h2>`).FindAllStringSubmatchIndex(page, -1) {
			if name := page[title[2]:title[3]]; strings.Contains(page[:title[0]], "✗ "+name+" violated") {
				t.Errorf("story %d is of %s, which a story before tells", i+1, name)
			}
		}
		if stories := strings.Count(page, ", made small</h2>"); len(properties) < 5 || stories > mostStories || (stories > 0) != (more == nil) {
			t.Errorf("%q: %d properties, %d stories", more, len(properties), stories)
		}
	}
}
