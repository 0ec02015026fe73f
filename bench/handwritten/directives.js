/* One call for every event, with properties made of what the event has in several places. */

const lower = value => (typeof value === "string" ? value.toLowerCase() : value);

const flatten = (value, prefix, into) => {
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (typeof item === "object" && item !== null) flatten(item, `${prefix}${key}_`, into);
    else if (item !== undefined) into[prefix + key] = item;
  }
  return into;
};

const hooks = {
  track(ctx) {
    const { event, userId = "guest", anonymousId, properties = {}, context = {} } = ctx.event;
    const { total, currency = "", coupon, products = [] } = properties;
    const sent = flatten(context.campaign || {}, "", {});
    if (total !== undefined) sent.total = snapshot(total);
    sent.large = total ? "no" : "yes";
    sent.currency = lower(currency);
    if (coupon != null) sent.coupon = snapshot(coupon);
    sent.page = String((context.page || {}).url || "").replace(/https:\/\//g, "");
    if (products[0]) sent.first = products[0].sku;
    sent.items = products.map(({ sku, name, quantity }) => ({ id: sku, label: `${name} × ${quantity}` }));
    sent.raw = JSON.stringify(products);
    sent.source = "web";
    track(`Shop: ${event} (${currency})`, sent, { userId, anonymousId });
    return ctx;
  },
};
