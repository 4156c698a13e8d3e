"""Known remotes: as data, with where the facts come from, and nobody's key for another."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import (
    Capability,
    ChatRequest,
    ConfigError,
    Message,
    ProviderState,
    ReasoningPart,
    Unsupported,
    connect,
    prepare,
)
from jackfield_openai_api import SPEC, OpenAIOptions
from jackfield_openai_api._presets import PRESETS
from jackfield_playground import OpenAIPlayground

HOSTED = sorted(name for name, preset in PRESETS.items() if preset.needs_key)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_each_can_be_opened_and_says_its_source(name: str) -> None:
    """A preset has an address, but for the one without a place, and tells its source and of when it is."""
    elsewhere = None if PRESETS[name].base_url else "http://localhost:1/v1"
    options = OpenAIOptions(preset=name, base_url=elsewhere)

    assert options.address.startswith(("https://", "http://localhost:"))
    assert options.remote.source.endswith((")", "(2026-11)"))
    assert options.remote.lacks <= SPEC.capabilities


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"preset": "deepsek"}, "deepseek"),
        ({"preset": "compatible"}, "base_url"),
        ({"preset": "mistral", "api": "responses"}, "Responses"),
        ({"api": "chats"}, "'chat', 'responses'"),
    ],
)
def test_what_cannot_be(given: dict[str, Any], found: str) -> None:
    """A preset that there is not, one without an address, and a wire that it does not speak are told."""
    with pytest.raises(ConfigError, match=found):
        prepare("openai_api", given)


def test_a_key_goes_to_nobody_else() -> None:
    """Each hosted remote has variables of its own, which no other connection reads."""
    found = {}
    for name in HOSTED:
        options = OpenAIOptions(preset=name)
        (found[name],) = SPEC.credential_variables("openai_api", "token", options)[1:]
        assert SPEC.credential_variables(name, "token", options)[1:] == (found[name],)
        assert SPEC.credential_variables("work", "token", options) == ("OPENAI_WORK_TOKEN",)

        there = OpenAIOptions(preset=name, base_url="https://elsewhere.example/v1")
        known = SPEC.credential_variables("openai_api", "token", there)[1:]
        assert known == (("OPENAI_API_KEY",) if name == "openai" else ())

    assert len(set(found.values())) == len(HOSTED)
    assert found["openai"] == "OPENAI_API_KEY"


@pytest.mark.anyio
async def test_the_key_that_people_have(
    playground: OpenAIPlayground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`OPENAI_API_KEY` and `OPENAI_BASE_URL`, as the vendor's own clients read them, are enough."""
    monkeypatch.setenv("OPENAI_API_KEY", playground.key)
    monkeypatch.setenv("OPENAI_BASE_URL", playground.base_url)
    async with connect("openai_api") as connection:
        assert (await connection.send("Hello", model="gpt-playground")).success


@pytest.mark.anyio
async def test_what_a_remote_lacks(playground: OpenAIPlayground, opened: Any) -> None:
    """What a remote cannot do is refused before anything is sent."""
    async with opened(preset="deepseek") as connection:
        assert Capability.STRUCTURED_OUTPUT not in connection.capabilities
        with pytest.raises(Unsupported):
            await connection.send("Hello", output={"type": "object"})

    assert playground.posts() == 0


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("preset", "wish", "fields", "told"),
    [
        ("openai", {"reasoning": "max"}, {"reasoning_effort": "max"}, []),
        (
            "deepseek",
            {"reasoning": "medium"},
            {"thinking": {"type": "enabled"}, "reasoning_effort": "high"},
            ["reasoning.effort"],
        ),
        ("deepseek", {"reasoning": "none"}, {"thinking": {"type": "disabled"}}, []),
        ("openrouter", {"reasoning": 500}, {"reasoning": {"max_tokens": 500}}, []),
        ("openai", {"reasoning": 500}, {}, ["reasoning.budget"]),
        ("mistral", {"reasoning": "low", "seed": 3}, {"random_seed": 3}, ["reasoning.effort"]),
        ("groq", {"max_tokens": 5}, {"max_completion_tokens": 5}, []),
        ("ollama", {"max_tokens": 5}, {"max_tokens": 5}, []),
    ],
)
async def test_dialects(preset: str, wish: dict[str, Any], fields: dict[str, Any], told: list[str]) -> None:
    """Each remote is told a wish in its own words; what it has no words for is told to the caller."""
    from jackfield_api import chat_body, chat_plan

    request = ChatRequest(messages="Hello", **wish)
    dialect = PRESETS[preset].dialect
    body = chat_body(request, model=None, dialect=dialect)

    usual = {"messages", "stream", "stream_options"}
    assert {name: value for name, value in body.items() if name not in usual} == fields
    assert [loss.field for loss in chat_plan(request, dialect).adaptations] == told


@pytest.mark.anyio
@pytest.mark.parametrize(("remote", "goes"), [("here", True), ("https://api.deepseek.com", False)])
async def test_reasoning_goes_back_where_it_came_from(
    playground: OpenAIPlayground, opened: Any, remote: str, goes: bool
) -> None:
    """What one remote thought goes back to that one alone, though one provider speaks to both."""
    playground.state.change(reasoning_field="reasoning_content")
    said = [Message("user", "Hello")]
    async with opened(preset="deepseek") as connection:
        (thought, text) = (await connection.send(said)).parts
        assert isinstance(thought, ReasoningPart)
        assert thought.state is not None
        data = {**thought.state.data, **({} if remote == "here" else {"remote": remote})}
        state = ProviderState("openai_api", thought.state.kind, data, thought.state.family)
        answer = Message("assistant", [ReasoningPart(thought.text, state), text])
        plan = connection.plan([*said, answer, Message("user", "Again")])

    assert len(plan.request.messages[1].parts) == (2 if goes else 1)
    assert [told.field for told in plan.adaptations] == ([] if goes else ["messages[1].parts[0]"])
