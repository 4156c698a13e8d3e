"""Responses: what is refused, and how an answer is written.

Sources: the vendor's reference of Responses and its client's types and checks (openai-python 3.57.0).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from jackfield_playground._engines import Turn

from ._answers import Answer, Asked
from ._chat import call_id, check_model, checked_schema
from ._refusals import Refused, refuse
from ._settings import OpenAISettings

_FIELDS: Final = frozenset(
    {
        "background",
        "include",
        "input",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "model",
        "parallel_tool_calls",
        "prompt_cache_key",
        "prompt_cache_retention",
        "reasoning",
        "safety_identifier",
        "service_tier",
        "store",
        "stream",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
        "user",
    }
)
_CHUNKS: Final = {
    "user": {"input_text", "input_image", "input_file", "input_audio"},
    "system": {"input_text"},
    "developer": {"input_text"},
    "assistant": {"output_text", "refusal"},
}
_SEAL: Final = "sealed by the playground for "
_LEAST: Final = 16


def asked_of(body: Any, settings: OpenAISettings) -> Asked:
    """Return what a body asks.

    Raises:
        Refused: The vendor would not take it.
    """
    for name in body:
        if name not in _FIELDS:
            raise Refused(f"Unknown parameter: '{name}'.", code="unknown_parameter", param=name)
    check_model(body.get("model"), settings)
    if body.get("background") and not body.get("store", True):
        refuse("Background responses must be stored.", "background")
    most = body.get("max_output_tokens")
    if most is not None and most < _LEAST:
        raise Refused(
            f"Invalid 'max_output_tokens': integer below minimum value. Expected a value >= {_LEAST}.",
            code="integer_below_min_value",
            param="max_output_tokens",
        )
    items = body.get("input")
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    if not isinstance(items, list) or not items:
        refuse("Missing required parameter: 'input'.", "input", "missing_required_parameter")
    _check_items(items, body["model"])
    tools = _tools(body.get("tools") or ())
    form = (body.get("text") or {}).get("format") or {}
    schema = checked_schema(form, "text.format") if form.get("type") == "json_schema" else None
    return Asked(
        turns=_turns(items),
        after_tools=items[-1].get("type") == "function_call_output",
        tools=tools,
        choice=_choice(body.get("tool_choice"), tools),
        schema=schema,
        most=most,
    )


def _check_items(items: Sequence[Any], model: str) -> None:
    calls: list[str] = []
    for number, item in enumerate(items):
        where = f"input[{number}]"
        match item.get("type", "message") if isinstance(item, dict) else None:
            case "message":
                _check_message(item, where)
            case "function_call":
                calls.append(item["call_id"])
            case "function_call_output":
                if item.get("call_id") not in calls:
                    refuse(f"No tool call found for function call output with call_id {item.get('call_id')}.")
                calls.remove(item["call_id"])
            case "reasoning":
                _check_reasoning(items, number, model)
            case "web_search_call":
                pass
            case other:
                refuse(f"Invalid value: '{other}'.", f"{where}.type", "invalid_value")
    if calls:
        refuse(f"No tool output found for function call {calls[0]}.", "input")


def _check_message(item: Mapping[str, Any], where: str) -> None:
    role, content = item.get("role"), item.get("content")
    if role not in _CHUNKS:
        refuse(f"Invalid value: '{role}'.", f"{where}.role", "invalid_value")
    for place, chunk in enumerate(content if isinstance(content, list) else ()):
        if chunk.get("type") not in _CHUNKS[role]:
            refuse(
                f"Invalid value: '{chunk.get('type')}'.", f"{where}.content[{place}].type", "invalid_value"
            )


def _check_reasoning(items: Sequence[Any], number: int, model: str) -> None:
    """Refuse thoughts that this very model did not seal, or that stand alone."""
    item = items[number]
    if item.get("encrypted_content") != sealed(item.get("id"), model):
        refuse(
            f"The encrypted content for item {item.get('id')} could not be verified.",
            f"input[{number}]",
            "invalid_encrypted_content",
        )
    if number + 1 == len(items) or items[number + 1].get("role") == "user":
        refuse(
            f"Item '{item['id']}' of type 'reasoning' was provided without its required following item.",
            "input",
        )


def sealed(id_: Any, model: str) -> str:
    """Return the thoughts of a model as nobody else can read them."""
    return base64.b64encode(f"{_SEAL}{model}: {id_}".encode()).decode()


def _tools(tools: Sequence[Any]) -> dict[str, Any]:
    for number, tool in enumerate(tools):
        if tool.get("type") == "function" and "name" not in tool:
            refuse("Missing required parameter: 'tools[0].name'.", f"tools[{number}].name")
    return {tool["name"]: tool.get("parameters") for tool in tools if tool.get("type") == "function"}


def _choice(choice: Any, tools: Mapping[str, Any]) -> str:
    if isinstance(choice, dict):
        if choice.get("name") not in tools:
            refuse("Tool choice not found in 'tools' parameter.", "tool_choice")
        return str(choice["name"])
    return str(choice or "auto")


def _turns(items: Sequence[Mapping[str, Any]]) -> tuple[Turn, ...]:
    turns = [_turn(item) for item in items if item.get("role") in ("user", "assistant")]
    while turns and turns[-1].role == "assistant":
        turns.pop()
    return tuple(turns) or (Turn("user", "nothing"),)


def _turn(item: Mapping[str, Any]) -> Turn:
    content = item["content"]
    chunks = [{"type": "input_text", "text": content}] if isinstance(content, str) else content
    text = "".join(chunk.get("text", "") for chunk in chunks)
    return Turn(
        "user" if item["role"] == "user" else "assistant",
        text,
        sum(chunk["type"] == "input_image" for chunk in chunks),
    )


@attrs.frozen(kw_only=True)
class Writer:
    """Writes one answer.

    Attributes:
        answer: The answer.
        body: The request's body.
        about: The response's id, time and model.
        searches: Whether the vendor's own search is shown before the answer.
    """

    answer: Answer
    body: Mapping[str, Any]
    about: Mapping[str, Any]
    searches: bool = False

    def items(self) -> list[dict[str, Any]]:
        """Return the items of the answer, whole."""
        tail = str(self.about["id"])[-8:]
        items: list[dict[str, Any]] = [self._reasoning(f"rs_{tail}")]
        if self.searches:
            action = {"type": "search", "query": "jackfield"}
            items.append(
                {"id": f"ws_{tail}", "type": "web_search_call", "status": "completed", "action": action}
            )
        for number, (name, said) in enumerate(self.answer.calls):
            called = {"call_id": call_id(self.about, number), "name": name, "arguments": said}
            items.append(
                {"id": f"fc_{tail}{number}", "type": "function_call", "status": "completed", **called}
            )
        if not self.answer.calls:
            items.append(self._message(f"msg_{tail}"))
        return items

    def _reasoning(self, id_: str) -> dict[str, Any]:
        wanted = (self.body.get("reasoning") or {}).get("summary")
        summary = [{"type": "summary_text", "text": "".join(self.answer.thoughts)}] if wanted else []
        item: dict[str, Any] = {"id": id_, "type": "reasoning", "summary": summary}
        if "reasoning.encrypted_content" in (self.body.get("include") or ()):
            item["encrypted_content"] = sealed(id_, self.about["model"])
        return item

    def _message(self, id_: str) -> dict[str, Any]:
        answer = self.answer
        if answer.refusal:
            content: dict[str, Any] = {"type": "refusal", "refusal": answer.refusal}
        else:
            sources = [
                {"type": "url_citation", "url": url, "title": "The playground", "start_index": 0}
                | {"end_index": len(answer.text)}
                for url in answer.sources
            ]
            content = {"type": "output_text", "text": answer.text, "annotations": sources, "logprobs": []}
        return {
            "id": id_,
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [content],
        }

    def response(self, status: str = "completed", *, whole: bool = True) -> dict[str, Any]:
        """Return the response object."""
        reasons = {"length": "max_output_tokens", "content_filter": "content_filter"}
        reason = reasons.get(self.answer.reason) if whole else None
        return {
            **self.about,
            "object": "response",
            "status": "incomplete" if reason else status,
            "error": None,
            "incomplete_details": {"reason": reason} if reason else None,
            "output": self.items() if whole else [],
            "parallel_tool_calls": True,
            "tool_choice": self.body.get("tool_choice") or "auto",
            "tools": self.body.get("tools") or [],
            "background": bool(self.body.get("background")),
            "usage": self._usage() if whole else None,
        }

    def _usage(self) -> dict[str, Any]:
        answer = self.answer
        return {
            "input_tokens": answer.read,
            "input_tokens_details": {"cached_tokens": 1, "cache_write_tokens": 0},
            "output_tokens": answer.written,
            "output_tokens_details": {"reasoning_tokens": len(answer.thoughts)},
            "total_tokens": answer.read + answer.written,
        }

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield the answer in events, in the vendor's order."""
        for number, event in enumerate(self._unnumbered()):
            yield {**event, "sequence_number": number}

    def _unnumbered(self) -> Iterator[dict[str, Any]]:
        begun = self.response("in_progress", whole=False)
        yield {"type": "response.created", "response": begun}
        yield {"type": "response.in_progress", "response": begun}
        for number, item in enumerate(self.items()):
            started = {**item, **_EMPTY.get(item["type"], {})}
            if "status" in item:
                started["status"] = "in_progress"
            yield {"type": "response.output_item.added", "output_index": number, "item": started}
            yield from self._grown(number, item)
            yield {"type": "response.output_item.done", "output_index": number, "item": item}
        end = self.response()
        yield {"type": f"response.{end['status']}", "response": end}

    def _grown(self, number: int, item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        where = {"output_index": number, "item_id": item["id"]}
        match item["type"]:
            case "function_call":
                kind = "response.function_call_arguments"
                for piece in re.findall(r".{1,5}", item["arguments"]):
                    yield {"type": f"{kind}.delta", "delta": piece, **where}
                yield {"type": f"{kind}.done", "arguments": item["arguments"], "name": item["name"], **where}
            case "reasoning":
                yield from self._summary(item, where)
            case "message":
                yield from self._content(item["content"][0], {**where, "content_index": 0})

    def _summary(self, item: Mapping[str, Any], where: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        kind = "response.reasoning_summary"
        for number, part in enumerate(item["summary"]):
            place = {**where, "summary_index": number}
            yield {"type": f"{kind}_part.added", "part": {**part, "text": ""}, **place}
            for piece in self.answer.thoughts:
                yield {"type": f"{kind}_text.delta", "delta": piece, **place}
            yield {"type": f"{kind}_text.done", "text": part["text"], **place}
            yield {"type": f"{kind}_part.done", "part": part, **place}

    def _content(self, content: Mapping[str, Any], where: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        field = "refusal" if content["type"] == "refusal" else "text"
        kind = "response.refusal" if field == "refusal" else "response.output_text"
        logprobs: dict[str, Any] = {"logprobs": []} if field == "text" else {}
        empty = {**content, field: "", **({"annotations": []} if field == "text" else {})}
        yield {"type": "response.content_part.added", "part": empty, **where}
        for piece in self.answer.pieces or re.findall(r"\S+\s*", self.answer.refusal):
            yield {"type": f"{kind}.delta", "delta": piece, **logprobs, **where}
        for number, source in enumerate(content.get("annotations", ())):
            yield {
                "type": "response.output_text.annotation.added",
                "annotation_index": number,
                "annotation": source,
                **where,
            }
        yield {"type": f"{kind}.done", field: content[field], **logprobs, **where}
        yield {"type": "response.content_part.done", "part": content, **where}


_EMPTY: Final[Mapping[str, Mapping[str, Any]]] = {
    "message": {"content": []},
    "function_call": {"arguments": ""},
    "reasoning": {"summary": []},
}
