"use strict";
// A text field that keeps its own model of the text, as rich editors do. What is typed, pasted or deleted arrives as
// an event, changes the model, and the model is drawn; what is written into the document by anything else is undone.
// `createComposer(host, {changed, entered})` returns {text(), clear(), focus()}.
const createComposer = (host, { changed, entered }) => {
  let text = "";
  let composing = false;

  const draw = (caret) => {
    watcher.disconnect();
    host.replaceChildren(
      ...text.split("\n").map((line) => {
        const paragraph = document.createElement("p");
        paragraph.append(line ? line : document.createElement("br"));
        return paragraph;
      }),
    );
    host.classList.toggle("is-empty", !text);
    watch();
    if (caret !== undefined && host.contains(document.activeElement)) place(caret);
  };
  // Where the caret is, in characters of the model: a paragraph's end is one line feed.
  const offsetOf = (node, offset) => {
    if (node === host) return lengths().slice(0, offset).reduce((sum, one) => sum + one + 1, 0);
    const paragraph = [...host.children].find((one) => one.contains(node));
    const before = [...host.children].indexOf(paragraph);
    return lengths().slice(0, before).reduce((sum, one) => sum + one + 1, 0) + (node === paragraph ? 0 : offset);
  };
  const lengths = () => text.split("\n").map((line) => line.length);
  const place = (caret) => {
    let rest = caret;
    for (const [index, length] of lengths().entries()) {
      if (rest > length) {
        rest -= length + 1;
        continue;
      }
      const paragraph = host.children[index];
      getSelection().collapse(length ? paragraph.firstChild : paragraph, length ? rest : 0);
      return;
    }
  };
  const selected = () => {
    const { anchorNode, anchorOffset, focusNode, focusOffset } = getSelection();
    if (!host.contains(anchorNode)) return [text.length, text.length];
    const ends = [offsetOf(anchorNode, anchorOffset), offsetOf(focusNode, focusOffset)];
    return ends.map((end) => Math.min(end, text.length)).sort((a, b) => a - b);
  };
  const replace = (start, end, by) => {
    text = text.slice(0, start) + by + text.slice(end);
    draw(start + by.length);
    changed(text);
  };
  // A character of two halves goes whole.
  const back = (at) => (/[\udc00-\udfff]/.test(text[at - 1] || "") ? at - 2 : Math.max(0, at - 1));
  const forward = (at) => (/[\ud800-\udbff]/.test(text[at] || "") ? at + 2 : at + 1);
  const edit = (event) => {
    const [start, end] = selected();
    const open = start === end;
    switch (event.inputType) {
      case "insertText":
      case "insertFromPaste":
      case "insertFromDrop":
      case "insertReplacementText": {
        const given = event.data ?? event.dataTransfer?.getData("text/plain") ?? "";
        return replace(start, end, given.replace(/\r\n?/g, "\n"));
      }
      case "insertParagraph":
      case "insertLineBreak":
        return replace(start, end, "\n");
      case "deleteContentForward":
        return replace(start, open ? forward(end) : end, "");
      default:
        if (event.inputType.startsWith("delete")) replace(open ? back(start) : start, end, "");
    }
  };

  host.addEventListener("beforeinput", (event) => {
    if (event.inputType === "insertCompositionText") return;
    event.preventDefault();
    edit(event);
  });
  host.addEventListener("compositionstart", () => (composing = true));
  host.addEventListener("compositionend", () => {
    // An input method writes into the document itself; only this is taken over from there.
    composing = false;
    text = [...host.children].map((paragraph) => paragraph.textContent).join("\n");
    draw(text.length);
    changed(text);
  });
  host.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    if (event.shiftKey) replace(...selected(), "\n");
    else entered();
  });
  const watcher = new MutationObserver(() => composing || draw(text.length));
  const watch = () => watcher.observe(host, { subtree: true, childList: true, characterData: true });
  draw();
  return {
    text: () => text,
    clear() {
      replace(0, text.length, "");
    },
    focus: () => host.focus(),
  };
};
