"""One request or socket of the page whose traffic carries an answer, as the DevTools protocol tells of it.

Chromium streams a body from the moment it is asked to, and hands out what came before. A body that is over by
then is no longer streamed and must be fetched whole. Either way every byte comes once and in order, but the
beginning may come after the end: what was cut off at once is not lost.

A page asks for a title at the answer's address, and again when a tool has run. Law: a request whose body does
not hold our message while another's does is not ours, and neither is a second one beside it.
"""

from __future__ import annotations

import contextlib
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Final

import attrs

from jackfield import ProviderError

from ..errors import FIRST_ERROR_STATUS
from ..site import WirePattern, in_json
from ..wire import Framing, Record, framing_for

ABORTED: Final = "net::ERR_ABORTED"
"""Why a request broke off that the page itself let go of."""
_ASKING: Final = ("GET", "HEAD")
_CUT: Final = "its last message was cut off"
_HTML: Final = "text/html"
_PAGE: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
"""What a document begins with. Servers call streams `text/html` too, by default."""
_NOT: Final = 0
_SOMEWHERE: Final = 1
_WHOLE: Final = 2


@attrs.frozen
class Request:
    """What a page asked for.

    Attributes:
        method: The HTTP method.
        url: The address.
        body: What it sent; None when nobody knows, or when there is nothing.
    """

    method: str
    url: str = attrs.field(repr=False)
    body: str | None = attrs.field(default=None, repr=False)

    @property
    def may_carry(self) -> bool:
        """Whether it may take a message along, and not only ask for something."""
        return self.method not in _ASKING


@attrs.define(eq=False)
class Exchange:
    """Traffic of one request or socket.

    Attributes:
        request_id: The protocol's name for it.
        wire: What it was recognised by.
        request: What the page asked; None for a socket.
        round: How many times the wire had come to rest before it began.
        frame: The protocol's name for the frame that it is of.
        status: The HTTP status; 0 while there is none.
        headers: The response's headers, by their names in small letters.
        size: How many bytes of the body have arrived.
        ended: Whether it is over.
        failure: Why it broke off; empty when it did not.
        holds: How its body holds our message, when somebody looked.
        is_owed: Whether its beginning was asked for and is still to come, and with it what it says.
        was_left: Whether the page went to another document while it was under way.
        was_sent_on: Whether the remote took what the page sent, and named another address for the answer.
        wants_login: Whether that address is the login's: then it took nothing.
    """

    request_id: str
    wire: WirePattern
    request: Request | None = None
    round: int = 0
    frame: str = ""
    status: int = 0
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    size: int = 0
    ended: bool = False
    failure: str = ""
    was_left: bool = False
    was_sent_on: bool = False
    wants_login: bool = False
    holds: int | None = None
    _framing: Framing = attrs.field(init=False)
    _pieces: deque[bytes | str] = attrs.field(factory=deque, init=False)
    _in_order: bool = attrs.field(init=False)
    is_owed: bool = attrs.field(default=False, init=False)
    _closed: bool = attrs.field(default=False, init=False)
    _forgotten: int | None = attrs.field(default=None, init=False)
    _is_document: bool | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._framing = framing_for(self.wire.kind, is_poll=self.is_poll)
        # A socket's frames come one by one; a body's beginning comes after pieces that follow it.
        self._in_order = self.wire.is_socket and not self.is_poll

    @property
    def is_poll(self) -> bool:
        """Whether it stands in for a socket: the page asks on, by the next one or by the socket itself."""
        return self.wire.is_socket and self.request is not None

    @property
    def has_no_end(self) -> bool:
        """Whether its end says nothing of an answer's: by itself the page goes on where it stopped."""
        return self.wire.standing or self.is_poll

    @property
    def is_handed_on(self) -> bool:
        """Whether what comes next goes on, where this has stopped or is to stop."""
        return self.is_poll and not self.failure and not self.is_refused

    def redirect(self, request: Request, *, to_login: bool) -> bool:
        """Say where it is redirected to; tell whether only its answer comes from there."""
        self.wants_login = to_login
        self.was_sent_on = self.request is not None and self.request.may_carry and not request.may_carry
        return self.was_sent_on

    def add(self, piece: bytes | str) -> None:
        """Take in what arrived."""
        self._pieces.append(piece)

    def owe(self) -> None:
        """Say that the beginning was asked for, and will come whatever becomes of the rest."""
        self.is_owed = True

    def give_up(self, failure: str) -> None:
        """Say that the beginning will not come, nor anything else."""
        self.is_owed, self.ended = False, True
        self.failure = self.failure or failure

    def begin(self, piece: bytes) -> None:
        """Take in what had arrived before the body was streamed: it stands before everything else."""
        self._pieces.appendleft(piece)
        self._in_order, self.is_owed = True, False
        if self._forgotten is not None:
            self._drop(1 + self._forgotten)
            self._forgotten = None

    def forget(self) -> None:
        """Say that what has arrived belongs to no answer. It is read all the same: the rest goes on in it."""
        if self._in_order:
            self._drop(len(self._pieces))
        else:
            # The beginning, which is owed, is older still: both are dropped when it is there.
            self._forgotten = len(self._pieces)

    def _drop(self, count: int) -> None:
        with contextlib.suppress(ProviderError):
            for _ in range(0 if self.is_refused else count):
                self._framing.feed(self._pieces.popleft())

    def records(self) -> Iterator[Record]:
        """Yield the records that are complete and were not yielded before."""
        while self._in_order and self._pieces and not self.is_refused:
            yield from self._read(self._pieces.popleft())
        if self.is_drained and not self._closed:
            self._closed = True
            for record in self._framing.finish():
                # What a failure cuts off is no message, unless it is JSON to its end.
                if not self.failure or not isinstance(record.data, str):
                    yield record
            if self._framing.is_cut:
                self.failure = self.failure or _CUT

    def _read(self, piece: bytes | str) -> list[Record]:
        """Read a piece. Of a document, such as a login in place of an answer, nothing is a record."""
        if self._is_document is None and piece:
            self._is_document = self.is_page and isinstance(piece, bytes) and bool(_PAGE.match(piece))
        return [] if self._is_document else self._framing.feed(piece)

    @property
    def is_refused(self) -> bool:
        """Whether the remote answered with an HTTP error, or with its login."""
        return self.wants_login or self.status >= FIRST_ERROR_STATUS

    @property
    def _type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_page(self) -> bool:
        """Whether the remote answered with a page for people, as it says."""
        return self._type == _HTML

    @property
    def answered_with(self) -> str:
        """What the remote answered with, in a few words."""
        return f"the HTTP status {self.status} and {self._type if self.is_page else 'an empty body'}"

    @property
    def body(self) -> bytes:
        """What has arrived and was not read as records: a refusal's body."""
        return b"".join(piece for piece in self._pieces if isinstance(piece, bytes))

    @property
    def is_drained(self) -> bool:
        """Whether it is over and nothing of it is left to read as records."""
        unread = self._in_order and bool(self._pieces) and not self.is_refused
        return self.ended and not self.is_owed and not unread


def ours_among(exchanges: Iterable[Exchange], text: str) -> list[Exchange]:
    """Return those of *exchanges* that are of the answer to *text*, in the order in which they began."""
    every = list(exchanges)
    by_wire: dict[int, list[Exchange]] = {}
    for one in every:
        by_wire.setdefault(id(one.wire), []).append(one)
    chosen = {id(one) for group in by_wire.values() for one in _of_one_wire(group, text)}
    return [one for one in every if id(one) in chosen]


def _of_one_wire(group: list[Exchange], text: str) -> list[Exchange]:
    wire = group[0].wire
    if wire.stays_open:
        return group
    if wire.body:
        group = [one for one in group if one.request and re.search(wire.body, one.request.body or "")]
    if wire.ours == "first":
        return group[:1]
    if wire.ours == "last":
        return group[-1:]
    if wire.ours == "all":
        return group
    rounds = [list(together) for _, together in groupby(group, attrgetter("round"))]
    # The first of those that hold it best: `max` returns the first of equals.
    best = [max(together, key=lambda one: holding(one, text)) for together in rounds]
    needed = max((holding(one, text) for one in best), default=_NOT)
    kept: list[Exchange] = []
    for one in best:
        goes_on = bool(kept) and (wire.goes_on or one.request is None or one.request.body is None)
        if holding(one, text) >= needed or goes_on:
            kept.append(one)
    return kept


def holding(exchange: Exchange, text: str) -> int:
    """Tell how the body of a request holds *text*: not at all, somewhere, or as the whole of a value."""
    if exchange.holds is None:
        body = exchange.request.body if exchange.request else None
        exchange.holds = _SOMEWHERE if body is None or not text else _holding(body, text)
    return exchange.holds


def _holding(body: str, text: str) -> int:
    if body.strip() == text.strip() or any(f'"{form}"' in body for form in in_json(text)):
        return _WHOLE
    # A body may be JSON in JSON, a form, or text: what is left of the words is compared.
    return _SOMEWHERE if _words(text) in _words(body) else _NOT


def _words(text: str) -> str:
    return re.sub(r"\\[nrt]|[\W_]+", "", text)
