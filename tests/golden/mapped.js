/*! flowplug 0.1.0 c83f113c */
flowplug: {
  // What the page says: only what an object has by itself, so an element or a frame of that name says nothing.
  const said = Object.assign({}, window.flowplug);
  if (said.off === true) break flowplug;
  // As the document has it, whatever elements of the page are named.
  const ofDocument = key => Reflect.get(Document.prototype, key, document);
  const NAME = "1Flow Web (Actions)";
  const ADDRESS = new URL("/vendor/1flow.js", ofDocument("baseURI")).href;
  // The nonce of this script, for the SDK's; a module has none, and the page may name one.
  const { nonce = "" } = ofDocument("currentScript") || said;

  // Calls made before the SDK is there, in order; null when the SDK has been given up.
  let queue = new Set();
  // The SDK, once it is there: an object with methods, or a function that takes commands.
  let sdk;

  const scripts = () => [...ofDocument("scripts")].filter(script => script.src === ADDRESS);

  // A script of the SDK's that has run, and what stood at its name before any had: a function there is a stub.
  let arrived, stub;
  let address = ADDRESS;
  try {
    // What a link has preloaded has not run.
    arrived =
      performance.getEntriesByName(ADDRESS).find(entry => entry.initiatorType === "script") &&
      scripts().find(script => !script.defer || ofDocument("readyState") !== "loading");
    // One policy, which knows one address.
    address = trustedTypes.createPolicy("flowplug", { createScriptURL: () => ADDRESS }).createScriptURL("");
  } catch (error) {
    // No list of resources; no Trusted Types, or no such policy is allowed: then the text may do.
  }

  const isFunction = value => typeof value === "function";

  const find = () => {
    try {
      // The bare name: an SDK that is declared with `const` is no property of window.
      // Asked for its type first, since an error costs milliseconds where there is no SDK yet.
      const found = typeof _1flow === "undefined" || _1flow;
      // While the SDK's script runs, what stands there may be the SDK already.
      if (!arrived && (ofDocument("currentScript") || "").src !== ADDRESS) stub = found;
      // What takes events is an element or a frame of that name.
      if (!found.dispatchEvent && (isFunction(found) ? found !== stub : isFunction(found.logEvent) && isFunction(found.logUser))) return found;
    } catch (error) {
      // Nothing is there, or an SDK that failed while it declared itself.
    }
  };

  // How many errors of the SDK have been logged.
  let logged = 0;
  const lost = error => {
    if (logged++ < 5) console.error(NAME, error);
  };

  const deliver = (command, subject, data) => {
    try {
      let result;
      if (isFunction(sdk)) result = sdk(command, subject, data);
      else if (command === "identify") result = sdk.logUser(subject, data);
      else result = sdk.logEvent(subject, data.properties);
      // The SDK may fail later.
      if (result) Promise.resolve(result).catch(lost);
    } catch (error) {
      lost(error);
    }
  };

  // What a full queue drops, the last one first: the latest identify, and the tracks that were kept.
  const spare = [0];

  const send = (command, subject, data) => {
    // Neither a user without an ID nor an event without a name is sent.
    if (subject == null || subject === "") return;
    if (sdk && !queue.size) return deliver(command, subject, data);
    if (!queue) return;
    const call = [command, subject, data];
    queue.add(call);
    if (command === "track") spare.push(call);
    // A full queue keeps what came first. An identify takes the place of the last track, or of the last identify.
    while (queue.size > 1000) queue.delete(spare.pop());
    if (command !== "track") spare[0] = call;
    if (!timer) begin();
  };

  // Sends what was kept: in slices of 8 ms, or all at once when the page goes away.
  const flush = leaving => {
    const end = performance.now() + 8;
    for (const call of queue) {
      if (!leaving && performance.now() > end) return setTimeout(flush);
      queue.delete(call);
      deliver(...call);
    }
  };

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

  // What the SDK takes for traits: an object. The value is a copy already, so that an object is a plain one.
  const record = value =>
    typeof value !== "object" || Array.isArray(value) ? Object.assign({}, value) : value || {};

  const identifyUser = (userId, traits) => send("identify", userId, traits);

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
    // Analytics.js delivers an event again if another plugin asks for a retry.
    if (ctx._flowplug) return ctx;
    ctx._flowplug = true;
    // Once its script has run, only another script of the SDK's may put one in its place. One that was removed stays.
    if (sdk && (!arrived || (find() !== sdk && scripts()[1]))) sdk = find() || sdk;
    const go = event => {
      if (event) run(event);
      return ctx;
    };
    if (!middleware.length) return go(ctx.event);
    return middleware.reduce(through, Promise.resolve(clean(ctx.event))).then(go);
  };

  // What settles the promise of load(); the script that this attempt waits for, and its timer.
  let resolve, reject, timer, current;
  let attempts = 0;
  // Scripts that no attempt is to wait for: they have ended, or are ours and had their time.
  const tried = [arrived];
  const ours = [];

  // Another script of ours that ran, too, would start the SDK again: in another document it does not run.
  const putAway = () => {
    for (const script of ours) if (script !== arrived) new Document().append(script);
  };

  const stop = () => {
    clearTimeout(timer);
    removeEventListener("online", attempt);
    removeEventListener("load", attempt);
  };

  // Hears how scripts end, until nothing is waited for. The window's method, since an element may hide the document's.
  const hear = method => ["load", "error", "readystatechange"].map(type => method.call(document, type, ended, true));

  const settle = () => {
    if (resolve && (sdk = find())) {
      stop();
      hear(removeEventListener);
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
      if (navigator.onLine) timer = setTimeout(attempt, (250 << attempts) * (1 + Math.random()));
    } else {
      hear(removeEventListener);
      putAway();
      resolve = queue = null;
      reject(
        Error(
          `no SDK after ${reason} of ${ADDRESS}; check key, docs/lifecycle.md, region, content blockers, CSP`
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
        current = ofDocument("createElement").call(document, "script");
        current.dataset.apiKey = "oneflow_sandbox_dGVzdA==";
        current.nonce = nonce;
        current.src = address;
        ours.push(current);
        // The SDK takes its key from the first script[data-api-key] of the document.
        (ofDocument("head") || ofDocument("documentElement")).prepend(current);
        tried.push(current);
      }
      timer = setTimeout(fail, 10000, "timeout");
    } catch (error) {
      fail(error);
    }
  };

  // Whether only looking tells that an Analytics.js has come (attach.js.jinja).
  let looking;

  const ended = ({ type, target }) => {
    if (looking) follow(window["ajs"]);
    if (target.src !== ADDRESS) return settle();
    if (type === "load") arrived = target;
    tried.push(target);
    if (settle() || current !== target) return;
    stop();
    // An SDK may define itself a moment after its script has run.
    if (type === "load") timer = setTimeout(fail, 3000, type);
    else fail(type);
  };
  hear(addEventListener);
  find();

  const begin = () => {
    // A page that is only prerendered may never be seen.
    if (ofDocument("prerendering")) return addEventListener.call(document, "prerenderingchange", begin);
    if (ofDocument("readyState") === "complete") attempt();
    else {
      // Whichever comes first, since one image that hangs holds back the event.
      addEventListener("load", attempt);
      timer = setTimeout(attempt, 5000);
    }
  };

  const plugin = {
    name: NAME,
    type: "destination",
    version: "0.1.0",
    alternativeNames: [NAME + " trackEvent", NAME + " identifyUser"],
    isLoaded: () => !!sdk,
    // The promise of load(); a placeholder's own is of no use any more.
    loading: 0,
    load(ctx, analytics = 0, late = analytics.initialized) {
      if (analytics.register) {
        if (analytics.queue.plugins.filter(other => other.name === NAME)[1]) console.warn(NAME, "registered twice");
        analytics.register({
          name: NAME,
          type: "destination",
          version: "0.1.0",
          alternativeNames: [NAME + " identifyUser"],
          isLoaded: this.isLoaded,
          load: () => Promise.resolve(),
          identify: this.identify,
          group: this.group,
        });
        const leave = () => {
          this.alternativeNames.pop();
          delete this.identify;
          delete this.group;
        };
        // In a placeholder's place, an event may be on its way to these hooks already.
        if (this === plugin) leave();
        else setTimeout(leave, 100);
      }
      // Analytics.js sends its first events once it has initialised, and gives none of them to who comes later.
      if (late) console.warn(NAME, "registered late");
      // As Analytics.js does it for each event: of the names that the page has a choice for, it goes by the last.
      const integrations = Object.assign({ All: true }, analytics.integrations);
      const wanted = [" trackEvent", " identifyUser"].some(action => integrations[[NAME, NAME + action, "All"].find(name => name in integrations)]);
      return (this.loading =
        this.loading ||
        new Promise((...settlers) => {
          [resolve, reject] = settlers;
          if (wanted) begin();
        }));
    },
    ready() {
      // Nobody waits for what nothing has begun yet.
      return Promise.resolve(timer && this.loading).then(() => !!sdk, () => !!sdk);
    },
    addMiddleware: (...fns) => middleware.push(...fns),
    track: handle(event => {
      // "Every field, nested and plain"
      const value1 = event.properties;
      const value2 = event.context;
      const value3 = value1 && value1.items;
      const value4 = value2 && value2.app;
      const value5 = value1 && value1.order;
      const value6 = value3 && value3["0"];
      trackEvent(
        "Fixed name",
        tidy({
          first: value6 && value6.sku,
          odd: value4 && value4["build number"],
          order: value5 && value5.id,
          plain: [1, true, null, { "a-b": "\x3c/script\x3e" }]
        })
      );
    }),
    identify: handle(event => {
      // "User"
      identifyUser(clean(event.userId), record(clean(event.traits)));
    }),
    page: handle(event => {
      // "Pages"
      trackEvent(clean(event.name));
    }),
    group: handle(event => {
      // "Company"
      identifyUser(clean(event.userId), record(clean(event.traits)));
    }),
  };

  // An instance registers the plugin. An array keeps the call for it, unless an instance takes the array's place.
  const call = ["register", plugin];
  const attach = analytics => {
    try {
      return analytics.register ? analytics.register(plugin) : !analytics.push(call);
    } catch (error) {
      // Nothing is there yet, or an element or a frame of that name.
    }
  };
  let held = window["ajs"];
  // Whether the plugin is registered, by what has come in the place of what was there.
  const follow = value => plugin.loading || (held !== value && attach((held = value)));
  attach(window._flowplug) || attach(held) ||
    // No Analytics.js yet: register as soon as the page assigns it, and leave no trace then.
    Reflect.defineProperty(window, "ajs", {
      set: value => {
        if (follow(value)) {
          delete window["ajs"];
          window["ajs"] = value;
        }
      },
      configurable: true,
      get: () => held,
    }) ||
    // Declared with `var`: leave the call where Segment's snippet looks for it, and look at what each script leaves.
    (looking = window["ajs"] = held = held || [call]);
}
