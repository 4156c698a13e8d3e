"""The token in the fragment of an address, as a login by Google or GitHub brings it back, is a secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield_web import SiteOptions
from jackfield_web.errors import engine_text, from_engine, shown_url
from jackfield_web.provider._evidence import bones
from jackfield_web.wire import words_of
from jackfield_zai_web import SITE

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJpZCI6InNhbSJ9.c2lnbmF0dXJl"
FRAGMENT = f"token={TOKEN}&is_new_user=false"
BACK = f"https://chat.z.ai/auth#{FRAGMENT}"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_shown_address_has_a_fragment(fragment: str) -> None:
    """Whatever the fragment is, what is shown of the address ends before it."""
    assert shown_url(f"https://chat.z.ai/auth#{fragment}") == "https://chat.z.ai/auth"


@pytest.mark.parametrize(
    "said",
    [
        f"Page.goto: net::ERR_ABORTED at {BACK}",
        f'Page.goto: Navigation to "https://chat.z.ai/" is interrupted by another navigation to "{BACK}"',
        f"Timeout 30000ms exceeded.\nnavigated to {BACK}",
    ],
)
def test_the_engine_s_words(said: str) -> None:
    """What the engine says of an address goes no further than its path."""
    assert TOKEN not in engine_text(Exception(said))
    assert TOKEN not in repr(from_engine(Exception(said)))


def test_the_site_s_words() -> None:
    """Words of the site's that quote the address, whole or in part, are told without the token."""
    for said in (BACK, f"/auth#{FRAGMENT}", f"#{FRAGMENT}", TOKEN):
        assert TOKEN.rpartition(".")[2] not in words_of({"detail": f"refused {said}"}, "detail")
    assert "no-jwt-but-secret" not in words_of("came back to /auth#token=no-jwt-but-secret&is_new_user=true")


def test_the_page_s_bones() -> None:
    """A link to the address keeps nothing of it in the evidence."""
    html = f'<a href="/auth#{FRAGMENT}">Sign in</a><p>{BACK}</p><form action="{BACK}"></form>'

    assert TOKEN not in bones(html)


def test_a_place_in_the_page() -> None:
    """The login page is known with a fragment as without, and no conversation's address has one."""
    site = SITE.read(SiteOptions())
    conversation = "https://chat.z.ai/c/00000000-0000-4000-8000-000000000000"

    assert site.is_login_page(BACK)
    assert site.conversation_address(f"{conversation}#{FRAGMENT}") == conversation
