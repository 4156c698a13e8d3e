"""What leaves a page: a message is known in it however it is written down, and not seen where it is not."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield_web.reading._holding import holds

MESSAGES = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n")).filter(str.strip)
LONG = st.text('abc defg é“😀"\\/&', min_size=12).filter(lambda text: len(text.strip()) >= 12)
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "json": lambda text: json.dumps({"text": text}),
    "json as it is": lambda text: json.dumps({"text": text}, ensure_ascii=False),
    "json in json": lambda text: json.dumps({"body": json.dumps({"text": text})}),
    "form": lambda text: urlencode({"text": text, "more": 1}),
    "json in a form": lambda text: "f.req=" + quote(json.dumps([json.dumps([text])]), safe="~()*!.'"),
    "component": lambda text: "q=" + quote(text, safe="-_.!~*'()"),
    "html": lambda text: f"<p>{html.escape(text)}</p>",
    "query": lambda text: f"/ask?q={quote(text)}&v=1",
    "multipart": lambda text: "\r\n\r\n" + text.replace("\n", "\r\n") + "\r\n--boundary",
    "blocks": lambda text: json.dumps([{"p": line} for line in text.split("\n")]),
}


@pytest.mark.parametrize("form", FORMS)
@given(text=LONG)
def test_a_message_is_known(form: str, text: str) -> None:
    """In every form in which pages send a message it is found, line by line."""
    assert holds(FORMS[form](text), text)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", ["Hi", "continue", "👍", "1"])
def test_a_short_message_is_known(form: str, text: str) -> None:
    """A message of a few letters is found where it stands by itself."""
    assert holds(FORMS[form](text), text)


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("", "Hello there"),
        ('{"event": "keydown", "history": []}', "Hi"),
        ('{"event": "page_view"}', "a"),
        ('{"text": "Hello there, Bob and all"}', "Hello there, Alice and all"),
        ('{"text": "anything"}', "  \n "),
    ],
)
def test_other_traffic_is_not_taken_for_it(sent: str, text: str) -> None:
    """Telemetry and other messages do not hold it, and a message of nothing is held by nothing."""
    assert not holds(sent, text)


@given(text=MESSAGES, other=MESSAGES)
def test_nothing_breaks_it(text: str, other: str) -> None:
    """Any text and any body get an answer, and a body that is the message holds it."""
    assert isinstance(holds(other, text), bool)
    assert holds(text, text)
