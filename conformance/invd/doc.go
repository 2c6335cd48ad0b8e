// Package invd is the driver protocol of the conformance kit, invd/1: a harness drives an
// endpoint in any language through JSON lines on its standard input and output or over a
// connection, one request and one reply at a time, in virtual time. docs/driver.md
// specifies it, and driver.schema.json beside it is its JSON Schema. The package has the
// requests and replies, a server for an endpoint in Go ([Serve]), and the three kinds of
// [Driver]: an endpoint that is started ([Start]), that connects ([Listen]), or that is in
// this process ([Here]). It imports the standard library alone.
//
// The types are the specification. A field without omitempty is required, a field with
// the tag "feature" is sent only to endpoints that have the feature, and the tag "doc" is
// the text of the page and of the schema. In memory every [Time] is in nanoseconds; on the
// wire it is in the unit that the endpoint has chosen.
package invd

// Protocol is the name of the protocol and its version. Another version is another
// protocol: a reader of this one refuses what it does not know.
const Protocol = "invd/1"
