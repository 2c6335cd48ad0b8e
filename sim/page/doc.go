// Package page writes the report of a run as one HTML page with plots. It is the one
// package that may import a plotting library, and nothing but the command imports it.
// It imports sim/report, sim/timeline and internal/svg.
package page
