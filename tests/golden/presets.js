/*! 1Flow plugin for Analytics.js, compiled by flowplug 0.1.0 */
(() => {
  "use strict";

  const NAME = "1Flow Web (Actions)";
  const GLOBAL = "analytics";

  // Calls made before the SDK is there, in order; undefined once none are kept any more.
  let queue = [];
  // The SDK, once its script has run: an object with methods, or a function that takes commands.
  let sdk;
  let hasMethods;
  let loading;

  const hasOwn = (value, key) => Object.prototype.hasOwnProperty.call(value, key);

  const send = (command, subject, data) => {
    if (!sdk) {
      if (queue) queue.push([command, subject, data]);
    } else if (!hasMethods) {
      sdk(command, subject, data);
    } else if (command === "identify") {
      sdk.logUser(subject, data);
    } else {
      sdk.logEvent(subject, data.properties);
    }
  };

  const flush = () => {
    const calls = queue;
    queue = undefined;
    for (const call of calls) {
      try {
        send(...call);
      } catch (error) {
        console.error(NAME, error);
      }
    }
  };

  const given = value => value != null && value !== "";

  const isObject = value => Object.prototype.toString.call(value) === "[object Object]";

  // A copy without what is undefined, as Segment's mapping kit makes it of every payload.
  const copy = value => {
    if (Array.isArray(value)) return value.map(item => clean(item));
    if (!isObject(value)) return value;
    const made = {};
    for (const key in value) {
      const item = value[key];
      if (item !== undefined && key !== "__proto__" && hasOwn(value, key)) made[key] = clean(item);
    }
    return made;
  };

  // Most values are none to copy: small enough for engines to put in the place of the call.
  const clean = value => (typeof value === "object" && value !== null ? copy(value) : value);

  const identifyUser = (userId, traits) => {
    if (given(userId)) send("identify", userId, Object.assign({}, traits));
  };

  const trackEvent = (eventName, properties, userId, anonymousId) => {
    if (given(eventName)) {
      send("track", eventName, { userId, anonymousId, properties: properties == null ? {} : properties });
    }
  };

  const loadSdk = () =>
    new Promise((resolve, reject) => {
      // A function may stand at window._1flow before the SDK does: a stub, not the SDK.
      const stub = window._1flow;
      const script = document.createElement("script");
      const fail = reason => {
        queue = undefined;
        reject(new Error(`${NAME}: ${reason} ${script.src}`));
      };
      script.async = true;
      script.setAttribute("data-api-key", "oneflow_sandbox_dGVzdA==");
      script.onload = () => {
        let found;
        try {
          // The bare name: the SDK declares it with `const`, so it is no property of window, and after an error
          // in the SDK even asking for its type throws.
          found = typeof _1flow === "undefined" ? stub : _1flow;
        } catch (error) {
          return fail("an error in");
        }
        hasMethods =
          !!found &&
          typeof found.logUser === "function" &&
          (typeof found === "object" || hasOwn(found, "logUser"));
        if (!hasMethods && (found === stub || typeof found !== "function")) return fail("no SDK in");
        sdk = found;
        flush();
        resolve();
      };
      script.onerror = () => fail("could not load");
      script.src = "https://1flow.app/js/1flow.js";
      // The SDK takes its key from the first script[data-api-key] of the document.
      document.head.insertBefore(script, document.head.firstChild);
    });

  const plugin = {
    name: NAME,
    type: "destination",
    version: "0.1.0",
    alternativeNames: ["1Flow Web (Actions) trackEvent", "1Flow Web (Actions) identifyUser"],
    isLoaded: () => !!sdk,
    load: () => loading || (loading = loadSdk()),
    ready: () => plugin.load().then(() => true, () => false),
    track(ctx) {
      const event = ctx.event;
      // "Track Event"
      trackEvent(clean(event.event), clean(event.properties), clean(event.userId), clean(event.anonymousId));
      return ctx;
    },
    identify(ctx) {
      const event = ctx.event;
      // "Identify User"
      identifyUser(clean(event.userId), clean(event.traits));
      return ctx;
    },
  };

  // An instance registers the plugin; the array of the snippet, even an old one, keeps the call for it.
  const attach = analytics => {
    if (!analytics) return false;
    if (analytics.register) return analytics.register(plugin);
    return analytics.push && analytics.push(["register", plugin]);
  };

  let held = window[GLOBAL];
  if (!attach(held)) {
    try {
      // No Analytics.js yet: register as soon as the page assigns it, and leave no trace then.
      Object.defineProperty(window, GLOBAL, {
        configurable: true,
        enumerable: true,
        get: () => held,
        set: value => {
          held = value;
          if (attach(value)) Object.defineProperty(window, GLOBAL, { value, writable: true });
        },
      });
    } catch (error) {
      // Declared with `var` and still empty: leave the call where Analytics.js will look for it.
      if (!held) window[GLOBAL] = [["register", plugin]];
    }
  }
})();
