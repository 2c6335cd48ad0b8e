// Options: what one engine is started with, and the check that its times fit together.

package engine

import (
	"fmt"
	"strings"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/seam"
)

// Clock is where an engine reads the time, once per input. clock.Clock and
// *clock.Mock of github.com/benbjohnson/clock are Clocks. It must count the time
// the machine sleeps. It may be in any year: only differences count. When it goes
// back, the engine's time stands still until it has caught up, unless it was set
// back by more than 4000 h: then time goes on from there.
type Clock interface {
	Now() time.Time
}

// Options configure an engine. Clock and Epoch must be set; every other zero
// value is a default.
type Options struct {
	// Clock is the only source of time.
	Clock Clock
	// Epoch is the first half of every id this engine gives. It must be drawn
	// from a random source at every start, a restart included, and not be zero.
	Epoch uint64
	// Device tells apart the devices of one user, each with an engine of its own. The
	// app chooses it once for every installation and keeps it. 0 is the only device:
	// it never stands beside others.
	Device uint64
	// Times are the protocol's times; the zero value means DefaultTimes. A
	// Times that is not zero is taken as it is.
	Times Times
	// CountFromSend counts the expiry time from send, the vendor's other
	// reading, and not from receipt.
	CountFromSend bool
	// FailAtOnce ends an unanswered invitation as soon as its callee is reported
	// offline, and not after the no-response time. A report from before the first
	// invitation with that callee does not count: see Engine.PeerOffline.
	FailAtOnce bool
	// NoRetransmit sends INVITE, CANCEL and REFUSE once, and again only when the
	// peer comes online. It is only for a transport that reports the peer of
	// every undelivered message as offline. ACCEPT is always retransmitted.
	NoRetransmit bool
	// ValidUserID replaces the vendor's rule for user ids. No rule allows "".
	ValidUserID func(string) bool
	// MaxPerPeer and MaxTotal bound how many invitations are remembered, with
	// one peer and in all, tombstones included. They hold for each role by
	// itself, so that no flood of INVITEs keeps the app from calling. While half
	// of MaxTotal is taken, only a peer that holds less than an eighth of
	// MaxPerPeer, or nothing, is let in with another INVITE.
	// 0 means DefaultMaxPerPeer and DefaultMaxTotal.
	MaxPerPeer, MaxTotal int
	// Observe, if set, is told every cell of the two tables that the engine uses,
	// in order, before the outputs of the cell can be polled. It runs inside of
	// the engine, which it must not call.
	Observe func(Step)
	// Rules replace the protocol's in the simulator's own trials. Its type is
	// internal and closed: other modules can only leave it zero.
	Rules seam.Rules
}

// The default bounds.
const (
	DefaultMaxPerPeer = 4096
	DefaultMaxTotal   = 1 << 16
)

// Times are the durations of the protocol.
type Times struct {
	NoResponse time.Duration // caller, from send to the first sign of life: 30 s (the vendor's)
	Expiry     time.Duration // caller from RECEIVED, and what it asks of the callee: 60 s (the vendor's)
	ExpiryCap  time.Duration // callee from INVITE, if the caller asks for no less: 60 s (ours)
	Grace      time.Duration // the caller's, on top of Expiry: 2 s (ours; 0 is the vendor's)
	Accept     time.Duration // callee, from accept to CONFIRM: 15 s (ours; 5 s is the vendor's Web SDK)
	Refresh    time.Duration // callee, between two RECEIVED while it rings: 20 s (ours; 0 for none)

	RetransmitFirst time.Duration // INVITE, CANCEL, REFUSE: 500 ms (RFC 3261 T1),
	RetransmitCap   time.Duration // doubling to 4 s (T2)
	AcceptFirst     time.Duration // ACCEPT: 250 ms (ours),
	AcceptCap       time.Duration // doubling to 500 ms

	Linger    time.Duration // how long an ended invitation repeats its CANCEL or REFUSE: 32 s (64·T1)
	Tombstone time.Duration // how long an ended invitation is remembered: 247 s (RFC 7252 EXCHANGE_LIFETIME)
	MaxDelay  time.Duration // the oldest copy the transport delivers: 100 s (RFC 7252 MAX_LATENCY)
}

// DefaultTimes are the times of the protocol page.
func DefaultTimes() Times {
	return Times{
		NoResponse:      30 * time.Second,
		Expiry:          60 * time.Second,
		ExpiryCap:       60 * time.Second,
		Grace:           2 * time.Second,
		Accept:          15 * time.Second,
		Refresh:         20 * time.Second,
		RetransmitFirst: 500 * time.Millisecond,
		RetransmitCap:   4 * time.Second,
		AcceptFirst:     250 * time.Millisecond,
		AcceptCap:       500 * time.Millisecond,
		Linger:          32 * time.Second,
		Tombstone:       247 * time.Second,
		MaxDelay:        100 * time.Second,
	}
}

// VendorTimes are those of the vendor's SDKs: no grace, 5 s from accept to CONFIRM, no
// refresh. An engine with a device number wants a refresh as well.
func VendorTimes() Times {
	t := DefaultTimes()
	t.Grace, t.Accept, t.Refresh = 0, 5*time.Second, 0
	return t
}

// TimesFor are DefaultTimes() with other no-response and expiry times, and all that
// depends on them.
func TimesFor(noResponse, expiry time.Duration) Times {
	t := DefaultTimes()
	t.NoResponse, t.Expiry = noResponse, expiry
	return t.Fit()
}

// Fit changes the times that must be as long as others need, or shorter than others,
// and leaves the rest as they are: both caps rise to the first pause, ExpiryCap to
// Expiry, Linger to NoResponse, and Tombstone to what S14 wants; a Refresh that would
// never come falls to half of Expiry, or to 0 if that is under the first pause. So an app may change Expiry in DefaultTimes()
// and nothing else.
func (t Times) Fit() Times {
	t.RetransmitCap = max(t.RetransmitCap, t.RetransmitFirst)
	t.AcceptCap = max(t.AcceptCap, t.AcceptFirst)
	t.ExpiryCap = max(t.ExpiryCap, t.Expiry)
	if t.Refresh >= t.Expiry {
		if t.Refresh = t.Expiry / 2; t.Refresh < t.RetransmitFirst {
			t.Refresh = 0
		}
	}
	t.Linger = max(t.Linger, t.NoResponse)
	t.Tombstone = max(t.Tombstone, t.Linger, t.Expiry+t.Grace, drifted(t.whole()))
	return t
}

// whole is how long an invitation can be open, and its last copies under way.
func (t *Times) whole() time.Duration {
	return t.NoResponse + t.Expiry + t.Grace + t.Linger + t.MaxDelay
}

// drifted is a time by clocks of which one is slow and the other fast.
func drifted(d time.Duration) time.Duration { return d + d*(2*100*MaxDrift)/100 }

// all points to the times in their order, timeNames are what they are called.
func (t *Times) all() [13]*time.Duration {
	return [...]*time.Duration{&t.NoResponse, &t.Expiry, &t.ExpiryCap, &t.Grace, &t.Accept, &t.Refresh, &t.RetransmitFirst,
		&t.RetransmitCap, &t.AcceptFirst, &t.AcceptCap, &t.Linger, &t.Tombstone, &t.MaxDelay}
}

var timeNames = [...]string{"NoResponse", "Expiry", "ExpiryCap", "Grace", "Accept", "Refresh", "RetransmitFirst",
	"RetransmitCap", "AcceptFirst", "AcceptCap", "Linger", "Tombstone", "MaxDelay"}

// MaxDrift is by how much the rate of an engine's clock may differ from true time,
// as a share of it: what the protocol promises, it promises for clocks within it.
const MaxDrift = 0.01

const (
	acceptQuiet   = int64(500 * time.Millisecond) // no ACCEPT leaves this close to the end of the accept time
	resumeSpacing = int64(500 * time.Millisecond) // presence or login repeats nothing sooner after the last copy
	shortestPause = 10 * time.Millisecond         // between two copies: 100 a second are enough for anybody
	longestTime   = 1000 * time.Hour              // keeps every sum of times far from overflow
)

// withDefaults fills in values that were left zero.
func (o Options) withDefaults() Options {
	if o.Times == (Times{}) {
		o.Times = DefaultTimes()
	}
	if o.MaxPerPeer == 0 {
		o.MaxPerPeer = DefaultMaxPerPeer
	}
	if o.MaxTotal == 0 {
		o.MaxTotal = DefaultMaxTotal
	}
	return o
}

func (o *Options) validUserID(id string) bool {
	if o.ValidUserID == nil {
		return ValidUserID(id)
	}
	return id != "" && o.ValidUserID(id)
}

// Validate reports every setting that cannot work, each with the property of
// docs/protocol.md that it would break.
func (o Options) Validate() error {
	o = o.withDefaults()
	var p problems
	p.want(o.Clock != nil, "Clock is nil")
	p.want(o.Epoch != 0, "Epoch is 0: ids would not be unique (S11)")
	if o.MaxPerPeer <= 0 {
		p.add("MaxPerPeer %d is not positive", o.MaxPerPeer)
	}
	if o.MaxTotal <= 0 {
		p.add("MaxTotal %d is not positive", o.MaxTotal)
	}
	if unset := o.Times.unset(); len(unset) > 0 {
		p.add("Times has no %s (S14): start from DefaultTimes() and change what differs", strings.Join(unset, ", "))
	} else {
		o.Times.validate(&p, o.CountFromSend)
		p.want(o.Device == 0 || o.Times.Refresh > 0, "with a Device, Times.Refresh must not be 0: a ring would not learn that another device has answered (Q-ring)")
	}
	if p == nil {
		return nil
	}
	return errors.New("engine options: " + strings.Join(p, "; "))
}

// problems are complaints about options.
type problems []string

func (p *problems) want(ok bool, format string, times ...time.Duration) {
	if ok {
		return
	}
	args := make([]any, len(times)) // made here, so that good options cost no memory
	for i, d := range times {
		args[i] = d
	}
	p.add(format, args...)
}

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

// unset names the times that are zero. Grace and Refresh may be.
func (t *Times) unset() (names []string) {
	for i, d := range t.all() {
		if *d == 0 && d != &t.Grace && d != &t.Refresh {
			names = append(names, timeNames[i])
		}
	}
	return names
}

func (t *Times) validate(p *problems, countFromSend bool) {
	for i, each := range t.all() {
		d, name, shortest := *each, timeNames[i], time.Duration(0)
		if name == "RetransmitFirst" || name == "AcceptFirst" {
			shortest = shortestPause
		}
		if shortest <= d && d <= longestTime {
			continue
		}
		p.want(d >= 0, "Times."+name+" %v is negative (S14)", d)
		p.want(d < 0 || d >= shortest, "Times."+name+" %v is under %v: copies would flood the transport", d, shortest)
		p.want(d <= longestTime, "Times."+name+" %v is over %v", d, longestTime)
	}
	p.want(t.RetransmitFirst <= t.RetransmitCap, "Times.RetransmitFirst %v is over RetransmitCap %v (S14)", t.RetransmitFirst, t.RetransmitCap)
	p.want(t.AcceptFirst <= t.AcceptCap, "Times.AcceptFirst %v is over AcceptCap %v (S14)", t.AcceptFirst, t.AcceptCap)
	p.want(t.RetransmitFirst < t.NoResponse, "Times.NoResponse %v leaves no room for a second INVITE after RetransmitFirst %v (S14)", t.NoResponse, t.RetransmitFirst)
	p.want(t.Accept >= t.AcceptFirst+time.Duration(acceptQuiet),
		"Times.Accept %v leaves no room for a second ACCEPT after AcceptFirst %v: none leaves in the last %v (S14)", t.Accept, t.AcceptFirst, time.Duration(acceptQuiet))
	p.want(t.Refresh == 0 || t.RetransmitFirst <= t.Refresh && t.Refresh < t.Expiry,
		"Times.Refresh %v must be between RetransmitFirst %v and Expiry %v, or 0 (Q-ring)", t.Refresh, t.RetransmitFirst, t.Expiry)
	p.want(t.NoResponse <= t.Linger, "Times.Linger %v is under NoResponse %v: a REFUSE could be gone while its INVITE is still repeated (S10)", t.Linger, t.NoResponse)
	p.want(!countFromSend || t.Expiry > t.NoResponse, "with CountFromSend, Times.Expiry %v must be over NoResponse %v (S14)", t.Expiry, t.NoResponse)
	p.want(t.refuseLinger() <= t.Tombstone, "Times.Tombstone %v is under %v, the greater of Linger and Expiry + Grace (S10)", t.Tombstone, t.refuseLinger())
	t.remembered(p, countFromSend)
}

// remembered wants what is over to be remembered until no copy of it can come.
func (t *Times) remembered(p *problems, countFromSend bool) {
	if countFromSend {
		t.outlives(p, max(t.NoResponse, t.Expiry+t.Grace)+t.MaxDelay, "the greater of NoResponse and Expiry + Grace, + MaxDelay", "a copy could outlive our memory of it (S3, S4, S6, S7)")
	} else {
		t.outlives(p, t.NoResponse+t.Expiry+t.Grace+t.MaxDelay, "NoResponse + Expiry + Grace + MaxDelay", "a copy could outlive our memory of it (S3, S4, S6, S7)")
	}
	t.outlives(p, t.whole(), "NoResponse + Expiry + Grace + Linger + MaxDelay", "(S14)")
}

// refuseLinger is how long a REFUSE is repeated: its caller may be away while it rings.
func (t *Times) refuseLinger() time.Duration { return max(t.Linger, t.Expiry+t.Grace) }

// outlives wants the tombstone to be longer than a sum of the other end's times.
func (t *Times) outlives(p *problems, sum time.Duration, what, why string) {
	if t.Tombstone < drifted(sum) {
		p.add("Times.Tombstone %v is under %v, which is %s with 1 %% of drift at either end: %s", t.Tombstone, drifted(sum), what, why)
	}
}
