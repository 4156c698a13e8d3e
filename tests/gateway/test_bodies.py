"""What clients send, on every wire: it is understood, or refused in words as the client's fault."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import JackfieldError
from jackfield_gateway._fault import Refusal
from jackfield_gateway._wires import OLLAMA, wire_of

MESSAGES: Any = [{"role": "user", "content": "hello"}]
GEMINI = "/v1beta/models/m:generateContent"
CONTENTS: Any = [{"role": "user", "parts": [{"text": "hello"}]}]
BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"model": "m", "messages": MESSAGES},
    "/v1/responses": {"model": "m", "input": MESSAGES},
    "/v1/messages": {"model": "m", "messages": MESSAGES, "max_tokens": 10},
    GEMINI: {"contents": CONTENTS},
    "/api/chat": {"model": "m", "messages": MESSAGES},
}
KINDS = ["text", "image", "document", "tool_use", "tool_result", "thinking", "message", "function_call"]
KINDS += ["function_call_output", "reasoning", "input_text", "input_image", "input_file", "output_text"]
WORDS = ["role", "type", "content", "text", "source", "data", "media_type", "input", "output", "name", "id"]
PARTS = ["text", "inline_data", "functionCall", "functionResponse", "thoughtSignature", "executableCode"]
WORDS += [*PARTS, "parts", "mimeType", "args", "response", "anyOf", "items", "properties", "nullable"]
WORDS += [
    "encrypted_content",
    "tool_use_id",
    "call_id",
    "arguments",
    "summary",
    "signature",
    "thinking",
    "image_url",
    "file_data",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from([*KINDS, "user"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=10,
)


def decode(path: str, **more: Any) -> Any:
    """Read a body as that wire does."""
    wire = wire_of(path, OLLAMA)
    assert wire
    return wire.decode({**BODIES[path], **more}, path, {})


@pytest.mark.parametrize("path", [path for path in BODIES if path.startswith("/v1/")])
@pytest.mark.parametrize("wrong", [{"temperature": "hot"}, {"top_p": []}, {"tools": 1}, {"model": 5}])
def test_a_field_of_a_wrong_type_is_refused_in_words(path: str, wrong: Any) -> None:
    """The sentence names the field; it is the client's fault and not ours."""
    with pytest.raises(Refusal, match=next(iter(wrong))) as refusal:
        decode(path, **wrong)
    assert refusal.value.fault.status == 400


@pytest.mark.parametrize("path", BODIES)
@given(
    value=VALUES, name=st.sampled_from(["messages", "input", "tools", "tool_choice", "system", "thinking"])
)
def test_whatever_a_field_holds_is_understood_or_refused(path: str, value: Any, name: str) -> None:
    """No field of any type breaks a wire."""
    with suppress(Refusal, JackfieldError):
        decode(path, **{name: value})


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/messages"])
@given(value=VALUES, kind=st.sampled_from(KINDS), role=st.sampled_from(["user", "assistant", "system"]))
def test_whatever_a_block_holds_is_understood_or_refused(path: str, value: Any, kind: str, role: str) -> None:
    """Nor does any block or item of a kind that is known, in a message of any role."""
    block = {**(value if isinstance(value, dict) else {"text": value}), "type": kind}
    for said in ([{"role": role, "content": [block]}], [{**block, "role": role}]):
        with suppress(Refusal, JackfieldError):
            decode(path, **{"input" if path == "/v1/responses" else "messages": said})


@given(value=VALUES, part=st.sampled_from(PARTS), role=st.sampled_from(["user", "model"]))
def test_whatever_a_part_of_gemini_holds_is_understood_or_refused(value: Any, part: str, role: str) -> None:
    """So it is with the parts, the schemas and the settings of Gemini's wire."""
    for more in (
        {"contents": [{"role": role, "parts": [{part: value}]}]},
        {"tools": [{"functionDeclarations": [{"name": "a", "parameters": value}]}]},
        {"generationConfig": value},
        {"generationConfig": {"responseMimeType": "application/json", "responseSchema": value}},
        {"toolConfig": {"functionCallingConfig": value}},
        {"systemInstruction": value},
    ):
        with suppress(Refusal, JackfieldError):
            decode(GEMINI, **more)


@given(value=VALUES, name=st.sampled_from(["content", "images", "tool_calls", "tool_name", "thinking"]))
def test_whatever_a_message_of_ollama_holds_is_understood_or_refused(value: Any, name: str) -> None:
    """So it is with the messages, the options and the forms of Ollama's wire, and with its other paths."""
    for role in ("user", "assistant", "tool"):
        with suppress(Refusal, JackfieldError):
            decode("/api/chat", messages=[*MESSAGES, {"role": role, name: value}])
    for field in ("options", "format", "think", "tools"):
        with suppress(Refusal, JackfieldError):
            decode("/api/chat", **{field: value})
    for path in ("/api/generate", "/api/embed", "/api/embeddings", "/api/show", "/api/pull"):
        with suppress(Refusal, JackfieldError):
            OLLAMA.decode({"model": "m", "prompt": "a", "input": value, name: value}, path, {})


@pytest.mark.parametrize("wrong", [{"temperature": "hot"}, {"topP": []}, {"maxOutputTokens": "1"}])
def test_a_setting_of_gemini_of_a_wrong_type_is_refused_in_words(wrong: Any) -> None:
    """The sentence names it as well as it can be known."""
    with pytest.raises(Refusal) as refusal:
        decode(GEMINI, generationConfig=wrong)
    assert refusal.value.fault.status == 400


def test_a_model_of_gemini_may_hold_what_separates() -> None:
    """The verb is behind the last colon; a name may hold slashes and colons, written either way."""
    for name in ("work/a:b", "work%2Fa%3Ab"):
        path = f"/v1/models/{name}:streamGenerateContent"
        wire = wire_of(path)
        assert wire
        asked = wire.decode(BODIES[GEMINI], path, {"alt": "sse"})
        assert (asked.model, asked.stream, wire.name) == ("work/a:b", True, "gemini")
    assert wire_of("/v1/models/work:unknown") is None
