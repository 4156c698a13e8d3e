// Reads through what draws only the lines in sight, such as a viewer of code, as a person does who scrolls it. Runs
// where `probe.js` does.
// Law: what a list has is known where line follows line without a gap, from where nothing more comes above to where
// nothing more comes below; else it is told that it is not known.
// `path`: what `seeing.js` tells. `copied(element)`: a copy of what is drawn of an element.
((path, copied) => {
  "use strict";
  const VIEWERS = ".cm-content, .CodeMirror-code, .ace_text-layer, .view-lines";
  const GAP = ".cm-gap";
  const SECONDS = 60;
  const topOf = (element) => element.getBoundingClientRect().top;
  const bottomOf = (element) => element.getBoundingClientRect().bottom;
  const isGap = (row) => row.matches(GAP);
  const rowsOf = (list) =>
    [...list.children].filter((one) => isGap(one) || one.getClientRects().length).sort((one, other) => topOf(one) - topOf(other));
  const linesOf = (list) => rowsOf(list).filter((row) => !isGap(row));
  const upToGap = (rows) => (rows.some(isGap) ? rows.slice(0, rows.findIndex(isGap)) : rows);
  const withText = (lines) => lines.map((line) => [line, line.textContent]);

  // A list in a scroller of its own with room for more above or below what is drawn of it.
  const listIn = (scroller) => {
    let list = scroller;
    while (list.children.length === 1) [list] = list.children;
    const hasWords = [...list.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && /\S/.test(node.data));
    if (linesOf(list).length < 3 || hasWords) return null;
    return Math.max(...roomIn(list, scroller)) > scroller.clientHeight ? list : null;
  };
  // The room that its scroller has for more of a list, above or below what is drawn of it.
  const roomIn = (list, scroller) => {
    const [lines, top] = [linesOf(list), topOf(scroller) - scroller.scrollTop];
    const [first, last] = [Math.max(top, topOf(list)), Math.min(top + scroller.scrollHeight, bottomOf(list))];
    return [topOf(lines[0]) - first, last - bottomOf(lines.at(-1))];
  };
  const isCut = (element) => getComputedStyle(element).overflowY !== "visible" && element.clientHeight > 0;
  const isScroller = (element) =>
    element.scrollHeight > element.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(element).overflowY);
  const listsIn = (elements) => {
    const viewers = elements.filter((one) => one.matches(VIEWERS) && rowsOf(one).length);
    const scrollers = elements.filter((one) => isScroller(one) && !viewers.some((viewer) => path(viewer).includes(one)));
    return [...viewers, ...scrollers.map(listIn).filter(Boolean)];
  };

  // A viewer draws in a frame of the browser's; a page in the background has none.
  const frame = () => new Promise((done) => {
    const late = setTimeout(done, 500);
    requestAnimationFrame(() => { clearTimeout(late); setTimeout(done); });
  });
  const drawn = async (isNew) => {
    const since = performance.now();
    for (let frames = 0; !isNew() && (frames < 6 || performance.now() < since + 200); frames += 1) await frame();
  };
  const scroll = (_, edge, isDown) =>
    edge.scrollIntoView({ block: isDown ? "start" : "end", inline: "nearest", behavior: "instant" });
  // Some know of no scrolling but that of a wheel.
  const turned = new WeakSet();
  const wheel = (list, edge, isDown) => {
    const box = path(list).reduce((least, one) => (isCut(one) && one.clientHeight <= least.clientHeight ? one : least));
    const deltaY = isDown ? topOf(edge) - topOf(box) : bottomOf(edge) - bottomOf(box);
    const ways = { bubbles: true, cancelable: true, composed: true };
    edge.dispatchEvent(new WheelEvent("wheel", { deltaY, wheelDeltaY: -deltaY, ...ways }));
  };
  // Whether something stands beyond the last line, or the first, that is not drawn, as far as a scroller can tell.
  const lacks = (list, edge, isDown) => {
    const box = path(list).slice(0, -1).findLast(isCut);
    return Boolean(box && isScroller(box) && roomIn(list, box)[isDown ? 1 : 0] > 3 * edge.offsetHeight);
  };
  // The lines that follow the last one of `known`, or stand before the first, up to a gap, when that was scrolled to
  // the other side; null where it is lost: an element may say other things by then.
  const beyond = async (list, known, isDown) => {
    const [edge, said] = known.at(isDown ? -1 : 0);
    const way = isDown ? known.toReversed() : known;
    const around = () => {
      const lines = rowsOf(list), at = lines.indexOf(edge);
      const [over, under] = [lines.slice(0, Math.max(at, 0)).reverse(), lines.slice(at)];
      return isDown ? [under.slice(1), [edge, ...over]] : [over, under];
    };
    const isNew = () => !edge.isConnected || edge.textContent !== said || upToGap(around()[0]).length > 0;
    const ways = list.matches(VIEWERS) ? [scroll, wheel] : [scroll];
    if (turned.has(list)) ways.reverse();
    for (const move of ways) {
      move(list, edge, isDown);
      await drawn(isNew);
      if (!isNew()) continue;
      if (move === wheel) turned.add(list);
      break;
    }
    const [later, again] = around();
    const isOther = upToGap(again).some((line, nth) => way[nth] && way[nth][1] !== line.textContent);
    const found = upToGap(later);
    const isShort = !found.length && (later.length > 0 || lacks(list, edge, isDown));
    if (!edge.isConnected || isOther || isShort) return null;
    return withText(isDown ? found : found.reverse());
  };
  // Copies of all lines of a list; null where they cannot be had.
  const through = async (list) => {
    const until = performance.now() + SECONDS * 1000;
    let known = withText(linesOf(list).slice(0, 1));
    if (!known.length) return null;
    for (let above = known; above.length; known = [...above, ...known]) {
      above = await beyond(list, known, false);
      if (!above || performance.now() > until) return null;
    }
    known = known.slice(0, 1);
    const copies = [copied(known[0][0])];
    for (let below = known; below.length; known.push(...below)) {
      below = await beyond(list, known, true);
      if (!below || performance.now() > until) return null;
      copies.push(...below.map(([line]) => copied(line)));
    }
    return copies;
  };
  // Those; none where all of them are drawn. Of a list that is none of the known viewers that is so where scrolling
  // brought nothing.
  const unrolled = async (list) => {
    const [stood, before] = [path(list).map((one) => [one, one.scrollTop]), linesOf(list)];
    const lines = await through(list);
    const isLost = !lines && (list.matches(VIEWERS) || linesOf(list).some((line) => !before.includes(line)));
    for (const [one, top] of stood) if (one.scrollTop !== top) one.scrollTop = top;
    if (isLost) return null;
    return lines?.length > before.length ? lines : [];
  };
  return { listsIn, unrolled };
})
