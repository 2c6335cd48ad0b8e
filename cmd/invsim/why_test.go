// invsim why as its users see it.

package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// crossedCancel is the token of a call in which a cancel crosses an accept; with a
// mutant, one in which S2 fails.
func crossedCancel(t *testing.T, id mutant.ID) string {
	t.Helper()
	o := setup.Default()
	o.Calls, o.World, o.Users, o.Arrivals = 1, 1, 2, 1
	o.Loss, o.Dup, o.Reorder, o.Offline, o.PressTwice = 0, 0, 0, 0, 0
	o.Accept, o.Refuse, o.Ignore, o.Cancel = 1, 0, 0, 1
	o.Latency = netem.Between(50*time.Millisecond, 250*time.Millisecond)
	o.AnswerAfter, o.CancelAfter = setup.Range{Max: 2 * time.Second}, setup.Range{Max: 2 * time.Second}
	o.Mutant = mutant.AcceptAfterCancel
	for ; o.Seed < 1000; o.Seed++ {
		outcome, err := sim.Play(t.Context(), o, 0, tape.World(o.Seed, 0), true)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range outcome.Result.Violations {
			if v.Property == property.S2 {
				o.Mutant = id
				return (&setup.Token{Options: o}).String()
			}
		}
	}
	t.Fatal("no world violates S2")
	return ""
}

func TestWhy(t *testing.T) {
	token := crossedCancel(t, mutant.AcceptAfterCancel)
	for _, each := range []struct {
		name string
		code int
		args []string
	}{
		{"why.txt", exitViolated, []string{"why", token}},
		{"why.json", exitViolated, []string{"why", token, "-o", "json"}},
		{"why.mermaid", exitViolated, []string{"why", token, "-o", "mermaid"}},
		{"why-call.txt", exitHeld, []string{"why", crossedCancel(t, mutant.None), "--call", "0"}},
		{"why-held.txt", exitHeld, []string{"why", crossedCancel(t, mutant.None)}},
		{"why-held.json", exitHeld, []string{"why", crossedCancel(t, mutant.None), "-o", "json"}},
	} {
		t.Run(each.name, func(t *testing.T) {
			stdout, stderr, code := invsim(each.args...)
			if code != each.code || stderr != "" {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			if strings.HasSuffix(each.name, ".json") && !json.Valid([]byte(stdout)) {
				t.Error("not JSON")
			}
			requireFile(t, "../explain/"+each.name, stdout)
		})
	}
}

func TestWhyIsAskedWrongly(t *testing.T) {
	token := crossedCancel(t, mutant.None)
	for _, each := range []struct {
		says string
		args []string
	}{
		{"one token", []string{"why"}},
		{"one token", []string{"why", token, token}},
		{"does not start with inv2-", []string{"why", "hello"}},
		{"checksum", []string{"why", token[:len(token)-1] + "A"}},
		{"has calls 0 to 0", []string{"why", token, "--call", "1"}},
		{"there are json, mermaid, svg, text", []string{"why", token, "-o", "xml"}},
	} {
		stdout, stderr, code := invsim(each.args...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, each.says) {
			t.Errorf("%v: exit %d, %q", each.args, code, stderr)
		}
	}
}
