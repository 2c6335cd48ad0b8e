// Journals: the log of a phone's hosts goes to the judge, and into the story.

package simtest

import (
	"context"
	"log/slog"
)

// logKey lets the judge compare what the ends of a call were given.
var logKey = []byte("no secret in a test")

// teller tells the story of a process, beside the log.
type teller struct {
	slog.Handler
	process *process
}

func (t *teller) WithAttrs(attributes []slog.Attr) slog.Handler {
	return &teller{t.Handler.WithAttrs(attributes), t.process}
}

func (t *teller) Handle(ctx context.Context, record slog.Record) error {
	if t.process.isDead() {
		return nil
	}
	value := func(key string) (text string) {
		record.Attrs(func(a slog.Attr) bool {
			if a.Key == key {
				text = a.Value.String()
			}
			return a.Key != key
		})
		return text
	}
	who, w := t.process.phone.name(), t.process.phone.world
	switch record.Message {
	case "call":
		w.note(who, "  calls ", value("op"), "()  is now ", value("state"))
	case "call refused":
		w.note(who, "  ", value("error"))
	case "event":
		w.note(who, "  ", value("event"), "  is now ", value("state"))
	case "message received":
		w.note(who, " ← ", value("peer"), "  ", value("kind"), ": ", value("verdict"))
	case "peer online", "peer offline":
		w.note(who, "  hears: ", value("peer"), " is ", record.Message[len("peer "):])
	case "logged in", "logged out":
		w.note(who, "  is ", record.Message)
	}
	return t.Handler.Handle(ctx, record)
}
