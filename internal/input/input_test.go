// What people write, and what they are told.

package input

import (
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

func TestNumbers(t *testing.T) {
	numbers, times := OrZero(0.5, 1e6), OrZero(time.Second, 1000*time.Hour)
	for _, c := range []struct {
		read       func(string) (any, error)
		text, want string
	}{
		{whole1to9, "9", "9"}, {whole1to9, " +1 ", "1"}, {whole1to9, "0", "must be from 1 to 9"}, {whole1to9, "-1", "must be from 1 to 9"},
		{whole1to9, "99999999999999999999999", "must be from 1 to 9"}, {whole1to9, "abc", "not a whole number"}, {whole1to9, "1.5", "not a whole number"},
		{whole1to9, "1e3", "must be from 1 to 9"}, {whole1to9, "5e0", "5"}, {whole1to9, ".5E+1", "5"}, {whole1to9, "15e-1", "not a whole number"},
		{whole1to9, "1e16", "must be from 1 to 9"}, {whole1to9, "-1e999", "must be from 1 to 9"}, {whole1to9, "1e", "not a whole number"}, {whole1to9, "1e-999", "not a whole number"}, {whole1to9, "", "not a whole number"}, {whole1to9, "0x9", "not a whole number"},
		{of(Number, numbers), "0", "0"}, {of(Number, numbers), "0.5", "0.5"}, {of(Number, numbers), "1e6", "1e+06"}, {of(Number, numbers), ".75", "0.75"},
		{of(Number, numbers), "0.4", "must be 0, or from 0.5 to 1000000"}, {of(Number, numbers), "1e-400", "must be 0, or from"}, {of(Number, numbers), "1e308", "must be"},
		{of(Number, numbers), "1e999", "must be"}, {of(Number, numbers), "-0.1", "must be"}, {of(Number, numbers), "0e5", "0"},
		{of(Number, numbers), "NaN", "not a number"}, {of(Number, numbers), "Inf", "not a number"}, {of(Number, numbers), "-infinity", "not a number"}, {of(Number, numbers), "0x1p4", "not a number"},
		{of(Share, OrZero(1e-6, 0.5).In("%")), "50%", "0.5"}, {of(Share, OrZero(1e-6, 0.5).In("%")), "0.25", "0.25"}, {of(Share, OrZero(1e-6, 0.5).In("%")), "5", "must be 0%, or from 0.0001% to 50%, such as 5% or 0.05"},
		{of(Share, OrZero(1e-6, 0.5).In("%")), "1e-320%", "must be"}, {of(Share, OrZero(1e-6, 0.5).In("%")), "%", "not a probability or share such as 5%"}, {of(Share, OrZero(1e-6, 0.5).In("%")), "nan%", "not a probability"},
		{of(Rate, From(0.001, 10).In("/s")), "10/s", "10"}, {of(Rate, From(0.001, 10).In("/s")), "11", "must be from 0.001/s to 10/s"}, {of(Rate, From(0.001, 10).In("/s")), "fast", "not a rate such as 50/s"},
		{whole1to9, "1,000", "must be from 1 to 9"}, {whole1to9, "1,00", "not a whole number"}, {whole1to9, "0,001", "1"}, {whole1to9, ",001", "not a whole number"},
		{of(Number, numbers), "62,270", "62270"}, {of(Number, numbers), "1,000.5", "1000.5"}, {of(Number, numbers), "1,0000", "not a number"},
		{of(Share, From(0.0, 1)), "47 of 62,270", "0.0007547775814999197"}, {of(Share, From(0.0, 1)), "0.0755 %", "0.000755"}, {of(Share, From(0.0, 1)), "7 of 5", "must be from 0 to 1"},
		{of(Share, From(0.0, 1)), "5 of 0", "not a probability"}, {of(Share, From(0.0, 1)), "5% of 10", "not a probability"}, {of(Share, From(0.0, 1)), "of 10", "not a probability"},
		{of(Time, times), "1.21 s", "1.21s"}, {of(Time, times), "2 m 30 s", "2m30s"}, {of(Time, times), "1 .5s", "not a time"}, {of(Time, times), "5 m s", "not a time"},
		{of(Time, times), "0", "0s"}, {of(Time, times), "1m0.5s", "1m0.5s"}, {of(Time, times), "999ms", "must be 0, or from 1s to 1000h"}, {of(Time, times), "-1s", "must be"},
		{of(Time, times), "9999999999h", "must be 0, or from 1s to 1000h"}, {of(Time, times), "0.1ns", "must be"}, {of(Time, times), "0.0s", "0s"},
		{of(Time, times), "20", "not a time such as 20s"}, {of(Time, times), "soon", "not a time such as 20s"}, {of(Time, times), "1d", "not a time"}, {of(Time, times), "s", "not a time"},
	} {
		value, err := c.read(c.text)
		if got := fmt.Sprint(value); err == nil && got != c.want || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: %v, %v, want %s", c.text, value, err, c.want)
		}
	}
	for _, value := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e308, -1, 0.1} {
		if numbers.Check(value) == nil {
			t.Errorf("%v is in bounds", value)
		}
	}
	if n, err := Seed("18446744073709551615"); n != math.MaxUint64 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for _, text := range []string{"18446744073709551616", "-1", "x", ""} {
		if _, err := Seed(text); err == nil || err.Error() != "not a whole number from 0 to 18446744073709551615" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func whole1to9(text string) (any, error) { return Whole(text, From(1, 9)) }

func of[N, B any](read func(string, B) (N, error), b B) func(string) (any, error) {
	return func(text string) (any, error) { return read(text, b) }
}

func TestDurationsHaveNoEmptyParts(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0s", time.Second: "1s", 10 * time.Minute: "10m", 20 * time.Hour: "20h", 1000 * time.Hour: "1000h", time.Hour + time.Second: "1h0m1s", 61 * time.Minute: "1h1m"} {
		if got := Duration(d); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
}

func TestNear(t *testing.T) {
	names := strings.Fields("lan wifi lossy-wifi 3g-driving satellite subway bursty-radio accept-without-confirm accept-after-cancel accepted_ms run replay")
	for typed, want := range map[string]string{
		"wifi ": "wifi", "wfii": "wifi", "lossywifi": "lossy-wifi", "LOSSY_WIFI": "lossy-wifi", "wifi-lossy": "lossy-wifi", "subwy": "subway",
		"driving": "3g-driving", "radio": "bursty-radio", "accept-without-confrim": "accept-without-confirm", "accept-without": "accept-without-confirm",
		"acepted_ms": "accepted_ms", "accepted": "accepted_ms", "rnu": "run", "xyzzy": "", "": "", "q": "", "zz": "", strings.Repeat("x", 1000): "",
	} {
		if got := strings.Join(Near(typed, names), " "); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
	if got := DidYouMean("xyzzy", []string{"a", "b"}, ""); got != "; there are a, b" {
		t.Error(got)
	}
	if got := DidYouMean("xyzzy", []string{"a", "b"}, "see there"); got != "; see there" {
		t.Error(got)
	}
}

// TestText: a byte-order mark is no part of a text, and other encodings are named.
func TestText(t *testing.T) {
	wide := func(text string, mark bool, big bool) string {
		units := utf16.Encode([]rune(text))
		if mark {
			units = append([]uint16{0xfeff}, units...)
		}
		var b strings.Builder
		for _, u := range units {
			if big {
				b.WriteString(string([]byte{byte(u >> 8), byte(u)}))
			} else {
				b.WriteString(string([]byte{byte(u), byte(u >> 8)}))
			}
		}
		return b.String()
	}
	for data, want := range map[string]string{
		"": "", "n": "n", "name: x\r\n": "name: x\r\n", "\ufeffname": "name", "\ufeff": "",
		wide("name", true, false): "error: the file is in UTF-16; save it as UTF-8", wide("name", true, true): "error: the file is in UTF-16; save it as UTF-8",
		wide("name", false, false): "error: the file is in UTF-16; save it as UTF-8", wide("name", false, true): "error: the file is in UTF-16; save it as UTF-8",
		"\xff\xfe\x00\x00n\x00\x00\x00": "error: the file is in UTF-32; save it as UTF-8",
	} {
		got, err := Text([]byte(data))
		reader, err2 := Reader(strings.NewReader(data))
		var read []byte
		if err2 == nil {
			read, err2 = io.ReadAll(reader)
		}
		for _, g := range []struct {
			text []byte
			err  error
		}{{got, err}, {read, err2}} {
			if text := string(g.text); g.err != nil && "error: "+g.err.Error() != want || g.err == nil && text != want {
				t.Errorf("%q is read as %q, %v; want %q", data, text, g.err, want)
			}
		}
	}
}
