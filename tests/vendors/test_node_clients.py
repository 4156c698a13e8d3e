"""The vendors' own clients for node take the stand-ins for the real thing, as those for Python do."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jackfield import ProviderContext, ProviderManager
from jackfield_playground import AnthropicPlayground, GeminiPlayground, OpenAIPlayground

CLIENTS = os.environ.get("JACKFIELD_TEST_NODE_CLIENTS")
pytestmark = pytest.mark.skipif(not CLIENTS, reason="`nox -s vendors` installs the clients, where npm is")
TOKEN = "a-token-of-the-tests-0123456789"
VENDORS: dict[str, Any] = {
    "anthropic": AnthropicPlayground,
    "gemini": GeminiPlayground,
    "openai": OpenAIPlayground,
}
ENDS = {"anthropic": "end_turn", "gemini": "STOP", "openai": "stop"}
ERRORS = {
    ("anthropic", "429"): ("RateLimitError", 429, "rate_limit_error"),
    ("anthropic", "500"): ("InternalServerError", 500, "api_error"),
    ("gemini", "429"): ("ApiError", 429, "RESOURCE_EXHAUSTED"),
    ("gemini", "500"): ("ApiError", 500, "INTERNAL"),
    ("gemini", "context"): ("ApiError", 400, "INVALID_ARGUMENT"),
    ("openai", "429"): ("RateLimitError", 429, "Rate limit reached"),
    ("openai", "500"): ("InternalServerError", 500, "The server had an error"),
    ("openai", "context"): ("BadRequestError", 400, "maximum context length"),
    ("openai", "quota"): ("RateLimitError", 429, "exceeded your current quota"),
}
BROKEN = {"anthropic": "Overloaded", "gemini": "The model is overloaded", "openai": "had an error"}


@pytest.fixture
def playground(vendor: str) -> Iterator[Any]:
    """The vendor's stand-in, running."""
    with VENDORS[vendor]().running() as running:
        yield running


@pytest.fixture
def remote(vendor: str, playground: Any) -> dict[str, str]:
    """Where the client asks, with which key, for which model."""
    model = "gpt-playground" if vendor == "openai" else playground.model
    return {"base_url": playground.base_url, "key": playground.key, "model": model}


@pytest.fixture
def told(vendor: str, remote: dict[str, str]) -> Callable[[str], dict[str, Any]]:
    """Let the vendor's client do a task; return what it tells of it."""

    def do(task: str) -> dict[str, Any]:
        command = ["node", f"{vendor}.mjs", task, json.dumps(remote)]
        done = subprocess.run(
            command, cwd=Path(str(CLIENTS)), capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return do


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_answer_in_one_piece(vendor: str, told: Any) -> None:
    """It reads an answer, its reason and its counts."""
    answer = told("text")

    assert "What is a jackfield?" in answer["text"]
    assert answer["reason"] == ENDS[vendor]
    assert answer["tokens"] > 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_stream(vendor: str, told: Any) -> None:
    """Its own fold of the stream is the answer, which comes in pieces."""
    answer = told("stream")

    assert len(answer["pieces"]) > 5
    assert "".join(answer["pieces"]) == answer["text"] == told("text")["text"]
    assert answer["reason"] == ENDS[vendor]


@pytest.mark.parametrize("vendor", ["openai"])
def test_a_response(told: Any) -> None:
    """On the Responses wire, too, the text is its fold of the stream."""
    answer = told("responses")

    assert "".join(answer["pieces"]) == answer["text"] == told("text")["text"]
    assert answer["tokens"] > 1


@pytest.mark.parametrize(
    ("vendor", "arguments"),
    [
        ("anthropic", [{"zone": "from the playground, “so”"}] * 2),
        ("gemini", [{"zone": "from the playground, “so”"}] * 2),
        ("openai", [{"place": "playground"}]),
    ],
)
def test_tools(told: Any, arguments: Any) -> None:
    """It hears of calls, sends the history back as it keeps it, signatures included, and is answered."""
    answer = told("tools")

    assert answer.get("calls") == arguments, answer
    assert "responder" in answer["text"]


@pytest.mark.parametrize(("vendor", "fault"), ERRORS)
def test_faults_are_its_own_errors(vendor: str, fault: str, playground: Any, told: Any) -> None:
    """Each refusal arrives as the vendor's own error, with the remote's status and words."""
    playground.play(fault)
    error = told("text")

    assert (error["failed"], error["status"]) == ERRORS[vendor, fault][:2]
    assert ERRORS[vendor, fault][2] in error["message"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_error_in_the_stream(vendor: str, playground: Any, told: Any) -> None:
    """An error in the middle of an answer is the vendor's error, and no answer."""
    playground.play("error in stream")
    error = told("stream")

    assert "text" not in error
    assert BROKEN[vendor] in error["message"]


@pytest.fixture
def behind_a_door(vendor: str, remote: dict[str, str], open_door: Any) -> Iterator[None]:
    """Put a front door between the client and the stand-in."""
    real = dict(remote)

    async def add(manager: ProviderManager) -> None:
        options = {"base_url": real["base_url"], "default_model": real["model"], "max_retries": 0}
        options |= {"preset": "openai"} if vendor == "openai" else {}
        await manager.add_provider(f"{vendor}_api", options, name="work")
        context = ProviderContext(f"{vendor}_api", credentials={"token": real["key"]})
        await manager.set_provider_context("work", context)

    with open_door(add, TOKEN) as address:
        version = "/v1" if vendor == "openai" else ""
        remote.update(base_url=f"{address}{version}", key=TOKEN, model="work")
        yield


@pytest.mark.parametrize("vendor", VENDORS)
def test_it_takes_the_front_door_for_the_vendor(
    vendor: str, behind_a_door: None, playground: Any, told: Any
) -> None:
    """Through the door it is the same: in one piece, streamed, with tools; a cut answer is no answer."""
    whole, streamed, called = told("text"), told("stream"), told("tools")
    assert (whole["reason"], streamed["reason"]) == (ENDS[vendor], ENDS[vendor])
    assert len(streamed["pieces"]) > 5
    assert "".join(streamed["pieces"]) == streamed["text"] == whole["text"]
    assert called.get("calls"), called
    assert "responder" in called["text"]

    playground.play("cut")
    before = playground.posts()
    assert "acted on" in told("stream")["message"]
    assert playground.posts() == before + 1
