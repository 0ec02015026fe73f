/* Times projects: for each of them several plugins that do the same, all in turn, in one process.

Standard input and output are JSON:

  {cases: [{sides, matching}], rounds, milliseconds: {warmUp, batch}}
  [[{side: nanoseconds, ...}, ...], ...]       nanoseconds an event by side, for each round of each case

A side is {host, source, events}, or {host: "segment", subscriptions, events}; `events` are of one type, as the side's
host hands them over. It fails where the sides do not make the same calls of the SDK, or another number of them than
`matching` says.
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

const imported = async (source) => (await import(`data:text/javascript,${encodeURIComponent(source)}`)).default();

/** What makes a plugin of a source, for each host: on the page, which is little more than nothing, or by itself.

It is given with how it is started, what wraps an event in what a hook gets, and the arguments before that. */
const hosts = {
  script(source, page) {
    runInThisContext(source);
    return { plugin: page.plugin, start: () => page.plugin.load(), wrap: (event) => ({ event }) };
  },
  async module(source) {
    const plugin = await imported(source);
    return { plugin, start: () => plugin.load(), wrap: (event) => ({ event }) };
  },
  rudderstack(source) {
    let plugin;
    globalThis.rudderanalytics = { addCustomIntegration: (id, integration) => (plugin = integration) };
    runInThisContext(source);
    return { plugin, start: () => plugin.init({}, {}, {}), wrap: (message) => ({ message }), first: {} };
  },
  async getanalytics(source) {
    const plugin = await imported(source);
    return { plugin, start: () => plugin.initialize({ config: {} }), wrap: (payload) => ({ payload }) };
  },
};

/** A plugin that has loaded its SDK. */
async function makePlugin({ host, source, events }) {
  const { sdk, calls } = makeSdk();
  let script;
  const page = makePage((inserted) => (script = inserted));
  setGlobals(page.globals);
  const { plugin, start, wrap, first } = await hosts[host](source, page);
  const loaded = start();
  globalThis._1flow = sdk;
  page.end(script, "load");
  await loaded;
  const hook = plugin[events[0].type];
  const run = (count) => {
    // A plugin looks for the SDK at every call, and another one's may be there.
    globalThis._1flow = sdk;
    for (let index = 0; index < count; index += 1) {
      // Not by spreading another one: engines are slow to mark such an object, which no host makes.
      const given = wrap(events[index % events.length]);
      hook(first ?? given, first, given);
    }
  };
  return { run, calls };
}

/** Segment's plugins: one for each action, and each of them is given every event. */
async function makeSegment({ subscriptions, events }) {
  const { sdk, calls } = makeSdk();
  const plugins = generatePlugins({ ...destination, initialize: () => sdk }, {}, subscriptions);
  await Promise.all(plugins.map((plugin) => plugin.load()));
  const hooks = plugins.map((plugin) => plugin[events[0].type]);
  const run = (count) => {
    const pending = [];
    for (let index = 0; index < count; index += 1) {
      for (const hook of hooks) pending.push(hook({ event: events[index % events.length] }));
    }
    return Promise.all(pending);
  };
  return { run, calls };
}

async function callsOf({ run, calls, events }) {
  calls.kept = [];
  await run(events.length);
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
  let pace = await time(side, side.events.length);
  do pace = await time(side, Math.max(1, Math.round((milliseconds.batch * 1e6) / pace)));
  while (performance.now() < end);
  return Math.max(1, Math.round((milliseconds.batch * 1e6) / pace));
}

/** The sides of a case, which have been seen to make the same calls, each with what fills a batch. */
async function prepare({ sides, matching }) {
  const prepared = [];
  let expected;
  for (const [name, side] of Object.entries(sides)) {
    const { events } = side;
    const made = await (side.host === "segment" ? makeSegment : makePlugin)(side);
    const found = await callsOf({ ...made, events });
    expected ??= found;
    assert.equal(found.length, events.length * matching);
    assert.deepStrictEqual(found, expected);
    prepared.push({ name, ...made, events, matching });
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
