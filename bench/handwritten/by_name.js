/* Ten events, each under a name of its own and with three of its properties. */

const events = {
  "Account Created": ({ order_id, revenue, total }, event) =>
    track("account_created", settle({ order_id, revenue, total }), event),
  "Account Deleted": ({ store, tax, variant }, event) =>
    track("account_deleted", settle({ store, tax, variant }), event),
  "Account Suspended": ({ coupon, locale, total }, event) =>
    track("account_suspended", settle({ coupon, locale, total }), event),
  "Account Upgraded": ({ campaign, discount, variant }, event) =>
    track("account_upgraded", settle({ campaign, discount, variant }), event),
  "Application Installed": ({ channel, shipping, total }, event) =>
    track("application_installed", settle({ channel, shipping, total }), event),
  "Application Opened": ({ coupon, currency, discount }, event) =>
    track("application_opened", settle({ coupon, currency, discount }), event),
  "Application Backgrounded": ({ channel, locale, position }, event) =>
    track("application_backgrounded", settle({ channel, locale, position }), event),
  "Application Crashed": ({ coupon, tax, total }, event) =>
    track("application_crashed", settle({ coupon, tax, total }), event),
  "Cart Viewed": ({ brand, channel, order_id }, event) =>
    track("cart_viewed", settle({ brand, channel, order_id }), event),
  "Cart Shared": ({ coupon, rating, variant }, event) =>
    track("cart_shared", settle({ coupon, rating, variant }), event),
};

// Snapshots in the place of the values of an object that was made just now.
const settle = object => {
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value === undefined) delete object[key];
    else if (typeof value === "object") object[key] = snapshot(value);
  }
  return object;
};

const hooks = {
  track(ctx) {
    const { event, properties } = ctx.event;
    const run = events[event];
    if (run) run(properties || {}, ctx.event);
    return ctx;
  },
};
