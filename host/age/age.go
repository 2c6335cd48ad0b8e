// Package age tells a transport how old an arriving message may be. A connection can
// stand still, and a machine can sleep, for longer than the protocol's MaxDelay, and the
// messages that waited meanwhile do not show it. But they come in order: a message behind
// an echo of our own was sent after the echo. It imports nothing of this module.
package age

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Meter bounds the age of the messages that arrive over one connection. Its clock should
// be the wall clock, which counts sleep; it is compared with no other machine's. Its
// methods may be called from any goroutine.
type Meter struct {
	now   func() time.Time
	mark  string       // of our echoes: the user may have another device, with another clock
	since atomic.Int64 // all that arrives was sent after this
}

// NewMeter makes a meter for a connection that begins now.
func NewMeter(now func() time.Time) *Meter {
	m := &Meter{now: now, mark: rand.Text()}
	m.Begin()
	return m
}

// Begin is called when a connection begins: nothing in it is older.
func (m *Meter) Begin() { m.since.Store(m.now().UnixNano()) }

// Echo is the message to send to oneself, every quarter of MaxDelay, and whenever
// something that arrives may be too old.
func (m *Meter) Echo() []byte { return fmt.Appendf(nil, "%s %d", m.mark, m.now().UnixNano()) }

// Heard is called when an echo has come back.
func (m *Meter) Heard(echo []byte) {
	mark, text, _ := strings.Cut(string(echo), " ")
	if at, err := strconv.ParseInt(text, 10, 64); err == nil && mark == m.mark {
		m.since.Store(at)
	}
}

// Bound is how old what arrives now is at most.
func (m *Meter) Bound() time.Duration { return time.Duration(m.now().UnixNano() - m.since.Load()) }
