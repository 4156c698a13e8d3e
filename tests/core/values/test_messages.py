"""Messages and their parts."""

from __future__ import annotations

import base64
import inspect
import mimetypes
import re
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import (
    FilePart,
    ImagePart,
    InvalidRequest,
    JackfieldError,
    Message,
    TextPart,
    Url,
    _media_types,
)
from jackfield._media_types import media_type_of

PNG = b"\x89PNG\r\n\x1a\n and pixels"
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 and pixels"


def test_string_content() -> None:
    """A plain string becomes one text part."""
    message = Message("user", "Hello")

    assert message.parts == (TextPart("Hello"),)
    assert message.text == "Hello"
    assert (message.images, message.files) == ((), ())


def test_mixed_content() -> None:
    """Strings and parts may be mixed; the text is joined as it stands, images and files are kept apart."""
    image, file = ImagePart(PNG, "image/png"), FilePart(b"1,2", "a.csv", "text/csv")
    message = Message("user", ["one ", file, image, TextPart("two")])

    assert message.text == "one two"
    assert (message.images, message.files) == ((image,), (file,))


@pytest.mark.parametrize(
    ("address", "name", "media_type"),
    [
        ("https://example.com/a/report.pdf?page=1#top", "report.pdf", "application/pdf"),
        ("gs://bucket/picture.png", "picture.png", "image/png"),
        ("https://example.com", "file", "application/octet-stream"),
        ("https://example.com/", "file", "application/octet-stream"),
    ],
)
def test_from_url(address: str, name: str, media_type: str) -> None:
    """What is at an address is named and typed by it; an image of no known kind is still an image."""
    assert FilePart.from_url(address) == FilePart(Url(address), name, media_type)
    is_image = media_type.startswith("image/")
    assert ImagePart.from_url(address) == ImagePart(Url(address), media_type if is_image else "image/*")


def test_from_url_that_no_remote_can_fetch() -> None:
    """A file of this machine is no address."""
    with pytest.raises(InvalidRequest, match="from_file reads it"):
        FilePart.from_url("file:///etc/hosts")


@pytest.mark.parametrize("content", [None, 5, 1.5, [5], [None], [["nested"]], b"bytes"])
def test_wrong_content(content: Any) -> None:
    """Content that is neither text nor parts is a TypeError."""
    with pytest.raises(TypeError):
        Message("user", content)


def test_unknown_role() -> None:
    """A role is one of the four; another one is refused."""
    with pytest.raises(ValueError, match="role"):
        Message("robot", "Hello")  # type: ignore[arg-type]


def test_messages_are_frozen_values() -> None:
    """A message cannot be changed, and two that say the same are equal and hash alike."""
    message = Message("user", "Hello")

    assert message == Message("user", "Hello")
    assert hash(message) == hash(Message("user", "Hello"))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        message.role = "tool"  # type: ignore[misc]


def test_image_repr_shows_no_pixels() -> None:
    """An image's repr tells its size, not its content."""
    shown = repr(ImagePart(PNG, "image/png"))

    assert shown == f"ImagePart(source=<{len(PNG)} bytes>, media_type='image/png', detail=None)"


def test_file_repr_shows_no_content() -> None:
    """A file's repr tells its name and size, not what stands in it."""
    shown = repr(FilePart(b"Ada,1815", "salaries.csv", "text/csv"))

    assert shown == "FilePart(source=<8 bytes>, name='salaries.csv', media_type='text/csv')"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b.txt", "a\\b.txt", "a\0.txt", "a\nb.txt", "a\udcff.txt"])
def test_a_file_s_name_is_plain(name: str) -> None:
    """A name that has folders, or that no page could show, is refused with what is expected."""
    with pytest.raises(InvalidRequest, match="without folders"):
        FilePart(b"", name, "text/plain")


@given(st.binary(), st.sampled_from(["image/png", "image/svg+xml", "image/svg+xml;charset=utf-8"]))
def test_data_uri_round_trip(data: bytes, media_type: str) -> None:
    """Any image survives the way into a data URI and back."""
    image = ImagePart(data, media_type)

    assert ImagePart.from_data_uri(image.data_uri) == image


@given(st.text() | st.text().map("data:image/png;base64,".__add__) | st.text().map("data:".__add__))
def test_any_text_as_data_uri(text: str) -> None:
    """Any text is an image or an InvalidRequest, never another error."""
    try:
        image = ImagePart.from_data_uri(text)
    except InvalidRequest:
        return
    assert base64.b64decode(text.partition(",")[2]) == image.data


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "data:",
        "data:;base64,aGk=",
        "data:image/png,aGk=",
        "data:image/png;base64",
        "data:text/html;base64,aGk=",
        "data:image/png\r\nX-Evil: 1;base64,aGk=",
        "data:image/png;base64,é",
        "data:image/png;base64,a",
        "http://example.org/cat.png",
    ],
)
def test_wrong_data_uri(uri: str) -> None:
    """What is no base64 data URI of an image is refused: another type, bad base64, a line break in it."""
    with pytest.raises(InvalidRequest):
        ImagePart.from_data_uri(uri)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(PNG, "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a", "image/gif"), (WEBP, "image/webp")],
)
def test_from_file(tmp_path: Path, data: bytes, media_type: str) -> None:
    """An image file's type is told by its first bytes, whatever its name says."""
    file = tmp_path / "image.txt"
    file.write_bytes(data)

    assert ImagePart.from_file(file) == ImagePart(data, media_type)
    assert ImagePart.from_file(str(file)).media_type == media_type


@pytest.mark.parametrize("data", [b"", b"hello", b"RIFF\x10\x00\x00\x00WAVEfmt "])
def test_from_file_that_is_no_image(tmp_path: Path, data: bytes) -> None:
    """A file that is no image is refused; a RIFF file that holds sound is none."""
    file = tmp_path / "image.png"
    file.write_bytes(data)

    with pytest.raises(InvalidRequest, match="no image"):
        ImagePart.from_file(file)


@pytest.mark.parametrize("name", ["missing.png", "", "nul\0.png"])
def test_from_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    """A missing file, a folder and an impossible path are told as the caller's mistake."""
    with pytest.raises(JackfieldError, match="cannot be read"):
        ImagePart.from_file(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("report.pdf", "application/pdf"),
        ("notes.txt", "text/plain"),
        ("Tabelle ä.csv", "text/csv"),
        ("backup.tar.gz", "application/gzip"),
        ("Makefile", "text/plain"),
        ("a.unheard-of", "application/octet-stream"),
        ("core", "application/octet-stream"),
    ],
)
def test_a_file_is_read_whole(tmp_path: Path, name: str, media_type: str) -> None:
    """A file keeps its name and content; its type is told by its name, where that tells one."""
    file = tmp_path / name
    file.write_bytes(PNG)

    assert FilePart.from_file(file) == FilePart(PNG, name, media_type)
    assert FilePart.from_file(str(file)).name == name


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose table of names takes everything for a video."""

    def guess(*_: object, **__: object) -> tuple[str, None]:
        return "video/x-poison", None

    for name in ("guess_type", "guess_file_type"):
        monkeypatch.setattr(mimetypes, name, guess, raising=False)
    monkeypatch.setattr(mimetypes.MimeTypes, "guess_type", guess)


TEXTS = re.findall(
    r"\S+",
    """
    app.ts app.tsx lib.rs main.go a.mts go.mod go.sum data.jsonl cfg.yaml cfg.YML cfg.toml out.log README
    notes.md .gitignore .env Dockerfile query.sql page.vue main.tf app.py run.sh table.csv styles.css
    """,
)


@pytest.mark.parametrize("name", TEXTS)
def test_what_people_attach_is_text(poisoned: None, tmp_path: Path, name: str) -> None:
    """Source, notes and settings are text, whatever the machine's own table takes them for."""
    (tmp_path / name).write_text("plain text\n")

    assert FilePart.from_file(tmp_path / name).media_type.startswith("text/")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("nb.ipynb", "application/json"),
        ("a.json", "application/json"),
        ("a.PDF", "application/pdf"),
        ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.b.png", "image/png"),
        ("voice.mp3", "audio/mpeg"),
    ],
)
def test_what_is_no_text(poisoned: None, name: str, media_type: str) -> None:
    """The common binary types are told by name in any case, by the last ending."""
    assert media_type_of(name) == media_type


def test_every_ending_has_one_type() -> None:
    """The table names no ending twice, and every type in it is one."""
    source = inspect.getsource(_media_types)
    table = source[source.index("_BY_ENDING") : source.index("_PLAIN")]
    lists = re.findall(r'"""(.*?)"""|: "([^"]*)",', table, re.DOTALL)
    endings = [ending for pair in lists for ending in "".join(pair).split()]

    assert sorted(endings) == sorted(set(endings))
    assert all(re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", kind) for kind in _media_types._BY_ENDING.values())


@pytest.mark.parametrize("name", ["missing.txt", "", "nul\0.txt"])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    """A missing file, a folder and an impossible path are told as the caller's mistake."""
    with pytest.raises(InvalidRequest, match=r"the file .* cannot be read"):
        FilePart.from_file(tmp_path / name)
