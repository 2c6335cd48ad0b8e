// Presets: worlds with a name, which are scenarios of our own.

package scenario

import (
	"embed"
	"fmt"
	"slices"
)

//go:embed presets/*.yaml
var presetFiles embed.FS

// presetNames are in the order in which to show them: networks from the best to
// the worst, then what can go wrong one by one, and at last all of it.
var presetNames = []string{
	"lan", "wifi", "lossy-wifi", "3g-driving", "satellite", "subway", "tunnel",
	"heavy-tail", "bursty-radio", "thin-pipe", "clogged", "split-brain", "push-wakeup",
	"frozen-apps", "drifting-clocks", "crashing", "impatient-users", "hostile", "everything",
}

// PresetNames are the names of all presets.
func PresetNames() []string { return slices.Clone(presetNames) }

// PresetNamed finds a preset.
func PresetNamed(name string) (*Scenario, bool) {
	if !slices.Contains(presetNames, name) {
		return nil, false
	}
	data, err := presetFiles.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		panic(fmt.Sprintf("preset %s: %v", name, err))
	}
	s, err := Parse("presets/"+name+".yaml", data)
	if err != nil {
		panic(fmt.Sprintf("preset %s: %v", name, err))
	}
	return s, true
}

// Presets are all of them.
func Presets() []*Scenario {
	var all []*Scenario
	for _, name := range presetNames {
		s, _ := PresetNamed(name)
		all = append(all, s)
	}
	return all
}
