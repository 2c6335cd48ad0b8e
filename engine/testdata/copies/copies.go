// Package copies does what nobody should: go vet has a word to say about each line.
package copies

import (
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
)

func copies(e *engine.Engine, l *engine.LocalInvitation, r *engine.RemoteInvitation, h *host.Host, hl *host.LocalInvitation, hr *host.RemoteInvitation) {
	_ = *e
	_ = *l
	_ = *r
	_ = *h
	_ = *hl
	_ = *hr
}
