importScripts("facts.js");
facts().then(async (told) => {
  await fetch("echo/worker");
  postMessage(told);
});
