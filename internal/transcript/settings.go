// Settings: KEY=VALUE, or a KEY alone, for a field of an engine's options, of a message,
// or of an invitation. A table says where the value of a key goes, and the type of the
// field how it is written.

package transcript

import (
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
)

type place[T any] struct {
	key string
	at  func(*T) any
}

var optionPlaces = []place[engine.Options]{
	{"default-times", func(o *engine.Options) any { return defaultTimes{&o.Times} }},
	{"vendor-times", func(o *engine.Options) any { return &o.Times }},
	{"no-response=", func(o *engine.Options) any { return &o.Times.NoResponse }},
	{"expiry=", func(o *engine.Options) any { return &o.Times.Expiry }},
	{"expiry-cap=", func(o *engine.Options) any { return &o.Times.ExpiryCap }},
	{"grace=", func(o *engine.Options) any { return &o.Times.Grace }},
	{"accept=", func(o *engine.Options) any { return &o.Times.Accept }},
	{"refresh=", func(o *engine.Options) any { return &o.Times.Refresh }},
	{"linger=", func(o *engine.Options) any { return &o.Times.Linger }},
	{"tombstone=", func(o *engine.Options) any { return &o.Times.Tombstone }},
	{"per-peer=", func(o *engine.Options) any { return &o.MaxPerPeer }},
	{"total=", func(o *engine.Options) any { return &o.MaxTotal }},
	{"count-from-send", func(o *engine.Options) any { return &o.CountFromSend }},
	{"fail-at-once", func(o *engine.Options) any { return &o.FailAtOnce }},
	{"no-retransmit", func(o *engine.Options) any { return &o.NoRetransmit }},
}

var messagePlaces = []place[engine.Message]{
	{"content=", func(m *engine.Message) any { return &m.Content }},
	{"channel=", func(m *engine.Message) any { return &m.ChannelID }},
	{"response=", func(m *engine.Message) any { return &m.Response }},
	{"age=", func(m *engine.Message) any { return &m.Age }},
	{"held=", func(m *engine.Message) any { return &m.Held }},
	{"wait=", func(m *engine.Message) any { return &m.Wait }},
	{"expiry=", func(m *engine.Message) any { return &m.Expiry }},
	{"reason=", func(m *engine.Message) any { return &m.Reason }},
	{"word=", func(m *engine.Message) any { return &m.Word }},
	{"of=", func(m *engine.Message) any { return &m.For }},
	{"device=", func(m *engine.Message) any { return &m.Device }},
	{"refused", func(m *engine.Message) any { return &m.Refused }},
	{"note=", func(m *engine.Message) any { return &m.Note }},
}

var notePlaces = []place[command]{{"note=", func(c *command) any { return &c.note }}}

// defaultTimes are ours; the vendor's go by the type.
type defaultTimes struct{ at *engine.Times }

var payloadPlaces = []place[payload]{
	{"content=", func(p *payload) any { return &p.content }},
	{"channel=", func(p *payload) any { return &p.channel }},
	{"response=", func(p *payload) any { return &p.response }},
	{"no-response=", func(p *payload) any { return &p.noResponse }},
	{"expiry=", func(p *payload) any { return &p.expiry }},
}

func placeOf[T any](word string, places []place[T]) int {
	return slices.IndexFunc(places, func(p place[T]) bool {
		return word == p.key || strings.HasSuffix(p.key, "=") && strings.HasPrefix(word, p.key)
	})
}

func keysOf[T any](places []place[T]) (keys []string) {
	for _, p := range places {
		keys = append(keys, p.key)
	}
	return keys
}

// settings reads words, each of which is carried out later.
func settings[T any](words []string, places []place[T]) (all []func(*T)) {
	for _, word := range words {
		i := placeOf(word, places)
		if i < 0 {
			fail("%s is none of: %s", word, strings.Join(keysOf(places), " "))
		}
		value := word[len(places[i].key):]
		store(places[i].at(new(T)), value) // it can be read
		all = append(all, func(to *T) { store(places[i].at(to), value) })
	}
	return all
}

// store reads a value and puts it where it belongs.
func store(at any, value string) {
	switch at := at.(type) {
	case *bool:
		*at = true
	case defaultTimes:
		*at.at = engine.DefaultTimes()
	case *engine.Times:
		*at = engine.VendorTimes()
	case **string:
		s := text(value)
		*at = &s
	case *string:
		*at = text(value)
	case *int:
		*at = number(value)
	case *uint64:
		*at = uint64(number(value))
	case **time.Duration:
		d := duration(value, -longestTime)
		*at = &d
	case *time.Duration:
		*at = duration(value, -longestTime)
	case *engine.Kind:
		*at = named[engine.Kind](value)
	case *engine.Reason:
		*at = named[engine.Reason](value)
	case *engine.Word:
		*at = named[engine.Word](value)
	}
}
