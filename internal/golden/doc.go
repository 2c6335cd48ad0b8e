// Package golden compares what a test got with a file that people have read, and
// writes the file anew when the test runs with -rewrite. Only tests import it; it
// imports nothing of this module.
package golden
