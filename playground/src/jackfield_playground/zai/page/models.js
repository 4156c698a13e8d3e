// The choice of models: three of them, and a submenu with the rest.

import { ask, visit } from "./remote.js";

const FIRST = 3;
const button = document.querySelector(".modelSelectorButton");
const list = document.querySelector("#models");

export const models = { chosen: null, all: [] };

const choose = (model) => {
  models.chosen = model.id;
  button.textContent = model.name;
  list.hidden = true;
};

const item = (model) => {
  const made = document.createElement("button");
  made.type = "button";
  made.setAttribute("aria-label", "model-item");
  const [name, said] = [document.createElement("span"), document.createElement("small")];
  name.textContent = model.name;
  said.textContent = model.info.meta.description;
  made.append(name, said);
  made.onclick = () => choose(model);
  return made;
};

const open = () => {
  const more = document.createElement("button");
  more.type = "button";
  more.className = "more";
  more.textContent = "More models ›";
  more.onclick = () => more.replaceWith(...models.all.slice(FIRST).map(item));
  list.replaceChildren(...models.all.slice(0, FIRST).map(item), more);
  list.hidden = false;
};

export const loadModels = async () => {
  models.all = (await (await ask("/api/models")).json()).data;
  choose(models.all.find((model) => model.id === visit.config.default_models));
  button.onclick = () => (list.hidden ? open() : (list.hidden = true));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") list.hidden = true;
  });
};
