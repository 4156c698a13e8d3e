"""Hosts: which can be one, which NO_PROXY excepts, and what a 404 tells about the base URL."""

from __future__ import annotations

from typing import Any
from urllib.request import proxy_bypass_environment

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ConfigError
from jackfield_api._base_url import path_hint
from jackfield_api._hosts import is_excepted, is_host

NAMES = ["example.com", "api.example.com", "badexample.com", "example.org", "localhost", "10.0.0.1", "a.b"]
ENTRIES = [*NAMES, ".example.com", ".com", "com", "ample.com", "10.0.0.2", "EXAMPLE.COM", ".a.b", "b"]


@given(
    st.sampled_from(NAMES),
    st.sampled_from([443, 8443]),
    st.lists(
        st.sampled_from(ENTRIES).flatmap(
            lambda entry: st.sampled_from([entry, f"{entry}:443", f" {entry}  "])
        )
    ),
)
def test_as_the_standard_library(host: str, port: int, entries: list[str]) -> None:
    """For names and addresses, with ports or without, NO_PROXY means what it means to urllib and requests."""
    no_proxy = ",".join(entries)

    theirs = bool(proxy_bypass_environment(f"{host}:{port}", {"no": no_proxy}))

    assert is_excepted(host, port, no_proxy) is theirs


@pytest.mark.parametrize(
    ("host", "no_proxy", "excepted"),
    [
        ("api.example.com", "*", True),
        ("api.example.com", "other.example, *", True),
        ("api.example.com", "*.example.com", True),
        ("api.example.com", "other.example .example.com", True),
        ("api.example.com", "example.com.", True),
        ("api.example.com.", "example.com", True),
        ("api.example.com", "https://api.example.com/", True),
        ("api.example.com", "api.example.com:8443", False),
        ("api.example.com", "*api.example.com:443", True),
        ("api.example.com", "", False),
        ("api.example.com", " , ,", False),
        ("api.example.com", ".", False),
        ("api.example.com", "api.example.com:x", False),
        ("xn--bcher-kva.example", "example", True),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.1.2.9/24", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("10.1.2.3", "10.0.0.0/8:443", True),
        ("10.1.2.3", "10.0.0.0/8:80", False),
        ("10.1.2.3", "2.3", False),
        ("10.1.2.3", "10.0.0.0/99", False),
        ("10.example", "10.0.0.0/8", False),
        ("fd00::1", "fd00::/8", True),
        ("fd00::1", "[fd00::1]", True),
        ("fd00::1", "[fd00::1]:443", True),
        ("fd00::1", "[fd00::1]:80", False),
        ("fd00::1", "::1", False),
        ("fd00::1", "10.0.0.0/8", False),
    ],
)
def test_excepted(host: str, no_proxy: str, excepted: bool) -> None:
    """Networks, stars, ports, brackets, dots are read as in curl and Go; nonsense excepts nothing."""
    assert is_excepted(host, 443, no_proxy) is excepted


@given(st.text(), st.text())
def test_excepted_by_anything(host: str, no_proxy: str) -> None:
    """Whatever stands in the variable is read without an error."""
    is_excepted(host, 443, no_proxy)


@pytest.mark.parametrize(
    "host", ["localhost", "a_b.example", "xn--bcher-kva.example.", "127.0.0.1", "::1", "x"]
)
def test_hosts(host: str) -> None:
    """Names, also with the last dot and of containers, and addresses can be hosts."""
    assert is_host(host)


BAD = [
    "exa mple.com",
    "a..b",
    ".example",
    "-a.example",
    f"{'a' * 64}.example",
    "ex%41mple.com",
    "h\\h",
    "a" * 254,
]


@pytest.mark.parametrize("host", [*BAD, "", "."])
def test_no_hosts(host: str) -> None:
    """What DNS cannot hold is no host."""
    assert not is_host(host)


@pytest.mark.parametrize("host", [*BAD, "xn--a\x80.example", "example.com:0", "[::1", "h\th"])
def test_base_url_with_such_a_host(api: Any, host: str) -> None:
    """I11: a base URL whose host can be none is a ConfigError before anything is asked of the network."""
    with pytest.raises(ConfigError, match="base_url"):
        api.ApiClient(f"https://{host}/v1")


@pytest.mark.parametrize(
    "url", ["https://me:hidden/part@h", "https://me:hidden@h h", "https://me:hi den@h:x"]
)
def test_base_url_with_a_password(api: Any, url: str) -> None:
    """I11: what is wrong with a base URL is told without the password in it."""
    with pytest.raises(ConfigError) as caught:
        api.ApiClient(url)

    assert not {"hidden", "den"} & set(str(caught.value).replace("'", " ").split())


@pytest.mark.parametrize(
    ("base", "path", "hint"),
    [
        ("/v1", "/v1/users/me", "ends in /v1,"),
        ("/api/v1/", "/api/v1/users", "ends in /api/v1,"),
        ("/prefix/v1", "v1/users", "ends in /v1,"),
        ("/", "/chat/completions", "has no path"),
        ("", "/chat/completions", "has no path"),
        ("/", "/v1/users", None),
        ("/", "/v1beta/models", None),
        ("/v1", "/users/v1", None),
        ("/", "/", None),
    ],
)
def test_path_hint(base: str, path: str, hint: str | None) -> None:
    """A path that begins as the base URL ends, or a base URL without one, is what a 404 may be about."""
    told = path_hint(base, path)

    assert told is None if hint is None else hint in str(told)
