// Presets: worlds by name.

package sim

import (
	"time"

	"github.com/invsim/invsim/sim/netem"
)

// Preset is a world with a name.
type Preset struct {
	Name  string
	About string
	apply func(*Options)
}

// Options is Default with what the preset changes.
func (p Preset) Options() Options {
	o := Default()
	p.apply(&o)
	return o
}

// Presets are all of them, from the best network to the worst.
var Presets = []Preset{
	{"lan", "an office network: nothing is lost, nobody is away", func(o *Options) {
		o.Loss, o.Dup, o.Reorder = 0, 0, 0
		o.Latency = netem.Between(time.Millisecond, 5*time.Millisecond)
		o.Offline = 0
	}},
	{"wifi", "a home network over a good line", func(o *Options) {
		o.Loss, o.Dup, o.Reorder = 0.005, 0.001, 0.005
		o.Latency = netem.Between(10*time.Millisecond, 60*time.Millisecond)
		o.Offline = 0.01
	}},
	{"lossy-wifi", "a crowded wireless network, one copy in ten lost", func(o *Options) {
		o.Loss, o.Dup, o.Reorder = 0.10, 0.02, 0.05
		o.Latency = netem.Between(10*time.Millisecond, 400*time.Millisecond)
		o.Offline = 0.02
	}},
	{"3g-driving", "phones in moving cars: slow, lossy, often away for a moment", func(o *Options) {
		o.Loss, o.Dup, o.Reorder = 0.05, 0.01, 0.10
		o.Latency = netem.Between(100*time.Millisecond, 1500*time.Millisecond)
		o.Offline, o.OfflineFor = 0.10, 8*time.Second
	}},
	{"satellite", "a geostationary link: far, but steady", func(o *Options) {
		o.Loss, o.Dup, o.Reorder = 0.01, 0, 0
		o.Latency = netem.Between(280*time.Millisecond, 350*time.Millisecond)
		o.Offline = 0.01
	}},
	{"subway", "phones that lose the network between stations", func(o *Options) {
		o.Loss, o.Dup, o.Reorder = 0.03, 0.01, 0.05
		o.Latency = netem.Between(50*time.Millisecond, 500*time.Millisecond)
		o.Offline, o.OfflineFor = 0.35, 40*time.Second
	}},
}

// PresetNamed finds a preset.
func PresetNamed(name string) (Preset, bool) {
	for _, p := range Presets {
		if p.Name == name {
			return p, true
		}
	}
	return Preset{}, false
}
