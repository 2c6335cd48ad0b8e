package fair_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/fair"
	"github.com/invsim/invsim/host/hosttest"
	"github.com/invsim/invsim/host/memory"
)

// TestTurns: senders take turns, and what each has put in keeps its order.
func TestTurns(t *testing.T) {
	q := fair.NewQueue[string](100)
	for _, text := range []string{"a1", "a2", "a3", "b1", "c1", "b2"} {
		q.Put(text[:1], 1, text)
	}
	if got := takeAll(q); got != "a1 b1 c1 a2 b2 a3" {
		t.Error(got)
	}
}

func takeAll(q *fair.Queue[string]) string {
	var got []string
	for text, ok := q.Take(); ok; text, ok = q.Take() {
		got = append(got, text)
	}
	return strings.Join(got, " ")
}

// TestNoRoom: whoever takes up most of the room loses, whether by number or by size,
// and what came last stays.
func TestNoRoom(t *testing.T) {
	for _, c := range []struct {
		put  string // sender, number, cost
		want string
	}{
		{"e1:1 e2:1 e3:1 e4:1 e5:1", "e2 e3 e4 e5"},
		{"e1:1 e2:1 e3:1 e4:1 a1:1", "e2 a1 e3 e4"},
		{"e1:1 e2:1 e3:1 e4:1 a1:1 a2:1 a3:1", "e3 a2 e4 a3"},
		{"a1:1 e1:3 b1:1", "a1 b1"},
		{"a1:1 e1:1 e2:1 e3:1 b1:1", "a1 e2 b1 e3"},
		{"a1:1 e1:4", "a1"},
		{"a1:2 a2:2 a3:4", "a3"},
		{"a1:5", ""},
		{"a1:2 b1:2 c1:2", "a1 b1"},
	} {
		q := fair.NewQueue[string](4)
		for _, each := range strings.Fields(c.put) {
			name, cost, _ := strings.Cut(each, ":")
			q.Put(name[:1], int(cost[0]-'0'), name)
		}
		if got := takeAll(q); got != c.want {
			t.Errorf("%s: %s, want %s", c.put, got, c.want)
		}
	}
}

// TestShare: whoever asks for no more than an equal share of the room loses nothing,
// whatever the others do; everybody's items keep their order.
func TestShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const room, senders = 40, 4
		q := fair.NewQueue[int](room)
		var put, asked [senders][]int // what each has put in, and the costs
		for n := range rapid.IntRange(0, 80).Draw(t, "items") {
			from, cost := rapid.IntRange(0, senders-1).Draw(t, "from"), rapid.IntRange(1, 8).Draw(t, "cost")
			q.Put(fmt.Sprint(from), cost, n)
			put[from], asked[from] = append(put[from], n), append(asked[from], cost)
		}
		var got [senders][]int
		cost, wait := 0, q.Len()
		for n, ok := q.Take(); ok; n, ok = q.Take() {
			wait--
			for from := range senders {
				if i := slices.Index(put[from], n); i >= 0 {
					got[from] = append(got[from], n)
					cost += asked[from][i]
				}
			}
		}
		if cost > room || wait != 0 {
			t.Fatalf("%d of %d are taken up, %d counted too many", cost, room, wait)
		}
		for from := range senders {
			sum := 0
			for _, cost := range asked[from] {
				sum += cost
			}
			if !slices.IsSorted(got[from]) || sum <= room/senders && len(got[from]) != len(put[from]) {
				t.Fatalf("sender %d asked for %d, put in %v, and %v came out", from, sum, put[from], got[from])
			}
		}
	})
}

// diary is a receiver that writes down what it is told, and is slow.
type diary struct {
	mu    sync.Mutex
	begin time.Time
	lines []string
}

func (d *diary) add(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.lines)
}

func (d *diary) write(format string, args ...any) {
	time.Sleep(time.Second)
	d.add(fmt.Sprintf("%v ", time.Since(d.begin)) + fmt.Sprintf(format, args...))
}

func (d *diary) Receive(from string, data []byte, held time.Duration) {
	d.write("%s: %s, held for %v", from, data, held)
}
func (d *diary) PeerOnline(peer string)  { d.write("%s: online", peer) }
func (d *diary) PeerOffline(peer string) { d.write("%s: offline", peer) }
func (d *diary) LoggedIn()               { d.add("logged in") }
func (d *diary) LoggedOut()              { d.add("logged out") }

// TestReceiver: nobody who hands something in waits, and a friend's message comes
// after one of the flooder's; the time for which it waited is told.
func TestReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{begin: time.Now()}
		r := fair.Receiver(d)
		data := []byte("1")
		r.Receive("eve", data, 0)
		synctest.Wait() // it is being received
		for n := range 20_000 {
			copy(data, fmt.Sprint(n%10))
			r.Receive("eve", data, 0)
		}
		r.PeerOnline("alice")
		r.Receive("alice", []byte("hello"), time.Minute)
		r.PeerOffline("alice")
		r.LoggedOut()
		r.LoggedIn()
		if time.Since(d.begin) != 0 {
			t.Error("it blocks")
		}
		time.Sleep(6*time.Second + 1)
		got, want := strings.Join(d.take(), "\n"), strings.ReplaceAll(strings.TrimSpace(`
			logged out
			logged in
			1s eve: 1, held for 0s
			2s eve: 0, held for 1s
			3s alice: online
			4s eve: 1, held for 3s
			5s alice: hello, held for 1m4s
			6s eve: 2, held for 5s`), "\t", "")
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		time.Sleep(24 * time.Hour)
		if n := len(d.take()); n > 2+5+fair.Room/128 || n < fair.Room/140 {
			t.Errorf("%d lines", n)
		}
	})
}

// fairly is a transport with a fair receiver.
type fairly struct{ *memory.Transport }

func (f fairly) Listen(r host.Receiver) { f.Transport.Listen(fair.Receiver(r)) }

func TestContract(t *testing.T) {
	hosttest.Run(t, func(t *testing.T) hosttest.Network {
		var network memory.Network
		return hosttest.Network{
			Connect:   func(_ *testing.T, user string) hosttest.Transport { return fairly{network.Connect(user)} },
			Stop:      network.Stop,
			Restart:   network.Restart,
			TellsGone: true,
		}
	})
}
