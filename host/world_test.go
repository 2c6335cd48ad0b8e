// What the tests share: an in-memory network, and an app that writes down what it
// is told.

package host_test

import (
	"fmt"
	"maps"
	"sort"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
)

// world is some hosts on one network, in a synctest bubble.
type world struct {
	t     testing.TB
	start time.Time
	delay time.Duration // of the network; 0 delivers from within Send

	mu    sync.Mutex
	nodes map[string]*node
	lines []line
}

type line struct {
	at   time.Duration
	text string
}

func newWorld(t testing.TB, delay time.Duration) *world {
	return &world{t: t, start: time.Now(), delay: delay, nodes: map[string]*node{}}
}

// write adds a line to the transcript.
func (w *world) write(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, line{time.Since(w.start), fmt.Sprintf(format, args...)})
}

// expect lets time pass and compares the transcript since the last time.
func (w *world) expect(after time.Duration, want string) {
	w.t.Helper()
	time.Sleep(after)
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	got := ""
	sort.SliceStable(w.lines, func(i, j int) bool { return w.lines[i].at < w.lines[j].at })
	for _, l := range w.lines {
		got += fmt.Sprintf("%v %s\n", l.at, l.text)
	}
	w.lines = nil
	want = strings.ReplaceAll(strings.TrimLeft(want, "\n"), "\t", "")
	if got != want {
		w.t.Errorf("got\n%swant\n%s", got, want)
	}
}

// node is a user's transport.
type node struct {
	w        *world
	name     string
	receiver host.Receiver
	sent     int
	sentTo   map[string]int
	last     []byte        // what was sent last
	fail     error         // what Send returns
	pause    time.Duration // how long Send takes
	silent   bool          // without writing it down
	gate     gate          // Send waits for it
}

func (n *node) Listen(r host.Receiver) {
	n.w.mu.Lock()
	defer n.w.mu.Unlock()
	n.receiver = r
}

func (n *node) Send(peer string, data []byte) error {
	n.gate.pass()
	n.w.mu.Lock()
	n.sent++
	if n.sentTo == nil {
		n.sentTo = map[string]int{}
	}
	n.sentTo[peer]++
	n.last = data
	var to host.Receiver
	if other := n.w.nodes[peer]; other != nil {
		to = other.receiver
	}
	fail, pause, silent := n.fail, n.pause, n.silent
	n.w.mu.Unlock()
	if pause != 0 && !silent {
		n.w.write("%s: Send to %s begins", n.name, peer)
		defer n.w.write("%s: Send to %s ends", n.name, peer)
	}
	time.Sleep(pause)
	deliver := func() { to.Receive(n.name, data, 0) }
	switch {
	case fail != nil:
		return fail
	case to == nil: // lost
	case n.w.delay == 0:
		deliver()
	default:
		time.AfterFunc(n.w.delay, deliver)
	}
	return nil
}

// app is a user: a host and a Listener that writes down everything it is told,
// and does what the test wants it to.
type app struct {
	*host.Host
	w    *world
	name string
	node *node

	onReceivedByPeer func(*host.LocalInvitation)
	onRing           func(*host.RemoteInvitation)
	onCanceled       func(*host.RemoteInvitation)
	onEnd            func()
	silent           bool // it writes nothing down
}

// silence keeps the app out of the transcript, where two hosts act at one time.
func (a *app) silence() {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	a.silent = true
}

func (w *world) user(name string, options host.Options) *app {
	w.t.Helper()
	a := &app{w: w, name: name, node: &node{w: w, name: name}}
	w.mu.Lock()
	w.nodes[name] = a.node
	w.mu.Unlock()
	var err error
	if a.Host, err = host.New(name, a.node, options); err != nil {
		w.t.Fatal(err)
	}
	if err := a.Start(a); err != nil {
		w.t.Fatal(err)
	}
	return a
}

// pair is alice and bob, closed at the end of the test.
func pair(t *testing.T, delay time.Duration) (w *world, alice, bob *app) {
	w = newWorld(t, delay)
	alice, bob = w.user("alice", host.Options{}), w.user("bob", host.Options{})
	return w, alice, bob
}

// ok fails the test on an error.
func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Error(err)
	}
}

// sent is how many messages the host has handed over.
func (a *app) sent() int {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	return a.node.sent
}

// sentTo is how many of them to whom.
func (a *app) sentTo() map[string]int {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	return maps.Clone(a.node.sentTo)
}

// fail is what Send returns from now on.
func (a *app) fail(err error) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	a.node.fail = err
}

func (a *app) call(callee string) *host.LocalInvitation {
	a.w.t.Helper()
	call := a.CreateLocalInvitation(callee)
	call.SetContent("video?")
	call.SetChannelID("room")
	a.w.ok(a.SendLocalInvitation(call))
	return call
}

func (a *app) told(format string, args ...any) {
	a.w.mu.Lock()
	silent := a.silent
	a.w.mu.Unlock()
	if !silent {
		a.w.write(a.name+": "+format, args...)
	}
	if a.onEnd != nil && !strings.HasPrefix(format, "rings") && !strings.HasPrefix(format, "received") {
		a.onEnd()
	}
}

func (a *app) OnLocalInvitationReceivedByPeer(inv *host.LocalInvitation) {
	a.told("received by %s", inv.CalleeID())
	if a.onReceivedByPeer != nil {
		a.onReceivedByPeer(inv)
	}
}

func (a *app) OnLocalInvitationAccepted(inv *host.LocalInvitation, response string) {
	a.told("accepted by %s: %q, %v", inv.CalleeID(), response, inv.State())
}

func (a *app) OnLocalInvitationRefused(inv *host.LocalInvitation, response string) {
	a.told("refused by %s: %q, %v", inv.CalleeID(), response, inv.State())
}

func (a *app) OnLocalInvitationCanceled(inv *host.LocalInvitation) {
	a.told("canceled call to %s, %v", inv.CalleeID(), inv.State())
}

func (a *app) OnLocalInvitationFailure(inv *host.LocalInvitation, code errors.LocalInvitationError) {
	a.told("call to %s failed: %s, %v, %v", inv.CalleeID(), code.Name(), inv.State(), inv.Failure() == code)
}

func (a *app) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	a.told("rings from %s: %q in %q", inv.CallerID(), inv.Content(), inv.ChannelID())
	if a.onRing != nil {
		a.onRing(inv)
	}
}

func (a *app) OnRemoteInvitationAccepted(inv *host.RemoteInvitation) {
	a.told("call from %s is on, %v", inv.CallerID(), inv.State())
}

func (a *app) OnRemoteInvitationRefused(inv *host.RemoteInvitation) {
	a.told("refused call from %s: %q, %v", inv.CallerID(), inv.Response(), inv.State())
}

func (a *app) OnRemoteInvitationCanceled(inv *host.RemoteInvitation) {
	a.told("call from %s was canceled, %v", inv.CallerID(), inv.State())
	if a.onCanceled != nil {
		a.onCanceled(inv)
	}
}

func (a *app) OnRemoteInvitationFailure(inv *host.RemoteInvitation, code errors.RemoteInvitationError) {
	a.told("call from %s failed: %s, %v, %v", inv.CallerID(), code.Name(), inv.State(), inv.Failure() == code)
}

func (a *app) OnRemoteInvitationMissed(m host.Missed) {
	a.w.write("%s: missed call from %s: %q in %q, %v, withdrawn %v, restored %v", a.name, m.CallerID, m.Content, m.ChannelID, m.Reason, m.Withdrawn, m.Restored)
}

// short are options whose times are a tenth of the protocol's. The accept time is not:
// it has to be longer than the half second in which no ACCEPT leaves.
func short() engine.Options {
	t := engine.DefaultTimes()
	for _, d := range []*time.Duration{&t.NoResponse, &t.Expiry, &t.ExpiryCap, &t.Grace, &t.Refresh, &t.RetransmitFirst, &t.RetransmitCap,
		&t.AcceptFirst, &t.AcceptCap, &t.Linger, &t.Tombstone, &t.MaxDelay} {
		*d /= 10
	}
	return engine.Options{Times: t}
}
