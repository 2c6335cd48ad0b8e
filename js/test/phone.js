// One endpoint for the tests: an engine with a clock that is set by hand, and its outputs
// as short lines.

import { Engine } from "../src/engine.js";
import { defaultTimes } from "../src/times.js";

export const ms = (n) => n * 1e6;
export const s = (n) => n * 1e9;

const nameOf = { INVITE: (m) => "", RECEIVED: () => "", ACCEPT: (m) => m.response, REFUSE: (m) => m.response, CONFIRM: () => "" };

function short(m) {
  const device = m.device && m.device !== "0" ? ` @${m.device}` : "";
  switch (m.kind) {
    case "CANCEL": return `CANCEL(${m.reason})${m.note ? ` "${m.note}"` : ""}`;
    case "ACK": return `ACK(${m.for}${m.refused ? ", refused" : ""})${device}`;
    case "CLOSED": return `CLOSED(${m.for}, ${m.word})${device}`;
    default: return m.kind + (nameOf[m.kind](m) ? ` "${nameOf[m.kind](m)}"` : "") + device;
  }
}

function line(output) {
  if (output.message) return `${output.to} < ${short(output.message)}`;
  const { event, failure, reason, note, response, withdrawn } = output;
  const more = [failure, reason, note && `"${note}"`, response && `"${response}"`, withdrawn && "withdrawn"].filter(Boolean);
  return event.replace("Invitation", "") + (more.length ? `(${more.join(", ")})` : "");
}

export class Phone {
  now = 0;
  constructor(options = {}, times = {}) {
    this.engine = new Engine({
      self: "bob", epoch: "5eed", clock: () => this.now, ...options, times: { ...defaultTimes, ...times },
    });
  }
  /** Goes to an instant from deadline to deadline, and tells what happened on the way. */
  until(at) {
    const told = [];
    for (let next; (next = this.engine.nextDeadline) !== null && next <= at;) {
      this.now = Math.max(this.now, next);
      this.engine.advance();
      told.push(...this.told());
    }
    this.now = at;
    return told;
  }
  told() { return (this.outputs = this.engine.take()).map(line); }
  call(to = "alice", fields = {}) {
    const invitation = this.engine.createLocalInvitation(to);
    this.engine.set(invitation, fields);
    const refusal = this.engine.send(invitation);
    if (refusal) throw new Error(`send: ${refusal.code}: ${refusal.why}`);
    return invitation;
  }
  hear(kind, fields = {}, { from = "alice", held = 0 } = {}) {
    this.verdict = this.engine.receive(from, { kind, id: "5eed-1", ...fields }, held);
    return this.told();
  }
  /** An INVITE of alice's. Returns the invitation that rings, or null. */
  ring(fields = {}, how = {}) {
    this.lines = this.hear("INVITE", {
      id: "a1-1", content: "video?", channelId: "", age: 0, wait: s(30), expiry: s(60), ...fields,
    }, how);
    return this.outputs.find((o) => o.event === "RemoteInvitationReceived")?.invitation ?? null;
  }
}
