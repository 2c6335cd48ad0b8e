// Faults at set times, and their text.

package fault

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/invsim/invsim/internal/input"
)

// longest is the longest time of a set fault.
const longest = 1000 * time.Hour

// times are when a set fault begins, and lengths how long one of the kind can last. A clock
// can be set back.
var times = input.From(0, longest)

func (k Kind) lengths() input.Bounds[time.Duration] {
	if k == Jump {
		return input.From(-longest, longest)
	}
	return times
}

// Time reads when a set fault begins, and Length how long it lasts, or how far it sets a
// clock.
func Time(text string) (time.Duration, error)   { return input.Time(text, times) }
func Length(text string) (time.Duration, error) { return input.Time(text, Jump.lengths()) }

// Scheduled is a fault at a set time of every world.
type Scheduled struct {
	Kind   Kind
	At     time.Duration // since the start of the world
	For    time.Duration
	Phones []int // their indexes; nil for all, and for a partition the first half
	OneWay bool  // of a partition: only what the phones send is cut off
	Midway bool  // of a crash: it comes after the next save, before anything of it is sent
}

// String is the text that Parse reads.
func (f Scheduled) String() string {
	text := fmt.Sprintf("%v@%v+%v", f.Kind, f.At, f.For)
	if f.Phones != nil {
		numbers := make([]string, len(f.Phones))
		for i, p := range f.Phones {
			numbers[i] = strconv.Itoa(p)
		}
		text += ":" + strings.Join(numbers, ",")
	}
	if f.OneWay {
		text += ":one-way"
	}
	if f.Midway {
		text += ":midway"
	}
	return text
}

// Parse reads KIND@AT+FOR, such as offline@10s+5s, and after a colon the
// numbers of phones and the word one-way: partition@10s+5s:0,1:one-way.
func Parse(text string) (Scheduled, error) {
	parts := strings.Split(text, ":")
	kind, when, ok := strings.Cut(parts[0], "@")
	at, for_, ok2 := strings.Cut(when, "+")
	if !ok || !ok2 {
		return Scheduled{}, fmt.Errorf("%q: not a fault such as offline@10s+5s or partition@10s+5s:0,1:one-way", text)
	}
	var f Scheduled
	index := slices.Index(Names(), kind)
	if index < 0 {
		return Scheduled{}, fmt.Errorf("fault %q: unknown kind %q%s", text, kind, input.DidYouMean(kind, Names(), ""))
	}
	f.Kind = Kind(index)
	var err error
	if f.At, err = input.Time(at, times); err != nil {
		return Scheduled{}, fmt.Errorf("fault %q: %s: %w", text, at, err)
	}
	if f.For, err = input.Time(for_, f.Kind.lengths()); err != nil {
		return Scheduled{}, fmt.Errorf("fault %q: %s: %w", text, for_, err)
	}
	for _, part := range parts[1:] {
		if part == "one-way" {
			f.OneWay = true
			continue
		}
		if part == "midway" {
			f.Midway = true
			continue
		}
		for _, number := range strings.Split(part, ",") {
			phone, err := strconv.Atoi(number)
			if err != nil {
				return Scheduled{}, fmt.Errorf("fault %q: %q is not the number of a phone", text, number)
			}
			f.Phones = append(f.Phones, phone)
		}
	}
	return f, nil
}

// Validate reports a fault that cannot happen among a number of users.
func (f Scheduled) Validate(users int) error {
	if f.Kind >= Save {
		return fmt.Errorf("fault kind %d is unknown", f.Kind)
	}
	if err := cmp.Or(times.Check(f.At), f.Kind.lengths().Check(f.For)); err != nil {
		return fmt.Errorf("%v: its times %w", f, err)
	}
	if f.OneWay && f.Kind != Partition {
		return fmt.Errorf("%v: only a partition can be one-way", f)
	}
	if f.Midway && f.Kind != Crash {
		return fmt.Errorf("%v: only a crash can be midway", f)
	}
	for i, p := range f.Phones {
		if slices.Contains(f.Phones[:i], p) {
			return fmt.Errorf("%v: phone %d stands there twice", f, p)
		}
		if p < 0 || p >= users {
			return fmt.Errorf("%v: phone %d: there are 0 to %d", f, p, users-1)
		}
	}
	return nil
}

// Has reports whether the fault concerns a phone.
func (f *Scheduled) Has(phone int32, users int) bool {
	if f.Phones == nil {
		return f.Kind != Partition || int(phone) < users/2
	}
	return slices.Contains(f.Phones, int(phone))
}
