// Chromium without a window, driven over its debugging pipe: no packages.

import { spawn, spawnSync } from "node:child_process";
import { createServer } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

export const chromium = ["chromium", "chromium-browser", "google-chrome"].find((name) => spawnSync(name, ["--version"]).status === 0);

const types = { ".html": "text/html", ".js": "text/javascript" };

/** Serves the package. Returns its address and what stops it. */
export async function serve() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://x").pathname);
    try {
      const body = await readFile(join(root, path));
      response.writeHead(200, { "Content-Type": types[extname(path)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { at: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** A page. evaluate runs an expression in it, screenshot returns a PNG. */
export async function open(url, { width = 1280, height = 900, dark = false } = {}) {
  const profile = await mkdtemp(join(tmpdir(), "invsim-chromium-"));
  const child = spawn(chromium, [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--remote-debugging-pipe",
    `--user-data-dir=${profile}`, "about:blank",
  ], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const [, , , input, output] = child.stdio;
  const waiting = new Map(), problems = [];
  let next = 1, rest = "", session;
  output.on("data", (data) => {
    const parts = (rest + data).split("\0");
    rest = parts.pop();
    for (const part of parts) {
      const { id, result, error, method, params } = JSON.parse(part);
      if (method === "Runtime.exceptionThrown") problems.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
      if (method === "Log.entryAdded" && params.entry.level === "error") problems.push(`${params.entry.text} ${params.entry.url ?? ""}`);
      if (!waiting.has(id)) continue;
      const [resolve, reject] = waiting.get(id);
      waiting.delete(id);
      if (error) reject(new Error(error.message));
      else resolve(result);
    }
  });
  const ask = (method, params = {}) => new Promise((resolve, reject) => {
    waiting.set(next, [resolve, reject]);
    input.write(`${JSON.stringify({ id: next++, method, params, ...(session && { sessionId: session }) })}\0`);
  });
  const { targetId } = await ask("Target.createTarget", { url: "about:blank" });
  session = (await ask("Target.attachToTarget", { targetId, flatten: true })).sessionId;
  for (const domain of ["Page", "Runtime", "Log"]) await ask(`${domain}.enable`);
  const size = (w, h) => ask("Emulation.setDeviceMetricsOverride", { width: w, height: h, deviceScaleFactor: 1, mobile: w < 600 });
  const scheme = (isDark) => ask("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: isDark ? "dark" : "light" }] });
  await size(width, height);
  await scheme(dark);
  await ask("Page.navigate", { url });
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await ask("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  /** Waits in the page until an expression is true. */
  const until = (expression) => evaluate(`new Promise((done, failed) => {
    const begin = performance.now();
    const look = () => {
      if (document.readyState === "complete" && (${expression})) done();
      else if (performance.now() - begin > 60000) failed(new Error(${JSON.stringify(`never: ${expression}`)}));
      else requestAnimationFrame(look);
    };
    look();
  })`);
  return {
    evaluate, until, size, scheme, problems,
    screenshot: async () => Buffer.from((await ask("Page.captureScreenshot", { captureBeyondViewport: true })).data, "base64"),
    close: async () => {
      const gone = new Promise((resolve) => child.once("close", resolve));
      child.kill();
      await gone;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
