"""Who may ask at all, told by the head of a request alone. Pure: nothing is read, nothing is sent.

Law: every check here runs before a byte of the body is read, before JSON and before any plugin's code. The
path and the host are read raw, as they came: an address that is put together from a Host header can name
another path than the one that is served.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

import attrs

from ._fault import Refusal
from ._settings import GatewaySettings
from ._token import Token

Scope: TypeAlias = Mapping[str, Any]
_CREDENTIALS: Final = (b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key")
_BEARER: Final = b"bearer "
_LARGEST_HEAD: Final = 32 * 1024
_MOST_HEADERS: Final = 100
_HEADER: Final = re.compile(r"[a-z0-9-]{1,100}", re.ASCII)


@attrs.frozen
class Head:
    """The head of a request.

    Attributes:
        method: Its method.
        path: Its path, raw, without the query.
        query: The query, by names; it chooses a manner of telling and never whom to ask.
        headers: Its headers as they came, names in lower case.
    """

    method: str
    path: bytes
    headers: Sequence[tuple[bytes, bytes]] = attrs.field(repr=False)
    query: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    @classmethod
    def of(cls, scope: Scope) -> Head:
        """Read a scope of ASGI."""
        path = scope.get("raw_path") or str(scope["path"]).encode()
        headers = [(bytes(name).lower(), bytes(value)) for name, value in scope["headers"]]
        query = dict(parse_qsl(bytes(scope.get("query_string", b"")).decode("latin-1")))
        return cls(str(scope["method"]), bytes(path).partition(b"?")[0], headers, query)

    def all(self, name: bytes) -> list[bytes]:
        """Return every value of a header."""
        return [value.strip() for found, value in self.headers if found == name]

    def one(self, name: bytes) -> str:
        """Return a header's first value as text; empty when it is not there."""
        values = self.all(name)
        return values[0].decode("latin-1") if values else ""


def check_address(head: Head, scope: Scope, settings: GatewaySettings) -> None:
    """Refuse what was not meant for this door, or comes from a page that may not ask.

    Raises:
        Refusal: Its Host is not ours, a browser sends it for a foreign page, or its head is malformed.
    """
    if len(head.headers) > _MOST_HEADERS or sum(len(n) + len(v) for n, v in head.headers) > _LARGEST_HEAD:
        raise Refusal("invalid", "the head of the request is too large")
    if not head.path.startswith(b"/"):
        raise Refusal("invalid", "the target of a request must begin with '/'")
    if head.all(b"content-length") and head.all(b"transfer-encoding"):
        raise Refusal("invalid", "a request has a Content-Length or a Transfer-Encoding, not both")
    hosts = head.all(b"host")
    if len(hosts) != 1 or hosts[0] not in _own_hosts(scope, settings):
        raise Refusal("host", "this Host is not served here; use the address that `jackfield serve` printed")
    if not _is_own_page(head, hosts[0]):
        check_origin(head, settings)


def _is_own_page(head: Head, host: bytes) -> bool:
    """Whether a browser sends this for the door's own page.

    No script can set either header, and *host* was compared with what is ours: what is served from there is
    the door itself.
    """
    origins, sites = head.all(b"origin"), head.all(b"sec-fetch-site")
    return origins == [b"http://" + host] and sites == [b"same-origin"]


def _own_hosts(scope: Scope, settings: GatewaySettings) -> set[bytes]:
    named = {host.encode() for host in settings.hosts}
    server = scope.get("server")
    if not server or not server[1]:
        return named
    return named | {f"{host}:{server[1]}".encode() for host in ("127.0.0.1", "localhost", "[::1]")}


def check_origin(head: Head, settings: GatewaySettings) -> None:
    """Refuse what a browser sends for a page that may not ask.

    Sec-Fetch-Mode says nothing: node's own fetch sends `cors` without an Origin.
    """
    allowed = {origin.encode() for origin in settings.allow_origins}
    origins = head.all(b"origin")
    if any(origin not in allowed for origin in origins) or len(origins) > 1:
        raise Refusal("origin", "pages of this origin may not ask; see --allow-origin")
    if b"cross-site" in head.all(b"sec-fetch-site") and not origins:
        raise Refusal("origin", "a browser sends this for a page of another site")


def preflight(head: Head) -> dict[str, str]:
    """Return what a browser is told that asks ahead for a page which may ask.

    Whatever headers the page wants to send it may: each vendor's client has some of its own, and none of them
    lets anybody in but by the token.
    """
    wanted = [name.strip() for name in head.one(b"access-control-request-headers").lower().split(",")]
    return {
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": ", ".join(filter(_HEADER.fullmatch, wanted)),
        "access-control-max-age": "600",
    }


def identity(head: Head, tokens: Sequence[Token]) -> Token:
    """Return whose token the request shows; every header that can hold one counts the same.

    Raises:
        Refusal: There is none, more than one, or a wrong one: all in the same words.
    """
    shown = [_bare(name, value) for name in _CREDENTIALS for value in head.all(name)]
    found = [token for token in tokens if shown and token.matches(shown[0])]
    if found and len(set(shown)) == 1 and all(len(head.all(name)) <= 1 for name in _CREDENTIALS):
        return found[0]
    raise Refusal("token", "the token is missing or wrong; it is in the file that `jackfield serve` names")


def _bare(name: bytes, value: bytes) -> bytes:
    if name != b"authorization":
        return value
    return value[len(_BEARER) :].strip() if value[: len(_BEARER)].lower() == _BEARER else b""


def check_json(head: Head) -> None:
    """Refuse a body that is not said to be JSON: a form or a plain text can be sent by any page.

    Raises:
        Refusal: It is of another type.
    """
    types = head.all(b"content-type")
    if len(types) != 1 or types[0].partition(b";")[0].strip().lower() != b"application/json":
        raise Refusal("media_type", "a body must be application/json")
    if head.all(b"content-encoding"):
        raise Refusal("media_type", "a body must not be compressed")
