// Package policy decides what becomes of a ring when it is not alone: busy, two calls that
// cross, a caller that calls again, do-not-disturb; and it sums up calls that ring together.
// It imports engine, and knows nothing of transports, clocks or goroutines: an app over
// package host (policy/onhost), a driver of engines and a simulator use it alike.
//
//	line := policy.NewLine(0, driver, policy.Redial(), policy.Glare(), policy.Busy("busy"))
//	line.Add(call)                      // this user calls somebody
//	shows := line.Told(out.Kind, call)  // an event of the engine; what the app is to show
//	line.HungUp(call)                   // a call that was on is over
//
// Policies are asked in their order, and the first that has an opinion decides. A ring
// of which none has one is shown.
package policy
