"""Where credentials come from and where they go, and the person who is called."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from jackfield import (
    AuthenticationRequired,
    ChallengeRequired,
    ContractBroken,
    ProviderContext,
    ProviderStatus,
    Secret,
)

pytestmark = pytest.mark.anyio

TOKEN = ProviderContext("scripted", "token", {"token": "abc"})


async def test_load_context(make_manager: Any, script: Any, implement: Any, raising: Any) -> None:
    """The first plugin that knows credentials is believed, in a worker thread; others are not asked."""
    threads: list[Any] = []

    def load(spec: Any, connection_name: str) -> ProviderContext:
        threads.append((threading.current_thread(), spec.name, connection_name))
        return TOKEN

    plugins = [
        implement(load_context=lambda: None),
        implement(load_context=raising(OSError("the keyring is broken"))),
        implement(load_context=load),
        implement(load_context=raising(AssertionError())),
    ]
    async with make_manager(*plugins, auth_types={"token"}) as manager:
        connection = await manager.add_provider("scripted", name="work")
        assert connection.status is ProviderStatus.ACTIVE

    assert script.tokens == ["abc"]
    ((thread, *named),) = threads
    assert thread is not threading.main_thread()
    assert named == ["scripted", "work"]


async def test_environment_goes_first(
    make_manager: Any, script: Any, monkeypatch: pytest.MonkeyPatch, implement: Any
) -> None:
    """The environment goes before what other plugins know."""
    monkeypatch.setenv("SCRIPTED_TOKEN", "from-environment")
    async with make_manager(implement(load_context=lambda: TOKEN), auth_types={"token"}) as manager:
        await manager.add_provider("scripted")

    assert script.tokens == ["from-environment"]


async def test_load_context_that_says_why_not(make_manager: Any, implement: Any, raising: Any) -> None:
    """A plugin may say why there are no credentials, and is heard."""
    locked = implement(load_context=raising(AuthenticationRequired("the keyring is locked")))
    async with make_manager(locked, auth_types={"token"}) as manager:
        connection = await manager.add_provider("scripted")
        assert connection.status is ProviderStatus.AUTHENTICATION_REQUIRED

        with pytest.raises(AuthenticationRequired, match="the keyring is locked"):
            await connection.send("Hi")


async def test_load_context_of_a_wrong_type(make_manager: Any, implement: Any) -> None:
    """A plugin that gives something else than a context breaks the contract, and is named."""
    async with make_manager(implement(load_context=lambda: "abc"), auth_types={"token"}) as manager:
        with pytest.raises(ContractBroken, match="jackfield_load_context of Plugin gave str"):
            await manager.add_provider("scripted")


async def test_store_context(make_manager: Any, script: Any, implement: Any, raising: Any) -> None:
    """A renewed context is offered to the plugins until one keeps it, in a worker thread."""
    script.renewed = ProviderContext("scripted", "token", {"token": "renewed"})
    kept: list[Any] = []

    def keep(spec: Any, connection_name: str, context: ProviderContext) -> bool:
        kept.append((connection_name, context, threading.current_thread() is threading.main_thread()))
        return True

    plugins = [
        implement(store_context=lambda context: None),
        implement(store_context=raising(OSError("the disk is full"))),
        implement(store_context=keep),
        implement(store_context=raising(AssertionError())),
    ]
    async with make_manager(*plugins, auth_types={"token"}) as manager:
        await manager.add_provider("scripted")
        await manager.set_provider_context("scripted", TOKEN)
        assert manager.get_provider("scripted").status is ProviderStatus.ACTIVE

    assert kept == [("scripted", script.renewed, False)]


async def test_forget_context(make_manager: Any, implement: Any, raising: Any) -> None:
    """Every plugin is asked to forget, in a worker thread; what fails is told and keeps nobody from it."""
    asked: list[Any] = []

    def forget(spec: Any, connection_name: str, options: Any) -> list[str]:
        in_main = threading.current_thread() is threading.main_thread()
        asked.append((spec.name, connection_name, options.timeout, in_main))
        return ["the session"]

    locked = AuthenticationRequired("the keyring is locked")
    plugins = [
        implement(forget_context=lambda: None),
        implement(forget_context=raising(OSError("the disk is broken"))),
        implement(forget_context=raising(locked)),
        implement(forget_context=forget),
    ]
    async with make_manager(*plugins) as manager:
        connection = await manager.add_provider("scripted", {"timeout": 7.0}, name="work")
        deleted, failed = await connection.login.forget()

    assert asked == [("scripted", "work", 7.0, False)]
    assert deleted == ["the session"]
    broken, refused = failed
    assert isinstance(broken, ContractBroken)
    assert "cannot forget: OSError: the disk is broken" in str(broken)
    assert refused is locked


async def test_ask_person(make_manager: Any, script: Any, implement: Any, raising: Any) -> None:
    """A provider may ask the account's owner while it logs in; the first plugin that answers is believed."""
    script.question = "Which code?"
    asked: list[Any] = []

    def ask(spec: Any, connection_name: str, question: str) -> str:
        asked.append((spec.name, connection_name, question, threading.current_thread()))
        return "123456"

    plugins = [
        implement(ask_person=lambda: None),
        implement(ask_person=raising(OSError("no terminal"))),
        implement(ask_person=ask),
        implement(ask_person=raising(AssertionError())),
    ]
    async with make_manager(*plugins, auth_types={"token"}) as manager:
        await manager.add_provider("scripted", name="work")
        await manager.set_provider_context("work", TOKEN)

    ((*facts, thread),) = asked
    assert facts == ["scripted", "work", "Which code?"]
    assert thread is not threading.main_thread()
    assert script.answers == [Secret("123456")]
    assert "123456" not in repr(script.answers)


@pytest.mark.parametrize("plugins", [0, 1], ids=["nobody there", "nobody answers"])
async def test_nobody_to_ask(make_manager: Any, script: Any, implement: Any, plugins: int) -> None:
    """A provider learns that nobody can be asked, and that nobody answered."""
    script.question = "Which code?"
    silent = [implement(ask_person=lambda: None)] * plugins
    async with make_manager(*silent, auth_types={"token"}) as manager:
        await manager.add_provider("scripted")
        await manager.set_provider_context("scripted", TOKEN)

    assert script.answers == [None]


async def test_an_answer_of_a_wrong_type(make_manager: Any, script: Any, implement: Any) -> None:
    """A plugin that answers with something else than text breaks the contract, and is named."""
    script.question = "Which code?"
    async with make_manager(implement(ask_person=lambda: 123456), auth_types={"token"}) as manager:
        await manager.add_provider("scripted")
        with pytest.raises(ContractBroken, match="jackfield_ask_person of Plugin gave int"):
            await manager.set_provider_context("scripted", TOKEN)


async def test_human_needed(make_manager: Any, script: Any, implement: Any) -> None:
    """A challenge is told to the plugins once, and the connection waits for the person."""
    script.attempts = [[ChallengeRequired("prove that you are human")]]
    seen: list[str] = []
    plugin = implement(
        human_needed=lambda connection, challenge: seen.append(f"{connection.name}: {challenge.message}")
    )
    async with make_manager(plugin, auth_types={"token"}) as manager:
        await manager.add_provider("scripted")
        await manager.set_provider_context("scripted", TOKEN)
        response = await manager.send_message("scripted", "Hi")
        again = await manager.send_message("scripted", "Hi")

        assert manager.get_provider("scripted").status is ProviderStatus.AUTHENTICATION_REQUIRED
    assert seen == ["scripted: prove that you are human"]
    assert isinstance(response.error, ChallengeRequired)
    assert isinstance(again.error, AuthenticationRequired)
    assert len(script.requests) == 1
