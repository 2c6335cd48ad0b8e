package mixed

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
)

// household are two users with two phones each.
func household(broken mutant.ID) [2]Phone {
	phones := [2]Phone{present("a", broken), present("b", broken)}
	for i, epoch := range []string{"c", "d"} {
		sibling := present(epoch, broken)
		phones[i].Sibling = &sibling
	}
	return phones
}

func householdWorld(number int) World {
	return Household(fmt.Sprint("household ", number), tape.World(1, number))
}

// TestHousehold: users with two phones each, and calls in groups. Each phone calls, every
// triple of ends is one of the protocol's, and groups and second devices bring about what
// they should.
func TestHousehold(t *testing.T) {
	calls, triples, happened := map[int]bool{}, map[string]bool{}, map[string]int{}
	for n := range 150 {
		r, err := householdWorld(n).Play(household(mutant.None))
		if err != nil || len(r.Violations) > 0 || r.Skipped != "" {
			t.Fatalf("world %d: %v, skipped for %q, %v\n%s", n, err, r.Skipped, r.Violations, r.Log)
		}
		for _, e := range r.Ends {
			calls[e.Caller] = true
			triples[e.String()] = true
			if !property.Tuples[property.TupleOf(e.CallerEnd, e.CalleeEnd, e.Other)] {
				t.Errorf("world %d: %v is no triple of the protocol", n, e)
			}
		}
		for _, what := range []string{`"GROUP_DECIDED"`, `Canceled","from":"alice","id":"a-1","reason":"answered by another"`, `"reason":"accepted elsewhere"`, `"reason":"refused elsewhere"`} {
			happened[what] += bytes.Count(r.Log, []byte(what))
		}
	}
	if len(calls) != 4 || len(triples) < 25 {
		t.Errorf("%d phones have called; triples %v", len(calls), triples)
	}
	for what, times := range happened {
		if times == 0 {
			t.Errorf("%s never happens", what)
		}
	}
}

// TestPresence: a user is reported online while one of his phones is, to both of the other's.
func TestPresence(t *testing.T) {
	p := newStory(t, household(mutant.None))
	for _, away := range [][2]bool{{true, false}, {false, true}, {false, false}, {true, true}} {
		p.phones[0].away, p.phones[2].away = away[0], away[1]
		p.result.Log = nil
		if err := p.presence(0); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"bob1", "bob2"} {
			if want := fmt.Sprintf(`%s > peer {"now":0,"peer":"alice","online":%v}`, name, !away[0] || !away[1]); !bytes.Contains(p.result.Log, []byte(want)) {
				t.Errorf("away %v: no %s in\n%s", away, want, p.result.Log)
			}
		}
	}
}
