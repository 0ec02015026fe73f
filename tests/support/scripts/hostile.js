// Values that JSON does not have, in events: made of objects that name their kind, where the page sends an event.
const kinds = {
  "a toJSON": value => ({ toJSON: () => value }),
  "a function with toJSON": value => Object.assign(() => 0, { toJSON: () => value }),
  "a map": value => new Map(Object.entries(value || {})),
  "a date": () => new Date(0),
  "a typed array": () => Uint8Array.of(1, 2),
  "a text object": value => new String(JSON.stringify(value)),
  "a big number": () => BigInt("4111111111111111"),
  "an instance": value => new (class Person { constructor() { Object.assign(this, value); } })(),
  "a getter": value => Object.defineProperty({}, "email", { get: () => value, enumerable: true }),
  "an error": () => Error("jane@example.com"),
  "an own __proto__": value => JSON.parse(`{"__proto__": ${JSON.stringify(value === undefined ? null : value)}}`),
  "no prototype": value => Object.assign(Object.create(null), value),
};

globalThis.sendHostile = text => {
  error = undefined;
  try {
    const event = JSON.parse(text, (key, value) => (value && kinds[value.kind] ? kinds[value.kind](value.value) : value));
    plugins[0][event.type]({ event });
  } catch (thrown) {
    error = String(thrown);
  }
};
