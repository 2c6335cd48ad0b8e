package shell

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// odd are words that a shell would split, expand or take for something else.
var odd = []string{
	"", " ", "a b", "a\tb", "a\nb", "\n", "'", "''", `"`, `\`, `a\nb`, "$HOME", "$(echo x)", "`echo x`", "~", "~root", "*", "a?", "[a]", "{a,b}",
	"a;b", "a&b", "a|b", "a<b", "a>b", "(a)", "#a", "!a", "!!", "=ls", "a=b", "-", "--", "-x", "--x=y z", "é", "→", "\x1b[31m", "\xff", "%1", "^a", "a\r",
}

// TestLine lets a shell read what was written.
func TestLine(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	out, err := exec.Command(sh, "-c", `printf '%s\0' `+Line(odd...)).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(got, odd) {
		t.Errorf("the shell reads %q, not %q", got, odd)
	}
}

// TestPlainWordsStay: what needs no quotes gets none.
func TestPlainWordsStay(t *testing.T) {
	for _, word := range []string{"run", "--loss", "5%", "50ms..250ms", "50/s", "../a/b.yaml", "loss=0%,5%", "inv2-AAAS_w", "partition@1s+2s:0,1:one-way"} {
		if got := Quote(word); got != word {
			t.Errorf("%s became %s", word, got)
		}
	}
}
