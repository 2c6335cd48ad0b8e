package main

import (
	"regexp"
	"strings"
	"testing"
)

// TestConformDriver: the command is our engine behind the driver, and with --mutant it
// breaks the rule.
func TestConformDriver(t *testing.T) {
	page := readPage(t, "docs/driver.md")
	_, session, _ := strings.Cut(page, "## A session\n")
	var requests, replies []string
	for _, line := range strings.Split(session, "\n") {
		if request, ok := strings.CutPrefix(line, "> "); ok {
			requests = append(requests, request+"\n")
		} else if reply, ok := strings.CutPrefix(line, "< "); ok {
			replies = append(replies, reply+"\n")
		}
	}
	if len(requests) < 5 {
		t.Fatalf("the page shows %d requests", len(requests))
	}
	who := regexp.MustCompile(`"version":"[^"]*","language":"[^"]*"`)
	play := func(args ...string) string {
		withStdin(t, strings.Join(requests, ""))
		answer, stderr, code := invsim(append([]string{"conform", "driver"}, args...)...)
		if code != exitHeld || stderr != "" {
			t.Fatalf("%q: code %d, %s", args, code, stderr)
		}
		return who.ReplaceAllString(answer, "")
	}
	want := who.ReplaceAllString(strings.Join(replies, ""), "")
	if got := play(); got != want {
		t.Errorf("the session is\n%s\nand on the page\n%s", got, want)
	}
	broken := play("--mutant", "accept-without-confirm")
	accept := strings.Split(broken, "\n")[3]
	if !strings.Contains(broken, `"name":"invsim without accept-without-confirm"`) || !strings.Contains(accept, "RemoteInvitationAccepted") {
		t.Errorf("without the rule the session is\n%s", broken)
	}
	if _, stderr, code := invsim("conform", "driver", "--mutant", "second-rings"); code != exitUsage || !strings.Contains(stderr, "second-ring") {
		t.Errorf("an unknown mutant: %d, %s", code, stderr)
	}
}
