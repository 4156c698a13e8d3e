"""Addresses are read as a browser reads them; another reading looks at one host while it goes to another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield_web.errors._errors import shown_url
from jackfield_web.page._login_step import mailed_link
from jackfield_web.site._address import read_address


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://evil.test\\@example.org/x", "https://evil.test"),
        ("https:\\\\evil.test/", "https://evil.test"),
        ("https:/\\evil.test", "https://evil.test"),
        ("https:evil.test/@example.org", "https://evil.test"),
        ("https://example.org@evil.test", "https://evil.test"),
        ("https://evil.test#@example.org", "https://evil.test"),
        ("https://evil.test\t?@example.org", "https://evil.test"),
        ("\x00 ht\ntps://exam\tple.org", "https://example.org"),
        ("https://example%2eorg/", "https://example.org"),
        ("https://ex\u00adample\u3002org/", "https://example.org"),
        ("https://EXAMPLE.org.:443/", "https://example.org"),
        ("https://b\u00fccher.example/", "https://xn--bcher-kva.example"),
        ("https://ex\u0430mple.org/", "https://xn--exmple-4nf.org"),
        ("http://0x7f.1:8080/", "http://127.0.0.1:8080"),
        ("https://[0:0::1]/", "https://[::1]"),
    ],
)
def test_where_a_browser_goes(text: str, origin: str) -> None:
    """Backslashes, users, control characters, other scripts, numbers and ports: the host that is asked."""
    found = read_address(text)

    assert found is not None
    assert found.origin == origin


@pytest.mark.parametrize(
    "text", ["", "example.org", "/path", "https://", "https://a b/", "https://[::1", "\ud800"]
)
def test_what_leads_nowhere(text: str) -> None:
    """What is no whole address is none, and is shown as none."""
    assert read_address(text) is None
    assert shown_url(text) == "(an address that is none)"


@given(st.text())
def test_an_address_reads_as_itself(text: str) -> None:
    """What a browser makes of an address is an address again, and leads to the same place."""
    if (found := read_address(text)) is not None:
        assert read_address(found.href) == found


@pytest.mark.parametrize(
    "text", ["https://u:s3cret@h.test/a?s3cret#s3cret", "https://s3cret\\@h.test:444/a", "data:,s3cret"]
)
def test_what_is_shown(text: str) -> None:
    """User, password, query and fragment are not shown, nor what an address without a host holds."""
    shown = shown_url(text.replace("\\", ":x"))

    assert "s3cret" not in shown
    assert shown in {"https://h.test/a", "https://h.test:444/a", "data:…"}
    assert "s3cret" not in repr(read_address(text.replace("\\", ":x")))


@pytest.mark.parametrize(
    ("answer", "link"),
    [
        ("HTTPS://Example.org/in?code=1", "https://example.org/in?code=1"),
        ("https://evil.test\\@example.org/in", "https://evil.test/@example.org/in"),
        ("123456", None),
        ("code:1", None),
    ],
)
def test_a_mailed_link(answer: str, link: str | None) -> None:
    """A link is opened as it was judged, as the browser writes it; what is none is a code."""
    assert mailed_link(answer) == link
