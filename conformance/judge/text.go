// Texts: contents and responses, by what stands for them in a log, and whether two are the
// same.

package judge

import (
	"hash/fnv"
	"io"

	"github.com/invsim/invsim/conformance/invd"
)

// text stands for a content with its channel id, or for a response.
type text struct {
	known  bool
	key    uint64 // of the log of a host: the name of the key of its digests
	digest uint64
}

// plain is a text that stands in the log, as hashes of its parts.
func plain(parts ...uint64) text {
	t := text{known: true}
	for _, part := range parts {
		t.digest = t.digest*31 + part
	}
	return t
}

// hash stands for a text, which may be long.
func hash(text *string) uint64 {
	h := fnv.New64a()
	if text != nil {
		io.WriteString(h, *text)
	}
	return h.Sum64()
}

// textOf is the text that an event shows.
func textOf(e *invd.Effect) (t text) {
	switch {
	case e.Content != nil && e.ChannelID != nil:
		return plain(hash(e.Content), hash(e.ChannelID))
	case e.Response != nil:
		return plain(hash(e.Response))
	}
	return t
}

// The relations of two texts.
const (
	unknown = iota
	otherKeys
	same
	another
)

func (t text) compare(other text) int {
	switch {
	case !t.known || !other.known:
		return unknown
	case t.key != other.key:
		return otherKeys
	case t == other:
		return same
	}
	return another
}
