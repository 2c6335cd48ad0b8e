// The phone of the page is compiled, and plays a call, in node if there is one.

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/invsim/invsim/host" // a change of it ends the life of a cached answer
)

// plays runs two.js without a page: what the phone refuses, a call that comes too late, one
// that is canceled with a note, and one that is accepted.
const plays = `
let accepted = 0, held = 31000.5;
const ready = setInterval(() => {
	if (!globalThis.invsimConnect) return;
	clearInterval(ready);
	console.log(invsimConnect(" ", () => {}, () => {}));
	const phones = twoPhones((line) => {
		console.log(line);
		if (line.includes("Missed")) {
			held = 0;
			alice.call("carol", "are you there?");
		}
		if (line.includes("InvitationAccepted") && ++accepted === 2) setTimeout(() => process.exit(3));
	}, () => held);
	const { alice } = phones;
	console.log(alice.call("alice", ""));
	console.log(alice.accept("bob 1-1", "yes!"));
	console.log(alice.receive("bob", new Uint8Array(100000)) === "");

	phones.carol = invsimConnect("carol", (to, bytes) => setTimeout(() => phones[to].receive("carol", bytes), 50), (e) => {
		console.log("carol:", JSON.stringify(e, ["name", "peer", "text", "why", "note"]));
		if (e.name === "RemoteInvitationReceived") alice.cancel(e.key.replace("alice", "carol"), "wrong number");
		else alice.call("bob", "video?");
	});
	console.log(alice.call("bob", "audio?") || "alice: called");
}, 1);
`

func TestPhone(t *testing.T) {
	if _, err := os.ReadFile("phone_js.go"); err != nil { // so does a change of this
		t.Fatal(err)
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "phone.wasm")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("compiled; there is no node to run it")
	}
	two, err := os.ReadFile("two.js")
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "script.js")
	if err := os.WriteFile(script, []byte(string(two)+plays), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	run := exec.Command(node, "-r", script, filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec_node.js"), program)
	out, err := run.CombinedOutput()
	const want = `engine: own user id " " is not valid: it begins with a space
send: invitation to alice is IDLE: invalid argument: callee is the caller
accept: invitation of no host is nil: invalid argument: it is not an invitation of alice's host
true
alice: called
bob: RemoteInvitationMissed audio? (stale)
alice: LocalInvitationFailure LOCAL_INVITATION_ERR_PEER_NO_RESPONSE (stale)
carol: {"name":"RemoteInvitationReceived","peer":"alice","text":"are you there?","why":"","note":""}
alice: LocalInvitationCanceled (user)
carol: {"name":"RemoteInvitationCanceled","peer":"alice","text":"","why":"user","note":"wrong number"}
bob: RemoteInvitationReceived video?
alice: LocalInvitationReceivedByPeer
alice: LocalInvitationAccepted yes!
bob: RemoteInvitationAccepted
`
	if run.ProcessState.ExitCode() != 3 || string(out) != want { // at 0, Go's script would go on
		t.Errorf("%v\n%s\nwant\n%s", err, out, want)
	}
}
