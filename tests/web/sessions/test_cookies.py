"""Logins as people have them at hand: five forms, one meaning, and no value in any error."""

from __future__ import annotations

import json
import string
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ConfigError, Secret
from jackfield_web import BrowserHost, Cookie, StorageState, read_login
from jackfield_web._storage_state import LATEST_EXPIRY

if TYPE_CHECKING:
    from playwright.async_api import Page

URL = "https://example.org/chat"
NAMES = st.text(string.ascii_letters + string.digits + "_-.", min_size=1, max_size=20)
VALUES = st.text(string.ascii_letters + string.digits + "-_.~%/+=:|", max_size=60)
TEXTS = st.text() | st.text('=;\t\n[]{}":,# \x00\ud800aA1', max_size=60)
KEYS = st.sampled_from(
    ["cookies", "origins", "name", "value", "domain", "path", "expires", "sameSite", "expiry", "secure"]
)
PLAIN: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | TEXTS, inner, max_size=6),
    max_leaves=12,
)


@st.composite
def cookies(draw: st.DrawFn) -> Cookie:
    """Return any cookie that every form can say."""
    return Cookie(
        name=draw(NAMES),
        value=Secret(draw(VALUES)),
        domain=draw(st.sampled_from(["example.org", ".example.org", "127.0.0.1", "a.b.example.org"])),
        path=draw(st.sampled_from(["/", "/chat", "/a/b"])),
        expires=draw(st.none() | st.integers(1, int(LATEST_EXPIRY)).map(float)),
        secure=draw(st.booleans()),
        http_only=draw(st.booleans()),
    )


def read(given_: object, name: str | None = None) -> tuple[Cookie, ...]:
    return read_login(given_, url=URL, cookie_name=name).cookies


def netscape(cookie: Cookie) -> str:
    fields = [
        ("#HttpOnly_" if cookie.http_only else "") + cookie.domain,
        str(cookie.domain.startswith(".")).upper(),
        cookie.path,
        str(cookie.secure).upper(),
        str(int(cookie.expires or 0)),
        cookie.name,
        cookie.value.reveal(),
    ]
    return "\t".join(fields)


def exported(cookie: Cookie) -> dict[str, Any]:
    """Return the cookie as a browser extension exports it."""
    said = cookie.as_playwright()
    expires = said.pop("expires")
    return said | {"expirationDate": expires, "hostOnly": True, "session": False, "sameSite": "unspecified"}


@given(st.lists(cookies(), max_size=5))
def test_every_whole_form_means_the_same(given_: list[Cookie]) -> None:
    """Playwright's list, an extension's export, JSON text, a storage state and a Netscape file agree."""
    wanted = tuple(given_)
    plain = [cookie.as_playwright() for cookie in given_]
    state = StorageState(wanted).as_playwright()

    assert read(plain) == read(json.dumps(plain)) == wanted
    assert read([exported(cookie) for cookie in given_]) == wanted
    assert read(state) == read(json.dumps(state)) == read(StorageState(wanted)) == wanted
    for ending in ("\n", "\r\n"):
        lines = ["# Netscape HTTP Cookie File", "", *map(netscape, given_)]
        assert read(ending.join(lines) + ending) == wanted


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=5))
def test_the_short_forms_belong_to_the_page_s_host(given_: dict[str, str]) -> None:
    """A mapping and a header's text say names and values; the page says where they belong."""
    header = "; ".join(f"{name}={value}" for name, value in given_.items())
    wanted = tuple(
        Cookie(name=name, value=Secret(value), domain="example.org") for name, value in given_.items()
    )

    assert read(given_) == read(header) == read(f"Cookie: {header}") == read(Secret(header)) == wanted


@given(VALUES.filter(bool))
def test_a_bare_value_needs_its_name(value: str) -> None:
    """With the cookie's name the value is enough, also with '=' in it."""
    (cookie,) = read(value, "sessionKey")

    assert (cookie.name, cookie.value.reveal()) == ("sessionKey", value)
    assert read(f"sessionKey={value}", "sessionKey") == (cookie,)


@given(TEXTS | PLAIN, st.none() | NAMES)
def test_anything_is_read_or_refused(given_: object, name: str | None) -> None:
    """Free input gives cookies that a browser takes, or a ConfigError; never another error."""
    try:
        login = read_login(given_, url=URL, cookie_name=name)
    except ConfigError:
        return
    assert StorageState.from_playwright(json.loads(json.dumps(login.as_playwright()))) == login


@pytest.mark.parametrize(
    "given_",
    [
        "s3cret",
        "a=1; s3cret",
        '{"s3cret": ',
        '[{"name": "a", "value": ["s3cret"]}]',
        [{"name": "a", "value": "s3cret\nSet-Cookie: x"}],
        [{"name": "a b", "value": "s3cret"}],
        [{"name": "", "value": "s3cret"}],
        [{"name": "a", "value": "s3cret", "domain": "evil/.org"}],
        [{"name": "a", "value": "s3cret", "path": "s3cret"}],
        [{"name": "a", "value": "s3cret", "expires": "s3cret"}],
        [{"name": "a", "value": "s3cret", "expires": float("nan")}],
        [{"name": "a", "value": "s3cret", "sameSite": "s3cret"}],
        ["s3cret"],
        {"cookies": ["s3cret"]},
        {"cookies": [], "origins": "s3cret"},
        "# Netscape HTTP Cookie File\nexample.org\tTRUE\t/\ts3cret",
        b"bytes s3cret",
        42,
        None,
    ],
)
def test_an_error_tells_the_place_and_not_the_value(given_: object) -> None:
    """What cannot be read is refused without a word of what it was."""
    with pytest.raises(ConfigError) as caught:
        read(given_)

    assert "s3cret" not in str(caught.value) + repr(caught.value.__cause__)


@pytest.mark.parametrize("url", ["", "example.org", "https://", "https://[::1"])
def test_cookies_belong_to_a_page(url: str) -> None:
    """Without a host nobody knows where they belong."""
    with pytest.raises(ConfigError, match="has no host"):
        read_login("a=1", url=url)


@pytest.mark.parametrize(
    ("said", "kept"), [(10**400, LATEST_EXPIRY), (float("inf"), LATEST_EXPIRY), (-1, None), (0, None)]
)
def test_an_expiry_is_brought_into_the_browser_s_range(said: float, kept: float | None) -> None:
    """Far beyond the latest is the latest; nothing or less is the end of the browser's session."""
    assert read([{"name": "a", "value": "1", "expires": said}])[0].expires == kept


@pytest.mark.anyio
async def test_a_real_browser_takes_every_form(host: BrowserHost, pages: Any) -> None:
    """Each form, put into a session, is what the server sees."""

    async def visit(page: Page) -> str:
        await page.goto(pages.url + "cookies")
        return await page.inner_text("body")

    forms: list[object] = [
        [{"name": "sid", "value": "v+1/="}],
        [{"name": "sid", "value": "v+1/=", "expirationDate": 10**400, "sameSite": "lax", "hostOnly": True}],
        {"sid": "v+1/="},
        "Cookie: sid=v+1/=",
        "127.0.0.1\tFALSE\t/\tFALSE\t2000000000\tsid\tv+1/=",
        {"cookies": [{"name": "sid", "value": "v+1/=", "domain": "127.0.0.1", "path": "/"}], "origins": []},
        "v+1/=",
    ]
    async with host.session() as session, session.page() as page:
        for form in forms:
            await session.call(clear)
            await session.add_cookies(read_login(form, url=pages.url, cookie_name="sid").cookies)
            assert await page.call(visit) == "sid=v+1/="
        assert (await session.storage_state()).cookies[0].value.reveal() == "v+1/="


async def clear(context: Any) -> None:
    await context.clear_cookies()
