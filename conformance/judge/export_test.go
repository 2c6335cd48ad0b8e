package judge

// Most bounds the calls that are judged, for tests.
func Most(n int) (before int) {
	before, mostCalls = mostCalls, n
	return before
}
