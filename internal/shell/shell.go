// Package shell writes command lines that can be pasted into any POSIX shell. All
// printed commands, such as the line again:, come from here. It imports nothing of this
// module.
package shell

import "strings"

// Line is words as one command line: a shell reads the same words from it.
func Line(words ...string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = Quote(word)
	}
	return strings.Join(quoted, " ")
}

// Quote is one word of a command line: as it is, or in single quotes if a shell
// could take it for anything else.
func Quote(word string) string {
	if word != "" && word[0] != '=' && strings.IndexFunc(word, isSpecial) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// isSpecial reports a character that some shell may treat in a way of its own.
func isSpecial(c rune) bool {
	isPlain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("._-/%:=,+@", c)
	return !isPlain
}
