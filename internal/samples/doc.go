// Package samples has results and calls made by hand, so that every number in a golden
// file can be looked up. Only tests import it, those of the packages that show results
// and calls; it imports sim and what a result and a call are made of.
package samples
