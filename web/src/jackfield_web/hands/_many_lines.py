"""Writing many lines at once, and blanks one by one. Runs where the page lives, in the browser host's loop.

A browser lays the whole text out again for every line break that is typed, and draws it, and every key
crosses three processes: 1,600 lines take half a minute. In a form field the text is put there as scripts do,
and its last sign is typed, of which the page hears as of any other. An editor gets the same keys and the same
edits as from a keyboard, a hundred lines in a step; that they are a script's a page could see. Where nothing
on the page acts on the first line break, the browser alone is the editor, and gets the rest in one edit.

In an editor that draws several blanks as one, the browser keeps each that is typed by itself: a space as one
that does not collapse, a tab in an element of its own. Of a longer text it keeps one.

Whoever uses this looks afterwards whether the text is there, and types it where it is not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ._field import Field, focused_field

if TYPE_CHECKING:
    from playwright.async_api import Locator

RUNS: Final = re.compile(r"  |\t")
"""Blanks that an editor may draw otherwise than they were written."""

MANY_LINES: Final = 30
"""Line breaks from which on it is worth it."""

_STEP_LINES: Final = 100
_BETWEEN_BLANKS: Final = re.compile(r"(?<= )(?= )|(?=\t)|(?<=\t)")
# Where a page allows no style of its elements, the browser loses what is typed behind its own tab.
_TAB: Final = """function () {
    if (/^(pre(?!-line)|break-spaces)/.test(getComputedStyle(this).whiteSpace)) return null
    const made = document.createElement("span")
    made.setAttribute("style", "white-space:pre")
    return made.style.whiteSpace ? "\\t" : "\\u00a0"
}"""
_EDITS: Final = {"Enter": "insertParagraph", "Shift+Enter": "insertLineBreak"}
_PUT: Final = """function (text) {
    this.setRangeText(text, this.selectionStart, this.selectionEnd, "end")
    return true
}"""
# A script's edits bring no `beforeinput` and no `textInput`, by which some editors work, and without which
# some break. Others note what was done in a microtask; the next edit comes after that, as from a keyboard.
# Of a `textInput` that nobody prevents the browser writes the text itself.
_LINES: Final = """async function (lines, edit) {
    const key = { key: "Enter", code: "Enter", keyCode: 13, which: 13, shiftKey: edit === "insertLineBreak" }
    const ways = { bubbles: true, cancelable: true, composed: true }
    const told = { ...key, ...ways }
    const top = this.getRootNode().defaultView || this.getRootNode()
    const isLeft = (data) => {
        const typed = document.createEvent("TextEvent")
        typed.initTextEvent("textInput", true, true, window, data)
        let isOurs = false
        const hear = () => {
            isOurs = !typed.defaultPrevented
            typed.preventDefault()
        }
        top.addEventListener("textInput", hear)
        this.dispatchEvent(typed)
        top.removeEventListener("textInput", hear)
        return isOurs
    }
    const change = (inputType, data) => {
        const isOurs = this.dispatchEvent(new InputEvent("beforeinput", { inputType, data, ...ways }))
            && (!data || isLeft(data))
        if (isOurs) document.execCommand(inputType, false, data)
        return isOurs
    }
    let isPlain = true
    for (const [at, pieces] of lines.entries()) {
        if (at) {
            isPlain = this.dispatchEvent(new KeyboardEvent("keydown", told)) && change(edit, null) && isPlain
            this.dispatchEvent(new KeyboardEvent("keyup", told))
            await null
        }
        for (const piece of pieces) {
            if (piece) change("insertText", piece)
            await null
        }
    }
    return isPlain
}"""
# The same elements that the browser makes of typed lines; where spaces collapse it types some that do not.
_REST: Final = """function (lines, edit, tab) {
    const blocks = lines.map((line) => {
        const block = document.createElement("div")
        block.textContent = tab ? line.replace(/\\t/g, tab).replace(/ (?= |$)|^ /g, "\\u00a0") : line
        const html = block.innerHTML
        return tab ? html.replace(/\\t+/g, '<span style="white-space:pre">$&</span>') : html
    })
    const all = edit === "insertLineBreak" ? blocks.join("<br>") + (blocks.at(-1) ? "" : "<br>")
        : blocks.map((inner) => `<div>${inner || "<br>"}</div>`).join("")
    document.execCommand("insertHTML", false, all)
}"""


def apart(line: str, tab: str | None) -> list[str]:
    """Return the pieces to write *line* in, each blank by itself; the whole of it where *tab* is None."""
    return [line] if tab is None else list(filter(None, _BETWEEN_BLANKS.split(line.replace("\t", tab))))


async def kept_tab(target: Locator) -> str | None:
    """Return what stays of a tab in *target*, an editor that has the focus; None where all blanks stay."""
    if not await _is_reached(target):
        return "\t"
    async with focused_field(target.page, target) as field:
        return "\t" if field is None else await _kept_tab(field)


async def write_lines(target: Locator, text: str, new_line: str) -> bool:
    """Write *text* into *target*, which has the focus; tell whether that was tried.

    It has a line feed for each line break. In an editor a line is begun by the keys *new_line*; a form field
    has none.
    """
    if new_line and new_line not in _EDITS:
        return False
    if not await _is_reached(target):
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


async def _is_reached(target: Locator) -> bool:
    """Whether the page's own session reaches *target*: it is in no frame."""
    element = await target.element_handle()
    return await element.owner_frame() is target.page.main_frame


async def _kept_tab(field: Field) -> str | None:
    tab: str | None = await field.do(_TAB)
    return tab


async def _edit(field: Field, lines: list[str], edit: str) -> None:
    """Write *lines*, some at a time: whoever gives up in between leaves nothing that goes on."""
    tab = await _kept_tab(field)
    first, *rest = (apart(line, tab) for line in lines)
    if await field.do(_LINES, [first, []], edit):
        await field.do(_REST, lines[1:], edit, tab)
        return
    await field.do(_LINES, rest[:1], edit)
    for start in range(1, len(rest), _STEP_LINES):
        await field.do(_LINES, [[], *rest[start : start + _STEP_LINES]], edit)
