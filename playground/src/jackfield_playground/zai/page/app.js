// The chat page: what is typed is asked, what is answered is drawn.

import { drawAnswer, drawAssistant, drawFault, drawUser, fold } from "./drawing.js";
import { showLogin, takeToken } from "./login.js";
import { loadModels, models } from "./models.js";
import { ask, complete, configure, enter, forget, frames, visit } from "./remote.js";
import { passSlider } from "./slider.js";

const RENDERED = 10;
const FAULTS = {
  405: "The request was blocked by the firewall (405).",
  429: "Too many answers at once. Please wait for the others.",
};
const find = (css) => document.querySelector(css);
const [container, composer, send, controls] = [
  "#messages-container", "#chat-input", "#send-message-button", "#controls",
].map(find);
const chat = { id: null, last: null, proof: null, files: [], request: null, uploads: 0 };

const work = (request) => {
  chat.request = request;
  send.disabled = Boolean(request) || chat.uploads > 0 || !composer.value.trim();
};

// Each answer has a stop button of its own; hidden ones stay behind, as on the site.
const stopButton = (request) => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "stop";
  made.innerHTML = '<span class="size-3 rounded-xs"></span>';
  made.onclick = () => request.abort();
  controls.append(made);
  return made;
};

const begin = async (text) => {
  if (chat.id) return;
  const message = { id: crypto.randomUUID(), parentId: null, childrenIds: [], role: "user", content: text };
  const tree = { messages: { [message.id]: message }, currentId: message.id };
  const body = {
    chat: {
      id: "", title: "New Chat", models: [models.chosen], params: {}, history: tree, tags: [], flags: [], features: [],
      mcp_servers: [], enable_thinking: true, reasoning_effort: "max", auto_web_search: false, message_version: 1,
      extra: {}, timestamp: Date.now(), type: "default",
    },
  };
  chat.id = (await (await ask("/api/v1/chats/new", body)).json()).id;
  history.replaceState({}, "", `/c/${chat.id}`);
};

const body = (text, user, assistant) => ({
  model: models.chosen, messages: [{ role: "user", content: text }], params: {}, extra: {},
  features: { image_generation: false, web_search: false, auto_web_search: false, preview_mode: true, flags: [],
    enable_thinking: true, reasoning_effort: "max" },
  variables: { "{{USER_NAME}}": visit.visitor.name }, chat_id: chat.id, id: assistant, current_user_message_id: user,
  current_user_message_parent_id: chat.last, background_tasks: { title_generation: true, tags_generation: true },
  ...(chat.files.length ? { files: chat.files } : {}),
  ...(chat.proof ? { captcha_verify_param: chat.proof } : {}),
});

const refuse = async (response, made) => {
  if (response.status === 401) {
    const wasUser = visit.visitor.role === "user";
    forget();
    location.assign(wasUser ? "/auth" : "/");
    return null;
  }
  const said = await response.json().catch(() => ({}));
  if (said.error?.code === "FRONTEND_CAPTCHA_REQUIRED") return said.error;
  drawFault(made, FAULTS[response.status] || `Something went wrong (${response.status}).`);
  return null;
};

const follow = async (response, made, answer) => {
  let fault = null;
  await frames(response, (frame) => {
    fault = frame.error || fault;
    fold(answer, frame);
    drawAnswer(made, answer);
    find("#scroller").scrollTop = find("#scroller").scrollHeight;
  });
  if (fault && fault.code !== "FRONTEND_CAPTCHA_REQUIRED") drawFault(made, fault.detail || fault.code);
  return fault;
};

// The message waits in the composer while somebody passes the slider.
const wantProof = async (turns, text) => {
  for (const turn of turns) turn.remove();
  composer.value = text;
  work(null);
  chat.proof = await passSlider();
};

const submit = async (text) => {
  if (!text.trim() || chat.request || chat.uploads) return;
  const request = new AbortController();
  const [user, assistant] = [crypto.randomUUID(), crypto.randomUUID()];
  const turns = [drawUser({ id: user, content: text }), drawAssistant({ id: assistant })];
  composer.value = "";
  work(request);
  container.append(...turns);
  const stop = stopButton(request);
  let fault = null;
  try {
    await begin(text);
    await proveTraceless();
    const asked = body(text, user, assistant);
    [chat.proof, chat.files] = [null, []];
    find("#attached").textContent = "";
    const response = await complete(asked, request.signal);
    const answer = { content: "", thinking: "", tool: "" };
    const isStream = response.ok && response.headers.get("Content-Type").startsWith("text/event-stream");
    fault = await (isStream ? follow(response, turns[1], answer) : refuse(response, turns[1]));
    if (!fault && isStream) chat.last = assistant;
  } catch (error) {
    if (error.name === "AbortError") chat.last = assistant;
    else drawFault(turns[1], "The connection was lost.");
  } finally {
    stop.hidden = true;
    work(null);
  }
  if (fault?.code === "FRONTEND_CAPTCHA_REQUIRED") await wantProof(turns, text);
  await list();
};

// What is written where no conversation was found begins one.
const miss = () => {
  const { foreign_seconds: seconds } = visit.config.playground;
  if (seconds === null) return drawFault(container, "We could not find this conversation.");
  setTimeout(() => history.replaceState({}, "", "/"), 1000 * seconds);
};

// Only the last turns are drawn; the ones before come when somebody scrolls up to them.
const load = async (id) => {
  const found = await ask(`/api/v1/chats/${id}`);
  if (!found.ok) return miss();
  const { messages, currentId } = (await found.json()).chat.history;
  const ids = Object.values(messages).filter((node) => node.role === "assistant").map((node) => node.id);
  const { data } = await (await ask(`/api/v1/chats/${id}/messages/batch`, { ids })).json();
  Object.assign(chat, { id, last: currentId });
  const waiting = Object.values(messages);
  const draw = (node) => {
    if (node.role === "user") return drawUser(node);
    const made = drawAssistant(node);
    const told = data[node.id] || { content: "", content_blocks: [] };
    const thinking = told.content_blocks.find((block) => block.type === "reasoning")?.content || "";
    drawAnswer(made, { content: told.content, thinking, tool: "" });
    return made;
  };
  container.append(...waiting.splice(-RENDERED).map(draw));
  const scroller = find("#scroller");
  scroller.scrollTop = scroller.scrollHeight;
  scroller.onscroll = () => {
    if (scroller.scrollTop < 40) container.prepend(...waiting.splice(-RENDERED).map(draw));
  };
};

const list = async () => {
  const found = await (await ask("/api/v1/chats/?page=1&type=default")).json();
  if (!Array.isArray(found)) return;
  find("#chats").replaceChildren(
    ...found.map(({ id, title }) => {
      const made = document.createElement("a");
      Object.assign(made, { href: `/c/${id}`, textContent: title, className: id === chat.id ? "open" : "" });
      return made;
    }),
  );
};

const showVisitor = () => {
  const isUser = visit.visitor.role === "user";
  const name = document.createElement("b");
  name.textContent = visit.visitor.name;
  const door = document.createElement("a");
  door.href = isUser ? "#" : "/auth";
  door.textContent = isUser ? "Sign out" : "Sign in";
  if (isUser) door.onclick = () => (forget(), location.assign("/auth"));
  find("#visitor").replaceChildren(name, door);
};

// Nothing can be sent while a file is on its way.
const upload = async (file) => {
  const shown = document.createElement("span");
  shown.textContent = `${file.name} …`;
  find("#attached").append(shown);
  chat.uploads += 1;
  work(chat.request);
  const form = new FormData();
  form.append("file", file);
  const answer = await fetch("/api/v1/files/", {
    method: "POST", body: form, headers: { Authorization: `Bearer ${visit.token}` },
  });
  chat.files.push({ type: file.type.startsWith("image/") ? "image" : "file", id: (await answer.json()).id, name: file.name });
  shown.textContent = file.name;
  chat.uploads -= 1;
  work(chat.request);
};

// The field is in the composer, elsewhere in the page, or made when its button is pressed.
const wireFiles = (field, button) => {
  const { upload_by: by } = visit.config.playground;
  field.onchange = (event) => Promise.all([...event.target.files].map(upload));
  if (by === "page") document.body.append(field);
  if (by === "button" || by === "offered") field.remove();
  field.multiple = by !== "offered";
  button.onclick = () => (by === "offered" ? document.body.append(field) : field.click());
};

// Where nothing makes it ask a person, the captcha gives its proof by itself.
const proveTraceless = async () => {
  const { features, playground } = visit.config;
  const isAsked = playground.captcha_for === "all" || visit.visitor.role === "guest";
  if (!features.enable_captcha || !playground.traceless || !isAsked) return;
  chat.proof = (await (await fetch("/captcha/traceless", { method: "POST" })).json()).captcha_verify_param;
};

const wire = () => {
  composer.oninput = () => work(chat.request);
  composer.onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    submit(composer.value);
  };
  send.onclick = () => submit(composer.value);
  for (const css of ["#sidebar-new-chat-button", "#new-chat-button"]) find(css).onclick = () => location.assign("/");
  wireFiles(find("input[type=file]"), find("#upload-file-button"));
  // Open WebUI's door for those who embed it.
  addEventListener("message", ({ data }) => data?.type === "input:prompt:submit" && submit(data.text));
};

const open = async () => {
  await configure();
  if (location.pathname === "/auth") {
    if (takeToken()) return;
    await enter();
    return showLogin();
  }
  if (visit.config.playground.draws_early) find("#app").hidden = false;
  if (!(await enter())) return location.assign("/auth");
  if (visit.config.playground.challenge) await passSlider();
  await loadModels();
  showVisitor();
  if (location.pathname.startsWith("/c/")) await load(location.pathname.slice("/c/".length));
  find("#app").hidden = false;
  wire();
  await list();
};
open();
