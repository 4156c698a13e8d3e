"""Rules drafted from a stream: they take out what the page showed, or there are none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Accumulator
from jackfield_web.drafting._draft import draft
from jackfield_web.drafting._rules import draft_rules
from jackfield_web.page import Heard, Seen
from jackfield_web.site import WirePattern, are_alike, build_site
from jackfield_web.wire import Record, RulesDecoder

PIECES = st.lists(st.text("abc defgh,.\n*", min_size=1, max_size=8), min_size=1, max_size=12).filter(
    lambda pieces: any(letter.isalnum() for letter in "".join(pieces))
)


def wire_of(rules: list[dict[str, Any]]) -> WirePattern:
    """Return rules as a Site's wire, strictly read."""
    site = build_site(
        {
            "name": "page",
            "version": "2026-11-23",
            "base_url": "http://127.0.0.1:1",
            "selectors": {"chat_input": "#in", "response_area": ".out", "busy": ".busy"},
            "wires": [{"url": "/answer", "kind": "fetch-sse", "rules": rules}],
        }
    )
    return site.wires[0]


def read(rules: list[dict[str, Any]], records: list[Record]) -> str:
    """Return the text that a decoder takes out of *records* by *rules*."""
    decoder, folded = RulesDecoder(wire_of(rules), lambda: None), Accumulator()
    for event in [event for record in records for event in decoder.feed(record)]:
        folded.add(event)
    return folded.text


@given(PIECES)
def test_increments(pieces: list[str]) -> None:
    """Text in pieces, between messages of other kinds, is found with what marks the end."""
    records = [Record({"type": "start", "model": "m"})]
    records += [Record({"type": "piece", "delta": {"text": piece}}) for piece in pieces]
    records += [Record({"type": "usage", "delta": {"count": 3}}), Record({"type": "done"})]
    rules = draft_rules(records, "".join(pieces))

    assert {"when": {"type": "done"}, "done": True} in rules
    assert read(rules, records) == "".join(pieces)


def test_a_turn_among_turns() -> None:
    """In a stream of all turns the next answer stands elsewhere, so no rule is drafted from one."""
    turns = [{"role": "user", "text": "Why?"}, {"role": "bot", "text": "Because it is so."}]

    assert draft_rules([Record({"turns": turns})], "Because it is so.") == []


@given(PIECES)
def test_snapshots(pieces: list[str]) -> None:
    """Text that is sent whole each time is found, and `[DONE]` is its end."""
    whole = ["".join(pieces[: count + 1]) for count in range(len(pieces))]
    records = [Record({"content": text, "id": "x"}) for text in whole] + [Record("[DONE]")]
    rules = draft_rules(records, whole[-1])

    assert rules[-1] == {"when": {"$": "[DONE]"}, "done": True}
    assert read(rules, records) == whole[-1]


def test_why_an_answer_ended() -> None:
    """A rule takes the remote's word for it, so that the next answer may be known as cut at its length."""
    records = [Record({"choices": [{"delta": {"content": text}}]}) for text in ("Hello ", "world")]
    records += [Record({"choices": [{"delta": {}, "finish_reason": "length"}]}), Record("[DONE]")]
    decoder, folded = RulesDecoder(wire_of(draft_rules(records, "Hello world")), lambda: None), Accumulator()
    for event in [event for record in records for event in decoder.feed(record)]:
        folded.add(event)

    assert folded.finished is not None
    assert (folded.text, folded.finished.finish_reason) == ("Hello world", "length")


def test_thoughts_are_told_apart() -> None:
    """Where thoughts and the answer stand at the same path, the kind of message tells them apart."""
    records = [
        Record({"type": "thinking", "text": "Hm, what now"}),
        Record({"type": "answer", "text": "Hello "}),
    ]
    records += [Record({"type": "answer", "text": "world"}), Record({"type": "end"})]
    rules = draft_rules(records, "Hello world")

    assert rules[0] == {"when": {"type": "answer"}, "text": "text"}
    assert read(rules, records) == "Hello world"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"type": "status", "content": "Searching"}, {"type": "token"}),
        ({"type": "title", "content": "x"}, {"p": "/message/content/parts/0", "o": "append"}),
    ],
    ids=["by its type", "by its change"],
)
def test_no_word_of_another_event_is_in_an_answer(other: dict[str, str], said: dict[str, str]) -> None:
    """However little it is beside a long answer, a rule that takes exactly what was shown is preferred."""
    pieces = ["A kettle ", "of a single ", "sheet, with ", "a spout ", "that was drawn ", "out of it. "] * 6
    records = [Record(other), *(Record({**said, "content": piece}) for piece in pieces), Record("[DONE]")]
    rules = draft_rules(records, "".join(pieces))

    assert read(rules, records) == "".join(pieces)


@pytest.mark.parametrize(
    "markdown",
    [
        '[a](https://example.org/a_(b)?x=1 "title") b c',
        "[a](<https://example.org/with blanks>) b c",
        "a ![a picture of it](https://example.org/picture.png) b c",
        "- [x] a\n- [ ] b c",
        "| a<br>b | c<sup> |",
    ],
)
def test_addresses_pictures_boxes_and_tags_are_not_shown(markdown: str) -> None:
    """Markdown has letters that no page shows, however many of them."""
    assert are_alike(markdown, "a b c")
    assert not are_alike(markdown, "a b d")

    code = f"{markdown}\n\n```python\nd\n```"
    assert are_alike(code, "a b c d")
    assert are_alike(code, "a b c python d")


def test_markdown_is_not_what_a_page_shows() -> None:
    """Marks of markdown do not keep the text from being known again."""
    records = [Record({"t": "# Title\n\nHello **wor"}), Record({"t": "ld** and `code`."})]

    assert draft_rules(records, "Title\nHello world and code.") == [{"text": "t"}]


@pytest.mark.parametrize(
    "records",
    [
        [],
        [Record({"text": "something else"})],
        [Record("ping"), Record({"a": [{"b": {}}], "n": 3})],
        [Record({"text": "Hello wor"}), Record({"text": "ld, and much that the page did not show at all"})],
    ],
    ids=["nothing", "another", "no text", "more"],
)
def test_what_does_not_fit_is_left_out(records: list[Record]) -> None:
    """A stream without the answer gives no rules: nothing is guessed."""
    assert draft_rules(records, "Hello world") == []


def test_what_marks_the_answer_is_in_its_rule() -> None:
    """Text of another kind at the same place, which came with no message of the trial, is not taken."""
    said = [Record({"type": "text-delta", "delta": word}) for word in ("the answer ", "is forty ", "two")]
    records = [Record({"type": "start"}), *said, Record("[DONE]")]

    rules = draft_rules(records, "the answer is forty two")

    assert rules[0] == {"when": {"type": "text-delta"}, "text": "delta"}


def test_what_a_socket_tells_after_the_answer_hides_no_end() -> None:
    """Where it stays open, news of other things follow the message that says that the answer is complete."""
    said = [Record({"chat": {"type": "chunk", "text": word}}) for word in ("the answer ", "is forty ", "two")]
    begun, over, news = ({"chat": {"type": "start"}}, {"chat": {"type": "end"}}, {"values": {}, "errors": {}})

    rules = draft_rules([Record(begun), *said, Record(over), Record(news)], "the answer is forty two")
    without = draft_rules([Record(begun), said[0], Record(news)], "the answer ")

    assert rules[-1] == {"when": {"chat.type": "end"}, "done": True}
    assert not any(rule.get("done") for rule in without)


def test_what_every_message_bears_marks_none() -> None:
    """The name that all events of a stream have says nothing of those with the answer."""
    said = [Record({"text": word}, "message") for word in ("the answer ", "is forty ", "two")]
    records = [*said, Record({"type": "done"}, "message")]

    assert draft_rules(records, "the answer is forty two")[0] == {"text": "text"}


def test_the_data_stream_of_vercel_has_rules_of_its_own() -> None:
    """What is known by its header needs no rules drafted, which would know neither thoughts nor errors."""
    body = b'g:"Hm"\n0:"Hello "\n0:"world"\nd:{"finishReason":"length"}\n'
    stream = Heard("http://127.0.0.1:1/chat", "POST", told="prefixed", body=body)
    page = {
        "given": "http://127.0.0.1:1/",
        "url": "http://127.0.0.1:1/",
        "title": "A chat",
        "kind": "textarea",
    }
    seen = Seen(**page, selectors={}, frames=(), answer="Hello world", streams=[stream])

    assert draft(seen)["wires"] == [{"url": "{base_url}/chat$", "kind": "prefixed", "method": "POST"}]
