importScripts("facts.js");
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", async (event) => {
  await fetch("echo/service-worker");
  event.source.postMessage(await facts());
});
