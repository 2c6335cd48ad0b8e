package study

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/sim/setup"
)

// overAcceptTime is a played sweep of small worlds, in which two copies of five are lost.
func overAcceptTime(t *testing.T, calls int, flag string, values ...string) *Sweep {
	t.Helper()
	s, err := NewSweep(Axis{Flag: flag, Values: values}, Axis{}, func(row, _ string) (setup.Options, error) {
		o := small()
		o.Calls, o.Loss, o.Offline = calls, 0.4, 0
		o.Engine.Times.Accept, o.Engine.Times.Refresh = 5*time.Second, 0
		return o, o.Set(flag, row)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Play(t.Context(), 2, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// shown are measures by name.
func shown(t *testing.T, names ...string) (all []Measure) {
	t.Helper()
	for _, name := range names {
		m, err := MeasureNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// TestAdvice: the cheapest value whose residue is as low as any, as far as the calls can
// tell, in whatever order the values come.
func TestAdvice(t *testing.T) {
	for _, c := range []struct {
		price, values string
		says          []string
	}{
		{"mean(failed-accept)", "1s 2s 4s", []string{"accept-time=4s. Its residue is ", "The next cheaper, accept-time=2s, has +", " of failed accept mean."}},
		{"mean(failed-accept)", "4s 1s 2s", []string{"accept-time=4s.", "The next cheaper, accept-time=2s, has +"}},
		{"messages", "9s 1s 8s", []string{"accept-time=8s.", "The difference to the lowest residue, with accept-time=9s, can be chance: 4,000 calls cannot tell."}},
	} {
		s, show := overAcceptTime(t, 4000, "accept-time", strings.Fields(c.values)...), shown(t, "residue", c.price)
		got := s.Advice(show)
		for _, want := range c.says {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q does not say %q", c.values, got, want)
			}
		}
		text, md := golden.Written(t, func(w io.Writer) error { return s.Text(w, show) }), golden.Written(t, func(w io.Writer) error { return s.Markdown(w, show) })
		if !strings.Contains(strings.Join(strings.Fields(text), " "), "advice: "+got) || !strings.Contains(md, "\n**advice** "+got+"\n") {
			t.Errorf("an answer does not say %q:\n%s\n%s", got, text, md)
		}
		for i := range s.Cells {
			name, e := s.Name(&s.Cells[i]), s.Cells[i].Of(show[0])
			if strings.Contains(got, name+". Its ") && !strings.Contains(got, "Its residue is "+e.Text(show[0].Unit.Text)+",") {
				t.Errorf("%q has another residue than its cell, %v", got, e)
			}
		}
	}
}

// TestNoAdvice: where nobody chooses the option, where there is no price, and where
// something is missing.
func TestNoAdvice(t *testing.T) {
	s := overAcceptTime(t, 4000, "accept-time", "1s", "4s")
	if s.Advice(shown(t, "residue", "messages")) == "" {
		t.Error("no advice at all")
	}
	for _, names := range []string{"residue", "messages residue", "in-call messages", "formula messages", "residue accepted"} {
		if got := s.Advice(shown(t, strings.Fields(names)...)); got != "" {
			t.Errorf("%s: %s", names, got)
		}
	}
	price := shown(t, "residue", "messages")
	if got := overAcceptTime(t, 4000, "loss", "1%", "40%").Advice(price); got != "" {
		t.Error("nobody chooses the loss:", got)
	}
	if got := overAcceptTime(t, 4000, "offline-for", "1s", "40s").Advice(price); got != "" {
		t.Error("nobody chooses how long phones are away:", got)
	}
	if got := overAcceptTime(t, 4000, "accept-time", "1s").Advice(price); got != "" {
		t.Error("there is one value:", got)
	}
	if got := lossByAcceptTime(t).Advice(price); got != "" {
		t.Error("there are two axes:", got)
	}
	if got := overAcceptTime(t, 1000, "accept-time", "1s", "4s").Advice(price); got != "" {
		t.Error("ten worlds have no intervals:", got)
	}
	s.Cells[1].Sample.Total.Interrupted = true
	if got := s.Advice(price); got != "" {
		t.Error("a cell was interrupted:", got)
	}
	s.Cells[1].Sample = nil
	if got := s.Advice(price); got != "" {
		t.Error("a cell was not played:", got)
	}
}

// TestAdviceOnWhatDetersCallees: a short expiry time leaves fewer accepts, and so less
// residue, which is no gain.
func TestAdviceOnWhatDetersCallees(t *testing.T) {
	price := shown(t, "residue", "mean(failed-accept)")
	s := overAcceptTime(t, 4000, "expiry-time", "3s", "30s", "60s")
	const want = "none. As far as 4,000 calls can tell, neither residue nor failed accept mean depends on expiry-time. Fewer callees accept with expiry-time=3s."
	if got := s.Advice(price); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	s = overAcceptTime(t, 4000, "expiry-time", "3s", "60s")
	if got := s.Advice(price); !strings.HasPrefix(got, "expiry-time=60s. ") || !strings.HasSuffix(got, " Fewer callees accept with expiry-time=3s.") {
		t.Error(got)
	}
}
