package main

import (
	"regexp"
	"strings"
	"testing"
)

// TestGateway: all calls are accepted at both ends, with and without a restart while all
// phones ring.
func TestGateway(t *testing.T) {
	for _, store := range []string{"", t.TempDir()} {
		var out strings.Builder
		if err := measure(&out, 400, 3, store); err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		for _, want := range []string{`(?m)^memory of an idle user +\d+ bytes$`, `(?m)^all accepted, both ends know, after +\d`, `(?m)^calls that failed +0$`} {
			if !regexp.MustCompile(want).MatchString(out.String()) {
				t.Errorf("no %s in\n%s", want, out.String())
			}
		}
		if strings.Contains(out.String(), "open again") != (store != "") {
			t.Errorf("with the store %q:\n%s", store, out.String())
		}
	}
}

// TestPartition: it never changes, and every partition has its share.
func TestPartition(t *testing.T) {
	if a, b := partition("alice", 16), partition("bob", 1000); a != 7 || b != 244 {
		t.Errorf("alice is in %d and bob in %d", a, b)
	}
	var of [16]int
	for n := range 16_000 {
		of[partition(name(n), len(of))]++
	}
	for p, n := range of {
		if n < 800 || n > 1200 {
			t.Errorf("partition %d has %d of 16,000 users", p, n)
		}
	}
}
