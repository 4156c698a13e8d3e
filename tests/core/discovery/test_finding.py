"""Finding a provider on an event loop: read once, imported once, and never on the loop itself."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import importlib_metadata
import pytest

import jackfield
from jackfield import ContractBroken, ImportFailed, NameTaken, ProviderManager, ProviderSpec, UnknownProvider
from jackfield._plugins import Plugins

pytestmark = pytest.mark.anyio


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The threads that went through the installed distributions, in order."""
    threads: list[int] = []
    distributions = importlib_metadata.distributions

    def counted() -> Any:
        threads.append(threading.get_ident())
        return distributions()

    monkeypatch.setattr(importlib_metadata, "distributions", counted)
    return threads


async def find_all(plugins: Plugins, names: list[str]) -> list[ProviderSpec | Exception]:
    """Ask for all names at once; return what each became."""
    found: dict[int, ProviderSpec | Exception] = {}

    async def find(number: int, name: str) -> None:
        try:
            found[number] = await plugins.find(name)
        except Exception as error:  # noqa: BLE001  it is looked at
            found[number] = error

    async with anyio.create_task_group() as tasks:
        for number, name in enumerate(names):
            tasks.start_soon(find, number, name)
    return [found[number] for number in range(len(names))]


async def test_a_thousand_installed(site: Any, reads: list[int]) -> None:
    """Of a thousand installed providers the metadata are read once, in a worker thread, for many names."""
    for number in range(1000):
        site.distribution(f"fake-{number}", {f"fake_{number}": "nothing"})
    names = [f"real_{number}" for number in range(5)]
    for name in names:
        site.provider(name)
    plugins = Plugins()

    found = await find_all(plugins, names[:4])
    found.append(await plugins.find("real_4"))

    assert [spec.name for spec in found if isinstance(spec, ProviderSpec)] == names
    assert len(reads) == 1
    assert reads[0] != threading.get_ident()


async def test_missed_names(site: Any, reads: list[int]) -> None:
    """A name that is not there is looked for once more, for all who ask at once; then it may be installed."""
    site.provider("good")
    plugins = Plugins()
    await plugins.find("good")

    missed = await find_all(plugins, ["late"] * 20)
    assert {type(error) for error in missed} == {UnknownProvider}
    assert len(reads) == 2

    site.provider("late")
    assert (await plugins.find("late")).name == "late"
    assert len(reads) == 3


async def test_first_name_is_missed(site: Any, reads: list[int]) -> None:
    """What was read for the very name that is missing is not read again for it."""
    with pytest.raises(UnknownProvider):
        await Plugins().find("nowhere")

    assert len(reads) == 1


COUNTED = "import jackfield\njackfield.hits = getattr(jackfield, 'hits', 0) + 1\n"


async def test_one_name_asked_for_by_many(site: Any) -> None:
    """Many who ask for one name at once get one specification of one import."""
    site.provider("good", body=COUNTED)
    specs = await find_all(Plugins(), ["good"] * 50)

    assert vars(jackfield).pop("hits") == 1
    assert len({id(spec) for spec in specs}) == 1


async def test_broken_for_all(site: Any) -> None:
    """A plugin that cannot be used is set aside for everybody who asks, and tried once."""
    site.module("plugin_bad", f"{COUNTED}raise OSError")
    site.distribution("bad-dist", {"bad": "plugin_bad"})
    for name in ("first-dist", "second-dist"):
        site.distribution(name, {"twice": "os"})
    plugins = Plugins()
    found = await find_all(plugins, ["bad", "twice", "bad", "bad"])

    assert vars(jackfield).pop("hits") == 1
    assert [type(error) for error in found] == [ImportFailed, NameTaken, ImportFailed, ImportFailed]
    assert sorted(plugins._set_aside) == ["bad", "twice"]


GATED = "import threading\nimport jackfield\njackfield.begun.set(); jackfield.gate.wait(20)\n"


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """An import of a module with the source `GATED` ends when this is set."""
    for name in ("begun", "gate"):
        monkeypatch.setitem(vars(jackfield), name, threading.Event())
    gate: threading.Event = vars(jackfield)["gate"]
    return gate


async def test_an_import_that_hangs(site: Any, gate: threading.Event) -> None:
    """G9: an import that hangs keeps no other waiting; its asker can be cancelled, and it is loaded later."""
    site.provider("slow", body=GATED)
    site.provider("good")
    plugins = Plugins()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(plugins.find, "slow")
        await anyio.to_thread.run_sync(vars(jackfield)["begun"].wait)
        assert (await plugins.find("good")).name == "good"
        tasks.cancel_scope.cancel()
    assert "slow" not in plugins._specs
    gate.set()

    assert (await plugins.find("slow")).name == "slow"
    assert len(plugins._manager.hook.jackfield_register_providers.get_hookimpls()) == 2


async def test_registering_is_off_the_loop(site: Any) -> None:
    """What a plugin reads while it registers its providers blocks no event loop either."""
    site.provider(
        "good",
        body="specs = jackfield_register_providers()\n@hookimpl\ndef jackfield_register_providers():\n"
        "    import pathlib; pathlib.Path(__file__).read_text()\n    return specs\n",
    )

    assert (await Plugins().find("good")).name == "good"


async def test_middleware_is_found_off_the_loop(site: Any, reads: list[int]) -> None:
    """Installed middleware is found and imported like a provider, from what was read once."""
    site.provider("good")
    site.module(
        "audit", "from jackfield import hookimpl\n@hookimpl\ndef jackfield_stream_event(event): pass\n"
    )
    site.distribution("audit-dist", {"audit": "audit"}, group="jackfield.middleware")
    plugins = Plugins()
    await plugins.find("good")
    assert not plugins.listens("jackfield_stream_event")

    await plugins.find_middleware("audit")
    await plugins.find_middleware("audit")

    assert plugins.listens("jackfield_stream_event")
    assert len(reads) == 1


def test_what_is_known_is_not_looked_for(site: Any, reads: list[int], make_spec: Any) -> None:
    """A name that is known costs nothing, nor does a provider that the program hands over."""
    site.provider("good")
    manager = ProviderManager()
    for _ in range(3):
        manager._plugins.spec("good")

    assert len(reads) == 1


@pytest.mark.parametrize(
    "source", ["raise Panic", "@hookimpl\ndef jackfield_register_providers(): raise Panic"]
)
async def test_a_native_part_that_panics(site: Any, source: str) -> None:
    """G1, G2: a plugin whose native part panics is set aside with its reason, no `Exception` though it is."""
    panic = "from jackfield import hookimpl\nclass Panic(BaseException): pass\n"
    site.module("plugin_bad", panic + source)
    site.distribution("bad-dist", {"bad": "plugin_bad"})

    with pytest.raises((ImportFailed, ContractBroken), match="Panic"):
        await Plugins().find("bad")
