// Users: each has an engine on a phone, which can freeze or die, with a clock that
// can go wrong.

package transcript

import (
	"time"

	"github.com/invsim/invsim/engine"
)

type user struct {
	name    string // with the device's number, if it has one: bob/2
	self    string // as the transport names it: bob
	world   *world
	engine  *engine.Engine
	options engine.Options // of the engine
	starts  uint64         // how many engines there were
	held    []*invitation  // all that the app holds
	missed  []missed       // all that it was told to have missed
	group   *engine.Group  // of those that ring together
	sent    map[sent]int   // copies

	offset   time.Duration // the clock against the world's
	stopped  bool          // the clock stands still, at offset
	own      time.Duration // the time as the engine counts it: a clock that goes back is clamped
	down     bool          // dead: nothing arrives, nothing is advanced
	asleep   bool          // nothing is advanced, what arrives is kept
	kept     []packet
	expected bool     // an expect was about this user
	told     []string // the events that the app was told of, as lines
}

// Now makes a user its engine's clock.
func (u *user) Now() time.Time { return time.Unix(0, 0).Add(u.clock()) }

func (u *user) clock() time.Duration {
	if u.stopped {
		return u.offset
	}
	return u.world.now + u.offset
}

// time is the time by the engine's clock.
func (u *user) time() time.Duration { return max(u.own, u.clock()) }

func (w *world) find(name string) *user {
	for _, u := range w.users {
		if u.name == name {
			return u
		}
	}
	return nil
}

// devices are all phones of a user.
func (w *world) devices(self string) (all []*user) {
	for _, u := range w.users {
		if u.self == self {
			all = append(all, u)
		}
	}
	return all
}

// user finds one who was named before.
func (w *world) user(name string) *user {
	u := w.find(name)
	if u == nil {
		fail("there is no user %s", name)
	}
	return u
}

// meet finds a user; the first who names one starts the engine.
func (w *world) meet(name string) *user {
	u := w.find(name)
	if u == nil {
		self, _ := withoutDevice(name)
		u = &user{name: name, self: self, world: w, sent: map[sent]int{}}
		u.start()
		w.users = append(w.users, u)
	}
	return u
}

// running meets a user whose engine can take an input.
func (w *world) running(name string) *user {
	u := w.meet(name)
	u.mustRun()
	return u
}

func (u *user) mustRun() {
	if u.down {
		fail("%s is down", u.name)
	}
	if u.asleep {
		fail("%s is asleep", u.name)
	}
}

func toRunning(do func(*user)) func(*world, *command) {
	return func(w *world, c *command) { do(w.running(c.name)) }
}

// start gives a user an engine that knows nothing yet.
func (u *user) start() {
	o := u.world.optionsOf(u.name)
	u.starts++
	for i := range u.name {
		o.Epoch = o.Epoch<<8 | uint64(u.name[i])
	}
	o.Epoch ^= u.starts << 56
	o.Clock = u
	if change := u.world.player.Options; change != nil {
		change(&o)
	}
	made, err := engine.New(u.self, o)
	if err != nil {
		fail("%v", err)
	}
	u.engine, u.options, u.held, u.missed, u.group, u.own = made, o, nil, nil, nil, u.clock()
	u.down, u.asleep, u.kept = false, false, nil
}

func (u *user) kill()   { u.down = true }
func (u *user) sleep()  { u.asleep = true }
func (u *user) logOut() { u.engine.LogOut(); u.settle(false) }
func (u *user) logIn()  { u.engine.LogIn(); u.settle(false) }

// wake hands over what was kept, each packet with the time for which it was.
func (u *user) wake() {
	if !u.asleep {
		fail("%s is not asleep", u.name)
	}
	kept := u.kept
	u.asleep, u.kept = false, nil
	for _, p := range kept {
		p.message.Held = u.world.now - p.at
		u.receive(p.from, p.message)
	}
}

func (w *world) setClock(c *command) {
	u := w.running(c.name)
	before := u.time()
	if c.last == "stops" && !u.stopped {
		u.offset += w.now
		u.stopped = true
	}
	u.offset += c.time
	if behind := before - u.clock(); behind > patience/2 || u.offset > longestTime {
		fail("the clock of %s would be %v off, %v behind its engine: at most %v and %v are allowed", u.name, u.offset, behind, longestTime, patience/2)
	}
}

// settle comes after every input: it takes the outputs and looks at the rules.
func (u *user) settle(advanced bool) {
	u.own = u.time()
	raised := false
	for out := range u.engine.All() {
		if out.Kind != engine.Send {
			u.raised(out)
			raised = true
			continue
		}
		u.post(out.To, out.Message)
		if raised {
			u.world.complain("%s sends a message after it raised an event", u.name)
		}
	}
	for _, o := range u.held {
		o.check(advanced)
	}
}

// advance fires the timers that are due. To advance to a deadline leaves none behind.
func (u *user) advance() {
	u.engine.Advance()
	u.settle(true)
	if at, ok := u.engine.NextDeadline(); ok && !at.After(u.Now()) {
		u.world.complain("%s was advanced to its deadline and has it still", u.name)
		u.down = true // or it would be advanced for ever
	}
}
