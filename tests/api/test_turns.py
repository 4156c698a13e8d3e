"""Requests on wires of turns, and what becomes of their parts."""

from __future__ import annotations

import pytest

from jackfield import (
    Adaptation,
    ChatRequest,
    Citation,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    ModelNotFound,
    Part,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Unsupported,
)
from jackfield_api import (
    ApiOptions,
    filled,
    joined_turns,
    moved_ahead,
    object_arguments,
    plan_parts,
    system_ahead,
    without_citations,
)

SAID = [
    Message("system", "Be brief."),
    Message("user", "Hello"),
    Message("system", "Be kind."),
    Message("user", "Well?"),
]
PICTURE = ImagePart(b"\x89PNG", "image/png")
CALL = ToolCallPart("1", "clock", "{}")


def test_what_the_system_says() -> None:
    """It goes ahead; what it says later too, and that is told, unless the wire has a place for it."""
    all_ahead, conversation = system_ahead(SAID)
    ahead, with_later = system_ahead(SAID, takes_later=True)

    assert ([one.text for one in all_ahead], len(conversation)) == (["Be brief.", "Be kind."], 2)
    assert (ahead, with_later) == (SAID[:1], SAID[1:])
    assert system_ahead(SAID[:1], takes_later=True) == (SAID[:1], [])
    assert [*moved_ahead(SAID, "why")] == [Adaptation("messages[2]", "went ahead of the conversation: why")]
    assert not [*moved_ahead(SAID[:2], "why")]


def test_one_role_is_one_turn() -> None:
    """What one role says several times over is one turn, and who says nothing has none."""
    turns = joined_turns([("user", [1]), ("user", []), ("user", [2]), ("model", []), ("user", [3])], "parts")

    assert turns == [{"role": "user", "parts": [1, 2, 3]}]
    assert joined_turns([("user", [1]), ("model", [2])], "said") == [
        {"role": "user", "said": [1]},
        {"role": "model", "said": [2]},
    ]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ('{"a": 1}', {"a": 1}),
        ("", {}),
        ("{oops", {"INVALID_JSON": "{oops"}),
        ("[1]", {"INVALID_JSON": "[1]"}),
    ],
)
def test_arguments_are_an_object(text: str, sent: object) -> None:
    """A wire that takes an object alone gets one, with nothing of what the model wrote lost."""
    assert object_arguments(ToolCallPart("1", "clock", text)) == sent


def test_what_is_not_wished_for() -> None:
    """Fields of None are left out; nothing and empty are not the same."""
    assert filled({"a": None, "b": 0, "c": [], "d": {}}) == {"b": 0, "c": [], "d": {}}


def test_a_model_is_needed() -> None:
    """Where neither the request nor the options name a model, the refusal says what to do."""
    assert ApiOptions(default_model="m").needed_model(None, "Tern") == "m"
    with pytest.raises(ModelNotFound, match="Tern has no default") as raised:
        ApiOptions().needed_model(None, "Tern")

    assert "default_model" in (raised.value.hint or "")


def refused(part: Part) -> str | None:
    return "no files" if isinstance(part, FilePart) else None


def lost(part: Part) -> str | None:
    return "not ours" if isinstance(part, ToolCallPart) else None


def noted(part: Part) -> list[str]:
    return ["looked at as it is", "and once"] if isinstance(part, ImagePart) else []


def test_every_part_is_told_by_its_place() -> None:
    """What is left out is told and gone, what goes otherwise is told and sent, in a tool's result too."""
    said = [
        Message("user", ["Look", PICTURE]),
        Message("assistant", ["So", CALL]),
        Message("tool", ToolResultPart("1", "clock", ["noon", PICTURE])),
        Message("assistant", CALL),
        Message("user", "?"),
    ]
    request = ChatRequest(messages=said)
    plan = plan_parts(request, refused=refused, lost=lost, noted=noted, told=[Adaptation("seed", "no")])

    assert [(one.field, one.reason) for one in plan.adaptations] == [
        ("seed", "no"),
        ("messages[0].parts[1]", "looked at as it is"),
        ("messages[0].parts[1]", "and once"),
        ("messages[1].parts[1]", "left out: not ours"),
        ("messages[2].parts[0].parts[1]", "looked at as it is"),
        ("messages[2].parts[0].parts[1]", "and once"),
        ("messages[3].parts[0]", "left out: not ours"),
    ]
    assert [len(message.parts) for message in plan.request.messages] == [2, 1, 1, 1]


def test_nothing_left_out_is_the_same_request() -> None:
    """A request of which nothing is left out is not made again."""
    request = ChatRequest(messages=SAID)

    assert plan_parts(request, refused=refused, lost=lost).request is request


def test_citations_are_told() -> None:
    """Unless the wire says otherwise, a text goes without its citations, and that is told."""
    cited = TextPart("So.", [Citation("https://example.com/")])
    plan = plan_parts(ChatRequest(messages=Message("user", cited)), refused=refused, lost=lost)

    assert [one.field for one in plan.adaptations] == ["messages[0].parts[0]"]
    assert not [*without_citations(TextPart("So."))]


def test_refusals_name_their_places() -> None:
    """Each part that cannot be sent is refused by its place; what is raised on the way is a refusal, too."""

    def raising(part: Part) -> str | None:
        raise InvalidRequest(f"{type(part).__name__} is no text")

    file = FilePart(b"", "a.txt", "text/plain")
    request = ChatRequest(messages=Message("user", [file, "Hm", file]))
    first, second = plan_parts(request, refused=refused, lost=lost).refusals
    (strange,) = plan_parts(request, refused=raising, lost=lost).refusals

    assert isinstance(first, Unsupported)
    assert ["parts[0]" in first.message, "parts[2]" in second.message] == [True, True]
    assert strange.message == "FilePart is no text"
