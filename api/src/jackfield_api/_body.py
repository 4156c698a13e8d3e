"""Bodies: decoded as they come, read whole under a cap on their decoded size, and parsed without surprises.

Decoding is done here because the HTTP library inflates before anybody can count, and takes a gzip body that
was cut for a complete one. It is as kind as the gzip tool and other clients are: several members are one
body, zeros or other bytes behind the last one do not count, and words that encode nothing are no encoding.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, NoReturn, Self

from jackfield import MalformedResponse, ResponseTooLarge

from ._text import shown

_GZIP: Final = 16 + zlib.MAX_WBITS
_MAGIC: Final = b"\x1f\x8b"
_PIECE: Final = 2**16
_BLOCK: Final = 2**13
_HARMLESS: Final = {"", "identity", "none", "utf-8", "utf8", "ascii", "us-ascii", "binary", "7bit", "8bit"}


def decoded(chunks: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """Return the bytes of a body as they come, decoded.

    Args:
        chunks: The body as it comes off the wire.
        encoding: The response's `Content-Encoding`.

    Raises:
        MalformedResponse: It is in an encoding that was not asked for; while reading: it is not what it says
            it is, or cut short.
    """
    words = [word for word in map(str.strip, encoding.lower().split(",")) if word not in _HARMLESS]
    if not words:
        return chunks
    if words in (["gzip"], ["x-gzip"]):
        return _Gunzipped(chunks)
    raise MalformedResponse(
        f"the response is in a content encoding that was not asked for: {shown(encoding, 60)}"
    )


async def read_body(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> bytes:
    """Read a body to its end and decode it; arguments as for `decoded`.

    Args:
        chunks: The body as it comes off the wire.
        encoding: The response's `Content-Encoding`.
        limit: The largest decoded size, in bytes.

    Raises:
        ResponseTooLarge: It is larger.
        MalformedResponse: It cannot be decoded.
    """
    parts: list[bytes] = []
    size = 0
    async for chunk in decoded(chunks, encoding):
        parts.append(chunk)
        size += len(chunk)
        if size > limit:
            raise ResponseTooLarge(f"the response is larger than {limit} bytes")
    return parts[0] if len(parts) == 1 else b"".join(parts)


class _Gunzipped:
    """The bytes of a gzip body: an iterator."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._gunzip = _Gunzip()
        self._pieces: Iterator[bytes] = iter(())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while (piece := next(self._pieces, None)) is None:
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                self._gunzip.finish()
                raise
            self._pieces = self._gunzip.feed(chunk)
        return piece


class _Gunzip:
    """gzip without I/O: member after member (RFC 1952 §2.2), in pieces small enough to be counted."""

    def __init__(self) -> None:
        self._member: Any = None
        self._is_first = True
        self._is_over = False
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what *data* inflates to, 64 KiB at a time.

        Raises:
            MalformedResponse: It is no gzip.
        """
        # In blocks, because what follows a member is copied: many tiny members would take quadratic time.
        for start in range(0, len(data), _BLOCK):
            block = data[start : start + _BLOCK]
            while not self._is_over and (block := self._opened(block)):
                yield from self._inflated(block)
                block = self._member.unused_data
                if self._member.eof:
                    self._member = None

    def finish(self) -> None:
        """Say that the body has ended.

        Raises:
            MalformedResponse: It was cut short.
        """
        if self._member is not None:
            raise MalformedResponse("the response's gzip was cut short") from None

    def _opened(self, block: bytes) -> bytes:
        """Return *block* from where a member is, having begun one; empty when there is none."""
        if self._member is None:
            if not self._is_first:
                block = (self._rest + block).lstrip(b"\0")
                self._rest = block if len(block) < len(_MAGIC) and _MAGIC.startswith(block) else b""
                self._is_over = not _MAGIC.startswith(block[:2])
                if self._is_over or self._rest or not block:
                    return b""
            self._member, self._is_first = zlib.decompressobj(_GZIP), False
        return block

    def _inflated(self, block: bytes) -> Iterator[bytes]:
        try:
            piece = self._member.decompress(block, _PIECE)
            while piece:
                yield piece
                # Behind its end a member says that the same bytes are unused once more.
                if self._member.eof:
                    return
                # Even without a rest there may be more inside: the last piece was cut at its size.
                piece = self._member.decompress(self._member.unconsumed_tail, _PIECE)
        except zlib.error:
            raise MalformedResponse("the response is not the gzip that it says it is") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number without end")
    return number


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)


def parse_json(text: str | bytes) -> Any:
    """Parse JSON strictly: no NaN or Infinity, and lone surrogates replaced, so that the text can be written.

    A byte order mark in front is let through, as other clients do.

    Raises:
        MalformedResponse: It is not JSON, holds a number too large for one, or is nested too deeply.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        value = _decoded(text)
        return _whole(value) if "\\ud" in text or "\\uD" in text else value
    except (ValueError, RecursionError) as error:
        raise MalformedResponse(f"what arrived is not JSON ({_where(error)})") from None


def _decoded(text: str) -> Any:
    try:
        # Nearly always there is nothing round the value: then nobody need look for white space.
        value, end = _DECODER.raw_decode(text)
        if end == len(text):
            return value
    except ValueError:
        pass
    return _DECODER.decode(text.removeprefix("\ufeff"))


def _where(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    return {RecursionError: "nested too deeply", UnicodeDecodeError: "not UTF-8"}.get(type(error), "a number")


def _whole(value: Any) -> Any:
    """Return *value* with every lone surrogate replaced."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(item) for name, item in value.items()}
    return value
