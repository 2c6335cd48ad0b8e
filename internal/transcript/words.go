// The words of a command, read into the slots of its usage. A word that cannot be
// read, like everything that a script cannot go on after, is a mistake.

package transcript

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/input"
)

// Bounds of the numbers in a script: it is played soon, and its times fit into the
// column that they are printed in.
const (
	longestTime = 24 * time.Hour
	mostNumber  = 1 << 16
)

type mistake string

// fail raises a mistake, which try catches.
func fail(format string, args ...any) { panic(mistake(fmt.Sprintf(format, args...))) }

func try(do func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case mistake:
			err = errors.New(string(r))
		default:
			panic(r)
		}
	}()
	do()
	return nil
}

// command is a command that has been read.
type command struct {
	words  []string // after the verb
	isRule bool     // about messages that NAME has yet to send

	name    string // NAME
	peer    string // PEER
	isText  bool   // PEER is a text
	to      ref    // #N
	id      engine.ID
	time    time.Duration
	count   int         // 0 for every
	kind    engine.Kind // 0 for any
	last    string      // the last word, which may be one of several
	payload payload
	note    string
	options []func(*engine.Options)
	fields  []func(*engine.Message)
}

// ref names an invitation: #N, or #N@STRANGER for one that a stranger sent under the
// id of #N.
type ref struct {
	word     string
	number   int
	stranger string
}

// payload is the text that an app sets in an invitation; nil is left as it is.
type payload struct {
	content, channel, response *string
	noResponse, expiry         *time.Duration
}

// read fills the slots of a usage, from left to right. Those in brackets may be empty.
func (c *command) read(usage string) {
	left := c.words
	for _, slot := range strings.Fields(usage) {
		switch {
		case slot == "[NAME]" && (len(left) == 0 || strings.Contains(left[0], "=") || placeOf(left[0], optionPlaces) >= 0):
			continue
		case slot[0] == '[' && len(left) == 0:
			return
		}
		slot = strings.Trim(slot, "[]")
		if len(left) == 0 {
			fail("%s is missing", slot)
		}
		if strings.ContainsAny(slot, "…=") {
			c.readSettings(slot, left)
			return
		}
		c.readWord(slot, left[0])
		left = left[1:]
	}
	if len(left) > 0 {
		fail("%s is too much", strings.Join(left, " "))
	}
}

func (c *command) readSettings(slot string, words []string) {
	switch slot {
	case "note=TEXT":
		for _, set := range settings(words, notePlaces) {
			set(c)
		}
	case "OPTION…":
		c.options = settings(words, optionPlaces)
	case "FIELD=VALUE…":
		c.fields = settings(words, messagePlaces)
	default:
		for _, set := range settings(words, payloadPlaces) {
			set(&c.payload)
		}
	}
}

func (c *command) readWord(slot, word string) {
	c.last = word
	first, others, _ := strings.Cut(slot, "|")
	if slices.Contains(strings.Split(others, "|"), word) {
		return
	}
	switch first {
	case "NAME":
		self, _ := withoutDevice(word)
		c.name = word
		userID(self)
	case "PEER":
		if c.isText = strings.ContainsAny(word, `"*`); c.isText {
			c.peer = text(word)
		} else {
			c.peer = userID(word)
		}
	case "#N":
		c.to = readRef(word)
	case "ID":
		if word[0] == '#' {
			c.to = readRef(word)
		} else if _, err := fmt.Sscanf(word, "%x-%d", &c.id.Epoch, &c.id.Counter); err != nil || c.id.String() != word {
			fail("%s is not an id: #1 and 5eed-1 are", word)
		}
	case "TIME":
		c.time = duration(word, 0)
	case "±TIME":
		if c.time = duration(word, -longestTime); !strings.ContainsAny(word[:1], "+-") {
			fail("%s is not a change: +%s and -%s are", word, word, word)
		}
	case "COUNT":
		c.count = number(word)
	case "KIND":
		c.kind = named[engine.Kind](word)
	case "STATE":
		if names := stateNames(); !slices.Contains(names, word) {
			fail("%s is no state%s", word, input.DidYouMean(word, names, ""))
		}
	default:
		if word != first {
			fail("%s is not %s", word, slot)
		}
	}
}

// split separates a line at the spaces outside of quoted texts.
func split(line string) []string {
	quoted := false
	return strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}

func userID(word string) string {
	if !engine.ValidUserID(word) {
		fail("%s is not a valid user id", word)
	}
	return word
}

// withoutDevice takes the number of a device from a name: bob/2 is device 2 of bob.
func withoutDevice(name string) (self string, device uint64) {
	self, digits, found := strings.Cut(name, "/")
	if found {
		device = uint64(number(digits))
	}
	return self, device
}

func readRef(word string) ref {
	hashed, stranger, _ := strings.Cut(word, "@")
	digits, ok := strings.CutPrefix(hashed, "#")
	if !ok {
		fail("%s is not an invitation: #1 is", word)
	}
	return ref{word, number(digits), stranger}
}

func number(word string) int {
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > mostNumber {
		fail("%s is not a number from 1 to %d", word, mostNumber)
	}
	return n
}

func duration(word string, least time.Duration) time.Duration {
	d, err := time.ParseDuration(word)
	if err != nil {
		fail("%s is not a time: 1.5s, 200ms and 1m30s are", word)
	}
	if d < least || d > longestTime {
		fail("%s is not from %v to %v", word, least, longestTime)
	}
	return d
}

// text is "quoted", or COUNT*CHARACTER for a long one.
func text(word string) string {
	if count, what, ok := strings.Cut(word, "*"); ok && word[0] != '"' && len(what) <= 4 {
		return strings.Repeat(what, number(count))
	}
	s, err := strconv.Unquote(word)
	if err != nil || word[0] != '"' {
		fail("%s is not a text: \"hi\" and 100*x are", word)
	}
	return s
}

// named is the value that calls itself so.
func named[T interface {
	~uint8
	fmt.Stringer
}](name string) T {
	name = strings.Trim(name, `"`)
	names := namesOf[T]()
	i := slices.Index(names, name)
	if i < 0 {
		fail("%s is none of: %s", name, strings.Join(names, ", "))
	}
	return T(i + 1)
}

// namesOf are the names of all values, from 1 on.
func namesOf[T interface {
	~uint8
	fmt.Stringer
}]() (names []string) {
	for i := T(1); i.String() != "?"; i++ {
		names = append(names, i.String())
	}
	return names
}
