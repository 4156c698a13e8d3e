"use strict";
// The completion stream as blocks of content, in either of its formats. `read(response, told)` calls `told(blocks)`
// after each message; it returns {complete, error, reason}.
const wire = (() => {
  const grow = { text_delta: "text", thinking_delta: "thinking", input_json_delta: "partial_json" };

  const withdraw = (said, blocks) => {
    if ("index" in said) return blocks.delete(said.index);
    for (const index of [...blocks.keys()]) if (said.from_index !== null && index >= said.from_index) blocks.delete(index);
  };
  const take = (said, state) => {
    const { blocks } = state;
    if (said.type === "message_start") state.behind = blocks.size;
    else if (said.type === "content_block_start") blocks.set(state.behind + said.index, { ...said.content_block });
    else if (said.type === "content_block_retract") withdraw(said, blocks);
    else if (said.type === "content_block_delta") {
      const [block, { type, ...more }] = [blocks.get(state.behind + said.index), said.delta];
      if (grow[type]) block[grow[type]] = (block[grow[type]] || "") + more[grow[type]];
      if (type === "citation_start_delta") (block.citations ||= []).push(more.citation);
      if (type === "tool_use_block_update_delta") block.message = more.message;
    } else if (said.type === "message_delta") state.reason = said.delta.stop_reason;
    else if (said.type === "message_stop") [state.complete, state.error] = [true, null];
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
    const state = { blocks: new Map(), behind: 0, complete: false, error: null, reason: null };
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
