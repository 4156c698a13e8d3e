"""A page looked at from an isolated world, which shares its document and none of its objects."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import attrs

from ..browser import SEEING

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

_SCRIPTS: Final = importlib.resources.files(__package__)
_GROWTH: Final = _SCRIPTS.joinpath("growth.js").read_text("utf-8")
_SURVEY: Final = f"({_SCRIPTS.joinpath('survey.js').read_text('utf-8')})({SEEING}, {_GROWTH})"
_CALL: Final = "function (name, ...values) { return this[name](...values) }"


@attrs.define(eq=False)
class Eyes:
    """Asks `survey.js` what a page shows."""

    _session: CDPSession
    address: str = attrs.field(default="", init=False)
    """The address of the frame that is looked at; empty for the page itself."""
    _object: str = attrs.field(default="", init=False)

    async def open(self) -> None:
        """Begin to look, at the document that is there now."""
        tree = await self._session.send("Page.getFrameTree")
        frames = [one for one in _frames(tree["frameTree"]) if not self.address or one["url"] == self.address]
        frame = (frames or [tree["frameTree"]["frame"]])[0]["id"]
        world = await self._session.send("Page.createIsolatedWorld", {"frameId": frame})
        made = await self._session.send(
            "Runtime.evaluate",
            {"expression": _SURVEY, "contextId": world["executionContextId"]},
        )
        self._object = made["result"]["objectId"]

    async def look_into(self, address: str) -> None:
        """Look at the frame with that address from now on; at the page itself where it is empty."""
        self.address = address
        await self.open()

    async def ask(self, name: str, *values: Any) -> Any:
        """Call a function of the survey."""
        answer = await self._session.send(
            "Runtime.callFunctionOn",
            {
                "objectId": self._object,
                "functionDeclaration": _CALL,
                "arguments": [{"value": value} for value in (name, *values)],
                "returnByValue": True,
            },
        )
        if thrown := answer.get("exceptionDetails"):
            raise RuntimeError(f"the survey failed: {thrown.get('exception', {}).get('description')}")
        return answer["result"].get("value")


def _frames(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield tree["frame"]
    for inner in tree.get("childFrames", ()):
        yield from _frames(inner)
