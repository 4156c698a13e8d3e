// The client `@google/genai` from npm, led to the stand-in: one task a run, told as JSON.
import { GoogleGenAI } from "@google/genai";
import { run } from "./run.mjs";

const tools = [
  {
    functionDeclarations: [
      {
        name: "clock",
        description: "Tells the time.",
        parametersJsonSchema: { type: "object", properties: { zone: { type: "string" } } },
      },
    ],
  },
];

run(({ base_url, key, model }) => {
  const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: base_url, retryOptions: { attempts: 1 } } });
  const asked = { model, contents: "What is a jackfield?" };

  return {
    async text() {
      const answer = await client.models.generateContent(asked);
      const { candidatesTokenCount } = answer.usageMetadata;
      return { text: answer.text, reason: answer.candidates[0].finishReason, tokens: candidatesTokenCount };
    },

    async stream() {
      const pieces = [];
      let reason;
      for await (const chunk of await client.models.generateContentStream(asked)) {
        pieces.push(chunk.text ?? "");
        reason = chunk.candidates[0].finishReason ?? reason;
      }
      return { pieces, text: pieces.join(""), reason };
    },

    async tools() {
      // The client's own chat keeps the history, signatures included, without which the stand-in refuses it.
      const chat = client.chats.create({ model, config: { tools } });
      const { functionCalls } = await chat.sendMessage({ message: "The [tools], please" });
      const message = functionCalls.map(({ id, name }) => ({
        functionResponse: { id, name, response: { output: "noon" } },
      }));
      const after = await chat.sendMessage({ message });
      return { calls: functionCalls.map(({ args }) => args), text: after.text };
    },
  };
});
