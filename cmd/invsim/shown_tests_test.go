// The pages prove figures and claims with commands such as `go test ./host -run TestKill`.

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestShownTestsExist: what such a command picks is there. It is not run.
func TestShownTestsExist(t *testing.T) {
	shown := regexp.MustCompile("`(?:[A-Z_]+=\\S+ )*go test ([^`]*)`")
	picks := map[string]string{"-run": "Test|Example|Fuzz", "-bench": "Benchmark", "-fuzz": "Fuzz"}
	found := 0
	for _, page := range pages(t) {
		for _, command := range shown.FindAllStringSubmatch(readPage(t, page), -1) {
			words := shellWords(t, strings.ReplaceAll(command[1], "NAME", "Fuzz"))
			var source string
			for _, word := range words {
				if strings.HasPrefix(word, "./") {
					source += testsBelow(t, word)
				}
			}
			for i, word := range words[:len(words)-1] {
				pattern := words[i+1]
				if picks[word] == "" || source == "" || pattern == "^$" || pattern == "xxx" { // xxx, ^$: none
					continue
				}
				first, _, _ := strings.Cut(pattern, "/")
				picked, err := regexp.Compile(first)
				if err != nil {
					t.Errorf("%s: %s: %v", page, command[0], err)
					continue
				}
				some := false
				for _, name := range regexp.MustCompile(`(?m)^func ((?:`+picks[word]+`)\w*)\(`).FindAllStringSubmatch(source, -1) {
					some = some || picked.MatchString(name[1])
				}
				if !some {
					t.Errorf("%s: nothing matches %s of %s", page, pattern, command[0])
				}
				found++
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d", found)
	}
}

// testsBelow are the test files of a package, and with /... of those below it.
func testsBelow(t *testing.T, name string) string {
	t.Helper()
	dir, below := strings.CutSuffix(name, "...")
	root, text := filepath.Join("..", "..", dir), strings.Builder{}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && !below:
			return filepath.SkipDir
		case strings.HasSuffix(path, "_test.go"):
			source, err := os.ReadFile(path)
			text.Write(source)
			return err
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return text.String()
}
