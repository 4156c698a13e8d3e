"""Logins as people have them at hand: five forms, one meaning, and no value in any error."""

from __future__ import annotations

import datetime as dt
import json
import string
from http import cookiejar
from http.cookiejar import LWPCookieJar, MozillaCookieJar
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ConfigError, Secret
from jackfield_web import BrowserHost, Cookie, StorageState, read_login
from jackfield_web.accounts._cookie import LATEST_EXPIRY
from jackfield_web.accounts._state import login_of_item
from jackfield_web.provider._login import hosts_of
from jackfield_web.site import Addresses, Selectors, Site

if TYPE_CHECKING:
    from playwright.async_api import Page

URL = "https://example.org/chat"
HEADER = "# Netscape HTTP Cookie File\n"
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
        domain=draw(st.sampled_from(["example.org", ".example.org", ".org", "a.b.example.org"])),
        path=draw(st.sampled_from(["/", "/chat", "/a/b"])),
        expires=draw(st.none() | st.integers(1, int(LATEST_EXPIRY)).map(float)),
        secure=draw(st.booleans()),
        http_only=draw(st.booleans()),
    )


PARTITIONED = Cookie(
    name="sid",
    value=Secret("old"),
    domain="127.0.0.1",
    secure=True,
    same_site="None",
    partition="http://127.0.0.1",
)


@pytest.mark.parametrize(
    ("domain", "said", "partition", "is_embedded"),
    [
        ("example.org", {"partitionKey": "https://example.org"}, "https://example.org", False),
        (".example.org", {"partitionKey": "https://example.org"}, "https://example.org", False),
        ("example.org", {"partitionKey": "https://other.test"}, "https://other.test", True),
        (
            "example.org",
            {"partitionKey": "https://example.org", "_crHasCrossSiteAncestor": True},
            "https://example.org",
            True,
        ),
        (
            "example.org",
            {"partitionKey": {"topLevelSite": "https://other.test", "hasCrossSiteAncestor": False}},
            "https://other.test",
            False,
        ),
        ("example.org", {"partitionKey": {"sourceOrigin": "https://other.test"}}, "https://other.test", True),
        ("example.org", {"partitionKey": None}, "", False),
        ("example.org", {"partitionKey": ""}, "", False),
        ("example.org", {"partitionKey": {}}, "", False),
    ],
)
def test_a_partition_is_part_of_a_cookie(
    domain: str, said: dict[str, Any], partition: str, is_embedded: bool
) -> None:
    """Playwright's, Puppeteer's and the extensions' words; one that does not tell is its site's own."""
    given_ = {"name": "a", "value": "1", "domain": domain, **said}
    (cookie,) = read([given_])

    assert (cookie.partition, cookie.is_embedded) == (partition, is_embedded)
    assert StorageState.from_playwright(StorageState((cookie,)).as_playwright()).cookies == (cookie,)


@pytest.mark.parametrize("said", ["nowhere", 7, {"topLevelSite": "about:blank"}])
def test_a_partition_that_is_none_costs_its_cookie(said: object) -> None:
    """Without it the cookie would be another one, which the page's own does not replace."""
    with pytest.raises(ConfigError, match=r"cookie 1 \(a\) has a partition that is no site"):
        read([{"name": "a", "value": "1", "domain": "example.org", "partitionKey": said}])


@pytest.mark.anyio
async def test_a_partitioned_cookie_comes_back_as_itself(host: BrowserHost, pages: Any) -> None:
    """A page renews the cookie that was kept of it and does not get a second one beside it."""

    async def renew(page: Page) -> str:
        await page.goto(pages.url)
        await page.evaluate("document.cookie = 'sid=new; Secure; SameSite=None; Partitioned; Path=/'")
        await page.goto(pages.url + "cookies")
        return await page.inner_text("body")

    async with host.session(StorageState((PARTITIONED,))) as session, session.page() as page:
        assert (await session.storage_state()).cookies == (PARTITIONED,)
        assert await page.call(renew) == "sid=new"
        (cookie,) = (await session.storage_state()).cookies
        assert cookie == attrs.evolve(PARTITIONED, value=Secret("new"))


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
    host_only = not cookie.domain.startswith(".")
    more = {"expirationDate": expires, "hostOnly": host_only, "session": False, "sameSite": "unspecified"}
    return said | more


@given(st.lists(cookies(), min_size=1, max_size=5, unique_by=lambda one: (one.name, one.domain, one.path)))
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


@pytest.mark.parametrize(
    ("domain", "host_only", "wanted"),
    [
        ("example.org", False, ".example.org"),
        ("example.org", True, "example.org"),
        (".example.org", True, "example.org"),
        (".example.org", False, ".example.org"),
        ("127.0.0.1", False, "127.0.0.1"),
        ("::1", False, "[::1]"),
        ("localhost", False, "localhost"),
    ],
)
def test_whether_the_hosts_below_have_it_is_kept(domain: str, host_only: bool, wanted: str) -> None:
    """An export's `hostOnly` and a Netscape file's second field decide it, and not a dot that some forget."""
    whole = f"{domain}\t{str(not host_only).upper()}\t/\tFALSE\t2000000000\tsid\t1"
    said = {"name": "sid", "value": "1", "domain": domain, "hostOnly": host_only}

    assert [cookie.domain for cookie in (*read(whole), *read([said]))] == [wanted, wanted]


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=5))
def test_the_short_forms_belong_to_the_page_s_host(given_: dict[str, str]) -> None:
    """A mapping and a header's text say names and values; the page says where they belong."""
    header = "; ".join(f"{name}={value}" for name, value in given_.items())
    wanted = tuple(
        Cookie(name=name, value=Secret(value), domain="example.org", secure=True)
        for name, value in given_.items()
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


@pytest.mark.parametrize("name", ["", "my cookie", "a,b"])
def test_what_a_browser_holds_is_never_refused(name: str) -> None:
    """A cookie that only a page can set is left out of the browser's state, and costs itself alone."""
    cookies = [
        {"name": one, "value": "s3cret", "domain": "example.org", "path": "/"} for one in (name, "sid")
    ]
    state = StorageState.from_playwright({"cookies": cookies, "origins": []})

    assert [cookie.name for cookie in state.cookies] == ["sid"]
    assert state.left_out == ("cookie 1 has no usable name",)


@pytest.mark.parametrize(
    "given_",
    [
        "s3cret",
        '{"s3cret": ',
        '[{"name": "a", "value": ["s3cret"]}]',
        [{"name": "a", "value": "s3cret\nSet-Cookie: x"}],
        [{"name": "a b", "value": "s3cret"}],
        [{"name": "", "value": "s3cret"}],
        [{"name": "a", "value": "s3cret", "domain": "evil/.org"}],
        [{"name": "a", "value": "s3cret", "path": "s3cret"}],
        [{"name": "a", "value": "s3cret", "expires": "s3cret"}],
        [{"name": "a", "value": "s3cret", "expires": float("nan")}],
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


@pytest.mark.parametrize(
    ("row", "expires", "value"),
    [
        ("example.org\tFALSE\t/\tTRUE\t\tsid\tabc", None, "abc"),
        ("example.org\tFALSE\t/\tTRUE\t-1\tsid\tabc", None, "abc"),
        ("example.org\tFALSE\t/\tTRUE\t1893456000.022653\tsid\tabc", 1893456000.022653, "abc"),
        ("example.org\tFALSE\t/\tTRUE\t1893456000\tsid", 1893456000, ""),
        ("example.org    FALSE    /    TRUE    1893456000    sid    abc", 1893456000, "abc"),
        ("#HttpOnly_example.org\tFALSE\t/\tTRUE\t0\tsid\ta\tb".replace("a\tb", "abc"), None, "abc"),
        ("  example.org\tFALSE\t/\tTRUE\t1893456000\tsid\tabc\t\t ", 1893456000, "abc"),
    ],
)
def test_a_netscape_row_as_others_write_it(row: str, expires: float | None, value: str) -> None:
    """No expiry, -1, decimals, blanks for tabs, an empty value whose tab an editor took away."""
    for text in (row, HEADER + row, HEADER + row + "\r\n\r\n"):
        (cookie,) = read(text)
        assert (cookie.name, cookie.value.reveal(), cookie.expires) == ("sid", value, expires)
        assert (cookie.secure, cookie.domain) == (True, "example.org")


def test_what_python_writes_is_read(tmp_path: Path) -> None:
    """A file of the standard library's cookie jar, with a cookie of the browser's session in it."""
    jar = MozillaCookieJar(tmp_path / "cookies.txt")
    jar.set_cookie(
        cookiejar.Cookie(
            0,
            "sid",
            "abc",
            None,
            False,
            ".example.org",
            True,
            True,
            "/",
            True,
            True,
            None,
            True,
            None,
            None,
            {},
        )
    )
    jar.save(ignore_discard=True)

    assert [one.name for one in read((tmp_path / "cookies.txt").read_text("utf-8"))] == ["sid"]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("2030-01-01T00:00:00.000Z", 1893456000),
        ("Tue, 01 Jan 2030 00:00:00 GMT", 1893456000),
        ("Tuesday, 01-Jan-2030 00:00:00 GMT", 1893456000),
        ("1893456000", 1893456000),
        ("1893456000.5", 1893456000.5),
        (1893456000500, 1893456000.5),
        ("Session", None),
        ("", None),
        (None, None),
        ("-1", None),
    ],
)
@pytest.mark.parametrize("key", ["expires", "expiry", "expirationDate", "Expires"])
def test_an_expiry_is_read_as_people_s_programs_write_it(said: object, kept: float | None, key: str) -> None:
    """A date, a number as text, the word for the browser's session."""
    assert read([{"name": "a", "value": "1", key: said}])[0].expires == kept


@pytest.mark.parametrize(
    ("said", "secure"),
    [("true", True), ("TRUE", True), (1, True), ("false", False), (False, False), (None, True)],
)
def test_secure_is_what_is_said_and_the_address_s_otherwise(said: object, secure: bool) -> None:
    """A yes or no in any spelling counts; where nothing is said, the page's own scheme does."""
    given_ = [{"name": "a", "value": "1", "secure": said, "httpOnly": said}]

    assert read(given_)[0].secure is secure
    assert read(given_)[0].http_only is (said is not None and secure)
    assert read_login("a=1", url="http://example.org").cookies[0].secure is False


@pytest.mark.parametrize("url", [URL, "http://example.org"])
def test_reserved_names_are_secure_by_themselves(url: str) -> None:
    """A browser keeps `__Secure-` and `__Host-` cookies for TLS only, and the latter for the host alone."""
    text = "__Secure-next-auth.session-token=a; __Host-sid=b"
    exported = [{"name": "__Host-sid", "value": "b", "domain": ".example.org", "secure": "false"}]

    for login in (read_login(text, url=url), read_login(exported, url=url)):
        assert all(cookie.secure and cookie.domain == "example.org" for cookie in login.cookies)


@pytest.mark.anyio
async def test_a_browser_keeps_cookies_of_every_reserved_name(host: BrowserHost, pages: Any) -> None:
    """A header says names and values: what a name asks for besides, TLS or no scripts, is told by itself."""
    login = read_login("__Secure-a=1; __Host-b=1; __Http-c=1; __Host-Http-d=1; __httpd=1", url=pages.url)

    async with host.session(login) as session:
        kept = (await session.storage_state()).cookies
        assert session.refused == ()
        assert {one.name: one.http_only for one in kept} == {
            "__Secure-a": False,
            "__Host-b": False,
            "__Http-c": True,
            "__Host-Http-d": True,
            "__httpd": False,
        }


SID = {"name": "sid", "value": "alice", "host": "example.org"}


@pytest.mark.parametrize(
    ("given_", "kept", "told"),
    [
        (
            "sid=own; sid=parent; theme=dark",
            ["own", "dark"],
            ("pair 2 (sid) is there twice, and the first is used",),
        ),
        (
            [SID, SID | {"value": "bob", "originAttributes": "^userContextId=2"}],
            ["alice"],
            ("cookie 2 (sid) is there twice, and the first is used",),
        ),
        ([SID, SID], ["alice"], ()),
        ([SID, SID | {"value": "bob", "path": "/chat"}], ["alice", "bob"], ()),
        ([SID, SID | {"value": "bob", "host": ".example.org"}], ["alice", "bob"], ()),
        ("Set-Cookie: sid=old; Path=/\nSet-Cookie: sid=new; Path=/", ["new"], ()),
    ],
    ids=["header", "containers", "the same", "paths", "domains", "set anew"],
)
def test_of_a_cookie_that_is_there_twice_one_is_used(
    given_: object, kept: list[str], told: tuple[str, ...]
) -> None:
    """The first, as a server reads a header, and the other is named; a remote's later one replaces it."""
    login = read_login(given_, url=URL)

    assert [cookie.value.reveal() for cookie in login.cookies] == kept
    assert login.left_out == told


@pytest.mark.parametrize(
    "text",
    [
        "'sid=abc; theme=dark'",
        '"sid=abc; theme=dark"',
        "Cookie: sid=abc; theme=dark",
        "cookie:\nsid=abc; theme=dark",
        "'Cookie: sid=abc; theme=dark'",
        "-H 'Cookie: sid=abc; theme=dark'",
        "--cookie='sid=abc; theme=dark'",
        'Cookie: "sid=abc; theme=dark"',
        "Host: example.org\r\nCookie: sid=abc; theme=dark\r\nAccept: */*",
        "> document.cookie\n< 'sid=abc; theme=dark'",
        'document.cookie;\r\n"sid=abc; theme=dark"',
        "curl https://example.org/ -bsid=abc -btheme=dark -H 'accept: a;q=b'",
    ],
)
def test_a_header_is_read_as_it_is_pasted(text: str) -> None:
    """The quotes of a shell, and what stands before or around the header, are no part of a cookie."""
    assert {one.name: one.value.reveal() for one in read(text)} == {"sid": "abc", "theme": "dark"}


@pytest.mark.parametrize(
    "text",
    [
        """curl 'https://example.org/a?b=c' \
  -H 'accept: a;q=0.9' \
  -H 'cookie: sid=a"b; theme=dark' \
  --data-raw '{"cookie":"no=1; q=2"}'""",
        """curl 'https://example.org/' -H 'accept: a;q=0.9' -b 'sid=a"b; theme=dark' -H 'x: y; z=1'""",
        """curl https://example.org/ --cookie='sid=a"b' --cookie theme=dark""",
        r"""curl 'https://example.org/' -H $'Cookie: sid=a\u0022b; theme=dark' -H 'x: y'""",
        'curl "https://example.org/" ^\r\n  -b "sid=a\\"b; theme=dark" ^\r\n  -H "x: y; z=1"',
        'curl ^"https://example.org/^" ^\r\n  -b ^"sid=a^\\^"b; theme=dark^" ^\r\n  -H ^"x: y^"',
        """$session.Cookies.Add((New-Object System.Net.Cookie("sid", "a`"b", "/", "example.org")))
$session.Cookies.Add((New-Object System.Net.Cookie("theme", "dark", "/", "example.org")))
Invoke-WebRequest -Uri "https://example.org/?a=b" -WebSession $session""",
        r"""fetch("https://example.org/?a=b", {"headers": {
            "accept": "a;q=1", "cookie": "sid=a\"b; theme=dark"}})""",
        """headers = {'accept': 'a;q=1', 'cookie': 'sid=a"b; theme=dark'}""",
        """wget --header='Cookie: sid=a"b; theme=dark' --header='x: y=z' https://example.org/""",
        '> GET / HTTP/2\r\n> cookie: sid=a"b\r\n> Cookie: theme=dark\r\n> Accept: a=b\r\n',
        'cookie\nsid=a"b; theme=dark',
        'sid=a"b\ntheme=dark',
        """sid	a"b	.example.org	/	2030-01-01T00:00:00.000Z	6	\u2713	\u2713	Lax			Medium
theme	dark	example.org	/	Session	9						Medium""",
    ],
)
@pytest.mark.parametrize("name", [None, "sid"])
def test_a_request_is_read_as_the_browser_s_tools_copy_it(text: str, name: str | None) -> None:
    """Of a command for any shell, a script or a table's rows the cookies are read, and nothing else."""
    login = read_login(text, url=URL, cookie_name=name)

    assert {one.name: one.value.reveal() for one in login.cookies} == {"sid": 'a"b', "theme": "dark"}
    assert login.left_out == ()


def test_a_cookie_that_holds_one_like_a_request_is_its_own() -> None:
    """What begins as the text of a header is one, whatever its values look like."""
    text = """consent={"cookie":"no=1"}; sid=abc; hint='cookie: x=y'"""

    assert [one.name for one in read(text)] == ["consent", "sid", "hint"]


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ("", "there is no cookie in it"),
        ("[]", "there is no cookie in it"),
        ({"cookies": [], "origins": []}, "there is no cookie in it"),
        (HEADER + "# nothing", "there is no cookie in it"),
        ("curl 'https://s3cret.example/' -H 'a: b' -b cookies.txt", "has no Cookie header in it"),
        ('{"log": {"entries": ["s3cret"]}}', "neither cookies by their names nor a storage state"),
        ('[{"name": "a",\n"value": s3cret}]', "begin like JSON and are none, from line 2 on"),
        ("cookies = {'sid': 's3cret'}", "script has no Cookie header in it"),
        ("import requests\n\ncookies = {\n  'sid': 's3cret',\n}", "script has no Cookie header in it"),
        ("curl 'https://example.org/' -bsid='s3cret'", "has no Cookie header in it"),
    ],
)
def test_what_holds_no_cookie_is_told_with_what_to_give(given_: object, told: str) -> None:
    """Nothing is taken for a login, and the error says which forms are known."""
    with pytest.raises(ConfigError, match=told) as caught:
        read_login(given_, url=URL, cookie_name="sid")

    assert "Cookie header" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_one_set_cookie_without_its_name_is_one() -> None:
    """What only such a line says tells it; one that the browser is to forget is no login."""
    (sid,) = read("sid=abc; Path=/; HttpOnly; SameSite=Lax")
    login = read_login("Set-Cookie: old=; Max-Age=0\nSet-Cookie: a=1; Max-Age=60", url=URL)
    past = read_login("Set-Cookie: old=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT", url=URL)

    assert (sid.name, sid.http_only, sid.same_site) == ("sid", True, "Lax")
    assert [one.name for one in login.cookies] == ["a"]
    assert login.left_out == ("line 1 tells the browser to forget its cookie",)
    assert past.expired(1e9) == ("old, which expired on 1970-01-01",)


@pytest.mark.parametrize(
    "text",
    [
        "sid=abc; Path=/; Domain=example.org; SameSite=Lax",
        "sid=abc; expires=Tue, 01 Jan 2030 00:00:00 GMT; path=/; domain=example.org; samesite=lax;",
        "Set-Cookie: theme=dark, sid=abc; Path=/; Domain=example.org; SameSite=Lax",
        "Set-Cookie: sid=abc; Domain=example.org; SameSite=Lax; Path=/, theme=dark; Path=/",
        "sid=abc; Expires=Tue, 1 Jan 2030 00:00:00 GMT; SameSite=Lax; Domain=example.org, theme=dark; Secure",
    ],
)
def test_what_is_said_of_a_set_cookie_is_none(text: str) -> None:
    """Neither without the header's name, nor where a program has folded several into one line."""
    said = {one.name: (one.value.reveal(), one.domain, one.path, one.same_site) for one in read(text)}

    assert said.pop("sid") == ("abc", ".example.org", "/", "Lax")
    assert said == ({"theme": ("dark", "example.org", "/", None)} if "theme" in text else {})


@pytest.mark.parametrize("value", ['"a, b=c"', "a,b=c", '{"a":1, "b":2}'])
def test_a_comma_in_a_value_is_its_own(value: str) -> None:
    """Only one that a blank and a name follow begins another cookie, and none within quotes does."""
    assert [one.value.reveal() for one in read(f"Set-Cookie: sid={value}; Path=/")] == [value]


def test_what_a_remote_set_is_read() -> None:
    """Of a `Set-Cookie` line the pair is the cookie, and what follows is said of it."""
    whole = (
        "Path=/; Domain=example.org; Expires=Tue, 01 Jan 2030 00:00:00 GMT; Secure; HttpOnly; SameSite=Lax"
    )
    text = f"HTTP/1.1 200 OK\r\nset-cookie: sid=a=b; {whole}\r\nVary: Cookie\r\nSet-Cookie:theme=dark\r\n"
    sid, theme = read(text)

    assert sid.as_playwright() == {
        "name": "sid",
        "value": "a=b",
        "domain": ".example.org",
        "path": "/",
        "expires": 1893456000.0,
        "httpOnly": True,
        "secure": True,
        "sameSite": "Lax",
    }
    assert (theme.name, theme.value.reveal(), theme.domain) == ("theme", "dark", "example.org")


def test_what_libwww_writes_is_read(tmp_path: Path) -> None:
    """A file of the standard library's other jar: a value loses its quotes, and keeps its hosts."""
    jar = LWPCookieJar(tmp_path / "cookies.txt")
    for name, value, domain, more in (
        ("sid", 'a"b c', ".example.org", {"HttpOnly": None}),
        ("own", "1", "example.org", {}),
    ):
        is_whole = domain.startswith(".")
        first = (0, name, value, None, False, domain, is_whole, is_whole, "/", True, True)
        jar.set_cookie(cookiejar.Cookie(*first, 2000000000, False, None, None, more))
    jar.save()
    sid, own = read((tmp_path / "cookies.txt").read_text("utf-8"))

    assert (sid.value.reveal(), sid.domain, sid.http_only) == ('a"b c', ".example.org", True)
    assert (own.value.reveal(), own.domain, own.http_only) == ("1", "example.org", False)
    assert [(one.secure, one.expires, one.path) for one in (sid, own)] == [(True, 2000000000, "/")] * 2


def test_what_a_script_sets_is_read() -> None:
    """Lines for a console: a pair each, and what is said of it; `document.cookie` is no cookie's name."""
    text = """document.cookie = "sid=a=b; path=/chat; domain=example.org";\n> document.cookie='theme=dark'"""
    sid, theme = read(text)

    assert (sid.name, sid.value.reveal(), sid.path, sid.domain) == ("sid", "a=b", "/chat", ".example.org")
    assert (theme.name, theme.value.reveal(), theme.domain) == ("theme", "dark", "example.org")


def test_an_answer_of_the_devtools_is_read() -> None:
    """What `Storage.getCookies` returns, within its answer or without, as text or not."""
    said = {"name": "sid", "value": "abc", "domain": ".example.org", "path": "/", "expires": -1, "size": 6}
    answer = {"id": 7, "result": {"cookies": [said | {"session": True, "sourcePort": 443}]}}

    assert read(answer) == read(json.dumps(answer)) == read(answer["result"]) == read([said])
    with pytest.raises(ConfigError, match="there is no cookie in it"):
        read({"id": 7, "result": {"cookies": []}})


def test_numbers_and_other_spellings() -> None:
    """Numbers for values, a single cookie, capitals, a port or an address for a domain."""
    assert read([{"name": "uid", "value": 42}])[0].value.reveal() == "42"
    assert read({"name": "sid", "value": "abc", "domain": "example.org"})[0].name == "sid"
    assert [cookie.name for cookie in read({"name": "sid", "value": "abc", "path": "/"})] == ["sid"]
    raw = {"Host raw": "https://.example.org/", "Name raw": "sid", "Content raw": "abc", "Path raw": "/"}
    said = {"Name": "sid", "Value": "abc", "Domain": "example.org:443", "HttpOnly": "true", "SameSite": 1}

    assert (read([raw])[0].domain, read([raw])[0].value.reveal()) == (".example.org", "abc")
    assert (read([said])[0].domain, read([said])[0].http_only, read([said])[0].same_site) == (
        "example.org",
        True,
        "Lax",
    )


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ("a=1; s3cret", "pair 2 has no '='"),
        ([{"name": "", "value": "s3cret"}, {"name": "a", "value": "1"}], "cookie 1 has no usable name"),
        (
            [{"name": "a", "value": "1"}, {"name": "b", "value": ["s3cret"]}],
            "cookie 2 (b) has no usable value",
        ),
        (
            [{"name": "a", "value": "1"}, {"name": "b", "value": "s3cret", "expires": "soon"}],
            "cookie 2 (b) has an expiry that is neither seconds nor a date",
        ),
        ({"cookies": [{"name": "a", "value": "1"}, "s3cret"]}, "cookie 2 is str, not a mapping"),
        (
            HEADER + "example.org\tTRUE\t/\ts3cret\nexample.org\tTRUE\t/\tTRUE\t\ta\t1",
            "line 2 has not seven fields separated by tabs",
        ),
    ],
)
def test_what_cannot_be_used_is_named_and_the_rest_is_used(given_: object, told: str) -> None:
    """One cookie that is not whole costs itself alone, and is told by its place and its name."""
    login = read_login(given_, url=URL)

    assert [cookie.name for cookie in login.cookies] == ["a"]
    assert login.left_out == (told,)
    assert "s3cret" not in repr(login)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("NONE", "None"),
        ("No Restriction", "None"),
        (" lax ", "Lax"),
        (2, "Strict"),
        (0, None),
        (-1, None),
        ("default", None),
        ("unspecified", None),
        ({"a": "b"}, None),
        (True, None),
        (None, None),
    ],
)
def test_same_site_is_read_as_browsers_read_it(said: object, kept: str | None) -> None:
    """However it is spelled; a word that no browser knows says nothing, and costs no cookie."""
    assert read([{"name": "a", "value": "1", "sameSite": said}])[0].same_site == kept


ITEM = {"name": "token", "value": "1"}


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ([ITEM, {"name": "s3cret", "value": {"s3cret": 1}}], "item 2 of https://example.org is no name"),
        ([ITEM, {"name": "s3cret", "value": None}, "s3cret"], "item 3 of https://example.org is no name"),
        ([{"name": "token", "value": 1}], None),
        ({"token": "1"}, None),
        ({"token": 1, "more": ["s3cret"]}, "item 2 of https://example.org is no name"),
    ],
)
@pytest.mark.parametrize(
    ("more", "also"),
    [
        ({"sessionStorage": [{"name": "s3cret"}]}, "the session storage of https://example.org"),
        ({"indexedDB": "s3cret"}, "the databases of https://example.org are no list"),
        ({"indexedDB": [], "sessionStorage": {}}, None),
    ],
)
def test_what_pages_store_is_read_as_cookies_are(
    stored: object, told: str | None, more: dict[str, Any], also: str | None
) -> None:
    """An item that is not whole costs itself alone and is told by its place; an origin is had once."""
    given_ = {
        "cookies": [{"name": "a", "value": "1"}],
        "origins": [
            {"origin": "https://example.org", "localStorage": stored, **more},
            {"origin": URL, "localStorage": [{"name": "theme", "value": "dark"}]},
            {"origin": "https://example.org"},
            {"origin": "about:s3cret"},
        ],
    }
    login = read_login(given_, url=URL)

    assert login.stored_items() == {"https://example.org": {"token": "1", "theme": "dark"}}
    for said in filter(None, (told, also, "origin 4 is no http or https address")):
        assert said in "; ".join(login.left_out)
    assert "s3cret" not in repr(login)


def test_cookies_of_other_pages_are_left_out() -> None:
    """Of a whole browser's export the page's own are kept; where none is its own, the caller is believed."""
    domains = ["bank.example", "example.org", ".example.org", "api.example.org", "notexample.org"]
    given_ = [{"name": f"c{n}", "value": "1", "domain": domain} for n, domain in enumerate(domains)]
    login = read_login(given_, url=URL)

    assert [cookie.domain for cookie in login.cookies] == domains[1:4]
    assert login.left_out == ("2 of other pages",)
    assert [cookie.domain for cookie in read(given_[:1])] == ["bank.example"]


def test_the_columns_of_a_browser_s_own_file_say_whose_a_cookie_is() -> None:
    """Chromium calls a cookie's host its key; another page's is not taken for one of the page's."""
    rows = [{"host_key": host, "name": "sid", "value": host} for host in (".bank.example", ".example.org")]
    login = read_login(rows, url=URL)

    assert [cookie.value.reveal() for cookie in login.cookies] == [".example.org"]
    assert login.left_out == ("1 of other pages",)


def test_more_hosts_than_the_page_s_may_have_its_login() -> None:
    """Cookies and storage of the hosts that the caller names are kept beside the page's own."""
    hosts = ("example.org", "id.test", "bank.example")
    state = {
        "cookies": [{"name": "a", "value": "1", "domain": host} for host in hosts],
        "origins": [{"origin": f"https://{host}", "localStorage": []} for host in hosts],
    }
    login = read_login(state, url=URL, hosts=["id.test"])

    assert [cookie.domain for cookie in login.cookies] == ["example.org", "id.test"]
    assert [origin["origin"] for origin in login.origins] == ["https://example.org", "https://id.test"]
    assert login.left_out == ("2 of other pages",)


def test_a_cookie_belongs_to_the_address_that_it_says() -> None:
    """Some programs say an address in the place of a domain; another page's is not given to ours."""
    given_ = [
        {"name": host, "value": "1", "url": f"https://{host}/x"} for host in ("example.org", "bank.test")
    ]
    login = read_login(given_, url=URL)

    assert [(cookie.name, cookie.domain) for cookie in login.cookies] == [("example.org", "example.org")]
    assert login.left_out == ("1 of other pages",)


@pytest.mark.anyio
async def test_a_cookie_that_the_browser_refuses_costs_itself_alone(host: BrowserHost, pages: Any) -> None:
    """In a login to begin with and in cookies that are added, the others are kept and that one is named."""
    names = ["a", "too-long", "b", "__Host-with-a-path", "c"]
    given_ = [{"name": name, "value": "x" * 5000 if name == "too-long" else "1"} for name in names]
    given_[3] |= {"path": "/chat"}
    login = read_login(given_, url=pages.url)
    refused = ("too-long", "__Host-with-a-path")

    async with host.session(login) as begun, host.session() as added:
        assert await added.add_cookies(login.cookies) == refused
        for session in (begun, added):
            kept = (await session.storage_state()).cookies
            assert [cookie.name for cookie in kept] == ["a", "b", "c"]
            assert session.refused == refused


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.1:8080", "127.0.0.1"),
        ("http:\\\\Chat.example", "chat.example"),
        (" https://chat.\texample", "chat.example"),
        ("https://m\u00fcnchen.example/x", "xn--mnchen-3ya.example"),
        ("https://user:s3cret@chat.example.", "chat.example"),
        ("http://[0:0::1]:80", "[::1]"),
    ],
)
def test_a_host_is_the_browser_s(url: str, host: str) -> None:
    """What a page's address, a cookie's domain and an origin say is read as the browser reads it."""
    site = Site(
        name="a page",
        version=dt.date(2026, 11, 28),
        addresses=Addresses(start=url.strip().replace("user:s3cret@", "")),  # a Site's has none
        selectors=Selectors(chat_input=("#in",), response_area=(".a",), busy=(".busy",)),
    )
    (pasted,) = read_login("a=1", url=url).cookies
    (told,) = read_login([{"name": "a", "value": "1", "domain": url}], url=url).cookies
    state = {"cookies": [{"name": "a", "value": "1", "domain": host}], "origins": [{"origin": url}]}
    login = read_login(state, url=url).of_hosts(hosts_of(site))

    assert (pasted.domain, told.domain, hosts_of(site)) == (host, host, (host,))
    assert (len(login.cookies), len(login.origins), login.left_out) == (1, 1, ())
    (origin,) = login_of_item(url, "token", Secret("t")).stored_items()
    assert f"{origin}:".split("//")[1].startswith(f"{host}:")


@pytest.mark.parametrize(
    ("said", "domain"),
    [
        (".M\u00dcnchen.example", ".xn--mnchen-3ya.example"),
        ("chat.example:443", "chat.example"),
        ("::1", "[::1]"),
        ("[::1]", "[::1]"),
        (".127.1", None),
        ("user@chat.example", None),
        ("chat.example?x", None),
        ("chat.example\\x", None),
        ("https://", None),
        ("..", None),
    ],
)
def test_a_domain_is_the_browser_s(said: str, domain: str | None) -> None:
    """A domain without its address is read so too, with the dot before it; what is no host is refused."""
    given_ = [{"name": "a", "value": "1", "domain": said}]
    if domain is None:
        with pytest.raises(ConfigError, match="does not say its domain"):
            read(given_)
    else:
        assert [cookie.domain for cookie in read(given_)] == [domain]


@pytest.mark.parametrize("url", ["", "example.org", "https://", "https://[::1"])
def test_cookies_belong_to_a_page(url: str) -> None:
    """Without a host nobody knows where they belong, nor where a token does."""
    with pytest.raises(ConfigError, match="has no host"):
        read_login("a=1", url=url)
    with pytest.raises(ConfigError, match="has no host"):
        login_of_item(url, "token", Secret("t"))


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


@pytest.mark.parametrize(
    "form", [dict, lambda items: [{"name": name, "value": items[name]} for name in items]]
)
def test_a_conversation_is_taken_out_of_a_login(form: Any) -> None:
    """What has its message or its id is left out, in the forms that pages store; the login's own is not."""
    stored = {
        "thread": '["Say \\"a\\" to \\u00e9l\\u00e9onore", "Well"]',
        "session": "k3j9x0a1b2",
        "user": '{"id": "k3j9x0a1b2"}',
        "few": "Hi",
        "quoted": '["Hi"]',
        "token": "abc",
    }
    kept = ({"origin": URL, "localStorage": form({"user": "as it was before it was renewed"})},)
    state = StorageState(origins=({"origin": URL, "localStorage": form(stored)},))

    left = state.without({'Say "a" to éléonore', "k3j9x0a1b2", "Hi"}, kept=kept)

    (origin,) = left.origins
    assert [item["name"] for item in origin["localStorage"]] == ["user", "few", "token"]


@pytest.mark.anyio
@pytest.mark.parametrize("stored", [{"token": 1}, [{"name": "token", "value": 1}, {"name": "x"}, None]])
async def test_a_real_browser_takes_what_is_left(host: BrowserHost, pages: Any, stored: Any) -> None:
    """What cannot be used of a page's storage keeps nobody from the rest, nor does an empty origin."""

    async def visit(page: Page) -> Any:
        await page.goto(pages.url + "cookies")
        return await page.evaluate("({...localStorage, cookies: document.cookie})")

    origins = [{"origin": pages.url, "localStorage": stored}, {"origin": pages.url}, {"origin": "s3cret"}]
    login = read_login({"cookies": [{"name": "sid", "value": "1"}], "origins": origins}, url=pages.url)
    async with host.session(login) as session, session.page() as page:
        assert await page.call(visit) == {"token": "1", "cookies": "sid=1"}


async def clear(context: Any) -> None:
    await context.clear_cookies()
