"""Which of the installed Sites may fit a page: names that pages of all kinds have prove nothing."""

from __future__ import annotations

import pytest

from jackfield_web.drafting._known import fit, installed_sites
from jackfield_web.page import Matched

COMPOSER = Matched("chat_input", "#chat-input", 1, 1)


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        (Matched("ignore", "button", 3, 3), 0),
        (Matched("dismiss", "[role='dialog'] button", 1, 1), 0),
        (Matched("login_button", "button[type='submit']", 1, 1), 0),
        (Matched("logged_in", "#chat-input", 1, 1), 0),
        (Matched("send_button", "#chat-submit", 1, 0), 0),
        (Matched("send_button", "#chat-submit", 1, 1), 2),
    ],
    ids=["any button", "any dialog", "a form", "the composer again", "hidden", "its own"],
)
def test_what_pages_of_all_kinds_have_makes_no_fit(beside: Matched, expected: int) -> None:
    """Beside the composer something else of the Site's own must be seen."""
    assert fit([COMPOSER, beside]) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [("/", ""), ("/chat/", "/chat"), ("/c/5e3f-1a", ""), ("/auth", "")],
    ids=["root", "path", "conversation", "login"],
)
def test_where_a_site_is(url: str, expected: str) -> None:
    """A page's path belongs to its server, but where it is an address that the Site knows."""
    origin = "http://127.0.0.1:3000"
    (known,) = (one for one in installed_sites(origin) if one.site.name == "openwebui")

    assert known.base_of(origin + url) == origin + expected


def test_a_page_with_an_address_of_its_own_is_nowhere_else() -> None:
    """A stranger's page is not taken for one that lives elsewhere; what anybody runs may be anywhere."""
    elsewhere = {one.site.name for one in installed_sites("http://127.0.0.1:7860")}
    at_home = {one.site.name for one in installed_sites("https://claude.ai")}

    assert {"chainlit", "gradio", "openwebui", "streamlit"} <= elsewhere
    assert not elsewhere & {"claude", "zai"}
    assert "claude" in at_home
