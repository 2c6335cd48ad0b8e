// Package metric is the one vocabulary of what can be measured in a run: thresholds,
// sweeps, comparisons, reports and pages all take their names, words and values from
// here. It imports internal/input, internal/output, sim/property and
// sim/result.
//
// A metric is a ratio of two sums (residue, messages), a statistic of a distribution of
// times (p99(setup), mean(dead-ring), max(refusal-told)), or the share of calls that
// end in some way (share(ACCEPTED), share(CANCELED/NEVER_RANG)).
package metric
