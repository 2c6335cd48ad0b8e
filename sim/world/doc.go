// Package world plays one world: phones with an engine each, a network between them,
// users who call, clocks and a queue. A line that draws a chance belongs here. It
// imports every other room of sim that Run needs, and nothing imports it but package
// sim.
package world
