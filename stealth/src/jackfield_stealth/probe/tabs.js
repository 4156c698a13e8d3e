// What a tab is like beside another one: only one of a window is seen, and what is not seen is slowed down.
const TAB_SECONDS = 2;

async function tabFacts() {
  // A tab that opens behind another one may be seen, and go on at full speed, until the browser has sorted them.
  await new Promise((done) => setTimeout(done, 1000));
  let frames = 0;
  const ticks = [];
  const ticking = setInterval(() => ticks.push(performance.now()), 50);
  const frame = () => requestAnimationFrame(() => ((frames += 1), frame()));
  frame();
  const until = performance.now() + 1000 * TAB_SECONDS;
  while (performance.now() < until) await new Promise((done) => setTimeout(done, 100));
  clearInterval(ticking);
  // A tab that is not seen has one tick in a second, and no frames. One that is seen may be held up at times.
  const between = ticks.slice(1).map((tick, before) => tick - ticks[before]);
  const usual = between.sort((one, other) => one - other)[between.length >> 1];
  return {
    seen: document.visibilityState === "visible",
    focused: document.hasFocus(),
    fast: usual < 500,
    painted: frames > 1,
  };
}
