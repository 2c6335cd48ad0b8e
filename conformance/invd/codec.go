// Between lines and requests or replies: required fields, unknown fields, units, and the
// features that a request uses. The tags of the types say it all.

package invd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"
)

// MaxLine is the length of the longest line, in bytes, that is read.
const MaxLine = 16 << 20

// perUnit is how many nanoseconds a unit has.
var perUnit = map[string]Time{"ns": 1, "ms": 1_000_000}

// encode writes one line, without its end.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// EncodeRequest writes a request as a line in nanoseconds, without its end.
func EncodeRequest(r Request) ([]byte, error) { return encodeRequest(r, "ns") }

// DecodeRequest reads such a line.
func DecodeRequest(line []byte) (Request, error) { return decodeRequest(line, "ns") }

// encodeRequest writes the op in front of the other fields.
func encodeRequest(r Request, unit string) ([]byte, error) {
	scaled, err := inUnit(r, unit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Op(), err)
	}
	fields, err := encode(scaled)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Op(), err)
	}
	line := append([]byte(`{"op":"`+r.Op()+`"`), ","...)
	if len(fields) == len("{}") {
		line = line[:len(line)-1]
	}
	return append(line, fields[1:]...), nil
}

// decodeRequest reads a line. Its errors are for the writer of the harness.
func decodeRequest(line []byte, unit string) (Request, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return nil, fmt.Errorf("read a request: it is no JSON object: %w", err)
	}
	var op string
	if err := json.Unmarshal(fields["op"], &op); err != nil {
		return nil, errors.New(`read a request: it has no "op"`)
	}
	for _, each := range ops {
		r := each.make()
		if r.Op() != op {
			continue
		}
		delete(fields, "op")
		if missing := required(reflect.TypeOf(r).Elem(), fields); missing != "" {
			return nil, fmt.Errorf("%s: %q is missing", op, missing)
		}
		rest, err := json.Marshal(fields)
		if err == nil {
			err = strictly(rest, r)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s", op, plain(err))
		}
		scale(reflect.ValueOf(r).Elem(), perUnit[unit])
		return r, nil
	}
	return nil, fmt.Errorf("read a request: there is no op %q", op)
}

// decodeReply reads a line. Its errors are for the writer of the endpoint.
func decodeReply(line []byte, unit string) (Reply, error) {
	var r Reply
	if !utf8.Valid(line) {
		return Reply{}, errors.New("it is not UTF-8")
	}
	if err := strictly(line, &r); err != nil {
		return Reply{}, errors.New(plain(err))
	}
	if r.Hello != nil {
		unit = r.Hello.Unit
	}
	scale(reflect.ValueOf(&r).Elem(), max(perUnit[unit], 1))
	return r, nil
}

// strictly refuses unknown fields, and anything after the object.
func strictly(text []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the object")
	}
	return nil
}

// plain is an error without the names of Go's packages and types.
func plain(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		field := wrong.Field
		if embedded, rest, ok := strings.Cut(field, "."); ok && embedded != strings.ToLower(embedded) {
			field = rest
		}
		return fmt.Sprintf("%q cannot be a %s", field, wrong.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// named is a field as the tags describe it; those of embedded types are their own.
type named struct {
	reflect.StructField
	index    []int
	name     string
	feature  string
	optional bool
}

// seen has the fields of each type that was asked for: every request asks for its own.
var seen sync.Map

func fieldsOf(t reflect.Type) (all []named) {
	if known, ok := seen.Load(t); ok {
		return known.([]named)
	}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" {
			all = append(all, named{f, f.Index, name, f.Tag.Get("feature"), options != ""})
		}
	}
	seen.Store(t, all)
	return all
}

// required is the first required field that is not there.
func required(t reflect.Type, there map[string]json.RawMessage) string {
	for _, f := range fieldsOf(t) {
		if _, ok := there[f.name]; !ok && !f.optional {
			return f.name
		}
	}
	return ""
}

// Needs are the features that a request needs, in the order of its fields.
func Needs(r Request) (features []string) {
	for _, each := range ops {
		if each.feature != "" && each.make().Op() == r.Op() {
			features = append(features, each.feature)
		}
	}
	return append(features, used(reflect.Indirect(reflect.ValueOf(r)))...)
}

func used(v reflect.Value) (features []string) {
	for _, f := range fieldsOf(v.Type()) {
		value := v.FieldByIndex(f.index)
		if value.IsZero() {
			continue
		}
		if f.feature != "" {
			features = append(features, f.feature)
		}
		if value.Kind() == reflect.Struct {
			features = append(features, used(value)...)
		}
	}
	return features
}

var timeType = reflect.TypeFor[Time]()

// scale makes nanoseconds of all times.
func scale(v reflect.Value, by Time) {
	if by == 1 {
		return
	}
	eachTime(v, func(t *Time) { *t *= by })
}

// inUnit is a copy of a request whose times are in the unit.
func inUnit(r Request, unit string) (any, error) {
	by := max(perUnit[unit], 1)
	if by == 1 {
		return r, nil
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	for _, each := range ops {
		if scaled := each.make(); scaled.Op() == r.Op() {
			if err := json.Unmarshal(text, scaled); err != nil {
				return nil, err
			}
			odd := Time(0)
			eachTime(reflect.ValueOf(scaled).Elem(), func(t *Time) {
				if *t%by != 0 {
					odd = *t
				}
				*t /= by
			})
			if odd != 0 {
				return nil, fmt.Errorf("%d ns is not a whole number of %s, the endpoint's unit", odd, unit)
			}
			return scaled, nil
		}
	}
	return nil, errors.New("no such request")
}

// eachTime visits all times in a value that can be set.
func eachTime(v reflect.Value, visit func(*Time)) {
	switch {
	case v.Type() == timeType:
		visit(v.Addr().Interface().(*Time))
	case v.Kind() == reflect.Pointer && !v.IsNil():
		eachTime(v.Elem(), visit)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			eachTime(v.Field(i), visit)
		}
	}
}
