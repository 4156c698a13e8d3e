"""What messages and answers are made of. A part is whole: what arrived half is in `ChatResponse.partial`."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Final, Literal, TypeAlias

import attrs

from ._exceptions import InvalidRequest, MalformedResponse
from ._media_types import media_type_of
from ._values import describe, frozen_mapping, must_be, read_json

_IMAGE_SIGNATURES: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
}
_DATA_URI: Final = re.compile(r"data:(image/[A-Za-z0-9.+-]+(?:;[\w.-]+=[\w.-]+)*);base64", re.ASCII)
_PLAIN_NAME: Final = re.compile(r"[^/\\\x00-\x1f\x7f\ud800-\udfff]+")
_ADDRESS: Final = re.compile(r"(?:https?|gs|s3)://[^\s\x00-\x1f\x7f]+", re.ASCII)


def _to_state_data(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Bytes become base64 here and nowhere else: encoded twice, the remote would not know its own again."""
    if not isinstance(data, Mapping):
        raise TypeError(f"the data of a state must be a mapping; found {describe(data)}")
    told = {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for name, value in data.items()
    }
    try:
        json.dumps(told, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise TypeError("the data of a state must hold nothing but what JSON can, and bytes") from None
    return frozen_mapping(told)


def _hidden(data: Mapping[str, Any]) -> str:
    return f"<{len(data)} fields>"


@attrs.frozen
class ProviderState:
    """What a remote wants to see again, and nobody else: a signature, an encrypted thought, an item's id.

    It goes back only to the provider and the family of models that made it, as it came.

    Attributes:
        provider: The provider that made it.
        kind: The provider's own word for what it is.
        data: What goes back, as JSON values; bytes become base64.
        family: The family of models that it belongs to, as the provider tells them apart; None for any.
    """

    provider: str = attrs.field(validator=must_be("text", str))
    kind: str = attrs.field(validator=must_be("text", str))
    data: Mapping[str, Any] = attrs.field(converter=_to_state_data, repr=_hidden)
    family: str | None = attrs.field(default=None, validator=must_be("text", str, NoneType))


_state_or_none: Final = must_be("a ProviderState", ProviderState, NoneType)


@attrs.frozen
class Citation:
    """What a piece of an answer rests on.

    Attributes:
        url: Where it stands, if it has an address.
        title: What it is called.
        quote: The words that are cited.
        start: Where in the part's text what rests on it begins, in characters; None for all of the text.
        end: Where that ends, in characters; None for all of the text.
    """

    url: str | None = None
    title: str | None = None
    quote: str | None = None
    start: int | None = None
    end: int | None = None


def _to_citations(citations: Iterable[Citation]) -> tuple[Citation, ...]:
    return tuple(citations)


@attrs.frozen
class TextPart:
    """Text.

    Attributes:
        text: The text.
        citations: What it rests on, where the remote tells.
        state: What its provider wants to see again.
    """

    text: str = attrs.field(validator=must_be("text", str))
    citations: tuple[Citation, ...] = attrs.field(default=(), converter=_to_citations)
    state: ProviderState | None = attrs.field(default=None, validator=_state_or_none)

    @property
    def size(self) -> int:
        """The length in bytes, as UTF-8."""
        return _bytes_of(self.text)


@attrs.frozen
class ReasoningPart:
    """What a model thought. Reasoning that is not shown has no text, and a state.

    Attributes:
        text: What is shown of it.
        state: What its provider wants to see again. Without one, it is not sent back to any.
    """

    text: str = attrs.field(validator=must_be("text", str))
    state: ProviderState | None = attrs.field(default=None, validator=_state_or_none)

    @property
    def size(self) -> int:
        """The length of the text in bytes, as UTF-8."""
        return _bytes_of(self.text)


@attrs.frozen
class RefusalPart:
    """The model's own words for why it will not answer.

    Attributes:
        text: Those words.
    """

    text: str = attrs.field(validator=must_be("text", str))

    @property
    def size(self) -> int:
        """The length in bytes, as UTF-8."""
        return _bytes_of(self.text)


@attrs.frozen
class OpaquePart:
    """Something that a remote said and no other part expresses: shown to nobody, sent back in its place.

    Attributes:
        state: What goes back.
    """

    state: ProviderState = attrs.field(validator=must_be("a ProviderState", ProviderState))

    @property
    def size(self) -> int:
        """The length in bytes, as JSON."""
        return _bytes_of(json.dumps(self.state.data))


def _web_address(_: Any, __: Any, address: str) -> None:
    if not _ADDRESS.fullmatch(address):
        raise InvalidRequest(
            "an address that a remote is to fetch must begin with https://, http://, gs:// or s3://",
            hint="Give what lies on this machine as bytes: from_file reads it.",
        )


@attrs.frozen
class Url:
    """The address of something that the remote fetches by itself. Nothing here ever does.

    Attributes:
        address: `https://…`, or where the remote keeps things: `gs://…`, `s3://…`.

    Raises:
        InvalidRequest: It is no such address.
    """

    address: str = attrs.field(validator=[must_be("text", str), _web_address])


@attrs.frozen
class FileId:
    """Something that a provider keeps already.

    Attributes:
        provider: The provider that keeps it; no other one is told of it.
        id: The provider's name for it.
    """

    provider: str = attrs.field(validator=must_be("text", str))
    id: str = attrs.field(validator=must_be("text", str))


Source: TypeAlias = bytes | Url | FileId
"""Where the content of an image, a sound or a file is: here, at an address, or at a provider."""


def _last_name(address: str) -> str:
    """Return what the thing at an address is called there; `file` where the address does not tell."""
    path = re.split("[?#]", address.partition("://")[2])[0].partition("/")[2]
    return path.rpartition("/")[2] or "file"


def _shown(source: Source) -> str:
    return f"<{len(source)} bytes>" if isinstance(source, bytes) else repr(source)


@attrs.frozen
class _Media:
    """What has its content somewhere."""

    source: Source = attrs.field(
        repr=_shown, validator=must_be("bytes, a Url or a FileId", bytes, Url, FileId)
    )

    @property
    def data(self) -> bytes:
        """The content, in bytes.

        Raises:
            InvalidRequest: It is somewhere else: the source is an address or a provider's file.
        """
        if not isinstance(self.source, bytes):
            raise InvalidRequest(f"the content of this part is not here: its source is {self.source!r}")
        return self.source

    @property
    def size(self) -> int:
        """The length of what is here, in bytes."""
        return len(self.source) if isinstance(self.source, bytes) else 0


@attrs.frozen
class ImagePart(_Media):
    """An image.

    Attributes:
        source: The encoded image in bytes, its address, or a provider's name for it.
        media_type: Its MIME type, for example `image/png`.
        detail: How closely the remote is to look, where it asks that: `low`, `high`, `auto`.
    """

    media_type: str = attrs.field(validator=must_be("text", str))
    detail: Literal["auto", "low", "high"] | None = attrs.field(
        default=None, validator=attrs.validators.in_((None, "auto", "low", "high"))
    )

    @classmethod
    def from_file(cls, path: str | Path) -> ImagePart:
        """Read an image file; its type is told by its first bytes, not by its name.

        Raises:
            InvalidRequest: The file cannot be read, or is no PNG, JPEG, GIF or WebP image.
        """
        data = _read(path, "image")
        if media_type := _image_type(data):
            return cls(data, media_type)
        raise InvalidRequest(
            f"the file {str(path)!r} is no image that is understood",
            hint="Use a PNG, JPEG, GIF or WebP file.",
        )

    @classmethod
    def from_url(cls, address: str) -> ImagePart:
        """Return the image at an address, which the remote fetches by itself; its type is told by its name.

        Raises:
            InvalidRequest: *address* is none that a remote could fetch.
        """
        media_type = media_type_of(_last_name(address))
        return cls(Url(address), media_type if media_type.startswith("image/") else "image/*")

    @classmethod
    def from_data_uri(cls, uri: str) -> ImagePart:
        """Decode a base64 data URI (RFC 2397).

        Raises:
            InvalidRequest: *uri* is not the base64 data URI of an image.
        """
        head, comma, body = uri.partition(",")
        match = _DATA_URI.fullmatch(head)
        if not (comma and match):
            raise InvalidRequest("an image must be a base64 data URI: data:image/png;base64,…")
        try:
            return cls(base64.b64decode(body, validate=True), match[1])
        except ValueError:
            raise InvalidRequest("the data URI of an image is not valid base64") from None

    @property
    def data_uri(self) -> str:
        """The image as a base64 data URI (RFC 2397)."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode()}"


@attrs.frozen
class AudioPart(_Media):
    """Sound.

    Attributes:
        source: The encoded sound in bytes, its address, or a provider's name for it.
        media_type: Its MIME type, for example `audio/wav`.
    """

    media_type: str = attrs.field(validator=must_be("text", str))

    @classmethod
    def from_file(cls, path: str | Path) -> AudioPart:
        """Read a sound file; its type is told by its name, by the same table on every machine.

        Raises:
            InvalidRequest: The file cannot be read, or its name is no sound's.
        """
        media_type = media_type_of(Path(path).name)
        if not media_type.startswith("audio/"):
            raise InvalidRequest(f"the file {str(path)!r} is no sound by its name", hint="Use .wav or .mp3.")
        return cls(_read(path, "sound"), media_type)


def _plain_name(_: Any, __: Any, name: str) -> None:
    if not _PLAIN_NAME.fullmatch(name) or name in {".", ".."}:
        raise InvalidRequest(
            f"a file cannot be called {name!r}", hint="Use a name without folders, for example `notes.txt`."
        )


@attrs.frozen
class FilePart(_Media):
    """A file.

    Attributes:
        source: Its content in bytes, its address, or a provider's name for it.
        name: What it is called where it goes, without folders.
        media_type: Its MIME type, for example `text/csv`.

    Raises:
        InvalidRequest: The name is empty, or has folders, control characters or lone surrogates in it.
    """

    name: str = attrs.field(validator=[must_be("text", str), _plain_name])
    media_type: str = attrs.field(validator=must_be("text", str))

    @classmethod
    def from_file(cls, path: str | Path) -> FilePart:
        """Read a file; its type is told by its name, by the same table on every machine.

        Raises:
            InvalidRequest: The file cannot be read.
        """
        data, name = _read(path, "file"), Path(path).name
        return cls(data, name, media_type_of(name))

    @classmethod
    def from_url(cls, address: str) -> FilePart:
        """Return the file at an address, which the remote fetches by itself; its type is told by its name.

        Raises:
            InvalidRequest: *address* is none that a remote could fetch.
        """
        name = _last_name(address)
        return cls(Url(address), name, media_type_of(name))


@attrs.frozen
class ToolCallPart:
    """A tool that the model wants called, or that its remote has called.

    Attributes:
        id: Pairs the call with its result.
        name: The tool's name.
        arguments_json: The arguments as the model wrote them: JSON text, if the model made no mistake.
        by: Who calls it: the `caller` of the request, or the `remote` itself.
        state: What its provider wants to see again.
    """

    id: str = attrs.field(validator=must_be("text", str))
    name: str = attrs.field(validator=must_be("text", str))
    arguments_json: str = attrs.field(validator=must_be("text", str))
    by: Literal["caller", "remote"] = attrs.field(
        default="caller", validator=attrs.validators.in_(("caller", "remote"))
    )
    state: ProviderState | None = attrs.field(default=None, validator=_state_or_none)

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The arguments; a call without any has none.

        Raises:
            MalformedResponse: The model wrote something that is no JSON object.
        """
        text = self.arguments_json.strip()
        try:
            arguments = read_json(text) if text else {}
        except (ValueError, RecursionError):
            arguments = None
        if not isinstance(arguments, dict):
            raise MalformedResponse(
                f"the arguments of the call {self.id!r} of {self.name!r} are no JSON object",
                hint="arguments_json has them as the model wrote them; tell it with an error as the result.",
            )
        return frozen_mapping(arguments)

    @property
    def size(self) -> int:
        """The length of the arguments in bytes, as UTF-8."""
        return _bytes_of(self.arguments_json)


ResultPart: TypeAlias = TextPart | ImagePart | FilePart


def _to_result(content: str | ResultPart | Iterable[str | ResultPart]) -> tuple[ResultPart, ...]:
    parts = (content,) if isinstance(content, str | ResultPart) else content
    if not isinstance(parts, Iterable):
        raise TypeError(f"a tool's result is text or parts, not {describe(content)}")
    return tuple(TextPart(part) if isinstance(part, str) else part for part in parts)


def _results_only(_: Any, __: Any, parts: tuple[ResultPart, ...]) -> None:
    for part in parts:
        if not isinstance(part, ResultPart):
            raise TypeError(f"a tool's result is text, images and files; found {describe(part)}")


@attrs.frozen
class ToolResultPart:
    """What came of a tool call.

    Attributes:
        call_id: The id of the `ToolCallPart`.
        name: The tool's name.
        parts: What it gave: text, images, files. A plain string becomes one `TextPart`.
        is_error: Whether it failed.
    """

    call_id: str = attrs.field(validator=must_be("text", str))
    name: str = attrs.field(validator=must_be("text", str))
    parts: tuple[ResultPart, ...] = attrs.field(converter=_to_result, validator=_results_only)
    is_error: bool = attrs.field(default=False, validator=must_be("true or false", bool))

    @property
    def text(self) -> str:
        """The text of all text parts, joined as it stands."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def size(self) -> int:
        """The size of all its parts in bytes."""
        return sum(part.size for part in self.parts)


Part: TypeAlias = (
    TextPart
    | ImagePart
    | FilePart
    | AudioPart
    | ReasoningPart
    | ToolCallPart
    | ToolResultPart
    | RefusalPart
    | OpaquePart
)


def _bytes_of(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))


def _image_type(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for signature, kind in _IMAGE_SIGNATURES.items() if data.startswith(signature)), None)


def _read(path: str | Path, what: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is no path"
        raise InvalidRequest(f"the {what} {str(path)!r} cannot be read: {reason}") from None
