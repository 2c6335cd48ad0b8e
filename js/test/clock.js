// A clock for the tests: time passes when it is told to.

export class FakeClock {
  at = 0;
  #timers = [];
  now = () => this.at;
  setTimeout = (f, ms) => {
    const timer = { f, due: this.at + Math.max(0, ms) };
    this.#timers.push(timer);
    return timer;
  };
  clearTimeout = (timer) => { this.#timers = this.#timers.filter((t) => t !== timer); };
  get waiting() { return this.#timers.length; }

  /** Runs what becomes due, in its order, with all microtasks between. */
  async pass(ms) {
    const end = this.at + ms;
    await settled();
    for (;;) {
      const due = this.#timers.filter((t) => t.due <= end).sort((a, b) => a.due - b.due)[0];
      if (!due) break;
      this.clearTimeout(due);
      this.at = Math.max(this.at, due.due);
      due.f();
      await settled();
    }
    this.at = end;
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
