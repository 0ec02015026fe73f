// A clock that moves only when a test says so, from one timer that is due to the next.

const EPOCH = 1_000_000_000_000;
const post = window.setTimeout;
const planned = new Map();
let now = 0;
let lastId = 0;

Date.now = () => EPOCH + now;
performance.now = () => now;
window.setTimeout = (run, delay = 0, ...given) => {
  lastId += 1;
  planned.set(lastId, { at: now + delay, run: () => run(...given) });
  return lastId;
};
window.clearTimeout = id => { planned.delete(id); };

window.advance = async milliseconds => {
  const end = now + milliseconds;
  for (;;) {
    const [first] = Array.from(planned).sort(([, one], [, other]) => one.at - other.at);
    if (!first || first[1].at > end) break;
    const [id, { at, run }] = first;
    planned.delete(id);
    now = at;
    run();
    await new Promise(done => post(done)); // what the timer began goes on before the next one
  }
  now = end;
};
