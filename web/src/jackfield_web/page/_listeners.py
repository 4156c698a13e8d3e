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
_NEAR: Final = 2
"""How much of the way is looked at first: what is pressed, and what holds it."""
_ROUTE: Final = "function (name) { return this.route(name) }"
_WINDOW: Final = "function () { return this.defaultView }"


async def hears(session: CDPSession, probe: str, name: str) -> bool:
    """Whether something listens to a press, on the way from what the selectors *name* find up to the window.

    Args:
        session: The DevTools session of the frame.
        probe: The probe, in a world of its own.
        name: What is pressed.
    """
    told: Any = await session.send(
        "Runtime.callFunctionOn",
        {"objectId": probe, "functionDeclaration": _ROUTE, "arguments": [{"value": name}]},
    )
    route = await _items(session, told["result"]["objectId"])
    # Most pages listen at once where they are pressed; some only far above, where all of it comes by.
    near, far = route[:_NEAR], route[_NEAR:] or route[-1:]
    return await _is_any_heard(session, near) or await _is_any_heard(session, far, with_window=True)


async def _is_any_heard(session: CDPSession, route: list[str], *, with_window: bool = False) -> bool:
    # Listeners are told by world, and those of the page's scripts are in its own.
    places = await asyncio.gather(*(_in_the_page(session, node) for node in route))
    if places and with_window:
        window: Any = await session.send(
            "Runtime.callFunctionOn", {"objectId": places[-1], "functionDeclaration": _WINDOW}
        )
        places.append(window["result"]["objectId"])
    return any(await asyncio.gather(*(_is_heard(session, place) for place in places)))


async def _items(session: CDPSession, array: str) -> list[str]:
    told: Any = await session.send("Runtime.getProperties", {"objectId": array, "ownProperties": True})
    return [one["value"]["objectId"] for one in told["result"] if one["name"].isdecimal()]


async def _in_the_page(session: CDPSession, node: str) -> str:
    described: Any = await session.send("DOM.describeNode", {"objectId": node})
    number = {"backendNodeId": described["node"]["backendNodeId"]}
    resolved: Any = await session.send("DOM.resolveNode", number)
    found: str = resolved["object"]["objectId"]
    return found


async def _is_heard(session: CDPSession, place: str) -> bool:
    told: Any = await session.send("DOMDebugger.getEventListeners", {"objectId": place})
    return any(one["type"] in _PRESSES for one in told["listeners"])
