// The reports that the tests of conformance/kit pin, and those of a whole run, are what their
// readers expect, and all say the same. INVSIM is the command of the whole run.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { badge, ctrfReport, html, junit, markdown, tap } from "./formats.mjs";

const pinned = fileURLToPath(new URL("../kit/testdata/", import.meta.url));
const formats = ["json", "junit", "tap", "ctrf", "html", "badge", "md"];

/** What a name has become where signs without a picture are not allowed. */
const plain = (name) => name.replace(/[\0-\x08\x0b-\x1f\ufffe\uffff]/g, "?");

async function check(read) {
  const { outcomes, passed, failed, skipped } = JSON.parse(read("json"));
  const said = outcomes.map(({ name, status }) => ({ name, status }));
  const plainly = said.map(({ name, status }) => ({ name: plain(name), status }));
  assert.deepEqual(await junit(read("junit")), outcomes.map(({ name, status, known }) => ({ name: plain(name), status: known ? "skipped" : status })));
  assert.deepEqual(tap(read("tap")), outcomes.map(({ name, status, known }) => ({ name: plain(name), status, known: Boolean(known) })));
  assert.deepEqual(ctrfReport(read("ctrf")), said);
  assert.deepEqual(await html(read("html")), plainly);
  assert.deepEqual(markdown(read("md")), { passed, failed, skipped });
  await badge(read("badge"));
}

for (const name of ["second-ring", "odd", "nothing"]) {
  test(`the reports of ${name}`, () => check((format) => readFileSync(`${pinned}${name}.${format}`, "utf8")));
}

test("the reports of a whole run", { skip: !process.env.INVSIM && "INVSIM is not set" }, async () => {
  const dir = mkdtempSync(join(tmpdir(), "reports-"));
  try {
    const report = formats.map((format) => `${format}=${join(dir, format)}`).join(",");
    const driver = [process.env.INVSIM, "conform", "driver", "--mutant", "early-cancel-forgotten"];
    const { status, stderr } = spawnSync(process.env.INVSIM, ["conform", "run", "--report", report, "--", ...driver], { encoding: "utf8" });
    assert.equal(status, 1, stderr);
    await check((format) => readFileSync(join(dir, format), "utf8"));
  } finally {
    rmSync(dir, { recursive: true });
  }
});

// Reports that are broken on purpose: what stands left becomes what stands right.
for (const [format, read, from, to] of [
  ["junit", junit, ' message="app,', ' word="app,'],
  ["junit", junit, "</testcase>", ""],
  ["junit", junit, "<testcase", "<case/><testcase"],
  ["junit", junit, 'failures="1"', 'failures="2"'],
  ["tap", tap, "1..3", "1..4"],
  ["tap", tap, "ok 2 -", "ok 5 -"],
  ["tap", tap, "  ...\n", ""],
  ["tap", tap, "ok 3", "okay 3"],
  ["ctrf", ctrfReport, '"status": "failed"', '"status": "broken"'],
  ["ctrf", ctrfReport, '"tool"', '"tools"'],
  ["ctrf", ctrfReport, '"specVersion": "0.1.0"', '"specVersion": "one"'],
  ["html", html, "<pre>", "<prr>"],
  ["html", html, "</strong>", ""],
  ["html", html, "<title>Conformance</title>", ""],
  ["html", html, " lang=\"en\"", ""],
  ["badge", badge, "</svg>", ""],
  ["badge", badge, "2000/svg", "1999/svg"],
  ["md", markdown, "|---|--:|--:|--:|\n", ""],
  ["md", markdown, "## ", "## <b>"],
]) {
  test(`${format} with ${JSON.stringify(to)} for ${JSON.stringify(from)}`, async () => {
    const text = readFileSync(`${pinned}second-ring.${format}`, "utf8");
    assert.ok(text.includes(from));
    await assert.rejects(async () => read(text.replace(from, to)));
  });
}
