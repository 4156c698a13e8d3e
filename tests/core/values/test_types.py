"""Requests, responses, models: what is said."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    ChatRequest,
    ChatResponse,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    ModelNotFound,
    RunFailed,
    models_of,
    resolve_model,
)
from jackfield._types import identified, to_request

ANY_TEXT = st.text(st.characters())  # every code point, lone surrogates among them
NAMES = st.sampled_from(["fast", "slow", "big", "small"])


@given(ANY_TEXT)
def test_any_text(text: str) -> None:
    """Any text makes a request, or an InvalidRequest when it is blank or no valid Unicode; nothing else."""
    try:
        request = ChatRequest(messages=text)
    except InvalidRequest:
        assert not text.strip() or any("\ud800" <= character <= "\udfff" for character in text)
    else:
        assert request.messages[0].text == text
        assert request.size == len(text.encode())


def test_surrogate_is_told_by_its_place() -> None:
    """A lone surrogate is refused before anything is sent, with its index."""
    with pytest.raises(InvalidRequest, match="index 3"):
        ChatRequest(messages="abc\ud800")


@pytest.mark.parametrize("text", ["", " ", "\n\t\u00a0\u2003"])
def test_nothing_to_say(text: str) -> None:
    """Empty or blank text is refused; beside an image or a file it is not."""
    with pytest.raises(InvalidRequest, match="empty"):
        ChatRequest(messages=text)

    for part in (ImagePart(b"pixels", "image/png"), FilePart("a.bin", "application/x", b"abcdef")):
        assert ChatRequest(messages=Message("user", [text, part])).size == len(text.encode()) + 6


@pytest.mark.parametrize("messages", [None, 5, [5], ["text in a list"], b"bytes", [None]])
def test_wrong_messages(messages: Any) -> None:
    """Messages of a wrong type are a TypeError."""
    with pytest.raises(TypeError):
        ChatRequest(messages=messages)


def test_no_messages() -> None:
    """An empty list of messages has nothing to say."""
    with pytest.raises(InvalidRequest):
        ChatRequest(messages=[])


def test_messages_from_a_generator() -> None:
    """Any iterable of messages is taken, and read once."""
    request = ChatRequest(messages=(Message("user", text) for text in ("one", "two")))

    assert [message.text for message in request.messages] == ["one", "two"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_tokens": 0},
        {"max_tokens": -1},
        {"temperature": -0.1},
        {"temperature": math.nan},
        {"temperature": math.inf},
        {"timeout": 0},
        {"timeout": -1.0},
        {"timeout": math.nan},
    ],
)
def test_numbers_out_of_range(wrong: Any) -> None:
    """A number out of its range is refused, and the error names the field and what it must be."""
    with pytest.raises(InvalidRequest, match=f"{next(iter(wrong))} is .*must be"):
        ChatRequest(messages="Hi", **wrong)


def test_one_stop_sequence() -> None:
    """A plain string is one stop sequence, not one for each of its letters."""
    assert ChatRequest(messages="Hi", stop_sequences="END").stop_sequences == ("END",)
    assert ChatRequest(messages="Hi", stop_sequences=["a", "b"]).stop_sequences == ("a", "b")


def test_options_are_a_frozen_copy() -> None:
    """A request's options are read-only, and what the caller does to its own dict later does not show."""
    given_options = {"mode": "fast"}
    request = ChatRequest(messages="Hi", options=given_options)
    given_options["mode"] = "slow"

    assert request.options == {"mode": "fast"}
    with pytest.raises(TypeError):
        request.options["mode"] = "slow"  # type: ignore[index]


def test_ids_differ() -> None:
    """Every send of a request has an id of its own, unless the caller gave one."""
    one, given = ChatRequest(messages="Hi"), ChatRequest(messages="Hi", id="mine")

    assert identified(one).id != identified(one).id
    assert identified(to_request(given, timeout=5)).id == "mine"
    assert to_request(one, timeout=5).timeout == 5


def test_unknown_setting() -> None:
    """A setting that does not exist is a TypeError, for text and for a whole request."""
    for said in ("Hi", ChatRequest(messages="Hi")):
        with pytest.raises(TypeError, match="temperatur"):
            to_request(said, temperatur=0.5)


def test_raise_for_error() -> None:
    """A response without an error returns itself; one with an error raises it."""
    good = ChatResponse(content="Hello")
    assert good.success
    assert good.raise_for_error() is good

    bad = ChatResponse(error=RunFailed("the run failed"))
    assert not bad.success
    with pytest.raises(RunFailed):
        bad.raise_for_error()


@given(st.none() | NAMES, st.dictionaries(NAMES, NAMES), st.none() | NAMES)
def test_resolve_model(requested: str | None, mapping: dict[str, str], default: str | None) -> None:
    """A name is translated once; a remote's own name stands; what nobody knows is refused."""
    name = requested or default
    known = {*mapping, *mapping.values(), default}
    try:
        resolved = resolve_model(requested, mapping=mapping, default=default, provider="p")
    except ModelNotFound:
        assert name not in known
    else:
        assert resolved == (mapping.get(name, name) if name else None)


def test_unknown_model_is_told_with_near_names() -> None:
    """An unknown model's error names the provider, the nearest known names, and how to add one."""
    with pytest.raises(ModelNotFound) as caught:
        resolve_model("gpt4", mapping={"gpt-4": "advanced"}, default=None, provider="codegen_api")

    assert "codegen_api knows no model 'gpt4'" in str(caught.value)
    assert "Did you mean 'gpt-4'?" in str(caught.value)
    assert "model_mapping: {'gpt4': 'gpt4'}" in str(caught.value)


def test_models_bear_the_names_that_lead_to_them() -> None:
    """Each of the provider's names is one model, with its aliases; the default may be told by an alias."""
    mapping = {"fast": "small", "gpt-4": "large", "quick": "small"}

    models = models_of(["small", "large", "small"], mapping=mapping, default="gpt-4")

    assert [model.id for model in models] == ["small", "large"]
    assert models[0].aliases == ("fast", "quick")
    assert [model.default for model in models] == [False, True]
