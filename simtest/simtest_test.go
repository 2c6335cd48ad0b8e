// Apps with bugs: each is found, made small, and told. And the worlds themselves: the same
// seed is the same story, and every fault happens.

package simtest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/internal/garbage"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/simtest"
	"github.com/invsim/invsim/wire"
)

func init() { garbage.Seldom() }

// History is an app that keeps a list of missed calls over crashes.
type History struct {
	host.NopListener
	*host.Host
	disk     *disk
	careless bool // the answer is written down when its callback comes: a bug
}

// disk outlives the process. Calls are known by their ids.
type disk struct{ rang, answered, missed map[string]bool }

// newHistory takes the calls that rang before a crash, and do not any more, for missed.
func newHistory(h *host.Host, d *disk, careless bool) *History {
	app := &History{Host: h, disk: d, careless: careless}
	open := map[string]bool{}
	for _, inv := range h.RemoteInvitations() {
		open[inv.ID().String()] = true
	}
	for id := range d.rang {
		if !open[id] && !d.answered[id] {
			d.missed[id] = true
		}
	}
	return app
}

func (a *History) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	a.disk.rang[inv.ID().String()] = true
}

func (a *History) OnRemoteInvitationAccepted(inv *host.RemoteInvitation) {
	a.disk.answered[inv.ID().String()] = true
}

func (a *History) Answer() {
	for _, inv := range a.RemoteInvitations() {
		if a.AcceptRemoteInvitation(inv) == nil && !a.careless {
			a.disk.answered[inv.ID().String()] = true
		}
	}
}

// history: a call that was answered is never listed as missed.
func history(careless bool) func(t *rapid.T, w *simtest.World) {
	return func(t *rapid.T, w *simtest.World) {
		var alice *host.Host
		var bob *History
		kept, pressed := &disk{map[string]bool{}, map[string]bool{}, map[string]bool{}}, map[string]bool{}
		caller := w.Phone("alice", host.Options{}, func(h *host.Host) host.Listener { alice = h; return host.NopListener{} })
		callee := w.Phone("bob", host.Options{}, func(h *host.Host) host.Listener { bob = newHistory(h, kept, careless); return bob })
		w.Repeat(t, simtest.Crashes|simtest.Slowness, simtest.Actions{
			"alice calls": func(*rapid.T) {
				caller.Press(func() { alice.SendLocalInvitation(alice.CreateLocalInvitation("bob")) })
			},
			"bob answers": func(*rapid.T) {
				callee.Press(func() {
					for _, inv := range bob.RemoteInvitations() {
						pressed[inv.ID().String()] = true
					}
					bob.Answer()
				})
			},
			"": func(t *rapid.T) {
				for id := range kept.missed {
					if pressed[id] {
						t.Fatal("a call that was answered is listed as missed")
					}
				}
			},
		})
	}
}

func TestHistory(t *testing.T) { simtest.Check(t, history(false)) }

// panics is an app that dies of its second call.
type panics struct {
	host.NopListener
	rings int
}

func (p *panics) OnRemoteInvitationReceived(*host.RemoteInvitation) {
	if p.rings++; p.rings == 2 {
		panic("no third line")
	}
}

// oldStore is the store of an app that forgets to save what comes after some saves.
type oldStore struct {
	left    int
	entries map[string][]byte
}

func (s *oldStore) Load() (all []host.Entry, err error) {
	for key, value := range s.entries {
		all = append(all, host.Entry{Key: []byte(key), Value: value})
	}
	return all, nil
}

func (s *oldStore) Save(changes []host.Entry) error {
	if s.left--; s.left < 0 {
		return nil
	}
	for _, each := range changes {
		if delete(s.entries, string(each.Key)); each.Value != nil {
			s.entries[string(each.Key)] = slices.Clone(each.Value)
		}
	}
	return nil
}

// idle is an app that does nothing by itself.
func idle(*host.Host) host.Listener { return host.NopListener{} }

// garbled is a form in which a message is changed on its way.
func garbled(change func(m *engine.Message)) host.Options {
	return host.Options{Encode: func(m engine.Message) ([]byte, error) {
		change(&m)
		return wire.EncodeJSON(m)
	}}
}

// talk plays a call from alice that bob refuses with a word.
func talk(t *testing.T, options host.Options) {
	simtest.Play(t, 1, func(w *simtest.World) {
		alice, bob := w.Phone("alice", options, idle).Host(), w.Phone("bob", options, idle).Host()
		call := alice.CreateLocalInvitation("bob")
		call.SetContent("lunch?")
		alice.SendLocalInvitation(call)
		w.Sleep(time.Second)
		ring := bob.RemoteInvitations()[0]
		ring.SetResponse("later")
		bob.RefuseRemoteInvitation(ring)
		w.Heal()
	})
}

// bugs are what the tests below want to see found.
var bugs = map[string]func(t *testing.T){
	"screen":  func(t *testing.T) { simtest.Check(t, screens{careless: true}.hold) },
	"history": func(t *testing.T) { simtest.Check(t, history(true)) },
	"panics": func(t *testing.T) {
		simtest.Check(t, func(t *rapid.T, w *simtest.World) {
			var alice *host.Host
			w.Phone("alice", host.Options{}, func(h *host.Host) host.Listener { alice = h; return host.NopListener{} })
			w.Phone("bob", host.Options{}, func(*host.Host) host.Listener { return &panics{} })
			w.Repeat(t, simtest.AllFaults, simtest.Actions{
				"alice calls": func(*rapid.T) { alice.SendLocalInvitation(alice.CreateLocalInvitation("bob")) },
			})
		})
	},
	"store": func(t *testing.T) {
		simtest.Play(t, 1, func(w *simtest.World) {
			var alice, bob *host.Host
			w.Phone("alice", host.Options{}, func(h *host.Host) host.Listener { alice = h; return host.NopListener{} })
			phone := w.Phone("bob", host.Options{Store: &oldStore{2, map[string][]byte{}}}, func(h *host.Host) host.Listener { bob = h; return host.NopListener{} })
			alice.SendLocalInvitation(alice.CreateLocalInvitation("bob"))
			w.Sleep(time.Second)
			bob.RefuseRemoteInvitation(bob.RemoteInvitations()[0])
			phone.Crash()
			phone.Restart()
			bob.AcceptRemoteInvitation(bob.RemoteInvitations()[0])
			w.Heal()
		})
	},
	"content": func(t *testing.T) {
		talk(t, garbled(func(m *engine.Message) { m.Content = strings.ToUpper(m.Content) }))
	},
	"response": func(t *testing.T) {
		talk(t, garbled(func(m *engine.Message) { m.Response = strings.ToUpper(m.Response) }))
	},
	"group": func(t *testing.T) {
		simtest.Play(t, 1, func(w *simtest.World) {
			alice := w.Phone("alice", host.Options{Store: &oldStore{3, map[string][]byte{}}}, idle)
			bob, carol := w.Phone("bob", host.Options{}, idle), w.Phone("carol", host.Options{}, idle)
			call := func(user string, group *host.Group) {
				made := alice.Host().CreateLocalInvitation(user)
				made.SetGroup(group)
				alice.Host().SendLocalInvitation(made)
				w.Sleep(time.Second)
			}
			accept := func(p *simtest.Phone) {
				p.Host().AcceptRemoteInvitation(p.Host().RemoteInvitations()[0])
				w.Sleep(time.Second)
			}
			call("bob", alice.Host().NewGroup())
			accept(bob)
			bob.Offline()
			alice.Crash()
			alice.Restart()
			call("carol", alice.Host().LocalInvitations()[0].Group())
			accept(carol)
			w.Heal()
		})
	},
}

// TestBug is a test that fails. TestBugs runs it in a process of its own.
func TestBug(t *testing.T) {
	bug, ok := bugs[os.Getenv("SIMTEST_BUG")]
	if !ok {
		t.Skip("no bug is asked for")
	}
	bug(t)
}

// TestBugs: what is found is named and told, and becomes small if there is time for it.
func TestBugs(t *testing.T) {
	for name, want := range map[string]struct {
		failure string
		shrink  string // for how long
		most    int    // actions that are left
		told    string // in the story
	}{
		"screen":   {"bob's screen shows a call that is over", "10m", 2, "bob  RemoteInvitationCanceled  is now CANCELED"},
		"history":  {"a call that was answered is listed as missed", "1s", 99, "bob  crashes"},
		"panics":   {"bob's app panics in RemoteInvitationReceived: no third line (", "1s", 99, "bob ← alice  INVITE: moved"},
		"store":    {"S4 is broken: a caller ACCEPTED means a callee not REFUSED, CANCELED or EXPIRED", "0s", 0, "call 10001-1 from alice to bob breaks S4"},
		"content":  {"S10 is broken", "0s", 0, "breaks S10: bob is shown another content or channel id than was sent"},
		"response": {"S10 is broken", "0s", 0, "breaks S10: the caller is shown another response than bob has set"},
		"group":    {"S2 is broken", "0s", 0, "breaks S16: 2 invitations of its group are ACCEPTED"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run", "^TestBug$", "-test.v", "-rapid.seed", "1", "-rapid.nofailfile", "-rapid.shrinktime", want.shrink)
			cmd.Env = append(os.Environ(), "SIMTEST_BUG="+name)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), want.failure) || !strings.Contains(string(out), want.told) {
				t.Fatalf("%v\n%s", err, out)
			}
			if n := strings.Count(string(out), "draw action: "); n > want.most {
				t.Errorf("%d actions\n%s", n, out)
			}
		})
	}
}

// busy plays many calls with all that can happen, and tells the story.
func busy(t *testing.T, seed uint64, calls int) (story []string) {
	simtest.Play(t, seed, func(w *simtest.World) {
		w.Net = simtest.Net{Loss: 0.2, Dup: 0.1, Reorder: 0.05, Delay: 10 * time.Millisecond, DelayMost: time.Second}
		var phones []*simtest.Phone
		for i := range 10 {
			phones = append(phones, w.Phone(fmt.Sprint("user", i), host.Options{}, func(h *host.Host) host.Listener { return &answers{Host: h} }))
		}
		for n := range calls {
			from, to := phones[n%10], phones[(n*7+3)%10]
			if from != to && from.Up() {
				from.Host().SendLocalInvitation(from.Host().CreateLocalInvitation(to.User))
			}
			w.Sleep(100 * time.Millisecond)
			switch p := phones[(n*3)%10]; n % 20 {
			case 0:
				p.Crash()
			case 4:
				p.Freeze()
			case 8:
				p.Offline()
			case 12:
				p.SetClock(time.Duration(n) * time.Second)
			case 16:
				p.Slow(300 * time.Millisecond)
				p.Drift(10_000)
			case 19:
				for _, p := range phones {
					p.Restart()
					p.Thaw()
					p.Online()
				}
			}
		}
		w.Heal()
		for _, p := range phones {
			if n := len(p.Host().LocalInvitations()) + len(p.Host().RemoteInvitations()); n > 0 {
				t.Errorf("%s has %d open calls in the end", p.User, n)
			}
		}
		story = w.Story()
	})
	return story
}

// answers accepts every call after a while.
type answers struct {
	host.NopListener
	*host.Host
}

func (a *answers) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	time.AfterFunc(3*time.Second, func() { a.AcceptRemoteInvitation(inv) })
}

// TestSameSeed: the same seed is the same story, another seed is another, and all that can
// happen does.
func TestSameSeed(t *testing.T) {
	one, two, other := busy(t, 1, 60), busy(t, 1, 60), busy(t, 2, 60)
	for i := range one {
		if i >= len(two) || one[i] != two[i] {
			t.Fatalf("line %d of %d: %q and then %q", i, len(one), one[i], two[min(i, len(two)-1)])
		}
	}
	all := strings.Join(one, "\n")
	if all == strings.Join(other, "\n") {
		t.Error("another seed is the same story")
	}
	for _, words := range []string{"LOST\n", "twin", "is offline", "has crashed", "crashes", "starts again", "freezes", "goes on", "sets its clock by", "300ms late", "the app is told", "hears: ", "logged out"} {
		if !strings.Contains(all, words) {
			t.Errorf("%q is not in the story", words)
		}
	}
}

// TestManyCalls: hundreds of calls take little time.
func TestManyCalls(t *testing.T) { busy(t, 3, 300) }

// TestStory: the page shows the story of the careless app.
func TestStory(t *testing.T) {
	var story []string
	simtest.Play(t, 1, func(w *simtest.World) {
		var alice *host.Host
		var bob *Screen
		w.Phone("alice", host.Options{}, func(h *host.Host) host.Listener { alice = h; return host.NopListener{} })
		w.Phone("bob", host.Options{}, func(h *host.Host) host.Listener { bob = &Screen{Host: h, Careless: true}; return bob })
		call := alice.CreateLocalInvitation("bob")
		alice.SendLocalInvitation(call)
		w.Sleep(0)
		alice.CancelLocalInvitation(call)
		w.Heal()
		if bob.Shown() != 1 {
			t.Error("the bug does not show")
		}
		story = w.Story()
	})
	path := filepath.Join("..", "docs", "simtest.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := "```text\n" + strings.Join(story, "\n") + "\n```\n"
	golden.File(t, path, golden.Region(t, string(page), "story", text))
}

// TestFaults: what each fault does to a ring.
func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		begin, end func(p *simtest.Phone)
		at         []time.Duration // of the ring, since the call; the fault ends after five seconds
	}{
		"none":    {func(*simtest.Phone) {}, func(*simtest.Phone) {}, []time.Duration{50 * time.Millisecond}},
		"frozen":  {(*simtest.Phone).Freeze, (*simtest.Phone).Thaw, []time.Duration{5 * time.Second}},
		"offline": {(*simtest.Phone).Offline, (*simtest.Phone).Online, []time.Duration{5050 * time.Millisecond}},
		"down":    {(*simtest.Phone).Crash, (*simtest.Phone).Restart, []time.Duration{5050 * time.Millisecond}},
		"slow":    {func(p *simtest.Phone) { p.Slow(2 * time.Second) }, func(p *simtest.Phone) { p.Slow(0) }, []time.Duration{2050 * time.Millisecond}},
	} {
		simtest.Play(t, 1, func(w *simtest.World) {
			var alice *host.Host
			var rang []time.Duration
			w.Phone("alice", host.Options{}, func(h *host.Host) host.Listener { alice = h; return host.NopListener{} })
			bob := w.Phone("bob", host.Options{}, func(*host.Host) host.Listener {
				return rings(func(*host.RemoteInvitation) { rang = append(rang, w.Now().Round(time.Millisecond)) })
			})
			c.begin(bob)
			alice.SendLocalInvitation(alice.CreateLocalInvitation("bob"))
			w.Sleep(5 * time.Second)
			c.end(bob)
			w.Sleep(5 * time.Second)
			if !slices.Equal(rang, c.at) {
				t.Errorf("%s: it rings at %v, not %v", name, rang, c.at)
			}
		})
	}
}

// ringing is an app that does something when it rings.
type ringing struct {
	host.NopListener
	do func(*host.RemoteInvitation)
}

func (r ringing) OnRemoteInvitationReceived(inv *host.RemoteInvitation) { r.do(inv) }

func rings(do func(*host.RemoteInvitation)) host.Listener { return ringing{do: do} }

// TestTimersOfApps: timers that callbacks start end in the order of the callbacks, though
// all of them came at one instant.
func TestTimersOfApps(t *testing.T) {
	for range 20 {
		simtest.Play(t, 1, func(w *simtest.World) {
			var alice *host.Host
			var mu sync.Mutex
			var order []int
			w.Phone("alice", host.Options{}, func(h *host.Host) host.Listener { alice = h; return host.NopListener{} })
			for i := range 8 {
				user := fmt.Sprint("user", i)
				w.Phone(user, host.Options{}, func(*host.Host) host.Listener {
					return rings(func(*host.RemoteInvitation) {
						time.AfterFunc(time.Second, func() {
							w.Note("%d", i)
							mu.Lock()
							defer mu.Unlock()
							order = append(order, i)
						})
					})
				})
				alice.SendLocalInvitation(alice.CreateLocalInvitation(user))
			}
			w.Sleep(2 * time.Second)
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(order, []int{0, 1, 2, 3, 4, 5, 6, 7}) {
				t.Errorf("timers end in the order %v", order)
			}
		})
	}
}

// TestSlowPhones: callbacks that come late take turns, too, though both are due at one
// instant: the second of bob's, which waits for the first, and carol's.
func TestSlowPhones(t *testing.T) {
	var stories []string
	for range 20 {
		simtest.Play(t, 1, func(w *simtest.World) {
			phones := map[string]*simtest.Phone{}
			for _, user := range []string{"alice", "dave", "bob", "carol"} {
				phones[user] = w.Phone(user, host.Options{}, func(h *host.Host) host.Listener { return &answers{Host: h} })
				phones[user].Slow(time.Second)
			}
			call := func(from, to string) {
				h := phones[from].Host()
				h.SendLocalInvitation(h.CreateLocalInvitation(to))
			}
			call("alice", "bob")
			call("dave", "bob")
			w.Sleep(time.Second - w.Now())
			call("alice", "carol")
			w.Sleep(5 * time.Second)
			stories = append(stories, strings.Join(w.Story(), "\n"))
		})
	}
	if !strings.Contains(stories[0], "    2.050  carol  the app is told RemoteInvitationReceived") {
		t.Error("carol's callback comes at another time\n", stories[0])
	}
	if slices.Sort(stories); stories[0] != stories[19] {
		t.Errorf("two stories:\n%s\n\n%s", stories[0], stories[19])
	}
}
