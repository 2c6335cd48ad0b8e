// The same schedules here and in the Go engine. INVSIM is its command (invsim conform
// driver); without it, or with an engine before version 1.0, there is nothing to compare.

import { test } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { sideBySide } from "./sidebyside.mjs";

const page = new URL("../../docs/protocol.md", import.meta.url);
const is10 = existsSync(page) && readFileSync(page, "utf8").includes("This page specifies version 1.0 of the protocol");
const skip = !process.env.INVSIM ? "INVSIM is not set" : !is10 && "the Go engine is not of version 1.0";

test("300 schedules", { skip }, async () => {
  const { differences, requests } = await sideBySide([process.env.INVSIM, "conform", "driver"], { runs: 300 });
  assert.ok(requests > 10_000);
  for (const { seed, step, field, asked, ours, theirs } of differences) {
    assert.fail(`seed ${seed}, step ${step}, ${field}: ${JSON.stringify(asked[step])}\nours   ${JSON.stringify(ours)}\ntheirs ${JSON.stringify(theirs)}`);
  }
});
