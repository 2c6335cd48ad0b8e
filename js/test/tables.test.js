// The tables are the page's, and the engine knows every word of them.

import { test } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import * as tables from "../src/tables.js";

const page = new URL("../../docs/protocol.md", import.meta.url);
const text = existsSync(page) ? readFileSync(page, "utf8") : "";
const is10 = text.includes("This page specifies version 1.0 of the protocol");

for (const role of ["caller", "callee"]) {
  test(`the ${role}'s table is the page's`, { skip: !is10 && "no docs/protocol.md of version 1.0 here" }, () => {
    const [, onPage] = new RegExp(`<!-- generated: ${role} table -->\n([\\s\\S]*?)\n<!-- end -->`).exec(text);
    assert.equal(tables.asOnThePage[role], onPage);
  });

  test(`every cell of the ${role} says something`, () => {
    for (const [row, cells] of Object.entries(tables[role])) {
      assert.deepEqual(Object.keys(cells), role === "caller" ? tables.callerStates : tables.calleeStates);
      for (const [state, cell] of Object.entries(cells)) {
        const says = cell.elsewhere || cell.text === "–" || cell.error || cell.to || cell.effects.length || cell.send || cell.unexpected;
        assert.ok(says, `${row}, ${state}: ${cell.text}`);
        if (cell.to) assert.ok((role === "caller" ? tables.callerStates : tables.calleeStates).includes(cell.to), cell.text);
      }
    }
  });
}

test("how a cell is read", () => {
  const cell = tables.callee["login before the ring's deadline"].ACCEPT_SENT_TO_LOCAL;
  assert.deepEqual([cell.to, cell.effects, cell.send, cell.restarts], ["", ["accept timer"], "ACCEPT", true]);
  const accept = tables.caller.ACCEPT.SENT_TO_REMOTE;
  assert.deepEqual([accept.to, accept.effects, accept.send], ["ACCEPTED_BY_REMOTE", ["ReceivedByPeer", "Accepted", "W = D"], "CONFIRM"]);
  assert.equal(tables.caller.REFUSE.REFUSED_BY_REMOTE.send, "ACK(REFUSE, refused)");
  assert.equal(tables.caller["send(), own bound reached"].IDLE.error, "LIMIT_REACHED");
  assert.ok(tables.caller.ACCEPT.REFUSED_BY_REMOTE.unexpected);
  assert.ok(tables.caller["expiry timer"].IDLE.elsewhere);
});
