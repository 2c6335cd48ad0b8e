// Events by name, as the vendor's objects have them. A listener that throws keeps no
// other from hearing: its error is thrown on, by itself.

export class EventEmitter {
  #listeners = new Map();

  on(event, listener) {
    if (typeof listener !== "function") throw new TypeError(`on ${event}: a listener is a function`);
    const list = this.#listeners.get(event) ?? [];
    this.#listeners.set(event, [...list, listener]);
    return this;
  }

  once(event, listener) {
    const first = (...args) => {
      this.off(event, first);
      listener(...args);
    };
    first.listener = listener;
    return this.on(event, first);
  }

  off(event, listener) {
    const list = this.#listeners.get(event) ?? [];
    const at = list.findLastIndex((l) => l === listener || l.listener === listener);
    if (at >= 0) this.#listeners.set(event, list.toSpliced ? list.toSpliced(at, 1) : list.filter((_, i) => i !== at));
    return this;
  }

  removeAllListeners(event) {
    if (event === undefined) this.#listeners.clear();
    else this.#listeners.delete(event);
    return this;
  }

  listenerCount(event) { return this.#listeners.get(event)?.length ?? 0; }

  /** Tells whether anybody listens. */
  emit(event, ...args) {
    const list = this.#listeners.get(event) ?? [];
    for (const listener of list) {
      try {
        listener.apply(this, args);
      } catch (error) {
        queueMicrotask(() => { throw error; });
      }
    }
    return list.length > 0;
  }
}
