"""The histories: everything that the contract can say, each thing once."""

from __future__ import annotations

from typing import Final

from jackfield import (
    AudioPart,
    ChatRequest,
    Citation,
    FilePart,
    ImagePart,
    JsonSchema,
    Message,
    Part,
    ProviderState,
    ReasoningPart,
    RefusalPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
    Url,
)

CLOCK: Final = Tool(
    "clock", "Tells the time.", {"type": "object", "properties": {"zone": {"type": "string"}}}
)
CANARY: Final = "signed-by-somebody-else"
"""The mark of a provider that is on none of the wires: it must arrive nowhere."""
_PIXEL: Final = b"\x89PNG\r\n\x1a\n pixel"
_CODE: Final = (
    "```python\ndef f():\n\treturn '\u2028 \u00e9 \U0001f600'\n```\n\n" + "# and a line more\n" * 200
)
_FORM: Final = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


def _user(*parts: Part | str) -> Message:
    return Message("user", parts)


def _answer(*parts: Part | str) -> Message:
    return Message("assistant", parts)


def _call(number: int) -> ToolCallPart:
    return ToolCallPart(f"call_{number}", "clock", f'{{"zone": "Zone {number}"}}')


def _result(number: int, *parts: TextPart | ImagePart, is_error: bool = False) -> Message:
    given = parts or (TextPart("noon"),)
    return Message("tool", ToolResultPart(f"call_{number}", "clock", given, is_error=is_error))


def _thought(*after: Part | str) -> Message:
    state = ProviderState("elsewhere_api", "thinking", {"signature": CANARY})
    return _answer(ReasoningPart("It must be noon.", state), *after)


def _called(*messages: Message) -> ChatRequest:
    return ChatRequest(messages=[_user("What time is it?"), *messages], tools=[CLOCK])


def _said(*messages: Message) -> ChatRequest:
    return ChatRequest(messages=messages)


def _turns(answer: Message) -> ChatRequest:
    return _said(_user("Hello"), answer, _user("Go on."))


HISTORIES: Final[dict[str, ChatRequest]] = {
    "text": _said(_user("Hello")),
    "system message": _said(Message("system", "Be brief."), _user("Hello")),
    "system message in the middle": _said(
        _user("Hello"), _answer("Hi."), Message("system", "Be brief."), _user("Go on.")
    ),
    "several turns": _turns(_answer("Hi.")),
    "image": _said(_user("What is this?", ImagePart(_PIXEL, "image/png"))),
    "image at an address, with detail": _said(
        _user(ImagePart(Url("https://example.com/a.png"), "image/png", "high"), "What is this?")
    ),
    "PDF file": _said(_user("Read this.", FilePart(b"%PDF-1.4 nothing", "a.pdf", "application/pdf"))),
    "sound": _said(_user("Listen.", AudioPart(b"RIFF sound", "audio/wav"))),
    "long code in many lines": _turns(_answer(_CODE)),
    "blank parts": _said(_user(" \n ", ImagePart(_PIXEL, "image/png"), "What is this?")),
    "tools called in parallel": _called(
        _answer("I look.", _call(1), _call(2)), _result(1), _result(2, TextPart("midnight"))
    ),
    "tool that failed": _called(_answer(_call(1)), _result(1, TextPart("no such zone"), is_error=True)),
    "tool that gave an image": _called(_answer(_call(1)), _result(1, ImagePart(_PIXEL, "image/png"))),
    "reasoning of another provider, then a tool": _called(_thought(_call(1)), _result(1)),
    "citations": _turns(_answer(TextPart("It is noon.", [Citation("https://example.com/", "Clock")]))),
    "refusal": _turns(_answer(RefusalPart("I will not say."))),
    "structured output": ChatRequest(
        messages=[_user("Where is it?")], output=JsonSchema(_FORM, name="place", strict=True)
    ),
    "cut answer resumed": _said(
        _user("Count to five."), _answer("One, two, thr"), _user("Go on where you stopped.")
    ),
    "another model's answer in the middle": _said(
        _user("Hello"), _thought("Noon."), _user("And now?"), _answer("One."), _user("Go on.")
    ),
}
