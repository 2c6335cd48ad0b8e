// The vectors of testdata/wire: what every reader and writer must do.

import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { encode, decode, formOf, WireError } from "../src/wire.js";

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../testdata/wire/${name}`, import.meta.url))).vectors;
const joined = (value) =>
  (Array.isArray(value) ? value : [value]).map((v) => (typeof v === "string" ? v : v.repeat.repeat(v.times))).join("");
const fromJSON = (value) => new TextEncoder().encode(joined(value));
const fromHex = (value) => Uint8Array.from(Buffer.from(joined(value).replaceAll(" ", ""), "hex"));
const hex = (bytes) => Buffer.from(bytes).toString("hex");

test("every message is read and written in both forms", () => {
  const all = vectors("vectors.json");
  assert.ok(all.length > 30);
  for (const v of all) {
    const json = fromJSON(v.json), binary = fromHex(v.hex);
    const message = decode(json);
    assert.deepEqual(decode(binary), message, v.name);
    assert.equal(hex(encode(message, "json")), hex(json), v.name);
    assert.equal(hex(encode(message, "binary")), hex(binary), v.name);
    assert.equal(formOf(json) + formOf(binary), "jsonbinary");
  }
});

test("fields of later versions are skipped", () => {
  const all = vectors("later.json");
  assert.ok(all.length > 10);
  for (const v of all) {
    const message = decode(fromJSON(v.reads));
    if (v.json) assert.deepEqual(decode(fromJSON(v.json)), message, v.name);
    if (v.hex) assert.deepEqual(decode(fromHex(v.hex)), message, v.name);
  }
});

test("everything else is refused", () => {
  const all = vectors("invalid.json");
  assert.ok(all.length > 100);
  for (const v of all) {
    if (v.json !== undefined) assert.throws(() => decode(fromJSON(v.json)), WireError, v.name);
    if (v.hex !== undefined) assert.throws(() => decode(fromHex(v.hex)), WireError, v.name);
  }
});

test("a writer refuses what a reader would", () => {
  const cancel = { kind: "CANCEL", id: "5eed-1", reason: "user", note: "" };
  for (const change of [
    { kind: "HELLO" }, { id: "0-1" }, { id: "5EED-1" }, { id: "5eed-01" }, { id: "5eed-18446744073709551616" },
    { id: "10000000000000000-1" }, { reason: "expire" }, { note: "\ud800" }, { note: "x".repeat(10001) },
  ]) assert.throws(() => encode({ ...cancel, ...change }), WireError, JSON.stringify(change).slice(0, 80));
  const invite = { kind: "INVITE", id: "5eed-1", content: "", channelId: "", age: 0, wait: 1, expiry: 1 };
  for (const change of [
    { content: 1 }, { age: -1 }, { wait: 1.5 }, { expiry: 2 ** 53 }, { content: "ü".repeat(5001) }, { channelId: "\udc00" },
  ]) assert.throws(() => encode({ ...invite, ...change }), WireError, JSON.stringify(change).slice(0, 80));
  const closed = { kind: "CLOSED", id: "5eed-1", for: "INVITE", word: "canceled" };
  assert.throws(() => encode(closed), WireError);
  assert.throws(() => encode({ ...closed, word: "failed", device: "07" }), WireError);
});
