// Package explain tells why a call ended as it did. It walks back from what contradicts a
// property over everything that led to it, and tells only the events that mattered, in
// sentences with states, deadlines and causes, oldest first. Everything that a sentence
// says comes from entries of the observed world, and it names them.
//
// It imports sim, sim/event and what they are made of; it draws no pictures.
package explain
