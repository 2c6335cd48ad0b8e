package kit

import (
	"testing"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/sim/mutant"
)

func here(id mutant.ID) invd.Driver { return invd.Here(&reference.Endpoint{Mutant: id}) }

// TestSame: the reference does not differ from itself.
func TestSame(t *testing.T) {
	for seed := range uint64(300) {
		if found, _ := Side(here(mutant.None), seed, App); found != nil {
			t.Fatalf("seed %d: %+v", seed, found)
		}
	}
}

// TestSchedulesPlay: whatever feature an endpoint lacks, no schedule is empty.
func TestSchedulesPlay(t *testing.T) {
	for _, feature := range invd.Features {
		for seed := range uint64(24) {
			if _, requests := Side(lacking(feature.Name), seed, App); requests == 0 {
				t.Errorf("schedule %d is empty without %s", seed, feature.Name)
			}
		}
	}
}

// TestMutants: every rule that can be broken shows.
func TestMutants(t *testing.T) {
	for _, m := range mutant.All {
		d := here(m.ID)
		var found *Difference
		seed := uint64(0)
		most := uint64(300)
		if m.ID == mutant.ConfirmOfAnother { // one device of two must have accepted, and the other have won
			most = 3000
		}
		for ; seed < most && found == nil; seed++ {
			found, _ = Side(d, seed, App)
		}
		if found == nil {
			t.Errorf("%s does not show", m.Name)
			continue
		}
		small := Shrink(d, found, (*Difference).Cause, App, never)
		if small.Cause() != found.Cause() || len(small.Case.Steps) > min(len(found.Case.Steps), 12) {
			t.Errorf("%s: %s in %d steps is made %s in %d", m.Name, found.Cause(), len(found.Case.Steps), small.Cause(), len(small.Case.Steps))
		}
		if again, skipped := small.Case.Run(d); again == nil || skipped != "" || again.Level != small.Level {
			t.Errorf("%s: the small case shows %+v, %s", m.Name, again, skipped)
		}
		if same, _ := small.Case.Run(here(mutant.None)); same != nil {
			t.Errorf("%s: the reference fails the small case: %+v", m.Name, same)
		}
		t.Logf("%s: seed %d, %d steps, then %d: %s: %s\n%s", m.Name, seed, len(found.Case.Steps), len(small.Case.Steps), small.Cause(), small.What, small.Case.Write())
	}
}

// TestRecordedWithoutRefresh: a case of an endpoint that does not repeat RECEIVED is no case of
// one that does, if that would fail it.
func TestRecordedWithoutRefresh(t *testing.T) {
	required := 0
	for _, m := range mutant.All {
		d := unrefreshed(m.ID)
		for seed := range uint64(30) {
			found, _ := Side(d, seed, App)
			if found == nil {
				continue
			}
			c := Shrink(d, found, (*Difference).Cause, App, never).Case
			same, _ := c.Run(unrefreshed(mutant.None))
			other, skipped := c.Run(here(mutant.None))
			if again, _ := c.Run(d); same != nil || other != nil || again == nil {
				t.Errorf("%s: seed %d: %+v, %+v, %+v", m.Name, seed, same, other, again)
			}
			if skipped == noRefresh {
				required++
			}
			break
		}
	}
	if required < 2 {
		t.Errorf("%d require it", required)
	}
}

// earlier is our engine, but it wants to be advanced a second after each request.
type earlier struct{ reference.Endpoint }

func (e *earlier) Do(r invd.Request) invd.Reply {
	reply := e.Endpoint.Do(r)
	if soon := nowOf(r) + second; reply.Next.Set && reply.Next.At > soon {
		reply.Next = invd.Due(soon)
	}
	return reply
}

// TestExact: our engine is exact. What is free differs at this level, and at no other.
func TestExact(t *testing.T) {
	free := map[string]invd.Driver{"order of all effects": otherOrder, "next deadline": invd.Here(&earlier{})}
	seen := map[string]int{}
	for seed := range uint64(100) {
		if found, _ := Side(here(mutant.None), seed, Exact); found != nil {
			t.Fatalf("seed %d: %+v", seed, found)
		}
		for what, d := range free {
			if found, _ := Side(d, seed, App); found != nil {
				t.Fatalf("%s: seed %d: %+v", what, seed, found)
			}
			if found, _ := Side(d, seed, Exact); found != nil && found.What == what && found.Level == Exact {
				seen[what]++
			}
		}
	}
	if seen["order of all effects"] == 0 || seen["next deadline"] < 90 {
		t.Errorf("seen: %v", seen)
	}
}
