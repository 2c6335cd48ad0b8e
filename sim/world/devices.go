// Devices: the phones of one user. A call concerns the phone from which it is placed and
// all phones of its callee; it is told about one of these at a time.

package world

import (
	"fmt"
	"iter"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
)

// user is the user of a phone, which is its first phone as well.
func (w *World) user(phone int32) int32 { return phone % int32(w.options.Users) }

// device is the place of a phone among those of its user.
func (w *World) device(phone int32) int32 { return phone / int32(w.options.Users) }

// phonesOf are all phones of a user, the first device's first.
func (w *World) phonesOf(user int32) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for phone := user; int(phone) < len(w.nodes); phone += int32(w.options.Users) {
			if !yield(phone) {
				return
			}
		}
	}
}

// phone is the callee's phone that is spoken of.
func (w *World) phone(c *call) int32 { return c.callee + c.turned*int32(w.options.Users) }

// peer is the other user of a call, for one of its phones.
func (w *World) peer(c *call, phone int32) int32 {
	if phone == c.caller {
		return c.callee
	}
	return w.user(c.caller)
}

// concerns reports whether a phone is one of the call's.
func (w *World) concerns(c *call, phone int32) bool {
	return phone == c.caller || w.user(phone) == c.callee
}

// isCaller reports whether a phone of a call is its caller's, and makes any other the one
// that is spoken of.
func (w *World) isCaller(c *call, phone int32) bool {
	if phone == c.caller {
		return true
	}
	if c.rings != nil {
		c.Turn(w.device(phone))
	}
	return false
}

// Turn makes a device of the callee the one that is spoken of.
func (c *call) Turn(device int32) {
	if device != c.turned {
		c.Call.Turn(int(device))
		c.rings[c.turned], c.ring, c.turned = c.ring, c.rings[device], device
	}
}

// addDevices gives a call several devices of its callee.
func (w *World) addDevices(c *call) {
	n := w.options.Devices
	all := make([]property.Device, n)
	c.rings = make([]ring, n)
	for i := range all {
		all[i] = property.Device{DeviceID: w.options.DeviceID(i), Response: c.Response}
		if c.rings[i] = c.ring; i > 0 {
			all[i].Response = fmt.Sprintf("%s of device %d", c.Response, i+1)
		}
	}
	c.SetDevices(all)
}

// fromDevice draws the device from which a call is placed, as what it adds to the phone.
func (w *World) fromDevice(c *call) int32 {
	if w.options.Devices == 1 {
		return 0
	}
	return int32(tape.Index(w.tape, w.options.Devices, tape.CallerDevice, tape.Key(c.index)) * w.options.Users)
}

// enters makes a call one of a phone's.
func (w *World) enters(c *call, phone int32) {
	n := &w.nodes[phone]
	n.calls = append(n.calls, c.index)
	c.leapt += n.leaptBy(w.clock.now)
	if n.mute {
		c.LoggedIn(&w.watch, w.isCaller(c, phone), false, w.clock.now, n.clock.running())
	}
}

// acceptedElsewhere reports whether the user has accepted a call on another device than the
// one that is spoken of.
func (c *call) acceptedElsewhere() bool {
	for i := range c.rings {
		if int32(i) != c.turned && c.rings[i].accepted {
			return true
		}
	}
	return false
}

// lostToAnother reports whether another device than the one that is spoken of was faster.
func (w *World) lostToAnother(c *call) bool {
	return c.CallerEnd == property.CallerAccepted && !c.Answered()
}

// ends names the devices at the two ends of a copy in choices.
func (w *World) ends(c *call, byCaller bool, to int32) tape.Key {
	if byCaller {
		return tape.Key(w.device(to)) << 1
	}
	return tape.Key(c.turned)<<1 | tape.Key(w.device(to))<<4
}

// isElsewhere reports whether a message tells a phone that another one has answered.
func (w *World) isElsewhere(m *engine.Message, phone int32) bool {
	return (m.Kind == engine.Confirm || m.Kind == engine.Ack && m.For == engine.Refuse) && m.Device != w.options.DeviceID(int(w.device(phone)))
}

// A press is a button and the device on which it is pressed.
func (c *call) press(b event.Button) int32 { return int32(b) | c.turned<<8 }

// pressed is the button of a press, whose device is spoken of now.
func (c *call) pressed(press int32) event.Button {
	c.Turn(press >> 8)
	return event.Button(press & 0xff)
}

// buttonKey names a button of a call in choices.
func (c *call) buttonKey(b event.Button) tape.Key {
	key := tape.Key(c.index)<<8 | tape.Key(b)
	if b.IsCallees() {
		key |= tape.Key(c.turned) << 40
	}
	return key
}
