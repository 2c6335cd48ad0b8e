// A call between two processes over UDP, of which one is killed with SIGKILL and
// started again with the file that it left.

package host_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/states"
	"github.com/invsim/invsim/wire"
)

// phoneVariable makes the test binary a phone: name, peer, the peer's address, file.
const phoneVariable = "INVSIM_HOST_TEST_PHONE"

// saverVariable makes it one that saves into a file for as long as it lives.
const saverVariable = "INVSIM_HOST_TEST_SAVER"

func TestMain(m *testing.M) {
	if file := os.Getenv(saverVariable); file != "" {
		fmt.Println(saver(file))
		return
	}
	if as := os.Getenv(phoneVariable); as != "" {
		fields := strings.SplitN(as, " ", 4)
		if err := phone(fields[0], fields[1], fields[2], fields[3]); err != nil {
			fmt.Println(err)
		}
		return
	}
	os.Exit(m.Run())
}

// phone does what it reads and prints what happens. Its socket is its parent's, who
// keeps it open while nobody is there to read.
func phone(name, peer, address, file string) error {
	socket, err := net.FilePacketConn(os.NewFile(3, "socket"))
	if err != nil {
		return err
	}
	times := engine.DefaultTimes()
	times.Accept = time.Minute // a machine may take its time to start a process
	transport := &twoWay{socket, peer, net.UDPAddrFromAddrPort(netip.MustParseAddrPort(address))}
	h, err := host.New(name, transport, host.Options{Store: host.FileStore(file), Engine: engine.Options{Times: times}, Encode: wire.EncodeBinary})
	if err != nil {
		return err
	}
	for _, call := range h.LocalInvitations() {
		fmt.Println("again", call.State())
	}
	for _, ring := range h.RemoteInvitations() {
		fmt.Println("again", ring.State())
	}
	if err := h.Start(printer{}); err != nil {
		return err
	}
	for commands := bufio.NewScanner(os.Stdin); commands.Scan(); {
		fmt.Println(commands.Text(), do(h, peer, commands.Text()))
	}
	return nil
}

func do(h *host.Host, peer, command string) (err error) {
	switch command {
	case "call":
		call := h.CreateLocalInvitation(peer)
		call.SetContent("video?")
		return h.SendLocalInvitation(call)
	case "cancel":
		for _, call := range h.LocalInvitations() {
			err = errors.Join(err, h.CancelLocalInvitation(call))
		}
		return err
	}
	for _, ring := range h.RemoteInvitations() {
		ring.SetResponse("here I am")
		if command == "accept" {
			err = errors.Join(err, h.AcceptRemoteInvitation(ring))
		} else {
			err = errors.Join(err, h.RefuseRemoteInvitation(ring))
		}
	}
	return err
}

// twoWay is a Transport between two phones.
type twoWay struct {
	net.PacketConn
	peer string
	at   net.Addr
}

func (l *twoWay) Send(_ string, data []byte) error {
	_, err := l.WriteTo(data, l.at)
	return err
}

func (l *twoWay) Listen(r host.Receiver) {
	go func() {
		for buffer := make([]byte, wire.MaxSize); ; {
			n, from, err := l.ReadFrom(buffer)
			if err == nil && from.String() == l.at.String() {
				r.Receive(l.peer, buffer[:n], 0)
			}
		}
	}()
}

// printer is a phone's Listener.
type printer struct{}

func (printer) OnLocalInvitationReceivedByPeer(*host.LocalInvitation) { fmt.Println("received") }
func (printer) OnLocalInvitationAccepted(l *host.LocalInvitation, response string) {
	fmt.Println(states.LocalAcceptedByRemote, response)
}
func (printer) OnLocalInvitationRefused(*host.LocalInvitation, string) {
	fmt.Println(states.LocalRefusedByRemote)
}
func (printer) OnLocalInvitationCanceled(*host.LocalInvitation) { fmt.Println(states.LocalCanceled) }
func (printer) OnLocalInvitationFailure(_ *host.LocalInvitation, code errors.LocalInvitationError) {
	fmt.Println(code.Name())
}
func (printer) OnRemoteInvitationReceived(r *host.RemoteInvitation) {
	fmt.Println("rings", r.Content())
}
func (printer) OnRemoteInvitationAccepted(*host.RemoteInvitation) { fmt.Println(states.RemoteAccepted) }
func (printer) OnRemoteInvitationRefused(*host.RemoteInvitation)  { fmt.Println(states.RemoteRefused) }
func (printer) OnRemoteInvitationCanceled(*host.RemoteInvitation) { fmt.Println(states.RemoteCanceled) }
func (printer) OnRemoteInvitationFailure(_ *host.RemoteInvitation, code errors.RemoteInvitationError) {
	fmt.Println(code.Name())
}

// user is one who has a phone, which runs or does not.
type user struct {
	t          *testing.T
	name, peer string
	peerAt     string
	file       string
	socket     *os.File

	process *exec.Cmd
	in      io.Writer
	lines   chan string
	printed []string // since the last start
}

// users are alice and bob, with their phones off.
func users(t *testing.T) (alice, bob *user) {
	var at [2]string
	var both [2]*user
	for i, name := range []string{"alice", "bob"} {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		socket, err := conn.File()
		if err != nil {
			t.Fatal(err)
		}
		at[i] = conn.LocalAddr().String()
		conn.Close()
		t.Cleanup(func() { socket.Close() })
		both[i] = &user{t: t, name: name, file: filepath.Join(t.TempDir(), name), socket: socket}
		t.Cleanup(both[i].kill)
	}
	alice, bob = both[0], both[1]
	alice.peer, alice.peerAt, bob.peer, bob.peerAt = "bob", at[1], "alice", at[0]
	return alice, bob
}

func (u *user) start() {
	u.t.Helper()
	u.process = exec.Command(os.Args[0])
	u.process.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s %s", phoneVariable, u.name, u.peer, u.peerAt, u.file))
	u.process.ExtraFiles = []*os.File{u.socket}
	u.process.Stderr = os.Stderr
	in, err := u.process.StdinPipe()
	if err != nil {
		u.t.Fatal(err)
	}
	out, err := u.process.StdoutPipe()
	if err != nil {
		u.t.Fatal(err)
	}
	if err := u.process.Start(); err != nil {
		u.t.Fatal(err)
	}
	lines := make(chan string, 100)
	u.in, u.lines, u.printed = in, lines, nil
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
}

// kill is SIGKILL, and waits until the process is gone.
func (u *user) kill() {
	if u.process == nil {
		return
	}
	u.process.Process.Kill()
	for range u.lines {
	}
	u.process.Wait()
	u.process = nil
}

func (u *user) restart() {
	u.t.Helper()
	u.kill()
	u.start()
}

// do gives a command, which must succeed.
func (u *user) do(command string) {
	u.t.Helper()
	fmt.Fprintln(u.in, command)
	u.until(command + " <nil>")
}

// until waits until the phone has printed a line since it was started. Others may
// come before it: what was told last is told again over a kill.
func (u *user) until(want string) {
	u.t.Helper()
	deadline := time.After(time.Minute)
	for !slices.Contains(u.printed, want) {
		select {
		case line, open := <-u.lines:
			if !open {
				u.t.Fatalf("%s's phone ended after %q, want %s", u.name, u.printed, want)
			}
			u.printed = append(u.printed, line)
		case <-deadline:
			u.t.Fatalf("%s's phone printed %q, and not %s", u.name, u.printed, want)
		}
	}
}

// TestKill: whoever is killed, wherever the call is, it ends as if nobody had been.
func TestKill(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot inherit a socket this way")
	}
	accepted := func(alice, bob *user) {
		alice.until("ACCEPTED_BY_REMOTE here I am")
		bob.until("ACCEPTED")
	}
	ringing := func(alice, bob *user) {
		alice.start()
		bob.start()
		alice.do("call")
		alice.until("received")
		bob.until("rings video?")
	}
	for _, c := range []struct {
		name string
		call func(alice, bob *user)
	}{
		{"caller in SENT", func(alice, bob *user) {
			alice.start()
			alice.do("call")
			alice.restart()
			alice.until("again SENT_TO_REMOTE")
			bob.start()
			bob.until("rings video?")
			bob.do("accept")
			accepted(alice, bob)
		}},
		{"caller in RECEIVED", func(alice, bob *user) {
			ringing(alice, bob)
			alice.restart()
			alice.until("again RECEIVED_BY_REMOTE")
			bob.do("accept")
			accepted(alice, bob)
		}},
		{"caller in RECEIVED, who cancels after", func(alice, bob *user) {
			ringing(alice, bob)
			alice.restart()
			alice.do("cancel")
			alice.until("CANCELED")
			bob.until("CANCELED")
		}},
		{"caller in CANCELED, whom nobody heard", func(alice, bob *user) {
			ringing(alice, bob)
			bob.kill()
			alice.do("cancel")
			alice.restart()
			bob.start()
			bob.until("again INVITATION_RECEIVED")
			bob.until("CANCELED")
		}},
		{"callee ringing", func(alice, bob *user) {
			ringing(alice, bob)
			bob.restart()
			bob.until("again INVITATION_RECEIVED")
			bob.do("accept")
			accepted(alice, bob)
		}},
		{"callee ringing, who refuses after", func(alice, bob *user) {
			ringing(alice, bob)
			bob.restart()
			bob.do("refuse")
			bob.until("REFUSED")
			alice.until("REFUSED_BY_REMOTE")
		}},
		{"callee ringing, caller cancels meanwhile", func(alice, bob *user) {
			ringing(alice, bob)
			bob.kill()
			alice.do("cancel")
			bob.start()
			bob.until("CANCELED")
		}},
		{"callee in ACCEPT_SENT", func(alice, bob *user) {
			ringing(alice, bob)
			alice.kill()
			bob.do("accept")
			bob.restart()
			bob.until("again ACCEPT_SENT_TO_LOCAL")
			alice.start()
			accepted(alice, bob)
		}},
		{"both", func(alice, bob *user) {
			ringing(alice, bob)
			alice.kill()
			bob.restart()
			alice.start()
			alice.until("again RECEIVED_BY_REMOTE")
			bob.do("accept")
			accepted(alice, bob)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.call(users(t))
		})
	}
}

// saver counts in a file, and prints each number that is saved.
func saver(file string) error {
	store := host.FileStore(file)
	entries, err := store.Load()
	if err != nil {
		return err
	}
	for n := number(entries) + 1; ; n++ {
		padding := make([]byte, n*n%5000) // so that it is written anew now and then
		if err := store.Save([]host.Entry{{Key: []byte("n"), Value: fmt.Append(nil, n)}, {Key: fmt.Append(nil, n%7), Value: padding}}); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// number is the one in a store.
func number(entries []host.Entry) (n int) {
	for _, each := range entries {
		if string(each.Key) == "n" {
			n, _ = strconv.Atoi(string(each.Value))
		}
	}
	return n
}

// TestKillWhileSaving: of a process that is killed at any moment, all that it has
// said to be saved is there, and nobody else had the file before.
func TestKillWhileSaving(t *testing.T) {
	file := filepath.Join(t.TempDir(), "saver")
	random, last := rand.New(rand.NewPCG(1, 1)), 0
	for range 20 {
		process := exec.Command(os.Args[0])
		process.Env = append(os.Environ(), saverVariable+"="+file)
		out, err := process.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 1 + random.IntN(40) {
			if !lines.Scan() {
				t.Fatal("it has ended by itself")
			}
			if last, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(lines.Text())
			}
		}
		store := host.FileStore(file)
		if _, err := store.Load(); !errors.Is(err, host.ErrInUse) {
			t.Errorf("while it saves: %v", err)
		}
		process.Process.Kill()
		for lines.Scan() {
			last, _ = strconv.Atoi(lines.Text())
		}
		process.Wait()
		entries, err := store.Load()
		if n := number(entries); err != nil || n < last || n > last+1 {
			t.Fatalf("%d was saved, and %d is there: %v", last, n, err)
		}
		shut(t, store)
	}
	if last < 100 {
		t.Errorf("it counted to %d", last)
	}
}
