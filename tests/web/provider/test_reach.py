"""How a page reaches its remote: proxy, credentials, headers, a private authority; none told to others."""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import attrs
import pytest
import trustme

from jackfield import (
    Certainty,
    ConfigError,
    ConnectFailed,
    Connection,
    ProviderError,
    TLSFailed,
    connect,
)
from jackfield_web import BrowserSettings
from jackfield_web.browser._reach import HttpCredentials, WebProxy
from jackfield_web.browser._vouching import public_key, vouched_keys

pytestmark = pytest.mark.anyio

USER, PASSWORD = "ada", "p4ssw0rd-of-hers"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
PAGE = """<!doctype html><meta charset=utf-8><title>Small</title><div id=list></div>
<textarea id=in></textarea><button id=go>Send</button><button id=stop hidden>Stop</button>
<script>
const add = (name, text) => {
  const made = document.createElement("div");
  made.className = name;
  made.textContent = text;
  document.querySelector("#list").append(made);
};
document.querySelector("#go").onclick = async () => {
  const field = document.querySelector("#in"), stop = document.querySelector("#stop");
  const text = field.value;
  field.value = "";
  add("user", text);
  stop.hidden = false;
  const response = await fetch("/say", { method: "POST", body: text });
  await Promise.allSettled(ELSEWHERE.map((url) => fetch(url, { mode: "no-cors" })));
  add("bot", await response.text());
  stop.hidden = true;
};
</script>"""


@attrs.define(eq=False)
class Remote:
    """A small chat page's remote, or somebody else's, or a proxy.

    Attributes:
        url: Its address.
        secret: What its `Authorization` must be; None for anything.
        elsewhere: What the page asks for besides.
        heard: The path and the headers of every request.
    """

    url: str = ""
    secret: str | None = None
    elsewhere: list[str] = attrs.field(factory=list)
    heard: list[tuple[str, dict[str, str]]] = attrs.field(factory=list)

    @property
    def port(self) -> int | None:
        """Return where it listens."""
        return urlsplit(self.url).port

    def told(self, name: str, path: str = "") -> set[str | None]:
        """Return what was said in a header, by all requests or by those for *path*."""
        return {headers.get(name) for at, headers in self.heard if path in at}

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """Return what serves it."""
        remote = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.take()
                if self.path.startswith("/away?"):
                    self.send_response(302)
                    self.send_header("Location", self.path.partition("?")[2])
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif remote.secret and self.headers.get("Authorization") != remote.secret:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="here"')
                    self.send_header("Content-Length", "5")
                    self.end_headers()
                    self.wfile.write(b"Sorry")
                else:
                    self.answer(PAGE.replace("ELSEWHERE", str(remote.elsewhere)))

            def do_POST(self) -> None:
                self.take()
                self.rfile.read(int(self.headers["Content-Length"] or 0))
                self.answer("Hello yourself")

            def take(self) -> None:
                remote.heard.append((self.path, {k.lower(): v for k, v in self.headers.items()}))

            def answer(self, body: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

        return Handler


class _Proxy(BaseHTTPRequestHandler):
    """Passes plain requests on, for who knows the password."""

    heard: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.heard.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        if self.headers.get("Proxy-Authorization") != f"Basic {BASIC}":
            self.send_response(407)
            self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = {k: v for k, v in self.headers.items() if k != "Proxy-Authorization"}
        passed = http.client.HTTPConnection(parts.netloc, timeout=30)
        passed.request(self.command, parts.path or "/", body or None, said)
        answer = passed.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name in ("Content-Type", "WWW-Authenticate"):
            if value := answer.getheader(name):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815  the server's name

    def do_CONNECT(self) -> None:
        self.heard.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        if self.headers.get("Proxy-Authorization") != f"Basic {BASIC}":
            self.send_error(407)
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as there:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=_pass_on, args=(there, self.connection))
            back.start()
            _pass_on(self.connection, there)
            back.join()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := one.recv(4096):
            other.sendall(piece)
        other.shutdown(socket.SHUT_WR)


Serving: TypeAlias = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def remote(serving: Serving) -> Iterator[Remote]:
    """Serve the page."""
    remote = Remote()
    with serving(remote.handler()) as remote.url:
        yield remote


@pytest.fixture
def stranger(serving: Serving) -> Iterator[Remote]:
    """Serve somebody else's origin."""
    remote = Remote()
    with serving(remote.handler()) as remote.url:
        yield remote


Talking: TypeAlias = Callable[..., AbstractAsyncContextManager[Connection]]


@pytest.fixture
def talking(browser_settings: BrowserSettings) -> Talking:
    """Return what opens a connection to a page at an address."""

    def open_connection(url: str, **options: Any) -> AbstractAsyncContextManager[Connection]:
        site = {
            "name": "small",
            "version": "2026-11-26",
            "base_url": url,
            "selectors": {
                "chat_input": "#in",
                "send_button": "#go",
                "response_area": ".bot",
                "user_turn": ".user",
                "stop_button": "#stop",
            },
            "timing": {"first_token": 240, "idle": 240, "settle": 0.4},
        }
        usual = {"browser": browser_settings.browser, "host_rules": browser_settings.host_rules}
        return connect(
            "custom_web", {"site": site, "min_interval": 0.0, "max_retries": 0, **usual, **options}
        )

    return open_connection


@pytest.mark.parametrize("profile", [False, True])
async def test_a_proxy_hears_its_password_and_nobody_else_does(
    remote: Remote, talking: Talking, serving: Serving, profile: bool
) -> None:
    """All of the page goes through the proxy; its password is in no request to the remote, no argument."""
    heard: list[tuple[str, dict[str, str]]] = []
    remote.secret = "Basic none-that-it-has"
    with serving(type("Proxy", (_Proxy,), {"heard": heard})) as address:
        proxy = address.replace("//", f"//{USER}:{PASSWORD}@")
        more: dict[str, Any] = {"profile": True, "session": "mine"} if profile else {}
        async with talking(remote.url, proxy=proxy, **more) as connection:
            with pytest.raises(ProviderError) as caught:
                # The remote asks for a name and a password too, and gets none.
                await connection.send("Hello")
            arguments = _arguments()
            remote.secret = None
            response = await connection.send("Hello")

    assert response.content == "Hello yourself"
    assert PASSWORD not in f"{caught.value!r} {caught.value}"
    assert {at for at, _ in heard} >= {f"{remote.url}/", f"{remote.url}/say"}
    assert remote.told("proxy-authorization") == remote.told("authorization") == {None}
    assert PASSWORD not in arguments
    assert BASIC not in arguments


def _arguments() -> str:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int((folder / "status").read_text().partition("Uid:")[2].split()[0]) == os.getuid():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return "\n".join(found)


@pytest.mark.parametrize("host", ["127.0.0.1", "chat.site.test"])
async def test_http_credentials_are_for_the_site_alone(
    remote: Remote, stranger: Remote, talking: Talking, host: str
) -> None:
    """The Site's origin gets them when it asks, also one of all hosts below another; a stranger gets none."""
    remote.secret = stranger.secret = f"Basic {BASIC}"
    remote.elsewhere = [f"http://{host}:{stranger.port}/asks"]
    more: dict[str, Any] = {"http_credentials": f"{USER}:{PASSWORD}"}
    if host == "chat.site.test":
        more["host_rules"] = "MAP *.site.test 127.0.0.1, MAP * ~NOTFOUND"
        below = [f"http://*.site.test:{remote.port}"]
        more["site_overrides"] = {"addresses": {"allowed_origins": below}}
    async with talking(f"http://{host}:{remote.port}", **more) as connection:
        response = await connection.send("Hello")

    assert response.content == "Hello yourself"
    assert f"Basic {BASIC}" in remote.told("authorization")
    assert stranger.told("authorization", "/asks") == {None}


@pytest.mark.parametrize("given", [{}, {"http_credentials": "ada:wr0ng-of-hers"}], ids=["none", "wrong"])
async def test_a_page_that_asks_by_http_names_the_option(
    remote: Remote, talking: Talking, given: dict[str, str]
) -> None:
    """A page whose remote wants a name and a password is told with the option for them; nothing was sent."""
    remote.secret = f"Basic {BASIC}"
    soon = {"timing": {"composer": 2}}
    async with talking(remote.url, site_overrides=soon, **given) as connection:
        with pytest.raises(ProviderError, match="http_credentials") as caught:
            await connection.send("Hello")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert "wr0ng" not in f"{caught.value!r} {caught.value}"


async def test_headers_are_for_the_site_alone(remote: Remote, stranger: Remote, talking: Talking) -> None:
    """Every request to the Site has them; none elsewhere, not even where the Site itself leads on."""
    remote.elsewhere = [f"{stranger.url}/straight", f"/away?{stranger.url}/round"]
    async with talking(remote.url, extra_headers={"X-Preview": "v4lue-of-hers"}) as connection:
        response = await connection.send("Hello")

    assert response.content == "Hello yourself"
    assert remote.told("x-preview") == {"v4lue-of-hers"}
    assert {at for at, _ in stranger.heard} >= {"/straight", "/round"}
    assert stranger.told("x-preview") == {None}


async def test_an_origin_is_the_site_s_however_it_is_written(remote: Remote, talking: Talking) -> None:
    """What is for the Site's origins gets there though the browser writes them in another way."""
    remote.secret = f"Basic {BASIC}"
    more: dict[str, Any] = {
        "http_credentials": f"{USER}:{PASSWORD}",
        "extra_headers": {"X-Preview": "v4lue-of-hers"},
        "site_overrides": {"addresses": {"allowed_origins": [f"HTTP://127.1:{remote.port}/"]}},
    }
    async with talking(remote.url, **more) as connection:
        response = await connection.send("Hello")

    assert response.content == "Hello yourself"
    assert f"Basic {BASIC}" in remote.told("authorization")
    assert remote.told("x-preview") == {"v4lue-of-hers"}


@attrs.frozen
class Vouched:
    """A remote with a certificate of a private authority.

    Attributes:
        url: Its address.
        ca_file: The authority's certificate.
        other_file: That of an authority that has nothing to do with it.
    """

    url: str
    ca_file: str
    other_file: str


@pytest.fixture
def vouched(tmp_path: Path, serving: Serving) -> Iterator[Vouched]:
    """Serve the page over TLS."""
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    other.cert_pem.write_to_path(tmp_path / "other.pem")
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(trust)
    with serving(Remote().handler(), trust) as address:
        yield Vouched(address, str(tmp_path / "ca.pem"), str(tmp_path / "other.pem"))


async def test_an_authority_is_trusted_for_the_site(vouched: Vouched, talking: Talking) -> None:
    """With its file the page opens and answers; without it, or with another's, nothing is sent."""
    async with talking(vouched.url, ca_file=vouched.ca_file) as connection:
        response = await connection.send("Hello")
    assert response.content == "Hello yourself"

    async with talking(vouched.url, ca_file=vouched.other_file) as connection:
        with pytest.raises(TLSFailed, match="does not vouch for"):
            await connection.send("Hello")
    async with talking(vouched.url) as connection:
        with pytest.raises(TLSFailed):
            await connection.send("Hello")


async def test_an_authority_s_own_certificate_opens_nothing(
    vouched: Vouched, talking: Talking, serving: Serving, tmp_path: Path
) -> None:
    """A certificate that nobody vouched for is refused, though it comes along with the authority's own."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    forged = trustme.CA().issue_cert("127.0.0.1")
    _chain(tmp_path / "chain.pem", forged, vouched.ca_file)
    forged.private_key_pem.write_to_path(tmp_path / "key.pem")
    trust.load_cert_chain(tmp_path / "chain.pem", tmp_path / "key.pem")
    with serving(Remote().handler(), trust) as address:
        async with talking(address, ca_file=vouched.ca_file) as connection:
            with pytest.raises(TLSFailed):
                await connection.send("Hello")


def test_a_key_is_asked_for_through_the_proxy(vouched: Vouched, serving: Serving) -> None:
    """The proxy hears its password and is asked for the origin; one that refuses is named."""
    heard: list[tuple[str, dict[str, str]]] = []
    straight = vouched_keys([vouched.url], vouched.ca_file)
    with serving(type("Proxy", (_Proxy,), {"heard": heard})) as address:
        known = WebProxy.from_option(address.replace("//", f"//{USER}:{PASSWORD}@"))
        unknown = WebProxy.from_option(address)
        through = vouched_keys([vouched.url], vouched.ca_file, known)
        with pytest.raises(TLSFailed, match="does not vouch for"):
            vouched_keys([vouched.url], vouched.other_file, known)
        with pytest.raises(ConnectFailed, match=f"the proxy {unknown.address} .*: 407") as caught:
            vouched_keys([vouched.url], vouched.ca_file, unknown)

    place = vouched.url.removeprefix("https://")
    assert through == straight
    assert [at for at, _ in heard] == [place] * 3
    assert {said["host"] for _, said in heard} == {place}
    assert caught.value.certainty is Certainty.NOT_SENT


def _chain(file: Path, forged: trustme.LeafCert, ca_file: str) -> None:
    file.write_bytes(forged.cert_chain_pems[0].bytes() + Path(ca_file).read_bytes())


def test_a_key_is_found_in_a_certificate() -> None:
    """The key's DER is what the library that made the certificate says of it."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    made = x509.load_pem_x509_certificate(trustme.CA().issue_cert("example.org").cert_chain_pems[0].bytes())
    key = made.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    assert public_key(made.public_bytes(Encoding.DER)) == key


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"proxy": f"ftp://{USER}:{PASSWORD}@proxy"}, "kind"),
        ({"proxy": f"http://{USER}:{PASSWORD}@"}, "address of a proxy"),
        ({"proxy": f"http://:{PASSWORD}@proxy:1"}, "a password and no user"),
        ({"proxy": f"http://{USER}:80#{PASSWORD}@proxy"}, "address of a proxy"),
        ({"proxy": f"http://{USER}:80?{PASSWORD}@proxy"}, "address of a proxy"),
        ({"proxy": f"socks5://{USER}:{PASSWORD}@proxy:1"}, "socks5"),
        ({"http_credentials": PASSWORD}, "user:password"),
        ({"extra_headers": {"X-A": f"{PASSWORD}\r\nX-B: c"}}, "no header"),
        ({"extra_headers": {f"X-A: {PASSWORD}": ""}}, "extra_headers has 'X-A'"),
        ({"extra_headers": {"Cookie": PASSWORD}}, "the browser says itself"),
        ({"engine": "attach", "cdp_url": "http://x", "proxy": "http://p:1"}, "own browser"),
        ({"ca_file": "x.pem", "cdp_url": "http://x"}, "started here"),
    ],
)
async def test_what_does_not_fit_is_refused(talking: Talking, options: Any, told: str) -> None:
    """Before anything is opened, and no password is repeated."""
    with pytest.raises(ConfigError, match=told) as caught:
        async with talking("http://127.0.0.1:9", **options):
            pass

    assert PASSWORD not in f"{caught.value} {caught.value.__cause__} {caught.value.__context__}"


def test_secrets_are_not_shown() -> None:
    """Neither of the values tells its secret, and what a proxy's address may tell is told."""
    proxy = WebProxy.from_option(f"{USER}:{PASSWORD}@proxy.example:3128")

    assert proxy.address == "http://proxy.example:3128"
    assert PASSWORD not in f"{proxy!r} {HttpCredentials.from_option(f'{USER}:{PASSWORD}')!r}"
    assert proxy.as_playwright() == {"server": proxy.address, "username": USER, "password": PASSWORD}
