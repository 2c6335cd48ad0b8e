// The log: what is written of a call, at which level, with which attributes.

package host_test

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
)

// TestOptionsComeIntoForce: an app of version 0.x is updated, with calls in its store that
// keep the device and the times that they were made with. The log says which hold, so that
// what it shows can be judged.
func TestOptionsComeIntoForce(t *testing.T) {
	for device, want := range map[uint64]string{0: "device=0 EPOCH accept=15s restored=true away=0s", 7: "device=7 EPOCH accept=15s"} {
		synctest.Test(t, func(t *testing.T) {
			var log records
			w := newWorld(t, 0)
			time.Sleep(11 * time.Second)
			alice := w.user("alice", host.Options{
				Store: version2(t), Log: slog.New(recorder{slog.LevelDebug, "", &log}), Engine: engine.Options{Device: device},
			})
			time.Sleep(10 * time.Minute)
			alice.Close()
			<-alice.Done()
			var got []string
			for _, line := range log.lines {
				if said, ok := strings.CutPrefix(line, "DEBUG started: user=alice "); ok {
					got = append(got, regexp.MustCompile("epoch=.* grace=2s").ReplaceAllString(said, "EPOCH"))
				}
			}
			if want := []string{"device=0 EPOCH accept=5s restored=true away=10.98s", want}; !slices.Equal(got, want) {
				t.Errorf("got\n%q\nwant\n%q", got, want)
			}
		})
	}
}

// recorder is a slog.Handler that keeps what it is told, and asks the host things
// while it is.
type recorder struct {
	level   slog.Level
	with    string
	records *records
}

type records struct {
	mu    sync.Mutex
	lines []string
	host  *host.Host
}

func (r recorder) Enabled(_ context.Context, level slog.Level) bool { return level >= r.level }
func (r recorder) WithGroup(string) slog.Handler                    { panic("no groups") }

func (r recorder) WithAttrs(attributes []slog.Attr) slog.Handler {
	for _, a := range attributes {
		r.with += fmt.Sprintf(" %s=%v", a.Key, a.Value)
	}
	return r
}

func (r recorder) Handle(_ context.Context, record slog.Record) error {
	if r.records.host != nil {
		r.records.host.Stats() // would block if the log were told under the lock
	}
	line := fmt.Sprintf("%v %s:%s", record.Level, record.Message, r.with)
	record.Attrs(func(a slog.Attr) bool {
		line += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		return true
	})
	r.records.mu.Lock()
	defer r.records.mu.Unlock()
	r.records.lines = append(r.records.lines, line)
	return nil
}

// take is what was written since the last time.
func (r *records) take() string {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	lines := r.lines
	r.lines = nil
	return strings.Join(lines, "\n")
}

func (r *records) expect(t *testing.T, want string) {
	t.Helper()
	got := r.take()
	want = strings.ReplaceAll(strings.TrimSpace(want), "\t", "")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 10*time.Millisecond)
		log, store := &records{}, &memoryStore{}
		options := host.Options{Log: slog.New(recorder{slog.LevelDebug, "", log}), Store: store, Engine: engine.Options{Epoch: 0xa}}
		alice, bob := w.user("alice", options), w.user("bob", host.Options{Engine: engine.Options{Epoch: 0xb}})
		log.host = alice.Host
		call := alice.call("bob")
		time.Sleep(time.Second)
		for _, ring := range bob.RemoteInvitations() {
			w.ok(bob.AcceptRemoteInvitation(ring))
		}
		time.Sleep(time.Second)
		log.expect(t, `
			DEBUG started: user=alice device=0 epoch=a no_response=30s expiry=1m0s expiry_cap=1m0s grace=2s accept=15s
			DEBUG call: user=alice op=send peer=bob id=a-1 state=SENT_TO_REMOTE turn=2
			DEBUG message sent: user=alice peer=bob kind=INVITE id=a-1 turn=2
			DEBUG event: user=alice event=LocalInvitationReceivedByPeer peer=bob id=a-1 state=RECEIVED_BY_REMOTE turn=3
			DEBUG message received: user=alice peer=bob kind=RECEIVED id=a-1 verdict=moved turn=3
			DEBUG event: user=alice event=LocalInvitationAccepted peer=bob id=a-1 state=ACCEPTED_BY_REMOTE turn=4
			DEBUG message received: user=alice peer=bob kind=ACCEPT id=a-1 verdict=moved turn=4
			DEBUG message sent: user=alice peer=bob kind=CONFIRM id=a-1 turn=4
		`)
		if err := alice.CancelLocalInvitation(call); !errors.Is(err, errors.AlreadyEnd) {
			t.Error(err)
		}
		bob.call("alice")
		time.Sleep(100 * time.Millisecond)
		for _, ring := range alice.RemoteInvitations() {
			w.ok(alice.RefuseRemoteInvitation(ring))
		}
		time.Sleep(time.Second)
		log.expect(t, `
			DEBUG call refused: user=alice op=cancel peer=bob id=a-1 error=cancel: invitation a-1 to bob is ACCEPTED_BY_REMOTE: already ended turn=5
			DEBUG event: user=alice event=RemoteInvitationReceived peer=bob id=b-1 state=INVITATION_RECEIVED turn=6
			DEBUG message received: user=alice peer=bob kind=INVITE id=b-1 verdict=moved turn=6
			DEBUG message sent: user=alice peer=bob kind=RECEIVED id=b-1 turn=6
			DEBUG event: user=alice event=RemoteInvitationRefused peer=bob id=b-1 state=REFUSED turn=7
			DEBUG call: user=alice op=refuse peer=bob id=b-1 state=REFUSED turn=7
			DEBUG message sent: user=alice peer=bob kind=REFUSE id=b-1 turn=7
			DEBUG message received: user=alice peer=bob kind=ACK id=b-1 for=REFUSE verdict=moved turn=8
		`)

		// What a peer that keeps to the protocol does not send is a warning.
		in := alice.node.receiver
		in.Receive("bob", []byte("?"), 0)
		in.Receive("bob", []byte(`{"v":1,"kind":"CONFIRM","id":"b-1"}`), 0)
		in.Receive("eve", []byte(`{"v":1,"kind":"CONFIRM","id":"b-1"}`), 0)
		in.Receive("eve", []byte(`{"v":1,"kind":"INVITE","id":"e-1","content":"","channel_id":"","age_ns":0,"wait_ns":0,"expiry_ns":0}`), 0)
		synctest.Wait()
		in.Receive("eve", []byte(`{"v":1,"kind":"RECEIVED","id":"e-1"}`), time.Hour)
		in.PeerOffline("bob")
		in.PeerOnline("bob")
		in.LoggedOut()
		in.Receive("bob", []byte(`{"v":1,"kind":"RECEIVED","id":"e-1"}`), 0)
		in.Receive("bob", []byte(`{"v":1,"kind":"ACCEPT","id":"e-1","response":""}`), 0)
		in.LoggedIn()
		log.expect(t, `
			WARN message dropped: user=alice peer=bob error=wire: decode: unknown form: first byte 0x3f
			WARN message received: user=alice peer=bob kind=CONFIRM id=b-1 verdict=unexpected turn=9
			WARN message received: user=alice peer=eve kind=CONFIRM id=b-1 verdict=wrong peer turn=10
			WARN message received: user=alice peer=eve kind=INVITE id=e-1 verdict=invalid turn=11
			DEBUG message sent: user=alice peer=eve kind=CLOSED id=e-1 for=INVITE word=invalid turn=11
			DEBUG message dropped: too old: user=alice peer=eve kind=RECEIVED id=e-1 held=1h0m0s
			DEBUG peer offline: user=alice peer=bob turn=12
			DEBUG peer online: user=alice peer=bob turn=13
			DEBUG logged out: user=alice turn=14
			DEBUG message received: user=alice peer=bob kind=RECEIVED id=e-1 verdict=unknown turn=15
			DEBUG message received: user=alice peer=bob kind=ACCEPT id=e-1 verdict=logged out turn=16
			DEBUG logged in: user=alice turn=17
		`)
		w.ok(alice.CancelLocalInvitation(alice.call("nobody")))
		synctest.Wait()
		alice.fail(errors.New("no route"))
		alice.call("nobody")
		time.Sleep(time.Minute)
		if log := log.take(); !strings.Contains(log,
			"\nWARN message not sent: user=alice peer=nobody kind=INVITE id=a-3 error=no route turn=20\n") || strings.Count(log, "WARN") != 1 || !strings.Contains(log,
			"DEBUG event: user=alice event=LocalInvitationFailure peer=nobody id=a-3 state=FAILURE code=LOCAL_INVITATION_ERR_PEER_NO_RESPONSE turn=") {
			t.Error(log)
		}

		alice.fail(nil)
		alice.call("bob")
		synctest.Wait()
		alice.Close()
		time.Sleep(10 * time.Second)
		log.expect(t, `
			DEBUG call: user=alice op=send peer=bob id=a-4 state=SENT_TO_REMOTE turn=41
			DEBUG message sent: user=alice peer=bob kind=INVITE id=a-4 turn=41
		`)
		log.host, options.Engine.Epoch, options.Log = nil, 0xaa, slog.New(recorder{slog.LevelInfo, "", log})
		alice = w.user("alice", options)
		log.expect(t, `
			INFO restored: user=alice away=10s local=1 remote=0
		`)
		store.dieNext()
		if err := alice.SendLocalInvitation(alice.CreateLocalInvitation("bob")); err == nil {
			t.Error("it was sent and not saved")
		}
		log.expect(t, `
			ERROR closed: what an input changed is not saved: user=alice error=host is closed: save: dead
		`)
		bob.Close()
	})
}

// TestLogDigests: with a key the log has digests of contents and responses, the same at
// both ends and others in another call, and no text itself.
func TestLogDigests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log := newWorld(t, 10*time.Millisecond), &records{}
		user := func(name string, epoch uint64, store host.Store) *app {
			return w.user(name, host.Options{Log: slog.New(recorder{slog.LevelDebug, "", log}), Store: store, LogKey: []byte("sixteen is enough"), Engine: engine.Options{Epoch: epoch}})
		}
		store := &memoryStore{}
		alice, bob := user("alice", 0xa, store), user("bob", 0xb, nil)
		bob.node.receiver.Receive("alice", []byte(`{"v":1,"kind":"CANCEL","id":"a-4","reason":"user"}`), 0)
		group := alice.NewGroup()
		for _, peer := range []string{"carol", "bob", "bob", "bob"} {
			call := alice.CreateLocalInvitation(peer)
			call.SetContent("private")
			call.SetChannelID("room")
			call.SetGroup(group)
			w.ok(alice.SendLocalInvitation(call))
			time.Sleep(time.Millisecond) // one message at a time
		}
		time.Sleep(time.Second)
		bob.RemoteInvitations()[0].SetResponse("later")
		w.ok(bob.RefuseRemoteInvitation(bob.RemoteInvitations()[0]))
		time.Sleep(time.Millisecond)
		w.ok(bob.RefuseRemoteInvitation(bob.RemoteInvitations()[0]))
		time.Sleep(time.Second)
		alice.Close()
		alice = user("alice", 0xaa, store)
		again := alice.CreateLocalInvitation("dave")
		again.SetGroup(alice.LocalInvitations()[0].Group())
		w.ok(alice.SendLocalInvitation(again))
		text := log.take()
		if strings.Contains(text, "private") || strings.Contains(text, "room") || strings.Contains(text, "later") {
			t.Error("a text is in the log")
		}
		got, said := "", regexp.MustCompile(`\b(user|op|event|id|digest|digest_key|group)=\S* ?`)
		for line := range strings.Lines(text) {
			if strings.Contains(line, "digest") || strings.Contains(line, "group") {
				got += strings.TrimSpace(strings.Join(said.FindAllString(line, -1), "")) + "\n"
			}
		}
		want := `
			user=alice digest_key=14b959e0cfee7f09
			user=bob digest_key=14b959e0cfee7f09
			user=alice op=send id=a-1 digest=ed3905ae6b1740d0 group=a-1
			user=alice op=send id=a-2 digest=18a1936e12e28d47 group=a-1
			user=alice op=send id=a-3 digest=1d1abc77f21fd1b0 group=a-1
			user=alice op=send id=a-4 digest=bb951b28e625f6ae group=a-1
			user=bob event=RemoteInvitationReceived id=a-2 digest=18a1936e12e28d47
			user=bob event=RemoteInvitationReceived id=a-3 digest=1d1abc77f21fd1b0
			user=bob event=RemoteInvitationMissed id=a-4 digest=bb951b28e625f6ae
			user=bob op=refuse id=a-2 digest=7390a2880a331fdf
			user=bob op=refuse id=a-3 digest=8b73291471a27014
			user=alice event=LocalInvitationRefused id=a-2 digest=7390a2880a331fdf
			user=alice digest_key=14b959e0cfee7f09
			user=alice op=send id=aa-1 digest=7fc89ac93730e17a group=a-1
		`
		if want = strings.ReplaceAll(strings.TrimSpace(want), "\t", ""); strings.TrimSpace(got) != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		alice.Close()
		bob.Close()
	})
	if _, err := host.New("alice", &offline{}, host.Options{LogKey: []byte("too short")}); err == nil || err.Error() != "host options: LogKey has 9 bytes: a secret has 16 or more" {
		t.Error(err)
	}
}

// TestLogIsOneLine: no user id, be it a name that a stranger gives himself, writes
// lines of its own or long ones, in the log or in an error.
func TestLogIsOneLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, id := range []string{"bob\nERROR all is lost", "\x1b[2J", "\xff", strings.Repeat("x", 100_000), strings.Repeat("\n", 100_000)} {
			w, log := newWorld(t, 0), &records{}
			options := host.Options{Log: slog.New(recorder{slog.LevelDebug, "", log})}
			alice := w.user("alice", options)
			options.Engine.ValidUserID = func(string) bool { return true }
			carol := w.user(id, options)
			errs := []error{alice.SendLocalInvitation(alice.CreateLocalInvitation(id)), alice.Start(alice), carol.Start(carol)}
			for _, in := range []host.Receiver{alice.node.receiver, carol.node.receiver} {
				in.Receive(id, []byte("?"), 0)
				in.Receive(id, []byte(`{"v":1,"kind":"CONFIRM","id":"a-1"}`), 0)
				in.Receive(id, []byte(`{"v":1,"kind":"CONFIRM","id":"a-1"}`), time.Hour)
				in.Receive(id+"2", []byte(`{"v":1,"kind":"INVITE","id":"a-1","content":"","channel_id":"","age_ns":0,"wait_ns":1,"expiry_ns":1}`), 0)
				in.PeerOffline(id)
				in.PeerOnline(id)
			}
			call := carol.CreateLocalInvitation(id + "3")
			w.ok(carol.SendLocalInvitation(call))
			w.ok(carol.CancelLocalInvitation(call))
			time.Sleep(time.Second)
			errs = append(errs, carol.CancelLocalInvitation(call), alice.CancelLocalInvitation(call), carol.CancelLocalInvitation(nil))
			_, err := host.New(id, carol.node, host.Options{Store: &memoryStore{err: errors.New("unreadable")}})
			errs = append(errs, err)
			_, err = host.New(id, carol.node, host.Options{})
			errs = append(errs, err)
			alice.Close()
			carol.Close()
			errs = append(errs, carol.SendLocalInvitation(call), carol.Start(carol), carol.Shutdown(t.Context()))
			lines := strings.Split(log.take(), "\n")
			if len(lines) != 27 {
				t.Errorf("%.20q: %d lines:\n%.1000s", id, len(lines), strings.Join(lines, "\n"))
			}
			for i, err := range errs {
				if err != nil {
					lines = append(lines, err.Error())
				} else if i < len(errs)-1 {
					t.Errorf("%.20q: there is no error %d", id, i)
				}
			}
			for _, line := range lines {
				if i := strings.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }); i >= 0 || len(line) > 1000 {
					t.Errorf("%.20q: %d bytes: %.200q", id, len(line), line)
				}
			}
		}
	})
}

// TestLimitIsLogged: whoever is turned away at a bound shows.
func TestLimitIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log := newWorld(t, 0), &records{}
		bob := w.user("bob", host.Options{Log: slog.New(recorder{slog.LevelWarn, "", log}), Engine: engine.Options{MaxPerPeer: 1}})
		for n := range 2 {
			bob.node.receiver.Receive("eve", fmt.Appendf(nil, `{"v":1,"kind":"CANCEL","id":"a-%d","reason":"user"}`, n), 0)
		}
		log.expect(t, `
			WARN message received: user=bob peer=eve kind=CANCEL id=a-1 reason=user verdict=limit turn=3
		`)
		bob.Close()
	})
}

// offline is a transport without peers, which says so or does not.
type offline struct {
	receiver host.Receiver
	tells    bool
}

func (o *offline) Listen(r host.Receiver) { o.receiver = r }

func (o *offline) Send(peer string, data []byte) error {
	if o.tells {
		o.receiver.PeerOffline(peer)
	}
	return errors.New("no route to " + peer)
}

// TestUnreachablePeersAreQuiet: a message that cannot be sent is a warning the first
// time, and none where the transport has said why.
func TestUnreachablePeersAreQuiet(t *testing.T) {
	for _, c := range []struct {
		name  string
		tells bool
		once  bool // fail at once
		want  string
	}{
		{"the transport says that the peer is offline, fail at once", true, true, ``},
		{"the transport says that the peer is offline", true, false, ``},
		{"the transport just fails", false, false, `
			WARN message not sent: user=alice peer=bob kind=INVITE id=a-1 error=no route to bob turn=2
			WARN message not sent: user=alice peer=carol kind=INVITE id=a-3 error=no route to carol turn=48
			WARN message not sent: user=alice peer=bob kind=INVITE id=a-4 error=no route to bob turn=72
		`},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log, transport := &records{}, &offline{tells: c.tells}
				alice, err := host.New("alice", transport, host.Options{
					Log:    slog.New(recorder{slog.LevelWarn, "", log}),
					Engine: engine.Options{Epoch: 0xa, FailAtOnce: c.once},
				})
				if err != nil {
					t.Fatal(err)
				}
				alice.Start(host.NopListener{})
				call := func(peer string) {
					if err := alice.SendLocalInvitation(alice.CreateLocalInvitation(peer)); err != nil {
						t.Error(err)
					}
					time.Sleep(time.Hour)
				}
				call("bob")
				call("bob")
				call("carol")
				transport.receiver.PeerOnline("bob")
				call("bob")
				if s := alice.Stats(); s.SendFailed < 4 {
					t.Errorf("%d failed", s.SendFailed)
				}
				log.expect(t, c.want)
				alice.Close()
			})
		})
	}
}
