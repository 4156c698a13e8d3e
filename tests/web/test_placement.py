"""Which of several browsers an account gets, and what is told of them."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield import ConfigError
from jackfield._options import build_options
from jackfield_web import WebOptions
from jackfield_web.browser import RemoteBrowser

SECRET = {"cdp_url": "wss://user:s3cret@grid.test/a-s3cret/path?token=s3cret", "headers": {"X-Key": "s3cret"}}


def test_browsers_are_read_from_a_configuration() -> None:
    """A list of tables becomes browsers; what none can be is told by its place."""
    said = {"browsers": [{"cdp_url": "http://a.test"}, {"server_url": "ws://b.test", "slots": 2}]}
    options = build_options(WebOptions, said, where="work")

    assert options.browsers is not None
    assert [browser.address for browser in options.browsers] == ["http://a.test", "ws://b.test"]
    assert [browser.slots for browser in options.browsers] == [4, 2]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"browsers": []}, "'browsers' is an empty list"),
        ({"browsers": [{"cdp_url": "http://s3cret@h"}] * 2}, "two of `browsers` have the same address"),
        ({"browsers": [{}]}, "no address"),
        ({"browsers": [{"cdp_url": "http://a", "server_url": "ws://b"}]}, "two of them"),
        ({"browsers": [{"cdp_url": "http://a", "slots": 0}]}, "slots must be 1 or more"),
        ({"browsers": [{"cdp_url": "http://a"}], "profile": True}, "browsers and profile exclude"),
        ({"browsers": [{"cdp_url": "http://a"}], "cdp_url": "http://b"}, "browsers and cdp_url exclude"),
        ({"browsers": [{**SECRET, "server_url": "ws://s3cret"}]}, "two of them"),
        ({"browsers": [{"cdp_url": "s3cret"}]}, "browsers.0.*cdp_url is no address of a browser"),
        ({"browsers": [{"cdp_url": "ftp://grid.test/s3cret"}]}, "cdp_url is no address of a browser"),
        ({"browsers": [{"server_url": "127.0.0.1:1/s3cret"}]}, "server_url is no address of a browser"),
        ({"browsers": [{"server_url": "s3cret:9"}]}, "server_url is no address of a browser"),
        ({"browsers": [{**SECRET, "headers": {"X-Key": "s3cret\r\nA: b"}}]}, "headers has 'X-Key'"),
        ({"browsers": [{"cdp-url": "http://s3cret"}]}, "browsers.0' has no 'cdp-url'.*cdp_url"),
        ({"browsers": [SECRET], "ca_file": "x.pem"}, "ca_file is for a browser that is started here"),
        ({"browsers": [{**SECRET, "headers": {"X Key": "s3cret"}}]}, "headers has 'X Key'"),
    ],
)
def test_what_cannot_be_is_told(said: dict[str, Any], told: str) -> None:
    """Settings that exclude each other, or say nothing, are told without what may be secret in them."""
    with pytest.raises(ConfigError, match=told) as caught:
        build_options(WebOptions, said, where="work")

    assert "s3cret" not in str(caught.value)


def test_nothing_shows_a_secret() -> None:
    """Neither path nor query nor headers are in a printed form; the host is, where it is asked for."""
    browser = RemoteBrowser(**SECRET)  # type: ignore[arg-type]
    options = WebOptions(browsers=(browser,))

    assert "s3cret" not in repr(browser) + repr(options) + browser.shown
    assert browser.shown == "wss://grid.test"
    assert dict(browser.header_pairs) == SECRET["headers"]


@pytest.mark.parametrize("field", ["cdp_url", "server_url"])
@pytest.mark.parametrize("address", ["s3cret", "127.0.0.1:1/s3cret", "s3cret:9", "ftp://grid.test/s3cret"])
def test_an_address_that_is_none_is_refused_before_it_is_asked(field: str, address: str) -> None:
    """What is asked only where a browser can be is neither tried nor shown."""
    options = build_options(WebOptions, {field: address}, where="work")
    with pytest.raises(ConfigError, match=f"{field} is no address of a browser") as caught:
        options.browser_settings()

    assert "s3cret" not in str(caught.value)
