// Package explore searches small worlds exhaustively: two phones that run the shipped
// engine, or a caller and two phones that it rings, and all that the network, the apps,
// the clocks and crashes can do to them. It imports the simulator's packages up to
// sim/shrink, for tokens.
//
// A phone is an automaton (automaton.go): its state is all that its engine, its app and
// its watchers know, and an input leads to another state and to messages. The engine
// itself computes that automaton, one edge at a time: when the search first needs an
// input of a state, a new engine is made, the inputs of the shortest way to the state are
// played through its public calls, then the input (phone.go). The answer is written down,
// and looked up ever after. So a search plays some thousand short histories, and millions
// of transitions cost a look-up each; the engine has no code for it, and needs none to be
// copied.
//
// Two designs were weighed. Restoring an engine from its snapshot for each transition
// takes a hundred times as long as a step. A copy of an engine that is faster needs code
// inside of the engine, and it still has to make the snapshot by which states are
// compared. Answers that are written down cost neither, because two phones have few
// states, and the world has many: it is their product. What this rests on is that equal
// snapshots answer alike. So every state that is reached in two ways is asked in both,
// and answers that differ break S12.
//
// The identity of a phone's state (identity.go) is the engine's canonical snapshot, with
// the deadlines relative to the present, and what the app was told. A state of the world
// is the phones' states, and the messages under way as a set of bits (set.go). States
// are kept whole, in some 90 bytes, so that no two are ever taken for one. Calls are
// numbered in the order of sending, ids and texts are written from each phone's own side,
// and where both phones may do the same, a world and its mirror image are one state.
//
// Time. Without time (World.Timed is false) each phone has a clock of its own, which
// stands still but when its next timer fires, and it fires whenever the search likes: so
// the clocks may differ by anything. Nothing that has ended is ever forgotten, and any
// message may arrive at any later time. With time both clocks go on by one quantum, all
// times of the protocol are multiples of it, messages arrive until MaxDelay is over, and
// memory ends. Inputs come at multiples of the quantum, before and after the timers that
// are due then: an input shortly before a deadline and one at the deadline do the same,
// because a timer comes after an input of its own moment. docs/guarantees.md says what
// this leaves out.
package explore
