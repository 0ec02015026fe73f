/* A page that is little more than nothing: what is touched to load a script, and no more. */

/** The page's `globals`; `plugin` is the one that has registered, `insert` is given every script of the page. */
export function makePage(insert) {
  const page = { plugin: undefined };
  const events = new EventTarget();
  const captures = [];
  // The document's own properties are where browsers have them.
  class Document {
    append() {}
  }
  const document = Object.assign(Document.prototype, {
    baseURI: "https://shop.example.com/",
    readyState: "complete",
    currentScript: null,
    scripts: [],
    head: { firstChild: null, insertBefore: insert, prepend: insert },
    createElement: () => Object.assign(new EventTarget(), { dataset: {}, setAttribute() {} }),
  });
  page.globals = {
    window: globalThis,
    document,
    Document,
    navigator: { onLine: true },
    _1flow: undefined,
    addEventListener(type, listener, capture) {
      if (capture) captures.push({ type, listener });
      else events.addEventListener(type, listener);
    },
    removeEventListener: events.removeEventListener.bind(events),
    analytics: { register: (plugin) => (page.plugin = plugin) },
  };
  /** Ends a script: `type` is "load" or "error", which the document's listeners see first. */
  page.end = (script, type) => {
    for (const capture of captures) if (capture.type === type) capture.listener({ type, target: script });
    script.dispatchEvent(new Event(type));
  };
  return page;
}

/** Makes properties of the global object, also where the engine has a read-only one of that name. */
export function setGlobals(values) {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, enumerable: true, writable: true });
  }
}
