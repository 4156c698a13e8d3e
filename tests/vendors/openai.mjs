// The client `openai` from npm, led to the stand-in: one task a run, told as JSON.
import OpenAI from "openai";
import { run } from "./run.mjs";

const tools = [
  {
    type: "function",
    function: {
      name: "weather",
      description: "Tells the weather.",
      parameters: { type: "object", properties: { place: { type: "string" } } },
    },
  },
];

run(({ base_url, key, model }) => {
  const client = new OpenAI({ baseURL: base_url, apiKey: key, maxRetries: 0 });
  const ask = (messages, more = {}) => client.chat.completions.create({ model, messages, ...more });
  const question = (content) => [{ role: "user", content }];

  return {
    async text() {
      const answer = await ask(question("What is a jackfield?"));
      const [choice] = answer.choices;
      return { text: choice.message.content, reason: choice.finish_reason, tokens: answer.usage.completion_tokens };
    },

    async stream() {
      const stream = client.chat.completions.stream({ model, messages: question("What is a jackfield?") });
      const pieces = [];
      stream.on("content", (piece) => pieces.push(piece));
      const [choice] = (await stream.finalChatCompletion()).choices;
      return { pieces, text: choice.message.content, reason: choice.finish_reason };
    },

    async tools() {
      const asked = question("playground:call");
      const { message } = (await ask(asked, { tools })).choices[0];
      const results = message.tool_calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "It is fine." }));
      const after = await ask([...asked, message, ...results], { tools });
      const calls = message.tool_calls.map((call) => JSON.parse(call.function.arguments));
      return { calls, text: after.choices[0].message.content };
    },

    async responses() {
      const stream = client.responses.stream({ model, input: "What is a jackfield?" });
      const pieces = [];
      stream.on("response.output_text.delta", ({ delta }) => pieces.push(delta));
      const { output_text, usage } = await stream.finalResponse();
      return { pieces, text: output_text, tokens: usage.output_tokens };
    },
  };
});
