// Every block of Go on a page is code that is compiled and tested.

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/golden"
)

// TestGoBlocks: a block stands in a file of the module or of an example, as it is or
// inside of a function.
func TestGoBlocks(t *testing.T) {
	var code strings.Builder
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") && filepath.Base(path) != "go_blocks_test.go" {
			var source []byte
			source, err = os.ReadFile(path)
			all := "\n" + string(source)
			code.WriteString(all + strings.ReplaceAll(all, "\n\t", "\n"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	all, blocks := code.String(), 0
	for _, page := range pages(t) {
		for _, block := range golden.Fence.FindAllStringSubmatch(readPage(t, page), -1) {
			if block[1] != "go" || strings.HasSuffix(block[2], ".go") { // a file of a page to follow is compiled there
				continue
			}
			blocks++
			if !strings.Contains(all, "\n"+block[3]) {
				t.Errorf("%s: no file has\n%s", page, block[3])
			}
		}
	}
	if blocks < 30 {
		t.Errorf("only %d blocks", blocks)
	}
}
