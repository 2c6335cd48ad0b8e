// Groups: phones that differ from the others, so that mixed populations can be
// simulated.

package setup

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/sim/fault"
)

// Group is some phones and their own options.
type Group struct {
	Phones []int   // their indexes; nil: a share
	Share  float64 // of all phones: those with the lowest indexes that no group before it has
	Set    []Setting
}

// Setting is an option by its name, with its text.
type Setting struct{ Name, Text string }

// maxGroups bounds how many there are.
const maxGroups = 100

// String is the text that parseGroups reads: 0,1: loss=20%.
func (g Group) String() string {
	who := strconv.FormatFloat(100*g.Share, 'g', -1, 64) + "%"
	if g.Phones != nil {
		numbers := make([]string, len(g.Phones))
		for i, p := range g.Phones {
			numbers[i] = strconv.Itoa(p)
		}
		who = strings.Join(numbers, ",")
	}
	text := who + ":"
	for _, s := range g.Set {
		text += " " + s.Name + "=" + s.Text
	}
	return text
}

// parseGroups reads groups, separated by semicolons. Each is the numbers of its phones
// or their share, a colon, and settings: "0,1: loss=20%; 25%: accept-time=32s".
func parseGroups(text string) ([]Group, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var all []Group
	for _, part := range strings.Split(text, ";") {
		who, settings, ok := strings.Cut(part, ":")
		if !ok {
			return nil, fmt.Errorf("%q: not a group such as 0,1: loss=20%% or 25%%: accept-time=32s", strings.TrimSpace(part))
		}
		g, err := parseWho(strings.TrimSpace(who))
		if err != nil {
			return nil, err
		}
		for _, setting := range strings.Fields(settings) {
			name, value, ok := strings.Cut(setting, "=")
			if !ok {
				return nil, fmt.Errorf("group %s: %q is not a setting such as loss=20%%", strings.TrimSpace(who), setting)
			}
			if strings.HasSuffix(value, ",") {
				return nil, fmt.Errorf("group %s: %q ends with a comma: settings are separated by spaces", strings.TrimSpace(who), setting)
			}
			g.Set = append(g.Set, Setting{name, value})
		}
		all = append(all, g)
	}
	return all, nil
}

// shares are those of all phones that a group can have.
var shares = input.From(1e-4, 1).In("%")

func parseWho(text string) (g Group, err error) {
	if strings.HasSuffix(text, "%") {
		if g.Share, err = input.Share(text, shares); err != nil {
			return g, fmt.Errorf("group %s: a share of the phones %w", text, err)
		}
		return g, nil
	}
	for _, number := range strings.Split(text, ",") {
		phone, err := input.Whole(number, input.From(-1<<31, 1<<31-1))
		if err != nil {
			return g, fmt.Errorf("group %s: %q is not the number of a phone", text, number)
		}
		g.Phones = append(g.Phones, phone)
	}
	return g, nil
}

// Members are the groups as lists of phones, without shares.
func (o *Options) Members() []Group {
	taken := make([]bool, o.Phones())
	for i := range o.Groups {
		for _, p := range o.Groups[i].Phones {
			if p >= 0 && p < o.Phones() {
				taken[p] = true
			}
		}
	}
	all := slices.Clone(o.Groups)
	for i := range all {
		if all[i].Phones != nil {
			continue
		}
		all[i].Phones = []int{}
		left := int(all[i].Share*float64(o.Phones()) + 0.5)
		for p := 0; p < o.Phones() && left > 0; p++ {
			if !taken[p] {
				taken[p] = true
				all[i].Phones = append(all[i].Phones, p)
				left--
			}
		}
	}
	return all
}

// perPhone reports whether a group may set an option: how a phone is connected, its
// outages and other faults, its clock, the times and bounds of its engine, and its
// policies. All engines share one transport, and so one MaxDelay.
func perPhone(name string) bool {
	for kind := range fault.Save {
		if r := kind.Row(); !r.Whole && name != "" && (name == r.Every.Name || name == r.For.Name) {
			return true
		}
	}
	return slices.Contains([]string{
		"loss", "dup", "reorder", "reorder-by", "corrupt", "latency", "rate", "queue", "offline", "drift",
		"no-response-time", "expiry-time", "expiry-cap", "grace-time", "accept-time", "refresh", "retransmit-first", "retransmit-cap", "accept-first", "accept-cap",
		"linger-time", "tombstone-time", "fail-at-once", "no-retransmit", "max-per-peer", "max-total", "policy",
	}, name)
}

// notPerPhone says why a group may not set an option.
func notPerPhone(o *Options, name string) string {
	var may []string
	for _, f := range o.Fields() {
		if f.Name == name {
			return name + " cannot differ between phones"
		}
		if perPhone(f.Name) {
			may = append(may, f.Name)
		}
	}
	return fmt.Sprintf("unknown option %q%s", name, input.DidYouMean(name, may, "its options are those of one phone"))
}

// Populations are the options without groups, and then those of each group; of tells
// by phone which are its. Without groups, of is nil.
func (o *Options) Populations() (all []*Options, of []uint8, err error) {
	all = []*Options{o}
	if o.Groups == nil {
		return all, nil, nil
	}
	of = make([]uint8, o.Phones())
	for i, g := range o.Members() {
		own := *o
		own.Groups = nil
		fields := own.unsorted()
		for _, s := range g.Set {
			if !perPhone(s.Name) {
				return nil, nil, fmt.Errorf("groups: %v: %s", o.Groups[i], notPerPhone(o, s.Name))
			}
			if err := setField(fields, s.Name, s.Text); err != nil {
				return nil, nil, fmt.Errorf("groups: %v: %w", o.Groups[i], err)
			}
		}
		if len(g.Phones) == 0 {
			return nil, nil, fmt.Errorf("groups: %v: there is no phone left for it among %d", o.Groups[i], o.Phones())
		}
		all = append(all, &own)
		for _, p := range g.Phones {
			if p < 0 || p >= o.Phones() {
				return nil, nil, fmt.Errorf("groups: %v: phone %d: there are 0 to %d", g, p, o.Phones()-1)
			}
			if of[p] != 0 {
				return nil, nil, fmt.Errorf("groups: phone %d is in two groups", p)
			}
			of[p] = uint8(i + 1)
		}
	}
	return all, of, nil
}

// validateGroups reports groups that make no sense, alone or together.
func (o *Options) validateGroups() error {
	if len(o.Groups) > maxGroups {
		return fmt.Errorf("groups: %d, at most %d", len(o.Groups), maxGroups)
	}
	all, _, err := o.Populations()
	if err != nil {
		return err
	}
	var problems []string
	for i, a := range all[1:] {
		if err := a.Validate(); err != nil {
			problems = append(problems, fmt.Sprintf("groups: %v: %v", o.Groups[i], err))
		}
	}
	if problems != nil {
		return errors.New(strings.Join(problems, "; "))
	}
	return timesFit(all)
}
