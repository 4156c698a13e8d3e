"""Requests, responses, models: what is said."""

from __future__ import annotations

import copy
import json
import math
import pickle
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    ActivityReported,
    ChatRequest,
    ChatResponse,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    ModelNotFound,
    ReasoningPart,
    ResponseStarted,
    RunFailed,
    TextPart,
    Usage,
    models_of,
    resolve_model,
)
from jackfield._types import identified, to_request
from jackfield._values import frozen_mapping

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

    for part in (ImagePart(b"pixels", "image/png"), FilePart(b"abcdef", "a.bin", "application/x")):
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
        {"timeout": 10**400},
        {"temperature": 10**400},
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


def test_ids() -> None:
    """A request gets its id when it is sent: sent twice it is two requests, unless it has its own id."""
    one, named = ChatRequest(messages="Hi"), ChatRequest(messages="Hi", id="mine")
    first, second = to_request(one), to_request(one)

    assert (one.id, named.id, bool(first.id)) == ("", "mine", True)
    assert first.id != second.id
    assert attrs.evolve(first, id="") == one
    assert identified(first) is first
    assert to_request(named) is named
    assert to_request(named, timeout=5) == ChatRequest(messages="Hi", id="mine", timeout=5)


WRONG_TYPES: list[tuple[dict[str, Any], str]] = [
    ({"model": 5}, "model must be text; found a whole number"),
    ({"conversation_id": True}, "conversation_id must be text or a whole number; found true or false"),
    ({"conversation_id": 5.5}, "conversation_id must be text or a whole number; found a fraction"),
    ({"conversation_id": b"x"}, "conversation_id must be .*found bytes"),
    ({"max_tokens": 5.5}, "max_tokens must be a whole number; found a fraction"),
    ({"max_tokens": True}, "max_tokens must be a whole number; found true or false"),
    ({"max_tokens": "5"}, "max_tokens must be a whole number; found text"),
    ({"temperature": "hot"}, "temperature must be a number; found text"),
    ({"temperature": True}, "temperature must be a number; found true or false"),
    ({"timeout": "5"}, "timeout must be a number; found text"),
    ({"timeout": False}, "timeout must be a number; found true or false"),
    ({"stop_sequences": (1,)}, "stop_sequences must be .*found a whole number"),
    ({"stop_sequences": 1}, "stop_sequences must be .*found a whole number"),
    ({"stop_sequences": None}, "stop_sequences must be .*found nothing"),
    ({"stop_sequences": b"END"}, "stop_sequences must be .*found"),
    ({"options": "abc"}, "options must be a mapping; found text"),
    ({"options": [("a", 1)]}, "options must be a mapping; found list"),
    ({"options": {1: 2}}, "names of options must be text; found a whole number"),
    ({"retry_uncertain": "no"}, "retry_uncertain must be true or false; found text"),
    ({"retry_uncertain": 1}, "retry_uncertain must be true or false; found a whole number"),
    ({"id": 5}, "id must be text; found a whole number"),
    ({"id": None}, "id must be text; found nothing"),
]


@pytest.mark.parametrize(("wrong", "told"), WRONG_TYPES, ids=[str(wrong) for wrong, _ in WRONG_TYPES])
def test_wrong_types(wrong: dict[str, Any], told: str) -> None:
    """I1: a field of a wrong type is told at once, by its name, with what was found and expected."""
    with pytest.raises(TypeError, match=told):
        ChatRequest(messages="Hi", **wrong)


ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.lists(st.text())
)
FIELDS = [field.name for field in attrs.fields(ChatRequest)]


@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING | st.dictionaries(st.text(), st.integers())))
def test_any_fields(fields: dict[str, Any]) -> None:
    """Whatever the fields are given, a request has fields of their types, or there is one of two errors."""
    fields = {"messages": "Hi", **fields}
    try:
        request = ChatRequest(**fields)
    except (TypeError, InvalidRequest):
        return
    assert isinstance(request.model, str | None)
    assert isinstance(request.conversation_id, str | None)
    assert isinstance(request.max_tokens, int | None)
    assert request.size
    assert pickle.loads(pickle.dumps(request)) == request


def test_a_counted_conversation() -> None:
    """A number as a conversation's id is taken as its text, as remotes that count theirs tell it."""
    assert ChatRequest(messages="Hi", conversation_id=323).conversation_id == "323"  # type: ignore[arg-type]


VALUES = [
    ChatRequest(messages=Message("user", ["Hi", ImagePart(b"x", "image/png")]), options={"a": [1]}),
    ChatResponse(parts="Hi", metadata={"steps": [1, {"b": 2}]}),
    ResponseStarted(metadata={"a": 1}),
    ActivityReported(kind="tool", title="t", data={"a": {}}),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_travel(value: Any) -> None:
    """What is said can be pickled, copied and hashed, and stays read-only wherever it arrives."""
    for copied in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)):
        assert copied == value
        assert hash(copied) == hash(value)
        mapping = next(
            field for field in attrs.asdict(copied, recurse=False).values() if isinstance(field, dict)
        )
        with pytest.raises(TypeError, match="read-only"):
            mapping["a"] = 2


def test_a_response_as_json() -> None:
    """A response is JSON by way of plain dicts, which are the caller's own."""
    response = ChatResponse(parts="Hi", metadata={"a": 1}, usage=Usage(input_tokens=1))
    told = json.loads(json.dumps(attrs.asdict(response)))

    assert (told["parts"][0]["text"], told["metadata"], told["usage"]["input_tokens"]) == ("Hi", {"a": 1}, 1)


CHANGES = [
    lambda mapping: mapping.update(a=2),
    lambda mapping: mapping.pop("a"),
    lambda mapping: mapping.popitem(),
    lambda mapping: mapping.clear(),
    lambda mapping: mapping.setdefault("b", 1),
    lambda mapping: mapping.__delitem__("a"),
    lambda mapping: mapping.__ior__({"b": 1}),
]


@pytest.mark.parametrize("change", CHANGES, ids=range(len(CHANGES)))
def test_a_frozen_mapping_stays(change: Any) -> None:
    """Nothing changes a frozen mapping; a copy of it is a dict that can be changed."""
    mapping: Any = frozen_mapping({"a": 1})
    with pytest.raises(TypeError, match="read-only"):
        change(mapping)

    assert mapping == {"a": 1}
    copied = mapping | {"b": 2}
    copied["c"] = 3
    assert (type(mapping.copy()), copied) == (dict, {"a": 1, "b": 2, "c": 3})


def test_unknown_setting() -> None:
    """A setting that does not exist is a TypeError, for text and for a whole request."""
    for said in ("Hi", ChatRequest(messages="Hi")):
        with pytest.raises(TypeError, match="temperatur"):
            to_request(said, temperatur=0.5)


def test_raise_for_error() -> None:
    """A response without an error returns itself; one with an error raises it."""
    good = ChatResponse(parts="Hello")
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


def test_an_answer_by_its_text() -> None:
    """A program that makes an answer of a text and of what was thought, as before parts, gets those."""
    answer: Any = ChatResponse
    made = answer(content="Hello", reasoning="hm", metadata={"a": 1})

    assert made == ChatResponse(parts=[ReasoningPart("hm"), TextPart("Hello")], metadata={"a": 1})
    assert (made.content, made.reasoning) == ("Hello", "hm")
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == attrs.evolve(made) == made
    with pytest.raises(TypeError, match="found both"):
        answer(content="Hello", parts=[TextPart("Hello")])
