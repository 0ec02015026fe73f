// Just enough of a page for the plugin to load an SDK and get events, in quickjs.
// OUTCOME is what becomes of each script of the SDK's.
/* global OUTCOME */

globalThis.window = globalThis;

const hearing = [];
const listens = {
  addEventListener(type, hear) { hearing.push({ type, hear }); },
  removeEventListener(type, hear) {
    const index = hearing.findIndex(one => one.type === type && one.hear === hear);
    if (index >= 0) hearing.splice(index, 1);
  },
};

Object.assign(globalThis, listens, {
  hearing,
  outcome: OUTCOME,
  calls: [],
  steps: [],
  plugins: [],
  timers: [],
  failure: "",
  error: undefined,
  analytics: {
    register(plugin) {
      plugins.push(plugin);
      plugin.load().catch(error => { failure = String(error); });
      return true;
    },
  },
  console: { debug() {}, warn() {}, error() {} },
  navigator: { onLine: true },
  performance: { now: () => 0, getEntriesByName: () => [] },
  setTimeout: (run, delay, ...given) => timers.push(() => run(...given)),
  clearTimeout: number => { delete timers[number - 1]; },
  Document: class { append() {} },
  URL: class { constructor(address, base) { this.href = address.startsWith("/") ? base + address : address; } },
  CustomEvent: class { constructor(type, { detail }) { Object.assign(this, { type, detail }); } },
});

// The document's own properties are where browsers have them.
globalThis.document = Object.assign(Document.prototype, {
  baseURI: "https://shop.example",
  readyState: "complete",
  scripts: [],
  createElement: () => ({ dataset: {} }),
  dispatchEvent: event => { steps.push([event.type, event.detail]); },
  head: {
    prepend(target) {
      document.scripts.push(target);
      timers.push(() => {
        if (outcome === "late") outcome = "load";
        if (outcome === "load") globalThis._1flow = (...call) => { calls.push(call); };
        for (const { type, hear } of hearing) if (type === outcome) hear({ type, target });
      });
    },
  },
});

globalThis.send = text => {
  error = undefined;
  try {
    const event = JSON.parse(text);
    const hook = plugins[0][event.type];
    if (hook) hook({ event });
  } catch (thrown) {
    error = String(thrown);
  }
};

globalThis.runTimers = () => {
  for (let index = 0; index < timers.length; index += 1) {
    const run = timers[index];
    delete timers[index];
    if (run) run();
  }
};
