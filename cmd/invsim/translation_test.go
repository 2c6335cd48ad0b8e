// Pages in Chinese say what the English ones say: line by line they have the same
// headings, lists, tables, code, names, numbers and links. -rewrite copies the code.

package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/golden"
)

// translated are the English pages; the Chinese ones are beside them.
var translated = []string{"README.md", "docs/agora.md"}

func chineseOf(page string) string { return strings.TrimSuffix(page, ".md") + ".zh-CN.md" }

func TestTranslations(t *testing.T) {
	for _, page := range translated {
		english, chinese := readPage(t, page), readPage(t, chineseOf(page))
		if blocks := golden.Fence.FindAllString(english, -1); len(blocks) != len(golden.Fence.FindAllString(chinese, -1)) {
			t.Errorf("%s has %d blocks of code, and not %d", chineseOf(page), len(golden.Fence.FindAllString(chinese, -1)), len(blocks))
		} else {
			want := golden.Fence.ReplaceAllStringFunc(chinese, func(string) string {
				block := blocks[0]
				blocks = blocks[1:]
				return block
			})
			golden.File(t, filepath.Join("..", "..", chineseOf(page)), want)
		}

		own, other := linesOf(english), linesOf(chinese)
		for i := range max(len(own), len(other)) {
			if i >= len(own) || i >= len(other) || own[i].kind != other[i].kind {
				t.Errorf("from here on %s and its translation have other lines:\n%s\n%s", page, textAt(own, i), textAt(other, i))
				break
			}
			for name, parts := range own[i].parts {
				if !slices.Equal(parts, other[i].parts[name]) {
					t.Errorf("%s: other %s: %q and %q in\n%s\n%s", page, name, parts, other[i].parts[name], own[i].text, other[i].text)
				}
			}
		}
		for from, to := range map[string]string{page: chineseOf(page), chineseOf(page): page} {
			if head := strings.Join(strings.SplitN(readPage(t, from), "\n", 5)[:4], "\n"); !strings.Contains(head, "]("+filepath.Base(to)+")") {
				t.Errorf("%s does not begin with a link to %s", from, to)
			}
		}
	}
}

// pageLine is one line of a page outside of code: what must be the same in any language.
type pageLine struct {
	text, kind string
	parts      map[string][]string
}

var (
	lineKind = regexp.MustCompile(`^(#+ |\* |\d+\. |\||<)`)
	codeSpan = regexp.MustCompile("`[^`]+`")
	linkTo   = regexp.MustCompile(`\]\(([^)#]*)(#[^)]*)?\)`)
	number   = regexp.MustCompile(`\d+(?:[.,]\d+)*`)
)

func linesOf(page string) (lines []pageLine) {
	for text := range strings.Lines(golden.Fence.ReplaceAllString(page, "<code>\n")) {
		text = strings.TrimSpace(text)
		if text == "" || strings.Contains(text, "简体中文") { // the line with the languages
			continue
		}
		kind := lineKind.FindString(text)
		if kind == "|" {
			kind = strings.Repeat("|", strings.Count(codeSpan.ReplaceAllString(text, ""), "|"))
		}
		names := codeSpan.FindAllString(text, -1)
		rest := codeSpan.ReplaceAllString(text, "")
		var links []string
		for _, link := range linkTo.FindAllStringSubmatch(rest, -1) {
			links = append(links, strings.ReplaceAll(link[1], ".zh-CN", ""))
		}
		numbers := number.FindAllString(linkTo.ReplaceAllString(rest, ""), -1)
		for _, parts := range [][]string{names, links, numbers} {
			slices.Sort(parts)
		}
		lines = append(lines, pageLine{text, kind, map[string][]string{"names": names, "links": links, "numbers": numbers}})
	}
	return lines
}

func textAt(lines []pageLine, i int) string {
	if i < len(lines) {
		return lines[i].text
	}
	return "(the end)"
}
