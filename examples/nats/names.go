// User ids in subjects, where dots part tokens and * > and space are reserved.

package main

import (
	"net/url"
	"strings"
)

// token is an id as one token of a subject: percent-encoded, dots included.
func token(user string) string {
	return strings.ReplaceAll(url.PathEscape(user), ".", "%2E")
}

// userOf is the way back. What token would have written otherwise is no user's.
func userOf(text string) (user string, ok bool) {
	user, err := url.PathUnescape(text)
	return user, err == nil && user != "" && token(user) == text
}

// subject is where the messages of one user to another are published.
func subject(to, from string) string { return "invsim." + token(to) + "." + token(from) }

// inbox is what a user subscribes to: whatever the sender.
func inbox(user string) string { return "invsim." + token(user) + ".*" }

// outbox is what a user may publish to: whoever the receiver.
func outbox(user string) string { return "invsim.*." + token(user) }

// senderOf reads the last token of a subject of the inbox.
func senderOf(subject string) (user string, ok bool) {
	return userOf(subject[strings.LastIndexByte(subject, '.')+1:])
}
