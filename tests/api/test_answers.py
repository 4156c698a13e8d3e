"""What a decoder keeps of an answer, and answers in one piece."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from jackfield import (
    InvalidRequest,
    MalformedResponse,
    ProviderUnavailable,
    ResponseStarted,
    StreamEvent,
    TextDelta,
)
from jackfield_api import (
    AnswerDecoder,
    check_handle,
    error_for,
    failed_answer,
    json_lines,
    object_at,
    text_at,
    whole_answer,
)

pytestmark = pytest.mark.anyio
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\nTransfer-Encoding: chunked\r\n\r\n"
TOLD = [
    {"id": "a1", "model": "m-2"},
    {"text": "Hel"},
    {"text": "lo", "tokens": {"in": 3}},
    {"mood": "merry"},
    {"end": "MAX"},
]


class Decoder(AnswerDecoder):
    """A wire of the least: an id, text, counts and a word at the end."""

    remote = "Tern"
    finish_reasons = {"MAX": "length"}  # noqa: RUF012  the base says what it is
    usage_names = {"input_tokens": "in"}  # noqa: RUF012

    def take(self, told: Mapping[str, Any], event: str) -> Iterator[StreamEvent]:
        self.count(told.get("tokens"))
        if not self.has_begun:
            self.request_id = self.request_id or text_at(told, "id")
            yield self.begun(text_at(told, "model"), {"id": self.request_id})
        elif "end" in told:
            yield self.finished(text_at(told, "end"), {"mood": "calm"})
        elif text := text_at(told, "text"):
            yield TextDelta(text)
        else:
            self.unread[next(iter(told))] += 1


def test_an_answer() -> None:
    """Headers and first words make the beginning; counts, words and what nobody knows make the end."""
    started = ResponseStarted(
        requested_model="m", limits={"requests_remaining": 1.0}, metadata={"seen": True}
    )
    begun, *texts, finished = Decoder(started).take_whole(TOLD)

    assert begun == ResponseStarted(
        model="m-2",
        requested_model="m",
        remote_request_id="a1",
        limits={"requests_remaining": 1.0},
        metadata={"seen": True, "id": "a1"},
    )
    assert texts == [TextDelta("Hel"), TextDelta("lo")]
    assert (finished.finish_reason, finished.provider_finish_reason) == ("length", "MAX")
    assert finished.usage.input_tokens == 3
    assert finished.metadata == {"mood": "calm", "unread": {"mood": 1}}


def test_a_word_of_tomorrow() -> None:
    """An end whose word nobody knows is a stop and keeps the word; of no word nothing is said."""
    decoder = Decoder()

    assert (decoder.finished("LATER").finish_reason, decoder.finished("").provider_finish_reason) == (
        "stop",
        None,
    )
    assert decoder.finished("LATER", usual="tool_call").finish_reason == "tool_call"


def test_an_error_names_its_remote() -> None:
    """An error inside an answer is told with the remote's name and what the headers know."""
    decoder = Decoder(headers={"x-request-id": "r7"})
    with pytest.raises(ProviderUnavailable, match="Tern") as raised:
        list(decoder.feed(b'event: error\ndata: {"message": "Overloaded", "code": "overloaded_error"}\n\n'))

    assert raised.value.remote_request_id == "r7"


def test_answers_of_a_batch() -> None:
    """An answer in one piece is folded, one without an end keeps its words, a failed one has its error."""
    whole = whole_answer(Decoder(), TOLD, request_id="one")
    half = whole_answer(Decoder(), TOLD[:2], request_id="two")
    failed = failed_answer(error_for({"error": {"code": "overloaded_error"}}), request_id="three")

    assert (whole.content, whole.error, whole.request_id) == ("Hello", None, "one")
    assert (half.partial, type(half.error).__name__) == ("Hel", "StreamInterrupted")
    assert (type(failed.error).__name__, failed.request_id) == ("ProviderUnavailable", "three")


@pytest.mark.parametrize("cut", [1, 9, 14])
async def test_lines_of_a_file(cut: int, api: Any, serve: Any) -> None:
    """A file of lines is read however it arrives, with or without an end of its last line."""
    lines = b'{"n": 1}\n\n{"n": 2}'
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in (lines[:cut], lines[cut:]))
    server = serve((OK, pieces, b"0\r\n\r\n"))

    async with api.ApiClient(server.url) as client:
        assert await api.json_lines(client, "/lines") == [{"n": 1}, {"n": 2}]


async def test_a_line_that_is_no_json(serve: Any) -> None:
    """A line that cannot be read is told, and no answer is lost in silence."""
    from jackfield_api import ApiClient

    server = serve((OK, b"5\r\n{}\n{\n\r\n0\r\n\r\n"))
    async with ApiClient(server.url) as client:
        with pytest.raises(MalformedResponse):
            await json_lines(client, "/lines")


def test_handles() -> None:
    """What can be no name of a batch is refused with what one looks like, before it is in a path."""
    form = re.compile(r"batch_[a-z]+")
    check_handle("batch_a", form, "a batch is called batch_…")
    with pytest.raises(InvalidRequest, match=r"called batch_…, not '\.\./models'"):
        check_handle("../models", form, "a batch is called batch_…")


@pytest.mark.parametrize("read", [text_at, object_at])
def test_fields_that_are_read_strictly(read: Any) -> None:
    """What is missing is empty; what is something else makes no sense, and the field is named."""
    assert not read({}, "name")
    assert not read({"name": None}, "name")
    with pytest.raises(MalformedResponse, match="'name'"):
        read({"name": 7}, "name")
