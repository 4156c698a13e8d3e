// Looks at a chat page and changes nothing on it. Runs in a world of its own where the browser has such.
// `config`: `selectors`, lists of CSS by name; `markdown_attribute` and `markdown_prefix`.
(config) => {
  let roots = [document];
  const findRoots = (root) => [
    root,
    ...[...root.querySelectorAll("*")].flatMap((element) => (element.shadowRoot ? findRoots(element.shadowRoot) : [])),
  ];
  const every = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)]);
  const all = (name) => config.selectors[name].map(every).find((found) => found.length) || [];
  const visible = (element) =>
    element.getClientRects().length > 0 && element.checkVisibility({ visibilityProperty: true });
  const shown = (name) => config.selectors[name].flatMap(every).find(visible) || null;
  const letters = (element) => element.textContent.replace(/[^\p{L}\p{N}]+/gu, "");
  const follows = (element, anchor) =>
    Boolean(anchor.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING);
  const works = () => Boolean(shown("stop_button") || shown("busy") || shown("send_button_loading"));

  // Elements, and what they said when they were marked: a list that recycles its elements makes them say more.
  const marked = new WeakMap();
  const isNew = (element) => marked.get(element) !== element.textContent;
  let anchor = null;

  const findAnchor = (sent, afresh) => {
    const turns = all("user_turn");
    const candidates = afresh ? turns : turns.filter(isNew);
    // Found again it must be ours to the letter; new it is ours, though the page may draw it otherwise.
    const ours = candidates.filter((turn) => letters(turn).includes(sent)).pop();
    anchor = ours || (!afresh && candidates.pop()) || anchor;
    return anchor && anchor.isConnected ? anchor : null;
  };
  const findTurns = (sent, afresh) => {
    const users = new Set(all("user_turn"));
    const found = all("response_area").filter((turn) => !users.has(turn));
    const turns = found.filter((turn) => !found.some((other) => other !== turn && other.contains(turn)));
    const mine = findAnchor(sent, afresh);
    if (mine) {
      const next = [...users].find((turn) => follows(turn, mine));
      const between = (turn) => follows(turn, mine) && !(next && follows(turn, next));
      return turns.filter((turn) => between(turn) && (afresh || isNew(turn)));
    }
    if (afresh) return users.size ? [] : turns.slice(-1);
    // The page shows the user's turns and ours is not among them yet: nothing can be an answer to it.
    if (users.size && !anchor) return [];
    const unseen = turns.filter((turn) => !marked.has(turn));
    return unseen.length && letters(unseen[0]) === sent ? unseen.slice(1) : unseen;
  };
  const inert = document.implementation.createHTMLDocument("");
  const source = (turn) => {
    const raw = config.markdown_attribute && turn.getAttribute(config.markdown_attribute);
    if (raw && raw.startsWith(config.markdown_prefix)) return { markdown: raw.slice(config.markdown_prefix.length) };
    const copy = inert.createElement("div");
    for (const node of (turn.shadowRoot || turn).childNodes) copy.append(inert.importNode(node, true));
    for (const selector of config.selectors.ignore)
      for (const element of copy.querySelectorAll(selector)) element.remove();
    return { html: copy.innerHTML };
  };
  const written = () => {
    const composer = shown("chat_input");
    return composer && ("value" in composer ? composer.value : composer.innerText);
  };
  const canSend = () => {
    const button = shown("send_button");
    if (!button || button.disabled || button.getAttribute("aria-disabled") === "true") return false;
    return !shown("send_button_disabled") && !shown("send_button_loading");
  };
  const lastAfter = (name, turns) => {
    const turn = turns[turns.length - 1];
    return (turn && all(name).filter((element) => turn.contains(element) || follows(element, turn)).pop()) || null;
  };

  let news = false;
  let told = false;
  let tell = null;
  let worked = false;
  let last = "[]";
  const observed = new Set();
  const observer = new MutationObserver(() => {
    // A stop button may come and go between two looks.
    worked = worked || works();
    news = true;
    tellNews();
  });
  const tellNews = () => {
    if (!news || told || !tell) return;
    told = true;
    tell();
  };
  const lookAround = () => {
    roots = findRoots(document);
    for (const root of roots) {
      if (observed.has(root)) continue;
      observed.add(root);
      observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
    }
  };

  return {
    // The names of selectors that are no CSS.
    invalid() {
      const test = (selector) => {
        try {
          document.querySelector(selector);
          return false;
        } catch {
          return true;
        }
      };
      return Object.keys(config.selectors).filter((name) => config.selectors[name].some(test));
    },
    // Resolves when the page changes: once, until the next look.
    changed() {
      return new Promise((resolve) => {
        tell = resolve;
        tellNews();
      });
    },
    // Remembers the turns that are there, so that they are never taken for an answer; so with signs of work.
    mark() {
      lookAround();
      anchor = null;
      worked = false;
      for (const turn of [...all("response_area"), ...all("user_turn")]) marked.set(turn, turn.textContent);
    },
    // `sent`: the letters of our message. `afresh`: nothing was marked, so the last turn counts.
    look(sent, afresh) {
      news = told = false;
      lookAround();
      const turns = findTurns(sent, afresh);
      const sources = turns.map(source);
      const now = JSON.stringify(sources);
      const changed = now !== last;
      last = now;
      const stop = works();
      worked = worked || stop;
      return {
        turns: changed ? sources : null,
        count: turns.length,
        mine: Boolean(anchor),
        works: stop,
        worked,
        finished: Boolean(lastAfter("finished", turns)),
        can_send: canSend(),
        written: written(),
        limit: Boolean(shown("limit_banner")),
        challenge: Boolean(shown("challenge")),
      };
    },
    // Presses the copy button of the answer; tells whether there is one.
    copy(sent, afresh) {
      lookAround();
      const button = lastAfter("copy_button", findTurns(sent, afresh));
      if (button) button.click();
      return Boolean(button);
    },
    close() {
      observer.disconnect();
    },
  };
}
