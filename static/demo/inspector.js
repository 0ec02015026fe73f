/*
 * The inspector: one row for each call, with the stages of its way.
 *
 * A call is seen four times: by the host, by the plugin, by the SDK, and by the API. The plugin's steps name the
 * event, whose message ID joins them. What else is seen carries no such number, so it is joined by what it is about
 * (the event's name, the user's ID): it fills the oldest row about the same that lacks its stage. The host tells of a
 * call when its plugins have had it, so it comes last: what the plugin has not told of by then, it did not get.
 */

const STORE = "inspector";
const KEPT_ROWS = 150;

const byId = (id) => document.getElementById(id);
const panel = byId("inspector");
const list = byId("inspector-rows");
const networkIsWatched = panel.dataset.network === "watched";
const { build, setup, capture } = panel.dataset;
const { host, integrationName, pluginUrl } = document.documentElement.dataset;

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

function aboutSegmentEvent({ type, event, name, userId, groupId }) {
  return type === "identify" ? aboutUser(userId) : aboutEvent(event || name || groupId);
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
    if (!row.stages.plugin) {
      row.stages.plugin = { ...whyNot(payload.options), presumed: true };
    }
  }
  refresh(row);
}

const WAITS = { label: "waits in the placeholder", mood: "stopped" };
const LOST_WITH_SCRIPT = { label: "lost: its script did not load", mood: "refused" };

/** Why the plugin has told nothing of an event that the host is done with. */
function whyNot(options) {
  if (optsOut(options)) {
    return { label: "opted out", mood: "stopped" };
  }
  if (build === "shipped") {
    return { label: "seen in debug builds only", mood: "" };
  }
  if (pluginIsHere) {
    return { label: "did not get it", mood: "stopped" };
  }
  if (setup === "async") {
    return window._flowplug ? WAITS : LOST_WITH_SCRIPT;
  }
  return { label: "late: was not registered yet", mood: "stopped" };
}

function optsOut(options) {
  const { All: every = true, [integrationName]: own = every } = (options || {}).integrations || {};
  return own === false;
}

// The steps of the plugin

const ABOUT_THE_SDK = ["loading", "failed", "given up", "ready"];
const LOST = ["blocked", "dropped", "threw", "failed", "given up"];
const STOPPED = ["no subscription", "no consent", "opted out", "kept back", "empty", "late"];

let pluginIsHere = false;
let generation = "methods";

const STEPS = { empty: "not sent", late: "late: missed earlier calls" };
const REASONS = { error: "script did not load", load: "script defined no SDK", timeout: "timed out" };

const worded = (step) => STEPS[step] || step;
const wordedReason = (reason) => REASONS[reason] || reason;

function withReason({ step, because, error, reason, directive }) {
  return [worded(step), because || error || wordedReason(reason) || directive].filter(Boolean).join(": ");
}

function mood(step) {
  return (LOST.includes(step) && "refused") || (STOPPED.includes(step) && "stopped") || "arrived";
}

function sawStep(detail) {
  const { step, event } = detail;
  pluginIsHere = true;
  if (ABOUT_THE_SDK.includes(step)) {
    generation = detail.generation || generation;
    sawSdkState(detail);
  }
  if (event) {
    sawStepOf(rowOf(event), detail);
  } else {
    const entry = { label: withReason(detail), mood: mood(step), payload: asJson(detail) };
    refresh(addRow({ kind: "plugin", stages: { plugin: entry } }));
  }
}

/** The row of an event that the plugin names. */
function rowOf(event) {
  const about = aboutSegmentEvent(event);
  const { type, userId, groupId, name, messageId } = event;
  const known =
    rows.find((row) => row.load === load && messageId && row.message === messageId) ||
    rows.find((row) => row.load === load && row.about === about && (row.stages.plugin || { presumed: true }).presumed);
  const row = known || addRow({ kind: type, about, title: event.event || name || userId || groupId || "no user ID" });
  row.message = messageId;
  return row;
}

function sawStepOf(row, detail) {
  const { step, subscription, subscriptions } = detail;
  const told = row.stages.plugin;
  const before = told && !told.presumed ? told : { payload: [] };
  const isPart = step === "explained";
  row.stages.plugin = {
    label: isPart ? before.label : [before.label, subscription ? worded(step) : withReason(detail)].filter(Boolean).join(" → "),
    mood: isPart ? before.mood : mood(step),
    payload: [...before.payload, asJson(detail)],
  };
  if (subscriptions) {
    row.subscriptions = asJson(subscriptions.map(({ call, ...entry }) => entry));
  }
  const entry = (row.subscriptions || []).find(({ name }) => name === subscription);
  if (entry) {
    Object.assign(entry, { outcome: step, because: detail.because || detail.error });
  }
  if (step === "sent") {
    sawSent(row, detail);
  }
  refresh(row);
}

/** The SDK's stage: what the stand-in has told of under another name, or what the plugin says that it called. */
function sawSent(row, { command, subject, data }) {
  const about = command === "identify" ? aboutUser(subject) : aboutEvent(subject);
  const orphan = rows.find((other) => other.load === load && other.kind === "sdk" && other.about === about);
  if (orphan && !row.stages.sdk) {
    row.stages.sdk = orphan.stages.sdk;
    row.about = about;
    rows = rows.filter((other) => other !== orphan);
    items.get(orphan).remove();
    items.delete(orphan);
  } else if (!networkIsWatched) {
    const method = command === "identify" ? "_1flow.logUser" : "_1flow.logEvent";
    row.stages.sdk = {
      label: generation === "methods" ? method : `_1flow("${command}")`,
      payload: asJson([subject, data]),
    };
  }
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
  if (entry.payload === undefined) {
    return element("div", `step ${entry.mood}`, stage, element("span", "label", entry.label));
  }
  const payload = element("pre", "", JSON.stringify(entry.payload, null, 2));
  payload.tabIndex = 0;
  const refused = entry.mark && entry.mark !== "200" ? "refused" : "arrived";
  return element("details", entry.mood || refused, summary, payload);
}

/** Each subscription, with what became of the event there. */
function subscriptionsElement(subscriptions) {
  const list = element("ul", "subscriptions");
  list.setAttribute("aria-label", "Subscriptions");
  for (const { name, matched, outcome, because } of subscriptions) {
    const result = [matched ? worded(outcome || "matched") : "no match", because].filter(Boolean).join(": ");
    const className = matched ? mood(outcome) : "unmatched";
    list.append(element("li", className, element("strong", "", name), " ", element("span", "", result)));
  }
  return list;
}

/** What a row says as long as no request of its call has been seen. */
function whyNothingArrived({ sdk }) {
  if (!networkIsWatched) {
    return sdk || build === "shipped" ? "see the network tab" : "–";
  }
  return sdk && capture === "off" ? "session capture is off" : "–";
}

function rowElement({ kind, title, at, stages, subscriptions }) {
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
  return element(
    "li",
    "row",
    head,
    stageElement(host, stages.analytics, "–"),
    stageElement("Plugin", stages.plugin, "–"),
    ...(subscriptions ? [subscriptionsElement(subscriptions)] : []),
    stageElement("SDK", stages.sdk, networkIsWatched || build === "debug" ? "–" : "cannot be seen"),
    stageElement("1Flow", stages.network, whyNothingArrived(stages)),
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

function showState(text, stateMood) {
  byId("sdk-state").textContent = text;
  byId("sdk-state").dataset.mood = stateMood;
}

/** What a debug build says of the SDK. */
function sawSdkState({ step, reason, generation: found }) {
  if (step === "ready") {
    byId("sdk-api").textContent = found;
    showState(networkIsWatched ? "starting" : "ready", networkIsWatched ? "" : "good");
  } else if (step === "loading") {
    showState("asked for", "");
  } else if (step === "failed") {
    showState(`attempt failed: ${wordedReason(reason)}`, "bad");
  } else {
    showState(`given up: ${wordedReason(reason)}`, "bad");
  }
}

/** What the page shows: the SDK tells nothing of its readiness but window.glob, and a shipped plugin nothing at all. */
function watchSdk() {
  const findScript = () => document.querySelector("script[data-api-key]");
  // What a debug build says of it now was said before there was an inspector.
  let isAskedFor = Boolean(findScript());
  if (isAskedFor) {
    showState("asked for", "");
  }
  const watch = setInterval(() => {
    if (window.glob) {
      showState("ready", "good");
      clearInterval(watch);
    } else if (build === "shipped" && findScript()) {
      isAskedFor = true;
      showState("asked for", "");
    } else if (build === "shipped" && isAskedFor) {
      showState("did not load: see the console", "bad");
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
  const hear = (type, read) => {
    window.analytics.on(type, (...given) => {
      const { about, title, label, payload } = read(...given);
      saw("analytics", type, about, title, { label, payload });
    });
  };
  hear("track", (name, properties, options) => ({
    about: aboutEvent(name),
    title: name,
    label: `track("${name}")`,
    payload: { properties, options },
  }));
  hear("page", (category, name, properties, options) => ({
    about: aboutEvent(name),
    title: name || "(no name)",
    label: name ? `page("${name}")` : "page()",
    payload: { category, properties, options },
  }));
  hear("identify", (userId, traits, options) => ({
    about: aboutUser(userId),
    title: userId || "no user ID",
    label: userId ? `identify("${userId}")` : "identify(traits)",
    payload: { userId, traits, options },
  }));
  hear("group", (groupId, traits, options) => ({
    about: aboutEvent(groupId),
    title: groupId || "(no group ID)",
    label: `group("${groupId}")`,
    payload: { groupId, traits, options },
  }));
}

function watchPlugin() {
  document.addEventListener("flowplug", ({ detail }) => sawStep(detail));
  // The plugin's own script, without which the placeholder gives up.
  const address = new URL(pluginUrl, location).href;
  const lose = ({ target }) => {
    const waiting = ({ load: of, stages }) => of === load && stages.plugin && stages.plugin.label === WAITS.label;
    (target.src === address ? rows.filter(waiting) : []).forEach((row) => {
      row.stages.plugin = { ...LOST_WITH_SCRIPT, presumed: true };
      refresh(row);
    });
  };
  window.addEventListener("error", lose, true);
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
