// Package mixed plays worlds of two users with one or two phones each, every phone behind a
// driver, over a bad network in virtual time, and judges them by the properties of
// docs/protocol.md: do two implementations, or two versions of one, work together? It
// imports conformance/invd, engine, wire, and of sim netem, property and tape.
//
// It is a world of its own beside sim/world, smaller, and slower by what the lines of a
// driver cost. In sim/world a phone is an engine: the timeline and the rules of quality read
// its invitations between inputs, its snapshots and its cells, none of which a foreign
// endpoint has, and an interface would stand in the way of each of its inputs. What both
// share stands below them: the tape, the models of networks, and the watchers of
// sim/property, which are told here what the apps are shown.
package mixed
