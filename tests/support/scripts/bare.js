// A page without Analytics.js: a plugin that registers is loaded, and gets the EARLY events before the SDK can be
// there. The pauses between attempts are the shortest possible ones, and each timer is known by when it is due.
// ADDRESS is the SDK's.
/* global ADDRESS, EARLY */

Math.random = () => 0;
window.openedAt = performance.now();

const begun = Date.now();
const timers = window.timers = { live: new Map(), fired: 0 };
const { setTimeout: set, clearTimeout: clear } = window;
window.setTimeout = (run, delay = 0, ...given) => {
  const id = set(() => {
    timers.live.delete(id);
    timers.fired += 1;
    run(...given);
  }, delay);
  timers.live.set(id, Date.now() - begun + delay);
  return id;
};
window.clearTimeout = id => {
  timers.live.delete(id);
  clear(id);
};

let ended = 0;
for (const end of ["load", "error"]) {
  document.addEventListener(end, ({ target }) => { if (target.src === ADDRESS) ended += 1; }, true);
}

const plugins = window.plugins = [];
const thrown = window.thrown = [];
const rejections = window.rejections = [];
const hand = (plugin, event) => {
  try {
    plugin[event.type]({ event });
  } catch (error) {
    thrown.push(String(error));
  }
};
window.send = (...events) => events.forEach(event => plugins.forEach(plugin => hand(plugin, event)));
window.analytics = {
  queue: { plugins },
  register: plugin => {
    plugins.push(plugin);
    plugin.load({}, { queue: { plugins } }).catch(error => rejections.push(error.message));
    EARLY.forEach(event => hand(plugin, event));
  },
};

window.look = () => ({
  waiting: !plugins.length || plugins.some(plugin => plugin.stats().state === "loading"),
  ended,
  unanswered: Array.from(document.scripts).filter(({ src }) => src === ADDRESS).length - ended,
  due: Array.from(timers.live.values()),
  fired: timers.fired,
});
