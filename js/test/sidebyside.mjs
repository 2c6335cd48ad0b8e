// Plays random schedules here and in another endpoint, and compares what both do:
// messages and events in their order, the codes of calls, and the next deadline.
//
//	node test/sidebyside.mjs [--runs N] [--seed N] [--verdicts] -- CMD…

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { answer } from "../endpoint.js";
import { play } from "./schedules.mjs";

/**
 * Asks a program many requests; resolves to its replies. A restore gets the program's own
 * last snapshot.
 */
export async function askAll(command, requests) {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const replies = [];
  let enough = 0, wake, fail;
  createInterface({ input: child.stdout }).on("line", (line) => {
    replies.push(JSON.parse(line));
    if (replies.length === enough) wake();
  });
  for (const from of [child, child.stdin]) from.on("error", (error) => fail(error));
  child.on("close", () => fail(new Error(`${replies.length} replies to ${requests.length} requests`)));
  for (let at = 0; at < requests.length;) {
    const restore = requests.findIndex((r, i) => i > at && r.op === "restore");
    const end = restore < 0 ? requests.length : restore;
    const snapshot = replies.findLast((r) => r.snapshot)?.snapshot;
    const answered = new Promise((resolve, reject) => { [wake, fail, enough] = [resolve, reject, end]; });
    child.stdin.write(requests.slice(at, end).map((r) => `${JSON.stringify(r.op === "restore" ? { ...r, snapshot } : r)}\n`).join(""));
    await answered;
    at = end;
  }
  fail = () => {};
  child.stdin.end();
  return replies;
}

const hello = { op: "hello", protocol: "invd/1" };

// Fields of events that belong to a feature.
const ofFeature = { reason: "missed", withdrawn: "missed", note: "note", device: "device" };

function compared(reply, has, verdicts) {
  const { effects = [], open = [], code, next, verdict, undecodable, unsupported, error } = reply;
  const shown = effects.map((e) => Object.fromEntries(Object.entries(e).filter(([k]) =>
    e.do === "send" || !ofFeature[k] || has(ofFeature[k]))));
  return {
    effects: shown, open, code, next, undecodable: undecodable !== undefined,
    refused: (unsupported ?? error) !== undefined, ...(verdicts && { verdict }),
  };
}

/** Returns the differences: { seed, step, requests, ours, theirs, field }. */
export async function sideBySide(command, { seed = 1, runs = 100, verdicts = false, steps = 60 } = {}) {
  const [theirs, ours] = [(await askAll(command, [hello]))[0].hello, answer(hello).hello];
  const has = (feature) => theirs.features.includes(feature) && ours.features.includes(feature);
  const differences = [];
  let requests = 0;
  for (let from = 0; from < runs; from += 100) {
    const batch = [];
    for (let i = from; i < Math.min(runs, from + 100); i++) {
      const replies = [];
      const asked = play(seed + i, (request) => replies[replies.push(answer(request)) - 1], has, { steps });
      batch.push({ seed: seed + i, asked, replies });
    }
    const all = batch.flatMap((b) => b.asked);
    const answers = await askAll(command, all);
    requests += all.length;
    let at = 0;
    for (const { seed, asked, replies } of batch) {
      const other = answers.slice(at, (at += asked.length));
      for (let step = 0; step < asked.length; step++) {
        const a = compared(replies[step], has, verdicts), b = compared(other[step], has, verdicts);
        const field = Object.keys(a).find((k) => !isDeepStrictEqual(a[k], b[k]));
        if (field === undefined) continue;
        differences.push({ seed, step, field, asked: asked.slice(0, step + 1), ours: replies[step], theirs: other[step] });
        break;
      }
    }
  }
  return { differences, requests };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const args = process.argv.slice(2);
  const option = (name, fallback) => (args.includes(`--${name}`) ? Number(args[args.indexOf(`--${name}`) + 1]) : fallback);
  const command = args.slice(args.indexOf("--") + 1);
  const runs = option("runs", 300);
  const { differences, requests } = await sideBySide(command, { seed: option("seed", 1), runs, steps: option("steps", 60), verdicts: args.includes("--verdicts") });
  for (const d of differences.slice(0, option("show", 5))) {
    console.log(`\nseed ${d.seed}, step ${d.step}: ${d.field}`);
    const about = (r) => JSON.stringify(r).match(/"(?:id|inv)":"[^"]*"/g) ?? [];
    const ids = new Set([...about(d.asked.at(-1)), ...about(d.ours), ...about(d.theirs)]);
    d.asked.forEach((r, i) => {
      if (["reset", "session", "peer"].includes(r.op) || i === d.step || about(r).some((x) => ids.has(x))) console.log(`  ${i} ${JSON.stringify(r).slice(0, 400)}`);
    });
    console.log(`  ours   ${JSON.stringify(d.ours).slice(0, 1500)}`);
    console.log(`  theirs ${JSON.stringify(d.theirs).slice(0, 1500)}`);
  }
  const count = {};
  for (const d of differences) count[d.field] = (count[d.field] ?? 0) + 1;
  console.log(`${runs} schedules, ${requests} requests: ${differences.length} differ`, count);
  process.exitCode = differences.length > 0 ? 1 : 0;
}
