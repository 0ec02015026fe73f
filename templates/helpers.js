// The functions that compiled code calls: what mappings need, the actions, and the tables of event names.
//
// Each plugin gets those that its code calls, with what they call themselves, in the order of this file. A
// declaration begins at the start of a line, with its comment above it and an empty line between two. `send`,
// which the actions call, is the runtime's. Beside others that need `isObject`, `copy` calls it too (helpers.py).

const isObject = value => typeof value === "object" && ({}).toString.call(value) === "[object Object]";

// A copy without what is undefined, as Segment's mapping kit makes it of every payload.
const copy = value => {
  if (Array.isArray(value)) return value.map(clean);
  // What is no plain data is taken as JSON has it, and what has no JSON fails here, not in the SDK.
  if (value.toJSON || ({}).toString.call(value) !== "[object Object]") return JSON.parse(JSON.stringify(value));
  const made = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item !== undefined && key !== "__proto__") made[key] = clean(item);
  }
  return made;
};

// Most values are none to copy: small enough for engines to put in the place of the call.
const clean = value =>
  typeof value === "object" ? value && copy(value) : typeof value === "bigint" ? `${value}` : value;

// The same for an object that was made just now, which needs no copy itself.
const tidy = object => {
  for (const key in object) {
    const item = object[key];
    if (item === undefined || typeof item === "bigint") return clean(object);
    if (typeof item === "object" && {}.hasOwnProperty.call(object, key)) object[key] = clean(item);
  }
  return object;
};

// The same for an object that directives have put together. Arrays that `made` names are clean already.
const finish = (object, ...made) => {
  if (object.toJSON) return clean(object);
  for (const key in object) {
    const item = object[key];
    if (item === undefined || typeof item === "bigint" || key === "__proto__") return clean(object);
    if (typeof item !== "object" || (made.includes(key) && Array.isArray(item))) continue;
    if ({}.hasOwnProperty.call(object, key)) object[key] = clean(item);
  }
  return object;
};

// What the SDK takes for traits: an object. The value is a copy already, so that an object is a plain one.
const record = value =>
  typeof value !== "object" || Array.isArray(value) ? Object.assign({}, value) : value || {};

const identifyUser = (userId, traits) => send("identify", userId, traits);

const trackEvent = (eventName, properties, userId, anonymousId) =>
  send("track", eventName, { userId, anonymousId, properties: properties == null ? {} : properties });

const read = (payload, path) =>
  path
    .replace(/([\x22\x270-9])\]+/g, "$1.")
    .split(/\[(?=[\x22\x270-9])|\./)
    .filter(step => step)
    .reduce((value, step) => value && value[step.replace(/[\x22\x27]/g, "")], payload);

// A path that comes from the event.
const get = (payload, path) => {
  if (typeof path !== "string") throw new TypeError("@path: expected text");
  return read(payload, path.replace("$.", ""));
};

const text = value => (value == null ? "" : `${value}`);

// A template that comes from the event.
const render = (template, payload) => {
  if (typeof template !== "string") throw new TypeError("@template: expected text");
  return template.replace(/\{\{\{([^}]+)\}\}\}|\{\{([^}]+)\}\}/g, (_, outer, inner) =>
    text(read(payload, (outer || inner).trim()))
  );
};

const filled = value => value != null && value != "";

const lowerCase = value => (typeof value === "string" ? value.toLowerCase() : value);

const upperCase = value => (typeof value === "string" ? value.toUpperCase() : value);

const replace = (value, pattern, replacement) => {
  const kind = typeof value;
  if (kind !== "string" && kind !== "number" && kind !== "boolean") return "";
  return String(value).replace(pattern, replacement);
};

const mapItems = (root, shape) => {
  if (Array.isArray(root)) return root.map(item => shape(item));
  return isObject(root) ? [shape(root)] : root;
};

const flatten = (value, separator, omitArrays) => {
  const flat = {};
  const add = (item, prefix) => {
    if (isObject(item) || (Array.isArray(item) && !omitArrays)) {
      for (const key of Object.keys(item)) add(item[key], prefix ? prefix + separator + key : key);
    } else if (prefix === "__proto__") {
      // Defined, since setting it would make no key.
      Object.defineProperty(flat, prefix, { value: item, configurable: true, enumerable: true, writable: true });
    } else {
      flat[prefix] = item;
    }
  };
  add(value, "");
  return flat;
};

const merge = (...objects) => {
  const merged = {};
  for (const object of objects) {
    for (const key of object == null ? [] : Object.keys(object)) {
      if (key !== "__proto__") merged[key] = object[key];
    }
  }
  return merged;
};

const parseJson = value => {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch (error) {
    return value;
  }
};

const ofObject = (payload, value) => {
  if (payload !== undefined && !isObject(payload)) throw new TypeError("@transform: expected an object");
  return value;
};

// A copy without what is undefined, for a payload that is mapped once more.
const prune = value => {
  if (Array.isArray(value)) return value.map(item => prune(item));
  if (!isObject(value)) return value;
  const made = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item !== undefined && key !== "__proto__") made[key] = prune(item);
  }
  return made;
};

// Nulls become undefined, but not those in arrays, as in Segment's mapping kit.
const withoutNulls = value => {
  if (value === null) return undefined;
  if (!isObject(value)) return value;
  const copy = {};
  for (const key of Object.keys(value)) {
    if (key !== "__proto__") copy[key] = withoutNulls(value[key]);
  }
  return copy;
};

// A time in milliseconds, as text.
const isoTime = time => new Date(time).toISOString();

const byName = entries => {
  const table = new Map();
  for (const [run, ...names] of entries) for (const name of names) table.set(name, run);
  return table;
};

const lookUp = (table, event) => {
  const run = table.get(event.event);
  if (run) run(event);
};

// Where an ID stands among all, from 0 to 1: FNV-1a, with the last steps of MurmurHash3, by which IDs that differ
// little are far apart.
const share = id => {
  let hash = 2166136261;
  for (const letter of `${id}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
  hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4294967296;
};

// Whether the JSON of a value has more characters than that, or nearly so. The walk ends at the limit, so the largest
// value costs no more than one that is just within it, and a cycle ends, too.
const exceeds = (value, limit) => {
  const values = [value];
  for (const item of values) {
    const isList = Array.isArray(item) || ArrayBuffer.isView(item);
    // An item of a list has a character at least, and a comma; that one is part of what each value takes here.
    if (isList) limit -= 2 * item.length || 0;
    else limit -= typeof item === "string" ? item.length + 1 : typeof item === "number" ? `${item}`.length - 1 : 3;
    if (limit < 0) return true;
    // What has a JSON form of its own, such as a Date, is not looked into.
    if (typeof item !== "object" || !item || item.toJSON) continue;
    if (isList) values.push(...Array.from(item));
    for (const key of isList ? [] : Object.keys(item)) {
      limit -= key.length + 5;
      if (limit < 0) return true;
      values.push(item[key]);
    }
  }
  return false;
};
