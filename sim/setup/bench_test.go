package setup

import "testing"

// BenchmarkFields is what every play of a world pays before it begins: a table of all
// options, and their check.
func BenchmarkFields(b *testing.B) {
	o := Default()
	b.Run("Fields", func(b *testing.B) {
		for b.Loop() {
			o.Fields()
		}
	})
	b.Run("Validate", func(b *testing.B) {
		for b.Loop() {
			if err := o.Validate(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
