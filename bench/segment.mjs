/* Segment's way to 1Flow: what its web destination gives to @segment/browser-destination-runtime. */

const initialize = async ({ settings }, { loadScript, resolveWhen }) => {
  await loadScript("https://1flow.app/js/1flow.js", { "data-api-key": settings.projectApiKey });
  await resolveWhen(() => window._1flow !== undefined, 100);
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
