"""A store of somebody's own that fails: what is told, and what goes on all the same."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs
import pytest
import structlog  # noqa: F401 - the first line that is logged would load it from files, within the loop

from jackfield import Certainty, ProviderContext, TextDelta
from jackfield_playground import WebChatPlayground
from jackfield_web import SessionLocked, SessionStoreError
from jackfield_web.accounts import Kind, Lease, SessionStore, Store, read_login

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]


@attrs.define(eq=False)
class LostStore(Store):
    """A store over a database to which the connection is lost, for what is named."""

    rows: dict[tuple[str, str], bytes] = attrs.field(factory=dict)
    lost: frozenset[str] = frozenset()
    with_what: type[BaseException] = ConnectionError
    is_leased: bool = False

    async def load(self, kind: Kind, name: str) -> bytes | None:
        """Load a row."""
        self._ask("load")
        return self.rows.get((kind, name))

    async def save(self, kind: Kind, name: str, content: bytes | None) -> None:
        """Save a row, for who has the lease."""
        self._ask("save")
        if not self.is_leased:
            raise SessionLocked("the lease has ended")
        self.rows.pop((kind, name), None)
        if content is not None:
            self.rows[kind, name] = content

    async def lease(self, name: str) -> Lease:
        """Lease a name; here nobody else asks for it."""
        self._ask("lease")
        self.is_leased = True
        return self

    async def release(self) -> None:
        """Give it back."""
        self._ask("release")

    def _ask(self, call: str) -> None:
        if call in self.lost:
            raise self.with_what("postgres://jackfield:s3cret@db.test: the connection is lost")


@pytest.mark.parametrize("error", [ConnectionError, asyncio.CancelledError])
@pytest.mark.parametrize("call", ["load", "save", "lease"])
async def test_a_store_that_fails_is_told(
    connected: Any, password: ProviderContext, call: str, error: type[BaseException]
) -> None:
    """Which call of which store failed is said, and what it said itself, where secrets stand, is not."""
    store = LostStore(lost=frozenset({call}), with_what=error)
    with pytest.raises(SessionStoreError, match=rf"LostStore failed in {call}\('") as caught:
        async with connected(password, store=store, session="work") as connection:
            await connection.send("Hello?")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert error.__name__ in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("error", [ConnectionError, asyncio.CancelledError])
async def test_an_answer_outlives_its_store(
    connected: Any,
    chat: WebChatPlayground,
    password: ProviderContext,
    caplog: pytest.LogCaptureFixture,
    error: type[BaseException],
) -> None:
    """A store that is lost in mid-answer costs neither the answer nor the closing; the next message stays."""
    store = LostStore(with_what=error)
    chat.state.change(hold_after=3)
    async with connected(password, store=store, session="work") as connection:
        async with connection.stream("Hello?") as stream:
            async for event in stream:
                if isinstance(event, TextDelta) and not store.lost:
                    store.lost = frozenset({"load", "save", "release"})
                    chat.state.release()
        assert stream.response.content == chat.state.asked[0].answer
        with pytest.raises(SessionStoreError, match="LostStore failed in save") as caught:
            await connection.send("And now?")

    assert caught.value.certainty is Certainty.NOT_SENT
    assert len(chat.state.asked) == 1
    assert "session.not_released" in caplog.text
    assert "s3cret" not in caplog.text


async def test_a_connection_outlives_its_lease(
    connected: Any, chat: WebChatPlayground, password: ProviderContext
) -> None:
    """Where the lease has ended and nobody else had the account, the next message goes, and is counted."""
    store = LostStore()
    async with connected(password, store=store, session="work") as connection:
        await connection.send("Hello?")
        store.is_leased = False
        again = await connection.send("And now?")
        store.is_leased = False
        store.rows["allowance", "work"] = b"another's"
        with pytest.raises(SessionLocked, match="Open the connection anew") as caught:
            await connection.send("And then?")

    assert again.content == chat.state.asked[1].answer
    assert len(chat.state.asked) == 2
    assert caught.value.certainty is Certainty.NOT_SENT


async def test_a_person_s_login_is_found_in_it(connected: Any, chat: WebChatPlayground) -> None:
    """What a person's login saved in it is found by itself, where no credentials are given."""
    store = LostStore()
    state = read_login(f"playground_login={chat.state.new_login()}", url=chat.base_url)
    async with SessionStore(store=store).hold("custom_web") as held:
        await held.save(state)

    async with connected(login_required=True, store=store) as connection:
        response = await connection.send("Hello")

    assert response.success
