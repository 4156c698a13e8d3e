// A slider for people: its handle is drawn to the gap, and the server judges the way it took.

const LEAST = 120;
const MOST = 250;

const overlay = (gap) => {
  const made = document.createElement("div");
  made.id = "aliyunCaptcha-window-popup";
  made.innerHTML = `<div id="aliyunCaptcha-sliding-wrapper"><strong>Please complete the verification</strong>
    <div class="note">Drag the slider into the gap. A stand-in: any hand will do.</div>
    <div id="aliyunCaptcha-sliding-body"><div class="gap" style="left:${gap}px"></div>
    <div id="aliyunCaptcha-sliding-slider">››</div></div><p class="fault"></p></div>`;
  document.body.append(made);
  return made;
};

// Shows the slider and returns its proof when somebody has passed it.
export const passSlider = () =>
  new Promise((passed) => {
    const gap = LEAST + Math.round(Math.random() * (MOST - LEAST));
    const made = overlay(gap);
    const handle = made.querySelector("#aliyunCaptcha-sliding-slider");
    let from = null;
    let way = [];
    let trusted = true;
    const at = (event) => Math.max(0, event.clientX - from);
    handle.onpointerdown = (event) => {
      handle.setPointerCapture(event.pointerId);
      [from, way, trusted] = [event.clientX, [], event.isTrusted];
    };
    handle.onpointermove = (event) => {
      if (from === null) return;
      trusted = trusted && event.isTrusted;
      way.push([at(event), event.timeStamp]);
      handle.style.left = `${at(event)}px`;
    };
    handle.onpointerup = async () => {
      from = null;
      const answer = await fetch("/captcha/verify", { method: "POST", body: JSON.stringify({ way, gap, trusted }) });
      const { result, captcha_verify_param: proof } = await answer.json();
      if (result) {
        made.remove();
        passed(proof);
      } else {
        handle.style.left = "0";
        made.querySelector(".fault").textContent = "That was not it. Please try again.";
      }
    };
  });
