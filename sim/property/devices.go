// Devices: a user who has several is called on all of them, and one answers for all.
// Everything that a Call is told of the callee's side is about one of them.

package property

import (
	"iter"

	"github.com/invsim/invsim/engine"
)

// Device is what one device of the callee's user shows, and what is known of its messages.
type Device struct {
	DeviceID uint64 // of its engine; 0 for the only one of its user
	Response string // as its app set it before it answered

	RangAt, CalleeEndAt int64
	RangOwn             int64 // by its own time
	CalleeEnd           CalleeEnd
	Rang                bool
	reason              engine.Reason // that it shows with CANCELED
	cancelSeen          bool          // it has processed a CANCEL, or heard that another device has answered
	elsewhere           bool          // it heard that before any INVITE
	missed              bool          // its app was told that it has missed the call,
	withdrawn           bool          // and that another device has answered it after all

	callee         side
	arrived        bool  // an INVITE was taken in,
	lasts          int64 // which rings for so long
	acceptSent     bool
	endedByMessage bool          // the message that ends it has come
	cancelFirst    bool          // the CANCEL came before any INVITE,
	canceledFor    engine.Reason // for this reason
	owesMissed     bool          // an INVITE has come that will not ring, and the app is not told yet
	confirmed      bool          // the CONFIRM has come, and ACCEPTED is not raised yet
	failedSent     bool          // CLOSED(failed) was sent
}

// others are the devices of a user who has several, that which is spoken of among them:
// its place is out of date.
type others struct {
	all    []Device
	turned int
	stands int // after the End: for its user
}

// SetDevices gives the callee's user several devices, of these DeviceIDs. The first is
// spoken of.
func (c *Call) SetDevices(all []Device) { c.others = others{all: all}; c.Device = all[0] }

// Turn makes one of several devices the one that is spoken of: all that the Call is told
// and tells of the callee's side is about that device.
func (c *Call) Turn(device int) {
	if device != c.turned {
		c.all[c.turned], c.Device, c.turned = c.Device, c.all[device], device
	}
}

// Stands is, after the End, the device that stands for its user.
func (c *Call) Stands() int { return c.stands }

// LastEndAt is when the last device of the callee's user has ended.
func (c *Call) LastEndAt() (at int64) {
	for d := range c.devices() {
		at = max(at, d.CalleeEndAt)
	}
	return at
}

// devices are all of the callee's user.
func (c *Call) devices() iter.Seq[*Device] {
	return func(yield func(*Device) bool) {
		if !yield(&c.Device) {
			return
		}
		for i := range c.all {
			if i != c.turned && !yield(&c.all[i]) {
				return
			}
		}
	}
}

// has reports whether anything is true of a device of the callee's user.
func (c *Call) has(is func(*Device) bool) bool {
	for d := range c.devices() {
		if is(d) {
			return true
		}
	}
	return false
}

// Rings reports whether a device of the callee's user rings, or has accepted and waits.
func (c *Call) Rings() bool {
	return c.has(func(d *Device) bool { return d.Rang && d.CalleeEnd == CalleeOpen })
}

// answerer is the device that has answered, by the caller's word; nil if there is no such
// device.
func (c *Call) answerer(id uint64) *Device {
	for d := range c.devices() {
		if d.DeviceID == id || c.all == nil {
			return d
		}
	}
	return nil
}

// Answered reports whether the device that is spoken of has answered, by its caller's word.
func (c *Call) Answered() bool {
	return (c.CallerEnd == CallerAccepted || c.CallerEnd == CallerRefused) && (c.winner == c.DeviceID || c.all == nil)
}

// answeredElsewhere notes that a device hears of the answer of another.
func (c *Call) answeredElsewhere(w *Watch, verdict engine.Verdict, own int64) {
	if verdict == engine.Limit {
		return
	}
	c.cancelSeen = true
	switch {
	case verdict != engine.Moved || c.callee.ended:
	case c.Rang:
		c.endedByMessage = true
	default:
		c.elsewhere = true
		c.callee.end(own)
	}
}

// did is how much a device has done for the end of a call: the one that did most stands
// for its user where none has answered.
var did = [NumCalleeEnds]int{
	CalleeOpen: 7, CalleeAccepted: 6, CalleeRefused: 5, CalleeAcceptFailure: 4, CalleeOffline: 3, CalleeExpired: 2, CalleeCanceled: 1,
}

// turnToUser makes that device the one that is spoken of which stands for its user: it has
// answered, or has done most.
func (c *Call) turnToUser() {
	best, most := c.turned, did[c.CalleeEnd]
	for i := range c.all {
		if c.Turn(i); c.Answered() {
			c.stands = i
			return
		}
		if did[c.CalleeEnd] > most {
			best, most = i, did[c.CalleeEnd]
		}
	}
	c.Turn(best)
	c.stands = best
}
