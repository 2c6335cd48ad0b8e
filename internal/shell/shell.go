// Package shell writes command lines that can be pasted into any POSIX shell. All
// printed commands, such as the line again:, come from here. It also reads the words of a
// flag that holds a part of a command line. It imports nothing of this module.
package shell

import (
	"fmt"
	"strings"
)

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

// Words reads what a person writes as a part of a command line: words with spaces between
// them, of which those with spaces in them are in single or double quotes.
func Words(text string) (words []string, err error) {
	var word []byte // nil between two words
	quote := byte(0)
	for _, c := range []byte(text) {
		switch isQuote := c == '\'' || c == '"'; {
		case c == quote:
			quote = 0
		case quote == 0 && isQuote:
			quote, word = c, append([]byte{}, word...)
		case quote == 0 && strings.IndexByte(" \t\r\n", c) >= 0:
			if word != nil {
				words, word = append(words, string(word)), nil
			}
		default:
			word = append(word, c)
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quotation mark %c is missing", quote)
	}
	if word != nil {
		words = append(words, string(word))
	}
	return words, nil
}
