"use strict";
// The list of models. In that of October entries that open something open it when the pointer comes, one at a time;
// levels of effort are choices too; and a model that the account may not use is an entry and no choice.
const createModels = (host, config, { chosen, current }) => {
  const element = (role, text, attributes = {}) => {
    const made = Object.assign(document.createElement("div"), { textContent: text });
    for (const [name, value] of Object.entries({ role, ...attributes })) made.setAttribute(name, value);
    return made;
  };
  const item = (one) => {
    const made = element(config.october && one.locked ? "menuitem" : "menuitemradio", "");
    made.setAttribute("aria-checked", String(one === current()));
    if (config.october) made.dataset.modelId = one.id;
    const mark = config.october ? "<span>Upgrade</span>" : "<button>Upgrade</button>";
    made.innerHTML = `<b></b><small></small>${one.locked ? mark : ""}`;
    made.querySelector("b").textContent = one.name;
    made.querySelector("small").textContent = one.told;
    if (!one.locked) made.onclick = () => chosen(one);
    return made;
  };
  const first = () => config.models.filter((one) => !one.more).map(item);
  const rest = () => config.models.filter((one) => one.more).map(item);
  const august = () => {
    const more = element("menuitem", "More models");
    more.className = "more";
    more.onclick = () => more.replaceWith(...rest());
    const effort = element("menuitem", "Effort…");
    effort.className = "more";
    host.replaceChildren(...first(), effort, more);
  };
  const october = () => {
    host.dataset.cds = "ModelSelector";
    let open = null;
    const opener = (text, made) => {
      const entry = element("menuitem", text, { "aria-haspopup": "menu" });
      entry.className = "more";
      entry.onmouseenter = entry.onclick = () => {
        open?.remove();
        open = element("menu", "");
        open.append(...made());
        entry.after(open);
      };
      return entry;
    };
    const effort = (level) => {
      const made = element("menuitemradio", level, { "aria-checked": "false" });
      made.dataset.effortId = level;
      return made;
    };
    const efforts = () => ["Low", "Medium", "High"].map(effort);
    host.replaceChildren(...first(), opener("Effort", efforts), opener("More models", rest));
  };
  return config.october ? october : august;
};
