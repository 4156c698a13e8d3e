"use strict";
// The parts of a message: thought, tools, text with its sources, files.
const parts = (() => {
  const element = (name, className, text) => {
    const made = document.createElement(name);
    made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const thinking = (block) => {
    const made = element("details", "thought");
    made.append(element("summary", "", "Thought process"), element("div", "", block.thinking));
    return made;
  };
  const tool = (block) => element("div", "tool", block.message || block.name);
  const text = (block) => {
    const made = element("div", "standard-markdown");
    made.innerHTML = renderMarkdown(block.text, { quotes: true, paragraph: "font-claude-response-body" });
    return made;
  };
  const sources = (block) => {
    const made = element("div", "sources");
    for (const { url, title } of block.citations || []) {
      const link = element("a", "", title);
      link.href = url;
      made.append(link);
    }
    return made;
  };
  // In October's page a text stands in an element of its own, of which one says that it is the reply's.
  const reply = (block) => {
    const made = element("div", "prose");
    made.dataset.cds = "Prose";
    const inner = element("div", "");
    inner.dataset.perfReplyText = "";
    inner.append(...text(block).childNodes);
    made.append(inner);
    return made;
  };
  const drawn = (block, october) => {
    if (block.type === "thinking") return [thinking(block)];
    if (block.type === "tool_use") return [tool(block)];
    if (block.type !== "text") return [];
    const made = (october ? reply : text)(block);
    return block.citations?.length ? [made, sources(block)] : [made];
  };
  return {
    // What has not changed stays, so that an opened part stays open and a selection stays selected.
    draw(host, blocks, october) {
      const wanted = blocks.flatMap((block) => drawn(block, october));
      wanted.forEach((one, at) => {
        const old = host.children[at];
        if (!old) host.append(one);
        else if (old.innerHTML !== one.innerHTML || old.className !== one.className) old.replaceWith(one);
      });
      while (host.children.length > wanted.length) host.lastElementChild.remove();
    },
    thumbnail(name) {
      const made = element("div", "thumbnail", name.split(".").pop().toUpperCase());
      made.dataset.testid = "file-thumbnail";
      made.title = name;
      return made;
    },
  };
})();
