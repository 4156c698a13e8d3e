// When the text of a page grew, told by beats: what the page does at once is one beat. Runs where `survey.js` does.
// Law: that something is gone, or there, when all is over says nothing; what counts is when it turned.
// `path`: what `seeing.js` tells. `written(...parts)`: the letters that count, of nodes and texts. `noticed()`: called at
// each beat.
((path, written, noticed) => {
  "use strict";
  let now = 0, changes = [];

  // What counts in its place, as a clock does, does not grow.
  const uncounted = (text) => text.replace(/\p{N}/gu, "0");
  const steps = (node) => path(node instanceof ShadowRoot ? node.host : node);
  // What was written where in one beat, and what stood there before.
  const changesOf = (records) => {
    const places = new Map();
    for (const { type, target, oldValue, addedNodes, removedNodes } of records) {
      if (type === "attributes") continue;
      if (!places.has(target)) places.set(target, { now, target, added: [], removed: [], was: "", is: "" });
      const change = places.get(target);
      if (type === "characterData") {
        change.was ||= oldValue;
        change.is = target.data;
        continue;
      }
      change.added.push(...addedNodes);
      change.removed.push(...removedNodes);
    }
    return [...places.values()].map(({ was, is, ...change }) => {
      const before = written(was, ...change.removed), after = written(is, ...change.added);
      return { ...change, grew: after !== "" && uncounted(after) !== uncounted(before) };
    });
  };
  const observer = new MutationObserver((records) => {
    now += 1;
    changes.push(...changesOf(records));
    noticed();
  });

  const watch = (roots) => roots.forEach((root) =>
    observer.observe(root, { subtree: true, childList: true, attributes: true, characterData: true, characterDataOldValue: true }));
  const forget = () => { now = 0; changes = []; };
  // The beats in which the text grew that stands in an element, or stood in what it took the place of.
  const beats = (element) => {
    const stood = new Set([element]), above = new Set(path(element)), found = new Set();
    for (const { now: at, target, added, removed, grew } of changes.toReversed()) {
      const came = added.some((one) => above.has(one));
      if (came) for (const one of removed) { stood.add(one); path(one).forEach((step) => above.add(step)); }
      if (grew && (came || steps(target).some((step) => stood.has(step)))) found.add(at);
    }
    return [...found];
  };
  const last = (element) => Math.max(0, ...beats(element));

  return { watch, forget, beats, last, beat: () => now };
})
