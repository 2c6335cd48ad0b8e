// Errors that are easily made, one at a time, in what stands between an engine and its
// application: what a failing report of the conformance kit looks like.

const before = (Case, method, change) => {
  const right = Case.prototype[method];
  Case.prototype[method] = function (request) { return change.call(this, request, () => right.call(this, request)); };
};

export const breaks = {
  /** A timer that is due now fires before the input. */
  tie: (Case) => before(Case, "run", function (request, right) {
    if (request.op !== "inspect") this.engine.advance();
    return right();
  }),

  /** A call that is refused seems to be taken. */
  mute: (Case) => before(Case, "app", (request, right) => {
    right();
    return {};
  }),

  /** A CANCEL that comes before its INVITE is not kept. */
  "early-cancel": (Case) => before(Case, "deliver", function (request, right) {
    const { message: { kind, id } = {}, from } = request;
    this.heard ??= new Set();
    if (kind === "INVITE") this.heard.add(`${from} ${id}`);
    return kind === "CANCEL" && !this.heard.has(`${from} ${id}`) ? {} : right();
  }),
};
