// Options: every rule that the times have to keep, broken by itself.

package engine_test

import (
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"pgregory.net/rapid"
)

// validOptions keep every rule, with every time written out, so that a
// test can change one.
func validOptions() engine.Options {
	return engine.Options{
		Clock: &testClock{time.Unix(0, 0)},
		Epoch: 1,
		Times: engine.Times{
			NoResponse: 30 * time.Second, Expiry: 60 * time.Second, ExpiryCap: 60 * time.Second, Grace: 2 * time.Second,
			Accept: 15 * time.Second, Refresh: 20 * time.Second,
			RetransmitFirst: 500 * time.Millisecond, RetransmitCap: 4 * time.Second,
			AcceptFirst: 250 * time.Millisecond, AcceptCap: 500 * time.Millisecond,
			Linger: 32 * time.Second, Tombstone: 247 * time.Second, MaxDelay: 100 * time.Second,
		},
	}
}

func TestDefaultTimesAreThoseOfTheProtocol(t *testing.T) {
	if got, want := engine.DefaultTimes(), validOptions().Times; got != want {
		t.Errorf("%+v\nnot %+v", got, want)
	}
}

// The vendor's preset differs in three times, and TimesFor in those that depend on the
// two that it is given.
func TestPresets(t *testing.T) {
	vendor := validOptions().Times
	vendor.Grace, vendor.Accept, vendor.Refresh = 0, 5*time.Second, 0
	if got := engine.VendorTimes(); got != vendor {
		t.Errorf("the vendor's are %+v", got)
	}
	if got, want := engine.TimesFor(30*time.Second, time.Minute), engine.DefaultTimes(); got != want {
		t.Errorf("for 30 s and 60 s: %+v", got)
	}
	long := engine.DefaultTimes()
	long.NoResponse, long.Expiry, long.ExpiryCap, long.Linger = time.Minute, 2*time.Minute, 2*time.Minute, time.Minute
	long.Tombstone = (60 + 120 + 2 + 60 + 100) * time.Second * 102 / 100
	if got := engine.TimesFor(time.Minute, 2*time.Minute); got != long {
		t.Errorf("for 60 s and 120 s: %+v\nnot %+v", got, long)
	}
	short := engine.DefaultTimes()
	short.NoResponse, short.Expiry, short.Refresh = 5*time.Second, 10*time.Second, 5*time.Second
	if got := engine.TimesFor(5*time.Second, 10*time.Second); got != short {
		t.Errorf("for 5 s and 10 s: %+v\nnot %+v", got, short)
	}
	for _, times := range []engine.Times{vendor, long, short} {
		o := validOptions()
		if o.Times = times; o.Validate() != nil {
			t.Errorf("%+v: %v", times, o.Validate())
		}
	}
}

// TestFit: whatever the times are, those that Fit raises are valid, and no longer than
// they must be.
func TestFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := validOptions()
		draw := func(name string, least, most time.Duration) time.Duration {
			return time.Duration(rapid.Int64Range(int64(least), int64(most)).Draw(t, name))
		}
		o.Times.RetransmitFirst, o.Times.AcceptFirst = draw("first", 10*time.Millisecond, 20*time.Second), draw("accept first", 10*time.Millisecond, 4*time.Second)
		o.Times.NoResponse, o.Times.Expiry = draw("no response", 21*time.Second, time.Hour), draw("expiry", 1, time.Hour)
		o.Times.ExpiryCap, o.Times.Refresh, o.Times.Accept = draw("expiry cap", 1, time.Hour), max(o.Times.RetransmitFirst, draw("refresh", 1, time.Hour)), 5*time.Second
		o.Times.Grace, o.Times.MaxDelay, o.Times.Linger = draw("grace", 0, time.Hour), draw("max delay", 1, time.Hour), draw("linger", 1, time.Hour)
		fit := o
		fit.Times = o.Times.Fit()
		if err := fit.Validate(); err != nil {
			t.Fatal(err)
		}
		same := o.Times
		if same.ExpiryCap = max(same.ExpiryCap, same.Expiry); o.Validate() == nil && fit.Times != same {
			t.Fatalf("%+v was valid, and became %+v", o.Times, fit.Times)
		}
		for _, each := range []struct{ raised, before *time.Duration }{
			{&fit.Times.RetransmitCap, &o.Times.RetransmitCap}, {&fit.Times.AcceptCap, &o.Times.AcceptCap},
			{&fit.Times.Linger, &o.Times.Linger}, {&fit.Times.Tombstone, &o.Times.Tombstone},
		} {
			if *each.raised == *each.before {
				continue
			}
			*each.raised--
			if fit.Validate() == nil {
				t.Fatalf("%+v is longer than it must be", fit.Times)
			}
			*each.raised++
		}
	})
}

// TestGoodOptionsCostNoMemory: a simulator makes an engine for every phone of every world.
func TestGoodOptionsCostNoMemory(t *testing.T) {
	o := validOptions()
	if allocs := testing.AllocsPerRun(100, func() {
		if err := o.Validate(); err != nil {
			t.Fatal(err)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestValidOptions(t *testing.T) {
	for _, each := range []struct {
		name   string
		change func(*engine.Options)
	}{
		{"every time written out", func(o *engine.Options) {}},
		{"no time at all", func(o *engine.Options) { o.Times = engine.Times{} }},
		{"the times of the race table: accept 32 s, no grace, every retransmission 0.5 s to 4 s", func(o *engine.Options) {
			o.Times.Accept, o.Times.Grace = 32*time.Second, 0
			o.Times.AcceptFirst, o.Times.AcceptCap = 500*time.Millisecond, 4*time.Second
		}},
		{"the vendor's: no grace, counted from send", func(o *engine.Options) { o.Times, o.CountFromSend = engine.VendorTimes(), true }},
		{"no refresh, which one device can do without", func(o *engine.Options) { o.Times.Refresh = 0 }},
		{"one of several devices", func(o *engine.Options) { o.Device = 1 }},
		{"the shortest refresh", func(o *engine.Options) { o.Times.Refresh = o.Times.RetransmitFirst }},
		{"the longest refresh", func(o *engine.Options) { o.Times.Refresh = o.Times.Expiry - 1 }},
		{"a short ring for whoever asks", func(o *engine.Options) { o.Times.ExpiryCap = time.Second }},
		{"a long ring for whoever asks", func(o *engine.Options) { o.Times.ExpiryCap = time.Hour }},
		{"a steady retransmission", func(o *engine.Options) {
			o.Times.RetransmitFirst, o.Times.AcceptCap = o.Times.RetransmitCap, o.Times.AcceptFirst
		}},
		{"linger as short as the no-response time", func(o *engine.Options) { o.Times.Linger = 30 * time.Second }},
		{"the shortest tombstone", func(o *engine.Options) { o.Times.Tombstone = 228480 * time.Millisecond }},
		{"the shortest tombstone, and no more than a moment to wait", func(o *engine.Options) {
			o.Times.NoResponse, o.Times.Expiry, o.Times.Grace, o.Times.Linger, o.Times.Refresh = time.Second, time.Nanosecond, 0, time.Second, 0
			o.Times.MaxDelay, o.Times.Tombstone = 1000*time.Second, 1022040*time.Millisecond+1
		}},
		{"the shortest pauses", func(o *engine.Options) {
			o.Times.RetransmitFirst, o.Times.RetransmitCap = 10*time.Millisecond, 10*time.Millisecond
			o.Times.AcceptFirst, o.Times.AcceptCap = 10*time.Millisecond, 10*time.Millisecond
		}},
		{"the shortest accept time", func(o *engine.Options) { o.Times.Accept = 750 * time.Millisecond }},
		{"a bound of one", func(o *engine.Options) { o.MaxPerPeer, o.MaxTotal = 1, 1 }},
		{"fail at once, no retransmission", func(o *engine.Options) { o.FailAtOnce, o.NoRetransmit = true, true }},
		{"any user id", func(o *engine.Options) { o.ValidUserID = func(string) bool { return true } }},
	} {
		o := validOptions()
		each.change(&o)
		if err := o.Validate(); err != nil {
			t.Errorf("%s: %v", each.name, err)
		}
		if _, err := engine.New("alice", o); err != nil {
			t.Errorf("%s: New: %v", each.name, err)
		}
	}
}

// One change, one broken rule, and the message names the property at stake.
func TestEachRuleAlone(t *testing.T) {
	for _, each := range []struct {
		rule   string
		change func(*engine.Options)
		want   string // in the message, beside being the only complaint
	}{
		{"there is a clock", func(o *engine.Options) { o.Clock = nil }, "Clock is nil"},
		{"the epoch is not zero", func(o *engine.Options) { o.Epoch = 0 }, "(S11)"},
		{"the bound per peer is positive", func(o *engine.Options) { o.MaxPerPeer = -1 }, "MaxPerPeer -1"},
		{"the bound in all is positive", func(o *engine.Options) { o.MaxTotal = -1 }, "MaxTotal -1"},

		{"0 < no response", func(o *engine.Options) { o.Times.NoResponse = 0 }, "Times has no NoResponse (S14): start from DefaultTimes()"},
		{"0 < expiry", func(o *engine.Options) { o.Times.Expiry = 0 }, "Times has no Expiry (S14)"},
		{"0 < expiry cap", func(o *engine.Options) { o.Times.ExpiryCap = 0 }, "Times has no ExpiryCap (S14)"},
		{"0 < accept", func(o *engine.Options) { o.Times.Accept = 0 }, "Times has no Accept (S14)"},
		{"0 < first", func(o *engine.Options) { o.Times.RetransmitFirst = 0 }, "Times has no RetransmitFirst (S14)"},
		{"0 < cap", func(o *engine.Options) { o.Times.RetransmitCap = 0 }, "Times has no RetransmitCap (S14)"},
		{"0 < first, of ACCEPT", func(o *engine.Options) { o.Times.AcceptFirst = 0 }, "Times has no AcceptFirst (S14)"},
		{"0 < cap, of ACCEPT", func(o *engine.Options) { o.Times.AcceptCap = 0 }, "Times has no AcceptCap (S14)"},
		{"0 < linger", func(o *engine.Options) { o.Times.Linger = 0 }, "Times has no Linger (S14)"},
		{"0 < tombstone", func(o *engine.Options) { o.Times.Tombstone = 0 }, "Times has no Tombstone (S14)"},
		{"0 < max delay", func(o *engine.Options) { o.Times.MaxDelay = 0 }, "Times has no MaxDelay (S14)"},
		{"not all but one is 0", func(o *engine.Options) { o.Times = engine.Times{Accept: 10 * time.Second} },
			"Times has no NoResponse, Expiry, ExpiryCap, RetransmitFirst, RetransmitCap, AcceptFirst, AcceptCap, Linger, Tombstone, MaxDelay (S14): start from DefaultTimes() and change what differs"},
		{"0 ≤ expiry", func(o *engine.Options) { o.Times.Expiry, o.Times.Refresh = -1, 0 }, "Expiry -1ns is negative (S14)"},
		{"0 ≤ expiry cap", func(o *engine.Options) { o.Times.ExpiryCap = -1 }, "ExpiryCap -1ns is negative (S14)"},
		{"first ≤ refresh", func(o *engine.Options) { o.Times.Refresh = 500*time.Millisecond - 1 }, "Times.Refresh 499.999999ms must be between RetransmitFirst 500ms and Expiry 1m0s, or 0 (Q-ring)"},
		{"refresh < expiry", func(o *engine.Options) { o.Times.Refresh = 60 * time.Second }, "Times.Refresh 1m0s must be between RetransmitFirst 500ms and Expiry 1m0s, or 0 (Q-ring)"},
		{"a refresh for several devices", func(o *engine.Options) { o.Device, o.Times.Refresh = 1, 0 }, "with a Device, Times.Refresh must not be 0"},
		{"0 ≤ grace", func(o *engine.Options) { o.Times.Grace = -1 }, "Grace -1ns is negative (S14)"},

		{"10 ms ≤ first", func(o *engine.Options) { o.Times.RetransmitFirst = 10*time.Millisecond - 1 }, "RetransmitFirst 9.999999ms is under 10ms: copies would flood the transport"},
		{"10 ms ≤ first, of ACCEPT", func(o *engine.Options) { o.Times.AcceptFirst = 10*time.Millisecond - 1 }, "AcceptFirst 9.999999ms is under 10ms: copies would flood the transport"},
		{"first ≤ cap", func(o *engine.Options) { o.Times.RetransmitCap = 500*time.Millisecond - 1 }, "over RetransmitCap 499.999999ms (S14)"},
		{"first ≤ cap, of ACCEPT", func(o *engine.Options) { o.Times.AcceptCap = 250*time.Millisecond - 1 }, "over AcceptCap 249.999999ms (S14)"},
		{"first < no response", func(o *engine.Options) { o.Times.NoResponse = 500 * time.Millisecond }, "leaves no room for a second INVITE after RetransmitFirst 500ms (S14)"},
		{"first of ACCEPT + 500 ms ≤ accept", func(o *engine.Options) { o.Times.Accept = 750*time.Millisecond - 1 },
			"leaves no room for a second ACCEPT after AcceptFirst 250ms: none leaves in the last 500ms (S14)"},
		{"no response ≤ linger", func(o *engine.Options) { o.Times.Linger = 30*time.Second - 1 }, "REFUSE could be gone while its INVITE is still repeated (S10)"},
		{"no response + expiry + grace + linger + max delay ≤ tombstone, with drift", func(o *engine.Options) { o.Times.Tombstone = 228480*time.Millisecond - 1 },
			"is under 3m48.48s, which is NoResponse + Expiry + Grace + Linger + MaxDelay with 1 % of drift at either end: (S14)"},
		{"counted from send, no response < expiry", func(o *engine.Options) { o.CountFromSend, o.Times.Expiry = true, 30*time.Second }, "CountFromSend, Times.Expiry 30s must be over NoResponse 30s (S14)"},

		{"a time is not absurdly long: accept", func(o *engine.Options) { o.Times.Accept = 1000*time.Hour + 1 }, "Accept 1000h0m0.000000001s is over"},
		{"a time is not absurdly long: cap", func(o *engine.Options) { o.Times.RetransmitCap = 1000*time.Hour + 1 }, "RetransmitCap 1000h0m0.000000001s is over"},
		{"a time is not absurdly long: cap of ACCEPT", func(o *engine.Options) { o.Times.AcceptCap = 1000*time.Hour + 1 }, "AcceptCap 1000h0m0.000000001s is over"},
		{"a time is not absurdly long: tombstone", func(o *engine.Options) { o.Times.Tombstone = 1000*time.Hour + 1 }, "Tombstone 1000h0m0.000000001s is over"},
	} {
		o := validOptions()
		each.change(&o)
		complaints := complaintsOf(t, o)
		if len(complaints) != 1 || !strings.Contains(complaints[0], each.want) {
			t.Errorf("%s: %q, not the one with %q", each.rule, complaints, each.want)
		}
	}
}

// These rules follow from others, so that breaking one breaks more; it is named
// all the same.
func TestRulesThatBreakTogether(t *testing.T) {
	for _, each := range []struct {
		rule   string
		change func(*engine.Options)
		want   []string
	}{
		{"linger ≤ tombstone", func(o *engine.Options) { o.Times.Tombstone = 62*time.Second - 1 },
			[]string{"is under 1m2s, the greater of Linger and Expiry + Grace (S10)", "(S3, S4, S6, S7)", "(S14)"}},
		{"no response + expiry + grace + max delay ≤ tombstone, with drift", func(o *engine.Options) { o.Times.Tombstone = 195840*time.Millisecond - 1 },
			[]string{"is under 3m15.84s, which is NoResponse + Expiry + Grace + MaxDelay with 1 % of drift at either end: a copy could outlive our memory of it (S3, S4, S6, S7)", "(S14)"}},
		{"counted from send, expiry + grace + max delay ≤ tombstone, with drift", func(o *engine.Options) { o.CountFromSend, o.Times.Tombstone = true, 165240*time.Millisecond-1 },
			[]string{"is under 2m45.24s, which is the greater of NoResponse and Expiry + Grace, + MaxDelay with 1 % of drift at either end: a copy could outlive our memory of it (S3, S4, S6, S7)", "(S14)"}},
	} {
		o := validOptions()
		each.change(&o)
		complaints := complaintsOf(t, o)
		if len(complaints) != len(each.want) {
			t.Errorf("%s: %q", each.rule, complaints)
			continue
		}
		for i, want := range each.want {
			if !strings.Contains(complaints[i], want) {
				t.Errorf("%s: %q does not say %q", each.rule, complaints[i], want)
			}
		}
	}
}

// A callee whose clock is fast by as much as may be remembers what it refused until
// no copy can come any more, with the shortest tombstone that is taken.
func TestShortestTombstoneOutlivesDrift(t *testing.T) {
	const maxDelay = 1000 * time.Second
	options := validOptions()
	times := &options.Times
	times.NoResponse, times.Expiry, times.Grace, times.Linger, times.MaxDelay, times.Refresh = time.Second, time.Millisecond, 0, time.Second, maxDelay, 0
	shortest := sort.Search(int(2*maxDelay), func(d int) bool {
		times.Tombstone = time.Duration(d)
		return options.Validate() == nil
	})
	times.Tombstone = time.Duration(shortest)
	if v := lastCopy(t, options, times.NoResponse); v != engine.Late {
		t.Errorf("with a tombstone of %v, an INVITE that was refused is %v", times.Tombstone, v)
	}
}

// TestLongWait: the times of one call can make a caller wait for longer than the callee's
// tombstone allows for, if there is drift.
func TestLongWait(t *testing.T) {
	for wait, want := range map[time.Duration]engine.Verdict{142 * time.Second: engine.Late, 147 * time.Second: engine.Moved} {
		if v := lastCopy(t, validOptions(), wait); v != want {
			t.Errorf("an INVITE with a wait of %v that was refused is %v, not %v", wait, v, want)
		}
	}
}

// lastCopy is the verdict of a callee with a fast clock on the last copy of an INVITE that
// it has refused at once. The copy leaves at the end of the caller's time by a slow clock,
// and is under way for as long as any is.
func lastCopy(t *testing.T, options engine.Options, wait time.Duration) engine.Verdict {
	t.Helper()
	clock := &testClock{time.Unix(0, 0)}
	options.Clock = clock
	bob, err := engine.New("bob", options)
	if err != nil {
		t.Fatal(err)
	}
	invite := engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 2, Counter: 1}, Wait: wait, Expiry: time.Hour}
	bob.Receive("alice", invite)
	for ring := range bob.RemoteInvitations() {
		if err := ring.Refuse(); err != nil {
			t.Fatal(err)
		}
	}
	invite.Age = wait - 1
	arrives := clock.now.Add((wait*100/99 + options.Times.MaxDelay) * 101 / 100)
	for clock.now.Before(arrives) {
		clock.now = clock.now.Add(time.Second)
		bob.Advance()
	}
	clock.now = arrives
	return bob.Receive("alice", invite)
}

// No choice of times, however far out, passes by overflowing.
func TestNoOverflow(t *testing.T) {
	const far = time.Duration(1<<63 - 1)
	for i, change := range []func(*engine.Times){
		func(x *engine.Times) { x.NoResponse = far }, func(x *engine.Times) { x.Expiry = far },
		func(x *engine.Times) { x.Grace = far }, func(x *engine.Times) { x.Accept = far },
		func(x *engine.Times) { x.RetransmitFirst = far }, func(x *engine.Times) { x.RetransmitCap = far },
		func(x *engine.Times) { x.AcceptFirst = far }, func(x *engine.Times) { x.AcceptCap = far },
		func(x *engine.Times) { x.Linger = far }, func(x *engine.Times) { x.Tombstone = far },
		func(x *engine.Times) { x.MaxDelay = far }, func(x *engine.Times) { x.ExpiryCap = far }, func(x *engine.Times) { x.Refresh = far },
	} {
		o := validOptions()
		change(&o.Times)
		if o.Validate() == nil {
			t.Errorf("change %d is accepted: %+v", i, o.Times)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, each := range []struct {
		name, self string
		change     func(*engine.Options)
		want       string
	}{
		{"options that do not fit", "alice", func(o *engine.Options) { o.Epoch = 0 }, "engine options: Epoch is 0"},
		{"no options", "alice", func(o *engine.Options) { *o = engine.Options{} }, "engine options: Clock is nil; Epoch is 0"},
		{"no name", "", func(o *engine.Options) {}, `own user id "" is not valid: it is empty`},
		{"null", "null", func(o *engine.Options) {}, `own user id null is not valid: "null" is reserved`},
		{"leading space", " alice", func(o *engine.Options) {}, `own user id " alice" is not valid: it begins with a space`},
		{"character outside the vendor's set", "al/ice", func(o *engine.Options) {}, `own user id al/ice is not valid: "/" at byte 2 is not allowed`},
		{"65 bytes", strings.Repeat("a", 65), func(o *engine.Options) {}, "is not valid: it has 65 bytes, at most 64 are allowed"},
		{"a rule of one's own", "alice", func(o *engine.Options) { o.ValidUserID = func(id string) bool { return id == "bob" } }, `own user id alice is not valid: Options.ValidUserID refuses it`},
	} {
		o := validOptions()
		each.change(&o)
		e, err := engine.New(each.self, o)
		if e != nil || err == nil || !strings.Contains(err.Error(), each.want) {
			t.Errorf("%s: %v, not %q", each.name, err, each.want)
		}
	}
	for _, self := range []string{"alice", strings.Repeat("a", 64), "a b", "!#$%&()+-:;<=.>?@[]^_{}|~,"} {
		if e, err := engine.New(self, validOptions()); err != nil || e.Self() != self {
			t.Errorf("%q: %v", self, err)
		}
	}
}

func complaintsOf(t *testing.T, o engine.Options) []string {
	t.Helper()
	err := o.Validate()
	if err == nil {
		return nil
	}
	text, ok := strings.CutPrefix(err.Error(), "engine options: ")
	if !ok {
		t.Fatalf("the error does not say what it is about: %v", err)
	}
	return strings.Split(text, "; ")
}
