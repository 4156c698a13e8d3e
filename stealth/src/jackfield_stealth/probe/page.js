// Asks every place of the browser what it tells, posts the answers to `report`, then watches the hand.
const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));
const within = (promise) => Promise.race([promise, wait(20).then(() => ({ silent: true }))]);

const frame = (place, address) =>
  new Promise((done) => {
    const element = document.createElement("iframe");
    addEventListener("message", (event) => event.data.place === place && done(event.data.told));
    element.src = `${address}?${place}`;
    document.body.append(element);
  });

const written = () =>
  new Promise((done) => {
    const element = document.createElement("iframe");
    element.srcdoc = `<script src="facts.js"></` + `script>`;
    element.onload = () => done(element.contentWindow.facts());
    document.body.append(element);
  });

const worker = () =>
  new Promise((done) => {
    new Worker("worker.js").onmessage = (event) => done(event.data);
  });

const serviceWorker = async () => {
  await navigator.serviceWorker.register("service.js");
  const ready = await navigator.serviceWorker.ready;
  const told = new Promise((done) => navigator.serviceWorker.addEventListener("message", (event) => done(event.data)));
  ready.active.postMessage("tell");
  return told;
};

const sound = async () => {
  const context = new OfflineAudioContext(1, 5000, 44100);
  const source = context.createOscillator();
  const compressor = context.createDynamicsCompressor();
  source.connect(compressor).connect(context.destination);
  source.start();
  const samples = (await context.startRendering()).getChannelData(0);
  return samples.slice(4500).reduce((sum, sample) => sum + Math.abs(sample), 0).toFixed(10);
};

const media = () => {
  const asked = ["hover: hover", "any-hover: hover", "pointer: fine", "any-pointer: fine", "color-gamut: p3",
    "color-gamut: srgb", "prefers-color-scheme: dark", "prefers-reduced-motion: reduce", "forced-colors: active"];
  return asked.filter((query) => matchMedia(`(${query})`).matches).join();
};

const windowFacts = async () => ({
  screen: [screen.width, screen.height, screen.availWidth, screen.availHeight, screen.colorDepth].join(),
  "window.outer": `${outerWidth},${outerHeight}`,
  "window.inner": `${innerWidth},${innerHeight}`,
  "window.place": `${screenX},${screenY}`,
  "window.fits": outerWidth <= screen.width && innerWidth <= outerWidth && innerHeight < outerHeight,
  scrollbar: innerWidth - document.documentElement.clientWidth,
  ratio: devicePixelRatio,
  plugins: [...navigator.plugins].map((plugin) => plugin.name).join(),
  "chrome.names": Object.keys(window.chrome || {}).sort().join(),
  "notification.permission": Notification.permission,
  visibility: `${document.visibilityState}, focus ${document.hasFocus()}`,
  "webdriver.own": Object.hasOwn(navigator, "webdriver"),
  "document.names": Object.getOwnPropertyNames(document).sort().join(),
  "stored.back": performance.getEntriesByType("navigation")[0].notRestoredReasons === null,
  media: media(),
  sound: await sound(),
  "storage.database": await database(),
});

// A new database takes hundreds of bytes on a disk, and pages of memory where nothing is kept.
const database = async () => {
  const opened = indexedDB.open("probe");
  await new Promise((done) => (opened.onsuccess = opened.onerror = done));
  return (await navigator.storage.estimate()).usageDetails?.indexedDB < 2 ** 14;
};

const detectors = async () => {
  const told = {};
  for (const name of await (await fetch("detectors.json")).json()) {
    try {
      const found = await within((await import(`./detectors/${name}.js`)).default());
      for (const [signal, value] of Object.entries(found)) told[`${name}.${signal}`] = value;
    } catch (error) {
      told[name] = `threw ${error}`;
    }
  }
  return told;
};

// Another tab of the same window asks what this one is like meanwhile.
const answerTabs = () => {
  const tabs = new BroadcastChannel("tabs");
  tabs.onmessage = async ({ data }) => data === "tell" && tabs.postMessage(await tabFacts());
};

const post = (path, told) => fetch(path, { method: "POST", body: JSON.stringify(told) });

const places = async () => {
  await fetch("echo/page");
  const stranger = location.origin.replace("127.0.0.1", "localhost");
  return {
    page: { ...(await facts()), ...(await windowFacts()) },
    iframe: await within(frame("iframe", "frame.html")),
    "written iframe": await within(written()),
    "foreign iframe": await within(frame("foreign", `${stranger}/frame.html`)),
    worker: await within(worker()),
    "service worker": await within(serviceWorker()),
    detectors: await detectors(),
  };
};

// The hand: what its presses, keys and moves are like, and what else acting brings about. `activated`: whether
// somebody was said to have pressed something, a moment before anybody did. `changes`: of the document.
const hand = {
  moves: 0, presses: [], keys: 0, holds: [], pastes: 0, untrusted: 0, activated: null, changes: 0, dialog: null,
};
let report = 0;
const watch = () => {
  let down = null;
  const keys = new Map();
  const rest = () => {
    clearTimeout(report);
    report = setTimeout(() => post("hand", { ...hand, text: document.querySelector("#write").value }), 700);
  };
  const tell = (event) => {
    if (!event.isTrusted) hand.untrusted += 1;
    rest();
  };
  const on = (kind, act) => addEventListener(kind, (event) => (act(event), tell(event)), { capture: true });
  on("pointermove", () => {
    hand.activated ??= navigator.userActivation.hasBeenActive;
    hand.moves += 1;
  });
  on("pointerdown", (event) => (down = event));
  on("pointerup", (event) => {
    const box = event.target.getBoundingClientRect();
    hand.presses.push({
      held: down && event.timeStamp - down.timeStamp,
      across: (event.clientX - box.left) / box.width - 0.5,
      along: (event.clientY - box.top) / box.height - 0.5,
      pressure: down && down.pressure,
      screened: event.screenX !== event.clientX || event.screenY !== event.clientY,
    });
  });
  on("keydown", (event) => keys.set(event.code, event.timeStamp));
  on("keyup", (event) => {
    hand.keys += 1;
    hand.holds.push(event.timeStamp - keys.get(event.code));
  });
  on("paste", () => (hand.pastes += 1));
  on("input", () => {});
  document.querySelector("#ask").onclick = () => {
    const opened = performance.now();
    confirm("Are you sure?");
    hand.dialog = performance.now() - opened;
    rest();
  };
  const changed = (changes) => {
    hand.changes += changes.length;
    rest();
  };
  new MutationObserver(changed).observe(document, { subtree: true, childList: true, attributes: true });
};

answerTabs();
await post("report", await places());
watch();
