// The protocol: all invitations of one user on one device. It has no transport, no timer
// and no randomness of its own but the first draw of an epoch: the host hands in what
// happens, reads the outputs, and calls advance() at nextDeadline. The rules are the cells
// of tables.js; this file chooses the row and carries the cell out. Comments name clauses
// of docs/protocol.md.

import * as tables from "./tables.js";
import { Heap } from "./heap.js";
import { defaultTimes, brokenRule, brokenByCall, QUIET, SPACING, LEAP } from "./times.js";
import { utf8Length, validUserId, MAX_CONTENT, MAX_RESPONSE, MAX_CHANNEL_ID, MAX_NOTE } from "./text.js";
import { wordsFor } from "./wire.js";
import { snapshotOf, readSnapshot } from "./snapshot.js";

const repeatedByCaller = new Set(["INVITE", "CANCEL"]);
const repeatedByCallee = new Set(["RECEIVED", "ACCEPT", "REFUSE"]);

/** The application's side of an invitation: what it shows. The engine alone writes it. */
class Invitation {
  peer; id = ""; state = "IDLE"; failure = ""; reason = ""; note = ""; device = "0"; response = "";
  content = ""; channelId = "";
  constructor(engine, peer) {
    this.peer = peer;
    Object.defineProperty(this, "engine", { value: engine });
  }
}

/** An invitation of our own. noResponse and expiry of 0 mean the engine's times. */
export class Local extends Invitation {
  role = "caller"; noResponse = 0; expiry = 0; cause = ""; group = null;
}

/** An invitation of somebody else. age is how old its INVITE was when it rang. */
export class Remote extends Invitation {
  role = "callee"; state = "INVITATION_RECEIVED"; age = 0;
}

/** Invitations of which one at most is accepted (groups). */
export class Group {
  members = new Set();
  decided = false;
}

export class Engine {
  outputs = [];
  stats = { unexpected: 0, lateConfirms: 0, security: 0, received: {} };
  loggedIn = true;
  #messages = [];
  #events = [];
  #finals = new Heap();
  #copies = new Heap();
  #peers = new Map(); // name → { name, presence, records, counts }
  #ids = { caller: new Map(), callee: new Map() }; // id → number of records, whoever the peer
  #totals = { caller: 0, callee: 0 };
  #counter = 0;
  #now = 0; // the engine's time
  #started = null; // options that take force when nothing older is remembered
  #behind = 0; // what its time is ahead of the clock since that was set back

  /**
   * clock gives nanoseconds; only differences matter. The epoch is 64 bits in
   * hexadecimal, never zero, another one at every start. trace hears of each cell used.
   */
  constructor({
    self, device = "0", epoch, clock, times = defaultTimes, countFromSend = false, failAtOnce = false,
    noRetransmit = false, maxPerPeer = 4096, maxTotal = 65536, isUserId = validUserId, trace,
  }) {
    if (!isUserId(self)) throw new RangeError(`engine: ${JSON.stringify(self)} is no valid user id`);
    if (!/^(0|[1-9a-f][0-9a-f]{0,15})$/.test(device)) throw new RangeError(`engine: device ${device} is no number of 64 bits in hexadecimal`);
    if (!/^[1-9a-f][0-9a-f]{0,15}$/.test(epoch)) throw new RangeError(`engine: epoch ${epoch} is no number of 64 bits in hexadecimal, or is zero`);
    for (const [name, n] of Object.entries({ maxPerPeer, maxTotal })) {
      if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`engine: ${name} ${n} is not positive`);
    }
    const broken = brokenRule(times, { device, countFromSend });
    if (broken) throw new RangeError(`engine: these times do not fit: ${broken}`);
    Object.assign(this, { self, device, epoch, times: { ...times }, countFromSend, failAtOnce, noRetransmit, maxPerPeer, maxTotal, isUserId, trace });
    this.clock = clock;
    this.#now = clock();
  }

  // Calls of the application. Each returns null, or { code, why } of a refusal. ----------

  createLocalInvitation(callee) { return new Local(this, callee); }

  newGroup() { return new Group(); }

  /** A setter acts in the state that its field can be set in, and else does nothing. */
  set(invitation, { content, channelId, response, noResponse, expiry, group }) {
    if (invitation.role === "callee") {
      if (invitation.state === "INVITATION_RECEIVED" && response !== undefined) invitation.response = response;
      return;
    }
    if (invitation.state !== "IDLE") return;
    if (content !== undefined) invitation.content = content;
    if (channelId !== undefined) invitation.channelId = channelId;
    if (noResponse !== undefined) invitation.noResponse = noResponse;
    if (expiry !== undefined) invitation.expiry = expiry;
    if (group !== undefined) {
      invitation.group?.members.delete(invitation);
      invitation.group = group;
      group?.members.add(invitation);
    }
  }

  send(invitation) {
    return this.#call(invitation, Local, (record) => {
      const why = this.#badArguments(invitation);
      if (why) return this.#run(record, "send(), invalid argument", { why });
      if (invitation.group?.decided) return this.#run(record, "send(), group decided");
      if (!this.loggedIn) return this.#run(record, "send(), logged out");
      if (this.failAtOnce && this.#presence(invitation.peer) === "offline") {
        return this.#run(record, "send(), fail-at-once and callee known offline");
      }
      if (this.#atOwnBound(invitation.peer)) return this.#run(record, "send(), own bound reached");
      return this.#run(record, "send()");
    });
  }

  cancel(invitation, note = "") {
    return this.#call(invitation, Local, (record) => utf8Length(note) > MAX_NOTE
      ? this.#run(record, "cancel(), invalid note", { why: `a note has at most ${MAX_NOTE} bytes of UTF-8` })
      : this.#run(record, "cancel()", { note }));
  }

  accept(invitation) {
    return this.#call(invitation, Remote, (record) => this.#badResponse(record, "accept()")
      ?? this.#run(record, this.loggedIn ? "accept()" : "accept(), logged out"));
  }

  refuse(invitation) {
    return this.#call(invitation, Remote, (record) => this.#badResponse(record, "refuse()")
      ?? this.#run(record, "refuse()"));
  }

  #badResponse(record, call) {
    if (!record.invitation || utf8Length(record.invitation.response) <= MAX_RESPONSE) return null;
    return this.#run(record, `${call}, invalid response`, { why: `a response has at most ${MAX_RESPONSE} bytes of UTF-8` });
  }

  // calls 1: the object, the state (a column of the table), the arguments, …
  #call(invitation, kind, run) {
    if (!(invitation instanceof kind) || invitation.engine !== this) {
      return { code: "INVALID_ARGUMENT", why: "the invitation is not this engine's" };
    }
    return this.#input(() => {
      const { role, peer, id, state } = invitation;
      const record = this.#recordOf(invitation);
      return run(record ?? { role, peer, id, state, invitation }); // not sent yet, or ended
    });
  }

  #badArguments({ peer, content, channelId, noResponse, expiry }) {
    if (!this.isUserId(peer)) return "the callee is no valid user id";
    if (peer === this.self) return "the callee is the caller";
    if (utf8Length(content) > MAX_CONTENT) return `content has at most ${MAX_CONTENT} bytes of UTF-8`;
    if (utf8Length(channelId) > MAX_CHANNEL_ID) return `a channel id has at most ${MAX_CHANNEL_ID} bytes of UTF-8`;
    if (noResponse === 0 && expiry === 0) return "";
    return brokenByCall(this.times, {
      noResponse: noResponse === 0 ? this.times.noResponse : noResponse,
      expiry: expiry === 0 ? this.times.expiry : expiry,
    }, this);
  }

  // What the transport reports. ----------------------------------------------------------

  /** A message that wire.js has read. held: for how long the transport kept it. Returns a verdict. */
  receive(from, message, held = 0) {
    const m = message.device === undefined ? { ...message, device: "0" } : message;
    const verdict = this.#input(() => this.#receive(from, m, Math.max(0, held)), this.#heldBack(from, m));
    this.stats.received[verdict] = (this.stats.received[verdict] ?? 0) + 1;
    return verdict;
  }

  peerOnline(name) {
    this.#input(() => {
      const peer = this.#peers.get(name);
      if (!peer) return;
      peer.presence = "online";
      this.#resync(peer);
    });
  }

  peerOffline(name) {
    this.#input(() => {
      const peer = this.#peers.get(name);
      if (!peer) return;
      peer.presence = "offline";
      for (const record of [...peer.records]) {
        if (record.role === "callee") this.#run(record, "caller offline");
        else this.#run(record, this.failAtOnce ? "callee offline, fail-at-once" : "callee offline");
      }
    });
  }

  login() {
    if (this.loggedIn) return;
    this.#input(() => {
      this.loggedIn = true;
      for (const peer of this.#peers.values()) this.#resync(peer, true);
    });
  }

  logout() {
    if (!this.loggedIn) return;
    this.#input(() => {
      this.loggedIn = false;
      for (const peer of this.#peers.values()) {
        for (const record of peer.records) if (record.role === "callee") this.#run(record, "logout");
      }
    });
  }

  advance() { this.#input(() => {}, null, true); }

  /** By the clock, or null. */
  get nextDeadline() {
    const next = Math.min(this.#finals.first?.at ?? Infinity, this.#copies.first?.at ?? Infinity);
    return next === Infinity ? null : next - this.#behind;
  }

  /** What is remembered of an invitation, or null. */
  find(role, peer, id) {
    const r = this.#find(role, peer, id);
    return r && { role, peer, id, state: r.state, failure: r.failure, reason: r.reason, device: r.winner, invitation: r.invitation ?? null };
  }

  /** Until when it waits, or rings, by the clock; null if it does not. */
  until(invitation) {
    const record = this.#recordOf(invitation);
    if (!record || record.endedAt !== undefined || record.state === "ACCEPT_SENT_TO_LOCAL") return null;
    return record.final.at - this.#behind;
  }

  get remembered() {
    let lingering = 0;
    for (const peer of this.#peers.values()) for (const r of peer.records) if (r.pending) lingering++;
    return { local: this.#totals.caller, remote: this.#totals.callee, peers: this.#peers.size, lingering };
  }

  /** Open and lingering invitations, as the application has them: our own first. */
  get open() {
    const records = [...this.#peers.values()].flatMap((peer) => [...peer.records]).filter((r) => r.invitation);
    return ["caller", "callee"].flatMap((role) => records.filter((r) => r.role === role).map((r) => r.invitation));
  }

  /** Takes the outputs: messages { to, message } and events { event, invitation, … }. */
  take() { return this.outputs.splice(0); }

  // Crashes. -----------------------------------------------------------------------------

  /** All that has to be durable before the outputs of an input are taken, as text. */
  snapshot() {
    this.#readClock();
    return snapshotOf({
      self: this.self, device: this.device, times: this.times, countFromSend: this.countFromSend,
      now: this.#now, peers: [...this.#peers.values()], outputs: this.outputs,
    });
  }

  /**
   * An engine that goes on from a snapshot. options are those of the constructor, with a
   * new epoch; away is for how long, in nanoseconds, or null if nobody knows. Its outputs
   * are waiting.
   */
  static restore(options, text, away) {
    const engine = new Engine(options);
    engine.#restore(JSON.parse(text), away);
    return engine;
  }

  #restore(saved, away) {
    if (saved.version !== 1 || saved.self !== this.self) throw new RangeError(`engine: no snapshot of ${this.self}'s in version 1`);
    const known = away !== null && away >= 0;
    const { peers, timers, outputs } = readSnapshot(saved, this, this.#now - (known ? away : 0));
    if (peers.length > 0) {
      // snapshots: what deadlines depend on stays in force while anything is remembered.
      this.#started = { times: this.times, countFromSend: this.countFromSend, device: this.device };
      Object.assign(this, { times: saved.times, countFromSend: saved.countFromSend, device: saved.device });
    }
    for (const { name, offline, records } of peers) {
      for (const record of records) {
        this.#remember(record);
        record.awayUnknown ||= !known;
      }
      this.#peers.get(name).presence = offline ? "offline" : "unknown";
    }
    for (const { timer, at, copy } of timers) if (!copy) this.#finals.arm(timer, at);
    for (const { timer, at, copy } of timers) if (copy) this.#armCopy(timer.record, at);
    for (const output of outputs) if (output.message) this.#sendAgain(output, known, away);
    this.#events.push(...outputs.filter((o) => o.event));
    const all = [...this.#peers.values()].flatMap((peer) => [...peer.records]);
    if (!known) for (const record of all) if (record.state === "SENT_TO_REMOTE") this.#run(record, "no-response timer");
    for (const record of all) {
      if ((record.endedAt === undefined || record.pending) && record.final.at > this.#now) this.#run(record, "resync");
    }
    this.outputs.push(...this.#messages.splice(0), ...this.#events.splice(0));
  }

  // crashes 2 and 3: a message that was not taken leaves now, unless it is too late for it. An INVITE is older now.
  #sendAgain({ to, message }, known, away) {
    const { kind } = message;
    const record = this.#find(repeatedByCaller.has(kind) ? "caller" : "callee", to, message.id);
    if (kind === "INVITE") {
      message.age += known ? away : 0;
      if (!known || message.age >= message.wait || record?.state === "RECEIVED_BY_REMOTE") return;
    }
    if (kind === "ACCEPT" && !(record?.state === "ACCEPT_SENT_TO_LOCAL" && this.#mayGo(record, this.#now))) return;
    this.#messages.push({ to, message });
    if (record && tables[record.role].resync[record.state].send === kind) record.last = this.#now;
  }

  // Inputs and timers. -------------------------------------------------------------------

  #input(run, heldBack = null, inclusive = false) {
    this.#readClock();
    this.#fire(heldBack, inclusive);
    const result = run();
    this.outputs.push(...this.#messages.splice(0), ...this.#events.splice(0)); // outputs 1
    return result;
  }

  #readClock() {
    const now = this.clock() + this.#behind;
    if (now > this.#now) this.#now = now;
    else if (this.#now - now > LEAP) this.#behind += this.#now - now; // clock 3
  }

  // ties 1 and 2: final timers first, then copies; those due at now in advance alone.
  // heldBack is the record whose accept timer has to wait for its CONFIRM (ties 3).
  #fire(heldBack, inclusive) {
    const due = (timer) => timer && (timer.at < this.#now || (inclusive && timer.at === this.#now));
    if (heldBack) this.#finals.stop(heldBack.final);
    while (due(this.#finals.first)) {
      const timer = this.#finals.first;
      this.#finals.stop(timer);
      this.#final(timer.record);
    }
    while (due(this.#copies.first)) {
      const timer = this.#copies.first;
      this.#copies.stop(timer);
      this.#run(timer.record, "copy due");
    }
    if (heldBack) this.#finals.arm(heldBack.final, heldBack.final.at);
  }

  #heldBack(from, m) {
    if (m.kind !== "CONFIRM" || m.device !== this.device || !this.loggedIn) return null;
    const record = this.#find("callee", from, m.id);
    return record?.state === "ACCEPT_SENT_TO_LOCAL" ? record : null;
  }

  #final(record) {
    if (record.pending) return this.#endLinger(record);
    if (record.endedAt !== undefined) return this.#forget(record);
    const offline = this.#presence(record.peer) === "offline";
    switch (record.state) {
      case "SENT_TO_REMOTE":
        return this.#run(record, offline ? "no-response timer, callee last known offline" : "no-response timer");
      case "ACCEPT_SENT_TO_LOCAL":
        return this.#run(record, offline ? "accept timer, caller last known offline" : "accept timer");
      default:
        return this.#run(record, "expiry timer");
    }
  }

  // Received messages. -------------------------------------------------------------------

  #receive(from, m, held) {
    if (!possible(m) || !this.isUserId(from)) return "invalid";
    const role = roleFor(m);
    if (from === this.self || (role === "callee" && this.#isOwn(m.id))) {
      this.stats.security++;
      return "reflected";
    }
    const known = this.#find(role, from, m.id);
    if (!wellFormed(m)) {
      if (m.kind === "INVITE" && !known) this.#post(from, this.#closed(m.id, "INVITE", "invalid"));
      return "invalid";
    }
    const foreign = !known && this.#ids[role].has(m.id); // identity 4
    if (foreign) this.stats.security++;
    const record = known ?? { role, peer: from, id: m.id, state: "IDLE" };
    const row = role === "caller" ? this.#callerRow(record, m) : this.#calleeRow(record, m, held);
    const ended = record.endedAt !== undefined;
    const { did, unexpected } = this.#run(record, row, { m, held });
    this.#heard(from);

    if (row === "INVITE, invalid") return "invalid";
    if (did.missed) return "missed";
    if (did.moved) return "moved";
    if (row === "ACCEPT, logged out") return "logged out";
    if (row.endsWith("at a bound")) return "limit";
    if (!known) return foreign ? "wrong peer" : "unknown";
    if (unexpected) return "unexpected";
    return ended ? "late" : "copy";
  }

  #isOwn(id) { return id.startsWith(`${this.epoch}-`) || this.#ids.caller.has(id); }

  // receiving 7
  #heard(from) {
    const peer = this.#peers.get(from);
    if (!peer) return;
    const back = peer.presence === "offline";
    peer.presence = "online";
    if (back) this.#resync(peer);
  }

  #callerRow({ state, winner }, m) {
    const answered = state === "ACCEPTED_BY_REMOTE" || state === "REFUSED_BY_REMOTE";
    const other = answered && m.device !== winner ? ", not by the winner" : "";
    if (m.kind === "ACCEPT" && !this.loggedIn) return "ACCEPT, logged out";
    if (state === "IDLE" && this.device !== "0") return "any message, own device not 0";
    switch (m.kind) {
      case "ACCEPT":
      case "REFUSE":
        return m.kind + other;
      case "CLOSED":
        if (m.word === "refused") return "CLOSED(refused)";
        return m.device === "0" ? `CLOSED(${m.word}), device 0` : "CLOSED(failed, stale, invalid, overloaded), device not 0";
      case "ACK":
        return m.for === "CANCEL" ? "ACK(CANCEL)" : "other ACK";
      default:
        return m.kind;
    }
  }

  #calleeRow(record, m, held) {
    const { state } = record;
    const whose = m.device === this.device ? "own" : "other device";
    switch (m.kind) {
      case "INVITE":
        if (state === "IDLE") return this.#judge(record.peer, m, held);
        if (state === "INVITATION_RECEIVED" && !samePayload(record.invitation, m)) return "INVITE, other payload";
        if (state === "REFUSED" && !record.pending) return "INVITE, linger over";
        if (state === "CANCELED" && record.missed === "due") return "INVITE, first after an early CANCEL";
        return "INVITE";
      case "CANCEL":
        if (state === "IDLE" && this.#atBound(record.peer)) return "CANCEL, at a bound";
        return m.reason === "expired" ? "CANCEL(expired)" : "CANCEL";
      case "CONFIRM":
        return whose === "own" ? "CONFIRM, own" : this.#elsewhere(record, "CONFIRM, other device");
      case "ACK":
        if (m.for !== "REFUSE") return "other ACK";
        if (whose === "own") return "ACK(REFUSE), own";
        return m.refused ? this.#elsewhere(record, "ACK(REFUSE, refused), other device") : "ACK(REFUSE), other device";
      default: // CLOSED
        if (m.word === "refused") return `CLOSED(refused), ${whose}`;
        return m.word === "canceled" || m.word === "no response" ? "CLOSED(canceled, no response)" : `CLOSED(${m.word})`;
    }
  }

  #elsewhere(record, row) {
    const both = "CONFIRM or ACK(REFUSE, refused), other device";
    if (record.state === "IDLE" && this.#atBound(record.peer)) return `${both}, at a bound`;
    if (record.state === "FAILURE" && record.missed === "stale") return `${both}, after Missed`;
    return row;
  }

  // judging
  #judge(from, m, held) {
    const { tombstone, maxDelay, expiryCap } = this.times;
    if (m.wait <= 0 || m.expiry <= 0 || m.age < 0 || m.wait > tombstone - maxDelay) return "INVITE, invalid";
    if (this.#atBound(from)) return "INVITE, at a bound";
    const age = m.age + held;
    if (age >= m.wait || (this.countFromSend && Math.min(expiryCap, m.expiry) - age <= 0)) return "INVITE, stale";
    return "INVITE";
  }

  // bounds 3 and 4
  #atBound(name) {
    const here = this.#peers.get(name)?.counts.callee ?? 0, total = this.#totals.callee;
    return here >= this.maxPerPeer || total >= this.maxTotal ||
      (2 * total >= this.maxTotal && here >= Math.max(1, Math.floor(this.maxPerPeer / 8)));
  }

  #atOwnBound(name) {
    return (this.#peers.get(name)?.counts.caller ?? 0) >= this.maxPerPeer || this.#totals.caller >= this.maxTotal;
  }

  // Cells. -------------------------------------------------------------------------------

  /**
   * Carries out the cell of a row. what: m (the message), held, note, why. The answer of
   * a call is null or the refusal; that of a message is { did, unexpected }.
   */
  #run(record, row, what = {}) {
    const cell = tables[record.role][row][record.state];
    const { m } = what;
    if (cell.elsewhere) throw new Error(`a bug of this engine: ${row} in ${record.state}`);
    this.trace?.({ table: record.role, in: record.state, on: row, peer: record.peer, id: record.id, cell });
    if (cell.error) return { code: cell.error, why: what.why ?? "" };
    const did = { moved: false, missed: false };
    if (cell.unexpected && (record.state !== "IDLE" || this.device === "0")) this.stats.unexpected++;
    if (cell.to) {
      did.moved = true;
      this.#move(record, cell, row, what);
    }
    for (const effect of cell.effects) this.#effect(record, effect, what, did);
    if (cell.send) this.#send(record, row, cell, what);
    if (record.role === "caller" && cell.to === "ACCEPTED_BY_REMOTE") this.#decide(record.group);
    if (record.endedAt !== undefined && !record.pending) record.invitation = null; // the application keeps its own
    return m ? { did, unexpected: cell.unexpected } : null;
  }

  #move(record, cell, row, { m, held, note }) {
    this.#finals.stop(record.final ?? {});
    this.#copies.stop(record.copy ?? {});
    const first = record.state === "IDLE";
    // The same message goes on in RECEIVED: its last copy still counts for the spacing.
    if (cell.to !== "RECEIVED_BY_REMOTE") Object.assign(record, { last: null, pause: 0 });
    record.state = cell.to;
    if (first) this.#begin(record, row, m, held);
    const { send } = cell;
    if (cell.effects.includes("W = D")) {
      record.winner = m.device;
      Object.assign(record.invitation, { device: m.device, response: m.response ?? "" });
    }
    record.reason = reasonOf(row, send, m) ?? record.reason;
    const failed = cell.effects.find((e) => e.startsWith("Failure("));
    record.failure = row === "INVITE, stale" ? "INVITATION_EXPIRE" : failed?.slice(8, -1) ?? "";
    if (note) record.note = note;
    if (record.role === "callee" && m?.kind === "CANCEL") record.note = m.note ?? "";
    if (row === "no-response timer") record.cause = record.noted || (this.loggedIn ? "no sign of life" : "logged out");
    else if (record.failure === "PEER_NO_RESPONSE" && m) record.cause = m.word;
    if (record.role === "callee" && m?.device && m.kind !== "INVITE" && m.kind !== "CANCEL") record.winner = m.device;
    if (terminal[record.role].has(record.state)) this.#end(record, send);
    this.#show(record);
  }

  // A record begins: identity 2, bounds 1.
  #begin(record, row, m, held) {
    if (record.role === "caller" && record.state !== "SENT_TO_REMOTE") return; // ended at once: no record
    Object.assign(record, {
      failure: "", reason: "", winner: "0", note: "", last: null, pause: 0, noted: "",
      final: { record }, copy: { record }, ringDeadline: 0,
    });
    if (record.role === "caller") {
      const { invitation } = record;
      record.id = `${this.epoch}-${++this.#counter}`;
      record.sentAt = this.#now;
      record.noResponse = invitation.noResponse || this.times.noResponse;
      record.expiry = invitation.expiry || this.times.expiry;
      record.group = invitation.group;
    } else if (record.state === "INVITATION_RECEIVED") {
      const invitation = new Remote(this, record.peer);
      Object.assign(invitation, { id: record.id, content: m.content, channelId: m.channelId, age: m.age + held });
      record.invitation = invitation;
      record.ringAt = this.#now;
      record.ringDeadline = this.#now + Math.min(this.times.expiryCap, m.expiry) - (this.countFromSend ? m.age + held : 0);
    } else if (m.kind === "CANCEL") record.missed = "due";
    else if (row === "INVITE, stale") record.missed = "stale";
    this.#remember(record);
  }

  // linger: a CANCEL or REFUSE is repeated for a while, everything else is a tombstone.
  #end(record, send) {
    if (!record.final) return; // send() that ended at once
    record.endedAt = this.#now;
    record.group?.members.delete(record.invitation);
    if (send.startsWith("CANCEL") || send === "REFUSE") {
      const { linger, expiry, grace } = this.times;
      record.pending = true;
      this.#finals.arm(record.final, this.#now + (send === "REFUSE" ? Math.max(linger, expiry + grace) : linger));
    } else this.#bury(record);
  }

  #endLinger(record) {
    record.pending = false;
    record.invitation = null;
    this.#finals.stop(record.final);
    this.#copies.stop(record.copy);
    this.#bury(record);
  }

  #bury(record) { this.#finals.arm(record.final, record.endedAt + this.times.tombstone); }

  // The application's object follows the record; a tombstone lets go of it.
  #show(record) {
    const { invitation } = record;
    if (!invitation) return;
    for (const field of ["id", "state", "failure", "note", "cause"]) {
      if (record[field] !== undefined) invitation[field] = record[field];
    }
    if (record.state === "CANCELED") invitation.reason = record.reason;
    if (record.role === "callee") invitation.device = record.winner;
  }

  #effect(record, effect, { m }, did) {
    const { invitation } = record;
    switch (effect) {
      case "no-response timer":
        return this.#finals.arm(record.final, this.#now + record.noResponse);
      case "expiry timer":
        if (record.role === "callee") return this.#finals.arm(record.final, record.ringDeadline);
        this.#finals.arm(record.final, (this.countFromSend ? record.sentAt : this.#now) + record.expiry + this.times.grace);
        if (record.pause === 0) this.#armCopy(record, record.last + SPACING); // a resync has put it off (resync 3)
        return;
      case "accept timer":
        return this.#moveDeadline(record, this.#now + this.times.accept);
      case "ring's deadline if later":
        if (record.final.place === undefined) this.#moveDeadline(record, record.ringDeadline); // accept()
        else if (record.ringDeadline > record.final.at) this.#moveDeadline(record, record.ringDeadline);
        return;
      case "W = D":
        return; // it has been kept before the events, which show it
      case "noted":
        record.noted = m.word;
        return;
      case "linger ends":
        if (record.pending) {
          did.moved = true;
          this.#endLinger(record);
        }
        return;
      case "late confirm":
        this.stats.lateConfirms++;
        return;
      case "Missed":
        did.missed = true;
        record.missed = record.missed === "due" ? "told" : "stale";
        return this.#tellMissed(record, { reason: record.reason || "stale", content: m.content, channelId: m.channelId });
      case "Missed withdrawn":
        did.moved = true;
        record.missed = "told";
        return this.#tellMissed(record, { reason: elsewhere(m), content: "", channelId: "", withdrawn: true });
      default: // an event; without an object there is nobody to tell
        if (invitation) this.#events.push({ event: eventName(record.role, effect), invitation, ...shown(invitation, effect) });
    }
  }

  #tellMissed(record, more) {
    this.#events.push({ event: "RemoteInvitationMissed", invitation: null, peer: record.peer, id: record.id, ...more });
  }

  // A copy that would now come too late, or in the quiet time, is not armed any more.
  #moveDeadline(record, at) {
    this.#finals.arm(record.final, at);
    if (record.copy.place !== undefined && !this.#mayGo(record, record.copy.at)) this.#copies.stop(record.copy);
  }

  // groups 2
  #decide(group) {
    if (!group) return;
    group.decided = true;
    for (const { peer, id, state } of [...group.members]) {
      if (state !== "SENT_TO_REMOTE" && state !== "RECEIVED_BY_REMOTE") continue;
      this.#run(this.#find("caller", peer, id), "another of the group accepted");
    }
    group.members.clear();
  }

  // Messages. ----------------------------------------------------------------------------

  // The message of a cell: a reply, a first copy, one that is due, or one of a resync.
  #send(record, row, cell, { m }) {
    const kind = cell.send.split("(")[0];
    const repeated = (record.role === "caller" ? repeatedByCaller : repeatedByCallee).has(kind);
    if (!repeated) return this.#post(record.peer, this.#message(record, cell.send, m));
    if (cell.restarts) return this.#resyncCopy(record, kind);
    if (row === "copy due") {
      if (this.#leavesNow(record)) this.#copyNow(record, kind);
      return this.#armNext(record, kind);
    }
    if (cell.to) {
      this.#copyNow(record, kind);
      record.pause = this.#pauses(kind)[0];
      return this.#armNext(record, kind, true);
    }
    // A reply that carries the same message (copies 4). At its very end a linger still answers (ties 2).
    if (record.state === "REFUSED" || this.#leavesNow(record)) this.#copyNow(record, kind);
  }

  #copyNow(record, kind) {
    if (this.#post(record.peer, this.#message(record, kind, null))) record.last = this.#now;
  }

  #pauses(kind) {
    const t = this.times;
    return kind === "ACCEPT" ? [t.acceptFirst, t.acceptCap] : [t.retransmitFirst, t.retransmitCap];
  }

  // copies 1: the next copy of the schedule, now that one has gone or was skipped.
  #armNext(record, kind, first = false) {
    this.#copies.stop(record.copy);
    if (kind === "RECEIVED") return this.#armRefresh(record);
    if (kind === "INVITE" && record.state !== "SENT_TO_REMOTE") return; // only a resync repeats it
    const [shortest, cap] = this.#pauses(kind);
    if (!first) record.pause = record.pause === 0 ? shortest : Math.min(2 * record.pause, cap);
    if (this.noRetransmit && kind !== "ACCEPT") return;
    this.#armCopy(record, this.#now + record.pause);
  }

  // refresh 1
  #armRefresh(record) {
    const { refresh } = this.times;
    if (refresh === 0) return;
    this.#armCopy(record, record.ringAt + (Math.floor((this.#now - record.ringAt) / refresh) + 1) * refresh);
  }

  #armCopy(record, at) { if (this.#mayGo(record, at)) this.#copies.arm(record.copy, at); }

  // next-deadline 3: whether a copy at that instant would be in time.
  #mayGo(record, at) {
    const deadline = record.final.at;
    if (record.state === "ACCEPT_SENT_TO_LOCAL") return at <= deadline - QUIET;
    if (record.state === "RECEIVED_BY_REMOTE") return !record.awayUnknown && at < deadline - this.times.grace;
    return at < deadline;
  }

  // The same for one that leaves late: resync 5 lists what does not go.
  #leavesNow(record) {
    return record.state === "SENT_TO_REMOTE" || record.state === "INVITATION_RECEIVED" || this.#mayGo(record, this.#now);
  }

  // resync 1, 6: every record that has its object, the oldest first.
  #resync(peer, login = false) {
    if (!this.loggedIn) return;
    for (const record of peer.records) {
      const fresh = login && record.state === "ACCEPT_SENT_TO_LOCAL" && this.#now < record.ringDeadline;
      if (fresh) this.#run(record, "login before the ring's deadline");
      else if (record.endedAt === undefined || record.pending) this.#run(record, "resync");
    }
  }

  // resync 3 and 4
  #resyncCopy(record, kind) {
    const at = record.last === null ? this.#now : Math.max(this.#now, record.last + SPACING);
    record.pause = 0; // no pause before this copy
    if (at === this.#now) {
      if (this.#leavesNow(record)) this.#copyNow(record, kind);
      this.#armNext(record, kind);
    } else if (record.copy.place === undefined || at < record.copy.at) this.#armCopy(record, at);
  }

  // logged-out 1. Tells whether it was sent.
  #post(to, message) {
    if (this.loggedIn) this.#messages.push({ to, message });
    return this.loggedIn;
  }

  #message(record, send, m) {
    const { id } = record;
    const [, kind, inner = ""] = /^(\w+)(?:\((.*)\))?$/.exec(send);
    switch (kind) {
      case "INVITE": {
        const age = this.#now - record.sentAt;
        const { content, channelId } = record.invitation;
        if (record.state === "SENT_TO_REMOTE") return { kind, id, content, channelId, age, wait: record.noResponse, expiry: record.expiry };
        const deadline = record.final.at;
        return {
          kind, id, content, channelId, age, wait: deadline - record.sentAt,
          expiry: this.countFromSend ? record.expiry : deadline - this.times.grace - this.#now,
        };
      }
      case "RECEIVED":
        return { kind, id, device: this.device };
      case "ACCEPT":
      case "REFUSE":
        return { kind, id, response: record.invitation.response, device: this.device };
      case "CONFIRM":
        return { kind, id, device: record.winner };
      case "CANCEL": {
        // copies 5: late copies of the schedule say what every peer can read.
        const { reason, note, pause } = record;
        if (2 * pause < this.times.retransmitCap) return { kind, id, reason, note };
        return { kind, id, reason: reason === "answered by another" ? "user" : reason, note: "" };
      }
      case "ACK":
        if (inner === "CANCEL") return { kind, id, for: "CANCEL" };
        return { kind, id, for: "REFUSE", device: m.device, refused: inner.endsWith("refused") && m.device !== "0" };
      default: {
        if (record.role === "callee") return this.#closed(id, "INVITE", inner);
        const word = inner !== "own" ? inner : record.failure === "INVITATION_EXPIRE" ? "expired" : "no response";
        return { kind, id, for: m.kind, word, device: word === "refused" ? record.winner : "0" };
      }
    }
  }

  #closed(id, answered, word) { return { kind: "CLOSED", id, for: answered, word, device: this.device }; }

  // Records. -----------------------------------------------------------------------------

  #find(role, peer, id) { return this.#peers.get(peer)?.byId.get(`${role} ${id}`); }

  // The record of an open or lingering invitation. (Its id may be another's by now.)
  #recordOf(invitation) {
    const record = this.#find(invitation.role, invitation.peer, invitation.id);
    return record?.invitation === invitation ? record : null;
  }

  #presence(name) { return this.#peers.get(name)?.presence ?? "unknown"; }

  #remember(record) {
    const { role, id } = record;
    let peer = this.#peers.get(record.peer);
    if (!peer) {
      peer = { name: record.peer, presence: "unknown", byId: new Map(), counts: { caller: 0, callee: 0 } };
      Object.defineProperty(peer, "records", { get: () => peer.byId.values() });
      this.#peers.set(record.peer, peer);
    }
    peer.byId.set(`${role} ${id}`, record);
    peer.counts[role]++;
    this.#totals[role]++;
    this.#ids[role].set(id, (this.#ids[role].get(id) ?? 0) + 1);
  }

  #forget(record) {
    const { role, id } = record;
    const peer = this.#peers.get(record.peer);
    peer.byId.delete(`${role} ${id}`);
    peer.counts[role]--;
    this.#totals[role]--;
    if (peer.byId.size === 0) this.#peers.delete(peer.name);
    const left = this.#ids[role].get(id) - 1;
    if (left) this.#ids[role].set(id, left);
    else this.#ids[role].delete(id);
    if (this.#started && this.#peers.size === 0) {
      Object.assign(this, this.#started);
      this.#started = null;
    }
  }
}

const terminal = {
  caller: new Set(["ACCEPTED_BY_REMOTE", "REFUSED_BY_REMOTE", "CANCELED", "FAILURE"]),
  callee: new Set(["REFUSED", "ACCEPTED", "CANCELED", "FAILURE"]),
};

/** messages 7: which half a message is for. */
function roleFor(m) {
  switch (m.kind) {
    case "INVITE": case "CANCEL": case "CONFIRM":
      return "callee";
    case "ACK":
      return ["RECEIVED", "ACCEPT", "REFUSE"].includes(m.for) ? "callee" : "caller";
    case "CLOSED":
      return m.for === "INVITE" ? "caller" : "callee";
    default:
      return "caller";
  }
}

// malformed 1. Messages that wire.js has read are possible; those of other readers may not be.
function possible(m) {
  if (!/^[1-9a-f][0-9a-f]{0,15}-(0|[1-9][0-9]*)$/.test(m.id)) return false;
  if (m.kind === "ACK") return ["INVITE", "RECEIVED", "ACCEPT", "CONFIRM", "REFUSE", "CANCEL"].includes(m.for);
  if (m.kind === "CLOSED") return Boolean(wordsFor[m.for]?.includes(m.word));
  return ["INVITE", "RECEIVED", "ACCEPT", "CONFIRM", "REFUSE", "CANCEL"].includes(m.kind);
}

const cancelReasons = ["user", "no response", "expired", "rejected", "answered by another"];

function wellFormed(m) {
  switch (m.kind) {
    case "INVITE":
      return utf8Length(m.content) <= MAX_CONTENT && utf8Length(m.channelId) <= MAX_CHANNEL_ID;
    case "ACCEPT": case "REFUSE":
      return utf8Length(m.response) <= MAX_RESPONSE;
    case "CANCEL":
      return cancelReasons.includes(m.reason) && utf8Length(m.note ?? "") <= MAX_NOTE;
    default:
      return true;
  }
}

const samePayload = (invitation, m) => invitation.content === m.content && invitation.channelId === m.channelId;

const elsewhere = (m) => (m.kind === "CONFIRM" ? "accepted elsewhere" : "refused elsewhere");

// The reason that an end has: what its CANCEL says, or what the message said.
function reasonOf(row, send, m) {
  const [, ofCancel] = /^CANCEL\((.*)\)$/.exec(send) ?? [];
  if (ofCancel) return ofCancel;
  if (!m || roleFor(m) === "caller") return undefined;
  if (m.kind === "CANCEL") return m.reason;
  if (row === "CLOSED(canceled, no response)") return m.word === "canceled" ? "user" : m.word;
  if (row.endsWith("other device")) return elsewhere(m);
  return undefined;
}

const eventName = (role, effect) => (role === "caller" ? "LocalInvitation" : "RemoteInvitation") + effect.replace(/\(.*/, "");

// What an event tells, as it stands now: the application may read it later.
function shown(invitation, effect) {
  const { peer, id, content, channelId, response, failure, reason, note, device } = invitation;
  const event = { peer, id };
  if (effect === "Received") Object.assign(event, { content, channelId });
  if (invitation.role === "caller" && (effect === "Accepted" || effect === "Refused")) Object.assign(event, { response, device });
  if (effect === "Canceled") Object.assign(event, { reason, note });
  if (effect.startsWith("Failure")) event.failure = failure;
  return event;
}
