// How fast the two forms are, side by side.

package wire_test

import (
	"strings"
	"testing"

	"github.com/invsim/invsim/engine"
)

// sample is an answer without a payload, the same of version 2, an INVITE, and the
// largest ordinary one.
func sample() map[string]engine.Message {
	largest := golden["invite"]
	largest.Content = strings.Repeat("a", engine.MaxContent)
	device := golden["received"]
	device.Device = 7
	return map[string]engine.Message{"received": golden["received"], "device": device, "invite": golden["invite"], "invite8k": largest}
}

func BenchmarkEncode(b *testing.B) {
	for _, name := range []string{"received", "device", "invite", "invite8k"} {
		for _, form := range forms {
			b.Run(name+"/"+form.name, func(b *testing.B) {
				m, buffer := sample()[name], make([]byte, 0, 16<<10)
				b.ReportAllocs()
				for b.Loop() {
					data, err := form.append(buffer, m)
					if err != nil {
						b.Fatal(err)
					}
					buffer = data[:0]
				}
			})
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"received", "device", "invite", "invite8k"} {
		for _, form := range forms {
			b.Run(name+"/"+form.name, func(b *testing.B) {
				data, err := form.encode(sample()[name])
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := form.decode(data); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(len(data)), "bytes/message")
			})
		}
	}
}
