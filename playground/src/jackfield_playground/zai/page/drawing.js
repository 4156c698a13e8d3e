// From an answer to what the page shows of it: markdown, thinking, code in an editor that has no line feeds.
// `renderMarkdown` comes from markdown.js, which the chat pages share.

const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
const editor = (language, code) => {
  const lines = code.replace(/\n$/, "").split("\n");
  const drawn = lines.map((line) => `<div class="cm-line">${escape(line)}</div>`).join("");
  return `<div class="code"><div><span>${escape(language)}</span><button type="button">Copy</button></div>
    <div class="cm-editor"><div class="cm-scroller"><div class="cm-content" data-language="${escape(language)}">${drawn}</div>
    </div></div></div>`;
};

// Older builds keep the thinking in the text itself.
const WRAPPED = /^<details type="reasoning"[^>]*>\s*(?:<summary>[\s\S]*?<\/summary>\n?)?([\s\S]*?)(?:<\/details>\n*|$)/;
const parts = ({ content, thinking }) => {
  const wrapped = content.match(WRAPPED);
  if (!wrapped) return { thought: thinking, text: content };
  return { thought: wrapped[1].replace(/^> ?/gm, "").trim(), text: content.slice(wrapped[0].length) };
};

// What one frame does to an answer.
export const fold = (answer, frame) => {
  const { phase, delta_content: delta, edit_content: edit, edit_index: place } = frame;
  if (phase === "thinking" && !answer.content && delta && !delta.startsWith("<details")) answer.thinking += delta;
  else if (["thinking", "answer"].includes(phase) && delta) answer.content += delta;
  if (edit !== undefined) answer.content = answer.content.slice(0, place) + edit;
  if (phase === "tool_call" && frame.delta_name) answer.tool = frame.delta_name;
  if (frame.done) answer.done = true;
};

const turn = (id, kind, inner) => {
  const made = document.createElement("div");
  made.id = `message-${id}`;
  made.className = "turn";
  made.innerHTML = `<div id="message-${id}-start"></div><div class="${kind} markdown-prose">${inner}</div>`;
  return made;
};

export const drawUser = ({ id, content }) => turn(id, "chat-user", escape(content));

const THINKING = `<div class="thinking-chain-container"><button type="button" hidden>Thought Process ›</button>
  <div class="thinking-block" hidden><blockquote></blockquote></div></div>`;

export const drawAssistant = ({ id }) => {
  const made = turn(id, "chat-assistant", `<div id="response-content-container">${THINKING}<div></div></div>`);
  const chain = made.querySelector(".thinking-chain-container");
  const shown = chain.querySelector(".thinking-block");
  chain.querySelector("button").onclick = () => (shown.hidden = !shown.hidden);
  return made;
};

export const drawAnswer = (made, answer) => {
  const { thought, text } = parts(answer);
  const chain = made.querySelector(".thinking-chain-container");
  chain.querySelector("button").hidden = !thought;
  chain.querySelector("blockquote").textContent = thought;
  if (answer.tool && !chain.querySelector(".tool")) {
    const used = document.createElement("span");
    Object.assign(used, { className: "tool", textContent: `Used ${answer.tool}` });
    chain.append(used);
  }
  made.querySelector("#response-content-container").lastElementChild.innerHTML = renderMarkdown(text, { code: editor });
};

export const drawFault = (made, said) => {
  const told = document.createElement("p");
  told.className = "fault";
  told.textContent = said;
  made.append(told);
};
