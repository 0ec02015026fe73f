/* Analytics.js as an application that has it from npm starts it. */
window.analytics = window.AnalyticsNext.AnalyticsBrowser.load(
  { writeKey: document.documentElement.dataset.writeKey, cdnURL: location.origin },
  { integrations: { "Segment.io": false } },
);
