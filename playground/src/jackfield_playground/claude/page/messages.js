"use strict";
// The list of messages. Only the last few are in the document, as in pages whose conversations grow long; older ones
// are drawn when one scrolls up, and later ones go then. A message is {sender, text, blocks, streaming, fault, files}.
const createList = (host, scroller, config, actions) => {
  const { shown, october, merged } = config;
  const messages = [];
  const drawn = new Map();
  let first = 0;

  const make = (html) => {
    const holder = document.createElement("div");
    holder.innerHTML = html;
    return holder.firstElementChild;
  };
  const textOf = (message) =>
    message.blocks
      .filter((block) => block.type === "text")
      .map((block) => block.text)
      .join("\n\n");
  const row = (message, className, title, inner) => {
    const made = make(`<div class="turn ${className}"><h2 class="sr-only"></h2>${inner}</div>`);
    made.querySelector("h2").textContent = title;
    if (october) made.dataset.testid = "transcript-row";
    if (merged) made.dataset.turnKey = message.key;
    return made;
  };
  const drawUser = (message) => {
    const attributes = october ? 'data-cds="UserMessage"' : 'data-user-message-bubble="true" class="!font-user-message"';
    const made = row(message, "human", "You said:", `<div class="bubble" data-testid="user-message" ${attributes}></div>`);
    made.querySelector("[data-testid=user-message]").textContent = message.text;
    for (const file of message.files || []) made.prepend(parts.thumbnail(file.file_name));
    return made;
  };
  const drawAssistant = (message) => {
    const inner = october
      ? `<div class="answer" data-testid="assistant-message"><div data-cds="TurnStatus"></div><div class="body"></div></div>
         <div data-cds="MessageActions" data-testid="message-actions"><time data-cds="RelativeTime">now</time></div>`
      : `<div class="answer"><div class="body font-claude-response"></div></div>`;
    const made = row(message, "claude", "Claude responded:", inner);
    fill(made, message);
    return made;
  };
  const fill = (made, message) => {
    const answer = made.querySelector(".answer");
    // Until the first word of an answer is there, October's page does not say whether it is written.
    if (october && message.streaming === null) delete answer.dataset.isStreaming;
    else answer.dataset.isStreaming = String(Boolean(message.streaming));
    if (october) made.querySelector("[data-cds=TurnStatus]").textContent = message.streaming === false ? "" : "Working…";
    if (october) made.querySelector("h2").textContent = `Claude responded: ${textOf(message).slice(0, 40)}`;
    const response = made.querySelector(".body");
    parts.draw(response, message.blocks, october);
    if (message.fault) response.append(make(`<p class="fault" role="alert"></p>`));
    if (message.fault) response.querySelector(".fault").textContent = message.fault;
    const isOver = !message.streaming && message.streaming !== null;
    if (isOver && !merged && !made.querySelector("[role=toolbar]"))
      (made.querySelector("[data-cds=MessageActions]") || made).append(toolbar(message));
  };
  const toolbar = (message) => {
    const bar = make(
      `<div role="toolbar" aria-label="Message actions" class="bar">
       <button data-testid="action-bar-copy" aria-label="Copy" title="Copy">Copy</button>
       <button aria-label="Good response" title="Good response">Good</button>
       <button data-testid="action-bar-retry" aria-label="Retry" title="Retry">Retry</button></div>`,
    );
    bar.querySelector("[aria-label=Copy]").onclick = () => navigator.clipboard.writeText(textOf(message));
    bar.querySelector("[aria-label=Retry]").onclick = () => actions.retry(message);
    return bar;
  };
  const draw = () => {
    // October's page keeps its last question and the last answer in the document wherever one scrolls.
    const isPinned = (at) => october && at >= messages.length - 2;
    const isShown = (_, at) => (at >= first && at < first + shown) || isPinned(at);
    const wanted = messages.filter(isShown);
    for (const [message, element] of drawn) {
      if (wanted.includes(message)) continue;
      element.remove();
      drawn.delete(message);
    }
    let before = null;
    for (const message of wanted) {
      if (!drawn.has(message)) {
        const made = message.sender === "human" ? drawUser(message) : drawAssistant(message);
        drawn.set(message, made);
        if (before) before.after(made);
        else host.prepend(made);
      }
      before = drawn.get(message);
    }
  };
  const toEnd = () => {
    first = Math.max(0, messages.length - shown);
    draw();
    scroller.scrollTop = scroller.scrollHeight;
  };
  const move = (by) => {
    const wanted = Math.min(Math.max(0, first + by), Math.max(0, messages.length - shown));
    if (wanted === first) return;
    first = wanted;
    draw();
    scroller.scrollTop = by < 0 ? 80 : scroller.scrollHeight - scroller.clientHeight - 80;
  };
  scroller.addEventListener("scroll", () => {
    if (scroller.scrollTop < 20) move(-2);
    else if (scroller.scrollTop + scroller.clientHeight > scroller.scrollHeight - 4) move(2);
  });
  // Where everything that is drawn fits in, nothing scrolls, and yet there is more.
  scroller.addEventListener("wheel", ({ deltaY }) => {
    if (scroller.scrollHeight <= scroller.clientHeight) move(deltaY < 0 ? -2 : 2);
  });
  return {
    add(message) {
      messages.push(message);
      toEnd();
      return message;
    },
    changed(message) {
      const stuck = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 120;
      if (drawn.has(message)) fill(drawn.get(message), message);
      if (stuck) scroller.scrollTop = scroller.scrollHeight;
    },
    drop(message) {
      messages.splice(messages.indexOf(message), 1);
      first = Math.min(first, Math.max(0, messages.length - 1));
      draw();
    },
    last: () => messages[messages.length - 1],
  };
};
