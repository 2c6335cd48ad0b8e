// Names that were mistyped, and what was meant.

package input

import (
	"slices"
	"strings"
)

// most is how many names are suggested.
const most = 3

// DidYouMean is the end of a message about an unknown name: the names that are close to
// what was typed, or else where they are listed, or all of them.
func DidYouMean(typed string, names []string, list string) string {
	if near := Near(typed, names); near != nil {
		return "; did you mean " + strings.Join(near, " or ") + "?"
	}
	switch {
	case len(names) == 0:
		return "; there are none"
	case list != "":
		return "; " + list
	}
	return "; there are " + strings.Join(names, ", ")
}

// Near are the names that are closest to what was typed: the same but for capitals and
// signs, or a few letters apart, or with it as a part.
func Near(typed string, names []string) []string {
	plain := plainly(typed)
	if plain == "" {
		return nil
	}
	least := 2 + min(3, len(plain)/4) // one letter in four may be wrong, and one more
	var near, with []string
	for _, name := range names {
		of := plainly(name)
		if sameWords(typed, name) {
			return []string{name}
		}
		switch d := distance(plain, of); {
		case d < least && d < len(of):
			near, least = []string{name}, d
		case d == least && near != nil:
			near = append(near, name)
		}
		if len(plain) >= 3 && len(of) >= 3 && (strings.Contains(of, plain) || strings.Contains(plain, of)) {
			with = append(with, name)
		}
	}
	if near == nil || least > 1 && with != nil {
		near = with
	}
	return near[:min(len(near), most)]
}

// plainly is a name in small letters, without signs.
func plainly(name string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune("-_ .:", c) {
			return -1
		}
		return c
	}, strings.ToLower(name))
}

// sameWords reports names of the same words in another order.
func sameWords(a, b string) bool {
	words := func(name string) []string {
		all := strings.FieldsFunc(strings.ToLower(name), func(c rune) bool { return strings.ContainsRune("-_ ", c) })
		slices.Sort(all)
		return all
	}
	return len(words(a)) > 1 && slices.Equal(words(a), words(b))
}

// distance is how many letters must be put in, taken out, replaced or exchanged with
// their neighbours to make b of a. Names longer than any of ours are far from all.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	var before, row []int
	for i := range len(a) + 1 {
		next := make([]int, len(b)+1)
		for j := range next {
			switch {
			case i == 0 || j == 0:
				next[j] = i + j
				continue
			case a[i-1] == b[j-1]:
				next[j] = row[j-1]
			default:
				next[j] = 1 + min(row[j-1], row[j], next[j-1])
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], 1+before[j-2])
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
