/* The shop: its cart and account, and the Analytics.js calls that a shop makes. */

const page = document.body.dataset;
const { host, integrations, integrationName } = document.documentElement.dataset;
const callOptions = integrations === "off" ? { integrations: { [integrationName]: false } } : {};

const byId = (id) => document.getElementById(id);
const money = (cents) => `$${(cents / 100).toFixed(2)}`;

function show(id, shown) {
  byId(id).hidden = !shown;
}

function toast(text) {
  const place = byId("toast");
  place.textContent = text;
  // The animation starts again only when the class has been seen to go.
  place.classList.remove("shown");
  void place.offsetWidth;
  place.classList.add("shown");
}

/** A value that outlives the page. */
function stored(name, preset) {
  return {
    read: () => JSON.parse(localStorage.getItem(name) || "null") || preset,
    write: (value) => localStorage.setItem(name, JSON.stringify(value)),
    forget: () => localStorage.removeItem(name),
  };
}

const cart = stored("cart", []);
const account = stored("account", null);

function product({ slug, name, kind, price, quantity }) {
  return { product_id: slug, name, category: kind, price: price / 100, quantity };
}

function total(lines) {
  return lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
}

// The cart

function addToCart(form) {
  const { slug, name, kind, price } = form.dataset;
  const line = { slug, name, kind, price: Number(price), quantity: Number(form.elements.quantity.value) };
  const lines = cart.read();
  const known = lines.find((other) => other.slug === slug);
  if (known) {
    known.quantity += line.quantity;
  } else {
    lines.push(line);
  }
  cart.write(lines);
  showCount();
  toast(`${name} is in the cart`);
  window.analytics.track("Product Added", { ...product(line), currency: "USD" }, callOptions);
}

function removeFromCart(line) {
  cart.write(cart.read().filter(({ slug }) => slug !== line.slug));
  showCart();
  window.analytics.track("Product Removed", { ...product(line), currency: "USD" }, callOptions);
}

function order() {
  const lines = cart.read();
  const order_id = `SL-${Date.now().toString(36).toUpperCase()}`;
  cart.forget();
  showCart();
  byId("order-id").textContent = order_id;
  show("ordered", true);
  show("cart-empty", false);
  byId("ordered").focus();
  const properties = { order_id, total: total(lines) / 100, currency: "USD", items: lines.map(product) };
  window.analytics.track("Order Completed", properties, callOptions);
}

function showCount() {
  const pieces = cart.read().reduce((sum, { quantity }) => sum + quantity, 0);
  byId("cart-count").textContent = pieces;
  show("cart-count", pieces > 0);
}

function cartLine(line) {
  const item = document.createElement("li");
  const name = document.createElement("a");
  name.href = `/products/${line.slug}`;
  name.textContent = line.name;
  const amount = document.createElement("span");
  amount.textContent = `${line.quantity} × ${money(line.price)}`;
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "quiet";
  remove.textContent = "Remove";
  remove.setAttribute("aria-label", `Remove ${line.name}`);
  remove.addEventListener("click", () => removeFromCart(line));
  item.append(name, amount, remove);
  return item;
}

function showCart() {
  const lines = cart.read();
  byId("cart-lines").replaceChildren(...lines.map(cartLine));
  byId("cart-total").textContent = money(total(lines));
  show("cart", lines.length > 0);
  show("cart-empty", lines.length === 0);
  showCount();
}

// The account

function signIn(form) {
  const { userId, ...traits } = Object.fromEntries(new FormData(form));
  account.write({ userId, ...traits });
  showAccount();
  byId("signed-in").focus();
  window.analytics.identify(userId, traits, callOptions);
  showRemembered();
}

function signOut() {
  account.forget();
  showAccount();
  toast("Signed out");
  window.analytics.reset();
  showRemembered();
}

/** Whom the host takes the visitor for; null while it knows nobody. */
let remembered = null;

function identifyAnonymously(form) {
  window.analytics.identify(Object.fromEntries(new FormData(form)), callOptions);
  toast(remembered ? `Identified as ${remembered}, whom ${host} remembers` : "Identified, without a user ID");
}

/** Whom an identify without a user ID is about: the host adds the ID of the last user, until reset() is called. */
function showRemembered() {
  window.analytics.ready(async () => {
    remembered = (await window.analytics.user()).id();
    byId("remembered").textContent = remembered
      ? `${host} remembers ${remembered} and adds that ID, so 1Flow gets these as traits of ${remembered}. After ` +
        "signing out, which calls reset(), the visitor is anonymous."
      : `${host} remembers no user, so the visitor is anonymous, and 1Flow is told nothing.`;
  });
}

function showAccount() {
  const user = account.read();
  show("signed-in", Boolean(user));
  show("signed-out", !user);
  byId("account-name").textContent = user ? user.name : "";
  byId("account-id").textContent = user ? user.userId : "";
}

// The page

function onSubmit(form, action) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    action(form);
  });
}

const STARTS = {
  Cart() {
    showCart();
    byId("order").addEventListener("click", order);
  },
  Account() {
    showAccount();
    showRemembered();
    onSubmit(byId("sign-in"), signIn);
    onSubmit(byId("identify-anonymously"), identifyAnonymously);
    byId("sign-out").addEventListener("click", signOut);
  },
};

showCount();
document.querySelectorAll("form.add").forEach((form) => onSubmit(form, addToCart));
(STARTS[page.pageName] || (() => {}))();
// Disabled until now: a form that is sent before this script listens would leave the page.
document.querySelectorAll("main button").forEach((button) => {
  button.disabled = false;
});
window.analytics.page(page.pageName, JSON.parse(page.pageProperties), callOptions);
