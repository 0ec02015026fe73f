/* Brings the plugin when Analytics.js has finished initialising. */
window.analytics.ready(() => {
  const script = document.createElement("script");
  script.src = document.documentElement.dataset.pluginUrl;
  document.head.append(script);
});
