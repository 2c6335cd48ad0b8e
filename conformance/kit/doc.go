// Package kit judges an endpoint behind a driver by comparing it with our own engine: by
// frozen cases, by random schedules that both play side by side, and by worlds in which it
// calls our engine over a bad network. docs/conformance.md leads through it. It imports
// conformance/invd, conformance/mixed, conformance/reference, engine, wire, internal/output,
// and of sim property and tape.
//
// A difference is something that docs/protocol.md does not permit: another message
// ([Wire]), or another event or code of a call ([App]). The order across invitations and the
// next deadline are compared for ports that want to be equal to the byte ([Exact]), verdicts
// never.
package kit
