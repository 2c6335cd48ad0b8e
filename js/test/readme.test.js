// The program of README.md prints what stands below it.

import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

test("the call of README.md", () => {
  const [, program] = /```js\n([^]*?)```/.exec(readme);
  const [, output] = /```text\n([^]*?)```/.exec(readme);
  const source = program.replace('"invsim"', JSON.stringify(new URL("../src/index.js", import.meta.url)));
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" });
  assert.equal(stderr, "");
  assert.equal(stdout, output);
});

test("README.md names every event and error", async () => {
  const { calleeTable, callerTable, InvitationApiCallErrorCode } = await import("../src/index.js");
  const events = new Set();
  for (const [prefix, table] of [["Local", callerTable], ["Remote", calleeTable]]) {
    for (const row of Object.values(table)) for (const cell of Object.values(row)) for (const effect of cell.effects) {
      const [, name] = /^(ReceivedByPeer|Received|Accepted|Refused|Canceled|Failure|Missed)(\(|$)/.exec(effect) ?? [];
      if (name) events.add(`${prefix}Invitation${name}`);
    }
  }
  assert.equal(events.size, 11);
  for (const event of events) assert.match(readme, new RegExp("`" + event + "`"));
  for (const [reason, code] of Object.entries(InvitationApiCallErrorCode)) assert.match(readme, new RegExp(`\\| \`${reason}\` \\| ${code} \\|`));
});
