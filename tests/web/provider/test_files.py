"""Images and files go through the page's own field; the message waits until the page's remote has them."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from jackfield import (
    Certainty,
    ContextTooLong,
    DeadlineExceeded,
    FilePart,
    ImagePart,
    InvalidRequest,
    Message,
    RunFailed,
    Unsupported,
)
from jackfield_playground import WebChatPlayground
from jackfield_web import PageChanged

pytestmark = pytest.mark.anyio

PNG = ImagePart(b"\x89PNG\r\n\x1a\n" + bytes(2000), "image/png")
JPEG = ImagePart(b"\xff\xd8\xff" + bytes(1000), "image/jpeg")
TABLE = FilePart(b"a,b\r\n1,2\r\n", "Tabelle ä.csv", "text/csv; charset=utf-8")


def show(*parts: str | ImagePart | FilePart) -> Message:
    return Message("user", parts)


async def test_images_arrive_with_their_message(connected: Any, chat: WebChatPlayground) -> None:
    """Each image is with its message, whole and once; the next message of the thread has none."""
    chat.state.change(upload_seconds=0.5)
    async with connected() as connection:
        conversation = connection.conversation()
        await conversation.send([show("What is this?", PNG, JPEG)])
        await conversation.send("And now?")

    first, second = chat.state.asked
    assert first.files == {"image-1.png": PNG.data, "image-2.jpeg": JPEG.data}
    assert second.files == {}


async def test_files_arrive_with_their_message(connected: Any, chat: WebChatPlayground) -> None:
    """A file is with its message under its own name, byte for byte, also beside images."""
    binary = FilePart(bytes(range(256)), "all.bin", "application/octet-stream")
    async with connected() as connection:
        await connection.send([show(TABLE, "What is this?", PNG, binary)])

    (asked,) = chat.state.asked
    assert asked.files == {TABLE.name: TABLE.data, "image-2.png": PNG.data, "all.bin": binary.data}


async def test_files_go_through_the_browsers_own_choice(connected: Any, chat: WebChatPlayground) -> None:
    """Where the Site describes the button alone, it is pressed, and the browser's choice takes the files."""
    button = {"selectors": {"file_input": [], "file_button": "#add-files"}}
    async with connected(site_overrides=button) as connection:
        await connection.send([show("What is this?", PNG, TABLE)])

    (asked,) = chat.state.asked
    assert asked.files == {"image-1.png": PNG.data, TABLE.name: TABLE.data}


async def test_a_button_that_asks_for_no_file(connected: Any, chat: WebChatPlayground) -> None:
    """A press that brings no choice of files is an error that names the button, and nothing is sent."""
    wrong = {"selectors": {"file_input": [], "file_button": "#new-chat"}, "timing": {"composer": 5}}
    async with connected(site_overrides=wrong) as connection:
        with pytest.raises(
            PageChanged, match=r"asks for no file after a press on selectors\.file_button"
        ) as e:
            await connection.send([show("What is this?", PNG)])

    assert e.value.certainty is Certainty.NOT_SENT
    assert chat.state.asked == ()


async def test_a_field_that_is_not_there(connected: Any, chat: WebChatPlayground) -> None:
    """Where no field is found, the error says that a button which makes one can be named."""
    wrong = {"selectors": {"file_input": "#none"}, "timing": {"composer": 0.5}}
    async with connected(site_overrides=wrong) as connection:
        with pytest.raises(PageChanged, match=r"fits selectors\.file_input") as caught:
            await connection.send([show("What is this?", PNG)])

    assert "selectors.file_button" in (caught.value.hint or "")
    assert caught.value.certainty is Certainty.NOT_SENT
    assert chat.state.asked == ()


@pytest.mark.parametrize("part", [PNG, TABLE], ids=["image", "file"])
async def test_a_page_without_a_field_refuses_them(
    connected: Any, chat: WebChatPlayground, part: ImagePart | FilePart
) -> None:
    """Where the Site describes no field, both are refused, and no page is opened."""
    async with connected(site_overrides={"selectors": {"file_input": []}}) as connection:
        with pytest.raises(Unsupported, match="options allow it"):
            await connection.send([show("What is this?", part)])

    assert chat.state.pages == ()


@pytest.mark.parametrize("part", [PNG, TABLE], ids=["image", "file"])
async def test_they_want_words(connected: Any, chat: WebChatPlayground, part: ImagePart | FilePart) -> None:
    """An image or a file alone is refused: nobody could tell whether an empty message went."""
    async with connected() as connection:
        with pytest.raises(InvalidRequest, match="without words"):
            await connection.send([show(part)])

    assert chat.state.pages == ()


async def test_an_upload_that_does_not_end(connected: Any, chat: WebChatPlayground) -> None:
    """An upload that takes too long is an error before sending, and its image does not go with the next."""
    chat.state.change(upload_seconds=60)
    async with connected(site_overrides={"timing": {"upload": 0.5}}) as connection:
        with pytest.raises(DeadlineExceeded, match="on their way") as caught:
            await connection.send([show("What is this?", PNG)])
        await connection.send("And now?")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert [(asked.text, asked.files) for asked in chat.state.asked] == [("And now?", {})]


async def test_files_that_the_page_does_not_show(connected: Any, chat: WebChatPlayground) -> None:
    """When the page does not show what it was given, the message is not sent."""
    hidden = {"selectors": {"file_thumbnail": ".none"}, "timing": {"upload": 1}}
    async with connected(site_overrides=hidden) as connection:
        with pytest.raises(PageChanged, match="not all of 1 files"):
            await connection.send([show("What is this?", PNG)])

    assert chat.state.asked == ()


FIELD = """
document.body.insertAdjacentHTML("beforeend", "<input type=file id=file multiple>");
const say = (words) => setTimeout(() => document.querySelector(".error:last-child").remove(), 30000,
    add("error", words, document.body));
document.querySelector("#file").onchange = async ({ target }) => {
  for (const { name } of target.files) take(add("thumb", name, document.body));
};
add("error", "An old note", document.body);
const take = async (thumb) => { HOW };
"""
SELECTORS = {
    "file_input": "#file",
    "file_thumbnail": ".thumb",
    "file_uploading": ".on-its-way",
    "error": ".error",
}
ON_ITS_WAY = "thumb.className = 'thumb on-its-way'; await wait(300); thumb.className = 'thumb';"
LATE = f"{ON_ITS_WAY} await new Promise((done) => field.addEventListener('input', done));"


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("thumb.remove(); say('The file is too large');", ContextTooLong),
        (f"{ON_ITS_WAY} say('Upload failed');", RunFailed),
        (f"{ON_ITS_WAY} thumb.remove(); say('Upload failed');", RunFailed),
        (f"{LATE} say('No text in it');", RunFailed),
        (f"{LATE} thumb.remove();", RunFailed),
    ],
    ids=["at once", "its thumbnail stays", "while on its way", "later", "later, without a word"],
)
async def test_a_file_that_the_page_refuses(
    talking: Any, small: Any, how: str, error: type[Exception]
) -> None:
    """The message does not go without it, and that is told at once, not after all the time for uploads."""
    small.setup, small.script = FIELD.replace("HOW", how), "await ask(text)"
    async with talking(SELECTORS, timing={"upload": 120, "settle": 0.4}) as connection:
        with anyio.fail_after(60), pytest.raises(error, match=r"files") as caught:
            await connection.send([show("What is this?", TABLE)])

    assert caught.value.certainty is Certainty.NOT_SENT
    assert small.asked == []


async def test_notes_of_failures_from_before_are_of_no_file(talking: Any, small: Any) -> None:
    """A note that stood there when the files were given refuses none; without files nothing is missing."""
    small.setup = FIELD.replace("HOW", ON_ITS_WAY)
    small.script = "document.querySelector('.thumb')?.remove(); await ask(text); add('bot', 'Yes', list)"
    async with talking(SELECTORS) as connection:
        conversation = connection.conversation()
        first = await conversation.send([show("What is this?", TABLE)])
        second = await conversation.send("And now?")

    assert [first.content, second.content] == ["Yes", "Yes"]
    assert small.asked == ["What is this?", "And now?"]
