package main

import "testing"

// TestNames: a token is one user's and one user's only.
func TestNames(t *testing.T) {
	for _, user := range []string{"alice", "a.b", "*", ">", "a b", "a%2Eb", "日本", "\x00\xff"} {
		if got, ok := senderOf(subject("bob", user)); !ok || got != user {
			t.Errorf("%q: %q, %v", user, got, ok)
		}
	}
	for _, text := range []string{
		"invsim.bob.", "invsim.bob.%61lice", // alice, had she spelled it so
		"invsim.bob.%", "invsim.bob.a b",
	} {
		if user, ok := senderOf(text); ok {
			t.Errorf("%s: %q", text, user)
		}
	}
}
