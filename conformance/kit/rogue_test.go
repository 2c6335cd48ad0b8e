package kit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/internal/garbage"
)

// TestMain is an endpoint as well: this program, started again, misbehaves on request.
func TestMain(m *testing.M) {
	way := os.Getenv("KIT_ENDPOINT")
	if way == "" {
		garbage.Seldom()
		os.Exit(m.Run())
	}
	marker := os.Getenv("KIT_MARKER")
	if _, err := os.Stat(marker); err == nil {
		os.Exit(4) // it has died for good
	}
	if invd.Serve(os.Stdin, os.Stdout, &rogue{way: way, marker: marker}) != nil {
		os.Exit(1)
	}
}

// rogue is our engine, but when its app accepts in one of the cases.
type rogue struct {
	reference.Endpoint
	way, marker string
	now         string // the case
}

func (r *rogue) Do(request invd.Request) invd.Reply {
	switch request := request.(type) {
	case *invd.Reset:
		r.now = request.Case
	case *invd.App:
		if request.Call == invd.Accept && r.now == "smoke.accept" {
			r.misbehave()
		}
	}
	return r.Endpoint.Do(request)
}

func (r *rogue) misbehave() {
	switch r.way {
	case "dies for good":
		os.WriteFile(r.marker, nil, 0o644)
		os.Exit(2)
	case "dies":
		os.Stderr.WriteString("Traceback: \x1b[31mout of luck\n")
		os.Exit(2)
	case "hangs":
		time.Sleep(time.Hour)
	case "prints":
		os.Stdout.WriteString("accepting…\n")
	case "writes without end":
		for junk := make([]byte, 1<<20); ; {
			if _, err := os.Stdout.Write(junk); err != nil {
				os.Exit(1)
			}
		}
	}
}

// TestRogues: an endpoint that dies, hangs or writes something else fails the case that it
// does it in. It is started again, and all other cases pass.
func TestRogues(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for way, want := range map[string]string{
		"dies":               "the endpoint has ended (exit status 2): Traceback: ?[31mout of luck",
		"dies for good":      "start the endpoint " + program + ": hello: the endpoint has ended (exit status 4)",
		"hangs":              "no reply within 5s",
		"prints":             `this is none: invalid character 'a' looking for beginning of value: "accepting…"`,
		"writes without end": "a line has more than 16777216 bytes",
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			timeout := 20 * time.Second
			if way == "hangs" {
				timeout = 5 * time.Second
			}
			marker := filepath.Join(t.TempDir(), "gone")
			d, err := invd.Start(invd.Command{Args: []string{program}, Env: append(os.Environ(), "KIT_ENDPOINT="+way, "KIT_MARKER="+marker), Timeout: timeout})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			r := Run(d, Options{Level: App, Only: "smoke.*,codec.json.*"}, never)
			var text strings.Builder
			if err := r.Report(&text, "text"); err != nil {
				t.Fatal(err)
			}
			passed, failed, _ := r.Count()
			if all := 14; way != "dies for good" && (failed != 1 || passed != all-1 || r.Stopped != "" || r.Outcomes[2].Failure == nil) {
				t.Errorf("%d passed, %d failed, stopped: %q", passed, failed, r.Stopped)
			} else if way == "dies for good" && (failed != 4 || passed != 2 || r.Stopped == "") {
				t.Errorf("%d passed, %d failed, stopped: %q", passed, failed, r.Stopped)
			}
			if !strings.Contains(text.String(), want) || r.Conforms() {
				t.Errorf("the report is\n%s", text.String())
			}
		})
	}
}

// named is our engine under another name.
type named struct {
	reference.Endpoint
	name string
}

func (n *named) Hello() invd.Implementation {
	who := n.Endpoint.Hello()
	who.Name = n.name
	return who
}

// TestSmokeIsPlain: the name of an endpoint does not reach the terminal's cursor.
func TestSmokeIsPlain(t *testing.T) {
	if _, words := Smoke(invd.Here(&named{name: "\x1b[2J\u009b\u202e"}), never); !strings.HasPrefix(words, "hello: ?[2J?? ") {
		t.Errorf("%q", words)
	}
}
