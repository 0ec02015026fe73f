/* Segment's way to 1Flow: what its web destination gives to @segment/browser-destination-runtime. */

const initialize = async ({ settings }, { resolveWhen }) => {
  // Until the SDK takes the stub's place, every call is put off by 5 ms, again and again.
  window._1flow = (command, subject, data) => {
    setTimeout(() => window._1flow(command, subject, data || {}), 5);
  };
  const script = document.createElement("script");
  script.async = true;
  script.src = "https://1flow.app/js/1flow.js";
  script.setAttribute("data-api-key", settings.projectApiKey);
  document.head.insertBefore(script, null);
  // It is there already: the stub is.
  await resolveWhen(() => Object.prototype.hasOwnProperty.call(window, "_1flow"), 100);
  return window._1flow;
};

const trackEvent = {
  perform: (_1flow, { payload }) => {
    const { event_name, userId, anonymousId, properties } = payload;
    _1flow("track", event_name, { userId, anonymousId, properties });
  },
};

const identifyUser = {
  perform: (_1flow, { payload }) => {
    const { userId, traits } = payload;
    _1flow("identify", userId, { ...traits });
  },
};

export const destination = { name: "1Flow Web (Actions)", initialize, actions: { trackEvent, identifyUser } };
