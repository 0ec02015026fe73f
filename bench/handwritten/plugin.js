/* What an expert would write by hand: the part that all projects share. It loads the SDK, keeps the calls that are
made before it is there, and registers a plugin, whose hooks come from the project's own file. */

const ADDRESS = "https://1flow.app/js/1flow.js";

// Calls made before the SDK is there.
let waiting = [];

const call = (command, subject, data) => {
  if (waiting) waiting.push([command, subject, data]);
  else window._1flow(command, subject, data);
};

const identify = (userId, traits) => {
  if (userId) call("identify", userId, traits);
};

const track = (name, properties, { userId, anonymousId }) => {
  if (name) call("track", name, { userId, anonymousId, properties });
};

// A copy of plain data, without what is undefined; of anything else, such as a date, what JSON has of it.
const snapshot = value => (typeof value === "object" && value !== null ? copy(value) : value);

const copy = value => {
  if (Array.isArray(value)) return value.map(snapshot);
  if (value.toJSON) return value.toJSON();
  const made = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item !== undefined) made[key] = snapshot(item);
  }
  return made;
};

const load = () =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.dataset.apiKey = "oneflow_prod_ZmxvdzE5c2V2ZW50eXR3b2NoYXI";
    script.addEventListener("load", () => {
      const calls = waiting;
      waiting = undefined;
      for (const [command, subject, data] of calls) call(command, subject, data);
      resolve();
    });
    script.addEventListener("error", () => reject(Error("1Flow was not loaded")));
    script.src = ADDRESS;
    document.head.prepend(script);
  });

window.analytics.register({
  name: "1Flow",
  type: "destination",
  version: "1.0.0",
  isLoaded: () => !waiting,
  load,
  ...hooks,
});
