"use strict";
// The site's second transport. `send(action)` says what is wanted; what becomes of it comes on a stream that is open
// from the beginning, is closed every few seconds, and is opened anew: `listen(conversation, told)`.
const timeline = (org) => {
  const service = "/claudeai-rpc/anthropic.bard.api.v1alpha.ConversationService/";
  const headers = { "x-organization-uuid": org, "connect-protocol-version": "1", "anthropic-client-platform": "web_claude_ai" };

  const write = (said) => {
    const text = new TextEncoder().encode(JSON.stringify(said));
    const size = [];
    let rest = text.length;
    for (; rest > 127; rest >>= 7) size.push((rest & 127) | 128);
    return new Uint8Array([10, ...size, rest, ...text]);
  };
  const read = (message) => {
    const at = message.findIndex((byte, index) => index > 0 && byte < 128);
    return JSON.parse(new TextDecoder().decode(message.slice(at + 1)));
  };
  const envelope = (message) => {
    const framed = new Uint8Array(5 + message.length);
    new DataView(framed.buffer).setUint32(1, message.length);
    framed.set(message, 5);
    return framed;
  };
  const frames = async function* (response) {
    const reader = response.body.getReader();
    let rest = new Uint8Array();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const joined = new Uint8Array(rest.length + value.length);
      joined.set(rest);
      joined.set(value, rest.length);
      rest = joined;
      while (rest.length >= 5) {
        const size = 5 + new DataView(rest.buffer, rest.byteOffset).getUint32(1);
        if (rest.length < size) break;
        if (!(rest[0] & 2)) yield read(rest.slice(5, size));
        rest = rest.slice(size);
      }
    }
  };
  return {
    async send(action) {
      const stream = new Blob([write(action)]).stream().pipeThrough(new CompressionStream("gzip"));
      const body = await new Response(stream).arrayBuffer();
      const more = { "content-type": "application/proto", "content-encoding": "gzip" };
      const answer = await fetch(service + "PerformAction", { method: "POST", headers: { ...headers, ...more }, body });
      if (!answer.ok) throw await answer.json();
    },
    async listen(conversation, told) {
      for (;;) {
        const body = envelope(write({ conversation_id: conversation }));
        const more = { "content-type": "application/connect+proto" };
        try {
          const answer = await fetch(service + "StreamTimeline", { method: "POST", headers: { ...headers, ...more }, body });
          if (answer.status === 401) return location.assign("/login");
          for await (const event of frames(answer)) told(event);
        } catch {}
        await new Promise((done) => setTimeout(done, 100));
      }
    },
  };
};
