package result

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/states"
	"pgregory.net/rapid"
)

// filled is a result in which every count is another, whatever is added to Result.
func filled(next uint64) *Result {
	r := New()
	count(reflect.ValueOf(r).Elem(), &next)
	for i, l := range []*Latency{&r.Accepted, &r.FailedAccept, &r.RingAfterCancel, &r.DeadRing, &r.RefusalTold, &r.FailureTold} {
		l.Record(int64(next) * int64(time.Second) << i)
	}
	return r
}

// TestEncoded: a result and its groups are the same after they were written and read.
func TestEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := New()
		if rapid.Bool().Draw(t, "alone") {
			r = filled(7)
		}
		for _, number := range rapid.SliceOfN(rapid.IntRange(0, 300), 0, 4).Draw(t, "worlds") {
			r.AddWorld(number, filled(uint64(number)))
			if rapid.Bool().Draw(t, "violated") {
				r.Violated(number, property.Violation{Property: property.Live, Detail: "ü\"\n", At: time.Hour})
			}
		}
		if rapid.Bool().Draw(t, "covered") {
			r.Cover = new(event.Cover)
			r.Cover.Add(&engine.Step{From: 7, To: 2, Trigger: 63, Kind: states.Move}, event.AfterRestart)
			r.Cover.Add(&engine.Step{Local: true}, 0)
		}
		if r.groups != nil { // what groups have counted is all that there is
			alone := New()
			for i := range r.groups {
				alone.Add(&r.groups[i])
			}
			alone.Violations, alone.ViolationCount, alone.ByProperty, alone.Cover, alone.groups = r.Violations, r.ViolationCount, r.ByProperty, r.Cover, r.groups
			r = alone
		}
		data, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(data)
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Fatalf("%v: %s", err, data)
		}
	})
}

// TestEncodedIsAllOfIt: no field is left out.
func TestEncodedIsAllOfIt(t *testing.T) {
	data, err := filled(1).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for i := range reflect.TypeFor[Result]().NumField() {
		f := reflect.TypeFor[Result]().Field(i)
		if f.IsExported() == (f.Name == "groups") || f.IsExported() && !bytes.Contains(data, []byte(`"`+f.Name+`":`)) {
			t.Errorf("%s is not written", f.Name)
		}
	}
}

// TestLongestDuration can be written and read.
func TestLongestDuration(t *testing.T) {
	for _, d := range []int64{0, 1, 999, 1 << 40, 1<<63 - 1} {
		var l, got Latency
		l.Record(d)
		data, err := l.MarshalJSON()
		if err == nil {
			err = got.UnmarshalJSON(data)
		}
		if err != nil || !reflect.DeepEqual(l, got) {
			t.Errorf("%d: %v", d, err)
		}
	}
}

// TestBadDurations cannot be read.
func TestBadDurations(t *testing.T) {
	for _, bad := range []string{`{}`, `[1]`, `[2048,1]`, `[1,0]`} {
		if err := new(Latency).UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}
