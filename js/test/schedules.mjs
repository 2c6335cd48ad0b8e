// Random schedules for one endpoint behind invd/1: calls of its application, messages of
// peers (copies, late ones, strange ones), presence, sessions, and time around each
// deadline. The endpoint's own replies steer the draw, so a schedule is made while it is
// played. Equal seeds make equal schedules.

const MS = 1e6, SECOND = 1e9;

/** Numbers from 0 to 1, from a seed (mulberry32). */
export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const closedByCallee = ["refused", "failed", "stale", "invalid", "overloaded"];
const closedByCaller = ["canceled", "no response", "expired", "refused", "unknown"];
const reasons = ["user", "no response", "expired", "rejected", "answered by another"];
const kinds = ["INVITE", "RECEIVED", "ACCEPT", "CONFIRM", "REFUSE", "CANCEL"];

/**
 * Plays one schedule. ask(request) gives the endpoint's reply. has(feature) says what may
 * be used. Returns the requests.
 */
export function play(seed, ask, has, { steps = 60 } = {}) {
  const next = random(seed);
  const chance = (p) => next() < p;
  const pick = (list) => list[Math.floor(next() * list.length)];
  const whole = (n) => Math.floor(next() * n);

  const requests = [];
  let now = whole(5) * SECOND, deadline = null, labels = 0, groups = 0, epochs = 0;
  const own = []; // ids that we gave: { to, id, inv }
  const mine = []; // labels
  const rung = []; // { from, id }
  const epoch = "5eed", selfDevice = has("device") && chance(0.5) ? "7" : undefined;
  const peers = ["alice", "carol"];
  const foreign = ["a1-1", "a1-2", "a1-3", "b2-1", "5eee-1"];
  const devices = ["0", "0", "0", "7", "8"];

  const say = (request) => {
    requests.push(request);
    const reply = ask(request);
    if (reply.next !== undefined) deadline = reply.next;
    for (const effect of reply.effects ?? []) {
      const id = effect.message?.id ?? effect.id;
      if (effect.do === "send" && effect.message?.kind === "INVITE" && !own.some((o) => o.id === id)) own.push({ to: effect.to, id });
      if (effect.name === "RemoteInvitationReceived") rung.push({ from: effect.from, id });
    }
    return reply;
  };

  const times = has("times") && chance(0.4) ? pick([
    { grace: 0, accept: 5 * SECOND, refresh: 0 },
    { no_response: 3 * SECOND, expiry: 5 * SECOND, expiry_cap: 4 * SECOND, grace: 1 * SECOND, accept: 1 * SECOND, refresh: 2 * SECOND, linger: 3 * SECOND, tombstone: 20 * SECOND, max_delay: 5 * SECOND },
    { expiry_cap: 10 * SECOND, refresh: 700 * MS, linger: 40 * SECOND, accept: 2 * SECOND },
    { accept: 800 * MS, accept_first: 300 * MS, accept_cap: 9 * SECOND, retransmit_first: 100 * MS, retransmit_cap: 200 * MS },
  ]) : undefined;
  if (times && selfDevice && times.refresh === 0) delete times.refresh;
  const options = {};
  if (times) options.times = times;
  if (has("count-from-send") && chance(0.2)) options.count_from_send = true;
  if (has("fail-at-once") && chance(0.2)) options.fail_at_once = true;
  if (has("no-retransmit") && chance(0.1)) options.no_retransmit = true;
  if (has("limits") && chance(0.1)) { options.max_per_peer = 1 + whole(10); options.max_total = 4 + whole(8); }
  say({ op: "reset", case: `schedule-${seed}`, now, self: "bob", epoch, ...(selfDevice && { device: selfDevice }), options });

  const text = () => (chance(0.9) ? pick(["", "video?", "yes", "日本"]) : pick(["x".repeat(8192), "x".repeat(8193), "x".repeat(65)]));
  const device = (m) => {
    const d = pick(devices);
    return d === "0" ? m : { ...m, v: 2, device: d };
  };
  const message = () => {
    const id = pick([...foreign, ...own.map((o) => o.id), ...own.slice(-2).map((o) => o.id), ...rung.slice(-2).map((r) => r.id)]) ?? "a1-1";
    const m = (kind, more) => ({ v: 1, kind, id, ...more });
    switch (pick(["invite", "invite", "received", "accept", "confirm", "refuse", "cancel", "ack", "closed by callee", "closed by caller"])) {
      case "invite": return m("INVITE", {
        content: chance(0.9) ? "video?" : text(), channel_id: chance(0.95) ? "" : text(),
        age_ns: pick([0, 0, 0, 1 * SECOND, 29 * SECOND, 30 * SECOND, 61 * SECOND]),
        wait_ns: pick([30 * SECOND, 30 * SECOND, 92 * SECOND, 3 * SECOND, 147 * SECOND, 147 * SECOND + 1, 0]),
        expiry_ns: pick([60 * SECOND, 60 * SECOND, 5 * SECOND, 100 * SECOND, 1, 0]),
      });
      case "received": return device(m("RECEIVED"));
      case "accept": return device(m("ACCEPT", { response: text() }));
      case "confirm": return device(m("CONFIRM"));
      case "refuse": return device(m("REFUSE", { response: text() }));
      case "cancel": {
        const reason = pick(reasons), note = chance(0.3) ? pick(["later", "n".repeat(1024), "n".repeat(1025)]) : "";
        return { ...m("CANCEL", { reason, ...(note && { note }) }), v: note || reason === "answered by another" ? 2 : 1 };
      }
      case "ack": {
        const about = pick([...kinds, "REFUSE", "REFUSE", "CANCEL", "CANCEL"]);
        if (about !== "REFUSE") return m("ACK", { for: about });
        const d = pick(devices);
        return { ...m("ACK", { for: about, ...(d !== "0" && { device: d, ...(chance(0.6) && { refused: true }) }) }), v: d === "0" ? 1 : 2 };
      }
      case "closed by callee": return device(m("CLOSED", { for: "INVITE", word: pick(closedByCallee) }));
      default: {
        const word = pick(closedByCaller), c = m("CLOSED", { for: pick(["RECEIVED", "ACCEPT"]), word });
        return word === "refused" ? device(c) : c;
      }
    }
  };
  // The peer that fits the id, mostly.
  const senderOf = (m) => {
    if (chance(0.04)) return pick(["bob", "mallory", " x", "null"]);
    if (chance(0.1)) return pick(peers);
    return own.find((o) => o.id === m.id)?.to ?? rung.find((r) => r.id === m.id)?.from ?? pick(peers);
  };
  let last = null;
  const late = has("late");

  for (let step = 0; step < steps; step++) {
    // Time: up to the next deadline, to it, or beyond.
    const go = next();
    if (go < 0.25) now += whole(3) * 100 * MS;
    else if (go < 0.45 && deadline !== null) now = Math.max(now, deadline - MS);
    else if (go < 0.65 && deadline !== null) now = Math.max(now, deadline);
    else if (go < 0.75 && deadline !== null && late) now = Math.max(now, deadline + MS);
    else if (go < 0.82 && late) now += pick([1, 5, 20, 60]) * SECOND;
    else if (go < 0.825 && late) now += 300 * SECOND;
    if (!late && deadline !== null) now = Math.min(now, deadline);

    const what = next();
    if (has("snapshot") && what < 0.02) { // a crash, or two
      const { snapshot } = say({ op: "snapshot", now });
      const away = chance(0.7) ? pick([0, 200 * MS, 5 * SECOND, 20 * SECOND, 40 * SECOND]) : undefined;
      now += away ?? pick([0, 20 * SECOND]);
      epochs++;
      mine.length = 0;
      say({ op: "restore", now, self: "bob", epoch: `5eed${epochs}`, ...(selfDevice && { device: selfDevice }), options, snapshot, ...(away !== undefined && { away }) });
    } else if (what < 0.22) say({ op: "advance", now });
    else if (what < 0.25) { // a call that goes well, as far as it does
      const fits = { v: selfDevice ? 2 : 1, ...(selfDevice && { device: selfDevice }) };
      const of = rung.at(-1), to = own.at(-1);
      if (of && chance(0.5)) {
        say({ op: "app", now, call: "accept", from: of.from, id: of.id });
        if (chance(0.8)) say({ op: "deliver", now, from: of.from, message: { ...fits, kind: "CONFIRM", id: of.id } });
      } else if (to) say({ op: "deliver", now, from: to.to, message: { v: 1, id: to.id, ...pick([{ kind: "RECEIVED" }, { kind: "CLOSED", for: "INVITE", word: pick(closedByCallee) }]) } });
    }
    else if (what < 0.65) {
      const m = last && chance(0.15) ? last.m : message();
      last = { m };
      const request = { op: "deliver", now, from: senderOf(m), message: m };
      if (chance(0.02)) { delete request.message; request.raw = Buffer.from(pick(["", "{", "hello", "\x81\x02"]), "latin1").toString("base64"); }
      else if (has("held") && chance(0.1)) request.held = pick([0, 500 * MS, 29 * SECOND, 40 * SECOND]);
      say(request);
    } else if (what < 0.75) {
      const inv = `c${labels++}`;
      mine.push(inv);
      const create = { op: "app", now, call: "create", inv, to: chance(0.95) ? pick(peers) : pick(["bob", "", " x"]), content: text() };
      if (has("group") && chance(0.3)) create.group = `g${chance(0.7) ? groups : ++groups}`;
      if (has("call-times") && chance(0.15)) create.times = pick([{ no_response: 2 * SECOND }, { expiry: 7 * SECOND }, { no_response: 400 * MS, expiry: 500 * SECOND }]);
      say(create);
      if (chance(0.9)) say({ op: "app", now, call: "send", inv });
    } else if (what < 0.8 && mine.length > 0) {
      const inv = pick(mine.slice(-4));
      const call = pick(["send", "cancel", "cancel", "set"]);
      say({ op: "app", now, call, inv, ...(call === "set" && { content: text(), ...(has("call-times") && chance(0.2) && { times: { no_response: 1 } }) }), ...(call === "cancel" && has("note") && chance(0.4) && { note: pick(["later", "n".repeat(1025)]) }) });
    } else if (what < 0.9 && rung.length > 0) {
      const { from, id } = pick(rung.slice(-3));
      say({ op: "app", now, call: pick(["accept", "accept", "refuse", "set"]), from, id, ...(chance(0.5) && { response: text() }) });
    } else if (what < 0.95 && has("presence")) say({ op: "peer", now, peer: pick(peers), online: chance(0.5) });
    else if (has("session")) say({ op: "session", now, in: chance(0.6) });
  }
  return requests;
}
