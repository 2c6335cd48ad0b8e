// Package report writes the answers of a run, of a swarm and of a replay: as text for
// people, as JSON, JSON lines, CSV and Markdown for programs. What is drawn stands in
// sim/page. It imports sim, what a run counts and its thresholds, sim/timeline, and
// internal/output.
package report
