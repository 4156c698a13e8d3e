// What of a page is seen: one meaning of it for all who look. Evaluates to functions, and changes nothing.
(() => {
  const SILENT = new Set(["BUTTON", "NOSCRIPT", "SCRIPT", "STYLE", "SVG", "TEMPLATE", "TIME"]);
  const FOR_READERS = ".sr-only, .visually-hidden";

  // The flat tree: what the browser draws, with shadow roots in place of what they hide, and slots filled.
  const parts = (node) => {
    if (node.shadowRoot) return [...node.shadowRoot.childNodes];
    const given = node.localName === "slot" ? node.assignedNodes() : [];
    return given.length ? given : [...node.childNodes];
  };
  // Roots of trees, each of which CSS sees by itself: the document, and what components keep in the shadow.
  const rootsIn = (root) => [
    root,
    ...[...root.querySelectorAll("*")].flatMap((one) => (one.shadowRoot ? rootsIn(one.shadowRoot) : [])),
  ];
  const above = (node) => node.assignedSlot || node.parentElement || node.parentNode?.host || null;
  const path = (element) => {
    const steps = [];
    for (let one = element; one; one = above(one)) steps.unshift(one);
    return steps;
  };

  const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;
  const isText = (node) => node.nodeType === Node.TEXT_NODE;
  const isUnfaded = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  // Further before the place where it is written than what slides in or hangs on a word.
  const isFar = (element) => {
    const holder = element.parentElement;
    if (!holder?.getClientRects().length) return false;
    const [one, other] = [element, holder].map((it) => it.getBoundingClientRect());
    return one.right < other.left - 900 || one.bottom < other.top - 900;
  };
  // For those who hear the page, or for what it copies from, whatever its class is called: no more is drawn of it
  // than a dot, all is cut off, or it stands where no window reaches.
  const isHeard = (element, { clip, clipPath, overflow, position }) =>
    /absolute|fixed/.test(position) &&
    element.getClientRects().length > 0 &&
    ((overflow !== "visible" && Math.max(element.offsetWidth, element.offsetHeight) <= 1) ||
      /^rect\((\S+), \1, \1, \1\)$/.test(clip) ||
      /^inset\((?:[5-9]\d|100)%\)$/.test(clipPath) ||
      isFar(element)) &&
    !element.getAnimations().length;
  // A field that the page draws itself is faded out, and takes what is pressed or typed in its drawing's place.
  const FIELDS = "input:not([type=button], [type=image], [type=reset], [type=submit]), select, textarea";
  const isStandingIn = (element) =>
    element.matches(FIELDS) && element.checkVisibility({ visibilityProperty: true }) && isUnfaded(above(element));
  // One that nobody is led to, by the eye, by keys or by what reads the page out, is there for programs that fill in
  // forms, or to catch them.
  const WRITTEN_INTO = `:is(${FIELDS}):not([type=checkbox], [type=file], [type=radio], select)`;
  const isForPrograms = (element) =>
    element.matches(WRITTEN_INTO) &&
    (isHeard(element, getComputedStyle(element)) ||
      (element.matches("[aria-hidden=true], [tabindex='-1']") && !isUnfaded(element)));
  // An element without an area, or without a box, is drawn when something in it is; what is faded out is not.
  const hasArea = (element) => [...element.getClientRects()].some((box) => box.width > 0 && box.height > 0);
  const hasDrawn = (element) => parts(element).some((part) => isElement(part) && visible(part));
  const visible = (element) =>
    isUnfaded(element) || isStandingIn(element)
      ? (hasArea(element) && !isForPrograms(element)) || hasDrawn(element)
      : getComputedStyle(element).display === "contents" && hasDrawn(element);

  const text = (node, isSilent = () => false) => {
    if (isText(node)) return node.data;
    if (!isElement(node) || isSilent(node)) return "";
    if (node.localName === "img") return node.alt;
    return parts(node).map((part) => text(part, isSilent)).join("");
  };
  const isBeside = (element) => SILENT.has(element.tagName.toUpperCase()) || element.matches(FOR_READERS);
  // What a turn says, without its controls.
  const said = (turn) => text(turn, isBeside);
  return { isHeard, isText, parts, path, rootsIn, said, text, visible };
})()
