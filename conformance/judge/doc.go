// Package judge reads what two or more real ends have recorded and says of each call which
// of the properties of docs/protocol.md hold, which are broken, and what the logs cannot
// tell. It imports conformance/invd, engine, wire, internal/output, internal/quote and
// sim/property.
//
// A log is the lines of one end, in the vocabulary of the driver, or the records of package
// host as slog's JSONHandler writes them (slog.go) or as Records keeps them (records.go).
// Clocks of two logs are never compared: what was before what follows from the order
// within a log, and from messages, which arrive after they were sent. Memory is bounded by
// the calls that are remembered, not by the length of the logs (read.go). What each end
// shows of a call is kept as a half of it (facts.go), from which the verdicts follow
// (rules.go). A second reading tells the story of a call (story.go).
package judge
