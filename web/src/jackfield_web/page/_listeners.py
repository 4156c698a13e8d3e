"""Whether a page listens to what is about to be pressed.

A page that its server has drawn shows its composer and its button before its scripts have taken it over.
Until then a press does nothing, and the scripts empty what was written. The browser knows who listens to
what; the page does not learn that it was asked.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

_PRESSES: Final = frozenset(
    {"click", "mousedown", "mouseup", "pointerdown", "pointerup", "submit", "keydown", "keypress", "keyup"}
)
_NEAREST: Final = "function (name) { return this.route(name)[0] }"
_REST: Final = "function (name) { return this.route(name).slice(1) }"
_WINDOW: Final = "function () { return this.defaultView }"


async def hears(session: CDPSession, probe: str, name: str) -> bool:
    """Whether something listens to a press, on the way from what the selectors *name* find up to the window.

    Args:
        session: The DevTools session of the frame.
        probe: The probe, in a world of its own.
        name: What is pressed.
    """
    # Most pages listen where they are pressed; some only far above, where all of it comes by.
    if (nearest := await _called(session, probe, _NEAREST, name)) is None:
        return False
    if await _is_heard(session, await _in_the_page(session, nearest)):
        return True
    rest = await _called(session, probe, _REST, name)
    assert rest is not None, "a list is an object"
    places = await asyncio.gather(*(_in_the_page(session, node) for node in await _items(session, rest)))
    if places and (window := await _called(session, places[-1], _WINDOW)) is not None:
        places.append(window)
    return any(await asyncio.gather(*(_is_heard(session, place) for place in places)))


async def _called(session: CDPSession, on: str, function: str, *values: str) -> str | None:
    """Return the name of the object that *function* returns; None when it returns none."""
    told: Any = await session.send(
        "Runtime.callFunctionOn",
        {"objectId": on, "functionDeclaration": function, "arguments": [{"value": one} for one in values]},
    )
    found: str | None = told["result"].get("objectId")
    return found


async def _items(session: CDPSession, array: str) -> list[str]:
    told: Any = await session.send("Runtime.getProperties", {"objectId": array, "ownProperties": True})
    return [one["value"]["objectId"] for one in told["result"] if one["name"].isdecimal()]


async def _in_the_page(session: CDPSession, node: str) -> str:
    """Return *node* as the page's own world knows it: there its scripts listen."""
    described: Any = await session.send("DOM.describeNode", {"objectId": node})
    number = {"backendNodeId": described["node"]["backendNodeId"]}
    resolved: Any = await session.send("DOM.resolveNode", number)
    found: str = resolved["object"]["objectId"]
    return found


async def _is_heard(session: CDPSession, place: str) -> bool:
    told: Any = await session.send("DOMDebugger.getEventListeners", {"objectId": place})
    return any(one["type"] in _PRESSES for one in told["listeners"])
