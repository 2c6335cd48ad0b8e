package result

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/states"
)

// count sets every whole number in v, and what it holds, to the next of a series.
func count(v reflect.Value, next *uint64) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				count(v.Field(i), next)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			count(v.Index(i), next)
		}
	case reflect.Uint64:
		*next += 3
		v.SetUint(*next)
	case reflect.Int:
		*next += 3
		v.SetInt(int64(*next))
	}
}

// TestResultsAddUp: every count of a sum is the sum of the counts, whatever is added
// to Result in days to come; what is no sum is asked for by name.
func TestResultsAddUp(t *testing.T) {
	make := func(start uint64) *Result {
		r, first := New(), start
		count(reflect.ValueOf(r).Elem(), &start)
		r.Slowest.Took = time.Duration(first) * time.Second
		r.Accepted.Record(int64(first) * int64(time.Second))
		r.RingAfterCancel.Record(int64(first) * 2 * int64(time.Second))
		r.Cover = new(event.Cover)
		for range start {
			r.Cover.Add(&engine.Step{From: 1, To: 2, Trigger: 3, Kind: states.Move}, event.Delayed)
		}
		return r
	}
	sum, a, b := make(1), make(1), make(10)
	sum.Add(b)
	var compare func(sum, a, b reflect.Value, path string)
	compare = func(sum, a, b reflect.Value, path string) {
		switch sum.Kind() {
		case reflect.Struct:
			for i := range sum.NumField() {
				if name := sum.Type().Field(i).Name; name != "First" && name != "Slowest" {
					compare(sum.Field(i), a.Field(i), b.Field(i), path+"."+name)
				}
			}
		case reflect.Array:
			for i := range sum.Len() {
				compare(sum.Index(i), a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", path, i))
			}
		case reflect.Uint64:
			if sum.Uint() != a.Uint()+b.Uint() {
				t.Errorf("%s: %d and %d are %d", path, a.Uint(), b.Uint(), sum.Uint())
			}
		case reflect.Int:
			if sum.Int() != a.Int()+b.Int() {
				t.Errorf("%s: %d and %d are %d", path, a.Int(), b.Int(), sum.Int())
			}
		case reflect.Pointer:
			if sum.Type() == reflect.TypeFor[*event.Cover]() {
				compare(sum.Elem(), a.Elem(), b.Elem(), path)
			}
		}
	}
	compare(reflect.ValueOf(*sum), reflect.ValueOf(*a), reflect.ValueOf(*b), "Result")
	if sum.First != a.First {
		t.Error("the first of each pair is not the lower number")
	}
	if sum.Slowest != b.Slowest {
		t.Errorf("slowest %v of %v and %v", sum.Slowest, a.Slowest, b.Slowest)
	}
	if sum.Accepted.Count() != 2 || sum.RingAfterCancel.Count() != 2 || sum.Accepted.Max() != b.Accepted.Max() || sum.RingAfterCancel.Max() != b.RingAfterCancel.Max() {
		t.Error("the latencies are not merged")
	}
	empty := New()
	empty.Add(a)
	if empty.First != a.First || empty.Cover == nil {
		t.Error("what is added to nothing is not itself")
	}
}

// TestFirstIsTheLowest, whichever result is added to which.
func TestFirstIsTheLowest(t *testing.T) {
	a, b := New(), New()
	a.Pairs[1][1], a.First[1][1], b.Pairs[1][1], b.First[1][1] = 1, 7, 2, 3
	b.Pairs[2][2], b.First[2][2] = 1, 9
	a.Slowest, b.Slowest = Slowest{7, time.Second}, Slowest{3, time.Second}
	a.Add(b)
	if a.First[1][1] != 3 || a.First[2][2] != 9 || a.Slowest != (Slowest{3, time.Second}) {
		t.Errorf("first %d and %d, slowest %v", a.First[1][1], a.First[2][2], a.Slowest)
	}
}

// TestKeptViolations: the first ten of each property, in the order of worlds.
func TestKeptViolations(t *testing.T) {
	a, b := New(), New()
	for world := 30; world > 0; world-- {
		to := a
		if world%2 == 0 {
			to = b
		}
		one := New()
		one.Violated(world, property.Violation{Property: property.S1})
		to.Add(one)
	}
	b.Violated(99, property.Violation{Property: property.Live})
	b.Violated(99, property.Violation{Property: property.Live, At: time.Second}) // once more by the same call
	if a.Verdict() != Violated || b.Verdict() != Violated || (&Result{ViolationCount: 1, Violations: b.Violations[len(b.Violations)-1:]}).Verdict() != NotEnded {
		t.Error("which of them has ended late only?")
	}
	a.Add(b)
	worlds := ""
	for _, v := range a.Violations {
		worlds += fmt.Sprintf("%d%v ", v.World, v.Property)
	}
	if want := "1S1 2S1 3S1 4S1 5S1 6S1 7S1 8S1 9S1 10S1 99LIVE "; worlds != want || a.ViolationCount != 32 || a.ByProperty[property.S1] != 30 || a.ByProperty[property.Live] != 2 || a.Held() {
		t.Errorf("%d violations, by property %v, kept are %s", a.ViolationCount, a.ByProperty, worlds)
	}
}
