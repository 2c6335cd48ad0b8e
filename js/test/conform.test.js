// Endpoints with an error, and what the conformance kit says of each. INVSIM is its command.

import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawn, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { breaks } from "../broken.mjs";
import { chromium, open, serve } from "./chromium.js";

const skip = !process.env.INVSIM && "INVSIM is not set";
const program = fileURLToPath(new URL("../testee.mjs", import.meta.url));
const golden = (name) => new URL(`golden/${name}`, import.meta.url);

/** A report without the counts that every new case changes. */
const uncounted = (text) => text.replace(/\d+ passed/g, "… passed")
  .replace(/^\d+ causes.*$/m, (line) => line.replace(/ of \d+/g, " of …"))
  .replace(/^\| ([a-z-]+) \| \d+ \|/gm, "| $1 | … |");

/** Compares with a file that somebody has read, or writes it if REWRITE is set. */
const compare = (name, got) => {
  if (process.env.REWRITE) writeFileSync(golden(name), got);
  assert.equal(got, readFileSync(golden(name), "utf8"), `test/golden/${name} should be otherwise: set REWRITE to write it`);
};

for (const name of Object.keys(breaks)) {
  test(`what is said of an endpoint with the error ${name}`, { skip }, () => {
    const dir = mkdtempSync(join(tmpdir(), "conform-"));
    try {
      const args = ["conform", "run", "--report", `md=${join(dir, "md")}`, "--", process.execPath, program, "--break", name];
      const { status, stdout, stderr } = spawnSync(process.env.INVSIM, args, { encoding: "utf8" });
      assert.equal(status, 1, stderr);
      compare(`${name}.txt`, uncounted(stdout));
      if (name === "early-cancel") compare(`${name}.md`, uncounted(readFileSync(join(dir, "md"), "utf8")));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
}

test("an error that is unknown", () => {
  const { status, stderr } = spawnSync(process.execPath, [program, "--break", "none"], { encoding: "utf8" });
  assert.notEqual(status, 0);
  assert.match(stderr, /there is no error "none": tie, mute, early-cancel/);
});

test("an endpoint in a page", { skip: skip || !chromium && "no Chromium here" }, async () => {
  const harness = spawn(process.env.INVSIM, ["conform", "run", "--attach", "ws://127.0.0.1:0", "--timeout", "60s", "--only", "smoke.*,codec.*,snapshot.*"]);
  let said = "", report = "";
  harness.stdout.on("data", (data) => { report += data; });
  const ended = new Promise((resolve) => harness.on("close", resolve));
  const address = new Promise((resolve) => harness.stderr.on("data", (data) => {
    said += data;
    const [, at] = /waiting for an endpoint at (.*)\n/.exec(said) ?? [];
    if (at) resolve(at);
  }));
  const { at, stop } = await serve();
  const page = await open(`${at}/conform.html?${encodeURIComponent(await address)}`);
  try {
    assert.equal(await ended, 0, said + report);
    assert.match(report, /^invsim-js in a page 1\.0\.0 \(JavaScript\) .*, 0 failed, 0 skipped\n/);
    await page.until("document.querySelector('output').textContent.startsWith('done after ')");
    assert.deepEqual(page.problems.filter((p) => !p.includes("favicon")), []);
  } finally {
    harness.kill();
    await page.close();
    stop();
  }
});
