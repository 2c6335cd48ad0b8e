// The engine behind invd/1 (docs/driver.md), wherever it runs: answer takes a request and
// returns the reply. testee.mjs is its program, conform.html its page.

import { Engine, Remote } from "./src/engine.js";
import { encode, decode, WireError } from "./src/wire.js";
import { defaultTimes } from "./src/times.js";

export const hello = {
  protocol: "invd/1", name: "invsim-js", version: "", language: "JavaScript",
  roles: ["caller", "callee"], forms: ["json", "binary"],
  features: [
    "presence", "session", "held", "late", "set-clock", "epoch", "times", "count-from-send", "fail-at-once",
    "no-retransmit", "limits", "snapshot", "inspect", "trace", "refresh", "device", "group", "note", "call-times", "missed",
  ],
  clock: "virtual", unit: "ns",
};

/** A request that makes no sense: { error }, or { unsupported }. */
class Nonsense extends Error {
  constructor(message, kind = "error") {
    super(message);
    this.kind = kind;
  }
}

const names = {
  no_response: "noResponse", expiry: "expiry", expiry_cap: "expiryCap", grace: "grace", accept: "accept", refresh: "refresh",
  retransmit_first: "retransmitFirst", retransmit_cap: "retransmitCap", accept_first: "acceptFirst", accept_cap: "acceptCap",
  linger: "linger", tombstone: "tombstone", max_delay: "maxDelay",
};

const renamed = (times) => Object.fromEntries(Object.entries(times).map(([name, value]) => {
  if (!names[name]) throw new Nonsense(`there is no time ${JSON.stringify(name)}`);
  return [names[name], value];
}));

const epoch = () => crypto.getRandomValues(new BigUint64Array(1))[0].toString(16).replace(/^0$/, "1");

const utf8 = new TextEncoder();
const bytesOf = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const base64Of = (bytes) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
const textOf = (bytes) => new TextDecoder().decode(bytes);

/** One case: an engine, its clock, and the invitations that the application knows. */
export class Case {
  constructor(request) {
    this.now = request.now;
    this.trace = [];
    this.remote = new Map(); // from and id → invitation that rang
    this.form = request.form ?? "json";
    const { times = {}, count_from_send, fail_at_once, no_retransmit, max_per_peer, max_total, ...rest } = request.options ?? {};
    if (Object.keys(rest).length > 0) throw new Nonsense(`reset: option ${Object.keys(rest)[0]}`, "unsupported");
    try {
      const options = {
        self: request.self, device: request.device, epoch: request.epoch ?? epoch(), clock: () => this.now,
        times: { ...defaultTimes, ...renamed(times) },
        countFromSend: count_from_send, failAtOnce: fail_at_once, noRetransmit: no_retransmit,
        maxPerPeer: max_per_peer, maxTotal: max_total, trace: (used) => this.trace.push(used),
      };
      this.engine = request.op === "reset" ? new Engine(options) :
        Engine.restore(options, textOf(bytesOf(request.snapshot)), request.away ?? null);
    } catch (e) {
      if (e instanceof RangeError || e instanceof SyntaxError) throw new Nonsense(`${request.op}: ${e.message}`);
      throw e;
    }
    this.own = new Map(); // to and id → invitation that a restore has found
    for (const i of this.engine.open) (i.role === "caller" ? this.own : this.remote).set(`${i.peer} ${i.id}`, i);
    this.labels = new Map(); // label → invitation
    this.labelOf = new Map();
    this.groups = new Map();
  }

  label(invitation) { return this.labelOf.get(invitation); }

  find({ inv, to, from, id }, what) {
    let found;
    if (inv !== undefined) found = this.labels.get(inv);
    else if (to !== undefined) found = this.own.get(`${to} ${id}`) ?? [...this.labels.values()].find((i) => i.peer === to && i.id === id && id);
    else found = this.remote.get(`${from} ${id}`);
    if (found) return found;
    const name = inv !== undefined ? JSON.stringify(inv) : `${id} ${to !== undefined ? "to" : "from"} ${JSON.stringify(to ?? from)}`;
    throw new Nonsense(`${what}: there is no invitation ${name}`);
  }

  app({ call, inv, to, from, id, content, channel_id, response, note, group, times }) {
    const { engine } = this;
    const fields = { content, channelId: channel_id, response, ...(times && { noResponse: 0, expiry: 0, ...renamed(times) }) };
    if (call === "create") {
      if (inv === undefined || to === undefined) throw new Nonsense("app: create needs inv and to");
      if (this.labels.has(inv)) throw new Nonsense(`app: create: ${JSON.stringify(inv)} is taken`);
      const invitation = engine.createLocalInvitation(to);
      this.labels.set(inv, invitation);
      this.labelOf.set(invitation, inv);
      if (group !== undefined) {
        if (!this.groups.has(group)) this.groups.set(group, engine.newGroup());
        fields.group = this.groups.get(group);
      }
      engine.set(invitation, fields);
      return {};
    }
    const invitation = this.find({ inv, to, from, id }, `app: ${call}`);
    const local = invitation.role === "caller";
    if ((call === "send" || call === "cancel") !== local && call !== "set") {
      throw new Nonsense(`app: ${call}: the invitation is ${local ? "our own" : "another's"}`);
    }
    engine.set(invitation, fields);
    switch (call) {
      case "set": return {};
      case "send": return refused(engine.send(invitation));
      case "cancel": return refused(engine.cancel(invitation, note));
      case "accept": return refused(engine.accept(invitation));
      case "refuse": return refused(engine.refuse(invitation));
      default: throw new Nonsense(`app: there is no call ${JSON.stringify(call)}`);
    }
  }

  deliver({ from, message, raw, held }) {
    const bytes = raw !== undefined ? bytesOf(raw) : utf8.encode(JSON.stringify(message));
    let m;
    try {
      m = decode(bytes);
    } catch (e) {
      if (e instanceof WireError) return { undecodable: e.reason };
      throw e;
    }
    return { verdict: this.engine.receive(from, m, held) };
  }

  effect(output) {
    if (output.message) {
      const bytes = encode(output.message, this.form);
      const sent = this.form === "json" ? { message: JSON.parse(textOf(bytes)) } : { raw: base64Of(bytes) };
      return { do: "send", to: output.to, ...sent };
    }
    const { event, invitation, peer, id, content, channelId, response, failure, reason, note, device, withdrawn } = output;
    const remote = event.startsWith("Remote");
    if (event === "RemoteInvitationReceived") this.remote.set(`${peer} ${id}`, invitation);
    return clean({
      do: "event", name: event, inv: this.label(invitation), [remote ? "from" : "to"]: peer, id: id || undefined,
      content, channel_id: channelId, response, failure, reason, note: remote ? note || undefined : undefined,
      device: device === "0" ? undefined : device, withdrawn,
    });
  }

  inspect(request) {
    const { inv, to, from, id } = request;
    if (inv === undefined && id === undefined) return { records: this.engine.remembered };
    const invitation = this.find({ inv, to, from, id }, "inspect");
    const { peer, state, failure, content, channelId, response, age, reason, cause, note, device } = invitation;
    const local = invitation.role === "caller";
    return {
      invitation: clean({
        inv: this.label(invitation), [local ? "to" : "from"]: peer, id: invitation.id || undefined, state,
        failure: failure || undefined, content, channel_id: channelId, response,
        until: this.engine.until(invitation) ?? undefined, age: local ? undefined : age,
        reason: reason || undefined, cause: cause || undefined, note: note || undefined, device: device === "0" ? undefined : device,
      }),
    };
  }

  run(request) {
    const { engine } = this;
    switch (request.op) {
      case "app": return this.app(request);
      case "deliver": return this.deliver(request);
      case "peer": return (request.online ? engine.peerOnline(request.peer) : engine.peerOffline(request.peer)), {};
      case "session": return (request.in ? engine.login() : engine.logout()), {};
      case "advance": return engine.advance(), {};
      case "snapshot": return { snapshot: base64Of(utf8.encode(engine.snapshot())) };
      case "inspect": return this.inspect(request);
      default: throw new Nonsense(`there is no ${JSON.stringify(request.op)} here`, "unsupported");
    }
  }
}

const refused = (refusal) => (refusal ? { code: refusal.code } : {});
const clean = (object) => Object.fromEntries(Object.entries(object).filter(([, v]) => v !== undefined));

const cellOnPage = ({ table, in: state, on, peer, id, cell }) => clean({
  table, in: state, on, kind: cell.error ? "refused" : cell.to ? "move" : cell.unexpected ? "unexpected" : "stay",
  next: cell.to || undefined, effects: cell.text, peer, id: id || undefined,
});

let current = null;

export function answer(request) {
  try {
    if (request.op === "hello") {
      if (request.protocol !== "invd/1") throw new Nonsense(`hello: ${JSON.stringify(request.protocol)} is not invd/1`);
      return { hello };
    }
    if (request.op === "bye") return {};
    let reply = {};
    if (request.op === "reset" || request.op === "restore") {
      current = new Case(request);
      if (request.op === "restore") {
        reply.open = current.engine.open.map(({ role, peer, id, state }) => ({ [role === "caller" ? "to" : "from"]: peer, id, state }));
        if (reply.open.length === 0) delete reply.open;
      }
    }
    else {
      if (!current) throw new Nonsense(`${request.op}: there is no case yet`);
      if (request.now !== undefined) current.now = request.now;
      current.trace = [];
      reply = current.run(request);
    }
    const effects = current.engine.take().map((output) => current.effect(output));
    if (effects.length > 0) reply.effects = effects;
    if (request.now !== undefined) reply.next = current.engine.nextDeadline;
    if (request.trace && current.trace.length > 0) reply.trace = current.trace.map(cellOnPage);
    return reply;
  } catch (e) {
    if (e instanceof Nonsense) return { [e.kind]: e.message };
    throw e;
  }
}
