"""A person's login, as who lists credentials asks for it: with no event loop running."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from jackfield import prepare
from jackfield_playground import WebChatPlayground
from jackfield_web.accounts import FileStore, SessionStore, StorageState


@pytest.mark.parametrize("is_own", [True, False], ids=["own store", "files"])
def test_a_person_s_login_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_own: bool) -> None:
    """It is found where the connection's store keeps it, and nowhere else."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "usual"))
    own, site = FileStore(tmp_path / "own"), WebChatPlayground().site
    connections = [prepare("custom_web", {"site": site, **more}) for more in ({}, {"store": own})]
    before = [connection.login.known() for connection in connections]
    anyio.run(_log_in_by_hand, SessionStore(store=own) if is_own else SessionStore())

    assert before == [None, None]
    assert [connection.login.known() is not None for connection in connections] == [not is_own, is_own]


async def _log_in_by_hand(sessions: SessionStore) -> None:
    async with sessions.hold("custom_web") as held:
        await held.save(StorageState())
