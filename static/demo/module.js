/* Analytics.js and the plugin as an application that has both from npm starts them. */
import oneFlow from "1flow";

window.analytics = window.AnalyticsNext.AnalyticsBrowser.load(
  {
    writeKey: document.documentElement.dataset.writeKey,
    cdnURL: location.origin,
    plugins: [oneFlow({ nonce: document.querySelector("script[nonce]").nonce })],
  },
  { integrations: { "Segment.io": false } },
);
