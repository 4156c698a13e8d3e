// What one scope of a browser, a window or a worker, tells about itself: names and values. Changes nothing.
async function facts() {
  const told = {};
  const note = async (name, read) => {
    try {
      told[name] = await read();
    } catch (error) {
      told[name] = `threw ${error.name}`;
    }
  };
  const native = (object, name) => Function.prototype.toString.call(object[name]).includes("[native code]");
  const hash = (bytes) => {
    let value = 0x811c9dc5;
    for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
    return value.toString(16);
  };
  const names = (object) => Object.getOwnPropertyNames(object).filter((name) => !/^\d+$/.test(name)).sort();

  for (const name of names(Object.getPrototypeOf(navigator))) {
    const value = navigator[name];
    if (["string", "number", "boolean"].includes(typeof value)) told[`navigator.${name}`] = value;
  }
  told["navigator.languages"] = navigator.languages.join();
  told["navigator.own"] = names(navigator).join();
  told["navigator.names"] = names(Object.getPrototypeOf(navigator)).join();
  told["globals"] = names(self).join();
  const { locale, timeZone } = Intl.DateTimeFormat().resolvedOptions();
  told["intl.locale"] = locale;
  told["intl.timeZone"] = timeZone;
  told["intl.example"] = new Date(0).toLocaleString();
  await note("hints", async () => JSON.stringify([navigator.userAgentData.brands, navigator.userAgentData.mobile]));
  await note("hints.detail", async () => {
    const wanted = ["architecture", "bitness", "fullVersionList", "model", "platform", "platformVersion", "wow64"];
    const found = await navigator.userAgentData.getHighEntropyValues([...wanted, "formFactors"]);
    return JSON.stringify(Object.entries(found).sort());
  });
  await note("storage.quota", async () => (await navigator.storage.estimate()).quota > 2 ** 31);
  for (const name of ["geolocation", "notifications", "camera", "microphone", "clipboard-read", "midi"])
    await note(`permission.${name}`, async () => (await navigator.permissions.query({ name })).state);

  const picture = new OffscreenCanvas(220, 40);
  await note("canvas", async () => {
    const pen = picture.getContext("2d");
    pen.font = "18px sans-serif";
    pen.fillStyle = "#069";
    pen.fillText("Jackfield, 1878 \u{1F50C}", 4, 24);
    pen.fillStyle = "rgba(200, 60, 0, 0.5)";
    pen.arc(150, 20, 15, 0, 7);
    pen.fill();
    return hash(pen.getImageData(0, 0, 220, 40).data);
  });
  await note("canvas.known", async () => {
    const pen = new OffscreenCanvas(16, 16).getContext("2d");
    pen.fillStyle = "rgb(10, 20, 30)";
    pen.fillRect(0, 0, 16, 16);
    return pen.getImageData(0, 0, 16, 16).data.every((value, index) => value === [10, 20, 30, 255][index % 4]);
  });
  await note("canvas.native", async () => native(OffscreenCanvasRenderingContext2D.prototype, "getImageData"));
  await note("webgl", async () => {
    const gl = new OffscreenCanvas(1, 1).getContext("webgl");
    if (!gl) return "none";
    const more = gl.getExtension("WEBGL_debug_renderer_info");
    return [gl.getParameter(more.UNMASKED_VENDOR_WEBGL), gl.getParameter(more.UNMASKED_RENDERER_WEBGL)].join();
  });
  await note("webgl.limits", async () => {
    const gl = new OffscreenCanvas(1, 1).getContext("webgl");
    if (!gl) return "none";
    return [gl.MAX_TEXTURE_SIZE, gl.MAX_VERTEX_ATTRIBS].map((name) => gl.getParameter(name)).join() +
      gl.getSupportedExtensions().join();
  });

  // Who listens to the console has what it is given looked at, which the given can notice.
  await note("console.stack", async () => {
    let seen = 0;
    const before = Error.prepareStackTrace;
    Error.prepareStackTrace = () => `${++seen}`;
    console.debug(new Error("x"));
    Error.prepareStackTrace = before;
    return seen;
  });
  await note("console.name", async () => {
    let seen = 0;
    const error = new Error("x");
    Object.defineProperty(error, "name", { configurable: true, get: () => ((seen += 1), "Error") });
    console.debug(error);
    return seen;
  });
  await note("console.proxy", async () => {
    let seen = 0;
    const prototype = new Proxy({}, { ownKeys: () => ((seen += 1), []), getPrototypeOf: () => ((seen += 1), null) });
    console.groupEnd(Object.setPrototypeOf({}, prototype));
    console.debug(Object.setPrototypeOf({}, prototype));
    return seen;
  });
  return told;
}
