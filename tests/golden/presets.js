/*! flowplug 0.1.0 */
{
  const NAME = "1Flow Web (Actions)";
  const ADDRESS = "https://1flow.app/js/1flow.js";
  // The nonce of this script, for the SDK's; a module has none, and the page may name one.
  const { nonce = "" } = document.currentScript || window.flowplug || {};

  // Calls made before the SDK is there, in order; 0 when the SDK has been given up.
  let queue = [];
  // The SDK, once it is there: an object with methods, or a function that takes commands.
  let sdk;

  const scripts = () => [...document.scripts].filter(script => script.src === ADDRESS);

  // A script of the SDK's that has run, and what stood at its name before any had: a function there is a stub.
  let arrived, stub;
  let address = ADDRESS;
  try {
    // What a link has preloaded has not run.
    arrived =
      performance.getEntriesByName(ADDRESS).find(entry => entry.initiatorType === "script") &&
      scripts().find(script => !script.defer || document.readyState !== "loading");
    // One policy, which knows one address.
    address = trustedTypes.createPolicy("flowplug", { createScriptURL: () => ADDRESS }).createScriptURL("");
  } catch (error) {
    // No list of resources; no Trusted Types, or no such policy is allowed: then the text may do.
  }

  const hasMethods = value => typeof value === "object" && value.logUser;

  const find = () => {
    try {
      // The bare name: an SDK that is declared with `const` is no property of window.
      const found = _1flow;
      // While the SDK's script runs, what stands there may be the SDK already.
      if (!arrived && (document.currentScript || "").src !== ADDRESS) stub = found;
      if (hasMethods(found) || (found !== stub && typeof found === "function")) return found;
    } catch (error) {
      // Nothing is there, or an SDK that failed while it declared itself.
    }
  };

  const lost = error => {
    console.error(NAME, error);
  };

  const deliver = (command, subject, data) => {
    try {
      let result;
      if (!hasMethods(sdk)) result = sdk(command, subject, data);
      else if (command === "identify") result = sdk.logUser(subject, data);
      else result = sdk.logEvent(subject, data.properties);
      // The SDK may fail later.
      if (result) Promise.resolve(result).catch(lost);
    } catch (error) {
      lost(error);
    }
  };

  const send = (command, subject, data) => {
    // Neither a user without an ID nor an event without a name is sent.
    if (subject == null || subject === "") return;
    if (sdk && !queue.length) return deliver(command, subject, data);
    if (!queue) return;
    let index = queue.push([command, subject, data]);
    if (index > 1000) {
      // A full queue keeps what came first, and identify rather than track.
      while (--index && queue[index][0] !== "track");
      queue.splice(index, 1);
    }
  };

  // Sends what was kept: in slices of 8 ms, or all at once when the page goes away.
  const flush = leaving => {
    const end = performance.now() + 8;
    while (queue.length && (leaving || performance.now() < end)) {
      deliver(...queue.shift());
    }
    if (queue.length) setTimeout(flush);
  };

  // A copy without what is undefined, as Segment's mapping kit makes it of every payload.
  const copy = value => {
    if (Array.isArray(value)) return value.map(clean);
    // What is no plain data is taken as JSON has it, and what has no JSON fails here, not in the SDK.
    if (({}).toString.call(value) !== "[object Object]") return JSON.parse(JSON.stringify(value));
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

  const identifyUser = (userId, traits) => send("identify", userId, Object.assign({}, traits));

  const trackEvent = (eventName, properties, userId, anonymousId) =>
    send("track", eventName, { userId, anonymousId, properties: properties == null ? {} : properties });

  // Destination middleware changes a copy of the event, or drops it.
  const middleware = [];
  const through = (last, fn) =>
    last.then(obj => {
      let passed;
      const next = payload => (passed = payload);
      if (!obj) return obj;
      return Promise.resolve(fn({ payload: { obj }, next, integration: NAME })).then(() => passed && passed.obj);
    });

  const handle = run => ctx => {
    // An SDK that was redefined gets the later calls; one that was removed keeps getting them.
    if (sdk) sdk = find() || sdk;
    const go = event => {
      if (event) run(event);
      return ctx;
    };
    if (!middleware.length) return go(ctx.event);
    return middleware.reduce(through, Promise.resolve(clean(ctx.event))).then(go);
  };

  // The promise of load(), and what settles it; the script that this attempt waits for, and its timer.
  let resolve, reject, loading, timer, current;
  let attempts = 0;
  // Scripts that no attempt is to wait for: they have ended, or are ours and had their time.
  const tried = [arrived];
  let directive = "";
  document.addEventListener("securitypolicyviolation", event => {
    if (event.blockedURI === ADDRESS || event.sample === "flowplug") directive = event.effectiveDirective;
  });
  const ours = [];

  // Another script of ours that ran, too, would start the SDK again: in another document it does not run.
  const putAway = () => {
    for (const script of ours) if (script !== arrived) new Document().append(script);
  };

  const stop = () => {
    clearTimeout(timer);
    removeEventListener("online", attempt);
  };

  const settle = () => {
    if (resolve && (sdk = find())) {
      stop();
      putAway();
      addEventListener("pagehide", flush);
      flush();
      // Which is over now, and gives nothing back.
      resolve = resolve();
    }
    return sdk;
  };

  const fail = reason => {
    current = 0;
    stop();
    if (settle()) return;
    if (attempts <= 2) {
      addEventListener("online", attempt);
      // Without a network, no attempt begins by itself.
      timer = navigator.onLine && setTimeout(attempt, (250 << attempts) * (1 + Math.random()));
    } else {
      putAway();
      resolve = queue = 0;
      reject(
        Error(
          `no SDK after ${reason} of ${ADDRESS}; check key, lifecycle.md, region, content blockers, CSP ${directive}`
        )
      );
    }
  };

  const attempt = () => {
    stop();
    if (settle()) return;
    attempts++;
    try {
      current = scripts().find(script => !tried.includes(script));
      if (!current) {
        current = document.createElement("script");
        current.dataset.apiKey = "oneflow_sandbox_dGVzdA==";
        current.nonce = nonce;
        current.src = address;
        ours.push(current);
        // The SDK takes its key from the first script[data-api-key] of the document.
        document.head.prepend(current);
        tried.push(current);
      }
      timer = setTimeout(fail, 10000, "timeout");
    } catch (error) {
      fail(error);
    }
  };

  const ended = ({ type, target }) => {
    if (target.src !== ADDRESS) return settle();
    if (type === "load") arrived = target;
    tried.push(target);
    if (settle() || current !== target) return;
    stop();
    // An SDK may define itself a moment after its script has run.
    if (type === "load") timer = setTimeout(fail, 3000, type);
    else fail(type);
  };
  document.addEventListener("load", ended, true);
  document.addEventListener("error", ended, true);
  find();

  const plugin = {
    name: NAME,
    type: "destination",
    version: "0.1.0",
    alternativeNames: [NAME + " trackEvent", NAME + " identifyUser"],
    isLoaded: () => !!sdk,
    load: (ctx, { initialized, queue: { plugins = [] } = 0 } = 0) => {
      if (plugins.filter(other => other.name === NAME)[1]) console.warn(NAME, "registered twice");
      // Analytics.js sends its first events once it has initialised, and gives none of them to who comes later.
      if (initialized) {
        console.warn(NAME, "registered late");
      }
      return (loading =
        loading ||
        new Promise((...settlers) => {
          [resolve, reject] = settlers;
          // A page that is only prerendered may never be seen.
          if (document.prerendering) document.addEventListener("prerenderingchange", attempt);
          else attempt();
        }));
    },
    ready: () => plugin.load().then(() => !!sdk, () => !!sdk),
    addMiddleware: (...fns) => middleware.push(...fns),
    track: handle(event => {
      // "Track Event"
      trackEvent(clean(event.event), clean(event.properties), clean(event.userId), clean(event.anonymousId));
    }),
    identify: handle(event => {
      // "Identify User"
      identifyUser(clean(event.userId), clean(event.traits));
    }),
  };

  // An instance registers the plugin; the array of the snippet, even an old one, keeps the call for it.
  const attach = analytics => {
    if (!analytics) return analytics;
    if (analytics.register) return analytics.register(plugin);
    return analytics.push && analytics.push(["register", plugin]);
  };

  let held = window._flowplug || window["analytics"];
  attach(held) ||
    // No Analytics.js yet: register as soon as the page assigns it, and leave no trace then.
    Reflect.defineProperty(window, "analytics", {
      set: value => {
        held = value;
        if (attach(value)) {
          delete window["analytics"];
          window["analytics"] = value;
        }
      },
      configurable: true,
      get: () => held,
    }) ||
    held ||
    // Declared with `var` and still empty: leave the call where Analytics.js will look for it.
    (window["analytics"] = [["register", plugin]]);
}
