// Call invitations for browsers and Node: the Web flavour of the vendor's API over any
// transport. README.md shows a call; docs/protocol.md is the specification.

export { Client, createClient, LocalInvitation, RemoteInvitation, InvitationGroup, defaultTimes, vendorTimes } from "./client.js";
export { InvitationApiCallError, InvitationApiCallErrorCode } from "./errors.js";
export { EventEmitter } from "./emitter.js";
export { MemoryNetwork } from "./transports/memory.js";
export { WebSocketTransport } from "./transports/websocket.js";
export { Engine } from "./engine.js";
export { encode, decode, WireError } from "./wire.js";
export { validUserId } from "./text.js";
export { caller as callerTable, callee as calleeTable } from "./tables.js";
