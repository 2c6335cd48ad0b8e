// The objects of an application: a client, and invitations that tell events by the
// vendor's names. It gives the engine a clock, a timer and a transport.

import { Engine } from "./engine.js";
import { EventEmitter } from "./emitter.js";
import { InvitationApiCallError } from "./errors.js";
import { encode, decode, WireError } from "./wire.js";
import { defaultTimes as defaults, vendorTimes as vendors, MILLISECOND } from "./times.js";

const inMilliseconds = (times) => Object.freeze(Object.fromEntries(Object.entries(times).map(([k, v]) => [k, v / MILLISECOND])));

/** In milliseconds. */
export const defaultTimes = inMilliseconds(defaults);
export const vendorTimes = inMilliseconds(vendors);

const toNanoseconds = (ms) => Math.round(ms * MILLISECOND);

/** Date counts the time that a machine sleeps, which performance.now need not. */
const systemClock = {
  now: () => Date.now(),
  setTimeout: (f, ms) => setTimeout(f, ms),
  clearTimeout: (timer) => clearTimeout(timer),
};
const longestTimeout = 2 ** 31 - 1;

function drawEpoch() {
  for (;;) {
    const [drawn] = crypto.getRandomValues(new BigUint64Array(1));
    if (drawn) return drawn.toString(16);
  }
}

/** What both kinds of invitations share. */
class Invitation extends EventEmitter {
  #ended;
  #end;

  constructor(call, inner) {
    super();
    Object.defineProperties(this, { call: { value: call }, inner: { value: inner } });
    this.#ended = new Promise((resolve) => { this.#end = resolve; });
  }

  get id() { return this.inner.id; }
  get state() { return this.inner.state; }
  get content() { return this.inner.content; }
  get channelId() { return this.inner.channelId; }
  get response() { return this.inner.response; }
  /** In FAILURE: why. */
  get failureReason() { return this.inner.failure; }
  /** In CANCELED: why. */
  get cancelReason() { return this.inner.reason; }
  /** The device that answered, in hexadecimal. */
  get device() { return this.inner.device; }
  get note() { return this.inner.note; }

  /** Resolves to the invitation when it has ended, after its last event. */
  get ended() { return this.#ended; }

  /** @internal */
  tell(event, args, isLast) {
    this.emit(event, ...args);
    if (isLast) this.#end(this);
  }
}

export class LocalInvitation extends Invitation {
  get calleeId() { return this.inner.peer; }
  get content() { return this.inner.content; }
  set content(content) { this.call.set(this.inner, { content }); }
  get channelId() { return this.inner.channelId; }
  set channelId(channelId) { this.call.set(this.inner, { channelId }); }
  /** In FAILURE with PEER_NO_RESPONSE: what lies behind it. */
  get cause() { return this.inner.cause; }
  get group() { return this.inner.group?.outer ?? null; }
  set group(group) { this.call.set(this.inner, { group: group?.inner ?? null }); }
  /** Until when it waits, by the client's clock, or null. */
  get waitsUntil() { return this.call.until(this.inner); }

  /** The times of this call in milliseconds; 0 is the client's. They can be set before send. */
  setTimes({ noResponse = 0, expiry = 0 }) {
    this.call.set(this.inner, { noResponse: toNanoseconds(noResponse), expiry: toNanoseconds(expiry) });
  }

  send() { this.call.run("send", this.inner, (engine) => engine.send(this.inner)); }

  /** note is a text for the callee, which is ours and not the vendor's. */
  cancel(note = "") { this.call.run("cancel", this.inner, (engine) => engine.cancel(this.inner, note)); }
}

export class RemoteInvitation extends Invitation {
  get callerId() { return this.inner.peer; }
  get response() { return this.inner.response; }
  set response(response) { this.call.set(this.inner, { response }); }
  /** How old the call was when it rang, in milliseconds. */
  get age() { return this.inner.age / MILLISECOND; }
  /** Until when it rings, by the client's clock, or null. */
  get ringsUntil() { return this.call.until(this.inner); }

  accept() { this.call.run("accept", this.inner, (engine) => engine.accept(this.inner)); }
  refuse() { this.call.run("refuse", this.inner, (engine) => engine.refuse(this.inner)); }
}

/** Invitations of which one at most is accepted: the first accept cancels the others. */
export class InvitationGroup {
  constructor(inner) {
    Object.defineProperty(this, "inner", { value: inner });
    Object.defineProperty(inner, "outer", { value: this });
  }
  get decided() { return this.inner.decided; }
}

const last = /(Accepted|Refused|Canceled|Failure)$/;

export class Client extends EventEmitter {
  #engine;
  #transport;
  #clock;
  #origin;
  #form;
  #timer = null;
  #due = null;
  #closed = false;
  #outer = new Map(); // the engine's invitation → ours, while it is open
  #events = [];
  #call;

  /**
   * uid is the user, whom the transport has to prove to its server. device is a number
   * of 64 bits in hexadecimal, "0" for the only one. times are in milliseconds; what is
   * left out has its default.
   */
  constructor({ uid, transport, device = "0", times = {}, clock = systemClock, form = "json", ...options }) {
    super();
    this.#transport = transport;
    this.#clock = clock;
    this.#origin = clock.now();
    this.#form = form;
    const given = Object.fromEntries(Object.entries(times).map(([name, ms]) => {
      if (!(name in defaults)) throw new RangeError(`client: there is no time ${name}`);
      return [name, toNanoseconds(ms)];
    }));
    this.#engine = new Engine({
      ...options, self: uid, device, epoch: options.epoch ?? drawEpoch(), times: { ...defaults, ...given },
      clock: () => toNanoseconds(clock.now() - this.#origin),
    });
    this.undecodable = 0;
    this.#call = {
      run: (name, inner, f) => {
        if (this.#closed) throw new Error(`${name}: the client is closed`);
        const refusal = this.#input(f);
        if (refusal) throw new InvitationApiCallError(name, inner, refusal);
      },
      set: (inner, fields) => this.#engine.set(inner, fields),
      until: (inner) => {
        const at = this.#engine.until(inner);
        return at === null ? null : at / MILLISECOND + this.#origin;
      },
    };
    transport.listen({
      receive: (from, bytes, heldMs = 0) => this.#receive(from, bytes, heldMs),
      peerOnline: (peer) => this.#input((engine) => engine.peerOnline(peer)),
      peerOffline: (peer) => this.#input((engine) => engine.peerOffline(peer)),
      loggedIn: () => this.#input((engine) => engine.login()),
      loggedOut: () => this.#input((engine) => engine.logout()),
    });
  }

  get uid() { return this.#engine.self; }
  get device() { return this.#engine.device; }
  get loggedIn() { return this.#engine.loggedIn; }
  get closed() { return this.#closed; }
  /** Counters: received messages by their verdict, and what was unexpected. */
  get stats() { return { ...this.#engine.stats, received: { ...this.#engine.stats.received }, undecodable: this.undecodable }; }

  /** Open invitations, the oldest first. */
  get localInvitations() { return [...this.#outer.values()].filter((i) => i instanceof LocalInvitation && i.state !== "IDLE"); }
  get remoteInvitations() { return [...this.#outer.values()].filter((i) => i instanceof RemoteInvitation); }

  createLocalInvitation(calleeId) {
    const inner = this.#engine.createLocalInvitation(calleeId);
    const invitation = new LocalInvitation({ ...this.#call, run: (name, i, f) => {
      if (inner.state === "IDLE") this.#outer.set(inner, invitation);
      try {
        this.#call.run(name, i, f);
      } finally {
        if (inner.state === "IDLE") this.#outer.delete(inner);
      }
    } }, inner);
    return invitation;
  }

  createGroup() { return new InvitationGroup(this.#engine.newGroup()); }

  /** Stops. Nothing is sent any more: cancel and refuse what is open first, and give it a moment. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#clock.clearTimeout(this.#timer);
    this.#transport.close?.();
  }

  #receive(from, bytes, heldMs) {
    if (this.#closed) return;
    let message;
    try {
      message = decode(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.undecodable++;
      return;
    }
    this.#input((engine) => engine.receive(from, message, toNanoseconds(heldMs)));
  }

  #input(f) {
    if (this.#closed) return null;
    const result = f(this.#engine);
    for (const output of this.#engine.take()) {
      if (output.message) this.#send(output);
      else this.#later(output);
    }
    this.#arm();
    return result;
  }

  #send({ to, message }) {
    const failed = (error) => this.emit("TransportError", error, to);
    try {
      Promise.resolve(this.#transport.send(to, encode(message, this.#form))).catch(failed);
    } catch (error) {
      failed(error); // the message is lost: the engine repeats what matters
    }
  }

  // Events come one at a time, and never inside of a call of the application.
  #later(output) {
    if (output.event === "RemoteInvitationReceived") {
      this.#outer.set(output.invitation, new RemoteInvitation(this.#call, output.invitation));
    }
    const invitation = this.#outer.get(output.invitation);
    if (last.test(output.event)) this.#outer.delete(output.invitation);
    if (this.#events.push({ output, invitation }) > 1) return;
    queueMicrotask(() => {
      while (this.#events.length > 0) {
        this.#tell(this.#events[0]);
        this.#events.shift();
      }
    });
  }

  #tell({ output, invitation }) {
    const { event, peer, id, content, channelId, response, failure, reason, note, withdrawn } = output;
    switch (event) {
      case "RemoteInvitationReceived":
        this.emit(event, invitation);
        return;
      case "RemoteInvitationMissed":
        this.emit(event, { callerId: peer, id, content, channelId, reason, withdrawn: Boolean(withdrawn) });
        return;
      case "LocalInvitationAccepted":
      case "LocalInvitationRefused":
        return invitation.tell(event, [response], true);
      case "LocalInvitationFailure":
      case "RemoteInvitationFailure":
        return invitation.tell(event, [failure], true);
      case "RemoteInvitationCanceled":
        return invitation.tell(event, [note], true);
      default:
        return invitation.tell(event, [], last.test(event));
    }
  }

  #arm() {
    const due = this.#engine.nextDeadline;
    if (due === this.#due && this.#timer !== null) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#due = due;
    if (due === null || this.#closed) return;
    const wait = Math.ceil((due - toNanoseconds(this.#clock.now() - this.#origin)) / MILLISECOND);
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null;
      this.#input((engine) => engine.advance());
    }, Math.min(Math.max(wait, 0), longestTimeout));
  }
}

/** The same as new Client. */
export const createClient = (options) => new Client(options);
