// What a chat page that nobody described shows. Runs in an isolated world, and changes nothing.
// `survey` looks at a page at rest. Round a message: `mark` before it is sent, `sample` while the answer is
// written, `turns` when it stands still.
// Law: a sign that an answer is complete is what turned when its text grew for the last time, or after that.
// `seen`: what `seeing.js` tells. `growthOf`: `growth.js`.
((seen, growthOf) => {
  "use strict";
  const { parts, path, rootsIn, text: allText, visible } = seen;
  const BUTTONS = 'button, [role="button"], input[type="submit"], input[type="button"]';
  const FIELDS = 'textarea, [contenteditable=""], [contenteditable="true"], [contenteditable="plaintext-only"], [role="textbox"], input[type="text"], input:not([type])';
  const BESIDE = 'nav, aside, header, [role="navigation"], [role="banner"]';
  const UTILITY = /^(?:flex|grid|block|inline|hidden|relative|absolute|fixed|sticky|static|container|row|col|wrap|group|border|rounded|shadow|truncate|italic|underline)$|^(?:flex|grid|inline|text|font|w|h|[pm][xytrbl]?|gap|space|items|justify|self|overflow|whitespace|break|rounded|border|bg|shadow|cursor|transition|min|max)-/;
  const STATES = /^data-(?:state|highlighted|orientation|focus|hover|index|key|id|src|value|disabled)|^data-(?:v|reactid|radix)-?|^data-(?!test-)[a-z-]+-id$/;

  let roots = [document];
  const lookAround = () => { roots = rootsIn(document); };
  const all = (css) => roots.flatMap((root) => [...root.querySelectorAll(css)]);
  const holder = (one) => path(one).at(-2);
  const holds = (one, other) => path(other).includes(one);
  const elements = (one) => parts(one).filter((part) => part.nodeType === Node.ELEMENT_NODE);
  const nearest = (one, css) => path(one).findLast((step) => step.matches(css));
  // Not by `innerText`: that tells nothing of what is in the shadow, or is drawn when it comes into sight.
  const isHidden = (node) => node.nodeType === Node.ELEMENT_NODE && !node.checkVisibility({ visibilityProperty: true });
  const read = (one) => allText(one, isHidden);
  const FORMULAS = "math, mjx-container, .katex, .MathJax";
  const THINKING = /(?:^|[^a-z])(?:think(?:ing)?|thoughts?|reasoning)(?![a-z])/i;
  const HAS = /^(?:has|with|is|no|can|show)[-_]/;
  const isThought = (one) => {
    const told = [...one.attributes].filter(({ name }) => /^(?:class|id|aria-label|data-.*)$/.test(name));
    const summary = one.localName === "details" ? one.querySelector("summary")?.textContent ?? "" : "";
    const says = (value) => value.length < 200 && value.split(/\s+/).some((word) => THINKING.test(word) && !HAS.test(word));
    return told.some(({ value }) => says(value)) || THINKING.test(summary);
  };
  // What stands above thoughts, and may fold them away.
  const HEADER = /^\W*(?:thought for\b|(?:show|hide|view) (?:thinking|thoughts?|reasoning)\b|(?:thinking|reasoning|thoughts?)\W*$)/i;
  const isHeader = (one) => read(one).length < 60 && HEADER.test(read(one).trim());
  const isThinking = (one) => {
    const [first, ...more] = elements(one).filter((part) => visible(part) && said(part));
    return (more.length > 0 && isHeader(first)) || (one.previousElementSibling && isHeader(one.previousElementSibling));
  };
  const isButton = (one) => one.matches(BUTTONS);
  // A page's own note, such as one that it failed.
  const NOTE = '[role="alert"], [aria-live="assertive"]';
  const FAILURE = /(?:^|[-_])(?:error|failure)(?:[-_]?(?:message|text|note|banner|toast))?$/i;
  const isNote = (one) => one.matches(NOTE) || [...one.classList].some((name) => FAILURE.test(name) && !HAS.test(name));
  // What an answer says: without what the model thought before it.
  const spoken = (one, isApart = isThought) => {
    if (one.nodeType !== Node.ELEMENT_NODE) return one.textContent;
    const inner = all("*").filter((other) => other !== one && holds(one, other) && isApart(other));
    if (!inner.length) return read(one);
    const kept = parts(one).filter((part) => !(part.nodeType === Node.ELEMENT_NODE && isApart(part)));
    return kept.map((part) => spoken(part, isApart)).join("\n");
  };
  // The same without formulas, whose drawing has other letters than their source, and twice.
  const plain = (one, isApart) => spoken(one, (part) => isApart(part) || part.matches(FORMULAS)) || spoken(one, isApart);
  const letters = (text) => (text ?? "").replace(/[^\p{L}\p{N}]+/gu, "");
  const said = (element) => letters(read(element));
  const quoted = (text) => `"${text.replace(/["\\]/g, "\\$&").replace(/[\n\r\f]/g, (sign) => `\\${sign.codePointAt(0).toString(16)} `)}"`;
  // Not what is counted or made up: it is another one next time.
  const lasting = (text) => text.length < 60 && text.isWellFormed() && !/(?:^[a-z]{0,3}|[-_])\d+$/i.test(text) && !/\d{3}|[0-9a-f]{8}|:|\s{2}/i.test(text);

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
    // An element that the page's makers have named themselves.
    if (tag.includes("-")) found.push(CSS.escape(tag));
    for (const name of element.classList)
      if (/^[a-z][a-z_-]{2,}$/i.test(name) && !UTILITY.test(name)) found.push(`.${CSS.escape(name)}`);
    add((name) => name === "role" || name === "type", tag);
    // So short is what a person writes by hand, and what a tool makes up: the last to be asked.
    for (const name of element.classList) if (/^[a-z]{1,2}$/.test(name)) found.push(`.${name}`);
    return [...new Set(found)];
  };

  const trail = (element) => {
    const steps = [];
    for (let one = element; one && one !== document.body; one = one.parentElement) {
      const named = names(one).find((css) => all(css).length === 1);
      if (named) return [named, ...steps].join(" > ");
      const alike = [...one.parentNode.children].filter((other) => other.localName === one.localName);
      steps.unshift(alike.length > 1 ? `${one.localName}:nth-of-type(${alike.indexOf(one) + 1})` : one.localName);
    }
    return [...(element.getRootNode() === document ? ["body"] : []), ...steps].join(" > ");
  };

  // CSS that finds the element and nothing else that can be seen: up to two, best first.
  const only = (element) => {
    const isAlone = (found) => found.includes(element) && found.filter(visible).every((one) => one === element);
    const alone = names(element).filter((css) => isAlone(all(css)));
    return alone.length ? alone.slice(0, 2) : [trail(element)];
  };

  const words = (element) => {
    const own = ["aria-label", "title", "placeholder", "name", "id", "data-testid", "class", "value"];
    // What a field is for often stands in its label alone.
    const shown = element.matches(FIELDS) ? [...(element.labels ?? [])].map(read).join(" ") : (read(element) ?? "");
    const told = `${own.map((name) => element.getAttribute(name) ?? "").join(" ")} ${shown.slice(0, 40)}`;
    return told.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  };
  const best = (elements, score, least) => {
    const found = elements.map((element) => [score(element), element]).filter(([points]) => points >= least);
    return found.sort(([one], [other]) => other - one)[0]?.[1];
  };
  const shared = (one, other) => {
    let above = one;
    while (above && !holds(above, other)) above = holder(above);
    return above;
  };
  const steps = (element, above) => {
    let count = 0;
    for (let one = element; one && one !== above; one = holder(one)) count += 1;
    return count;
  };

  const composer = () => best(all(FIELDS).filter((one) => visible(one) && !one.readOnly && !nearest(one, '[role="search"]')), (one) => {
    const box = one.getBoundingClientRect();
    const about = /messag|ask|chat|prompt|writ|type|say|question|talk/.test(words(one)) ? 3 : 0;
    const other = /search|filter|e[- ]?mail|user|passw|url|title|token/.test(words(one)) ? -5 : 0;
    const kind = one.localName === "input" ? 0 : 2;
    return about + other + kind + 2 * (box.width / innerWidth) + (box.top > innerHeight / 2 ? 1 : 0);
  }, 2);

  // What may stand beside a composer's buttons, in letters: more is a turn, or another part of the page.
  const LITTLE = 40;
  // Whether a button is a composer's: in its form, or behind it where no turn stands. Others send something else.
  const isOf = (field, one) => {
    const apart = nearest(one, `footer, ${BESIDE}`), form = nearest(field, "form");
    if (apart && !holds(apart, field)) return false;
    if (form && holds(form, one)) return true;
    const above = shared(field, one), level = path(above).length, inside = parts(above);
    const [own, other] = [field, one].map((each) => path(each)[level]);
    const beside = allText(other, (part) => isButton(part) || isHidden(part) || part.matches("select"));
    return inside.indexOf(other) > inside.indexOf(own) && letters(beside).length < LITTLE;
  };
  const sender = (field) => best(all(BUTTONS).filter((one) => visible(one) && one !== field && isOf(field, one)), (one) => {
    const above = shared(field, one);
    const near = above && above !== document.body ? Math.max(0, 6 - steps(field, above)) : 0;
    const isGo = [read(one), one.value, one.ariaLabel].some((text) => /^\W*go\W*$/i.test(text ?? ""));
    const means = isGo || /(?<![a-z])(?:btn|button)?(?:send|submit|ask)(?:btn|button|icon)?(?![a-z])|arrow-?up|paper-?plane/.test(words(one)) ? 5 : 0;
    const other = /attach|file|upload|voice|micro|record|stop|new|model|menu|setting|clear|share|emoji|search|audio|feedback|report/.test(words(one)) ? -6 : 0;
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

  let before = new Map(), during = new Map(), noted = new Set(), stood;

  const survey = () => {
    lookAround();
    const found = login();
    const field = found.login_password ? undefined : composer();
    const fresh = best(all(`${BUTTONS}, a`).filter(visible), (one) => /\bnew[\s_-]*(?:chat|conversation|thread)\b|start over/.test(words(one)) ? 1 : 0, 1);
    if (field) {
      found.chat_input = only(field);
      const button = sender(field);
      if (button) found.send_button = only(button);
    }
    if (fresh) found.new_chat_button = only(fresh);
    const frames = all("iframe").filter(visible).map((one) => only(one)[0]);
    return { title: document.title.toWellFormed(), kind: field ? kind(field) : "", selectors: found, frames };
  };

  const WORK = '[class*="spinner" i], [class*="loading" i], [class*="loader" i], [class*="typing" i], [role="progressbar"], [aria-busy="true"]';
  const WAITING = /\b(?:loading|sending|generating|thinking|working|waiting|please wait)\b/;
  const working = () => all(WORK).filter(visible);
  let idle = new Set(), spun = new Map(), shownIn = new Map();

  const shown = () => all(BUTTONS).filter(visible);
  const finds = (css) => all(css).some(visible);
  // Buttons and signs of work that came with the answer, and the last beat in which their CSS found something:
  // what a quick answer shows of its work is gone before anybody asks.
  const note = () => {
    watch();
    for (const one of shown())
      if (!during.has(one) && before.get(one) !== words(one)) during.set(one, { words: words(one), css: only(one), came: growth.beat() });
    for (const one of working()) if (!idle.has(one) && !spun.has(one)) spun.set(one, { css: only(one) });
    for (const { css } of [...during.values(), ...spun.values()])
      for (const name of css) if (finds(name)) shownIn.set(name, growth.beat());
  };
  // What is written is what is no button: the buttons of an answer come when it is complete.
  const written = (...nodes) => letters(nodes.map((one) => (typeof one === "string" ? one : allText(one, isButton))).join(" "));
  const growth = growthOf(path, written, note);
  const watch = () => {
    lookAround();
    growth.watch(roots);
  };
  const notes = () => all("*").filter((one) => isNote(one) && visible(one) && said(one));
  const mark = (message) => {
    stood = own(message);
    noted = new Set(notes());
    before = new Map(shown().map((one) => [one, words(one)]));
    during = new Map();
    idle = new Set(working());
    spun = new Map();
    shownIn = new Map();
    growth.forget();
    watch();
  };
  // How much there is to read: a page whose text grows is at work.
  const sample = () => {
    note();
    return said(document.body).length;
  };

  // Whether an answer says *one* among other words of a line: what was asked, once more.
  const quotes = (answer, one) => {
    if (!holds(answer, one)) return false;
    const line = path(one).findLast((step) => getComputedStyle(step).display !== "inline");
    return said(line) !== said(one);
  };
  const own = (message) => {
    const wanted = letters(message);
    const isPage = (one) => one === document.body || one === document.documentElement;
    const found = all("*").filter((one) => visible(one) && said(one) === wanted && !isPage(one) && !nearest(one, BESIDE) && !nearest(one, FIELDS));
    const came = found.filter((one) => growth.last(one));
    const last = (came.length ? came : found).reduce((last, one) => (last && rows(last).some((row) => quotes(row, one)) ? last : one), undefined);
    const isInner = (one) => !parts(one).some((part) => part.nodeType === Node.ELEMENT_NODE && said(part) === wanted && visible(part));
    return last && found.findLast((one) => holds(one, last) && isInner(one));
  };
  // No answer, nor a part of one.
  const isAside = (one) => isThought(one) || isNote(one) || isButton(one);
  const isTurn = (one) => visible(one) && letters(spoken(one, isAside)) && !isAside(one) && !nearest(one, `footer, ${BESIDE}`) && !one.querySelector(FIELDS) && !one.matches(FIELDS);
  // What stands beside our turn, and beside what holds it: as far as the first level goes, and as a thread does.
  const beside = (turn, side, fits) => {
    const found = [], isThread = (one) => !all(FIELDS).some((field) => holds(one, field));
    for (let one = turn; one && one !== document.body && (!found.length || isThread(holder(one))); one = holder(one))
      for (let next = one[side]; next; next = next[side]) if (isTurn(next) && fits(next)) found.push(next);
    return found;
  };
  // What was written since our turn, after it or, where the newest is first, before it; else what follows it.
  const rows = (turn) => {
    const isLater = (one) => growth.last(one) > growth.last(turn);
    for (const side of ["nextElementSibling", "previousElementSibling"]) {
      const later = beside(turn, side, isLater);
      if (later.length) return later;
    }
    return beside(turn, "nextElementSibling", () => true).slice(0, 1);
  };
  const isProse = (one) => one.matches("p, pre, ul, ol, table, blockquote, h1, h2, h3, h4");
  const look = (one) => `${one.localName} ${one.className}`;
  // What may be the answer to our turn, what is best first; and why another may be it as well.
  // Law: of parts that were written at different times none is taken for the answer by its place or length alone.
  const answersTo = (mine) => {
    const since = growth.last(mine), gone = new Set();
    // Whether it was written since then once, as what is drawn whole, or more often, as what streams.
    const often = (one) => Math.min(2, growth.beats(one).filter((beat) => beat > since).length);
    const most = (ones) => Math.max(0, ...ones.map(often));
    const unthought = (ones) => {
      const told = ones.filter((one) => !isHeader(one)), own = told.filter((one) => !isThinking(one));
      // Under a folded header stands the answer itself.
      const kept = own.length && most(own) >= most(told) ? own : told.length ? told : ones;
      for (const one of ones) if (!kept.includes(one)) gone.add(one);
      return kept;
    };
    const isApart = (one) => isThought(one) || gone.has(one);
    const blocks = (text) => elements(text).filter((one) =>
      !isThought(one) && visible(one) && said(one) && !isButton(one) && getComputedStyle(one).display !== "inline");
    // From a turn to its text: past names, pictures and buttons, but not into a paragraph; and what it passes by.
    const texts = (turn) => {
      const passed = [];
      for (let text = turn; ; ) {
        const told = unthought(blocks(text)).sort((one, other) => said(other).length - said(one).length);
        const [main, ...others] = told;
        if (!main || told.some(isProse)) return [text, ...passed];
        if (said(main).length < 0.5 * letters(spoken(text, isApart)).length) {
          const alike = told.filter((one) => often(one) === most(told));
          return [text, ...passed, ...(new Set(alike.map(look)).size > 1 ? alike : [])];
        }
        passed.push(...others);
        text = main;
      }
    };
    const found = unthought(rows(mine)).flatMap((row) => texts(row).map((text) => ({ row, text })));
    const best = found.find(({ text }) => often(text) === most(found.map((one) => one.text)));
    const isRival = ({ text }) => often(text) > 0 && often(text) === often(best.text) &&
      (often(text) > 1 || growth.last(text) !== growth.last(best.text));
    const others = found.filter((one) => one !== best);
    return { found: best ? [best, ...others] : [], rivals: best ? others.filter(isRival) : [], isApart };
  };

  // An id is one element's: every turn has another.
  const kinds = (element) => names(element).filter((css) => !css.startsWith("#"));
  // What an element looks like, where its page names nothing by what it is for.
  const looks = (element) => [...element.classList].filter((name) => UTILITY.test(name)).map((name) => `.${CSS.escape(name)}`);
  // CSS that finds a turn's text, and every other turn of its kind, but nothing of those of other kinds.
  const turnCss = (text, others) => {
    const named = cssOf(text, others);
    return named.length ? named : cssOf(text, others, (one) => [...kinds(one), ...looks(one)]);
  };
  const cssOf = (text, others, namesOf = kinds) => {
    const above = shared(text, others[0]) ?? document.body, candidates = [...namesOf(text)];
    const holders = [];
    for (let one = holder(text); one && one !== above; one = holder(one)) holders.push(one);
    const whole = holders.filter((one) => said(one) === said(text)).flatMap(namesOf);
    const within = (lasts) => holders.flatMap(namesOf).flatMap((name) => lasts.map((last) => `${name} ${last}`));
    // All of a turn is better than a paragraph without a name: the next one may have two.
    candidates.push(...within(namesOf(text)), ...whole, ...(namesOf(text).length ? [] : within([text.localName])));
    const fits = candidates.filter((css) => {
      const found = all(css);
      return found.some((one) => holds(one, text)) && found.every((one) => !others.some((other) => holds(one, other) || holds(other, one)) && !found.some((two) => two !== one && holds(one, two)));
    });
    return [...new Set(fits)].sort((one, two) => all(one).length - all(two).length).slice(0, 2);
  };

  // What the page says in an answer's place: a note that came with the message and holds no turn, or a login.
  const failure = (mine) => {
    const note = notes().find((one) => !noted.has(one) && !holds(one, mine));
    const css = note ? names(note).filter((name) => all(name).every(isNote)).slice(0, 1) : [];
    const turn = mine ? kinds(mine).slice(0, 2) : [];
    const selectors = { ...(turn.length ? { user_turn: turn } : {}), ...(css.length ? { error: css } : {}) };
    const came = growth.last(document.body) > (mine ? growth.last(mine) : 0);
    return { failed: Boolean(note), login: Boolean(login().login_password), came, selectors };
  };
  // Whether the page shows that the message went: as a turn that was not there, or by a composer without it.
  const went = (message) => {
    lookAround();
    const mine = own(message), wanted = letters(message);
    const isWritten = (field) => visible(field) && letters(field.value ?? read(field)).includes(wanted);
    return Boolean(mine && mine !== stood) || !all(FIELDS).some(isWritten);
  };

  // What is known of the answer: of the best of what may be it, or of that in another *place*.
  const turns = (message, place = 0) => {
    lookAround();
    const mine = own(message);
    const { found, rivals, isApart } = mine ? answersTo(mine) : { found: [] };
    if (!found.length) return { found: false, ...failure(mine), texts: [], rivals: [] };
    const { row: turn, text } = found[place] ?? found[0], selectors = {};
    const others = found.map((one) => one.text).filter((one) => !holds(one, text) && !holds(text, one));
    selectors.user_turn = turnCss(mine, [text]);
    selectors.response_area = turnCss(text, [mine, ...others]);
    // What says how the answer stands must find nothing else: a fallback that does would say it always.
    const whole = growth.last(text);
    const ended = (signs) => signs.flatMap(({ css }) => css).filter((css) => !finds(css) && shownIn.get(css) >= whole - 1).slice(0, 1);
    selectors.stop_button = ended([...during.values()].filter((one) => /stop|cancel|abort|interrupt|halt/.test(one.words)));
    // A button may say itself that the page works, in the place of what it does.
    const waiting = [...during.values()].filter((one) => WAITING.test(one.words));
    if (!selectors.stop_button.length) selectors.busy = ended([...spun.values(), ...waiting]);
    const fresh = (css) => all(css).every((one) => !before.has(one));
    const since = (css) => Math.min(...[...during].filter(([one]) => one.matches(css)).map(([, { came }]) => came));
    const next = turn.nextElementSibling;
    const belongs = (one) => holds(turn, one) || (next && holds(next, one));
    const complete = shown().filter((one) => !before.has(one) && !holds(text, one) && belongs(one));
    const copy = complete.find((one) => /copy/.test(words(one)));
    const lasts = [copy, ...complete.filter((one) => /retry|regenerat|again|like|good|thumb|read|share/.test(words(one)))].filter(Boolean);
    selectors.finished = lasts.flatMap((one) => cssOf(one, [mine])).filter((css) => fresh(css) && since(css) >= whole).slice(0, 1);
    if (copy) selectors.copy_button = cssOf(copy, [mine]).filter(fresh).slice(0, 1);
    const thoughts = all("*").filter((one) => isThought(one) && visible(one) && !holds(one, mine) && !holds(one, text));
    const thought = thoughts.find((one) => !thoughts.some((other) => other !== one && holds(other, one)) && said(one));
    const isBeside = (css) => all(css).every((one) => !holds(one, text) && !holds(one, mine));
    if (thought) selectors.reasoning = names(thought).filter(isBeside).slice(0, 1);
    for (const name of Object.keys(selectors)) if (!selectors[name].length) delete selectors[name];
    const doubts = rivals.length ? [found[0], ...rivals].map((one) => ({ css: only(one.text)[0], letters: said(one.text).length })) : [];
    return { found: true, failed: false, login: false, came: true, selectors, texts: found.map((one) => plain(one.text, isApart).toWellFormed()), rivals: doubts };
  };

  return { survey, mark, watch: note, sample, went, turns };
})
