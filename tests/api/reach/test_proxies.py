"""Requests through proxies: what goes there, what a proxy may see, and what its faults mean."""

from __future__ import annotations

import gc
import inspect
import logging
import os
import sys
from typing import Any

import anyio
import attrs
import pytest

from jackfield import Certainty, ConfigError, ConnectFailed, ConnectionLost, Secret, TLSFailed, redact

pytestmark = pytest.mark.anyio

HOST = "api.example.invalid"
USER, PASSWORD, QUOTED = "some-user", "p@ss:w/rd-of-proxy", "p%40ss%3Aw%2Frd-of-proxy"
BEGUN = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"
KINDS = ["http", "https", "socks5"]


@pytest.fixture(params=KINDS)
def proxy(request: pytest.FixtureRequest, proxy_to: Any, remote: Any, certified: Any) -> Any:
    """Return a proxy of each kind that leads to the remote."""
    tls = certified("127.0.0.1") if request.param == "https" else None
    return proxy_to(request.param, remote.port, tls=tls)


async def test_environment(
    api: Any, proxy: Any, remote: Any, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """N19: HTTPS_PROXY is used; the proxy learns host and port, and nothing of the request or the key."""
    monkeypatch.setenv("HTTPS_PROXY", proxy.address())
    key = Secret(f"sk-{os.urandom(8).hex()}")

    async with api.ApiClient(f"https://{HOST}/v1", credential=api.Credential(key), ca_file=ca_file) as client:
        for _ in range(5):
            assert await client.request_json("POST", "/things", json={"a": 1}) == {"a": 1}

    assert (len(proxy.asked), proxy.connections, len(remote.requests)) == (1, 1, 5)
    assert proxy.asked[0].startswith((f"CONNECT {HOST}:443 HTTP/1.1\r\n".encode(), f"{HOST}:443".encode()))
    assert key.reveal().encode() in remote.requests[4]
    assert not any(word in proxy.seen for word in (key.reveal().encode(), b"/things", b"uthorization"))


@pytest.mark.parametrize("variable", ["https_proxy", "ALL_PROXY", "all_proxy"])
async def test_other_variables(
    api: Any, proxy_to: Any, remote: Any, ca_file: str, *, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Names in lower case and ALL_PROXY count, and an address without a scheme is that of an HTTP proxy."""
    proxy = proxy_to("http", remote.port)
    monkeypatch.setenv(variable, proxy.address().removeprefix("http://"))

    async with api.ApiClient(f"https://{HOST}", ca_file=ca_file) as client:
        assert (await client.request("GET", "/")).status == 200

    assert proxy.connections == 1


@pytest.mark.parametrize(
    "no_proxy", ["127.0.0.1", "*", "127.0.0.0/8", "other.example, 127.0.0.1:{port}", None]
)
async def test_not_through_it(
    api: Any, remote: Any, ca_file: str, monkeypatch: pytest.MonkeyPatch, no_proxy: str | None
) -> None:
    """N19: what NO_PROXY names is reached directly, and what is on this machine without being named."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    if no_proxy is not None:
        monkeypatch.setenv("NO_PROXY", no_proxy.format(port=remote.port))

    async with api.ApiClient(remote.url, ca_file=ca_file) as client:
        assert (await client.request("GET", "/")).status == 200


async def test_none(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """N19: with the option `none` the environment's proxy is not asked."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    async with api.ApiClient(f"https://{HOST}", network=api.Network(proxy="none")) as client:
        with pytest.raises(ConnectFailed, match=r"It was tried directly \(proxy is none\)"):
            await client.request("GET", "/")


async def test_the_environment_is_looked_at_once(
    api: Any, proxy_to: Any, remote: Any, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changes in the environment after a client was made is nothing to it."""
    proxy = proxy_to("http", remote.port)
    monkeypatch.setenv("HTTPS_PROXY", proxy.address())
    async with api.ApiClient(f"https://{HOST}", ca_file=ca_file) as client:
        with monkeypatch.context() as patch:
            patch.setattr(os, "environ", None)
            assert (await client.request("GET", "/")).status == 200


async def test_signed_in(
    api: Any, proxy: Any, ca_file: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """User and password, written with escapes, reach the proxy, and no log, representation or error."""
    caplog.set_level(logging.DEBUG)
    address = proxy.address(f"{USER}:{QUOTED}@")
    network = api.Network(proxy=address, ca_file=ca_file)

    async with api.ApiClient(f"https://{HOST}", network=network) as client:
        await client.request("GET", "/")
        told = [repr(client.__dict__), repr(network), str(client._reach.route), caplog.text]

    if proxy.kind == "socks5":
        assert proxy.asked[0] == bytes([1, len(USER)]) + USER.encode() + bytes([18]) + PASSWORD.encode()
    else:
        assert b"Proxy-Authorization: Basic c29tZS11c2VyOnBAc3M6dy9yZC1vZi1wcm94eQ==\r\n" in proxy.asked[0]
    assert not [text for text in told if PASSWORD in text or QUOTED in text or "c29tZS11c2V" in text]
    assert PASSWORD not in redact(f"the proxy says {PASSWORD}")


REFUSALS = {
    "502": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
    "407": b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
    "301": b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "nonsense": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "cut": b"HTTP/1.1 200 Conn",
    "closed": b"",
    "half-socks": b"\x05",
    "refused-socks": b"\x05\xff",
    "silent": None,
}


REFUSED_BY = {
    "http": ["502", "301", "nonsense", "cut", "closed", "silent"],
    "https": ["closed", "silent"],
    "socks5": ["nonsense", "closed", "half-socks", "refused-socks", "silent"],
}


@pytest.mark.parametrize(
    ("proxy", "reply"),
    [(kind, reply) for kind, replies in REFUSED_BY.items() for reply in replies],
    indirect=["proxy"],
)
async def test_refused(api: Any, proxy: Any, remote: Any, ca_file: str, reply: str) -> None:
    """N1: a proxy that makes no way, whatever it says, is ConnectFailed: not sent, and nothing stays."""
    proxy.reply = REFUSALS[reply]
    settings = {"timeouts": api.Timeouts(connect=0.3)}
    network = api.Network(proxy=proxy.address(), ca_file=ca_file)

    async with api.ApiClient(f"https://{HOST}", network=network, **settings) as client:
        with pytest.raises(ConnectFailed) as caught:
            await client.request("POST", "/", json={})
        gc.collect()
        assert await anyio.to_thread.run_sync(proxy.wait_until_left)

    assert caught.value.certainty is Certainty.NOT_SENT
    assert caught.value.retryable
    assert f"through {proxy.address()} (the option proxy)" in str(caught.value)
    assert ("in time" in str(caught.value)) is (reply == "silent")
    assert remote.connections == 0


async def test_refused_without_a_password(api: Any, proxy_to: Any, remote: Any) -> None:
    """A proxy that wants a password is told how it gets one."""
    proxy = proxy_to("http", remote.port, reply=REFUSALS["407"])

    async with api.ApiClient(f"https://{HOST}", network=api.Network(proxy=proxy.address())) as client:
        with pytest.raises(ConnectFailed, match="user:password@host"):
            await client.request("GET", "/")


async def test_cancelled_on_the_way(api: Any, proxy: Any, ca_file: str) -> None:
    """X1: a request that is cancelled while the proxy is silent leaves no connection to it."""
    proxy.reply = None

    async with api.ApiClient(
        f"https://{HOST}", network=api.Network(proxy=proxy.address(), ca_file=ca_file)
    ) as client:
        with anyio.move_on_after(0.2) as scope:
            await client.request("GET", "/")
        assert scope.cancelled_caught
        gc.collect()
        assert await anyio.to_thread.run_sync(proxy.wait_until_left)


async def test_lost_behind_the_proxy(
    api: Any, proxy_to: Any, serve: Any, certified: Any, ca_file: str
) -> None:
    """N6: once the request has left, a lost connection is ConnectionLost and unknown, proxy or not."""
    server = serve(("close",), tls=certified(HOST))
    proxy = proxy_to("http", server.port)
    network = api.Network(proxy=proxy.address(), ca_file=ca_file)

    async with api.ApiClient(f"https://{HOST}", network=network) as client:
        with pytest.raises(ConnectionLost) as caught:
            await client.request("POST", "/", json={})

    assert caught.value.certainty is Certainty.UNKNOWN
    assert len(server.requests) == 1


async def test_second_response_behind_the_proxy(
    api: Any, proxy_to: Any, serve: Any, certified: Any, ca_file: str
) -> None:
    """N17: what comes behind an answer unasked answers nobody, through a proxy as without one."""
    first, second, third = (
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        for body in (b'"first"', b'"second"', b'"third"')
    )
    server = serve((first + second,), (third,), tls=certified(HOST))
    network = api.Network(proxy=proxy_to("http", server.port).address(), ca_file=ca_file)

    async with api.ApiClient(f"https://{HOST}", network=network) as client:
        assert [await client.request_json("GET", "/") for _ in range(2)] == ["first", "third"]

    assert server.connections == 2


async def test_slow_answer_behind_the_proxy(
    api: Any, proxy_to: Any, serve: Any, certified: Any, ca_file: str
) -> None:
    """The limit for making the way ends with it: an answer may take longer."""
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    server = serve((1.2, ok), tls=certified(HOST))
    proxy = proxy_to("socks5", server.port)
    network = api.Network(proxy=proxy.address(), ca_file=ca_file)

    async with api.ApiClient(
        f"https://{HOST}", network=network, timeouts=api.Timeouts(connect=0.5)
    ) as client:
        assert await client.request_json("GET", "/") == {}


async def test_stranger_behind_the_proxy(api: Any, proxy: Any, remote: Any) -> None:
    """N5: a proxy that leads to somebody without the right certificate gets nothing: TLSFailed."""
    if proxy.kind == "https":
        pytest.skip("there the proxy itself is the stranger")

    async with api.ApiClient(f"https://{HOST}", network=api.Network(proxy=proxy.address())) as client:
        with pytest.raises(TLSFailed, match=r"Trusted are the authorities of .* ca_file") as caught:
            await client.request("POST", "/", json={})

    assert caught.value.certainty is Certainty.NOT_SENT
    assert remote.requests == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:3128", "socks5://127.0.0.1:1080"])
async def test_nothing_unencrypted(api: Any, address: str) -> None:
    """A proxy is never handed what it could read: naming one for http:// is a ConfigError."""
    with pytest.raises(ConfigError, match="could read the key"):
        api.ApiClient("http://127.0.0.1:8000", network=api.Network(proxy=address))


@pytest.mark.parametrize(
    "address",
    [
        "ftp://proxy.example:1",
        "socks4://hidden@proxy.example:1080",
        "http://me:hid/den@proxy.example:3128",
        "http://me:hid#den@proxy.example:3128",
        "http://me:hid?den@proxy.example:3128",
        "http://me:hidden@proxy.example:99999",
        "http://me:hidden@proxy.example:0",
        "http://me:hidden@pro xy.example",
        "http://me:hidden@proxy.example/path",
        "http://",
        "hidden proxy",
        "",
        "http://[::1:3128",
    ],
)
async def test_no_address(api: Any, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """I11: what cannot be a proxy is a ConfigError that names the setting and does not repeat the value."""
    monkeypatch.setenv("HTTPS_PROXY", address or "/")
    for make in (
        lambda: api.Network(proxy=address),
        lambda: api.ApiClient(f"https://{HOST}"),
    ):
        with pytest.raises(ConfigError, match=r"^(proxy|HTTPS_PROXY) ") as caught:
            make()
        assert "hid" not in str(caught.value)
        assert caught.value.hint


async def test_socks_is_an_extra(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing speaks SOCKS, a SOCKS proxy is a ConfigError that says what to install."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:1080/")

    with pytest.raises(ConfigError, match=r"pip install 'jackfield-api\[socks\]'"):
        api.ApiClient(f"https://{HOST}")


async def test_examined(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `doctor` shows: the way, the setting that decides on it, what is wrong with it; no password."""

    async def told(base_url: str = f"https://{HOST}") -> str:
        found = await api.examine_network(api.Network(), base_url)
        return "; ".join(f"{one.about} {one.verdict.value}: {one.told}" for one in found)

    assert f"proxy ok: https://{HOST} is reached directly (no proxy is set); certificates ok:" in await told()
    monkeypatch.setenv("HTTPS_PROXY", f"http://{USER}:{QUOTED}@proxy.example:3128")
    assert "is reached through http://proxy.example:3128 (HTTPS_PROXY)" in await told()
    assert await told("http://127.0.0.1:1") == (
        "proxy ok: http://127.0.0.1:1 is reached directly (it is on this machine)"
    )
    monkeypatch.setenv("NO_PROXY", "example.invalid")
    assert "is reached directly (NO_PROXY)" in await told()
    monkeypatch.setenv("HTTPS_PROXY", "gopher://proxy.example")
    monkeypatch.delenv("NO_PROXY")
    assert "proxy wrong: HTTPS_PROXY names a proxy of a kind that is not known" in await told()
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent.pem")
    assert "certificates wrong: SSL_CERT_FILE names '/nonexistent.pem'" in await told()
    assert "base_url wrong" in await told("https://h h")


async def test_options(api: Any) -> None:
    """A provider's options are the settings of its network too."""

    @attrs.frozen(kw_only=True)
    class Options(api.ApiOptions):
        base_url: str = f"https://{HOST}"

    options = attrs.evolve(Options(proxy="socks5h://proxy.example:1080", trust="certifi"), max_retries=3)

    assert (options.proxy.address, options.trust, options.ca_file) == (
        "socks5h://proxy.example:1080",
        "certifi",
        None,
    )
    async with api.ApiClient(options.base_url, network=options) as client:
        assert str(client._reach.route) == "through socks5h://proxy.example:1080 (the option proxy)"


def suspended() -> list[str]:
    """Return the HTTP library's generators that have begun and not ended."""
    known = [one for one in gc.get_objects() if inspect.isasyncgen(one) and "http" in one.ag_code.co_filename]
    return [one.__qualname__ for one in known if one.ag_frame is not None and one.ag_frame.f_lasti > 0]


async def test_closed_between_two_reads(
    api: Any, proxy_to: Any, remote: Any, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that nobody reads just then is ended whole: no generator of the library is left to be found.

    They close each other. Found by the garbage collector they are closed twice, which fails in a task of the
    event loop's own, in the middle of somebody else's work.
    """
    monkeypatch.setenv("HTTPS_PROXY", proxy_to("http", remote.port).address())
    remote.replies = ((BEGUN, 30.0),)
    client = api.ApiClient(f"https://{HOST}", ca_file=ca_file)

    async with client.stream("GET", "/") as reply:
        await anext(reply)
        assert suspended()
        await client.aclose()

    assert not suspended()
