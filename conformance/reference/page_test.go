package reference

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/internal/golden"
)

// session are the requests of the session that the page shows.
const session = `{"op":"hello","protocol":"invd/1"}
{"op":"reset","case":"a-first-call","now":0,"self":"bob"}
{"op":"deliver","now":40000000,"from":"alice","message":{"v":1,"kind":"INVITE","id":"5eed-1","content":"video?","channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}}
{"op":"app","now":3000000000,"call":"accept","from":"alice","id":"5eed-1","response":"on my way"}
{"op":"advance","now":3250000000,"trace":true}
{"op":"app","now":3300000000,"call":"refuse","from":"alice","id":"5eed-1"}
{"op":"deliver","now":3320000000,"from":"alice","message":{"v":1,"kind":"CONFIRM","id":"5eed-1"}}
{"op":"app","now":3400000000,"call":"accept","from":"carol","id":"5eed-1"}
{"op":"bye"}
`

// TestPageSession: the session on the page is one with the reference.
func TestPageSession(t *testing.T) {
	const path = "../../docs/driver.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := invd.Serve(strings.NewReader(session), &out, &Endpoint{Version: "1.0.0", language: "Go"}); err != nil {
		t.Fatal(err)
	}
	requests, replies := strings.SplitAfter(session, "\n"), strings.SplitAfter(out.String(), "\n")
	if len(requests) != len(replies) {
		t.Fatalf("%d requests, %d replies", len(requests)-1, len(replies)-1)
	}
	text := "```text\n"
	for i := range requests[:len(requests)-1] {
		text += "> " + requests[i] + "< " + replies[i]
	}
	golden.File(t, path, golden.Region(t, string(page), "session", text+"```\n"))
}
