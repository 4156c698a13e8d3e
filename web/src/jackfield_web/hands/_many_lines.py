"""Writing many lines at once, from an isolated world. Runs where the page lives, in the browser host's loop.

A browser lays the whole text out again for every line break that is typed, and draws it, and every key
crosses three processes: 1,600 lines take half a minute. In a form field the text is put there as scripts do,
and its last sign is typed, of which the page hears as of any other. An editor gets the same keys and the same
edits as from a keyboard, a hundred lines in a step; that they are a script's a page could see. Where nothing
on the page acts on the first line break, the browser alone is the editor, and gets the rest in one edit.

Whoever uses this looks afterwards whether the text is there, and types it where it is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._field import Field, focused_field

if TYPE_CHECKING:
    from playwright.async_api import Locator

MANY_LINES: Final = 30
"""Line breaks from which on it is worth it."""

_STEP_LINES: Final = 100
_EDITS: Final = {"Enter": "insertParagraph", "Shift+Enter": "insertLineBreak"}
_PUT: Final = """function (text) {
    this.setRangeText(text, this.selectionStart, this.selectionEnd, "end")
    return true
}"""
# A script's edits bring no `beforeinput`, by which some editors work. Others note what
# was done in a microtask; the next edit comes after that, as it does from a keyboard.
_LINES: Final = """async function (lines, edit) {
    const key = { key: "Enter", code: "Enter", keyCode: 13, which: 13, shiftKey: edit === "insertLineBreak" }
    const ways = { bubbles: true, cancelable: true, composed: true }
    const told = { ...key, ...ways }
    const change = (inputType, data) => {
        const isOurs = this.dispatchEvent(new InputEvent("beforeinput", { inputType, data, ...ways }))
        if (isOurs) document.execCommand(inputType, false, data)
        return isOurs
    }
    let isPlain = true
    for (const [at, line] of lines.entries()) {
        if (at) {
            isPlain = this.dispatchEvent(new KeyboardEvent("keydown", told)) && change(edit, null) && isPlain
            this.dispatchEvent(new KeyboardEvent("keyup", told))
            await null
        }
        if (line) change("insertText", line)
        await null
    }
    return isPlain
}"""
# The same elements that the browser makes of typed lines; where spaces collapse it types some that do not.
_REST: Final = """function (lines, edit) {
    const collapses = !/pre|break-spaces/.test(getComputedStyle(this).whiteSpace)
    const blocks = lines.map((line) => {
        const block = document.createElement("div")
        block.textContent = collapses ? line.replace(/ (?= |$)|^ /g, "\\u00a0") : line
        return block.innerHTML
    })
    const all = edit === "insertLineBreak" ? blocks.join("<br>") + (blocks.at(-1) ? "" : "<br>")
        : blocks.map((inner) => `<div>${inner || "<br>"}</div>`).join("")
    document.execCommand("insertHTML", false, all)
}"""


async def write_lines(target: Locator, text: str, new_line: str) -> bool:
    """Write *text* into *target*, which has the focus; tell whether that was tried.

    Args:
        target: Where to.
        text: What, with a line feed for each line break.
        new_line: The keys that begin a line in an editor; empty for a form field.
    """
    if new_line and new_line not in _EDITS:
        return False
    element = await target.element_handle()
    if await element.owner_frame() is not target.page.main_frame:
        return False
    async with focused_field(target.page, target) as field:
        if field is None:
            return False
        if new_line:
            await _edit(field, text.split("\n"), _EDITS[new_line])
            return True
        await field.do(_PUT, text[:-1])
    await target.page.keyboard.insert_text(text[-1])
    return True


async def _edit(field: Field, lines: list[str], edit: str) -> None:
    """Write *lines*, some at a time: whoever gives up in between leaves nothing that goes on."""
    first, *rest = lines
    if await field.do(_LINES, [first, ""], edit):
        await field.do(_REST, rest, edit)
        return
    await field.do(_LINES, rest[:1], edit)
    for start in range(1, len(rest), _STEP_LINES):
        await field.do(_LINES, ["", *rest[start : start + _STEP_LINES]], edit)
