"""Loading plugins: what cannot be used is set aside with its reason, and everything else goes on."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import pytest

from jackfield import (
    ContractBroken,
    ImportFailed,
    NameTaken,
    PluginError,
    PluginState,
    ProviderManager,
    Secret,
    UnknownProvider,
    hookimpl,
)


def set_aside(site: Any, source: str, *, name: str = "bad") -> PluginError:
    """Install a provider with that source next to a good one; return why it was set aside."""
    site.provider("good")
    site.module(f"plugin_{name}", source)
    site.distribution(f"{name}-dist", {name: f"plugin_{name}"})
    manager = ProviderManager()
    with pytest.raises(PluginError) as caught:
        manager._plugins.spec(name)

    states = {one.name: one for one in manager.installed()}
    assert states[name].state is PluginState.SET_ASIDE
    assert states[name].reason == caught.value.message
    assert manager._plugins.spec("good").title == "good"
    with pytest.raises(type(caught.value)):
        manager._plugins.spec(name)
    manager._plugins.notify("jackfield_provider_opened", connection=None)
    return caught.value


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import a_module_that_is_not_there", "ModuleNotFoundError: No module named"),
        ("raise ValueError('at import')", "ValueError: at import"),
        ("raise SystemExit('at import')", "SystemExit: at import"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("def broken(:", "SyntaxError"),
        ("\0", "SyntaxError|null"),
    ],
    ids=range(6),
)
def test_broken_import(site: Any, source: str, told: str) -> None:
    """A plugin that does not import is set aside; SystemExit does not end the program."""
    with pytest.raises(ImportFailed, match=told) as caught:
        raise set_aside(site, source)

    assert caught.value.distribution == "bad-dist"
    assert "pip install --force-reinstall bad-dist" in str(caught.value)


def test_keyboard_interrupt_passes(site: Any) -> None:
    """Control-C during an import ends the program, as the person who pressed it wants."""
    site.module("plugin_slow", "raise KeyboardInterrupt")
    site.distribution("slow-dist", {"slow": "plugin_slow"})

    with pytest.raises(KeyboardInterrupt):
        ProviderManager()._plugins.spec("slow")


@pytest.mark.parametrize("value", ["plugin_bad:missing", "not a module!!", "", "no.such.module", "os:path:x"])
def test_broken_entry_point(site: Any, value: str) -> None:
    """An entry point that leads nowhere is told as an import that failed."""
    site.module("plugin_bad", "")
    site.distribution("bad-dist", {"bad": value})

    with pytest.raises(ImportFailed, match="bad-dist cannot be imported"):
        ProviderManager()._plugins.spec("bad")


HOOK = "from jackfield import hookimpl\n@hookimpl\n"
WRAPPER = HOOK.strip() + "(wrapper=True)\ndef jackfield_wrap_request(spec): return (yield)"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (HOOK + "def jackfield_provider_opened(conection): pass", "conection"),
        (HOOK + "def jackfield_provider_opend(connection): pass", "unknown hook 'jackfield_provider_opend'"),
        (HOOK + "async def jackfield_provider_opened(connection): pass", "asynchronous"),
        (HOOK + "async def jackfield_register_providers(): return []", "asynchronous"),
        (HOOK + "async def jackfield_register_providers(): yield 1", "asynchronous"),
        (HOOK + "def jackfield_register_providers(): raise KeyError('x')", "KeyError: 'x'"),
        (HOOK + "def jackfield_register_providers(): raise SystemExit(1)", "SystemExit: 1"),
        (HOOK + "def jackfield_register_providers(): return None", "gave NoneType, not ProviderSpec"),
        (HOOK + "def jackfield_register_providers(): return ['bad']", "gave str, not ProviderSpec"),
        (HOOK + "def jackfield_register_providers(): return []", "registers no provider called 'bad'"),
        ("", "registers no provider called 'bad'"),
        (WRAPPER, "is a hook wrapper"),
    ],
    ids=range(12),
)
def test_contract_broken(site: Any, source: str, told: str) -> None:
    """A hook with a wrong name, signature, kind or answer sets its plugin aside, with what was found."""
    with pytest.raises(ContractBroken, match=told) as caught:
        raise set_aside(site, source)

    assert "bad-dist does not fit the hooks" in str(caught.value)
    assert "jackfield.hookspecs" in str(caught.value)


def test_hooks_of_what_was_set_aside(site: Any) -> None:
    """A plugin that was set aside is gone wholly: none of its other hooks is called later."""
    source = HOOK + "def jackfield_provider_opened(connection): raise SystemError('called')\n"
    set_aside(site, source + "@hookimpl\ndef jackfield_register_providers(): return [5]")


def test_another_name_than_promised(site: Any) -> None:
    """A plugin cannot take a name that its distribution's entry points do not name."""
    site.provider("good")
    site.module("plugin_thief", "from plugin_good import *")
    site.distribution("thief-dist", {"thief": "plugin_thief"})
    manager = ProviderManager()

    with pytest.raises(ContractBroken, match="'good', which none of its entry points names"):
        manager._plugins.spec("thief")
    assert manager._plugins.spec("good").open.__module__ == "plugin_good"


def test_one_module_two_providers(site: Any) -> None:
    """One distribution may bring several providers in one module; a promise it breaks harms no other."""
    site.provider("one")
    site.module(
        "pair",
        "import attrs, plugin_one\n"
        "@plugin_one.hookimpl\n"
        "def jackfield_register_providers():\n"
        "    (spec,) = plugin_one.jackfield_register_providers()\n"
        "    return [attrs.evolve(spec, name=name) for name in ('left', 'right')]\n",
    )
    site.distribution("pair-dist", {"left": "pair", "right": "pair", "third": "pair"})
    plugins = ProviderManager()._plugins

    assert (plugins.spec("left").name, plugins.spec("right").name) == ("left", "right")
    with pytest.raises(ContractBroken, match="registers no provider called 'third'"):
        plugins.spec("third")
    assert len(plugins._manager.hook.jackfield_register_providers.get_hookimpls()) == 1


def test_unknown_provider(site: Any) -> None:
    """A misspelt provider is told with the near names, and is found when it is installed afterwards."""
    site.provider("good")
    manager = ProviderManager()
    with pytest.raises(UnknownProvider, match=r"Did you mean 'good'.*pip install"):
        manager._plugins.spec("goood")

    site.provider("goood")

    assert manager._plugins.spec("goood").name == "goood"


async def opened_by(manager: ProviderManager) -> str:
    """Ask the installed provider `good` something."""
    async with manager:
        await manager.add_provider("good")
        return (await manager.send_message("good", "Hi")).content


@pytest.mark.anyio
async def test_installed_provider_answers(site: Any) -> None:
    """An installed provider is opened by its name alone, and answers."""
    site.provider("good")

    assert await opened_by(ProviderManager()) == "good: Hi"


@pytest.mark.anyio
async def test_middleware_group(site: Any) -> None:
    """Installed middleware is loaded only when it is named, and then it is called."""
    site.provider("good")
    site.module(
        "audit",
        "from jackfield import hookimpl\nseen = []\n"
        "@hookimpl\ndef jackfield_response_finished(response): seen.append(response.content)\n",
    )
    site.distribution("audit-dist", {"audit": "audit"}, group="jackfield.middleware")
    assert await opened_by(ProviderManager()) == "good: Hi"
    assert "audit" not in sys.modules

    assert await opened_by(ProviderManager(middleware=["audit", "audit"])) == "good: Hi"

    assert sys.modules["audit"].seen == ["good: Hi"]


@pytest.mark.parametrize(
    ("names", "error"),
    [
        ({"other": "audit"}, UnknownProvider),
        ({"audit": "a_module_that_is_not_there"}, ImportFailed),
        ({"audit": "plugin_twice"}, ContractBroken),
    ],
)
def test_broken_middleware(site: Any, names: dict[str, str], error: type[PluginError]) -> None:
    """Middleware that was asked for and cannot be used is an error at once: it was wanted."""
    site.module("plugin_twice", HOOK + "def jackfield_no_such_hook(): pass")
    site.distribution("audit-dist", names, group="jackfield.middleware")

    with pytest.raises(error):
        ProviderManager(middleware=["audit"])


def test_middleware_name_taken(site: Any) -> None:
    """Middleware that two distributions claim is ambiguous, and refused."""
    for name in ("first-dist", "second-dist"):
        site.distribution(name, {"audit": "os"}, group="jackfield.middleware")

    with pytest.raises(NameTaken):
        ProviderManager(middleware=["audit"])


class Nothing:
    """A plugin that implements nothing of interest."""

    @hookimpl
    def jackfield_provider_opened(self) -> None:
        pass


def test_program_plugins(make_spec: Any) -> None:
    """A program may hand over several plugins of one class, but not one provider name twice."""
    plugin = type("Plugin", (), {"jackfield_register_providers": hookimpl(lambda self: [make_spec()])})
    ProviderManager(plugins=[Nothing(), Nothing()])

    with pytest.raises(NameTaken, match="'scripted'"):
        ProviderManager(plugins=[plugin(), plugin()])


@pytest.mark.parametrize("method", ["jackfield_unheard_of", "jackfield_status_changed"])
def test_program_plugin_that_does_not_fit(method: str) -> None:
    """A program's own plugin is checked like an installed one, and told by its class."""
    plugin = type("Odd", (), {method: hookimpl(lambda self, unheard_of: None)})

    with pytest.raises(ContractBroken, match=r"^Odd does not fit the hooks"):
        ProviderManager(plugins=[plugin()])


def test_no_secret_in_the_reason(site: Any) -> None:
    """A plugin that puts a key into its exception does not get it into ours."""
    key = Secret("canary-" + "k" * 12)
    site.module("plugin_bad", f"raise ValueError('key: ' + 'canary-' + 'k' * {12})")
    site.distribution("bad-dist", {"bad": "plugin_bad"})

    with pytest.raises(ImportFailed) as caught:
        ProviderManager()._plugins.spec("bad")
    assert key.reveal() not in str(caught.value)
    assert key.reveal() not in "".join(traceback.format_exception_only(caught.value))


def test_what_a_plugin_logs(site: Any, caplog: pytest.LogCaptureFixture) -> None:
    """G13: what an installed plugin's modules log is masked for other people's handlers too."""
    key = Secret("canary-" + "k" * 12)
    site.provider("good")
    ProviderManager()._plugins.spec("good")
    logging.getLogger("plugin_good.client").warning("using %s", key.reveal())

    assert caplog.messages == ["using **********"]
