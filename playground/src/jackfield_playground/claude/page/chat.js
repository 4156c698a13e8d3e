"use strict";
(() => {
  const config = JSON.parse(document.querySelector("#config").textContent);
  const $ = (selector) => document.querySelector(selector);
  const ROOT = "00000000-0000-4000-8000-000000000000";
  const incognito = location.pathname === "/new" && location.search.includes("incognito");
  let chat = location.pathname.startsWith("/chat/") ? location.pathname.slice(6) : null;
  let leaf = null;
  let request = null;
  let model = config.models.find((one) => one.id === localStorage.model && !one.locked) || config.models[0];
  const files = [];

  const api = (path, options = {}) =>
    fetch(`/api/organizations/${config.org}${path}`, {
      ...options,
      headers: options.body instanceof FormData ? {} : { "Content-Type": "application/json" },
    });
  const conversation = (path = "") => `/chat_conversations/${chat}${path}`;
  const post = (path, body) => api(path, { method: "POST", body: JSON.stringify(body) });

  // The buttons. While there is nothing to send, there is none to send it, or, in October's page, one that is disabled.
  const draw = () => {
    const uploading = files.some((file) => !file.uuid);
    const empty = !composer.text().trim();
    $("#controls").replaceChildren();
    if (request) $("#controls").append(button("Stop response", "◼", stop, false, "chat-input-stop"));
    else if (!empty || config.october)
      $("#controls").append(button("Send message", "↑", ask, uploading || empty, "chat-input-send"));
    $("#files").replaceChildren(...files.map((file) => parts.thumbnail(file.name)));
    document.body.classList.toggle("begun", Boolean(list.last()));
  };
  const button = (label, sign, action, disabled, testid) => {
    const made = Object.assign(document.createElement("button"), { textContent: sign, onclick: action, disabled });
    made.setAttribute("aria-label", label);
    made.type = "button";
    if (config.october) made.dataset.testid = testid;
    if (config.october) made.inert = disabled;
    return made;
  };

  const told = (error) => {
    let limit = null;
    try {
      limit = JSON.parse(error.message);
    } catch {}
    if (!limit?.resetsAt) return error.message;
    const when = new Date(limit.resetsAt * 1000).toLocaleTimeString();
    return `You've reached your limit. Your usage will reset at ${when}.`;
  };
  const receive = async (answer, response) => {
    if (response.status === 401 || response.status === 403) {
      const body = await response.json().catch(() => null);
      if (!body || body.error.details?.error_code === "account_session_invalid") return location.assign("/login");
      throw body.error;
    }
    if (!response.ok) throw (await response.json()).error;
    const read = await wire.read(response, (blocks) => {
      answer.blocks = blocks;
      // October's page says that an answer is written when its first word is there, and nothing before.
      if (blocks.some((block) => block.text)) answer.streaming = true;
      list.changed(answer);
    });
    if (read.error) throw read.error;
    if (!read.complete) throw { message: "The connection was lost." };
    if (read.reason === "max_tokens") answer.fault = "Claude reached its max length for this message.";
  };
  const complete = async (answer, path, body) => {
    request = new AbortController();
    draw();
    try {
      const options = { method: "POST", body: JSON.stringify(body), signal: request.signal };
      await receive(answer, await api(conversation(path), options));
    } catch (error) {
      if (error.name !== "AbortError") answer.fault = told(error);
      answer.limited = error.type === "rate_limit_error" && !answer.blocks.length;
    }
    request = null;
    if (config.late) {
      // The last words are drawn after the stop button went.
      const blocks = answer.blocks;
      answer.blocks = blocks.slice(0, -1).concat({ ...blocks.at(-1), text: blocks.at(-1).text.slice(0, -12) });
      list.changed(answer);
      draw();
      await new Promise((done) => setTimeout(done, 1000 * config.late));
      answer.blocks = blocks;
    }
    answer.streaming = false;
    list.changed(answer);
    draw();
  };

  const bodyOf = (prompt, names) => ({
    prompt,
    model: model.id,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    locale: "en-US",
    effort: "medium",
    thinking_mode: "off",
    tools: [{ type: "web_search_v0", name: "web_search" }],
    personalized_styles: [{ type: "default", key: "Default", name: "Normal", prompt: "Normal\n", isDefault: true }],
    turn_message_uuids: names,
    completion_request_id: crypto.randomUUID(),
    attachments: [],
    files: files.map((file) => file.uuid),
    sync_sources: [],
    rendering_mode: "messages",
  });
  // A message that is refused is drawn, and taken back a moment later; a notice at the composer says why.
  const takeBack = async (...messages) => {
    await new Promise((done) => setTimeout(done, 400));
    for (const message of messages) list.drop(message);
    $("#notice").innerHTML = 'You are out of messages. <a href="/upgrade?from=ratelimit">Upgrade</a>';
    $("#notice").hidden = false;
    request = null;
    draw();
  };
  const askByTimeline = async (prompt) => {
    const names = { message_id: crypto.randomUUID(), assistant_message_id: crypto.randomUUID() };
    if (!incognito) history.pushState({}, "", `/chat/${chat}`);
    else history.pushState({}, "", `/chat/${chat}?incognito`);
    const mine = list.add({ sender: "human", text: prompt, files: [], key: names.message_id });
    composer.clear();
    composer.focus();
    const answer = list.add({ sender: "assistant", blocks: [], streaming: null, key: names.assistant_message_id });
    request = { abort: () => second.send({ stop_generation: { conversation_id: chat } }) };
    turns.set(names.assistant_message_id, answer);
    refusals.set(names.message_id, () => takeBack(mine, answer));
    draw();
    const more = { conversation_id: chat, text: prompt, model: model.id, is_temporary: incognito, input_mode: "text" };
    await second.send({ send_message: { ...names, ...more } });
    if (!$("#title").textContent) await rename(prompt);
  };
  const hear = ({ update, mutation_ack }) => {
    if (mutation_ack?.error) return refusals.get(mutation_ack.message_id)?.();
    const answer = turns.get(update?.message.id);
    if (!answer || answer.streaming === false) return;
    answer.blocks = update.content_blocks;
    const begun = update.content_blocks.some((block) => block.text);
    answer.streaming = update.message.is_complete ? false : begun || null;
    if (update.message.is_complete) request = null;
    list.changed(answer);
    draw();
  };
  const ask = async () => {
    const prompt = composer.text();
    if (!prompt.trim() || request || files.some((file) => !file.uuid)) return;
    $("#notice").hidden = true;
    if (config.merged) return askByTimeline(prompt);
    const names = { human_message_uuid: crypto.randomUUID(), assistant_message_uuid: crypto.randomUUID() };
    const body = bodyOf(prompt, names);
    const first = !chat;
    if (first) {
      chat = crypto.randomUUID();
      if (!incognito) history.pushState({}, "", `/chat/${chat}`);
      body.create_conversation_params = { name: "", model: model.id, is_temporary: incognito, tool_search_mode: "auto" };
    } else body.parent_message_uuid = leaf || ROOT;
    const mine = list.add({ sender: "human", text: prompt, files: files.map((file) => ({ file_name: file.name })) });
    const before = leaf;
    files.length = 0;
    composer.clear();
    composer.focus();
    leaf = names.assistant_message_uuid;
    const answer = list.add({ sender: "assistant", blocks: [], streaming: config.october ? null : true });
    await complete(answer, "/completion", body);
    if (config.october && answer.limited) {
      leaf = before;
      return takeBack(mine, answer);
    }
    if (first && !incognito) await rename(prompt);
  };
  const rename = async (prompt) => {
    const answer = await post(conversation("/title"), { message_content: prompt, recent_titles: [] });
    if (answer.ok) $("#title").textContent = (await answer.json()).title;
    await drawRecents();
  };
  const retry = async (message) => {
    if (request || message !== list.last()) return;
    list.drop(message);
    await complete(list.add({ sender: "assistant", blocks: [], streaming: true }), "/retry_completion", {});
    leaf = (await (await api(conversation("?tree=True"))).json()).current_leaf_message_uuid;
  };
  const stop = () => {
    request?.abort();
    if (config.merged) return;
    post(conversation("/stop_response"), {});
  };

  const upload = async (given) => {
    const file = { name: given.name, uuid: null };
    files.push(file);
    draw();
    const form = new FormData();
    form.append("file", given);
    const answer = await api("/upload", { method: "POST", body: form });
    if (answer.ok) file.uuid = (await answer.json()).file_uuid;
    else files.splice(files.indexOf(file), 1);
    draw();
  };

  // A conversation that was begun earlier, and perhaps is not over.
  const load = async () => {
    const answer = await api(conversation("?tree=True&rendering_mode=messages&render_all_tools=true"));
    // October's page shows an empty conversation in the place of somebody else's, and leaves a moment later.
    if (!answer.ok && config.october) return setTimeout(() => location.assign("/new"), 1000 * config.foreign);
    if (!answer.ok) return list.add({ sender: "assistant", blocks: [], fault: "There is no such conversation." });
    const tree = await answer.json();
    $("#title").textContent = tree.name;
    leaf = tree.current_leaf_message_uuid;
    const branch = branchOf(tree);
    for (const message of branch) {
      if (message.sender === "human")
        list.add({ sender: "human", text: message.content[0].text, files: [], key: message.uuid });
      else list.add({ sender: "assistant", blocks: message.content, streaming: !message.is_over, key: message.uuid });
    }
    draw();
    if (branch.length && !branch.at(-1).is_over) await follow(list.last());
  };
  const branchOf = (tree) => {
    const byName = new Map(tree.chat_messages.map((message) => [message.uuid, message]));
    const branch = [];
    for (let at = byName.get(leaf); at; at = byName.get(at.parent_message_uuid)) branch.unshift(at);
    return branch;
  };
  const follow = async (answer) => {
    request = { abort() {} };
    draw();
    for (;;) {
      const tree = await (await api(conversation("?tree=True"))).json();
      const now = tree.chat_messages.find((message) => message.uuid === leaf);
      answer.blocks = now.content;
      list.changed(answer);
      if (now.is_over) break;
      await new Promise((done) => setTimeout(done, 200));
    }
    request = null;
    answer.streaming = false;
    list.changed(answer);
    draw();
  };

  const drawModels = () => {
    $("#model span").textContent = model.name;
    drawList();
  };
  const choose = (one) => {
    model = one;
    localStorage.model = one.id;
    $("#models").hidden = true;
    drawModels();
  };
  const drawRecents = async () => {
    const answer = await api("/chat_conversations_v2?limit=30&offset=0");
    if (!answer.ok) return;
    const links = (await answer.json()).data.map(({ uuid, name }) => {
      const link = Object.assign(document.createElement("a"), { href: `/chat/${uuid}`, textContent: name || "Untitled" });
      link.classList.toggle("current", uuid === chat);
      return link;
    });
    $("#recents").replaceChildren(...links);
  };

  const drawList = createModels($("#models"), config, { chosen: (one) => choose(one), current: () => model });
  const list = createList($("#turns"), $("main"), config, { retry });
  const composer = createComposer($("[contenteditable]"), { changed: () => draw(), entered: ask });
  $("#model").onclick = () => {
    $("#models").hidden = !$("#models").hidden;
    drawModels();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") $("#models").hidden = true;
  });
  document.addEventListener("click", (event) => {
    const path = event.composedPath();
    if (!path.includes($("#model")) && !path.includes($("#models"))) $("#models").hidden = true;
  });
  $("#add").onclick = () => $("#chat-input-file-upload-onpage").click();
  $("#chat-input-file-upload-onpage").onchange = (event) => {
    for (const file of event.target.files) upload(file);
    event.target.value = "";
  };
  $("#title").textContent = incognito ? "Incognito chat" : "";
  document.body.classList.toggle("incognito", incognito);
  $("[data-testid=user-menu-button]").textContent = config.email;
  drawModels();
  drawRecents();
  draw();
  const turns = new Map();
  const refusals = new Map();
  const second = config.merged ? timeline(config.org) : null;
  if (chat) load();
  if (second) second.listen((chat ||= crypto.randomUUID()), hear);
  composer.focus();
})();
