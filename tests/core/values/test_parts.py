"""Parts of messages: what they hold, what they refuse, how large they are."""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    AudioPart,
    ChatRequest,
    FileId,
    FilePart,
    ImagePart,
    InvalidRequest,
    MalformedResponse,
    Message,
    OpaquePart,
    ProviderState,
    ReasoningPart,
    RefusalPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Url,
)

CAT = Url("https://remote/cat.png")


@given(st.binary())
def test_the_bytes_of_a_state(data: bytes) -> None:
    """Bytes in a state become base64 once: a state that is built again from its own data is the same."""
    state = ProviderState("p", "signature", {"value": data, "id": "1"})

    assert base64.b64decode(state.data["value"]) == data
    assert ProviderState("p", "signature", state.data) == state


@pytest.mark.parametrize("data", [None, [], {"a": object()}, {"a": [b"x"]}, {"a": math.nan}, {(1, 2): "x"}])
def test_a_state_that_cannot_go_back(data: Any) -> None:
    """A state holds what JSON can and bytes, for it is to go back over a wire."""
    with pytest.raises(TypeError, match="the data of a state must"):
        ProviderState("p", "signature", data)


@pytest.mark.parametrize(
    ("text", "arguments"), [("", {}), (" \\n", {}), ("{}", {}), ('{"a": [1, null]}', {"a": [1, None]})]
)
def test_arguments(text: str, arguments: dict[str, Any]) -> None:
    """Arguments are read when they are asked for; a call without any has none."""
    assert ToolCallPart("1", "clock", text.replace("\\n", "\n")).arguments == arguments


def is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text.strip() or "{}", parse_constant=float.fromhex), dict)
    except (ValueError, RecursionError):
        return False


@given(st.text() | st.sampled_from(["[1]", "1", "null", '{"a": NaN}', '{"a": 1e999}', '{"a"', "[" * 20_000]))
def test_arguments_that_are_none(text: str) -> None:
    """The call keeps what a model wrote as it stands; what is no JSON object is told when it is read."""
    call = ToolCallPart("1", "clock", text)
    assert call.arguments_json == text
    if is_object(text) and "NaN" not in text and "e999" not in text:
        assert call.arguments == json.loads(text.strip() or "{}")
        return
    with pytest.raises(MalformedResponse, match=r"'clock'.* arguments_json has them"):
        _ = call.arguments


def test_the_result_of_a_tool() -> None:
    """A result is text, images, files; plain text is one of them, and its text is joined."""
    image = ImagePart(b"pixels", "image/png")
    result = ToolResultPart("1", "clock", ["noon", image, TextPart("!")], is_error=True)

    assert result.parts == (TextPart("noon"), image, TextPart("!"))
    assert (result.text, result.size) == ("noon!", 11)
    assert ToolResultPart("1", "clock", "noon").parts == (TextPart("noon"),)


@pytest.mark.parametrize("parts", [None, 5, [5], [ReasoningPart("hm")], [RefusalPart("no")]])
def test_what_is_no_result(parts: Any) -> None:
    """Anything else is no result."""
    with pytest.raises(TypeError, match="a tool's result is text"):
        ToolResultPart("1", "clock", parts)


@pytest.mark.parametrize("address", ["https://remote/a", "http://remote", "gs://bucket/a", "s3://bucket/a"])
def test_an_address(address: str) -> None:
    """An address is one that a remote can fetch."""
    assert Url(address).address == address


@pytest.mark.parametrize(
    "address", ["", "/etc/passwd", "file:///etc/passwd", "data:,a", "https://", "https://a b\n"]
)
def test_what_is_no_address(address: str) -> None:
    """A path of this machine, or what has white space in it, is no address; nothing of it is read."""
    with pytest.raises(InvalidRequest, match="must begin with https"):
        Url(address)


@pytest.mark.parametrize("source", [CAT, FileId("p", "file-1")])
def test_a_source_elsewhere(source: Any) -> None:
    """What lies elsewhere has no bytes here, shows where it is, and weighs nothing."""
    image = ImagePart(source, "image/png", "low")

    assert (image.size, FilePart(source, "a.txt", "text/plain").size) == (0, 0)
    assert repr(source) in repr(image)
    with pytest.raises(InvalidRequest, match="not here"):
        _ = image.data_uri


@pytest.mark.parametrize("make", [ImagePart, AudioPart])
@pytest.mark.parametrize("source", ["text", None, 5])
def test_a_wrong_source(make: Any, source: Any) -> None:
    """A source is bytes, an address or a provider's file: a path or a bare address is none."""
    with pytest.raises(TypeError, match="source must be bytes, a Url or a FileId"):
        make(source, "image/png")


WRONG: dict[str, tuple[Any, ...]] = {
    "text": (TextPart, 5),
    "state": (ReasoningPart, "hm", "signature"),
    "state must": (OpaquePart, None),
    "arguments_json": (ToolCallPart, "1", "clock", {"at": "noon"}),
    "by": (ToolCallPart, "1", "clock", "", "me"),
    "is_error": (ToolResultPart, "1", "clock", "noon", 1),
    "detail": (ImagePart, b"", "image/png", "huge"),
    "address": (Url, 5),
    "id": (FileId, "p", 5),
}


@pytest.mark.parametrize("field", WRONG)
def test_wrong_types(field: str) -> None:
    """A field of the wrong type is refused where the part is made, and named."""
    make, *values = WRONG[field]
    with pytest.raises((TypeError, ValueError), match=field):
        make(*values)


def test_sizes() -> None:
    """A request is as large as all that it says, in bytes."""
    parts = [
        TextPart("ä"),
        ReasoningPart("hm"),
        RefusalPart("no"),
        ToolCallPart("1", "clock", "{}"),
        OpaquePart(ProviderState("p", "k", {"a": 1})),
    ]
    assert [part.size for part in parts] == [2, 2, 2, 2, len('{"a": 1}')]
    assert ChatRequest(messages=Message("user", parts)).size == 16


@pytest.mark.parametrize("name", ["a.wav", "a.MP3", "a.ogg"])
def test_a_sound(tmp_path: Path, name: str) -> None:
    """A sound is read whole; its type is told by its name."""
    (tmp_path / name).write_bytes(b"RIFF")

    sound = AudioPart.from_file(tmp_path / name)

    assert sound.data == b"RIFF"
    assert sound.media_type.startswith("audio/")


@pytest.mark.parametrize(("name", "words"), [("a.png", "no sound"), ("missing.wav", "cannot be read")])
def test_what_is_no_sound(tmp_path: Path, name: str, words: str) -> None:
    """What is no sound by its name, or not there, is the caller's mistake."""
    with pytest.raises(InvalidRequest, match=words):
        AudioPart.from_file(tmp_path / name)


@pytest.mark.parametrize(
    "wrap", [ReasoningPart, RefusalPart, lambda text: ToolResultPart("1", "clock", text)]
)
def test_surrogates_in_any_part(wrap: Any) -> None:
    """A lone surrogate is refused in whatever part it stands."""
    with pytest.raises(InvalidRequest, match="lone surrogate"):
        ChatRequest(messages=Message("user", ["Hi", wrap("\ud800")]))
