// Package page writes answers as HTML pages with plots: of a run, a sweep, a comparison, a
// swarm, and one world. It is the one package that may import a plotting library, and
// nothing but the command imports it. It imports sim, sim/study, sim/shrink, sim/explain,
// sim/report, sim/timeline and internal/svg.
package page
