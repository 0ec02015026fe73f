/* Runs Segment's own packages beside compiled plugins and compares every SDK call.

One request a line on standard input, one answer a line on standard output, both JSON:

  [{subscriptions, documented, events, files: {name: source}, show}, ...]
  [{pairs, matched, called, differences: [{event, file, place, expected, actual}], outcomes}, ...]

`subscriptions` are Segment's, and `documented` the same with the order of keys that flowplug documents. `pairs`
counts subscription and event, `matched` those whose trigger held, `called` those for which an SDK call is expected.
`outcomes`, asked for with `show`, has what came of each event. A plugin must be ES2015, and keep its hands off the
event.

Events, and the calls in an answer, hold values that JSON has no word for. These are written as an object whose
key "$" names the kind: {"$": "undefined"}, "nan", "-0", "infinity", "-infinity", "function", "symbol";
{"$": "bigint" | "date" | "boxed", "value"}; {"$": "array", "items"}, where {"$": "hole"} may stand;
{"$": "map", "value"}; and {"$": "object" | "bare" | "instance", "entries": [[key, value], ...]}, which is the only
way to write a key "$", and says whether the prototype is Object's, null or a class's. An answer may also have
{"$": "other", "value"}, the name of a thing that no event holds. Mappings are plain JSON.
*/
"use strict";

const readline = require("node:readline");
const { types } = require("node:util");
const { parse } = require("acorn");
const { generatePlugins } = require("@segment/browser-destination-runtime/plugin");

class Instance {}
const SINGLE = {
  undefined: undefined,
  nan: NaN,
  "-0": -0,
  infinity: Infinity,
  "-infinity": -Infinity,
  function: function () {},
  symbol: Symbol("symbol"),
};

function decode(code) {
  if (code === null || typeof code !== "object") return code;
  if (Array.isArray(code)) return code.map(decode);
  switch (code.$) {
    case undefined:
      return fill({}, Object.entries(code));
    case "object":
      return fill({}, code.entries);
    case "bare":
      return fill(Object.create(null), code.entries);
    case "instance":
      return fill(new Instance(), code.entries);
    case "array": {
      const array = new Array(code.items.length);
      code.items.forEach((item, index) => {
        if (!item || item.$ !== "hole") array[index] = decode(item);
      });
      return array;
    }
    case "map":
      return new Map([["key", decode(code.value)]]);
    case "bigint":
      return BigInt(code.value);
    case "date":
      return new Date(code.value);
    case "boxed":
      return Object(code.value);
    default:
      if (code.$ in SINGLE) return SINGLE[code.$];
      throw new TypeError(`no such kind of value: ${code.$}`);
  }
}

function fill(object, entries) {
  for (const [key, code] of entries) {
    const value = decode(code);
    if (key !== "__proto__") object[key] = value;
    else Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return object;
}

function encode(value) {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value !== "object") {
    const single = Object.keys(SINGLE).find((name) => Object.is(value, SINGLE[name]));
    if (single) return { $: single };
    if (typeof value === "number") return value;
    return { $: typeof value === "bigint" ? "bigint" : "other", value: String(value) };
  }
  if (Array.isArray(value)) {
    const items = Array.from(value, (item, index) => (index in value ? encode(item) : { $: "hole" }));
    return items.some((item) => item && item.$ === "hole") ? { $: "array", items } : items;
  }
  if (types.isDate(value)) return { $: "date", value: value.getTime() };
  if (types.isBoxedPrimitive(value)) return { $: "boxed", value: encode(value.valueOf()) };
  if (types.isMap(value)) return { $: "map", value: encode(value.get("key")) };
  const entries = Object.entries(value).map(([key, item]) => [key, encode(item)]);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null) return { $: "bare", entries };
  if (prototype === Instance.prototype) return { $: "instance", entries };
  if (kindOf(value) !== "Object") return { $: "other", value: kindOf(value) };
  if (prototype !== Object.prototype || entries.some(([key]) => ["$", "__proto__"].includes(key))) {
    return { $: "object", entries };
  }
  return Object.fromEntries(entries);
}

const kindOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

/** The place of the first difference between two values, or undefined where there is none. */
function difference(expected, actual, place = "") {
  if (Object.is(expected, actual)) return undefined;
  const kind = kindOf(expected);
  if (Object(expected) !== expected || Object(actual) !== actual || kind !== kindOf(actual)) return place || ".";
  if (types.isDate(expected) || types.isBoxedPrimitive(expected)) {
    return Object.is(expected.valueOf(), actual.valueOf()) ? undefined : place;
  }
  if (types.isMap(expected) && types.isMap(actual)) return difference([...expected], [...actual], `${place}<map>`);
  if (kind === "Array") {
    if (expected.length !== actual.length) return `${place}.length`;
  } else if (kind !== "Object" || Object.getPrototypeOf(actual) !== Object.prototype) {
    return `${place}<prototype>`;
  }
  const keys = Object.keys(expected);
  const others = Object.keys(actual);
  if (keys.length !== others.length || keys.some((key, index) => key !== others[index])) return `${place}<keys>`;
  for (const key of keys) {
    const found = difference(expected[key], actual[key], `${place}[${JSON.stringify(key)}]`);
    if (found) return found;
  }
  return undefined;
}

/** Segment's destination, as its web action has it: what it does with one event under these subscriptions. */
function makeSegment(subscriptions, performed) {
  let matched = 0;
  const tracked = (_, { payload }) => {
    const { event_name, userId, anonymousId, properties } = payload;
    performed("track", event_name, { userId, anonymousId, properties });
  };
  const identified = (_, { payload }) => {
    const { userId, traits } = payload;
    performed("identify", userId, traits);
  };
  const definition = {
    name: "1Flow Web (Actions)",
    actions: { trackEvent: { perform: tracked }, identifyUser: { perform: identified } },
  };
  const watched = subscriptions.map((subscription) => {
    const text = JSON.stringify(subscription.mapping);
    return {
      ...subscription,
      // It reads the mapping once for each event that matches, and changes what it reads.
      get mapping() {
        matched += 1;
        return text && JSON.parse(text);
      },
    };
  });
  const plugins = generatePlugins(definition, {}, watched);
  return async (event) => {
    matched = 0;
    let error;
    for (const plugin of plugins) {
      try {
        await plugin[event.type]({ event });
      } catch (thrown) {
        error ??= String(thrown);
      }
    }
    return { matched, error };
  };
}

// Where Segment copies a key "__proto__", it sets the copy's prototype; flowplug documents that it leaves the key
// out. So an assignment to it does nothing here, except in what is shown of Segment, and is a fault of a plugin.
const real = Object.getOwnPropertyDescriptor(Object.prototype, "__proto__");
const proto = { isSet: false, wasAssigned: false };
Object.defineProperty(Object.prototype, "__proto__", {
  ...real,
  set(prototype) {
    proto.wasAssigned = true;
    if (proto.isSet) real.set.call(this, prototype);
  },
});

// Text instead of BigInts saves flowplug from an error of JSON's after some directives; here it is not thrown at all.
BigInt.prototype.toJSON = function () {
  return typeof this === "bigint" ? String(this) : {};
};

/** What flowplug says that it sends for what Segment performs: see "Done otherwise" in docs/fidelity.md. */
function toSend([command, subject, data]) {
  const sent = asPlainData({ subject, data });
  if (sent.subject == null || sent.subject === "") return [];
  return [[command, sent.subject, command === "identify" ? { ...sent.data } : withProperties(sent.data)]];
}

const withProperties = (data) => ({ ...data, properties: data.properties ?? {} });

function asPlainData(value) {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.map(asPlainData);
  if (Object(value) !== value || typeof value === "function") return value;
  if (kindOf(value) !== "Object") return JSON.parse(JSON.stringify(value));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asPlainData(item)]));
}

/** Each subscription alone, since one that throws stops no other; then their calls in the project's order. */
function makeExpected(subscriptions) {
  let performed = [];
  const perform = (...call) => performed.push(call);
  const alone = subscriptions.map((item) => makeSegment([item], perform));
  return async (event) => {
    const outcome = { matched: 0, calls: [], error: undefined };
    for (const run of alone) {
      performed = [];
      const { matched, error } = await run(decode(event));
      outcome.matched += matched;
      outcome.error ??= error;
      outcome.calls.push(...performed.flatMap(toSend));
    }
    return outcome;
  };
}

const nothing = () => undefined;

/** A page that is little more than nothing, by the bare names that Node has not. */
const PAGE = {
  document: { addEventListener: nothing },
  performance: { getEntriesByName: () => [{ initiatorType: "script" }], now: () => 0 },
  Document: class {
    get readyState() {
      return "complete";
    }
    get scripts() {
      return [{ src: "https://1flow.app/js/1flow.js" }];
    }
  },
  addEventListener: nothing,
  removeEventListener: nothing,
};

/** A compiled plugin on a page that has the SDK already; `makeSdk` makes it. */
function makePlugin(evaluate, makeSdk) {
  let calls = [];
  let plugin;
  const window = { analytics: { register: (registered) => (plugin = registered) } };
  evaluate(window, makeSdk((...call) => calls.push(call)), ...Object.values(PAGE));
  plugin.load();
  return async (event, unchanged) => {
    calls = [];
    proto.wasAssigned = false;
    const ctx = { event: decode(event) };
    let returned = ctx;
    let error;
    try {
      if (plugin[ctx.event.type]) returned = await plugin[ctx.event.type](ctx);
    } catch (thrown) {
      error = String(thrown);
    }
    let fault;
    if (returned !== ctx) fault = "<what the hook returns>";
    if (proto.wasAssigned) fault = "<an assignment to __proto__>";
    if (asText(ctx.event) !== unchanged) fault = "<the event, which has changed>";
    return { calls, error, fault };
  };
}

const asText = (value) => JSON.stringify(encode(value));

const SDKS = {
  commands: (record) => (command, subject, data) => record(command, subject, data),
  methods: (record) => ({
    logUser: (userId, traits) => record("identify", userId, traits),
    logEvent: (name, properties) => record("track", name, properties),
  }),
};

/** The calls of one action keep their order; between actions, whose plugins are two in Segment, none is set. */
const byCommand = (calls) => ["identify", "track"].map((command) => calls.filter((call) => call[0] === command));

const asMethods = ([command, subject, data]) => [command, subject, command === "track" ? data.properties : data];

function placeOfDifference(expected, actual, generation) {
  if (actual.fault) return actual.fault;
  if (!expected.error !== !actual.error) return "<the error>";
  const calls = generation === "methods" ? expected.calls.map(asMethods) : expected.calls;
  return difference(byCommand(calls), byCommand(actual.calls));
}

async function judge({ subscriptions, documented, events, files, show }) {
  const expect = makeExpected(documented);
  const report = { pairs: 0, matched: 0, called: 0, differences: [], outcomes: show ? [] : undefined };
  const plugins = [];
  for (const [file, source] of Object.entries(files)) {
    try {
      // A file without a name is no plugin of flowplug's; all others keep to the oldest syntax that is promised.
      if (file) parse(source, { ecmaVersion: 2015 });
      const evaluate = new Function("window", "_1flow", ...Object.keys(PAGE), source);
      for (const [generation, makeSdk] of Object.entries(SDKS)) {
        plugins.push({ file, generation, run: makePlugin(evaluate, makeSdk) });
      }
    } catch (thrown) {
      report.differences.push({ event: 0, file, place: "<loading>", expected: null, actual: String(thrown) });
    }
  }
  for (const [index, event] of events.entries()) {
    const expected = await expect(event);
    const unchanged = asText(decode(event));
    const outcome = { segment: show && (await showSegment(subscriptions, event)) };
    report.pairs += subscriptions.length;
    report.matched += expected.matched;
    report.called += expected.calls.length;
    for (const { file, generation, run } of plugins) {
      // The older generation takes the same arguments through another door: one event shows that it is open.
      if (generation === "methods" && index > 0) continue;
      const actual = await run(event, unchanged);
      const place = placeOfDifference(expected, actual, generation);
      if (place) {
        const sides = { expected: encode(expected), actual: encode(actual) };
        report.differences.push({ event: index, file: `${file} (${generation})`, place, ...sides });
      }
      outcome.flowplug ??= encode(actual);
    }
    if (show) report.outcomes.push(outcome);
  }
  return report;
}

/** What Segment's destination does itself, with the calls as it makes them. */
async function showSegment(subscriptions, event) {
  const calls = [];
  const run = makeSegment(subscriptions, (command, subject, data) => calls.push([command, subject, { ...data }]));
  proto.isSet = true;
  const { matched, error } = await run(decode(event));
  proto.isSet = false;
  return encode({ matched, calls, error });
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const reports = [];
    for (const request of JSON.parse(line)) {
      reports.push(await judge(request).catch((error) => ({ broken: error.stack })));
    }
    process.stdout.write(`${JSON.stringify(reports)}\n`);
  }
})();
