"""The API's JSON to values and events: pure, and not upset by anything that JSON can say."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    ActivityReported,
    ChatRequest,
    ImagePart,
    InvalidRequest,
    MalformedResponse,
    Message,
    ReasoningDelta,
)
from jackfield_codegen_api._asking import CID, asking, run_number
from jackfield_codegen_api._decoding import events_of
from jackfield_codegen_api._wire import (
    read_log_page,
    read_organizations,
    read_run,
    read_runs,
)

RUN = {"id": 5, "organization_id": 1}
URL = "https://codegen.com/agent/trace/5"


def told(**entry: Any) -> list[Any]:
    events: list[Any] = list(events_of({"agent_run_id": 5, **entry}))
    return [
        (event.text,)
        if isinstance(event, ReasoningDelta)
        else (event.kind, event.title, event.detail, event.url)
        for event in events
    ]


def test_action() -> None:
    """An action is its thought and its tool, with the input on one line."""
    entry = {
        "message_type": "ACTION",
        "tool_name": "search",
        "thought": " hm ",
        "tool_input": {"q": "a\nb", "n": 2},
    }

    assert told(**entry) == [("hm\n\n",), ("tool", "search", "q=a b, n=2", None)]


@pytest.mark.parametrize(
    ("entry", "event"),
    [
        ({"message_type": "PLAN_EVALUATION", "thought": "first this"}, ("plan evaluation", "first this")),
        ({"message_type": "USER_MESSAGE", "observation": "do it"}, ("user message", "do it")),
        (
            {"message_type": "USER_GITHUB_ISSUE_COMMENT", "observation": {"text": "hi"}},
            ("user github issue comment", "hi"),
        ),
        ({"message_type": "ERROR", "observation": "went wrong"}, ("error", "went wrong")),
        ({"message_type": "SOMETHING_NEW", "observation": {"a": 1}}, ("something new", '{"a": 1}')),
        ({"observation": "bare"}, ("remark", "bare")),
    ],
)
def test_remark(entry: dict[str, Any], event: tuple[str, str]) -> None:
    """Plans, users' words, errors and whatever is new are remarks."""
    assert told(**entry) == [("thought", *event, None)]


@pytest.mark.parametrize("kind", ["AGENT_RUN_LINK", "INITIAL_PR_GENERATION", "FIX_PR_ERRORS"])
@pytest.mark.parametrize(
    "observation",
    [
        {"title": "a page", "url": URL},
        {"title": "a page", "html_url": URL},
        {"title": "a page", "text": f"see {URL}."[:-1]},
    ],
)
def test_link(kind: str, observation: Any) -> None:
    """An entry that names an address is a link, however it names it."""
    assert told(message_type=kind, observation=observation) == [("link", "a page", "", URL)]


def test_link_in_words() -> None:
    """An address inside a plain text is a link too, named by its entry's kind."""
    assert told(message_type="PR_CREATION_FAILED", observation=f"failed, see <{URL}>") == [
        ("link", "pr creation failed", "", URL)
    ]


def test_final_answer_is_not_told() -> None:
    """The final answer's text is no event of the log: it comes once, with the finished run."""
    assert told(message_type="FINAL_ANSWER", observation="the answer") == []


@pytest.mark.parametrize(
    "entry", [{}, {"message_type": "ACTION_"}, {"message_type": "ERROR"}, {"thought": "  "}]
)
def test_nothing_to_tell(entry: dict[str, Any]) -> None:
    """An entry that says nothing gives no event."""
    assert told(**entry) == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
fields = ["message_type", "tool_name", "thought", "observation", "tool_input", "tool_output", "url", "title"]
entries = st.dictionaries(
    st.sampled_from(fields), json_values | st.sampled_from(["ACTION", "FINAL_ANSWER", "AGENT_RUN_LINK", URL])
)


@given(entries)
def test_any_entry(entry: dict[str, Any]) -> None:
    """Whatever an entry holds, its events have something to show, on one line, and web addresses only."""
    for event in events_of(entry):
        if isinstance(event, ActivityReported):
            assert event.title
            assert "\n" not in event.title + event.detail
            assert event.url is None or event.url.startswith("http")


run_fields = [
    "id",
    "status",
    "result",
    "summary",
    "web_url",
    "created_at",
    "metadata",
    "github_pull_requests",
]
runs = st.dictionaries(st.sampled_from(run_fields), json_values)


@given(runs | json_values, st.sampled_from([read_run, read_log_page, read_runs, read_organizations]))
def test_any_answer(data: Any, read: Any) -> None:
    """Whatever the API answers is read or is MalformedResponse, never another exception."""
    for shape in (
        data,
        {"items": data},
        {"items": [data]},
        {"id": 1, "logs": data},
        {"id": 1, "logs": [data]},
    ):
        with suppress(MalformedResponse):
            read(shape)


def test_run() -> None:
    """A whole run is read; fields of another form than documented count as missing."""
    pull = {"id": 1, "title": "Fix", "url": URL}
    run = read_run({**RUN, "status": "COMPLETE", "web_url": URL, "github_pull_requests": [pull, {}, 3]})
    strange = read_run({**RUN, "status": 3, "web_url": "javascript:x", "created_at": "soon", "metadata": []})

    assert (run.handle, run.url, run.ended_well) == ("5", URL, True)
    assert [(pull.title, pull.url) for pull in run.pull_requests] == [("Fix", URL)]
    assert (strange.status, strange.url, strange.created_at, strange.metadata) == (None, None, None, {})


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        *[(word, "well") for word in ("COMPLETE", "complete", "Completed", "DONE")],
        *[(word, "badly") for word in ("FAILED", "error", "CANCELLED", "canceled", "EXPIRED", "stopped")],
        *[(word, "badly") for word in ("TIMEOUT", "MAX_ITERATIONS_REACHED", "OUT_OF_TOKENS")],
        *[(word, "not") for word in ("RUNNING", "ACTIVE", "PENDING", "EVALUATION", "", None, "NEW_WORD")],
    ],
)
def test_status(status: str | None, ended: str) -> None:
    """P14: known ends are ends, in any case; anything else means that the run goes on."""
    run = read_run({**RUN, "status": status})

    assert (run.ended_well, run.ended_badly) == (ended == "well", ended == "badly")


def test_asking() -> None:
    """System messages stand in front of the prompt, images are data URIs, and our id is in the metadata."""
    image = ImagePart(b"\x89PNG", "image/png")
    messages = [Message("system", "Be brief."), Message("user", ["What is this?", image])]
    request = ChatRequest(messages=messages, options={"repo_id": 9, "metadata": {"team": "a"}})

    asked = asking(request)

    assert asked.to_create(request.id, "codegen-standard") == {
        "prompt": "Be brief.\n\nWhat is this?",
        "images": ["data:image/png;base64,iVBORw=="],
        "model": "codegen-standard",
        "repo_id": 9,
        "metadata": {"team": "a", CID: request.id},
    }
    assert asked.to_resume(5)["agent_run_id"] == 5


@pytest.mark.parametrize(
    "handle", ["", "x", "-1", "1.5", "٣", "1" * 30, "../5", "5 ", -1, True, 1.5, None, b"1"], ids=repr
)
def test_no_run_number(handle: Any) -> None:
    """What is no number is no run's handle."""
    with pytest.raises(InvalidRequest, match="number of an agent run"):
        run_number(handle, "handle")


@pytest.mark.parametrize("handle", ["17", "017", 17], ids=repr)
def test_run_number(handle: str | int) -> None:
    """A run's handle may be written as the number that it is."""
    assert run_number(handle, "handle") == 17
