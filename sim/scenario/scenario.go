// Package scenario reads and writes worlds as files: differences from the default
// world, goals and thresholds. docs/scenario.md is the guide to such files. It imports
// sim/setup, sim/fault, sim/threshold, errors and goccy/go-yaml.
package scenario

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim/setup"
)

// Scenario is a file that has been read.
type Scenario struct {
	Path       string // of the file; what it refers to is relative to its directory
	Name       string
	About      string
	Preset     string        // the preset it starts from; empty for the default world
	Options    setup.Options // all of them: the preset's where the file is silent
	Goals      []string      // that must occur at least once
	Thresholds []string      // in the language of package threshold

	given []string // the options that the file sets, in its order
}

// KnownGoals are the names that goals can have; nil if any name will do.
var KnownGoals func() []string

// maxSize is how long a file may be, in bytes.
const maxSize = 1 << 20

// Load reads a file. If something is wrong in it, the error is of type Problems.
func Load(path string) (*Scenario, error) {
	data, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("read scenario %s: %w", path, err)
	}
	return Parse(path, data)
}

// read reads one byte more than allowed, for Parse to refuse: a device has no end.
func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return nil, failed.Err // the path is named already
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxSize+1))
}

// Parse reads a scenario from the text of a file. The name is for messages, and
// what the scenario refers to is looked for in its directory. If something is
// wrong, the error is of type Problems.
func Parse(name string, data []byte) (*Scenario, error) {
	source := newSource(name, data)
	root := source.tree()
	r := reader{source: source, scenario: &Scenario{Path: name, Options: setup.Default()}, lines: map[string]*node{}}
	if len(source.problems) == 0 {
		r.file(root)
	}
	r.scenario.Options.Divide(r.scenario.Sets)
	if len(source.problems) == 0 {
		r.validate()
	}
	if err := source.problems.sorted(); err != nil {
		return nil, err
	}
	return r.scenario, nil
}

// New makes a scenario of options that are at hand.
func New(name, about, preset string, options setup.Options) (*Scenario, error) {
	base, err := baseOf(preset)
	if err != nil {
		return nil, err
	}
	s := &Scenario{Name: name, About: about, Preset: preset, Options: options}
	for _, d := range differing(&base, &options) {
		s.given = append(s.given, d.Name)
	}
	return s, nil
}

// baseOf is the world that a file starts from.
func baseOf(preset string) (setup.Options, error) {
	if preset == "" {
		return setup.Default(), nil
	}
	base, ok := PresetNamed(preset)
	if !ok {
		return setup.Options{}, errors.New(unknown("preset", preset, PresetNames()))
	}
	return base.Options, nil
}

// Sets reports whether the file sets an option itself.
func (s *Scenario) Sets(option string) bool { return slices.Contains(s.given, option) }

// Apply sets in o what the file sets itself, and leaves everything else.
func (s *Scenario) Apply(o *setup.Options) error {
	texts := map[string]string{}
	for _, f := range s.Options.Fields() {
		texts[f.Name] = f.Value.String()
	}
	for _, name := range s.given {
		if err := o.Set(name, texts[name]); err != nil {
			return fmt.Errorf("scenario %s: %w", s.Path, err)
		}
	}
	return nil
}

// differing are the fields of o whose text is not that of base. Worlds that follow
// from the number of calls do not differ.
func differing(base, o *setup.Options) []setup.Field {
	usual, same := *o, *base
	usual.Divide(func(string) bool { return false })
	if usual.World != o.World {
		usual.Divide(func(option string) bool { return option == "world" })
	}
	same.World, same.Arrivals = usual.World, usual.Arrivals
	base = &same
	var fields []setup.Field
	other := base.Fields()
	for i, f := range o.Fields() {
		if f.Value.String() != other[i].Value.String() {
			fields = append(fields, f)
		}
	}
	return fields
}

// besides is where a file is that the scenario refers to.
func besides(scenario, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(scenario), path)
}
