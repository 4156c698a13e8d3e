"""Messages on their way are kept, without a word of them, until their fate was told."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import anyio
import pytest
import structlog  # noqa: F401 - the first line that is logged would load it from files, within the loop
from hypothesis import given
from hypothesis import strategies as st

from jackfield import Certainty, SubmissionUncertain
from jackfield_web import SessionStore
from jackfield_web.accounts import FileStore, LeftMessage
from jackfield_web.accounts._delivery import Delivery, Stage
from jackfield_web.accounts._outbox import _STORED, Kept, Outbox, left_messages

pytestmark = pytest.mark.anyio
ADDRESS = "https://chat.test/c/1"
TEXT = "Buy one ticket to Ulm, please"


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """Return an empty store."""
    return FileStore(tmp_path)


def on_its_way(outbox: Outbox, delivery: Delivery, text: str = TEXT) -> Kept:
    return Kept(outbox, delivery, LeftMessage.of(text, None))


async def left(store: FileStore) -> tuple[LeftMessage, ...]:
    """Return what the next program finds."""
    return await SessionStore(store.directory).left_messages("work")


async def test_each_stage_is_kept(store: FileStore) -> None:
    """What the next program would find says at each stage what an error would have said."""
    delivery, found = Delivery(), list[LeftMessage]()
    kept = on_its_way(Outbox(store, "work"), delivery)
    await kept.prepare()
    found += await left(store)
    await kept.press()
    found += await left(store)
    delivery.press()
    delivery.see()
    await kept.follow(None)
    found += await left(store)
    delivery.hear()
    await kept.follow(ADDRESS)
    found += await left(store)
    delivery.end()
    await kept.leave(None)

    assert [message.stage.name for message in found] == ["PREPARED", "PRESSED", "EVIDENT", "ANSWERING"]
    assert [message.certainty for message in found] == [
        Certainty.NOT_SENT,
        Certainty.UNKNOWN,
        Certainty.UNKNOWN,
        Certainty.STARTED,
    ]
    assert [message.conversation for message in found] == [None, None, None, ADDRESS]
    assert await left(store) == ()


async def test_the_error_leads_to_the_conversation(store: FileStore) -> None:
    """The next program raises what the killed one would have, and knows the message again by its text."""
    delivery = Delivery()
    kept = on_its_way(Outbox(store, "work"), delivery)
    delivery.press()
    delivery.hear()
    await kept.follow(ADDRESS)
    (message,) = await left(store)

    assert message.is_of(f"  {TEXT.replace(' ', chr(10))}")
    assert not message.is_of("Buy two tickets to Ulm, please")
    assert isinstance(message.error, SubmissionUncertain)
    assert (message.error.certainty, message.error.handle) == (Certainty.STARTED, ADDRESS)


async def test_no_word_of_it_is_on_the_disk(store: FileStore) -> None:
    """A salted digest stands for the text, in a file that only its owner can read."""
    for _ in range(2):
        await on_its_way(Outbox(store, "work"), Delivery(), "hunter2").prepare()
    (file,) = await anyio.to_thread.run_sync(lambda: list((store.directory / "deliveries").iterdir()))
    content = await anyio.Path(file).read_text()

    assert "hunter2" not in content + repr(await left(store))
    assert stat.S_IMODE((await anyio.Path(file).stat()).st_mode) == 0o600
    assert json.loads(content)["messages"][0]["digest"] not in repr(await left(store))


@pytest.mark.parametrize("stage", Stage)
async def test_who_is_cancelled_is_told_nothing(store: FileStore, stage: Stage) -> None:
    """What an answer or an error told is forgotten; what a cancellation left on its way is not."""
    for error in (None, ValueError(), KeyboardInterrupt()):
        delivery = Delivery()
        kept = on_its_way(Outbox(store, "work"), delivery)
        await kept.prepare()
        delivery.stage = stage
        await kept.leave(error)

        stays = isinstance(error, KeyboardInterrupt) and stage not in {Stage.PREPARED, Stage.OVER}
        assert bool(await left(store)) is stays


async def test_the_next_program_goes_on_with_what_was_left(store: FileStore) -> None:
    """It keeps what it found beside its own, and forgets what is read in its conversation."""
    delivery = Delivery()
    kept = on_its_way(Outbox(store, "work"), delivery)
    delivery.press()
    await kept.follow(ADDRESS)
    outbox = Outbox(store, "work")
    await outbox.open()
    mine = on_its_way(outbox, Delivery())
    await mine.prepare()
    assert len(await left(store)) == 2
    await mine.settle(ADDRESS)
    assert [message.stage for message in await left(store)] == [Stage.PREPARED]
    await mine.leave(None)

    assert await left(store) == ()


async def test_the_list_does_not_grow_without_end(store: FileStore) -> None:
    """The oldest of many messages that nobody asks for are forgotten."""
    outbox = Outbox(store, "work")
    for number in range(60):
        await on_its_way(outbox, Delivery(), str(number)).prepare()

    found = await left(store)
    assert len(found) == 50
    assert found[-1].is_of("59")


async def test_without_an_account_nothing_is_kept(store: FileStore) -> None:
    """Where no session is kept there is no outbox, and no file."""
    kept = Kept(None, Delivery(), LeftMessage.of(TEXT, None))
    await kept.prepare()
    await kept.press()
    await kept.leave(None)

    assert not await anyio.Path(store.directory / "deliveries").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"messages": []}',
        b'{"schema": 2, "messages": []}',
        b"\xff",
        b"[" * 99999,
    ],
)
async def test_what_makes_no_sense_tells_nothing(store: FileStore, content: bytes) -> None:
    """A damaged file is no message, and keeps nobody from sending."""
    await store.save("delivery", "work", content)

    assert await left(store) == ()
    await Outbox(store, "work").open()


@given(st.text())
def test_a_message_is_read_as_it_was_kept(text: str) -> None:
    """Kept and read again it is the same, and knows its text."""
    message = LeftMessage.of(text, ADDRESS)
    said = _STORED.unstructure(message)
    again = _STORED.structure(json.loads(json.dumps(said)), LeftMessage)

    assert again == message
    assert again.is_of(text)
    assert not _STORED.structure(said | {"digest": "\u00e9"}, LeftMessage).is_of(text)


async def test_reading_goes_by_the_account(store: FileStore) -> None:
    """One account's messages are none of another's."""
    await on_its_way(Outbox(store, "home"), Delivery()).prepare()

    assert await left_messages(store, "work") == ()
    assert len(await left_messages(store, "home")) == 1
