package setup

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/sim/fault"
)

func withGroups(t *testing.T, users int, text string) Options {
	t.Helper()
	o := Default()
	o.Users = users
	if err := o.Set("groups", text); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestGroupsSayWhoIsInThem: named phones first, shares from the lowest index on.
func TestGroupsSayWhoIsInThem(t *testing.T) {
	o := withGroups(t, 8, "1,5: loss=20% latency=300ms..1s; 25%: offline=50% ;50%: accept-time=32s crash-every=10s")
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	all, of, err := o.Populations()
	if err != nil || !reflect.DeepEqual(of, []uint8{2, 1, 2, 3, 3, 1, 3, 3}) {
		t.Fatalf("%v, %v", of, err)
	}
	if all[0].Loss != 0.01 || all[1].Loss != 0.2 || all[1].Latency.String() != "300ms..1s" || all[2].Offline != 0.5 ||
		all[3].Engine.Times.Accept != 32*time.Second || all[3].Every[fault.Crash] != 10*time.Second || all[2].Engine.Times.Accept != 15*time.Second {
		t.Error("settings are not those of the groups")
	}
	if !o.CanHappen(fault.Crash) || o.Promised(3) != all[3].Promised(3) {
		t.Error("a group's fault cannot happen in the world")
	}
	for _, text := range []string{"", "1,5: loss=20% latency=300ms..1s; 25%: offline=50%", "0: drift=0.5%"} {
		if v := withGroups(t, 8, text); (*groupsValue)(&v.Groups).String() != text {
			t.Errorf("%q became %q", text, (*groupsValue)(&v.Groups).String())
		}
	}
}

func TestBadGroups(t *testing.T) {
	for text, want := range map[string]string{
		"0":                        `"0": not a group such as`,
		"loss=20%":                 "not a group such as",
		"x: loss=20%":              `"x" is not the number of a phone`,
		"0%: loss=20%":             "a share of the phones must be from 0.01% to 100%",
		"101%: loss=20%":           "must be from",
		"NaN%: loss=20%":           "not a probability or share",
		"0: loss":                  `"loss" is not a setting`,
		"8: loss=20%":              "phone 8: there are 0 to 7",
		"-1: loss=20%":             "phone -1: there are 0 to 7",
		"0: seed=3":                "seed cannot differ between phones",
		"0: max-delay=3s":          "max-delay cannot differ between phones",
		"0: partition-every=3s":    "partition-every cannot differ between phones",
		"0: los=3%":                `unknown option "los"; did you mean loss?`,
		"0: =3%":                   `unknown option ""`,
		"0: loss=often":            "loss often",
		"0: loss=200%":             "loss",
		"30%: loss=200%":           "groups: 30%: loss=200%: loss",
		"30%: preset=lan":          "groups: 30%: preset=lan: unknown option",
		"0: loss=2%, dup=1%":       `group 0: "loss=2%," ends with a comma: settings are separated by spaces`,
		"0: loss=1%; 1,0: dup=1%":  "phone 0 is in two groups",
		"0,0: loss=1%":             "phone 0 is in two groups",
		"0: no-response-time=100s": "linger-time 32s is under no-response-time 1m40s: a REFUSE",
		// Each by itself is fine, but one's INVITE outlives the other's memory.
		"0: no-response-time=60s linger-time=60s tombstone-time=400s": "all phones together",
		"0: expiry-time=120s tombstone-time=400s":                     "all phones together",
	} {
		o := Default()
		o.Users = 8
		err := o.Set("groups", text)
		if err == nil {
			err = o.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}
