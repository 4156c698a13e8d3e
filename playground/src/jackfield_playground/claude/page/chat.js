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

  // The buttons: there is no send button while there is nothing to send.
  const draw = () => {
    const uploading = files.some((file) => !file.uuid);
    $("#controls").replaceChildren();
    if (request) $("#controls").append(button("Stop response", "◼", stop));
    else if (composer.text().trim()) $("#controls").append(button("Send message", "↑", ask, uploading));
    $("#files").replaceChildren(...files.map((file) => parts.thumbnail(file.name)));
    document.body.classList.toggle("begun", Boolean(list.last()));
  };
  const button = (label, sign, action, disabled = false) => {
    const made = Object.assign(document.createElement("button"), { textContent: sign, onclick: action, disabled });
    made.setAttribute("aria-label", label);
    made.type = "button";
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
  const ask = async () => {
    const prompt = composer.text();
    if (!prompt.trim() || request || files.some((file) => !file.uuid)) return;
    const names = { human_message_uuid: crypto.randomUUID(), assistant_message_uuid: crypto.randomUUID() };
    const body = bodyOf(prompt, names);
    const first = !chat;
    if (first) {
      chat = crypto.randomUUID();
      if (!incognito) history.pushState({}, "", `/chat/${chat}`);
      body.create_conversation_params = { name: "", model: model.id, is_temporary: incognito, tool_search_mode: "auto" };
    } else body.parent_message_uuid = leaf || ROOT;
    list.add({ sender: "human", text: prompt, files: files.map((file) => ({ file_name: file.name })) });
    files.length = 0;
    composer.clear();
    composer.focus();
    leaf = names.assistant_message_uuid;
    await complete(list.add({ sender: "assistant", blocks: [], streaming: true }), "/completion", body);
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
    if (!answer.ok) return list.add({ sender: "assistant", blocks: [], fault: "There is no such conversation." });
    const tree = await answer.json();
    $("#title").textContent = tree.name;
    leaf = tree.current_leaf_message_uuid;
    const branch = branchOf(tree);
    for (const message of branch) {
      if (message.sender === "human") list.add({ sender: "human", text: message.content[0].text, files: [] });
      else list.add({ sender: "assistant", blocks: message.content, streaming: !message.is_over });
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
    const item = (one) => {
      const made = document.createElement("div");
      made.setAttribute("role", "menuitemradio");
      made.setAttribute("aria-checked", String(one === model));
      made.innerHTML = `<b></b><small></small>${one.locked ? "<button>Upgrade</button>" : ""}`;
      made.querySelector("b").textContent = one.name;
      made.querySelector("small").textContent = one.told;
      if (!one.locked) made.onclick = () => choose(one);
      return made;
    };
    const more = Object.assign(document.createElement("div"), { textContent: "More models", className: "more" });
    more.setAttribute("role", "menuitem");
    more.onclick = () => more.replaceWith(...config.models.filter((one) => one.more).map(item));
    const effort = Object.assign(document.createElement("div"), { textContent: "Effort…", className: "more" });
    effort.setAttribute("role", "menuitem");
    $("#models").replaceChildren(...config.models.filter((one) => !one.more).map(item), effort, more);
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

  const list = createList($("#turns"), $("main"), config.shown, { retry });
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
  if (chat) load();
  composer.focus();
})();
