"""The sync door and the asynchronous interface have the same names, parameters and words."""

from __future__ import annotations

import inspect
import re
from typing import Any

import attrs
import pytest

import jackfield
from jackfield import sync

PAIRS = [(getattr(jackfield, name), getattr(sync, name)) for name in sync.__all__]
NAMES = sync.__all__

OTHER_NAMES = {
    "Connection": {
        # What the tasks of the event loop do with a connection, and what is alive there.
        *("gate", "give_up", "hold_open", "login", "open", "slots", "stay_open", "wake"),
    },
    "ResponseStream": {"cut", "run", "hurry", "read_ahead"},
    "ProviderManager": {"backend", "close"},
}


def public(thing: Any) -> set[str]:
    """Return the public attributes and methods of a class of ours."""
    fields = {field.name for field in attrs.fields(thing)} if attrs.has(thing) else set()
    return {name for name in fields | members(thing).keys() if not name.startswith("_")}


def members(thing: Any) -> dict[str, Any]:
    """Return what a class of ours is made of, what it inherits from another of ours included."""
    ours = [one for one in reversed(thing.__mro__) if one.__module__.startswith("jackfield.")]
    return {name: member for one in ours for name, member in vars(one).items()}


def in_plain_words(text: str | None) -> str:
    """Return what is said without what is said of asynchronous programs only."""
    return re.sub(r"\b(async|await) ", "", text or "")


def parameters(function: Any) -> list[inspect.Parameter]:
    """Return the parameters, but for what only the sync door has."""
    found = inspect.signature(function).parameters.values()
    return [parameter for parameter in found if parameter.name != "backend"]


@pytest.mark.parametrize(("asynchronous", "plain"), PAIRS, ids=NAMES)
def test_same_names(asynchronous: Any, plain: Any) -> None:
    """Each class has the names of the other, but for those that only make sense on one side."""
    if inspect.isclass(plain):
        assert public(asynchronous) ^ public(plain) <= OTHER_NAMES.get(plain.__name__, set())


@pytest.mark.parametrize(("asynchronous", "plain"), PAIRS, ids=NAMES)
def test_same_signatures(asynchronous: Any, plain: Any) -> None:
    """Each method takes the same parameters, says the same, and blocks instead of being awaited."""
    pairs = [(asynchronous, plain)]
    if inspect.isclass(plain):
        shared = public(asynchronous) & public(plain)
        pairs = [(members(asynchronous).get(name), members(plain).get(name)) for name in sorted(shared)]
    for one, other in pairs:
        if not inspect.isfunction(one) or not inspect.isfunction(other):
            continue
        assert parameters(one) == parameters(other), other.__qualname__
        ours, theirs = inspect.getdoc(other), inspect.getdoc(one)
        assert in_plain_words(ours).startswith(in_plain_words(theirs).partition("\n\nArgs")[0])
        assert not inspect.iscoroutinefunction(other)


@pytest.mark.parametrize("plain", [plain for _, plain in PAIRS], ids=NAMES)
def test_documented(plain: Any) -> None:
    """Everything public says what it is for."""
    assert inspect.getdoc(plain)
    for name in public(plain) if inspect.isclass(plain) else ():
        member = vars(plain).get(name)
        if inspect.isfunction(member) or isinstance(member, property):
            assert inspect.getdoc(member), f"{plain.__name__}.{name}"
