"""Values to JSON and back, through pickles and copies: as they were, or refused."""

from __future__ import annotations

import collections.abc
import copy
import enum
import json
import pickle
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs
import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import json_form
from jackfield import (
    AttachRequest,
    BatchRequest,
    Certainty,
    ChallengeRequired,
    ChatRequest,
    ChatResponse,
    ConnectionLost,
    EmbedRequest,
    FilePart,
    JackfieldError,
    JsonRefused,
    JsonSchema,
    Message,
    Miss,
    Part,
    PartFinished,
    ProviderError,
    ProviderState,
    RateLimited,
    ReadBatchRequest,
    Reasoning,
    ResponseStarted,
    Secret,
    StreamEvent,
    TextDelta,
    TextPart,
    Tool,
    ToolCallPart,
    UnknownConnection,
    Url,
    Usage,
    UsageReported,
    from_json,
    to_json,
)
from jackfield._json import ERRORS, TYPES, error_form
from jackfield._parts import Source

SCHEMA = jsonschema.Draft202012Validator(json_form.schema())

TEXT = st.text(max_size=5)
SOME_TIME = st.none() | st.floats(0.1, 1e9)
NUMBERS = st.floats(min_value=0, allow_nan=False, allow_infinity=False) | st.integers(0, 2**70)
LOOKALIKES = st.sampled_from(
    [{"type": "text", "text": "x"}, {"base64": "eA=="}, {"class": "RateLimited"}, {"url": "https://a"}]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
JSON = st.recursive(
    SCALARS | LOOKALIKES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(0, 2**70),
    float: NUMBERS,
    bool: st.booleans(),
    NoneType: st.none(),
    Path: st.sampled_from([Path("/tmp/what it wants.png"), Path("a")]),
    Any: JSON,
}
NAMES = st.from_regex(r"tool_[A-Za-z0-9_-]{1,5}", fullmatch=True)


def of(kind: Any) -> st.SearchStrategy[Any]:  # noqa: PLR0911  one line for each form of an annotation
    """Return what can stand where *kind* is annotated."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind in PLAIN:
        return PLAIN[kind]
    if kind == Source:
        return st.binary(max_size=4) | of(Url) | of(type_named("FileId"))
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in {Union, UnionType}:
        return st.one_of([of(one) for one in inner])
    if origin is tuple:
        return st.lists(of(inner[0]), max_size=2).map(tuple)
    if origin is collections.abc.Mapping:
        return st.dictionaries(TEXT, of(inner[1]), max_size=2)
    if isinstance(kind, enum.EnumType):
        return st.sampled_from(list(kind))
    return values_of(kind)


def type_named(name: str) -> Any:
    """Return a public class."""
    import jackfield

    return getattr(jackfield, name)


@cache
def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return all that a class's values can be; a field that it checks has a strategy of its own."""
    if kind is JackfieldError:
        return st.sampled_from(sorted(ERRORS)).flatmap(lambda name: errors_of(ERRORS[name]))
    attrs.resolve_types(kind)
    fields = {field.name: of(field.type) for field in attrs.fields(kind)}
    return st.deferred(lambda: st.builds(kind, **{**fields, **CHECKED.get(kind, {})}))


def errors_of(kind: type[JackfieldError]) -> st.SearchStrategy[JackfieldError]:
    """Return an error of a class with everything in it that it can know."""
    fields = {field.name: of(field.type) for field in attrs.fields(error_form(kind))}

    def made(facts: dict[str, Any]) -> JackfieldError:
        error = kind(facts.pop("message"), hint=facts.pop("hint"))
        for name, fact in facts.items():
            setattr(error, name, fact)
        return error

    return st.fixed_dictionaries(fields).map(made)


def numbered(requests: list[ChatRequest]) -> list[ChatRequest]:
    """Give requests ids of their own."""
    return [attrs.evolve(request, id=str(index)) for index, request in enumerate(requests)]


CHECKED: dict[Any, dict[str, st.SearchStrategy[Any]]] = {
    Url: {"address": st.sampled_from(["https://example.com/ü", "gs://a/b", "http://127.0.0.1/?q=%20"])},
    FilePart: {"name": st.sampled_from(["notes.txt", "Übersicht 1.csv", "x"])},
    Tool: {"name": NAMES},
    JsonSchema: {"name": NAMES},
    ChatRequest: {
        "messages": st.lists(of(Message), max_size=2).map(lambda more: [Message("user", "Hello"), *more]),
        "tools": st.lists(of(Tool), max_size=2, unique_by=lambda tool: tool.name),
        "tool_choice": st.sampled_from([None, "none"]),
        "max_tokens": st.none() | st.integers(1),
        "temperature": st.none() | st.floats(0, 2),
        "top_p": st.none() | st.sampled_from([0.1, 1]),
        "timeout": SOME_TIME,
    },
    AttachRequest: {"timeout": SOME_TIME},
    ReadBatchRequest: {"timeout": SOME_TIME},
    EmbedRequest: {
        "texts": st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=3),
        "dimensions": st.none() | st.integers(1),
        "timeout": SOME_TIME,
    },
    BatchRequest: {
        "requests": st.lists(of(ChatRequest), min_size=1, max_size=2).map(numbered),
        "timeout": SOME_TIME,
    },
}

FEWER = settings(max_examples=settings().max_examples // 3)
"""There are many types, and each is tested: fewer examples of each, as many more where more are drawn."""


def laid_open(value: Any) -> Any:
    """Return a value so that equality sees all of it: types, and what is in errors."""
    if isinstance(value, JackfieldError):
        names = [field.name for field in attrs.fields(error_form(type(value)))]
        return type(value), value.args, {name: getattr(value, name) for name in names}
    if attrs.has(type(value)):
        names = [field.name for field in attrs.fields(type(value))]
        return type(value), {name: laid_open(getattr(value, name)) for name in names}
    return tuple(map(laid_open, value)) if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", TYPES)
@FEWER
@given(data=st.data())
def test_every_value_goes_to_json_and_back(name: str, data: st.DataObject) -> None:
    """A value of each type comes back as it was, and what was written is of the form that the schema says."""
    value = data.draw(of(TYPES[name]))

    text = to_json(value)

    assert laid_open(from_json(text)) == laid_open(value)
    assert to_json(from_json(text)) == text
    assert text.isascii()
    assert "\n" not in text
    SCHEMA.validate(json.loads(text))


@pytest.mark.parametrize("name", TYPES)
@FEWER
@given(data=st.data())
def test_every_value_pickles_and_copies(name: str, data: st.DataObject) -> None:
    """A value of each type comes out of a pickle and out of both kinds of copy as it was."""
    value = data.draw(of(TYPES[name]))

    for travelled in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert laid_open(travelled) == laid_open(value)


@pytest.mark.parametrize("kind", ERRORS.values(), ids=lambda kind: kind.__name__)
def test_every_error_goes_to_json_and_back(kind: type[JackfieldError]) -> None:
    """An error of each class comes back as one of that class."""
    error = kind("it went wrong", hint="Do this.")

    assert laid_open(from_json(to_json(error))) == laid_open(error)
    SCHEMA.validate(json.loads(to_json(error)))


@given(history=st.lists(of(Message), max_size=4))
def test_histories_travel(history: list[Message]) -> None:
    """A history of messages with parts of every kind goes through JSON and a pickle and is the same after."""
    kept = [to_json(message) for message in pickle.loads(pickle.dumps(history))]

    assert [from_json(text) for text in kept] == history


def test_every_part_and_event_has_a_type() -> None:
    """Nothing that a message or a stream is made of was forgotten."""
    assert {*get_args(Part), *get_args(StreamEvent)} <= set(TYPES.values())


@pytest.mark.parametrize("kind", ERRORS.values(), ids=lambda kind: kind.__name__)
def test_every_field_of_an_error_is_in_the_form(kind: type[JackfieldError]) -> None:
    """An error has no field that JSON would lose, but for what waits for an open page."""
    known = {field.name for field in attrs.fields(error_form(kind))}

    assert set(vars(kind("x"))) - known <= {"passed"}


BROKEN = st.deferred(lambda: JSON | st.dictionaries(st.sampled_from(FIELDS), BROKEN, max_size=3))
FIELDS = sorted({"type", "class", "jackfield", "base64", "url", "parts", "error", "text", "role", "source"})


@given(text=st.text() | st.binary() | BROKEN.map(json.dumps) | st.dictionaries(TEXT, BROKEN))
def test_whatever_is_read(text: Any) -> None:
    """Any text, any bytes and any JSON is a value or our error, never another one."""
    try:
        value = from_json(text)
    except JsonRefused:
        return
    assert from_json(to_json(value)) == value


def places(form: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to each place in *form*."""
    items = form.items() if isinstance(form, dict) else enumerate(form) if isinstance(form, list) else ()
    return [path, *(place for name, item in items for place in places(item, (*path, name)))]


def changed(form: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return *form* with *new* at a place."""
    if not path:
        return new
    copied = copy.copy(form)
    copied[path[0]] = changed(form[path[0]], path[1:], new)
    return copied


@given(data=st.data())
def test_broken_in_one_place(data: st.DataObject) -> None:
    """A true text with something else in one place is refused, or is a value, and then the schema has it."""
    value = data.draw(st.sampled_from(sorted(TYPES)).flatmap(lambda name: of(TYPES[name])))
    form = json.loads(to_json(value))
    place = data.draw(st.sampled_from(places(form)))
    broken = changed(form, place, data.draw(BROKEN))

    try:
        read = from_json(json.dumps(broken))
    except JsonRefused:
        return
    SCHEMA.validate(broken)
    assert laid_open(from_json(to_json(read))) == laid_open(read)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nope", "the text is no JSON"),
        ('{"jackfield": 1, "type": "text", "text": NaN}', "the text is no JSON"),
        ('{"jackfield": 1, "type": "text_delta", "index": 1e999, "text": ""}', "too large a number"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "a value of Jackfield's is a JSON object; found list"),
        ('{"type": "text", "text": ""}', 'the form is nothing; this Jackfield reads "jackfield": 1'),
        ('{"jackfield": 2, "type": "text"}', "the form is 2"),
        ('{"jackfield": true, "type": "text"}', "the form is true or false"),
        ('{"jackfield": 1}', "must have a 'type' that is text; found nothing"),
        ('{"jackfield": 1, "type": "txt"}', "has an unknown type 'txt'. Did you mean 'text'?"),
        ('{"jackfield": 1, "type": "text", "text": 5}', "field 'text' must be text; found a whole number"),
        ('{"jackfield": 1, "type": "text", "txt": ""}', "has an unknown field 'txt'. Did you mean 'text'?"),
        ('{"jackfield": 1, "type": "text"}', "lacks 'text'"),
        (
            '{"jackfield": 1, "type": "message", "role": "user", "parts": "Hello"}',
            "field 'parts' must be a list; found text",
        ),
        (
            '{"jackfield": 1, "type": "message", "role": "user", "parts": [{"type": "text_delta"}]}',
            "field 'parts.0' has an unknown type 'text_delta'",
        ),
        (
            '{"jackfield": 1, "type": "audio", "media_type": "", "source": {"base64": "", "url": ""}}',
            "field 'source' must be one of {\"base64\": …}",
        ),
        (
            '{"jackfield": 1, "type": "audio", "media_type": "", "source": {"base64": "!"}}',
            "field 'source' is no valid base64",
        ),
        (
            '{"jackfield": 1, "type": "audio", "media_type": "", "source": {"url": "file:///etc/passwd"}}',
            "field 'source': an address that a remote is to fetch must begin with",
        ),
        (
            '{"jackfield": 1, "type": "error", "class": "Nothing"}',
            "has an unknown class 'Nothing'",
        ),
        (
            '{"jackfield": 1, "type": "error", "class": "RateLimited", "message": "x"}',
            "lacks 'certainty'",
        ),
        (
            '{"jackfield": 1, "type": "error", "class": "RunFailed", "message": "", "certainty": "maybe"}',
            "field 'certainty' must be one of 'not_sent', 'rejected', 'unknown', 'started'",
        ),
        (
            '{"jackfield": 1, "type": "chat_request", "messages": []}',
            "the message is empty. Say something: text that is not only white space",
        ),
    ],
)
def test_refused(text: str, says: str) -> None:
    """What is refused is told with the field, what was found, and what is known."""
    with pytest.raises(JsonRefused) as caught:
        from_json(text)

    assert says in str(caught.value)


def test_a_value_is_not_repeated() -> None:
    """A field's value, which may be a secret in the wrong place, is in no message."""
    with pytest.raises(JsonRefused) as caught:
        from_json('{"jackfield": 1, "type": "message", "role": "hunter2-hunter2", "parts": "hunter2"}')

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("metadata", "says"),
    [
        ({"a": [1.0, float("nan")]}, "ResponseStarted.metadata.a.1 is a number that is not finite"),
        ({"a": {"b": object()}}, "ResponseStarted.metadata.a.b is object"),
        ({"a": {5: "b"}}, "ResponseStarted.metadata.a.5 is under a name that is a whole number"),
        ({"a": 10**5000}, "too large a number"),
    ],
)
def test_no_json(metadata: dict[str, Any], says: str) -> None:
    """What JSON cannot hold is refused with its place."""
    with pytest.raises(JsonRefused) as caught:
        to_json(ResponseStarted(metadata=metadata))

    assert says in str(caught.value)


def test_a_circle() -> None:
    """A mapping that holds itself is refused."""
    circle: dict[str, Any] = {}
    circle["again"] = circle
    with pytest.raises(JsonRefused, match="nested too deeply"):
        to_json(UsageReported(Usage(raw=circle)))


@pytest.mark.parametrize("value", [Usage(), "text", None, Certainty.UNKNOWN, Secret("hunter2-hunter2")])
def test_no_value(value: Any) -> None:
    """What is no request, answer, message, event or error is a TypeError that says what it is."""
    with pytest.raises(TypeError, match=f"errors; found ({type(value).__name__}|text|nothing)"):
        to_json(value)


def test_defaults_are_left_out() -> None:
    """A text is as short as it can be, and a field that is None against its default is there."""
    assert to_json(TextPart("Hi")) == '{"jackfield": 1, "type": "text", "text": "Hi"}'
    request = ChatRequest(messages="Hi", output=JsonSchema({}, strict=None))
    assert json.loads(to_json(request))["output"] == {"schema": {}, "strict": None}


def test_mappings_stay_what_they_are() -> None:
    """What looks like one of our values in a mapping is a mapping."""
    tagged = {"type": "text", "text": "x", "jackfield": 1}
    event = ResponseStarted(metadata={"parts": [tagged], "source": {"base64": "eA=="}})

    assert from_json(to_json(event)) == event


def test_half_a_surrogate_pair() -> None:
    """Half a pair goes and comes back; two halves that meet in one text are the character that they are."""
    assert from_json(to_json(TextDelta("a\ud83d"))) == TextDelta("a\ud83d")
    assert from_json(to_json(TextDelta("\ud83d\ude00"))) == TextDelta("😀")


def test_the_error_in_a_response() -> None:
    """A failed response comes back with its error, the misses of a choice with theirs."""
    error = ConnectionLost("gone", hint="Look.", certainty=Certainty.STARTED, handle="run-1")
    error.partial = "Half"
    missed = Miss("lab", RateLimited("slow", retry_after=2.5))

    back = from_json(to_json(ChatResponse(error=error, partial="Half", misses=(missed,))))

    assert isinstance(back, ChatResponse)
    assert isinstance(back.error, ConnectionLost)
    assert (back.error.handle, back.error.partial, str(back.error)) == ("run-1", "Half", "gone. Look.")
    assert isinstance(back.misses[0].error, RateLimited)
    assert back.misses[0].error.retry_after == 2.5


class Strange(RateLimited):
    """A plugin's own error."""

    transient = False

    def __init__(self, number: int, *, colour: str) -> None:
        super().__init__(f"number {number}", certainty=Certainty.NOT_SENT)
        self.colour = colour


def test_an_error_of_a_plugin() -> None:
    """It goes to JSON as the nearest public class, and through a pickle as it is, however it is made."""
    error = Strange(7, colour="red")

    back = from_json(to_json(error))
    again = pickle.loads(pickle.dumps(error))

    assert type(back) is RateLimited
    assert (str(back), back.certainty) == ("number 7", Certainty.NOT_SENT)
    assert (type(again), again.colour, vars(again)) == (Strange, "red", vars(error))


def test_an_error_keeps_its_python_kin() -> None:
    """What comes back is caught as what went: a LookupError stays one."""
    assert isinstance(from_json(to_json(UnknownConnection("x"))), LookupError)


async def _passed() -> None: ...


def test_what_waits_for_a_page_stays_there() -> None:
    """A challenge travels without what waits for its page."""
    error = ChallengeRequired("a second factor", address="https://a", passed=_passed)

    for back in (from_json(to_json(error)), pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert isinstance(back, ChallengeRequired)
        assert (back.address, back.passed) == ("https://a", None)


def test_no_secret_travels() -> None:
    """A living secret in an error is masked on the way to JSON, wherever it is but in what had arrived."""
    error = ProviderError("refused", url="https://a?key=hunter2-hunter2", headers={"x": "hunter2-hunter2"})
    error.partial = "You said hunter2-hunter2."
    secret = Secret("hunter2-hunter2")

    form = json.loads(to_json(error))

    assert "hunter2" not in form["url"] + form["headers"]["x"]
    assert form["partial"] == error.partial
    with pytest.raises(TypeError, match="cannot be pickled"):
        error.code = secret  # type: ignore[assignment]
        pickle.dumps(error)


def test_a_mapping_is_read_too() -> None:
    """What was read already, as part of a larger object, is taken as it is and stays as it was."""
    part = {"type": "text", "text": ""}
    line = {"event": {"jackfield": 1, "type": "part_finished", "index": 0, "part": part}}
    before = copy.deepcopy(line)

    assert from_json(line["event"]) == PartFinished(0, TextPart(""))
    assert line == before
    with pytest.raises(JsonRefused, match="a is object, which JSON cannot hold"):
        from_json({"a": object()})


def test_bytes_in_a_state() -> None:
    """The bytes of a state are base64 once, however often it travels."""
    part = ToolCallPart("1", "clock", "{}", state=ProviderState("p", "signature", {"text": b"\0\1"}))

    assert from_json(to_json(from_json(to_json(part)))) == part


def test_schema_and_page_are_fresh() -> None:
    """docs/json-schema.json and docs/json.md are what `python tools/json_form.py` writes."""
    schema, page = json_form.written()

    assert json_form.SCHEMA.read_text("utf-8") == schema
    assert json_form.PAGE.read_text("utf-8") == page


def test_schema_is_one() -> None:
    """The schema is a JSON schema, has each type and class, and refuses what is none."""
    jsonschema.Draft202012Validator.check_schema(json_form.schema())
    assert SCHEMA.is_valid({"jackfield": 1, "type": "text", "text": ""})
    for broken in (
        {"type": "text", "text": ""},
        {"jackfield": 2, "type": "text", "text": ""},
        {"jackfield": 1, "type": "text", "text": "", "more": 1},
        {"jackfield": 1, "type": "tool_result", "call_id": "", "name": "", "parts": [{"type": "reasoning"}]},
        {"jackfield": 1, "type": "error", "class": "RateLimited", "message": "", "certainty": "no"},
        {"jackfield": 1, "type": "error", "class": "ConfigError", "message": "", "certainty": "unknown"},
    ):
        assert not SCHEMA.is_valid(broken)


@given(effort=of(Reasoning))
def test_wishes(effort: Reasoning) -> None:
    """The wishes of a request travel in it."""
    request = ChatRequest(messages="Hi", reasoning=effort)

    assert from_json(to_json(request)) == request
