"""A Site drafted from what was seen of a page: data in the form in which Sites are written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from jackfield import ConfigError

from ..page import Heard, Seen
from ..site import are_alike, build_site, is_drawn_as
from ..wire import Record
from ._rules import carries, draft_rules

_NO_LETTER: Final = re.compile(r"[^a-z0-9]+")
_ID: Final = re.compile(r"[0-9a-f]{8}[0-9a-f-]*|[\w-]*\d[\w-]{5,}", re.IGNORECASE)
_BASE: Final = "{base_url}"
_KNOWN: Final = {"ui-messages", "prefixed"}
"""Kinds that have rules of their own."""
_UNNAMED: Final = (
    "the answer was seen, but no lasting name tells it from the question and from what else the page shows; "
    "write CSS that finds the text of answers alone into selectors.response_area"
)
_ASKS_WITHIN: Final = 5.0


def base_of(url: str) -> str:
    """Return the origin of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def draft(seen: Seen) -> dict[str, Any]:
    """Return the Site, as far as it can be told."""
    today = dt.datetime.now(dt.UTC).date()
    addresses = {"start": _BASE + _path(_start(seen)), **_login(seen), **_conversation(seen)}
    drafted: dict[str, Any] = {
        "name": _NO_LETTER.sub("-", seen.title.lower()).strip("-")[:40].strip("-") or "page",
        "title": seen.title or seen.url,
        "version": today,
        "base_url": base_of(seen.url),
        "addresses": addresses,
        "selectors": {name: list(found) for name, found in seen.selectors.items()},
        "sources": dict.fromkeys(seen.selectors, f"seen by jackfield site check, {today}"),
    }
    if seen.kind not in {"", "textarea"}:
        drafted["composer"] = {"kind": seen.kind}
    if seen.answer and (wires := _wires(seen)):
        drafted["wires"] = wires
    return drafted


def lacking(drafted: Mapping[str, Any]) -> str:
    """Return why a draft is no whole Site, in words; empty when it is one."""
    try:
        build_site(drafted)
    except ConfigError as error:
        return error.message
    return ""


def told_by_wire(seen: Seen) -> int | None:
    """Return the place of what a stream says among what may be the answer; None where none says any."""
    for is_it in (is_drawn_as, are_alike):
        for place, text in enumerate(seen.answers):
            if any(carries(records, text, is_it) for _, _, records in _streams(seen)):
                return place
    return None


def unclear(seen: Seen) -> str:
    """Return why what was seen of the answer makes no Site; empty where nothing of it is in the way."""
    if seen.wants_login:
        return "the page wants a login before it answers"
    if not seen.rivals:
        return _UNNAMED if seen.answer and not seen.selectors.get("response_area") else ""
    parts = ", ".join(f"{css} ({letters} letters)" for css, letters in seen.rivals)
    return (
        f"several parts of the page were written after the message, and no stream says which of them is "
        f"the answer: {parts}; look which it is, and write its CSS into selectors.response_area"
    )


def _start(seen: Seen) -> str:
    """Return where a conversation begins: where the person came in, as a page may go on to one of its own."""
    return seen.given if base_of(seen.given) == base_of(seen.url) else seen.url


def _path(url: str) -> str:
    return urlsplit(url).path or "/"


def _login(seen: Seen) -> dict[str, str]:
    return {"login": _BASE + _path(seen.url)} if "login_password" in seen.selectors else {}


def _conversation(seen: Seen) -> dict[str, str]:
    """Tell where a conversation lives, if sending a message led to an address with something like an id."""
    path = urlsplit(seen.address).path
    if not seen.address or path == _path(_start(seen)):
        return {}
    head, _, last = path.rpartition("/")
    return {"conversation": f"{_BASE}{re.escape(head)}/(?P<id>[^/?#]+)"} if _ID.fullmatch(last) else {}


def _wires(seen: Seen) -> list[dict[str, Any]]:
    """Return the stream that carried the answer; or, of those that cannot be read, that they must be over."""
    for stream, polls, records in _streams(seen):
        if rules := draft_rules(records, seen.answer):
            wire: dict[str, Any] = {"url": _pattern(stream.url, seen.url), "kind": stream.kind}
            if stream.method:
                wire["method"] = stream.method
                wire["end_is_done"] = not any(rule.get("done") for rule in rules)
            if stream.kind in _KNOWN:
                # Its messages are known, those too that this answer had none of: thoughts, tools, errors.
                return [{key: value for key, value in wire.items() if key != "end_is_done"}]
            if len(polls) > 1:
                wire["again_within"] = _ASKS_WITHIN
                if wire["end_is_done"]:
                    break  # the end of each would be one, and all but the last say that there is more
            return [{**wire, "rules": rules}]
    streams = [stream for stream in seen.streams if stream.method and stream.is_stream]
    unread = {_pattern(stream.url, seen.url): stream.method for stream in streams}
    return [{"url": url, "method": method, "kind": "none"} for url, method in unread.items()]


def _streams(seen: Seen) -> Iterator[tuple[Heard, Sequence[Heard], Sequence[Record]]]:
    """Yield each stream, those that ask what it asks, and what they were all told."""
    for stream in seen.streams:
        polls = [one for one in seen.streams if _asks_the_same(stream, one, seen.url)] or [stream]
        yield stream, polls, [record for one in polls for record in one.records]


def _asks_the_same(stream: Heard, other: Heard, address: str) -> bool:
    """Whether both ask by one address how far the answer is, and are told it in one value."""
    asked = [(one.kind, one.method, _pattern(one.url, address)) for one in (stream, other)]
    return (stream.kind, stream.method) == ("json", "GET") and asked[0] == asked[1]


def _pattern(url: str, address: str) -> str:
    """Return a regular expression for a stream's address: what looks like an id may be another next time."""
    parts = urlsplit(url)
    base = _BASE if parts.netloc == urlsplit(address).netloc and parts.scheme in {"http", "https"} else ""
    steps = ("[^/?]+" if _ID.fullmatch(step) else re.escape(step) for step in parts.path.split("/"))
    return f"{base}{'/'.join(steps)}" + ("" if parts.query else "$")
