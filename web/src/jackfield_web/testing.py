"""The conformance kit for stores: give it two that keep in one place, and it tries every promise of `Store`.

It needs no test framework. In a test:

    await check_store(MyStore(address), MyStore(address))
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Final

import anyio

from jackfield import ContractBroken

from .accounts import KINDS, Store, leased
from .errors import SessionLocked

__all__ = ["check_store"]

_NAMES: Final = ("a-kit", "b_kit")
_BROWSER: Final = f"browser.{'0' * 64}"
_CONTENT: Final = bytes(range(256)) * 4096


async def check_store(one: Store, other: Store) -> None:
    """Try every promise of `Store`; what is kept of the accounts `a-kit` and `b_kit` is lost.

    Args:
        one: A store.
        other: Another one that keeps in the same place, as another program would have it.

    Raises:
        ContractBroken: A promise is broken; it says which.
    """
    await _check_keeping(one, other)
    await _check_setting_aside(one, other)
    await _check_leases(one, other)


async def _check_keeping(one: Store, other: Store) -> None:
    async with AsyncExitStack() as stack:
        for name in _NAMES:
            await stack.enter_async_context(leased(one, name))
        for name in _NAMES:
            for kind in KINDS:
                await one.save(kind, name, None)
                _require(await one.load(kind, name) is None, "what was forgotten is not there")
                await one.save(kind, name, f"{kind} {name}".encode())
        for name in _NAMES:
            for kind in KINDS:
                kept = await other.load(kind, name)
                _require(kept == f"{kind} {name}".encode(), "each kind of each account is kept by itself")
                _require(isinstance(kept, bytes), "what is kept is given as bytes")
        for content in (_CONTENT, b""):
            await one.save("session", _NAMES[0], content)
            _require(await other.load("session", _NAMES[0]) == content, "any bytes are kept as they are")
        for name in _NAMES:
            for kind in KINDS:
                await one.save(kind, name, None)


async def _check_setting_aside(one: Store, other: Store) -> None:
    async with leased(one, _NAMES[0]):
        await one.save("session", _NAMES[0], b"nonsense")
        _require(bool(await one.set_aside("session", _NAMES[0])), "it is told what became of it")
        _require(await other.load("session", _NAMES[0]) is None, "what was set aside is not there")


async def _check_leases(one: Store, other: Store) -> None:
    for name in (_NAMES[0], _BROWSER):
        lease = await one.lease(name)
        for second in (one, other):
            _require(not await _has(second, name), "a name has one holder, also in one program")
        _require(await _has(other, _NAMES[1]), "a lease is of one name alone")
        await lease.release()
        await lease.release()
        _require(await _has(other, name), "what was given back can be had")
        with anyio.CancelScope() as scope:
            scope.cancel()
            await (await one.lease(name)).release()
        _require(await _has(other, name), "a call that was cancelled leaves nothing taken")


async def _has(store: Store, name: str) -> bool:
    try:
        lease = await store.lease(name)
    except SessionLocked:
        return False
    await lease.release()
    return True


def _require(holds: bool, promise: str) -> None:
    if not holds:
        raise ContractBroken(f"the store breaks its promise: {promise}")
