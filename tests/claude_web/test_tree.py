"""The conversation as Claude's site keeps it: the last answer in exact markdown, or nothing at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ResponseFinished, TextDelta
from jackfield_claude_web import SITE, ClaudeTree
from jackfield_web.reading._settled import read_kept
from jackfield_web.site import Site, WirePattern, build_site
from jackfield_web.wire import Record

NAME = "7f1c2d3e-0000-4000-8000-000000000001"
ASKED = "What is a jackfield?"
WIRE = WirePattern(url="/", kind="json", decoder="claude-tree")
PAGE = {
    "name": "page",
    "version": "2026-10-09",
    "base_url": "http://127.0.0.1:1",
    "selectors": {"chat_input": "#c", "response_area": ".r", "stop_button": "#s"},
    "reading": {"settle": "address", "address": "/api/{id}", "decoder": "claude-tree"},
}


def message(name: str, sender: str, parent: str, *blocks: Any, **more: Any) -> dict[str, Any]:
    return {"uuid": name, "sender": sender, "parent_message_uuid": parent, "content": [*blocks], **more}


def text(written: str) -> dict[str, Any]:
    return {"type": "text", "text": written, "citations": []}


def tree(leaf: str = "a2", **more: Any) -> dict[str, Any]:
    root = "00000000-0000-4000-8000-000000000000"
    said = {"type": "thinking", "thinking": "Hm."}
    messages = [
        message("a2", "assistant", "h1", said, text("It is a **panel**."), text("Of sockets."), text=""),
        message("h1", "human", root, text(ASKED)),
        message("a1", "assistant", "h1", text("The answer before it was tried again.")),
    ]
    return {"uuid": NAME, "current_leaf_message_uuid": leaf, "chat_messages": messages, **more}


def events(said: Any) -> list[Any]:
    return list(ClaudeTree(WIRE, lambda: NAME).feed(Record(said)))


@pytest.fixture
def site() -> Site:
    """Return a page that settles by its conversation's address."""
    return build_site(PAGE)


def kept(site: Site, body: str, sent: str = ASKED) -> Any:
    return read_kept(body, site, sent, lambda: NAME, SITE.decoders)


def test_the_leaf_is_the_answer() -> None:
    """The answer is the branch's last message, whatever the list's order, with its blocks of text only."""
    assert events(tree()) == [
        TextDelta("It is a **panel**.\n\nOf sockets."),
        ResponseFinished(metadata={"asked": ASKED}),
    ]
    assert events(tree("a1"))[0].text == "The answer before it was tried again."


def test_why_it_ended_is_told() -> None:
    """Where the tree says why an answer ended, and who wrote it, the answer says so too."""
    said = tree()
    said["chat_messages"][0] |= {"stop_reason": "max_tokens", "model": "claude-opus-5-5"}
    finished = events(said)[-1]

    assert (finished.finish_reason, finished.model) == ("length", "claude-opus-5-5")


@pytest.mark.parametrize(
    "said",
    [
        tree("h1"),
        tree("elsewhere"),
        tree(uuid="another"),
        tree(chat_messages=None),
        tree(current_leaf_message_uuid=None),
        [],
        "words",
        None,
    ],
)
def test_what_is_no_answer_says_nothing(said: Any) -> None:
    """A question without an answer, another conversation, and what is no conversation have no answer."""
    assert events(said) == []


def test_an_answer_counts_for_our_message_only(site: Site) -> None:
    """What is kept as the answer to another message is not taken; ours is known by its letters."""
    body = json.dumps(tree())

    assert kept(site, body).text == "It is a **panel**.\n\nOf sockets."
    assert kept(site, body, "what is a JACKFIELD") is None
    assert kept(site, body, "What  is\n a jackfield").text
    assert kept(site, body, "").text, "who only attaches has no message"
    assert "asked" not in kept(site, body).finished.metadata


@pytest.mark.parametrize("body", ["", "{", "<html>", "[]", json.dumps(tree("h1"))])
def test_a_body_that_tells_nothing(site: Site, body: str) -> None:
    """Whatever else stands at the address, nothing is taken from it."""
    assert kept(site, body) is None


JUNK = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.sampled_from([NAME, "a2", "assistant"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["uuid", "sender", "content", "type", "text"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(JUNK, JUNK, JUNK)
def test_fields_of_any_kind(leaf: Any, messages: Any, content: Any) -> None:
    """Whatever the tree's fields hold, it is read or says nothing."""
    said = tree(leaf) if isinstance(leaf, str) else tree(current_leaf_message_uuid=leaf)
    said["chat_messages"][0]["content"] = content
    assert len(events(said)) in {0, 2}
    assert len(events({**said, "chat_messages": messages})) in {0, 2}
