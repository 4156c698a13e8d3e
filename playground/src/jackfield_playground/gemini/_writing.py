"""What the stand-in answers: the pieces of one answer, in the order in which the API sends them.

A word in brackets in the last thing said asks for what a model does of itself: `[tools]` two calls at once,
`[search]` an answer that rests on a page, `[code]` steps that the API takes, `[draw]` a picture, `[safety]`
an answer that breaks off for what it says, `[blocked]` a prompt that is refused for that, `[malformed]` a
call that went wrong, `[unknown]` a part that no client knows.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from jackfield_playground._engines import Engine, Turn
from jackfield_playground._schemas import value_of

from ._settings import Offer
from ._shapes import Ask, Content, Declaration
from ._signing import signed

Made = dict[str, Any]

_PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
_PAGE = {"web": {"uri": "https://example.com/jackfield", "title": "Jackfield"}}
_FOUND = "So “it” is. A jackfield is a panel."
_RATED = {"category": "HARM_CATEGORY_HARASSMENT", "probability": "HIGH"}


@attrs.define(eq=False)
class Answer:
    """An answer, whole.

    Attributes:
        parts: Its parts, as they come: of a text, one for each piece.
        about: What is told with the last of them.
        usage: What it cost.
        blocked: Whether nothing but the refusal of the prompt comes.
    """

    parts: list[Made]
    about: Made
    usage: Made
    blocked: bool = False

    def pieces(self, offer: Offer) -> Iterator[Made]:
        """Yield the objects of a stream."""
        named = {"modelVersion": offer.id, "responseId": secrets.token_urlsafe(12)}
        if self.blocked:
            yield {
                "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
                "usageMetadata": self.usage,
                **named,
            }
            return
        begun = {name: self.usage[name] for name in ("promptTokenCount", "totalTokenCount")}
        for part in self.parts[:-1]:
            yield {"candidates": [_candidate([part])], "usageMetadata": begun, **named}
        yield {
            "candidates": [_candidate(self.parts[-1:], **self.about)],
            "usageMetadata": self.usage,
            **named,
        }

    def whole(self, offer: Offer) -> Made:
        """Return it in one piece."""
        *_, last = self.pieces(offer)
        if not self.blocked:
            last["candidates"] = [_candidate(joined(self.parts), **self.about)]
        return last


def _candidate(parts: Sequence[Made], **about: Any) -> Made:
    return {"content": {"parts": [*parts], "role": "model"}, "index": 0, **about}


def joined(parts: Sequence[Made]) -> list[Made]:
    """Return parts with the pieces of one text in one; what is signed stays by itself."""
    whole: list[Made] = []
    for part in parts:
        last = whole[-1] if whole else {}
        if "text" in part and last.keys() == part.keys() and "thoughtSignature" not in part:
            last["text"] += part["text"]
        else:
            whole.append(dict(part))
    return whole


def written(ask: Ask, offer: Offer, engine: Engine) -> Answer:
    """Return the answer to a request; *engine* writes its text."""
    last = ask.contents[-1]
    said = _said(last) if last.role != "model" else ""
    read = len(ask.model_dump_json(exclude_none=True)) // 4
    if "[blocked]" in said:
        usage = {"promptTokenCount": read, "totalTokenCount": read}
        return Answer([], {}, usage, blocked=True)
    thoughts = list(_thoughts(ask, said))
    parts, about = _content(ask, offer, engine, said)
    parts, about = _ended(ask, parts, about)
    if not parts:
        parts = [{"text": ""}]
    usage = _usage(read, thoughts, parts)
    return Answer([*thoughts, *parts], about, usage)


def _said(content: Content) -> str:
    return " ".join(part.text for part in content.parts if part.text)


def _thoughts(ask: Ask, said: str) -> Iterator[Made]:
    thinking = ask.generation_config.thinking_config
    if thinking and thinking.include_thoughts and thinking.thinking_budget != 0:
        for piece in _pieces_of(f"The question has {len(said.split())} words. I count them."):
            yield {"text": piece, "thought": True}


def _content(ask: Ask, offer: Offer, engine: Engine, said: str) -> tuple[list[Made], Made]:
    about: Made = {"finishReason": "STOP"}
    if calls := _calls(ask, offer, said):
        return [*_texts("I call what you offer."), *calls], about
    for wish, answer in _WISHES.items():
        if f"[{wish}]" in said:
            parts, more = answer(offer)
            return parts, {**about, **more}
    if any(tool.google_search is not None for tool in ask.tools):
        parts, more = _found(offer)
        return parts, {**about, **more}
    if form := ask.generation_config.response_json_schema or ask.generation_config.response_schema:
        return _texts(json.dumps(value_of(form))), about
    text = _texts("".join(_written(ask, engine)))
    if "[unknown]" in said:
        text.append({"weatherReport": {"sky": "clear"}})
    # The signature of a text comes behind it, in a part without text.
    return [*text, *([signed({"text": ""}, offer.id)] if offer.signs else [])], about


def _texts(text: str) -> list[Made]:
    return [{"text": piece} for piece in _pieces_of(text)]


def _pieces_of(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


def _calls(ask: Ask, offer: Offer, said: str) -> list[Made]:
    """Return the calls to make: those that the caller insists on, or that were asked for in brackets."""
    calling = ask.tool_config.function_calling_config
    tools = [one for one in ask.declared if one.name in (calling.allowed_function_names or [one.name])]
    wanted = "[tools]" in said or calling.mode == "ANY"
    is_answered = any(part.function_response for part in ask.contents[-1].parts)
    if not tools or not wanted or calling.mode == "NONE" or is_answered:
        return []
    calls = [_call(one, offer) for one in (tools * 2)[: 2 if "[tools]" in said else 1]]
    return [signed(calls[0], offer.id), *calls[1:]] if offer.signs else calls


def _call(tool: Declaration, offer: Offer) -> Made:
    schema = tool.parameters_json_schema or tool.parameters or {}
    named = {"id": secrets.token_hex(4)} if offer.signs else {}
    return {"functionCall": {**named, "name": tool.name, "args": value_of({"type": "object", **schema})}}


def _found(_: Offer) -> tuple[list[Made], Made]:
    start, end = (len(text.encode()) for text in (_FOUND[: _FOUND.index("A jackfield")], _FOUND))
    segment = {"startIndex": start, "endIndex": end, "text": "A jackfield is a panel."}
    grounding = {
        "webSearchQueries": ["jackfield"],
        "searchEntryPoint": {"renderedContent": "<div>jackfield</div>"},
        "groundingChunks": [_PAGE],
        "groundingSupports": [{"segment": segment, "groundingChunkIndices": [0]}],
    }
    return _texts(_FOUND), {"groundingMetadata": grounding}


def _coded(_: Offer) -> tuple[list[Made], Made]:
    code = {"executableCode": {"language": "PYTHON", "code": "print(2 + 2)"}}
    result = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "4\n"}}
    return [code, result, *_texts("It is 4.")], {}


def _drawn(offer: Offer) -> tuple[list[Made], Made]:
    drawn = {"inlineData": {"mimeType": "image/png", "data": _PNG}}
    return [*_texts("Here it is."), signed(drawn, offer.id) if offer.signs else drawn], {}


def _broken_off(_: Offer) -> tuple[list[Made], Made]:
    return _texts("It is "), {"finishReason": "SAFETY", "safetyRatings": [_RATED]}


def _malformed(_: Offer) -> tuple[list[Made], Made]:
    words = "Malformed function call: print(default_api.clock("
    return [], {"finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": words}


_WISHES = {
    "malformed": _malformed,
    "safety": _broken_off,
    "search": _found,
    "code": _coded,
    "draw": _drawn,
}
"""What a word in brackets asks for, and what else is told with it."""


def _written(ask: Ask, engine: Engine) -> list[str]:
    pieces: list[str] = []
    most = ask.generation_config.max_output_tokens

    def emit(piece: str) -> bool:
        pieces.append(piece)
        return most is None or len(pieces) < most + 1

    engine.answer([_turn(content) for content in ask.contents], emit)
    return pieces


def _turn(content: Content) -> Turn:
    images = sum(bool(part.inline_data or part.file_data) for part in content.parts)
    results = [part.function_response.response for part in content.parts if part.function_response]
    words = [str(one.get("output", one.get("error"))) for one in results]
    return Turn(
        "assistant" if content.role == "model" else "user", " ".join([_said(content), *words]).strip(), images
    )


def _ended(ask: Ask, parts: list[Made], about: Made) -> tuple[list[Made], Made]:
    """Return parts cut where the request says, and why they end there. A piece counts as a token."""
    made = ask.generation_config
    texts = [part["text"] for part in parts if "text" in part]
    whole = "".join(texts)
    stop = next((stop for stop in made.stop_sequences if stop in whole), None)
    if stop is not None:
        return _texts(whole[: whole.index(stop)]), about
    if made.max_output_tokens and len(texts) > made.max_output_tokens:
        return parts[: made.max_output_tokens], {"finishReason": "MAX_TOKENS"}
    return parts, about


def _usage(read: int, thoughts: list[Made], parts: list[Made]) -> Made:
    told = {"promptTokenCount": read, "candidatesTokenCount": len(parts)}
    thought = {"thoughtsTokenCount": len(thoughts)} if thoughts else {}
    return {**told, **thought, "totalTokenCount": sum((*told.values(), *thought.values()))}
