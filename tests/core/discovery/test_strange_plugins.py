"""Plugins that say something of another type than the contract: set aside with a reason, or told of."""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from jackfield import (
    ConfigError,
    ContractBroken,
    Provider,
    ProviderManager,
    ProviderOptions,
    connect,
    hookimpl,
    prepare,
    providers,
)
from jackfield._discovery import allows

pytestmark = pytest.mark.anyio


class Another(enum.Enum):
    """Members of another enum."""

    MODELS = "models"


FIELDS: dict[str, tuple[Any, ...]] = {
    "title": (None, 5),
    "type": ("api_based", None),
    "options": (dict, ProviderOptions(), None),
    "open": (None, "open"),
    "auth_types": ("token", ["magic"], [5]),
    "capabilities": ("MODELS", ["MODELS"], [Another.MODELS], None),
    "effect": ("costly", None),
    "request_options": (dict, 5),
    "model_family": ("gpt",),
    "env_prefix": (5,),
    "env_names": (["TOKEN"],),
    "examine": ("look",),
}


@pytest.mark.parametrize("field", FIELDS)
def test_fields_of_a_spec(make_spec: Any, field: str) -> None:
    """A spec with a field of another type is refused where it is made: its plugin is told why."""
    for value in FIELDS[field]:
        with pytest.raises((TypeError, ValueError)):
            make_spec(**{field: value})


async def test_one_strange_distribution(site: Any) -> None:
    """A plugin whose spec is refused is set aside with the reason, and the others go on."""
    site.provider("good")
    site.provider("bad")
    source = (site.folder / "plugin_bad.py").read_text()
    site.module("plugin_bad", source.replace("options=ProviderOptions", "options=dict"))

    with pytest.raises(ContractBroken, match="options is a subclass of ProviderOptions"):
        prepare("bad")
    async with ProviderManager() as manager:
        await manager.add_provider("good")
        assert (await manager.send_message("good", "Hi")).content == "good: Hi"


def test_a_version_of_thousands_of_digits(site: Any) -> None:
    """A distribution that wants a core of a version that nobody can read does not hide the others."""
    huge = "9" * 5000
    site.provider("good")
    site.provider("huge", requires=[f"jackfield>={huge}"])
    site.provider("other", version=huge[:200])

    assert {"good", "huge", "other"} <= {one.name for one in providers()}
    assert allows(f">={huge}", "0.1.0")


@pytest.mark.parametrize("kind", [SystemExit, RuntimeError])
def test_options_that_raise(make_plugin: Any, kind: type[BaseException]) -> None:
    """Checks of a plugin's own may refuse options, and may not end the program."""

    @attrs.frozen(kw_only=True)
    class Options(ProviderOptions):
        def __attrs_post_init__(self) -> None:
            raise kind("no")

    with pytest.raises(ContractBroken if kind is SystemExit else ConfigError):
        prepare("scripted", plugins=[make_plugin(options=Options)])


def gives(answer: Any) -> Callable[..., Any]:
    """Return a method that gives *answer*, whatever it is asked."""

    async def give(*_: Any) -> Any:
        return answer

    return give


ANSWERS: list[tuple[str, Any]] = [
    *(("list_models", answer) for answer in (None, "abc", [1], 5)),
    *(("examine", answer) for answer in (None, "abc", ["fine"])),
    *(("check_health", answer) for answer in (False, True, "fine")),
]


@pytest.mark.parametrize(("method", "answer"), ANSWERS)
async def test_answers_of_another_type(make_spec: Any, method: str, answer: Any) -> None:
    """What a method gives is looked at before it is passed on: something else breaks the contract."""
    strange = type("Strange", (Provider,), {"stream": gives(None), method: gives(answer)})
    async with connect("scripted", plugins=[registering(make_spec(open=opening(strange)))]) as connection:
        with pytest.raises(ContractBroken, match=f"{method} gave"):
            await getattr(connection, method)()


@pytest.mark.parametrize("capabilities", ["MODELS", ["MODELS"]])
async def test_capabilities_once_open(make_spec: Any, capabilities: Any) -> None:
    """What an opened provider can do is looked at when it opens, not by whoever asks first."""
    strange = type("Strange", (Provider,), {"stream": gives(None), "capabilities": capabilities})
    with pytest.raises(ContractBroken, match="members of Capability"):
        async with connect("scripted", plugins=[registering(make_spec(open=opening(strange)))]):
            pass


async def test_coroutines_in_place_of_contexts(make_spec: Any) -> None:
    """A coroutine where a context is due is told as such, and closed: nothing warns that nobody awaits it."""
    strange = type("Strange", (Provider,), {"stream": gives(None)})
    async with connect("scripted", plugins=[registering(make_spec(open=opening(strange)))]) as connection:
        with pytest.raises(ContractBroken, match="not a coroutine"):
            await connection.send("Hi")
    with pytest.raises(ContractBroken, match="not a coroutine"):
        async with connect("scripted", plugins=[registering(make_spec(open=gives(strange())))]):
            pass


def opening(kind: type[Provider]) -> Any:
    """Return what opens a provider of that kind."""

    @asynccontextmanager
    async def open_provider(_: Any) -> AsyncIterator[Provider]:
        yield kind()

    return open_provider


def registering(spec: Any) -> object:
    """Return a plugin that registers *spec*."""
    return type("P", (), {"jackfield_register_providers": hookimpl(lambda self: [spec])})()
