/* Times projects: for each of them several plugins that do the same, all in turn, in one process.

Standard input and output are JSON:

  {cases: [{sides, events, matching}], rounds, milliseconds: {warmUp, batch}}
  [[{side: nanoseconds, ...}, ...], ...]       nanoseconds an event by side, for each round of each case

A side is {host, source}, or {host: "segment", subscriptions}; `events` are of one type. It fails where the sides do
not make the same calls of the SDK, or another number of them than `matching` says.
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

/** What makes a plugin of a source, for each host: on the page, which is little more than nothing, or by itself. */
const hosts = {
  script(source, page) {
    runInThisContext(source);
    return page.plugin;
  },
  async module(source) {
    const { default: oneFlow } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
    return oneFlow();
  },
};

/** A plugin that has loaded its SDK. */
async function makePlugin({ host, source }, contexts) {
  const { sdk, calls } = makeSdk();
  let script;
  const page = makePage((inserted) => (script = inserted));
  setGlobals(page.globals);
  const plugin = await hosts[host](source, page);
  const loaded = plugin.load();
  globalThis._1flow = sdk;
  page.end(script, "load");
  await loaded;
  const hook = plugin[contexts[0].event.type];
  const run = (count) => {
    // A plugin looks for the SDK at every call, and another one's may be there.
    globalThis._1flow = sdk;
    for (let index = 0; index < count; index += 1) hook({ ...contexts[index % contexts.length] });
  };
  return { run, calls };
}

/** Segment's plugins: one for each action, and each of them is given every event. */
async function makeSegment({ subscriptions }, contexts) {
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
  return { run, calls };
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

/** The sides of a case, which have been seen to make the same calls, each with what fills a batch. */
async function prepare({ sides, events, matching }) {
  const contexts = events.map((event) => ({ event }));
  const prepared = [];
  let expected;
  for (const [name, side] of Object.entries(sides)) {
    const made = await (side.host === "segment" ? makeSegment : makePlugin)(side, contexts);
    const found = await callsOf({ ...made, contexts });
    expected ??= found;
    assert.equal(found.length, contexts.length * matching);
    assert.deepStrictEqual(found, expected);
    prepared.push({ name, ...made, contexts, matching });
  }
  for (const side of prepared) side.batch = await warmUp(side);
  return prepared;
}

const prepared = [];
for (const one of cases) prepared.push(await prepare(one));
const passes = prepared.map(() => []);
for (let round = 0; round < rounds; round += 1) {
  for (const [index, sides] of prepared.entries()) {
    const pass = {};
    for (const side of sides) pass[side.name] = await time(side, side.batch);
    passes[index].push(pass);
  }
}
process.stdout.write(JSON.stringify(passes));
