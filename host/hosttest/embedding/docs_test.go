package embedding_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const page = "../../../docs/embedding.md"

// TestDocs: every Go snippet of the page is code that is compiled and tested.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code []string
	for _, file := range append(files, "../../memory/example_test.go", "../../memory/memory_test.go", "../hosttest.go") {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all := "\n" + string(source)
		code = append(code, all, strings.ReplaceAll(all, "\n\t", "\n"))
	}
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```\n").FindAllStringSubmatch(string(text), -1)
	if len(snippets) < 10 {
		t.Errorf("%d snippets", len(snippets))
	}
	for _, snippet := range snippets {
		found := false
		for _, source := range code {
			found = found || strings.Contains(source, "\n"+snippet[1])
		}
		if !found {
			t.Errorf("no file has\n%s", snippet[1])
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([^)#]+)`).FindAllStringSubmatch(string(text), -1) {
		if _, err := os.Stat(filepath.Join(filepath.Dir(page), link[1])); err != nil && !strings.Contains(link[1], "://") {
			t.Error(err)
		}
	}
}
