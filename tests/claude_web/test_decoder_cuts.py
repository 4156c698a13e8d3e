"""The decoder under Hypothesis: cut anywhere, with chatter anywhere, blocks in any legal order, any junk."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Accumulator, ProviderError, ResponseFinished, StreamEvent

RECORDED = sorted((Path(__file__).parent / "streams").glob("*.sse"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
CHATTER = st.sampled_from(
    [
        {"type": "ping"},
        {"type": "cache_performance", "hits": 3},
        {"type": "message_limit", "message_limit": {"type": "within_limit"}},
        {"type": "never_heard_of"},
    ]
)
KEYS = st.sampled_from(
    [
        "type",
        "index",
        "from_index",
        "to_model",
        "delta",
        "text",
        "flag",
        "message",
        "content_block",
        "error",
        "completion",
    ]
)
KINDS = st.sampled_from(
    [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "content_block_retract",
        "mcp_auth_required",
        "message_delta",
        "message_limit",
        "model_update",
        "text_delta",
        "flag_delta",
        "voice_note_delta",
        "text",
        "thinking_delta",
        "tool_use",
        "error",
        "completion",
        "unheard",
    ]
)
JUNK = st.recursive(
    KINDS | st.integers(-1, 2) | st.none() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=10,
)


def folded(events: list[StreamEvent]) -> Accumulator:
    answer = Accumulator()
    for event in events:
        answer.add(event)
    return answer


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_stream_cut_at_every_byte(claude: Any, recorded: Path) -> None:
    """The events are the same when each byte comes alone, and at each single cut."""
    stream = recorded.read_bytes()
    whole = claude.events(stream)

    assert isinstance(whole[-1], ResponseFinished)
    assert claude.events(stream, range(len(stream))) == whole
    for at in range(0, len(stream), 7):
        assert claude.events(stream, [at]) == whole


@given(st.sampled_from(RECORDED), st.lists(st.integers(0, 6000), max_size=12))
def test_a_recorded_stream_cut_anywhere(claude: Any, recorded: Path, cuts: list[int]) -> None:
    """The events are the same for any chunking."""
    stream = recorded.read_bytes()

    assert claude.events(stream, cuts) == claude.events(stream)


@given(st.lists(st.lists(TEXT, max_size=3), max_size=4), st.data())
def test_order_that_is_free_changes_nothing(
    claude: Any, blocks: list[list[str]], data: st.DataObject
) -> None:
    """Deltas of open blocks in any order, with chatter anywhere between, give the same text."""
    deltas = [
        {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": text}}
        for index, texts in enumerate(blocks)
        for text in texts
    ]
    order = data.draw(st.permutations(range(len(deltas))))
    # Those of one block keep their order.
    queues = {index: [one for one in deltas if one["index"] == index] for index in range(len(blocks))}
    mixed = [queues[deltas[at]["index"]].pop(0) for at in order]  # type: ignore[index]  # an index is a number
    text_block = {"type": "text"}
    messages = [
        {"type": "message_start", "message": {"model": "m"}},
        *(
            {"type": "content_block_start", "index": index, "content_block": text_block}
            for index in range(len(blocks))
        ),
        *mixed,
        *({"type": "content_block_stop", "index": index} for index in reversed(range(len(blocks)))),
        {"type": "message_stop"},
    ]
    for said in data.draw(st.lists(CHATTER, max_size=6)):
        messages.insert(data.draw(st.integers(0, len(messages) - 1)), said)

    answer = folded(claude.read(*messages))

    assert answer.text == "\n\n".join(filter(None, ("".join(texts) for texts in blocks)))
    assert answer.finished is not None


@given(st.lists(st.dictionaries(KEYS, JUNK, max_size=6) | JUNK, max_size=8))
def test_junk_is_read_or_refused(claude: Any, messages: list[Any]) -> None:
    """Whatever arrives, the decoder answers with events or an error of ours, and never with another."""
    stream = "".join(f"data: {json.dumps(message)}\n\n" for message in messages).encode()
    with contextlib.suppress(ProviderError):
        claude.events(stream)
