// The log of a host that is in the same process, and need not become text.

package judge

import (
	"context"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"time"
)

// Records keeps what hosts log. Their processes come one after the other, each with a
// Handler of its own.
type Records struct {
	Now func() time.Time // the clock of the hosts

	mu  sync.Mutex
	all []*record
}

// Handler is for the log of a host.
func (r *Records) Handler() slog.Handler { return &keeper{to: r} }

// ReadRecords takes the log of hosts that were logged to Records. It has no text, and so
// Tell cannot tell its calls.
func (j *Judge) ReadRecords(name string, r *Records) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return j.read(name, func(s *session) error {
		var order slogRecords
		for _, each := range r.all {
			s.log.Lines++
			inputs, err := order.take(each)
			s.takeLine(each.line, inputs, err)
		}
		s.takeLine(len(r.all), order.flush(), nil)
		return nil
	})
}

// keeper is the handler of one process.
type keeper struct {
	to   *Records
	with record
}

func (k *keeper) Enabled(context.Context, slog.Level) bool { return true }

// WithGroup: no record of a host has groups of attributes.
func (k *keeper) WithGroup(string) slog.Handler { return k }

func (k *keeper) WithAttrs(attributes []slog.Attr) slog.Handler {
	made := &keeper{k.to, k.with}
	for _, a := range attributes {
		made.with.set(a)
	}
	return made
}

func (k *keeper) Handle(_ context.Context, r slog.Record) error {
	rank, ok := ranks[r.Message]
	if !ok {
		return nil
	}
	made := k.with
	r.Attrs(func(a slog.Attr) bool { made.set(a); return true })
	made.Time, made.text, made.rank = k.to.Now(), r.Message, rank
	k.to.mu.Lock()
	defer k.to.mu.Unlock()
	k.to.all = append(k.to.all, &made)
	made.line = len(k.to.all)
	return nil
}

// fields are the attributes of a record, by the names that they have in JSON.
var fields = func() map[string]int {
	all := map[string]int{}
	for f := range reflect.TypeFor[record]().Fields() {
		if name := f.Tag.Get("json"); name != "" {
			all[name] = f.Index[0]
		} else if f.IsExported() {
			all[strings.ToLower(f.Name)] = f.Index[0]
		}
	}
	return all
}()

// set takes an attribute. One of another type than a host gives it is left out.
func (r *record) set(a slog.Attr) {
	i, ok := fields[a.Key]
	if !ok {
		return
	}
	v := a.Value.Resolve()
	switch to := reflect.ValueOf(r).Elem().Field(i).Addr().Interface().(type) {
	case *string:
		*to = v.String()
	case *bool:
		*to = v.Kind() == slog.KindBool && v.Bool()
	case *uint64:
		if v.Kind() == slog.KindUint64 {
			*to = v.Uint64()
		}
	case *int64:
		if v.Kind() == slog.KindDuration {
			*to = int64(v.Duration())
		}
	case **int64:
		if v.Kind() == slog.KindDuration {
			*to = new(int64(v.Duration()))
		}
	}
}
