// The WebSocket transport against a hub in place of the network: frames, sessions, ages.

import { test } from "node:test";
import assert from "node:assert/strict";
import { WebSocketTransport } from "../src/index.js";

const is = assert.deepEqual;

/** A hub's side of one socket. */
class Socket extends EventTarget {
  static all = [];
  sent = [];
  constructor(url, protocols) {
    super();
    Object.assign(this, { url: String(url), protocols });
    Socket.all.push(this);
  }
  send(text) { this.sent.push(JSON.parse(text)); }
  close(code) { this.closedWith = code; }
  open() { this.dispatchEvent(new Event("open")); }
  say(frame) { this.dispatchEvent(Object.assign(new Event("message"), { data: typeof frame === "string" ? frame : JSON.stringify(frame) })); }
  end(code) { this.dispatchEvent(Object.assign(new Event("close"), { code })); }
}

function connect(t, options = {}) {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  Socket.all = [];
  const told = [];
  const transport = new WebSocketTransport("ws://hub:8080/", { user: "alice", WebSocket: Socket, ...options });
  transport.listen({
    receive: (from, bytes, held) => told.push([from, Buffer.from(bytes).toString(), held]),
    peerOnline: (p) => told.push(`${p} online`), peerOffline: (p) => told.push(`${p} offline`),
    loggedIn: () => told.push("in"), loggedOut: () => told.push("out"),
  });
  return { transport, told, socket: () => Socket.all.at(-1) };
}

test("frames of the hub", (t) => {
  const { transport, told, socket } = connect(t, { password: "the password of alice?>" });
  is([socket().url, socket().protocols], ["ws://hub:8080/?user=alice", ["invsim", "bearer.dGhlIHBhc3N3b3JkIG9mIGFsaWNlPz4"]]);
  transport.send("bob", new TextEncoder().encode("lost"));
  socket().open();
  transport.send("bob", new TextEncoder().encode("hello"));
  is(socket().sent, [{ peer: "bob", data: "aGVsbG8=" }]);
  socket().say({ kind: "online", peer: "bob" });
  socket().say({ kind: "offline", peer: "bob" });
  socket().say({ peer: "bob", data: "aGVsbG8=", held_ns: 1_500_000_000 });
  for (const none of ["no JSON", "null", { peer: "bob", data: "%%%" }, { peer: "bob", data: 5.5 }, { peer: "alice", data: "%%%" }]) socket().say(none);
  is(told, ["out", "in", "bob online", "bob offline", ["bob", "hello", 1500]]);
  transport.close();
  is(socket().closedWith, 1000);
});

test("a lost socket is dialed again, with growing pauses, but not after a login elsewhere", (t) => {
  const { told, socket } = connect(t);
  socket().open();
  socket().end(1006);
  is([told, Socket.all.length], [["out", "in", "out"], 1]);
  t.mock.timers.tick(100);
  is(Socket.all.length, 2);
  socket().end(1006);
  t.mock.timers.tick(199);
  is(Socket.all.length, 2);
  t.mock.timers.tick(1);
  is(Socket.all.length, 3);
  socket().open();
  is(told.at(-1), "in");
  socket().end(1008);
  t.mock.timers.tick(60_000);
  is(Socket.all.length, 3);
});

test("what may be older than maxDelay is dropped until an echo of our own is back", (t) => {
  let now = 0;
  const { told, socket } = connect(t, { now: () => now });
  socket().open();
  t.mock.timers.tick(25_000);
  const [echo] = socket().sent;
  is(echo.peer, "alice");
  now = 101_000;
  socket().say({ peer: "bob", data: "aGVsbG8=" });
  is(told.at(-1), "in");
  is(socket().sent.length, 2); // and another echo was asked for
  socket().say({ peer: "alice", data: Buffer.from("another 101000").toString("base64") });
  socket().say({ peer: "bob", data: "aGVsbG8=" });
  is(told.at(-1), "in");
  socket().say({ peer: "alice", data: socket().sent.at(-1).data });
  socket().say({ peer: "bob", data: "aGVsbG8=" });
  is(told.at(-1)[0], "bob");
});

test("no WebSocket, no transport", () => {
  assert.throws(() => new WebSocketTransport("ws://hub/", { user: "alice", WebSocket: null }), /there is no WebSocket here/);
});
