// Encode: a result as bytes, so that it can be added up elsewhere or later.

package result

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim/property"
)

// plain is a Result without its methods.
type plain Result

// encoded is a result as it is written. Of one that knows its groups, the counts are
// those of the groups, and All has only what groups do not keep.
type encoded struct {
	All    plain
	Groups []numbered `json:",omitempty"`
}

// numbered is one group that has counted something.
type numbered struct {
	Number int
	Counts plain
}

// Encode writes a result as JSON: equal results are equal bytes.
func (r *Result) Encode() ([]byte, error) {
	e := encoded{All: plain(*r)}
	if r.groups != nil {
		e.All = plain{Violations: r.Violations, ViolationCount: r.ViolationCount, ByProperty: r.ByProperty, Cover: r.Cover}
	}
	for number := range r.groups {
		if group := &r.groups[number]; group.Worlds > 0 {
			e.Groups = append(e.Groups, numbered{number, plain(*group)})
		}
	}
	return json.Marshal(e)
}

// Decode reads what Encode has written, and nothing else. The bytes are not trusted.
func Decode(data []byte) (*Result, error) {
	var e encoded
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("not a result: %w", err)
	}
	r := New()
	for _, group := range e.Groups {
		if group.Number < 0 || group.Number >= groups {
			return nil, fmt.Errorf("not a result: group %d, there are 0 to %d", group.Number, groups-1)
		}
		counts := Result(group.Counts)
		r.addTo(group.Number, &counts)
		r.Add(&counts)
	}
	if all := Result(e.All); r.groups == nil {
		r = &all
	} else {
		r.Violations, r.ViolationCount, r.ByProperty, r.Cover = all.Violations, all.ViolationCount, all.ByProperty, all.Cover
	}
	for _, v := range r.Violations {
		if v.Property == 0 || v.Property >= property.NumIDs {
			return nil, fmt.Errorf("not a result: a violation of property %d", v.Property)
		}
	}
	// Another length of an array, a field too many, or groups out of order.
	if again, err := r.Encode(); err != nil || !bytes.Equal(again, data) {
		return nil, errors.New("not a result of this version")
	}
	return r, nil
}

// MarshalJSON has each bar with how many durations are in it.
func (l Latency) MarshalJSON() ([]byte, error) {
	bars := []uint64{}
	for b, n := range l.all() {
		bars = append(bars, uint64(b), uint64(n))
	}
	return json.Marshal(bars)
}

// UnmarshalJSON takes bars of durations that can be recorded.
func (l *Latency) UnmarshalJSON(data []byte) error {
	var bars []uint32
	if err := json.Unmarshal(data, &bars); err != nil {
		return err
	}
	if len(bars)%2 != 0 {
		return errors.New("a bar of durations without its number")
	}
	*l = Latency{}
	for ; len(bars) > 0; bars = bars[2:] {
		b := bar(bars[0])
		if barOf(b.least()) != b {
			return fmt.Errorf("there is no bar of durations %d", bars[0])
		}
		if bars[1] == 0 {
			return fmt.Errorf("bar %d has no durations", bars[0])
		}
		l.add(b, bars[1])
	}
	return nil
}
