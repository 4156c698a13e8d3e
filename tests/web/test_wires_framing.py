"""Framings: the same records come out of the same bytes, wherever those are cut."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Certainty, ResponseTooLarge
from jackfield_web.wire import Framing, Record, framing_for, pick

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
CUTS = st.just(list(range(2000))) | st.lists(st.integers(0, 400), max_size=8)


def cut(whole: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(whole), *(at for at in cuts if at < len(whole))})
    return [whole[start:end] for start, end in pairwise(edges)]


def message(value: Any) -> Any:
    """Return what a message says that is *value* in JSON: a bare word, and a list of numbers, may be text."""
    is_list_of_numbers = (
        isinstance(value, list) and value and all(isinstance(one, int | float) for one in value)
    )
    is_text = is_list_of_numbers or not isinstance(value, dict | list | str)
    return json.dumps(value, ensure_ascii=False) if is_text else value


def read(framing: Framing, pieces: list[Any]) -> list[Record]:
    return [record for piece in pieces for record in framing.feed(piece)] + framing.finish()


@given(st.lists(JSON, max_size=5), st.sampled_from(["\n", "\r", "\r\n"]), CUTS)
def test_events_are_the_same_wherever_they_are_cut(values: list[Any], end: str, cuts: list[int]) -> None:
    """Server-sent events survive any chunking, with each of the three line ends, inside code points too."""
    text = "".join(
        f"event: e{end}data: {json.dumps(value, ensure_ascii=False)}{end}{end}" for value in values
    )

    assert read(framing_for("fetch-sse"), cut(text.encode(), cuts)) == [
        Record(message(value), "e") for value in values
    ]


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=3), CUTS)
def test_json_in_the_place_of_events(value: dict[str, Any], cuts: list[int]) -> None:
    """A body that is an object of JSON and no events is one record without a name, however it is written."""
    for text in (json.dumps(value), f"\ufeff \n{json.dumps(value, indent=2)}\n"):
        assert read(framing_for("fetch-sse"), cut(text.encode(), cuts)) == [Record(value)]


@given(CUTS)
def test_json_before_events_is_none_of_them(cuts: list[int]) -> None:
    """Where events follow, what stands before them and is no field is passed over, as the standard says."""
    text = '{"a": 1}\n\ndata: 2\n\n'

    assert read(framing_for("fetch-sse"), cut(text.encode(), cuts)) == [Record("2", "message")]


@given(st.lists(JSON, max_size=5), CUTS)
def test_lines_are_the_same_wherever_they_are_cut(values: list[Any], cuts: list[int]) -> None:
    """NDJSON survives any chunking, and its last line needs no line end."""
    text = "\n".join(json.dumps(value, ensure_ascii=False) for value in values)

    assert read(framing_for("ndjson"), cut(text.encode(), cuts)) == [Record(message(one)) for one in values]


KINDS = ["fetch-sse", "json", "json-seq", "ndjson", "prefixed", "text", "ui-messages"]


@pytest.mark.parametrize("kind", KINDS)
@given(pieces=st.lists(st.binary(max_size=40), max_size=5))
def test_any_bytes_are_read_without_an_error(kind: Any, pieces: list[bytes]) -> None:
    """Bytes that make no sense are passed over or kept as text; nothing is raised."""
    assert all(isinstance(record, Record) for record in read(framing_for(kind), pieces))


def test_events_follow_the_standard() -> None:
    """A byte order mark, comments, unknown fields and several data lines are read as the standard says."""
    text = (
        '\ufeffdata: {"a":\ndata: 1}\n\n: ping\n\nretry: x\ndata\n\nevent: done\ndata:[DONE]\n\ndata: cut off'
    )

    records = read(framing_for("fetch-sse"), [text.encode()])

    assert records == [Record({"a": 1}, "message"), Record("", "message"), Record("[DONE]", "done")]


def test_line_separators_of_unicode_stay_in_the_data() -> None:
    """U+2028 and its like are characters of an answer and no line ends."""
    text = "a\u2028b\u0085c\u2029d"

    assert read(framing_for("fetch-sse"), [f'data: "{text}"\n\n'.encode()]) == [Record(text, "message")]


def test_bytes_that_are_no_utf8_become_replacement_characters() -> None:
    """One bad byte does not end a stream."""
    assert read(framing_for("ndjson"), [b'"\xff"\n', b"2\n"]) == [Record("\ufffd"), Record("2")]


@pytest.mark.parametrize("bad", ["[" * 200_000, "9" * 5_000, "{", "NaN1"])
def test_what_json_cannot_be_is_text(bad: str) -> None:
    """Deep nesting and endless numbers are no JSON to us and no crash."""
    assert read(framing_for("ndjson"), [bad.encode()]) == [Record(bad)]


@pytest.mark.parametrize("kind", ["fetch-sse", "ndjson"])
def test_a_record_has_a_limit(kind: Any) -> None:
    """A message of more than 16 MiB is refused before it fills the memory."""
    framing = framing_for(kind)

    with pytest.raises(ResponseTooLarge, match="larger than 16777216 bytes") as caught:
        for _ in range(20):
            framing.feed(b"data: " + b"x" * 2**20)
    assert caught.value.certainty is Certainty.STARTED


def test_socket_io_events_are_found_among_its_packets() -> None:
    """Events come with or without a namespace and an acknowledgement id; everything else is passed over."""
    frames = [
        '0{"sid":"x"}',
        "40",
        "3probe",
        "2",
        '42["a",{"b":1},2]',
        '42/ns,7["c"]',
        "42[",
        "42[]",
        '43["x"]',
    ]

    assert read(framing_for("socketio"), [*frames, b"\x01"]) == [Record([{"b": 1}, 2], "a"), Record([], "c")]


def test_an_error_packet_of_socket_io_is_an_event() -> None:
    """A remote that lets nobody in, with or without a namespace, says why."""
    refused = [Record({"message": "No"}, "error")]

    assert read(framing_for("socketio"), ['44{"message":"No"}']) == refused
    assert read(framing_for("socketio"), ['44/ns,{"message":"No"}']) == refused


def test_a_web_socket_frame_is_a_record() -> None:
    """A frame of text is a record, a frame of bytes is not ours to read."""
    assert read(framing_for("websocket"), ['{"a":1}', "hello", b"\x00"]) == [
        Record({"a": 1}),
        Record("hello"),
    ]


RAW = ["He", " said", ' "hello"', ":", '"x"', " = ", "{}", "[]", "42", "true", "null"]


@pytest.mark.parametrize("kind", ["fetch-sse", "websocket"])
def test_words_that_look_like_json_stay_words(kind: Any) -> None:
    """Where a remote says bare words, quotes and empty brackets are as they were said, and none is lost."""
    said = [f"data: {word}\n\n" if kind == "fetch-sse" else word for word in RAW]

    assert "".join(pick(record, "$") or "" for record in read(framing_for(kind), said)) == "".join(RAW)


def test_words_in_json_have_no_quotes() -> None:
    """One bare word beside them, and words of events with another name, say nothing of them."""
    told = [
        "data: connected",
        "event: log\ndata: a",
        "event: log\ndata: b",
        'data: "He"',
        'data: "{}"',
        "data: {}",
    ]
    text = "".join(f"{event}\n\n" for event in told)

    said = [record.data for record in read(framing_for("fetch-sse"), [text.encode()])]

    assert said == ["connected", "a", "b", "He", "{}", {}]


@pytest.mark.parametrize("word", ["2024", "null", "3.50", "[1]", "true", "-0"])
@pytest.mark.parametrize("kind", ["fetch-sse", "ndjson", "websocket"])
def test_a_word_that_looks_like_json_is_a_word(kind: Any, word: str) -> None:
    """Remotes that stream bare words stream numbers too, and each is told as it is written."""
    (record,) = read(framing_for(kind), [f"data: {word}\n\n" if kind == "fetch-sse" else word])

    assert pick(record, "$") == word


@pytest.mark.parametrize(
    "text", ['{"a": 1}\n{"a": 2}', '{"a": 1}{"a": 2}', '[{"a": 1},\n{"a": 2}', ',{"a":1},{"a":2}]']
)
@pytest.mark.parametrize("kind", ["ndjson", "websocket"])
def test_messages_may_stand_behind_each_other(kind: Any, text: str) -> None:
    """What a remote puts into one frame or line, or streams as a list, is a record for each object."""
    records = read(framing_for(kind), [text])

    assert [one for one in records if isinstance(one.data, dict)] == [Record({"a": 1}), Record({"a": 2})]


@pytest.mark.parametrize("text", ['{"a": 1} and', '{"a": 1}\n2', "{one}, [two]", '{"a": 1}\n{"a": '])
def test_words_and_objects_are_one_text(text: str) -> None:
    """Nothing of a frame is lost because a part of it is JSON."""
    assert read(framing_for("websocket"), [text]) == [Record(text)]


@pytest.mark.parametrize("kind", ["ndjson", "prefixed", "text", "json"])
def test_a_mark_of_byte_order_is_no_text(kind: Any) -> None:
    """What some remotes begin their bodies with is passed over."""
    (record,) = read(framing_for(kind), ["\ufeff".encode(), b'{"a": "x"}'])

    assert record.data == ('{"a": "x"}' if kind == "text" else {"a": "x"})


def test_an_event_may_be_a_name_only() -> None:
    """An end that is told by a name without data is a record, wherever it is cut."""
    text = 'event: delta\ndata: {"a": 1}\n\nevent: done\n\n: nothing\n\n'

    for at in range(len(text)):
        records = read(framing_for("fetch-sse"), cut(text.encode(), [at]))
        assert records == [Record({"a": 1}, "delta"), Record("", "done")]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.0.b", "x"),
        ("a.1", None),
        ("a.b", None),
        ("a.0.b.c", None),
        ("$event", "e"),
        ("$", None),
    ],
)
def test_paths_lead_into_json(path: str, found: Any) -> None:
    """A path goes through objects and lists; where it leads nowhere there is nothing, and no error."""
    assert pick(Record({"a": [{"b": "x"}]}, "e"), path) == found


def test_the_whole_of_a_text_has_a_path() -> None:
    """`$` is what was no JSON."""
    assert pick(Record("[DONE]"), "$") == "[DONE]"


@pytest.mark.parametrize(
    ("end", "last"),
    [
        ("data: [DONE]\n", "[DONE]"),
        ("data: [DONE]", "[DONE]"),
        ('event: end\ndata: {"a": 1}', {"a": 1}),
        ("data: a word\r\n", "a word"),
    ],
)
def test_a_last_event_needs_no_blank_line(end: str, last: Any) -> None:
    """Pages that read their request themselves take a last event that is whole, and so do we."""
    records = read(framing_for("fetch-sse"), cut(f"data: 1\n\n{end}".encode(), [3, 11, 15]))

    assert [record.data for record in records] == ["1", last]


@given(st.lists(JSON, max_size=5), CUTS, st.booleans())
def test_sequences_are_the_same_wherever_they_are_cut(
    values: list[Any], cuts: list[int], first: bool
) -> None:
    """JSON between record separators is read with the separator before or after it."""
    written = [json.dumps(value, ensure_ascii=False) for value in values]
    text = "".join(f"\x1e{one}\n" if first else f"{one}\x1e" for one in written)

    assert read(framing_for("json-seq"), cut(text.encode(), cuts)) == [Record(value) for value in values]
    assert read(framing_for("signalr"), [text]) == [Record(value) for value in values]


@given(st.text(st.characters(exclude_categories=["Cs"])), CUTS)
def test_plain_text_is_text_wherever_it_is_cut(text: str, cuts: list[int]) -> None:
    """No piece of plain text is taken for JSON, and no character is cut."""
    records = read(framing_for("text"), cut(text.encode(), cuts))

    assert all(isinstance(record.data, str) for record in records)
    assert "".join(record.data for record in records) == text.removeprefix("\ufeff")


@pytest.mark.parametrize(
    "guard", ["", ")]}'\n", ")]}',\n", "while(1);", "for (;;);", "&&&START&&&", "\ufeff"]
)
def test_a_body_is_one_record_whatever_guards_it(guard: str) -> None:
    """A body is JSON over several lines, behind what keeps others from running it as a script."""
    body = guard + json.dumps({"text": "a\nb"}, indent=1)

    assert read(framing_for("json"), cut(body.encode(), [1, 9])) == [Record({"text": "a\nb"})]


def test_a_guard_before_lines_is_no_line() -> None:
    """Lines of JSON may stand behind such a guard too."""
    assert read(framing_for("ndjson"), [b")]}'\n\n", b'["a"]\n']) == [Record(["a"])]


def test_lines_are_named_by_their_prefix() -> None:
    """A prefix is the record's name; a line without one has none."""
    records = read(framing_for("prefixed"), ['0:"a: b"\nd:{"x":1}\nf2', ':3\n"plain"'])

    assert records == [Record("a: b", "0"), Record({"x": 1}, "d"), Record("3", "f2"), Record("plain")]


def test_paths_lead_into_json_that_is_text() -> None:
    """Where a text on the way is JSON, the path goes on in it."""
    inner = json.dumps([None, [["word"]]])

    assert pick(Record([["wrb.fr", "x", inner]]), "0.2.1.0.0") == "word"
    assert pick(Record(json.dumps({"text": inner})), "text.1.0.0") == "word"
    assert pick(Record({"text": "[no"}), "text.0") is None


@pytest.mark.parametrize(
    ("body", "is_cut"),
    [
        ('[\n{"a":1}\n]\n', False),
        ('[{"a":1},\n{"a":2}]', False),
        ('[\n{"a":1},\n', True),
        ('[\n{"a":1}', True),
        ('[{"a":1},\n{"a":2}\n', True),
        ("[\n", True),
        ('[{"a":1}]\n{"a":2}\n', False),
        ("[info] begun\n", False),
        ('[DONE]\n{"a":1}\n', False),
    ],
)
def test_a_list_in_lines_is_cut_without_its_end(body: str, is_cut: bool) -> None:
    """A list of objects, of which each line has some, is whole when it is closed, wherever it was cut."""
    for at in range(len(body)):
        framing = framing_for("ndjson")
        read(framing, cut(body.encode(), [at]))
        assert framing.is_cut is is_cut


@pytest.mark.parametrize(
    ("end", "is_cut"),
    [('"b"}]', False), ('"b"}]\r\n', False), ('["b"]}]', False), ('"b"', True), ('["b"]', True)],
)
def test_a_list_may_end_behind_its_last_line(end: str, is_cut: bool) -> None:
    """A list of which each line has an object is whole where its bracket closes behind the last of them."""
    framing = framing_for("ndjson")
    framing.feed('[{"text": "a"},\n{"text": ' + end)
    framing.finish()

    assert framing.is_cut is is_cut
