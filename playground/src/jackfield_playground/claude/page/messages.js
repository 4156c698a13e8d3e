"use strict";
// The list of messages. Only the last few are in the document, as in pages whose conversations grow long; older ones
// are drawn when one scrolls up, and later ones go then. A message is {sender, text, blocks, streaming, fault, files}.
const createList = (host, scroller, shown, actions) => {
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
  const drawUser = (message) => {
    const made = make(
      `<div class="turn human"><h2 class="sr-only">You said:</h2>
       <div data-testid="user-message" data-user-message-bubble="true" class="!font-user-message"></div></div>`,
    );
    made.querySelector("[data-testid=user-message]").textContent = message.text;
    for (const file of message.files || []) made.prepend(parts.thumbnail(file.file_name));
    return made;
  };
  const drawAssistant = (message) => {
    const made = make(
      `<div class="turn claude"><h2 class="sr-only">Claude responded:</h2>
       <div data-is-streaming="${message.streaming}"><div class="font-claude-response"></div></div></div>`,
    );
    fill(made, message);
    return made;
  };
  const fill = (made, message) => {
    made.querySelector("[data-is-streaming]").dataset.isStreaming = String(Boolean(message.streaming));
    const response = made.querySelector(".font-claude-response");
    parts.draw(response, message.blocks);
    if (message.fault) response.append(make(`<p class="fault" role="alert"></p>`));
    if (message.fault) response.querySelector(".fault").textContent = message.fault;
    if (!message.streaming && !made.querySelector("[role=toolbar]")) made.append(toolbar(message));
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
    const wanted = messages.slice(first, first + shown);
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
      draw();
    },
    last: () => messages[messages.length - 1],
  };
};
