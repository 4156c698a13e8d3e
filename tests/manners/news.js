// A page that lays its news over everything, some time after it was opened and again while one writes.
const tell = () => document.body.insertAdjacentHTML("beforeend", `
  <div style="position: fixed; inset: 0; z-index: 99; background: #0008">
    <button class="got-it" onclick="parentNode.remove()">Got it</button>
  </div>`);
addEventListener("DOMContentLoaded", () => {
  setTimeout(tell, 300);
  document.querySelector(names.composer).addEventListener("keydown", tell, { once: true });
  document.querySelector(names.composer).addEventListener("beforeinput", tell, { once: true });
});
