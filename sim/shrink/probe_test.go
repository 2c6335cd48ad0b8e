package shrink

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/invsim/invsim/internal/mutant"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/property"
)

func TestProbe(t *testing.T) {
	for _, m := range mutant.All {
		if m.Breaks == "none" {
			continue
		}
		found := false
		for n := 0; n < 3000 && !found; n++ {
			o, _ := sim.Swarm(1, n)
			o.Engine.Mutant = m.ID
			o.Snapshots = sim.Fresh
			k := sim.Token{Options: o}
			out, err := k.Play()
			if err != nil {
				continue
			}
			if len(out.Result.Violations) == 0 {
				continue
			}
			v := out.Result.Violations[0]
			found = true
			begin := time.Now()
			f, err := Shrink(context.Background(), k, v.Property, Options{})
			if err != nil {
				t.Error(err)
				continue
			}
			report(m.Name, n, o, f, begin)
		}
		if !found {
			fmt.Println(m.Name, "not found")
		}
	}
}

func TestProbeNot(t *testing.T) {
	done := 0
	for n := 0; done < 12; n++ {
		o, _ := sim.Swarm(1, n)
		k := sim.Token{Options: o}
		out, err := k.Play()
		if err != nil {
			continue
		}
		for id, c := range out.Result.NotPromised {
			if c == 0 {
				continue
			}
			done++
			begin := time.Now()
			f, err := Shrink(context.Background(), k, property.ID(id), Options{Fails: Broken(property.ID(id))})
			if err != nil {
				t.Error(err)
				continue
			}
			report("plain", n, o, f, begin)
		}
	}
}

func report(name string, n int, o sim.Options, f *Failure, begin time.Time) {
	fmt.Printf("== %s world %d (%d calls): %v\n   calls %d users %d plays %d in %v choices %d\n   %s\n", name, n, o.Calls, f.Violation, f.Token.Options.Calls, f.Token.Options.Users, f.Plays, time.Since(begin).Round(time.Millisecond), f.Token.Tape.Len(), f.Token.String())
	p, now := sim.Plain(), f.Token.Options
	to := p.Fields()
	for i, fl := range now.Fields() {
		if fl.Value.String() != to[i].Value.String() {
			fmt.Printf("   %s=%s", fl.Name, fl.Value)
		}
	}
	fmt.Println()
	for _, l := range f.Faults {
		fmt.Println("   F", l)
	}
	for _, l := range f.Actions {
		fmt.Println("   A", l)
	}
	for _, w := range f.Windows {
		fmt.Println("   W", w)
	}
}
