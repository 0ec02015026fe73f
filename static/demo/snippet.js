/*
 * A snippet that does what Segment's does: calls are held in an array until Analytics.js arrives, which it
 * does by itself. Analytics.js takes the held calls, and its key, options and CDN, from the array.
 */
(() => {
  const METHODS = [
    "addDestinationMiddleware",
    "addSourceMiddleware",
    "alias",
    "debug",
    "group",
    "identify",
    "off",
    "on",
    "once",
    "page",
    "ready",
    "register",
    "reset",
    "screen",
    "setAnonymousId",
    "track",
    "trackClick",
    "trackForm",
    "trackLink",
    "trackSubmit",
  ];
  const { writeKey } = document.documentElement.dataset;
  const held = (window.analytics = window.analytics || []);

  METHODS.forEach((method) => {
    held[method] = (...args) => {
      // Kept by someone since before Analytics.js came: it has taken this array's place.
      if (window.analytics !== held) {
        return window.analytics[method](...args);
      }
      held.push([method, ...args]);
      return held;
    };
  });
  held._writeKey = writeKey;
  held._cdn = location.origin;
  held._loadOptions = { integrations: { "Segment.io": false } };

  const script = document.createElement("script");
  script.async = true;
  script.src = `/analytics.js/v1/${writeKey}/analytics.min.js`;
  document.head.append(script);
})();
