// Timers in the order of (deadline, arming): a heap in which a timer can be moved.
// A timer is an object with the fields at, seq and place, which the heap writes.

const before = (a, b) => a.at < b.at || (a.at === b.at && a.seq < b.seq);

export class Heap {
  #timers = [];
  #seq = 0;

  get first() { return this.#timers[0]; }

  /** Starts a timer, or starts it anew. */
  arm(timer, at) {
    this.stop(timer);
    timer.at = at;
    timer.seq = this.#seq++;
    timer.place = this.#timers.length;
    this.#timers.push(timer);
    this.#up(timer);
  }

  stop(timer) {
    if (timer.place === undefined) return;
    const last = this.#timers.pop();
    if (last !== timer) {
      last.place = timer.place;
      this.#timers[last.place] = last;
      this.#up(last);
      this.#down(last);
    }
    timer.place = undefined;
  }

  #up(timer) {
    while (timer.place > 0) {
      const parent = this.#timers[(timer.place - 1) >> 1];
      if (!before(timer, parent)) return;
      this.#swap(timer, parent);
    }
  }

  #down(timer) {
    for (;;) {
      const left = this.#timers[2 * timer.place + 1];
      const right = this.#timers[2 * timer.place + 2];
      const child = right && before(right, left) ? right : left;
      if (!child || !before(child, timer)) return;
      this.#swap(timer, child);
    }
  }

  #swap(a, b) {
    [a.place, b.place] = [b.place, a.place];
    this.#timers[a.place] = a;
    this.#timers[b.place] = b;
  }
}
