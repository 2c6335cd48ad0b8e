package quote_test

import (
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/quote"
)

func TestIDIsOneLine(t *testing.T) {
	long := strings.Repeat("x", 64)
	for id, want := range map[string]string{
		"alice":              "alice",
		"al!#$%&()+-:;<=.>?": "al!#$%&()+-:;<=.>?",
		long:                 long,
		"":                   `""`,
		" ":                  `" "`,
		"al ice":             `"al ice"`,
		`al"ice`:             `"al\"ice"`,
		`al\nice`:            `"al\\nice"`,
		"al\nice":            `"al\nice"`,
		"al\x1b[31mice":      `"al\x1b[31mice"`,
		"zoë":                `"zo\u00eb"`,
		"al\u202eice":        `"al\u202eice"`,
		"al\u2028ice":        `"al\u2028ice"`,
		"\xff":               `"\xff"`,
		"\x7f":               `"\x7f"`,
		long + "y":           `"` + long + `"... (65 bytes)`,
	} {
		if got := quote.ID(id); got != want {
			t.Errorf("%q: %s, not %s", id, got, want)
		}
	}
}

func TestTextIsOneLine(t *testing.T) {
	long := strings.Repeat("x", 62)
	for text, want := range map[string]string{
		"alice":                       `"alice"`,
		long + "ëë":                   `"` + long + `\u00eb"... (66 bytes)`,
		long + "x\u202e":              `"` + long + `x"... (66 bytes)`,
		strings.Repeat("\x80", 100):   `"` + strings.Repeat(`\x80`, 60) + `"... (100 bytes)`,
		strings.Repeat("\n", 100_000): `"` + strings.Repeat(`\n`, 64) + `"... (100000 bytes)`,
	} {
		if got := quote.Text(text); got != want {
			t.Errorf("%.70q: %s, not %s", text, got, want)
		}
		if got := quote.Text([]byte(text)); got != want {
			t.Errorf("%.70q as bytes: %s", text, got)
		}
	}
}
