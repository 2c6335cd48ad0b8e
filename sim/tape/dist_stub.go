package tape

import "time"

const Longest = 10 * time.Minute

func Normal(t Tape, mean, sd time.Duration, what Label, about Key) time.Duration {
	return Between(t, mean-sd, mean+sd, what, about)
}
func LogNormal(t Tape, median time.Duration, sigma float64, what Label, about Key) time.Duration {
	return Between(t, median/2, median*2, what, about)
}
func Pareto(t Tape, least time.Duration, alpha float64, what Label, about Key) time.Duration {
	return Between(t, least, least*2, what, about)
}
func Poisson(t Tape, mean float64, what Label, about Key) int {
	p := unit(t.Draw(what, about))
	return int(p * 2 * mean)
}
