// What the page asks its server: who we are, conversations, and answers as they stream in.

export const VERSION = document.body.dataset.fe;
export const visit = { token: localStorage.getItem("token"), visitor: null, config: null };

const headers = () => (visit.token ? { Authorization: `Bearer ${visit.token}` } : {});

export const ask = (path, body) =>
  fetch(path, body === undefined
    ? { headers: headers() }
    : { method: "POST", headers: { ...headers(), "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const keep = (visitor) => {
  visit.visitor = visitor;
  visit.token = visitor.token;
  localStorage.setItem("token", visitor.token);
};

export const forget = () => {
  visit.token = null;
  localStorage.removeItem("token");
};

export const configure = async () => (visit.config = await (await ask("/api/config")).json());

// A token that has ended makes a visitor a guest again, where guests are welcome.
export const enter = async () => {
  let answer = await ask("/api/v1/auths/");
  if (answer.status === 401 && visit.token) {
    forget();
    answer = await ask("/api/v1/auths/");
  }
  if (!answer.ok) return false;
  keep(await answer.json());
  return true;
};

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const sign = async (text, id, time) =>
  hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${id}|${visit.visitor.id}|${text}|${time}`)));

const traits = () => ({
  version: "0.0.1", platform: "web", user_agent: navigator.userAgent, language: navigator.language,
  languages: navigator.languages.join(","), timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  cookie_enabled: navigator.cookieEnabled, screen_width: screen.width, screen_height: screen.height,
  screen_resolution: `${screen.width}x${screen.height}`, viewport_width: innerWidth, viewport_height: innerHeight,
  viewport_size: `${innerWidth}x${innerHeight}`, color_depth: screen.colorDepth, pixel_ratio: devicePixelRatio,
  current_url: location.href, pathname: location.pathname, host: location.host, hostname: location.hostname,
  protocol: location.protocol, title: document.title, timezone_offset: new Date().getTimezoneOffset(),
  local_time: new Date().toISOString(), utc_time: new Date().toUTCString(), is_mobile: false, is_touch: false,
  max_touch_points: navigator.maxTouchPoints, browser_name: "Chrome", os_name: navigator.platform,
});

// Asks for an answer. The site puts the token into the address as well.
export const complete = async (message, signal) => {
  const path = visit.config.completion_version === "1" ? "/api/chat/completions" : "/api/v2/chat/completions";
  const timestamp = Date.now();
  const requestId = crypto.randomUUID();
  const query = new URLSearchParams({
    timestamp, requestId, user_id: visit.visitor.id, token: visit.token, signature_timestamp: timestamp, ...traits(),
  });
  const text = message.messages.at(-1).content;
  return fetch(`${path}?${query}`, {
    method: "POST",
    signal,
    headers: {
      ...headers(), "Content-Type": "application/json", "X-FE-Version": VERSION, "x-region": "overseas",
      "x-device-id": `uid_${visit.visitor.id.slice(0, 16)}`, "X-Signature": await sign(text, requestId, timestamp),
    },
    body: JSON.stringify({ stream: true, signature_prompt: text, ...message }),
  });
};

// Calls `each` with what every frame says, out of its wrapping.
export const frames = async (response, each) => {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const said = event.slice(event.indexOf("data: ") + "data: ".length);
      if (said === "[DONE]") continue;
      if (event.startsWith("event: error")) each({ error: JSON.parse(said), done: true });
      const { type, data } = JSON.parse(said);
      if (type === "chat:completion") each(data.data ? { ...data, ...data.data } : data);
    }
  }
};
