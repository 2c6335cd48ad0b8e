// Package setup says what a world is made of: its options and their texts, the faults
// that come at random, what such a world promises, tokens, and swarms. A line that
// names an option belongs here. It plays nothing. It imports engine and the rooms of
// sim up to sim/event.
package setup
