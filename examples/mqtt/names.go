// User ids in topics, where slashes part levels and + and # are wildcards.

package main

import (
	"net/url"
	"strconv"
	"strings"
)

// level is an id as one level of a topic: percent-encoded, plus signs included.
func level(user string) string {
	return strings.ReplaceAll(url.PathEscape(user), "+", "%2B")
}

// userOf is the way back. What level would have written otherwise is no user's.
func userOf(text string) (user string, ok bool) {
	user, err := url.PathUnescape(text)
	return user, err == nil && user != "" && level(user) == text
}

// A message is published under its receiver and its sender. A status is retained:
// "online" from the user's own hand, "offline" from the server, as the last will.
func messageTopic(to, from string) string { return "invsim/message/" + level(to) + "/" + level(from) }
func statusTopic(user string, device uint64) string {
	return "invsim/status/" + client(user, device)
}

// statuses is what a caller subscribes to: that of the only device, and of each of several.
// (One filter with # stands for both, but some servers forget its first retained status.)
func statuses(user string) []string {
	return []string{statusTopic(user, 0), statusTopic(user, 0) + "/+"}
}

// client is the client id of a device: no other user's, whatever the names.
func client(user string, device uint64) string {
	if device == 0 {
		return level(user)
	}
	return level(user) + "/" + strconv.FormatUint(device, 10)
}

// deviceOf is the way back, for a user's own client id.
func deviceOf(user, id string) (device uint64, ok bool) {
	text, found := strings.CutPrefix(id, level(user)+"/")
	if !found {
		return 0, id == level(user)
	}
	device, err := strconv.ParseUint(text, 10, 64)
	return device, err == nil && client(user, device) == id
}

// inbox is what a user subscribes to: whatever the sender.
func inbox(user string) string { return "invsim/message/" + level(user) + "/+" }

// topic is one read again.
type topic struct {
	status   bool   // of from
	to, from string // to is "" for a status
	device   string // of a status: the last level, "" for that of the only device
}

// parseTopic reads a topic, or a filter, in which a + may stand for the sender or
// the device.
func parseTopic(text string) (t topic, ok bool) {
	levels := strings.Split(text, "/")
	switch {
	case len(levels) == 4 && levels[0] == "invsim" && levels[1] == "message":
		if t.to, ok = userOf(levels[2]); !ok {
			return t, false
		}
	case (len(levels) == 3 || len(levels) == 4) && levels[0] == "invsim" && levels[1] == "status":
		t.status = true
		if t.from, ok = userOf(levels[2]); len(levels) == 3 {
			return t, ok
		}
		t.device = levels[3]
		_, known := deviceOf(t.from, levels[2]+"/"+t.device)
		return t, ok && (known || t.device == "+")
	default:
		return t, false
	}
	last := levels[len(levels)-1]
	if last == "+" {
		return t, true // from is "": no user's
	}
	t.from, ok = userOf(last)
	return t, ok
}
