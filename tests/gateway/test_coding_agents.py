"""What coding agents send, by hand after what was recorded of them: every field, every header, their sizes.

Recorded on loopback on 2026-11-26: Codex CLI 0.169.0, Claude Code 2.1.197, Gemini CLI 0.61.0 and opencode
1.18.33. Of aider, Continue and Cline nothing was recorded: theirs are plain requests of their kind, aider's
under the path without a version that a bug report of another gateway has. These are shapes for APIs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs
import pytest

from .conftest import TOKEN, Opener

pytestmark = pytest.mark.anyio

_SCHEMA: Any = {
    "type": "object",
    "properties": {"command": {"type": "string"}, "timeout": {"type": "number"}},
    "required": ["command"],
    "additionalProperties": False,
    "$schema": "http://json-schema.org/draft-07/schema#",
}
_RULE = "Work in the folder that is open, say what you do, and ask before you delete anything. "


@attrs.frozen(kw_only=True)
class Recorded:
    """One request of an agent.

    Attributes:
        path: Where it goes, with its query.
        size: About how many bytes it had.
        body: Its body, without what only makes it long.
        grows: Where its instructions are: names and places that lead to a text.
        headers: Its headers beside the token.
        ignored: The fields that the header of the answer names.
    """

    path: str
    size: int
    body: Mapping[str, Any]
    grows: tuple[Any, ...]
    headers: Mapping[str, str] = {}
    ignored: str = ""

    def sent(self) -> bytes:
        """Return its bytes, with instructions as long as they were."""
        body = json.loads(json.dumps(self.body))
        *outer, last = self.grows
        place = body
        for step in outer:
            place = place[step]
        missing = self.size - len(json.dumps(body))
        place[last] = _RULE * (missing // len(_RULE))
        return json.dumps(body).encode()


def _functions(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"name": f"tool_{number}", "description": "Runs it.", **more} for number in range(count)]


def _nested(count: int) -> list[dict[str, Any]]:
    return [{"type": "function", "function": one} for one in _functions(count, parameters=_SCHEMA)]


AGENTS = {
    "codex": Recorded(
        path="/v1/responses",
        size=39_489,
        headers={
            "accept": "text/event-stream",
            "originator": "codex_cli_rs",
            "session-id": "0199",
            "thread-id": "0199",
            "x-codex-turn-metadata": "{}",
        },
        grows=("input", 0, "content", 0, "text"),
        body={
            "model": "gpt-4",
            "input": [
                {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": ""}]},
                {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]},
            ],
            "tools": [
                {"type": "function", "strict": False, **one} for one in _functions(9, parameters=_SCHEMA)
            ],
            "tool_choice": "auto",
            "parallel_tool_calls": True,
            "reasoning": {"summary": "auto"},
            "store": False,
            "stream": True,
            "include": ["reasoning.encrypted_content"],
            "prompt_cache_key": "0199",
            "client_metadata": {"x-codex-installation-id": "0199"},
        },
        ignored="client_metadata, parallel_tool_calls, prompt_cache_key, reasoning.summary",
    ),
    "claude code": Recorded(
        path="/v1/messages?beta=true",
        size=85_126,
        headers={
            "anthropic-version": "2023-06-01",
            "anthropic-beta": "claude-code-20250219,mid-conversation-system-2026-04-07,unheard-of-2027-01-01",
            "x-app": "cli",
            "user-agent": "claude-cli/2.1.197 (external, cli)",
        },
        grows=("system", 1, "text"),
        body={
            "model": "claude-jackfield",
            "max_tokens": 32_000,
            "system": [
                {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.197;"},
                {"type": "text", "text": "", "cache_control": {"type": "ephemeral"}},
            ],
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "hello"}]},
                {"role": "system", "content": [{"type": "text", "text": "The folder has changed."}]},
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "go", "cache_control": {"type": "ephemeral"}}],
                },
            ],
            "tools": _functions(20, input_schema=_SCHEMA),
            "thinking": {"type": "adaptive"},
            "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
            "output_config": {"effort": "high"},
            "metadata": {"user_id": "user_0199"},
            "stream": True,
        },
        ignored="context_management, metadata",
    ),
    "gemini cli": Recorded(
        path="/v1beta/models/gpt-4:streamGenerateContent?alt=sse",
        size=46_863,
        headers={"x-goog-api-client": "google-genai-sdk/2.32.0 gl-node/v22"},
        grows=("systemInstruction", "parts", 0, "text"),
        body={
            "contents": [{"role": "user", "parts": [{"text": "the folder"}, {"text": "hello"}]}],
            "systemInstruction": {"role": "user", "parts": [{"text": ""}]},
            "tools": [{"functionDeclarations": _functions(14, parametersJsonSchema=_SCHEMA)}],
            "generationConfig": {
                "temperature": 1,
                "topP": 0.95,
                "topK": 64,
                "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 8192},
            },
        },
        ignored="generationConfig.topK",
    ),
    "opencode": Recorded(
        path="/v1/chat/completions",
        size=30_665,
        headers={"user-agent": "ai-sdk/openai-compatible/2.0.0", "sec-fetch-mode": "cors"},
        grows=("messages", 0, "content"),
        body={
            "model": "gpt-4",
            "max_tokens": 32_000,
            "messages": [{"role": "system", "content": ""}, {"role": "user", "content": "hello"}],
            "tools": _nested(11),
            "tool_choice": "auto",
            "stream": True,
            "stream_options": {"include_usage": True},
        },
    ),
    "aider": Recorded(
        path="/chat/completions",
        size=12_000,
        grows=("messages", 0, "content"),
        body={
            "model": "gpt-4",
            "messages": [
                {"role": "system", "content": ""},
                {"role": "user", "content": "I switched to a new code base."},
                {"role": "assistant", "content": "Ok."},
                {"role": "user", "content": "hello"},
            ],
            "temperature": 0,
            "stream": True,
        },
    ),
    "continue": Recorded(
        path="/v1/chat/completions",
        size=8_000,
        headers={"api-key": TOKEN},
        grows=("messages", 0, "content"),
        body={
            "model": "gpt-4",
            "messages": [
                {"role": "system", "content": ""},
                {"role": "user", "content": [{"type": "text", "text": "hello"}]},
            ],
            "tools": _nested(6),
            "parallel_tool_calls": False,
            "max_tokens": 4096,
            "stream": True,
        },
        ignored="parallel_tool_calls",
    ),
    "cline": Recorded(
        path="/v1/chat/completions",
        size=50_000,
        headers={"http-referer": "https://cline.bot", "x-title": "Cline"},
        grows=("messages", 0, "content"),
        body={
            "model": "gpt-4",
            "messages": [
                {"role": "system", "content": ""},
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "<task>"}, {"type": "text", "text": "hi"}],
                },
            ],
            "temperature": 0,
            "reasoning_effort": "medium",
            "stream": True,
            "stream_options": {"include_usage": True},
        },
    ),
}
ENDS = {"/v1/responses": "response.completed", "/v1/messages": "message_stop", "/v1beta": "STOP"}


@pytest.mark.parametrize("agent", AGENTS)
async def test_what_an_agent_sends_is_taken(front: Opener, agent: str) -> None:
    """It is answered to its end, asked once, with all that was said; what is left out is named."""
    recorded = AGENTS[agent]
    sent, headers = recorded.sent(), {"content-type": "application/json", **recorded.headers}
    if "api-key" not in headers:
        headers["authorization"] = f"Bearer {TOKEN}"
    aliases = {"gpt-4": "work:gpt-playground", "claude-jackfield": "work:gpt-playground"}
    async with front(aliases=aliases) as door:
        answer = await door.get(recorded.path, method="POST", content=sent, headers=headers)
        assert door.remote.state.executions == 1
        arrived = json.dumps(door.remote.state.requests[-1].body)
    end = next((end for path, end in ENDS.items() if recorded.path.startswith(path)), "[DONE]")
    assert (answer.status_code, end in answer.text) == (200, True)
    assert abs(len(sent) - recorded.size) < len(_RULE) + 10
    assert answer.headers.get("x-jackfield-ignored", "") == recorded.ignored
    assert arrived.count(_RULE) == sent.count(_RULE.encode())
    assert arrived.count("Runs it.") == sent.count(b"Runs it.")


async def test_a_warm_up_needs_no_token(front: Opener) -> None:
    """An agent looks whether somebody is there before it has a key in hand, and gets an empty 200."""
    async with front() as door:
        for path in ("/", "/api/hello"):
            told = await door.get(path, method="HEAD", headers={"user-agent": "Bun/1.4.0"})
            assert (told.status_code, told.content) == (200, b"")
