"""The world from which a page is looked at. Law: nothing is put into the page's own.

The probe lives in an isolated world: it shares the page's document and none of its objects. It tells when the
page changes, or is asked at intervals.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.resources
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from ..browser import SEEING
from ..hands import isolated_world, object_of, told_by
from ..site import ReadingWay, Site

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

_SCRIPTS: Final = importlib.resources.files(__package__)
_UNROLLED: Final = _SCRIPTS.joinpath("unrolled.js").read_text("utf-8")
_DRAWN: Final = f"({_SCRIPTS.joinpath('drawn.js').read_text('utf-8')})({SEEING}, {_UNROLLED})"
_PROBE: Final = f"({_SCRIPTS.joinpath('probe.js').read_text('utf-8')})({SEEING}, {_DRAWN})"
PROBED: Final = (
    "busy",
    "challenge",
    "chat_input",
    "continue_button",
    "conversation_link",
    "copy_button",
    "error",
    "finished",
    "ignore",
    "limit_banner",
    "reasoning",
    "response_area",
    "send_button",
    "send_button_disabled",
    "send_button_loading",
    "stop_button",
    "user_turn",
)
"""What is looked for from within the page, by its own parser of CSS."""

_PRESSES: Final = frozenset(
    {"click", "mousedown", "mouseup", "pointerdown", "pointerup", "submit", "keydown", "keypress", "keyup"}
)
_ENGINES: Final = "__playwright"
"""What the types begin with that only a script of the engine's listens to, beside presses."""
_NEAREST: Final = "function (name) { return this.route(name)[0] }"
_REST: Final = "function (name) { return this.route(name).slice(1) }"
_CHOICES: Final = frozenset({"change", "input"})
_FIELD: Final = f"""function (...selectors) {{
    const roots = ({SEEING}).rootsIn(document)
    let one = selectors.flatMap((css) => roots.map((root) => root.querySelector(css))).find(Boolean)
    const way = []
    for (; one; one = one.parentNode || one.host) way.push(one)
    return way
}}"""
"""The way of what is chosen in a field, from there up to its document; nothing where there is no field."""
_WINDOW: Final = "function () { return this.defaultView }"

Place: TypeAlias = "tuple[CDPSession, str]"
"""Where a frame is: the DevTools session that reaches it, and its name there."""


def probe_config(site: Site) -> Mapping[str, Any]:
    """Return what the probe needs to know of a Site."""
    return {
        "selectors": {
            **{name: list(getattr(site.selectors, name)) for name in PROBED},
            "chat_input": list(site.composers),
        },
        "markdown_attribute": site.reading.markdown_attribute,
        "markdown_prefix": site.reading.markdown_prefix,
    }


@attrs.define(eq=False)
class IsolatedWorld:
    """An isolated world of one of the page's frames, reached through the DevTools protocol.

    It needs neither a binding nor `Runtime.enable`, which a page can notice: that the page changed is the
    result of a call that waits for it.

    Args:
        place: Finds the frame; asked again after a page was loaded anew.
        engine_error: The class of the engine's errors.
        config: What the probe needs to know.
        changed: Called when the page changed; None to be asked at intervals only.
    """

    _place: Callable[[], Awaitable[Place]]
    _engine_error: type[Exception]
    _config: Mapping[str, Any]
    _changed: Callable[[], None] | None
    _session: CDPSession = attrs.field(init=False)
    _probe: str = attrs.field(default="", init=False)
    _context: int = attrs.field(default=0, init=False)
    _heard: set[str] = attrs.field(factory=set, init=False)
    _wanted: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    _listening: asyncio.Task[None] | None = attrs.field(default=None, init=False)

    @property
    def way(self) -> ReadingWay:
        """How it learns that the page changed."""
        return "polling" if self._changed is None else "observer"

    async def open(self) -> None:
        """Put a new probe in, and listen to it; needed again after the page was loaded anew."""
        self._deafen()
        self._session, frame = await self._place()
        world = await isolated_world(self._session, frame)
        if world != self._context:
            # Another document: whether that one listens is not known.
            self._context = world
            self._heard.clear()
        probe = f"() => ({_PROBE})({json.dumps(self._config)})"
        self._probe = await object_of(self._session, probe, executionContextId=world) or ""
        self._wanted.set()
        if self._changed is not None:
            self._listening = asyncio.ensure_future(self._listen(self._changed))

    def heed(self, wanted: bool) -> None:
        """Say whether it is of interest that the page changes: each time that it is told costs a question."""
        if wanted:
            self._wanted.set()
        else:
            self._wanted.clear()

    async def _listen(self, changed: Callable[[], None]) -> None:
        """Tell of changes until the probe is gone with its document."""
        with contextlib.suppress(self._engine_error):
            while True:
                await self._wanted.wait()
                await self.call("changed")
                changed()

    def _deafen(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def call(self, name: str, *values: Any) -> Any:
        """Call a method of the probe. The engine's error means that the probe is gone, with its document."""
        return await told_by(self._session, self._probe, name, *values)

    async def hears(self, name: str) -> bool:
        """Whether something listens to a press on what the selectors *name* find."""
        if name not in self._heard and await hears(self._session, self._probe, name):
            self._heard.add(name)
        return name in self._heard

    async def close(self) -> None:
        """Take the probe out."""
        self._deafen()
        await self.call("close")
        await self._session.send("Runtime.releaseObject", {"objectId": self._probe})


async def hears(session: CDPSession, probe: str, name: str) -> bool:
    """Whether something listens to a press, on the way from what the selectors *name* find up to the window.

    A page that its server has drawn shows its composer and its button before its scripts have taken it over.
    Until then a press does nothing, and the scripts empty what was written. The browser knows who listens to
    what; the page does not learn that it was asked.

    Args:
        session: The DevTools session of the frame.
        probe: The probe, in a world of its own.
        name: What is pressed.
    """
    # Most pages listen where they are pressed; some only far above, where all of it comes by.
    if (nearest := await object_of(session, _NEAREST, name, objectId=probe)) is None:
        return False
    if await _is_heard(session, await _in_the_page(session, nearest), _PRESSES):
        return True
    rest = await object_of(session, _REST, name, objectId=probe)
    assert rest is not None, "a list is an object"
    return await _is_heard_on(session, await _items(session, rest), _PRESSES)


async def hears_choice(session: CDPSession, frame: str, site: Site) -> bool:
    """Whether something listens to a choice of files, on the way from the field for them up to the window.

    As for a press, files that are given sooner are lost. A field that is not there yet is made by a script.

    Args:
        session: The DevTools session of the frame.
        frame: Its name there.
        site: What the page is like.
    """
    world = await isolated_world(session, frame)
    way = await object_of(session, _FIELD, *site.selectors.file_input, executionContextId=world)
    assert way is not None, "a list is an object"
    return not (nodes := await _items(session, way)) or await _is_heard_on(session, nodes, _CHOICES)


async def _is_heard_on(session: CDPSession, way: Sequence[str], types: frozenset[str]) -> bool:
    """Whether a script listens somewhere on a *way* up to a document, or on its window."""
    places = await asyncio.gather(*(_in_the_page(session, node) for node in way))
    if places and (window := await object_of(session, _WINDOW, objectId=places[-1])) is not None:
        places.append(window)
    return any(await asyncio.gather(*(_is_heard(session, place, types) for place in places)))


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


async def _is_heard(session: CDPSession, place: str, types: frozenset[str]) -> bool:
    """Whether a script of the page's listens there: the engine's does too, once it was asked something."""
    told: Any = await session.send("DOMDebugger.getEventListeners", {"objectId": place})
    engines = {one["scriptId"] for one in told["listeners"] if one["type"].startswith(_ENGINES)}
    return any(one["type"] in types and one["scriptId"] not in engines for one in told["listeners"])
