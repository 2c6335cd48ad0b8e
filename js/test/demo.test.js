// The demonstration in a Chromium without a window: a call is played by pressing buttons.
// With SCREENS=DIR it leaves pictures there.

import { test } from "node:test";
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { chromium, open, serve } from "./chromium.js";

const press = (page, phone, act) => page.evaluate(`document.querySelector('[data-phone=${phone}] [data-act=${act}]').click()`);
const drag = (page, id, value) => page.evaluate(`{
  const input = document.getElementById(${JSON.stringify(id)});
  input.value = ${value};
  input.dispatchEvent(new Event("input"));
}`);
const lit = (phone, state) => `document.querySelector('[data-phone=${phone}] .here[data-state=${state}]')`;
const events = (page, phone) => page.evaluate(`[...document.querySelectorAll('[data-phone=${phone}] li')].map((l) => l.textContent).reverse()`);
const screen = (page, phone) => page.evaluate(`document.querySelector('[data-phone=${phone}] .screen strong').textContent`);

test("a call in the demonstration", { skip: !chromium && "no Chromium here" }, async () => {
  const { at, stop } = await serve();
  const page = await open(`${at}/demo.html`);
  const picture = async (name) => {
    if (process.env.SCREENS) await writeFile(`${process.env.SCREENS}/${name}.png`, await page.screenshot());
  };
  try {
    await page.until(lit("alice", "IDLE"));
    await picture("idle");
    await drag(page, "delay", 400);
    await press(page, "alice", "call");
    assert.equal(await screen(page, "alice"), "Calling bob …");
    await page.until(lit("bob", "INVITATION_RECEIVED"));
    await page.until(lit("alice", "RECEIVED_BY_REMOTE"));
    await press(page, "bob", "accept");
    await page.until(lit("bob", "ACCEPT_SENT_TO_LOCAL"));
    await page.until(lit("alice", "ACCEPTED_BY_REMOTE"));
    await page.until(lit("bob", "ACCEPTED"));
    await picture("accepted");
    assert.deepEqual(await events(page, "alice"), ["send()", "LocalInvitationReceivedByPeer", "LocalInvitationAccepted yes!"]);
    assert.deepEqual(await events(page, "bob"), ['RemoteInvitationReceived "video?"', "accept()", "RemoteInvitationAccepted"]);
    assert.deepEqual([await screen(page, "alice"), await screen(page, "bob")], ["In a call with bob", "In a call with alice"]);

    // On a bad line the same, later; and nothing arrives while it is cut.
    await drag(page, "loss", 40);
    await press(page, "bob", "call");
    await page.until(lit("alice", "INVITATION_RECEIVED"));
    await press(page, "alice", "refuse");
    await page.until(lit("bob", "REFUSED_BY_REMOTE"));
    await picture("loss");
    await drag(page, "outage", 10);
    await press(page, "alice", "call");
    await page.until(`document.querySelector("[data-line]").textContent === "the line is cut"`);
    await drag(page, "speed", 5);
    await page.until(lit("alice", "FAILURE"));
    assert.match((await events(page, "alice")).at(-1), /^LocalInvitationFailure PEER_NO_RESPONSE/);
    await page.evaluate("new Promise((r) => setTimeout(r, 0))");
    await picture("outage");

    // Light and dark, narrow and wide: nothing reaches beyond the window.
    for (const dark of [false, true]) {
      for (const width of [400, 760, 1280]) {
        await page.scheme(dark);
        await page.size(width, 900);
        assert.equal(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"), 0, `${width} px`);
        await picture(`${dark ? "dark" : "light"}-${width}`);
      }
    }
    assert.deepEqual(page.problems, []);
  } finally {
    await page.close();
    stop();
  }
});
