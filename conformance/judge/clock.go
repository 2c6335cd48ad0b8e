// Clocks: what time it was at an end when a half began and ended, and why that may not be
// known.

package judge

// clock is what an end has shown of time so far. A half keeps what it was at some moments.
type clock struct {
	now     int64 // what it shows,
	ranAt   int64 // and did when the engine ran last before this input
	highest int64 // what it has shown at most: until then an engine's time stands still
	backs   int   // how often it was set back
	lost    int64 // by how much in all: an engine that starts again goes on from there
	away    int64 // while no process ran
	vague   int   // times that nobody knows how long that was
}

// times begins the time of S14: with the send, or with the ring.
func (h *half) times() {
	h.timed = h.end.clock
	if h.timed.now < h.timed.highest {
		h.timed.backs--
	}
}

// ends notes when a half has ended, by its own clock, and why that may not be known.
func (h *half) ends() {
	h.ended, h.endStarts, h.over, h.doubt = h.end.step, h.end.starts, h.end.clock, h.unclear()
}

// unclear is why the time since the beginning of a half is not known.
func (h *half) unclear() string {
	switch e := h.end; {
	case !h.begun:
		return e.name() + "'s log does not have its beginning"
	case e.backs > h.timed.backs:
		return e.name() + "'s clock was set back"
	case e.vague > h.timed.vague:
		return "nobody knows for how long " + e.name() + "'s phone was down"
	}
	return ""
}

// forgets notes that a call comes again after its record was over, by the clock of its end.
// Then that clock was set, or the network has kept a copy for longer than MaxDelay, and
// either takes the promises that rest on the record.
func (h *half) forgets() {
	over := h.over
	switch {
	case h.ended > 0:
		over.now = min(over.ranAt, over.now) // an end that a timer brings late began before it was told
	case h.cancelSeen > 0:
		over = h.seenAt
	default:
		return
	}
	h.forgot = h.forgot || h.end.highest+h.end.lost-over.lost-over.now >= int64(h.end.tombstone)
}
