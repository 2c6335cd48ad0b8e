// What an engine has to remember over a crash (docs/protocol.md, snapshots), as one text.
// Instants are saved as distances from the present: the next clock need not be this one.

import { Local, Remote, Group } from "./engine.js";

const plain = ["role", "peer", "id", "state", "failure", "reason", "winner", "note", "pause", "noted", "cause",
  "noResponse", "expiry", "pending", "missed", "awayUnknown"];
const instants = ["sentAt", "ringAt", "ringDeadline", "endedAt", "last"];
const shown = ["peer", "id", "state", "failure", "reason", "note", "device", "response", "content", "channelId", "noResponse", "expiry", "cause", "age"];

const picked = (object, fields) => Object.fromEntries(fields.filter((f) => object[f] !== undefined).map((f) => [f, object[f]]));

export function snapshotOf({ self, device, times, countFromSend, now, peers, outputs }) {
  const groups = [];
  const distance = (at) => (typeof at === "number" ? at - now : at);
  const timer = (t) => (t.place === undefined ? null : { at: t.at - now, seq: t.seq });
  const group = (g) => {
    if (!g) return null;
    if (!groups.includes(g)) groups.push(g);
    return groups.indexOf(g);
  };
  const recordOf = (r) => ({
    ...picked(r, plain), ...Object.fromEntries(instants.map((f) => [f, distance(r[f])])),
    final: timer(r.final), copy: timer(r.copy), invitation: r.invitation && picked(r.invitation, shown), group: group(r.group),
  });
  const saved = {
    version: 1, self, device, times, countFromSend,
    peers: peers.map((p) => ({ name: p.name, offline: p.presence === "offline", records: [...p.records].map(recordOf) })),
    outputs: outputs.map((o) => ({ ...o, invitation: o.invitation ? { role: o.invitation.role, ...picked(o.invitation, shown) } : null })),
  };
  saved.groups = groups.map((g) => [...g.members].filter((m) => m.id).map((m) => [m.peer, m.id]));
  return JSON.stringify(saved);
}

/** The records with their timers in the order of their arming. zero is the instant of the snapshot. */
export function readSnapshot({ peers, groups, outputs }, engine, zero) {
  const invitations = new Map(), timers = [], made = groups.map(() => new Group());
  const invitationOf = (role, fields) => {
    const key = `${role} ${fields.peer} ${fields.id}`;
    if (!fields.id || !invitations.has(key)) {
      invitations.set(key, Object.assign(role === "caller" ? new Local(engine, fields.peer) : new Remote(engine, fields.peer), fields));
    }
    return invitations.get(key);
  };
  const recordOf = ({ final, copy, invitation, group, ...fields }) => {
    const record = { ...fields, final: {}, copy: {}, invitation: null, group: group === null ? null : made[group] };
    for (const name of instants) {
      if (typeof fields[name] === "number") record[name] = fields[name] + zero;
      else if (fields[name] === undefined) delete record[name];
    }
    if (invitation) record.invitation = invitationOf(fields.role, invitation);
    if (invitation && record.group) record.invitation.group = record.group;
    record.final.record = record.copy.record = record;
    if (final) timers.push({ timer: record.final, at: final.at + zero, seq: final.seq, copy: false });
    if (copy) timers.push({ timer: record.copy, at: copy.at + zero, seq: copy.seq, copy: true });
    return record;
  };
  const back = peers.map(({ name, offline, records }) => ({ name, offline, records: records.map(recordOf) }));
  groups.forEach((members, i) => members.forEach(([peer, id]) => made[i].members.add(invitations.get(`caller ${peer} ${id}`))));
  return {
    peers: back, timers: timers.sort((a, b) => a.seq - b.seq),
    outputs: outputs.map((o) => ({ ...o, invitation: o.invitation && invitationOf(o.invitation.role, o.invitation) })),
  };
}
