package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestTraceOfEnds: each pair of ends of a run leads to its first call, in JSON and by name.
func TestTraceOfEnds(t *testing.T) {
	world := []string{"--calls", "3000", "--loss", "10%"}
	stdout, _, _ := invsim(append([]string{"run", "-o", "json"}, world...)...)
	var answer struct {
		Pairs map[string]int
		First map[string]int `json:"first_calls"`
	}
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil || len(answer.First) != len(answer.Pairs) || len(answer.Pairs) < 10 {
		t.Fatalf("%v: %v", err, answer)
	}
	for name, call := range answer.First {
		want, _, _ := invsim(append([]string{"trace", "--call", fmt.Sprint(call)}, world...)...)
		got, stderr, code := invsim(append([]string{"trace", "--ends", strings.ToLower(name)}, world...)...)
		if code != exitHeld || body(got) != body(want) || !strings.Contains(got, "caller "+strings.Replace(name, "/", ", callee ", 1)) {
			t.Errorf("%s, call %d: exit %d, %s%s", name, call, code, got, stderr)
		}
	}
	first := map[string]int{} // by the caller's end alone
	for name, call := range answer.First {
		caller, _, _ := strings.Cut(name, "/")
		if known, ok := first[caller]; !ok || call < known {
			first[caller] = call
		}
	}
	for caller, call := range first {
		want, _, _ := invsim(append([]string{"trace", "--call", fmt.Sprint(call)}, world...)...)
		if got, _, _ := invsim(append([]string{"trace", "--ends", caller}, world...)...); body(got) != body(want) {
			t.Errorf("%s, call %d: %s", caller, call, got)
		}
	}
	checkPrinted(t, append([]string{"trace", "--ends", "CANCELED/NEVER_RANG"}, world...)...)
	for says, args := range map[string]string{
		"--ends ACCEPTED/REFUSED: no call of the run ended so": "--ends ACCEPTED/REFUSED",
		"did you mean CANCELED/NEVER_RANG":                     "--ends CANCELED/NEVER_RUNG",
		"--call 3 and --ends A/B are both given":               "--call 3 --ends A/B",
	} {
		if stdout, stderr, code := invsim(append(append([]string{"trace"}, world...), strings.Fields(args)...)...); code != exitUsage || stdout != "" || !strings.Contains(stderr, says) {
			t.Errorf("%s: exit %d, %s%s", args, code, stdout, stderr)
		}
	}
}
