// A thread as assistant-ui's guide builds it from its parts, over a runtime that reads lines of JSON.
import { createRoot } from "react-dom/client"
import {
    AssistantRuntimeProvider,
    ComposerPrimitive,
    MessagePrimitive,
    ThreadPrimitive,
    useLocalRuntime,
} from "@assistant-ui/react"
import { MarkdownTextPrimitive } from "@assistant-ui/react-markdown"

const words = (message) => message.content.map((part) => part.text ?? "").join("")

const model = {
    async *run({ messages, abortSignal }) {
        const answer = await fetch("/assistant-ui", {
            method: "POST",
            body: JSON.stringify({ text: words(messages.at(-1)) }),
            signal: abortSignal,
        })
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
        let rest = "", text = ""
        for (let read; !(read = await reader.read()).done; ) {
            const lines = (rest + read.value).split("\n")
            rest = lines.pop()
            for (const line of lines) text += JSON.parse(line).delta
            yield { content: [{ type: "text", text }] }
        }
    },
}

const Question = () => (
    <MessagePrimitive.Root className="question">
        <MessagePrimitive.Parts />
    </MessagePrimitive.Root>
)
const Answer = () => (
    <MessagePrimitive.Root className="answer">
        <MessagePrimitive.Parts components={{ Text: MarkdownTextPrimitive }} />
    </MessagePrimitive.Root>
)

const Page = () => (
    <AssistantRuntimeProvider runtime={useLocalRuntime(model)}>
        <ThreadPrimitive.Root>
            <ThreadPrimitive.Viewport>
                <ThreadPrimitive.Messages components={{ UserMessage: Question, AssistantMessage: Answer }} />
            </ThreadPrimitive.Viewport>
            <ComposerPrimitive.Root>
                <ComposerPrimitive.Input placeholder="Write a message" />
                <ThreadPrimitive.If running={false}>
                    <ComposerPrimitive.Send>Send</ComposerPrimitive.Send>
                </ThreadPrimitive.If>
                <ThreadPrimitive.If running>
                    <ComposerPrimitive.Cancel>Stop</ComposerPrimitive.Cancel>
                </ThreadPrimitive.If>
            </ComposerPrimitive.Root>
        </ThreadPrimitive.Root>
    </AssistantRuntimeProvider>
)

createRoot(document.getElementById("root")).render(<Page />)
