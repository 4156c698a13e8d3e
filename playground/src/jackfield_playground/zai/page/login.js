// The login page: who vouches for an account, or an e-mail address, a password, and the slider.

import { ask, keep, visit } from "./remote.js";
import { passSlider } from "./slider.js";

// Who vouches for an account sends its token back in the fragment of the address.
export const takeToken = () => {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return false;
  if (visit.config.playground.social === "stays") return true;
  keep({ token });
  location.assign("/");
  return true;
};

export const showLogin = () => {
  const shown = document.querySelector("#auth");
  const form = shown.querySelector("form");
  const fault = shown.querySelector(".fault");
  shown.hidden = false;
  const google = shown.querySelector("#google");
  google.disabled = visit.config.playground.social === "off";
  google.onclick = () => location.assign("/api/v1/oauth/google/login");
  shown.querySelector("#ways .primary").onclick = () => {
    shown.querySelector("#ways").hidden = true;
    form.hidden = false;
    form.querySelector("input").focus();
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    fault.textContent = "";
    const [email, password] = [...form.querySelectorAll("input")].map((input) => input.value);
    const proof = visit.config.playground.slider ? await passSlider() : null;
    const answer = await ask("/api/v1/auths/signin", { email, password, captcha_verify_param: proof });
    const said = await answer.json();
    if (!answer.ok) return (fault.textContent = said.detail);
    keep(said);
    location.assign("/");
  };
};
