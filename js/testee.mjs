// The engine behind invd/1 (docs/driver.md): one request a line on standard input, one
// reply a line on standard output. Time is virtual, in nanoseconds.
//
//	node testee.mjs [--break NAME]
//
// With --break the endpoint has an error of broken.mjs.

import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";
import { answer, Case, hello } from "./endpoint.js";
import { breaks } from "./broken.mjs";

hello.version = JSON.parse(readFileSync(new URL("package.json", import.meta.url))).version;

const [flag, name] = process.argv.slice(2);
if (flag === "--break") {
  if (!breaks[name]) throw new Error(`there is no error ${JSON.stringify(name)}: ${Object.keys(breaks).join(", ")}`);
  breaks[name](Case);
  hello.name += ` with ${name}`;
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(answer(request))}\n`);
  if (request.op === "bye") break;
}
process.exit(0);
