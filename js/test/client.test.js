// The objects of the package: two clients over the network in memory, in virtual time.

import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as invsim from "../src/index.js";
import { Client, MemoryNetwork, InvitationApiCallError, EventEmitter, defaultTimes, vendorTimes } from "../src/index.js";
import { FakeClock } from "./clock.js";

const is = assert.deepEqual;

function world(network = {}, options = {}) {
  const clock = new FakeClock();
  const net = new MemoryNetwork({ clock, delay: 20, random: () => 0.5, ...network });
  const log = [];
  const phone = (uid, more = {}) => {
    const transport = net.connect(uid);
    const client = new Client({ uid, transport, clock, ...options, ...more });
    const name = more.device ? `${uid} ${more.device}` : uid;
    client.on("RemoteInvitationReceived", (call) => {
      log.push(`${name}: ${call.callerId} calls: ${call.content}`);
      watch(call, name, log);
    });
    client.on("RemoteInvitationMissed", (missed) => log.push(`${name}: missed ${missed.callerId}: ${missed.reason}${missed.withdrawn ? ", withdrawn" : ""}`));
    return { client, transport, log };
  };
  return { clock, net, phone, log };
}

function watch(invitation, name, log) {
  const role = "calleeId" in invitation ? "Local" : "Remote";
  for (const event of ["ReceivedByPeer", "Accepted", "Refused", "Canceled", "Failure"]) {
    invitation.on(`${role}Invitation${event}`, (...args) => log.push(`${name}: ${event}(${args.join()}) ${invitation.state}`));
  }
}

function call(phone, to, log, fields = {}) {
  const invitation = Object.assign(phone.client.createLocalInvitation(to), fields);
  watch(invitation, phone.client.uid, log);
  invitation.send();
  return invitation;
}

test("the Web guide's call, accepted", async () => {
  const { clock, phone, log } = world();
  const alice = phone("alice"), bob = phone("bob");
  bob.client.on("RemoteInvitationReceived", (remote) => {
    remote.response = "yes!";
    remote.accept();
    is(remote.state, "ACCEPT_SENT_TO_LOCAL");
  });
  const local = call(alice, "bob", log, { content: "video?" });
  is(local.state, "SENT_TO_REMOTE");
  is(log, []); // never inside of a call
  await clock.pass(100);
  is(log, [
    "bob: alice calls: video?", "alice: ReceivedByPeer() RECEIVED_BY_REMOTE",
    "alice: Accepted(yes!) ACCEPTED_BY_REMOTE", "bob: Accepted() ACCEPTED",
  ]);
  is([(await local.ended) === local, local.response, local.device], [true, "yes!", "0"]);
  is([alice.client.localInvitations.length, bob.client.remoteInvitations.length], [0, 0]);
});

test("refused, canceled, expired, unanswered", async () => {
  const { clock, phone, log } = world();
  const alice = phone("alice"), bob = phone("bob");
  call(alice, "bob", log);
  await clock.pass(50);
  const [remote] = bob.client.remoteInvitations;
  remote.response = "busy";
  remote.refuse();
  await clock.pass(50);
  const second = call(alice, "bob", log);
  await clock.pass(50);
  second.cancel("wrong number");
  await clock.pass(50);
  call(alice, "bob", log);
  await clock.pass(70_000);
  call(alice, "carol", log);
  await clock.pass(31_000);
  is(log, [
    "bob: alice calls: ", "alice: ReceivedByPeer() RECEIVED_BY_REMOTE", "bob: Refused() REFUSED", "alice: Refused(busy) REFUSED_BY_REMOTE",
    "bob: alice calls: ", "alice: ReceivedByPeer() RECEIVED_BY_REMOTE", "alice: Canceled() CANCELED", "bob: Canceled(wrong number) CANCELED",
    "bob: alice calls: ", "alice: ReceivedByPeer() RECEIVED_BY_REMOTE", "bob: Failure(INVITATION_EXPIRE) FAILURE", "alice: Failure(INVITATION_EXPIRE) FAILURE",
    "alice: Failure(PEER_OFFLINE) FAILURE",
  ]);
  is(second.cancelReason, "user");
});

test("a call that is refused throws the vendor's code, and changes nothing", () => {
  const { phone } = world();
  const { client } = phone("alice");
  const local = client.createLocalInvitation("bob");
  const refused = (f, reason, code) => assert.throws(f, (error) => {
    is([error.name, error.reason, error.code], ["InvitationApiCallError", reason, code]);
    return error instanceof InvitationApiCallError;
  });
  refused(() => local.cancel(), "NOT_STARTED", 2);
  local.content = "x".repeat(8193);
  refused(() => local.send(), "INVALID_ARGUMENT", 1);
  is(local.state, "IDLE");
  local.content = "";
  local.send();
  refused(() => local.send(), "ALREADY_SENT", 5);
  local.content = "other";
  is(local.content, "");
  local.cancel();
  refused(() => local.cancel(), "ALREADY_END", 3);
  is(client.localInvitations, []);
  assert.throws(() => local.cancel(), /^InvitationApiCallError: cancel: invitation [0-9a-f]+-1 to bob is CANCELED: already ended$/);
});

test("a line that loses half of all messages", async () => {
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const { clock, phone, log } = world({ loss: 0.5, duplicates: 0.3, jitter: 200, random });
  const alice = phone("alice", { form: "binary" }), bob = phone("bob");
  bob.client.on("RemoteInvitationReceived", (remote) => remote.accept());
  const calls = [];
  for (let i = 0; i < 20; i++) calls.push(call(alice, "bob", log));
  await clock.pass(100_000);
  is(calls.map((c) => c.state), Array(20).fill("ACCEPTED_BY_REMOTE"));
  is(log.filter((l) => l === "bob: Accepted() ACCEPTED").length, 20);
  await clock.pass(250_000);
  is(clock.waiting, 0); // nothing is remembered, and no timer runs
});

test("several devices: one answers, the others are told why they stop", async () => {
  const { clock, phone, log } = world();
  const alice = phone("alice"), desk = phone("bob", { device: "d1" }), pocket = phone("bob", { device: "d2" });
  const local = call(alice, "bob", log);
  await clock.pass(50);
  const [ring] = pocket.client.remoteInvitations;
  desk.client.remoteInvitations[0].accept();
  await clock.pass(100);
  is([local.device, ring.state, ring.cancelReason, ring.device], ["d1", "CANCELED", "accepted elsewhere", "d1"]);
});

test("a group: the first accept cancels the others", async () => {
  const { clock, phone, log } = world();
  const alice = phone("alice"), bob = phone("bob"), carol = phone("carol");
  const group = alice.client.createGroup();
  const calls = ["bob", "carol"].map((to) => call(alice, to, log, { group }));
  is(calls[0].group, group);
  await clock.pass(50);
  carol.client.remoteInvitations[0].accept();
  await clock.pass(50);
  is([calls.map((c) => c.state), calls[0].cancelReason, group.decided], [["CANCELED", "ACCEPTED_BY_REMOTE"], "answered by another", true]);
  is(log.at(-1), "bob: Canceled() CANCELED");
  assert.throws(() => call(alice, "dave", log, { group }), (e) => e.reason === "GROUP_DECIDED" && e.code === undefined);
});

test("a call that came too late is told as missed", async () => {
  const { clock, net, phone, log } = world();
  const alice = phone("alice"), bob = phone("bob");
  call(alice, "bob", log, { content: "video?" });
  bob.transport.receiver.receive("alice", invsim.encode({ kind: "INVITE", id: "a1-1", content: "", channelId: "", age: 0, wait: 5e9, expiry: 5e9 }), 6000);
  await clock.pass(1);
  is(log, ["bob: missed alice: stale"]);
});

test("an outage: calls go on, and both ends compare notes", async () => {
  const { clock, phone, log } = world();
  const alice = phone("alice"), bob = phone("bob");
  const local = call(alice, "bob", log);
  await clock.pass(50);
  bob.transport.disconnect();
  is(bob.client.loggedIn, false);
  local.cancel();
  await clock.pass(40_000); // the CANCEL is not repeated any more
  is(bob.client.remoteInvitations[0].state, "INVITATION_RECEIVED");
  bob.transport.reconnect();
  await clock.pass(50);
  is(log.slice(-2), ["alice: Canceled() CANCELED", "bob: Canceled() CANCELED"]);
  const third = alice.client.createLocalInvitation("bob");
  alice.transport.disconnect();
  third.send();
  await clock.pass(1);
  is([third.state, third.failureReason], ["FAILURE", "NOT_LOGGEDIN"]);
});

test("bytes that are no message are counted, and a transport that throws is told", async () => {
  const { clock, phone } = world();
  const { client, transport } = phone("alice");
  transport.receiver.receive("bob", new Uint8Array([1, 2, 3]));
  is(client.stats.undecodable, 1);
  const told = [];
  client.on("TransportError", (error, peer) => told.push(`${peer}: ${error.message}`));
  transport.send = () => { throw new Error("no line"); };
  client.createLocalInvitation("bob").send();
  transport.send = () => Promise.reject(new Error("no line either"));
  await clock.pass(500);
  is(told, ["bob: no line", "bob: no line either"]);
});

test("close ends timers and calls", async () => {
  const { clock, phone } = world();
  const { client } = phone("alice");
  const local = client.createLocalInvitation("bob");
  local.send();
  client.close();
  client.close();
  await clock.pass(100_000);
  is([clock.waiting, client.closed, local.state], [0, true, "SENT_TO_REMOTE"]);
  assert.throws(() => local.cancel(), /cancel: the client is closed/);
});

test("times are in milliseconds", () => {
  is([defaultTimes.noResponse, vendorTimes.accept, vendorTimes.refresh], [30_000, 5000, 0]);
  const { clock, phone } = world();
  const { client } = phone("alice", { times: vendorTimes });
  clock.at = 1000;
  const local = client.createLocalInvitation("bob");
  local.setTimes({ noResponse: 5000 });
  local.send();
  is(local.waitsUntil, 6000);
  assert.throws(() => phone("bob", { times: { accept: 1 } }), /these times do not fit: first pause of ACCEPT/);
  assert.throws(() => phone("bob", { times: { acept: 1 } }), /there is no time acept/);
  assert.throws(() => phone(" bob"), /" bob" is no valid user id/);
});

test("listeners: once, off, one that throws", () => {
  const emitter = new EventEmitter(), heard = [];
  const hear = (x) => heard.push(x);
  emitter.on("a", hear).once("a", hear).on("b", hear);
  is([emitter.emit("a", 1), heard], [true, [1, 1]]);
  is([emitter.emit("a", 2), heard], [true, [1, 1, 2]]);
  emitter.once("a", hear).off("a", hear).off("a", hear).off("a", hear);
  is([emitter.emit("a", 3), emitter.listenerCount("a")], [false, 0]);
  emitter.removeAllListeners("b");
  is(emitter.emit("b"), false);
  assert.throws(() => emitter.on("a", 1), TypeError);
  const later = [], { queueMicrotask } = globalThis;
  globalThis.queueMicrotask = (f) => later.push(f);
  emitter.on("c", () => { throw new Error("mine"); }).on("c", hear);
  emitter.emit("c", 4);
  globalThis.queueMicrotask = queueMicrotask;
  is([heard.at(-1), later.length], [4, 1]);
  assert.throws(later[0], /mine/);
});

test("the types name everything that the package exports", () => {
  const types = readFileSync(new URL("../src/index.d.ts", import.meta.url), "utf8");
  for (const name of Object.keys(invsim)) {
    assert.match(types, new RegExp(`export (class|const|function) ${name}\\b`), name);
  }
  for (const [Class, extra] of [[invsim.Client, []], [invsim.LocalInvitation, []], [invsim.RemoteInvitation, []], [invsim.EventEmitter, []]]) {
    const [, body] = new RegExp(`export class ${Class.name}\\b[^]*?\\{\\n([^]*?)\\n\\}`).exec(types);
    for (const member of Object.getOwnPropertyNames(Class.prototype)) {
      if (member !== "constructor" && member !== "tell") assert.match(body, new RegExp(`\\b${member}\\b`), `${Class.name}.${member}`);
    }
  }
});
