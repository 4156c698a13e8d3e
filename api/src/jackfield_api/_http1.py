"""HTTP/1.1 as bytes (RFC 9112), without I/O: the head of a request, and an answer as it arrives.

Answers are taken apart by `httptools`, which is llhttp, the parser of Node.js: one in Python took a fifth of
a whole request (docs/decisions/0021-answers-are-parsed-in-c.md).
"""

from __future__ import annotations

import re
from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from ._compat import http

LARGEST_HEAD: Final = 100 * 2**10
"""How many bytes may arrive that neither end a head nor bring any of a body."""

_TARGET: Final = re.compile(rb"[\x21-\x7e]+")
_LENGTH: Final = b"content-length"
_CODING: Final = b"transfer-encoding"
_SWITCHING: Final = 101
_OK: Final = 200
_FIRST_REFUSAL: Final = 400


def head_of(request: http.Request) -> bytes:
    """Return the head of *request* as it goes on the wire.

    Raises:
        httpx.LocalProtocolError: It would be more than one head: something in it ends a line.
    """
    target, headers = request.url.raw_path, request.headers.raw
    head = b"".join(
        (
            b"%s %s HTTP/1.1\r\n" % (request.method.encode("ascii"), target),
            *(b"%s: %s\r\n" % header for header in headers),
            b"\r\n",
        )
    )
    lines = len(headers) + 2
    if not _TARGET.fullmatch(target) or head.count(b"\r") != lines or head.count(b"\n") != lines:
        raise http.LocalProtocolError("the request's head has a line break, or a space in its target")
    return head


class BodyWriter:
    """The body of a request that comes in pieces, as it goes on the wire.

    Args:
        length: The length that the head tells; None where it tells chunks.
    """

    def __init__(self, length: str | None) -> None:
        self._left = None if length is None else int(length)

    def take(self, piece: bytes) -> bytes:
        """Return what goes on the wire of a piece.

        Raises:
            httpx.LocalProtocolError: It is more than the head tells.
        """
        if self._left is None:
            # An empty chunk would be the last one.
            return b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b""
        self._left -= len(piece)
        if self._left < 0:
            raise http.LocalProtocolError("the body is longer than the head says")
        return piece

    def end(self) -> bytes:
        """Return what ends it.

        Raises:
            httpx.LocalProtocolError: It is less than the head tells.
        """
        if self._left:
            raise http.LocalProtocolError("the body is shorter than the head says")
        return b"0\r\n\r\n" if self._left is None else b""


class AnswerParser:
    """One answer, as its bytes arrive. Interim answers (1xx) before it are passed over.

    Args:
        method: The method of its request: the answer to `HEAD` ends with its head.

    Attributes:
        status: Its status.
        headers: Its headers, as they came.
        has_head: Whether its head is there.
        is_over: Whether all of it is there.
        is_followed: Whether more came behind it, which nobody asked for.
        stays: Whether its connection may be used again, as far as the answer tells.
    """

    __slots__ = (
        "_ends_with_head",
        "_error",
        "_idle_bytes",
        "_is_framed",
        "_parser",
        "_pieces",
        "has_head",
        "headers",
        "is_followed",
        "is_over",
        "status",
        "stays",
    )

    def __init__(self, method: str = "GET") -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.has_head = self.is_over = self.is_followed = self.stays = False
        self._ends_with_head = method == "HEAD"
        self._is_framed = False
        self._idle_bytes = 0
        self._pieces: list[bytes] = []
        self._error: Exception | None = None
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        # What servers send and every client reads: line feeds alone, blanks behind the size of a chunk, and
        # of a length and chunks the chunks (RFC 9112 §2.2, §7.1, §6.3). None of it moves an answer's end.
        self._parser.set_dangerous_leniencies(
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
            lenient_chunked_length=True,
        )

    def feed(self, data: bytes) -> None:
        """Take in what arrived; nothing means that the remote has hung up. What is wrong, `take` raises."""
        if not data:
            self._hang_up()
        elif self._parser is None:
            self.is_followed = self.is_followed or bool(data.strip(b"\r\n"))
        else:
            self._parse(self._parser, data)
        if self.is_over or self._error is not None:
            # The two know each other, and are no work for the garbage collector.
            self._parser = None

    def _parse(self, parser: HttpResponseParser, data: bytes) -> None:
        self._idle_bytes += len(data)
        try:
            parser.feed_data(data)
        except HttpParserUpgrade:
            self.is_followed = True
        except HttpParserError as error:
            # Behind its end it is none of this answer's.
            self.is_followed = True
            if not self.is_over:
                self._fail(str(error), error)
        if self._idle_bytes > LARGEST_HEAD and not self.is_over:
            self._fail("too much arrived that is none of the answer's body")

    def take(self) -> bytes:
        """Return what arrived of the body and was not returned before; nothing when there is none.

        Raises:
            httpx.RemoteProtocolError: It breaks off, or is no HTTP. What came before that comes first.
        """
        if self._pieces:
            pieces, self._pieces = self._pieces, []
            # Chunks that came in one read are handed on in one go: each hand costs more than a chunk.
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self.check()
        return b""

    def check(self) -> None:
        """Raise what is wrong with it.

        Raises:
            httpx.RemoteProtocolError: It breaks off, or is no HTTP.
        """
        if self._error is not None:
            raise self._error

    @property
    def is_refusal(self) -> bool:
        """Whether its head is there and refuses the request."""
        return self.has_head and self.status >= _FIRST_REFUSAL

    @property
    def has_more(self) -> bool:
        """Whether `take` has something to return or to raise."""
        return bool(self._pieces) or self._error is not None

    def on_message_begin(self) -> None:
        """Hear that an answer begins."""
        self.is_followed = self.is_over

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a header; those behind a body in chunks tell nothing that anybody asks for."""
        if self.has_head:
            return
        self.headers.append((name, value))
        if len(name) == len(_LENGTH) and name.lower() == _LENGTH:
            self._is_framed = True
        elif len(name) == len(_CODING) and name.lower() == _CODING:
            self._is_framed = True
            if value.strip().lower() != b"chunked":
                self._fail("its transfer coding is another than chunks")

    def on_headers_complete(self) -> None:
        """Hear that a head is there."""
        if self.has_head:
            return
        assert self._parser is not None, "it is just parsing"
        self.status = self._parser.get_status_code()
        if self.status >= _OK or self.status == _SWITCHING:
            self.has_head = True
            self.stays = self.status >= _OK and not self._ends_with_head and self._parser.should_keep_alive()
            self.is_over = self._ends_with_head

    def on_body(self, piece: bytes) -> None:
        """Take in a piece of the body."""
        if not self.is_over:
            self._pieces.append(piece)
            self._idle_bytes = 0

    def on_message_complete(self) -> None:
        """Hear that an answer is over; behind an interim one the answer itself begins."""
        if self.has_head:
            self.is_over = True
        else:
            self.headers.clear()
            self._is_framed, self._idle_bytes = False, 0

    def _hang_up(self) -> None:
        if self.is_over:
            return
        self.stays = False
        if not self.has_head:
            self._error = http.RemoteProtocolError("Server disconnected without sending a response.")
        elif self._is_framed:
            self._error = http.RemoteProtocolError("the connection was closed before the body was complete")
        else:
            # A body without a length ends with its connection.
            self.is_over = True

    def _fail(self, why: str, error: HttpParserError | None = None) -> None:
        if self._error is None:
            self._error = http.RemoteProtocolError(why)
            self._error.__cause__ = error or HttpParserError(why)
