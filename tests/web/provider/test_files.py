"""Images and files go through the page's own field; the message waits until the page's remote has them."""

from __future__ import annotations

import contextlib
from typing import Any, Final

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
    ProviderError,
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


async def test_files_that_are_too_large_for_the_engine(connected: Any, chat: WebChatPlayground) -> None:
    """What a browser is not given at once is told in plain words, before the message is written."""
    large = FilePart(bytes(50 * 2**20 + 1), "large.bin", "application/octet-stream")
    async with connected(max_message_bytes=10**8) as connection:
        with pytest.raises(ContextTooLong, match="a browser is given 52,428,800 at most") as caught:
            await connection.send([show("What is this?", large)])

    assert caught.value.certainty is Certainty.NOT_SENT
    assert chat.state.asked == ()


async def test_files_wait_until_the_page_listens_to_its_field(talking: Any, small: Any) -> None:
    """A field that the page's server has drawn is given nothing before the page's scripts are there."""
    small.setup = """
document.body.insertAdjacentHTML("beforeend", "<input type=file id=file>");
setTimeout(() => {
  document.querySelector("#file").onchange = ({ target: field }) =>
    add("thumb", field.files[0].name, document.body);
}, 2500);"""
    small.script = "await ask(document.querySelector('.thumb').textContent); add('bot', 'Yes', list)"
    async with talking(SELECTORS, timing={"upload": 4, "settle": 0.4}) as connection:
        await connection.send([show("What is this?", TABLE)])

    assert small.asked == [TABLE.name]


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


MAKES_FILES: Final = """
for (const one of JSON.parse(localStorage.thread || "[]")) add("user", one);
field.oninput = () => {
  if (field.value.length < 100) return;
  add("thumb", field.value, document.body);
  field.value = "";
};"""
SENDS_FILES: Final = """
history.replaceState({}, "", "/c/1");
await ask([text, ...document.querySelectorAll(".thumb")].map((one) => one.textContent || one).join(" + "));
localStorage.thread = JSON.stringify([...JSON.parse(localStorage.thread || "[]"), text]);
add("bot", "Yes");"""
REFUSES: Final = FIELD.replace("HOW", "say('Upload failed');")
ADDRESSES: Final = {"conversation": "{base_url}/c/(?P<id>[0-9]+)"}


@pytest.mark.parametrize(
    ("setup", "addresses", "said"),
    [
        (MAKES_FILES, {}, "A secret plan. " * 20),
        (MAKES_FILES, ADDRESSES, "A secret plan. " * 20),
        (REFUSES, {}, show("What is this?", TABLE)),
    ],
    ids=["made of the text, in a tab", "made of the text, at an address", "refused, in a tab"],
)
async def test_no_file_of_a_message_that_did_not_go_is_with_the_next(
    talking: Any, small: Any, setup: str, addresses: dict[str, str], said: str | Message
) -> None:
    """Its page is closed for that; where the conversation ends with it, the error says so."""
    small.setup, small.script = setup, SENDS_FILES
    async with talking(SELECTORS, addresses=addresses) as connection:
        conversation = connection.conversation()
        await conversation.send("Hello")
        with pytest.raises(ProviderError) as caught:
            await conversation.send([said] if isinstance(said, Message) else said)
        with (
            contextlib.nullcontext() if addresses else pytest.raises(InvalidRequest, match="its tab is gone")
        ):
            await conversation.send("And now?")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert ("The conversation is over" in str(caught.value.hint)) is not bool(addresses)
    assert small.asked == ["Hello", *["And now?"] * bool(addresses)]


CHOICE = """
const html = "<select id=models><option>Small<option>Big</select><input type=file id=file hidden>";
list.insertAdjacentHTML("beforebegin", html);
const [models, files] = ["#models", "#file"].map((css) => document.querySelector(css));
files.addEventListener("change", () => add("file", files.files[0].name, document.body));
const anew = add("new", "New chat", document.body);
anew.onclick = () => {
  list.replaceChildren();
  document.querySelectorAll(".file").forEach((file) => file.remove());
  models.value = "Small";
};"""
COMES_BACK = """field.addEventListener("input", () => {
  add("user", "An old question");
  add("bot", "An old answer");
}, { once: true });"""
LOADS_ANEW = """field.addEventListener("input", () => {
  if (!sessionStorage.loaded) setTimeout(() => location.reload(), 50);
  sessionStorage.loaded = 1;
});"""
GOES_OVER = 'files.addEventListener("change", () => { models.value = "Small"; });'


@pytest.mark.parametrize("setup", [COMES_BACK, LOADS_ANEW, GOES_OVER], ids=["anew", "loaded", "gone over"])
async def test_a_page_that_forgets_model_and_files(talking: Any, small: Any, setup: str) -> None:
    """What a page forgets of model and files, as it begins or is loaded anew or gets a file, goes along."""
    small.setup = f"{CHOICE}{setup}"
    small.script = """
const given = [...document.querySelectorAll(".file")].map((file) => file.textContent);
await ask([models.value, ...given].join());
add("bot", "Yes");"""
    selectors = {"file_input": "#file", "file_thumbnail": ".file", "new_chat_button": ".new"}
    big = {"models": {"select": "#models"}, "options": {"default_model": "Big"}}
    async with talking(selectors, **big) as connection:
        await connection.send([show("What is this?", PNG)])

    assert small.asked == ["Big,image-1.png"]


async def test_a_paste_that_becomes_a_file_is_no_draft(talking: Any, small: Any) -> None:
    """What a page makes of the message's own paste keeps a first message from nothing."""
    small.setup = """field.addEventListener("paste", (event) => {
  event.preventDefault();
  add("file", "Pasted text", document.body);
});"""
    small.script = "await ask(text); add('bot', 'Yes');"
    long = "words of a long text " * 5
    async with talking({"file_thumbnail": ".file"}, options={"pace": "quick"}) as connection:
        await connection.send(long)

    assert [asked.strip() for asked in small.asked] == [long.strip()]
