// The token stays in this tab: in its storage, and in the header of requests to this door alone.
const place = (id) => document.getElementById(id);
let token = sessionStorage.getItem("jackfield-token") ?? "";
let asking = null;

const call = (path, options = {}) =>
  fetch(path, { ...options, headers: { "content-type": "application/json", authorization: `Bearer ${token}` } });

function made(tag, text = "") {
  const element = document.createElement(tag);
  element.textContent = text; // never as HTML: names and answers come from elsewhere
  return element;
}

function fill(table, rows) {
  const body = place(table).tBodies[0];
  body.replaceChildren(
    ...rows.map((cells) => {
      const row = made("tr");
      row.append(...cells.map((text) => made("td", text)));
      return row;
    }),
  );
}

function counted(tokens, estimated) {
  return estimated ? `${tokens} (${estimated} estimated)` : `${tokens ?? ""}`;
}

async function look() {
  const reply = await call("/status").catch(() => null);
  if (!reply?.ok) {
    place("line").textContent = reply ? "The token is not the first one of this door." : "The door is closed.";
    return false;
  }
  const { connections, requests, budgets } = await reply.json();
  fill("connections", connections.map((one) => [one.name, one.provider, one.state, one.requests, one.failed]));
  fill(
    "requests",
    requests.map((one) => [
      new Date(one.begun * 1000).toLocaleTimeString(),
      one.caller,
      one.wire,
      one.connection,
      one.outcome,
      one.seconds?.toFixed(2) ?? "",
      counted(one.tokens, one.estimated),
    ]),
  );
  place("spent").hidden = !budgets.length;
  fill(
    "budgets",
    budgets.map((one) => [
      one.caller,
      `${counted(one.spent, one.estimated)} of ${one.tokens} tokens a ${one.period}`,
      one.begins_anew,
    ]),
  );
  place("line").textContent = `${connections.length} connections, ${requests.length} requests seen`;
  return true;
}

async function list() {
  const reply = await call("/v1/models");
  const { data } = await reply.json();
  for (const { id } of data) {
    const label = made("label"), box = made("input");
    Object.assign(box, { type: "checkbox", name: "model", value: id });
    label.append(box, id);
    place("models").append(label);
  }
}

async function enter() {
  if (!token || !(await look())) return;
  sessionStorage.setItem("jackfield-token", token);
  place("entry").hidden = true;
  place("inside").hidden = false;
  await list();
  place("prompt").focus();
  setInterval(() => document.hidden || look(), 2000);
}

async function* events(body) {
  let rest = "";
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data: ") && line !== "data: [DONE]") yield JSON.parse(line.slice(6));
    }
  }
}

async function ask(model, prompt, signal) {
  const answer = made("article"), text = made("pre"), note = made("p", "asked …");
  answer.append(made("h3", model), text, note);
  place("answers").append(answer);
  const begun = performance.now();
  try {
    const body = JSON.stringify({ model, stream: true, messages: [{ role: "user", content: prompt }] });
    const reply = await call("/v1/chat/completions", { method: "POST", body, signal });
    if (!reply.ok) throw new Error((await reply.json()).error.message);
    const who = reply.headers.get("x-jackfield-connection") ?? model;
    for await (const event of events(reply.body)) {
      if (event.error) throw new Error(event.error.message);
      text.textContent += event.choices?.[0]?.delta?.content ?? "";
      note.textContent = `${who} …`;
    }
    note.textContent = `${who}, ${((performance.now() - begun) / 1000).toFixed(1)} s`;
  } catch (error) {
    note.textContent = signal.aborted ? "stopped" : error.message;
  }
}

async function askAll(event) {
  event.preventDefault();
  const models = [...document.querySelectorAll("[name=model]:checked")].map((box) => box.value);
  if (!models.length || asking) {
    if (!asking) place("line").textContent = "Choose whom to ask first.";
    return;
  }
  asking = new AbortController();
  place("ask").disabled = !(place("stop").disabled = false);
  place("answers").replaceChildren();
  await Promise.all(models.map((model) => ask(model, place("prompt").value, asking.signal)));
  asking = null;
  place("ask").disabled = !(place("stop").disabled = true);
  await look();
}

place("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  token = place("token").value.trim();
  enter();
});
place("compare").addEventListener("submit", askAll);
place("stop").addEventListener("click", () => asking?.abort());
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") asking?.abort();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) place("compare").requestSubmit();
});
enter();
