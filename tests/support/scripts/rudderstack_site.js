// A page with RudderStack as its snippet leaves it: an array that keeps the calls until the library has come.
// OPTIONS are those of load(). `analytics` stands for whatever is at RudderStack's name, as on the other sites.
/* global OPTIONS */

const METHODS = ["load", "ready", "page", "track", "identify", "alias", "group", "reset", "consent"];
if (!window.rudderanalytics) window.rudderanalytics = [];
const kept = window.rudderanalytics;
for (const method of [...METHODS, "addCustomIntegration"]) {
  kept[method] = (...given) =>
    window.rudderanalytics === kept ? kept.push([method, ...given]) : window.rudderanalytics[method](...given);
}
Object.defineProperty(window, "analytics", { get: () => window.rudderanalytics });
kept.load("write key", "https://data.rudderstack.example", { logLevel: "WARN", ...OPTIONS });

const library = document.createElement("script");
library.src = "/rudderstack.js";
library.nonce = document.currentScript.nonce;
document.head.append(library);
