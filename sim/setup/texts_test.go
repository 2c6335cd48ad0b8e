// Texts at their edges: faults, fields, tokens.

package setup

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/tape"
)

func TestFaultEdges(t *testing.T) {
	for text, want := range map[string]string{
		"offline":                     "not a fault such as",
		"offline@1s":                  "not a fault such as",
		"fire@1s+1s":                  `unknown kind "fire"; there are offline, crash`,
		"crash@soon+1s":               "soon: not a time such as 20s",
		"crash@1s+long":               "long: not a time such as 20s",
		"crash@1s+1s:a":               `"a" is not the number of a phone`,
		"crash@1s+1s:0,2":             "phone 2: there are 0 to 1",
		"crash@1s+1s:-1":              "phone -1: there are 0 to 1",
		"crash@1s+1s:one-way":         "only a partition can be one-way",
		"crash@-1s+1s":                "must be from 0s to 1000h",
		"crash@1s+-1s":                "must be from 0s to 1000h",
		"crash@1000h1s+1s":            "must be from 0s to 1000h",
		"crash@1s+1000h1s":            "must be from 0s to 1000h",
		"crash@1000h+1000h:0,1":       "",
		"partition@0s+0s:1:one-way":   "",
		"partition@0s+0s:one-way:0,1": "",
	} {
		f, err := fault.Parse(text)
		if err == nil {
			err = f.Validate(2)
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	half, all := fault.Scheduled{Kind: fault.Partition}, fault.Scheduled{Kind: fault.Crash}
	for phone, want := range []bool{true, true, false, false, false} {
		if half.Has(int32(phone), 5) != want || !all.Has(int32(phone), 5) {
			t.Errorf("phone %d of 5: in the first half %v", phone, half.Has(int32(phone), 5))
		}
	}
}

func TestFieldEdges(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"loss", "5%", "5%"}, {"loss", "0.05", "5%"}, {"loss", " 100 % ", "100%"}, {"loss", "1", "100%"}, {"loss", "0.1234567890123456", "0.1234567890123456"},
		{"loss", "101%", "error: must be 0%, or from 1e-10% to 100%, such as 5% or 0.05"}, {"loss", "-1%", "error: must be 0%, or from"}, {"loss", "NaN", "error: not a probability"},
		{"arrivals", "50/s", "50/s"}, {"arrivals", "0.5", "0.5/s"}, {"arrivals", "0", "error: must be from 0.001/s to 1000000/s"}, {"arrivals", "-1/s", "error: must be from"}, {"arrivals", "x", "error: not a rate such as 50/s"},
		{"push-after", "1s", "1s"}, {"push-after", "1s..2s", "1s..2s"}, {"push-after", "2s..1s", "error: the lower end comes first"}, {"push-after", "-1s..1s", "error: must be from 0s to 24h"}, {"push-after", "1s..x", "error: not a time"},
		{"seed", "18446744073709551615", "18446744073709551615"}, {"seed", "-1", "error: not a whole number from 0"},
		{"calls", "1.5", "error: not a whole number"}, {"rate", "x", "error: not a number"}, {"heal", "5", "error: not a time such as 20s"},
		{"keep-old", "true", "true"}, {"keep-old", "perhaps", "error: neither true nor false"},
		{"snapshots", "stale", "stale"}, {"snapshots", "old", "error: fresh, stale or none"},
		{"mutant", "second-ring", "second-ring"}, {"mutant", "none", "none"}, {"mutant", "x", "error: "},
		{"faults", "crash@1s+1s  jump@2s+1s:0", "crash@1s+1s jump@2s+1s:0"}, {"faults", "", ""}, {"faults", "x", "error: "},
		{"nothing", "1", "error: no option is called"},
	} {
		o := PlainOptions()
		got, err := "", o.Set(c.name, c.text)
		for _, f := range o.Fields() {
			if f.Name == c.name {
				got = f.Value.String()
			}
		}
		if err != nil {
			if want, ok := strings.CutPrefix(c.want, "error: "); !ok || !strings.Contains(err.Error(), want) {
				t.Errorf("%s %s: %v, want %s", c.name, c.text, err, c.want)
			}
		} else if got != c.want {
			t.Errorf("%s %s: %s, want %s", c.name, c.text, got, c.want)
		}
	}
}

// tokenOf is a token with these bytes and a sum that is right.
func tokenOf(data ...byte) string {
	data = binary.BigEndian.AppendUint16(data, uint16(crc32.ChecksumIEEE(data)))
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(data)
}

func TestTokenEdges(t *testing.T) {
	for name, c := range map[string]struct {
		text, want string
	}{
		"the base":          {tokenOf(0, 0), ""},
		"an option":         {tokenOf(10, 1, '1', 0, 0), ""},
		"an option twice":   {tokenOf(10, 1, '1', 10, 1, '0', 0, 0), "option 10 is unknown to this version, or out of order"},
		"out of order":      {tokenOf(11, 1, '1', 10, 1, '0', 0, 0), "option 10 is unknown to this version, or out of order"},
		"unknown":           {tokenOf(39, 1, '1', 0, 0), "option 39 is unknown"},
		"not its text":      {tokenOf(10, 1, 'x', 0, 0), "loss x: not a probability"},
		"makes no sense":    {tokenOf(2, 1, '0', 0, 0), "calls 0: must be from 1 to 1000000000"},
		"a text cut off":    {tokenOf(10, 9, '1'), "it is cut off"},
		"no world":          {tokenOf(0), "it is cut off"},
		"a world too far":   {tokenOf(0, 0x81, 0x80, 0x80, 0x80, 8), "the number of its world is out of range"},
		"not of the run":    {tokenOf(2, 1, '5', 3, 1, '2', 0, 3), "world 3: its run has worlds 0 to 2"},
		"the last":          {tokenOf(2, 1, '5', 3, 1, '2', 0, 2), ""},
		"the farthest":      {tokenOf(2, 10, '1', '0', '0', '0', '0', '0', '0', '0', '0', '0', 3, 1, '1', 0, 0xff, 0x93, 0xeb, 0xdc, 3), ""},
		"an empty tape":     {tokenOf(0, 0, 1), ""},
		"unknown tape":      {tokenOf(0, 0, 2), "unknown kind of tape"},
		"a tape cut off":    {tokenOf(0, 0, 1, 1), "decode tape"},
		"too long by a lot": {tokenPrefix + strings.Repeat("A", maxToken), "not a token"},
	} {
		_, err := ParseToken(c.text, nil)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	// The seed of a recorded world says nothing.
	a, b := Token{Options: PlainOptions(), Tape: &tape.Recorded{}}, Token{Options: PlainOptions(), Tape: &tape.Recorded{}}
	a.Options.Seed = 7
	if a.String() != b.String() {
		t.Errorf("%s and %s are one world", a.String(), b.String())
	}
	a.Tape = nil
	if k, err := ParseToken(a.String(), nil); err != nil || k.Options.Seed != 7 || k.Source() != tape.Tape(tape.World(7, 0)) {
		t.Errorf("%v, %v", k, err)
	}
	if k := (Token{Options: PlainOptions(), World: 3}); k.Source() != tape.Tape(tape.World(0, 3)) {
		t.Error("another world")
	}
}

// TestTokensOpenNoFile, however a token spells that it has one.
func TestTokensOpenNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "delays")
	if err := os.WriteFile(path, []byte("10\n20\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		number byte
		text   string
	}{
		{8, "0: latency=samples:" + path}, {8, "0: loss=1%; 1: loss=2% latency=samples:" + path}, {8, "50%: latency=samples:" + path},
		{8, "0: uplink=" + path}, {8, "0:\u00a0latency=samples:" + path},
		{15, "samples:" + path}, {15, " samples:" + path}, {15, "\u00a0\tsamples:" + path}, {15, "samples: " + path},
		{16, path}, {17, path}, {16, " " + path}, {16, ""},
	} {
		text := tokenOf(append(append([]byte{c.number, byte(len(c.text))}, c.text...), 0, 0)...)
		if len(c.text) > 127 {
			t.Fatal("the directory of tests has a long name")
		}
		token, err := ParseToken(text, nil)
		if err == nil || !strings.Contains(err.Error(), "recording") {
			t.Errorf("%q: %+v, %v", c.text, token, err)
		}
	}
}
