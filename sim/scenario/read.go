// From the tree to a scenario: the keys and their values.

package scenario

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/threshold"
)

// reader fills a scenario and notes what is wrong.
type reader struct {
	*source
	scenario *Scenario
	lines    map[string]*node // where each option is set, by its name
	faults   []*node          // where each fault is set
	preset   *node            // where the preset is named
}

// sections are those that hold options, in their order.
var sections = []setup.Section{setup.OfRun, setup.OfWorld, setup.OfNetwork, setup.OfPhones, setup.OfUsers, setup.OfEngine}

// keys are all keys of a file, in the order of a canonical one.
var keys = []string{"name", "about", "preset", "extends", "run", "world", "network", "phones", "users", "engine", "faults", "goals", "thresholds"}

func (r *reader) file(root *node) {
	if root.kind != mapping {
		r.problem(root.line, root.column, "%s: a scenario is keys with values, such as name: my-world", root.kind)
		return
	}
	entries := r.entries(root, "", keys)
	r.base(entries) // first, wherever it stands: the rest changes it
	named := false
	for _, e := range entries {
		switch key := e.key.text; key {
		case "name":
			r.name(e.value)
			named = true
		case "about":
			r.about(e.value)
		case "preset", "extends":
		case "faults":
			r.faultList(e.value)
		case "goals":
			r.scenario.Goals = r.texts(key, e.value, r.goal)
		case "thresholds":
			r.scenario.Thresholds = r.texts(key, e.value, r.threshold)
		default:
			r.section(setup.Section(key), e.value)
		}
	}
	if !named {
		r.problem(root.line, root.column, "name: missing")
	}
}

// entries are those of a mapping whose keys are among the names, each once.
func (r *reader) entries(n *node, path string, names []string) []entry {
	var known []entry
	first := map[string]*node{}
	for _, e := range n.entries {
		key := e.key
		switch {
		case !slices.Contains(names, key.text):
			r.problem(key.line, key.column, "%s%s: unknown key%s", path, key.text, r.elsewhere(key.text, names))
		case first[key.text] != nil:
			r.problem(key.line, key.column, "%s%s: a second time; the first is in line %d", path, key.text, first[key.text].line)
		default:
			first[key.text] = key
			known = append(known, e)
		}
	}
	return known
}

// elsewhere says in which section a key stands, if it is in the wrong one, or what was
// meant: a key of this section, or else of any.
func (r *reader) elsewhere(key string, names []string) string {
	sections, options := map[string]setup.Section{}, []string{}
	for _, f := range r.scenario.Options.Fields() {
		if f.Name != "faults" {
			sections[f.Name], options = f.Section, append(options, f.Name)
		}
	}
	section, isOption := sections[key]
	switch {
	case isOption:
		return fmt.Sprintf("; it belongs under %s:", section)
	case slices.Contains(keys, key):
		return "; it belongs at the left margin"
	}
	if near := input.Near(key, slices.Concat(options, keys)); near != nil && input.Near(key, names) == nil {
		place := "at the left margin"
		if section, ok := sections[near[0]]; ok {
			place = fmt.Sprintf("under %s:", section)
		}
		return fmt.Sprintf("; did you mean %s? it belongs %s", near[0], place)
	}
	return input.DidYouMean(key, names, "")
}

func (r *reader) base(entries []entry) {
	var from *node
	for _, e := range entries {
		if e.key.text != "preset" && e.key.text != "extends" {
			continue
		}
		if from != nil {
			r.problem(e.key.line, e.key.column, "%s: preset and extends mean the same; line %d has the other", e.key.text, from.line)
			return
		}
		from = e.value
		if from.kind != text && from.kind != number {
			r.problem(from.line, from.column, "%s: %s, not the name of a preset", e.key.text, from.kind)
			continue
		}
		base, err := baseOf(from.text)
		if err != nil || from.text == "" {
			r.problem(from.line, from.column, "%s: %s", e.key.text, unknown("preset", from.text, PresetNames()))
			continue
		}
		r.scenario.Preset, r.scenario.Options, r.preset = from.text, base, from
	}
}

// nameShape keeps names fit for a command line and for a file.
var nameShape = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

func (r *reader) name(n *node) {
	if (n.kind != text && n.kind != number) || !nameShape.MatchString(n.text) {
		r.problem(n.line, n.column, "name: 1 to 64 small letters, digits, points and hyphens, such as my-world")
		return
	}
	r.scenario.Name = n.text
}

func (r *reader) about(n *node) {
	about := strings.TrimSpace(n.text)
	if n.kind != text || len(about) > 2000 || strings.ContainsFunc(strings.ReplaceAll(about, "\n", ""), func(c rune) bool { return isControl(c) || c == '\t' }) {
		r.problem(n.line, n.column, "about: a text of at most 2000 bytes without control characters")
		return
	}
	r.scenario.About = about
}

// section sets the options of one section.
func (r *reader) section(section setup.Section, n *node) {
	switch n.kind {
	case null: // all its keys are commented out
		return
	case mapping:
	default:
		r.problem(n.line, n.column, "%s: %s, not keys with values", section, n.kind)
		return
	}
	fields := map[string]setup.Field{}
	var names []string
	for _, f := range r.scenario.Options.Fields() {
		if f.Section == section && f.Name != "faults" {
			fields[f.Name] = f
			names = append(names, f.Name)
		}
	}
	for _, e := range r.entries(n, string(section)+".", names) {
		if err := r.set(fields[e.key.text], e.value); err != nil {
			r.problem(e.value.line, e.value.column, "%s.%s: %v", section, e.key.text, err)
			continue
		}
		r.lines[e.key.text] = e.value
		r.scenario.given = append(r.scenario.given, e.key.text)
	}
}

// shape is how a field's value is written in YAML.
type shape struct {
	kinds []kind
	zero  bool // and a bare 0
	want  string
}

// shapes are those of the types of values in sim.
var shapes = map[string]shape{
	"int":          {kinds: []kind{number}, want: "a whole number"},
	"uint":         {kinds: []kind{number}, want: "a whole number"},
	"number":       {kinds: []kind{number}, want: "a number"},
	"probability":  {kinds: []kind{number, text}, want: "a probability such as 5% or 0.05"},
	"rate":         {kinds: []kind{number, text}, want: "a rate such as 50/s"},
	"duration":     {kinds: []kind{text}, zero: true, want: "a time with a unit, such as 20s"},
	"time[..time]": {kinds: []kind{text}, zero: true, want: "a time with a unit, such as 1s, or two such as 1s..20s"},
	"delay":        {kinds: []kind{text}, zero: true, want: "a delay with a unit, such as 50ms..250ms"},
	"bool":         {kinds: []kind{boolean}, want: "true or false, without quotes"},
	"FILE":         {kinds: []kind{text}, want: "the path of a file"},
	"groups":       {kinds: []kind{text}, want: "groups of phones such as \"0,1: loss=20%; 25%: accept-time=32s\""},
}

// shapeOf is that of a type in the table, or of one that lists its words.
func shapeOf(typ string) (shape, bool) {
	if words := strings.Split(typ, "|"); len(words) > 1 {
		last := len(words) - 1
		return shape{kinds: []kind{text}, want: strings.Join(words[:last], ", ") + " or " + words[last]}, true
	}
	s, ok := shapes[typ]
	return s, ok
}

func (r *reader) set(f setup.Field, n *node) error {
	shape, _ := shapeOf(f.Value.Type())
	if !slices.Contains(shape.kinds, n.kind) && !(shape.zero && n.kind == number && n.text == "0") {
		shown := n.kind.String()
		if n.kind == number || n.kind == text || n.kind == boolean {
			shown = n.text
		}
		if r.quoted(n) {
			shown = strconv.Quote(n.text)
		}
		return fmt.Errorf("%s: not %s", shown, shape.want)
	}
	value, err := r.located(f, n.text)
	if err != nil {
		return err
	}
	if err := f.Value.Set(value); err != nil {
		return fmt.Errorf("%s: %w", n.text, err)
	}
	return nil
}

// samples is how a delay begins that is read from a file.
const samples = "samples:"

// located is a value with the path in it, if there is one, made relative to the
// working directory. What has no end, such as a device, is refused.
func (r *reader) located(f setup.Field, value string) (string, error) {
	before, path := "", value
	switch {
	case f.Value.Type() == "FILE":
	case f.Value.Type() == "delay" && strings.HasPrefix(strings.TrimSpace(value), samples):
		before, path = samples, strings.TrimPrefix(strings.TrimSpace(value), samples)
	default:
		return value, nil
	}
	if path == "" {
		return value, nil
	}
	path = besides(r.source.name, path)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("%s: there is no such file", path)
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s: not a regular file", path)
	}
	return before + path, nil
}

// texts reads a list of texts, each of which a check can refuse.
func (r *reader) texts(path string, n *node, check func(path string, n *node) bool) []string {
	if n.kind == null {
		return nil
	}
	if n.kind != list {
		r.problem(n.line, n.column, "%s: %s, not a list", path, n.kind)
		return nil
	}
	var all []string
	for i, item := range n.items {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case item.kind != text:
			r.problem(item.line, item.column, "%s: %s, not a text", at, item.kind)
		case slices.Contains(all, item.text):
			r.problem(item.line, item.column, "%s: %s: a second time", at, item.text)
		case check(at, item):
			all = append(all, item.text)
		}
	}
	return all
}

// goal checks a name against those that are known.
func (r *reader) goal(path string, n *node) bool {
	switch {
	case !nameShape.MatchString(n.text):
		r.problem(n.line, n.column, "%s: %s: not the name of a goal", path, n.text)
	case KnownGoals != nil && !slices.Contains(KnownGoals(), n.text):
		r.problem(n.line, n.column, "%s: %s", path, unknown("goal", n.text, KnownGoals()))
	default:
		return true
	}
	return false
}

func (r *reader) threshold(path string, n *node) bool {
	_, err := threshold.Parse(n.text)
	if err == nil {
		return true
	}
	column, text := n.column, err.Error()
	var wrong *threshold.ParseError
	if errors.As(err, &wrong) {
		column, text = column+wrong.Column-1, wrong.Problem
		if r.quoted(n) {
			column++
		}
	}
	r.problem(n.line, column, "%s: %s", path, text)
	return false
}

// quoted tells whether a text stands in quotes.
func (r *reader) quoted(n *node) bool {
	lines := strings.Split(string(r.data), "\n")
	if n.line > len(lines) {
		return false
	}
	line := []rune(lines[n.line-1])
	return n.column >= 1 && n.column <= len(line) && (line[n.column-1] == '"' || line[n.column-1] == '\'')
}

// faultKeys are those of one fault.
var faultKeys = []string{"kind", "at", "for", "phones", "one-way", "midway"}

func (r *reader) faultList(n *node) {
	if n.kind == null {
		return
	}
	if n.kind != list {
		r.problem(n.line, n.column, "faults: %s, not a list of entries such as - {kind: offline, at: 10s, for: 5s}", n.kind)
		return
	}
	r.scenario.given = append(r.scenario.given, "faults")
	r.scenario.Options.Faults = nil
	for i, item := range n.items {
		path := fmt.Sprintf("faults[%d]", i)
		if item.kind != mapping {
			r.problem(item.line, item.column, "%s: %s, not an entry such as {kind: offline, at: 10s, for: 5s}", path, item.kind)
			continue
		}
		r.scenario.Options.Faults = append(r.scenario.Options.Faults, r.fault(path+".", item))
		r.faults = append(r.faults, item)
	}
}

func (r *reader) fault(path string, n *node) fault.Scheduled {
	var f fault.Scheduled
	missing := map[string]bool{"kind": true, "at": true, "for": true}
	for _, e := range r.entries(n, path, faultKeys) {
		key, value := e.key.text, e.value
		delete(missing, key)
		var err error
		switch key {
		case "kind":
			f.Kind, err = faultKind(value)
		case "at":
			f.At, err = faultTime(value, fault.Time)
		case "for":
			f.For, err = faultTime(value, fault.Length)
		case "phones":
			f.Phones, err = faultPhones(value)
		case "midway":
			if f.Midway = value.text == "true"; value.kind != boolean {
				err = errors.New("not true or false, without quotes")
			}
		case "one-way":
			if f.OneWay = value.text == "true"; value.kind != boolean {
				err = errors.New("not true or false, without quotes")
			}
		}
		if err != nil {
			r.problem(value.line, value.column, "%s%s: %v", path, key, err)
		}
	}
	for _, key := range faultKeys {
		if missing[key] {
			r.problem(n.line, n.column, "%s%s: missing", path, key)
		}
	}
	return f
}

func faultKind(n *node) (fault.Kind, error) {
	kinds := fault.Names()
	if index := slices.Index(kinds, n.text); index >= 0 && n.kind == text {
		return fault.Kind(index), nil
	}
	return 0, errors.New(unknown("kind", n.text, kinds))
}

func faultTime(n *node, read func(string) (time.Duration, error)) (time.Duration, error) {
	if n.kind != text && n.text != "0" {
		return 0, fmt.Errorf("%s: not a time with a unit, such as 10s", n.text)
	}
	d, err := read(n.text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", n.text, err)
	}
	return d, nil
}

func faultPhones(n *node) ([]int, error) {
	if n.kind != list || len(n.items) == 0 {
		return nil, errors.New("not a list of phones such as [0, 1]; leave it out for all, or the first half in a partition")
	}
	var phones []int
	for _, item := range n.items {
		phone, err := strconv.Atoi(item.text)
		if err != nil || item.kind != number {
			return nil, fmt.Errorf("%s: not the number of a phone", item.text)
		}
		if slices.Contains(phones, phone) {
			return nil, fmt.Errorf("phone %d: a second time", phone)
		}
		phones = append(phones, phone)
	}
	return phones, nil
}
