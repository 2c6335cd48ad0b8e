// Package shrink makes a failure small: of a world that breaks a property it keeps only
// the calls, phones, options and choices without which the property would hold, tells in
// words what is left, and how exactly the moments must be met. Every world on the way is
// played, so the result is a failure, whatever the passes assume; it depends on nothing
// but the token, the property and the budget.
//
// It imports sim, sim/timeline, internal/output and internal/transcript; it links no
// plots.
package shrink
