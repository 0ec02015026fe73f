// The page on which `flowplug preview` runs a plugin in QuickJS: just enough for the plugin to register with its host, to
// load an SDK and to get events. The SDK is a stand-in, which keeps what it is called with.
{
  const TYPES = ["track", "identify", "page", "group", "alias", "screen"];

  const ADDRESS = "https://preview.example";
  // Steps of a debug build after which no subscription is tried.
  const UNTRIED = {
    "no consent": "no consent",
    barred: "there is no 1Flow on this page",
    "sampled out": "the user is not in the sample",
    "too large": "the event is larger than sdk.maxBytes",
  };

  let calls = [];
  let explanations = [];
  let because = "";
  // Texts whose hashes a plugin waits for: the engine makes them.
  let unhashed = [];
  const timers = new Map();
  const listeners = [];
  // Each takes an event as Segment has it.
  const hooks = [];

  const keep = (...call) => { calls.push(call); };
  const sdks = {
    commands: keep,
    methods: {
      logUser: (...given) => keep("logUser", ...given),
      logEvent: (...given) => keep("logEvent", ...given),
    },
  };
  let sdk;

  // What a script has done by the time its element hears that it has loaded.
  const load = target => {
    globalThis._1flow = sdk;
    for (const { type, listener } of listeners) if (type === "load") listener({ type, target });
  };

  globalThis.runTimers = () => {
    const some = timers.size > 0;
    for (const [id, run] of timers) {
      timers.delete(id);
      run();
    }
    return some;
  };

  let lastTimer = 0;
  Object.assign(globalThis, {
    window: globalThis,
    addEventListener(type, listener) { listeners.push({ type, listener }); },
    removeEventListener() {},
    console: { debug() {}, log() {}, warn() {}, error() {} },
    navigator: { onLine: true },
    location: { href: ADDRESS, pathname: "/" },
    // The plugin hands what one makes to the other, and nothing else.
    TextEncoder: class { encode(text) { return text.toWellFormed(); } },
    crypto: { subtle: { digest: (name, text) => new Promise(resolve => { unhashed.push({ text, resolve }); }) } },
    performance: { now: () => 0, getEntriesByName: () => [] },
    setTimeout(run, delay, ...given) {
      timers.set(++lastTimer, () => run(...given));
      return lastTimer;
    },
    clearTimeout: id => { timers.delete(id); },
    Document: class { append() {} },
    URL: class { constructor(address, base) { this.href = address.startsWith("/") ? base + address : address; } },
    // Many a step: what an event has besides its detail is of no use here.
    CustomEvent: function (type, init) { return init; },
  });

  // The document's own properties are where browsers have them.
  globalThis.document = Object.assign(Document.prototype, {
    baseURI: ADDRESS,
    readyState: "complete",
    scripts: [],
    createElement: () => ({ dataset: {} }),
    addEventListener() {},
    dispatchEvent({ detail }) {
      if (detail.subscriptions) explanations.push(detail.subscriptions);
      else if (UNTRIED[detail.step]) because = UNTRIED[detail.step];
    },
    head: { prepend(target) { timers.set(++lastTimer, () => load(target)); } },
  });

  // Each plugin of Analytics.js has a context of its own, as from the wrappers of Segment's loader.
  const register = plugin => {
    plugin.load({}, { queue: { plugins: [] } }).catch(() => {});
    hooks.push(event => plugin[event.type] && plugin[event.type]({ event }));
    return true;
  };

  const rudderStackEvent = event => {
    const context = Object.assign({}, event.context);
    if (event.type === "identify" && event.traits) context.traits = event.traits;
    return Object.assign({ originalTimestamp: event.timestamp }, event, { context });
  };

  const analyticsEvent = event => {
    const { name, category, messageId, timestamp } = event;
    const meta = Object.assign({ rid: messageId, ts: timestamp && Date.parse(timestamp) }, event.meta);
    const named = Object.assign({}, name && { name }, category && { category });
    return Object.assign({}, event, { meta, properties: Object.assign(named, event.properties) });
  };

  globalThis.analytics = { register };
  globalThis.rudderanalytics = {
    addCustomIntegration(id, integration) {
      if (integration.init) integration.init({}, {}, {});
      hooks.push(event => integration[event.type] && integration[event.type]({}, {}, { message: rudderStackEvent(event) }));
    },
  };

  // What the script of each format needs once it has run.
  const installers = {
    script() {},
    rudderstack() {},
    remote: () => window.oneFlowDestination({}).forEach(register),
    module: () => register(window.oneFlow()),
    getanalytics() {
      const plugin = window.oneFlow();
      plugin.initialize({ config: {} });
      hooks.push(event => plugin[event.type] && plugin[event.type]({ payload: analyticsEvent(event) }));
    },
  };

  globalThis.install = (format, generation) => {
    sdk = sdks[generation];
    installers[format]();
    runTimers();
  };

  const parsed = text => {
    try {
      const event = JSON.parse(text);
      return typeof event === "object" && event && TYPES.includes(event.type) ? event : undefined;
    } catch (error) {
      return undefined;
    }
  };

  const hand = event => {
    calls = [];
    explanations = [];
    because = "";
    // Where the event was made, as it says itself.
    const { path, url } = Object.assign({}, (event.context || "").page);
    Object.assign(location, { href: url || ADDRESS, pathname: path || "/" });
    for (const hook of hooks) {
      try {
        hook(event);
        runTimers();
      } catch (error) {
        // As a host does: it goes on with its next plugin.
      }
    }
  };

  // Where each action has a plugin of its own, each explains the subscriptions of all: the one that runs them knows best.
  const OTHERS = "the plugin of its action handles it";
  const merged = () => {
    const [first = [], ...rest] = explanations;
    if (!rest.length) return first;
    return first.map((entry, index) => {
      const all = [entry, ...rest.map(entries => entries[index])];
      return all.find(({ matched, outcome }) => matched || outcome) || all.find(other => other.because !== OTHERS) || entry;
    });
  };

  const each = answer => text =>
    text
      .split("\n")
      .map(line => {
        const event = parsed(line);
        if (!event) return "";
        try {
          hand(event);
          return answer();
        } catch (error) {
          return "";
        }
      })
      .join("\n");

  globalThis.callsNow = () => JSON.stringify(calls);
  globalThis.explanationNow = () => JSON.stringify([merged(), because]);

  // Both take events as lines of JSON, and answer each with a line; it is empty where that was no event.
  globalThis.callsOf = each(callsNow);
  globalThis.explanationsOf = each(explanationNow);

  // For a plugin whose calls take promises: those are settled before it is asked for what has become of the event.
  globalThis.handOver = text => {
    const event = parsed(text);
    if (event) hand(event);
    return !!event;
  };
  globalThis.textsToHash = () => JSON.stringify(unhashed.map(({ text }) => text));
  globalThis.setHashes = hashes => {
    const waiting = unhashed;
    unhashed = [];
    JSON.parse(hashes).forEach((bytes, index) => { waiting[index].resolve(bytes); });
  };
}
