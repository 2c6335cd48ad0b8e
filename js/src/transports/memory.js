// A network in one process: for a first program, tests, and the demonstration. It loses,
// doubles and delays as it is told. Every device of a user is a connection of its own.

const system = { setTimeout: (f, ms) => setTimeout(f, ms), random: () => Math.random() };

export class MemoryNetwork {
  #connections = new Set();

  /**
   * delay and jitter are in milliseconds, loss and duplicates are chances from 0 to 1.
   * All can be changed at any time. tap hears of every copy: { from, to, bytes, delay, lost }.
   */
  constructor({ delay = 0, jitter = 0, loss = 0, duplicates = 0, clock = system, random = system.random, tap = null } = {}) {
    Object.assign(this, { delay, jitter, loss, duplicates, clock, random, tap });
  }

  connect(user) {
    const connection = new Connection(this, user);
    this.#connections.add(connection);
    return connection;
  }

  /** @internal */
  of(user) { return [...this.#connections].filter((c) => c.user === user); }

  /** @internal */
  remove(connection) { this.#connections.delete(connection); }

  /** @internal */
  carry(from, to, bytes) {
    const receivers = this.of(to);
    if (!receivers.some((c) => c.up)) this.clock.setTimeout(() => from.receiver?.peerOffline(to), 0);
    for (const receiver of receivers) {
      const copies = this.random() < this.duplicates ? 2 : 1;
      for (let i = 0; i < copies; i++) this.#copy(from, receiver, bytes);
    }
  }

  #copy(from, receiver, bytes) {
    const delay = this.delay + this.random() * this.jitter;
    const lost = this.random() < this.loss;
    const copy = { from: from.user, to: receiver.user, bytes, delay, lost };
    this.tap?.(copy);
    if (lost) return;
    this.clock.setTimeout(() => {
      if (receiver.up) receiver.receiver?.receive(from.user, bytes);
      else copy.lost = true;
    }, delay);
  }
}

class Connection {
  up = true;
  receiver = null;
  constructor(network, user) { Object.assign(this, { network, user }); }

  listen(receiver) {
    this.receiver = receiver;
    if (!this.up) receiver.loggedOut();
  }

  send(to, bytes) { if (this.up) this.network.carry(this, to, bytes); }

  /** An outage, and its end. */
  disconnect() {
    this.up = false;
    this.receiver?.loggedOut();
  }

  reconnect() {
    this.up = true;
    this.receiver?.loggedIn();
  }

  close() {
    this.up = false;
    this.receiver = null;
    this.network.remove(this);
  }
}
