// Package study compares worlds: a sweep varies one or two options and measures
// every combination, a comparison sets two worlds against each other under the
// same random draws, and a formula predicts the residue where the conditions are simple
// enough for one.
//
// A sample is one set of options, played; a measure is what can be read from it;
// an estimate is a value with its 95 % confidence interval.
//
// It imports sim, internal/output and internal/svg; it links no plots.
package study
