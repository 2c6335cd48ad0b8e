// Journals: the log of a phone's hosts, for the judge, and the lines of the story.

package simtest

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"sync"
)

// logKey lets the judge compare what the ends of a call were given.
var logKey = []byte("no secret in a test")

// journal is what the processes of a phone log: for the judge, and for the story.
type journal struct {
	phone *Phone
	mu    sync.Mutex
	text  bytes.Buffer
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// handler is that of one process. The time of a record is that of the phone's clock.
func (j *journal) handler(r *process) slog.Handler {
	return &teller{Handler: slog.NewJSONHandler(j, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && groups == nil {
				return slog.Time(slog.TimeKey, j.phone.clock.now())
			}
			return a
		},
	}), process: r, with: map[string]string{}}
}

// teller tells the story, beside the log.
type teller struct {
	slog.Handler
	process *process
	with    map[string]string
}

func (t *teller) WithAttrs(attributes []slog.Attr) slog.Handler {
	with := maps.Clone(t.with)
	for _, a := range attributes {
		with[a.Key] = a.Value.String()
	}
	return &teller{t.Handler.WithAttrs(attributes), t.process, with}
}

func (t *teller) Handle(ctx context.Context, record slog.Record) error {
	if t.process.isDead() {
		return nil
	}
	a := maps.Clone(t.with)
	record.Attrs(func(each slog.Attr) bool { a[each.Key] = each.Value.String(); return true })
	who, w := t.process.phone.name(), t.process.phone.world
	switch record.Message {
	case "call":
		w.Note("%s  calls %s()  is now %s", who, a["op"], a["state"])
	case "call refused":
		w.Note("%s  %s", who, a["error"])
	case "event":
		w.Note("%s  %s  is now %s", who, a["event"], a["state"])
	case "message received":
		w.Note("%s ← %s  %s: %s", who, a["peer"], a["kind"], a["verdict"])
	case "peer online", "peer offline":
		w.Note("%s  hears: %s is %s", who, a["peer"], record.Message[len("peer "):])
	case "logged in", "logged out":
		w.Note("%s  is %s", who, record.Message)
	}
	return t.Handler.Handle(ctx, record)
}
