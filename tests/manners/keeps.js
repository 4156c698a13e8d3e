// A page that has the text of a message in its composer again soon after it was sent, and, if it is named so, empties
// it when the answer is whole.
const write = (field, text) => {
  if ("value" in field) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    return;
  }
  field.focus();
  getSelection().selectAllChildren(field);
  const inputType = text ? "insertText" : "deleteContentBackward";
  field.dispatchEvent(new InputEvent("beforeinput", { inputType, data: text, bubbles: true, cancelable: true }));
};
const isAtWork = () => document.querySelector(names.stop)?.checkVisibility();
addEventListener("click", (event) => {
  if (!event.target.closest(names.send)) return;
  const field = document.querySelector(names.composer);
  const text = field.value ?? field.innerText;
  setTimeout(() => {
    write(field, text);
    if (!names.clears) return;
    const waiting = setInterval(() => {
      if (isAtWork()) return;
      clearInterval(waiting);
      write(field, "");
    }, 50);
  }, 150);
}, true);
