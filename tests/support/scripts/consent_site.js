// A site with Segment's consent tools, whose visitor chooses with choose({category: true, …}); see test_consent.py.
// SETUP is how it has Analytics.js, MODEL the tools' model, WAITS whether Analytics.js waits for a choice, and CHOICE
// what the visitor has chosen by the default of the site or on an earlier visit.
/* global SETUP, MODEL, WAITS, CHOICE, AnalyticsNext, createWrapper */

let choice = CHOICE;
const changed = [];
const chosen = new Promise(done => {
  if (choice) done();
  changed.push(() => done());
});
window.choose = choices => {
  choice = choices;
  changed.forEach(hear => hear(choices));
};

const withConsent = createWrapper({
  shouldLoadSegment: async ctx => {
    if (WAITS) await chosen;
    ctx.load({ consentModel: MODEL });
  },
  getCategories: () => choice || { C0002: true, C0004: false },
  registerOnConsentChanged: hear => changed.push(hear),
});

const options = { integrations: { "Segment.io": false }, ...window.loadOptions };
const { writeKey } = document.documentElement.dataset;
if (SETUP === "npm") {
  window.analytics = new AnalyticsNext.AnalyticsBrowser();
  withConsent(window.analytics).load({ writeKey, cdnURL: location.origin }, options);
} else {
  // A snippet whose load() puts Analytics.js on the page, as Segment's does.
  const held = (window.analytics = window.analytics || []);
  for (const method of ["addDestinationMiddleware", "addSourceMiddleware", "identify", "page", "ready", "register", "track"]) {
    held[method] = (...args) => {
      if (window.analytics !== held) return window.analytics[method](...args);
      held.push([method, ...args]);
      return held;
    };
  }
  held.load = (key, given) => {
    held._writeKey = key;
    held._cdn = location.origin;
    held._loadOptions = given;
    document.head.append(
      Object.assign(document.createElement("script"), { src: `/analytics.js/v1/${key}/analytics.min.js` })
    );
  };
  withConsent(window.analytics).load(writeKey, options);
}
