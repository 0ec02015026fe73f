/* The presets: users are identified, and all events are tracked. */

const hooks = {
  identify(ctx) {
    const { userId, traits } = ctx.event;
    identify(userId, snapshot(traits || {}));
    return ctx;
  },
  track(ctx) {
    const { event, properties } = ctx.event;
    track(event, snapshot(properties || {}), ctx.event);
    return ctx;
  },
};
