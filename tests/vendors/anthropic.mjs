// The client `@anthropic-ai/sdk` from npm, led to the stand-in: one task a run, told as JSON.
import Anthropic from "@anthropic-ai/sdk";
import { run } from "./run.mjs";

const tools = [
  {
    name: "clock",
    description: "Tells the time.",
    input_schema: { type: "object", properties: { zone: { type: "string" } } },
  },
];
const thinking = { type: "enabled", budget_tokens: 2000 };

run(({ base_url, key, model }) => {
  const client = new Anthropic({ baseURL: base_url, apiKey: key, maxRetries: 0 });
  const usual = { model, max_tokens: 4000 };
  const question = (content) => [{ role: "user", content }];

  return {
    async text() {
      const answer = await client.messages.create({ ...usual, messages: question("What is a jackfield?") });
      return { text: answer.content[0].text, reason: answer.stop_reason, tokens: answer.usage.output_tokens };
    },

    async stream() {
      const stream = client.messages.stream({ ...usual, messages: question("What is a jackfield?") });
      const pieces = [];
      stream.on("text", (piece) => pieces.push(piece));
      const answer = await stream.finalMessage();
      return { pieces, text: answer.content[0].text, reason: answer.stop_reason };
    },

    async tools() {
      const asked = question("The [tools], please");
      const settings = { ...usual, tools, thinking };
      // Signed thoughts stand before the calls: the stand-in takes the history only if they come back as they were.
      const { content } = await client.messages.stream({ ...settings, messages: asked }).finalMessage();
      const calls = content.filter(({ type }) => type === "tool_use");
      const results = calls.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: "noon" }));
      const messages = [...asked, { role: "assistant", content }, { role: "user", content: results }];
      const after = await client.messages.create({ ...settings, messages });
      return { calls: calls.map(({ input }) => input), text: after.content.at(-1).text };
    },
  };
});
