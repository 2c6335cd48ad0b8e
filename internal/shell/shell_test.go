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

// TestWords: quotes hold together what has spaces in it, and both kinds may hold the other.
func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, " \t": nil, "--loss 5%": {"--loss", "5%"}, " a  b\n": {"a", "b"}, `--groups "0,1: loss=5% dup=1%"`: {"--groups", "0,1: loss=5% dup=1%"},
		`--groups='0: loss=5%' x`: {"--groups=0: loss=5%", "x"}, `"it's" '"'`: {"it's", `"`}, `'' ""`: {"", ""}, `a\b`: {`a\b`}, "\xff é": {"\xff", "é"},
	} {
		if got, err := Words(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{`"a b`: `a quotation mark " is missing`, `a "b' c`: `a quotation mark " is missing`, `it's`: "a quotation mark ' is missing"} {
		if got, err := Words(text); err == nil || err.Error() != want {
			t.Errorf("%q: %q, %v, want %s", text, got, err, want)
		}
	}
}
