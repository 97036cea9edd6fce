/* Whether the server answers: what is asked again, and how often. */
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");

/** The module with a server whose health is `answers()`; `backs` counts how often it was announced as back. */
function page(answers) {
  const banner = { hidden: true };
  const seen = { backs: 0, onBack: () => {} };
  globalThis.fetch = async () => ({ ok: answers() });
  globalThis.document = {
    getElementById: () => banner,
    dispatchEvent() {
      seen.backs += 1;
      seen.onBack();
    },
  };
  const file = require.resolve("../../assets/js/shared/server.js");
  delete require.cache[file];
  require(file);
  return { banner, seen, server: globalThis.FuseVis.server };
}

const turns = async (count) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
};

/** A clock that stands still until it is moved; it goes with the test. */
function clock(context) {
  const former = [globalThis.setTimeout, Date.now];
  let now = 1e6;
  const waiting = [];
  globalThis.setTimeout = (act, wait) => waiting.push([now + wait, act]);
  Date.now = () => now;
  context.after(() => ([globalThis.setTimeout, Date.now] = former));
  return (milliseconds) => {
    now += milliseconds;
    waiting.splice(0).forEach(([at, act]) => (at <= now ? act() : waiting.push([at, act])));
  };
}

test("a lost server is asked again until it is back", async (context) => {
  const pass = clock(context);
  let up = false;
  const { banner, seen, server } = page(() => up);
  server.lost();
  await turns(3);
  assert.deepEqual([banner.hidden, seen.backs], [false, 0]);
  up = true;
  pass(1500);
  await turns(3);
  assert.deepEqual([banner.hidden, seen.backs], [true, 1]);
});

test("one that answers about its health only is not asked without a pause", async (context) => {
  const pass = clock(context);
  const { banner, seen, server } = page(() => true);
  seen.onBack = () => seen.backs < 9 && server.lost(); // what was missed gets no answer again
  server.lost();
  await turns(50);
  assert.deepEqual([banner.hidden, seen.backs], [false, 1]);
  pass(1500);
  await turns(50);
  assert.deepEqual([banner.hidden, seen.backs], [false, 2]);
});
