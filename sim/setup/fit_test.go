package setup

import (
	"slices"
	"strings"
	"testing"
)

// TestFit: times that others need longer or shorter are adjusted, unless they were given; then the
// world is refused, as before.
func TestFit(t *testing.T) {
	for _, c := range []struct {
		set  []string
		want []string
	}{
		{nil, nil},
		{[]string{"expiry-time=20s"}, []string{"refresh 10s"}},
		{[]string{"expiry-time=21s"}, nil},
		{[]string{"expiry-time=2m"}, []string{"expiry-cap 2m0s", "tombstone-time 4m49.68s"}},
		{[]string{"no-response-time=90s"}, []string{"linger-time 1m30s", "tombstone-time 5m48.84s"}},
		{[]string{"grace-time=1m", "expiry-time=61s", "expiry-cap=60s", "tombstone-time=10m"}, nil},
		{[]string{"retransmit-first=5s"}, []string{"retransmit-cap 5s"}},
		{[]string{"accept-first=2s"}, []string{"accept-cap 2s"}},
		{[]string{"max-delay=3m"}, []string{"tombstone-time 5m10.08s"}},
		{[]string{"groups=25%: expiry-time=2m"}, []string{"tombstone-time 4m49.68s"}},
		{[]string{"groups=0: no-response-time=1m; 25%: grace-time=10s"}, []string{"linger-time 1m0s", "tombstone-time 4m55.8s"}},
	} {
		o := Default()
		for _, s := range c.set {
			name, text, _ := strings.Cut(s, "=")
			if err := o.Set(name, text); err != nil {
				t.Fatal(err)
			}
		}
		given := func(name string) bool {
			return slices.ContainsFunc(c.set, func(s string) bool { return strings.HasPrefix(s, name+"=") })
		}
		refused := o.Validate() != nil
		if refused != (c.want != nil) {
			t.Errorf("%v: refused before it fits: %v", c.set, refused)
		}
		if got := o.Fit(given); !slices.Equal(got, c.want) {
			t.Errorf("%v: raised %q, want %q", c.set, got, c.want)
		}
		if err := o.Validate(); err != nil {
			t.Errorf("%v: %v", c.set, err)
		}
	}
	o := Default()
	o.Engine.Times.Expiry *= 2
	if raised := o.Fit(func(name string) bool { return name == "tombstone-time" || name == "expiry-cap" }); raised != nil || o.Validate() == nil {
		t.Errorf("a time that was given is raised: %q", raised)
	}
}
