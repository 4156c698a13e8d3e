"""What the stand-in answers: a message whole, as the API gives one that is not streamed.

A word in brackets in the last thing said asks for what a model does of itself: `[tools]` two calls at once,
`[redacted]` a thought that is not shown, `[refusal]`, `[pause]`, `[search]`, `[unknown]` blocks and events
that no client knows, `[full]` an end because the context is full.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from jackfield_playground._engines import Engine, Turn
from jackfield_playground._schemas import value_of

from ._shapes import Ask, Document, Image, OneTool, Text, ThinkingOff, Tool, ToolResult, Words
from ._signing import signature_of

Made = dict[str, Any]


@attrs.frozen
class Said:
    """What the last turn says and brings."""

    text: str
    results: int
    documents: tuple[Document, ...]

    @classmethod
    def of(cls, ask: Ask) -> Said:
        """Return it for a request."""
        content = ask.messages[-1].content
        blocks = content if isinstance(content, list) else [Text(type="text", text=content)]
        return cls(
            " ".join(block.text for block in blocks if isinstance(block, Text)),
            sum(isinstance(block, ToolResult) for block in blocks),
            tuple(block for block in blocks if isinstance(block, Document)),
        )

    def wants(self, word: str) -> bool:
        """Whether a magic word is in it."""
        return f"[{word}]" in self.text


def written(ask: Ask, engine: Engine, *, cached: bool) -> Made:
    """Return the answer to a request.

    Args:
        ask: The request.
        engine: Who writes its text.
        cached: Whether the prompt was there before.
    """
    said = Said.of(ask)
    blocks = [*_thoughts(ask, said), *_content(ask, said, engine)]
    text_blocks = [block for block in blocks if block["type"] == "text"]
    reason, sequence = _end(said, blocks), None
    if text_blocks:
        last = text_blocks[-1]
        last["text"], reason, sequence = _ended(ask, last["text"], reason)
    made = {
        "id": f"msg_{secrets.token_hex(12)}",
        "type": "message",
        "role": "assistant",
        "model": ask.model,
        "content": blocks,
        "stop_reason": reason,
        "stop_sequence": sequence,
        "usage": _usage(ask, blocks, cached=cached),
    }
    if reason == "refusal":
        words = "The playground was asked to refuse this."
        made["stop_details"] = {"type": "refusal", "category": "general_harms", "explanation": words}
    return made


def _thoughts(ask: Ask, said: Said) -> Iterator[Made]:
    if ask.thinking is None or isinstance(ask.thinking, ThinkingOff):
        return
    if said.wants("redacted"):
        yield {"type": "redacted_thinking", "data": secrets.token_urlsafe(24)}
    shown = ask.thinking.display != "omitted"
    thought = f"The question has {len(said.text.split())} words. I count them." if shown else ""
    yield {"type": "thinking", "thinking": thought, "signature": signature_of(thought, ask.model)}


def _content(ask: Ask, said: Said, engine: Engine) -> Iterator[Made]:
    calls = _calls(ask, said)
    if said.wants("search") or said.wants("pause"):
        yield from _search(is_over=not said.wants("pause"))
    elif said.wants("refusal"):
        return
    elif ask.output_config and ask.output_config.format:
        yield _text(json.dumps(value_of(ask.output_config.format.schema_)))
    elif calls:
        yield _text("I call what you offer.")
        yield from calls
    elif cited := [one for one in said.documents if one.citations and one.citations.enabled]:
        yield _text("The file begins so.", citations=[_cited(cited[0])])
    else:
        yield _text("".join(_pieces(ask, engine)))
    if said.wants("unknown"):
        yield {"type": "weather_report", "sky": "clear"}


def _text(text: str, **more: Any) -> Made:
    return {"type": "text", "text": text, **more}


def _calls(ask: Ask, said: Said) -> list[Made]:
    """Return the calls to make: those that the caller insists on, or that were asked for in brackets."""
    tools = [tool for tool in ask.tools if isinstance(tool, Tool)]
    choice = ask.tool_choice
    if not tools or (choice and choice.type == "none") or said.results:
        return []
    if isinstance(choice, OneTool):
        tools = [tool for tool in tools if tool.name == choice.name]
    elif not (said.wants("tools") or (choice and choice.type == "any")):
        return []
    several = said.wants("tools") and not getattr(choice, "disable_parallel_tool_use", False)
    return [_call(tool, number) for number, tool in enumerate((tools * 2)[: 2 if several else 1])]


def _call(tool: Tool, number: int) -> Made:
    name = f"toolu_{number}_{secrets.token_hex(8)}"
    schema = tool.input_schema.model_dump()
    return {"type": "tool_use", "id": name, "name": tool.name, "input": value_of(schema)}


def _cited(document: Document) -> Made:
    where = {"document_index": 0, "document_title": document.title}
    if isinstance(document.source, Words):
        words = document.source.data[:30]
        at = {"start_char_index": 0, "end_char_index": len(words)}
        return {"type": "char_location", "cited_text": words, **where, **at}
    pages = {"start_page_number": 1, "end_page_number": 2}
    return {"type": "page_location", "cited_text": "The first page.", **where, **pages}


def _search(*, is_over: bool) -> Iterator[Made]:
    name = f"srvtoolu_{secrets.token_hex(8)}"
    yield {"type": "server_tool_use", "id": name, "name": "web_search", "input": {"query": "jackfield"}}
    if not is_over:
        return
    page = {"url": "https://example.com/jackfield", "title": "Jackfield"}
    found = {"type": "web_search_result", **page, "encrypted_content": secrets.token_hex(8)}
    yield {"type": "web_search_tool_result", "tool_use_id": name, "content": [found]}
    cited = {
        "type": "web_search_result_location",
        **page,
        "cited_text": "A panel.",
        "encrypted_index": "Eo8=",
    }
    yield _text("It is a panel.", citations=[cited])


def _pieces(ask: Ask, engine: Engine) -> Sequence[str]:
    turns = [turn for turn in map(_turn, ask.messages) if turn is not None]
    pieces: list[str] = []

    def emit(piece: str) -> bool:
        pieces.append(piece)
        return len(pieces) < ask.max_tokens + 1

    engine.answer(turns, emit)
    return pieces


def _turn(turn: Any) -> Turn | None:
    if turn.role == "system":
        return None
    blocks = turn.content if isinstance(turn.content, list) else [Text(type="text", text=turn.content)]
    words = [_words(block) for block in blocks]
    return Turn(turn.role, " ".join(filter(None, words)), sum(isinstance(block, Image) for block in blocks))


def _words(block: Any) -> str:
    if isinstance(block, ToolResult):
        content = block.content or ""
        return content if isinstance(content, str) else " ".join(map(_words, content))
    return block.text if isinstance(block, Text) else ""


def _end(said: Said, blocks: list[Made]) -> str:
    asked = {"refusal": "refusal", "pause": "pause_turn", "full": "model_context_window_exceeded"}
    usual = "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"
    return next((reason for word, reason in asked.items() if said.wants(word)), usual)


def _ended(ask: Ask, text: str, reason: str) -> tuple[str, str, str | None]:
    """Return a text cut where the request says, and why it ends there. A word counts as a token."""
    for stop in ask.stop_sequences:
        if stop in text:
            return text[: text.index(stop)], "stop_sequence", stop
    words = text.split(" ")
    if len(words) > ask.max_tokens:
        return " ".join(words[: ask.max_tokens]), "max_tokens", None
    return text, reason, None


def _usage(ask: Ask, blocks: list[Made], *, cached: bool) -> Made:
    prompt = ask.model_dump_json(include={"system", "tools", "messages"})
    read = len(prompt) // 4
    is_kept = ask.cache_control is not None
    thought = sum(len(block["thinking"].split()) for block in blocks if block["type"] == "thinking")
    return {
        "input_tokens": 3 if is_kept else read,
        "cache_creation_input_tokens": read if is_kept and not cached else 0,
        "cache_read_input_tokens": read if is_kept and cached else 0,
        "output_tokens": 1 + sum(len(json.dumps(block).split()) for block in blocks),
        "output_tokens_details": {"thinking_tokens": thought},
        "service_tier": "standard",
    }
