// Plays random schedules here and in another endpoint, and compares what both do:
// messages and events in their order, the codes of calls, and the next deadline.
//
//	node test/sidebyside.mjs [--runs N] [--seed N] [--verdicts] -- CMD…

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { answer } from "../testee.mjs";
import { play } from "./schedules.mjs";

/** Asks a program many requests; resolves to its replies. */
export function askAll(command, requests) {
  return new Promise((resolve, reject) => {
    const [program, ...args] = command;
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    const replies = [];
    createInterface({ input: child.stdout }).on("line", (line) => replies.push(JSON.parse(line)));
    child.on("error", reject);
    child.stdin.on("error", reject);
    child.on("close", () => (replies.length === requests.length ? resolve(replies) :
      reject(new Error(`${replies.length} replies to ${requests.length} requests`))));
    child.stdin.end(requests.map((r) => `${JSON.stringify(r)}\n`).join(""));
  });
}

const hello = { op: "hello", protocol: "invd/1" };

// Fields of events that belong to a feature.
const ofFeature = { reason: "missed", withdrawn: "missed", note: "note", device: "device" };

function compared(reply, has, verdicts) {
  const { effects = [], code, next, verdict, undecodable, unsupported, error } = reply;
  const shown = effects.map((e) => Object.fromEntries(Object.entries(e).filter(([k]) =>
    e.do === "send" || !ofFeature[k] || has(ofFeature[k]))));
  return {
    effects: shown, code, next, undecodable: undecodable !== undefined,
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
