// The log of hosts that is never text is judged as text is.

package judge_test

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/conformance/judge"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/memory"
)

// TestRecords: the log of hosts tells the same as records and as JSON: calls of all ends, a
// group, a process that is restored, devices, and calls that nobody answers or that get no id.
func TestRecords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "alice")
	synctest.Test(t, func(t *testing.T) {
		var network memory.Network
		texts, records := [3]bytes.Buffer{}, [3]judge.Records{}
		epoch, times := uint64(0xa), engine.DefaultTimes()
		times.Expiry, times.ExpiryCap, times.Tombstone = 5*time.Minute, 5*time.Minute, 10*time.Minute
		start := func(i int, user string, device uint64) *host.Host {
			records[i].Now = time.Now
			epoch++
			options := host.Options{
				Log:    slog.New(slog.NewMultiHandler(slog.NewJSONHandler(&texts[i], &slog.HandlerOptions{Level: slog.LevelDebug}), records[i].Handler())),
				LogKey: []byte("no secret in a test"), Engine: engine.Options{Epoch: epoch, Device: device, Times: times},
			}
			if i == 0 {
				options.Store = host.FileStore(file)
			}
			h, err := host.New(user, network.ConnectDevice(user, device), options)
			if err != nil {
				t.Fatal(err)
			}
			h.Start(host.NopListener{})
			return h
		}
		alice, phone, tablet := start(0, "alice", 0), start(1, "bob", 1), start(2, "bob", 2)
		call := func(peer string, g *host.Group) *host.LocalInvitation {
			made := alice.CreateLocalInvitation(peer)
			made.SetContent("lunch?")
			made.SetGroup(g)
			alice.SendLocalInvitation(made)
			time.Sleep(time.Second)
			return made
		}
		group := alice.NewGroup()
		call("carol", group)
		call("bob", group)
		ring := phone.RemoteInvitations()[0]
		ring.SetResponse("yes")
		phone.AcceptRemoteInvitation(ring)
		time.Sleep(time.Second)
		call("bob", nil)
		tablet.RefuseRemoteInvitation(tablet.RemoteInvitations()[0])
		time.Sleep(time.Second)
		ended := call("bob", nil)
		alice.CancelLocalInvitation(ended)
		alice.CancelLocalInvitation(ended)
		call("bob", nil)
		alice.Close()
		time.Sleep(5 * time.Second)
		alice = start(0, "alice", 0)
		time.Sleep(10 * time.Minute)
		for _, h := range []*host.Host{alice, phone, tablet} {
			h.Close()
		}

		asText, asRecords := judge.New(), judge.New()
		for i, name := range []string{"alice", "bob/1", "bob/2"} {
			if err := asText.Read(name, bytes.NewReader(texts[i].Bytes())); err != nil {
				t.Error(err)
			}
			if err := asRecords.ReadRecords(name, &records[i]); err != nil {
				t.Error(err)
			}
		}
		said := func(j *judge.Judge) string {
			var out bytes.Buffer
			r := j.Report()
			r.Logs = nil // text has lines that matter to nobody
			r.JSON(&out, "", "")
			return strings.Join(strings.Fields(out.String()), " ")
		}
		one, two := said(asText), said(asRecords)
		if one != two {
			t.Errorf("as text\n%s\nas records\n%s", one, two)
		}
		for words, times := range map[string]int{`"S10", "verdict": "holds"`: 4, `"S16", "verdict": "holds"`: 5, `"broken"`: 0} {
			if n := strings.Count(one, words); n != times {
				t.Errorf("%s %d times, not %d\n%s", words, n, times, one)
			}
		}
	})
}
