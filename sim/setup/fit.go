// Fit: protocol times that must outlast others, whichever phones have those.

package setup

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/engine"
)

// Fit changes the times that must be as long as others need, or shorter than others,
// unless they were given. It tells which: tombstone-time 4m49.68s.
func (o *Options) Fit(given func(option string) bool) (adjusted []string) {
	all, _, err := o.Populations()
	if err != nil {
		return nil // Validate tells it
	}
	waits, _ := together(all)
	own := o.Times()
	fit, fitAll := own.Fit(), waits.Fit()
	for _, t := range []struct {
		option    string
		p         *time.Duration
		has, need time.Duration
	}{
		{"retransmit-cap", &own.RetransmitCap, own.RetransmitCap, fit.RetransmitCap},
		{"accept-cap", &own.AcceptCap, own.AcceptCap, fit.AcceptCap},
		{"expiry-cap", &own.ExpiryCap, own.ExpiryCap, fit.ExpiryCap},
		{"refresh", &own.Refresh, own.Refresh, fit.Refresh},
		{"linger-time", &own.Linger, waits.Linger, fitAll.Linger},
		{"tombstone-time", &own.Tombstone, waits.Tombstone, fitAll.Tombstone},
	} {
		if t.need != t.has && !given(t.option) {
			*t.p = t.need
			adjusted = append(adjusted, t.option+" "+t.need.String())
		}
	}
	if adjusted != nil {
		o.Engine.Times = own
	}
	return adjusted
}

// together are the longest waits of any phone with the shortest memory of any, and the
// shortest linger time.
func together(all []*Options) (waits engine.Times, linger time.Duration) {
	waits = all[0].Times()
	linger = waits.Linger
	for _, o := range all[1:] {
		t := o.Times()
		waits.NoResponse, waits.Expiry = max(waits.NoResponse, t.NoResponse), max(waits.Expiry, t.Expiry)
		waits.Grace, waits.Accept = max(waits.Grace, t.Grace), max(waits.Accept, t.Accept)
		waits.RetransmitCap, waits.AcceptCap = max(waits.RetransmitCap, t.RetransmitCap), max(waits.AcceptCap, t.AcceptCap)
		waits.Tombstone, waits.Linger = min(waits.Tombstone, t.Tombstone), max(waits.Linger, t.Linger)
		linger = min(linger, t.Linger)
	}
	return waits, linger
}

// timesFit checks that the engines of all groups may call each other: the longest
// waits of any must fit into the shortest memory of any.
func timesFit(all []*Options) error {
	waits, linger := together(all)
	short := waits
	short.Linger = linger
	for _, times := range []engine.Times{waits, short} {
		options := all[0].EngineOptions(stoppedClock{}, 0, 0)
		options.Times = times
		if err := options.Validate(); err != nil {
			return fmt.Errorf("groups: the longest waits and the shortest memories of all phones together: %w", inOurWords(err))
		}
	}
	return nil
}
