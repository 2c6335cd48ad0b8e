// Messages as bytes, in both forms of docs/wire.md. A message is an object: kind, id, and
// the fields of its kind (content, channelId, age, wait, expiry, response, reason, note,
// for, word, device, refused). A device is in hexadecimal, "0" if the message names none.

import { utf8Length } from "./text.js";

export const MAX_SIZE = 65507;
export const MAX_TEXT = 10000;

const kinds = ["INVITE", "RECEIVED", "ACCEPT", "CONFIRM", "REFUSE", "CANCEL", "ACK", "CLOSED"];
const reasons = ["user", "no response", "expired", "rejected", "answered by another"];
const closedWords = ["canceled", "no response", "expired", "refused", "unknown", "failed", "stale", "invalid", "overloaded"];
const answered = kinds.slice(0, 6);
const fromCaller = ["canceled", "no response", "expired", "refused", "unknown"];
const fromCallee = ["refused", "failed", "stale", "invalid", "overloaded"];
export const wordsFor = { INVITE: fromCallee, RECEIVED: fromCaller, ACCEPT: fromCaller };

// The fields of version 1 of each kind, in their order.
const fields = {
  INVITE: ["content", "channelId", "age", "wait", "expiry"],
  RECEIVED: [], ACCEPT: ["response"], CONFIRM: [], REFUSE: ["response"],
  CANCEL: ["reason"], ACK: ["for"], CLOSED: ["for", "word"],
};

const text = "text", duration = "duration", word = "word";
const types = {
  content: text, channelId: text, response: text, age: duration, wait: duration, expiry: duration,
  for: word, reason: word, word,
};
const words = { for: answered, reason: reasons, word: closedWords };

// Names in JSON, in the order in which they are written.
const names = {
  v: "v", kind: "kind", id: "id", for: "for", reason: "reason", word: "word", content: "content",
  channel_id: "channelId", response: "response", age_ns: "age", wait_ns: "wait", expiry_ns: "expiry",
  device: "device", refused: "refused", note: "note",
};
const ofVersion2 = ["device", "refused", "note"];

const carriesDevice = (m) =>
  m.kind === "RECEIVED" || m.kind === "ACCEPT" || m.kind === "CONFIRM" || m.kind === "REFUSE" ||
  (m.kind === "ACK" && m.for === "REFUSE") ||
  (m.kind === "CLOSED" && (m.for === "INVITE" || m.word === "refused"));

/** A message that a reader must refuse, or a writer. reason is one of docs/wire.md, section 5. */
export class WireError extends Error {
  constructor(reason, message) {
    super(message ? `${reason}: ${message}` : reason);
    this.name = "WireError";
    this.reason = reason;
  }
}

const refuse = (reason, message) => { throw new WireError(reason, message); };

// What both forms demand, and the fields of version 2 where they mean something.
function checked(m) {
  if (!kinds.includes(m.kind)) refuse("UnknownWord", `kind ${m.kind}`);
  checkId(m.id);
  const out = { kind: m.kind, id: m.id };
  let bytes = 0;
  for (const field of fields[m.kind]) {
    const value = m[field];
    switch (types[field]) {
      case text: {
        if (typeof value !== "string") refuse("WrongType", field);
        const length = utf8Length(value);
        if (length === Infinity) refuse("BadUTF8", field);
        bytes += length;
        break;
      }
      case duration:
        if (!Number.isSafeInteger(value) || value < 0) refuse("OutOfRange", `${field} ${value}`);
        break;
      default:
        if (!words[field].includes(value)) refuse("UnknownWord", `${field} ${value}`);
    }
    out[field] = value;
  }
  if (m.kind === "CLOSED" && !wordsFor[m.for]?.includes(m.word)) refuse("UnknownWord", `${m.word} for ${m.for}`);
  if (carriesDevice(m)) {
    out.device = m.device ?? "0";
    if (!isHex64(out.device)) refuse("BadID", `device ${out.device}`);
  }
  if (m.kind === "ACK" && m.for === "REFUSE") out.refused = Boolean(m.refused) && out.device !== "0";
  if (m.kind === "CANCEL") {
    out.note = m.note ?? "";
    const length = utf8Length(out.note);
    if (length === Infinity) refuse("BadUTF8", "note");
    bytes += length;
  }
  if (bytes > MAX_TEXT) refuse("TooLarge", `${bytes} bytes of text`);
  return out;
}

const isHex64 = (s) => typeof s === "string" && /^(0|[1-9a-f][0-9a-f]{0,15})$/.test(s);

function checkId(id) {
  const [, epoch, counter] = /^([1-9a-f][0-9a-f]{0,15})-(0|[1-9][0-9]{0,19})$/.exec(id) ?? refuse("BadID", String(id));
  if (counter.length >= 20 && BigInt(counter) >> 64n) refuse("BadID", "a counter over 64 bits");
  return [epoch, counter];
}

const versionOf = (m) =>
  (m.device && m.device !== "0") || m.note || m.reason === "answered by another" ? 2 : 1;

/** The message as bytes. form is "json" or "binary". */
export function encode(message, form = "json") {
  const m = checked(message);
  return form === "binary" ? writeBinary(m) : utf8.encode(writeJSON(m));
}

/** The message that the bytes are. The first byte tells the form. Throws a WireError. */
export function decode(bytes) {
  if (bytes.length === 0) refuse("Truncated");
  if (bytes.length > MAX_SIZE) refuse("TooLarge", `${bytes.length} bytes`);
  if (bytes[0] >= 0x80 && bytes[0] <= 0xbf) return readBinary(bytes);
  if (![0x7b, 0x20, 0x09, 0x0a, 0x0d].includes(bytes[0])) refuse("UnknownForm");
  return readJSON(bytes);
}

/** Which form it is, by its first byte. */
export const formOf = (bytes) => (bytes[0] >= 0x80 && bytes[0] <= 0xbf ? "binary" : "json");

const utf8 = new TextEncoder();
const fromUtf8 = (bytes) => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse("BadUTF8");
  }
};

// JSON -----------------------------------------------------------------------------

/** The JSON form as text, of a message that checked has seen. */
function writeJSON(m) {
  const all = { ...m, v: versionOf(m) };
  const members = [];
  for (const [name, field] of Object.entries(names)) {
    const value = all[field];
    if (value === undefined || (ofVersion2.includes(field) && saysNothing(field, value))) continue;
    members.push(`"${name}":${JSON.stringify(value)}`);
  }
  return `{${members.join(",")}}`;
}

const saysNothing = (field, value) => (field === "device" ? value === "0" : !value);

function readJSON(bytes) {
  const members = parseObject(fromUtf8(bytes));
  const raw = {};
  for (const [name, value] of members) {
    if (!Object.hasOwn(names, name)) continue;
    if (Object.hasOwn(raw, name)) refuse("DuplicateField", name);
    raw[name] = value;
  }
  const { v } = raw;
  if (v === undefined) refuse("MissingField", "v");
  if (v !== 1 && v !== 2) refuse(typeof v === "number" ? "UnknownVersion" : "WrongType", `v ${v}`);
  const of1 = (name) => Object.hasOwn(names, name) && !ofVersion2.includes(name);
  for (const [name] of members) {
    if (v === 1 && !of1(name)) refuse("UnknownField", name);
    if (!/^[a-z0-9_]+$/.test(name)) refuse("UnknownField", name);
  }
  if (typeof raw.kind !== "string") refuse(raw.kind === undefined ? "MissingField" : "WrongType", "kind");
  if (!kinds.includes(raw.kind)) refuse("UnknownWord", raw.kind);
  if (typeof raw.id !== "string") refuse(raw.id === undefined ? "MissingField" : "WrongType", "id");
  const m = { kind: raw.kind, id: raw.id };
  for (const [name, field] of Object.entries(names)) {
    if (name === "v" || name === "kind" || name === "id" || ofVersion2.includes(name)) continue;
    const has = Object.hasOwn(raw, name), wanted = fields[m.kind].includes(field);
    if (has && !wanted) refuse("MisplacedField", name);
    if (!has && wanted) refuse("MissingField", name);
    if (!has) continue;
    if (typeof raw[name] !== (types[field] === duration ? "number" : "string")) refuse("WrongType", name);
    m[field] = raw[name];
  }
  if (v === 1 && m.reason === "answered by another") refuse("UnknownWord", "reason of version 2");
  read2(m, raw, { device: "string", refused: "boolean", note: "string" });
  return checked(m);
}

// Fields of version 2, which may stand where they say nothing.
function read2(m, raw, typesOf2) {
  const place = { device: carriesDevice(m), refused: m.kind === "ACK" && m.for === "REFUSE", note: m.kind === "CANCEL" };
  for (const field of ofVersion2) {
    if (raw[field] === undefined) continue;
    if (typeof raw[field] !== typesOf2[field]) refuse("WrongType", field);
    if (field === "device" && !isHex64(raw.device)) refuse("BadID", `device ${raw.device}`);
    if (place[field]) m[field] = raw[field];
  }
}

// One flat object: JSON libraries let too much through. A list of [name, value].
function parseObject(source) {
  let at = 0;
  const space = () => { while (" \t\n\r".includes(source[at] || "?")) at++; };
  const expect = (c) => { if (source[at] !== c) refuse("BadSyntax", `no ${c} at ${at}`); at++; };
  const string = () => {
    const begin = at;
    expect('"');
    for (;;) {
      const c = source[at++];
      if (c === undefined || c < " ") refuse("BadSyntax", "a text that does not end");
      if (c === "\\") at++;
      else if (c === '"') break;
    }
    let value;
    try {
      value = JSON.parse(source.slice(begin, at));
    } catch {
      refuse("BadSyntax", "an escape");
    }
    if (utf8Length(value) === Infinity) refuse("BadUTF8", "half a surrogate pair");
    return value;
  };
  const value = () => {
    if (source[at] === '"') return string();
    const [token] = /^(?:true|false|-?[0-9][0-9.eE+-]*)/.exec(source.slice(at, at + 64)) ??
      refuse(/^[[{n]/.test(source.slice(at)) ? "WrongType" : "BadSyntax", `a value at ${at}`);
    at += token.length;
    if (token === "true" || token === "false") return token === "true";
    if (!/^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/.test(token)) refuse("BadSyntax", token);
    if (/[.eE]/.test(token)) refuse("WrongType", token);
    const number = Number(token);
    if (token.startsWith("-") || number > Number.MAX_SAFE_INTEGER) refuse("OutOfRange", token);
    return number;
  };
  const members = [];
  space();
  expect("{");
  space();
  if (source[at] === "}") at++;
  else {
    for (;;) {
      space();
      const name = string();
      space();
      expect(":");
      space();
      members.push([name, value()]);
      space();
      if (source[at] === "}") break;
      expect(",");
    }
    at++;
  }
  space();
  if (at !== source.length) refuse("TrailingData");
  return members;
}

// Binary ---------------------------------------------------------------------------

const tags = { 1: "device", 2: "refused", 3: "note" };

function writeBinary(m) {
  const out = [];
  const number = (value) => {
    for (let n = BigInt(value); ; n >>= 7n) {
      if (n < 0x80n) return out.push(Number(n));
      out.push(Number(n & 0x7fn) | 0x80);
    }
  };
  const fixed = (hex) => { for (const pair of hex.padStart(16, "0").match(/../g)) out.push(parseInt(pair, 16)); };
  const bytes = (data) => { for (const b of data) out.push(b); };
  const version = versionOf(m);
  const [epoch, counter] = m.id.split("-");
  out.push(0x80 + version, kinds.indexOf(m.kind) + 1);
  fixed(epoch);
  number(counter);
  for (const field of fields[m.kind]) {
    if (types[field] === duration) number(m[field]);
    else if (types[field] === word) out.push(words[field].indexOf(m[field]) + 1);
    else {
      const data = utf8.encode(m[field]);
      number(data.length);
      bytes(data);
    }
  }
  if (version === 1) return Uint8Array.from(out);
  const head = out.splice(0);
  if (m.device && m.device !== "0") { out.push(1, 8); fixed(m.device); }
  if (m.refused) out.push(2, 0);
  if (m.note) {
    const data = utf8.encode(m.note);
    out.push(3);
    number(data.length);
    bytes(data);
  }
  const tail = out.splice(0);
  number(tail.length);
  return Uint8Array.from([...head, ...out, ...tail]);
}

function readBinary(data) {
  let at = 0;
  const byte = () => (at < data.length ? data[at++] : refuse("Truncated"));
  const take = (n) => {
    if (n > data.length - at) refuse("Truncated");
    return data.subarray(at, (at += n));
  };
  const number = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const b = byte();
      if (shift === 63n && b > 1) refuse("OutOfRange", "a number over 64 bits");
      value |= BigInt(b & 0x7f) << shift;
      if (b >= 0x80) continue;
      if (b === 0 && shift > 0n) refuse("NotShortest");
      return value;
    }
  };
  const length = () => {
    const n = number();
    return n > 65507n ? refuse("Truncated") : Number(n);
  };
  const fixed = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("").replace(/^0+(?=.)/, "");

  const version = byte() & 0x3f;
  if (version !== 1 && version !== 2) refuse("UnknownVersion", String(version));
  const kindByte = byte();
  if (kindByte & 0xf0) refuse("UnknownField", "a flag");
  const kind = kinds[kindByte - 1] ?? refuse("UnknownWord", `kind ${kindByte}`);
  const epoch = fixed(take(8));
  const m = { kind, id: `${epoch}-${number()}` };
  for (const field of fields[kind]) {
    if (types[field] === duration) {
      const n = number();
      if (n > BigInt(Number.MAX_SAFE_INTEGER)) refuse("OutOfRange", field);
      m[field] = Number(n);
    } else if (types[field] === word) {
      m[field] = words[field][byte() - 1] ?? refuse("UnknownWord", field);
    } else m[field] = fromUtf8(take(length()));
  }
  if (version === 1 && m.reason === "answered by another") refuse("UnknownWord", "reason of version 2");
  if (version === 2) {
    const size = length();
    if (size > data.length - at) refuse("Truncated");
    if (size < data.length - at) refuse("TrailingData");
    const raw = {};
    let last = 0;
    while (at < data.length) {
      const tag = byte();
      if (tag <= last) refuse("DuplicateField", `tag ${tag}`);
      last = tag;
      const value = take(length());
      if (tags[tag] === "device") raw.device = value.length === 8 ? fixed(value) : refuse("WrongType", "device");
      else if (tags[tag] === "refused") raw.refused = value.length === 0 ? true : refuse("WrongType", "refused");
      else if (tags[tag] === "note") raw.note = fromUtf8(value);
    }
    read2(m, raw, { device: "string", refused: "boolean", note: "string" });
  } else if (at !== data.length) refuse("TrailingData");
  return checked(m);
}
