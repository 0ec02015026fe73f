// What a test sees of a page in a browser: the calls that reached the SDK, rejections, and the plugin.
// NAME is the plugin's.
/* global NAME */

window.sdkCalls = [];
document.addEventListener("1flow-sdk", ({ detail }) => window.sdkCalls.push([detail.call, ...detail.args]));
window.addEventListener("unhandledrejection", ({ reason }) => console.error("unhandled rejection", reason));

window.findPlugin = () => {
  const analytics = window.analytics && (window.analytics.instance || window.analytics);
  return analytics?.queue?.plugins?.find(({ name }) => name === NAME);
};
