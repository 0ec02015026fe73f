/*
 * RudderStack as a site with its package from npm starts it. `analytics` is what the shop and the inspector call: it
 * passes each call on to RudderStack, and then tells of it as Analytics.js does.
 */
(() => {
  const { writeKey } = document.documentElement.dataset;
  const host = (window.rudderanalytics = new window.rudderanalytics.RudderAnalytics());
  host.load(writeKey, `${location.origin}/rudderstack`, {
    configUrl: `${location.origin}/rudderstack`,
    logLevel: "WARN",
    integrations: { All: true },
  });

  const listeners = [];
  const tell = (type, ...given) =>
    listeners.filter((listener) => listener.type === type).forEach(({ hear }) => hear(...given));

  // RudderStack calls its integrations a moment later; the inspector is to hear of a call after the plugin has.
  const later = (type, ...given) => host.ready(() => setTimeout(tell, 300, type, ...given));

  window.analytics = {
    on: (type, hear) => listeners.push({ type, hear }),
    ready: (callback) => host.ready(callback),
    reset: () => host.reset(),
    user: () => ({ id: () => host.getUserId() || null }),
    track(name, properties, options) {
      host.track(name, properties, options);
      later("track", name, properties, options);
    },
    page(name, properties, options) {
      host.page(name, properties, options);
      later("page", null, name, properties, options);
    },
    identify(...given) {
      host.identify(...given);
      const [traits, options] = given.slice(typeof given[0] === "string" ? 1 : 0);
      later("identify", host.getUserId(), traits, options);
    },
    group(groupId, traits, options) {
      host.group(groupId, traits, options);
      later("group", groupId, traits, options);
    },
  };
})();
