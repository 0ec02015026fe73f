/*
 * Stand-in for the 1Flow SDK: what it sends, in the order in which it sends it.
 *
 * The server puts this file and one of methods.js and commands.js into one closure, so nothing here is
 * global. `createSdk()` starts the SDK at once and gives the three things that both generations are made of.
 */

const STORAGE_KEY = "one_flow_stand_in";
const CARD_ID = "one_flow_survey_preview";
const CONFIGURATION_PATH = "/v1/2021-06-15/survey-response/demo";
const VERSIONS = { library_version: "stand-in", app_version: "1" };

// Read while the script runs: document.currentScript is null in everything that happens later.
const ownScript = document.currentScript;

/** Where step 1 goes: 1Flow's API for 1Flow's own address, else a path of the host that serves the script. */
function apiBase(script) {
  const { hostname, origin } = new URL(script ? script.src : location.href, location.href);
  return hostname === "1flow.app" ? "https://api.1flow.app" : `${origin}/1flow`;
}

/** The key, as the SDK finds it: on the first script of the document that has one. */
function projectKey() {
  const script = document.querySelector("script[data-api-key]");
  return script ? script.getAttribute("data-api-key") : "";
}

/** Tells a tester's page which call has arrived. */
function announce(call, args) {
  document.dispatchEvent(new CustomEvent("1flow-sdk", { detail: { call, args } }));
}

function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The SDK's memory, kept base64-encoded in localStorage; where storage is denied it lasts for the page. */
const memory = {
  read() {
    try {
      const bytes = Uint8Array.from(atob(localStorage.getItem(STORAGE_KEY)), (letter) => letter.charCodeAt(0));
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch (unreadable) {
      return null;
    }
  },
  write(state) {
    const bytes = new TextEncoder().encode(JSON.stringify(state));
    try {
      localStorage.setItem(STORAGE_KEY, btoa(String.fromCharCode(...bytes)));
    } catch (denied) {
      // The page still works; the next one meets a new visitor.
    }
  },
};

function newState() {
  return { device_id: randomId(), unique_id: randomId(), system_id: randomId(), visited: false };
}

function createSdk() {
  const base = apiBase(ownScript);
  const key = projectKey();
  const state = Object.assign(newState(), memory.read());
  const listeners = [];
  let configuration = null;
  let surveys = [];
  let stopped = false;

  /** One request. Any status but 200 is an error, as it is to the SDK. */
  async function request(url, init) {
    const response = await fetch(url, init);
    if (response.status !== 200) {
      throw new Error(`${new URL(url).pathname} answered ${response.status}`);
    }
    return (await response.json()).result;
  }

  function post(url, body) {
    return request(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(Object.assign({ web: true, one_flow_key: key }, body)),
    });
  }

  function device() {
    return { device_id: state.device_id, os: "web", unique_id: state.unique_id };
  }

  async function configure() {
    configuration = (await request(base + CONFIGURATION_PATH, { headers: { one_flow_key: key } })).data;
    window.glob = { mode: configuration.m };
    listeners.filter(({ event }) => event === "ready").forEach(({ callback }) => callback());
  }

  async function openUser() {
    const user = await post(configuration.au.au_url, {
      device: device(),
      mode: configuration.m,
      location_check: false,
      system_id: state.system_id,
    });
    state.analytic_user_id = user.analytic_user_id;
  }

  async function openSession() {
    const session = await post(configuration.au.cs_url, {
      analytic_user_id: state.analytic_user_id,
      system_id: state.system_id,
      device: device(),
      connectivity: { carrier: false, radio: false, wifi: true },
      ...VERSIONS,
      mode: configuration.m,
    });
    state.session_id = session._id;
  }

  async function fetchSurveys() {
    const url = new URL(configuration.au.su_url);
    url.searchParams.set("mode", configuration.m);
    surveys = await post(url.href, {});
  }

  async function sendEvents(names, parameters) {
    const time = Math.floor(Date.now() / 1000);
    const events = names.map((name) => ({ name, time, parameters }));
    await post(configuration.au.ev_url, { session_id: state.session_id, mode: configuration.m, events });
    const survey = surveys.find(({ trigger_event_name }) => names.some((name) => trigger_event_name.includes(name)));
    if (survey) {
      showSurvey(survey);
    }
  }

  async function sendUser(userId, traits) {
    const anonymousUserId = state.analytic_user_id;
    state.system_id = userId;
    await openUser();
    await openSession();
    const user = await post(configuration.au.lu_url, {
      anonymous_user_id: anonymousUserId,
      system_id: userId,
      session_id: state.session_id,
      mode: configuration.m,
      log_user: true,
      parameters: traits,
    });
    Object.assign(state, { session_id: user.session_id, analytic_user_id: user.analytic_user_id });
    memory.write(state);
  }

  async function start() {
    await configure();
    if (!configuration.session_capture) {
      stopped = true;
      return;
    }
    await openUser();
    await openSession();
    await fetchSurveys();
    const own = state.visited ? ["session_start", "page_view"] : ["first_visit", "session_start", "page_view"];
    state.visited = true;
    memory.write(state);
    await sendEvents(own, { path: location.pathname });
  }

  function stop(error) {
    stopped = true;
    console.warn(`1Flow stand-in: ${error.message}; nothing more is sent`);
  }

  // One chain of promises: a call waits for the start and for every call before it.
  let last = Promise.resolve();
  function inOrder(step) {
    last = last.then(() => (stopped ? undefined : step())).catch(stop);
  }

  function reportButton(event) {
    const button = event.target instanceof Element && event.target.closest("button");
    if (button) {
      inOrder(() => sendEvents(["button_click"], { text: button.textContent.trim() }));
    }
  }

  inOrder(start);
  document.addEventListener("click", reportButton);

  return {
    logUser: (userId, traits) => inOrder(() => sendUser(userId, traits || {})),
    logEvent: (name, parameters) => inOrder(() => sendEvents([name], parameters || {})),
    on: (event, callback) => listeners.push({ event, callback }),
  };
}

// The survey

const CARD_STYLE = `
  #${CARD_ID} {
    position: fixed; right: 16px; bottom: 16px; z-index: 2147483000; box-sizing: border-box;
    width: min(340px, calc(100vw - 32px)); padding: 20px; border-radius: 16px;
    background: #fff; color: #1d2433; font: 16px/1.45 system-ui, sans-serif;
    box-shadow: 0 12px 40px rgb(16 24 40 / .28), 0 0 0 1px rgb(16 24 40 / .08);
  }
  #${CARD_ID} p { margin: 0 28px 14px 0; font-weight: 600; }
  #${CARD_ID} button {
    display: block; width: 100%; margin: 8px 0 0; padding: 10px 14px; border: 1px solid #cdd3e0;
    border-radius: 10px; background: #f6f7fb; color: inherit; font: inherit; text-align: left; cursor: pointer;
  }
  #${CARD_ID} button:hover { border-color: #3d4fd8; background: #eef0ff; }
  #${CARD_ID} button:focus-visible { outline: 3px solid #3d4fd8; outline-offset: 2px; }
  #${CARD_ID} button[aria-label] {
    position: absolute; top: 10px; right: 10px; width: auto; margin: 0; padding: 2px 10px;
    border-color: transparent; background: none; font-size: 20px;
  }
`;

// A constructed sheet, since a style element would need the page's nonce.
function addStyle() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CARD_STYLE);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

function element(name, text, attributes) {
  const made = document.createElement(name);
  made.textContent = text;
  Object.entries(attributes || {}).forEach(([attribute, value]) => made.setAttribute(attribute, value));
  return made;
}

function showSurvey({ question, answers }) {
  const previous = document.getElementById(CARD_ID);
  if (previous) {
    previous.remove();
  } else {
    addStyle();
  }
  const card = element("section", "", { id: CARD_ID, role: "dialog", "aria-label": "Survey" });
  const close = element("button", "×", { type: "button", "aria-label": "Close the survey" });
  close.addEventListener("click", () => card.remove());
  const choices = answers.map((answer) => {
    const choice = element("button", answer, { type: "button" });
    choice.addEventListener("click", () => card.replaceChildren(close, element("p", "Thank you!")));
    return choice;
  });
  // A click on the survey is no click on the page's own buttons.
  card.addEventListener("click", (event) => event.stopPropagation());
  card.append(close, element("p", question), ...choices);
  document.body.append(card);
}
