// User ids in topics, where slashes part levels and + and # are wildcards.

package main

import (
	"net/url"
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
func statusTopic(user string) string      { return "invsim/status/" + level(user) }

// inbox is what a user subscribes to: whatever the sender.
func inbox(user string) string { return "invsim/message/" + level(user) + "/+" }

// topic is one read again.
type topic struct {
	status   bool   // of from
	to, from string // to is "" for a status
}

// parseTopic reads a topic, or a filter, in which a + may stand for the sender.
func parseTopic(text string) (t topic, ok bool) {
	levels := strings.Split(text, "/")
	switch {
	case len(levels) == 4 && levels[0] == "invsim" && levels[1] == "message":
		if t.to, ok = userOf(levels[2]); !ok {
			return t, false
		}
	case len(levels) == 3 && levels[0] == "invsim" && levels[1] == "status":
		t.status = true
	default:
		return t, false
	}
	last := levels[len(levels)-1]
	if last == "+" && !t.status {
		return t, true // from is "": no user's
	}
	t.from, ok = userOf(last)
	return t, ok
}
