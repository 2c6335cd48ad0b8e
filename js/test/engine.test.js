// The rules of docs/protocol.md at their edges. A test names the clauses it is about.

import { test } from "node:test";
import assert from "node:assert/strict";
import { Phone, ms, s } from "./phone.js";
import { Engine } from "../src/engine.js";
import { defaultTimes, vendorTimes, brokenRule } from "../src/times.js";
import { validUserId } from "../src/text.js";

const is = assert.deepEqual;
const code = (refusal) => refusal?.code ?? "";

test("a call that is accepted: three legs (the-idea)", () => {
  const alice = new Phone({ self: "alice" }), bob = new Phone({ epoch: "b0b" });
  const local = alice.call("bob", { content: "video?" });
  is(alice.told(), ["bob < INVITE"]);
  const carry = (from, to, name) => {
    for (const o of from.outputs) if (o.message) to.engine.receive(name, o.message);
    return to.told();
  };
  is(carry(alice, bob, "alice"), ["alice < RECEIVED", "RemoteReceived"]);
  const remote = bob.outputs[1].invitation;
  is([remote.content, remote.state], ["video?", "INVITATION_RECEIVED"]);
  is(carry(bob, alice, "bob"), ["LocalReceivedByPeer"]);
  bob.engine.set(remote, { response: "yes" });
  is(bob.engine.accept(remote), null);
  is(bob.told(), ['alice < ACCEPT "yes"']);
  is(carry(bob, alice, "bob"), ["bob < CONFIRM", 'LocalAccepted("yes")']);
  is(carry(alice, bob, "alice"), ["RemoteAccepted"]);
  is([local.state, remote.state, local.response], ["ACCEPTED_BY_REMOTE", "ACCEPTED", "yes"]);
});

test("copies of an INVITE: 0.5 s, doubling to 4 s, and the CANCEL at the end (copies 1, the-caller 12)", () => {
  const p = new Phone();
  const call = p.call();
  const at = [];
  p.told();
  for (let next; (next = p.engine.nextDeadline) <= s(31);) {
    p.now = next;
    p.engine.advance();
    for (const o of p.engine.take()) at.push([p.now / s(1), o.message?.kind ?? o.event, o.message?.age / s(1)].filter((x) => x === x));
  }
  is(at, [
    [0.5, "INVITE", 0.5], [1.5, "INVITE", 1.5], [3.5, "INVITE", 3.5], [7.5, "INVITE", 7.5], [11.5, "INVITE", 11.5],
    [15.5, "INVITE", 15.5], [19.5, "INVITE", 19.5], [23.5, "INVITE", 23.5], [27.5, "INVITE", 27.5],
    [30, "CANCEL"], [30, "LocalInvitationFailure"], [30.5, "CANCEL"],
  ]);
  is([call.failure, call.cause], ["PEER_NO_RESPONSE", "no sign of life"]);
});

test("NoRetransmit sends once, and ACCEPT always (copies 5)", () => {
  const p = new Phone({ noRetransmit: true });
  p.call();
  p.ring();
  p.engine.accept(p.outputs.at(-1).invitation);
  p.told();
  is(p.until(s(1)), ["alice < ACCEPT", "alice < ACCEPT"]);
  is(p.engine.nextDeadline, s(1) + ms(250));
});

test("an accept at the last instant counts, one later does not (ties 2)", () => {
  for (const [at, refused] of [[s(60) - ms(1), ""], [s(60), ""], [s(60) + ms(1), "ALREADY_END"]]) {
    const p = new Phone({}, { refresh: 0 });
    const call = p.ring();
    p.now = at;
    is(code(p.engine.accept(call)), refused, `${at}`);
  }
});

test("the callee's expiry is the smaller of its cap and the INVITE's (judging 5)", () => {
  for (const [asked, rings] of [[s(5), s(5)], [s(100), s(60)]]) {
    const p = new Phone({}, { refresh: 0 });
    const call = p.ring({ expiry: asked });
    is(p.engine.until(call), rings);
    is(p.until(rings - ms(1)), []);
    is(p.until(rings), ["alice < CLOSED(INVITE, failed)", "RemoteFailure(INVITATION_EXPIRE)"]);
    is(p.engine.until(call), null);
  }
  const p = new Phone({ countFromSend: true });
  const call = p.ring({ age: s(10) }, { held: s(5) });
  is([p.engine.until(call), call.age], [s(45), s(15)]);
});

test("which INVITEs are stale, invalid, or turned away (judging)", () => {
  const verdict = (fields, how, options) => {
    const p = new Phone(options);
    p.ring(fields, how);
    return [p.verdict, p.lines[0]];
  };
  is(verdict({ age: s(30) - 1 }), ["moved", "alice < RECEIVED"]);
  is(verdict({ age: s(30) }), ["missed", "alice < CLOSED(INVITE, stale)"]);
  is(verdict({ age: s(20) }, { held: s(10) }), ["missed", "alice < CLOSED(INVITE, stale)"]);
  is(verdict({}, { held: -s(10) }), ["moved", "alice < RECEIVED"]);
  is(verdict({ age: s(20), wait: s(100) }, {}, { countFromSend: true }), ["moved", "alice < RECEIVED"]);
  is(verdict({ age: s(60), wait: s(100) }, {}, { countFromSend: true }), ["missed", "alice < CLOSED(INVITE, stale)"]);
  for (const fields of [{ wait: 0 }, { expiry: 0 }, { wait: s(147) + 1 }, { content: "x".repeat(8193) }, { channelId: "x".repeat(65) }]) {
    is(verdict(fields), ["invalid", "alice < CLOSED(INVITE, invalid)"], Object.keys(fields)[0]);
  }
  is(verdict({ wait: s(147), age: s(146) }), ["moved", "alice < RECEIVED"]);
  const p = new Phone({ maxPerPeer: 1 });
  p.ring();
  p.ring({ id: "a1-2" });
  is([p.verdict, ...p.lines], ["limit", "alice < CLOSED(INVITE, overloaded)"]);
  is(p.engine.remembered.remote, 1);
});

test("malformed messages are dropped, and only an INVITE of an unknown id is answered (malformed, receiving 4)", () => {
  const p = new Phone();
  const call = p.call();
  p.told();
  is(p.hear("ACCEPT", { response: "x".repeat(8193) }), []);
  is(p.verdict, "invalid");
  is(p.hear("CLOSED", { for: "REFUSE", word: "refused" }), []);
  is(p.hear("CLOSED", { for: "INVITE", word: "canceled" }), []);
  is(p.hear("ACK", { for: "CLOSED" }), []);
  is(p.hear("HELLO"), []);
  is(call.state, "SENT_TO_REMOTE");
  p.ring();
  is(p.hear("INVITE", { id: "a1-1", content: "x".repeat(8193), channelId: "", age: 0, wait: s(30), expiry: s(60) }), []);
  is(p.hear("CANCEL", { id: "a1-1", reason: "because" }), []);
  is(p.hear("CANCEL", { id: "a1-1", reason: "user", note: "n".repeat(1025) }), []);
  is(p.hear("CANCEL", { id: "a1-1", reason: "user", note: "n".repeat(1024) })[0], "alice < ACK(CANCEL)");
  is(p.engine.stats.received.invalid, 8);
});

test("reflections are dropped (reflections)", () => {
  const p = new Phone();
  p.call("carol");
  p.told();
  is(p.ring({ id: "5eed-9" }), null);
  is(p.verdict, "reflected");
  is(p.hear("CANCEL", { reason: "user" }), []);
  is(p.verdict, "reflected");
  p.ring({}, { from: "bob" });
  is([p.verdict, p.engine.stats.security], ["reflected", 3]);
  // A caller's record keeps the other half of its own id: an answer is no reflection.
  is(p.hear("RECEIVED", {}, { from: "carol" }), ["LocalReceivedByPeer"]);
});

test("a peer is part of the key (identity 3 and 4)", () => {
  const p = new Phone();
  const call = p.call();
  p.told();
  is(p.hear("ACCEPT", { response: "" }, { from: "mallory" }), ["mallory < CLOSED(ACCEPT, unknown)"]);
  is([p.verdict, p.engine.stats.security, call.state], ["wrong peer", 1, "SENT_TO_REMOTE"]);
});

test("an overdue CONFIRM counts, unless logged out (ties 3)", () => {
  for (const out of [false, true]) {
    const p = new Phone();
    const call = p.ring();
    p.engine.accept(call);
    p.now = s(1);
    if (out) p.engine.logout();
    p.told();
    p.now = s(100);
    is(p.hear("CONFIRM", { id: "a1-1" }), out ? ["RemoteFailure(ACCEPT_FAILURE)"] : ["RemoteAccepted"]);
  }
});

test("what fires before an overdue CONFIRM (ties 3)", () => {
  const p = new Phone();
  const call = p.ring();
  p.engine.accept(call);
  p.call("carol");
  p.told();
  p.now = s(100);
  is(p.hear("CONFIRM", { id: "a1-1" }), ["carol < CANCEL(no response)", "LocalFailure(PEER_NO_RESPONSE)", "RemoteAccepted"]);
});

test("no ACCEPT leaves in its last 0.5 s (quiet)", () => {
  const p = new Phone();
  const call = p.ring();
  p.engine.accept(call);
  p.until(s(14) + ms(400));
  p.now = s(14) + ms(500);
  is(p.hear("INVITE", { id: "a1-1", content: "video?", channelId: "", age: 0, wait: s(30), expiry: s(60) }), ["alice < ACCEPT"]);
  p.now += 1;
  is(p.hear("INVITE", { id: "a1-1", content: "video?", channelId: "", age: 0, wait: s(30), expiry: s(60) }), []);
  p.engine.peerOnline("alice");
  is(p.told(), []);
  is(p.engine.nextDeadline, s(15));
  is(p.until(s(15)), ["alice < CLOSED(INVITE, failed)", "RemoteFailure(ACCEPT_FAILURE)"]);
});

test("offline peers give their failures (presence 3)", () => {
  const p = new Phone();
  const local = p.call();
  const remote = p.ring({}, { from: "carol" });
  p.engine.accept(remote);
  p.told();
  p.engine.peerOffline("alice");
  p.engine.peerOffline("carol");
  p.until(s(31));
  is([local.failure, local.cause, remote.failure], ["PEER_OFFLINE", "", "PEER_OFFLINE"]);

  const q = new Phone({ failAtOnce: true });
  const first = q.call();
  q.engine.peerOffline("alice");
  is(q.told(), ["alice < INVITE", "alice < CANCEL(no response)", "LocalFailure(PEER_OFFLINE)"]);
  const second = q.call();
  is([first.failure, second.failure, second.id, q.engine.remembered.local], ["PEER_OFFLINE", "PEER_OFFLINE", "", 1]);
  const r = new Phone({ failAtOnce: true });
  r.engine.peerOffline("alice"); // nothing is remembered of alice: forgotten
  is(r.call().state, "SENT_TO_REMOTE");
});

test("a resync: at once or 500 ms after the last copy, and the pauses are short again (resync)", () => {
  const p = new Phone();
  p.call();
  p.until(s(8)); // the last copy at 7.5 s, the next at 11.5 s
  p.engine.peerOnline("alice");
  is(p.told(), ["alice < INVITE"]); // 7.5 s + 500 ms is now
  is(p.engine.nextDeadline, s(8) + ms(500));
  p.now = s(8) + ms(100);
  p.engine.peerOnline("alice");
  is([p.told(), p.engine.nextDeadline], [[], s(8) + ms(500)]);
  p.until(s(8) + ms(500));
  is(p.engine.nextDeadline, s(9));
});

test("an INVITE of RECEIVED says what is left (messages 1, the-caller 14)", () => {
  const p = new Phone();
  p.call();
  p.until(s(10));
  p.hear("RECEIVED");
  is(p.engine.nextDeadline, s(72));
  p.now = s(30);
  p.engine.peerOnline("alice");
  p.told();
  const { age, wait, expiry } = p.outputs[0].message;
  is([age, wait, expiry], [s(30), s(72), s(40)]);
  is(p.engine.nextDeadline, s(72)); // no schedule behind it
  p.now = s(70) - 1;
  p.engine.peerOnline("alice");
  is(p.told(), ["alice < INVITE"]);
  p.now = s(70);
  p.engine.peerOnline("alice");
  is(p.told(), []);
});

test("a ring says so every 20 s (refresh)", () => {
  const p = new Phone();
  p.ring();
  is(p.engine.nextDeadline, s(20));
  is(p.until(s(20)), ["alice < RECEIVED"]);
  p.now = s(59); // late: the copy of 40 s goes now, and the next would be at 60 s
  p.engine.advance();
  is(p.told(), ["alice < RECEIVED"]);
  is(p.engine.nextDeadline, s(60));
  assert.throws(() => new Phone({ device: "7" }, { refresh: 0 }), /refresh > 0/);
});

test("logged out: mute, not deaf (logged-out)", () => {
  const p = new Phone();
  const call = p.call();
  p.told();
  p.engine.logout();
  is(p.until(s(29)), []);
  is(p.hear("ACCEPT", { response: "" }), []);
  is([p.verdict, call.state], ["logged out", "SENT_TO_REMOTE"]);
  p.ring();
  is(p.lines, ["RemoteReceived"]);
  is(p.engine.send(p.engine.createLocalInvitation("carol")), null);
  is(p.told(), ["LocalFailure(NOT_LOGGEDIN)"]);
  is(p.until(s(30)), ["LocalFailure(PEER_NO_RESPONSE)"]);
  is(call.cause, "logged out");
  p.engine.login();
  is(p.told(), ["alice < CANCEL(no response)", "alice < RECEIVED"]);
  p.engine.login();
  is(p.told(), []);
});

test("accept while logged out waits for the ring's deadline, and a login starts the accept time (logged-out 3, 5, 6)", () => {
  for (const [login, deadline] of [[s(59), s(74)], [s(60), s(60)]]) {
    const p = new Phone();
    const call = p.ring();
    p.engine.logout();
    p.engine.accept(call);
    is(p.until(login - ms(1)).filter((l) => l !== ""), ["alice < RECEIVED"].slice(1));
    p.now = login;
    p.engine.login();
    is(p.told(), login === s(59) ? ["alice < ACCEPT"] : []);
    is([p.engine.find("callee", "alice", "a1-1").state, p.engine.until(call)], ["ACCEPT_SENT_TO_LOCAL", null]);
    p.until(deadline - 1);
    is(call.state, "ACCEPT_SENT_TO_LOCAL");
    p.until(deadline);
    is(call.failure, "ACCEPT_FAILURE");
  }
  const p = new Phone();
  const call = p.ring();
  p.engine.accept(call);
  p.engine.logout();
  p.until(s(59));
  is(call.state, "ACCEPT_SENT_TO_LOCAL");
  p.until(s(60));
  is(call.state, "FAILURE");
});

test("linger and tombstone (linger)", () => {
  const p = new Phone();
  const call = p.ring();
  p.engine.set(call, { response: "busy" });
  p.engine.refuse(call);
  is(p.told(), ['alice < REFUSE "busy"', "RemoteRefused"]);
  const invite = () => p.hear("INVITE", { id: "a1-1", content: "video?", channelId: "", age: 0, wait: s(30), expiry: s(60) });
  p.until(s(62) - 1);
  is(invite(), ['alice < REFUSE "busy"']);
  p.until(s(62)); // max(32 s, 60 s + 2 s)
  is(invite(), ["alice < CLOSED(INVITE, refused)"]);
  p.until(s(247) - 1);
  is(p.engine.remembered.remote, 1);
  p.until(s(247));
  is(p.engine.remembered, { local: 0, remote: 0, peers: 0, lingering: 0 });
  is([call.state, call.response], ["REFUSED", "busy"]);
});

test("the ACK ends a linger (the tables: linger ends)", () => {
  const p = new Phone();
  const call = p.call();
  p.engine.cancel(call);
  p.told();
  is(p.engine.remembered.lingering, 1);
  is(p.hear("ACK", { for: "CANCEL" }), []);
  is([p.verdict, p.engine.remembered.lingering, p.engine.nextDeadline], ["moved", 0, s(247)]);
  p.hear("ACK", { for: "CANCEL" });
  is(p.verdict, "late");
  is(p.hear("RECEIVED"), ["alice < CLOSED(RECEIVED, canceled)"]);
  is(p.hear("ACCEPT", { response: "" }), ["alice < CLOSED(ACCEPT, canceled)"]);
});

test("every error of a call (calls)", () => {
  const p = new Phone();
  const { engine } = p;
  const idle = engine.createLocalInvitation("alice");
  is(code(engine.cancel(idle)), "NOT_STARTED");
  is(code(engine.cancel(idle, "n".repeat(1025))), "NOT_STARTED");
  engine.set(idle, { content: "x".repeat(8193) });
  is(code(engine.send(idle)), "INVALID_ARGUMENT");
  engine.set(idle, { content: "ü".repeat(4096), channelId: "x".repeat(64) });
  is(code(engine.send(idle)), "");
  engine.set(idle, { content: "other" });
  is(idle.content.length, 4096);
  is(code(engine.send(idle)), "ALREADY_SENT");
  is(code(engine.cancel(idle, "\ud800")), "INVALID_ARGUMENT");
  is(code(engine.cancel(idle, "n".repeat(1024))), "");
  is([code(engine.send(idle)), code(engine.cancel(idle))], ["ALREADY_END", "ALREADY_END"]);
  for (const callee of ["bob", "", " x", "null", "a/b", "x".repeat(65)]) {
    is(code(engine.send(engine.createLocalInvitation(callee))), "INVALID_ARGUMENT", callee);
  }
  const call = p.ring();
  engine.set(call, { response: "x".repeat(8193) });
  is([code(engine.accept(call)), code(engine.refuse(call)), call.state], ["INVALID_ARGUMENT", "INVALID_ARGUMENT", "INVITATION_RECEIVED"]);
  engine.set(call, { response: "" });
  is(code(engine.accept(call)), "");
  is([code(engine.accept(call)), code(engine.refuse(call))], ["ALREADY_ACCEPT", "ALREADY_ACCEPT"]);
  p.hear("CONFIRM", { id: "a1-1" });
  is([code(engine.accept(call)), code(engine.refuse(call))], ["ALREADY_END", "ALREADY_END"]);
  is(code(new Phone().engine.accept(call)), "INVALID_ARGUMENT");
  is(code(engine.send(call)), "INVALID_ARGUMENT");
  is(code(engine.send({ ...idle })), "INVALID_ARGUMENT");
  const full = new Phone({ maxPerPeer: 1 });
  full.call();
  is(code(full.engine.send(full.engine.createLocalInvitation("alice"))), "LIMIT_REACHED");
});

test("an ended handle is not its successor under the same id", () => {
  const p = new Phone();
  const first = p.ring();
  p.engine.refuse(first);
  p.until(s(300));
  const second = p.ring();
  is(code(p.engine.accept(first)), "ALREADY_END");
  is(second.state, "INVITATION_RECEIVED");
});

test("devices: who is told what (devices, the-callee 12)", () => {
  const p = new Phone({ device: "7" });
  const call = p.ring();
  is(p.lines[0], "alice < RECEIVED @7");
  is(p.hear("CONFIRM", { id: "a1-1", device: "8" }), ["RemoteCanceled(accepted elsewhere)"]);
  is([call.state, call.reason, call.device], ["CANCELED", "accepted elsewhere", "8"]);
  p.ring({ id: "a1-2" });
  is(p.hear("ACK", { id: "a1-2", for: "REFUSE", device: "8" }), []);
  is(p.hear("ACK", { id: "a1-2", for: "REFUSE", device: "8", refused: true }), ["RemoteCanceled(refused elsewhere)"]);
  // An unknown id may be a sibling's.
  is(p.hear("RECEIVED", { id: "c1-1", device: "9" }), []);
  is(p.hear("REFUSE", { id: "c1-1", response: "", device: "9" }), []);
  is(p.engine.stats.unexpected, 0);
  // An outcome that comes before its INVITE keeps it from ringing, and it was not missed.
  is(p.hear("CONFIRM", { id: "a1-3", device: "8" }), []);
  is(p.verdict, "moved");
  p.ring({ id: "a1-3" });
  is(p.lines, ["alice < ACK(CANCEL)"]);
});

test("a caller names the winner (messages 2, the-caller 4 to 9)", () => {
  const p = new Phone();
  const call = p.call();
  p.told();
  p.hear("RECEIVED", { device: "7" });
  is(p.hear("ACCEPT", { response: "yes", device: "8" }), ["alice < CONFIRM @8", 'LocalAccepted("yes")']);
  is(call.device, "8");
  is(p.hear("RECEIVED", { device: "7" }), ["alice < CONFIRM @8"]);
  is(p.hear("ACCEPT", { response: "", device: "7" }), ["alice < CONFIRM @8"]);
  is(p.hear("REFUSE", { response: "", device: "7" }), ["alice < ACK(REFUSE) @7"]);
  is(p.engine.stats.unexpected, 0);
  is(p.hear("REFUSE", { response: "", device: "8" }), ["alice < ACK(REFUSE) @8"]);
  is(p.engine.stats.unexpected, 1);

  const q = new Phone();
  q.call();
  q.told();
  is(q.hear("REFUSE", { response: "no", device: "7" }), ["alice < ACK(REFUSE, refused) @7", "LocalReceivedByPeer", 'LocalRefused("no")']);
  is(q.hear("REFUSE", { response: "", device: "9" }), ["alice < ACK(REFUSE, refused) @9"]);
  is(q.hear("RECEIVED", { device: "8" }), ["alice < CLOSED(RECEIVED, refused) @7"]);
  const r = new Phone();
  r.call();
  is(r.hear("REFUSE", { response: "no" })[1], "alice < ACK(REFUSE)"); // of the only device
});

test("CLOSED ends a call only for the only device (the-caller 11)", () => {
  for (const [word, device, state, cause] of [
    ["failed", "0", "FAILURE", "failed"], ["stale", "0", "FAILURE", "stale"], ["invalid", "0", "FAILURE", "invalid"],
    ["failed", "7", "SENT_TO_REMOTE", ""], ["overloaded", "0", "SENT_TO_REMOTE", ""], ["refused", "7", "REFUSED_BY_REMOTE", ""],
  ]) {
    const p = new Phone();
    const call = p.call();
    p.hear("CLOSED", { for: "INVITE", word, device });
    is([call.state, call.cause], [state, cause], `${word} ${device}`);
  }
  const p = new Phone();
  const call = p.call();
  p.hear("CLOSED", { for: "INVITE", word: "overloaded" });
  p.until(s(30));
  is(call.cause, "overloaded");
});

test("a group: the first accept cancels the others in the same input (groups)", () => {
  const p = new Phone();
  const group = p.engine.newGroup();
  const calls = ["alice", "carol", "dave"].map((to) => p.call(to, { group }));
  const late = p.engine.createLocalInvitation("eve");
  p.engine.set(late, { group });
  p.told();
  is(p.hear("ACCEPT", { id: "5eed-2", response: "" }, { from: "carol" }), [
    "carol < CONFIRM", "alice < CANCEL(answered by another)", "dave < CANCEL(answered by another)",
    "LocalReceivedByPeer", "LocalAccepted", "LocalCanceled(answered by another)", "LocalCanceled(answered by another)",
  ]);
  is(code(p.engine.send(late)), "GROUP_DECIDED");
  is(calls.map((c) => c.state), ["CANCELED", "ACCEPTED_BY_REMOTE", "CANCELED"]);
});

test("late copies of a CANCEL say what every peer can read (copies 5)", () => {
  const p = new Phone();
  const group = p.engine.newGroup();
  p.call("alice", { group });
  p.call("carol", { group });
  p.engine.cancel(p.call("dave"), "later");
  p.hear("ACCEPT", { id: "5eed-2", response: "" }, { from: "carol" });
  is(p.until(ms(1500)).filter((l) => l.includes("answered") || l.includes("later")).length, 4);
  is(p.until(s(4)).filter((l) => l.startsWith("dave")), ["dave < CANCEL(user)"]);
  p.engine.peerOnline("alice");
  is(p.told(), ["alice < CANCEL(answered by another)"]);
  is(p.until(s(5)), ["alice < CANCEL(answered by another)"]);
  is(p.until(s(8)), ["alice < CANCEL(answered by another)", "dave < CANCEL(user)", "alice < CANCEL(user)"]);
});

test("Missed: a stale INVITE, and one whose CANCEL came first (missed)", () => {
  const p = new Phone({ device: "7" });
  p.ring({ age: s(40) });
  is(p.lines, ["alice < CLOSED(INVITE, stale) @7", "RemoteMissed(stale)"]);
  is(p.outputs[1].content, "video?");
  p.ring();
  is(p.lines, ["alice < CLOSED(INVITE, failed) @7"]);
  is(p.hear("CONFIRM", { id: "a1-1", device: "8" }), ["RemoteMissed(accepted elsewhere, withdrawn)"]);
  is(p.hear("CONFIRM", { id: "a1-1", device: "8" }), []);
  is(p.hear("CANCEL", { id: "a1-2", reason: "expired" }), ["alice < ACK(CANCEL)"]);
  p.ring({ id: "a1-2" });
  is(p.lines, ["alice < ACK(CANCEL)", "RemoteMissed(expired)"]);
  p.ring({ id: "a1-2" });
  is(p.lines, ["alice < ACK(CANCEL)"]);
});

test("the caller's reasons and notes reach the callee (told 2)", () => {
  const p = new Phone();
  const call = p.ring();
  is(p.hear("CANCEL", { id: "a1-1", reason: "user", note: "later" }), ["alice < ACK(CANCEL)", 'RemoteCanceled(user, "later")']);
  is(call.note, "later");
  p.ring({ id: "a1-2" });
  is(p.hear("CANCEL", { id: "a1-2", reason: "expired" })[1], "RemoteFailure(INVITATION_EXPIRE)");
  p.ring({ id: "a1-3" });
  is(p.hear("CLOSED", { id: "a1-3", for: "RECEIVED", word: "no response" }), ["RemoteCanceled(no response)"]);
});

test("bounds: a few greedy peers leave room (bounds)", () => {
  const p = new Phone({ maxPerPeer: 16, maxTotal: 8 });
  for (let i = 1; i <= 4; i++) p.ring({ id: `a1-${i}` });
  is(p.engine.remembered.remote, 4);
  p.ring({ id: "a1-5" }); // half is taken, and alice holds 4 ≥ 16 / 8
  is(p.verdict, "limit");
  is(p.hear("CANCEL", { id: "a1-6", reason: "user" }), []); // no ACK
  is(p.verdict, "limit");
  p.ring({ id: "c1-1" }, { from: "carol" });
  p.ring({ id: "c1-2" }, { from: "carol" });
  p.ring({ id: "c1-3" }, { from: "carol" });
  is([p.verdict, p.engine.remembered.remote], ["limit", 6]);
});

test("a phone that sleeps sends one copy of each, final timers first (ties 1, 4)", () => {
  const p = new Phone();
  p.call("carol");
  const call = p.ring();
  p.engine.accept(call);
  p.told();
  p.now = s(14);
  p.engine.advance();
  is(p.told(), ["alice < ACCEPT", "carol < INVITE"]);
  is(p.outputs[1].message.age, s(14));
  p.now = s(3600);
  p.engine.advance();
  is(p.told(), ["alice < CLOSED(INVITE, failed)", "carol < CANCEL(no response)", "RemoteFailure(ACCEPT_FAILURE)", "LocalFailure(PEER_NO_RESPONSE)"]);
  is(p.engine.nextDeadline, s(3600) + ms(500));
});

test("a clock that goes back, and one that is set (clock)", () => {
  const p = new Phone();
  p.now = s(100);
  p.call();
  p.told();
  p.now = s(90);
  p.engine.advance();
  is([p.told(), p.engine.nextDeadline], [[], s(100) + ms(500)]);
  const day = 24 * 3600;
  p.now = s(-200 * day);
  p.engine.advance();
  is([p.told(), p.engine.nextDeadline], [[], s(-200 * day) + ms(500)]);
  p.now = s(-200 * day + 1);
  p.engine.advance();
  is(p.told(), ["alice < INVITE"]);
});

test("a message from a peer that was offline brings a resync (receiving 7, resync 1)", () => {
  const p = new Phone();
  p.call();
  p.until(s(10));
  p.engine.peerOffline("alice");
  is(p.hear("CONFIRM", { id: "e1-1", device: "7" }), ["alice < INVITE"]);
  p.now = s(10) + ms(300);
  is(p.hear("CONFIRM", { id: "e1-2", device: "7" }), []); // alice is online already
  is(p.until(s(30)).at(-1), "LocalFailure(PEER_NO_RESPONSE)");
});

test("an INVITE that has gone in SENT still spaces one in RECEIVED (resync 3)", () => {
  const p = new Phone();
  p.call();
  p.told();
  p.now = ms(100);
  p.hear("RECEIVED");
  p.engine.peerOnline("alice");
  is([p.told(), p.engine.nextDeadline], [[], ms(500)]);
  p.engine.peerOnline("alice");
  is(p.until(ms(500)), ["alice < INVITE"]);
});

test("at the very end of its linger an invitation answers, but sends nothing of its own (linger 1, ties 2)", () => {
  const p = new Phone();
  p.engine.cancel(p.call());
  p.until(s(32) - 1);
  p.now = s(32);
  p.engine.peerOnline("alice");
  is(p.told(), []);
  is(p.engine.remembered.lingering, 1);
});

test("a resync only brings a postponed copy forward (resync 3)", () => {
  const p = new Phone();
  p.engine.accept(p.ring());
  p.told();
  p.now = ms(100);
  p.engine.peerOnline("alice"); // 500 ms, and the schedule's is at 250 ms
  is([p.told(), p.engine.nextDeadline], [[], ms(250)]);
});

test("with count from send both expiries are reckoned from it (the-caller 3, messages 1)", () => {
  const p = new Phone({ countFromSend: true });
  const call = p.call();
  p.until(s(10));
  p.hear("RECEIVED");
  is(p.engine.until(call), s(62));
  p.now = s(20);
  p.engine.peerOnline("alice");
  p.told();
  is([p.outputs[0].message.wait, p.outputs[0].message.expiry], [s(62), s(60)]);
  p.now = s(60) - 1;
  p.engine.peerOnline("alice");
  is(p.told(), ["alice < INVITE"]);
  p.now = s(60);
  p.engine.peerOnline("alice");
  is(p.told(), []);
});

test("a logout moves no deadline forward, and one that changes nothing is no input (logged-out 5, 7)", () => {
  const p = new Phone({}, { accept: s(100), expiry: s(30), expiryCap: s(30), tombstone: s(400) });
  const call = p.ring();
  p.now = s(29);
  p.engine.accept(call);
  p.engine.logout();
  p.until(s(129) - 1);
  is(call.state, "ACCEPT_SENT_TO_LOCAL");
  p.until(s(129));
  is(call.state, "FAILURE");
  const q = new Phone();
  q.call();
  q.told();
  q.now = s(31);
  q.engine.login();
  is(q.told(), []);
});

test("what is unexpected (counters, devices 4)", () => {
  for (const [device, unexpected] of [["0", 3], ["7", 0]]) {
    const p = new Phone({ device });
    p.hear("CONFIRM", { id: "a1-1", device });
    p.hear("ACK", { id: "a1-1", for: "RECEIVED" });
    p.hear("CLOSED", { for: "INVITE", word: "failed", device });
    is(p.engine.stats.unexpected, unexpected, device);
  }
});

test("where half of the places are taken, a small bound per peer is one place (bounds 3)", () => {
  const p = new Phone({ maxPerPeer: 4, maxTotal: 4 });
  p.ring({ id: "a1-1" });
  p.ring({ id: "a1-2" });
  p.ring({ id: "a1-3" });
  is(p.verdict, "limit");
  p.ring({ id: "c1-1" }, { from: "carol" });
  is(p.verdict, "moved");
});

test("limits are in bytes of UTF-8 (malformed)", () => {
  for (const [content, fits] of [
    ["x".repeat(8192), true], ["ü".repeat(4096), true], ["日".repeat(2730) + "xx", true], ["😀".repeat(2048), true],
    ["x".repeat(8193), false], ["ü".repeat(4096) + "x", false], ["日".repeat(2731), false], ["😀".repeat(2048) + "x", false], ["\ude00", false],
  ]) {
    const p = new Phone();
    const call = p.engine.createLocalInvitation("alice");
    p.engine.set(call, { content });
    is(code(p.engine.send(call)), fits ? "" : "INVALID_ARGUMENT", content.slice(0, 2));
  }
});

test("timers keep their order, however they are moved", async () => {
  const { Heap } = await import("../src/heap.js");
  const heap = new Heap(), timers = Array.from({ length: 50 }, (_, name) => ({ name }));
  for (let round = 0; round < 4; round++) timers.forEach((t, i) => heap.arm(t, (i * 37 + round * 11) % 23));
  timers.forEach((t, i) => { if (i % 3 === 0) heap.stop(t); });
  const order = [];
  for (let t; (t = heap.first); heap.stop(t)) order.push([t.at, t.name]);
  is(order.length, 33);
  is(order, [...order].sort((a, b) => a[0] - b[0] || a[1] - b[1]));
});

// A crash: the snapshot, and an engine that goes on from it after a while.
function restored(p, away, options = {}) {
  const snapshot = p.engine.snapshot();
  const q = new Phone();
  q.now = s(1000);
  q.engine = Engine.restore({ self: "bob", epoch: "beef", clock: () => q.now, times: defaultTimes, ...options }, snapshot, away);
  return q;
}

test("a restart with all that was known (crashes 1 and 2)", () => {
  const p = new Phone();
  p.call("carol", { content: "video?" });
  p.engine.cancel(p.call("dave"), "later");
  const ring = p.ring();
  p.until(s(10));
  const q = restored(p, s(5));
  is(q.told(), ["carol < INVITE", "dave < CANCEL(user) \"later\"", "alice < RECEIVED"]);
  is([q.outputs[0].message.age, q.outputs[0].message.content], [s(15), "video?"]);
  is(q.engine.open.map((i) => [i.role, i.peer, i.state, i.content]), [
    ["caller", "carol", "SENT_TO_REMOTE", "video?"], ["caller", "dave", "CANCELED", ""], ["callee", "alice", "INVITATION_RECEIVED", "video?"],
  ]);
  is(q.engine.until(q.engine.open[0]), s(1015));
  is(q.hear("CANCEL", { id: "5eed-1", reason: "user" }), []); // an own id of the epoch before
  is(q.verdict, "reflected");
  is(q.call("alice").id, "beef-1");
  is(q.hear("ACCEPT", { id: "5eed-1", response: "" }, { from: "carol" }), ["alice < INVITE", "carol < CONFIRM", "LocalReceivedByPeer", "LocalAccepted"]);
  is(ring.content, "video?");
});

test("a restart after an unknown time (crashes 3)", () => {
  const p = new Phone();
  p.call("carol");
  p.call("dave");
  p.hear("RECEIVED", { id: "5eed-2" }, { from: "dave" });
  p.engine.take();
  const q = restored(p, null);
  is(q.told(), ["carol < CANCEL(no response)", "LocalFailure(PEER_NO_RESPONSE)"]);
  q.engine.peerOnline("dave");
  is([q.told(), q.engine.nextDeadline], [[], s(1000) + ms(500)]);
  // A postponed INVITE of RECEIVED is not sent any more, either.
  const r = new Phone();
  r.call();
  r.hear("RECEIVED");
  r.engine.peerOnline("alice");
  is(r.engine.nextDeadline, ms(500));
  is([restored(r, null).engine.nextDeadline, restored(r, 0).engine.nextDeadline], [s(1062), s(1000) + ms(500)]);
});

test("outputs that were not taken come first, but no INVITE or ACCEPT whose time is over (crashes 2)", () => {
  const p = new Phone();
  p.call("carol");
  const q = restored(p, s(1));
  is(q.told(), ["carol < INVITE"]); // a last copy, so that of the resync does not go at once
  is(q.outputs[0].message.age, s(1));
  is(q.until(s(1000)), ["carol < INVITE"]); // overdue
  is(restored(p, s(30)).told(), []);
  is(restored(p, null).told()[0], "carol < CANCEL(no response)");
  const r = new Phone();
  r.engine.accept(r.ring());
  is(restored(r, s(14) + ms(500) + 1).told().filter((l) => l.includes("ACCEPT")), []);
  r.engine.accept(r.ring({ id: "a1-2" }));
  is(restored(r, 0).told(), ["alice < ACCEPT"]);
  const t = new Phone();
  const call = t.call();
  t.told();
  t.engine.cancel(call, "later");
  const u = restored(t, ms(100));
  is(u.told(), ['alice < CANCEL(user) "later"', "LocalCanceled(user, \"later\")"]);
  is([u.outputs[1].invitation === u.engine.open[0], u.outputs[1].invitation.state], [true, "CANCELED"]);
});

test("times and device stay in force until nothing older is remembered (snapshots)", () => {
  const p = new Phone({ device: "7" }, { linger: s(40) });
  p.engine.cancel(p.call());
  p.told();
  const q = restored(p, 0);
  is([q.engine.device, q.engine.times.linger], ["7", s(40)]);
  q.until(s(2000));
  is([q.engine.device, q.engine.times.linger], ["0", s(32)]);
  assert.throws(() => restored(p, 0, { self: "eve" }), /no snapshot of eve's/);
});

test("a snapshot holds all that decides a later answer (snapshots 2 to 4)", () => {
  const p = new Phone();
  const noted = p.call("alice");
  p.hear("CLOSED", { for: "INVITE", word: "overloaded" });
  p.call("dave");
  p.engine.peerOffline("dave");
  p.hear("CANCEL", { id: "a1-1", reason: "user" }); // before its INVITE
  const ring = p.ring({ id: "a1-2" });
  p.now = s(5);
  p.engine.accept(ring);
  p.until(s(8)); // the INVITEs went at 7.5 s, and go again at 11.5 s
  const q = restored(p, 0);
  q.told();
  q.ring({ id: "a1-1" });
  is([q.verdict, q.lines], ["missed", ["alice < ACK(CANCEL)", "RemoteMissed(user)"]]);
  q.engine.logout(); // from the accept time to the end of the ring, at 60 s
  q.until(s(1052) - 1);
  is(q.engine.find("callee", "alice", "a1-2").state, "ACCEPT_SENT_TO_LOCAL");
  q.until(s(1052));
  is(q.engine.find("callee", "alice", "a1-2").failure, "ACCEPT_FAILURE");
  is(q.engine.find("caller", "dave", "5eed-2").failure, "PEER_OFFLINE");
  is(noted.state, "SENT_TO_REMOTE");
  const r = restored(p, 0);
  const [call] = r.engine.open;
  r.until(s(1022));
  is([call.failure, call.cause], ["PEER_NO_RESPONSE", "overloaded"]);
});

test("a group goes on after a restart (snapshots 5)", () => {
  const p = new Phone();
  const group = p.engine.newGroup();
  for (const to of ["alice", "carol"]) p.call(to, { group });
  p.told();
  const q = restored(p, s(1));
  q.told();
  is(q.hear("ACCEPT", { id: "5eed-2", response: "" }, { from: "carol" }).slice(0, 2), ["carol < CONFIRM", "alice < CANCEL(answered by another)"]);
});

test("user ids (user-ids)", () => {
  for (const id of ["a", "x".repeat(64), "Aa0 !#$%&()+-:;<=.>?@[]^_{}|~,", "end "]) assert.ok(validUserId(id), id);
  for (const id of ["", "x".repeat(65), " a", "null", "a\\", 'a"', "a'", "a*", "a/", "a`", "ü", "a\n", undefined, 7]) assert.ok(!validUserId(id), String(id));
});

test("which times fit (validation)", () => {
  const only = { device: "0", countFromSend: false };
  is([brokenRule(defaultTimes, only), brokenRule(vendorTimes, only)], ["", ""]);
  const h = 3600;
  for (const [change, ok, options] of [
    [{ grace: -1 }, false], [{ linger: 0 }, false], [{ tombstone: s(1000 * h) }, true], [{ tombstone: s(1000 * h) + 1 }, false],
    [{ retransmitFirst: ms(10) }, true], [{ retransmitFirst: ms(10) - 1 }, false], [{ retransmitCap: ms(500) - 1 }, false],
    [{ acceptFirst: ms(10) - 1 }, false], [{ acceptCap: ms(250) - 1 }, false],
    [{ noResponse: ms(501) }, true], [{ noResponse: ms(500) }, false], [{ accept: ms(750) }, true], [{ accept: ms(750) - 1 }, false],
    [{ refresh: ms(500) }, true], [{ refresh: ms(500) - 1 }, false], [{ refresh: s(60) }, false], [{ refresh: s(60) - 1 }, true],
    [{ noResponse: s(32), grace: 0, tombstone: s(999) }, true], [{ noResponse: s(32) + 1, tombstone: s(999) }, false],
    [{ tombstone: ms(228480) }, true], [{ tombstone: ms(228480) - 1 }, false], // 1.02 · 224 s
    [{ noResponse: s(60), linger: s(60), tombstone: s(999) }, false, { countFromSend: true }],
    [{ refresh: 0 }, false, { device: "7" }],
  ]) is(brokenRule({ ...defaultTimes, ...change }, { ...only, ...options }) === "", ok, JSON.stringify(change));
});

test("times of one call (times-of-one-call)", () => {
  const p = new Phone();
  const call = p.call("alice", { noResponse: s(5), expiry: s(20) });
  p.told();
  is([p.outputs[0].message.wait, p.outputs[0].message.expiry, p.engine.until(call)], [s(5), s(20), s(5)]);
  p.hear("RECEIVED");
  is(p.engine.until(call), s(22));
  for (const times of [{ noResponse: ms(500) }, { expiry: s(100) }, { noResponse: -1 }, { expiry: 0.5 }]) {
    const bad = p.engine.createLocalInvitation("alice");
    p.engine.set(bad, times);
    const refusal = p.engine.send(bad);
    is(refusal.code, "INVALID_ARGUMENT", JSON.stringify(times));
    assert.ok(refusal.why.length > 10);
  }
});

test("an engine is not made of nonsense", () => {
  const good = { self: "bob", epoch: "1", clock: () => 0 };
  new Engine(good);
  for (const bad of [{ self: "" }, { epoch: "0" }, { epoch: "01" }, { device: "X" }, { maxTotal: 0 }, { times: { ...defaultTimes, accept: 1.5 } }]) {
    assert.throws(() => new Engine({ ...good, ...bad }), RangeError, JSON.stringify(bad));
  }
});

test("nothing that a peer sends breaks an engine", () => {
  // Every kind in every state of both roles, from two devices, twice.
  const words = ["refused", "failed", "stale", "invalid", "overloaded", "canceled", "no response", "expired", "unknown"];
  const kinds = ["INVITE", "RECEIVED", "ACCEPT", "CONFIRM", "REFUSE", "CANCEL"];
  const messages = [
    { kind: "INVITE", content: "", channelId: "", age: 0, wait: s(30), expiry: s(60) }, { kind: "RECEIVED" },
    { kind: "ACCEPT", response: "" }, { kind: "CONFIRM" }, { kind: "REFUSE", response: "" },
    ...["user", "expired"].map((reason) => ({ kind: "CANCEL", reason })),
    ...kinds.flatMap((f) => [{ kind: "ACK", for: f }, { kind: "ACK", for: f, refused: true }]),
    ...["INVITE", "RECEIVED", "ACCEPT"].flatMap((f) => words.map((word) => ({ kind: "CLOSED", for: f, word }))),
  ].flatMap((m) => [m, { ...m, device: "7" }]);
  let pairs = 0;
  for (const own of ["0", "7"]) for (const a of messages) for (const b of messages) {
    const p = new Phone({ device: own });
    p.call();
    const ring = p.ring({ id: "a1-1" });
    if (pairs % 3 === 0) p.engine.accept(ring);
    p.told();
    for (const m of [a, b, a]) for (const id of ["5eed-1", "a1-1", "b1-1"]) {
      p.hear(m.kind, { ...m, id });
      const sent = p.outputs.filter((o) => o.message).length;
      assert.ok(sent <= 1, `${sent} replies to ${JSON.stringify(m)}`); // replies 1
    }
    pairs++;
  }
});
