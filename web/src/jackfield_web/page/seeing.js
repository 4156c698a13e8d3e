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
  const above = (node) => node.assignedSlot || node.parentElement || node.parentNode?.host || null;
  const path = (element) => {
    const steps = [];
    for (let one = element; one; one = above(one)) steps.unshift(one);
    return steps;
  };

  // An element without an area is drawn when something in it is, and one that is faded out is not.
  const hasArea = (element) => [...element.getClientRects()].some((box) => box.width > 0 && box.height > 0);
  const isDrawn = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    (hasArea(element) || parts(element).some((part) => part.nodeType === Node.ELEMENT_NODE && isDrawn(part)));
  const visible = (element) => element.getClientRects().length > 0 && isDrawn(element);

  const text = (node, isSilent = () => false) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || isSilent(node)) return "";
    if (node.localName === "img") return node.alt;
    return parts(node).map((part) => text(part, isSilent)).join("");
  };
  const isBeside = (element) => SILENT.has(element.tagName.toUpperCase()) || element.matches(FOR_READERS);
  // What a turn says, without its controls.
  const said = (turn) => text(turn, isBeside);
  return { parts, path, said, text, visible };
})()
