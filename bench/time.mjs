/* Times projects: for each of them the compiled plugin and Segment's runtime, all in turn, in one process.

Standard input and output are JSON:

  {cases: [{source, subscriptions, events, matching}], rounds, milliseconds: {warmUp, batch}}
  [[[ours, theirs], ...], ...]                 nanoseconds an event, for each round of each case

`source` is the text of 1flow.min.js, `subscriptions` are Segment's, `events` are of one type. It fails where the
two do not make the same calls of the SDK, or another number of them than `matching` says.
*/
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { runInThisContext } from "node:vm";

import { makePage, setGlobals } from "./page.mjs";
import { destination } from "./segment.mjs";

const { generatePlugins } = createRequire(import.meta.url)("@segment/browser-destination-runtime/plugin");

const { cases, rounds, milliseconds } = JSON.parse(readFileSync(0, "utf8"));

// Each side gets an SDK of its own, so that the engine compiles one without regard to the other. It keeps what it
// was given last, since the engine could leave out the making of what nobody keeps.
const makeSdk = () => {
  const calls = { count: 0, last: undefined, kept: undefined };
  const sdk = (command, subject, data) => {
    calls.count += 1;
    calls.last = data;
    if (calls.kept) calls.kept.push([command, subject, data]);
  };
  return { sdk, calls };
};

/** The compiled plugin, on a page that is little more than nothing. */
async function makeOurs({ source, contexts, matching }) {
  const { sdk, calls } = makeSdk();
  let script;
  const page = makePage((inserted) => (script = inserted));
  setGlobals(page.globals);
  runInThisContext(source, { filename: "1flow.min.js" });
  const loaded = page.plugin.load();
  globalThis._1flow = sdk;
  page.end(script, "load");
  await loaded;
  const hook = page.plugin[contexts[0].event.type];
  const run = (count) => {
    // The plugin looks for the SDK at every call, and another case may have put its own there.
    globalThis._1flow = sdk;
    for (let index = 0; index < count; index += 1) hook({ ...contexts[index % contexts.length] });
  };
  return { run, calls, contexts, matching };
}

/** Segment's plugins: one for each action, and each of them is given every event. */
async function makeTheirs({ subscriptions, contexts, matching }) {
  const { sdk, calls } = makeSdk();
  const plugins = generatePlugins({ ...destination, initialize: () => sdk }, {}, subscriptions);
  await Promise.all(plugins.map((plugin) => plugin.load()));
  const hooks = plugins.map((plugin) => plugin[contexts[0].event.type]);
  const run = (count) => {
    const pending = [];
    for (let index = 0; index < count; index += 1) {
      for (const hook of hooks) pending.push(hook({ ...contexts[index % contexts.length] }));
    }
    return Promise.all(pending);
  };
  return { run, calls, contexts, matching };
}

async function callsOf({ run, calls, contexts }) {
  calls.kept = [];
  await run(contexts.length);
  const { kept } = calls;
  calls.kept = undefined;
  return kept;
}

/** Nanoseconds an event, over one batch. */
async function time({ run, calls, matching }, count) {
  const before = calls.count;
  const start = process.hrtime.bigint();
  await run(count);
  const nanoseconds = Number(process.hrtime.bigint() - start);
  assert.equal(calls.count - before, count * matching, "calls were lost");
  return nanoseconds / count;
}

/** How many events fill a batch, once the engine has compiled what it will compile. */
async function warmUp(side) {
  const end = performance.now() + milliseconds.warmUp;
  let pace = await time(side, side.contexts.length);
  do pace = await time(side, Math.max(1, Math.round((milliseconds.batch * 1e6) / pace)));
  while (performance.now() < end);
  return Math.max(1, Math.round((milliseconds.batch * 1e6) / pace));
}

/** Both sides of a case, which have been seen to make the same calls. */
async function prepare({ source, subscriptions, events, matching }) {
  const contexts = events.map((event) => ({ event }));
  const ours = await makeOurs({ source, contexts, matching });
  const theirs = await makeTheirs({ subscriptions, contexts, matching });
  const expected = await callsOf(theirs);
  assert.equal(expected.length, contexts.length * matching);
  assert.deepStrictEqual(await callsOf(ours), expected);
  const batches = { ours: await warmUp(ours), theirs: await warmUp(theirs) };
  return { ours, theirs, batches, passes: [] };
}

const prepared = [];
for (const one of cases) prepared.push(await prepare(one));
for (let round = 0; round < rounds; round += 1) {
  for (const { ours, theirs, batches, passes } of prepared) {
    passes.push([await time(ours, batches.ours), await time(theirs, batches.theirs)]);
  }
}
process.stdout.write(JSON.stringify(prepared.map(({ passes }) => passes)));
