// What a page draws of a turn, told as HTML: what is drawn and nothing else, with what CSS says of it besides. Runs
// where `probe.js` does, and changes nothing but that `unroll` scrolls and puts back what it scrolled.
// `seen`: what `seeing.js` tells. `unrolling`: `unrolled.js`. `every(css)`: all that it finds. `config`: the probe's.
((seen, unrolling) => (config, every, letters) => {
  "use strict";
  const { isHeard, isText, parts, path, rootsIn } = seen;
  const inert = document.implementation.createHTMLDocument("");
  const BOXES = new Set(["div", "p", "section", "article"]);
  const LINES = new Set([...BOXES, "li", "ul", "ol", "pre", "table", "tbody", "thead", "tr", "td", "th", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"]);
  const contentOf = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range;
  };
  // Letters that a page moves one by one, each an element of a row: together they are drawn as a word.
  const isPiece = (element) => element.textContent.length > 0 && element.textContent.length <= 2;
  const isOfWord = (element) => {
    const beside = [element.previousElementSibling, element.nextElementSibling];
    return beside.some((it) => {
      if (!it?.textContent || (!isPiece(element) && !isPiece(it))) return false;
      const [one, other] = [element, it].map((each) => contentOf(each).getBoundingClientRect());
      return Math.min(Math.abs(other.right - one.left), Math.abs(one.right - other.left)) < 1;
    });
  };
  // A gap beside words in a line that no blank makes, but a margin, or a box that is wider than they are. Round code
  // and marks it is how they look.
  const gaps = (element, { display, fontSize, marginInlineEnd, marginInlineStart }) => {
    if (element.localName !== "span" || !element.textContent || element.closest("pre, code")) return [];
    const least = parseFloat(fontSize) / 5;
    const box = element.getBoundingClientRect();
    const words = display === "inline" ? box : contentOf(element).getBoundingClientRect();
    const sides = [[parseFloat(marginInlineStart) + words.left - box.left, "gap-before"], [parseFloat(marginInlineEnd) + box.right - words.right, "gap-after"]];
    return sides.flatMap(([gap, word]) => (gap > least ? [word] : []));
  };
  // Lines that a page puts in their places below each other, and nothing else: in the order in which they are read.
  const isPlaced = (node) => node.nodeType === Node.ELEMENT_NODE && getComputedStyle(node).position === "absolute";
  const asPlaced = (nodes) => {
    const lines = nodes.filter((node) => (isText(node) ? /\S/.test(node.data) : node.nodeType !== Node.COMMENT_NODE));
    if (lines.length < 2 || !lines.every(isPlaced)) return nodes;
    const boxes = new Map(lines.map((line) => [line, line.getBoundingClientRect()]));
    lines.sort((one, other) => boxes.get(one).top - boxes.get(other).top);
    const isBelow = (line, at) => !at || boxes.get(line).top > boxes.get(lines[at - 1]).bottom - 1;
    return lines.every((line, at) => boxes.get(line).height > 0 && isBelow(line, at)) ? lines : nodes;
  };
  // Parts of a row, and what floats, are blocks by name and stand beside each other.
  const place = (element, { display, float, position }) => {
    if (display === "table-cell") return "beside";
    if (/^(?:none|contents)/.test(display) || float !== "none" || /absolute|fixed/.test(position)) return null;
    const holder = element.parentElement && getComputedStyle(element.parentElement);
    return holder && /flex/.test(holder.display) && holder.flexDirection.startsWith("row") ? (isOfWord(element) ? null : "beside") : "block";
  };
  // In a line by its style, and as wide as a line: of two such the second stands below the first.
  const fillsLine = (element) => {
    if (!element || !getComputedStyle(element).display.startsWith("inline-")) return false;
    const holder = getComputedStyle(element.parentElement);
    const room = element.parentElement.clientWidth - parseFloat(holder.paddingLeft) - parseFloat(holder.paddingRight);
    return !/^(?:inline|contents)/.test(holder.display) && room > 0 && element.offsetWidth > room - 1;
  };
  const isLine = (element) =>
    fillsLine(element) && [element.previousElementSibling, element.nextElementSibling].some(fillsLine);
  // What a page keeps out of what is copied of its code: numbers of lines most often.
  const isUncopied = ({ parentElement: holder }, { userSelect }) =>
    userSelect === "none" && holder?.closest("pre, code") && getComputedStyle(holder).userSelect !== "none";
  // Words that are called so, and are drawn all the same, as in a window that is wide enough for them.
  const isShown = (element, { clip, clipPath, position }) =>
    /sr-only|visually-?hidden|screen-reader/.test(element.getAttribute("class")) &&
    !/absolute|fixed/.test(position) &&
    clip === "auto" &&
    clipPath === "none" &&
    Math.min(element.offsetWidth, element.offsetHeight) > 1;
  // A point before which the browser draws no sign.
  const isUnmarked = ({ localName }, { display, listStyleImage, listStyleType }) =>
    localName === "li" && (display !== "list-item" || (listStyleType === "none" && listStyleImage === "none"));
  // A small picture that stands for what a button does, or for the page that a link leads to.
  const isSign = (element) =>
    element.matches("button img, a img") && element.height < 48 && (element.naturalWidth > 0 || !element.alt);
  // Words that are marked by their style alone, unlike those round them; a page strikes out a point that is done by
  // itself.
  const marksOf = (element, style) => {
    if (style.display !== "inline" || element.localName !== "span" || element.closest("pre, code, button")) return [];
    const round = getComputedStyle(element.parentElement || element.getRootNode().host);
    const isStruck = style.textDecorationLine.includes("line-through") && !element.closest("li:has([type=checkbox])");
    return [
      style.fontWeight >= 600 && round.fontWeight < 600 && "strong",
      style.fontStyle === "italic" && round.fontStyle === "normal" && "slanted",
      isStruck && "struck",
    ];
  };
  // What CSS says of an element that its name does not: see `_drawn.py`.
  const drawn = (element, nodes, style) => {
    const words = [];
    if (style.display.startsWith("inline-") && isLine(element)) words.push("block");
    else if (/^(?:inline|ruby)/.test(style.display)) {
      // A formula that is drawn as one on a line of its own may be put into a line.
      const isPutInLine = style.display !== "inline" && element.matches(".katex-display, [display]");
      if (BOXES.has(element.localName) || isPutInLine) words.push("inline");
      words.push(...gaps(element, style));
    } else if (!LINES.has(element.localName)) words.push(place(element, style));
    if (nodes.some((node) => isText(node) && /\n|\s\s|\t/.test(node.data))) {
      if (style.whiteSpace === "pre-line") words.push("lines");
      else if (/^(?:pre|break-spaces)/.test(style.whiteSpace)) words.push("kept");
    }
    if (style.visibility !== "visible") words.push("unseen");
    if (isUncopied(element, style)) words.push("uncopied");
    words.push(...marksOf(element, style));
    if (isHeard(element, style)) words.push("heard");
    else if (isShown(element, style)) words.push("shown");
    if (isUnmarked(element, style)) words.push("unmarked");
    if (isSign(element) || /icons|symbols (?:out|round|sharp)|awesome/i.test(style.fontFamily.split(",")[0])) words.push("icon");
    return words.filter(Boolean).join(" ");
  };
  const holds = (element, selector) => element.matches(selector) || Boolean(element.querySelector(selector));
  // The code of a diagram, which a page hides beside what it drew of it: nothing else says it.
  const isOfDrawing = (element) => {
    const others = [...(element.parentElement?.children || [])].filter((one) => one !== element);
    const isBeside = (selector) => others.some((one) => holds(one, selector));
    return holds(element, "pre") && isBeside("svg:not(button *), canvas, iframe") && !isBeside("pre");
  };
  // What is folded is not hidden, whatever a page folds it with. Some things are hidden for what is drawn instead: a
  // check box in a list, the brackets of a reading above its letters, a picture until it is loaded.
  const isHidden = (element) =>
    !element.matches("details:not([open]) > *, li [type=checkbox], rp") &&
    !(element.localName === "img" && !element.complete) &&
    !isOfDrawing(element);
  // What shows when a pointer rests on a word. A word that fades in has its place in a line, or is moved.
  const isPopup = (element, { opacity, pointerEvents, position }) =>
    opacity === "0" &&
    /absolute|fixed/.test(position) &&
    (pointerEvents === "none" || element.closest("pre, code") !== null) &&
    /\S/.test(element.textContent) &&
    !element.getAnimations().length;
  // What a field holds is seen, unless its page draws that itself.
  const WRITTEN = new Set(
    ["date", "datetime-local", "email", "month", "number", "search", "tel", "text", "textarea", "time", "url", "week"],
  );
  const isUndrawn = ({ type }, { opacity, webkitTextFillColor }) =>
    (WRITTEN.has(type) || type === "radio") && (opacity === "0" || /^rgba.*, 0\)$/.test(webkitTextFillColor));
  const isGone = (element, style) =>
    element.matches("noscript, select:not([multiple], [size]) option:not(:checked)") ||
    isUndrawn(element, style) ||
    (style.display === "none" ? isHidden(element) : isPopup(element, style));
  // Words for browsers that cannot show the film, or whatever it is, that they stand in: not drawn by those that can.
  const isInstead = (node) => node.matches("audio, canvas, iframe, object, video") && !contentOf(node).getClientRects().length;
  // The signs by which a style alone marks lines of code that were put in or taken out.
  const signOf = (element) => {
    if (!element.closest("pre, code, td[class*=code]")) return "";
    const { content } = getComputedStyle(element, "::before");
    const sign = element.getAttribute(content.match(/^attr\((.+)\)$/)?.[1] || "-") ?? content.replace(/^"|"$/g, "");
    return /^[-+\u2212] ?$/.test(sign) && !element.textContent.startsWith(sign) ? sign : "";
  };
  // What a page wrote into a frame in its text, unless that is drawn from code that stands on the page: as it is drawn,
  // or as it is written, where the frame is sandboxed or has not come yet.
  const drawnIn = (frame) => (frame.contentDocument?.URL === "about:srcdoc" ? frame.contentDocument.body : null);
  // Only long code is known by standing in other code.
  const LONG = 40;
  const framedIn = (frame) => {
    const source = letters(frame.srcdoc || "");
    const isOf = (code) => code.length >= LONG && (source.includes(code) || code.includes(source));
    if (!source || every("pre, textarea").some((code) => isOf(letters(code.value || code.textContent)))) return null;
    return drawnIn(frame) || new DOMParser().parseFromString(frame.srcdoc, "text/html").body;
  };
  const partsTold = (node) => {
    const framed = node.localName === "iframe" && framedIn(node);
    if (framed) return [...framed.childNodes];
    if (WRITTEN.has(node.type)) return [inert.createTextNode(node.value)];
    return isInstead(node) ? [...node.querySelectorAll("source")] : parts(node);
  };
  const isSeen = (element, { fontSize, visibility }) =>
    visibility === "visible" && (fontSize !== "0px" || element.getAnimations().length > 0);
  // Lists that draw only what is in sight, to copies of all their lines.
  const whole = new Map();
  const FORMULAS = 'svg, math, .katex, mjx-container, script[type^="math/"]';
  // Copies what is in an element, and puts into `gone` what is not drawn, without what is in it. `isTold`: text that
  // stands in the element itself is drawn.
  const fill = (copy, original, ...ways) =>
    whole.has(original) ? copy.append(...whole.get(original).map((line) => line.cloneNode(true))) : put(copy, partsTold(original), ...ways);
  const put = (copy, nodes, gone, isFormula = false, isTold = true) => {
    const told = isFormula ? nodes : asPlaced(nodes);
    for (const node of told) {
      if (node.nodeType === Node.COMMENT_NODE || (!isTold && isText(node) && /\S/.test(node.data))) continue;
      if (node.localName === "slot") {
        fill(copy, node, gone, isFormula, isTold);
        continue;
      }
      const one = inert.importNode(node, false);
      copy.append(one);
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      if (/^(?:checkbox|radio)$/.test(node.type)) one.toggleAttribute("checked", node.checked);
      if (isFormula || node.matches(FORMULAS) || (node.srcdoc && !drawnIn(node))) {
        fill(one, node, gone, true);
        continue;
      }
      const style = getComputedStyle(node);
      if (gone && isGone(node, style)) {
        gone.push(one);
        continue;
      }
      const words = drawn(node, partsTold(node), style) + (told === nodes ? "" : " block");
      // Also where there is nothing to say: what its style says is not what is drawn of it.
      if (words || node.hasAttribute("style")) one.setAttribute("data-drawn", words);
      one.append(signOf(node));
      fill(one, node, gone, false, !gone || isSeen(node, style));
    }
  };
  const copyOf = (line) => {
    const holder = inert.createElement("div"), gone = [];
    put(holder, [line], gone);
    for (const element of gone) element.remove();
    const copy = holder.firstElementChild || holder;
    copy.setAttribute("data-drawn", `block ${copy.getAttribute("data-drawn") || ""}`);
    return copy;
  };
  const { listsIn, unrolled } = unrolling(path, copyOf);
  // Whether a page shows a turn: now, or when it has faded in.
  const isDrawn = (turn) => {
    const isOut = (one) => getComputedStyle(one).display === "none";
    return getComputedStyle(turn).visibility === "visible" && !path(turn).some(isOut);
  };
  const heldIn = (field) => {
    const words = inert.createElement("span");
    words.setAttribute("data-drawn", field.getAttribute("data-drawn") || "");
    words.append(...field.childNodes);
    return words;
  };
  const rawOf = (turn) => {
    const raw = config.markdown_attribute && turn.getAttribute(config.markdown_attribute);
    return raw && raw.startsWith(config.markdown_prefix) ? raw.slice(config.markdown_prefix.length) : null;
  };
  const source = (turn, isThought = false) => {
    const raw = rawOf(turn);
    if (raw !== null) return { markdown: raw };
    // It stands in its copy where it stands on the page, so that selectors find what they find there.
    const copy = path(turn).reduce((around, one) => around.appendChild(inert.importNode(one, false)), inert.createElement("div"));
    // All is told of a turn that is not shown itself, as in a panel in the background, and of folded thoughts.
    const gone = !isThought && isDrawn(turn) ? [] : null;
    fill(copy, turn, gone);
    const others = [...config.selectors.ignore, ...(isThought ? [] : config.selectors.reasoning)];
    for (const selector of others) for (const element of copy.querySelectorAll(selector)) element.remove();
    // Only now, for the same reason.
    for (const element of gone || []) element.remove();
    const content = inert.createElement("div");
    content.append(...copy.childNodes);
    for (const field of content.querySelectorAll("input:not(:empty)")) field.replaceWith(heldIn(field));
    const words = drawn(turn, partsTold(turn), getComputedStyle(turn)).replace(/block|beside|inline|unseen|icon|heard/g, "").trim();
    if (words) content.setAttribute("data-drawn", words);
    return { html: words ? content.outerHTML : content.innerHTML };
  };
  // Scrolls lists in turns through that draw only what is in sight; tells how many, and whether all their lines are
  // told now.
  const unroll = async (turns) => {
    const others = [...config.selectors.ignore, ...config.selectors.reasoning].join() || ":not(*)";
    const isTold = (element) => !path(element).some((one) => one.matches(others));
    const within = (turn) => [...rootsIn(turn), ...(turn.shadowRoot ? rootsIn(turn.shadowRoot) : [])];
    const read = turns.filter((turn) => rawOf(turn) === null);
    const inTurns = read.flatMap((turn) => [turn, ...within(turn).flatMap((root) => [...root.querySelectorAll("*")])]);
    whole.clear();
    let isAll = true;
    const lists = listsIn([...new Set(inTurns)]).filter(isTold);
    for (const list of lists) {
      const lines = await unrolled(list);
      isAll = isAll && lines !== null;
      if (lines?.length) whole.set(list, lines);
    }
    return [lists.length, isAll];
  };
  return { isDrawn, source, unroll };
})
