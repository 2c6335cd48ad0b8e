// The contract of doc.go, from the other side: what a driver may do differently
// and nobody can tell by how the calls end.
//
// It must give every input, once and one at a time, under a clock that does not go
// back; hand out what Poll returns in its order, and lose nothing of it; and call
// Advance some time after each deadline. It may call Advance whenever it likes, and
// late; leave outputs in the queue while it gives further inputs, as if the network
// were slow; give messages more than once; and go on from a snapshot at any moment,
// as an exact copy or after a crash.

package engine_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
)

// driver says what is different from the plain one. All of it can be combined.
type driver struct {
	name     string
	spurious bool          // Advance around every input, and every 333 ms
	late     bool          // Advance half-way between its deadline and what comes next
	tick     time.Duration // timers are looked at only so often
	copies   bool          // every message is given again, at once and a second later
	slow     bool          // one output is polled at a time, the next 1 ms after
	batches  time.Duration // what arrives within this is given together, and then polled
	load     bool          // an exact copy goes on after every input
	crash    bool          // one in five inputs finds the engine dead since the last
}

var drivers = []driver{
	{name: "spurious", spurious: true},
	{name: "late", late: true},
	{name: "tick", tick: 100 * time.Millisecond},
	{name: "copies", copies: true},
	{name: "slow", slow: true},
	{name: "batches", batches: 20 * time.Millisecond},
	{name: "load", load: true},
	{name: "crash", crash: true},
	{name: "slow copies", slow: true, copies: true},
	{name: "load, slow", load: true, slow: true},
	{name: "crash, slow", crash: true, slow: true},
	{name: "crash, late copies", crash: true, late: true, copies: true},
	{name: "spurious batches, ticks", spurious: true, batches: 20 * time.Millisecond, tick: 100 * time.Millisecond},
	{name: "everything", spurious: true, tick: 50 * time.Millisecond, copies: true, slow: true, batches: 10 * time.Millisecond, load: true, crash: true},
}

// contractCase is a scenario: who does what when, and what the network loses.
// Calls are named by their content.
type contractCase struct {
	name    string
	actions string // "1s bob accepts x; …"
	lost    string // "bob RECEIVED 30s; …": all that bob sends before 30 s
	slow    string // "alice INVITE 3s": how long each takes instead of 50 ms
	want    string // what the apps are told of each call
}

var contractCases = []contractCase{
	{"accepted", "0s alice calls x; 1s bob accepts x", "", "",
		"alice x: received accepted; bob x: rings accepted"},
	{"refused", "0s alice calls x; 1s bob refuses x", "", "",
		"alice x: received refused; bob x: rings refused"},
	{"canceled", "0s alice calls x; 1s alice cancels x", "", "",
		"alice x: received canceled; bob x: rings canceled"},
	{"canceled before the receipt", "0s alice calls x; 20ms alice cancels x", "", "",
		"alice x: canceled; bob x: rings canceled"},
	{"CANCEL overtakes INVITE", "0s alice calls x; 100ms alice cancels x", "", "alice INVITE 3s",
		"alice x: canceled; bob x: missed"}, // 1.0 §8
	{"cancel crosses accept", "0s alice calls x; 1s alice cancels x; 1s bob accepts x", "", "",
		"alice x: received canceled; bob x: rings canceled"},
	{"cancel crosses refuse", "0s alice calls x; 1s alice cancels x; 1s bob refuses x", "", "",
		"alice x: received canceled; bob x: rings refused"},
	{"nobody acts", "0s alice calls x", "", "",
		"alice x: received INVITATION_EXPIRE; bob x: rings INVITATION_EXPIRE"},
	{"nobody hears", "0s alice calls x", "alice INVITE 40s", "",
		"alice x: PEER_NO_RESPONSE"},
	{"offline", "0s alice calls x; 1s alice offline bob", "alice INVITE 40s", "",
		"alice x: PEER_OFFLINE"},
	{"receipts lost", "0s alice calls x", "bob RECEIVED 40s", "",
		"alice x: PEER_NO_RESPONSE; bob x: rings canceled"},
	{"INVITEs lost", "0s alice calls x; 9s bob accepts x", "alice INVITE 5s", "",
		"alice x: received accepted; bob x: rings accepted"},
	{"ACCEPTs lost", "0s alice calls x; 1s bob accepts x", "bob ACCEPT 3s", "",
		"alice x: received accepted; bob x: rings accepted"},
	{"CONFIRMs lost", "0s alice calls x; 1s bob accepts x", "alice CONFIRM 3s", "",
		"alice x: received accepted; bob x: rings accepted"},
	{"every CONFIRM lost", "0s alice calls x; 1s bob accepts x", "alice CONFIRM 1h", "",
		"alice x: received accepted; bob x: rings ACCEPT_FAILURE"},
	{"every ACCEPT lost", "0s alice calls x; 1s bob accepts x", "bob ACCEPT 1h; bob CLOSED 1h", "",
		"alice x: received INVITATION_EXPIRE; bob x: rings ACCEPT_FAILURE"},
	{"every CANCEL lost", "0s alice calls x; 1s alice cancels x", "alice CANCEL 1h; alice CLOSED 1h", "",
		"alice x: received canceled; bob x: rings INVITATION_EXPIRE"},
	{"every REFUSE lost", "0s alice calls x; 1s bob refuses x", "bob REFUSE 1h; bob CLOSED 1h", "",
		"alice x: received INVITATION_EXPIRE; bob x: rings refused"},
	{"caller logged out", "0s alice calls x; 1s alice logsout; 2s bob accepts x; 4s alice logsin", "", "",
		"alice x: received accepted; bob x: rings accepted"},
	{"both call", "0s alice calls x; 0s bob calls y; 1s bob accepts x; 1s alice accepts y", "", "",
		"alice x: received accepted; alice y: rings accepted; bob x: rings accepted; bob y: received accepted"},
	{"misuse", "0s alice calls x; 1s bob accepts x; 1010ms bob refuses x; 2s alice cancels x; 3s bob accepts x", "", "",
		"alice x: received accepted ALREADY_END; bob x: rings ALREADY_ACCEPT accepted ALREADY_END"},
	{"several", "0s alice calls x; 0s alice calls y; 1s alice calls z; 2s bob accepts y; 2s bob refuses x; 3s alice cancels z", "", "",
		"alice x: received refused; alice y: received accepted; alice z: received canceled; bob x: rings refused; bob y: rings accepted; bob z: rings canceled"},
}

// TestContract: each scenario ends as it should under the plain driver, and the
// same under every other.
func TestContract(t *testing.T) {
	for _, c := range contractCases {
		t.Run(c.name, func(t *testing.T) {
			for seed, d := range append([]driver{{name: "plain"}}, drivers...) {
				tries := 1
				if d.spurious || d.crash {
					tries = 3 // with other chances
				}
				for try := range tries {
					w := newContractWorld(t, &c, d, uint64(seed*100+try))
					w.run()
					if got := w.outcome(); got != c.want {
						t.Errorf("%s (%d):\ngot  %s\nwant %s", d.name, try, got, c.want)
					}
				}
			}
		})
	}
}

// contractWorld is two users, what is on its way between them, and what is to come.
type contractWorld struct {
	t      *testing.T
	c      *contractCase
	driver driver
	chance *rand.Rand
	now    time.Duration
	ends   []*contractEnd
	things []thing // by time, then in the order in which they were planned
	steps  int
}

// thing is what happens at a time: an action, an arrival, a further poll.
type thing struct {
	at  time.Duration
	end *contractEnd
	do  func()
}

// contractEnd is one user, engine and app.
type contractEnd struct {
	w      *contractWorld
	name   string
	engine *engine.Engine
	epoch  uint64
	told   map[string][]string // by call
	ids    map[string]engine.ID

	saved   []byte // the snapshot after its last input
	savedAt time.Duration
}

func newContractWorld(t *testing.T, c *contractCase, d driver, seed uint64) *contractWorld {
	w := &contractWorld{t: t, c: c, driver: d, chance: rand.New(rand.NewPCG(seed, 0))}
	for i, name := range []string{"alice", "bob"} {
		p := &contractEnd{w: w, name: name, epoch: uint64(i+1) << 32, told: map[string][]string{}, ids: map[string]engine.ID{}}
		made, err := engine.New(name, p.options())
		if err != nil {
			t.Fatal(err)
		}
		p.engine = made
		p.save()
		w.ends = append(w.ends, p)
	}
	for _, action := range each(c.actions) {
		p := w.ends[slices.Index([]string{"alice", "bob"}, action[1])]
		w.plan(contractTime(action[0]), p, func() { p.act(action[2], action[3:]) })
	}
	if d.spurious {
		for at := time.Duration(0); at < 2*time.Minute; at += 333 * time.Millisecond {
			p := w.ends[w.chance.IntN(2)]
			w.plan(at, p, func() { p.engine.Advance() })
		}
	}
	return w
}

// each takes "a b c; d e f" apart.
func each(text string) (all [][]string) {
	for part := range strings.SplitSeq(text, "; ") {
		if fields := strings.Fields(part); len(fields) > 0 {
			all = append(all, fields)
		}
	}
	return all
}

func contractTime(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		panic(err)
	}
	return d
}

func (p *contractEnd) Now() time.Time { return time.Unix(0, 0).Add(p.w.now) }

func (p *contractEnd) options() engine.Options { return engine.Options{Clock: p, Epoch: p.epoch} }

func (w *contractWorld) plan(at time.Duration, p *contractEnd, do func()) {
	after, _ := slices.BinarySearchFunc(w.things, at+1, func(x thing, at time.Duration) int { return cmp.Compare(x.at, at) })
	w.things = slices.Insert(w.things, after, thing{at, p, do})
}

// run goes from thing to thing. At one instant inputs come before timers.
func (w *contractWorld) run() {
	for {
		if w.steps++; w.steps > 100_000 {
			w.t.Fatalf("%s does not come to rest", w.driver.name)
		}
		p, at, late := w.nextWake()
		switch {
		case p != nil && (len(w.things) == 0 || at < w.things[0].at):
			w.now = at + late
			p.input(p.engine.Advance)
		case len(w.things) > 0:
			first := w.things[0]
			w.things = w.things[1:]
			w.now = first.at
			first.end.input(first.do)
		default:
			return
		}
	}
}

// nextWake is whom to advance next, when, and by how much later than that.
func (w *contractWorld) nextWake() (next *contractEnd, at, late time.Duration) {
	after := w.now + time.Hour // what comes then
	if len(w.things) > 0 {
		after = w.things[0].at
	}
	for _, p := range w.ends {
		deadline, ok := p.engine.NextDeadline()
		if !ok {
			continue
		}
		due := max(w.now, deadline.Sub(time.Unix(0, 0)))
		if tick := w.driver.tick; tick > 0 {
			due = (due + tick - 1) / tick * tick
		}
		if next == nil || due < at {
			if next != nil {
				after = min(after, at)
			}
			next, at = p, due
		} else {
			after = min(after, due)
		}
	}
	if w.driver.late {
		late = min(max(after-at, 0)/2, time.Second)
	}
	return next, at, late
}

// input is the driver: it gives the engine one input and takes what comes out.
func (p *contractEnd) input(give func()) {
	d := p.w.driver
	if d.crash && p.w.chance.IntN(5) == 0 {
		p.crash()
	}
	if d.spurious {
		p.engine.Advance()
	}
	give()
	if d.spurious {
		p.engine.Advance()
		p.engine.Advance()
	}
	if d.load {
		p.load()
	}
	more := len(p.w.things) > 0 && p.w.things[0].at == p.w.now && p.w.things[0].end == p
	if !more || d.batches == 0 {
		p.drain()
	}
	p.save()
}

func (p *contractEnd) drain() {
	for out, ok := p.engine.Poll(); ok; out, ok = p.engine.Poll() {
		p.take(out)
		if p.w.driver.slow {
			p.w.plan(p.w.now+time.Millisecond, p, func() {})
			return
		}
	}
}

// save is what survives the next crash. It comes after the drain, so that what the
// app is told can be compared: saved before, as a host does, some of it comes twice.
func (p *contractEnd) save() {
	if counted, found := p.engine.Stats().Lingering, lingering(p.engine); counted != found {
		p.w.t.Fatalf("%d linger, and are counted as %d", found, counted)
	}
	if p.w.driver.crash {
		p.saved, p.savedAt = p.engine.AppendSnapshot(p.saved[:0]), p.w.now
	}
}

// lingering is how many have ended and are among those that the engine names.
func lingering(e *engine.Engine) (n int) {
	for inv := range e.LocalInvitations() {
		if inv.State().Terminal() {
			n++
		}
	}
	for inv := range e.RemoteInvitations() {
		if inv.State().Terminal() {
			n++
		}
	}
	return n
}

// crash: the engine has been dead since its last input.
func (p *contractEnd) crash() {
	p.epoch++
	restored, err := engine.Restore(p.name, p.options(), p.saved, p.w.now-p.savedAt)
	if err != nil {
		p.w.t.Fatal(err)
	}
	p.engine = restored
}

func (p *contractEnd) load() {
	copied, err := engine.Load(p.name, p.options(), p.engine.Snapshot())
	if err != nil {
		p.w.t.Fatal(err)
	}
	p.engine = copied
}

// take is the transport and the app.
func (p *contractEnd) take(out engine.Output) {
	switch {
	case out.Kind == engine.Send:
		p.w.post(p, out.Message)
	case out.Local != nil:
		how := strings.ToLower(strings.TrimPrefix(out.Kind.String(), "LocalInvitation"))
		if out.Kind == engine.LocalInvitationFailure {
			how = strings.TrimPrefix(out.LocalError.Name(), "LOCAL_INVITATION_ERR_")
		}
		p.tell(out.Local.Content(), strings.TrimSuffix(how, "bypeer"))
	case out.Missed != nil:
		p.tell(out.Missed.Content, "missed")
	default:
		how := strings.ToLower(strings.TrimPrefix(out.Kind.String(), "RemoteInvitation"))
		switch out.Kind {
		case engine.RemoteInvitationReceived:
			how = "rings"
			p.ids[out.Remote.Content()] = out.Remote.ID()
		case engine.RemoteInvitationFailure:
			how = strings.TrimPrefix(out.RemoteError.Name(), "REMOTE_INVITATION_ERR_")
		}
		p.tell(out.Remote.Content(), how)
	}
}

func (p *contractEnd) tell(call, how string) { p.told[call] = append(p.told[call], how) }

// act is what the app does. It holds on to ids alone, which survive everything.
func (p *contractEnd) act(verb string, objects []string) {
	switch verb {
	case "calls":
		call := p.engine.CreateLocalInvitation(p.peer().name)
		call.SetContent(objects[0])
		if err := call.Send(); err != nil {
			p.w.t.Fatal(err)
		}
		p.ids[objects[0]] = call.ID()
	case "offline":
		p.engine.PeerOffline(objects[0])
	case "logsout":
		p.engine.LogOut()
	case "logsin":
		p.engine.LogIn()
	default:
		p.press(verb, objects[0])
	}
}

// press finds the invitation as an app does that was restarted. One that it does
// not find has ended.
func (p *contractEnd) press(verb, call string) {
	var err error = errors.AlreadyEnd
	for inv := range p.engine.LocalInvitations() {
		if inv.ID() == p.ids[call] && verb == "cancels" {
			err = inv.Cancel()
		}
	}
	for inv := range p.engine.RemoteInvitations() {
		switch {
		case inv.ID() != p.ids[call]:
		case verb == "accepts":
			err = inv.Accept()
		case verb == "refuses":
			err = inv.Refuse()
		}
	}
	var code errors.InvitationApiCallError
	if errors.As(err, &code) {
		p.tell(call, strings.TrimPrefix(code.Name(), "INVITATION_API_CALL_ERR_"))
	}
}

func (p *contractEnd) peer() *contractEnd {
	if p == p.w.ends[0] {
		return p.w.ends[1]
	}
	return p.w.ends[0]
}

// post is the network.
func (w *contractWorld) post(from *contractEnd, m engine.Message) {
	for _, lost := range each(w.c.lost) {
		if lost[0] == from.name && lost[1] == m.Kind.String() && w.now < contractTime(lost[2]) {
			return
		}
	}
	takes := 50 * time.Millisecond
	for _, slow := range each(w.c.slow) {
		if slow[0] == from.name && slow[1] == m.Kind.String() {
			takes = contractTime(slow[2])
		}
	}
	at, to := w.now+takes, from.peer()
	if b := w.driver.batches; b > 0 {
		at = (at + b - 1) / b * b
	}
	arrive := func() { to.engine.Receive(from.name, m) }
	w.plan(at, to, arrive)
	if w.driver.copies {
		w.plan(at, to, arrive)
		w.plan(at+time.Second, to, arrive)
	}
}

// outcome is what the apps were told of each call, and a failure if something is
// left of any.
func (w *contractWorld) outcome() string {
	var parts []string
	for _, p := range w.ends {
		for _, call := range slices.Sorted(maps.Keys(p.told)) {
			parts = append(parts, fmt.Sprintf("%s %s: %s", p.name, call, strings.Join(p.told[call], " ")))
		}
		if s := p.engine.Stats(); s.LocalRecords+s.RemoteRecords+s.Peers != 0 {
			w.t.Errorf("%s: %s remembers something: %+v", w.driver.name, p.name, s)
		}
	}
	return strings.Join(parts, "; ")
}
