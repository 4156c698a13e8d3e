"""What is said in a conversation: messages and their parts."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

import attrs

from ._exceptions import InvalidRequest
from ._media_types import media_type_of
from ._values import must_be

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]
"""Who says a message: the program (`system`), the person, the model, or a tool that the model called."""

_IMAGE_SIGNATURES: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
}
_DATA_URI: Final = re.compile(r"data:(image/[A-Za-z0-9.+-]+(?:;[\w.-]+=[\w.-]+)*);base64", re.ASCII)
_PLAIN_NAME: Final = re.compile(r"[^/\\\x00-\x1f\x7f\ud800-\udfff]+")


def _size(data: bytes) -> str:
    return f"<{len(data)} bytes>"


@attrs.frozen
class TextPart:
    """Text inside a message."""

    text: str = attrs.field(validator=must_be("text", str))

    @property
    def size(self) -> int:
        """The length in bytes, as UTF-8."""
        return len(self.text.encode())


@attrs.frozen
class ImagePart:
    """An image inside a message.

    Attributes:
        data: The encoded image, in bytes.
        media_type: Its MIME type, for example `image/png`.
    """

    data: bytes = attrs.field(repr=_size, validator=must_be("bytes", bytes))
    media_type: str = attrs.field(validator=must_be("text", str))

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
    def size(self) -> int:
        """The length in bytes."""
        return len(self.data)

    @property
    def data_uri(self) -> str:
        """The image as a base64 data URI (RFC 2397)."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode()}"


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


def _plain_name(_: Any, __: Any, name: str) -> None:
    if not _PLAIN_NAME.fullmatch(name) or name in {".", ".."}:
        raise InvalidRequest(
            f"a file cannot be called {name!r}", hint="Use a name without folders, for example `notes.txt`."
        )


@attrs.frozen
class FilePart:
    """A file inside a message.

    Attributes:
        name: What it is called where it goes, without folders.
        media_type: Its MIME type, for example `text/csv`.
        data: Its content, in bytes.

    Raises:
        InvalidRequest: The name is empty, or has folders, control characters or lone surrogates in it.
    """

    name: str = attrs.field(validator=[must_be("text", str), _plain_name])
    media_type: str = attrs.field(validator=must_be("text", str))
    data: bytes = attrs.field(repr=_size, validator=must_be("bytes", bytes))

    @classmethod
    def from_file(cls, path: str | Path) -> FilePart:
        """Read a file; its type is told by its name, by the same table on every machine.

        Raises:
            InvalidRequest: The file cannot be read.
        """
        data, name = _read(path, "file"), Path(path).name
        return cls(name, media_type_of(name), data)

    @property
    def size(self) -> int:
        """The length in bytes."""
        return len(self.data)


Part: TypeAlias = TextPart | ImagePart | FilePart


def _to_parts(content: str | Part | Iterable[str | Part]) -> tuple[Part, ...]:
    if isinstance(content, str | Part):
        content = (content,)
    if not isinstance(content, Iterable):
        raise TypeError(f"a message's content is text or parts, not {type(content).__name__}")
    return tuple(TextPart(part) if isinstance(part, str) else part for part in content)


def _parts_only(_: Any, __: Any, parts: tuple[Part, ...]) -> None:
    for part in parts:
        if not isinstance(part, Part):
            raise TypeError(
                f"a message part is a TextPart, an ImagePart or a FilePart, not {type(part).__name__}"
            )


@attrs.frozen
class Message:
    """One message of a conversation.

    Attributes:
        role: Who says it.
        parts: What is said; text, images and files. A plain string becomes one `TextPart`.
    """

    role: Role = attrs.field(validator=attrs.validators.in_(get_args(Role)))
    parts: tuple[Part, ...] = attrs.field(converter=_to_parts, validator=_parts_only)

    @property
    def text(self) -> str:
        """The text of all text parts, joined as it stands."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def images(self) -> tuple[ImagePart, ...]:
        """The image parts."""
        return tuple(part for part in self.parts if isinstance(part, ImagePart))

    @property
    def files(self) -> tuple[FilePart, ...]:
        """The file parts; images are apart."""
        return tuple(part for part in self.parts if isinstance(part, FilePart))
