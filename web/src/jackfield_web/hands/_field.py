"""A field of a page, and writing into it at once. Runs where the page lives, in the browser host's loop.

Law: what is written goes whole into the field that was looked at, in the document whose address was judged,
or nowhere. Keys go to whatever has the focus when they arrive, and a page can move the focus or leave between
two of them; so nothing is typed. One step in the page itself looks whether the field is there and has the
focus, and writes. The field is held from an isolated world: what holds it ends with the field's document.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import attrs

from ._devtools import devtools, isolated_world, object_of, value_of

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Locator, Page

_FOCUSED: Final = """() => {
    let found = document.activeElement
    while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement
    return found
}"""
_ADDRESS: Final = "function () { return this.ownerDocument.location.href }"
# `execCommand` is what the browser itself does for typed text: editors and forms hear of it as of any other.
# What a form makes of it, such as blanks between digits or a digit for each of its fields, is the form's; a
# part alone, or nothing, is not it. Where fields take one sign each, or keep one, each gets its own. What is
# waited for are jobs of the same step, in which no document goes.
_WRITE: Final = f"""async function (text) {{
    if (!this.isConnected || ({_FOCUSED})() !== this) return {{done: false}}
    const put = (field, text) => {{
        field.focus()
        if (({_FOCUSED})() !== field) return false
        document.execCommand("selectAll")
        return document.execCommand("insertText", false, text)
    }}
    const whole = text.trim(), fields = Array.from(this.getRootNode().querySelectorAll("input"))
    const boxes = (fits) => {{
        const found = fields.slice(fields.indexOf(this)).filter(fits).slice(0, whole.length)
        return found[0] === this && whole.length > 1 && found.length === whole.length ? found : []
    }}
    const toEach = (boxes) => boxes.every((box, at) => put(box, Array.from(whole)[at]))
    const single = boxes((field) => field.maxLength === 1)
    if (single.length) return {{done: toEach(single)}}
    const done = put(this, text)
    const isCut = () => done && this.value.length < whole.length && whole.includes(this.value)
        && !fields.map((field) => field.value).join("").includes(whole)
    for (let job = 0; job < 9 && isCut(); job++) await null
    if (!isCut()) return {{done}}
    const takes = this.value.length
    const alike = takes === 1 ? boxes((field) => field.type === this.type) : []
    if (alike.length && toEach(alike) && !isCut()) return {{done}}
    for (const field of [...alike, this]) {{
        field.focus()
        if (({_FOCUSED})() === field) {{
            document.execCommand("selectAll")
            document.execCommand("delete")
        }}
        if (field.value) field.value = ""
    }}
    return {{done: false, takes}}
}}"""


class FieldCut(Exception):
    """A field took a part of a text only, or nothing, and was emptied.

    Attributes:
        takes: How many characters it took.
    """

    def __init__(self, takes: int) -> None:
        super().__init__(f"the field takes {takes} characters")
        self.takes = takes


@attrs.frozen
class Field:
    """An element that has had the focus.

    Attributes:
        address: Where its document came from. It stays so: who goes elsewhere gets another document.
    """

    address: str
    _session: CDPSession
    _object: str

    async def write(self, text: str) -> bool:
        """Put *text* in the place of what stands there; tell whether that was done.

        The engine's error means that the field is gone with its document.

        Raises:
            FieldCut: It takes less than *text*; nothing of that stands there.
        """
        answer = await self.do(_WRITE, text)
        if "takes" in answer:
            raise FieldCut(answer["takes"])
        return bool(answer["done"])

    async def do(self, function: str, *values: Any) -> Any:
        """Return what a JavaScript *function* returns, called on the element in the isolated world."""
        return await value_of(self._session, function, *values, objectId=self._object)


@asynccontextmanager
async def focused_field(page: Page, target: Locator) -> AsyncIterator[Field | None]:
    """Give *target* as the field that has the page's focus; None when that is another one."""
    async with devtools(page) as session:
        world = await isolated_world(session)
        held = await object_of(session, _FOCUSED, executionContextId=world) or ""
        # It is held first and compared then: a focus that moves on meanwhile is seen on writing.
        is_target = await target.locator(":scope:focus").count() > 0
        yield Field(await value_of(session, _ADDRESS, objectId=held), session, held) if is_target else None
