// Package report writes the answer of a run and of a swarm: as text for people, as
// JSON, JSON lines, CSV and Markdown for programs. What is drawn stands in sim/page. It
// imports sim, what a run counts and its thresholds, and internal/output.
package report
