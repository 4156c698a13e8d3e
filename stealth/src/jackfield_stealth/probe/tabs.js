// What a tab is like beside another one: only one of a window is seen, and what is not seen is slowed down.
const TAB_SECONDS = 2;

async function tabFacts() {
  let [ticks, frames] = [0, 0];
  const ticking = setInterval(() => (ticks += 1), 50);
  const frame = () => requestAnimationFrame(() => ((frames += 1), frame()));
  frame();
  const until = performance.now() + 1000 * TAB_SECONDS;
  while (performance.now() < until) await new Promise((done) => setTimeout(done, 100));
  clearInterval(ticking);
  // A tab that is not seen has one tick in a second, and no frames.
  return {
    seen: document.visibilityState === "visible",
    focused: document.hasFocus(),
    fast: ticks > 2 * TAB_SECONDS,
    painted: frames > 1,
  };
}
