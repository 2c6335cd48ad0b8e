package guides

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/hosttest/embedding"
	"github.com/invsim/invsim/wire"
)

// diary is a screen that writes down what it shows.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) write(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) Ring(key, caller string) { d.write("ring " + key + " of " + caller) }
func (d *diary) Connected(key string)    { d.write("connected " + key) }
func (d *diary) End(key, why string)     { d.write("end " + key + ": " + why) }

// phone is bob's. What he sends is noted; the test says what comes.
type phone struct {
	receiver host.Receiver
	ringer   *Ringer
	*diary
	sent chan engine.Kind
}

func (p *phone) Send(_ string, data []byte) error {
	m, err := wire.Decode(data)
	p.sent <- m.Kind
	return err
}

func (p *phone) Listen(r host.Receiver) { p.receiver = r }

func newPhone(t *testing.T, device uint64) *phone {
	t.Helper()
	options := embedding.PhoneOptions()
	options.Engine.Device = device
	p := &phone{diary: &diary{}, sent: make(chan engine.Kind, 1000)}
	p.ringer = &Ringer{Screen: p.diary}
	var err error
	if p.ringer.Host, err = host.New("bob", p, options); err == nil {
		err = p.ringer.Start(p.ringer)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// message is one of the call that alice places.
func message(t *testing.T, m engine.Message) []byte {
	t.Helper()
	m.ID = engine.ID{Epoch: 0xa11ce, Counter: 1}
	data, err := wire.EncodeJSON(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRinger: the screen rings before Push returns, once, and ends whatever happens.
func TestRinger(t *testing.T) {
	const key = "alice a11ce-1"
	times := engine.DefaultTimes()
	invite := message(t, engine.Message{Kind: engine.Invite, Age: time.Second, Wait: times.NoResponse, Expiry: times.Expiry})
	confirm := message(t, engine.Message{Kind: engine.Confirm})
	cancel := message(t, engine.Message{Kind: engine.Cancel, Reason: engine.ReasonUser})
	push := func(p *phone, held time.Duration) { p.ringer.Push("alice", invite, held) }
	confirmedAtLogin := func(p *phone) {
		p.receiver.LoggedIn()
		synctest.Wait()
		if kind := <-p.sent; kind != engine.Accept {
			p.write("at login " + kind.String())
		}
		p.receiver.Receive("alice", confirm, 0)
		synctest.Wait()
		p.ringer.HangUp(key)
	}

	for name, c := range map[string]struct {
		play func(p *phone)
		want []string
	}{
		"answered": {func(p *phone) {
			push(p, 0)
			p.receiver.Receive("alice", invite, 0) // the connection is there, and brings it as well
			p.ringer.Answer(key)
			p.write("answered")
			time.Sleep(time.Second)
			p.receiver.Receive("alice", confirm, 0)
			synctest.Wait()
			p.ringer.HangUp(key)
		}, []string{"ring " + key + " of alice", "answered", "connected " + key, "end " + key + ": hung up"}},
		"pushed again when it is on": {func(p *phone) {
			push(p, 0)
			p.ringer.Answer(key)
			time.Sleep(time.Second)
			p.receiver.Receive("alice", confirm, 0)
			synctest.Wait()
			push(p, 2*time.Second)
			p.ringer.Answer(key)
			p.ringer.HangUp(key)
			p.ringer.HangUp(key)
		}, []string{"ring " + key + " of alice", "connected " + key, "end " + key + ": hung up"}},
		"without a push": {func(p *phone) {
			p.receiver.Receive("alice", invite, 0)
			time.Sleep(time.Second)
			p.ringer.Decline(key)
		}, []string{"ring " + key + " of alice", "end " + key + ": declined"}},
		"canceled while it rings": {func(p *phone) {
			push(p, 0)
			time.Sleep(time.Second)
			p.receiver.Receive("alice", cancel, 0)
		}, []string{"ring " + key + " of alice", "end " + key + ": missed"}},
		"answered after the end": {func(p *phone) {
			push(p, 0)
			p.receiver.Receive("alice", cancel, 0)
			if p.ringer.Answer(key) == nil || p.ringer.Decline(key) == nil {
				p.write("answered")
			}
		}, []string{"ring " + key + " of alice", "end " + key + ": missed"}},
		"the cancel is first": {func(p *phone) {
			p.receiver.Receive("alice", cancel, 0)
			push(p, 0)
		}, []string{"ring " + key + " of alice", "end " + key + ": missed"}},
		"pushed too late": {func(p *phone) {
			push(p, 29*time.Second)
		}, []string{"ring " + key + " of alice", "end " + key + ": missed"}},
		"nobody answers": {func(p *phone) {
			push(p, 0)
		}, []string{"ring " + key + " of alice", "end " + key + ": REMOTE_INVITATION_ERR_INVITATION_EXPIRE"}},
		"answered, not confirmed": {func(p *phone) {
			push(p, 0)
			p.ringer.Answer(key)
		}, []string{"ring " + key + " of alice", "end " + key + ": REMOTE_INVITATION_ERR_ACCEPT_FAILURE"}},
		"answered before there is a connection": {func(p *phone) {
			push(p, 0)
			p.receiver.LoggedOut()
			p.ringer.Answer(key)
			time.Sleep(10 * time.Second)
			for len(p.sent) > 0 {
				if kind := <-p.sent; kind == engine.Accept {
					p.write("accepted into the air")
				}
			}
			confirmedAtLogin(p)
		}, []string{"ring " + key + " of alice", "connected " + key, "end " + key + ": hung up"}},
		"pushed and answered before there is a connection": {func(p *phone) {
			p.receiver.LoggedOut()
			push(p, 2*time.Second)
			p.ringer.Answer(key)
			time.Sleep(5 * time.Second)
			if len(p.sent) != 0 {
				p.write("sent into the air")
			}
			confirmedAtLogin(p)
		}, []string{"ring " + key + " of alice", "connected " + key, "end " + key + ": hung up"}},
		"answered on another device": {func(p *phone) {
			push(p, 0)
			p.receiver.Receive("alice", message(t, engine.Message{Kind: engine.Confirm, Device: 2}), 0)
		}, []string{"ring " + key + " of alice", "end " + key + ": answered elsewhere"}},
		"pushed after another device has declined": {func(p *phone) {
			p.receiver.Receive("alice", message(t, engine.Message{Kind: engine.Ack, For: engine.Refuse, Refused: true, Device: 2}), 0)
			push(p, 0)
		}, []string{"ring " + key + " of alice", "end " + key + ": declined elsewhere"}},
		"nonsense": {func(p *phone) {
			p.ringer.Push("alice", []byte("?"), 0)
		}, []string{"ring alice ? of alice", "end alice ?: missed"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPhone(t, 0)
				c.play(p)
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				if !slices.Equal(p.lines, c.want) {
					t.Errorf("the screen showed %q, want %q", p.lines, c.want)
				}
				if len(p.ringer.shown) != 0 {
					t.Error("it still shows", fmt.Sprint(p.ringer.shown))
				}
				p.ringer.Close()
			})
		})
	}
}

// TestSlowPushes: callers that wait longer need nothing else changed.
func TestSlowPushes(t *testing.T) {
	times := engine.DefaultTimes()
	times.NoResponse = 45 * time.Second
	times = times.Fit()
	if _, err := host.New("alice", &phone{}, host.Options{Engine: engine.Options{Times: times}}); err != nil {
		t.Error(err)
	}
}

// TestTwoDevices: both ring, one answers, and the other stops and says why.
func TestTwoDevices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := engine.DefaultTimes()
		invite := message(t, engine.Message{Kind: engine.Invite, Wait: times.NoResponse, Expiry: times.Expiry})
		const key = "alice a11ce-1"
		first, second := newPhone(t, 1), newPhone(t, 2)
		both := func(data []byte) {
			for _, p := range []*phone{first, second} {
				p.receiver.Receive("alice", data, 0)
			}
			synctest.Wait()
		}
		both(invite)
		first.ringer.Answer(key)
		both(message(t, engine.Message{Kind: engine.Confirm, Device: 1}))
		if second.ringer.Answer(key) == nil {
			t.Error("the second device answers, too")
		}
		for p, want := range map[*phone]string{first: "connected " + key, second: "end " + key + ": answered elsewhere"} {
			if want := []string{"ring " + key + " of alice", want}; !slices.Equal(p.lines, want) {
				t.Errorf("%q, want %q", p.lines, want)
			}
			p.ringer.Close()
		}
	})
}

// TestSizeOfAnInvite: what the guide says that a push has to carry.
func TestSizeOfAnInvite(t *testing.T) {
	times := engine.DefaultTimes()
	longest := 0
	for _, text := range []string{"", string(make([]byte, 2048))} {
		m := engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 1<<64 - 1, Counter: 1000}, Content: text, ChannelID: "room",
			Age: time.Second, Wait: times.NoResponse, Expiry: times.Expiry}
		data, err := wire.EncodeBinary(m)
		if err != nil {
			t.Fatal(err)
		}
		longest = max(longest, len(data)-len(text)-len(m.ChannelID))
	}
	t.Log(longest)
	if longest > 40 {
		t.Errorf("an INVITE is %d bytes longer than its texts", longest)
	}
}
