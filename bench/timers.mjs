/* Counts timers on a page where the SDK's script never comes, on a clock that is moved by hand.

Standard input and output are JSON:

  {source, subscriptions, events}
  {refused: {ours, theirs}, silent: {ours, theirs}}     each {first, last, left}

`source` is the text of 1flow.min.js, `subscriptions` are Segment's, `events` are the calls that are made. The
script is refused 50 ms after it is asked for, or there is no answer at all. `first` is how many timers fire in the
first 30 s, `last` how many in the 30 s after the last time that the script is asked for, and `left` how many wait
to fire at the end of these.
*/
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { runInThisContext } from "node:vm";

import { makePage, setGlobals } from "./page.mjs";
import { destination } from "./segment.mjs";

const { generatePlugins } = createRequire(import.meta.url)("@segment/browser-destination-runtime/plugin");

const { source, subscriptions, events } = JSON.parse(readFileSync(0, "utf8"));

const SPAN = 30_000;
const contexts = events.map((event) => ({ event }));

function makeClock() {
  const due = new Map();
  const timers = new Map();
  const fired = [];
  let now = 0;
  let last = 0;
  const at = (delay, run) => {
    const time = now + delay;
    if (due.has(time)) due.get(time).push(run);
    else due.set(time, [run]);
  };
  return {
    at,
    timers,
    setTimeout(run, delay = 0) {
      const id = (last += 1);
      timers.set(id, run);
      at(delay, () => {
        if (!timers.delete(id)) return;
        fired.push(now);
        run();
      });
      return id;
    },
    clearTimeout: (id) => void timers.delete(id),
    now: () => now,
    /** What is due before `end()`, which may move while it runs; promises get their turn after each moment. */
    async run(end) {
      while (due.size) {
        const next = Math.min(...due.keys());
        if (next > end()) break;
        now = next;
        const runs = due.get(next);
        due.delete(next);
        for (const run of runs) run();
        await new Promise(setImmediate);
      }
      now = end();
    },
    firedFrom: (start) => fired.filter((time) => time > start && time <= start + SPAN).length,
  };
}

const sides = {
  ours(page) {
    runInThisContext(source, { filename: "1flow.min.js" });
    page.plugin.load().catch(() => {});
    return [page.plugin];
  },
  theirs() {
    const plugins = generatePlugins(destination, { projectApiKey: "key" }, subscriptions);
    for (const plugin of plugins) plugin.load();
    return plugins;
  },
};

async function count(side, fault) {
  const clock = makeClock();
  let asked = 0;
  const page = makePage((script) => {
    asked = clock.now();
    if (fault === "refused") clock.at(50, () => page.end(script, "error"));
  });
  const { setTimeout, clearTimeout } = globalThis;
  setGlobals({ ...page.globals, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout });
  try {
    const plugins = side(page);
    await new Promise(setImmediate);
    for (const context of contexts) for (const plugin of plugins) plugin[context.event.type](context);
    await new Promise(setImmediate);
    await clock.run(() => asked + SPAN);
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
  return { first: clock.firedFrom(0), last: clock.firedFrom(asked), left: clock.timers.size };
}

const counts = {};
for (const fault of ["refused", "silent"]) {
  counts[fault] = { ours: await count(sides.ours, fault), theirs: await count(sides.theirs, fault) };
}
process.stdout.write(JSON.stringify(counts));
