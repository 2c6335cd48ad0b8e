// Package world plays one world: phones with an engine each, a network between them,
// users who call, clocks and a queue. A line that draws a chance belongs here. It
// imports engine, states, wire, and the packages of sim from tape to result; only package sim
// imports it.
package world
