// Looks at a chat page and changes nothing on it, but that `unroll` scrolls and puts back what it scrolled. Runs in a
// world of its own where the browser has such.
// `config`: `selectors`, lists of CSS by name; `markdown_attribute` and `markdown_prefix`.
// `seen`: what `seeing.js` tells. `drawing`: `drawn.js`.
(seen, drawing) => (config) => {
  const { isText, parts, path, rootsIn, said, text, visible } = seen;
  let roots = [document];
  const every = (selector) => roots.flatMap((root) => [...root.querySelectorAll(selector)]);
  const all = (name) => config.selectors[name].map(every).find((found) => found.length) || [];
  const foundBy = (name) => config.selectors[name].flatMap(every);
  const shown = (name) => foundBy(name).find(visible) || null;
  const isEnabled = (element) => !element.disabled && element.getAttribute("aria-disabled") !== "true";
  // Some pages hide what stops them while they do nothing, others only disable it.
  const stops = () => foundBy("stop_button").some((one) => visible(one) && isEnabled(one));
  const works = () => stops() || Boolean(shown("busy") || shown("send_button_loading"));

  // Only a long text is known by standing in another one. A text without letters is known by its signs.
  const LONG = 40;
  const LABEL = 20;
  const letters = (text) => text.replace(/[^\p{L}\p{N}]+/gu, "") || text.replace(/[\s\u200b-\u200d\ufe0f\ufeff]+/gu, "");
  const isSame = (one, sent) => one === sent || (sent.length >= LONG && one.includes(sent));
  const isOurs = (turn, sent) => !sent || isSame(letters(said(turn)), sent) || isSame(letters(text(turn)), sent);

  const { isDrawn, source, unroll } = drawing(config, every, letters);

  // The order in which turns are read, which is not the document's where the browser draws the last one first.
  const turnsRound = (element) => {
    const style = getComputedStyle(element);
    const stacked = /flex/.test(style.display) && style.flexDirection === "column-reverse";
    return stacked !== /^matrix\([^,]+,[^,]+,[^,]+, ?-/.test(style.transform);
  };
  const inOrder = (elements) => {
    const paths = new Map(elements.map((element) => [element, path(element)]));
    const rounds = new Map();
    const isRound = (element) => {
      if (!rounds.has(element)) rounds.set(element, turnsRound(element));
      return rounds.get(element);
    };
    const compare = (one, other) => {
      const [first, second] = [paths.get(one), paths.get(other)];
      let at = 0;
      while (at < first.length && first[at] === second[at]) at += 1;
      if (at === first.length || at === second.length) return first.length - second.length;
      const isAfter = first[at].compareDocumentPosition(second[at]) & Node.DOCUMENT_POSITION_FOLLOWING;
      return (isAfter ? -1 : 1) * (at && isRound(first[at - 1]) ? -1 : 1);
    };
    return [...elements].sort(compare);
  };

  const upTo = (list, isEnd) => {
    const end = list.findIndex(isEnd);
    return end < 0 ? list : list.slice(0, end);
  };
  // What of `ones` follows `start`, up to the next of `turns`.
  const following = (start, turns, ones, isUpward = false) => {
    const ordered = inOrder([...new Set([...turns, ...ones])]);
    if (isUpward) ordered.reverse();
    return upTo(ordered.slice(ordered.indexOf(start) + 1), (one) => turns.includes(one));
  };

  // Elements, and what they said when they were marked: a list that recycles its elements makes them say more.
  const marked = new WeakMap();
  const wholeText = (element) => (roots.length > 1 ? text(element) : element.textContent);
  const isNew = (element) => marked.get(element) !== wholeText(element);
  let anchor = null;
  // Whether our turn was seen: a list may take it out again while it is answered.
  let mine = false;
  // Whether it is there now; one that said what we sent is not another that says something else.
  let here = false;
  // The letters of that other one, where it is in the place of ours. It may be ours drawn otherwise where it is the
  // same element and nothing is answered yet, and where the answer, as last seen under ours, goes on under it. Where
  // ours was never seen as we sent it, it is the one that came.
  let instead = "";
  let own = null;
  let answered = "";
  let isKnown = false;
  // The thread when it was marked, as far as it was shown, and whether it has its newest turn first.
  let before = [];
  let upward = false;

  // All turns that are shown, first to last; a turn within a turn is a part of it.
  const readThread = () => {
    const users = new Set(all("user_turn"));
    const thoughts = thoughtsIn();
    const isThought = (turn) => thoughts.size && path(turn).some((holder) => thoughts.has(holder));
    const areas = new Set(all("response_area").filter((turn) => !users.has(turn) && !isThought(turn)));
    // What stands in a turn of the user is a part of that, unless the Site finds question and answer as one.
    const isApart = [...areas].some((area) => !path(area).some((one) => users.has(one)));
    const isInUser = (turn, one) => users.has(one) && (isApart || wholeText(one) === wholeText(turn));
    const isPart = (turn) => path(turn).slice(0, -1).some((one) => areas.has(one) || isInUser(turn, one));
    const turns = inOrder([...users, ...areas].filter((turn) => !isPart(turn)));
    return (upward ? turns.reverse() : turns).map((turn) => ({ turn, isUser: users.has(turn) }));
  };
  const key = ({ turn, isUser }) => `${isUser} ${wholeText(turn)}`;

  // What came after the thread that was marked, in a list that makes its elements anew or says other things with
  // them: it moved on by as much as the two ends overlap. Null where that cannot be told.
  const cameAfter = (thread) => {
    const keys = thread.map(key);
    for (let length = Math.min(before.length, keys.length); length > 0; length -= 1) {
      if (before.slice(-length).some((one, at) => one !== keys[at])) continue;
      // Where no element says anything else than before, nothing moved: they are alike by chance.
      if (!thread.slice(0, length).some(({ turn }) => isNew(turn))) return null;
      return thread.slice(length);
    }
    return null;
  };
  const usersOf = (items) => items.filter(({ isUser }) => isUser).map(({ turn }) => turn);
  const answersOf = (items) => items.filter(({ isUser }) => !isUser).map(({ turn }) => turn);
  const isAlike = (one, other) => {
    let at = 0;
    while (at < one.length && one[at] === other[at]) at += 1;
    return at * 2 >= Math.max(one.length, 1);
  };
  // A turn that came is ours, though the page may draw it otherwise. One that was there may be drawn anew and say
  // something else with it, such as how long ago it was sent: where there are no more turns than before, it is none.
  const newest = (turns) => {
    const last = turns.filter((turn) => !marked.has(turn)).pop();
    const old = before.filter((one) => one.startsWith("true ")).map((one) => one.slice(5));
    const isOld = last && turns.length <= old.length && old.some((one) => isAlike(one, wholeText(last)));
    return last && !isOld ? last : null;
  };
  const stoodAt = (turn, at) => at < before.length && isAlike(before[at].replace(/^\w+ /, ""), wholeText(turn));
  // An answer that stood there may be drawn anew with more in it, as when its sources come.
  const isDrawnAnew = (turn, at) => before.length < thread.length && stoodAt(turn, at);
  // A page may have one place for questions and one for answers, and fill them anew. The one for answers counts once
  // it said nothing, or is written anew and says something else: an old answer whose buttons come or go, or that is
  // only drawn again, stays an old one.
  let refilled = null;
  let slotSaid = "";
  const textsIn = (node) => (isText(node) ? (/\S/.test(node.data) ? [node] : []) : parts(node).flatMap(textsIn));
  const isWritten = (turn) => {
    const came = (text) => path(text).slice(path(turn).length).some((one) => arrivals.get(one) > markedAt);
    return textsIn(turn).every(came);
  };
  const slotIn = (thread) => {
    const [slot, ...others] = answersOf(thread);
    const isAsBefore = thread.length === before.length && thread.every(({ turn }) => marked.has(turn));
    if (!slot || others.length || thread.length > 2 || !isAsBefore) return null;
    const now = said(slot);
    const isOther = !slotSaid.startsWith(now) && !now.startsWith(slotSaid);
    if (!slotSaid.trim() || !now.trim() || (isOther && isWritten(slot))) refilled = slot;
    return refilled === slot && now.trim() ? slot : null;
  };
  // A turn of the user, made anew with the answer that stood under it, in a thread that has become no longer: its own
  // answer comes yet, or it is not ours.
  const isMadeAnew = (turn) => {
    if (marked.has(turn) || thread.length > before.length) return false;
    const at = thread.findIndex((one) => one.turn === turn);
    return [at, at + 1].every((place) => thread[place] && stoodAt(thread[place].turn, place));
  };
  const findAnchor = (thread, sent, afresh, slot) => {
    const later = afresh ? null : cameAfter(thread);
    const turns = usersOf(later || thread);
    const candidates = later || afresh ? turns : turns.filter((turn) => isNew(turn) && !isMadeAnew(turn));
    // The same question again, in its place: nothing tells it but what came under it.
    const asked = slot && sent ? turns : [];
    const ours = [...asked, ...candidates].filter((turn) => isOurs(turn, sent)).pop();
    // Found again it must be ours.
    const other = () => (later ? candidates.pop() : newest(turns));
    const found = ours || (!afresh && other()) || (turns.includes(anchor) ? anchor : null);
    return { found, ours, later };
  };
  const came = (node) => path(node).reduce((latest, one) => Math.max(latest, arrivals.get(one) || 0), 0);
  // Whether a list that shows its newest turn first got ours: all that stood there stand after it.
  const goesUp = (thread, mine) => {
    // One that stood there and was filled anew does not tell where new ones come.
    if (marked.has(mine)) return false;
    const at = thread.findIndex(({ turn }) => turn === mine);
    const old = thread.findIndex(({ turn }) => !isNew(turn));
    if (old >= 0 || before.length) return at < old && !thread[old].isUser;
    return at === thread.length - 1 && at > 0 && thread.slice(0, at).every(({ turn }) => came(turn) > came(mine));
  };
  // What the model thinks is no part of an answer, be it in a turn, beside one, or drawn as one.
  const thoughtsIn = () => new Set(all("reasoning"));
  let thread = [];
  // Of an answer that the page asked for again it shows the last one, and hides what broke off.
  const withoutHidden = (turns) => {
    const left = turns.length > 1 ? turns.filter(isDrawn) : turns;
    if (!left.some((turn) => /\S/.test(wholeText(turn)))) return turns;
    thread = thread.filter(({ turn }) => left.includes(turn) || !turns.includes(turn));
    return left;
  };
  let message = "";
  let messageLetters = "";
  const findTurns = (sent, afresh) => {
    if (sent !== message) [message, messageLetters] = [sent, letters(sent)];
    return withoutHidden(answersTo(messageLetters, afresh));
  };
  // Whether the first turn that came is ours, on a page whose turns of the user nobody tells from answers: it was there
  // before any sign of work, or says just what we sent and has its answer behind it, or still to come.
  // Where its page writes before it whose it is, it must be there before the answer's.
  let isFirstOwn = false;
  const oneLine = (text) => text.trim().replace(/\s+/g, " ");
  const isLabelled = (told, sent) =>
    sent.length >= 4 && told.length <= sent.length + LABEL && (told.startsWith(sent) || told.endsWith(sent));
  const isOwn = ([first, ...others], sent) => {
    if (!first || !sent) return false;
    const told = letters(said(first));
    if (!isSame(told, sent) && !(isLabelled(told, sent) && (others.length > 0 || worked))) return false;
    isFirstOwn = isFirstOwn || textsIn(first).every((text) => came(text) <= workedAt);
    const isAnswered = others.length > 0 || !worked || works();
    return isFirstOwn || (isAnswered && oneLine(said(first)) === oneLine(message));
  };
  const answersTo = (sent, afresh) => {
    thread = readThread();
    const slot = afresh ? null : slotIn(thread);
    const { found, ours, later } = findAnchor(thread, sent, afresh, slot);
    anchor = found;
    mine = mine || Boolean(anchor);
    isKnown = isKnown || Boolean(ours);
    here = Boolean(sent && anchor && (ours || !isKnown || isAlike(letters(said(anchor)), sent)));
    if (ours) own = anchor;
    const isOther = isKnown ? !here && (answered || anchor !== own) : !ours;
    instead = sent && anchor && isOther ? letters(said(anchor)) : "";
    if (anchor) {
      if (ours && !afresh && !later && !upward && goesUp(thread, anchor)) {
        upward = true;
        thread.reverse();
        before.reverse();
      }
      const rest = thread.slice(thread.findIndex(({ turn }) => turn === anchor) + 1);
      // What goes with our message, such as a file, may be drawn as a turn of its own behind it.
      const isBeside = ({ turn, isUser }) => isUser && !afresh && !marked.has(turn);
      const first = Math.max(0, rest.findIndex((item) => !isBeside(item)));
      const isOld = (turn) => !afresh && !later && !isNew(turn) && turn !== slot;
      return answersOf(upTo(rest, ({ isUser }, at) => isUser && at >= first)).filter((turn) => !isOld(turn));
    }
    const hasUsers = thread.some(({ isUser }) => isUser);
    if (afresh) return hasUsers ? [] : answersOf(thread).slice(-1);
    // The page shows the user's turns and ours is not among them yet: nothing can be an answer to it.
    if (hasUsers && !mine) return [];
    if (slot && !hasUsers) return [slot];
    const unseen = answersOf(later || thread.filter(({ turn }, at) => !marked.has(turn) && !isDrawnAnew(turn, at)));
    return isOwn(unseen, sent) ? unseen.slice(1) : unseen;
  };

  // What stands in an editor: text, pictures, and what no caret reaches, each with what it says.
  const emoji = /\p{Extended_Pictographic}/u;
  const picture = (node, style) => {
    const told = node.getAttribute("alt") || [...node.attributes].map(({ value }) => value).find((it) => emoji.test(it));
    if (node.localName === "img") return node.hasAttribute("src") || told ? told || "" : null;
    if (node.textContent) return null;
    const drawn = ["svg", "canvas"].includes(node.localName) || node.getAttribute("role") === "img";
    return drawn || told || style.backgroundImage !== "none" ? told || "" : null;
  };
  const partsOf = (editor) => {
    const parts = [];
    const walk = (node, kind, keeps) => {
      if (node.nodeType === Node.TEXT_NODE) parts.push([kind, keeps ? node.data : node.data.replace(/\n/g, " ")]);
      if (node.nodeType !== Node.ELEMENT_NODE) return;
      if (node.localName === "br") return parts.push(["text", "\n"]);
      const style = getComputedStyle(node);
      if (style.display === "none" || style.visibility === "hidden") return;
      const told = node === editor ? null : picture(node, style);
      if (told !== null) return parts.push(["picture", told]);
      const block = !/^(inline|contents|ruby)/.test(style.display);
      if (block) parts.push(["text", "\n"]);
      const inner = node.isContentEditable ? kind : "fixed";
      for (const child of node.childNodes) walk(child, inner, /^(pre|break)/.test(style.whiteSpace));
      if (block) parts.push(["text", "\n"]);
    };
    walk(editor, "text", false);
    return parts;
  };
  const held = () => {
    const composer = shown("chat_input");
    if (!composer) return null;
    const isClosed = composer.getAttribute("contenteditable") === "false";
    const shut = isClosed || Boolean(composer.disabled || composer.readOnly);
    const keeps = /^(pre(?!-line)|break)/.test(getComputedStyle(composer).whiteSpace);
    if (isClosed || composer.isContentEditable) return { kind: "editor", parts: partsOf(composer), most: null, shut, keeps };
    if (!["input", "textarea"].includes(composer.localName)) return { kind: "other", parts: [], most: null, shut };
    const most = composer.maxLength >= 0 ? composer.maxLength : null;
    const kind = composer.localName === "input" ? "line" : "field";
    return { kind, parts: [["text", composer.value]], most, shut };
  };
  const written = () => {
    const now = held();
    if (!now) return null;
    const texts = now.parts.filter(([kind]) => kind !== "fixed").map(([, text]) => text);
    return texts.join("").replace(/[\u200b\u2060\ufeff]/g, "");
  };
  // From what is pressed up to its document; first the form that a press sends.
  const route = (name) => {
    const pressed = shown(name);
    if (!pressed) return [];
    const way = path(pressed).reverse().flatMap((one) => [one, one.getRootNode()]).filter((one) => one !== document);
    return [...new Set([(pressed.type === "submit" && pressed.form) || pressed, ...way, pressed.form || pressed]), document];
  };
  // The last one in a turn, or after it and before the next.
  const lastAfter = (name, turns) => {
    const candidates = all(name);
    if (!turns.length || !candidates.length) return null;
    return following(turns.at(-1), thread.map(({ turn }) => turn), candidates).at(-1) || null;
  };

  // What the model thinks, after our turn and before the next one; an area within an area is a part of it.
  const findThoughts = () => {
    const found = inOrder([...thoughtsIn()].filter((one, _, every) => !every.some((two) => two !== one && path(one).includes(two))));
    if (!found.length) return [];
    const users = usersOf(thread);
    const start = anchor || users.at(-1);
    return start ? following(start, users, found, upward) : found.filter(isNew);
  };
  // What the page says of its own failure: a note that came, or says something else than it did.
  const failure = (afresh) => {
    const users = usersOf(thread);
    const isLast = (note) => {
      const turn = users.at(-1);
      return !turn || inOrder([turn, note])[upward ? 1 : 0] === turn;
    };
    const places = foundBy("error");
    for (const one of places) if (!visible(one)) failures.delete(one);
    const notes = places.filter((one) => visible(one));
    const note = notes.filter((one) => (afresh ? isLast(one) : failures.get(one) !== said(one))).pop();
    return note ? said(note).trim().slice(0, 400) : null;
  };
  const menus = () => every("[role=listbox], [role=menu]").filter(visible);
  const open = new WeakSet();
  const failures = new WeakMap();
  const continuing = new WeakSet();
  // Where it is: which of those that a selector finds visible. One under an earlier turn lets that one go on.
  const goOn = (turns) => {
    const placed = (css) => every(css).filter(visible).map((one, at) => ({ one, place: [css, at] }));
    const buttons = config.selectors.continue_button.flatMap(placed).filter(({ one }) => isEnabled(one));
    const last = buttons.length ? lastAfter("continue_button", turns) : null;
    const found = buttons.find(({ one }) => one === last) || buttons.find(({ one }) => !continuing.has(one));
    return found ? found.place : null;
  };

  let news = false;
  let told = false;
  let tell = null;
  let worked = false;
  // How many nodes had come when the first sign of work was seen.
  let workedAt = Infinity;
  const seeWork = () => {
    if (!works()) return false;
    worked = true;
    workedAt = Math.min(workedAt, arrived);
    return true;
  };
  const lastTold = { turns: "[]", thoughts: "[]" };
  const unlessTold = (name, value) => {
    const now = JSON.stringify(value), isTold = now === lastTold[name];
    lastTold[name] = now;
    return isTold ? null : value;
  };
  const observed = new Set();
  // Which nodes came, and texts were written, when: the one thing that tells the answer above our turn from what
  // greeted us there.
  const arrivals = new WeakMap();
  let arrived = 0;
  let markedAt = 0;
  const observer = new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes)
      for (const node of type === "characterData" ? [target] : addedNodes) arrivals.set(node, (arrived += 1));
    // A stop button may come and go between two looks.
    if (!worked) seeWork();
    news = true;
    tellNews();
  });
  const tellNews = () => {
    if (!news || told || !tell) return;
    told = true;
    tell();
  };
  const lookAround = () => {
    roots = rootsIn(document);
    for (const root of roots) {
      if (observed.has(root)) continue;
      observed.add(root);
      observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
    }
  };

  return {
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
      anchor = own = null;
      answered = "";
      worked = mine = isKnown = isFirstOwn = false;
      workedAt = Infinity;
      const now = readThread();
      before = now.map(key);
      refilled = null;
      slotSaid = answersOf(now).map(said).join("");
      markedAt = arrived;
      for (const note of foundBy("error").filter(visible)) failures.set(note, said(note));
      for (const menu of menus()) open.add(menu);
      for (const button of foundBy("continue_button").filter(visible)) continuing.add(button);
      const areas = [...all("response_area"), ...all("user_turn"), ...all("reasoning")];
      for (const turn of areas) marked.set(turn, wholeText(turn));
    },
    // Forgets the signs of work of the answer so far: it was made to go on.
    resume() {
      worked = false;
    },
    // `sent`: our message. `afresh`: nothing was marked, so the last turn counts.
    look(sent, afresh) {
      news = told = false;
      lookAround();
      const stop = seeWork();
      const turns = findTurns(sent, afresh);
      const sources = turns.map((turn) => source(turn));
      const answer = turns.map(wholeText).join("");
      if (isAlike(answered, answer)) instead = "";
      if (!instead) answered = answer;
      const thoughts = findThoughts().map((one) => source(one, true));
      return {
        turns: unlessTold("turns", sources),
        thoughts: unlessTold("thoughts", thoughts),
        failure: failure(afresh),
        goes_on_by: goOn(turns),
        count: turns.length,
        mine,
        here,
        instead,
        left: mine && !anchor && !afresh,
        works: stop,
        worked,
        finished: Boolean(lastAfter("finished", turns)),
        written: written(),
        limit: Boolean(shown("limit_banner")),
        challenge: Boolean(shown("challenge")),
      };
    },
    // Scrolls through what draws only what is in sight, so that all of it is told.
    unroll(sent, afresh) {
      lookAround();
      return unroll(findTurns(sent, afresh));
    },
    can_send: () => !shown("send_button_disabled"),
    // Whether there is something to stop it with.
    stops,
    // Whether it shows that it is at work.
    is_at_work: works,
    // Whether a menu came with what was written, such as that of names: it takes keys.
    suggests() {
      const composer = shown("chat_input");
      return Boolean(composer?.matches("[aria-expanded=true]")) || menus().some((menu) => !open.has(menu));
    },
    // What the composer holds.
    held,
    // What is shown of what was said: the user's turns, and the addresses that the list of conversations has.
    traces() {
      lookAround();
      const links = foundBy("conversation_link").map((link) => link.href);
      return { turns: all("user_turn").map((turn) => said(turn)), links: links.filter((link) => typeof link === "string") };
    },
    route,
    // Whether the browser itself does something when it is pressed.
    sends(name) {
      const pressed = shown(name);
      return Boolean(pressed && (pressed.form || pressed.closest("a[href]")));
    },
    // Asks an address of the page's own origin, as the page could; null where it tells nothing. In its path
    // `{cookie:NAME}` stands for what a cookie holds.
    async fetched(address) {
      const value = (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
      const names = [...address.matchAll(/\{cookie:([^}]+)\}/g)].map(([, name]) => name);
      if (names.some((name) => !value(name))) return null;
      const filled = address.replace(/\{cookie:([^}]+)\}/g, (_, name) => encodeURIComponent(value(name)));
      try {
        const answer = await fetch(filled, { headers: { accept: "application/json" }, redirect: "error" });
        return answer.ok ? await answer.text() : null;
      } catch {
        return null;
      }
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
