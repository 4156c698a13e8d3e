"""Gradio's queue, in records as gradio 6.31 sent them."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import ReasoningDelta, ResponseFinished, RunFailed, StreamEvent, TextDelta
from jackfield_web.site import WirePattern
from jackfield_web.wire import GradioDecoder, Record


def decoder() -> GradioDecoder:
    return GradioDecoder(WirePattern(url="x", kind="fetch-sse", decoder="gradio"), lambda: None)


def turn(role: str, text: str, **metadata: str) -> dict[str, Any]:
    return {
        "role": role,
        "metadata": metadata or None,
        "content": [{"text": text, "type": "text"}],
        "options": None,
    }


def record(msg: str, *data: Any, event_id: str = "e", **more: Any) -> Record:
    return Record({"msg": msg, "event_id": event_id, "output": {"data": list(data)}, "success": True, **more})


def feed(reader: GradioDecoder, *records: Record) -> list[StreamEvent]:
    return [event for one in records for event in reader.feed(one)]


def test_edits_of_the_outputs_become_deltas() -> None:
    """The first message brings the history, the next ones edits of it, the last one the end."""
    history = [turn("user", "hi"), turn("assistant", "old"), turn("user", "hi")]
    edit = [["append", [3, "content", 0, "text"], "ld"]]

    events = feed(
        decoder(),
        Record({"msg": "estimation", "rank": 0}),
        record("process_generating", None, [*history, turn("assistant", "wor")]),
        record("process_generating", [], edit),
        record("process_completed", None, [*history, turn("assistant", "world")]),
    )

    assert events == [TextDelta("wor"), TextDelta("ld"), ResponseFinished()]


def test_every_kind_of_edit_is_followed() -> None:
    """Outputs are edited by replacing, appending, adding and deleting."""
    reader = decoder()
    feed(reader, record("process_generating", [turn("user", "q"), turn("assistant", "a")]))

    events = feed(
        reader,
        record(
            "process_generating",
            [["add", [2], turn("assistant", "b")], ["replace", [1, "content", 0, "text"], "A"]],
        ),
        record("process_generating", [["delete", [1], None]]),
        record("process_generating", [["replace", [], [turn("user", "q"), turn("assistant", "end")]]]),
    )

    assert reader._transcript.text == "end"
    assert len(events) == 3


def test_a_function_that_does_not_stream_is_one_delta() -> None:
    """An answer that comes whole is told and finished at once."""
    events = feed(
        decoder(), record("process_completed", None, [turn("user", "hi"), turn("assistant", "all")])
    )

    assert events == [TextDelta("all"), ResponseFinished()]


def test_other_functions_of_the_page_are_passed_over() -> None:
    """The queue also carries functions whose outputs hold no chat, and their end is not ours."""
    done = record("process_completed", None, [], "text", [[turn("user", "saved")]], event_id="other")

    assert feed(decoder(), done, Record({"msg": "close_stream", "event_id": None})) == []


def test_a_turn_with_a_title_is_thought() -> None:
    """Gradio shows a model's thoughts as turns of their own, with a title."""
    thought = turn("assistant", "hm", title="Thinking")

    events = feed(
        decoder(), record("process_generating", [turn("user", "q"), thought, turn("assistant", "a")])
    )

    assert events == [ReasoningDelta("hm"), TextDelta("a")]


def test_plain_text_and_several_pieces_are_read() -> None:
    """A turn's content is text, or a list of pieces of which the ones with text count."""
    plain = {"role": "assistant", "content": "a"}
    pieces = {"role": "assistant", "content": ["b", {"text": "c"}, {"file": {}}]}

    assert feed(decoder(), record("process_generating", [turn("user", "q"), plain, pieces])) == [
        TextDelta("a\n\nb\n\nc")
    ]


@pytest.mark.parametrize(("output", "told"), [({"error": "no luck"}, "no luck"), ({}, "it does not say why")])
def test_a_function_that_fails_is_an_error(output: dict[str, Any], told: str) -> None:
    """The function's error is in ours."""
    failed = Record({"msg": "process_completed", "event_id": "e", "output": output, "success": False})

    with pytest.raises(RunFailed, match=told):
        feed(decoder(), failed)
