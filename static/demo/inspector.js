/*
 * The inspector: one row for each call, with the stages of its way.
 *
 * A call is seen four times: by Analytics.js, by the plugin, by the SDK, and by the API. What is seen carries no
 * number that would join the four, so it is joined by what it is about (the event's name, the user's ID): it fills
 * the oldest row about the same that lacks its stage. Analytics.js tells of a call when its plugins have had
 * it, so the SDK may be first.
 */

const STORE = "inspector";
const KEPT_ROWS = 150;

const byId = (id) => document.getElementById(id);
const panel = byId("inspector");
const list = byId("inspector-rows");
const networkIsWatched = panel.dataset.network === "watched";

const load = performance.timeOrigin;
const kept = JSON.parse(sessionStorage.getItem(STORE) || "null") || { rows: [], seen: Infinity };
let rows = kept.rows;
// A server that was started again counts from the beginning.
let seen = Math.min(kept.seen, Number(panel.dataset.lastRecord));
const items = new Map();

// What a row is about

const aboutEvent = (name) => `event ${name}`;
const aboutUser = (userId) => `user ${userId || "(anonymous)"}`;

function aboutSdkCall(call, args) {
  const isUser = call === "logUser" || call === "identify";
  return isUser ? aboutUser(args[0]) : aboutEvent(args[0]);
}

function aboutStep({ event, command, subject }) {
  if (event) {
    return event.type === "identify" ? aboutUser(event.userId) : aboutEvent(event.event || event.name);
  }
  return command && (command === "identify" ? aboutUser(subject) : aboutEvent(subject));
}

function aboutRecord({ step, body }) {
  if (step === "log_user") {
    return [aboutUser(body.system_id)];
  }
  return step === "events" ? body.events.map(({ name }) => aboutEvent(name)) : [];
}

// The rows

function addRow(row) {
  const made = { load, at: Date.now(), stages: {}, ...row };
  rows.push(made);
  return made;
}

/** What is seen, as it is now; what a page hands over may have no JSON. */
function asJson(value) {
  try {
    return JSON.parse(JSON.stringify(value, (_, item) => (typeof item === "bigint" ? `${item}n` : item)));
  } catch (error) {
    return `cannot be shown: ${error.message}`;
  }
}

function saw(stage, kind, about, title, { label, payload }) {
  const lacking = rows.find((row) => row.load === load && row.about === about && !row.stages[stage]);
  const row = lacking || addRow({ kind, about, title });
  row.stages[stage] = { label, payload: asJson(payload) };
  if (stage === "analytics") {
    Object.assign(row, { kind, title });
  }
  refresh(row);
}

/** A step that the plugin tells of: one more of a call's, or one of its loading of the SDK. */
function sawStep({ step, ...detail }) {
  const about = aboutStep(detail);
  const entry = { label: step, payload: [asJson({ step, ...detail })] };
  if (!about) {
    return refresh(addRow({ kind: "plugin", stages: { plugin: entry } }));
  }
  const goesOn = ({ stages: { plugin } }) => plugin && !/(sent|dropped)$/.test(plugin.label);
  const known = step !== "received" && rows.find((row) => row.load === load && row.about === about && goesOn(row));
  if (!known) {
    const { type = "sdk", userId, name, event: eventName } = detail.event || {};
    return saw("plugin", type, about, eventName || name || userId || detail.subject || "no user ID", entry);
  }
  known.stages.plugin = {
    label: `${known.stages.plugin.label} → ${step}`,
    payload: [...known.stages.plugin.payload, ...entry.payload],
  };
  return refresh(known);
}

function sawRecord(record) {
  seen = record.number;
  const abouts = aboutRecord(record);
  const sent = (row) => row.stages.sdk && !row.stages.network && abouts.includes(row.about);
  const entry = {
    label: new URL(record.url).pathname.replace(/^.*\/v1\/[^/]+\//, ""),
    mark: String(record.status),
    payload: { url: record.url, one_flow_key: record.key, body: record.body },
  };
  // An earlier page's call can still be on its way.
  const known = rows.find((row) => row.load === load && sent(row)) || rows.find(sent);
  const row = known || addRow({ kind: "own", title: ownTitle(record) });
  row.stages.network = entry;
  refresh(row);
}

function ownTitle({ step, body }) {
  return step === "events" ? body.events.map(({ name }) => name).join(", ") : step.replace("_", " ");
}

// Showing them

function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

const clock = (at) => new Date(at).toLocaleTimeString([], { hour12: false });

function stageElement(name, entry, lacking) {
  const stage = element("span", "stage", name);
  if (!entry) {
    return element("div", "step", stage, element("span", "label", lacking));
  }
  const summary = element("summary", "step", stage, element("code", "label", entry.label));
  if (entry.mark) {
    summary.append(element("span", "mark", entry.mark));
  }
  const payload = element("pre", "", JSON.stringify(entry.payload, null, 2));
  payload.tabIndex = 0;
  const refused = entry.mark ? entry.mark !== "200" : name === "Plugin" && /(dropped|failed|given up)$/.test(entry.label);
  return element("details", refused ? "refused" : "arrived", summary, payload);
}

function rowElement({ kind, title, at, stages }) {
  const time = element("time", "", clock(at));
  if (kind === "load") {
    return element("li", "load", element("span", "", title), time);
  }
  if (kind === "plugin") {
    return element("li", "row plugin", stageElement("Plugin", stages.plugin), time);
  }
  if (kind === "own") {
    return element("li", "row own", stageElement("SDK itself", { ...stages.network, label: title }));
  }
  const head = element("p", "head", element("span", `kind ${kind}`, kind), element("strong", "", title), time);
  const network = networkIsWatched ? "–" : "see the network tab";
  return element(
    "li",
    "row",
    head,
    stageElement("Analytics.js", stages.analytics, "–"),
    ...(networkIsWatched ? [stageElement("Plugin", stages.plugin, "–")] : []),
    stageElement("SDK", stages.sdk, "–"),
    stageElement("1Flow", stages.network, network),
  );
}

/** Show a row as it is now, with what was open still open. */
function refresh(row) {
  const fresh = rowElement(row);
  const old = items.get(row);
  if (old) {
    const open = Array.from(old.querySelectorAll("details[open] .stage"), (stage) => stage.textContent);
    fresh.querySelectorAll("details").forEach((details) => {
      details.open = open.includes(details.querySelector(".stage").textContent);
    });
    old.replaceWith(fresh);
  } else {
    list.prepend(fresh);
  }
  items.set(row, fresh);
  count();
  keep();
}

function count() {
  const calls = rows.filter(({ kind }) => !["own", "load", "plugin"].includes(kind)).length;
  byId("inspector-count").textContent = calls === 1 ? "1 call" : `${calls} calls`;
}

function keep() {
  sessionStorage.setItem(STORE, JSON.stringify({ rows: rows.slice(-KEPT_ROWS), seen }));
}

// The SDK's state

const failed = new WeakSet();

function sdkState() {
  const script = document.querySelector("script[data-api-key]");
  if (window.glob) {
    return "ready";
  }
  if (failed.has(script)) {
    return "could not be loaded";
  }
  return script ? "asked for" : "not asked for";
}

/** There is no event for the SDK's readiness: it only sets window.glob. */
function watchSdk() {
  const watch = setInterval(() => {
    const state = sdkState();
    byId("sdk-state").textContent = state;
    byId("sdk-state").dataset.state = state;
    if (state === "ready") {
      clearInterval(watch);
    }
  }, 100);
}

// The panel

function setOpen(open) {
  panel.classList.toggle("open", open);
  byId("inspector-toggle").setAttribute("aria-expanded", String(open));
  byId("inspector-toggle").textContent = open ? "Close" : "Open";
  sessionStorage.setItem("inspector-open", open ? "yes" : "");
}

function setOwn(shown) {
  byId("inspector-own").checked = shown;
  list.classList.toggle("without-own", !shown);
  sessionStorage.setItem("inspector-own", shown ? "" : "no");
}

function clear() {
  rows = [];
  items.clear();
  list.replaceChildren();
  count();
  keep();
  if (networkIsWatched) {
    fetch("/inspector/records", { method: "DELETE" });
  }
}

function watchAnalytics() {
  window.analytics.on("track", (name, properties, options) =>
    saw("analytics", "track", aboutEvent(name), name, { label: `track("${name}")`, payload: { properties, options } }),
  );
  window.analytics.on("page", (category, name, properties, options) =>
    saw("analytics", "page", aboutEvent(name), name || "(no name)", {
      label: name ? `page("${name}")` : "page()",
      payload: { category, properties, options },
    }),
  );
  window.analytics.on("identify", (userId, traits, options) =>
    saw("analytics", "identify", aboutUser(userId), userId || "no user ID", {
      label: userId ? `identify("${userId}")` : "identify(traits)",
      payload: { userId, traits, options },
    }),
  );
}

function watchPlugin() {
  document.addEventListener("flowplug", ({ detail }) => sawStep(detail));
}

function watchSdkCalls() {
  document.addEventListener("1flow-sdk", ({ detail: { call, args } }) => {
    const label = call.startsWith("log") ? `_1flow.${call}` : `_1flow("${call}")`;
    saw("sdk", "sdk", aboutSdkCall(call, args), String(args[0]), { label, payload: args });
  });
}

function watchNetwork() {
  const stream = new EventSource(`/inspector/records?after=${seen}`);
  stream.addEventListener("message", ({ data }) => sawRecord(JSON.parse(data)));
}

document.addEventListener("error", ({ target }) => failed.add(target), true);
// The SDK counts clicks on buttons, and those of the inspector are not the shop's.
panel.addEventListener("click", (event) => event.stopPropagation());
byId("inspector-clear").addEventListener("click", clear);
byId("inspector-toggle").addEventListener("click", () => setOpen(!panel.classList.contains("open")));
byId("inspector-own").addEventListener("change", ({ target }) => setOwn(target.checked));

setOpen(sessionStorage.getItem("inspector-open") === "yes");
setOwn(sessionStorage.getItem("inspector-own") !== "no");
rows.forEach(refresh);
refresh(addRow({ kind: "load", title: location.pathname + location.search }));
watchSdk();
watchPlugin();
watchSdkCalls();
watchAnalytics();
if (networkIsWatched) {
  watchNetwork();
}
