"""Bodies: read whole under a cap on their decoded size, and parsed without surprises.

Decoding is done here because the HTTP library inflates before anybody can count, and takes a gzip body that
was cut for a complete one.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator
from typing import Any, Final, NoReturn

from jackfield import MalformedResponse, ResponseTooLarge

_GZIP: Final = 16 + zlib.MAX_WBITS


async def read_body(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> bytes:
    """Read a body to its end and decode it.

    Args:
        chunks: The body as it comes off the wire.
        encoding: The response's `Content-Encoding`, in lower case.
        limit: The largest decoded size, in bytes.

    Raises:
        ResponseTooLarge: It is larger.
        MalformedResponse: It is cut short, or in an encoding that was not asked for.
    """
    if encoding in {"", "identity"}:
        return await _read_plain(chunks, limit)
    if encoding in {"gzip", "x-gzip"}:
        return await _read_gzip(chunks, limit)
    raise MalformedResponse("the response is in a content encoding that was not asked for")


async def _read_plain(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > limit:
            _refuse(limit)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _read_gzip(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    inflater = zlib.decompressobj(_GZIP)
    body = bytearray()
    try:
        async for chunk in chunks:
            body += inflater.decompress(chunk, limit + 1 - len(body))
            if len(body) > limit:
                _refuse(limit)
    except zlib.error:
        raise MalformedResponse("the response is not the gzip that it says it is") from None
    if not inflater.eof:
        raise MalformedResponse("the response's gzip was cut short")
    return bytes(body)


def _refuse(limit: int) -> NoReturn:
    raise ResponseTooLarge(f"the response is larger than {limit} bytes")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)


def parse_json(text: str | bytes) -> Any:
    """Parse JSON strictly: no NaN or Infinity, and lone surrogates replaced, so that the text can be written.

    Raises:
        MalformedResponse: It is not JSON, or nested too deeply.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode()
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise MalformedResponse(f"what arrived is not JSON ({_where(error)})") from None
    return _whole(value) if "\\ud" in text or "\\uD" in text else value


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
