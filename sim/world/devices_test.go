// Users with several devices: the network and the phones treat each by itself, one device
// answers, and all properties hold.

package world

import (
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// several is a world of users with devices, in which nothing goes wrong by itself.
func several(devices int) setup.Options {
	o := setup.PlainOptions()
	o.Calls, o.World, o.Users, o.Devices, o.Arrivals = 200, 200, 4, devices, 2
	o.Heal = 200 * time.Second
	return o
}

func playSeveral(t *testing.T, o setup.Options) *Outcome {
	t.Helper()
	out, err := Play(t.Context(), o, 0, tape.World(1, 0), true)
	if err != nil {
		t.Fatal(err)
	}
	if !out.Result.Held() {
		t.Errorf("%v", out.Result.Violations[0])
	}
	return out
}

// TestDevicesHold: with all that can go wrong, for two and three devices, and every goal of
// devices is reached.
func TestDevicesHold(t *testing.T) {
	var reached property.GoalSet
	for _, devices := range []int{2, 3} {
		o := several(devices)
		o.Loss, o.Dup, o.Reorder, o.Offline, o.For[fault.Offline] = 0.2, 0.1, 0.2, 0.2, 20*time.Second
		o.Every[fault.Crash], o.For[fault.Crash], o.Store = 30*time.Second, 5*time.Second, 60*time.Second
		o.Refuse, o.AnswerAfter, o.Cancel = 0.3, setup.Range{Max: 2 * time.Second}, 0.1
		r := playSeveral(t, o).Result
		for g := range property.NumGoals {
			if r.Goals[g] > 0 {
				reached.Add(g)
			}
		}
	}
	for g := property.AnsweredElsewhere; g <= property.MissedWithdrawn; g++ {
		if !reached.Has(g) {
			t.Errorf("never: %v", property.Goals[g].Words)
		}
	}
}

// TestDevicesDiffer: each has an epoch, outages and a fate of copies of its own. An INVITE
// reaches all devices of the callee, an answer all of the caller's, and calls are placed
// from all devices. A user is reported offline when the last device is.
func TestDevicesDiffer(t *testing.T) {
	o := several(3)
	o.Offline, o.For[fault.Offline], o.Loss = 0.2, 20*time.Second, 0.3
	out := playSeveral(t, o)
	type copy struct {
		call, number int
		from         string
		kind         engine.Kind
	}
	lost, toldTo := map[copy]int{}, map[copy]map[string]bool{}
	offline, places, isOffline, reports := map[string]bool{}, map[string]bool{}, map[string]bool{}, 0
	for i := range out.Entries {
		switch e := &out.Entries[i]; {
		case e.Kind == event.CopySent && !e.Twin:
			c := copy{e.Call, e.Copy, e.Node, e.Message.Kind}
			if toldTo[c] == nil {
				toldTo[c] = map[string]bool{}
			}
			toldTo[c][e.Peer] = true
			if e.Fate == event.Lost {
				lost[c]++
			}
		case e.Kind == event.PhoneToggles:
			isOffline[e.Node] = !e.Online
			offline[e.Node] = offline[e.Node] || !e.Online
		case e.Kind == event.PresenceTold && !e.Online:
			reports++
			for phone := range o.Phones() {
				if name := o.PhoneName(phone); name != e.Node && event.UserOf(name) == event.UserOf(e.Node) && !isOffline[name] {
					t.Errorf("%v: %s is reported offline, and %s is online", e.At, event.UserOf(e.Node), name)
				}
			}
		case e.Kind == event.Pressed && e.Op == "send":
			places[e.Node] = true
		}
	}
	parted := 0
	for c, to := range toldTo {
		if len(to) != 3 {
			t.Errorf("%+v went to %v", c, to)
		}
		if lost[c] > 0 && lost[c] < 3 {
			parted++
		}
	}
	if parted < len(toldTo)/3 {
		t.Errorf("of %d messages %d were lost to some devices alone", len(toldTo), parted)
	}
	if reports == 0 {
		t.Error("nobody was reported offline")
	}
	if len(offline) != 12 || len(places) != 12 {
		t.Errorf("offline were %v, and calls were placed from %v", offline, places)
	}
}

// TestFirstDevicesKeepTheirDraws: what befalls the first devices in a world without devices
// befalls them with others beside them.
func TestFirstDevicesKeepTheirDraws(t *testing.T) {
	fates := func(devices int) map[string]time.Duration {
		o := several(devices)
		o.Every[fault.Freeze], o.For[fault.Freeze] = 20*time.Second, time.Second
		all := map[string]time.Duration{}
		for _, f := range playSeveral(t, o).Faults {
			if f.Phones[0] < o.Users {
				all[f.String()] = f.At
			}
		}
		return all
	}
	one, two := fates(1), fates(2)
	if len(one) < 10 {
		t.Fatalf("%d freezes", len(one))
	}
	for f, at := range one {
		if _, ok := two[f]; !ok && at < 60*time.Second {
			t.Errorf("%s is gone", f)
		}
	}
}
