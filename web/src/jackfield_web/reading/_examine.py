"""Whether a page is as its Site says: looked at without sending anything, or tried.

Law: what can only be seen while something is asked is told so and held against nobody. Findings hold CSS and
counts, and nothing of what is said on the page. A drafted Site is one when it has read two answers in a row
on the page it was drafted from: each came, was complete by the draft's own sign, and says what it shows.
Runs where the page lives, in the browser host's loop.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import TYPE_CHECKING, Final

import anyio

from jackfield import Accumulator, Certainty, Finding, JackfieldError, ProviderError, Verdict

from ..browser import seen_in
from ..errors import PageChanged, last_seen
from ..hands import InputDriver, PlainInput, eventually
from ..page import Eyes, Thread, conversation_frame, find_visible, holders, read_models
from ..site import Site, are_alike, letters_of
from ._prepare import Wish, prepare
from ._reader import PageReader
from ._submit import send
from ._write import compose

if TYPE_CHECKING:
    from playwright.async_api import Frame, Locator, Page

_WORD: Final = "Hello"
_TRIALS: Final = 2
_DRAWN_SECONDS: Final = 3.0
_TYPED_SECONDS: Final = 60.0
_BUTTON_SECONDS: Final = 2.0
_NO_NEW_CHAT: Final = (
    "where a conversation is to begin the page shows an earlier one, and no button was found that begins a "
    "new one; write its CSS into selectors.new_chat_button, or into addresses.start an address that is empty"
)
_NEEDED: Final = (
    "chat_input",
    "logged_in",
    "send_button",
    "file_input",
    "models.button",
    "models.select",
    "models.current",
)
"""What a page shows to who is logged in and has written a word, if its Site describes it."""
_IN_LIST: Final = ("models.item", "models.more", "models.locked")
_WHEN: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("response_area", "user_turn", "finished", "copy_button", "ignore", "reasoning"), "in a conversation"
    ),
    **dict.fromkeys(("stop_button", "busy", "send_button_loading"), "while an answer is written"),
    **dict.fromkeys(("login_username", "login_password", "login_button"), "where nobody is logged in"),
    **dict.fromkeys(("file_thumbnail", "file_uploading"), "when a message has files"),
    "send_button_disabled": "while nothing can be sent",
    "error": "when the page fails to answer",
    "continue_button": "when an answer stops at the page's limit",
    "challenge": "when the page wants proof of a person",
    "limit_banner": "when the account's limit is reached",
    "dismiss": "when something lies over the page",
    "file_input": "where a press on the file button puts it into the page",
}
"""When the others are there."""


async def examine_page(page: Page, reader: PageReader, hands: InputDriver) -> list[Finding]:
    """Return what is found on *page*, which stands at the start, logged in."""
    site = reader.site
    frame = await conversation_frame(page, site)
    findings = [Finding("site", Verdict.FINE, f"{site.name}, {site.evidence or last_seen(site)}")]
    async with _word_written(page, site, hands):
        for name, selectors in site.named_selectors().items():
            if selectors and name not in _IN_LIST:
                findings.append(await _selector(frame, site, name, selectors))
    if site.models.is_there:
        findings.append(await _models(page, site, hands))
    return [*findings, *_wires(reader)]


@contextlib.asynccontextmanager
async def _word_written(page: Page, site: Site, hands: InputDriver) -> AsyncGenerator[None]:
    """Have a word in the composer for the length of a block: some pages have no send button before."""
    if (composer := await _composer(page, site)) is not None:
        await hands.type_text(composer, _WORD)
        frame = await conversation_frame(page, site)
        await find_visible(frame, site.selectors.send_button, seconds=_BUTTON_SECONDS)
    try:
        yield
    finally:
        if (composer := await _composer(page, site)) is not None:
            await hands.press(composer, "ControlOrMeta+A")
            await hands.press(composer, "Delete")


async def _composer(page: Page, site: Site) -> Locator | None:
    return await find_visible(await conversation_frame(page, site), site.composers)


async def _selector(frame: Frame, site: Site, name: str, selectors: tuple[str, ...]) -> Finding:
    about = name if "." in name else f"selectors.{name}"
    if name == "frame":
        # Found already: it is where the others are looked for, and it stands in the frame round that.
        frame, selectors = frame.parent_frame or frame, tuple(holders(path)[-1] for path in selectors)
    for place, css in enumerate(selectors, 1):
        # A field for files is hidden on most pages.
        found = frame.locator(f"css={css}") if name == "file_input" else seen_in(frame, css)
        if count := await found.count():
            which = f"{css}, number {place} of {len(selectors)}," if len(selectors) > 1 else css
            return Finding(about, Verdict.FINE, f"{which} finds {count}")
    if name in _NEEDED and not (name == "file_input" and site.selectors.file_button):
        told = f"finds nothing; {last_seen(site, name)}"
        return Finding(about, Verdict.WRONG, f"{', '.join(selectors)} {told}")
    return Finding(about, Verdict.NOTE, f"finds nothing here; it is there {_WHEN.get(name, 'at times')}")


async def _models(page: Page, site: Site, hands: InputDriver) -> Finding:
    try:
        offer = await read_models(page, site, hands)
    except ProviderError as error:
        return Finding("models", Verdict.WRONG, str(error))
    return Finding(
        "models", Verdict.FINE, f"the list offers {', '.join(offer.names)}; in use: {offer.current}"
    )


def _wires(reader: PageReader) -> Iterable[Finding]:
    for wire in reader.site.wires:
        about = f"wire {wire.url}"
        if wire.is_socket and reader.tap is not None and reader.tap.has_socket(wire):
            yield Finding(about, Verdict.FINE, "the page has such a socket open")
        elif wire.is_socket:
            yield Finding(about, Verdict.NOTE, "no such socket is open; it may open with the first message")
        else:
            yield Finding(
                about, Verdict.NOTE, "is only seen when something is asked, so it was not looked at"
            )


async def fault_of(page: Page, site: Site, message: str, eyes: Eyes) -> str:
    """Send *message* twice by *site*; return why it is not to be relied on, empty when it is."""
    try:
        async with PageReader(page, site) as reader:
            await page.goto(site.addresses.start, wait_until="domcontentloaded")
            thread = Thread(begins=True)
            for _ in range(_TRIALS):
                await prepare(page, reader, PlainInput(), Wish(text=message), thread)
                if fault := await _fault(await _answer(reader, message, eyes), message, eyes):
                    return fault
                thread = Thread(address=site.conversation_address(page.url))
    except JackfieldError as error:
        lacks_button = isinstance(error, PageChanged) and error.selector == "new_chat_button"
        if lacks_button and not site.selectors.new_chat_button:
            return _NO_NEW_CHAT
        return f"{type(error).__name__}: {error.message}"
    return ""


async def _answer(reader: PageReader, message: str, eyes: Eyes) -> str:
    folded, hands = Accumulator(), PlainInput()
    async with reader.reply(message) as reply:
        composed = await compose(reply, hands)
        await eyes.open()
        await eyes.ask("mark", message)
        submission = await send(reply, composed, hands)
        if submission.state == "not_sent":
            raise PageChanged(f"a message was not sent: {submission.reason}", certainty=Certainty.NOT_SENT)
        async for event in reply:
            folded.add(event)
    return folded.text


async def _fault(answer: str, message: str, eyes: Eyes) -> str:
    """Return what is wrong with an answer, if one looks at the page, which may type it on behind its wire."""
    if not letters_of(answer):
        return "an answer was read as empty"
    before: list[str] | None = None
    shown: list[str] = []

    async def is_shown() -> bool:
        nonlocal shown
        turns = await eyes.ask_again("turns", message)
        # Which of the parts that came after ours is the answer was told when the Site was drafted.
        shown = turns["texts"]
        return any(are_alike(answer, text) for text in shown)

    with anyio.move_on_after(_TYPED_SECONDS):
        while before != shown:
            before = shown
            if await eventually(is_shown, _DRAWN_SECONDS):
                return ""
    return "an answer was read otherwise than the page shows it" if shown else ""
