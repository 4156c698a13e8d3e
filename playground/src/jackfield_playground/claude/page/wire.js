"use strict";
// The completion stream as blocks of content, in either of its formats. `read(response, told)` calls `told(blocks)`
// after each message; it returns {complete, error, reason}.
const wire = (() => {
  const grow = { text_delta: "text", thinking_delta: "thinking", input_json_delta: "partial_json" };

  const take = (said, state) => {
    const { blocks } = state;
    if (said.type === "content_block_start") blocks.set(said.index, { ...said.content_block });
    else if (said.type === "content_block_retract") blocks.delete(said.index);
    else if (said.type === "content_block_delta") {
      const [block, { type, ...more }] = [blocks.get(said.index), said.delta];
      if (grow[type]) block[grow[type]] = (block[grow[type]] || "") + more[grow[type]];
      if (type === "citation_start_delta") (block.citations ||= []).push(more.citation);
      if (type === "tool_use_block_update_delta") block.message = more.message;
    } else if (said.type === "message_delta") state.reason = said.delta.stop_reason;
    else if (said.type === "message_stop") state.complete = true;
    else if (said.type === "message_limit" && said.message_limit.type !== "within_limit")
      state.error = { type: "rate_limit_error", message: JSON.stringify(said.message_limit) };
    else if (said.error) state.error = said.error;
    else if ("completion" in said) {
      const block = blocks.get(0) || { type: "text", text: "" };
      blocks.set(0, { ...block, text: block.text + said.completion });
      if (said.stop_reason) [state.reason, state.complete] = [said.stop_reason, true];
      if (said.messageLimit.type !== "within_limit")
        state.error = { type: "rate_limit_error", message: JSON.stringify(said.messageLimit) };
    }
  };
  const read = async (response, told) => {
    const state = { blocks: new Map(), complete: false, error: null, reason: null };
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return state;
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const event of events) take(JSON.parse(event.slice(event.indexOf("data: ") + 6)), state);
      told([...state.blocks.values()]);
    }
  };
  return { read };
})();
