"""What leaves a page: a message is known in it however it is written down, and not seen where it is not."""

from __future__ import annotations

import base64
import gzip
import html
import json
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield_web.reading._holding import holds, ids_in, is_text, may_hide

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


@pytest.mark.parametrize("form", FORMS)
@given(text=MESSAGES)
def test_what_can_be_read_is_text(form: str, text: str) -> None:
    """However a message is written down, what holds it can be searched; what was packed cannot."""
    assert is_text(FORMS[form](text) + "\x1e")
    assert not is_text(gzip.compress(FORMS[form](text).encode()).decode("utf-8", "replace"))


CODES: dict[str, Callable[[str], str]] = {
    "Base64": lambda text: base64.b64encode(quote(text).encode()).decode(),
    "Base64 in a form": lambda text: quote(base64.b64encode(quote(text).encode()).decode(), safe=""),
    "for addresses": lambda text: base64.urlsafe_b64encode(quote(text).encode()).decode(),
    "packed": lambda text: base64.b64encode(gzip.compress(text.encode())).decode(),
    "hex": lambda text: text.encode().hex(),
}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    "text",
    [
        "A fox that lives behind the old mill",
        "狐狸住在老磨坊后面的森林里 1",
        "\n".join(f"{n} lines" for n in range(40)),
    ],
)
def test_what_is_coded_may_hide_a_message(code: str, text: str) -> None:
    """What a page has put into a code of its own may hold its message, though nobody finds it there."""
    sent = json.dumps({"v": 2, "data": CODES[code](text)}, ensure_ascii=False)

    assert not holds(sent, text)
    assert may_hide(sent, text)


def test_one_block_of_a_cipher_may_hide_a_short_message() -> None:
    """Sixteen bytes, the least that a cipher makes of a message, are seen by their Base64's padding."""
    sealed = base64.b64encode(bytes.fromhex("b7a1c53e9f20d84466e1730c5a9d2f18")).decode()

    assert may_hide(json.dumps({"data": sealed}), "Hi")
    assert may_hide(f"data={quote(sealed, safe='')}", "Hi")


@pytest.mark.parametrize(
    "sent",
    [
        '{"event": "send_pressed", "at": "https://chat.example/c/8f14e45f-ceea-4a7d-9f0b-1c2d3e4f5a6b"}',
        '{"trace": "4bf92f3577b34da6a3ce929d0e0e4736", "session": "01J9ZQ4K7M8N2P5R6S7T8V9W0X"}',
        '{"history": "an answer of the remote, with a Donaudampfschifffahrtsgesellschaft"}',
        "狐狸住在老磨坊后面的森林里。每天早上都会出来看看太阳升起的地方",
    ],
)
def test_ids_and_words_hide_none(sent: str) -> None:
    """An id, an address and words, however long, are no code: nobody thinks that they hold a message."""
    assert not may_hide(sent, "A fox that lives behind the old mill")


@given(text=MESSAGES, other=MESSAGES)
def test_nothing_breaks_it(text: str, other: str) -> None:
    """Any text and any body get an answer, and a body that is the message holds it."""
    assert isinstance(holds(other, text), bool)
    assert isinstance(may_hide(other, text), bool)
    assert holds(text, text)


@pytest.mark.parametrize(
    "made",
    [
        "0b9c1d2e-3f40-4a5b-8c6d-7e8f90a1b2c3",
        "1732876543210",
        "k3j9x0a1b2",
        "session_x7f9",
        "V1StGXR8Z5jdHi6B",
    ],
)
def test_an_id_beside_a_message_is_known(made: str) -> None:
    """What a page makes to name a conversation stands in what it sends, in its body or its address."""
    assert ids_in(json.dumps({"id": made, "text": "Hello"}), "Hello") == {made}
    assert ids_in(f"http://127.0.0.1/chat/{made}/say?v=2", "Hello") == {made}


@pytest.mark.parametrize(
    "sent",
    [
        '{"model": "claude-3-5-sonnet-20241022", "temperature": 0.75}',
        '{"model": "gpt-4o-mini", "max_tokens": 4096, "stream": true}',
        '{"at": "2026-11-29T10:37:39.123Z", "locale": "en-US"}',
        "the message itself has k3j9x0a1b2 in it",
    ],
)
def test_other_words_are_no_ids(sent: str) -> None:
    """Models, numbers, dates and what the message says are the same in other conversations."""
    assert not ids_in(sent, "the message itself has k3j9x0a1b2 in it")
