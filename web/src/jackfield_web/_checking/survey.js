// What a chat page that nobody described shows. Runs in an isolated world, and changes nothing.
// `survey` looks at a page at rest. Round a message: `mark` before it is sent, `sample` while the answer is
// written, `turns` when it stands still.
// `seen`: what `seeing.js` tells.
((seen) => {
  "use strict";
  const { visible } = seen;
  const BUTTONS = 'button, [role="button"], input[type="submit"], input[type="button"]';
  const FIELDS = 'textarea, [contenteditable=""], [contenteditable="true"], [role="textbox"], input[type="text"], input:not([type])';
  const BESIDE = 'nav, aside, header, [role="navigation"], [role="banner"]';
  const UTILITY = /^(?:flex|grid|block|inline|hidden|relative|absolute|fixed|sticky|static|container|row|col|wrap|group|border|rounded|shadow|truncate|italic|underline)$|^(?:flex|grid|inline|text|font|w|h|[pm][xytrbl]?|gap|space|items|justify|self|overflow|whitespace|break|rounded|border|bg|shadow|cursor|transition|min|max)-/;
  const STATES = /^data-(?:state|highlighted|orientation|focus|hover|index|key|id|src|value|disabled)|^data-(?:v|reactid|radix)-?/;

  const all = (css) => [...document.querySelectorAll(css)];
  const letters = (text) => (text ?? "").replace(/[^\p{L}\p{N}]+/gu, "");
  const said = (element) => letters(element.innerText);
  const quoted = (text) => JSON.stringify(text);
  const lasting = (text) => text.length < 60 && !/\d{3}|[0-9a-f]{8}|:|\s{2}/i.test(text);

  // The names of an element by themselves, those that makers mean to keep first.
  const names = (element) => {
    const tag = element.localName, found = [];
    const attributes = [...element.attributes].filter(({ name, value }) => value && lasting(value) && !STATES.test(name));
    const add = (wanted, prefix) => {
      for (const { name, value } of attributes) if (wanted(name)) found.push(`${prefix}[${name}=${quoted(value)}]`);
    };
    add((name) => /^data-(?:testid|test-id|test|cy|qa)$/.test(name), "");
    if (element.id && /^[a-z][\w-]*$/i.test(element.id) && lasting(element.id)) found.push(`#${CSS.escape(element.id)}`);
    add((name) => /^data-[a-z-]*(?:role|author|type|sender|from)[a-z-]*$/.test(name), "");
    add((name) => name === "name" || name === "aria-label", tag);
    add((name) => name === "placeholder", tag);
    add((name) => name.startsWith("data-") && !/testid|role|author|type|sender|from/.test(name), "");
    for (const name of element.classList)
      if (/^[a-z][a-z_-]{2,}$/i.test(name) && !UTILITY.test(name)) found.push(`.${CSS.escape(name)}`);
    add((name) => name === "role" || name === "type", tag);
    return [...new Set(found)];
  };

  const path = (element) => {
    const steps = [];
    for (let one = element; one && one !== document.body; one = one.parentElement) {
      const named = names(one).find((css) => all(css).length === 1);
      if (named) return [named, ...steps].join(" > ");
      const alike = [...one.parentElement.children].filter((other) => other.localName === one.localName);
      steps.unshift(alike.length > 1 ? `${one.localName}:nth-of-type(${alike.indexOf(one) + 1})` : one.localName);
    }
    return ["body", ...steps].join(" > ");
  };

  // CSS that finds the element and nothing else that can be seen: up to two, best first.
  const only = (element) => {
    const alone = names(element).filter((css) => all(css).filter(visible).every((one) => one === element));
    return alone.length ? alone.slice(0, 2) : [path(element)];
  };

  const words = (element) => {
    const own = ["aria-label", "title", "placeholder", "name", "id", "data-testid", "class", "value"];
    const shown = element.matches(FIELDS) ? "" : (element.innerText ?? "");
    return `${own.map((name) => element.getAttribute(name) ?? "").join(" ")} ${shown.slice(0, 40)}`.toLowerCase();
  };
  const best = (elements, score, least) => {
    const found = elements.map((element) => [score(element), element]).filter(([points]) => points >= least);
    return found.sort(([one], [other]) => other - one)[0]?.[1];
  };
  const shared = (one, other) => {
    let above = one;
    while (above && !above.contains(other)) above = above.parentElement;
    return above;
  };
  const steps = (element, above) => {
    let count = 0;
    for (let one = element; one && one !== above; one = one.parentElement) count += 1;
    return count;
  };

  const composer = () => best(all(FIELDS).filter((one) => visible(one) && !one.readOnly && !one.closest('[role="search"]')), (one) => {
    const box = one.getBoundingClientRect();
    const about = /messag|ask|chat|prompt|writ|type|say|question|talk/.test(words(one)) ? 3 : 0;
    const other = /search|filter|e-?mail|user|passw|url|title|token/.test(words(one)) ? -5 : 0;
    const kind = one.localName === "input" ? 0 : 2;
    return about + other + kind + 2 * (box.width / innerWidth) + (box.top > innerHeight / 2 ? 1 : 0);
  }, 2);

  const sender = (field) => best(all(BUTTONS).filter(visible), (one) => {
    const above = shared(field, one);
    const near = above && above !== document.body ? Math.max(0, 6 - steps(field, above)) : 0;
    const means = /\b(?:send|submit|ask|go)\b|send|submit|arrow-?up|paper-?plane/.test(words(one)) ? 5 : 0;
    const other = /attach|file|upload|voice|micro|record|stop|new|model|menu|setting|clear|share|emoji|search|audio/.test(words(one)) ? -6 : 0;
    const form = one.type === "submit" && one.form && one.form.contains(field) ? 2 : 0;
    return means + other + form + near;
  }, 5);

  const kind = (field) => {
    if (["textarea", "input"].includes(field.localName)) return "textarea";
    return field.matches(".ProseMirror, .tiptap") ? "prosemirror" : "contenteditable";
  };

  const login = () => {
    const secret = all('input[type="password"]').find(visible);
    if (!secret) return {};
    const around = secret.form ?? document.body;
    const name = [...around.querySelectorAll('input[type="email"], input[type="text"], input:not([type])')].filter(visible)[0];
    const press = best([...around.querySelectorAll(BUTTONS)].filter(visible), (one) =>
      (/log|sign|continue|enter/.test(words(one)) ? 3 : 0) + (one.type === "submit" ? 2 : 0), 2);
    return Object.fromEntries(Object.entries({ login_username: name, login_password: secret, login_button: press })
      .filter(([, element]) => element).map(([named, element]) => [named, only(element)]));
  };

  let before = new Map(), during = new Map(), button;

  const survey = () => {
    const found = login();
    const field = found.login_password ? undefined : composer();
    const fresh = best(all(`${BUTTONS}, a`).filter(visible), (one) => /\bnew[\s_-]*(?:chat|conversation|thread)\b|start over/.test(words(one)) ? 1 : 0, 1);
    if (field) {
      found.chat_input = only(field);
      button = sender(field);
      if (button) found.send_button = only(button);
    }
    if (fresh) found.new_chat_button = only(fresh);
    return { title: document.title, kind: field ? kind(field) : "", selectors: found, frames: all("iframe").filter(visible).length };
  };

  const shown = () => all(BUTTONS).filter(visible);
  const mark = () => {
    before = new Map(shown().map((one) => [one, words(one)]));
    during = new Map();
  };
  // Buttons that came with the answer, and how much there is to read: a page whose text grows is at work.
  const sample = () => {
    for (const one of shown())
      if (!during.has(one) && before.get(one) !== words(one)) during.set(one, { words: words(one), css: only(one) });
    return letters(document.body.innerText).length;
  };

  const own = (message) => {
    const wanted = letters(message);
    const found = all("body *").filter((one) => !one.closest(BESIDE) && !one.closest(FIELDS) && visible(one) && said(one) === wanted);
    const last = found.at(-1);
    return last && found.findLast((one) => one.contains(last) && ![...one.children].some((child) => said(child) === wanted && visible(child)));
  };
  const after = (turn) => {
    for (let one = turn; one && one !== document.body; one = one.parentElement)
      for (let next = one.nextElementSibling; next; next = next.nextElementSibling)
        if (visible(next) && said(next) && !next.closest(`footer, ${BESIDE}`) && !next.querySelector(FIELDS) && !next.matches(FIELDS)) return next;
    return undefined;
  };
  // From the turn to its text: past names, pictures and buttons, but not into a paragraph.
  const inner = (turn) => {
    let text = turn;
    for (;;) {
      const parts = [...text.children].filter((one) => visible(one) && said(one) && !one.matches(BUTTONS) && getComputedStyle(one).display !== "inline");
      const main = parts.sort((one, other) => said(other).length - said(one).length)[0];
      const others = parts.filter((one) => one !== main && one.matches("p, pre, ul, ol, table, blockquote, h1, h2, h3, h4"));
      if (!main || others.length || main.matches("p, pre, ul, ol, table, blockquote, h1, h2, h3, h4")) return text;
      if (said(main).length < 0.5 * said(text).length) return text;
      text = main;
    }
  };

  // CSS that finds a turn's text, and every other turn of its kind, but nothing of the other kind.
  const turnCss = (text, other) => {
    const above = shared(text, other) ?? document.body, candidates = [...names(text)];
    const holders = [];
    for (let one = text.parentElement; one && one !== above; one = one.parentElement) holders.push(one);
    const within = names(text).length ? names(text) : [text.localName];
    for (const holder of holders) for (const name of names(holder)) for (const last of within) candidates.push(`${name} ${last}`);
    for (const holder of holders) if (said(holder) === said(text)) candidates.push(...names(holder));
    const fits = candidates.filter((css) => {
      const found = all(css);
      return found.some((one) => one.contains(text) || one === text) && found.every((one) => !one.contains(other) && !other.contains(one) && !found.some((two) => two !== one && one.contains(two)));
    });
    return [...new Set(fits)].sort((one, two) => all(one).length - all(two).length).slice(0, 2);
  };

  const turns = (message) => {
    const mine = own(message);
    const turn = mine && after(mine);
    if (!turn) return { found: false, selectors: {}, text: "" };
    const text = inner(turn), selectors = {};
    selectors.user_turn = turnCss(mine, text);
    selectors.response_area = turnCss(text, mine);
    const gone = [...during].filter(([one, { words: then }]) => !visible(one) || words(one) !== then);
    const stop = gone.find(([, one]) => /stop|cancel|abort|interrupt|halt/.test(one.words));
    // What says how the answer stands must find nothing else: a fallback that does would say it always.
    if (stop) selectors.stop_button = stop[1].css.filter((css) => !all(css).some(visible)).slice(0, 1);
    const fresh = (css) => all(css).every((one) => !before.has(one));
    const belongs = (one) => turn.contains(one) || turn.nextElementSibling?.contains(one);
    const complete = shown().filter((one) => !before.has(one) && !text.contains(one) && belongs(one));
    const copy = complete.find((one) => /copy/.test(words(one)));
    const lasts = copy ?? complete.find((one) => /retry|regenerat|again|like|good|thumb|read|share/.test(words(one)));
    if (lasts) selectors.finished = turnCss(lasts, mine).filter(fresh).slice(0, 1);
    if (copy) selectors.copy_button = turnCss(copy, mine).filter(fresh).slice(0, 1);
    for (const name of Object.keys(selectors)) if (!selectors[name].length) delete selectors[name];
    return { found: true, selectors, text: text.innerText };
  };

  return { survey, mark, sample, turns };
})
